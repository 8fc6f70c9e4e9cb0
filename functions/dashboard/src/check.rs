//! *Check answers*: everything once more with a way to change it, what submitting would lead to, and the button that does it
//! (R6, R7, R9).

use askama::Template;
use claim_command::{CommandRequest, Expected, Outcome};
use claim_domain::action::Action;
use claim_domain::claim::{Claim, Status};
use claim_domain::people::Caller;
use claim_domain::program::Program;
use claim_domain::warning::warnings;
use claim_http::registry::Operation;
use claim_http::view::Viewer;
use claim_http::{Problem, Request, status_of};
use claim_pages::{Ahead, Bar, Field, Form, Frame, Message, Place, fields, history, to, words};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};
use serde_json::json;

use crate::Dashboard;
use crate::claim::{Document, Opened, documents};
use crate::part::Part;

/// A part of the claim with what it says.
struct Answers {
    part: Part,
    fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "drafts/check.html.j2")]
struct CheckPage {
    frame: Frame,
    form: Form,
    bar: Bar,
    /// What the reviewer asked for, if the claim came back.
    asked: Vec<(&'static str, Vec<String>)>,
    remove: Vec<String>,
    answers: Vec<Answers>,
    documents: Vec<Document>,
    may_edit: bool,
    may_add_proof: bool,
    /// What submitting leads to; nothing if it is not possible.
    ahead: Option<Ahead>,
    also: Vec<String>,
    button: &'static str,
}

/// The page before anything was sent.
pub(crate) async fn show(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = dashboard.partner(request)?;
    let opened = Opened::read(dashboard, &caller, &request.claim()?).await?;
    drawn(dashboard, request, &caller, opened, None).await
}

/// Submits the claim, for the first time or again; or says why not.
pub(crate) async fn submit(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    let (caller, claim) = (dashboard.partner(request)?, request.claim()?);
    let expected = match Form::sent(request).revision() {
        Some(seen) => Expected::Revision(vec![seen]),
        None => Expected::Unsaid,
    };
    let command = CommandRequest { caller: caller.clone(), claim: claim.clone(), expected, key: None };
    let outcome = dashboard.app.carry_out(Operation::SubmitClaim, &command, &json!({})).await?;
    let problem: Problem = match outcome {
        Outcome::Written(_) | Outcome::Unchanged(_) => {
            return Ok(to(&format!("/claims/{claim}?done=submitted")));
        }
        Outcome::Stale(stale) => stale.into(),
        Outcome::Refused(refusal) => (*refusal).into(),
    };
    let opened = Opened::read(dashboard, &caller, &claim).await?;
    drawn(dashboard, request, &caller, opened, Some(&problem)).await
}

async fn drawn(
    dashboard: &Dashboard,
    request: &Request,
    caller: &Caller,
    opened: Opened,
    sent: Option<&Problem>,
) -> Result<Response<Body>, Problem> {
    let program = &dashboard.app.commands.program;
    let claim = &opened.claim;
    let command = CommandRequest {
        caller: caller.clone(),
        claim: claim.id.clone(),
        expected: Expected::Anything,
        key: None,
    };
    let mut form = Form::default().at(opened.revision);
    form.message = sent.map(Message::of);
    let is_again = claim.status == Status::PartnerActionRequired;
    let mut ahead = None;
    if is_again || claim.status == Status::Editing {
        let rehearsal = dashboard.app.rehearse(Operation::SubmitClaim, &command, &json!({})).await?;
        match Ahead::of(rehearsal, program, opened.now) {
            Ok(expected) => ahead = Some(expected),
            // That there is no proof yet is said where it is added, and is no mistake of anybody who has not sent anything.
            Err(_) if sent.is_none() && claim.evidence.is_empty() => {}
            Err(problem) => {
                form.message.get_or_insert_with(|| Message::of(&problem));
            }
        }
    }
    // Of a claim that was never submitted nobody is told who holds its products (D13).
    let is_contested = !dashboard.app.holders(claim).await?.is_empty();
    let asked = claim.action_request.as_ref().filter(|_| is_again);
    let title = if opened.allows(Action::Edit) { "Check your answers" } else { "What you claim" };
    let mut frame = Frame::of(title, Place::Claims, request, caller, program.calendar.zone.name());
    frame.done = request
        .query()
        .all("done")
        .any(|done| done == "saved")
        .then(|| "Your changes were saved.".to_owned());
    let status = sent.map_or(200, |problem| status_of(problem.kind));
    let page = CheckPage {
        bar: opened.bar(dashboard),
        asked: asked.map_or_else(Vec::new, |asked| {
            let said = |note: &Option<String>| note.as_deref().map(words::lines).unwrap_or_default();
            asked.reasons.iter().map(|one| (words::action_reason(one.code), said(&one.note))).collect()
        }),
        remove: asked
            .map_or_else(Vec::new, |asked| asked.remove_products.iter().map(history::product).collect()),
        answers: answers(&opened),
        documents: documents(dashboard, &opened),
        may_edit: opened.allows(Action::Edit),
        may_add_proof: opened.allows(Action::AddEvidence),
        also: also(claim, program, is_contested),
        button: if is_again { "Submit the claim again" } else { "Submit the claim" },
        ahead,
        form,
        frame,
    };
    claim_pages::page(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), &page)
}

/// What else submitting means.
fn also(claim: &Claim, program: &Program, is_contested: bool) -> Vec<String> {
    let is_again = claim.status == Status::PartnerActionRequired;
    let mut also = warnings(Action::Submit, claim, program);
    let holders = match (is_contested, is_again) {
        (true, _) => {
            "Another partner holds one of the products. A reviewer compares both sides before an approval."
        }
        (false, true) => "No other partner holds any of the products.",
        (false, false) => {
            "If another partner holds one of the products, a reviewer compares both sides before an approval."
        }
    };
    also.push(holders.to_owned());
    also
}

/// What the claim says, part by part.
fn answers(opened: &Opened) -> Vec<Answers> {
    let claim = &opened.claim;
    let name = Field { label: "Name", lines: vec![words::line(&claim.details.name)], mark: None };
    let all = fields(claim, &opened.contacts, Viewer::Partner);
    let mut answers: Vec<Answers> =
        Part::ALL.into_iter().map(|part| Answers { part, fields: Vec::new() }).collect();
    for field in [name].into_iter().chain(all) {
        let part = Part::of_label(field.label);
        if let Some(answers) = answers.iter_mut().find(|answers| answers.part == part) {
            answers.fields.push(field);
        }
    }
    answers
}
