//! The queues, for every function that sends to one: SQS, and the queue of changes on their way to webhooks (D24).

use std::sync::Arc;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::SdkError;
use aws_sdk_sqs::operation::send_message::builders::SendMessageInputBuilder;
use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageInput, SendMessageOutput};
use claim_domain::webhook::Delivery;
use claim_ports::Answer;
use claim_runtime::{ConfigError, Variables};

/// SQS.
pub trait Queue: std::fmt::Debug + Send + Sync {
    /// Sends a message.
    fn send_message(&self, input: SendMessageInputBuilder)
    -> Answer<'_, SendMessageOutput, SendMessageError>;
}

impl Queue for Client {
    fn send_message(
        &self,
        input: SendMessageInputBuilder,
    ) -> Answer<'_, SendMessageOutput, SendMessageError> {
        Box::pin(input.send_with(self))
    }
}

/// Why a change is not on its way.
#[derive(Debug, thiserror::Error)]
pub enum NotQueued {
    /// It cannot be written as a message; trying again does not help.
    #[error("the change cannot be written as a message")]
    Unwritable(#[source] serde_json::Error),
    /// The queue did not accept it.
    #[error("the queue did not accept the change")]
    NotAccepted(#[source] Box<SdkError<SendMessageError>>),
}

/// Where changes go that webhooks ask for (D24). It promises no order; its groups keep one webhook with many changes from
/// delaying the others (SQS calls that a fair queue).
#[derive(Debug, Clone)]
pub struct DeliveryQueue {
    queue: Arc<dyn Queue>,
    url: String,
}

impl DeliveryQueue {
    /// The queue as configured.
    ///
    /// # Errors
    /// The variable that is missing.
    pub fn new(queue: Arc<dyn Queue>, variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self { queue, url: variables.required("WEBHOOK_QUEUE_URL")?.to_owned() })
    }

    /// Puts a change on the way to a webhook; returns when the queue has accepted it.
    ///
    /// # Errors
    /// Why it is not on its way.
    pub async fn send(&self, delivery: &Delivery) -> Result<(), NotQueued> {
        let message = SendMessageInput::builder()
            .queue_url(&self.url)
            .message_group_id(delivery.webhook.as_str())
            .message_body(serde_json::to_string(delivery).map_err(NotQueued::Unwritable)?);
        match self.queue.send_message(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(NotQueued::NotAccepted(Box::new(error))),
        }
    }
}
