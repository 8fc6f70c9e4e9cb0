//! The clocks: one second before, at and after each is due.

use super::stages::Stage::{self, *};
use super::*;
use crate::claim::ConsentState;

/// The clock of a claim at `stage` is due at `due`. A second before, nothing has happened; at that instant and after,
/// the events in `told` have happened, in order, and the claim has the status.
#[track_caller]
fn check(stage: Stage, clock: ClockName, due: &str, told: &[&str], status: Status) {
    let scenario = stage.scenario();
    assert_eq!(scenario.due(clock), due);
    let due = t(due);
    for (now, told) in [(due - SECOND, None), (due, Some(told)), (due + SECOND, Some(told))] {
        let mut scenario = scenario.clone();
        let before = scenario.told.len();
        scenario.now = now;
        scenario.does(&system(), Command::ApplyDue);
        let mine = scenario.told[before..].iter().filter(|(event, _)| is_of(event, clock)).count();
        match told {
            None => assert_eq!(mine, 0, "a second before"),
            Some(told) => {
                assert_eq!(scenario.names_from(before), told, "{now}");
                assert_eq!(scenario.status(), status);
                assert!(
                    scenario.told[before..].iter().all(|(event, _)| event.at == now),
                    "periods follow from now"
                );
                assert!(scenario.told[before..].iter().all(|(event, _)| event.actor == Actor::system()));
            }
        }
    }
}

/// Whether the event is what a clock does when it is due.
fn is_of(event: &Event, name: ClockName) -> bool {
    event.clocks.iter().any(|change| match change {
        crate::clock::ClockChange::Ended { clock, .. } | crate::clock::ClockChange::Breached { clock } => {
            *clock == name
        }
        _ => false,
    })
}

#[test]
fn a_late_start_of_the_review_is_a_breach_and_changes_no_status() {
    crate::proves!(R7, D5);
    check(Submitted, ClockName::ReviewStart, "2026-03-10 00:00", &["breached"], Status::Submitted);
}

#[test]
fn a_late_decision_is_a_breach_and_changes_no_status() {
    crate::proves!(R8, D5);
    check(Mine, ClockName::ReviewDecision, "2026-03-10 00:00", &["breached"], Status::UnderReview);
    check(Unassigned, ClockName::ReviewDecision, "2026-03-10 00:00", &["breached"], Status::UnderReview);
}

#[test]
fn a_late_claim_is_a_breach_of_the_overall_promise_and_changes_no_status() {
    crate::proves!(R12, D5);
    let due = "2026-03-17 00:00";
    check(Submitted, ClockName::Overall, due, &["breached", "breached"], Status::Submitted);
    check(Mine, ClockName::Overall, due, &["breached", "breached"], Status::UnderReview);
}

#[test]
fn no_answer_in_time_rejects_with_no_partner_response() {
    crate::proves!(R9);
    let due = "2026-03-10 00:00";
    check(ActionRequired, ClockName::PartnerAnswer, due, &["reminded", "rejected"], Status::Rejected);
    let mut scenario = ActionRequired.scenario();
    scenario.wait_until(due);
    let rejected = scenario.claim().rejection.clone().unwrap();
    assert_eq!(rejected.rejection.reason, RejectCode::NoPartnerResponse);
    assert_eq!((rejected.rejected_by, rejected.rejection.disputable), (Actor::system(), true));
}

#[test]
fn no_answer_in_a_dispute_rejects_finally() {
    crate::proves!(R9, D6);
    let due = "2026-03-10 00:00";
    check(DisputeActionRequired, ClockName::PartnerAnswer, due, &["reminded", "rejected"], Status::Rejected);
    let mut scenario = DisputeActionRequired.scenario();
    scenario.wait_until(due);
    assert!(scenario.claim().is_closed());
    scenario.refuses(&ana(), dispute(), Kind::NotDisputable, Rule::D6);
}

#[test]
fn the_partner_is_reminded_on_the_business_day_before_the_last() {
    crate::proves!(D18);
    let nine = "2026-03-06 09:00";
    check(ActionRequired, ClockName::PartnerReminder, nine, &["reminded"], Status::PartnerActionRequired);
    let mut scenario = ActionRequired.scenario();
    scenario.wait_until(nine);
    assert_eq!(scenario.letters_from(scenario.told.len() - 1), ["mail partner answerDue"]);
    assert_eq!(scenario.due(ClockName::PartnerReminder), "none", "once");
}

#[test]
fn a_reminder_that_comes_with_the_missed_answer_sends_no_mail() {
    crate::proves!(D18);
    let mut scenario = ActionRequired.scenario();
    let before = scenario.told.len();
    scenario.wait_until("2026-03-10 00:00");
    assert_eq!(scenario.names_from(before), ["reminded", "rejected"]);
    assert!(matches!(scenario.told[before].0.change, Change::Reminded { late: true, .. }));
    assert_eq!(scenario.letters_from(before), ["mail partner rejected"]);
}

