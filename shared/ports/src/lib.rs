//! What the product asks of AWS, a trait for each service, with the SDK's own inputs, outputs and errors. The table, which
//! every function uses, is here; what one function alone uses lives with it (`functions/dispatch/src/services`,
//! `functions/evidence/src/documents.rs`), so that no other is built with its SDK.
//!
//! The SDK's clients implement them by sending. The simulation has a second implementation of each, which behaves as the
//! service is documented to at its worst. The cut is this low on purpose: expressions, cancellation reasons and the
//! reading of errors are the product's own, and run in the simulation as they run in production.

mod table;

use std::pin::Pin;

use aws_sdk_dynamodb::error::SdkError;

pub use table::{Table, WholeTable};

/// What a service answers, later: the operation's output, or its error in the SDK's form.
pub type Answer<'a, O, E> = Pin<Box<dyn Future<Output = Result<O, SdkError<E>>> + Send + 'a>>;
