//! *Proof*: the documents of a claim, and their upload, which the browser does: it hashes a file, announces it here, sends it
//! to the bucket, and has it completed here. A document of another claim is added with a button.

use askama::Template;
use claim_command::{CommandRequest, Expected};
use claim_domain::action::Action;
use claim_domain::claim::{EvidenceState, Status};
use claim_domain::draft::parse_announcement;
use claim_domain::ids::EvidenceId;
use claim_domain::people::Caller;
use claim_domain::refusal::Kind;
use claim_http::{Problem, Request, form_key, respond, status_of};
use claim_pages::{Bar, Form, Frame, Message, Place, to, words};
use claim_store::{Filter, ListOrder, ListQuery, ListScope};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};
use serde_json::{Value, json};

use crate::Dashboard;
use crate::claim::{Document, Opened, documents};

#[derive(Template)]
#[template(path = "drafts/proof.html.j2")]
struct ProofPage {
    frame: Frame,
    form: Form,
    bar: Bar,
    documents: Vec<Document>,
    may_add: bool,
    /// Documents of other claims that can be added.
    others: Vec<Other>,
    looked_at: u32,
    most_others: usize,
    is_disputable: bool,
    /// Where the partner goes on, and the words of that link.
    next: (String, &'static str),
    questions: [&'static str; 5],
}

/// How many of the organisation's claims, those that changed last, are looked through for documents to add.
const LOOKED_AT: u32 = 20;
/// How many documents of theirs are shown.
const MOST_OTHERS: usize = 20;

/// A document of another claim, which can be added to this one.
struct Other {
    claim: String,
    evidence: String,
    name: String,
    size: String,
    claim_name: String,
}

/// A reviewer's own reasons to ask for more, as questions to oneself (R17).
const QUESTIONS: [&str; 5] = [
    "Is it about this claim, and is it the right file?",
    "Has the customer signed it?",
    "Is it dated, within the last 12 months?",
    "Does it describe the work that you did?",
    "Does it name every product that you claim?",
];

/// The documents so far, and where more are added.
pub(crate) async fn show(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    drawn(dashboard, request, Form::default(), StatusCode::OK).await
}

async fn drawn(
    dashboard: &Dashboard,
    request: &Request,
    form: Form,
    status: StatusCode,
) -> Result<Response<Body>, Problem> {
    let caller = dashboard.partner(request)?;
    let opened = Opened::read(dashboard, &caller, &request.claim()?).await?;
    let zone = dashboard.app.commands.program.calendar.zone.name();
    let mut frame = Frame::of("Proof", Place::Claims, request, &caller, zone);
    let done = request.query().all("done").find_map(|done| match done {
        "created" => Some("The claim was created. Now add what proves it."),
        "added" => Some("The document was added."),
        _ => None,
    });
    frame.done = done.map(str::to_owned);
    let bar = opened.bar(dashboard);
    let is_disputable = opened.claim.status == Status::Rejected;
    let next = match (opened.allows(Action::Submit), opened.allows(Action::Dispute)) {
        (true, _) => (format!("{}/check", bar.address), "Go on to check your answers"),
        (_, true) => (format!("{}/dispute", bar.address), "Go on to the dispute"),
        _ => (bar.address.clone(), "Go back to the claim"),
    };
    let page = ProofPage {
        frame,
        form: form.at(opened.revision).once(&dashboard.app.commands.host.new_id()),
        documents: documents(dashboard, &opened),
        others: others(dashboard, &caller, &opened).await?,
        looked_at: LOOKED_AT,
        most_others: MOST_OTHERS,
        may_add: opened.allows(Action::AddEvidence),
        is_disputable,
        next,
        questions: QUESTIONS,
        bar,
    };
    claim_pages::page(status, &page)
}

/// The documents that can be added (D20), of the claims that changed last. What this claim has already is left out, and so is
/// the same document of a further claim.
async fn others(dashboard: &Dashboard, caller: &Caller, opened: &Opened) -> Result<Vec<Other>, Problem> {
    let Some(partner) = caller.partner.clone().filter(|_| opened.allows(Action::AddEvidence)) else {
        return Ok(Vec::new());
    };
    let commands = &dashboard.app.commands;
    let query = ListQuery {
        scope: ListScope::Partner(partner),
        order: ListOrder::Updated,
        limit: LOOKED_AT,
        after: None,
        filter: Filter::default(),
    };
    let rows = commands.store.list(&query).await?.rows.into_iter();
    let ids: Vec<_> = rows.map(|row| row.id).filter(|id| *id != opened.claim.id).collect();
    let claims = commands.view_all(caller, &ids).await?;
    let mut known: Vec<_> = opened.claim.evidence.iter().map(|document| &document.sha256).collect();
    let mut others = Vec::new();
    for claim in &claims {
        for document in claim.evidence.iter().rev() {
            let is_known = known.contains(&&document.sha256);
            if is_known || !dashboard.files.can_open(claim, document, opened.now) {
                continue;
            }
            known.push(&document.sha256);
            others.push(Other {
                claim: claim.id.to_string(),
                evidence: document.id.to_string(),
                name: words::line(&document.file_name),
                size: words::size(document.size),
                claim_name: words::line(&claim.details.name),
            });
        }
    }
    others.truncate(MOST_OTHERS);
    Ok(others)
}

/// Announces a document, for the script that uploads it. The same announcement again gets a fresh address, as long as the
/// document may still be uploaded: the script names each file that somebody chooses. Or adds a document of another claim, for
/// a form of the page.
pub(crate) async fn announce(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    let mut input = Form::sent(request).input();
    // A form knows no numbers.
    if let Some(size) = input["size"].as_str().and_then(|size| size.parse::<u64>().ok()) {
        input["size"] = json!(size);
    }
    let announced = async {
        let mut command = command(dashboard, request)?;
        command.key = Some(form_key(request, &command.caller.actor.id));
        dashboard.files.announce(&dashboard.app.commands, &command, parse_announcement(&input)).await
    };
    let announced = announced.await;
    if !request.received().asks_for_json() {
        return match announced {
            Ok(_) => Ok(to(&format!("/claims/{}/proof?done=added", request.claim()?))),
            Err(problem) if problem.kind == Kind::Internal => Err(problem),
            Err(problem) => {
                let title = "The document was not added".to_owned();
                let message = Message { title, sentences: vec![why(&problem)], why: None };
                let mut form = Form::default();
                form.message = Some(message);
                drawn(dashboard, request, form, status(&problem)).await
            }
        };
    }
    answer(
        request,
        announced.map(|announced| {
            let upload =
                announced.upload.map(|upload| json!({ "url": upload.url, "headers": upload.headers }));
            json!({ "evidence": announced.document.id, "upload": upload })
        }),
    )
}

fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(status_of(problem.kind)).unwrap_or(StatusCode::CONFLICT)
}

/// Completes an upload, for the script that has sent it.
pub(crate) async fn complete(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    let completed = async {
        let (command, evidence): (_, EvidenceId) =
            (command(dashboard, request)?, request.named("evidenceId")?);
        let claim = dashboard.files.complete(&dashboard.app.commands, &command, &evidence, Ok(())).await?;
        let claim = claim.into_claim()?;
        let now = dashboard.app.commands.host.now();
        let document = claim.evidence.iter().find(|document| document.id == evidence);
        let document = document.ok_or_else(Problem::not_found)?;
        let state = document.state(now);
        let said = format!("{}{}", words::document(state), next_step(state));
        Ok(json!({ "state": said, "isBeingChecked": state == EvidenceState::Scanning }))
    };
    answer(request, completed.await)
}

/// How to go on after a document that does not count.
fn next_step(state: EvidenceState) -> &'static str {
    match state {
        EvidenceState::Infected => ". Add a copy without it.",
        EvidenceState::Unscannable => ". If it has a password, add a copy without one.",
        EvidenceState::Expired => ". Choose it again.",
        EvidenceState::Announced
        | EvidenceState::Scanning
        | EvidenceState::Clean
        | EvidenceState::NotScanned => "",
    }
}