#[test]
fn a_reminder_a_second_before_the_answer_is_due_is_still_sent() {
    crate::proves!(D18);
    let mut scenario = ActionRequired.scenario();
    let before = scenario.told.len();
    scenario.wait_until("2026-03-09 23:59:59");
    assert_eq!(scenario.letters_from(before), ["mail partner answerDue"]);
}

#[test]
fn a_reminder_is_armed_only_if_it_is_still_ahead() {
    crate::proves!(D18);
    let rows = [
        // Asked on Monday, 2 March: two business days end with Wednesday, so the reminder is on Tuesday.
        ("2026-03-02 10:00", 2, "2026-03-03 09:00"),
        // One ends with Tuesday, so the reminder is on Monday at nine.
        ("2026-03-02 08:59:59", 1, "2026-03-02 09:00"),
        ("2026-03-02 09:00:00", 1, "none"),
        ("2026-03-02 10:00", 1, "none"),
    ];
    for (at, period, armed) in rows {
        let mut scenario = Scenario { now: t("2026-02-27 10:00"), ..Scenario::new() }.in_review(details());
        let period = crate::calendar::Period::BusinessDays(period);
        scenario.program.periods = scenario.program.periods.with(ClockName::PartnerAnswer, period);
        scenario.at(at).does(&rita(), ask());
        assert_eq!(scenario.due(ClockName::PartnerReminder), armed, "{period} business days from {at}");
    }
}

#[test]
fn silence_for_seven_days_is_consent_and_hands_off() {
    crate::proves!(R13, R14);
    check(ConsentOpen, ClockName::Consent, "2026-03-10 00:00", &["consentPassed"], Status::Approved);
    let mut scenario = ConsentOpen.scenario();
    scenario.wait_until("2026-03-10 00:00");
    assert_eq!(scenario.consent().state, ConsentState::Passed);
    assert_eq!(scenario.follows()[0], "assessment requested");
}

#[test]
fn after_thirty_days_the_window_to_dispute_closes() {
    crate::proves!(R20);
    check(
        Disputable,
        ClockName::DisputeWindow,
        "2026-04-02 00:00",
        &["disputeWindowClosed"],
        Status::Rejected,
    );
}

#[test]
fn a_late_answer_to_a_dispute_is_a_breach_and_changes_no_status() {
    crate::proves!(R23, D5);
    let due = "2026-03-10 00:00";
    check(DisputeUnassigned, ClockName::DisputeAnswer, due, &["breached"], Status::UnderReview);
    check(DisputeMine, ClockName::DisputeAnswer, due, &["breached"], Status::UnderReview);
}

#[test]
fn a_breach_is_told_to_the_lead_and_happens_once() {
    crate::proves!(D5);
    let mut scenario = Anothers.scenario();
    let before = scenario.told.len();
    scenario.wait_until("2026-03-10 00:00").wait_until("2026-03-12 23:59:59");
    assert_eq!(scenario.letters_from(before), ["mail lead breached"]);
    scenario.wait_until("2026-03-17 00:00");
    assert_eq!(
        scenario.letters_from(before),
        ["mail lead breached", "mail lead escalated", "mail lead breached"]
    );
    assert_eq!(scenario.due(ClockName::Overall), "breached");
    let (_, effects) = scenario.told.last().unwrap().clone();
    scenario.wait_until("2027-03-17 00:00");
    assert_eq!(scenario.names_from(before + 3), ["escalated"]);
    let Effect::SendEmail { content: EmailContent::Breached { clock, due_at, assigned_to }, .. } =
        &effects[0]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((*clock, *due_at), (ClockName::Overall, t("2026-03-17 00:00")));
    assert_eq!(assigned_to.as_deref(), Some("Remi"));
}

#[test]
fn a_breached_claim_is_decided_like_any_other() {
    crate::proves!(D5);
    let mut scenario = Mine.scenario();
    scenario.wait_until("2026-06-01 10:00").does(&rita(), APPROVE);
    assert!(scenario.claim().clocks.is_empty());
}

#[test]
fn clocks_that_are_due_together_are_applied_in_due_order() {
    crate::proves!(I3);
    // Asked for action in the dispute, then a long silence: reminder, then rejection, and nothing breaches after it.
    let mut scenario = DisputeActionRequired.scenario();
    let before = scenario.told.len();
    scenario.wait_until("2026-12-01 10:00");
    assert_eq!(scenario.names_from(before), ["reminded", "rejected"]);
    // Submitted and forgotten: the queue's promise before the overall one.
    let mut scenario = Submitted.scenario();
    scenario.wait_until("2026-12-01 10:00");
    let breached = scenario.told.iter().filter_map(|(event, _)| match &event.change {
        Change::Breached { clock, due_at } => Some((*clock, written(*due_at))),
        _ => None,
    });
    let breached: Vec<_> = breached.collect();
    let promised = [(ClockName::ReviewStart, "2026-03-10 00:00"), (ClockName::Overall, "2026-03-17 00:00")];
    assert_eq!(breached, promised.map(|(clock, due)| (clock, due.to_owned())));
}

