//! A foreign claim is not found, on every route and with the same answer (I7).

use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use serde_json::json;

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
    let upload =
        json!({ "fileName": "a.pdf", "mediaType": "application/pdf", "size": 9, "sha256": "0".repeat(64) });
    let routes = [
        ("GET", String::new(), None),
        ("PATCH", String::new(), Some(json!({ "name": "Mine" }))),
        ("DELETE", String::new(), None),
        ("GET", "/history".to_owned(), None),
        ("GET", "/comments".to_owned(), None),
        ("POST", "/comments".to_owned(), Some(json!({ "text": "?" }))),
        ("POST", "/evidence".to_owned(), Some(upload)),
        ("POST", format!("/evidence/{evidence}/complete"), None),
        ("GET", format!("/evidence/{evidence}"), None),
        ("POST", "/submit".to_owned(), Some(json!({}))),
        ("POST", "/withdraw".to_owned(), Some(json!({ "cause": "other" }))),
        ("POST", "/dispute".to_owned(), Some(json!({ "justification": "?" }))),
        ("POST", "/consent/resend".to_owned(), Some(json!({}))),
    ];
    let mut answers = Vec::new();
    for (method, rest, body) in routes {
        let headers = [("if-match", "\"1\"")];
        let answer = claim.call("fiona", method, &claim.path(&rest), &headers, body.as_ref())?;
        status(&answer, 404, &format!("{method} {rest}"))?;
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
