//! *New claim*: a list of tasks, and a short page for each part, which saves what was typed even if something on it is
//! wrong. Once all parts are complete, the begun claim becomes a claim (R6).

use askama::Template;
use claim_command::{IdempotencyKey, Outcome};
use claim_domain::action::Action;
use claim_domain::catalogue::SolutionArea;
use claim_domain::draft::Draft as Details;
use claim_domain::ids::PartnerId;
use claim_domain::people::Caller;
use claim_domain::refusal::{FieldError, Refusal};
use claim_http::{Problem, Request, status_of};
use claim_pages::{Form, Frame, Message, MessagePage, Place, to};
use claim_session::{Draft, MOST_DRAFTS};
use claim_store::sha256;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};

use crate::Dashboard;
use crate::part::{self, Choices, Part};

/// The most that is kept of a begun claim, in bytes.
const LARGEST: usize = 64_000;

/// A task of a begun claim, and how far it is.
struct Task {
    title: &'static str,
    /// Where it is done, once it can be.
    address: Option<String>,
    state: &'static str,
    tone: &'static str,
    /// What is still missing or wrong, a sentence each.
    missing: Vec<String>,
}

#[derive(Template)]
#[template(path = "drafts/tasks.html.j2")]
struct TasksPage {
    frame: Frame,
    form: Form,
    address: String,
    tasks: Vec<Task>,
    is_complete: bool,
}

#[derive(Template)]
#[template(path = "drafts/discard.html.j2")]
struct DiscardPage {
    frame: Frame,
    form: Form,
    address: String,
    name: String,
}

/// The page of a part, of a begun claim or of a claim.
#[derive(Template)]
#[template(path = "drafts/part.html.j2")]
pub(crate) struct PartPage {
    pub(crate) frame: Frame,
    pub(crate) form: Form,
    /// Where its form is sent.
    pub(crate) address: String,
    /// Where one goes without saving, and the words of that link.
    pub(crate) back: (String, &'static str),
    pub(crate) part: Part,
    pub(crate) choices: Choices,
    pub(crate) area: Option<SolutionArea>,
    /// Whether it was created already, and its product family stays.
    pub(crate) is_claim: bool,
    /// Whether it was submitted, so that only some fields can be edited (R24).
    pub(crate) is_submitted: bool,
    /// The MPN ids of the organisation, to choose from.
    pub(crate) mpn_ids: Vec<String>,
}

impl PartPage {
    fn is_with_subscriptions(&self) -> bool {
        self.area == Some(SolutionArea::BusinessApplications)
    }

