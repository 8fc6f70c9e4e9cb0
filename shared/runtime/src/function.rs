//! How every function runs: its variables, its logs, and then one call of its library for each event.

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config::{ConfigError, Variables};
use crate::logging;

/// A Lambda function, as its crate defines it.
pub trait Function: Sized {
    /// Its name, also of its crate, of its folder, and of its entry in the registry.
    const NAME: &'static str;
    /// What it is invoked with.
    type Event: DeserializeOwned;
    /// What it answers with.
    type Answer: Serialize;

    /// The function, as its variables configure it.
    ///
    /// # Errors
    /// The variable that is missing or malformed, by name (D3): the function does not start.
    fn new(variables: &Variables) -> Result<Self, ConfigError>;

    /// Handles one event; `request_id` is the invocation's.
    ///
    /// # Errors
    /// What the caller of the function should try again.
    fn handle(
        &self,
        event: Self::Event,
        request_id: &str,
    ) -> impl Future<Output = Result<Self::Answer, Error>>;
}

/// Runs a function until the process is stopped: one event after another, on this thread.
///
/// The runtime's own tracing layer is left out: its span is below the level that libraries log at, but would cost time
/// all the same.
///
/// # Errors
/// When its variables are refused, or the Lambda runtime cannot be reached.
pub fn run<F: Function>() -> Result<(), Error> {
    let variables = Variables::from_env();
    logging::start(&variables, F::NAME);
    let function = &F::new(&variables)?;
    let service = service_fn(async move |event: LambdaEvent<F::Event>| {
        // Boxed: the futures of a command nest too deep for the compiler to lay out at once.
        Box::pin(function.handle(event.payload, &event.context.request_id)).await
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(Runtime::new(service).run())
}
