//! The promises that pause (R12, D4, D5, D6).

use super::stages::Stage::*;
use super::*;

#[test]
fn the_worked_example() {
    crate::proves!(D4);
    let mut scenario = Submitted.scenario();
    assert_eq!(scenario.due(ClockName::Overall), "2026-03-17 00:00");
    scenario.does(&rita(), Command::StartReview).at("2026-03-05 15:00").does(&rita(), ask());
    let overall = scenario.clock(ClockName::Overall).unwrap();
    assert_eq!(overall.used, 3, "Tuesday, Wednesday and Thursday");
    assert_eq!(overall.paused_at, Some(t("2026-03-05 15:00")));
    scenario.at("2026-03-11 11:00").does(&ana(), Command::Submit);
    // Seven are left: Thursday the 12th and Friday, then Monday to Friday.
    assert_eq!(scenario.due(ClockName::Overall), "2026-03-21 00:00");
    assert_eq!(scenario.status(), Status::Submitted);
    assert_eq!(scenario.due(ClockName::ReviewStart), "2026-03-19 00:00", "a fresh queue period");
}

#[test]
fn the_time_in_partner_action_required_does_not_count() {
    crate::proves!(R12);
    let mut scenario = ActionRequired.scenario();
    assert_eq!(scenario.due(ClockName::Overall), "paused");
    let before = scenario.told.len();
    scenario.wait_until("2026-03-09 12:00");
    scenario.does(&ana(), Command::Submit);
    assert_eq!(scenario.names_from(before), ["reminded", "submitted"], "a paused promise is not breached");
    assert_eq!(scenario.due(ClockName::Overall), "2026-03-24 00:00", "all ten from Tuesday the 10th on");
}

#[test]
fn each_pause_adds_to_what_was_used() {
    crate::proves!(D4);
    let mut scenario = Mine.scenario();
    scenario.at("2026-03-04 10:00").does(&rita(), ask()).at("2026-03-05 10:00").does(&ana(), Command::Submit);
    assert_eq!(scenario.due(ClockName::Overall), "2026-03-18 00:00", "two used, eight left from Friday on");
    scenario.does(&rita(), Command::StartReview).at("2026-03-10 10:00").does(&rita(), ask());
    assert_eq!(scenario.clock(ClockName::Overall).unwrap().used, 5, "Friday, Monday and Tuesday as well");
    scenario.at("2026-03-10 18:00").does(&ana(), Command::Submit);
    assert_eq!(scenario.due(ClockName::Overall), "2026-03-18 00:00");
    scenario.does(&rita(), Command::StartReview).does(&rita(), ask());
    assert_eq!(scenario.clock(ClockName::Overall).unwrap().used, 5, "the day of resumption does not count");
}

#[test]
fn a_promise_used_up_ends_with_the_next_business_day() {
    crate::proves!(D4);
    let mut scenario = Mine.scenario();
    // Monday the 16th is the tenth business day; its first instant has passed.
    scenario.at("2026-03-16 23:59:59").does(&rita(), ask());
    assert_eq!(scenario.clock(ClockName::Overall).unwrap().used, 10);
    scenario.at("2026-03-18 10:00").does(&ana(), Command::Submit);
    assert_eq!(scenario.due(ClockName::Overall), "2026-03-20 00:00");
    let before = scenario.told.len();
    scenario.wait_until("2026-03-19 23:59:59");
    assert_eq!(scenario.names_from(before).len(), 0);
    scenario.wait_until("2026-03-20 00:00");
    assert_eq!(scenario.names_from(before), ["breached"]);
}

#[test]
fn nobody_is_made_late_in_the_night_after_a_resumption() {
    crate::proves!(D4);
    let mut scenario = Mine.scenario();
    scenario.at("2026-03-16 23:59:59").does(&rita(), ask());
    // A Saturday night: the first business day after it is Monday the 23rd.
    scenario.at("2026-03-21 23:50").does(&ana(), Command::Submit);
    assert_eq!(scenario.due(ClockName::Overall), "2026-03-24 00:00");
}

