//! What follows from each event (D18, I4, I5): emails, timers, messages, deleted files.

use super::stages::Stage::{self, *};
use super::*;

/// After `command` at `stage`, exactly this follows, in this order.
#[track_caller]
fn check(stage: Stage, who: &Caller, command: Command, follows: &[&str]) {
    let mut scenario = stage.scenario();
    scenario.does(who, command);
    assert_eq!(scenario.follows(), follows);
}

#[test]
fn a_submission_is_acknowledged_and_arms_its_timers() {
    crate::proves!(D18);
    let follows =
        ["mail partner received", "arm reviewStart 5 2026-03-10 00:00", "arm overall 5 2026-03-17 00:00"];
    check(Editing, &ana(), Command::Submit, &follows);
    let scenario = Submitted.scenario();
    let (_, effects) = scenario.told.last().unwrap();
    let Effect::SendEmail { content: EmailContent::Received { due_at, again }, .. } = &effects[0] else {
        panic!()
    };
    assert_eq!((*due_at, *again), (Some(t("2026-03-10 00:00")), false), "expected by (R7)");
}

#[test]
fn a_resubmission_is_acknowledged_and_moves_the_timers() {
    crate::proves!(D18);
    let follows = [
        "mail partner received",
        "disarm partnerReminder 7",
        "disarm partnerAnswer 7",
        "arm reviewStart 8 2026-03-10 00:00",
        "arm overall 8 2026-03-17 00:00",
    ];
    check(ActionRequired, &ana(), Command::Submit, &follows);
    let follows = [
        "mail partner received",
        "disarm partnerReminder 10",
        "disarm partnerAnswer 10",
        "arm disputeAnswer 11 2026-03-10 00:00",
    ];
    check(DisputeActionRequired, &ana(), Command::Submit, &follows);
}

#[test]
fn a_review_moves_its_timers_each_with_the_generation_that_armed_it() {
    crate::proves!(I4);
    let follows = ["disarm reviewStart 5", "arm reviewDecision 6 2026-03-10 00:00"];
    check(Submitted, &rita(), Command::StartReview, &follows);
    check(Unassigned, &rita(), Command::StartReview, &[]);
    check(Mine, &rita(), Command::Release, &[]);
    check(Mine, &lena(), Command::TakeOver, &[]);
}

#[test]
fn action_required_is_told_and_the_promise_stands_still() {
    crate::proves!(D18);
    let follows = [
        "mail partner actionRequired",
        "disarm reviewDecision 6",
        "disarm overall 5",
        "arm partnerAnswer 7 2026-03-10 00:00",
        "arm partnerReminder 7 2026-03-06 09:00",
    ];
    check(Mine, &rita(), ask(), &follows);
}

#[test]
fn an_approval_tells_customer_and_partner() {
    crate::proves!(D18);
    let follows =
        ["notify customer 7", "mail partner approved", "disarm reviewDecision 6", "disarm overall 5"];
    check(Mine, &rita(), APPROVE, &follows);
    let follows = ["notify customer 10", "mail partner disputeResult", "disarm disputeAnswer 8"];
    check(DisputeMine, &rita(), APPROVE, &follows);
}

#[test]
fn a_rejection_is_told_and_opens_the_window() {
    crate::proves!(D18, R22);
    let follows = [
        "mail partner rejected",
        "disarm reviewDecision 6",
        "disarm overall 5",
        "arm disputeWindow 7 2026-04-02 00:00",
    ];
    check(Mine, &rita(), reject(), &follows);
    check(DisputeMine, &rita(), reject(), &["mail partner disputeResult", "disarm disputeAnswer 8"]);
}

#[test]
fn a_withdrawal_is_told_and_disarms_everything() {
    crate::proves!(D18);
    let follows = ["mail partner rejected", "disarm reviewStart 5", "disarm overall 5"];
    check(Submitted, &ana(), withdraw(), &follows);
    let follows = ["mail partner rejected", "disarm partnerReminder 7", "disarm partnerAnswer 7"];
    check(ActionRequired, &ana(), withdraw(), &follows);
    check(HandedOff, &ana(), withdraw(), &["assessment recalled after 9", "mail partner rejected"]);
    check(AwaitingNotice, &ana(), withdraw(), &["mail partner rejected"]);
}

#[test]
fn only_a_reviewers_comment_is_mailed_to_the_partner() {
    crate::proves!(D18);
    check(Mine, &rita(), comment(), &["mail partner comment"]);
    check(Mine, &lena(), comment(), &["mail partner comment"]);
    check(Mine, &ana(), comment(), &[]);
    check(Mine, &rita(), note(), &[]);
}

#[test]
fn an_accepted_notice_arms_the_period_and_a_failed_one_disarms_it() {
    crate::proves!(D16);
    let mut scenario = AwaitingNotice.scenario();
    scenario.notified();
    assert_eq!(scenario.follows(), ["arm consent 8 2026-03-10 00:00"]);
    scenario.bounced();
    assert_eq!(
        scenario.follows(),
        [
            "mail partner noticeBounced",
            "mail lead noticeBounced",
            "disarm consent 8",
            "arm noticeCorrection 9 2026-03-10 00:00"
        ]
    );
}

