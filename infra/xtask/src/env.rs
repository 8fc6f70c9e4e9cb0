use clap::Args;
use local_stack::Stack;

use crate::Outcome;

/// Print the variables that a function needs to run by hand against the stack
#[derive(Args)]
#[command(after_help = "\
Example, the inner loop of one function (cargo-lambda lies in target/local-stack/venv/bin):
  cargo xtask env > target/local-stack/env
  cargo lambda watch --env-file target/local-stack/env
  cargo lambda invoke claims --data-file tests/events/claims-list.json")]
pub(crate) struct Env;

impl Env {
    pub(crate) fn run(self, port: u16) -> Outcome {
        for (name, value) in Stack::attach(port)?.env() {
            println!("{name}={value}");
        }
        Ok(())
    }
}