#[test]
fn a_resumption_records_the_calendar_and_the_zone_by_which_it_was_reckoned() {
    crate::proves!(D2, D4);
    for (stage, clock) in
        [(ActionRequired, ClockName::Overall), (DisputeActionRequired, ClockName::DisputeAnswer)]
    {
        let mut scenario = stage.scenario();
        scenario.program.calendar =
            Calendar::parse("poland", "Europe/Warsaw", "MON,TUE,WED,THU,FRI", "2026-03-05").unwrap();
        scenario.at("2026-03-03 10:00").does(&ana(), Command::Submit);
        let resumed = scenario.clock(clock).unwrap();
        assert_eq!((resumed.calendar.as_str(), resumed.time_zone.as_str()), ("poland", "Europe/Warsaw"));
        assert!(scenario.due(clock).ends_with("23:00"), "midnight in Warsaw: {}", scenario.due(clock));
    }
}

#[test]
fn a_resumption_from_before_its_calendar_was_recorded_keeps_that_of_the_arming() {
    crate::proves!(D2);
    let mut scenario = ActionRequired.scenario();
    let stored = serde_json::json!({ "do": "resumed", "clock": "overall", "dueAt": "2026-03-24T00:00:00Z" });
    let resumed = serde_json::from_value(stored).unwrap();
    let mut clocks = scenario.claim().clocks.clone();
    crate::clock::apply(&mut clocks, &resumed, 9, t("2026-03-09 12:00"));
    assert_eq!(clocks[&ClockName::Overall].calendar, "default");
    scenario.at("2026-03-09 12:00").does(&ana(), Command::Submit);
    assert_eq!(scenario.claim().clocks[&ClockName::Overall], clocks[&ClockName::Overall]);
}

#[test]
fn asking_on_a_weekend_uses_no_further_day() {
    crate::proves!(D4);
    let mut scenario = Mine.scenario();
    scenario.at("2026-03-07 10:00").does(&rita(), ask());
    assert_eq!(scenario.clock(ClockName::Overall).unwrap().used, 4);
}

#[test]
fn a_breached_overall_promise_neither_pauses_nor_breaches_again() {
    crate::proves!(D5);
    let mut scenario = Mine.scenario();
    scenario.wait_until("2026-03-17 00:00").does(&rita(), ask());
    assert_eq!(scenario.due(ClockName::Overall), "breached");
    assert!(scenario.follows().iter().all(|effect| !effect.contains("overall")));
    scenario.does(&ana(), Command::Submit);
    assert_eq!(scenario.due(ClockName::Overall), "breached");
    assert!(scenario.follows().iter().all(|effect| !effect.contains("overall")));
    let before = scenario.told.len();
    scenario.wait_until("2026-09-01 10:00");
    assert_eq!(scenario.names_from(before), ["escalated", "breached"], "the queue's, not the overall one's");
}

#[test]
fn in_a_dispute_only_its_own_clock_runs() {
    crate::proves!(D6);
    let mut scenario = DisputeUnassigned.scenario();
    let names = |scenario: &Scenario| scenario.claim().clocks.keys().copied().collect::<Vec<_>>();
    assert_eq!(names(&scenario), [ClockName::DisputeAnswer]);
    scenario.does(&rita(), Command::StartReview);
    assert_eq!(names(&scenario), [ClockName::DisputeAnswer]);
    scenario.does(&rita(), ask()).at("2026-03-03 10:00").does(&ana(), Command::Submit);
    assert_eq!(names(&scenario), [ClockName::DisputeAnswer]);
}

