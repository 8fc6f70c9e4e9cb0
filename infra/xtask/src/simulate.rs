//! `cargo xtask simulate`: many lives of claims in virtual time, over simulated services at their worst.

use std::process::Command;

use clap::Args;
use local_stack::{cargo, root};

use crate::{Failure, Outcome, bugs};

/// Run many lives in virtual time, over simulated services at their worst, and say whether every promise was kept
#[derive(Args)]
#[command(after_help = "\
The functions are the product's own. What surrounds them is simulated: table, stream, timers, queue, email, files, clocks
that differ, functions that are killed. The seed of a life decides everything in it, so that any life can be run again.

Examples:
  cargo xtask simulate                       10,000 lives, after the kept ones
  cargo xtask simulate --seeds 100000        more
  cargo xtask simulate --seed 198            one life, printed line by line
  cargo xtask simulate --bugs                break the product on purpose, one bug after another; each must be caught
  cargo xtask simulate --bug lease-ignored   with this bug only
A failing seed prints its shortest history and the command that runs it again; keep the seed in tests/simulation/seeds.txt.
A deliberate bug is a file in tests/simulation/bugs that says which code of an item is replaced by what. Each is built in a
copy of the tree below target/, and lives are run until one violates a property; a bug that no life notices fails the run.
The results are written to tests/simulation/bugs/RESULTS.md.")]
pub(crate) struct Simulate {
    /// How many seeds
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Only this seed, printed from its beginning to its end
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Only this many of its steps
    #[arg(long, requires = "seed")]
    steps: Option<u32>,
    /// Without these of its steps, by number
    #[arg(long, requires = "seed", value_delimiter = ',')]
    skip: Vec<u32>,
    /// Without these kinds of fault
    #[arg(long, value_delimiter = ',')]
    without: Vec<String>,
    /// Try every deliberate bug instead, each until a life notices it or --seeds lives are over
    #[arg(long, conflicts_with_all = ["from", "seed", "without"])]
    bugs: bool,
    /// Try this deliberate bug; may be given several times
    #[arg(long, value_name = "NAME", conflicts_with_all = ["from", "seed", "without", "bugs"])]
    bug: Vec<String>,
}

impl Simulate {
    pub(crate) fn run(self) -> Outcome {
        if self.bugs || !self.bug.is_empty() {
            return bugs::run(&self.bug, self.seeds);
        }
        let mut lives = lives();
        match self.seed {
            Some(seed) => lives.arg(format!("--seed={seed}")),
            None => lives.args([format!("--seeds={}", self.seeds), format!("--from={}", self.from)]),
        };
        lives.args(self.steps.map(|steps| format!("--steps={steps}")));
        if !self.skip.is_empty() {
            let skip: Vec<_> = self.skip.iter().map(u32::to_string).collect();
            lives.arg(format!("--skip={}", skip.join(",")));
        }
        if !self.without.is_empty() {
            lives.arg(format!("--without={}", self.without.join(",")));
        }
        match lives.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(Failure("a promise was broken, see above".to_owned())),
            Err(error) => Err(Failure(format!("cannot start the simulation: {error}"))),
        }
    }
}

/// The simulation, to be given its arguments. The whole workspace is built, so that its features and thus its build
/// stay the same.
pub(crate) fn lives() -> Command {
    let mut command = cargo(&["test", "--quiet", "--workspace", "--test", "lives", "--"]);
    command.current_dir(root());
    command
}
