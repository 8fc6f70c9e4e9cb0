//! How long a closed claim keeps its files and contacts (D22).

use super::stages::Stage::*;
use super::*;
use crate::program::Retention;

/// Waits until just before what a claim keeps is erased, then until that instant, and says what follows.
#[track_caller]
fn erased(scenario: &mut Scenario, before: &str, at: &str) -> Vec<String> {
    let events = scenario.told.len();
    scenario.wait_until(before);
    assert_eq!(scenario.names_from(events), [] as [&str; 0], "nothing is erased before {at}");
    scenario.wait_until(at);
    assert_eq!(scenario.names_from(events), ["erased"]);
    scenario.follows()
}

#[test]
fn a_closed_claim_keeps_files_and_contacts_for_24_months() {
    crate::proves!(D22);
    let mut scenario = RejectedTwice.scenario();
    let follows = erased(&mut scenario, "2028-03-02 23:59", "2028-03-03 00:00");
    assert_eq!(follows, ["delete 1", "erase contacts"]);
    assert_eq!(scenario.claim().erased_at, Some(scenario.now));
    let events = scenario.told.len();
    scenario.wait_until("2040-01-01 00:00");
    assert_eq!(scenario.told.len(), events, "it is erased once");
}

#[test]
fn the_months_that_a_claim_is_kept_are_configuration() {
    crate::proves!(D22);
    let mut scenario = Mine.scenario();
    scenario.program.retention = "1".parse().unwrap();
    scenario.at("2027-01-31 10:00").does(&ana(), withdraw());
    assert_eq!(scenario.claim().kept_until, Some(t("2027-03-01 00:00")), "February ends on the 28th");
    for text in ["0", "121", "-1", "", "two"] {
        assert!(text.parse::<Retention>().is_err(), "{text}");
    }
}

#[test]
fn a_discarded_claim_is_gone_with_its_history_after_its_30_days() {
    crate::proves!(D22);
    let mut scenario = Discarded.scenario();
    let follows = erased(&mut scenario, "2026-04-01 23:59", "2026-04-02 00:00");
    assert_eq!(follows, ["delete claim"]);
}

#[test]
fn what_can_still_be_disputed_or_is_approved_keeps_everything() {
    crate::proves!(D22);
    for stage in stages::Stage::ALL {
        let scenario = stage.scenario();
        let claim = scenario.claim();
        assert_eq!(claim.keeps_until().is_some(), claim.is_closed(), "{stage:?}");
    }
    let mut scenario = Disputable.scenario();
    scenario.wait_until("2026-04-02 00:00");
    assert_eq!(scenario.claim().kept_until, Some(t("2028-04-03 00:00")), "from the end of the window on");
    let mut scenario = HandedOff.scenario();
    let events = scenario.told.len();
    scenario.wait_until("2040-01-01 00:00");
    assert_eq!(scenario.told.len(), events);
}

#[test]
fn until_it_is_written_an_erasure_is_seen_at_the_instant_it_was_due() {
    crate::proves!(I3);
    let scenario = RejectedTwice.scenario();
    let kept_until = scenario.claim().kept_until;
    for now in ["2028-03-03 00:00", "2028-03-04 09:30"] {
        let seen = crate::decide::as_of(scenario.claim(), &scenario.program, t(now));
        assert_eq!(seen.erased_at, kept_until, "{now}");
    }
    let seen = crate::decide::as_of(scenario.claim(), &scenario.program, t("2028-03-02 23:59"));
    assert_eq!(seen.erased_at, None);
    let seen = crate::decide::as_of(Disputable.scenario().claim(), &scenario.program, t("2026-06-01 00:00"));
    assert_eq!((seen.is_closed(), seen.kept_until), (true, None), "the closing is not written yet");
}

#[test]
fn nobody_may_do_anything_with_an_erased_claim() {
    crate::proves!(D12, D22);
    let mut scenario = RejectedTwice.scenario();
    scenario.wait_until("2028-03-03 00:00");
    for who in [ana(), rita(), lena(), customer(), system()] {
        assert_eq!(allowed(scenario.claim(), &who), [], "{}", who.actor.role.as_str());
    }
    let refusal = scenario.when(&ana(), &comment()).unwrap_err();
    assert_eq!(refusal.kind, Kind::IllegalState);
}

#[test]
fn a_link_is_known_until_90_days_after_its_approval() {
    crate::proves!(D22);
    let mut scenario = HandedOff.scenario();
    let over = scenario.consent().passed_at.unwrap();
    let last = over + chrono::TimeDelta::days(90);
    assert!(scenario.consent().is_link_known(last - chrono::TimeDelta::seconds(1)));
    assert!(!scenario.consent().is_link_known(last));
    scenario.now = last;
    let deny = scenario.deny();
    let refusal = scenario.when(&customer(), &deny).unwrap_err();
    assert_eq!(refusal.kind, Kind::NotFound);
    scenario.does(&ana(), withdraw());
    assert!(
        !scenario.consent().is_link_known(scenario.now),
        "an end after the period does not bring it back"
    );
}

#[test]
fn the_table_keeps_a_link_longer_than_it_is_known() {
    crate::proves!(D9, D22);
    let minute = chrono::TimeDelta::minutes(1);
    for period in ["7d", "366d", "366bd"] {
        let mut scenario = AwaitingNotice.scenario();
        for clock in [ClockName::Consent, ClockName::NoticeCorrection] {
            let periods = scenario.program.periods.with(clock, period.parse().unwrap());
            scenario.program.periods = periods;
        }
        let kept_until = scenario.program.keeps_link_until(scenario.now);
        let due = |scenario: &Scenario, clock| {
            scenario.program.periods.of(clock).due(scenario.now, &scenario.program.calendar)
        };
        // Every notice bounces at the last minute, and every correction comes at the last minute.
        scenario.notified();
        for _ in 0..10 {
            scenario.now = due(&scenario, ClockName::Consent) - minute;
            scenario.bounced();
            scenario.now = due(&scenario, ClockName::NoticeCorrection) - minute;
            scenario.does(&ana(), resend(None)).notified();
        }
        scenario.now = due(&scenario, ClockName::Consent);
        scenario.does(&system(), Command::ApplyDue);
        assert!(scenario.claim().is_handed_off(), "{period}");
        assert!(!scenario.consent().is_link_known(kept_until), "{period}: forgotten while it is known");
        assert!(kept_until - scenario.now < chrono::TimeDelta::days(120), "{period}: kept without need");
    }
}
