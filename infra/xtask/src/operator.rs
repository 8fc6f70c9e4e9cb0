//! `cargo xtask parked` and `cargo xtask resend`: a program of its own, since it is made with the SDK, which nothing else
//! here has to wait for.

use std::process::Command;

use clap::Args;
use local_stack::{cargo, root, target};

use crate::{Failure, Outcome};

/// What the program is told.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Operate {
    /// See --help
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

impl Operate {
    pub(crate) fn run(self, command: &str, port: u16) -> Outcome {
        // The whole workspace decides the features, so that nothing is built twice.
        let built =
            cargo(&["build", "--quiet", "--workspace", "--bin", "operator"]).current_dir(root()).status();
        let done = built.and_then(|built| match built.success() {
            true => Command::new(target().join("debug/operator"))
                .args([command, "--port", &port.to_string()])
                .args(self.words)
                .status(),
            false => Ok(built),
        });
        match done {
            Ok(done) if done.success() => Ok(()),
            // It has told why.
            Ok(done) => std::process::exit(done.code().unwrap_or(1)),
            Err(error) => Err(Failure(format!("the command was not started: {error}"))),
        }
    }
}
