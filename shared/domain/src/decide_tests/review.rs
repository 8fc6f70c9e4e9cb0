//! The review: asking, deciding, assignment (R8, R17 to R19, D10, D17).

use super::stages::Stage::*;
use super::*;

#[test]
fn starting_a_review_assigns_it_and_gives_five_business_days() {
    crate::proves!(R8);
    let scenario = Mine.scenario();
    assert_eq!(scenario.claim().assigned_to, Some(rita().actor));
    assert_eq!(scenario.due(ClockName::ReviewDecision), "2026-03-10 00:00");
    assert_eq!(scenario.due(ClockName::ReviewStart), "none");
    assert_eq!(scenario.due(ClockName::Overall), "2026-03-17 00:00", "the overall promise runs on");
}

#[test]
fn asking_for_action_gives_five_business_days() {
    crate::proves!(R9);
    let scenario = ActionRequired.scenario();
    let request = scenario.claim().action_request.clone().unwrap();
    assert_eq!((request.requested_at, request.due_at), (scenario.now, t("2026-03-10 00:00")));
    assert_eq!(scenario.due(ClockName::PartnerAnswer), "2026-03-10 00:00");
    assert_eq!(scenario.due(ClockName::ReviewDecision), "none");
}

#[test]
fn one_or_more_reasons_each_with_its_text() {
    crate::proves!(R17);
    let mut scenario = Mine.scenario();
    let reasons: Vec<_> = ActionCode::ALL
        .iter()
        .map(|code| ActionReason { code: *code, note: Some(format!("About {}.", code.as_str())) })
        .collect();
    scenario.does(&rita(), Command::RequestAction { reasons: reasons.clone(), remove_products: vec![] });
    assert_eq!(scenario.claim().action_request.as_ref().unwrap().reasons, reasons);
    let (_, effects) = scenario.told.last().unwrap();
    let Effect::SendEmail { content: EmailContent::ActionRequired { reasons: told, due_at, .. }, .. } =
        &effects[0]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((told, *due_at), (&reasons, t("2026-03-10 00:00")));
}

#[test]
fn a_reviewer_rejects_with_any_of_their_reasons_and_it_can_be_disputed() {
    crate::proves!(R18);
    for reason in RejectCode::of_reviewers() {
        let mut scenario = Mine.scenario();
        scenario.does(&rita(), Command::Reject { reason, note: Some("See page 2.".to_owned()) });
        let rejected = scenario.claim().rejection.clone().unwrap();
        assert_eq!((rejected.rejection.reason, rejected.rejection.cause), (reason, None));
        assert_eq!(rejected.rejection.note.as_deref(), Some("See page 2."));
        assert_eq!((rejected.rejected_by, rejected.rejection.disputable), (rita().actor, true));
    }
}

#[test]
fn the_reasons_of_others_are_not_a_reviewers_to_give() {
    crate::proves!(R18);
    use RejectCode::{CustomerDecline, NoPartnerResponse, PartnerRequest};
    for reason in [CustomerDecline, NoPartnerResponse, PartnerRequest] {
        assert!(!RejectCode::of_reviewers().contains(&reason));
        let body = serde_json::json!({ "reason": reason.as_str(), "note": "Because." });
        assert!(crate::draft::parse_rejection(&body).is_err(), "{}", reason.as_str());
    }
}

#[test]
fn a_reviewer_may_ask_to_remove_products_of_the_claim() {
    crate::proves!(R19);
    let mut scenario = Mine.scenario();
    scenario.does(&rita(), ask_to_remove(&[workload("Exchange")]));
    assert_eq!(scenario.claim().action_request.as_ref().unwrap().remove_products, [workload("Exchange")]);
    assert_eq!(scenario.claim().details.products.len(), 3, "asked, not done");
    let refusal = Mine.scenario().refuses(
        &rita(),
        ask_to_remove(&[workload("Teams"), workload("Yammer")]),
        Kind::InvalidInput,
        Rule::D19,
    );
    assert_eq!(refusal.errors[0].place(), "/removeProducts/1");
}