#[test]
fn a_period_that_follows_an_expiry_starts_when_the_expiry_is_applied() {
    crate::proves!(I3);
    let mut scenario = ActionRequired.scenario();
    scenario.wait_until("2026-03-20 10:00");
    let Change::Rejected { due_at, dispute_until, .. } = &scenario.last().change else { panic!() };
    assert_eq!((*due_at, scenario.last().at), (Some(t("2026-03-10 00:00")), t("2026-03-20 10:00")));
    assert_eq!(*dispute_until, Some(t("2026-04-20 00:00")));
    assert_eq!(scenario.due(ClockName::DisputeWindow), "2026-04-20 00:00");
}

/// A command that comes when a clock is due: carried out a second before, refused at that instant and a second after.
/// What the clock did is committed all the same.
#[track_caller]
fn beats(stage: Stage, who: &Caller, command: Command, due: &str, told: &[&str], refused: (Kind, Rule)) {
    let due = t(due);
    let mut scenario = stage.scenario();
    scenario.now = due - SECOND;
    scenario.does(who, command.clone());
    for now in [due, due + SECOND] {
        let mut scenario = stage.scenario();
        let before = scenario.told.len();
        scenario.now = now;
        scenario.refuses(who, command.clone(), refused.0, refused.1);
        assert_eq!(scenario.names_from(before), told, "committed although the command is refused");
    }
}

#[test]
fn an_answer_at_its_due_instant_is_too_late() {
    crate::proves!(I3, R9);
    let refused = (Kind::IllegalState, Rule::R6);
    beats(ActionRequired, &ana(), Command::Submit, "2026-03-10 00:00", &["reminded", "rejected"], refused);
}

#[test]
fn a_denial_at_the_end_of_the_period_is_too_late() {
    crate::proves!(I3, R15);
    let deny = ConsentOpen.scenario().deny();
    let refused = (Kind::ConsentEnded, Rule::R13);
    beats(ConsentOpen, &customer(), deny, "2026-03-10 00:00", &["consentPassed"], refused);
}

#[test]
fn a_dispute_at_the_windows_end_is_refused_and_pointed_to_a_new_claim() {
    crate::proves!(I3, R20);
    let refused = (Kind::DisputeOver, Rule::R20);
    beats(Disputable, &ana(), dispute(), "2026-04-02 00:00", &["disputeWindowClosed"], refused);
    let refusal = WindowClosed.scenario().refuses(&ana(), dispute(), refused.0, refused.1);
    assert!(refusal.next.contains("new claim with updated proof of execution"), "{}", refusal.next);
}

#[test]
fn a_command_comes_after_the_clocks_even_where_both_may_happen() {
    crate::proves!(I3);
    let mut scenario = Mine.scenario();
    let before = scenario.told.len();
    scenario.at("2026-03-10 00:00").does(&rita(), APPROVE);
    assert_eq!(scenario.names_from(before), ["breached", "approved"], "late, and still approved (D5)");
}

#[test]
fn a_view_applies_what_is_due_and_writes_nothing() {
    crate::proves!(I3);
    let scenario = ActionRequired.scenario();
    let seen = crate::decide::as_of(scenario.claim(), &scenario.program, t("2026-03-10 00:00"));
    assert_eq!((seen.status, scenario.status()), (Status::Rejected, Status::PartnerActionRequired));
    let seen = crate::decide::as_of(scenario.claim(), &scenario.program, t("2026-03-02 10:00"));
    assert_eq!(seen, *scenario.claim());
}

#[test]
fn what_is_overdue_and_unwritten_looks_the_same_at_every_reading() {
    crate::proves!(I3);
    for (mut scenario, from) in [
        (Submitted.scenario(), "2026-03-10 00:00"),
        (Mine.scenario(), "2026-03-10 00:00"),
        (ActionRequired.scenario(), "2026-03-10 00:00"),
    ] {
        let stored = scenario.at("2026-03-02 10:00").claim().clone();
        let shown = |at| {
            let seen = crate::decide::as_of(&stored, &scenario.program, at);
            let started: Vec<_> = seen.clocks.values().map(|clock| clock.started_at).collect();
            (seen.updated_at, seen.rejection.as_ref().map(|rejected| rejected.rejected_at), started)
        };
        let first = shown(t(from));
        assert_eq!(first, shown(t(from) + chrono::TimeDelta::minutes(7)));
        assert_eq!(first.0, stored.updated_at, "nothing was written since");
        assert_ne!(crate::decide::as_of(&stored, &scenario.program, t(from)), stored, "something is overdue");
    }
}

