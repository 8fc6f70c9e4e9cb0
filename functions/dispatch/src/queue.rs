//! The queue to incentive assessment: FIFO, one group per claim. Messages are deduplicated by their id: by the queue for five
//! minutes, by the consumer for good (I6).

use std::sync::Arc;

use aws_sdk_sqs::error::ProvideErrorMetadata;
use claim_domain::effect::AssessmentMessage;
use claim_domain::ids::EffectId;
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
