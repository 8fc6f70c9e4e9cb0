//! Runs many lives on several threads, each life on one of them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::faults::Fault;
use crate::life::{self, Life, Plan};
use crate::properties::Violation;

/// The results of many lives, added up.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// How many lives were run.
    pub lives: u64,
    /// How many claims were in them.
    pub claims: u64,
    /// How many events the claims have.
    pub events: u64,
    /// How often each kind of fault was injected.
    pub injected: BTreeMap<Fault, u64>,
    /// How many requests had which outcome.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// How many emails were sent again because their sender was cut off after they had been accepted.
    pub emails_sent_again: u64,
    /// The lives in which a property was violated, with the first violation of each.
    pub failures: Vec<(Plan, Violation)>,
}

impl Tally {
    fn add(&mut self, plan: &Plan, life: Life) {
        self.lives += 1;
        self.claims += life.claims as u64;
        self.events += life.events as u64;
        self.emails_sent_again += life.emails_sent_again;
        for (kind, times) in life.injected {
            *self.injected.entry(kind).or_default() += times;
        }
        for (outcome, count) in life.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        self.failures.extend(life.violation.map(|violation| (plan.clone(), violation)));
    }

    /// How often each kind of fault was injected.
    pub fn faults(&self) -> impl Iterator<Item = (Fault, u64)> {
        self.injected.iter().map(|(kind, times)| (*kind, *times))
    }
}

/// Runs all these lives, and stops after `max_failures` failures. `progress` is called with the results after each
/// life.
pub fn run_all(
    plans: &[Plan],
    threads: usize,
    max_failures: usize,
    progress: impl Fn(&Tally) + Sync,
) -> Tally {
    let (next, enough) = (AtomicUsize::new(0), AtomicBool::new(false));
    let tally = Mutex::new(Tally::default());
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while !enough.load(Ordering::Relaxed) {
                    let Some(plan) = plans.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                    let life = life::run(plan, false);
                    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                    tally.add(plan, life);
                    enough.fetch_or(tally.failures.len() >= max_failures, Ordering::Relaxed);
                    progress(&tally);
                }
            });
        }
    });
    let mut tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    tally.failures.sort_by_key(|(plan, _)| plan.seed);
    tally
}

/// Parses a file of kept seeds: one to a line, with options as on the command line, and comments.
pub fn parse_kept(text: &str) -> Result<Vec<Plan>, String> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).map(parse).collect()
}

fn parse(line: &str) -> Result<Plan, String> {
    let unknown = || format!("{line:?} is not a seed with --steps, --skip and --without");
    let mut words = line.split_whitespace();
    let seed = words.next().and_then(|seed| seed.parse().ok()).ok_or_else(unknown)?;
    let mut plan = Plan::whole(seed);
    while let Some(option) = words.next() {
        let value = words.next().ok_or_else(unknown)?;
        let listed = value.split(',');
        match option {
            "--steps" => plan.steps = value.parse().map_err(|_| unknown())?,
            "--skip" => {
                plan.skipped = listed.map(str::parse).collect::<Result<_, _>>().map_err(|_| unknown())?;
            }
            "--without" => {
                plan.without = listed.map(Fault::of).collect::<Option<_>>().ok_or_else(unknown)?;
            }
            _ => return Err(unknown()),
        }
    }
    Ok(plan)
}

/// A plan in the form of the command line, after `--seed`.
pub fn to_arguments(plan: &Plan) -> String {
    let mut line = plan.seed.to_string();
    if plan.steps != Plan::whole(plan.seed).steps {
        line += &format!(" --steps {}", plan.steps);
    }
    if !plan.skipped.is_empty() {
        let skipped: Vec<_> = plan.skipped.iter().map(u32::to_string).collect();
        line += &format!(" --skip {}", skipped.join(","));
    }
    if !plan.without.is_empty() {
        let without: Vec<_> = plan.without.iter().map(|kind| kind.name()).collect();
        line += &format!(" --without {}", without.join(","));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_is_written_down_is_read_back() {
        let plan = Plan {
            seed: 7,
            steps: 12,
            skipped: vec![3, 5],
            without: vec![Fault::Killed, Fault::TableThrottled],
        };
        assert_eq!(parse_kept(&format!("# kept\n\n{}  # why\n", to_arguments(&plan))).unwrap(), [plan]);
        assert_eq!(parse_kept("9 # why").unwrap(), [Plan::whole(9)]);
        assert!(parse_kept("9 --steps").is_err());
        assert!(parse_kept("nine").is_err());
    }
}
