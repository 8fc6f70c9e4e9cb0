//! SQS: the standard queue of changes on their way to webhooks. It promises no order and delivers at least once: a message
//! that somebody works on is hidden for a while and comes again unless it is deleted, and sometimes it comes to two machines
//! at about the same time, or once more after it was deleted.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_sqs::operation::change_message_visibility::builders::ChangeMessageVisibilityInputBuilder;
use aws_sdk_sqs::operation::change_message_visibility::{
    ChangeMessageVisibilityError, ChangeMessageVisibilityInput, ChangeMessageVisibilityOutput,
};
use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageInput, SendMessageOutput};
use claim_domain::webhook::Delivery;
use claim_ports::Answer;
use claim_runtime::BatchResponse;
use deliver::QueueEvent;
use serde_json::json;

use super::{CallOutcome, Operation, Sender, sqs};
use crate::engine::{Millis, Simulation};
use crate::faults::Fault;
use crate::invocation::Job;
use crate::properties::webhooks::check_settled;
use crate::state::SimulationState;

/// How long a message is hidden from others while somebody works on it, as the template sets it.
const HIDDEN_FOR: Millis = 180_000;
/// How often a message comes before it goes to the dead letters, as the template sets it.
const MAX_RECEIVES: u32 = 20;
/// How long a message is kept, as the template sets it.
const KEPT_FOR: Millis = 4 * 24 * 3_600_000;

#[derive(Debug, Clone)]
struct Message {
    body: String,
    sent: Millis,
    /// How often it was received.
    received: u32,
    /// From when on it can be received.
    visible: Millis,
}

/// The queue.
#[derive(Debug, Default)]
pub(crate) struct WebhookQueue {
    /// How many messages it ever took.
    taken: u64,
    messages: BTreeMap<u64, Message>,
    /// What was given up; an alarm counts it.
    pub(crate) dead_letters: Vec<Delivery>,
}

impl WebhookQueue {
    /// Whether every message is deleted.
    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

/// A message as a machine receives it.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedMessage {
    message: u64,
    body: String,
    /// How often the message was received, this time included.
    pub(crate) attempt: u32,
}

impl ReceivedMessage {
    /// The delivery that the message is about.
    pub(crate) fn delivery(&self) -> Option<Delivery> {
        serde_json::from_str(&self.body).ok()
    }

    /// The event with which deliver is invoked.
    pub(crate) fn event(&self) -> QueueEvent {
        let record = json!({
            "messageId": self.message.to_string(),
            "receiptHandle": format!("{}-{}", self.message, self.attempt),
            "body": self.body,
            "attributes": { "ApproximateReceiveCount": self.attempt.to_string() },
        });
        let event = serde_json::from_value(json!({ "Records": [record] }));
        event.unwrap_or_else(|error| unreachable!("a record has the form of an event: {error}"))
    }
}

impl deliver::Queue for Simulation {
    fn change_message_visibility(
        &self,
        input: ChangeMessageVisibilityInputBuilder,
    ) -> Answer<'_, ChangeMessageVisibilityOutput, ChangeMessageVisibilityError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            HIDE.call(self, input).await
        })
    }
}

pub(super) const SEND: Operation<SendMessageInput, SendMessageOutput, SendMessageError, ()> =
    sqs::operation("SendMessage to deliver", |state, _| draw_outcome(state), send);

const HIDE: Operation<
    ChangeMessageVisibilityInput,
    ChangeMessageVisibilityOutput,
    ChangeMessageVisibilityError,
    (),
> = sqs::operation("ChangeMessageVisibility", |state, _| draw_outcome(state), hide);

fn draw_outcome(state: &mut SimulationState) -> CallOutcome<()> {
    sqs::draw_outcome(state, |random| &mut random.webhook_queue)
}

fn send(
    state: &mut SimulationState,
    input: SendMessageInput,
    _: Sender,
) -> Result<SendMessageOutput, SdkError<SendMessageError>> {
    let now = state.agenda.now();
    let queue = &mut state.webhook_queue;
    queue.taken += 1;
    let (number, body) = (queue.taken, input.message_body().unwrap_or_default().to_owned());
    queue.messages.insert(number, Message { body, sent: now, received: 0, visible: now });
    let delay = state.random.webhook_queue.i64(5..2_000);
    state.agenda.after(delay, move |state| receive(state, number));
    Ok(SendMessageOutput::builder().build())
}

/// Hides a message until later. Of somebody who is not the last to have received it, the queue takes no notice.
fn hide(
    state: &mut SimulationState,
    input: ChangeMessageVisibilityInput,
    _: Sender,
) -> Result<ChangeMessageVisibilityOutput, SdkError<ChangeMessageVisibilityError>> {
    let (number, received) = input.receipt_handle().and_then(|it| it.split_once('-')).unwrap_or_default();
    let (number, received) = (number.parse().unwrap_or(0), received.parse().unwrap_or(0));
    let delay = Millis::from(input.visibility_timeout().unwrap_or_default()) * 1_000;
    let now = state.agenda.now();
    let message = state.webhook_queue.messages.get_mut(&number);
    if let Some(message) = message.filter(|message| message.received == received) {
        message.visible = now + delay;
        state.agenda.after(delay, move |state| receive(state, number));
    }
    Ok(ChangeMessageVisibilityOutput::builder().build())
}

/// Lets a machine receive a message, unless it is deleted or hidden.
fn receive(state: &mut SimulationState, number: u64) {
    let now = state.agenda.now();
    let queue = &mut state.webhook_queue;
    let Some(message) = queue.messages.get_mut(&number).filter(|message| message.visible <= now) else {
        return;
    };
    if message.received >= MAX_RECEIVES || now - message.sent > KEPT_FOR {
        let is_dead = message.received >= MAX_RECEIVES;
        let letter = serde_json::from_str(&message.body).ok().filter(|_| is_dead);
        queue.dead_letters.extend(letter);
        queue.messages.remove(&number);
        return;
    }
    message.received += 1;
    message.visible = now + HIDDEN_FOR;
    let copy = message.clone();
    let received = ReceivedMessage { message: number, body: copy.body.clone(), attempt: copy.received };
    state.jobs.push(Job::Delivery(received));
    state.agenda.after(HIDDEN_FOR, move |state| receive(state, number));
    let SimulationState { faults, random, .. } = &mut *state;
    let random = &mut random.webhook_queue;
    if faults.inject_one(random, &[Fault::MessageDeliveredTwice]).is_some() {
        let delay = if random.bool() { random.i64(0..300) } else { random.i64(300..60_000) };
        state.agenda.after(delay, move |state| {
            let now = state.agenda.now();
            state.webhook_queue.messages.entry(number).or_insert(copy).visible = now;
            receive(state, number);
        });
    }
}

/// Deliver has worked on a message: it is deleted unless it must come again. Whoever received it before somebody else did
/// deletes nothing.
pub(crate) fn handled(state: &mut SimulationState, received: &ReceivedMessage, response: &BatchResponse) {
    if !response.batch_item_failures.is_empty() {
        return;
    }
    let messages = &mut state.webhook_queue.messages;
    if messages.get(&received.message).is_some_and(|message| message.received == received.attempt) {
        messages.remove(&received.message);
    }
    if let Some(delivery) = received.delivery() {
        check_settled(state, &delivery);
    }
}
