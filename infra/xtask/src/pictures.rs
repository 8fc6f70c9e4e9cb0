//! `cargo xtask pictures`: what the pages look like, for the documentation.

use std::process::Command;

use clap::Args;
use local_stack::{Error, cargo, root, run, target};

use crate::{Failure, Outcome, PROGRESS};

/// Take the pictures of the pages for the documentation: each at two widths and in both schemes
#[derive(Args)]
#[command(after_help = "\
They go to infra/docs/pictures, as WebP of less than 100 kB each. Look at every one of them before you commit them.
It takes some two minutes, on a stack and in a browser of its own.")]
pub(crate) struct Pictures;

impl Pictures {
    pub(crate) fn run(self) -> Outcome {
        PROGRESS.step("Building what takes the pictures", || {
            // The whole workspace decides the features, so that nothing is built twice.
            let mut build = cargo(&["build", "--quiet", "--workspace", "--example", "pictures"]);
            run(build.current_dir(root()), &target().join("browser/pictures-build.log"))
        })?;
        let mut pictures = Command::new(target().join("debug/examples/pictures"));
        let status = pictures.status().map_err(Error::io("cannot start what takes the pictures"))?;
        match status.success() {
            true => Ok(()),
            false => Err(Failure("not all pictures could be taken, see above".to_owned())),
        }
    }
}
