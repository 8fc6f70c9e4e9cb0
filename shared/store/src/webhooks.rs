//! The webhooks of an organisation, and what became of each attempt to deliver to one (D24).
//!
//! The few webhooks of an organisation are one item, whose version says whether somebody else has written it since it was
//! read: so their number is bounded, and no change of one is lost. Their secrets are in it as they are, for they have to
//! sign; the table is encrypted, and only `webhooks`, `deliver` and `dispatch` read the item.

use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use chrono::TimeDelta;
use claim_domain::calendar::Instant;
use claim_domain::claim::SCHEMA;
use claim_domain::ids::{AttemptId, ClaimId, MessageId, PartnerId, WebhookId};
use claim_domain::webhook::Webhook;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::error::StoreError;
use crate::item::{number, read, text, to_value};
use crate::key::{Key, attempts_of};

/// How long an attempt is kept (D24).
const KEPT_FOR: TimeDelta = TimeDelta::days(30);
/// How long it is kept how often a delivery was tried: longer than the queue keeps its message.
const COUNTED_FOR: TimeDelta = TimeDelta::days(5);
/// How often a change is tried before the table counts as busy: whoever was faster has written.
const TRIES: u32 = 10;

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum AttemptOutcome {
    /// The server took the change.
    Taken,
    /// It did not; it is tried again.
    Failed,
    /// It did not, and it was the last attempt.
    Parked,
    /// The server wants nothing any more (410).
    Gone,
}

/// An attempt to deliver a change to a webhook (D24).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The number of the change (D23).
    pub sequence: u64,
    /// Whose change it is.
    pub claim: ClaimId,
    /// What kind of change it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// When the attempt began.
    pub at: Instant,
    /// Which attempt it is for this change, from 1 on.
    pub attempt: u32,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// What became of it.
    pub outcome: AttemptOutcome,
    /// The status that the server answered with; `None` if it did not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there was no answer, in our words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Instant>,
}

impl Store {
    /// The webhooks of an organisation, the oldest first.
    ///
    /// # Errors
    /// When the table fails or the item cannot be read.
    pub async fn webhooks(&self, partner: &PartnerId) -> Result<Vec<Webhook>, StoreError> {
        Ok(self.versioned(partner).await?.0)
    }

    /// Changes the webhooks of an organisation, unless `change` refuses; it is asked again if somebody else was faster.
    /// Nothing is written if nothing is changed.
    ///
    /// # Errors
    /// When the table fails, or others keep changing them.
    pub async fn change_webhooks<T, E>(
        &self,
        partner: &PartnerId,
        change: impl Fn(&mut Vec<Webhook>) -> Result<T, E>,
    ) -> Result<Result<T, E>, StoreError> {
        let mut tried = None;
        for _ in 0..TRIES {
            let stored = self.versioned(partner).await?;
            // What an earlier try has written, though its answer was lost, is not done again.
            if let Some((written, result)) = tried.take()
                && written == stored
            {
                return Ok(result);
            }
            let (before, version) = stored;
            let mut after = before.clone();
            let result = change(&mut after);
            if result.is_err() || after == before {
                return Ok(result);
            }
            if after.len() > before.len() {
                self.note_webhooks(partner).await?;
            }
            if self.keep(partner, &after, version).await? {
                return Ok(result);
            }
            tried = Some(((after, version + 1), result));
        }
        Err(StoreError::Throttled)
    }

    async fn versioned(&self, partner: &PartnerId) -> Result<(Vec<Webhook>, u64), StoreError> {
        let Some(item) = self.get(&Key::Webhooks(partner.clone())).await? else { return Ok((Vec::new(), 0)) };
        Ok((read(&item, "webhooks")?, read(&item, "version")?))
    }

    async fn keep(
        &self,
        partner: &PartnerId,
        webhooks: &[Webhook],
        version: u64,
    ) -> Result<bool, StoreError> {
        let update = UpdateItemInput::builder()
            .table_name(&self.name)
            .set_key(Some(Key::Webhooks(partner.clone()).attributes()))
            .update_expression("SET #webhooks = :webhooks, #version = :next, #schema = :schema")
            .condition_expression(match version {
                0 => "attribute_not_exists(#version)",
                _ => "#version = :version",
            })
            .expression_attribute_names("#webhooks", "webhooks")
            .expression_attribute_names("#version", "version")
            .expression_attribute_names("#schema", "schema")
            .expression_attribute_values(":webhooks", to_value(&webhooks)?)
            .expression_attribute_values(":next", number(version + 1))
            .expression_attribute_values(":schema", number(SCHEMA));
        let update = match version {
            0 => update,
            _ => update.expression_attribute_values(":version", number(version)),
        };
        self.update(update).await
    }

    /// How often the delivery of this message was tried.
    ///
    /// # Errors
    /// When the table fails or the item cannot be read.
    pub async fn tried(&self, partner: &PartnerId, message: &MessageId) -> Result<u32, StoreError> {
        let found = self.get(&Key::Tried(partner.clone(), message.clone())).await?;
        found.map_or(Ok(0), |found| read(&found, "tried"))
    }

    /// Keeps how often the delivery of this message was tried by now.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn keep_tried(
        &self,
        partner: &PartnerId,
        message: &MessageId,
        tried: u32,
        now: Instant,
    ) -> Result<(), StoreError> {
        let mut item = Key::Tried(partner.clone(), message.clone()).attributes();
        item.insert("schema".to_owned(), number(SCHEMA));
        item.insert("tried".to_owned(), number(tried));
        item.insert("ttl".to_owned(), number((now + COUNTED_FOR).timestamp()));
        self.table.put_item(PutItemInput::builder().table_name(&self.name).set_item(Some(item))).await?;
        Ok(())
    }

    /// Keeps what became of an attempt, for 30 days.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn keep_attempt(
        &self,
        partner: &PartnerId,
        webhook: &WebhookId,
        id: &AttemptId,
        attempt: &Attempt,
    ) -> Result<(), StoreError> {
        let mut item = Key::Attempt(partner.clone(), webhook.clone(), id.clone()).attributes();
        item.insert("schema".to_owned(), number(SCHEMA));
        item.insert("attempt".to_owned(), to_value(attempt)?);
        item.insert("ttl".to_owned(), number((attempt.at + KEPT_FOR).timestamp()));
        self.table.put_item(PutItemInput::builder().table_name(&self.name).set_item(Some(item))).await?;
        Ok(())
    }

    /// The last attempts to deliver to a webhook, the newest first, at most `limit`.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn attempts(
        &self,
        partner: &PartnerId,
        webhook: &WebhookId,
        limit: u32,
    ) -> Result<Vec<Attempt>, StoreError> {
        let input = QueryInput::builder()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk AND begins_with(sk, :attempts)")
            .expression_attribute_values(":pk", text(Key::Webhooks(partner.clone()).partition()))
            .expression_attribute_values(":attempts", text(attempts_of(webhook)))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let page = self.table.query(input).await?;
        page.items().iter().map(|item| read(item, "attempt")).collect()
    }
}
