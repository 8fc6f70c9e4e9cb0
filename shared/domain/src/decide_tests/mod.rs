//! Scenarios of a claim, told command by command, and what the rules say about them.
//!
//! Every scenario begins on Monday, 2 March 2026, in UTC, with the default periods and no holidays, unless a test says so.

mod association;
mod challenges;
mod clocks;
mod closed;
mod consent;
mod contact;
mod disputes;
mod editing;
mod effects;
mod evidence;
mod feedback;
mod history;
mod late;
mod lives;
mod pausing;
mod properties;
mod renewal;
mod retention;
mod review;
mod roles;
mod scanning;
mod stages;
mod table;

use std::str::FromStr;

use chrono::NaiveDateTime;

use crate::action::Action;
use crate::calendar::{Calendar, Instant};
use crate::catalogue::{Activity, SolutionArea};
use crate::claim::{Claim, Consent, Customer, Details, Product, Status, Verdict};
use crate::clock::{Clock, ClockName};
use crate::command::{Command, Correction, Feedback, Upload, UploadedFile};
use crate::content::Content;
use crate::decide::{Decision, Facts, decide};
use crate::effect::{Effect, EmailContent, Recipient};
use crate::event::{Change, Event};
use crate::ids::{ClaimId, CommentId, EffectId, EffectPlace, EvidenceId, SubscriptionId};
use crate::mailbox::Whose;
use crate::people::{Actor, Caller, Role};
use crate::policy::Policy;
use crate::program::{Periods, Program};
use crate::reason::{ActionCode, ActionReason, RejectCode, WithdrawCause};
use crate::refusal::{Holder, Kind, Refusal};
use crate::rule::Rule;

/// The instant of `2026-03-02 10:00` or `2026-03-02 10:00:00`, in UTC.
#[track_caller]
fn t(text: &str) -> Instant {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S")
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M"))
        .unwrap_or_else(|fault| panic!("{text:?}: {fault}"))
        .and_utc()
}

/// An instant in the same form.
fn written(at: Instant) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}

const SECOND: chrono::TimeDelta = chrono::TimeDelta::seconds(1);

/// The ULID of a number.
fn id<T: FromStr<Err: std::fmt::Debug>>(number: u32) -> T {
    format!("01J{number:023}").parse().unwrap()
}

/// The GUID of a number.
fn guid<T: FromStr<Err: std::fmt::Debug>>(number: u32) -> T {
    format!("00000000-0000-0000-0000-{number:012}").parse().unwrap()
}

fn person(role: Role, name: &str) -> Caller {
    let actor = Actor { role, id: name.to_lowercase(), name: name.to_owned(), client: false };
    let partner = role.is_partner().then(|| "contoso-partners".parse().unwrap());
    let mpn_ids =
        if role.is_partner() { ["1001", "1002"].map(|id| id.parse().unwrap()).into() } else { vec![] };
    let partner_name = partner.as_ref().map(|_| "Contoso Consulting".to_owned());
    Caller { partner, partner_name, mpn_ids, ..Caller::without_organisation(actor) }
}

/// Somebody of the partner organisation.
fn ana() -> Caller {
    person(Role::IncentivesAdmin, "Ana")
}

/// A reviewer.
fn rita() -> Caller {
    person(Role::Reviewer, "Rita")
}

/// Another reviewer.
fn remi() -> Caller {
    person(Role::Reviewer, "Remi")
}

/// The review lead.
fn lena() -> Caller {
    person(Role::ReviewLead, "Lena")
}

fn customer() -> Caller {
    Caller::customer()
}

fn system() -> Caller {
    Caller::system()
}

fn workload(name: &str) -> Product {
    Product { product: name.to_owned(), subscription_id: None }
}

fn subscribed(name: &str, subscription: u32) -> Product {
    Product { product: name.to_owned(), subscription_id: Some(guid::<SubscriptionId>(subscription)) }
}

/// The customer's contact, the partner's, and a corrected one of the customer.
const CUSTOMER: u32 = 901;
const PARTNER: u32 = 902;
const CORRECTED: u32 = 903;

/// An approval that confirms nothing.
const APPROVE: Command = Command::Approve { confirm_contact: false };

