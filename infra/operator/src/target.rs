//! The claims that an operator's command is about: those of the local stack, or of an AWS account.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use claim_command::Host;
use claim_runtime::{Aws, Machine, Variables};
use claim_store::Store;
use clap::Args;
use local_stack::Stack;
use operator::clients::Clients;
use operator::deployed::{Deployed, output};

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
    #[arg(long, value_name = "NAME", conflicts_with = "stack_name", global = true)]
    table: Option<String>,
    /// The CloudFormation stack in an AWS account; the rest is read from its outputs
    #[arg(long, value_name = "NAME", global = true)]
    stack_name: Option<String>,
}

/// The claims, and what is needed to work on them.
pub(crate) struct Reached {
    /// The store that has the claims.
    pub(crate) store: Store,
    pub(crate) aws: Aws,
    /// The queue to assessment, if it is known.
    pub(crate) queue_url: Option<String>,
    /// Where programs get their tokens, if it is known.
    pub(crate) token_url: Option<String>,
    /// The time there.
    pub(crate) now: DateTime<Utc>,
    stack: Where,
}

/// What the table belongs to.
enum Where {
    Local(Box<Stack>),
    Named(String),
    /// Only the table is known.
    Somewhere,
}

impl Reached {
    /// The machine clients there.
    pub(crate) fn clients(self) -> Result<Clients, Failure> {
        match self.stack {
            Where::Local(stack) => Clients::local(*stack).map_err(|error| failed(&error)),
            Where::Named(name) => Ok(Clients::new(&self.aws, self.store, name)),
            Where::Somewhere => Err(Failure(
                "the user pool and the gateway belong to a stack\nnext: give --stack-name instead of --table"
                    .to_owned(),
            )),
        }
    }
}

impl Target {
    /// Whether it is the stack of this name in an AWS account.
    #[cfg(test)]
    pub(crate) fn is_named(&self, stack: &str) -> bool {
        self.stack_name.as_deref() == Some(stack)
    }

    /// Connects to the claims.
    pub(crate) fn reach(&self, port: u16) -> Result<Reached, Failure> {
        match (&self.table, &self.stack_name) {
            (Some(table), _) => Reached::of_table(table.clone()),
            (None, Some(name)) => Reached::of_stack(name.clone()),
            (None, None) => Reached::of_local_stack(Stack::attach(port)?),
        }
    }
}

impl Reached {
    fn of_local_stack(stack: Stack) -> Result<Self, Failure> {
        let output = |name: &str| stack.deployment().output(name).map(str::to_owned);
        let (table, queue_url) = (output("TableName")?, output("AssessmentQueueUrl")?);
        let aws = aws(&stack.env().into_iter().collect())?;
        Ok(Self {
            store: store(&aws, table),
            aws,
            queue_url: Some(queue_url),
            token_url: Some(stack.token_url()),
            now: stack.now(),
            stack: Where::Local(Box::new(stack)),
        })
    }

    fn of_stack(name: String) -> Result<Self, Failure> {
        let aws = aws(&Variables::from_env())?;
        let read = async { Deployed::new(&aws, name.clone()).read().await.map_err(|error| failed(&error)) };
        let deployed = block_on(read)?;
        let output = |wanted| output(&deployed, wanted).map(str::to_owned);
        let table = output("TableName");
        let table = table.ok_or_else(|| Failure(format!("the stack {name} has no output TableName")))?;
        Ok(Self {
            store: store(&aws, table),
            aws,
            queue_url: output("AssessmentQueueUrl"),
            token_url: output("TokenUrl"),
            now: Machine.now(),
            stack: Where::Named(name),
        })
    }

    fn of_table(table: String) -> Result<Self, Failure> {
        let aws = aws(&Variables::from_env())?;
        let (queue_url, token_url, now, stack) = (None, None, Machine.now(), Where::Somewhere);
        Ok(Self { store: store(&aws, table), aws, queue_url, token_url, now, stack })
    }
}

fn aws(variables: &Variables) -> Result<Aws, Failure> {
    Aws::new(variables).map_err(|error| Failure(format!("{error}\nnext: {SET_THEM}")))
}

/// Only the first shard of the work index is written to from here, which every sweep reads, however many shards there are.
fn store(aws: &Aws, table: String) -> Store {
    Store::new(Arc::new(aws.dynamodb()), table, 1)
}

/// Runs an operator's work to its end.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure(format!("cannot run: {error}")))?.block_on(work)
}

/// A failure of the table or the stack: the error with all its causes, and what to look at.
pub(crate) fn failed(error: &(dyn std::error::Error + 'static)) -> Failure {
    let why = claim_runtime::logging::chain(error);
    Failure(format!(
        "{why}\nnext: check the name of the table or the stack, the region and the permissions; --help says what is needed"
    ))
}
