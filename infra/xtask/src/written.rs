//! Programs of the workspace that write down what follows from the code.

use std::process::Command;

use local_stack::{Error, cargo, root, target};

use crate::{Failure, Outcome, PROGRESS};

/// Builds a binary of the workspace and runs it with these arguments, as one step of a command.
pub(crate) fn by(binary: &str, arguments: &[&str], step: &str) -> Outcome {
    let status = PROGRESS.step(step, || {
        // The whole workspace decides the features, so that nothing is built twice.
        let mut build = cargo(&["build", "--quiet", "--workspace", "--bin", binary]);
        let built = build.current_dir(root()).status().map_err(Error::io("cannot start cargo"))?;
        if !built.success() {
            return Ok(built);
        }
        let mut program = Command::new(target().join("debug").join(binary));
        program.args(arguments).status().map_err(Error::io(format!("cannot start {binary}")))
    })?;
    match status.success() {
        true => Ok(()),
        false => Err(Failure("nothing was written, see above".to_owned())),
    }
}
