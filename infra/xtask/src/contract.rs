//! `cargo xtask contract`: the contract of the API, as it follows from the code.

use clap::Args;

use crate::{Outcome, written};

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
        let arguments: &[&str] = if self.publish { &["--publish"] } else { &[] };
        written::by("contract", arguments, "Composing the contract")
    }
}
