use super::*;

#[track_caller]
fn calendar(zone: &str, working_days: &str, holidays: &str) -> Calendar {
    Calendar::parse("test", zone, working_days, holidays).unwrap()
}

const WEEK: &str = "MON,TUE,WED,THU,FRI";

#[track_caller]
fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[track_caller]
fn utc(text: &str) -> Instant {
    text.parse().unwrap()
}

/// A period that begins at `event` (RFC 3339, in any offset) ends at `due`, in the zone and with the holidays.
#[track_caller]
fn check(zone: &str, holidays: &str, period: &str, event: &str, due: &str) {
    let calendar = calendar(zone, WEEK, holidays);
    let period: Period = period.parse().unwrap();
    let found = period.due(utc(event), &calendar).with_timezone(&calendar.zone);
    assert_eq!(found.to_rfc3339(), due);
}

#[test]
fn the_event_day_does_not_count_and_a_period_ends_with_its_last_day() {
    crate::proves!(D1);
    // Monday, 2 March 2026, from its first instant to its last.
    check("Etc/UTC", "", "5bd", "2026-03-02T00:00:00Z", "2026-03-10T00:00:00+00:00");
    check("Etc/UTC", "", "5bd", "2026-03-02T10:00:00Z", "2026-03-10T00:00:00+00:00");
    check("Etc/UTC", "", "5bd", "2026-03-02T23:59:59.999Z", "2026-03-10T00:00:00+00:00");
    check("Etc/UTC", "", "5bd", "2026-03-03T00:00:00Z", "2026-03-11T00:00:00+00:00");
    check("Etc/UTC", "", "1bd", "2026-03-02T10:00:00Z", "2026-03-04T00:00:00+00:00");
    check("Etc/UTC", "", "10bd", "2026-03-02T10:00:00Z", "2026-03-17T00:00:00+00:00");
    check("Etc/UTC", "", "7d", "2026-03-02T10:00:00Z", "2026-03-10T00:00:00+00:00");
    check("Etc/UTC", "", "30d", "2026-03-02T10:00:00Z", "2026-04-02T00:00:00+00:00");
    check("Etc/UTC", "", "1d", "2026-03-02T10:00:00Z", "2026-03-04T00:00:00+00:00");
    // A leap year, the end of a year.
    check("Etc/UTC", "", "7d", "2028-02-26T10:00:00Z", "2028-03-05T00:00:00+00:00");
    check("Etc/UTC", "", "5bd", "2026-12-28T10:00:00Z", "2027-01-05T00:00:00+00:00");
}

#[test]
fn five_business_days_from_a_saturday_end_with_friday() {
    crate::proves!(D1);
    check("Etc/UTC", "", "5bd", "2026-03-07T10:00:00Z", "2026-03-14T00:00:00+00:00");
    check("Etc/UTC", "", "5bd", "2026-03-08T10:00:00Z", "2026-03-14T00:00:00+00:00");
    check("Etc/UTC", "", "5bd", "2026-03-06T10:00:00Z", "2026-03-14T00:00:00+00:00");
}

#[test]
fn holidays_are_no_business_days_and_count_as_calendar_days() {
    crate::proves!(D1);
    let christmas = "2026-12-25,2026-12-26,2027-01-01";
    check("Etc/UTC", christmas, "5bd", "2026-12-21T10:00:00Z", "2026-12-30T00:00:00+00:00");
    check("Etc/UTC", christmas, "5bd", "2026-12-28T10:00:00Z", "2027-01-06T00:00:00+00:00");
    check("Etc/UTC", christmas, "7d", "2026-12-21T10:00:00Z", "2026-12-29T00:00:00+00:00");
    // A week of holidays is skipped.
    let closed = "2026-03-09,2026-03-10,2026-03-11,2026-03-12,2026-03-13";
    check("Etc/UTC", closed, "1bd", "2026-03-06T10:00:00Z", "2026-03-17T00:00:00+00:00");
}

