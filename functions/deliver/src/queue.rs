//! The queue of changes on their way: its records, which of them must come again, and when.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::change_message_visibility::builders::ChangeMessageVisibilityInputBuilder;
use aws_sdk_sqs::operation::change_message_visibility::{
    ChangeMessageVisibilityError, ChangeMessageVisibilityOutput,
};
use claim_ports::Answer;
use claim_runtime::Measured;
use serde::{Deserialize, Serialize};

/// SQS.
pub trait Queue: std::fmt::Debug + Send + Sync {
    /// Says when a message that was received comes again, unless it is deleted.
    fn change_message_visibility(
        &self,
        input: ChangeMessageVisibilityInputBuilder,
    ) -> Answer<'_, ChangeMessageVisibilityOutput, ChangeMessageVisibilityError>;
}

impl Queue for Client {
    fn change_message_visibility(
        &self,
        input: ChangeMessageVisibilityInputBuilder,
    ) -> Answer<'_, ChangeMessageVisibilityOutput, ChangeMessageVisibilityError> {
        Box::pin(input.send_with(self))
    }
}

/// A batch of messages.
#[derive(Debug, Clone, Deserialize)]
pub struct QueueEvent {
    /// The messages.
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

/// A message.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Its id.
    pub message_id: String,
    /// By what the queue knows that we received it.
    pub receipt_handle: String,
    /// Its body.
    pub body: String,
    /// What the queue says about it.
    #[serde(default)]
    pub attributes: Attributes,
}

/// What the queue says about a message.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attributes {
    /// How often it was received, this time included.
    #[serde(default)]
    approximate_receive_count: String,
}

impl Record {
    /// Which attempt this is, from 1 on.
    pub fn attempt(&self) -> u32 {
        self.attributes.approximate_receive_count.parse().unwrap_or(1).max(1)
    }
}

/// Which messages must come again.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    /// Them.
    pub batch_item_failures: Vec<BatchItemFailure>,
    /// What was measured.
    #[serde(skip)]
    pub measured: Measured,
}

/// A message that must come again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchItemFailure {
    /// Its id.
    pub item_identifier: String,
}
