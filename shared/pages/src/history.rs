//! The history of a claim in words (R16, R26): who did what, when, with old and new values.

use claim_domain::calendar::Instant;
use claim_domain::claim::{AssessmentState, Claim, ClaimedProduct, DropReason, Product, Verdict};
use claim_domain::clock::{ClockChange, ClockName};
use claim_domain::draft::Contact;
use claim_domain::event::{Change, Changed, Event, FieldChange};
use claim_domain::ids::{ContactRef, EvidenceId};
use claim_domain::people::{Actor, Role};
use claim_domain::reason::Rejection;
use claim_domain::zone::Zone;
use claim_http::view::Viewer;
use claim_store::Contacts;

use crate::why::Why;
use crate::words;

/// What is shown in place of a contact that was erased (I2).
const ERASED: &str = "erased";

/// An entry of a claim's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number among those that the viewer sees, from 1 on.
    pub number: u64,
    /// When, for machines.
    pub machine: String,
    /// When, in the program's zone.
    pub local: String,
    /// Who: `Ana, incentives admin at Contoso`.
    pub who: String,
    /// What, in a few words: `Submitted the claim`.
    pub what: String,
    /// More about it, each a label and what it says, on one line or several.
    pub facts: Vec<(&'static str, String)>,
    /// Each changed field.
    pub changes: Vec<FieldLine>,
    /// What became of clocks.
    pub clocks: Vec<String>,
    /// Whether it is a note that only reviewers see (D13).
    pub is_internal: bool,
}

/// A changed field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldLine {
    /// The field.
    pub label: &'static str,
    /// What it was.
    pub old: String,
    /// What it is now.
    pub new: String,
}

/// What entries are written with.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The claim, which knows the names of documents.
    pub claim: &'a Claim,
    /// The contacts that the events mention.
    pub contacts: &'a Contacts,
    /// The program's zone.
    pub zone: &'a Zone,
    /// Who looks.
    pub viewer: Viewer,
}

/// The entries of these events, which the viewer sees and of which `passed` came before, in their order.
pub fn entries(events: &[Event], passed: u64, context: Context<'_>) -> Vec<Entry> {
    (passed + 1..).zip(events).map(|(number, event)| entry(number, event, context)).collect()
}

/// Who did something: `Ana, incentives admin at Contoso`.
pub fn who(actor: &Actor, partner_name: Option<&str>) -> String {
    let role = words::role(actor.role);
    match actor.role {
        Role::System => role.to_owned(),
        Role::Customer => "The customer".to_owned(),
        _ => {
            let at = partner_name.map(|name| format!(" at {}", words::line(name))).unwrap_or_default();
            format!("{}, {}{at}", words::line(&actor.shown()), role.to_lowercase())
        }
    }
}

fn entry(number: u64, event: &Event, context: Context<'_>) -> Entry {
    let (what, facts) = context.change(&event.change);
    let changes = match &event.change {
        Change::Edited { fields, .. } => fields.iter().map(|field| context.field(field)).collect(),
        Change::NoticeResent { contact: Some(contact), .. } => {
            vec![context.contacts_line("The customer’s contact", contact)]
        }
        _ => Vec::new(),
    };
    Entry {
        number,
        machine: words::machine(event.at),
        local: words::moment(event.at, context.zone),
        who: who(&event.actor, event.partner_name.as_deref()),
        what,
        facts,
        changes,
        clocks: event.clocks.iter().filter_map(|change| context.clock(change)).collect(),
        is_internal: matches!(event.change, Change::Noted { .. }),
    }
}

