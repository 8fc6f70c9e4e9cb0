//! The end-to-end suite: every scenario at once, on one stack and one merged timeline.
//!
//! The program runs in Europe/Warsaw with a holiday. Day 0 is the Monday of the week before the one that ends with the
//! change to summer time, so that every run meets a weekend, the holiday (Thursday, day 3) and the change (Sunday,
//! day 13), whatever the year.

mod bounds;
mod closing;
mod consent;
mod edges;
mod feedback;
mod foreign;
mod gate;
mod healing;
mod largest;
mod lists;
mod operation;
mod races;
mod refusals;
mod retries;
mod scanning;
mod scene;
mod table;
mod talk;
mod uploads;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use e2e::{Failed, LIVES, Play, Stage};
use libtest_mimic::{Arguments, Conclusion, Trial};
use local_stack::{Plan, Progress, Stack};
use scene::Case;

/// The port of the suite's stack, which leaves a developer's own alone; `E2E_PORT` names another one.
const PORT: u16 = 4599;
/// How many scenarios begin together.
const AT_ONCE: usize = 5;
/// How long after them the next ones begin.
const WAVES_APART: TimeDelta = TimeDelta::minutes(10);
/// The day of the holiday, counted from day 0.
const HOLIDAY: u64 = 3;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // All at once: a scenario that has not begun would hold everybody's time.
    arguments.test_threads = Some(names().len() + 1);
    if arguments.list {
        return libtest_mimic::run(&arguments, names()).exit_code();
    }
    match stage() {
        Ok(stage) => {
            // One after another, before and after everything else: they look at all that there is.
            let alone = Arguments { test_threads: Some(1), ..arguments.clone() };
            let tokens = gate::Shared::default();
            let is_whole = arguments.filter.is_none() && arguments.skip.is_empty();
            let gate = libtest_mimic::run(&alone, gate::trials(&stage, &tokens));
            let drain = stage.drain();
            let lives = libtest_mimic::run(&arguments, trials(&stage));
            let healing = libtest_mimic::run(&alone, healing::trials(&stage));
            let closing = libtest_mimic::run(&alone, closing::trials(&stage, &tokens, is_whole));
            stage.close();
            let _ = drain.join();
            let refused = stage.refused();
            if !refused.is_empty() {
                say(&format!("assessment refused: {refused:?}"));
                return ExitCode::FAILURE;
            }
            if std::env::var_os("E2E_KEEP").is_none() {
                let _ = Stack::down(port());
            }
            if [gate, lives, healing, closing].iter().any(Conclusion::has_failed) {
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

/// Every scenario but the ten lives.
fn cases() -> Vec<Case> {
    [
        bounds::cases(),
        consent::cases(),
        edges::cases(),
        feedback::cases(),
        foreign::cases(),
        largest::cases(),
        lists::cases(),
        operation::cases(),
        races::cases(),
        refusals::cases(),
        retries::cases(),
        scanning::cases(),
        talk::cases(),
        uploads::cases(),
    ]
    .concat()
}

fn names() -> Vec<Trial> {
    let lives = LIVES.iter().map(|life| life_name(life.number, life.name));
    lives
        .chain(cases().into_iter().map(|case| case.name.to_owned()))
        .chain(simulation::contract::cases().iter().map(table::name))
        .chain(gate::names())
        .chain(healing::names())
        .chain(closing::names())
        .map(|name| Trial::test(name, || Ok(())))
        .collect()
}

fn life_name(number: u8, name: &str) -> String {
    format!("life_{number:02}_{}_ends_as_its_row_says", name.to_lowercase().replace([' ', '-'], "_"))
}

/// Every scenario with its seat; those that are filtered out give theirs back before time begins.
fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let lives = LIVES.iter().map(|life| {
        let (stage, seat) = (Arc::clone(stage), stage.timeline.seat());
        Trial::test(life_name(life.number, life.name), move || {
            let mut play = Play::new(&stage, seat, life.number, life.partner);
            Ok((life.play)(&mut play)?)
        })
    });
    let cases = cases().into_iter().enumerate().map(|(index, case)| {
        let (stage, seat) = (Arc::clone(stage), stage.timeline.seat());
        let rules: Vec<_> = case.rules.iter().map(|rule| rule.number()).collect();
        let trial = Trial::test(case.name, move || {
            let number = u8::try_from(index + 20).unwrap_or(u8::MAX);
            let mut play = Play::new(&stage, seat, number, case.partner);
            // A few at a time: the emulator has one stream poller, and an effect should not wait for all the others.
            let wave = i32::try_from(index / AT_ONCE).unwrap_or_default();
            play.until(stage.at(0, 9) + WAVES_APART * wave)?;
            Ok((case.play)(&mut play)?)
        });
        trial.with_kind(rules.join(" "))
    });
    lives.chain(cases).chain(table::trials(stage)).collect()
}

fn port() -> u16 {
    std::env::var_os("E2E_PORT").and_then(|port| port.to_str()?.parse().ok()).unwrap_or(PORT)
}

fn stage() -> Result<Arc<Stage>, Failed> {
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
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    let stack = Stack::up(&Plan { port: port(), parameters, fresh: true, ..Plan::default() }, &progress)?;
    table::make(stack.aws())?;
    let start: DateTime<Utc> = monday.and_time(NaiveTime::MIN).and_utc();
    stack.travel_to(start)?;
    Ok(Stage::new(stack, start, |_| ()))
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
