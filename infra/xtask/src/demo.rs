//! `cargo xtask demo`: plays thirteen claims, and prints each step as it happens.

use std::time::Instant;

use clap::Args;
use e2e::{Environment, SCENARIOS, Step, run_scenarios};
use local_stack::{Plan, Stack};

use crate::{Failure, Outcome, PROGRESS};

/// Play thirteen claims from their creation to their end, over the real periods, and print each step
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask demo              all thirteen claims, on a fresh stack
  cargo xtask demo --claim 4    one claim (9 depends on 1, so both are played)
  cargo xtask demo --keep       leave the stack up afterwards, to look around
The exit code is 0 only if every claim ended as expected.")]
pub(crate) struct Demo {
    /// Play only this claim, 1 to 13; may be given several times
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=13))]
    claim: Vec<u8>,
    /// Leave the stack up afterwards
    #[arg(long)]
    keep: bool,
}

impl Demo {
    pub(crate) fn run(self, port: u16) -> Outcome {
        let stack = Stack::up(&Plan { port, fresh: true, ..Plan::default() }, &PROGRESS)?;
        let outcome = self.play(stack);
        if self.keep {
            println!(
                "\nThe stack is still up: `cargo xtask up` says how to use it, `cargo xtask down` stops it."
            );
        } else {
            Stack::down(port)?;
        }
        outcome
    }

    fn play(&self, stack: Stack) -> Outcome {
        let started = Instant::now();
        let wanted: Vec<u8> = match self.claim.as_slice() {
            [] => SCENARIOS.iter().map(|scenario| scenario.number).collect(),
            some => some.to_vec(),
        };
        let monday = Environment::next_monday(stack.now());
        let environment = Environment::new(stack, monday, tell);
        println!("\nDay 0 is {}. All times are UTC.\n", monday.format("%A %-d %B %Y"));
        let endings = run_scenarios(&environment, &wanted);

        println!("\nThe emails\n");
        for email in environment.stack.mails()? {
            println!(
                "  {}  {:38} {}",
                email.sent_at.format("%a %d %b %H:%M"),
                email.to.join(", "),
                email.subject
            );
        }
        println!("\nWhat incentive assessment received\n");
        for entry in environment.ledger() {
            println!("{}\n", indent(&entry));
        }
        println!("How the claims ended\n");
        let mut wrong = environment.refused();
        for (scenario, ending) in endings {
            let verdict = if ending.is_ok() { "as expected" } else { "NOT AS EXPECTED" };
            println!("  {:>2}  {:32} {verdict}: {}", scenario.number, scenario.name, scenario.ends);
            if let Err(failed) = ending {
                println!("      {failed}");
                wrong.push(format!("claim {}", scenario.number));
            }
        }
        let days = (environment.stack.now() - monday).num_days();
        println!("\n{days} days in {} s.", started.elapsed().as_secs());
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Failure(format!(
            "not as expected: {}\nnext: `cargo xtask demo --claim <n> --keep`, then `cargo xtask logs`",
            wrong.join("; ")
        )))
    }
}

/// Prints one step: when, which claim, who, what; then the claim's status and clocks.
fn tell(step: &Step) {
    let scenario = match step.scenario {
        0 => "  ".to_owned(),
        scenario => format!("{scenario:>2}"),
    };
    println!("{}  {scenario}  {} {}", step.at.format("%a %d %b %H:%M"), step.who, step.what);
    let standing = [step.status.as_str(), step.clocks.as_str()];
    let standing: Vec<&str> = standing.into_iter().filter(|part| !part.is_empty()).collect();
    if !standing.is_empty() {
        println!("                      → {}", standing.join(" · "));
    }
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
