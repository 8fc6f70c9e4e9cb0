//! SQS: what its queues have in common, which is how calls to it go wrong, and that one client sends to all of them.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_sqs::error::ErrorMetadata;
use aws_sdk_sqs::operation::send_message::builders::SendMessageInputBuilder;
use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageOutput};
use aws_smithy_runtime_api::client::result::CreateUnhandledError;
use claim_ports::Answer;
use dispatch::services::Queue;
use fastrand::Rng;

use super::{CallOutcome, Operation, Sender, queue, refused, webhook_queue};
use crate::engine::Simulation;
use crate::faults::Fault;
use crate::machines::WEBHOOK_QUEUE_URL;
use crate::random::Random;
use crate::state::SimulationState;

impl Queue for Simulation {
    fn send_message(
        &self,
        input: SendMessageInputBuilder,
    ) -> Answer<'_, SendMessageOutput, SendMessageError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            match input.queue_url() {
                Some(WEBHOOK_QUEUE_URL) => webhook_queue::SEND.call(self, input).await,
                _ => queue::SEND.call(self, input).await,
            }
        })
    }
}

/// An operation of a queue.
pub(super) const fn operation<I, O, E: CreateUnhandledError>(
    name: &'static str,
    draw_outcome: fn(&mut SimulationState, &I) -> CallOutcome<()>,
    carry_out: fn(&mut SimulationState, I, Sender) -> Result<O, SdkError<E>>,
) -> Operation<I, O, E, ()> {
    Operation { name, down: Some(Fault::QueueDown), draw_outcome, carry_out, refusal: unavailable }
}

/// Draws what happens to a call, from the random numbers of the queue.
pub(super) fn draw_outcome(
    state: &mut SimulationState,
    of_queue: fn(&mut Random) -> &mut Rng,
) -> CallOutcome<()> {
    let SimulationState { faults, random, .. } = state;
    match faults.inject_one(of_queue(random), &[Fault::QueueFailed, Fault::QueueAnswerLost]) {
        Some(Fault::QueueFailed) => CallOutcome::Refused(()),
        Some(_) => CallOutcome::AnswerLost,
        None => CallOutcome::Normal,
    }
}

fn unavailable<E: CreateUnhandledError>((): ()) -> SdkError<E> {
    let meta = ErrorMetadata::builder().code("ServiceUnavailable").build();
    refused(E::create_unhandled_error(meta.clone().into(), Some(meta)), 503)
}