#[test]
fn the_disputes_clock_pauses_and_resumes_like_the_overall_one() {
    crate::proves!(D6);
    let mut scenario = DisputeMine.scenario();
    assert_eq!(scenario.due(ClockName::DisputeAnswer), "2026-03-10 00:00");
    scenario.at("2026-03-05 10:00").does(&rita(), ask());
    assert_eq!(scenario.due(ClockName::DisputeAnswer), "paused");
    assert_eq!(scenario.clock(ClockName::DisputeAnswer).unwrap().used, 3);
    scenario.at("2026-03-11 10:00").does(&ana(), Command::Submit);
    assert_eq!(scenario.due(ClockName::DisputeAnswer), "2026-03-14 00:00", "two left: Thursday and Friday");
    assert_eq!(scenario.status(), Status::UnderReview);
}

#[test]
fn a_breach_of_the_disputes_clock_is_final() {
    crate::proves!(D5, D6);
    let mut scenario = DisputeMine.scenario();
    scenario.wait_until("2026-03-10 00:00").does(&rita(), ask());
    assert_eq!(scenario.due(ClockName::DisputeAnswer), "breached");
    scenario.does(&ana(), Command::Submit);
    assert_eq!(scenario.due(ClockName::DisputeAnswer), "breached");
    let before = scenario.told.len();
    scenario.wait_until("2026-09-01 10:00");
    assert_eq!(scenario.names_from(before), ["escalated"], "told again, and not breached again");
}

#[test]
fn releasing_and_taking_change_no_clock() {
    crate::proves!(D17);
    let mut scenario = Mine.scenario();
    let clocks = scenario.claim().clocks.clone();
    scenario.at("2026-03-04 10:00").does(&rita(), Command::Release).does(&remi(), Command::StartReview);
    scenario.does(&lena(), Command::TakeOver);
    assert_eq!(scenario.claim().clocks, clocks);
}

/// The clocks that are armed, in their order, after each step.
#[track_caller]
fn armed(scenario: &Scenario, clocks: &[ClockName]) {
    assert_eq!(scenario.claim().clocks.keys().copied().collect::<Vec<_>>(), clocks);
}

#[test]
fn every_clock_is_armed_and_ended_as_the_table_of_clocks_says() {
    use ClockName::*;
    let mut scenario = Editing.scenario();
    armed(&scenario, &[]);
    scenario.does(&ana(), Command::Submit);
    armed(&scenario, &[ReviewStart, Overall]);
    scenario.does(&rita(), Command::StartReview);
    armed(&scenario, &[ReviewDecision, Overall]);
    scenario.does(&rita(), ask());
    armed(&scenario, &[Overall, PartnerReminder, PartnerAnswer]);
    scenario.does(&ana(), Command::Submit);
    armed(&scenario, &[ReviewStart, Overall]);
    scenario.does(&rita(), Command::StartReview).does(&rita(), reject());
    armed(&scenario, &[DisputeWindow]);
    scenario.does(&ana(), dispute());
    armed(&scenario, &[DisputeAnswer]);
    scenario.does(&remi(), Command::StartReview).does(&remi(), ask());
    armed(&scenario, &[PartnerReminder, PartnerAnswer, DisputeAnswer]);
    scenario.does(&ana(), Command::Submit).does(&remi(), APPROVE);
    armed(&scenario, &[]);
    scenario.notified();
    armed(&scenario, &[Consent]);
    scenario.bounced();
    armed(&scenario, &[NoticeCorrection]);
    scenario.does(&ana(), resend(None)).notified();
    armed(&scenario, &[Consent]);
    let deny = scenario.deny();
    scenario.does(&customer(), deny);
    armed(&scenario, &[]);
}

#[test]
fn withdrawing_ends_every_clock() {
    crate::proves!(D8);
    for stage in [Submitted, Mine, ActionRequired, DisputeMine, DisputeActionRequired, ConsentOpen] {
        let mut scenario = stage.scenario();
        scenario.does(&ana(), withdraw());
        assert!(
            scenario.claim().clocks.is_empty(),
            "{stage:?}: a partner's own request cannot be disputed (D7)"
        );
    }
}
