//! The function `review`: the reviewers' commands (R8 to R11, D15, D17).
//!
//! A request for action, an approval, a rejection and the end of an association must say which revision they were
//! decided on (D11). Taking a claim or giving it back may say so.

use claim_domain::action::Action;
use claim_domain::command::Command;
use claim_domain::draft::{parse_action_request, parse_approval, parse_association_end, parse_rejection};
use claim_domain::refusal::Refusal;
use claim_http::registry::Operation;
use claim_http::{Api, App, Endpoint, Problem, Request, no_fields};
use claim_runtime::{Aws, ConfigError, Variables};
use lambda_http::{Body, Response};
use serde_json::Value;

/// The function as Lambda runs it.
pub type Function = Api<Review>;

/// The function's endpoint, made of what every function behind the API has.
pub struct Review(pub App);

impl Endpoint for Review {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(app: App, _: &Variables, _: &Aws) -> Result<Self, ConfigError> {
        Ok(Self(app))
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let (action, read) = step(request.operation()).ok_or_else(Problem::not_found)?;
        self.0.execute(request, action, read).await
    }
}

/// Reads the body of a step.
type Read = fn(&Value) -> Result<Command, Refusal>;

/// The action that a request asks for, and how its body is read.
fn step(operation: Operation) -> Option<(Action, Read)> {
    Some(match operation {
        Operation::StartReview => {
            (Action::StartReview, |body| no_fields(body).map(|()| Command::StartReview))
        }
        Operation::ReleaseClaim => (Action::Release, |body| no_fields(body).map(|()| Command::Release)),
        Operation::TakeOverClaim => (Action::TakeOver, |body| no_fields(body).map(|()| Command::TakeOver)),
        Operation::RequestAction => (Action::RequestAction, |body| {
            let (reasons, remove_products) = parse_action_request(body)?;
            Ok(Command::RequestAction { reasons, remove_products })
        }),
        Operation::ApproveClaim => (Action::Approve, |body| {
            parse_approval(body).map(|confirm_contact| Command::Approve { confirm_contact })
        }),
        Operation::RejectClaim => (Action::Reject, |body| {
            let (reason, note) = parse_rejection(body)?;
            Ok(Command::Reject { reason, note })
        }),
        Operation::EndAssociation => (Action::EndAssociation, |body| {
            let (products, reason) = parse_association_end(body)?;
            Ok(Command::EndAssociation { products, reason })
        }),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use claim_http::registry::{BodyKind, ROUTES, Route};
    use serde_json::json;

    use super::*;

    fn routes() -> impl Iterator<Item = &'static Route> {
        ROUTES.iter().filter(|route| route.function == "review")
    }

    #[test]
    fn every_step_is_the_command_of_its_path() {
        let product = json!({ "product": "Teams" });
        let table = [
            ("start", json!({}), "startReview"),
            ("release", json!({}), "release"),
            ("take-over", json!({}), "takeOver"),
            ("request-action", json!({ "reasons": [{ "code": "missingAllPoe" }] }), "requestAction"),
            ("approve", json!({}), "approve"),
            ("reject", json!({ "reason": "insufficientPoe" }), "reject"),
            ("end-association", json!({ "products": [product], "reason": "Ended." }), "endAssociation"),
        ];
        for ((last, body, command), route) in table.iter().zip(routes()) {
            assert!(route.path.ends_with(&format!("/{last}")), "{}", route.path);
            let (_, read) = step(route.operation).unwrap();
            assert_eq!(read(body).unwrap().name(), *command, "{last}");
        }
        assert_eq!(routes().count(), table.len());
        assert!(step(Operation::SubmitClaim).is_none());
    }

    #[test]
    fn a_decision_says_which_revision_it_was_made_on() {
        claim_domain::proves!(D11);
        let decisions = routes().filter(|route| route.body == BodyKind::Decision);
        let decisions: Vec<_> = decisions.map(|route| step(route.operation).unwrap().0).collect();
        let expected = [Action::RequestAction, Action::Approve, Action::Reject, Action::EndAssociation];
        assert_eq!(decisions, expected);
    }

    #[test]
    fn a_step_without_fields_refuses_those_that_are_there() {
        for operation in [
            Operation::StartReview,
            Operation::ReleaseClaim,
            Operation::TakeOverClaim,
            Operation::ApproveClaim,
        ] {
            let (_, read) = step(operation).unwrap();
            let refusal = read(&json!({ "note": "x" })).unwrap_err();
            assert_eq!(refusal.errors[0].place(), "/note", "{operation:?}");
        }
    }
}
