//! *The claim*: where it stands, what comes next, what was asked, what was said, and what can be done.

use askama::Template;
use claim_command::Viewed;
use claim_domain::action::Action;
use claim_domain::calendar::Instant;
use claim_domain::claim::{Claim, Evidence, EvidenceState, Status};
use claim_domain::ids::ClaimId;
use claim_domain::people::Caller;
use claim_domain::policy::Policy;
use claim_domain::reason::ActionReason;
use claim_http::view::Viewer;
use claim_http::{Problem, Query, Request, draft_from, form_key, shown_events};
use claim_pages::{Bar, Due, Field, Form, Frame, Place, Said, Why, fields, history, said, to, words};
use claim_store::Contacts;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};
use serde_json::json;

use crate::Dashboard;
use crate::plan::{Plan, plan};

/// How many of the newest entries of the history are looked at for comments.
const NEWEST: u64 = 100;

/// A claim that was read for a page.
pub(crate) struct Opened {
    /// The stored revision, which forms bring along (D11).
    pub(crate) revision: u64,
    /// How many entries its history has for a partner.
    pub(crate) entries: u64,
    /// As it stands now.
    pub(crate) claim: Claim,
    pub(crate) contacts: Contacts,
    pub(crate) allowed: Vec<Action>,
    pub(crate) now: Instant,
}

impl Opened {
    /// The claim, as its partner may see it.
    ///
    /// # Errors
    /// Not found, if the caller may not know of it; a failing table.
    pub(crate) async fn read(dashboard: &Dashboard, caller: &Caller, id: &ClaimId) -> Result<Self, Problem> {
        let commands = &dashboard.app.commands;
        let found = commands.view_with_contacts(caller, id).await?;
        let (Viewed { stored, current }, contacts) = found.ok_or_else(Problem::not_found)?;
        // What is erased is not shown, though its items may be there for a moment longer (D22).
        let contacts = if current.erased_at.is_some() { Contacts::new() } else { contacts };
        Ok(Self {
            revision: stored.revision,
            entries: stored.version.saturating_sub(stored.notes),
            allowed: Policy { program: &commands.program, caller }.allowed(&current),
            claim: current,
            contacts,
            now: commands.host.now(),
        })
    }

    /// What identifies it, at the top of each of its pages.
    pub(crate) fn bar(&self, dashboard: &Dashboard) -> Bar {
        Bar::of(&self.claim, Viewer::Partner, &dashboard.app.commands.program, self.now)
    }

    pub(crate) fn allows(&self, action: Action) -> bool {
        self.allowed.contains(&action)
    }
}

/// What the reviewer asked for.
struct Asked {
    reasons: Vec<(&'static str, Vec<String>)>,
    remove: Vec<String>,
    due: Due,
}

/// A rejection that stands.
struct Rejected {
    why: Why,
    on: (String, String),
    /// Until when it can be disputed, if it can.
    until: Option<Due>,
}

/// A document of the proof.
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) size: String,
    pub(crate) state: &'static str,
    pub(crate) by: String,
    pub(crate) at: (String, String),
    pub(crate) is_staged: bool,
    /// Where it can be opened, if it can.
    pub(crate) address: Option<String>,
}

/// Something that can be done: an address, and the words of its link.
struct Offer {
    address: String,
    words: &'static str,
    /// `button`, `button second` or nothing, for the style.
    style: &'static str,
}

#[derive(Template)]
#[template(path = "dashboard/claim.html.j2")]
struct ClaimPage {
    frame: Frame,
    bar: Bar,
    form: Form,
    asked: Option<Asked>,
    rejected: Option<Rejected>,
    is_suspended: bool,
    is_contested: bool,
    /// What the claim holds and another organisation claims (D26).
    challenged: Vec<String>,
    undeliverable_since: Option<(String, String)>,
    /// The address of the program guide, once the claim is approved (R4).
    guide: Option<String>,
    plan: Plan,
    zone: String,
    messages: Vec<Said>,
    /// Whether earlier messages are in the history alone.
    has_earlier: bool,
    may_comment: bool,
    documents: Vec<Document>,
    may_add_proof: bool,
    fields: Vec<Field>,
    may_edit: bool,
    /// Whether a new claim can be begun from this one.
    may_renew: bool,
    /// The next step, if it is the partner's.
    main: Vec<Offer>,
    /// What else can be done.
    others: Vec<Offer>,
}

