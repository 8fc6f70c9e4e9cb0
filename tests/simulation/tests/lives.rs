//! Runs many lives and reports violations of properties: first the lives of the kept seeds, then as many others as are
//! requested.
//!
//! Without arguments it is a part of `cargo test` and runs only a few lives. `cargo xtask simulate` runs more.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test's report is for a person")]

use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::Parser;
use simulation::campaign::{Tally, parse_kept, run_all, to_arguments};
use simulation::faults::Fault;
use simulation::life::{self, Plan};
use simulation::properties::Violation;
use simulation::shrink::shrink;

/// Lives allocate many small values for a short time. With the system's allocator they take a third longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many lives `cargo test` runs.
const DEFAULT_SEEDS: u64 = 200;
/// How many failures are shown in detail.
const DETAILED_FAILURES: usize = 3;

#[derive(Parser)]
#[command(name = "lives")]
struct Arguments {
    /// How many seeds
    #[arg(long)]
    seeds: Option<u64>,
    /// The first of them
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Only this seed, with everything that happens in its life
    #[arg(long)]
    seed: Option<u64>,
    /// Only so many steps of its life
    #[arg(long)]
    steps: Option<u32>,
    /// Without these steps of its life
    #[arg(long, value_delimiter = ',')]
    skip: Vec<u32>,
    /// Without these kinds of fault
    #[arg(long, value_delimiter = ',', value_parser = fault)]
    without: Vec<Fault>,
    /// On how many threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Stop after so many failures
    #[arg(long, default_value_t = 20)]
    failures: usize,
    /// Do not shrink failing lives
    #[arg(long)]
    raw: bool,
    /// Leave out the kept seeds
    #[arg(long)]
    fresh: bool,
    /// A filter, as cargo gives it to every test
    #[arg(hide = true)]
    filter: Vec<String>,
}

fn fault(name: &str) -> Result<Fault, String> {
    let names: Vec<_> = Fault::ALL.iter().map(|kind| kind.name()).collect();
    Fault::of(name).ok_or_else(|| format!("the kinds are {}", names.join(", ")))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if !arguments.filter.is_empty()
        && !arguments.filter.iter().any(|filter| "lives".contains(filter.as_str()))
    {
        return ExitCode::SUCCESS;
    }
    match arguments.seed {
        Some(seed) => run_one(&arguments, seed),
        None => run_many(&arguments),
    }
}

/// Runs one life, and prints it line by line.
fn run_one(arguments: &Arguments, seed: u64) -> ExitCode {
    let whole = Plan::whole(seed);
    let plan = Plan {
        steps: arguments.steps.unwrap_or(whole.steps),
        skipped: arguments.skip.clone(),
        without: arguments.without.clone(),
        ..whole
    };
    let life = life::run(&plan, true);
    for line in &life.lines {
        println!("{line}");
    }
    println!("{} claims, {} events, hash {:016x}", life.claims, life.events, life.hash);
    match life.violation {
        None => {
            println!("0 violations");
            ExitCode::SUCCESS
        }
        Some(violation) => {
            println!("violated: {}\n  {}", violation.property.name(), violation.what);
            ExitCode::FAILURE
        }
    }
}

fn run_many(arguments: &Arguments) -> ExitCode {
    let mut plans = match (arguments.fresh, parse_kept(include_str!("../seeds.txt"))) {
        (true, _) => Vec::new(),
        (false, Ok(plans)) => plans,
        (false, Err(error)) => {
            eprintln!("seeds.txt: {error}");
            return ExitCode::FAILURE;
        }
    };
    let count = arguments.seeds.unwrap_or(DEFAULT_SEEDS);
    let without = || arguments.without.clone();
    let seeds = arguments.from..arguments.from.saturating_add(count);
    plans.extend(seeds.map(|seed| Plan { without: without(), ..Plan::whole(seed) }));
    let (began, reported) = (Instant::now(), Mutex::new(Instant::now()));
    let tally = run_all(&plans, arguments.threads, arguments.failures, |tally| {
        if let Ok(mut reported) = reported.try_lock()
            && reported.elapsed() > Duration::from_secs(5)
        {
            *reported = Instant::now();
            eprintln!("  {} of {} lives, {} failed", tally.lives, plans.len(), tally.failures.len());
        }
    });
    report(&tally, began.elapsed());
    let mut properties = Vec::new();
    for (plan, violation) in &tally.failures {
        if properties.len() < DETAILED_FAILURES && !properties.contains(&violation.property) {
            properties.push(violation.property);
            show(plan, violation, arguments.raw);
        }
    }
    let (failed, all) = (tally.failures.len() as u64, tally.lives);
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {word}. {} passed; {failed} failed", all - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn report(tally: &Tally, took: Duration) {
    let speed = f64::from(u32::try_from(tally.lives).unwrap_or(u32::MAX)) / took.as_secs_f64();
    println!("{} lives in {:.1} s: {speed:.0} a second", tally.lives, took.as_secs_f64());
    println!("{} claims, {} events", tally.claims, tally.events);
    let outcomes: Vec<_> = tally.outcomes.iter().map(|(word, count)| format!("{count} {word}")).collect();
    println!("requests: {}", outcomes.join(", "));
    let faults: Vec<_> = tally.faults().map(|(kind, count)| format!("{count} {}", kind.name())).collect();
    println!("faults: {}", faults.join(", "));
    println!("emails sent again because their sender was cut off: {}", tally.emails_sent_again);
    if tally.failures.is_empty() {
        println!("0 violations");
    }
    for (plan, violation) in &tally.failures {
        println!("seed {}: {}\n    {}", plan.seed, violation.property.name(), shortened(&violation.what));
    }
}

fn shortened(what: &str) -> String {
    what.chars().take(700).collect()
}

/// Shows a failing life, as short as it can be made, and the command that runs it again.
fn show(plan: &Plan, violation: &Violation, raw: bool) {
    let plan = if raw { plan.clone() } else { shrink(plan, violation.property) };
    let life = life::run(&plan, true);
    println!("\n{} is violated:", violation.property.name());
    for line in &life.lines {
        println!("  {line}");
    }
    println!("  {}", shortened(&life.violation.map(|violation| violation.what).unwrap_or_default()));
    println!("again: cargo xtask simulate --seed {}\n", to_arguments(&plan));
}