    /// Whether the last day of a subscription is given already.
    fn has_ends(&self) -> bool {
        self.form.typed().any(|(name, _)| name.ends_with(part::ENDS_ON))
    }
}

/// Begins a claim.
pub(crate) async fn begin(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    let (caller, partner) = member(dashboard, request)?;
    dashboard.app.commands.policy(&caller).by_role(Action::Create)?;
    let host = &dashboard.app.commands.host;
    let (id, saved_at) = (host.new_id(), host.now());
    let sessions = &dashboard.pages.sessions;
    if sessions.drafts(&partner, saved_at).await.map_err(Problem::internal)?.len() >= MOST_DRAFTS {
        let message = Message {
            title: "Too many claims are begun".to_owned(),
            sentences: vec![
                format!(
                    "Your organisation has {MOST_DRAFTS} claims that are begun and not complete, which is the most it can have."
                ),
                "Go on with one of them, or give one up; then begin a new one.".to_owned(),
            ],
            why: None,
        };
        let frame = frame(dashboard, request, &caller, &message.title);
        let page = MessagePage { frame, message, link: ("/claims", "Go to the claims that are begun") };
        return claim_pages::page(StatusCode::CONFLICT, &page);
    }
    let draft = Draft { id, name: String::new(), fields: Vec::new(), saved_at, revision: 1 };
    save(dashboard, &partner, &draft).await?;
    Ok(to(&format!("/drafts/{}", draft.id)))
}

/// What a begun claim still needs.
pub(crate) async fn show(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    let (caller, partner) = member(dashboard, request)?;
    match find(dashboard, &partner, request).await? {
        Ok(draft) => tasks(dashboard, request, &caller, &draft, None),
        Err(claim) => Ok(claim),
    }
}

/// A part of a begun claim, or the page to give it up.
pub(crate) async fn show_step(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    let (caller, partner) = member(dashboard, request)?;
    let step = Step::of(request.parameter("step"))?;
    let draft = match find(dashboard, &partner, request).await? {
        Ok(draft) => draft,
        Err(claim) => return Ok(claim),
    };
    let kept = dashboard.pages.kept(&dashboard.app, request).await?;
    match step {
        Step::Part(part) => {
            let area = part::area(&saved(&draft));
            let form = match kept {
                Some(kept) => kept,
                None => judged(part, saved(&draft), &draft, false).at(draft.revision),
            };
            drawn(dashboard, request, &caller, (part, area), &draft, form, StatusCode::OK)
        }
        Step::Create => Ok(to(&format!("/drafts/{}", draft.id))),
        Step::Discard => {
            let page = DiscardPage {
                frame: frame(dashboard, request, &caller, "Give up the begun claim"),
                form: Form::default(),
                address: format!("/drafts/{}", draft.id),
                name: draft.name,
            };
            claim_pages::page(StatusCode::OK, &page)
        }
    }
}

/// Saves a part of a begun claim, creates the claim once it is complete, or gives it up.
pub(crate) async fn send(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    let (caller, partner) = member(dashboard, request)?;
    dashboard.app.commands.policy(&caller).by_role(Action::Create)?;
    let step = Step::of(request.parameter("step"))?;
    let draft = match find(dashboard, &partner, request).await? {
        Ok(draft) => draft,
        Err(claim) => return Ok(claim),
    };
    match step {
        Step::Part(part) => save_part(dashboard, request, (&caller, &partner), draft, part).await,
        Step::Create => create(dashboard, request, (&caller, &partner), &draft).await,
        Step::Discard => {
            dashboard.pages.sessions.end_draft(&draft.id).await.map_err(Problem::internal)?;
            Ok(to("/claims?done=discarded"))
        }
    }
}

/// What can be done with a begun claim.
#[derive(Clone, Copy)]
enum Step {
    Part(Part),
    Create,
    Discard,
}

impl Step {
    fn of(step: &str) -> Result<Self, Problem> {
        match step {
            "create" => Ok(Self::Create),
            "discard" => Ok(Self::Discard),
            step => Part::of(step).map(Self::Part).ok_or_else(Problem::not_found),
        }
    }
}

async fn save_part(
    dashboard: &Dashboard,
    request: &Request,
    (caller, partner): (&Caller, &PartnerId),
    draft: Draft,
    part: Part,
) -> Result<Response<Body>, Problem> {
    let sent = Form::sent(request);
    let fields = part.fields(&sent);
    let area = |draft: &Draft| (part, part::area(&saved(draft)));
    let mut next = draft.clone();
    next.fields = part_of_others(&draft, part).chain(fields.iter().cloned()).collect();
    next.name = saved(&next).value("name").trim().chars().take(200).collect();
    next.saved_at = dashboard.app.commands.host.now();
    next.revision = draft.revision + 1;
    let is_same = next.fields == draft.fields;
    let size: usize = next.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > LARGEST {
        let message = Message {
            title: "This is more than can be saved".to_owned(),
            sentences: vec!["Nothing was saved. Shorten what you typed, and save it again.".to_owned()],
            why: None,
        };
        let mut form = sent;
        form.message = Some(message);
        return drawn(
            dashboard,
            request,
            caller,
            area(&draft),
            &draft,
            form,
            StatusCode::UNPROCESSABLE_ENTITY,
        );
    }
    let is_stale = sent.revision() != Some(draft.revision) && !is_same;
    if is_stale || !is_same && !save(dashboard, partner, &next).await? {
        let found = match find(dashboard, partner, request).await? {
            Ok(draft) => draft,
            Err(claim) => return Ok(claim),
        };
        let message = Message {
            title: "Somebody else has saved this claim".to_owned(),
            sentences: vec![
                "It was saved after you had opened this page, so what you typed is not saved yet.".to_owned(),
                "It is still here. Look at what the others saved, and save yours again if it still fits."
                    .to_owned(),
            ],
            why: None,
        };
        let mut form = sent.at(found.revision);
        form.message = Some(message);
        return drawn(
            dashboard,
            request,
            caller,
            area(&found),
            &found,
            form,
            StatusCode::PRECONDITION_FAILED,
        );
    }
    let draft = if is_same { draft } else { next };
    let form = judged(part, saved(&draft), &draft, true).at(draft.revision);
    if !form.faults.is_empty() || form.message.is_some() {
        return drawn(
            dashboard,
            request,
            caller,
            area(&draft),
            &draft,
            form,
            StatusCode::UNPROCESSABLE_ENTITY,
        );
    }
    if sent.value("go") == "more" {
        return Ok(to(&format!("/drafts/{}/{}", draft.id, part.step())));
    }
    match errors(&draft).is_empty() {
        true => create(dashboard, request, (caller, partner), &draft).await,
        false => Ok(to(&format!("/drafts/{}", draft.id))),
    }
}

/// Makes a claim of a begun claim, once: the draft's id is what makes it the same request.
async fn create(
    dashboard: &Dashboard,
    request: &Request,
    (caller, partner): (&Caller, &PartnerId),
    draft: &Draft,
) -> Result<Response<Body>, Problem> {
    let mut details = match Details::parse(&part::input(&saved(draft))) {
        Ok(details) => details,
        Err(_) => return tasks(dashboard, request, caller, draft, None),
    };
    details.partner_contact.proven = caller.has_shown(&details.partner_contact.email);
    let key = key(partner, &draft.id);
    match dashboard.app.commands.create(caller, details, None, Some(&key)).await? {
        Outcome::Refused(refusal) => tasks(dashboard, request, caller, draft, Some(&Problem::from(*refusal))),
        outcome => {
            let claim = outcome.into_claim()?;
            dashboard.pages.sessions.end_draft(&draft.id).await.map_err(Problem::internal)?;
            Ok(to(&format!("/claims/{}/proof?done=created", claim.id)))
        }
    }
}

fn key(partner: &PartnerId, draft: &str) -> IdempotencyKey {
    let name = format!("{partner}\n/drafts/{draft}");
    IdempotencyKey { record: sha256(name.as_bytes()), body: sha256(draft.as_bytes()) }
}

/// Who asks, and for which organisation.
fn member(dashboard: &Dashboard, request: &Request) -> Result<(Caller, PartnerId), Problem> {
    let caller = dashboard.partner(request)?;
    let partner = caller.partner.clone().ok_or_else(Problem::not_found)?;
    Ok((caller, partner))
}

/// The begun claim that the address names; or the way to the claim that it has become.
async fn find(
    dashboard: &Dashboard,
    partner: &PartnerId,
    request: &Request,
) -> Result<Result<Draft, Response<Body>>, Problem> {
    let (id, commands) = (request.parameter("draft"), &dashboard.app.commands);
    let now = commands.host.now();
    let found = dashboard.pages.sessions.draft(partner, id, now).await.map_err(Problem::internal)?;
    if let Some(draft) = found {
        return Ok(Ok(draft));
    }
    let created = commands.store.answer_under(&key(partner, id).record, now).await?;
    let created = created.ok_or_else(Problem::not_found)?;
    Ok(Err(to(&format!("/claims/{}/proof", created.claim))))
}

async fn save(dashboard: &Dashboard, partner: &PartnerId, draft: &Draft) -> Result<bool, Problem> {
    dashboard.pages.sessions.save_draft(partner, draft).await.map_err(Problem::internal)
}

/// The form of everything that was saved.
fn saved(draft: &Draft) -> Form {
    Form::of(draft.fields.iter().cloned())
}

/// The fields of the other parts.
fn part_of_others(draft: &Draft, part: Part) -> impl Iterator<Item = (String, String)> {
    let mine = part.fields(&saved(draft));
    draft.fields.iter().filter(move |field| !mine.contains(field)).cloned()
}

/// What is wrong with a begun claim or missing, by the law that its creation would follow.
fn errors(draft: &Draft) -> Vec<FieldError> {
    match Details::parse(&part::input(&saved(draft))) {
        Ok(_) => Vec::new(),
        Err(refusal) => refusal.errors,
    }
}

/// A form with what is wrong on a part. What is missing is said on the list of tasks: one can go on later.
fn judged(part: Part, form: Form, draft: &Draft, was_sent: bool) -> Form {
    let mut errors = part.errors(&errors(draft));
    errors.retain(|error| !is_missing(error));
    if errors.is_empty() {
        return form;
    }
    let mut form = part::gathered(form.refused(&Refusal::invalid(errors).into(), part.labels()));
    if was_sent {
        let message = form.message.get_or_insert_with(|| Message {
            title: "There is a problem".to_owned(),
            sentences: Vec::new(),
            why: None,
        });
        message.sentences.insert(
            0,
            "What you typed is saved. Correct what is listed before the claim can be created.".to_owned(),
        );
    }
    form
}

fn is_missing(error: &FieldError) -> bool {
    error.code == "required" || error.place() == "/products" && error.code != "duplicate"
}

fn frame(dashboard: &Dashboard, request: &Request, caller: &Caller, title: &str) -> Frame {
    Frame::of(title, Place::Claims, request, caller, dashboard.app.commands.program.calendar.zone.name())
}

fn drawn(
    dashboard: &Dashboard,
    request: &Request,
    caller: &Caller,
    (part, area): (Part, Option<SolutionArea>),
    draft: &Draft,
    form: Form,
    status: StatusCode,
) -> Result<Response<Body>, Problem> {
    let form = if part == Part::Products { part::in_catalogue_order(&form, area) } else { form };
    let page = PartPage {
        frame: frame(dashboard, request, caller, part.title()),
        address: format!("/drafts/{}/{}", draft.id, part.step()),
        back: (format!("/drafts/{}", draft.id), "Go back without saving"),
        choices: Choices::of(&form, area),
        part,
        area,
        is_claim: false,
        is_submitted: false,
        mpn_ids: caller.mpn_ids.iter().map(ToString::to_string).collect(),
        form,
    };
    claim_pages::page(status, &page)
}

fn tasks(
    dashboard: &Dashboard,
    request: &Request,
    caller: &Caller,
    draft: &Draft,
    refused: Option<&Problem>,
) -> Result<Response<Body>, Problem> {
    let (errors, saved) = (errors(draft), saved(draft));
    let task = |part: Part| {
        let wrong = part.errors(&errors);
        let is_begun = !part.fields(&saved).is_empty();
        let (state, tone) = match (is_begun, wrong.is_empty(), wrong.iter().all(is_missing)) {
            (_, true, _) => ("Complete", "good"),
            (false, ..) => ("Not started", "quiet"),
            (true, _, true) => ("Begun", "busy"),
            (true, ..) => ("Needs a correction", "asked"),
        };
        let form = part::gathered(saved.clone().refused(&Refusal::invalid(wrong).into(), part.labels()));
        let missing =
            form.faults.into_iter().map(|fault| fault.sentence.replace(" is required.", " is missing."));
        Task {
            title: part.title(),
            address: Some(format!("/drafts/{}/{}", draft.id, part.step())),
            state,
            tone,
            missing: if is_begun { missing.collect() } else { Vec::new() },
        }
    };
    let later = |title| Task { title, address: None, state: "Later", tone: "quiet", missing: Vec::new() };
    let mut form = Form::default();
    let mut status = StatusCode::OK;
    if let Some(problem) = refused {
        form = form.refused(problem, &[]);
        status = StatusCode::from_u16(status_of(problem.kind)).unwrap_or(status);
    }
    let title = match draft.name.trim() {
        "" => "New claim".to_owned(),
        name => claim_pages::words::line(name),
    };
    let page = TasksPage {
        frame: frame(dashboard, request, caller, &title),
        form,
        address: format!("/drafts/{}", draft.id),
        tasks: Part::ALL.into_iter().map(task).chain(["Proof", "Check answers"].map(later)).collect(),
        is_complete: errors.is_empty(),
    };
    claim_pages::page(status, &page)
}
