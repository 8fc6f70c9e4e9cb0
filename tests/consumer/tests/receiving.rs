//! What a queue may deliver, and what the consumer does with it (I6).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use assessment_consumer::{Consumer, ConsumerError, Kind, Outcome};
use serde_json::{Value, json};

const CLAIM: &str = "01K7AB0000000000000000C1A1";

fn requested() -> Value {
    json!({
        "schemaVersion": 1,
        "messageId": format!("{CLAIM}/9/0"),
        "kind": "requested",
        "claimId": CLAIM,
        "claimVersion": 9,
        "approval": 7,
        "name": "Contoso Teams rollout",
        "partnerId": "blue-yonder-partners",
        "mpnId": "4711000",
        "solutionArea": "Microsoft 365",
        "activities": ["usage"],
        "programs": ["OSU"],
        "tenantId": "11111111-2222-3333-4444-555555555555",
        "customerDomain": "contoso.example",
        "customerName": "Contoso",
        "products": [{"product": "Teams"}, {"product": "Exchange"}],
        "approvedAt": "2026-03-09T10:00:00Z",
        "customerNotifiedAt": "2026-03-09T10:00:07Z",
        "consentPassedAt": "2026-03-17T00:00:12Z",
        "occurredAt": "2026-03-17T00:00:12Z",
    })
}

/// A request with some fields replaced, or taken away where they are null.
fn but(changes: Value) -> Value {
    let mut message = requested();
    for (field, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => message.as_object_mut().unwrap().remove(field),
            value => message.as_object_mut().unwrap().insert(field.clone(), value.clone()),
        };
    }
    message
}

fn amended() -> Value {
    but(json!({
        "messageId": format!("{CLAIM}/12/0"), "kind": "amended", "follows": format!("{CLAIM}/9/0"),
        "claimVersion": 12, "products": [{"product": "Teams"}],
        "reason": "Exchange went to\nanother partner.", "occurredAt": "2026-04-01T09:30:00Z",
    }))
}

fn recalled() -> Value {
    but(json!({
        "messageId": format!("{CLAIM}/14/0"), "kind": "recalled", "follows": format!("{CLAIM}/12/0"),
        "claimVersion": 14, "products": [{"product": "Teams"}],
        "reason": "noLongerWorkingWithCustomer", "occurredAt": "2026-05-04T15:00:00Z",
    }))
}

fn receive(consumer: &mut Consumer, message: &Value) -> Result<Outcome, ConsumerError> {
    consumer.receive(&message.to_string(), CLAIM)
}

#[test]
fn a_claim_is_requested_amended_and_recalled() {
    let mut consumer = Consumer::new();
    for (message, state, products) in
        [(requested(), Kind::Requested, 2), (amended(), Kind::Amended, 1), (recalled(), Kind::Recalled, 1)]
    {
        assert_eq!(receive(&mut consumer, &message), Ok(Outcome::Accepted));
        let claim = consumer.claim(CLAIM).unwrap();
        assert_eq!((claim.state, claim.products.len()), (state, products));
    }
    let printed: Vec<_> = consumer.ledger().iter().map(ToString::to_string).collect();
    assert_eq!(
        printed.join("\n"),
        "\
2026-03-17T00:00:12Z requested Contoso Teams rollout
    products  Teams, Exchange
    customer  Contoso, tenant 11111111-2222-3333-4444-555555555555
    partner   blue-yonder-partners, MPN id 4711000, for OSU
    consent   silence until 2026-03-17T00:00:12Z
    message   01K7AB0000000000000000C1A1/9/0
2026-04-01T09:30:00Z amended   Contoso Teams rollout
    products  Teams
    customer  Contoso, tenant 11111111-2222-3333-4444-555555555555
    partner   blue-yonder-partners, MPN id 4711000, for OSU
    because   Exchange went to another partner.
    message   01K7AB0000000000000000C1A1/12/0, follows 01K7AB0000000000000000C1A1/9/0
2026-05-04T15:00:00Z recalled  Contoso Teams rollout
    products  Teams
    customer  Contoso, tenant 11111111-2222-3333-4444-555555555555
    partner   blue-yonder-partners, MPN id 4711000, for OSU
    because   noLongerWorkingWithCustomer
    message   01K7AB0000000000000000C1A1/14/0, follows 01K7AB0000000000000000C1A1/12/0"
    );
}

#[test]
fn after_a_recall_a_claim_approved_anew_is_requested_anew() {
    let mut consumer = Consumer::new();
    for message in [requested(), amended(), recalled()] {
        receive(&mut consumer, &message).unwrap();
    }
    let again = but(json!({
        "messageId": format!("{CLAIM}/20/0"), "follows": format!("{CLAIM}/14/0"), "claimVersion": 20, "approval": 18,
    }));
    assert_eq!(receive(&mut consumer, &again), Ok(Outcome::Accepted));
    assert_eq!(consumer.claim(CLAIM).unwrap().state, Kind::Requested);
}

#[test]
fn a_message_that_comes_twice_counts_once_even_after_later_ones() {
    let mut consumer = Consumer::new();
    receive(&mut consumer, &requested()).unwrap();
    receive(&mut consumer, &amended()).unwrap();
    assert_eq!(receive(&mut consumer, &requested()), Ok(Outcome::Duplicate));
    assert_eq!(consumer.ledger().len(), 2);
    assert_eq!(consumer.claim(CLAIM).unwrap().state, Kind::Amended);
}

