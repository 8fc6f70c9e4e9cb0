//! SQS: one FIFO queue, which deduplicates by id for five minutes and keeps the order of a group, and delivers at least
//! once to a consumer that does its duty.

use std::collections::{BTreeMap, VecDeque};

use assessment_consumer::Consumer;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_sqs::error::ErrorMetadata;
use aws_sdk_sqs::operation::send_message::builders::SendMessageInputBuilder;
use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageInput, SendMessageOutput};
use claim_domain::ids::EffectId;
use claim_ports::Answer;
use dispatch::services::Queue;
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
    waiting: BTreeMap<String, VecDeque<Message>>,
    /// Who receives them.
    pub(crate) consumer: Consumer,
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
    let message = Message {
        at: now,
        group: input.message_group_id().unwrap_or_default().to_owned(),
        id,
        body: serde_json::from_str(input.message_body().unwrap_or_default()).unwrap_or_default(),
    };
    let State { faults, random, .. } = &mut *state;
    if faults.draw(&mut random.deliveries, &[Fault::MessageSentTwice]).is_some() {
        let (again, delay) = (message.clone(), random.deliveries.i64(DEDUPLICATED..3 * 24 * 3_600_000));
        state.agenda.after(delay, move |state| take(state, Message { at: now + delay, ..again }));
    }
    take(state, message);
    Ok(SendMessageOutput::builder().build())
}

/// The queue takes a message that it does not know.
fn take(state: &mut State, message: Message) {
    let known = &mut state.messages.known;
    if known.get(&message.id).is_some_and(|seen| message.at - seen < DEDUPLICATED) {
        return;
    }
    known.insert(message.id.clone(), message.at);
    crate::properties::assessment::message_is_taken(state, &message);
    let group = message.group.clone();
    let queue = state.messages.waiting.entry(group.clone()).or_default();
    queue.push_back(message.clone());
    if queue.len() == 1 {
        deliver_soon(state, group);
    }
    state.messages.log.push(message);
}

/// Delivers the first message of a group: the next comes when it is deleted.
fn deliver_soon(state: &mut State, group: String) {
    let delay = state.random.deliveries.i64(5..60_000);
    state.agenda.after(delay, move |state| deliver(state, &group));
}

fn deliver(state: &mut State, group: &str) {
    let State { messages: Messages { waiting, consumer, .. }, faults, random, .. } = &mut *state;
    let Some(queue) = waiting.get_mut(group) else { return };
    let Some(message) = queue.front() else { return };
    let (received, id) = (consumer.receive(&message.body.to_string(), group), message.id.clone());
    // Not deleted in time, it comes again.
    if faults.draw(&mut random.deliveries, &[Fault::MessageDeliveredTwice]).is_none() {
        queue.pop_front();
    }
    let more = !queue.is_empty();
    if more {
        deliver_soon(state, group.to_owned());
    }
    crate::properties::assessment::message_is_received(state, &id, received);
}
