//! The errors of the table, in the form in which the SDK gives them to the product.

use aws_sdk_dynamodb::error::{ErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemError;
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::CancellationReason;
use aws_sdk_dynamodb::types::error::{
    ConditionalCheckFailedException, IdempotentParameterMismatchException, InternalServerError,
    ProvisionedThroughputExceededException, ResourceNotFoundException, ThrottlingException,
    TransactionCanceledException, TransactionConflictException, TransactionInProgressException,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use super::Item;

/// The result of an operation, as the product sees it.
pub type OperationResult<O, E> = Result<O, SdkError<E, HttpResponse>>;

/// Why the table refuses a request. It returns the first five by itself; the others are there for fault injection.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TableError {
    /// The request is not valid, or uses a feature that the simulated table does not support.
    #[error("{0}")]
    Validation(String),
    /// There is no such table.
    #[error("Requested resource not found")]
    NoTable,
    /// The condition does not hold.
    #[error("The conditional request failed")]
    ConditionFailed {
        /// The item as it is, if the request asks for it.
        item: Option<Item>,
    },
    /// The transaction was cancelled, with a reason for each action, in the order of the actions.
    #[error(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes(reasons)
    )]
    Cancelled {
        /// The reasons. An action that did not cause the cancellation has the code `None`, as a word.
        reasons: Vec<CancellationReason>,
    },
    /// The token was used for another transaction.
    #[error("IdempotentParameterMismatch: the token was used with other parameters")]
    TokenReused,
    /// A transaction with this token is in progress.
    #[error("The transaction with the given request token is already in progress")]
    InProgress,
    /// A transaction is in progress on the item of a single write.
    #[error("Transaction is ongoing for the item")]
    Conflict,
    /// Too many requests for an on-demand table.
    #[error("Throughput exceeds the current capacity of your table or index")]
    Throttled,
    /// Too many requests for a partition.
    #[error("The level of configured provisioned throughput for the table was exceeded")]
    ThroughputExceeded,
    /// The service failed.
    #[error("Internal server error")]
    Internal,
}

fn codes(reasons: &[CancellationReason]) -> String {
    reasons.iter().map(|reason| reason.code().unwrap_or_default()).collect::<Vec<_>>().join(", ")
}

/// The reason of an action that did not cause the cancellation.
pub(super) fn no_reason() -> CancellationReason {
    CancellationReason::builder().code("None").build()
}

impl TableError {
    /// A transaction of so many actions, cancelled because other transactions are in progress on the items of the
    /// actions at `positions`.
    pub fn transaction_conflict(actions: usize, positions: &[usize]) -> Self {
        Self::cancelled_at(actions, positions, "TransactionConflict", "Transaction is ongoing for the item")
    }

    /// A transaction of so many actions, cancelled because the partitions of the actions at `positions` are busy.
    pub fn transaction_throttled(actions: usize, positions: &[usize]) -> Self {
        let message = "Throughput exceeds the current capacity for one or more global secondary indexes";
        Self::cancelled_at(actions, positions, "ThrottlingError", message)
    }

    fn cancelled_at(actions: usize, positions: &[usize], code: &str, message: &str) -> Self {
        let reason = |at| match positions.contains(&at) {
            true => CancellationReason::builder().code(code).message(message).build(),
            false => no_reason(),
        };
        Self::Cancelled { reasons: (0..actions).map(reason).collect() }
    }

    /// The error code of the service.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Validation(_) => "ValidationException",
            Self::NoTable => "ResourceNotFoundException",
            Self::ConditionFailed { .. } => "ConditionalCheckFailedException",
            Self::Cancelled { .. } => "TransactionCanceledException",
            Self::TokenReused => "IdempotentParameterMismatchException",
            Self::InProgress => "TransactionInProgressException",
            Self::Conflict => "TransactionConflictException",
            Self::Throttled => "ThrottlingException",
            Self::ThroughputExceeded => "ProvisionedThroughputExceededException",
            Self::Internal => "InternalServerError",
        }
    }

    /// The error of an operation, as the SDK returns it after its last attempt.
    pub fn into_sdk_error<E: OperationError>(self) -> SdkError<E, HttpResponse> {
        let (code, message) = (self.code(), self.to_string());
        let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":{message:?}}}"#);
        let status = if self == Self::Internal { 500_u16 } else { 400 };
        let status = StatusCode::try_from(status).unwrap_or_else(|_| unreachable!("both are status codes"));
        let metadata = ErrorMetadata::builder().code(code).message(message).build();
        SdkError::service_error(
            E::from_table_error(self, metadata),
            HttpResponse::new(status, SdkBody::from(body)),
        )
    }
}

/// The error type of an operation, which has variants for some errors and knows the others by their code only.
pub trait OperationError {
    /// The table's error as an error of this operation.
    fn from_table_error(error: TableError, metadata: ErrorMetadata) -> Self;
}

/// The errors for which every operation has a variant, and those for which only some have one. All others are generic.
macro_rules! operation_errors {
    ($($operation:ident { $($error:pat => $own:ident $(.$set:ident($value:expr))?),* })*) => { $(
        impl OperationError for $operation {
            fn from_table_error(error: TableError, metadata: ErrorMetadata) -> Self {
                let message = error.to_string();
                macro_rules! named {
                    ($variant:ident) => {
                        Self::$variant($variant::builder().message(message).meta(metadata).build())
                    };
                }
                match error {
                    TableError::NoTable => named!(ResourceNotFoundException),
                    TableError::Throttled => named!(ThrottlingException),
                    TableError::ThroughputExceeded => named!(ProvisionedThroughputExceededException),
                    TableError::Internal => named!(InternalServerError),
                    $($error => {
                        Self::$own($own::builder().message(message).meta(metadata)$(.$set($value))?.build())
                    })*
                    _ => Self::generic(metadata),
                }
            }
        }
    )* };
}

operation_errors! {
    GetItemError {}
    BatchGetItemError {}
    QueryError {}
    PutItemError {
        TableError::Conflict => TransactionConflictException,
        TableError::ConditionFailed { item } => ConditionalCheckFailedException.set_item(item)
    }
    UpdateItemError {
        TableError::Conflict => TransactionConflictException,
        TableError::ConditionFailed { item } => ConditionalCheckFailedException.set_item(item)
    }
    TransactWriteItemsError {
        TableError::Cancelled { reasons } => TransactionCanceledException.set_cancellation_reasons(Some(reasons)),
        TableError::TokenReused => IdempotentParameterMismatchException,
        TableError::InProgress => TransactionInProgressException
    }
}
