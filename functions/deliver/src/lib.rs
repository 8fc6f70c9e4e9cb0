//! The function `deliver`: takes changes from the queue and sends each to one webhook, signed as the Standard Webhooks
//! specification says (D24).
//!
//! A message is about one change and one webhook, so that a server that fails keeps no change from another. What is not taken comes
//! again after a pause, which the queue keeps: the function says of a message when it is to be seen again. After the last
//! attempt the delivery is parked: the webhook shows it, and an alarm is raised.
//!
//! *Told*: when changes are parked for the first time since the webhook worked, its contact gets an email. It is sent before the
//! message is over: what is cut off, or not accepted, is done when the message comes again.
//!
//! *Attempts*: only those count that went out. A message that comes again says so, but not whether it was sent on before: that is
//! kept beside the webhook when an attempt fails. So an hour in which the table fails costs no delivery any of its attempts.
//!
//! *Duplicate messages*: the receiver recognises a change by its `webhook-id`, which is the same each time. *Order*: none is
//! promised; the change's number says it. *A removed webhook*: its messages are dropped when they come.

mod queue;
pub mod send;
mod tell;

use std::sync::Arc;
use std::time::Instant as Since;

use aws_sdk_sqs::operation::change_message_visibility::ChangeMessageVisibilityInput;
use chrono::TimeDelta;
use claim_command::CommandHandler;
use claim_domain::calendar::Instant;
use claim_domain::webhook::{Delivery, Webhook};
use claim_runtime::{
    Aws, BatchItemFailure, BatchResponse, ConfigError, Error, Measured, Meter, Metric, Variables, logging,
};
use claim_store::{Attempt, AttemptOutcome, StoreError};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP};

pub use queue::{Attributes, Queue, QueueEvent, Record};
pub use tell::Teller;

use crate::send::{Sender, System};
use crate::tell::NotTold;

/// How long to wait after each attempt: in all about a day. SQS keeps none waiting for longer than twelve hours.
const PAUSES: [TimeDelta; 7] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(8),
    TimeDelta::hours(8),
];

/// The last attempt: there is none after the last pause.
const LAST: u32 = 8;

/// The function as Lambda runs it.
pub struct Function {
    deliver: Deliver,
    meter: Meter,
}

impl claim_runtime::Function for Function {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    type Event = QueueEvent;
    type Answer = BatchResponse;

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self { deliver: Deliver::new(variables)?, meter: Meter::new(variables)? })
    }

    async fn handle(&self, batch: QueueEvent, _: &str) -> Result<BatchResponse, Error> {
        let response = self.deliver.handle(batch).await;
        self.meter.write(&response.measured);
        Ok(response)
    }
}

/// Everything that deliveries need.
#[derive(Clone)]
pub struct Deliver {
    commands: CommandHandler,
    queue: Arc<dyn Queue>,
    queue_url: String,
    sender: Sender,
    teller: Teller,
}

/// What became of sending a change.
struct Sent {
    outcome: AttemptOutcome,
    status: Option<u16>,
    error: Option<String>,
    pause: Option<TimeDelta>,
}

/// Why it is not known what became of a delivery: its message comes again.
#[derive(Debug, thiserror::Error)]
enum Unfinished {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    NotTold(#[from] NotTold),
}

impl Deliver {
    /// Deliveries on AWS, as configured.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let aws = Aws::new(variables)?;
        let reach = variables.parsed("WEBHOOKS_TO_THIS_MACHINE", "false")?;
        let sender = Sender::new(Arc::new(System), claim_runtime::web_tls(variables)?, reach);
        let queue = Arc::new(aws_sdk_sqs::Client::new(aws.config()));
        let queue_url = variables.required("WEBHOOK_QUEUE_URL")?.to_owned();
        let teller = Teller::new(Arc::new(aws_sdk_sesv2::Client::new(aws.config())), variables)?;
        Ok(Self::over(claim_runtime::command_handler(variables, &aws)?, queue, queue_url, sender, teller))
    }

    /// Deliveries from this queue, with this sender, and with who tells people.
    pub fn over(
        commands: CommandHandler,
        queue: Arc<dyn Queue>,
        queue_url: String,
        sender: Sender,
        teller: Teller,
    ) -> Self {
        Self { commands, queue, queue_url, sender, teller }
    }