/// A Microsoft 365 claim for Teams, Exchange and Intune.
fn details() -> Details {
    Details {
        name: "Contoso Teams rollout".to_owned(),
        mpn_id: "1001".parse().unwrap(),
        solution_area: SolutionArea::Microsoft365,
        activities: vec![Activity::Usage],
        customer: Customer {
            tenant_id: guid(1),
            domain: "contoso.example".to_owned(),
            mail_domains: Vec::new(),
            name: "Contoso".to_owned(),
            contact: id(CUSTOMER),
        },
        contact_outside_domain: false,
        technical_contact: None,
        partner_contact: id(PARTNER),
        products: ["Teams", "Exchange", "Intune"].map(|name| workload(name).into()).into(),
        revenue_association: None,
    }
}

/// A Business Applications claim with a subscription for each product.
fn business_details() -> Details {
    Details {
        solution_area: SolutionArea::BusinessApplications,
        activities: vec![Activity::PreSales, Activity::Usage],
        products: [subscribed("Sales", 71), subscribed("Customer Service", 72)].map(Into::into).into(),
        ..details()
    }
}

fn upload(evidence: u32) -> Command {
    let upload = Upload {
        file_name: format!("proof-{evidence}.pdf"),
        media_type: "application/pdf".to_owned(),
        size: 1000,
        sha256: "ab".repeat(32).parse().unwrap(),
    };
    Command::RequestUpload { evidence: id(evidence), upload }
}

fn complete(evidence: u32) -> Command {
    let found = UploadedFile {
        size: 1000,
        sha256: None,
        content: Content::Accepted("application/pdf"),
        scanned: false,
    };
    Command::CompleteUpload { evidence: id(evidence), found: Some(found) }
}

/// The upload is completed where documents are scanned.
fn complete_scanned(evidence: u32) -> Command {
    let Command::CompleteUpload { evidence, found } = complete(evidence) else { unreachable!() };
    Command::CompleteUpload { evidence, found: found.map(|found| UploadedFile { scanned: true, ..found }) }
}

fn verdict(evidence: u32, verdict: Verdict) -> Command {
    Command::RecordVerdict { evidence: id(evidence), verdict }
}

fn ask() -> Command {
    ask_to_remove(&[])
}

fn ask_to_remove(products: &[Product]) -> Command {
    let reasons = vec![ActionReason { code: ActionCode::MissingProducts, note: None }];
    Command::RequestAction { reasons, remove_products: products.to_vec() }
}

fn reject() -> Command {
    Command::Reject { reason: RejectCode::InsufficientPoe, note: None }
}

fn withdraw() -> Command {
    Command::Withdraw { cause: WithdrawCause::IncorrectActivity, note: None }
}

fn dispute() -> Command {
    Command::Dispute { justification: Some("The customer signed on 12 February.".to_owned()) }
}

fn comment() -> Command {
    Command::Comment { comment: id::<CommentId>(801), text: "Which page?".to_owned() }
}

fn note() -> Command {
    Command::Note { comment: id::<CommentId>(802), text: "Looks odd.".to_owned() }
}

fn end_association(products: &[Product]) -> Command {
    Command::EndAssociation {
        products: products.to_vec(),
        reason: "Another partner does the work.".to_owned(),
    }
}

fn resend(contact: Option<u32>) -> Command {
    let corrected = |contact| Correction { contact: id(contact), whose: Whose::Customers };
    Command::ResendNotice { correction: contact.map(corrected) }
}

fn edit(change: impl FnOnce(&mut Details), of: &Details) -> Command {
    let mut details = of.clone();
    change(&mut details);
    Command::Edit { details }
}

/// Another claim, which holds a product (D15).
fn holder(product: &Product) -> Holder {
    Holder {
        product: product.clone(),
        key: Some(product.association(&details().customer.tenant_id)),
        claim_id: id(2),
        partner_id: "fabrikam-partners".parse().unwrap(),
        partner_name: Some("Fabrikam Partners".to_owned()),
        since: t("2026-01-05 10:00"),
        newest_evidence: None,
    }
}

fn program() -> Program {
    Program {
        calendar: Calendar::parse("default", "Etc/UTC", "MON,TUE,WED,THU,FRI", "").unwrap(),
        periods: Periods::default(),
        dispute_needs_another_reviewer: true,
        retention: crate::program::Retention::default(),
        daily: crate::bound::DailyLimits::default(),
        language: crate::language::Language::En,
        guide_url: "https://partner.example/guide".to_owned(),
        changes_feed: false,
    }
}