#[test]
fn history_runs_forward_though_clocks_differ() {
    crate::proves!(I9);
    let mut scenario = Submitted.scenario();
    scenario.at("2026-03-02 09:59").does(&rita(), Command::StartReview);
    assert_eq!(scenario.last().at, t("2026-03-02 10:00"), "not before the event before it");
    scenario.at("2026-03-02 10:01").does(&rita(), APPROVE);
    assert_eq!(scenario.last().at, t("2026-03-02 10:01"));
}

#[test]
fn nothing_expires_early_by_the_acting_functions_own_clock() {
    crate::proves!(I9);
    let mut scenario = ConsentOpen.scenario();
    scenario.at("2026-03-09 23:59:59").does(&ana(), comment());
    // Another machine, a minute behind; the period ends between their two times.
    scenario.at("2026-03-10 00:00:30").does(&rita(), comment());
    let before = scenario.told.len();
    scenario.at("2026-03-09 23:59:30").does(&ana(), comment());
    assert_eq!(scenario.names_from(before), ["commented"]);
    assert_eq!(scenario.last().at, t("2026-03-10 00:00:30"));
}

#[test]
fn a_later_change_of_the_calendar_moves_no_promise_already_made() {
    crate::proves!(D2);
    let mut scenario = Submitted.scenario();
    scenario.program.calendar =
        Calendar::parse("spring", "Europe/Warsaw", "MON,TUE,WED,THU,FRI", "2026-03-05,2026-03-09").unwrap();
    scenario.at("2026-03-03 10:00").does(&ana(), comment());
    assert_eq!(scenario.due(ClockName::ReviewStart), "2026-03-10 00:00");
    assert_eq!(scenario.clock(ClockName::ReviewStart).unwrap().calendar, "default");
    let before = scenario.told.len();
    scenario.wait_until("2026-03-10 00:00");
    assert_eq!(scenario.names_from(before), ["breached"], "the promise made is the promise kept");
}

#[test]
fn a_promise_is_shown_with_the_calendar_and_the_zone_it_was_made_by() {
    crate::proves!(D2);
    let mut scenario = Editing.scenario();
    scenario.program.calendar =
        Calendar::parse("poland", "Europe/Warsaw", "MON,TUE,WED,THU,FRI", "2026-03-05").unwrap();
    scenario.does(&ana(), Command::Submit);
    let clock = scenario.clock(ClockName::ReviewStart).unwrap();
    assert_eq!((clock.calendar.as_str(), clock.time_zone.as_str()), ("poland", "Europe/Warsaw"));
    // Five business days without the 5th, at midnight in Warsaw.
    assert_eq!(scenario.due(ClockName::ReviewStart), "2026-03-10 23:00");
}

#[test]
fn every_period_is_configuration() {
    crate::proves!(D3);
    let mut scenario = Editing.scenario();
    for (clock, period) in [
        (ClockName::ReviewStart, "1bd"),
        (ClockName::ReviewDecision, "2bd"),
        (ClockName::Overall, "3bd"),
        (ClockName::PartnerAnswer, "4bd"),
        (ClockName::Consent, "1d"),
        (ClockName::DisputeWindow, "2d"),
        (ClockName::DisputeAnswer, "3m"),
        (ClockName::Escalation, "4m"),
    ] {
        scenario.program.periods = scenario.program.periods.with(clock, period.parse().unwrap());
    }
    scenario.does(&ana(), Command::Submit);
    assert_eq!(scenario.due(ClockName::ReviewStart), "2026-03-04 00:00");
    assert_eq!(scenario.due(ClockName::Overall), "2026-03-06 00:00");
    scenario.does(&rita(), Command::StartReview);
    assert_eq!(scenario.due(ClockName::ReviewDecision), "2026-03-05 00:00");
    let mut asked = scenario.clone();
    asked.does(&rita(), ask());
    assert_eq!(asked.due(ClockName::PartnerAnswer), "2026-03-07 00:00");
    let mut approved = scenario.clone();
    approved.does(&rita(), APPROVE).notified();
    assert_eq!(approved.due(ClockName::Consent), "2026-03-04 00:00");
    scenario.does(&rita(), reject());
    assert_eq!(scenario.due(ClockName::DisputeWindow), "2026-03-05 00:00");
    scenario.does(&ana(), dispute());
    assert_eq!(scenario.due(ClockName::DisputeAnswer), "2026-03-02 10:03");
    scenario.wait_until("2026-03-02 10:03");
    assert_eq!(scenario.due(ClockName::Escalation), "2026-03-02 10:07");
}
