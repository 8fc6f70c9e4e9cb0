//! What is late stays on top, and the lead is told again until reviewers act (D5).

use super::stages::Stage::{self, *};
use super::*;
use crate::clock::Party;

/// By when somebody is to act, and who, in short.
#[track_caller]
fn expects(scenario: &Scenario) -> String {
    let expected = scenario.claim().expected();
    expected.map_or_else(|| "nothing".to_owned(), |(at, who)| format!("{who:?} by {}", written(at)))
}

/// A claim at `stage` whose review period was missed on Tuesday the 10th.
fn late(stage: Stage) -> Scenario {
    let mut scenario = stage.scenario();
    scenario.wait_until("2026-03-10 00:00");
    scenario
}

/// A disputed claim that came back from its partner after the dispute's promise was missed.
fn late_in_a_dispute() -> Scenario {
    let mut scenario = late(DisputeMine);
    scenario.at("2026-03-10 09:00").does(&rita(), ask()).at("2026-03-11 10:00").does(&ana(), Command::Submit);
    scenario
}

#[test]
fn what_is_late_is_expected_at_its_missed_instant_however_long_ago() {
    crate::proves!(D5);
    let mut scenario = Submitted.scenario();
    assert_eq!(expects(&scenario), "Reviewers by 2026-03-10 00:00");
    assert_eq!(scenario.claim().late_since(), None);
    for now in ["2026-03-10 00:00", "2026-03-17 00:00", "2026-12-01 00:00"] {
        scenario.wait_until(now);
        assert_eq!(expects(&scenario), "Reviewers by 2026-03-10 00:00");
        assert_eq!(scenario.claim().late_since(), Some(t("2026-03-10 00:00")));
        let next = scenario.claim().next_due().map(|(_, due)| due);
        assert!(next.is_some_and(|due| due > t(now)), "what is to be applied next is still ahead");
    }
    scenario.at("2026-12-01 10:00").does(&rita(), Command::StartReview);
    assert_eq!(
        expects(&scenario),
        "Reviewers by 2026-03-17 00:00",
        "the queue's promise is kept, not the whole"
    );
}

#[test]
fn while_the_partner_is_asked_its_answer_is_expected() {
    crate::proves!(D5);
    assert_eq!(expects(&ActionRequired.scenario()), "Partner by 2026-03-10 00:00", "not the reminder");
    let mut scenario = Mine.scenario();
    scenario.wait_until("2026-03-17 00:00").does(&rita(), ask());
    assert_eq!(expects(&scenario), "Partner by 2026-03-25 00:00", "reviewers owe nothing now");
    assert_eq!(scenario.claim().late_since(), Some(t("2026-03-17 00:00")), "and are late all the same");
    scenario.does(&ana(), Command::Submit);
    assert_eq!(expects(&scenario), "Reviewers by 2026-03-17 00:00", "now they owe it again");
}

#[test]
fn what_is_expected_is_what_the_rules_say_of_each_stage() {
    crate::proves!(D5);
    for (stage, expected) in [
        (Editing, "nothing"),
        (Mine, "Reviewers by 2026-03-10 00:00"),
        (DisputeMine, "Reviewers by 2026-03-10 00:00"),
        (AwaitingNotice, "nothing"),
        (ConsentOpen, "Customer by 2026-03-10 00:00"),
        (HandedOff, "nothing"),
        (Disputable, "Partner by 2026-04-02 00:00"),
        (WindowClosed, "nothing"),
    ] {
        assert_eq!(expects(&stage.scenario()), expected, "{stage:?}");
    }
    assert!(Party::Reviewers < Party::Partner, "of two at one instant the reviewers' is shown");
}

#[test]
fn the_lead_is_told_every_two_business_days_how_late_reviewers_are() {
    crate::proves!(D5);
    let mut scenario = late(Submitted);
    assert_eq!(scenario.follows(), ["mail lead breached", "arm escalation 6 2026-03-13 00:00"]);
    let before = scenario.told.len();
    scenario.wait_until("2026-03-12 23:59:59");
    assert_eq!(scenario.told.len(), before);
    scenario.wait_until("2026-03-13 00:00");
    assert_eq!(scenario.follows(), ["mail lead escalated", "arm escalation 7 2026-03-18 00:00"]);
    // The overall promise is missed meanwhile, and told by its own email; the escalation runs on.
    scenario.wait_until("2026-03-17 00:00");
    assert_eq!(scenario.follows(), ["mail lead breached"]);
    scenario.wait_until("2026-03-18 10:00");
    assert_eq!(scenario.follows(), ["mail lead escalated", "arm escalation 9 2026-03-21 00:00"]);
    let Change::Escalated { due_at, late } = &scenario.last().change else { panic!() };
    assert_eq!(*due_at, t("2026-03-18 00:00"));
    let late: Vec<_> =
        late.iter().map(|late| (late.clock.as_str(), written(late.due_at), late.business_days)).collect();
    let queue = ("reviewStart", "2026-03-10 00:00".to_owned(), 6);
    assert_eq!(late, [queue, ("overall", "2026-03-17 00:00".to_owned(), 1)]);
    assert_eq!(scenario.status(), Status::Submitted, "lateness changes no status");
}

