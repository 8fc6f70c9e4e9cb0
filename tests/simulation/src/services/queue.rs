//! SQS: one FIFO queue, which deduplicates by id for five minutes, keeps the order within a group, and delivers at
//! least once to the reference consumer of assessment.

use std::collections::{BTreeMap, VecDeque};

use assessment_consumer::Consumer;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageInput, SendMessageOutput};
use claim_domain::ids::EffectId;
use serde_json::Value;

use super::{Operation, Sender, sqs};
use crate::engine::Millis;
use crate::faults::Fault;
use crate::state::SimulationState;

/// How long the queue remembers a deduplication id.
const DEDUPLICATION_INTERVAL: Millis = 5 * 60_000;

#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// When the queue accepted it.
    pub(crate) at: Millis,
    pub(crate) group: String,
    /// The deduplication id.
    pub(crate) id: String,
    pub(crate) body: Value,
}

/// The queue.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    /// The deduplication ids, and when the queue accepted them.
    deduplicated: BTreeMap<String, Millis>,
    /// The messages that were not deleted yet, by group.
    waiting: BTreeMap<String, VecDeque<Message>>,
    pub(crate) consumer: Consumer,
    /// All messages that the queue ever accepted, in their order.
    pub(crate) log: Vec<Message>,
}

impl Messages {
    /// Whether the consumer has received every message.
    pub(crate) fn all_received(&self) -> bool {
        self.waiting.values().all(VecDeque::is_empty)
    }
}

pub(super) const SEND: Operation<SendMessageInput, SendMessageOutput, SendMessageError, ()> =
    sqs::operation("SendMessage", |state, _| sqs::draw_outcome(state, |random| &mut random.messages), send);

fn send(
    state: &mut SimulationState,
    input: SendMessageInput,
    sender: Sender,
) -> Result<SendMessageOutput, SdkError<SendMessageError>> {
    let now = state.agenda.now();
    let id = input.message_deduplication_id().unwrap_or_default().to_owned();
    let effect: EffectId = serde_json::from_value(Value::String(id.clone()))
        .unwrap_or_else(|_| unreachable!("any text is an effect id"));
    crate::properties::effects::check_sent_message(state, &effect, sender);
    let message = Message {
        at: now,
        group: input.message_group_id().unwrap_or_default().to_owned(),
        id,
        body: serde_json::from_str(input.message_body().unwrap_or_default()).unwrap_or_default(),
    };
    let SimulationState { faults, random, .. } = &mut *state;
    if faults.inject_one(&mut random.deliveries, &[Fault::MessageSentTwice]).is_some() {
        let (repetition, delay) =
            (message.clone(), random.deliveries.i64(DEDUPLICATION_INTERVAL..3 * 24 * 3_600_000));
        state.agenda.after(delay, move |state| accept(state, Message { at: now + delay, ..repetition }));
    }
    accept(state, message);
    Ok(SendMessageOutput::builder().build())
}

/// Accepts a message, unless it is a duplicate.
fn accept(state: &mut SimulationState, message: Message) {
    let deduplicated = &mut state.messages.deduplicated;
    if deduplicated.get(&message.id).is_some_and(|earlier| message.at - earlier < DEDUPLICATION_INTERVAL) {
        return;
    }
    deduplicated.insert(message.id.clone(), message.at);
    crate::properties::assessment::check_accepted_message(state, &message);
    let group = message.group.clone();
    let queue = state.messages.waiting.entry(group.clone()).or_default();
    queue.push_back(message.clone());
    if queue.len() == 1 {
        deliver_soon(state, group);
    }
    state.messages.log.push(message);
}

/// Delivers the first message of a group after a while. The next one follows when it is deleted.
fn deliver_soon(state: &mut SimulationState, group: String) {
    let delay = state.random.deliveries.i64(5..60_000);
    state.agenda.after(delay, move |state| deliver(state, &group));
}

fn deliver(state: &mut SimulationState, group: &str) {
    let SimulationState { messages: Messages { waiting, consumer, .. }, faults, random, .. } = &mut *state;
    let Some(queue) = waiting.get_mut(group) else { return };
    let Some(message) = queue.front() else { return };
    let (received, id) = (consumer.receive(&message.body.to_string(), group), message.id.clone());
    // A message that is not deleted in time is delivered again.
    if faults.inject_one(&mut random.deliveries, &[Fault::MessageDeliveredTwice]).is_none() {
        queue.pop_front();
    }
    let more = !queue.is_empty();
    if more {
        deliver_soon(state, group.to_owned());
    }
    crate::properties::assessment::check_received_message(state, &id, received);
}
