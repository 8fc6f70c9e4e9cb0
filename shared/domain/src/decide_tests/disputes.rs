//! Disputes (R20 to R24, D6, D7, D17).

use super::stages::Stage::*;
use super::*;
use crate::claim::DisputeState;

#[test]
fn a_dispute_needs_a_justification_or_updated_poe() {
    crate::proves!(R21);
    let mut scenario = Disputable.scenario();
    let empty = || Command::Dispute { justification: None };
    scenario.refuses(&ana(), empty(), Kind::DisputeEmpty, Rule::R21);
    scenario.does(&ana(), upload(3));
    scenario.refuses(&ana(), empty(), Kind::DisputeEmpty, Rule::R21);
    scenario.does(&ana(), complete(3)).does(&ana(), empty());
    assert_eq!(scenario.status(), Status::UnderReview);
    Disputable.scenario().does(&ana(), dispute());
}

#[test]
fn poe_from_before_the_rejection_is_no_updated_poe() {
    crate::proves!(R21);
    let mut scenario = Disputable.scenario();
    let complete = scenario.claim().evidence.iter().filter(|document| document.uploaded_at.is_some()).count();
    assert_eq!(complete, 1);
    scenario.refuses(&ana(), Command::Dispute { justification: None }, Kind::DisputeEmpty, Rule::R21);
}

/// The documents that belong to the claim, and those that wait for the dispute.
fn documents(scenario: &Scenario) -> (Vec<EvidenceId>, Vec<EvidenceId>) {
    let complete = scenario.claim().evidence.iter().filter(|document| document.uploaded_at.is_some());
    let (staged, own): (Vec<_>, Vec<_>) = complete.partition(|document| document.staged);
    let ids = |documents: Vec<&crate::claim::Evidence>| {
        documents.iter().map(|document| document.id.clone()).collect()
    };
    (ids(own), ids(staged))
}

#[test]
fn poe_for_a_dispute_joins_the_claim_with_the_dispute() {
    crate::proves!(R24);
    let mut scenario = Disputable.scenario();
    scenario.does(&ana(), upload(3)).does(&ana(), complete(3));
    assert_eq!(documents(&scenario), (vec![id(1)], vec![id(3)]));
    assert_eq!(scenario.claim().newest_evidence().map(|document| &document.id), Some(&id(1)));
    scenario.does(&ana(), dispute());
    assert_eq!(documents(&scenario), (vec![id(1), id(3)], vec![]));
    assert!(matches!(&scenario.last().change, Change::Disputed { evidence, .. } if *evidence == [id(3)]));
}

#[test]
fn poe_for_a_dispute_is_dropped_when_the_window_closes() {
    crate::proves!(R24);
    let mut scenario = Disputable.scenario();
    scenario.does(&ana(), upload(3)).does(&ana(), complete(3)).does(&ana(), upload(4));
    scenario.wait_until("2026-04-02 00:00");
    assert_eq!(documents(&scenario), (vec![id(1)], vec![]));
    assert_eq!(scenario.names_from(scenario.told.len() - 2), ["uploadsDropped", "disputeWindowClosed"]);
    assert_eq!(scenario.told[scenario.told.len() - 2].1.iter().map(brief).collect::<Vec<_>>(), ["delete 4"]);
    assert_eq!(scenario.follows()[0], "delete 3");
}

#[test]
fn a_document_announced_before_a_rejection_may_wait_for_the_dispute() {
    crate::proves!(R24);
    let mut scenario = Disputable.with_announcement();
    scenario.does(&ana(), complete(2));
    assert_eq!(documents(&scenario), (vec![id(1)], vec![id(2)]));
    scenario.does(&ana(), Command::Dispute { justification: None });
    assert_eq!(documents(&scenario), (vec![id(1), id(2)], vec![]));
}

#[test]
fn a_document_completed_after_the_dispute_is_the_claims_own() {
    crate::proves!(R24);
    let mut scenario = Disputable.scenario();
    scenario
        .does(&ana(), upload(3))
        .does(&ana(), dispute())
        .does(&rita(), Command::StartReview)
        .does(&rita(), ask());
    scenario.does(&ana(), complete(3));
    assert_eq!(documents(&scenario), (vec![id(1), id(3)], vec![]));
}

#[test]
fn a_rejection_can_be_disputed_for_thirty_days() {
    crate::proves!(R20);
    let scenario = Disputable.scenario();
    assert_eq!(scenario.claim().rejection.as_ref().unwrap().dispute_until, Some(t("2026-04-02 00:00")));
    assert!(scenario.claim().can_be_disputed() && !scenario.claim().is_closed());
    let mut late = scenario.clone();
    late.at("2026-04-01 23:59:59").does(&ana(), dispute());
}

#[test]
fn a_dispute_opens_the_review_again_unassigned() {
    crate::proves!(D6);
    let mut scenario = Disputable.scenario();
    assert!(scenario.claim().assigned_to.is_some());
    scenario.does(&ana(), dispute());
    let claim = scenario.claim();
    assert_eq!((claim.status, claim.in_dispute(), &claim.assigned_to), (Status::UnderReview, true, &None));
    assert_eq!(claim.rejection, None);
    assert_eq!(claim.dispute.as_ref().unwrap().against, remi().actor);
}