#[test]
fn a_request_to_remove_every_product_is_refused() {
    crate::proves!(D10);
    let mut scenario = Mine.scenario();
    let all: Vec<_> = scenario.claim().details.named().cloned().collect();
    let refusal = scenario.refuses(&rita(), ask_to_remove(&all), Kind::EveryProductRemoved, Rule::D10);
    assert!(refusal.next.contains("reject the claim"), "{}", refusal.next);
    scenario.does(&rita(), ask_to_remove(&all[1..]));
}

#[test]
fn a_resubmission_that_keeps_a_product_asked_to_be_removed_is_accepted() {
    crate::proves!(D10);
    let mut scenario = Mine.scenario();
    scenario.does(&rita(), ask_to_remove(&[workload("Exchange")])).does(&ana(), Command::Submit);
    assert_eq!(scenario.status(), Status::Submitted);
    assert_eq!(scenario.claim().details.products.len(), 3);
    scenario.does(&rita(), Command::StartReview).does(&rita(), APPROVE);
}

#[test]
fn release_removes_the_assignee_and_changes_neither_status_nor_clocks() {
    crate::proves!(D17);
    for stage in [Mine, ActionRequired, DisputeMine] {
        let mut scenario = stage.scenario();
        let before = scenario.claim().clone();
        scenario.does(&rita(), Command::Release);
        assert_eq!(scenario.claim().assigned_to, None);
        assert_eq!((scenario.status(), &scenario.claim().clocks), (before.status, &before.clocks));
    }
}

#[test]
fn starting_an_unassigned_review_assigns_it_and_changes_nothing_else() {
    crate::proves!(D17);
    let mut scenario = Unassigned.scenario();
    let before = scenario.claim().clone();
    scenario.at("2026-03-03 10:00").does(&remi(), Command::StartReview);
    assert_eq!(scenario.claim().assigned_to, Some(remi().actor));
    assert_eq!((scenario.status(), &scenario.claim().clocks), (before.status, &before.clocks));
}

#[test]
fn the_lead_takes_over_and_then_only_the_lead_decides() {
    crate::proves!(D17);
    let mut scenario = Anothers.scenario();
    scenario.does(&lena(), Command::TakeOver);
    assert_eq!(scenario.claim().assigned_to, Some(lena().actor));
    scenario.refuses(&remi(), APPROVE, Kind::NotAssigned, Rule::D17);
    scenario.does(&lena(), APPROVE);
}

#[test]
fn any_reviewer_may_end_an_association() {
    crate::proves!(D17);
    let mut scenario = HandedOff.scenario();
    assert_eq!(scenario.claim().assigned_to, Some(rita().actor));
    scenario.does(&remi(), end_association(&[workload("Teams")]));
}

#[test]
fn an_approval_ends_every_clock_and_clears_the_mark() {
    crate::proves!(R10);
    let mut scenario = Editing.scenario();
    scenario.holders = vec![holder(&workload("Exchange"))];
    scenario.does(&ana(), Command::Submit).does(&rita(), Command::StartReview);
    scenario.holders.clear();
    scenario.does(&rita(), APPROVE);
    assert_eq!((scenario.status(), scenario.claim().contested), (Status::Approved, false));
    assert!(scenario.claim().clocks.is_empty());
}

#[test]
fn a_rejection_says_until_when_to_dispute() {
    crate::proves!(R11);
    let mut scenario = Mine.scenario();
    scenario.at("2026-03-31 23:30").does(&rita(), reject());
    assert_eq!(scenario.claim().rejection.as_ref().unwrap().dispute_until, Some(t("2026-05-01 00:00")));
}

#[test]
fn a_refusal_tells_what_is_allowed_instead() {
    use crate::action::Action;
    let mut scenario = Mine.scenario();
    let refusal = scenario.refuses(&ana(), Command::Submit, Kind::IllegalState, Rule::R6);
    assert_eq!(refusal.status, Some(Status::UnderReview));
    assert_eq!(refusal.allowed, [Action::Withdraw, Action::Comment]);
}

#[test]
fn a_command_for_no_claim_is_not_found() {
    for command in [Command::Submit, APPROVE, complete(1), Command::Deny { approval: 1, note: None }] {
        let mut scenario = Scenario::new();
        scenario.refuses(&ana(), command, Kind::NotFound, Rule::R1);
        assert_eq!(scenario.claim, None);
    }
    Scenario::new().does(&system(), Command::ApplyDue);
}
