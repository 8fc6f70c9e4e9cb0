//! The end-to-end suite: the scenarios and every other case at once, on one stack and one timeline.
//!
//! The program runs in Europe/Warsaw with a holiday. Day 0 is the Monday of the week before the one that ends with the
//! change to summer time, so that every run meets a weekend, the holiday (Thursday, day 3) and the change (Sunday,
//! day 13), whatever the year.

mod alarms;
mod associations;
mod authorization;
mod batches;
mod browsers;
mod changes;
mod clients;
mod comments;
mod consent;
mod dry_runs;
mod edges;
mod feedback;
mod final_checks;
mod fixtures;
mod foreign;
mod healing;
mod largest;
mod lists;
mod pages;
mod races;
mod reference;
mod refusals;
mod renewals;
mod retention;
mod retries;
mod scanning;
mod table;
mod uploads;
mod webhooks;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use e2e::{ClaimDriver, Environment, Failed, SCENARIOS, Scenario};
use fixtures::{Case, numbers};
use libtest_mimic::{Arguments, Conclusion, Trial};
use local_stack::{Plan, Progress, Stack};

/// The port of the suite's stack, which leaves a developer's own alone; `E2E_PORT` names another one.
const PORT: u16 = 4599;
/// How many cases begin together.
const AT_ONCE: usize = 5;
/// How long after them the next ones begin.
const WAVES_APART: TimeDelta = TimeDelta::minutes(10);
/// The day of the holiday, counted from day 0.
const HOLIDAY: u64 = 3;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // All at once: a case that has not begun would keep time from moving for all others.
    arguments.test_threads = Some(names().len() + 1);
    if arguments.list {
        return libtest_mimic::run(&arguments, names()).exit_code();
    }
    match set_up() {
        Ok(environment) => {
            // One after another, before and after everything else: they look at all that there is.
            let alone = Arguments { test_threads: Some(1), ..arguments.clone() };
            let everybody = authorization::SharedEverybody::default();
            let is_whole = arguments.filter.is_none() && arguments.skip.is_empty();
            let authorization = libtest_mimic::run(&alone, authorization::trials(&environment, &everybody));
            let drain = environment.drain();
            let scenarios = libtest_mimic::run(&arguments, trials(&environment));
            let healing = libtest_mimic::run(&alone, healing::trials(&environment));
            let last = libtest_mimic::run(&alone, final_checks::trials(&environment, &everybody, is_whole));
            environment.close();
            let _ = drain.join();
            let refused = environment.refused();
            if !refused.is_empty() {
                say(&format!("assessment refused: {refused:?}"));
                return ExitCode::FAILURE;
            }
            if std::env::var_os("E2E_KEEP").is_none() {
                let _ = Stack::down(port());
            }
            if [authorization, scenarios, healing, last].iter().any(Conclusion::has_failed) {
                ExitCode::FAILURE
            } else {
                ExitCode::SUCCESS
            }
        }
        Err(error) => {
            say(&format!("the stack could not be set up: {error}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "a test runner talks to a person")]
fn say(line: &str) {
    eprintln!("{line}");
}

/// Every case that is none of the scenarios, in the order in which they begin.
fn cases() -> Vec<Case> {
    [
        reference::cases(),
        browsers::cases(),
        consent::cases(),
        edges::cases(),
        feedback::cases(),
        foreign::cases(),
        largest::cases(),
        lists::cases(),
        pages::cases(),
        alarms::cases(),
        races::cases(),
        refusals::cases(),
        retention::cases(),
        retries::cases(),
        scanning::cases(),
        changes::cases(),
        comments::cases(),
        associations::cases(),
        batches::cases(),
        renewals::cases(),
        dry_runs::cases(),
        uploads::cases(),
        webhooks::cases(),
        clients::cases(),
    ]
    .concat()
}

fn names() -> Vec<Trial> {
    let scenarios = SCENARIOS.iter().map(name_of);
    scenarios
        .chain(cases().into_iter().map(|case| case.name.to_owned()))
        .chain(simulation::contract::cases().iter().map(|case| case.name.to_owned()))
        .chain(authorization::names())
        .chain(healing::names())
        .chain(final_checks::names())
        .map(|name| Trial::test(name, || Ok(())))
        .collect()
}

fn name_of(scenario: &Scenario) -> String {
    let name = scenario.name.to_lowercase().replace([' ', '-'], "_");
    format!("claim_{:02}_{name}_ends_as_its_row_says", scenario.number)
}

/// Every scenario and every case, each with its participant; those that are filtered out give theirs back before time
/// begins.
fn trials(environment: &Arc<Environment>) -> Vec<Trial> {
    let scenarios = SCENARIOS.iter().map(|scenario| {
        let (environment, participant) = (Arc::clone(environment), environment.timeline.participant());
        Trial::test(name_of(scenario), move || {
            let mut claim = ClaimDriver::new(&environment, participant, scenario.number, scenario.partner);
            Ok((scenario.run)(&mut claim)?)
        })
    });
    let cases = cases().into_iter().enumerate().map(|(index, case)| {
        let (environment, participant) = (Arc::clone(environment), environment.timeline.participant());
        let trial = Trial::test(case.name, move || {
            let number = u8::try_from(index + 20).unwrap_or(u8::MAX);
            let mut claim = ClaimDriver::new(&environment, participant, number, case.partner);
            // A few at a time: the emulator has one stream poller, and an effect should not wait for all the others.
            let wave = i32::try_from(index / AT_ONCE).unwrap_or_default();
            claim.until(environment.at(0, 9) + WAVES_APART * wave)?;
            Ok((case.run)(&mut claim)?)
        });
        trial.with_kind(numbers(case.rules))
    });
    scenarios.chain(cases).chain(table::trials(environment)).collect()
}

fn port() -> u16 {
    std::env::var_os("E2E_PORT").and_then(|port| port.to_str()?.parse().ok()).unwrap_or(PORT)
}

fn set_up() -> Result<Arc<Environment>, Failed> {
    let progress = Progress::to(say);
    // The stack starts at the machine's time; day 0 lies ahead of it.
    Stack::down(port())?;
    let today = machine_today();
    let monday = [today.year(), today.year() + 1]
        .into_iter()
        .map(monday_before_summer_time)
        .find(|monday| *monday > today)
        .ok_or_else(|| Failed::new("there is no day 0"))?;
    let holiday = monday + Days::new(HOLIDAY);
    let parameters = BTreeMap::from(
        [
            ("ProgramTimeZone", "Europe/Warsaw".to_owned()),
            ("ProgramHolidays", holiday.to_string()),
            ("ProgramCalendar", "Warsaw".to_owned()),
            // The shortest, so that the end of a claim's retention comes before the end of the suite's time.
            ("RetentionMonths", "1".to_owned()),
            ("ProgramChangesEvents", "true".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    let stack = Stack::up(&Plan { port: port(), parameters, fresh: true, ..Plan::default() }, &progress)?;
    table::make(stack.aws())?;
    let start: DateTime<Utc> = monday.and_time(NaiveTime::MIN).and_utc();
    stack.travel_to(start)?;
    stack.keep_answers();
    Ok(Environment::new(stack, start, |_| ()))
}

/// The Monday of the week before the one that ends with the change to summer time: 13 days before March's last Sunday.
fn monday_before_summer_time(year: i32) -> NaiveDate {
    let april = NaiveDate::from_ymd_opt(year, 4, 1).unwrap_or_default();
    let last_sunday = april - Days::new(u64::from(april.weekday().days_since(Weekday::Sun)).max(1));
    let last_sunday = if april.weekday() == Weekday::Sun { april - Days::new(7) } else { last_sunday };
    last_sunday - Days::new(13)
}

#[expect(clippy::disallowed_methods, reason = "day 0 is chosen by the machine's date")]
fn machine_today() -> NaiveDate {
    Utc::now().date_naive()
}
