//! A claim that holds what another organisation claims (D26).

use super::*;

fn challenged() -> Scenario {
    let challenge = Command::RecordChallenge { by: id("B"), products: vec![workload("Teams")] };
    handed_off().act("2026-03-26T09:00:00Z", &Caller::system(), &[], challenge)
}

#[test]
fn a_challenged_claim_as_its_partner_sees_it() {
    claim_domain::proves!(D26);
    let seen = seen_by(&ana(), &challenged(), "2026-03-27T09:00:00Z", &[]);
    assert!(!seen.to_string().contains(id::<ClaimId>("B").as_str()), "{seen}");
    assert_eq!(seen["challenged"], json!([{ "product": "Teams" }]));
    assert!(seen["allowedActions"].as_array().unwrap().contains(&json!("addEvidence")));
}

#[test]
fn a_challenged_claim_as_a_reviewer_sees_it() {
    claim_domain::proves!(D26);
    let seen = seen_by(&rita(), &challenged(), "2026-03-27T09:00:00Z", &[]);
    assert_eq!(seen["challengedBy"], json!([id::<ClaimId>("B")]));
    insta::assert_json_snapshot!(seen);
}

#[test]
fn a_claim_that_gave_up_what_was_claimed_is_challenged_no_more() {
    claim_domain::proves!(D26);
    let withdraw = Command::Withdraw { cause: WithdrawCause::Other, note: Some("Over.".to_owned()) };
    let over = challenged().act("2026-03-27T09:00:00Z", &ana(), &[], withdraw);
    let seen = seen_by(&rita(), &over, "2026-03-27T10:00:00Z", &[]);
    assert_eq!((seen.get("challenged"), seen.get("challengedBy")), (None, None));
}

#[test]
fn the_history_tells_reviewers_alone_by_whom_a_claim_is_challenged() {
    claim_domain::proves!(D26);
    let events = challenged().events;
    let newest = |viewer| json!(entries(viewer, &events, 0, &contacts()).last());
    let seen = newest(Viewer::Partner);
    assert_eq!((seen.get("by"), &seen["type"]), (None, &json!("challenged")));
    assert_eq!(seen["products"], json!([{ "product": "Teams" }]));
    assert_eq!(newest(Viewer::Reviewer)["by"], json!(id::<ClaimId>("B")));
    insta::assert_json_snapshot!(seen);
}