/// The page of a claim.
pub(crate) async fn show(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = dashboard.partner(request)?;
    let opened = Opened::read(dashboard, &caller, &request.claim()?).await?;
    let ((messages, has_earlier), holders) =
        tokio::try_join!(messages(dashboard, &opened), async { dashboard.app.holders(&opened.claim).await })?;
    let program = &dashboard.app.commands.program;
    let zone = &program.calendar.zone;
    let claim = &opened.claim;
    let mut frame = Frame::of(words::line(&claim.details.name), Place::Claims, request, &caller, zone.name());
    frame.done = done(request.query());
    let moment = |at: Instant| (words::machine(at), words::moment(at, zone));
    let (main, others) = offers(&opened);
    let page = ClaimPage {
        bar: opened.bar(dashboard),
        form: Form::default().at(opened.revision).once(&dashboard.app.commands.host.new_id()),
        asked: claim.action_request.as_ref().map(|asked| Asked {
            reasons: asked.reasons.iter().map(reason).collect(),
            remove: asked.remove_products.iter().map(history::product).collect(),
            due: Due::new(asked.due_at, opened.now, &program.calendar),
        }),
        rejected: claim.rejection.as_ref().map(|rejected| Rejected {
            why: Why::of(&rejected.rejection),
            on: moment(rejected.rejected_at),
            until: rejected
                .dispute_until
                .filter(|_| claim.can_be_disputed())
                .map(|until| Due::new(until, opened.now, &program.calendar)),
        }),
        is_suspended: claim.status == Status::Approved && claim.is_suspended(),
        is_contested: !holders.is_empty(),
        challenged: claim.challenged().map(history::product).collect(),
        undeliverable_since: claim.undeliverable_since.map(moment),
        guide: (claim.status == Status::Approved).then(|| program.guide_url.clone()),
        plan: plan(claim, program, opened.now),
        zone: zone.name().to_owned(),
        messages,
        has_earlier,
        may_comment: opened.allows(Action::Comment),
        documents: documents(dashboard, &opened),
        may_add_proof: opened.allows(Action::AddEvidence),
        fields: fields(claim, &opened.contacts, Viewer::Partner),
        may_edit: opened.allows(Action::Edit),
        may_renew: matches!(claim.status, Status::Approved | Status::Rejected) && claim.erased_at.is_none(),
        main,
        others,
        frame,
    };
    claim_pages::page(StatusCode::OK, &page)
}

fn reason(reason: &ActionReason) -> (&'static str, Vec<String>) {
    (words::action_reason(reason.code), reason.note.as_deref().map(words::lines).unwrap_or_default())
}

/// The newest comments, the oldest of them first, and whether the history has earlier ones.
async fn messages(dashboard: &Dashboard, opened: &Opened) -> Result<(Vec<Said>, bool), Problem> {
    let passed = opened.entries.saturating_sub(NEWEST);
    let limit = u32::try_from(NEWEST).unwrap_or(u32::MAX);
    let store = &dashboard.app.commands.store;
    let is_comment = |event: &_| claim_http::view::comment(Viewer::Partner, event).is_some();
    let id = &opened.claim.id;
    let (events, _) = shown_events(store, id, Viewer::Partner, is_comment, passed, limit, limit).await?;
    let zone = &dashboard.app.commands.program.calendar.zone;
    Ok((events.iter().filter_map(|event| said(event, Viewer::Partner, zone)).collect(), passed > 0))
}

