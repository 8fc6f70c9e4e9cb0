//! Deliberate bugs of the product, each of which the simulation must catch.
//!
//! A simulation that finds nothing proves something only if it would have found something. Each bug in
//! `tests/simulation/bugs` breaks one thing that the system promises, and says which; it is built in a copy of the
//! tree, and lives are run with it until a property is violated. A bug that no seed catches fails the run, and so
//! does one whose code is not there any more.

mod scratch;

use std::{
    fmt::Write as _,
    fs,
    time::{Duration, Instant},
};

use deliberate_bugs::Bug;
use local_stack::{Error, root};
use scratch::Scratch;

use crate::{Failure, Outcome, PROGRESS};

/// Where the bugs are, and the table of what caught them.
const FOLDER: &str = "tests/simulation/bugs";
const RESULTS: &str = "RESULTS.md";

/// What became of a bug.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    /// A life violated a property.
    Caught { seed: u64, property: String, after: Duration },
    /// No life did.
    Uncaught { seeds: u64 },
    /// It could not be tried.
    Failed(String),
}

/// Tries the bugs of these names, or all of them, with the seeds from 1 on until one catches it.
pub(crate) fn run(names: &[String], seeds: u64) -> Outcome {
    let all = read()?;
    let chosen = choose(&all, names)?;
    let scratch = Scratch::prepare()?;
    let started = Instant::now();
    let mut verdicts: Vec<(&Bug, Verdict)> = Vec::new();
    for (nth, bug) in in_building_order(&chosen).into_iter().enumerate() {
        PROGRESS.say(&format!("{} of {}: {} …", nth + 1, chosen.len(), bug.name));
        let verdict = scratch.try_bug(bug, seeds).unwrap_or_else(|Failure(reason)| Verdict::Failed(reason));
        PROGRESS.say(&format!("  {}", in_words(&verdict)));
        verdicts.push((bug, verdict));
    }
    verdicts.sort_by_key(|(bug, _)| (bug.invariant.as_str(), bug.name.as_str()));
    let table = table(&verdicts);
    println!("{table}");
    let caught = verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Caught { .. })).count();
    println!(
        "{caught} of {} deliberate bugs caught, in {:.0} s",
        verdicts.len(),
        started.elapsed().as_secs_f32()
    );
    if caught < verdicts.len() {
        let missed = verdicts.iter().filter(|(_, verdict)| !matches!(verdict, Verdict::Caught { .. }));
        let missed: String =
            missed.map(|(bug, verdict)| format!("\n  {}: {}", bug.name, in_words(verdict))).collect();
        return Err(Failure(format!(
            "some deliberate bugs are not caught:{missed}\nnext: for a bug that is not caught, add a property or a \
             workload that notices it; if a bug does not apply, the code may be wrong: see that a test of its own proves it, \
             and only then write the bug for the code as it is now"
        )));
    }
    if names.is_empty() {
        let results = root().join(FOLDER).join(RESULTS);
        fs::write(&results, page(&table))
            .map_err(Error::io(format!("cannot write {}", results.display())))?;
        PROGRESS.say(&format!("The table was written to {FOLDER}/{RESULTS}."));
    }
    Ok(())
}

fn read() -> Result<Vec<Bug>, Failure> {
    deliberate_bugs::read(&root().join(FOLDER)).map_err(|error| Failure(error.to_string()))
}

fn choose(all: &[Bug], names: &[String]) -> Result<Vec<Bug>, Failure> {
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|bug| bug.name == **name)) {
        let known: Vec<&str> = all.iter().map(|bug| bug.name.as_str()).collect();
        return Err(Failure(format!("there is no bug {unknown}; the bugs are\n  {}", known.join("\n  "))));
    }
    let is_chosen = |bug: &&Bug| names.is_empty() || names.contains(&bug.name);
    Ok(all.iter().filter(is_chosen).cloned().collect())
}

/// By the files that they change: bugs of one crate follow each other, so that the other crates need not be built again.
fn in_building_order(bugs: &[Bug]) -> Vec<&Bug> {
    let mut ordered: Vec<&Bug> = bugs.iter().collect();
    ordered.sort_by_key(|bug| bug.files());
    ordered
}

fn in_words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Caught { seed, property, after } => {
            format!("caught by seed {seed} after {:.1} s: {property}", after.as_secs_f32())
        }
        Verdict::Uncaught { seeds } => format!("NOT CAUGHT by {seeds} seeds"),
        Verdict::Failed(reason) => format!("NOT TRIED: {reason}"),
    }
}

fn table(verdicts: &[(&Bug, Verdict)]) -> String {
    let mut table = "| bug | breaks | what is wrong | caught by seed | property | seconds |\n".to_owned();
    table += "|---|---|---|---|---|---|\n";
    for (bug, verdict) in verdicts {
        let (seed, property, seconds) = match verdict {
            Verdict::Caught { seed, property, after } => {
                (seed.to_string(), property.as_str(), format!("{:.1}", after.as_secs_f32()))
            }
            Verdict::Uncaught { .. } => ("**none**".to_owned(), "", String::new()),
            Verdict::Failed(_) => ("**not tried**".to_owned(), "", String::new()),
        };
        let _ = writeln!(
            table,
            "| {} | {} | {} | {seed} | {property} | {seconds} |",
            bug.name, bug.invariant, bug.what
        );
    }
    table
}

fn page(table: &str) -> String {
    format!(
        "# Deliberate bugs, and what caught them\n\n\
         Written by `cargo xtask simulate --bugs`, which builds the product with each of these bugs and runs lives with it\n\
         until a property is violated. The seconds do not include building.\n\n{table}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bugs_of_the_repository_can_be_read_and_chosen() {
        let all = read().unwrap();
        assert!(all.len() >= 24);
        assert_eq!(choose(&all, &[]).unwrap().len(), all.len());
        assert_eq!(choose(&all, &[all[3].name.clone()]).unwrap(), [all[3].clone()]);
        assert!(choose(&all, &["no-such-bug".to_owned()]).is_err());
        assert_eq!(in_building_order(&all).len(), all.len());
    }
}
