//! The function `review`: the reviewers' commands (R8 to R11, D15, D17).
//!
//! Who asks for action, approves, rejects or ends an association says which revision it decided on (D11); who only takes
//! or gives back a claim may say so.

use claim_domain::action::Action;
use claim_domain::command::Command;
use claim_domain::draft::{parse_action_request, parse_association_end, parse_rejection};
use claim_domain::refusal::Refusal;
use claim_http::{App, Call, Problem, no_fields};
use lambda_http::{Body, Request, Response};
use serde_json::Value;

/// Answers one request to the function.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let call = Call::of(request);
    let answer = route(app, &call).await;
    call.conclude(answer)
}

async fn route(app: &App, call: &Call) -> Result<Response<Body>, Problem> {
    let (method, path) = call.target()?;
    let ("POST", ["v1", "claims", claim, "review", step]) = (method, path.as_slice()) else {
        return Err(call.no_such_route());
    };
    let Some((action, read)) = step_of(step) else { return Err(call.no_such_route()) };
    let mut ask = app.ask(call, claim)?;
    if is_decision(action) {
        ask = ask.of_a_revision(action)?;
    }
    let body = call.json_or_nothing()?;
    app.carry_out(&ask, action, &body, read).await
}

/// Reads the body of a step.
type Read = fn(&Value) -> Result<Command, Refusal>;

/// The action that the last segment of a path names, and what its body is read by.
fn step_of(step: &str) -> Option<(Action, Read)> {
    Some(match step {
        "start" => (Action::StartReview, |body| no_fields(body).map(|()| Command::StartReview)),
        "release" => (Action::Release, |body| no_fields(body).map(|()| Command::Release)),
        "take-over" => (Action::TakeOver, |body| no_fields(body).map(|()| Command::TakeOver)),
        "request-action" => (Action::RequestAction, |body| {
            let (reasons, remove_products) = parse_action_request(body)?;
            Ok(Command::RequestAction { reasons, remove_products })
        }),
        "approve" => (Action::Approve, |body| no_fields(body).map(|()| Command::Approve)),
        "reject" => (Action::Reject, |body| {
            let (reason, note) = parse_rejection(body)?;
            Ok(Command::Reject { reason, note })
        }),
        "end-association" => (Action::EndAssociation, |body| {
            let (products, reason) = parse_association_end(body)?;
            Ok(Command::EndAssociation { products, reason })
        }),
        _ => return None,
    })
}

/// Whether the step decides something by what the reviewer read.
fn is_decision(action: Action) -> bool {
    matches!(action, Action::RequestAction | Action::Approve | Action::Reject | Action::EndAssociation)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_step_is_the_command_of_its_name() {
        let product = json!({ "product": "Teams" });
        let table = [
            ("start", json!({}), "startReview", false),
            ("release", json!({}), "release", false),
            ("take-over", json!({}), "takeOver", false),
            ("request-action", json!({ "reasons": [{ "code": "missingAllPoe" }] }), "requestAction", true),
            ("approve", json!({}), "approve", true),
            ("reject", json!({ "reason": "insufficientPoe" }), "reject", true),
            ("end-association", json!({ "products": [product], "reason": "Ended." }), "endAssociation", true),
        ];
        for (step, body, command, decides) in table {
            let (action, read) = step_of(step).unwrap();
            assert_eq!((read(&body).unwrap().name(), is_decision(action)), (command, decides), "{step}");
        }
        assert!(step_of("startReview").is_none());
    }

    #[test]
    fn a_step_without_fields_refuses_those_that_are_there() {
        for step in ["start", "release", "take-over", "approve"] {
            let (_, read) = step_of(step).unwrap();
            let refusal = read(&json!({ "note": "x" })).unwrap_err();
            assert_eq!(refusal.errors[0].pointer, "/note", "{step}");
        }
    }
}
