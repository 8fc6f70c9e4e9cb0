//! `cargo xtask contract`: the contract of the API, as it follows from the code.

use clap::Args;
use local_stack::{Error, cargo, root};

use crate::{Failure, Outcome, PROGRESS};

/// Write down the API's contract: the OpenAPI document, its page and a collection of requests
#[derive(Args)]
#[command(after_help = "\
They go to infra/contract: openapi.json and openapi.html, which the API serves at /v1/openapi.json, requests.http, and
asyncapi.json, which the API serves at /v1/asyncapi.json. A test fails while they are not what the code says, and when the
OpenAPI document would break a client of one in infra/contract/published.
A release publishes its contract: --publish copies the document there under its version.")]
pub(crate) struct Contract {
    /// Keep the document as a published one: no later contract may break its clients
    #[arg(long)]
    publish: bool,
}

impl Contract {
    pub(crate) fn run(self) -> Outcome {
        let status = PROGRESS.step("Composing the contract", || {
            // The whole workspace decides the features, so that nothing is built twice.
            let mut build = cargo(&["build", "--quiet", "--workspace", "--bin", "contract"]);
            build.current_dir(root()).status().map_err(Error::io("cannot start cargo"))?;
            let mut contract = std::process::Command::new(local_stack::target().join("debug/contract"));
            if self.publish {
                contract.arg("--publish");
            }
            contract.status().map_err(Error::io("cannot start what composes the contract"))
        })?;
        match status.success() {
            true => Ok(()),
            false => Err(Failure("the contract could not be written, see above".to_owned())),
        }
    }
}