#[test]
fn the_working_week_is_configuration() {
    crate::proves!(D3);
    let gulf = calendar("Asia/Dubai", "SUN,MON,TUE,WED,THU", "");
    // Thursday, 5 March: Sunday to Thursday follow.
    let due = Period::BusinessDays(5).due(utc("2026-03-05T08:00:00Z"), &gulf);
    assert_eq!(due.with_timezone(&gulf.zone).to_rfc3339(), "2026-03-13T00:00:00+04:00");
}

#[test]
fn an_extra_working_day_counts_though_the_week_says_otherwise() {
    crate::proves!(D3);
    // Friday 2 January 2026 was free in Hungary, and Saturday the 10th was worked for it.
    let hungary = calendar("Europe/Budapest", WEEK, "2026-01-01,2026-01-02");
    let hungary = hungary.with_extra_working_days("2026-01-10").unwrap();
    let due = Period::BusinessDays(5).due(utc("2026-01-07T10:00:00+01:00"), &hungary);
    assert_eq!(due, utc("2026-01-13T23:00:00Z"), "8, 9, 10, 12 and 13 January are the five business days");
    // It is a business day for all that counts them: a pause that spans it, a reminder before it.
    assert_eq!(hungary.business_days_between(day("2026-01-09"), day("2026-01-11")), 1);
    assert_eq!(hungary.business_day_before(day("2026-01-12")), day("2026-01-10"));
}

#[test]
fn the_day_is_that_of_the_event_in_the_programs_zone() {
    crate::proves!(D1);
    // 23:30 UTC is Tuesday already in Warsaw, and Monday still in Los Angeles.
    check("Europe/Warsaw", "", "5bd", "2026-03-02T23:30:00Z", "2026-03-11T00:00:00+01:00");
    check("America/Los_Angeles", "", "5bd", "2026-03-02T23:30:00Z", "2026-03-10T00:00:00-07:00");
    check("America/Los_Angeles", "", "5bd", "2026-03-03T07:59:59Z", "2026-03-10T00:00:00-07:00");
    check("America/Los_Angeles", "", "5bd", "2026-03-03T08:00:00Z", "2026-03-11T00:00:00-07:00");
}

#[test]
fn periods_run_across_changes_of_summer_time_in_local_days() {
    crate::proves!(D1);
    check("Europe/Warsaw", "", "5bd", "2026-03-27T12:00:00+01:00", "2026-04-04T00:00:00+02:00");
    check("Europe/Warsaw", "", "7d", "2026-03-22T12:00:00+01:00", "2026-03-30T00:00:00+02:00");
    check("Europe/Warsaw", "", "7d", "2026-10-24T12:00:00+02:00", "2026-11-01T00:00:00+01:00");
    check("Europe/Warsaw", "", "1d", "2026-10-24T12:00:00+02:00", "2026-10-26T00:00:00+01:00");
    check("America/Los_Angeles", "", "5bd", "2026-03-06T12:00:00-08:00", "2026-03-14T00:00:00-07:00");
    check("America/Los_Angeles", "", "30d", "2026-10-15T12:00:00-07:00", "2026-11-15T00:00:00-08:00");
}

#[test]
fn a_day_without_midnight_begins_with_its_first_instant() {
    crate::proves!(D1);
    // In each zone the clocks go from 00:00 to 01:00 on the day after the period's last day.
    check("Africa/Cairo", "", "1d", "2026-04-22T12:00:00+02:00", "2026-04-24T01:00:00+03:00");
    check("Asia/Beirut", "", "1d", "2026-03-27T12:00:00+02:00", "2026-03-29T01:00:00+03:00");
    check("America/Santiago", "", "1d", "2026-09-04T12:00:00-04:00", "2026-09-06T01:00:00-03:00");
    check("America/Havana", "", "1d", "2026-03-06T12:00:00-05:00", "2026-03-08T01:00:00-04:00");
    check("Atlantic/Azores", "", "1d", "2026-03-27T12:00:00-01:00", "2026-03-29T01:00:00+00:00");
    check("Asia/Beirut", "", "5bd", "2026-03-20T12:00:00+02:00", "2026-03-28T00:00:00+02:00");
    // Samoa skipped 30 December 2011: a period whose last day is the 29th ends where the 31st begins.
    check("Pacific/Apia", "", "1d", "2011-12-28T12:00:00-10:00", "2011-12-31T00:00:00+14:00");
}

