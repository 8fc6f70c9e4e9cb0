//! What every function does when it starts: read its configuration, make its clients once, and log in one form.

mod aws;
mod batch;
mod config;
mod function;
mod host;
mod https;
pub mod logging;
mod metrics;

use std::sync::Arc;

use claim_command::CommandHandler;
use claim_store::Store;

pub use aws::{Aws, web, web_tls};
pub use batch::{BatchItemFailure, BatchResponse};
pub use config::{ConfigError, Variables, program};
pub use function::{Function, run};
pub use host::Machine;
pub use https::{Web, WebError};
pub use lambda_runtime::Error;
pub use metrics::{Measured, Meter, Metric};

/// The command handler of a function, with the table and the program of its configuration, on this machine.
///
/// # Errors
/// The variable that is missing or malformed, by name (D3).
pub fn command_handler(variables: &Variables, aws: &Aws) -> Result<CommandHandler, ConfigError> {
    let table = variables.required("TABLE_NAME")?.to_owned();
    let shards = variables.parsed("WORK_SHARDS", "4")?;
    let store = Store::new(Arc::new(aws.dynamodb()), table, shards);
    Ok(CommandHandler { store, program: program(variables)?, host: Arc::new(Machine) })
}
