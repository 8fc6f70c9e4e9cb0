//! What the table answers instead of a result, in the form in which the SDK gives it to the product.

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

/// What an operation answers, as the product sees it.
pub type Answer<O, E> = Result<O, SdkError<E, HttpResponse>>;

/// Why the table refuses. The model gives the first seven itself; the others are for whoever injects faults.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The request is not a valid one, or uses what the model does not know.
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
    /// The transaction was cancelled: a reason for each action, in their order.
    #[error(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes(reasons)
    )]
    Cancelled {
        /// The reasons; the code of an action that was not in the way is the word `None`.
        reasons: Vec<CancellationReason>,
    },
    /// The token was used for another transaction.
    #[error("IdempotentParameterMismatch: the token was used with other parameters")]
    TokenReused,
    /// A transaction with this token is under way.
    #[error("The transaction with the given request token is already in progress")]
    InProgress,
    /// A transaction is under way on the item that a single write wants.
    #[error("Transaction is ongoing for the item")]
    Conflict,
    /// Too many requests for the table, on demand.
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

/// The reason of an action that was not in the way.
pub(super) fn none() -> CancellationReason {
    CancellationReason::builder().code("None").build()
}

impl Fault {
    /// A transaction of so many actions cancelled because others are under way on the items of those at `positions`.
    pub fn transaction_conflict(actions: usize, positions: &[usize]) -> Self {
        Self::cancelled_at(actions, positions, "TransactionConflict", "Transaction is ongoing for the item")
    }

    /// A transaction of so many actions cancelled because the partitions of those at `positions` are busy.
    pub fn transaction_throttled(actions: usize, positions: &[usize]) -> Self {
        let message = "Throughput exceeds the current capacity for one or more global secondary indexes";
        Self::cancelled_at(actions, positions, "ThrottlingError", message)
    }

    fn cancelled_at(actions: usize, positions: &[usize], code: &str, message: &str) -> Self {
        let reason = |at| match positions.contains(&at) {
            true => CancellationReason::builder().code(code).message(message).build(),
            false => none(),
        };
        Self::Cancelled { reasons: (0..actions).map(reason).collect() }
    }

    /// The name that the service gives it.
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

    /// The error of an operation, as the SDK gives it after its last attempt.
    pub fn refuse<E: Modelled>(self) -> SdkError<E, HttpResponse> {
        let (code, message) = (self.code(), self.to_string());
        let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":{message:?}}}"#);
        let status = if self == Self::Internal { 500_u16 } else { 400 };
        let status = StatusCode::try_from(status).unwrap_or_else(|_| unreachable!("both are status codes"));
        let metadata = ErrorMetadata::builder().code(code).message(message).build();
        SdkError::service_error(E::modelled(self, metadata), HttpResponse::new(status, SdkBody::from(body)))
    }
}

/// An operation's error, which names some faults and knows others by their code only.
pub trait Modelled {
    /// The fault in this operation's words.
    fn modelled(fault: Fault, metadata: ErrorMetadata) -> Self;
}

/// Faults that every operation names, and those of its own; the others it knows by their code only.
macro_rules! modelled {
    ($($error:ident { $($fault:pat => $own:ident $(.$set:ident($value:expr))?),* })*) => { $(
        impl Modelled for $error {
            fn modelled(fault: Fault, metadata: ErrorMetadata) -> Self {
                let message = fault.to_string();
                macro_rules! named {
                    ($variant:ident) => {
                        Self::$variant($variant::builder().message(message).meta(metadata).build())
                    };
                }
                match fault {
                    Fault::NoTable => named!(ResourceNotFoundException),
                    Fault::Throttled => named!(ThrottlingException),
                    Fault::ThroughputExceeded => named!(ProvisionedThroughputExceededException),
                    Fault::Internal => named!(InternalServerError),
                    $($fault => {
                        Self::$own($own::builder().message(message).meta(metadata)$(.$set($value))?.build())
                    })*
                    _ => Self::generic(metadata),
                }
            }
        }
    )* };
}

modelled! {
    GetItemError {}
    BatchGetItemError {}
    QueryError {}
    PutItemError {
        Fault::Conflict => TransactionConflictException,
        Fault::ConditionFailed { item } => ConditionalCheckFailedException.set_item(item)
    }
    UpdateItemError {
        Fault::Conflict => TransactionConflictException,
        Fault::ConditionFailed { item } => ConditionalCheckFailedException.set_item(item)
    }
    TransactWriteItemsError {
        Fault::Cancelled { reasons } => TransactionCanceledException.set_cancellation_reasons(Some(reasons)),
        Fault::TokenReused => IdempotentParameterMismatchException,
        Fault::InProgress => TransactionInProgressException
    }
}
