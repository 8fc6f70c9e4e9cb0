//! What every function does when it starts: read its configuration, make its clients once, and log in one form.

mod aws;
mod config;
mod https;
pub mod logging;
mod metrics;
mod world;

use std::sync::Arc;

use claim_command::Desk;
use claim_store::Store;

pub use aws::Aws;
pub use config::{ConfigError, Variables, program};
pub use metrics::{Measured, Meter, Metric};
pub use world::SystemWorld;

/// The desk of a function: the table and the program of its configuration, and the real world.
///
/// # Errors
/// The variable that is missing or malformed, by name (D3).
pub fn desk(variables: &Variables, aws: &Aws) -> Result<Desk, ConfigError> {
    let table = variables.required("TABLE_NAME")?.to_owned();
    let shards = variables.parsed("WORK_SHARDS", "4")?;
    let store = Store::new(Arc::new(aws.dynamodb()), table, shards);
    Ok(Desk { store, program: program(variables)?, world: Arc::new(SystemWorld) })
}
