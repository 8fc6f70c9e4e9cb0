//! `cargo xtask check`: what is worth knowing before a commit, as soon as it can be known.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::Instant;

use clap::Args;
use local_stack::{Error, cargo, root};
use serde_json::Value;

use crate::test::{Count, Part, Step};
use crate::{Failure, Outcome};

/// Check what a commit needs: format, lints and unit tests of the crates that changed, repository checks
#[derive(Args)]
#[command(after_help = "\
What runs, each only if the one before holds:
  format      cargo fmt, for the whole workspace
  lints       clippy, for the crates that changed since the last commit
  tests       the unit tests of those crates, the contract's, and tests/repository, which compares what the repository
              says in more than one place
What does not: lints and tests of crates that only use what changed, tests in a crate's own folder tests/, the simulation, and
everything on the local stack. The first run builds; later ones take as long as your change needs.

Examples:
  cargo xtask check               before a commit
  cargo xtask check --since main  before a pull request: crates that changed on this branch
  cargo xtask test --only lint,unit
                                  all lints, unit and property tests, which take some minutes
  cargo xtask test                everything, as .ci/run does it
The whole output of a part is in target/local-stack/test-<part>.log.")]
pub(crate) struct Check {
    /// The commit since which crates count as changed; what is not committed counts as well
    #[arg(long, default_value = "HEAD", value_name = "COMMIT")]
    since: String,
}

/// Crates whose tests are always run: they look at all others.
const ALWAYS: [&str; 2] = ["repository", "contract"];
/// The crates without which the packages of others would have fewer features than in the whole workspace, and so be built
/// once more: [`ALWAYS`] has the other ones. None of their tests is run for that.
const FEATURES: [&str; 1] = ["bench"];
/// Crates whose unit tests are in their binary, since they have no library.
const BINARIES: [&str; 2] = ["bench", "xtask"];
/// Crates whose unit tests alone take longer than everything else.
const SLOW: [&str; 2] = ["simulation", "fuzzing"];

impl Check {
    pub(crate) fn run(self) -> Outcome {
        let started = Instant::now();
        let crates = crates()?;
        let changed = changed(&crates, &files(&self.since)?);
        let tested: Vec<&str> = changed.iter().copied().filter(|name| !SLOW.contains(name)).collect();
        let mut count = Count::default();
        Step::Format.run(&mut count)?;
        if !changed.is_empty() {
            lints(&changed).run(&mut count)?;
        }
        unit_tests(&tested).run(&mut count)?;
        println!("format, lints and these tests hold, in {:.0} s", started.elapsed().as_secs_f32());
        count.tell();
        let unit = if changed.is_empty() {
            "no crate has changed, so only the contract and the repository were tested".to_owned()
        } else {
            format!(
                "`cargo xtask test --only unit` has the tests of what uses {}, and `--only lint` its lints",
                changed.join(", ")
            )
        };
        println!("next: commit; {unit}; `cargo xtask test` before you push");
        Ok(())
    }
}

/// The lints of these crates, with all their targets.
fn lints(crates: &[&str]) -> Part {
    let mut clippy = cargo(&["clippy", "--all-targets"]);
    for name in crates.iter().copied().chain(ALWAYS).chain(FEATURES).collect::<BTreeSet<&str>>() {
        clippy.args(["--package", name]);
    }
    clippy.args(["--", "--deny", "warnings"]);
    Part {
        name: "check-lint".to_owned(),
        title: format!("Linting {}", crates.join(", ")),
        commands: vec![clippy],
        next: "fix what is named above, then run `cargo xtask check` again".to_owned(),
    }
}

/// The unit tests of these crates, and the checks that look at the whole repository.
fn unit_tests(crates: &[&str]) -> Part {
    let tested: BTreeSet<&str> = crates.iter().copied().chain(ALWAYS).collect();
    let mut test = cargo(&["test", "--lib", "--no-fail-fast"]);
    for name in tested.iter().copied().chain(FEATURES) {
        test.args(["--package", name]);
    }
    for name in tested.intersection(&BINARIES.into()) {
        test.args(["--bin", name]);
    }
    let named =
        if crates.is_empty() { String::new() } else { format!("unit tests of {}, and ", crates.join(", ")) };
    Part {
        name: "check".to_owned(),
        title: format!("Running {named}the repository's checks"),
        commands: vec![test],
        next: "fix what is named above, then run `cargo xtask check` again".to_owned(),
    }
}

