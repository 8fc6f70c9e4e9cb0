//! SQS: one FIFO queue, which deduplicates by id for five minutes and keeps the order of a group.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_sqs::error::ErrorMetadata;
use aws_sdk_sqs::operation::send_message::builders::SendMessageInputBuilder;
use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageInput, SendMessageOutput};
use claim_domain::ids::EffectId;
use claim_ports::{Answer, Queue};
use serde_json::Value;

use super::{By, Course, Operation, refused};
use crate::engine::{Millis, Sim};
use crate::faults::Fault;
use crate::state::State;

/// How long the queue knows a deduplication id.
const DEDUPLICATED: Millis = 5 * 60_000;

/// A message that the queue took.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// When.
    pub(crate) at: Millis,
    /// Its group.
    pub(crate) group: String,
    /// Its deduplication id.
    pub(crate) id: String,
    /// Its body.
    pub(crate) body: Value,
}

/// The queue.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    known: BTreeMap<String, Millis>,
    /// What it took, in its order.
    pub(crate) log: Vec<Message>,
}

impl Queue for Sim {
    fn send_message(
        &self,
        input: SendMessageInputBuilder,
    ) -> Answer<'_, SendMessageOutput, SendMessageError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            SEND.call(self, input).await
        })
    }
}

const SEND: Operation<SendMessageInput, SendMessageOutput, SendMessageError, ()> = Operation {
    name: "SendMessage",
    course,
    carry_out: send,
    refuse: |()| {
        let meta = ErrorMetadata::builder().code("ServiceUnavailable").build();
        refused(SendMessageError::generic(meta), 503)
    },
};

fn course(state: &mut State, _: &SendMessageInput) -> Course<()> {
    match state.faults.draw(&mut state.random.messages, &[Fault::QueueFailed, Fault::QueueAnswerLost]) {
        Some(Fault::QueueFailed) => Course::Refused(()),
        Some(_) => Course::AnswerLost,
        None => Course::Fine,
    }
}

fn send(
    state: &mut State,
    input: SendMessageInput,
    by: By,
) -> Result<SendMessageOutput, SdkError<SendMessageError>> {
    let now = state.agenda.now();
    let id = input.message_deduplication_id().unwrap_or_default().to_owned();
    let effect: EffectId =
        serde_json::from_value(Value::String(id.clone())).unwrap_or_else(|_| unreachable!("any text is one"));
    crate::properties::effects::message_is_sent(state, &effect, by.task, by.hears);
    let known = state.messages.known.get(&id).is_some_and(|seen| now - seen < DEDUPLICATED);
    if !known {
        state.messages.known.insert(id.clone(), now);
        let message = Message {
            at: now,
            group: input.message_group_id().unwrap_or_default().to_owned(),
            id,
            body: serde_json::from_str(input.message_body().unwrap_or_default()).unwrap_or_default(),
        };
        crate::properties::assessment::message_is_taken(state, &message);
        state.messages.log.push(message);
    }
    Ok(SendMessageOutput::builder().build())
}
