use claim_domain::refusal::RefusalKind;
use serde_json::{Value, json};

use super::*;

fn sent(problem: &Problem) -> (Response<Body>, Value) {
    let response = problem.response("0b5c9bd2-0000-4000-8000-000000000001");
    let document = serde_json::from_slice(response.body()).unwrap();
    (response, document)
}

#[test]
fn a_refusal_says_rule_status_what_is_allowed_and_how_to_go_on() {
    let mut refusal = Refusal::new(RefusalKind::IllegalState, "R24", "It is too late.", "Write a comment.");
    refusal.status = Some(Status::Approved);
    refusal.allowed = vec![Action::Withdraw, Action::Comment];
    let (response, document) = sent(&refusal.into());
    assert_eq!(response.status(), 409);
    assert_eq!(response.headers()[CONTENT_TYPE], PROBLEM_JSON);
    assert_eq!(
        document,
        json!({
            "type": "/v1/problems/illegal-state",
            "title": "Not possible in this status",
            "status": 409,
            "detail": "It is too late.",
            "rule": "R24",
            "claimStatus": "approved",
            "allowed": ["withdraw", "comment"],
            "next": "Write a comment.",
        })
    );
}

#[test]
fn every_bad_field_is_listed() {
    let field = |pointer: &str| FieldError {
        pointer: pointer.to_owned(),
        code: "required".to_owned(),
        detail: "is required".to_owned(),
    };
    let (response, document) = sent(&Refusal::invalid(vec![field("/name"), field("/mpnId")]).into());
    assert_eq!(response.status(), 422);
    assert_eq!(
        document["errors"],
        json!([
            { "pointer": "/name", "code": "required", "detail": "is required" },
            { "pointer": "/mpnId", "code": "required", "detail": "is required" },
        ])
    );
}

#[test]
fn d11_a_stale_revision_comes_with_the_present_one() {
    let (response, document) = sent(&CommandError::Stale { revision: 8 }.into());
    assert_eq!(
        (response.status().as_u16(), &response.headers()[ETAG]),
        (412, &HeaderValue::from_static("\"8\""))
    );
    assert_eq!(document["revision"], 8);
}

#[test]
fn a_failure_of_ours_says_nothing_but_the_incident() {
    let problem = Problem::from(CommandError::Other("secret://bucket".into()));
    let (response, document) = sent(&problem);
    assert_eq!(response.status(), 500);
    assert_eq!(document["instance"], "urn:uuid:0b5c9bd2-0000-4000-8000-000000000001");
    assert!(!document.to_string().contains("secret"));
    assert!(problem.cause.is_some());
}

#[test]
fn what_is_busy_says_when_to_come_back() {
    let (response, _) = sent(&CommandError::Busy.into());
    assert_eq!(
        (response.status().as_u16(), &response.headers()[RETRY_AFTER]),
        (503, &HeaderValue::from_static("1"))
    );
    let (response, _) = sent(&StoreError::Throttled.into());
    assert_eq!(response.status(), 503);
}

#[test]
fn d15_holders_are_shown_only_where_an_approval_was_refused() {
    let holder = Holder {
        product: claim_domain::claim::Product { product: "Teams".to_owned(), subscription_id: None },
        key: None,
        claim_id: "01J00000000000000000000000".parse().unwrap(),
        partner_id: "fabrikam".parse().unwrap(),
        since: "2026-03-02T09:00:00Z".parse().unwrap(),
        newest_evidence: None,
    };
    let refused = |kind| {
        let mut refusal = Refusal::new(kind, "D15", "Held.", "End it.");
        refusal.holders = vec![holder.clone()];
        sent(&refusal.into()).1
    };
    assert_eq!(refused(RefusalKind::AssociationHeld)["holders"][0]["partnerId"], "fabrikam");
    assert_eq!(refused(RefusalKind::IllegalState)["holders"], Value::Null);
}

#[test]
fn a_cursor_of_another_list_is_a_bad_parameter() {
    let (response, document) = sent(&StoreError::ForeignPosition.into());
    assert_eq!(response.status(), 400);
    assert_eq!(document["errors"][0]["parameter"], "cursor");
}
