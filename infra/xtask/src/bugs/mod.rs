//! Deliberate bugs: patches of the product, each of which the simulation must catch.
//!
//! A simulation that finds nothing proves something only if it would have found something. Each patch in
//! `tests/simulation/bugs` breaks one thing that the system promises, and says which; it is built in a copy of the
//! tree, and lives are lived in it until a property is violated. A bug that no seed catches fails the run, and so does
//! a patch that does not apply any more.

mod scratch;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use local_stack::{Error, root};
use scratch::Scratch;

use crate::{Failure, Outcome, PROGRESS};

/// Where the patches lie, and the table of what caught them.
const FOLDER: &str = "tests/simulation/bugs";
const RESULTS: &str = "RESULTS.md";

/// A deliberate bug.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bug {
    /// Its name: that of the patch.
    name: String,
    /// What is wrong.
    what: String,
    /// Which invariant, or which other promise, it breaks.
    invariant: String,
    /// Which property should notice.
    property: String,
    /// The patch.
    patch: PathBuf,
}

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
    let all = read(&root().join(FOLDER))?;
    let chosen = choose(&all, names)?;
    let scratch = Scratch::prepare()?;
    let started = Instant::now();
    let mut verdicts: Vec<(&Bug, Verdict)> = Vec::new();
    for (nth, bug) in in_building_order(&chosen)?.into_iter().enumerate() {
        PROGRESS.say(&format!("{} of {}: {} …", nth + 1, chosen.len(), bug.name));
        let verdict = scratch.try_bug(bug, seeds).unwrap_or_else(|Failure(reason)| Verdict::Failed(reason));
        PROGRESS.say(&format!("  {}", told(&verdict)));
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
            missed.map(|(bug, verdict)| format!("\n  {}: {}", bug.name, told(verdict))).collect();
        return Err(Failure(format!(
            "some deliberate bugs are not caught:{missed}\nnext: what is not caught needs a property or a workload that \
             meets it; a patch that does not apply or compile is to be made anew for the code as it is now"
        )));
    }
    if names.is_empty() {
        let results = root().join(FOLDER).join(RESULTS);
        fs::write(&results, page(&table))
            .map_err(Error::io(format!("cannot write {}", results.display())))?;
        PROGRESS.say(&format!("The table is kept in {FOLDER}/{RESULTS}."));
    }
    Ok(())
}

/// The bugs of a folder, by name.
fn read(folder: &Path) -> Result<Vec<Bug>, Failure> {
    let entries = fs::read_dir(folder).map_err(Error::io(format!("cannot read {}", folder.display())))?;
    let mut bugs = Vec::new();
    for patch in entries.flatten().map(|entry| entry.path()) {
        if patch.extension().is_some_and(|extension| extension == "patch") {
            let text =
                fs::read_to_string(&patch).map_err(Error::io(format!("cannot read {}", patch.display())))?;
            let name = patch.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let header = Header::of(&text).ok_or_else(|| {
                Failure(format!("{name}.patch does not say what is wrong, and what should notice"))
            })?;
            let Header { what, invariant, property } = header;
            bugs.push(Bug { name, what, invariant, property, patch });
        }
    }
    bugs.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(bugs)
}

fn choose(all: &[Bug], names: &[String]) -> Result<Vec<Bug>, Failure> {
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|bug| bug.name == **name)) {
        let known: Vec<&str> = all.iter().map(|bug| bug.name.as_str()).collect();
        return Err(Failure(format!("there is no bug {unknown}; the bugs are\n  {}", known.join("\n  "))));
    }
    let is_chosen = |bug: &&Bug| names.is_empty() || names.contains(&bug.name);
    Ok(all.iter().filter(is_chosen).cloned().collect())
}

/// By what they patch: bugs of one crate one after another, so that the others need not be built again.
fn in_building_order(bugs: &[Bug]) -> Result<Vec<&Bug>, Failure> {
    let mut places = Vec::with_capacity(bugs.len());
    for bug in bugs {
        places.push((scratch::patched(&bug.patch)?, bug));
    }
    places.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(places.into_iter().map(|(_, bug)| bug).collect())
}

/// What stands at the head of a patch.
#[derive(Debug, PartialEq, Eq)]
struct Header {
    what: String,
    invariant: String,
    property: String,
}

impl Header {
    fn of(text: &str) -> Option<Self> {
        let head = text.split("diff --git").next()?;
        let of = |name: &str| {
            head.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
        };
        let what = head.lines().next().filter(|line| !line.is_empty())?.to_owned();
        Some(Self { what, invariant: of("Invariant:")?, property: of("Property:")? })
    }
}

fn told(verdict: &Verdict) -> String {
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
         Written by `cargo xtask simulate --bugs`, which builds the product with each of these patches and lives lives in it\n\
         until a property is violated. Seconds are those of living, without the building.\n\n{table}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_says_what_is_wrong_and_what_should_notice() {
        let text =
            "Nothing is kept.\n\nInvariant: I5\nProperty: kept\n\ndiff --git a/x b/x\nProperty: other\n";
        let header = Header::of(text).unwrap();
        assert_eq!((header.what.as_str(), header.invariant.as_str()), ("Nothing is kept.", "I5"));
        assert_eq!(header.property, "kept");
        assert_eq!(Header::of("\nInvariant: I5\nProperty: kept\n"), None);
        assert_eq!(Header::of("Nothing.\n\nInvariant: I5\n"), None);
    }

    #[test]
    fn the_bugs_of_the_repository_can_be_read_and_chosen() {
        let all = read(&root().join(FOLDER)).unwrap();
        assert!(all.len() >= 24);
        assert_eq!(choose(&all, &[]).unwrap().len(), all.len());
        assert_eq!(choose(&all, &[all[3].name.clone()]).unwrap(), [all[3].clone()]);
        assert!(choose(&all, &["no-such-bug".to_owned()]).is_err());
        assert_eq!(in_building_order(&all).unwrap().len(), all.len());
    }
}
