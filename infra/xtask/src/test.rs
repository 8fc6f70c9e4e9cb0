//! `cargo xtask test`: everything that must hold before a change lands.

use std::{fs, process::Command, time::Instant};

use clap::{Args, ValueEnum};
use local_stack::{Error, cargo, install, root, run, tail, target, tool};

use crate::simulate::lives;
use crate::{Failure, Outcome, PROGRESS};

/// Check everything: format, lints, unit and property tests, simulation, documentation, template, end to end, in a browser
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask test                       all steps, stopping at the first that fails
  cargo xtask test --only unit           one step
  cargo xtask test --only lint,unit,docs some of them
The whole output of a step is in target/local-stack/test-<step>.log.")]
pub(crate) struct Test {
    /// Only these steps, separated by commas
    #[arg(long, value_delimiter = ',')]
    only: Vec<Step>,
}

/// The port of the stack with faults, so that it does not disturb a developer's own stack or the suite's.
const FAULTS_PORT: &str = "4598";
/// The port of the stack whose functions are invoked with every event.
const EVENTS_PORT: &str = "4594";
/// The port of the stack that programs of others use.
const CONTRACT_PORT: &str = "4595";

/// Each kind of scenario once, with every kind of fault. Most of the time is spent waiting, above all for held calls:
/// so there are many clients, and few held calls.
const FAULTS: [&str; 6] = ["--claims", "17", "--clients", "16", "--hold", "0.1"];

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// cargo fmt
    Format,
    /// clippy with the workspace's lints
    Lint,
    /// unit and property tests
    Unit,
    /// ten thousand simulated lives in virtual time
    Simulation,
    /// rustdoc without warnings
    Docs,
    /// sam validate and cfn-lint
    Template,
    /// the end-to-end suite on the local stack
    E2e,
    /// every function with each event of tests/events, on the local stack
    Events,
    /// the pages in a real browser, on the local stack
    Browser,
    /// the API as its contract says: two generated clients and schemathesis, on the local stack
    Contract,
    /// a claim of each kind of scenario, with faults, and the consistency check
    Faults,
}

/// Tests counted so far.
#[derive(Default)]
pub(crate) struct Count {
    passed: u64,
    failed: u64,
}

/// Commands that must succeed, and what to do if one does not.
pub(crate) struct Part {
    /// The last part of its log's name.
    pub(crate) name: String,
    /// What is being done.
    pub(crate) title: String,
    pub(crate) commands: Vec<Command>,
    /// What to do about a failure.
    pub(crate) next: String,
}

impl Test {
    pub(crate) fn run(self) -> Outcome {
        let started = Instant::now();
        let mut count = Count::default();
        for step in Step::value_variants() {
            if self.only.is_empty() || self.only.contains(step) {
                step.run(&mut count)?;
            }
        }
        println!("all checks hold, in {:.0} s", started.elapsed().as_secs_f32());
        count.tell();
        Ok(())
    }
}

impl Count {
    /// Prints how many tests there were, if there were any.
    pub(crate) fn tell(&self) {
        if self.passed > 0 {
            println!("{} passed, {} failed", self.passed, self.failed);
        }
    }
}

impl Part {
    /// Runs the commands one after the other, counts their tests, and prints the figures among their output.
    pub(crate) fn run(self, count: &mut Count) -> Outcome {
        let Self { name, title, mut commands, next } = self;
        let log = target().join("local-stack").join(format!("test-{name}.log"));
        let result = PROGRESS.step(&title, || {
            commands.iter_mut().try_for_each(|command| run(command.current_dir(root()), &log))
        });
        let output = fs::read_to_string(&log).unwrap_or_default();
        let seen = counted(&output);
        let rows = ["claims ", "faults ", "lost ", "doubled ", "stuck ", "requests ", "found "];
        for line in output.lines().filter(|line| rows.iter().any(|name| line.starts_with(name))) {
            PROGRESS.say(&format!("  {line}"));
        }
        count.passed += seen.passed;
        count.failed += seen.failed;
        if seen.passed + seen.failed > 0 {
            PROGRESS.say(&format!("  {} passed, {} failed", seen.passed, seen.failed));
        }
        result.map_err(|error| explain(&error, &output, &next))
    }
}

/// What failed, with the end of its output, and what to do next.
fn explain(error: &Error, output: &str, next: &str) -> Failure {
    let failed: String = output
        .lines()
        .filter(|line| line.starts_with("test ") && line.ends_with("FAILED"))
        .map(|line| format!("\n  {line}"))
        .collect();
    let reason = match error {
        Error::Tool { tool, log, .. } => {
            format!("{tool} failed; the whole output is in {}\n{}{failed}", log.display(), tail(log, 120))
        }
        other => other.chain(),
    };
    Failure(format!("{reason}\nnext: {next}"))
}

