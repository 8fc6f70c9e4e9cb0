//! A claim whose retention has ended, and a contact that was erased (D22).

use super::*;

/// Rejected for good on 18 March 2026: kept until 18 March 2028, by the program's zone.
fn rejected_twice() -> Scenario {
    let reject = Command::Reject { reason: RejectCode::InsufficientPoe, note: None };
    disputed().act("2026-03-13T09:00:00Z", &ruben(), &[], Command::StartReview).act(
        "2026-03-18T09:00:00Z",
        &ruben(),
        &[],
        reject,
    )
}

pub(super) fn erased() -> Scenario {
    rejected_twice().act("2028-03-18T23:05:00Z", &Caller::system(), &[], Command::ApplyDue)
}

#[test]
fn a_closed_claim_says_until_when_it_keeps_its_contacts() {
    claim_domain::proves!(D22);
    let seen = seen_by(&ana(), &rejected_twice(), "2026-03-19T09:00:00Z", &[]);
    assert_eq!(seen["keptUntil"], "2028-03-18T23:00:00Z");
    assert_eq!((&seen["erasedAt"], &seen["partnerContact"]["name"]), (&Value::Null, &json!("Cleo")));
}

#[test]
fn an_erased_claim_as_its_partner_sees_it() {
    claim_domain::proves!(D22);
    // The contacts' items are still there: what is erased is not shown.
    let seen = seen_by(&ana(), &erased(), "2028-03-19T09:00:00Z", &[]);
    assert!(!seen.to_string().contains("@adatum.example"), "{seen}");
    insta::assert_json_snapshot!(seen);
}

#[test]
fn an_erased_claim_as_a_reviewer_sees_it() {
    claim_domain::proves!(D22);
    insta::assert_json_snapshot!(seen_by(&rita(), &erased(), "2028-03-19T09:00:00Z", &[]));
}

#[test]
fn an_erasure_that_is_not_written_yet_is_seen_the_same_at_every_reading() {
    claim_domain::proves!(D22, I3);
    let stored = rejected_twice();
    let seen = |now| seen_by(&ana(), &stored, now, &[]);
    assert_eq!(seen("2028-03-18T23:00:00Z"), seen("2028-03-19T09:00:00Z"));
    assert_eq!(seen("2028-03-18T23:00:00Z")["erasedAt"], "2028-03-18T23:00:00Z");
}

#[test]
fn the_history_of_an_erased_claim_goes_on_without_persons() {
    claim_domain::proves!(D22);
    let events = erased().events;
    let nobody = Contacts::new();
    let history = entries(Viewer::Partner, &events, 0, &nobody);
    assert!(!json!(history).to_string().contains("adatum.example\",\"name\":\"C"));
    insta::assert_json_snapshot!(json!(history.last()));
}

#[test]
fn an_erased_contact_is_said_to_be_erased() {
    claim_domain::proves!(I2);
    let history = json!(entries(Viewer::Partner, &handed_off().events, 0, &contacts())).to_string();
    assert!(history.contains(
        r#"{"new":{"email":"cleo@adatum.example","name":"Cleo"},"old":"erased","pointer":"/partnerContact"}"#
    ));
}
