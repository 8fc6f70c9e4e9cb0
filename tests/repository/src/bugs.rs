//! The deliberate bugs of the simulation, as far as it can be seen without building them: each still applies to the code
//! as it is, says what it breaks, and every invariant has some.

use std::collections::{BTreeMap, BTreeSet};

use deliberate_bugs::{Bug, read};

use crate::none;
use crate::tree::{names, root, text};

/// Where the bugs lie.
const FOLDER: &str = "tests/simulation/bugs";
/// How many bugs there are at least, and how many for each invariant.
const BUGS: usize = 24;
const FOR_EACH: usize = 2;

/// All bugs, of which there are enough: no test passes for want of them.
fn bugs() -> Vec<Bug> {
    let bugs = read(&root().join(FOLDER)).unwrap_or_else(|error| panic!("{error}"));
    assert!(bugs.len() >= BUGS, "there are {} deliberate bugs, and {BUGS} are promised", bugs.len());
    bugs
}

#[test]
fn every_deliberate_bug_applies_to_the_code_as_it_is() {
    let refused = bugs().into_iter().filter_map(|bug| bug.apply(&root()).err());
    none(
        refused.map(|error| error.to_string().replace('\n', "\n    ")),
        "The code has moved on: make the same bug in it. infra/bugs/src/lib.rs says how one is written.",
    );
}

#[test]
fn nothing_lies_among_the_deliberate_bugs_that_is_none() {
    let is_else = |name: &String| !name.ends_with(".bug") && name != "RESULTS.md";
    none(
        names(FOLDER).into_iter().filter(is_else),
        "It is never tried: infra/bugs/src/lib.rs says how a bug is written.",
    );
}

#[test]
fn a_deliberate_bug_is_one_of_the_product() {
    let elsewhere = bugs().into_iter().flat_map(|bug| {
        let product = |file: &&str| file.starts_with("shared/") || file.starts_with("functions/");
        let files = bug.files().into_iter().filter(|file| !product(file));
        files.map(|file| format!("{}: {file}", bug.name)).collect::<Vec<_>>()
    });
    none(elsewhere, "A bug in the simulation proves nothing: break what runs on AWS.");
}

#[test]
fn every_invariant_has_its_deliberate_bugs() {
    let mut counts: BTreeMap<String, usize> = (1..=9).map(|nth| (format!("I{nth}"), 0)).collect();
    for bug in bugs() {
        *counts.entry(bug.invariant).or_default() += 1;
    }
    let few = counts.iter().filter(|(invariant, count)| invariant.starts_with('I') && **count < FOR_EACH);
    none(few.map(|(invariant, count)| format!("{invariant}: {count}")), "Break it in another way as well.");
}

#[test]
fn every_deliberate_bug_is_in_the_table_of_what_caught_it() {
    let table = text(&format!("{FOLDER}/RESULTS.md"));
    // A row: the bug, what it breaks, what is wrong, the seed that caught it, the property that did not hold.
    let caught: BTreeSet<&str> = table
        .lines()
        .filter_map(|row| {
            let cells: Vec<&str> = row.split(" | ").collect();
            cells.get(3)?.parse::<u64>().ok()?;
            cells.first()?.strip_prefix("| ")
        })
        .collect();
    let missing = bugs().into_iter().map(|bug| bug.name).filter(|name| !caught.contains(name.as_str()));
    none(missing, "`cargo xtask simulate --bugs` writes the table anew.");
}
