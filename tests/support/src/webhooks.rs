//! What webhooks have around them, where tests are about something else: a queue that takes everything, and no network.

use std::io;

use aws_sdk_sqs::operation::change_message_visibility::builders::ChangeMessageVisibilityInputBuilder;
use aws_sdk_sqs::operation::change_message_visibility::{
    ChangeMessageVisibilityError, ChangeMessageVisibilityOutput,
};
use aws_sdk_sqs::operation::send_message_batch::builders::SendMessageBatchInputBuilder;
use aws_sdk_sqs::operation::send_message_batch::{SendMessageBatchError, SendMessageBatchOutput};
use claim_ports::Answer;
use deliver::send::{Addresses, Resolver};

/// A queue that takes everything, and a machine without a network.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nowhere;

impl ::webhooks::Queue for Nowhere {
    fn send_message_batch(
        &self,
        _: SendMessageBatchInputBuilder,
    ) -> Answer<'_, SendMessageBatchOutput, SendMessageBatchError> {
        let output =
            SendMessageBatchOutput::builder().set_successful(Some(Vec::new())).set_failed(Some(Vec::new()));
        Box::pin(std::future::ready(
            output.build().map_err(aws_sdk_sqs::error::SdkError::construction_failure),
        ))
    }
}

impl deliver::Queue for Nowhere {
    fn change_message_visibility(
        &self,
        _: ChangeMessageVisibilityInputBuilder,
    ) -> Answer<'_, ChangeMessageVisibilityOutput, ChangeMessageVisibilityError> {
        Box::pin(std::future::ready(Ok(ChangeMessageVisibilityOutput::builder().build())))
    }
}

impl Resolver for Nowhere {
    fn resolve<'a>(&'a self, _: &'a str, _: u16) -> Addresses<'a> {
        Box::pin(std::future::ready(Err(io::ErrorKind::NetworkUnreachable.into())))
    }
}