#[test]
fn where_midnight_occurs_twice_the_earlier_counts() {
    crate::proves!(D1);
    // The clocks go from 01:00 back to 00:00.
    check("America/Havana", "", "1d", "2025-10-31T12:00:00-04:00", "2025-11-02T00:00:00-04:00");
    check("Atlantic/Azores", "", "1d", "2026-10-23T12:00:00+00:00", "2026-10-25T00:00:00+00:00");
    // The clocks go from 24:00 back to 23:00: midnight occurs once, an hour later.
    check("Africa/Cairo", "", "1d", "2026-10-28T12:00:00+03:00", "2026-10-30T00:00:00+02:00");
    check("Asia/Beirut", "", "1d", "2026-10-23T12:00:00+03:00", "2026-10-25T00:00:00+02:00");
    check("America/Santiago", "", "1d", "2026-04-03T12:00:00-03:00", "2026-04-05T00:00:00-04:00");
}

#[test]
fn an_event_in_the_repeated_hour_belongs_to_its_local_day() {
    crate::proves!(D1);
    // 23:30 on Saturday, for the first and for the second time; then Sunday.
    check("Asia/Beirut", "", "1d", "2026-10-24T20:30:00Z", "2026-10-26T00:00:00+02:00");
    check("Asia/Beirut", "", "1d", "2026-10-24T21:30:00Z", "2026-10-26T00:00:00+02:00");
    check("Asia/Beirut", "", "1d", "2026-10-24T22:00:00Z", "2026-10-27T00:00:00+02:00");
    // 00:30 on Sunday, twice.
    check("America/Havana", "", "1d", "2025-11-02T04:30:00Z", "2025-11-04T00:00:00-05:00");
    check("America/Havana", "", "1d", "2025-11-02T05:30:00Z", "2025-11-04T00:00:00-05:00");
}

#[test]
fn a_trial_period_in_minutes_counts_from_the_instant() {
    crate::proves!(D3);
    check("Etc/UTC", "", "3m", "2026-03-07T10:00:30Z", "2026-03-07T10:03:30+00:00");
    check("America/Havana", "", "90m", "2025-11-02T04:00:00Z", "2025-11-02T00:30:00-05:00");
}

/// Units used while a clock runs from one instant to another.
#[track_caller]
fn used(period: &str, from: &str, to: &str, expected: u32) {
    let calendar = calendar("Europe/Warsaw", WEEK, "2026-03-19");
    let period: Period = period.parse().unwrap();
    assert_eq!(period.used_between(utc(from), utc(to), &calendar), expected);
}

#[test]
fn a_business_day_is_used_if_the_clock_ran_at_its_first_instant() {
    crate::proves!(D4);
    used("10bd", "2026-03-02T10:00:00+01:00", "2026-03-02T18:00:00+01:00", 0);
    used("10bd", "2026-03-02T23:59:59+01:00", "2026-03-03T00:00:00+01:00", 1);
    used("10bd", "2026-03-02T10:00:00+01:00", "2026-03-05T10:00:00+01:00", 3);
    used("10bd", "2026-03-06T10:00:00+01:00", "2026-03-08T10:00:00+01:00", 0);
    used("10bd", "2026-03-06T10:00:00+01:00", "2026-03-09T10:00:00+01:00", 1);
    used("10bd", "2026-03-18T10:00:00+01:00", "2026-03-20T10:00:00+01:00", 1);
    used("7d", "2026-03-06T10:00:00+01:00", "2026-03-09T10:00:00+01:00", 3);
    used("30m", "2026-03-06T10:00:00+01:00", "2026-03-06T10:10:59+01:00", 10);
}