fn command(dashboard: &Dashboard, request: &Request) -> Result<CommandRequest, Problem> {
    let (caller, claim) = (dashboard.partner(request)?, request.claim()?);
    // A document overwrites nothing, whatever became of the claim meanwhile.
    Ok(CommandRequest { caller, claim, expected: Expected::Anything, key: None })
}

/// What the script is told: what was asked for, or what was wrong, in words. Whoever comes without it goes to the page.
fn answer(request: &Request, answer: Result<Value, Problem>) -> Result<Response<Body>, Problem> {
    if !request.received().asks_for_json() {
        return answer.and_then(|_| Ok(to(&format!("/claims/{}/proof", request.claim()?))));
    }
    match answer {
        Ok(answer) => Ok(respond::json(StatusCode::OK, &answer)),
        Err(problem) if problem.kind == Kind::Internal => Err(problem),
        Err(problem) => Ok(respond::json(status(&problem), &json!({ "why": why(&problem) }))),
    }
}

fn why(problem: &Problem) -> String {
    if problem.kind != Kind::InvalidInput {
        return chosen(&Message::of(problem).sentences.join(" "));
    }
    let said = problem.errors.iter().map(|error| {
        let detail = error.detail.trim_end_matches('.');
        match error.place() {
            "/fileName" => format!("The file {detail}."),
            "/size" if error.code == "empty" => {
                "The file is empty. Save the document anew, and choose that.".to_owned()
            }
            "/size" => "The file is larger than 20 MB. Save it smaller, or split it.".to_owned(),
            _ => format!("It {detail}."),
        }
    });
    chosen(&said.collect::<Vec<_>>().join(" "))
}

/// What the API says of a document, to people: they choose files and announce nothing, and know a file by its ending.
fn chosen(said: &str) -> String {
    let said = match said.split_once(" than announced: ") {
        Some((which, rest)) => {
            let next = rest.split_once(". ").map_or("", |(_, next)| next);
            format!("{which} than its ending says. {next}")
        }
        None => said.to_owned(),
    };
    let said = said.split_once(" again as ").map_or(said.clone(), |(until, _)| format!("{until} again."));
    said.replace("announce", "choose").replace("Announce", "Choose")
}

#[cfg(test)]
mod tests {
    use claim_domain::content::{Content, Unaccepted};

    use super::*;

    #[test]
    fn a_file_that_is_refused_says_in_plain_words_how_to_go_on() {
        for (found, announced, said) in [
            (
                Content::Accepted("image/png"),
                "application/pdf",
                "a.pdf is of another kind than its ending says. Give the file the ending png, and choose it again.",
            ),
            (
                Content::Unaccepted(Unaccepted::Protected),
                "application/pdf",
                "a.pdf is protected with a password or a sensitivity label. Save a copy without the protection, and choose \
                 that.",
            ),
        ] {
            let next = found.next(announced).unwrap();
            assert_eq!(chosen(&format!("{} {next}", found.detail("a.pdf"))), said);
        }
    }
}
