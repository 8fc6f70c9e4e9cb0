use clap::Args;
use local_stack::Stack;

use crate::Outcome;

/// Print the variables that a function needs to run by hand against the stack
#[derive(Args)]
#[command(after_help = "\
To run one function again and again, use the file with the same variables that `cargo xtask up` writes:
  export PATH=\"$PWD/target/local-stack/venv/bin:$PATH\"        where cargo-lambda was installed
  cargo lambda watch --env-file target/local-stack/4566/env
  cargo xtask invoke claims --print > target/event.json                an event about somebody who exists
  cargo lambda invoke claims --data-file target/event.json")]
pub(crate) struct Env;

impl Env {
    pub(crate) fn run(self, port: u16) -> Outcome {
        for (name, value) in Stack::attach(port)?.env() {
            println!("{name}={value}");
        }
        Ok(())
    }
}