/// The due instant of a period resumed at `at` after so much use.
#[track_caller]
fn resumed(period: &str, at: &str, used: u32, due: &str) {
    let calendar = calendar("Europe/Warsaw", WEEK, "");
    let period: Period = period.parse().unwrap();
    assert_eq!(period.due_after_use(utc(at), used, &calendar), utc(due));
}

#[test]
fn the_rest_counts_from_the_day_after_the_resumption() {
    crate::proves!(D4);
    // Three are used and the clock resumes on Wednesday: seven are left, from Thursday on.
    resumed("10bd", "2026-03-11T10:00:00+01:00", 3, "2026-03-21T00:00:00+01:00");
    resumed("10bd", "2026-03-11T10:00:00+01:00", 9, "2026-03-13T00:00:00+01:00");
    resumed("10bd", "2026-03-14T10:00:00+01:00", 9, "2026-03-17T00:00:00+01:00");
}

#[test]
fn a_period_used_up_ends_with_the_first_business_day_after_the_resumption() {
    crate::proves!(D4);
    resumed("10bd", "2026-03-11T10:00:00+01:00", 10, "2026-03-13T00:00:00+01:00");
    resumed("10bd", "2026-03-14T23:59:00+01:00", 10, "2026-03-17T00:00:00+01:00");
    resumed("10bd", "2026-03-11T10:00:00+01:00", 12, "2026-03-13T00:00:00+01:00");
    // Calendar days that are left may end before a business day does; a trial in minutes waits for none.
    resumed("10d", "2026-03-13T10:00:00+01:00", 9, "2026-03-17T00:00:00+01:00");
    resumed("10d", "2026-03-13T10:00:00+01:00", 2, "2026-03-22T00:00:00+01:00");
    resumed("3m", "2026-03-14T10:00:00+01:00", 3, "2026-03-14T10:01:00+01:00");
}

#[test]
fn lateness_is_counted_in_whole_business_days() {
    crate::proves!(D5);
    let calendar = calendar("Europe/Warsaw", WEEK, "2026-03-11");
    let late = |now: &str| calendar.business_days_late(utc("2026-03-10T00:00:00+01:00"), utc(now));
    for (now, days) in [
        ("2026-03-10T00:00:00+01:00", 0),
        ("2026-03-10T23:59:59+01:00", 0),
        ("2026-03-11T00:00:00+01:00", 1),
        ("2026-03-12T00:00:00+01:00", 1),
        ("2026-03-13T00:00:00+01:00", 2),
        ("2026-03-15T12:00:00+01:00", 3),
    ] {
        assert_eq!(late(now), days, "{now}");
    }
}

/// The reminder of a period that begins at `event`.
#[track_caller]
fn reminds(zone: &str, holidays: &str, period: &str, event: &str, expected: &str) {
    let calendar = calendar(zone, WEEK, holidays);
    let period: Period = period.parse().unwrap();
    let reminder = period.reminder(period.due(utc(event), &calendar), 1, &calendar).unwrap();
    assert_eq!(reminder.with_timezone(&calendar.zone).to_rfc3339(), expected);
}

#[test]
fn the_reminder_is_at_nine_on_the_business_day_before_the_last() {
    crate::proves!(D18);
    // Asked on Monday: the last day is the next Monday, the business day before it Friday.
    reminds("Etc/UTC", "", "5bd", "2026-03-02T10:00:00Z", "2026-03-06T09:00:00+00:00");
    reminds("Etc/UTC", "", "5bd", "2026-03-04T10:00:00Z", "2026-03-10T09:00:00+00:00");
    reminds("Etc/UTC", "2026-03-10", "5bd", "2026-03-04T10:00:00Z", "2026-03-11T09:00:00+00:00");
    reminds("Etc/UTC", "2026-03-06", "5bd", "2026-02-27T10:00:00Z", "2026-03-05T09:00:00+00:00");
    reminds("Europe/Warsaw", "", "5bd", "2026-03-24T10:00:00+01:00", "2026-03-30T09:00:00+02:00");
    reminds("America/Los_Angeles", "", "5bd", "2026-10-27T10:00:00-07:00", "2026-11-02T09:00:00-08:00");
    // The last day of calendar days need not be a business day: Sunday the 8th.
    reminds("Etc/UTC", "", "6d", "2026-03-02T10:00:00Z", "2026-03-06T09:00:00+00:00");
}