#[test]
fn a_known_message_with_another_content_is_refused() {
    let mut consumer = Consumer::new();
    receive(&mut consumer, &requested()).unwrap();
    let altered = but(json!({"products": [{"product": "Yammer"}]}));
    let refused = receive(&mut consumer, &altered);
    assert_eq!(refused, Err(ConsumerError::Altered { message: format!("{CLAIM}/9/0") }));
}

#[test]
fn a_message_before_its_predecessor_waits_in_the_queue() {
    let mut consumer = Consumer::new();
    let error = receive(&mut consumer, &amended()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "message {CLAIM}/12/0 follows {CLAIM}/9/0, which has not been seen: left in the queue until it has"
        )
    );
    assert!(consumer.ledger().is_empty());
    receive(&mut consumer, &requested()).unwrap();
    assert_eq!(receive(&mut consumer, &amended()), Ok(Outcome::Accepted));
}

#[test]
fn a_message_that_does_not_continue_the_claim_is_refused_with_the_reason() {
    let mut consumer = Consumer::new();
    receive(&mut consumer, &requested()).unwrap();
    let id = |version: u64| format!("{CLAIM}/{version}/0");
    let second_request = but(json!({"messageId": id(11), "claimVersion": 11}));
    let unrecalled = but(json!({"messageId": id(11), "claimVersion": 11, "follows": id(9)}));
    let mut old = amended();
    old["claimVersion"] = json!(9);
    for (message, why) in [
        (&second_request, "it follows nothing, but"),
        (&unrecalled, "it cannot follow what was requested"),
        (&old, "versions rise"),
    ] {
        let error = receive(&mut consumer, message).unwrap_err();
        assert!(matches!(error, ConsumerError::OutOfOrder { .. }), "{error:?}");
        assert!(error.to_string().contains(why), "{error}");
    }
    receive(&mut consumer, &amended()).unwrap();
    let mut forked = recalled();
    forked["follows"] = json!(id(9));
    let error = receive(&mut consumer, &forked).unwrap_err();
    assert!(error.to_string().contains("but the newest is"), "{error}");
}

#[test]
fn a_message_in_the_group_of_another_claim_is_refused() {
    let error = Consumer::new().receive(&requested().to_string(), "01K7AB0000000000000000C1A2").unwrap_err();
    assert!(matches!(error, ConsumerError::ForeignGroup { .. }), "{error:?}");
}

#[test]
fn a_body_that_is_no_json_is_refused() {
    assert!(matches!(Consumer::new().receive("{", CLAIM), Err(ConsumerError::NotJson(_))));
}

#[test]
fn the_schema_refuses_what_the_rules_do_not_allow() {
    let subscription = "99999999-2222-3333-4444-555555555555";
    for (rule, changes, place) in [
        ("another version", json!({"schemaVersion": 2}), "/schemaVersion"),
        ("an unknown field", json!({"contact": "ana@contoso.example"}), "contact"),
        ("R5: the tenant id", json!({"tenantId": null}), "tenantId"),
        ("R5: a tenant id is a GUID", json!({"tenantId": "contoso"}), "/tenantId"),
        ("R14: the notice of a request", json!({"customerNotifiedAt": null}), "customerNotifiedAt"),
        ("R14: the passed consent of a request", json!({"consentPassedAt": null}), "consentPassedAt"),
        ("a request has no reason", json!({"reason": "because"}), "/reason"),
        ("I6: an amendment follows", json!({"kind": "amended", "reason": "because"}), "follows"),
        (
            "D15: an amendment has a reason",
            json!({"kind": "amended", "follows": format!("{CLAIM}/9/0")}),
            "reason",
        ),
        (
            "D8: a recall has a reason",
            json!({"kind": "recalled", "follows": format!("{CLAIM}/9/0")}),
            "reason",
        ),
        ("an unknown kind", json!({"kind": "denied"}), "/kind"),
        ("D10: at least one product", json!({"products": []}), "/products"),
        (
            "D14: no subscription in Microsoft 365",
            json!({"products": [{"product": "Teams", "subscriptionId": subscription}]}),
            "/products/0/subscriptionId",
        ),
        (
            "D14: a subscription in Business Applications",
            json!({"solutionArea": "Business Applications", "products": [{"product": "Sales"}]}),
            "/products/0",
        ),
        ("D14: usage in Microsoft 365", json!({"activities": ["preSales"]}), "/activities"),
        ("instants are in UTC", json!({"approvedAt": "2026-03-09T10:00:00+01:00"}), "/approvedAt"),
        ("instants exist", json!({"approvedAt": "2026-02-30T10:00:00Z"}), "/approvedAt"),
        ("ids have a form", json!({"messageId": "1"}), "/messageId"),
    ] {
        let Err(ConsumerError::Invalid(faults)) = receive(&mut Consumer::new(), &but(changes)) else {
            panic!("accepted: {rule}")
        };
        assert!(faults.iter().any(|fault| fault.contains(place)), "{rule}: {faults:?}");
    }
}