/// What happens to a claim in a test.
#[derive(Debug, Clone)]
struct Scenario {
    program: Program,
    claim: Option<Claim>,
    told: Vec<(Event, Vec<Effect>)>,
    holders: Vec<Holder>,
    now: Instant,
}

impl Scenario {
    /// Nothing yet, on Monday at 10.
    fn new() -> Self {
        let now = t("2026-03-02 10:00");
        Self { program: program(), claim: None, told: Vec::new(), holders: Vec::new(), now }
    }

    /// Being edited, without any document.
    fn begun(details: Details) -> Self {
        Self::new().create(details)
    }

    fn create(mut self, details: Details) -> Self {
        let partner = "contoso-partners".parse().unwrap();
        self.does(&ana(), Command::Create { id: id::<ClaimId>(1), partner, details, from: None });
        self
    }

    /// Under review by Rita, with one document.
    fn in_review(mut self, details: Details) -> Self {
        self = self.create(details);
        self.does(&ana(), upload(1)).does(&ana(), complete(1)).does(&ana(), Command::Submit);
        self.does(&rita(), Command::StartReview);
        self
    }

    /// From here on it is `text`.
    #[track_caller]
    fn at(&mut self, text: &str) -> &mut Self {
        self.now = t(text);
        self
    }

    fn decide(&self, who: &Caller, command: &Command) -> Decision {
        let facts = Facts {
            policy: Policy { program: &self.program, caller: who },
            command: &id(self.told.len() as u32 + 1),
            holders: &self.holders,
        };
        decide(self.claim.as_ref(), command, &facts, self.now)
    }

    /// Carries out a command, refused or not, and commits its events.
    fn when(&mut self, who: &Caller, command: &Command) -> Result<(), Refusal> {
        let decision = self.decide(who, command);
        self.claim = decision.claim;
        self.told.extend(decision.events);
        decision.outcome
    }

    /// Carries out a command that must not be refused.
    #[track_caller]
    fn does(&mut self, who: &Caller, command: Command) -> &mut Self {
        if let Err(refusal) = self.when(who, &command) {
            panic!("{} was refused: {:?} {} {refusal}", command.name(), refusal.kind, refusal.rule);
        }
        self
    }

    /// Carries out a command that must be refused with this kind and by this rule.
    #[track_caller]
    fn refuses(&mut self, who: &Caller, command: Command, kind: Kind, rule: Rule) -> Refusal {
        let refusal = self.when(who, &command).expect_err("the command must be refused");
        assert_eq!((refusal.kind, refusal.rule), (kind, rule), "{refusal}");
        refusal
    }

    /// Applies the clocks that are due by `text`.
    #[track_caller]
    fn wait_until(&mut self, text: &str) -> &mut Self {
        self.at(text).does(&system(), Command::ApplyDue)
    }

    /// The email service accepts the newest notice (D16).
    #[track_caller]
    fn notified(&mut self) -> &mut Self {
        let (approval, notice) = self.notice();
        self.does(&system(), Command::RecordNotified { approval, notice })
    }

    /// The newest notice bounces (D16).
    #[track_caller]
    fn bounced(&mut self) -> &mut Self {
        let (approval, notice) = self.notice();
        self.does(&system(), bounce(approval, notice))
    }

    /// The newest approval and its newest notice.
    #[track_caller]
    fn notice(&self) -> (u64, EffectId) {
        let consent = self.consent();
        (consent.approval, consent.notice.clone())
    }

    #[track_caller]
    fn deny(&self) -> Command {
        let approval = self.claim().consents.last().map_or(0, |consent| consent.approval);
        Command::Deny { approval, note: None }
    }

    #[track_caller]
    fn claim(&self) -> &Claim {
        self.claim.as_ref().expect("a claim")
    }

    #[track_caller]
    fn consent(&self) -> &Consent {
        self.claim().consents.last().expect("an approval")
    }

    fn status(&self) -> Status {
        self.claim().status
    }

    #[track_caller]
    fn last(&self) -> &Event {
        &self.told.last().expect("an event").0
    }

