//! `cargo xtask parked`, `cargo xtask resend`, `cargo xtask erase` and `cargo xtask client`: a program of its own, because it needs the SDK, and no other
//! command should have to wait until that is built.

use std::process::Command;

use clap::Args;
use local_stack::{cargo, root, target};

use crate::{Failure, Outcome};

/// The program's arguments.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Operate {
    /// See --help
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Operate {
    pub(crate) fn run(self, command: &str, port: u16) -> Outcome {
        // The whole workspace decides the features, so that nothing is built twice.
        let built =
            cargo(&["build", "--quiet", "--workspace", "--bin", "operator"]).current_dir(root()).status();
        let done = built.and_then(|built| match built.success() {
            true => Command::new(target().join("debug/operator"))
                .args([command, "--port", &port.to_string()])
                .args(self.arguments)
                .status(),
            false => Ok(built),
        });
        match done {
            Ok(done) if done.success() => Ok(()),
            // It has said why.
            Ok(done) => std::process::exit(done.code().unwrap_or(1)),
            Err(error) => Err(Failure(format!("cannot start the command: {error}"))),
        }
    }
}
