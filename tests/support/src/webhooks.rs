//! What webhooks have around them, where tests are about something else: a queue that takes everything, and no network.

use std::io;

use aws_sdk_sqs::operation::change_message_visibility::builders::ChangeMessageVisibilityInputBuilder;
use aws_sdk_sqs::operation::change_message_visibility::{
    ChangeMessageVisibilityError, ChangeMessageVisibilityOutput,
};
use aws_sdk_sqs::operation::send_message::builders::SendMessageInputBuilder;
use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageOutput};
use claim_ports::Answer;
use deliver::send::{Addresses, Resolver};

/// A queue that takes everything, and a machine without a network.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nowhere;

impl ::webhooks::Queue for Nowhere {
    fn send_message(&self, _: SendMessageInputBuilder) -> Answer<'_, SendMessageOutput, SendMessageError> {
        Box::pin(std::future::ready(Ok(SendMessageOutput::builder().build())))
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
