//! What can go wrong with the table.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// A failed access to the table.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The table is throttling; come back later.
    #[error("the table is throttling")]
    Throttled,
    /// The table could not be reached, or refused.
    #[error("the table failed: {code}")]
    Failed {
        /// The service's error code, or a word for what failed on the way.
        code: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A stored item cannot be read back.
    #[error("the stored item {key} cannot be read")]
    Corrupt {
        /// Which item.
        key: String,
        /// The cause.
        #[source]
        source: serde_dynamo::Error,
    },
    /// An item has a key that this crate does not write.
    #[error("the stored item {0} has a key that is not one of ours")]
    ForeignKey(String),
    /// An item cannot be written in the table's form.
    #[error("an item cannot be written")]
    Unwritable(#[source] serde_dynamo::Error),
    /// A position in a list belongs to another list.
    #[error("the position belongs to another list")]
    ForeignPosition,
}

impl<E, R> From<SdkError<E, R>> for StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        let code = match &error {
            SdkError::ServiceError(service) => service.err().code().unwrap_or("service error").to_owned(),
            SdkError::TimeoutError(_) => "timeout".to_owned(),
            SdkError::DispatchFailure(_) => "no connection".to_owned(),
            _ => "unreadable answer".to_owned(),
        };
        if matches!(
            code.as_str(),
            "ThrottlingException"
                | "ProvisionedThroughputExceededException"
                | "RequestLimitExceeded"
                // Somebody's transaction is writing the same item.
                | "TransactionConflictException"
        ) {
            Self::Throttled
        } else {
            Self::Failed { code, source: Box::new(error) }
        }
    }
}
