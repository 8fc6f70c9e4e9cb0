//! *The claim* as reviewers see it: what is claimed, the proof in view beside the decision, both sides of a contested
//! product, what was said and noted.

use askama::Template;
use claim_command::Viewed;
use claim_domain::action::Action;
use claim_domain::calendar::Instant;
use claim_domain::claim::{Claim, Evidence, EvidenceState, Status};
use claim_domain::ids::ClaimId;
use claim_domain::people::Caller;
use claim_domain::policy::Policy;
use claim_domain::refusal::Holder;
use claim_http::view::Viewer;
use claim_http::{Problem, Query, Request, shown_events};
use claim_pages::{Bar, Due, Field, Form, Frame, Place, Said, Why, fields, history, said, words};
use claim_store::Contacts;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};

use crate::Casework;
use crate::decide::Step;
use crate::queue;

/// How many of the newest entries of the history are looked at for comments and notes.
const NEWEST: u64 = 100;
/// How many claims of others are compared with this one.
const COMPARED: usize = 5;

/// A claim that was read for a page.
pub(crate) struct Opened {
    /// The stored revision, which forms bring along (D11).
    pub(crate) revision: u64,
    version: u64,
    /// As it stands now.
    pub(crate) claim: Claim,
    pub(crate) contacts: Contacts,
    allowed: Vec<Action>,
    pub(crate) now: Instant,
}

impl Opened {
    /// The claim, as reviewers may see it.
    ///
    /// # Errors
    /// Not found, if there is none that was ever submitted (R2); a failing table.
    pub(crate) async fn read(casework: &Casework, caller: &Caller, id: &ClaimId) -> Result<Self, Problem> {
        let commands = &casework.app.commands;
        let found = commands.view_with_contacts(caller, id).await?;
        let (Viewed { stored, current }, contacts) = found.ok_or_else(Problem::not_found)?;
        // What is erased is not shown, though its items may be there for a moment longer (D22).
        let contacts = if current.erased_at.is_some() { Contacts::new() } else { contacts };
        Ok(Self {
            revision: stored.revision,
            version: stored.version,
            allowed: Policy { program: &commands.program, caller }.allowed(&current),
            claim: current,
            contacts,
            now: commands.host.now(),
        })
    }

    pub(crate) fn bar(&self, casework: &Casework) -> Bar {
        Bar::of(&self.claim, Viewer::Reviewer, &casework.app.commands.program, self.now)
    }

    pub(crate) fn allows(&self, action: Action) -> bool {
        self.allowed.contains(&action)
    }
}

/// A document of the proof.
struct Document {
    name: String,
    size: String,
    state: &'static str,
    by: String,
    at: (String, String),
    /// Where it is shown beside the decision, and where it can be downloaded.
    view: String,
    download: Option<String>,
    is_shown: bool,
}

/// The document in view.
struct Shown {
    name: String,
    /// A signed address in the bucket's own origin.
    address: String,
    is_picture: bool,
}

/// Another claim that holds what this one wants (D15).
struct Other {
    address: String,
    partner: String,
    products: String,
    since: (String, String),
    newest: Option<Newest>,
    /// Where the association for the product can be ended.
    end: String,
}

/// The newest document of another claim.
struct Newest {
    name: String,
    /// Where it can be downloaded, if it can.
    address: Option<String>,
    at: (String, String),
    /// Whether it was added after the approval (D26).
    is_added: bool,
}

/// Something that can be done: an address, and the words of its link.
struct Offer {
    address: String,
    words: &'static str,
    style: &'static str,
}

/// Something that is done at once: the name of its step, and the words of its button.
struct AtOnce {
    step: &'static str,
    words: &'static str,
    style: &'static str,
}