/// The documents of the proof, the newest first.
pub(crate) fn documents(dashboard: &Dashboard, opened: &Opened) -> Vec<Document> {
    let zone = &dashboard.app.commands.program.calendar.zone;
    let claim = &opened.claim;
    let one = |document: &Evidence| {
        let at = document.uploaded_at.unwrap_or(document.requested_at);
        let can_be_opened = dashboard.files.can_open(claim, document, opened.now);
        Document {
            name: words::line(&document.file_name),
            size: words::size(document.size),
            state: words::document(document.state(opened.now)),
            by: words::line(&document.uploaded_by.shown()),
            at: (words::machine(at), words::moment(at, zone)),
            is_staged: document.staged,
            address: can_be_opened.then(|| format!("/claims/{}/proof/{}", claim.id, document.id)),
        }
    };
    let shown = claim.evidence.iter().rev();
    shown.filter(|document| document.state(opened.now) != EvidenceState::Expired).map(one).collect()
}

/// What can be done: the next step, and what else.
fn offers(opened: &Opened) -> (Vec<Offer>, Vec<Offer>) {
    let offer = |step: &str, words, style| Offer {
        address: format!("/claims/{}/{step}", opened.claim.id),
        words,
        style,
    };
    let (mut main, mut others) = (Vec::new(), Vec::new());
    let is_again = opened.claim.status == Status::PartnerActionRequired;
    if opened.allows(Action::AddEvidence) {
        match opened.claim.status {
            Status::Editing | Status::PartnerActionRequired => {
                main.push(offer("proof", "Add proof", "button second"));
            }
            Status::Approved => {
                let style = if opened.claim.is_suspended() { "button second" } else { "button" };
                main.push(offer("proof", "Add newer proof", style));
            }
            _ => {}
        }
    }
    if opened.allows(Action::Submit) {
        let words = if is_again { "Check and submit again" } else { "Check and submit" };
        main.push(offer("check", words, "button"));
    }
    if opened.allows(Action::Dispute) {
        main.push(offer("dispute", "Dispute the rejection", "button"));
    }
    if opened.allows(Action::ResendNotice) {
        match opened.claim.is_suspended() {
            true => main.push(offer("resend", "Correct the customer’s address", "button")),
            false => others.push(offer("resend", "Send the customer’s notice again", "")),
        }
    }
    if opened.allows(Action::Withdraw) {
        others.push(offer("withdraw", "Withdraw the claim", ""));
    }
    if opened.allows(Action::Discard) {
        others.push(offer("discard", "Discard the claim", ""));
    }
    (main, others)
}

/// Begins a new claim from this one, without its proof, and goes there.
pub(crate) async fn renew(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = dashboard.partner(request)?;
    let opened = Opened::read(dashboard, &caller, &request.claim()?).await?;
    let mut draft = draft_from(&opened.claim, &opened.contacts, &json!({}))?;
    draft.partner_contact.proven = caller.has_shown(&draft.partner_contact.email);
    let key = form_key(request, &caller.actor.id);
    let from = Some(opened.claim.id.clone());
    let made = dashboard.app.commands.create(&caller, draft, from, Some(&key)).await?.into_claim()?;
    Ok(to(&format!("/claims/{}?done=renewed", made.id)))
}

/// What has just been done, which the address says after it.
fn done(query: &Query) -> Option<String> {
    let sentence = match query.all("done").next()? {
        "created" => "The claim was created. Add proof, then submit it.",
        "renewed" => "The new claim was created from the other one. Check what it says, and add proof.",
        "saved" => "Your changes were saved.",
        "submitted" => "The claim was submitted. A reviewer looks at it next.",
        "disputed" => "The rejection is disputed. A reviewer answers next.",
        "withdrawn" => "The claim was withdrawn.",
        "sent" => "The notice is sent to the customer again.",
        "commented" => "Your comment was sent.",
        _ => return None,
    };
    Some(sentence.to_owned())
}
