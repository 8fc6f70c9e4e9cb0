//! The deliberate bugs of the simulation, checked without building them: each still applies to the code as it is and
//! says what it breaks, and every invariant has some.

use std::collections::{BTreeMap, BTreeSet};

use claim_domain::rule::Rule;
use deliberate_bugs::{Bug, read};

use crate::none;
use crate::tree::{names, root, text};

/// Where the bugs are.
const FOLDER: &str = "tests/simulation/bugs";
/// The least number of bugs, in all and for each invariant.
const BUGS: usize = 24;
const FOR_EACH: usize = 2;

/// All bugs. Fails if there are too few, so that no test passes because there are none.
fn bugs() -> Vec<Bug> {
    let bugs = read(&root().join(FOLDER)).unwrap_or_else(|error| panic!("{error}"));
    assert!(bugs.len() >= BUGS, "there are {} deliberate bugs, but there must be {BUGS}", bugs.len());
    bugs
}

#[test]
fn every_deliberate_bug_applies_to_the_code_as_it_is() {
    let refused = bugs().into_iter().filter_map(|bug| {
        let error = bug.apply(&root()).err()?.to_string().replace('\n', "\n    ");
        Some(format!("{error}\n  It is about {}: {}", bug.invariant, bug.what))
    });
    none(
        refused,
        "The code that a bug is put into has changed, and the change may be wrong: this check cannot tell, and stands for no \
         test. First find the test that fails by its own words when the code does what the bug says, and write it if there \
         is none. Only when it passes with the new code, write the same bug for that code, as infra/bugs/src/lib.rs says.",
    );
}

#[test]
fn only_deliberate_bugs_are_in_their_folder() {
    let is_else = |name: &String| !name.ends_with(".bug") && name != "RESULTS.md";
    none(
        names(FOLDER).into_iter().filter(is_else),
        "It is never tried: infra/bugs/src/lib.rs says how a bug is written.",
    );
}

#[test]
fn a_deliberate_bug_breaks_only_the_product() {
    let elsewhere = bugs().into_iter().flat_map(|bug| {
        let product = |file: &&str| file.starts_with("shared/") || file.starts_with("functions/");
        let files = bug.files().into_iter().filter(|file| !product(file));
        files.map(|file| format!("{}: {file}", bug.name)).collect::<Vec<_>>()
    });
    none(elsewhere, "A bug in the simulation proves nothing: break code that runs on AWS.");
}

#[test]
fn every_invariant_has_its_deliberate_bugs() {
    let invariants = Rule::ALL.iter().filter(|rule| rule.is_in_force() && rule.number().starts_with('I'));
    let mut counts: BTreeMap<String, usize> = invariants.map(|rule| (rule.to_string(), 0)).collect();
    for bug in bugs() {
        *counts.entry(bug.invariant).or_default() += 1;
    }
    let few = counts.iter().filter(|(invariant, count)| invariant.starts_with('I') && **count < FOR_EACH);
    none(
        few.map(|(invariant, count)| format!("{invariant}: {count}")),
        "Add a bug that breaks the invariant in another way.",
    );
}

#[test]
fn every_deliberate_bug_is_in_the_table_of_results() {
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
    none(missing, "`cargo xtask simulate --bugs` writes a new table.");
}