/// What happened, and more about it.
type Told = (String, Vec<(&'static str, String)>);

impl Context<'_> {
    fn change(&self, change: &Change) -> Told {
        let plain = |what: &str| (what.to_owned(), Vec::new());
        let because = |what: &str, why: &str| {
            (what.to_owned(), vec![("What the email service said", words::line(why))])
        };
        match change {
            Change::Created { details, from, .. } => {
                let mut facts = vec![
                    ("Customer", words::line(&details.customer.name)),
                    ("Products", details.products.iter().map(claimed).collect::<Vec<_>>().join(", ")),
                ];
                facts.extend(from.as_ref().map(|from| ("Made from the claim", from.to_string())));
                ("Began the claim".to_owned(), facts)
            }
            Change::Edited { .. } => plain("Changed the claim"),
            Change::UploadRequested { evidence } => {
                (format!("Announced the document {}", words::line(&evidence.file_name)), Vec::new())
            }
            Change::EvidenceAdded { evidence, .. } => {
                (format!("Uploaded {}", self.document(evidence)), Vec::new())
            }
            Change::UploadsDropped { evidence, why } => {
                let why = match why {
                    DropReason::Expired => "It was not uploaded within 24 hours",
                    DropReason::Mismatched => "What was uploaded was another file",
                    DropReason::Closed => "The claim was closed",
                };
                (format!("Dropped {}", self.documents(evidence)), vec![("Why", why.to_owned())])
            }
            Change::EvidenceScanned { evidence, verdict } => {
                let found = match verdict {
                    Verdict::Clean => "Nothing was found",
                    Verdict::Infected => "A virus was found: the document does not count",
                    Verdict::Unscannable => "It could not be checked",
                };
                let what = format!("Checked {} for viruses", self.document(evidence));
                (what, vec![("Result", found.to_owned())])
            }
            Change::Discarded { readable_until } => {
                ("Discarded the claim".to_owned(), vec![("It can be read until", self.by(*readable_until))])
            }
            Change::Submitted { again: true, .. } => plain("Submitted the claim again"),
            Change::Submitted { .. } => plain("Submitted the claim"),
            Change::ReviewStarted => plain("Began the review"),
            Change::Assigned => plain("Took the claim"),
            Change::Released => plain("Gave the claim back to the queue"),
            Change::TakenOver => plain("Took the claim over"),
            Change::ActionRequested { reasons, remove_products, due_at } => {
                let reason = |reason: &claim_domain::reason::ActionReason| {
                    let words = words::action_reason(reason.code);
                    ("Why", noted(words, reason.note.as_deref()))
                };
                let mut facts: Vec<_> = reasons.iter().map(reason).collect();
                if !remove_products.is_empty() {
                    facts.push(("Products to remove", products(remove_products)));
                }
                facts.push(("Answer until", self.by(*due_at)));
                ("Asked for action".to_owned(), facts)
            }
            Change::Approved { contact_confirmed: true } => {
                let confirmed = "Confirmed, though its address lies outside the customer’s domains";
                ("Approved the claim".to_owned(), vec![("The customer’s contact", confirmed.to_owned())])
            }
            Change::Approved { .. } => plain("Approved the claim"),
            Change::Rejected { rejection, dispute_until, .. } => {
                ("Rejected the claim".to_owned(), self.rejected(rejection, *dispute_until))
            }
            Change::ProductsRemoved { products: ended, reason } => {
                let facts = vec![("Products", products(ended)), ("Why", words::line(reason))];
                ("Ended the association for some of the products".to_owned(), facts)
            }
            Change::AssociationEnded { rejection, dispute_until } => {
                ("Ended the association".to_owned(), self.rejected(rejection, *dispute_until))
            }
            Change::Challenged { by, products: claimed } => {
                let mut facts = vec![("Products", products(claimed))];
                if self.viewer == Viewer::Reviewer {
                    facts.push(("The other claim", by.to_string()));
                }
                ("Told the partner that another organisation claims what it holds".to_owned(), facts)
            }
            Change::Commented { text, .. } => ("Commented".to_owned(), vec![("Comment", text.clone())]),
            Change::Noted { text, .. } => ("Left an internal note".to_owned(), vec![("Note", text.clone())]),
            Change::CustomerNotified { due_at, .. } => {
                let facts = due_at.map(|due| vec![("The customer can deny until", self.by(due))]);
                ("Sent the notice to the customer".to_owned(), facts.unwrap_or_default())
            }
            Change::NoticeFailed { why, .. } => because("The notice did not reach the customer", why),
            Change::NoticeSoftBounced { why, .. } => {
                because("The notice may not have reached the customer", why)
            }
            Change::NoticeComplained { .. } => plain("The customer reported the notice as unwanted"),
            Change::EmailBounced { what, why, .. } => {
                let (what, mut facts) =
                    because(&format!("An email that tells {} was not delivered", of(what)), why);
                facts.retain(|(_, said)| !said.is_empty());
                (what, facts)
            }
            Change::NoticeResent { .. } => plain("Sent the notice to the customer again"),
            Change::ConsentPassed { .. } => plain("The customer’s time to deny passed without a denial"),
            Change::AssessmentSent { state, .. } => plain(match state {
                AssessmentState::Requested => "Sent the claim to incentive assessment",
                AssessmentState::Amended => "Told incentive assessment of the products that were removed",
                AssessmentState::Recalled => "Took the claim back from incentive assessment",
            }),
            Change::Disputed { justification, evidence, due_at } => {
                let mut facts = Vec::new();
                facts.extend(justification.as_ref().map(|text| ("Justification", text.clone())));
                if !evidence.is_empty() {
                    facts.push(("Updated proof", self.documents(evidence)));
                }
                facts.push(("Answer until", self.by(*due_at)));
                ("Disputed the rejection".to_owned(), facts)
            }
            Change::DisputeWindowClosed { dropped, .. } => {
                let facts =
                    if dropped.is_empty() { Vec::new() } else { vec![("Dropped", self.documents(dropped))] };
                ("The time to dispute the rejection ended".to_owned(), facts)
            }
            Change::Erased { .. } => plain("Erased documents and contacts, which had been kept long enough"),
            Change::Breached { clock, due_at } => {
                let promised = words::clock(*clock).to_owned();
                let facts = vec![("Promised", promised), ("Until", self.by(*due_at))];
                ("Missed a promise; the review lead was told".to_owned(), facts)
            }
            Change::Escalated { .. } => plain("Told the review lead again that reviewers are late"),
            Change::Reminded { clock: ClockName::RenewalReminder, late, .. } => plain(match late {
                true => "Sent no reminder, since no subscription ends soon any more",
                false => "Reminded the partner of a subscription that ends soon",
            }),
            Change::Reminded { late: true, .. } => {
                plain("Sent no reminder, since the answer was due as well")
            }
            Change::Reminded { .. } => plain("Reminded the partner of the answer that is due"),
        }
    }

    fn rejected(&self, rejection: &Rejection, until: Option<Instant>) -> Vec<(&'static str, String)> {
        let mut facts = Why::of(rejection).facts();
        facts.extend(until.map(|until| ("Can be disputed until", self.by(until))));
        facts
    }

    /// A changed field: its label, its old and its new value.
    fn field(&self, change: &FieldChange) -> FieldLine {
        let line = |label, old: String, new: String| FieldLine { label, old, new };
        let text =
            |label, Changed { old, new }: &Changed<String>| line(label, words::line(old), words::line(new));
        match change {
            FieldChange::Name(name) => text("Name of the claim", name),
            FieldChange::MpnId(Changed { old, new }) => line("MPN id", old.to_string(), new.to_string()),
            FieldChange::SolutionArea(Changed { old, new }) => {
                line("Product family", words::area(*old).to_owned(), words::area(*new).to_owned())
            }
            FieldChange::Activities(Changed { old, new }) => {
                let all = |all: &[claim_domain::catalogue::Activity]| {
                    all.iter().map(|one| words::activity(*one)).collect::<Vec<_>>().join(", ")
                };
                line("Activities", all(old), all(new))
            }
            FieldChange::CustomerTenantId(Changed { old, new }) => {
                line("Tenant id", old.to_string(), new.to_string())
            }
            FieldChange::CustomerDomain(domain) => text("Domain", domain),
            FieldChange::CustomerName(name) => text("Customer", name),
            FieldChange::CustomerContact(contact) => self.contacts_line("The customer’s contact", contact),
            FieldChange::PartnerContact(contact) => self.contacts_line("The partner’s contact", contact),
            FieldChange::TechnicalContact(Changed { old, new }) => {
                let one = |place: &Option<ContactRef>| {
                    place.as_ref().map_or_else(|| "none".to_owned(), |place| self.contact(place))
                };
                line("Technical contact", one(old), one(new))
            }
            FieldChange::Products(Changed { old, new }) => {
                let all = |all: &[ClaimedProduct]| all.iter().map(claimed).collect::<Vec<_>>().join(", ");
                line("Products", all(old), all(new))
            }
            FieldChange::CustomerMailDomains(Changed { old, new }) => {
                let all = |all: &[String]| if all.is_empty() { "none".to_owned() } else { all.join(", ") };
                line("Further mail domains", all(old), all(new))
            }
            FieldChange::ContactOutsideDomain(Changed { old, new }) => {
                let said = |outside: bool| if outside { "outside" } else { "within" }.to_owned();
                line("The contact’s address lies … the customer’s domains", said(*old), said(*new))
            }
            FieldChange::RevenueAssociation(Changed { old, new }) => {
                let all = |one: &Option<claim_domain::claim::RevenueAssociation>| match one {
                    Some(one) => [&one.solution_seller, &one.customer_name, &one.isv_product]
                        .map(|text| words::line(text))
                        .join(", "),
                    None => "none".to_owned(),
                };
                line("Revenue association", all(old), all(new))
            }
        }
    }

    fn contacts_line(&self, label: &'static str, Changed { old, new }: &Changed<ContactRef>) -> FieldLine {
        FieldLine { label, old: self.contact(old), new: self.contact(new) }
    }

    fn contact(&self, place: &ContactRef) -> String {
        self.contacts.get(place).map_or_else(|| ERASED.to_owned(), contact)
    }

    fn document(&self, id: &EvidenceId) -> String {
        let known = self.claim.evidence.iter().find(|document| document.id == *id);
        known.map_or_else(|| "a document".to_owned(), |document| words::line(&document.file_name))
    }

    fn documents(&self, ids: &[EvidenceId]) -> String {
        ids.iter().map(|id| self.document(id)).collect::<Vec<_>>().join(", ")
    }

    fn by(&self, due: Instant) -> String {
        words::by(due, self.zone)
    }

    /// What became of a clock; nothing if it ended, which what happened says already, or is not of the viewer's concern.
    fn clock(&self, change: &ClockChange) -> Option<String> {
        let shown = |clock: &ClockName| {
            (self.viewer == Viewer::Reviewer || clock.awaits().is_some()).then(|| words::clock(*clock))
        };
        Some(match change {
            ClockChange::Armed { clock, due_at, calendar, .. } => {
                format!("{}: {}, by the calendar “{calendar}”", shown(clock)?, self.by(*due_at))
            }
            ClockChange::Paused { clock, .. } => format!("{}: stands still", shown(clock)?),
            ClockChange::Resumed { clock, due_at, .. } => {
                format!("{}: goes on, {}", shown(clock)?, self.by(*due_at))
            }
            ClockChange::Breached { .. } | ClockChange::Ended { .. } => return None,
        })
    }
}

/// A contact on one line: `Cleo, CIO, cleo@customer.example`.
pub fn contact(contact: &Contact) -> String {
    let title = contact.title.as_deref().filter(|title| !title.is_empty());
    let parts = [Some(contact.name.as_str()), title, Some(contact.email.as_str())];
    parts.into_iter().flatten().map(words::line).collect::<Vec<_>>().join(", ")
}

/// What an email tells: of something, or that something is so.
pub(crate) fn of(what: &str) -> String {
    let what = words::line(what);
    if what.starts_with("that ") { what } else { format!("of {what}") }
}

/// Products by their names, with their subscriptions.
pub fn products(products: &[Product]) -> String {
    products.iter().map(product).collect::<Vec<_>>().join(", ")
}

/// A product by its name, with its subscription.
pub fn product(product: &Product) -> String {
    match &product.subscription_id {
        Some(subscription) => format!("{} ({subscription})", product.product),
        None => product.product.clone(),
    }
}

/// A product of a claim by its name, with its subscription and the end of that, if it is known.
pub fn claimed(claimed: &ClaimedProduct) -> String {
    match claimed.ends_on {
        Some(end) => format!("{}, until {}", product(claimed), words::day(end)),
        None => product(claimed),
    }
}

fn noted(words: &str, note: Option<&str>) -> String {
    match note.filter(|note| !note.trim().is_empty()) {
        Some(note) => format!("{words}: {note}"),
        None => words.to_owned(),
    }
}
