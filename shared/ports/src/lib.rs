//! What the product asks of AWS: a trait for each service, with the SDK's own inputs, outputs and errors. The table,
//! which every function uses, is here. What fewer use is with that function (`functions/dispatch/src/services`) or in a crate of
//! its own (`shared/documents`, `shared/queue`, `shared/mailer`), so that no other function is built with its SDK.
//!
//! The SDK's clients implement the traits by sending. The simulation implements them a second time, and behaves like
//! each service at its documented worst. The traits are this low-level on purpose: expressions, cancellation reasons
//! and the reading of errors are the product's own code, and run in the simulation as they do in production.

mod table;

use std::pin::Pin;

use aws_sdk_dynamodb::error::SdkError;

pub use table::{Table, WholeTable};

/// The future answer of a service: the operation's output, or its error in the SDK's form.
pub type Answer<'a, O, E> = Pin<Box<dyn Future<Output = Result<O, SdkError<E>>> + Send + 'a>>;