#[test]
fn reviewers_answer_in_five_business_days_and_the_partner_is_told() {
    crate::proves!(R23);
    let mut scenario = DisputeMine.scenario();
    assert_eq!(scenario.due(ClockName::DisputeAnswer), "2026-03-10 00:00");
    assert_eq!(scenario.claim().dispute.as_ref().unwrap().due_at, t("2026-03-10 00:00"));
    let before = scenario.told.len();
    let mut refused = scenario.clone();
    scenario.does(&rita(), APPROVE);
    assert_eq!(scenario.letters_from(before), ["mail partner disputeResult"]);
    assert_eq!(scenario.claim().dispute.as_ref().unwrap().state, DisputeState::Accepted);
    refused.does(&rita(), reject());
    assert_eq!(refused.letters_from(before), ["mail partner disputeResult"]);
    assert_eq!(refused.claim().dispute.as_ref().unwrap().state, DisputeState::Refused);
    let (_, effects) = refused.told.last().unwrap();
    assert!(effects.iter().any(|effect| matches!(
        effect,
        Effect::SendEmail {
            content: EmailContent::DisputeResult { accepted: false, rejection: Some(_) },
            ..
        }
    )));
}

#[test]
fn the_rejection_mail_says_why_and_until_when_to_dispute() {
    crate::proves!(R22);
    let scenario = Disputable.scenario();
    let (_, effects) = scenario.told.last().unwrap();
    let content = effects.iter().find_map(|effect| match effect {
        Effect::SendEmail { content: EmailContent::Rejected { rejection, dispute_until }, about, .. } => {
            Some((rejection.reason, *dispute_until, about.claim_id.clone(), about.time_zone.as_str()))
        }
        _ => None,
    });
    let until = Some(t("2026-04-02 00:00"));
    assert_eq!(content, Some((RejectCode::InsufficientPoe, until, id(1), "Etc/UTC")));
}

#[test]
fn one_dispute_per_claim_and_a_rejection_that_follows_it_is_final() {
    crate::proves!(D6);
    let mut scenario = DisputeMine.scenario();
    scenario.does(&rita(), reject());
    let rejected = scenario.claim().rejection.clone().unwrap();
    assert_eq!((rejected.rejection.disputable, rejected.dispute_until), (false, None));
    assert!(scenario.claim().is_closed() && scenario.claim().clocks.is_empty());
    scenario.refuses(&ana(), dispute(), Kind::NotDisputable, Rule::D6);
}

#[test]
fn a_resubmission_in_a_dispute_returns_to_the_review_and_its_reviewer() {
    crate::proves!(D6);
    let mut scenario = DisputeActionRequired.scenario();
    assert!(scenario.claim().in_dispute());
    scenario.does(&ana(), Command::Submit);
    assert_eq!(scenario.status(), Status::UnderReview);
    assert_eq!(scenario.claim().assigned_to, Some(rita().actor), "in a dispute the assignee stays (D17)");
    assert_eq!(scenario.claim().action_request, None);
    assert_eq!(scenario.due(ClockName::ReviewStart), "none");
}

#[test]
fn a_rejection_that_the_partner_asked_for_cannot_be_disputed() {
    crate::proves!(D7);
    let mut scenario = Withdrawn.scenario();
    let rejected = scenario.claim().rejection.clone().unwrap();
    assert_eq!(rejected.rejection.reason, RejectCode::PartnerRequest);
    assert_eq!(rejected.rejection.cause, Some(WithdrawCause::IncorrectActivity));
    assert!(!rejected.rejection.disputable && scenario.claim().is_closed());
    let refusal = scenario.refuses(&ana(), dispute(), Kind::NotDisputable, Rule::D7);
    assert!(refusal.next.contains("new claim"), "{}", refusal.next);
}

#[test]
fn a_claim_in_dispute_can_be_withdrawn() {
    crate::proves!(D8);
    let mut scenario = DisputeMine.scenario();
    let before = scenario.told.len();
    scenario.does(&ana(), withdraw());
    assert_eq!(scenario.claim().dispute.as_ref().unwrap().state, DisputeState::Withdrawn);
    assert_eq!(scenario.letters_from(before), ["mail partner rejected"], "not a dispute's result");
}

#[test]
fn a_dispute_is_taken_and_decided_by_another_person_than_who_rejected() {
    crate::proves!(D17);
    let mut scenario = DisputeOfMyRejection.scenario();
    // The same person in another role is the same person, and the lead who rejected is bound too.
    let promoted = person(Role::ReviewLead, "Rita");
    for (who, command) in [(rita(), Command::StartReview), (promoted, Command::TakeOver)] {
        let refusal = scenario.refuses(&who, command, Kind::AnotherReviewer, Rule::D17);
        assert!(refusal.next.contains("another reviewer"), "{}", refusal.next);
        assert!(
            !refusal.allowed.contains(&Action::StartReview) && !refusal.allowed.contains(&Action::TakeOver)
        );
    }
    scenario.does(&remi(), Command::StartReview).does(&remi(), ask()).does(&ana(), Command::Submit);
    scenario.does(&remi(), APPROVE);
}

#[test]
fn who_rejected_and_has_the_dispute_all_the_same_can_only_release_it() {
    crate::proves!(D17);
    let mut scenario = DisputeOfMyRejection.scenario();
    // Taken while the program allowed it.
    scenario.program.dispute_needs_another_reviewer = false;
    scenario.does(&rita(), Command::StartReview);
    scenario.program.dispute_needs_another_reviewer = true;
    for command in [ask(), APPROVE, reject()] {
        let refusal = scenario.refuses(&rita(), command, Kind::AnotherReviewer, Rule::D17);
        assert!(refusal.next.contains("Release"), "{}", refusal.next);
    }
    scenario.does(&rita(), Command::Release).does(&remi(), Command::StartReview);
}

#[test]
fn that_another_person_decides_is_configurable() {
    crate::proves!(D17);
    let mut scenario = DisputeOfMyRejection.scenario();
    scenario.program.dispute_needs_another_reviewer = false;
    scenario.does(&rita(), Command::StartReview).does(&rita(), APPROVE);
}
