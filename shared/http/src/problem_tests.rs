use serde_json::{Value, json};

use super::*;

fn sent(problem: &Problem) -> (Response<Body>, Value) {
    let response = problem.response("0b5c9bd2-0000-4000-8000-000000000001");
    let document = serde_json::from_slice(response.body()).unwrap();
    #[cfg(feature = "contract")]
    crate::contract::tests::assert_is("Problem", &document);
    (response, document)
}

#[test]
fn a_refusal_says_rule_status_what_is_allowed_and_how_to_go_on() {
    let mut refusal = Refusal::new(Kind::IllegalState, Rule::R24, "It is too late.", "Write a comment.");
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
    let field = |pointer| FieldError::at(pointer, "required", "is required");
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
fn a_stale_revision_comes_with_the_present_one() {
    claim_domain::proves!(D11);
    let (response, document) = sent(&Stale { revision: Some(8) }.into());
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
fn what_is_too_much_for_today_says_when_to_come_back() {
    claim_domain::proves!(D19);
    let day = "2026-12-31".parse().unwrap();
    let (response, document) = sent(&claim_domain::bound::Daily::Claims.refusal(1_000, day).into());
    assert_eq!(response.headers()[RETRY_AFTER], "Fri, 01 Jan 2027 00:00:00 GMT");
    assert_eq!((document["status"].clone(), document["rule"].clone()), (429.into(), "D19".into()));
}

#[test]
fn holders_are_shown_only_where_an_approval_was_refused() {
    claim_domain::proves!(D15);
    let holder = Holder {
        product: claim_domain::claim::Product { product: "Teams".to_owned(), subscription_id: None },
        key: None,
        claim_id: "01J00000000000000000000000".parse().unwrap(),
        partner_id: "fabrikam".parse().unwrap(),
        partner_name: Some("Fabrikam Partners".to_owned()),
        since: "2026-03-02T09:00:00Z".parse().unwrap(),
        newest_evidence: None,
    };
    let refused = |kind| {
        let mut refusal = Refusal::new(kind, Rule::D15, "Held.", "End it.");
        refusal.holders = vec![holder.clone()];
        sent(&refusal.into()).1
    };
    assert_eq!(refused(Kind::AssociationHeld)["holders"][0]["partnerId"], "fabrikam");
    assert_eq!(refused(Kind::IllegalState)["holders"], Value::Null);
}

#[test]
fn a_cursor_of_another_list_is_a_bad_parameter() {
    let (response, document) = sent(&StoreError::ForeignPosition.into());
    assert_eq!(response.status(), 400);
    assert_eq!(document["errors"][0]["parameter"], "cursor");
}

#[test]
fn every_refusal_has_its_slug_and_its_status() {
    // The match in `status_of` makes sure that no kind is forgotten; this table makes sure that none changes unnoticed.
    let table = [
        (Kind::Unauthenticated, "unauthenticated", 401),
        (Kind::Forbidden, "forbidden", 403),
        (Kind::NotAssigned, "not-assigned", 403),
        (Kind::AnotherReviewer, "another-reviewer", 403),
        (Kind::NotFound, "not-found", 404),
        (Kind::NoSuchRoute, "no-such-route", 404),
        (Kind::MethodNotAllowed, "method-not-allowed", 405),
        (Kind::IllegalState, "illegal-state", 409),
        (Kind::NotEditable, "not-editable", 409),
        (Kind::DisputeOver, "dispute-over", 409),
        (Kind::NotDisputable, "not-disputable", 409),
        (Kind::AssociationHeld, "association-held", 409),
        (Kind::EvidenceMissing, "evidence-missing", 409),
        (Kind::EvidenceMismatch, "evidence-mismatch", 409),
        (Kind::EvidenceLimit, "evidence-limit", 409),
        (Kind::EvidenceUnreadable, "evidence-unreadable", 409),
        (Kind::EvidenceErased, "evidence-erased", 410),
        (Kind::UploadExpired, "upload-expired", 409),
        (Kind::ConsentEnded, "consent-ended", 409),
        (Kind::InvalidInput, "invalid-input", 422),
        (Kind::EveryProductRemoved, "every-product-removed", 422),
        (Kind::DisputeEmpty, "dispute-empty", 422),
        (Kind::KeyReused, "key-reused", 422),
        (Kind::RevisionRequired, "revision-required", 428),
        (Kind::RevisionStale, "revision-stale", 412),
        (Kind::MalformedRequest, "malformed-request", 400),
        (Kind::InvalidQuery, "invalid-query", 400),
        (Kind::UnsupportedMediaType, "unsupported-media-type", 415),
        (Kind::BodyTooLarge, "body-too-large", 413),
        (Kind::DailyLimit, "daily-limit", 429),
        (Kind::ContactNotConfirmed, "contact-not-confirmed", 409),
        (Kind::ContactOutsideApproval, "contact-outside-approval", 409),
        (Kind::NoticeLimit, "notice-limit", 429),
        (Kind::CheckLimit, "check-limit", 429),
        (Kind::Busy, "busy", 503),
        (Kind::Internal, "internal", 500),
    ];
    for (kind, slug, status) in table {
        assert_eq!((kind.slug(), status_of(kind)), (slug, status), "{kind:?}");
    }
    assert_eq!(table.len(), Kind::ALL.len());
}