#[test]
fn a_denial_is_told_to_the_partner() {
    crate::proves!(R15);
    let deny = ConsentOpen.scenario().deny();
    let follows = ["mail partner rejected", "disarm consent 8", "arm disputeWindow 9 2026-04-02 00:00"];
    check(ConsentOpen, &customer(), deny, &follows);
}

#[test]
fn a_dispute_moves_the_timers() {
    crate::proves!(D6);
    let follows =
        ["mail partner disputeReceived", "disarm disputeWindow 7", "arm disputeAnswer 8 2026-03-10 00:00"];
    check(Disputable, &ana(), dispute(), &follows);
}

#[test]
fn a_breached_clock_leaves_no_timer_to_disarm() {
    crate::proves!(D5);
    let mut scenario = Submitted.scenario();
    scenario.wait_until("2026-03-10 00:00");
    assert_eq!(scenario.follows(), ["mail lead breached", "arm escalation 6 2026-03-13 00:00"]);
    scenario.does(&rita(), Command::StartReview);
    assert_eq!(scenario.follows(), ["disarm escalation 6", "arm reviewDecision 7 2026-03-18 00:00"]);
}

#[test]
fn a_timer_is_disarmed_with_the_generation_of_its_newest_arming() {
    crate::proves!(I4);
    let mut scenario = ActionRequired.scenario();
    scenario.does(&ana(), Command::Submit).does(&rita(), Command::StartReview).does(&rita(), APPROVE);
    assert_eq!(scenario.follows()[2..], ["disarm reviewDecision 9", "disarm overall 8"]);
}

#[test]
fn what_needs_nothing_outside_has_no_effects() {
    check(Editing, &ana(), upload(3), &[]);
    check(Editing, &ana(), edit(|details| details.name = "New".to_owned(), &details()), &[]);
    assert!(Scenario::begun(details()).follows().is_empty());
}

#[test]
fn what_the_claim_knows_by_its_place_is_the_first_effect_of_its_event() {
    crate::proves!(I5);
    let first = |scenario: &Scenario| EffectId::new(&id(1), scenario.last().version, 0);
    let mut scenario = AwaitingNotice.scenario();
    assert_eq!(
        (scenario.consent().notice.clone(), scenario.follows()[0].as_str()),
        (first(&scenario), "notify customer 7")
    );
    scenario.notified().bounced().does(&ana(), resend(Some(CORRECTED)));
    assert_eq!(scenario.consent().notice, first(&scenario));
    assert_eq!(scenario.follows()[0], "notify customer 7 at the corrected address");
    scenario.notified().wait_until("2026-03-10 00:00");
    assert_eq!(scenario.claim().assessment.as_ref().unwrap().message_id, first(&scenario));
    assert_eq!(scenario.follows()[0], "assessment requested");
    scenario.does(&rita(), end_association(&[workload("Teams")]));
    assert_eq!(scenario.claim().assessment.as_ref().unwrap().message_id, first(&scenario));
    scenario.does(&ana(), withdraw());
    assert_eq!(scenario.claim().assessment.as_ref().unwrap().message_id, first(&scenario));
}

#[test]
fn mail_goes_to_the_contact_that_the_claim_has_now() {
    crate::proves!(D18);
    let mut scenario = ActionRequired.scenario();
    scenario
        .does(&ana(), edit(|details| details.partner_contact = id(913), &details()))
        .does(&ana(), Command::Submit);
    let (_, effects) = scenario.told.last().unwrap();
    let Effect::SendEmail { to: Recipient::Partner { contact }, about, .. } = &effects[0] else { panic!() };
    assert_eq!(*contact, id(913));
    assert_eq!((about.claim_id.clone(), about.name.as_str()), (id(1), "Contoso Teams rollout"));
    assert_eq!(
        (about.customer.as_str(), about.products.join(", ").as_str()),
        ("Contoso", "Teams, Exchange, Intune")
    );
    assert_eq!((about.mpn_id.as_str(), about.partner_id.as_str()), ("1001", "contoso-partners"));
}

#[test]
fn a_timer_tells_claim_clock_generation_and_due_instant() {
    crate::proves!(I4);
    use crate::timer::TimerFired;
    let fired = TimerFired {
        claim_id: id(1),
        clock: ClockName::PartnerAnswer,
        generation: 7,
        due_at: t("2026-03-10 00:00"),
    };
    let json = serde_json::json!({
        "claimId": "01J00000000000000000000001",
        "clock": "partnerAnswer",
        "generation": 7,
        "dueAt": "2026-03-10T00:00:00Z",
    });
    assert_eq!(serde_json::to_value(&fired).unwrap(), json);
    assert_eq!(serde_json::from_value::<TimerFired>(json).unwrap(), fired);
}

#[test]
fn every_change_but_a_note_is_numbered_after_all_else_that_follows_from_it() {
    crate::proves!(D23);
    let mut scenario = Mine.scenario();
    scenario.program.changes_feed = true;
    scenario.does(&ana(), comment());
    assert_eq!(scenario.follows(), ["publish to contoso-partners"]);
    scenario.does(&rita(), comment());
    assert_eq!(scenario.follows(), ["mail partner comment", "publish to contoso-partners"]);
    scenario.does(&rita(), note());
    assert_eq!(scenario.follows(), [] as [&str; 0]);
}