#[test]
fn after_a_long_silence_the_lead_is_told_once_and_not_for_each_period() {
    crate::proves!(D5);
    let mut scenario = late(Submitted);
    let before = scenario.told.len();
    scenario.wait_until("2026-12-01 10:00");
    assert_eq!(scenario.names_from(before), ["escalated", "breached"]);
    assert_eq!(scenario.due(ClockName::Escalation), "2026-12-04 00:00");
}

#[test]
fn the_escalation_ends_with_the_reviewers_next_act() {
    crate::proves!(D5);
    let acts: [(Stage, Caller, Command); 6] = [
        (Submitted, rita(), Command::StartReview),
        (Mine, rita(), ask()),
        (Mine, rita(), APPROVE),
        (Mine, rita(), reject()),
        (Mine, ana(), withdraw()),
        (DisputeMine, rita(), APPROVE),
    ];
    for (stage, who, command) in acts {
        let mut scenario = late(stage);
        let generation = scenario.clock(ClockName::Escalation).unwrap().generation;
        scenario.does(&who, command.clone());
        let disarmed = format!("disarm escalation {generation}");
        assert!(scenario.follows().contains(&disarmed), "{}: {:?}", command.name(), scenario.follows());
        assert_eq!(scenario.due(ClockName::Escalation), "none");
    }
}

#[test]
fn talking_and_passing_a_late_claim_on_ends_no_escalation() {
    crate::proves!(D5);
    let mut scenario = late(Mine);
    let armed = scenario.clock(ClockName::Escalation).cloned();
    assert!(armed.is_some());
    scenario.does(&rita(), comment()).does(&rita(), note()).does(&rita(), Command::Release);
    scenario.does(&remi(), Command::StartReview).does(&lena(), Command::TakeOver).does(&ana(), comment());
    assert_eq!(scenario.clock(ClockName::Escalation).cloned(), armed, "the decision is still owed");
}

#[test]
fn a_late_claim_that_comes_back_is_escalated_again() {
    crate::proves!(D5);
    let mut scenario = Mine.scenario();
    scenario.wait_until("2026-03-17 00:00").does(&rita(), ask());
    assert_eq!(scenario.due(ClockName::Escalation), "none", "nothing is owed while the partner has it");
    scenario.at("2026-03-18 10:00").does(&ana(), Command::Submit);
    assert_eq!(scenario.due(ClockName::Escalation), "2026-03-21 00:00");
    scenario.wait_until("2026-03-21 00:00");
    assert_eq!(scenario.follows()[0], "mail lead escalated");
    assert_eq!(late_in_a_dispute().due(ClockName::Escalation), "2026-03-14 00:00");
}

#[test]
fn a_resubmission_in_a_late_dispute_promises_no_instant_that_has_passed() {
    crate::proves!(D5);
    let scenario = late_in_a_dispute();
    let (_, effects) = scenario.told.last().unwrap();
    let Effect::SendEmail { content: EmailContent::Received { due_at, again }, .. } = &effects[0] else {
        panic!("{effects:?}")
    };
    assert_eq!((*due_at, *again), (None, true));
}

#[test]
fn a_late_claim_stored_before_there_were_escalations_gets_one_when_it_comes_back() {
    crate::proves!(D5);
    let mut scenario = Mine.scenario();
    scenario.wait_until("2026-03-17 00:00");
    let claim = scenario.claim.as_mut().unwrap();
    claim.0.clocks.remove(&ClockName::Escalation);
    let before = scenario.told.len();
    scenario.wait_until("2026-04-17 00:00");
    assert_eq!(scenario.told.len(), before, "none until then");
    assert_eq!(expects(&scenario), "Reviewers by 2026-03-10 00:00", "on top all the same");
    scenario.does(&rita(), ask()).does(&ana(), Command::Submit);
    assert_eq!(scenario.due(ClockName::Escalation), "2026-04-22 00:00");
}
