//! `cargo xtask simulate`: many lives of claims in virtual time, over simulated services at their worst.

use std::process::Command;

use clap::Args;
use local_stack::{cargo, root};

use crate::{Failure, Outcome, bugs};

/// Live many lives in virtual time, over simulated services at their worst, and say whether every promise was kept
#[derive(Args)]
#[command(after_help = "\
The functions are the product's own. What is simulated is what lies around them: table, stream, timers, queue, mail, files,
clocks that differ, functions that are killed. One seed decides everything, so that a life can be lived again.

Examples:
  cargo xtask simulate                       10,000 lives, after the kept ones
  cargo xtask simulate --seeds 100000        more
  cargo xtask simulate --seed 198            one life, told line by line
  cargo xtask simulate --bugs                break the product on purpose, in every way kept, and see each way noticed
  cargo xtask simulate --bug lease-ignored   in one way
A failing seed prints its shortest history and the command that lives it again; keep it in tests/simulation/seeds.txt.
A deliberate bug is a file in tests/simulation/bugs that says which code of an item is replaced by what. Each is built in a
copy of the tree below target/, and lives are lived until one violates a property; what no life notices fails the run. The
table is kept in tests/simulation/bugs/RESULTS.md.")]
pub(crate) struct Simulate {
    /// How many seeds
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// This seed alone, told from its beginning to its end
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Only so many steps of it
    #[arg(long, requires = "seed")]
    steps: Option<u32>,
    /// Without these of its steps, by number
    #[arg(long, requires = "seed", value_delimiter = ',')]
    skip: Vec<u32>,
    /// Without these kinds of fault
    #[arg(long, value_delimiter = ',')]
    without: Vec<String>,
    /// Every deliberate bug instead, each until a life notices it or --seeds are lived
    #[arg(long, conflicts_with_all = ["from", "seed", "without"])]
    bugs: bool,
    /// This deliberate bug; may be given several times
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
            Ok(_) => Err(Failure("a promise was broken, as told above".to_owned())),
            Err(error) => Err(Failure(format!("the simulation was not started: {error}"))),
        }
    }
}

/// The simulation, ready for its arguments. The whole workspace is built, so that its features and thus its build stay
/// the same.
pub(crate) fn lives() -> Command {
    let mut command = cargo(&["test", "--quiet", "--workspace", "--test", "lives", "--"]);
    command.current_dir(root());
    command
}