    /// Works through a batch of messages, and says which must come again.
    pub async fn handle(&self, batch: QueueEvent) -> BatchResponse {
        let mut response = BatchResponse::default();
        for record in batch.records {
            if !self.settle(&record, &mut response.measured).await {
                response
                    .batch_item_failures
                    .push(BatchItemFailure { item_identifier: record.message_id.into() });
            }
        }
        response
    }

    /// Tries one delivery; returns whether it is over.
    async fn settle(&self, record: &Record, measured: &mut Measured) -> bool {
        let delivery: Delivery = match serde_json::from_str(&record.body) {
            Ok(delivery) => delivery,
            Err(error) => {
                tracing::error!(message = record.message_id.as_str(), error = %error, "no delivery");
                return false;
            }
        };
        match self.deliver(&delivery, record).await {
            Ok(Some(sent)) => {
                match sent.outcome {
                    AttemptOutcome::Taken => measured.count(Metric::DeliveriesTaken, 1),
                    AttemptOutcome::Failed => measured.count(Metric::DeliveriesFailed, 1),
                    AttemptOutcome::Parked => measured.count(Metric::DeliveriesParked, 1),
                    AttemptOutcome::Gone => {}
                }
                let Some(pause) = sent.pause else { return true };
                self.again(record, pause).await;
                false
            }
            Ok(None) => true,
            Err(error) => {
                let error = logging::chain(&error);
                tracing::error!(webhook.id = delivery.webhook.as_str(), error, "delivery not recorded");
                false
            }
        }
    }

    /// Sends a change to its webhook, if there still is one, and notes what became of it.
    async fn deliver(&self, delivery: &Delivery, record: &Record) -> Result<Option<Sent>, Unfinished> {
        let webhooks = self.commands.store.webhooks(&delivery.partner).await?;
        let webhook = webhooks.into_iter().find(|webhook| webhook.id == delivery.webhook);
        let Some(webhook) = webhook.filter(|webhook| webhook.gone_at.is_none()) else { return Ok(None) };
        let attempt = match record.is_first() {
            true => 1,
            false => {
                self.commands.store.tried(&delivery.partner, &record.message_id).await?.saturating_add(1)
            }
        };
        let (at, since) = (self.commands.host.now(), Since::now());
        let answer = match signed(&webhook, delivery, at) {
            Ok((headers, body)) => self.sender.post(&webhook.url, headers, body).await.map_err(|error| {
                tracing::info!(webhook.id = webhook.id.as_str(), error = logging::chain(&error), "no answer");
                error.to_string()
            }),
            Err(error) => Err(error),
        };
        // Who has taken nothing for longer than all attempts last gets each change once, so that its changes do not fill the
        // queue for the others.
        let has_long_failed = webhook.failing_since.is_some_and(|since| at - since > TimeDelta::days(1));
        let sent = sent(answer, if has_long_failed { LAST } else { attempt });
        let milliseconds = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            webhook.id = webhook.id.as_str(),
            partner = delivery.partner.as_str(),
            sequence = delivery.sequence,
            attempt,
            milliseconds,
            outcome = ?sent.outcome,
            status = sent.status,
            "delivery"
        );
        if sent.outcome == AttemptOutcome::Failed {
            self.commands.store.keep_tried(&delivery.partner, &record.message_id, attempt, at).await?;
        }
        let contact = match self.note(&webhook, delivery, &sent, at).await {
            // What was taken is not sent once more for want of a note.
            Err(error) if sent.outcome == AttemptOutcome::Taken => {
                let error = logging::chain(&error);
                tracing::warn!(webhook.id = webhook.id.as_str(), error, "not noted");
                None
            }
            noted => noted?,
        };
        let kept = Attempt {
            sequence: delivery.sequence,
            claim: delivery.claim.clone(),
            kind: delivery.kind.clone(),
            at,
            attempt,
            milliseconds,
            outcome: sent.outcome,
            status: sent.status,
            error: sent.error.clone(),
            next_at: sent.pause.map(|pause| self.commands.host.now() + pause),
        };
        self.keep(delivery, &kept).await;
        if let Some(contact) = contact {
            self.tell(&webhook, delivery, &contact).await?;
        }
        Ok(Some(sent))
    }

    /// Keeps what became of an attempt. The delivery is what counts: it is not made again for want of a line in its log.
    async fn keep(&self, delivery: &Delivery, kept: &Attempt) {
        let Ok(id) = self.commands.host.new_id().parse() else { return };
        let (partner, webhook) = (&delivery.partner, &delivery.webhook);
        if let Err(error) = self.commands.store.keep_attempt(partner, webhook, &id, kept).await {
            let error = logging::chain(&error);
            tracing::warn!(webhook.id = webhook.as_str(), error, "not logged");
        }
    }

    /// Notes on the webhook how it stands, and says whom to tell. Mostly nothing has changed, and nothing is written.
    async fn note(
        &self,
        webhook: &Webhook,
        delivery: &Delivery,
        sent: &Sent,
        at: Instant,
    ) -> Result<Option<String>, StoreError> {
        let now = self.commands.host.now();
        let note = |webhooks: &mut Vec<Webhook>| {
            let mut contact = None;
            for known in webhooks.iter_mut().filter(|known| known.id == webhook.id) {
                match sent.outcome {
                    AttemptOutcome::Taken => known.succeeded(at),
                    AttemptOutcome::Failed => known.failed(delivery.sequence, false, at),
                    AttemptOutcome::Parked => {
                        known.failed(delivery.sequence, true, at);
                        contact = known.tells(now);
                    }
                    AttemptOutcome::Gone => known.gone_at = Some(at),
                }
            }
            Ok::<_, StoreError>(contact)
        };
        // What was read before sending says whether there is anything to note, and saves another read.
        let mut as_read = vec![webhook.clone()];
        note(&mut as_read)?;
        if as_read == [webhook.clone()] {
            return Ok(None);
        }
        self.commands.store.change_webhooks(&delivery.partner, note).await?
    }

    /// Has the queue show a message again after a pause. If that fails, it comes sooner.
    async fn again(&self, record: &Record, pause: TimeDelta) {
        let input = ChangeMessageVisibilityInput::builder()
            .queue_url(&self.queue_url)
            .receipt_handle(&record.receipt_handle)
            .visibility_timeout(i32::try_from(pause.num_seconds()).unwrap_or(i32::MAX));
        if let Err(error) = self.queue.change_message_visibility(input).await {
            tracing::warn!(
                message = record.message_id.as_str(),
                error = logging::chain(&error),
                "pause not set"
            );
        }
    }
}

