//! Lives many lives and says whether everything held: the kept seeds first, then as many others as are asked for.
//!
//! Without arguments it is part of `cargo test` and stays short; `cargo xtask simulate` gives it more to do.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test's report is for a person")]

use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::Parser;
use simulation::campaign::{Tally, kept, live_all, written};
use simulation::faults::Fault;
use simulation::life::{Plan, live};
use simulation::properties::Violation;
use simulation::shrink::shrink;

/// Lives are made of many small things that do not last: with the system's allocator they take a third longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many lives `cargo test` lives.
const FEW: u64 = 200;
/// How many failures are told at length.
const TOLD: usize = 3;

#[derive(Parser)]
#[command(name = "lives")]
struct Arguments {
    /// How many seeds
    #[arg(long)]
    seeds: Option<u64>,
    /// The first of them
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// This seed alone, told from its beginning to its end
    #[arg(long)]
    seed: Option<u64>,
    /// Only so many steps of it
    #[arg(long)]
    steps: Option<u32>,
    /// Without these of its steps
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
    /// Do not make failing histories short
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
        Some(seed) => tell(&arguments, seed),
        None => many(&arguments),
    }
}

/// One life, line by line.
fn tell(arguments: &Arguments, seed: u64) -> ExitCode {
    let whole = Plan::whole(seed);
    let plan = Plan {
        steps: arguments.steps.unwrap_or(whole.steps),
        skipped: arguments.skip.clone(),
        without: arguments.without.clone(),
        ..whole
    };
    let life = live(&plan, true);
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

fn many(arguments: &Arguments) -> ExitCode {
    let mut plans = match (arguments.fresh, kept(include_str!("../seeds.txt"))) {
        (true, _) => Vec::new(),
        (false, Ok(plans)) => plans,
        (false, Err(error)) => {
            eprintln!("seeds.txt: {error}");
            return ExitCode::FAILURE;
        }
    };
    let count = arguments.seeds.unwrap_or(FEW);
    let without = || arguments.without.clone();
    let seeds = arguments.from..arguments.from.saturating_add(count);
    plans.extend(seeds.map(|seed| Plan { without: without(), ..Plan::whole(seed) }));
    let (began, told) = (Instant::now(), Mutex::new(Instant::now()));
    let tally = live_all(&plans, arguments.threads, arguments.failures, |tally| {
        if let Ok(mut told) = told.try_lock()
            && told.elapsed() > Duration::from_secs(5)
        {
            *told = Instant::now();
            eprintln!("  {} of {} lives, {} failed", tally.lives, plans.len(), tally.failures.len());
        }
    });
    report(&tally, began.elapsed());
    let mut properties = Vec::new();
    for (plan, violation) in &tally.failures {
        if properties.len() < TOLD && !properties.contains(&violation.property) {
            properties.push(violation.property);
            explain(plan, violation, arguments.raw);
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
    println!("mails sent again, after they had been cut off: {}", tally.emails_sent_again);
    if tally.failures.is_empty() {
        println!("0 violations");
    }
    for (plan, violation) in &tally.failures {
        println!("seed {}: {}\n    {}", plan.seed, violation.property.name(), short(&violation.what));
    }
}

fn short(what: &str) -> String {
    what.chars().take(700).collect()
}

/// Tells a failing life as short as it can be made, and how to live it again.
fn explain(plan: &Plan, violation: &Violation, raw: bool) {
    let plan = if raw { plan.clone() } else { shrink(plan, violation.property) };
    let life = live(&plan, true);
    println!("\n{} is violated:", violation.property.name());
    for line in &life.lines {
        println!("  {line}");
    }
    println!("  {}", short(&life.violation.map(|violation| violation.what).unwrap_or_default()));
    println!("again: cargo xtask simulate --seed {}\n", written(&plan));
}
