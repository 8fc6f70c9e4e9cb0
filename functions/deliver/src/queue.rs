//! The queue of changes on their way: its messages, and when one of them comes again.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::change_message_visibility::builders::ChangeMessageVisibilityInputBuilder;
use aws_sdk_sqs::operation::change_message_visibility::{
    ChangeMessageVisibilityError, ChangeMessageVisibilityOutput,
};
use claim_domain::ids::MessageId;
use claim_ports::Answer;
use serde::Deserialize;

/// SQS, as far as what was received needs it.
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
    pub message_id: MessageId,
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
    /// Whether it comes for the first time. How often it came says nothing about how often it was sent on: the table may
    /// have failed before that.
    pub fn is_first(&self) -> bool {
        self.attributes.approximate_receive_count.parse().unwrap_or(1) <= 1
    }
}
