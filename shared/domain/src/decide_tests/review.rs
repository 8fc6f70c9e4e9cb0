//! The review: asking, deciding, assignment (R8, R17 to R19, D10, D17).

use super::stages::Stage::*;
use super::*;

#[test]
fn starting_a_review_assigns_it_and_gives_five_business_days() {
    crate::proves!(R8);
    let life = Mine.life();
    assert_eq!(life.claim().assigned_to, Some(rita().actor));
    assert_eq!(life.due(ClockName::ReviewDecision), "2026-03-10 00:00");
    assert_eq!(life.due(ClockName::ReviewStart), "none");
    assert_eq!(life.due(ClockName::Overall), "2026-03-17 00:00", "the overall promise runs on");
}

#[test]
fn asking_for_action_gives_five_business_days() {
    crate::proves!(R9);
    let life = ActionRequired.life();
    let request = life.claim().action_request.clone().unwrap();
    assert_eq!((request.requested_at, request.due_at), (life.now, t("2026-03-10 00:00")));
    assert_eq!(life.due(ClockName::PartnerAnswer), "2026-03-10 00:00");
    assert_eq!(life.due(ClockName::ReviewDecision), "none");
}

#[test]
fn one_or_more_reasons_each_with_its_text() {
    crate::proves!(R17);
    let mut life = Mine.life();
    let reasons: Vec<_> = ActionCode::ALL
        .iter()
        .map(|code| ActionReason { code: *code, note: Some(format!("About {}.", code.as_str())) })
        .collect();
    life.does(&rita(), Command::RequestAction { reasons: reasons.clone(), remove_products: vec![] });
    assert_eq!(life.claim().action_request.as_ref().unwrap().reasons, reasons);
    let (_, effects) = life.told.last().unwrap();
    let Effect::SendMail { letter: Letter::ActionRequired { reasons: told, due_at, .. }, .. } = &effects[0]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((told, *due_at), (&reasons, t("2026-03-10 00:00")));
}

#[test]
fn a_reviewer_rejects_with_any_of_their_reasons_and_it_can_be_disputed() {
    crate::proves!(R18);
    for reason in RejectCode::OF_REVIEWERS {
        let mut life = Mine.life();
        life.does(&rita(), Command::Reject { reason, note: Some("See page 2.".to_owned()) });
        let rejected = life.claim().rejection.clone().unwrap();
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
        assert!(!RejectCode::OF_REVIEWERS.contains(&reason));
        let body = serde_json::json!({ "reason": reason.as_str(), "note": "Because." });
        assert!(crate::draft::parse_rejection(&body).is_err(), "{}", reason.as_str());
    }
}

#[test]
fn a_reviewer_may_ask_to_remove_products_of_the_claim() {
    crate::proves!(R19);
    let mut life = Mine.life();
    life.does(&rita(), ask_to_remove(&[workload("Exchange")]));
    assert_eq!(life.claim().action_request.as_ref().unwrap().remove_products, [workload("Exchange")]);
    assert_eq!(life.claim().details.products.len(), 3, "asked, not done");
    let refusal = Mine.life().refuses(
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
    let mut life = Mine.life();
    let all = life.claim().details.products.clone();
    let refusal = life.refuses(&rita(), ask_to_remove(&all), Kind::EveryProductRemoved, Rule::D10);
    assert!(refusal.next.contains("reject the claim"), "{}", refusal.next);
    life.does(&rita(), ask_to_remove(&all[1..]));
}

#[test]
fn a_resubmission_that_keeps_a_product_asked_to_be_removed_is_accepted() {
    crate::proves!(D10);
    let mut life = Mine.life();
    life.does(&rita(), ask_to_remove(&[workload("Exchange")])).does(&ana(), Command::Submit);
    assert_eq!(life.status(), Status::Submitted);
    assert_eq!(life.claim().details.products.len(), 3);
    life.does(&rita(), Command::StartReview).does(&rita(), Command::Approve);
}

#[test]
fn release_removes_the_assignee_and_changes_neither_status_nor_clocks() {
    crate::proves!(D17);
    for stage in [Mine, ActionRequired, DisputeMine] {
        let mut life = stage.life();
        let before = life.claim().clone();
        life.does(&rita(), Command::Release);
        assert_eq!(life.claim().assigned_to, None);
        assert_eq!((life.status(), &life.claim().clocks), (before.status, &before.clocks));
    }
}

#[test]
fn start_on_an_unassigned_claim_under_review_assigns_it_and_changes_nothing_else() {
    crate::proves!(D17);
    let mut life = Unassigned.life();
    let before = life.claim().clone();
    life.at("2026-03-03 10:00").does(&remi(), Command::StartReview);
    assert_eq!(life.claim().assigned_to, Some(remi().actor));
    assert_eq!((life.status(), &life.claim().clocks), (before.status, &before.clocks));
}

#[test]
fn the_lead_takes_over_and_then_only_the_lead_decides() {
    crate::proves!(D17);
    let mut life = Anothers.life();
    life.does(&lena(), Command::TakeOver);
    assert_eq!(life.claim().assigned_to, Some(lena().actor));
    life.refuses(&remi(), Command::Approve, Kind::NotAssigned, Rule::D17);
    life.does(&lena(), Command::Approve);
}

#[test]
fn any_reviewer_may_end_an_association() {
    crate::proves!(D17);
    let mut life = HandedOff.life();
    assert_eq!(life.claim().assigned_to, Some(rita().actor));
    life.does(&remi(), end_association(&[workload("Teams")]));
}

#[test]
fn an_approval_ends_every_clock_and_clears_the_mark() {
    crate::proves!(R10);
    let mut life = Editing.life();
    life.holders = vec![holder(&workload("Exchange"))];
    life.does(&ana(), Command::Submit).does(&rita(), Command::StartReview);
    life.holders.clear();
    life.does(&rita(), Command::Approve);
    assert_eq!((life.status(), life.claim().contested), (Status::Approved, false));
    assert!(life.claim().clocks.is_empty());
}

#[test]
fn a_rejection_says_until_when_to_dispute() {
    crate::proves!(R11);
    let mut life = Mine.life();
    life.at("2026-03-31 23:30").does(&rita(), reject());
    assert_eq!(life.claim().rejection.as_ref().unwrap().dispute_until, Some(t("2026-05-01 00:00")));
}

#[test]
fn a_refusal_tells_what_is_allowed_instead() {
    use crate::action::Action;
    let mut life = Mine.life();
    let refusal = life.refuses(&ana(), Command::Submit, Kind::IllegalState, Rule::R6);
    assert_eq!(refusal.status, Some(Status::UnderReview));
    assert_eq!(refusal.allowed, [Action::Withdraw, Action::Comment]);
}

#[test]
fn a_command_for_no_claim_is_not_found() {
    for command in [Command::Submit, Command::Approve, complete(1), Command::Deny { approval: 1 }] {
        let mut life = Life::new();
        life.refuses(&ana(), command, Kind::NotFound, Rule::R1);
        assert_eq!(life.claim, None);
    }
    Life::new().does(&system(), Command::ApplyDue);
}