impl Step {
    pub(crate) fn run(self, count: &mut Count) -> Outcome {
        if matches!(self, Self::Template | Self::E2e | Self::Browser | Self::Faults) {
            install(&PROGRESS)?;
        }
        let (name, title) = (self.name(), self.title().to_owned());
        Part { name, title, commands: self.commands(), next: self.next() }.run(count)
    }

    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn title(self) -> &'static str {
        match self {
            Self::Format => "Checking the format",
            Self::Lint => "Linting",
            Self::Unit => "Running unit and property tests",
            Self::Simulation => "Running ten thousand simulated lives",
            Self::Docs => "Building the documentation",
            Self::Template => "Checking template.yaml",
            Self::E2e => "Running the end-to-end suite on the local stack",
            Self::Events => "Invoking every function with its events on the local stack",
            Self::Browser => "Running the tests in the browser on the local stack",
            Self::Contract => "Having programs of others use the API on the local stack",
            Self::Faults => "Running scenarios with faults on the local stack",
        }
    }

    fn commands(self) -> Vec<Command> {
        match self {
            Self::Format => vec![cargo(&["fmt", "--all", "--check"])],
            Self::Lint => {
                let lint = |targets: &[&str]| {
                    cargo(&[&["clippy", "--workspace"], targets, &["--", "--deny", "warnings"]].concat())
                };
                // The suites that need the local stack are not among all targets.
                vec![lint(&["--all-targets"]), lint(&["--test", "suite", "--test", "browser"])]
            }
            Self::Unit => vec![cargo(&["test", "--workspace", "--no-fail-fast"])],
            Self::Simulation => {
                let mut lives = lives();
                lives.args(["--seeds", "10000"]);
                vec![lives]
            }
            Self::Docs => {
                let mut doc = cargo(&["doc", "--workspace", "--no-deps"]);
                doc.env("RUSTDOCFLAGS", "--deny warnings");
                vec![doc]
            }
            Self::Template => {
                let mut validate = Command::new(tool("sam"));
                validate.args([
                    "validate",
                    "--lint",
                    "--template-file",
                    "template.yaml",
                    "--region",
                    "us-east-1",
                ]);
                validate.env("SAM_CLI_TELEMETRY", "0");
                let mut lint = Command::new(tool("cfn-lint"));
                lint.args(["--regions", "us-east-1", "--", "template.yaml", "infra/edge.yaml"]);
                vec![validate, lint]
            }
            // The whole workspace again, so that its features and thus its build stay the same.
            Self::E2e => vec![cargo(&["test", "--workspace", "--test", "suite"])],
            Self::Events => [&["up", "--fresh"][..], &["invoke", "--all"], &["down"]]
                .map(|words| cargo(&[&["xtask"], words, &["--port", EVENTS_PORT]].concat()))
                .into(),
            Self::Browser => vec![cargo(&["test", "--workspace", "--test", "browser"])],
            Self::Contract => {
                let mut conform = cargo(&["xtask", "conform"]);
                conform.args(["--port", CONTRACT_PORT]);
                vec![conform]
            }
            // Through cargo, because building the workspace may have replaced this xtask by another one.
            Self::Faults => {
                let mut faults = cargo(&["xtask", "faults"]);
                faults.args(FAULTS).args(["--port", FAULTS_PORT]);
                vec![faults]
            }
        }
    }

    /// What to do when it fails.
    fn next(self) -> String {
        match self {
            Self::Format => "run `cargo fmt --all`".to_owned(),
            Self::Lint | Self::Docs | Self::Template => {
                format!("fix what is named above, then run `cargo xtask test --only {}`", self.name())
            }
            Self::Unit => "run the failed test alone with `cargo test --package <crate> <name>`".to_owned(),
            Self::Simulation => {
                "run the failed life again with the command at the end of its history".to_owned()
            }
            Self::E2e => "run the failed test alone with `cargo test --workspace --test suite -- <name>`; \
                          `cargo xtask logs` shows what the functions wrote"
                .to_owned(),
            Self::Events => {
                format!("repeat one with `cargo xtask invoke <function> <event> --port {EVENTS_PORT}`")
            }
            Self::Browser => "look at the picture that is named above, and run the failed test alone with \
                              `cargo test --workspace --test browser -- <name>`"
                .to_owned(),
            Self::Contract => {
                "fix what is named above, then run `cargo xtask test --only contract`".to_owned()
            }
            Self::Faults => {
                format!(
                    "repeat with `cargo xtask faults {} --keep`, and read what it says about the claims",
                    FAULTS.join(" ")
                )
            }
        }
    }
}

/// Adds up cargo's `test result:` lines.
fn counted(log: &str) -> Count {
    let number = |line: &str, what: &str| -> u64 {
        let words: Vec<&str> = line.split([' ', ';']).filter(|word| !word.is_empty()).collect();
        words.windows(2).find(|pair| pair[1] == what).and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
    };
    log.lines().filter(|line| line.starts_with("test result:")).fold(Count::default(), |count, line| Count {
        passed: count.passed + number(line, "passed"),
        failed: count.failed + number(line, "failed"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_results_add_up() {
        let log = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored\n\
                   test result: FAILED. 40 passed; 1 failed; 0 ignored; 0 measured; finished in 0.1s\n";
        let count = counted(log);
        assert_eq!((count.passed, count.failed), (42, 1));
    }
}