#[test]
fn a_trial_period_in_minutes_has_no_reminder() {
    crate::proves!(D3);
    let calendar = calendar("Etc/UTC", WEEK, "");
    assert_eq!(Period::Minutes(3).reminder(utc("2026-03-02T10:00:00Z"), 1, &calendar), None);
}

#[test]
fn a_period_is_a_number_and_a_unit_and_is_written_as_it_is_read() {
    crate::proves!(D3);
    for text in ["5bd", "10bd", "7d", "30d", "3m", "1bd", "366d"] {
        assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        let json = serde_json::to_string(&text.parse::<Period>().unwrap()).unwrap();
        assert_eq!(json, format!("{text:?}"));
    }
    for text in [
        "",
        "5",
        "bd",
        "0bd",
        "0d",
        "-1d",
        "+5d",
        "367d",
        "99999999999d",
        "5 bd",
        " 5bd",
        "5bd ",
        "5BD",
        "5h",
        "1.5d",
        "5bdd",
    ] {
        let fault = text.parse::<Period>().unwrap_err();
        assert_eq!(fault, CalendarError::Period(text.to_owned()));
        assert!(fault.to_string().contains(&format!("{text:?}")), "{fault}");
    }
}

/// A malformed calendar is refused, and the error names what is wrong.
#[track_caller]
fn malformed(zone: &str, working_days: &str, holidays: &str, fault: CalendarError, named: &str) {
    let found = Calendar::parse("test", zone, working_days, holidays).unwrap_err();
    assert_eq!(found, fault);
    assert!(found.to_string().contains(named), "{found}");
}

#[test]
fn a_malformed_calendar_names_its_fault() {
    crate::proves!(D3);
    let owned = str::to_owned;
    malformed("Europe/Warszawa", WEEK, "", CalendarError::Zone(owned("Europe/Warszawa")), "Europe/Warszawa");
    malformed("", WEEK, "", CalendarError::Zone(String::new()), "IANA");
    malformed("Etc/UTC", "MON,FUNDAY", "", CalendarError::WorkingDay(owned("FUNDAY")), "FUNDAY");
    malformed("Etc/UTC", "", "", CalendarError::NoWorkingDay, "working day");
    malformed("Etc/UTC", " , ", "", CalendarError::NoWorkingDay, "working day");
    malformed("Etc/UTC", WEEK, "2026-02-30", CalendarError::Holiday(owned("2026-02-30")), "2026-02-30");
    malformed(
        "Etc/UTC",
        WEEK,
        "2026-12-25,25.12.2027",
        CalendarError::Holiday(owned("25.12.2027")),
        "25.12.2027",
    );
}

#[test]
fn lists_may_have_spaces_and_the_alarm_comes_60_days_before_their_end() {
    crate::proves!(D3);
    let calendar = calendar("Etc/UTC", " MON , TUE ", " 2026-12-25 , 2026-01-01 ");
    assert!(calendar.is_business_day(day("2026-03-03")));
    assert!(!calendar.is_business_day(day("2026-03-04")));
    assert!(!calendar.holidays_end_soon(utc("2026-10-25T23:59:59Z")));
    assert!(calendar.holidays_end_soon(utc("2026-10-26T00:00:00Z")));
    assert!(calendar.holidays_end_soon(utc("2028-01-01T00:00:00Z")));
    let without = Calendar::parse("test", "Etc/UTC", WEEK, "").unwrap();
    assert!(!without.holidays_end_soon(utc("2028-01-01T00:00:00Z")));
}
