//! The queue between what is to be sent and `deliver`.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::send_message::builders::SendMessageInputBuilder;
use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageOutput};
use claim_ports::Answer;

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