    /// The names of the events from the `from`th on.
    fn names_from(&self, from: usize) -> Vec<String> {
        self.told.iter().skip(from).map(|(event, _)| name_of(&event.change)).collect()
    }

    fn clock(&self, name: ClockName) -> Option<&Clock> {
        self.claim().clocks.get(&name)
    }

    /// When a clock is due; `none` without it, `paused` while it stands still.
    #[track_caller]
    fn due(&self, name: ClockName) -> String {
        match self.clock(name) {
            None => "none".to_owned(),
            Some(clock) if clock.paused_at.is_some() => "paused".to_owned(),
            Some(clock) if clock.breached_at.is_some() => "breached".to_owned(),
            Some(clock) => written(clock.due_at),
        }
    }

    /// What must follow from the newest event, in short.
    #[track_caller]
    fn follows(&self) -> Vec<String> {
        let (_, effects) = self.told.last().expect("an event");
        effects.iter().map(brief).collect()
    }

    /// The emails from the `from`th event on, in short.
    fn letters_from(&self, from: usize) -> Vec<String> {
        let effects = self.told.iter().skip(from).flat_map(|(_, effects)| effects);
        effects.map(brief).filter(|effect| effect.starts_with("mail")).collect()
    }
}

/// What somebody may do with a claim under the default program.
fn allowed(claim: &Claim, who: &Caller) -> Vec<Action> {
    Policy { program: &program(), caller: who }.allowed(claim)
}

fn bounce(approval: u64, notice: EffectId) -> Command {
    Command::RecordNoticeFailed { approval, notice, why: "550 no such user".to_owned(), parked: false }
}

/// The email service says, after accepting a notice, that it never arrived, or that the customer complained.
fn heard(approval: u64, notice: EffectId, feedback: Feedback) -> Command {
    Command::RecordFeedback { approval, notice, feedback }
}

fn never_arrived() -> Feedback {
    Feedback::Failed { why: "email bounced: General".to_owned() }
}

/// The name of a change, as it is stored.
fn name_of(change: &Change) -> String {
    serde_json::to_value(change).unwrap()["type"].as_str().unwrap().to_owned()
}

/// An effect in a few words.
fn brief(effect: &Effect) -> String {
    match effect {
        Effect::ArmTimer { clock, generation, due_at } => {
            format!("arm {} {generation} {}", clock.as_str(), written(*due_at))
        }
        Effect::DisarmTimer { clock, generation } => format!("disarm {} {generation}", clock.as_str()),
        Effect::NotifyCustomer { approval, contact, .. } if *contact == id(CORRECTED) => {
            format!("notify customer {approval} at the corrected address")
        }
        Effect::NotifyCustomer { approval, .. } => format!("notify customer {approval}"),
        Effect::SendEmail { to, content, .. } => {
            let to = match to {
                Recipient::Partner { contact } => {
                    assert_eq!(*contact, id(PARTNER), "the partner's contact in the claim gets its emails");
                    "partner"
                }
                Recipient::Lead => "lead",
            };
            format!("mail {to} {}", subject(content))
        }
        Effect::SendToAssessment { message } => {
            let kind = serde_json::to_value(message.kind).unwrap();
            let follows = message.follows.as_ref().map(EffectId::place);
            let follows = follows.map(|place| format!(" after {}", place.version)).unwrap_or_default();
            format!("assessment {}{follows}", kind.as_str().unwrap())
        }
        Effect::DeleteFiles { evidence } => {
            let all: Vec<_> = evidence
                .iter()
                .map(EvidenceId::as_str)
                .map(|id| id.trim_start_matches("01J0").trim_start_matches('0'))
                .collect();
            format!("delete {}", all.join(" "))
        }
        Effect::EraseContacts => "erase contacts".to_owned(),
        Effect::DeleteClaim { .. } => "delete claim".to_owned(),
        Effect::TellHolder { holder, products } => {
            let products: Vec<_> = products.iter().map(|product| product.product.as_str()).collect();
            format!("tell {holder} of {}", products.join(" "))
        }
        Effect::Publish { partner } => format!("publish to {partner}"),
    }
}

fn subject(content: &EmailContent) -> String {
    serde_json::to_value(content).unwrap()["letter"].as_str().unwrap().to_owned()
}
