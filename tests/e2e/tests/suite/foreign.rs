//! A foreign claim is not found, on every route and with the same answer (I7).

use claim_domain::rule::Rule;
use claim_http::registry::{Callers, ROUTES, Route};
use e2e::{ClaimDriver, Failed};
use serde_json::json;

use crate::authorization;
use crate::fixtures::{Case, approved, case, same, status};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_foreign_claim_is_not_found_on_any_route_and_nothing_is_written", foreign).proves(&[Rule::I7]),
        case("without_a_token_the_gateway_answers_401", no_token).proves(&[Rule::I7]),
    ]
}

fn foreign(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    approved(claim, "Foreign")?;
    let before = claim.look("rita")?;
    let evidence = before["evidence"][0]["id"].as_str().unwrap_or_default().to_owned();
    let of_partners = |route: &&Route| {
        route.path.starts_with("/v1/claims/{id}")
            && matches!(route.caller, Callers::Partners | Callers::SignedIn)
    };
    let mut answers = Vec::new();
    for route in ROUTES.iter().filter(of_partners) {
        let path = route.path.replace("{id}", &claim.id).replace("{evidenceId}", &evidence);
        let body = authorization::body_of(route.operation);
        let headers = [("if-match", "\"1\"")];
        let answer = claim.call("fiona", route.method, &path, &headers, body.as_ref())?;
        status(&answer, 404, &route.key())?;
        let mut problem = answer.json();
        problem["instance"] = json!(null);
        answers.push(problem);
    }
    answers.dedup();
    same(answers.len(), 1, "different answers for a foreign claim")?;
    let unknown = claim.call("fiona", "GET", "/v1/claims/01JZZZZZZZZZZZZZZZZZZZZZZZ", &[], None)?;
    let mut unknown = unknown.json();
    unknown["instance"] = json!(null);
    same(Some(&unknown), answers.first(), "an unknown claim")?;
    same(claim.look("rita")?, before, "the claim afterwards")
}

fn no_token(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    for (method, path) in [("GET", "/v1/claims"), ("POST", "/v1/claims"), ("GET", "/v1/review/queue")] {
        status(&claim.environment.stack.send(method, path, &[], None)?, 401, path)?;
        let bad = [("authorization", "Bearer not-a-token")];
        status(&claim.environment.stack.send(method, path, &bad, None)?, 401, path)?;
    }
    Ok(())
}
