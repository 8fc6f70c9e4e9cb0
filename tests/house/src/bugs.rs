//! The deliberate bugs of the simulation, as far as it can be seen without building them: each still applies to the code
//! as it is, says what it breaks, and every invariant has some.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::none;
use crate::tree::{files, root, text};

/// Where the patches lie.
const FOLDER: &str = "tests/simulation/bugs/";
/// How many bugs there are at least, and how many for each invariant.
const BUGS: usize = 24;
const FOR_EACH: usize = 2;

fn patches() -> Vec<String> {
    files().into_iter().filter(|file| file.starts_with(FOLDER) && file.ends_with(".patch")).collect()
}

#[test]
fn every_deliberate_bug_applies_to_the_code_as_it_is() {
    let is_refused = |patch: &String| {
        let git = Command::new("git").args(["apply", "--check", patch]).current_dir(root()).output().ok()?;
        let reason = String::from_utf8_lossy(&git.stderr).trim().replace('\n', "\n    ");
        (!git.status.success()).then(|| format!("{patch}\n    {reason}"))
    };
    none(
        patches().iter().filter_map(is_refused),
        "The code has moved on: make the same bug in it, and put `git diff` below the head of the patch.",
    );
}

#[test]
fn a_deliberate_bug_is_one_of_the_product() {
    let elsewhere = patches().into_iter().flat_map(|patch| {
        let text = text(&patch);
        let files = text.lines().filter_map(|line| line.strip_prefix("+++ b/"));
        let product = |file: &&str| file.starts_with("shared/") || file.starts_with("functions/");
        files.filter(|file| !product(file)).map(|file| format!("{patch}: {file}")).collect::<Vec<_>>()
    });
    none(elsewhere, "A bug in the simulation proves nothing: patch what runs on AWS.");
}

#[test]
fn every_invariant_has_its_deliberate_bugs() {
    let mut bugs: BTreeMap<String, usize> = (1..=9).map(|nth| (format!("I{nth}"), 0)).collect();
    let patches = patches();
    for patch in &patches {
        let text = text(patch);
        let broken = text.lines().find_map(|line| line.strip_prefix("Invariant: ")).unwrap_or_default();
        *bugs.entry(broken.to_owned()).or_default() += 1;
    }
    assert!(patches.len() >= BUGS, "there are {} deliberate bugs, and {BUGS} are promised", patches.len());
    let few = bugs.iter().filter(|(invariant, count)| invariant.starts_with('I') && **count < FOR_EACH);
    none(few.map(|(invariant, count)| format!("{invariant}: {count}")), "Break it in another way as well.");
}

#[test]
fn every_deliberate_bug_is_in_the_table_of_what_caught_it() {
    let table = text("tests/simulation/bugs/RESULTS.md");
    // A row: the bug, what it breaks, what is wrong, the seed that caught it, the property that did not hold.
    let caught: BTreeSet<&str> = table
        .lines()
        .filter_map(|row| {
            let cells: Vec<&str> = row.split(" | ").collect();
            cells.get(3)?.parse::<u64>().ok()?;
            cells.first()?.strip_prefix("| ")
        })
        .collect();
    let is_missing =
        |patch: &String| !caught.contains(patch.trim_start_matches(FOLDER).trim_end_matches(".patch"));
    none(patches().into_iter().filter(is_missing), "`cargo xtask simulate --bugs` writes the table anew.");
}
