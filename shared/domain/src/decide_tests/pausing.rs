//! The promises that pause (R12, D4, D5, D6).

use super::stages::Stage::*;
use super::*;

#[test]
fn the_worked_example() {
    crate::proves!(D4);
    let mut life = Submitted.life();
    assert_eq!(life.due(ClockName::Overall), "2026-03-17 00:00");
    life.does(&rita(), Command::StartReview).at("2026-03-05 15:00").does(&rita(), ask());
    let overall = life.clock(ClockName::Overall).unwrap();
    assert_eq!(overall.used, 3, "Tuesday, Wednesday and Thursday");
    assert_eq!(overall.paused_at, Some(t("2026-03-05 15:00")));
    life.at("2026-03-11 11:00").does(&ana(), Command::Submit);
    // Seven are left: Thursday the 12th and Friday, then Monday to Friday.
    assert_eq!(life.due(ClockName::Overall), "2026-03-21 00:00");
    assert_eq!(life.status(), Status::Submitted);
    assert_eq!(life.due(ClockName::ReviewStart), "2026-03-19 00:00", "a fresh queue period");
}

#[test]
fn the_time_in_partner_action_required_does_not_count() {
    crate::proves!(R12);
    let mut life = ActionRequired.life();
    assert_eq!(life.due(ClockName::Overall), "paused");
    let before = life.told.len();
    life.wait_until("2026-03-09 12:00");
    life.does(&ana(), Command::Submit);
    assert_eq!(life.names_from(before), ["reminded", "submitted"], "a paused promise is not breached");
    assert_eq!(life.due(ClockName::Overall), "2026-03-24 00:00", "all ten from Tuesday the 10th on");
}

#[test]
fn each_pause_adds_to_what_was_used() {
    crate::proves!(D4);
    let mut life = Mine.life();
    life.at("2026-03-04 10:00").does(&rita(), ask()).at("2026-03-05 10:00").does(&ana(), Command::Submit);
    assert_eq!(life.due(ClockName::Overall), "2026-03-18 00:00", "two used, eight left from Friday on");
    life.does(&rita(), Command::StartReview).at("2026-03-10 10:00").does(&rita(), ask());
    assert_eq!(life.clock(ClockName::Overall).unwrap().used, 5, "Friday, Monday and Tuesday as well");
    life.at("2026-03-10 18:00").does(&ana(), Command::Submit);
    assert_eq!(life.due(ClockName::Overall), "2026-03-18 00:00");
    life.does(&rita(), Command::StartReview).does(&rita(), ask());
    assert_eq!(life.clock(ClockName::Overall).unwrap().used, 5, "the day of resumption does not count");
}

#[test]
fn a_promise_used_up_ends_with_the_day_of_resumption() {
    crate::proves!(D4);
    let mut life = Mine.life();
    // Monday the 16th is the tenth business day; its first instant has passed.
    life.at("2026-03-16 23:59:59").does(&rita(), ask());
    assert_eq!(life.clock(ClockName::Overall).unwrap().used, 10);
    life.at("2026-03-18 10:00").does(&ana(), Command::Submit);
    assert_eq!(life.due(ClockName::Overall), "2026-03-19 00:00");
    let before = life.told.len();
    life.wait_until("2026-03-18 23:59:59");
    assert_eq!(life.names_from(before).len(), 0);
    life.wait_until("2026-03-19 00:00");
    assert_eq!(life.names_from(before), ["breached"]);
}

#[test]
fn asking_on_a_weekend_uses_no_further_day() {
    crate::proves!(D4);
    let mut life = Mine.life();
    life.at("2026-03-07 10:00").does(&rita(), ask());
    assert_eq!(life.clock(ClockName::Overall).unwrap().used, 4);
}

#[test]
fn a_breach_of_the_overall_promise_is_neither_paused_nor_resumed_nor_breached_again() {
    crate::proves!(D5);
    let mut life = Mine.life();
    life.wait_until("2026-03-17 00:00").does(&rita(), ask());
    assert_eq!(life.due(ClockName::Overall), "breached");
    assert!(life.follows().iter().all(|effect| !effect.contains("overall")));
    life.does(&ana(), Command::Submit);
    assert_eq!(life.due(ClockName::Overall), "breached");
    assert!(life.follows().iter().all(|effect| !effect.contains("overall")));
    let before = life.told.len();
    life.wait_until("2026-09-01 10:00");
    assert_eq!(life.names_from(before), ["breached"], "the queue's, not the overall one's");
}

