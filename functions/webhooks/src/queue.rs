//! The queue between what is to be sent and `deliver`.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::send_message_batch::builders::SendMessageBatchInputBuilder;
use aws_sdk_sqs::operation::send_message_batch::{SendMessageBatchError, SendMessageBatchOutput};
use claim_ports::Answer;

/// SQS.
pub trait Queue: std::fmt::Debug + Send + Sync {
    /// Sends up to ten messages, each by itself.
    fn send_message_batch(
        &self,
        input: SendMessageBatchInputBuilder,
    ) -> Answer<'_, SendMessageBatchOutput, SendMessageBatchError>;
}

impl Queue for Client {
    fn send_message_batch(
        &self,
        input: SendMessageBatchInputBuilder,
    ) -> Answer<'_, SendMessageBatchOutput, SendMessageBatchError> {
        Box::pin(input.send_with(self))
    }
}
