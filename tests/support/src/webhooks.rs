//! What webhooks have around them, where tests are about something else: a queue that takes everything, and no network.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::operation::change_message_visibility::builders::ChangeMessageVisibilityInputBuilder;
use aws_sdk_sqs::operation::change_message_visibility::{
    ChangeMessageVisibilityError, ChangeMessageVisibilityOutput,
};
use aws_sdk_sqs::operation::send_message::builders::SendMessageInputBuilder;
use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageOutput};
use claim_domain::webhook::{Parts, Reach};
use claim_ports::Answer;
use deliver::send::{Addresses, Answered, Resolver, SendError, Sender, Transport};
use lambda_http::http::Request;

/// What webhooks have around them: both ends of the queue of changes on their way, and the way to servers.
#[derive(Clone)]
pub struct Deliveries {
    /// The end where `webhooks` puts changes that are sent again.
    pub sending: Arc<dyn ::webhooks::Queue>,
    /// The end where `deliver` takes changes.
    pub receiving: Arc<dyn deliver::Queue>,
    /// What `deliver` sends with.
    pub sender: Sender,
}

impl Deliveries {
    /// A queue that takes everything, and no network.
    pub fn nowhere() -> Self {
        let sender = Sender::over(Arc::new(Nowhere), Arc::new(Nowhere), Reach::Public);
        Self { sending: Arc::new(Nowhere), receiving: Arc::new(Nowhere), sender }
    }
}

/// A queue that takes everything, and a machine without a network.
#[derive(Debug, Clone, Copy)]
struct Nowhere;

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

impl Transport for Nowhere {
    fn exchange<'a>(&'a self, _: Parts<'a>, _: Vec<SocketAddr>, _: Request<String>) -> Answered<'a> {
        Box::pin(std::future::ready(Err(SendError::Unreachable(io::ErrorKind::NetworkUnreachable.into()))))
    }

    fn within<'a>(&'a self, _: Duration, answered: Answered<'a>) -> Answered<'a> {
        answered
    }
}