/// What an answer means at the given attempt, and how long to wait for the next.
fn sent(answer: Result<StatusCode, String>, attempt: u32) -> Sent {
    let pause = PAUSES.get(usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX)).copied();
    let unless_last = if pause.is_some() { AttemptOutcome::Failed } else { AttemptOutcome::Parked };
    match answer {
        Ok(status) => {
            let outcome = match status {
                StatusCode::GONE => AttemptOutcome::Gone,
                _ if status.is_success() => AttemptOutcome::Taken,
                _ => unless_last,
            };
            let pause = pause.filter(|_| outcome == AttemptOutcome::Failed);
            Sent { outcome, status: Some(status.as_u16()), error: None, pause }
        }
        Err(error) => Sent { outcome: unless_last, status: None, error: Some(error), pause },
    }
}

/// The body of a delivery, and the headers that sign it with every secret of the webhook.
fn signed(webhook: &Webhook, delivery: &Delivery, now: Instant) -> Result<(HeaderMap, String), String> {
    let body = serde_json::to_string(&delivery.view()).map_err(|error| error.to_string())?;
    let (id, timestamp) = (delivery.id(), now.timestamp());
    let sign = |secret: &str| standardwebhooks::Webhook::new(secret)?.sign(&id, timestamp, body.as_bytes());
    let signatures = webhook.secrets(now).map(|secret| sign(&secret.0)).collect::<Result<Vec<_>, _>>();
    // Not with the cause, which could quote the secret.
    let signatures = signatures.map_err(|_| "the delivery could not be signed".to_owned())?.join(" ");
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (HEADER_WEBHOOK_ID, id.as_str()),
        (HEADER_WEBHOOK_TIMESTAMP, &timestamp.to_string()),
        (HEADER_WEBHOOK_SIGNATURE, &signatures),
    ] {
        let value = HeaderValue::from_str(value).map_err(|error| error.to_string())?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok((headers, body))
}

#[cfg(test)]
mod flow_tests;
#[cfg(test)]
#[path = "lib_tests.rs"]
mod tests;