/// The crates of the workspace, by their folders below the root.
fn crates() -> Result<BTreeMap<String, String>, Failure> {
    let output = said(cargo(&["metadata", "--no-deps", "--format-version", "1", "--offline"]))?;
    let metadata: Value = serde_json::from_str(&output).map_err(Error::from)?;
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let folders = packages.filter_map(|package| {
        let folder = package["manifest_path"].as_str()?.strip_suffix("Cargo.toml")?.strip_prefix(root)?;
        Some((folder.trim_start_matches('/').to_owned(), package["name"].as_str()?.to_owned()))
    });
    Ok(folders.collect())
}

/// The files that differ from a commit, by their paths from the root.
fn files(since: &str) -> Result<Vec<String>, Failure> {
    let git = |words: &[&str]| {
        let mut git = Command::new("git");
        git.args(words);
        said(git)
    };
    let differing = git(&["diff", "--name-only", "--merge-base", since])?;
    let new = git(&["ls-files", "--others", "--exclude-standard"])?;
    Ok(differing.lines().chain(new.lines()).map(str::to_owned).collect())
}

/// The crates that these files belong to, each to the one with the innermost folder.
fn changed<'a>(crates: &'a BTreeMap<String, String>, files: &[String]) -> Vec<&'a str> {
    let of = |file: &String| {
        let around = crates.iter().filter(|(folder, _)| file.starts_with(folder.as_str()));
        around.max_by_key(|(folder, _)| folder.len()).map(|(_, name)| name.as_str())
    };
    files.iter().filter_map(of).collect::<BTreeSet<&str>>().into_iter().collect()
}

/// What a command prints, if it succeeds.
fn said(mut command: Command) -> Result<String, Failure> {
    let output = command.current_dir(root()).output();
    let output = output.map_err(|error| Failure(format!("cannot run {}: {error}", name_of(&command))))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Failure(format!("{} failed: {why}", name_of(&command))));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn name_of(command: &Command) -> String {
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    let program = std::path::Path::new(command.get_program()).file_name().unwrap_or_default();
    std::iter::once(program.to_string_lossy().into_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_belongs_to_the_crate_with_the_innermost_folder() {
        let crates: BTreeMap<String, String> = [
            ("shared/http/", "claim-http"),
            ("tests/bench/", "bench"),
            ("tests/bench/inside/", "bench-inside"),
        ]
        .map(|(folder, name)| (folder.to_owned(), name.to_owned()))
        .into();
        let files =
            ["tests/bench/inside/src/cases.rs", "shared/http/src/app.rs", "README.md", "shared/http2/a.rs"];
        assert_eq!(changed(&crates, &files.map(str::to_owned)), ["bench-inside", "claim-http"]);
        assert_eq!(changed(&crates, &["tests/bench/src/main.rs".to_owned()]), ["bench"]);
    }

    #[test]
    fn every_crate_that_check_names_exists() {
        let crates = crates().ok().unwrap();
        for name in ALWAYS.iter().chain(&FEATURES).chain(&BINARIES).chain(&SLOW) {
            assert!(
                crates.values().any(|known| known == name),
                "{name} is no crate of the workspace any more"
            );
        }
    }

    #[test]
    fn the_tests_of_what_changed_come_with_those_of_the_whole_repository() {
        let part = unit_tests(&["claim-http"]);
        let words: Vec<_> = part.commands[0].get_args().filter_map(|word| word.to_str()).collect();
        for name in ["claim-http", "repository", "contract", "bench"] {
            assert!(words.windows(2).any(|pair| pair == ["--package", name]), "{words:?}");
        }
        assert!(part.title.contains("claim-http"), "{}", part.title);
    }
}
