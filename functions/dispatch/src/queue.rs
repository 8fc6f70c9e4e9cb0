//! The queues: to incentive assessment, and to webhooks.
//!
//! That to assessment is FIFO, one group per claim. Messages are deduplicated by their id: by the queue for five minutes, by
//! the consumer for good (I6). That to webhooks promises no order (D24); its groups keep one webhook with many changes from
//! delaying the others (SQS calls that a fair queue).

use std::sync::Arc;

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::operation::send_message::SendMessageInput;
use claim_domain::effect::AssessmentMessage;
use claim_domain::ids::EffectId;
use claim_domain::webhook::Delivery;
use claim_runtime::{ConfigError, Variables};

use crate::assessment;
use crate::failure::Failure;
use crate::services::Queue;

/// Where messages to assessment go.
#[derive(Debug, Clone)]
pub(crate) struct AssessmentQueue {
    queue: Arc<dyn Queue>,
    url: String,
}

impl AssessmentQueue {
    /// The queue as configured.
    ///
    /// # Errors
    /// The variable that is missing.
    pub(crate) fn new(queue: Arc<dyn Queue>, variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self { queue, url: variables.required("ASSESSMENT_QUEUE_URL")?.to_owned() })
    }

    /// Sends a message; returns when the queue has accepted it.
    ///
    /// # Errors
    /// Permanent, when the queue refuses the content; transient otherwise.
    pub(crate) async fn send(&self, message: &AssessmentMessage, id: &EffectId) -> Result<(), Failure> {
        match self.queue.send_message(assessment::request(&self.url, message, id)).await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("InvalidMessageContents") => {
                Err(Failure::permanent("message refused", error))
            }
            Err(error) => Err(Failure::transient("message not accepted", error)),
        }
    }
}

/// Where changes go that webhooks ask for (D24).
#[derive(Debug, Clone)]
pub(crate) struct WebhookQueue {
    queue: Arc<dyn Queue>,
    url: String,
}

impl WebhookQueue {
    /// The queue as configured.
    ///
    /// # Errors
    /// The variable that is missing.
    pub(crate) fn new(queue: Arc<dyn Queue>, variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self { queue, url: variables.required("WEBHOOK_QUEUE_URL")?.to_owned() })
    }

    /// Puts a change on the way to a webhook.
    ///
    /// # Errors
    /// Transient.
    pub(crate) async fn send(&self, delivery: &Delivery) -> Result<(), Failure> {
        let body = serde_json::to_string(delivery);
        let body = body.map_err(|error| Failure::permanent("change not written as a message", error))?;
        let message = SendMessageInput::builder()
            .queue_url(&self.url)
            .message_group_id(delivery.webhook.as_str())
            .message_body(body);
        match self.queue.send_message(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::transient("webhook not told", error)),
        }
    }
}
