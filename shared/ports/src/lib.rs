//! What the product asks of AWS, one trait a service, each with the SDK's own inputs, outputs and errors; documents are
//! signed and read without the SDK's client of S3, and have inputs and outputs of their own.
//!
//! The SDK's clients implement them by sending. The simulation has a second implementation of each, which behaves as the
//! service is documented to at its worst. The cut is this low on purpose: expressions, cancellation reasons and the
//! reading of errors are the product's own, and run in the simulation as they run in production.

#[cfg(feature = "s3")]
mod bucket;
#[cfg(feature = "documents")]
mod documents;
#[cfg(feature = "ses")]
mod mailer;
#[cfg(feature = "sqs")]
mod queue;
#[cfg(feature = "scheduler")]
mod scheduler;
mod table;

use std::pin::Pin;

use aws_sdk_dynamodb::error::SdkError;

#[cfg(feature = "s3")]
pub use bucket::Bucket;
#[cfg(feature = "documents")]
pub use documents::{Content, Documents, Download, Signed, Upload};
#[cfg(feature = "ses")]
pub use mailer::Mailer;
#[cfg(feature = "sqs")]
pub use queue::Queue;
#[cfg(feature = "scheduler")]
pub use scheduler::Scheduler;
pub use table::{Table, WholeTable};

/// What a service answers, later: the operation's output, or its error in the SDK's form.
pub type Answer<'a, O, E> = Pin<Box<dyn Future<Output = Result<O, SdkError<E>>> + Send + 'a>>;