#[derive(Template)]
#[template(path = "casework/claim.html.j2")]
struct CasePage {
    frame: Frame,
    bar: Bar,
    form: Form,
    reviewer: String,
    is_mine: bool,
    rejected: Option<Why>,
    justification: Option<Vec<String>>,
    late: Vec<(&'static str, Due)>,
    at_once: Vec<AtOnce>,
    offers: Vec<Offer>,
    others: Vec<Other>,
    /// What the claim holds and other organisations claim, and the addresses of their claims (D26).
    challenged: Vec<String>,
    challengers: Vec<(String, String)>,
    documents: Vec<Document>,
    shown: Option<Shown>,
    fields: Vec<Field>,
    messages: Vec<Said>,
    notes: Vec<Said>,
    has_earlier: bool,
    may_comment: bool,
    /// Where the next claim opens.
    next: String,
}

/// The page of a claim.
pub(crate) async fn show(casework: &Casework, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = casework.reviewer(request)?;
    let opened = Opened::read(casework, &caller, &request.claim()?).await?;
    let claim = &opened.claim;
    let ((messages, has_earlier), holders) =
        tokio::try_join!(said_about(casework, &opened), async { casework.app.holders(claim).await })?;
    let others = others(casework, &caller, &holders).await?;
    let program = &casework.app.commands.program;
    let zone = &program.calendar.zone;
    let (documents, shown) = documents(casework, request.query(), &opened).await?;
    let mut frame = Frame::of(words::line(&claim.details.name), Place::Queue, request, &caller, zone.name());
    frame.done = done(request.query());
    let (notes, messages) = messages.into_iter().partition(|said: &Said| said.is_note);
    let (at_once, offers) = offers(&opened);
    let page = CasePage {
        frame,
        bar: opened.bar(casework),
        form: Form::default().at(opened.revision),
        reviewer: claim.assigned_to.as_ref().map_or("Nobody".to_owned(), |one| words::line(&one.shown())),
        is_mine: claim.assigned_to.as_ref().is_some_and(|one| one.is(&caller.actor)),
        rejected: claim.rejection.as_ref().map(|rejected| Why::of(&rejected.rejection)),
        justification: claim
            .dispute
            .as_ref()
            .filter(|_| claim.in_dispute())
            .map(|dispute| dispute.justification.as_deref().map(words::lines).unwrap_or_default()),
        late: claim
            .late()
            .map(|(clock, due)| (words::clock(clock), Due::new(due, opened.now, &program.calendar)))
            .collect(),
        at_once,
        offers,
        others,
        challenged: claim.challenged().map(history::product).collect(),
        challengers: claim
            .challenged_by
            .iter()
            .take(COMPARED)
            .map(|by| (format!("/review/{by}"), by.to_string()))
            .collect(),
        documents,
        shown,
        fields: fields(claim, &opened.contacts, Viewer::Reviewer),
        messages,
        notes,
        has_earlier,
        may_comment: opened.allows(Action::Comment),
        next: queue::next_address(&claim.id),
    };
    claim_pages::page(StatusCode::OK, &page)
}

/// The newest comments and notes, the oldest of them first, and whether the history has earlier ones.
async fn said_about(casework: &Casework, opened: &Opened) -> Result<(Vec<Said>, bool), Problem> {
    let passed = opened.version.saturating_sub(NEWEST);
    let limit = u32::try_from(NEWEST).unwrap_or(u32::MAX);
    let store = &casework.app.commands.store;
    let is_said = |event: &_| claim_http::view::comment(Viewer::Reviewer, event).is_some();
    let id = &opened.claim.id;
    let (events, _) = shown_events(store, id, Viewer::Reviewer, is_said, passed, limit, limit).await?;
    let zone = &casework.app.commands.program.calendar.zone;
    Ok((events.iter().filter_map(|event| said(event, Viewer::Reviewer, zone)).collect(), passed > 0))
}

/// The other side of each contested product.
async fn others(casework: &Casework, caller: &Caller, holders: &[Holder]) -> Result<Vec<Other>, Problem> {
    let mut others: Vec<Other> = Vec::new();
    let (commands, zone) = (&casework.app.commands, &casework.app.commands.program.calendar.zone);
    for holder in holders.iter().take(COMPARED) {
        let Some(viewed) = commands.view(caller, &holder.claim_id).await? else { continue };
        let claim = viewed.current;
        let counting = claim.evidence.iter().filter(|document| document.uploaded_at.is_some());
        let newest = counting.max_by_key(|document| document.uploaded_at);
        let now = commands.host.now();
        others.push(Other {
            address: format!("/review/{}", claim.id),
            partner: words::partner(holder.partner_name.as_deref(), &claim.details.mpn_id),
            products: history::product(&holder.product),
            since: (words::machine(holder.since), words::moment(holder.since, zone)),
            newest: newest.map(|document| {
                let at = document.uploaded_at.unwrap_or(document.requested_at);
                let can_open = casework.files.can_open(&claim, document, now);
                Newest {
                    name: words::line(&document.file_name),
                    address: can_open.then(|| format!("/review/{}/proof/{}", claim.id, document.id)),
                    at: (words::machine(at), words::moment(at, zone)),
                    is_added: at > holder.since,
                }
            }),
            end: format!("/review/{}/{}", claim.id, Step::EndAssociation.name()),
        });
    }
    Ok(others)
}

/// The documents, the newest first, and the one in view: the one that the address names, or else the newest that can be
/// shown.
async fn documents(
    casework: &Casework,
    query: &Query,
    opened: &Opened,
) -> Result<(Vec<Document>, Option<Shown>), Problem> {
    let zone = &casework.app.commands.program.calendar.zone;
    let claim = &opened.claim;
    let asked = query.all("document").next();
    let is_there = |document: &&Evidence| document.state(opened.now) != EvidenceState::Expired;
    let (mut documents, mut shown): (Vec<Document>, Option<Shown>) = (Vec::new(), None);
    for document in claim.evidence.iter().rev().filter(is_there) {
        let is_wanted = asked.map_or(shown.is_none(), |asked| asked == document.id.as_str());
        let address = match is_wanted {
            true => casework.files.show(claim, document, opened.now).await.map_err(Problem::internal)?,
            false => None,
        };
        let name = words::line(&document.file_name);
        let is_shown = address.is_some();
        if let Some(address) = address {
            let is_picture = document.media_type.starts_with("image/");
            shown = Some(Shown { name: name.clone(), address, is_picture });
        }
        let at = document.uploaded_at.unwrap_or(document.requested_at);
        let can_open = casework.files.can_open(claim, document, opened.now);
        documents.push(Document {
            name,
            size: words::size(document.size),
            state: words::document(document.state(opened.now)),
            by: words::line(&document.uploaded_by.shown()),
            at: (words::machine(at), words::moment(at, zone)),
            view: format!("/review/{}?document={}", claim.id, document.id),
            download: can_open.then(|| format!("/review/{}/proof/{}", claim.id, document.id)),
            is_shown,
        });
    }
    Ok((documents, shown))
}

/// What can be done: at once, and after a page that asks.
fn offers(opened: &Opened) -> (Vec<AtOnce>, Vec<Offer>) {
    let mut at_once = Vec::new();
    if opened.allows(Action::StartReview) {
        let words = match opened.claim.status {
            Status::Submitted => "Start the review",
            _ => "Take the claim",
        };
        at_once.push(AtOnce { step: Step::Start.name(), words, style: "" });
    }
    if opened.allows(Action::Release) {
        at_once.push(AtOnce { step: Step::Release.name(), words: "Give the claim back", style: "second" });
    }
    let offer = |step: Step, style| Offer {
        address: format!("/review/{}/{}", opened.claim.id, step.name()),
        words: step.title(),
        style,
    };
    let table = [
        (Action::Approve, Step::Approve, "button"),
        (Action::RequestAction, Step::RequestAction, "button second"),
        (Action::Reject, Step::Reject, "button second"),
        (Action::TakeOver, Step::TakeOver, "button second"),
        (Action::EndAssociation, Step::EndAssociation, "button second"),
        (Action::ResendNotice, Step::Resend, "button second"),
    ];
    let offers = table.into_iter().filter(|(action, ..)| opened.allows(*action));
    (at_once, offers.map(|(_, step, style)| offer(step, style)).collect())
}

/// What has just been done, which the address says after it.
fn done(query: &Query) -> Option<String> {
    let sentence = match query.all("done").next()? {
        "started" => "The claim is yours now.",
        "taken" => "You took the claim over.",
        "commented" => "Your comment was sent.",
        "noted" => "Your note was saved. Only reviewers see it.",
        "ended" => "The association was ended for these products. The partner gets an email.",
        "sent" => "The notice is sent to the customer again.",
        _ => return None,
    };
    Some(sentence.to_owned())
}