#[test]
fn in_a_dispute_only_its_own_clock_runs() {
    crate::proves!(D6);
    let mut life = DisputeUnassigned.life();
    let names = |life: &Life| life.claim().clocks.keys().copied().collect::<Vec<_>>();
    assert_eq!(names(&life), [ClockName::DisputeAnswer]);
    life.does(&rita(), Command::StartReview);
    assert_eq!(names(&life), [ClockName::DisputeAnswer]);
    life.does(&rita(), ask()).at("2026-03-03 10:00").does(&ana(), Command::Submit);
    assert_eq!(names(&life), [ClockName::DisputeAnswer]);
}

#[test]
fn the_disputes_clock_pauses_and_resumes_like_the_overall_one() {
    crate::proves!(D6);
    let mut life = DisputeMine.life();
    assert_eq!(life.due(ClockName::DisputeAnswer), "2026-03-10 00:00");
    life.at("2026-03-05 10:00").does(&rita(), ask());
    assert_eq!(life.due(ClockName::DisputeAnswer), "paused");
    assert_eq!(life.clock(ClockName::DisputeAnswer).unwrap().used, 3);
    life.at("2026-03-11 10:00").does(&ana(), Command::Submit);
    assert_eq!(life.due(ClockName::DisputeAnswer), "2026-03-14 00:00", "two left: Thursday and Friday");
    assert_eq!(life.status(), Status::UnderReview);
}

#[test]
fn a_breach_of_the_disputes_clock_is_final() {
    crate::proves!(D5, D6);
    let mut life = DisputeMine.life();
    life.wait_until("2026-03-10 00:00").does(&rita(), ask());
    assert_eq!(life.due(ClockName::DisputeAnswer), "breached");
    life.does(&ana(), Command::Submit);
    assert_eq!(life.due(ClockName::DisputeAnswer), "breached");
    let before = life.told.len();
    life.wait_until("2026-09-01 10:00");
    assert!(life.names_from(before).is_empty());
}

#[test]
fn releasing_and_taking_change_no_clock() {
    crate::proves!(D17);
    let mut life = Mine.life();
    let clocks = life.claim().clocks.clone();
    life.at("2026-03-04 10:00").does(&rita(), Command::Release).does(&remi(), Command::StartReview);
    life.does(&lena(), Command::TakeOver);
    assert_eq!(life.claim().clocks, clocks);
}

/// The clocks that are armed, in their order, after each step.
#[track_caller]
fn armed(life: &Life, clocks: &[ClockName]) {
    assert_eq!(life.claim().clocks.keys().copied().collect::<Vec<_>>(), clocks);
}

#[test]
fn every_clock_is_armed_and_ended_as_the_table_of_clocks_says() {
    use ClockName::*;
    let mut life = Editing.life();
    armed(&life, &[]);
    life.does(&ana(), Command::Submit);
    armed(&life, &[ReviewStart, Overall]);
    life.does(&rita(), Command::StartReview);
    armed(&life, &[ReviewDecision, Overall]);
    life.does(&rita(), ask());
    armed(&life, &[Overall, PartnerReminder, PartnerAnswer]);
    life.does(&ana(), Command::Submit);
    armed(&life, &[ReviewStart, Overall]);
    life.does(&rita(), Command::StartReview).does(&rita(), reject());
    armed(&life, &[DisputeWindow]);
    life.does(&ana(), dispute());
    armed(&life, &[DisputeAnswer]);
    life.does(&remi(), Command::StartReview).does(&remi(), ask());
    armed(&life, &[PartnerReminder, PartnerAnswer, DisputeAnswer]);
    life.does(&ana(), Command::Submit).does(&remi(), Command::Approve);
    armed(&life, &[]);
    life.notified();
    armed(&life, &[Consent]);
    life.bounced();
    armed(&life, &[]);
    life.does(&ana(), resend(None)).notified();
    armed(&life, &[Consent]);
    let deny = life.deny();
    life.does(&customer(), deny);
    armed(&life, &[]);
}

#[test]
fn withdrawing_ends_every_clock() {
    crate::proves!(D8);
    for stage in [Submitted, Mine, ActionRequired, DisputeMine, DisputeActionRequired, ConsentOpen] {
        let mut life = stage.life();
        life.does(&ana(), withdraw());
        assert!(life.claim().clocks.is_empty(), "{stage:?}: a partner's own request cannot be disputed (D7)");
    }
}
