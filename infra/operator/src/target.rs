//! The claims that an operator's command is about: those of the local stack, or of an AWS account.

use std::process::Command;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use claim_command::Host;
use claim_runtime::{Aws, Machine, Variables};
use claim_store::Store;
use clap::Args;
use local_stack::{Stack, on_path, tool};
use serde_json::Value;

use crate::Failure;

/// The part of a command's help about where the claims are.
pub(crate) const WHERE: &str = "\
Without --table and --stack-name, the command works on the local stack on --port. With one of them, it works on the AWS
account that AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN name. The AWS CLI can set them:
  eval \"$(aws configure export-credentials --profile <profile> --format env)\"; export AWS_REGION=eu-central-1";

/// What to do when the environment names no account.
const SET_THEM: &str = "set them as the AWS CLI does: eval \"$(aws configure export-credentials --format env)\"; \
                        export AWS_REGION=<region>";

/// Where the claims are
#[derive(Args)]
pub(crate) struct Target {
    /// The table of the claims in an AWS account: the stack's output TableName
    #[arg(long, value_name = "NAME", conflicts_with = "stack_name")]
    table: Option<String>,
    /// The CloudFormation stack in an AWS account; SAM CLI reads the rest from its outputs
    #[arg(long, value_name = "NAME")]
    stack_name: Option<String>,
}

/// The claims, and what is needed to work on them.
pub(crate) struct Reached {
    /// The store that has the claims.
    pub(crate) store: Store,
    pub(crate) aws: Aws,
    /// The queue to assessment, if it is known.
    pub(crate) queue_url: Option<String>,
    /// The time there.
    pub(crate) now: DateTime<Utc>,
}

impl Target {
    /// Connects to the claims.
    pub(crate) fn reach(&self, port: u16) -> Result<Reached, Failure> {
        let (variables, table, queue_url, now) = match (&self.table, &self.stack_name) {
            (None, None) => {
                let stack = Stack::attach(port)?;
                let output = |name: &str| stack.deployment().output(name).map(str::to_owned);
                let (table, queue_url) = (output("TableName")?, output("AssessmentQueueUrl")?);
                (stack.env().into_iter().collect(), table, Some(queue_url), stack.now())
            }
            (Some(table), _) => (Variables::from_env(), table.clone(), None, Machine.now()),
            (None, Some(name)) => {
                let outputs = outputs(name)?;
                let table = named(&outputs, "TableName")
                    .ok_or_else(|| Failure(format!("the stack {name} has no output TableName")))?;
                let queue_url = named(&outputs, "AssessmentQueueUrl");
                (Variables::from_env(), table, queue_url, Machine.now())
            }
        };
        let aws = Aws::new(&variables).map_err(|error| Failure(format!("{error}\nnext: {SET_THEM}")))?;
        // From here only the first shard of the work index is written to, which every sweep reads, however many shards
        // there are.
        let store = Store::new(Arc::new(aws.dynamodb()), table, 1);
        Ok(Reached { store, aws, queue_url, now })
    }
}

/// Runs an operator's work to its end.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure(format!("cannot run: {error}")))?.block_on(work)
}

/// A failure of the table: the error with all its causes, and what to look at.
pub(crate) fn failed(error: &(dyn std::error::Error + 'static)) -> Failure {
    let why = claim_runtime::logging::chain(error);
    Failure(format!(
        "{why}\nnext: check the table's name, the region and the permissions; --help says what is needed"
    ))
}

/// A stack's outputs, from SAM CLI. It does not read AWS_REGION, which functions and SDKs use, so it gets the region
/// as an argument.
fn outputs(stack: &str) -> Result<Value, Failure> {
    let sam = if on_path("sam") { "sam".into() } else { tool("sam") };
    let next = "next: check the stack's name and AWS_REGION, or give --table";
    let mut list = Command::new(&sam);
    list.args(["list", "stack-outputs", "--stack-name", stack, "--output", "json"]);
    if let Some(region) = std::env::var_os("AWS_REGION") {
        list.arg("--region").arg(region);
    }
    let listed = list
        .env("SAM_CLI_TELEMETRY", "0")
        .output()
        .map_err(|error| Failure(format!("SAM CLI cannot be started: {error}\n{next}")))?;
    serde_json::from_slice(&listed.stdout).map_err(|_| {
        let said = String::from_utf8_lossy(&listed.stderr);
        Failure(format!("cannot read the outputs of the stack {stack}: {}\n{next}", said.trim()))
    })
}

fn named(outputs: &Value, name: &str) -> Option<String> {
    let mut outputs = outputs.as_array()?.iter();
    let output = outputs.find(|output| output["OutputKey"] == name)?;
    output["OutputValue"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_output_is_found_by_its_name() {
        let outputs = json!([
            { "OutputKey": "TableName", "OutputValue": "claims-Table-1", "Description": "Table of the claims" },
        ]);
        assert_eq!(named(&outputs, "TableName").as_deref(), Some("claims-Table-1"));
        assert_eq!(named(&outputs, "AssessmentQueueUrl"), None);
    }
}
