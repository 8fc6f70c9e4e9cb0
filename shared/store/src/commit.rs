//! Writing what the domain decided: one transaction per command.
//!
//! The claim at its next version, its events, new contacts, association records (D15), the stored answer to an
//! Idempotency-Key and, for the record of a delivery, the mark on the effect that was delivered (I5) are written
//! together or not at all. The claim's version is the optimistic lock.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsInput};
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, Delete, Put, TransactWriteItem};
use chrono::TimeDelta;
use claim_domain::calendar::Instant;
use claim_domain::claim::{AssociationKey, Claim, SCHEMA};
use claim_domain::decide::Decision;
use claim_domain::draft::Contact;
use claim_domain::ids::{ClaimId, ContactRef, Sha256};
use claim_domain::refusal::NewestEvidence;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::item::{Item, claim_item, event_item, number, read, text, to_value};
use crate::key::Key;
use crate::{Delivered, Store};

/// How long an answer to an Idempotency-Key is kept.
const ANSWER_KEPT: TimeDelta = TimeDelta::hours(48);

/// What one command writes.
#[derive(Debug)]
pub struct Commit<'a> {
    /// The claim as it was read; `None` to create it.
    pub before: Option<&'a Claim>,
    /// What the domain decided, with at least one event.
    pub decision: &'a Decision,
    /// Contacts that the claim refers to from now on.
    pub contacts: &'a [(ContactRef, Contact)],
    /// The answer to keep under an Idempotency-Key's record.
    pub answer: Option<(&'a Sha256, &'a StoredAnswer)>,
    /// The effect whose delivery this records.
    pub delivered: Option<Delivered<'a>>,
    /// The instant of writing.
    pub now: Instant,
}

/// What is kept of an answer. When the key comes again, the answer is rebuilt from it and the claim as it is then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredAnswer {
    /// The SHA-256 of the request's body: another body under the same key is refused.
    pub body: Sha256,
    /// The claim.
    pub claim: ClaimId,
    /// The claim's version after the command.
    pub version: u64,
    /// The id of what the command made, if it made something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The claim has moved on since it was read.
    #[error("the claim has moved on")]
    Lost,
    /// Another claim took an association record meanwhile (D15).
    #[error("an association is held by another claim")]
    Held(Vec<AssociationKey>),
    /// The Idempotency-Key was used meanwhile.
    #[error("the idempotency key was used meanwhile")]
    KeyUsed,
    /// The effect was recorded as delivered meanwhile.
    #[error("the delivery is recorded already")]
    DeliveryRecorded,
    /// Another transaction was in the way; try again.
    #[error("another transaction was in the way")]
    Conflict,
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an action of the transaction is for: the cancellation reasons come in the same order.
enum Part {
    Claim,
    Event,
    Contact,
    Association(AssociationKey),
    Answer,
    Delivery,
}

impl Store {
    /// Writes a decision: all of it or nothing.
    ///
    /// # Errors
    /// [`CommitError::Lost`] if the claim has moved on since it was read; the other variants say what else was in the
    /// way. In every case nothing was written.
    pub async fn commit(&self, commit: &Commit<'_>) -> Result<(), CommitError> {
        let mut parts = self.parts(commit)?;
        if let Some(delivered) = commit.delivered {
            let mark = self.delivery(delivered, commit.now).await?.ok_or(CommitError::DeliveryRecorded)?;
            let mark = mark.build().map_err(|error| failed(Box::new(error)))?;
            parts.push((Part::Delivery, TransactWriteItem::builder().update(mark).build()));
        }
        let (parts, actions): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let input = TransactWriteItemsInput::builder().set_transact_items(Some(actions));
        let sent = self.table.transact_write_items(input).await;
        sent.map(|_| ()).map_err(|error| cancelled(error, &parts))
    }

    fn parts(&self, commit: &Commit<'_>) -> Result<Vec<(Part, TransactWriteItem)>, StoreError> {
        let Some(after) = &commit.decision.claim else { return Ok(Vec::new()) };
        let claim = self.put(claim_item(after, self.shards)?);
        let claim = match commit.before {
            Some(before) => claim
                .condition_expression("version = :before")
                .expression_attribute_values(":before", number(before.version)),
            None => claim.condition_expression("attribute_not_exists(pk)"),
        };
        let mut parts = vec![(Part::Claim, claim)];
        let mut notes = commit.before.map_or(0, |before| before.notes);
        for (event, effects) in &commit.decision.events {
            let item = event_item(event, notes, effects, commit.now, self.shards)?;
            notes += u64::from(!event.change.is_visible_to_partner());
            parts.push((Part::Event, self.put(item).condition_expression("attribute_not_exists(pk)")));
        }
        for (reference, contact) in commit.contacts {
            let mut item = Key::Contact(after.id.clone(), reference.clone()).attributes();
            item.insert("schema".to_owned(), number(after.schema));
            item.insert("contact".to_owned(), to_value(contact)?);
            if contact.proven {
                item.insert("proven".to_owned(), AttributeValue::Bool(true));
            }
            parts.push((Part::Contact, self.put(item)));
        }
        if let Some((record, answer)) = commit.answer {
            parts.push((Part::Answer, self.answer(record, answer, commit.now)?));
        }
        let mut actions = Vec::with_capacity(parts.len());
        for (part, put) in parts {
            let put = put.build().map_err(|error| failed(Box::new(error)))?;
            actions.push((part, TransactWriteItem::builder().put(put).build()));
        }
        actions.extend(self.associations(commit.before, after)?);
        Ok(actions)
    }

    fn put(&self, item: Item) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder().table_name(&self.name).set_item(Some(item))
    }

    fn answer(
        &self,
        record: &Sha256,
        answer: &StoredAnswer,
        now: Instant,
    ) -> Result<aws_sdk_dynamodb::types::builders::PutBuilder, StoreError> {
        let expires = (now + ANSWER_KEPT).timestamp();
        let mut item = Key::Answer(record.clone()).attributes();
        item.insert("schema".to_owned(), number(SCHEMA));
        item.insert("answer".to_owned(), to_value(answer)?);
        item.insert("ttl".to_owned(), number(expires));
        Ok(self
            .put(item)
            .condition_expression("attribute_not_exists(pk) OR #ttl <= :now")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":now", number(now.timestamp())))
    }

    /// The association records that the claim takes and gives up (D15), and those that it keeps and that are to name a newer
    /// document (D26).
    fn associations(
        &self,
        before: Option<&Claim>,
        after: &Claim,
    ) -> Result<Vec<(Part, TransactWriteItem)>, StoreError> {
        let held = before.map(|claim| claim.held()).unwrap_or_default();
        let holds = after.held();
        let newest = newest_evidence(after);
        let is_same = before.is_some_and(|before| newest_evidence(before) == newest);
        let mut actions = Vec::new();
        for (product, association) in after.details.associations() {
            let is_kept = held.contains(&association);
            if !holds.contains(&association) || is_kept && is_same {
                continue;
            }
            let record = AssociationRecord {
                claim: after.id.clone(),
                partner: after.partner.clone(),
                partner_name: after.partner_name.clone(),
                product: product.clone(),
                since: after.consents.last().map_or(after.last_event_at, |consent| consent.approved_at),
                newest_evidence: newest.clone(),
            };
            let mut item = Key::Association(association.clone()).attributes();
            item.insert("schema".to_owned(), number(SCHEMA));
            item.insert("claim".to_owned(), text(after.id.as_str()));
            item.insert("record".to_owned(), to_value(&record)?);
            let put = match is_kept {
                false => self.put(item).condition_expression("attribute_not_exists(pk)"),
                true => self
                    .put(item)
                    .condition_expression("claim = :claim")
                    .expression_attribute_values(":claim", text(after.id.as_str())),
            };
            let put = put.build().map_err(|error| failed(Box::new(error)))?;
            actions.push((Part::Association(association), TransactWriteItem::builder().put(put).build()));
        }
        for association in held.difference(&holds) {
            let delete = Delete::builder()
                .table_name(&self.name)
                .set_key(Some(Key::Association(association.clone()).attributes()))
                .condition_expression("claim = :claim")
                .expression_attribute_values(":claim", text(after.id.as_str()))
                .build()
                .map_err(|error| failed(Box::new(error)))?;
            actions.push((
                Part::Association(association.clone()),
                TransactWriteItem::builder().delete(delete).build(),
            ));
        }
        Ok(actions)
    }
}

/// The record of an association (D15).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssociationRecord {
    pub(crate) claim: ClaimId,
    pub(crate) partner: claim_domain::ids::PartnerId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) partner_name: Option<String>,
    pub(crate) product: claim_domain::claim::Product,
    pub(crate) since: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) newest_evidence: Option<NewestEvidence>,
}

impl StoredAnswer {
    /// The answer in an item, unless it has expired. The expiry is compared here, since TTL only cleans up.
    pub(crate) fn of(item: &Item, now: Instant) -> Result<Option<Self>, StoreError> {
        let expires: i64 = read(item, "ttl")?;
        if expires <= now.timestamp() { Ok(None) } else { read(item, "answer").map(Some) }
    }
}

/// A claim's newest document, for the records of what it holds.
fn newest_evidence(claim: &Claim) -> Option<NewestEvidence> {
    let document = claim.newest_evidence()?;
    Some(NewestEvidence {
        id: document.id.clone(),
        file_name: document.file_name.clone(),
        uploaded_at: document.uploaded_at?,
    })
}

fn failed(source: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Failed { code: "unfinished request".to_owned(), source }
}

/// Why a transaction was cancelled. The reasons are in the order of the actions, and "none" is the literal string
/// `None`.
fn cancelled(error: SdkError<TransactWriteItemsError>, parts: &[Part]) -> CommitError {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            why(cancelled.cancellation_reasons(), parts)
                .unwrap_or_else(|| CommitError::Store(StoreError::from(error)))
        }
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => CommitError::Conflict,
        _ => CommitError::Store(StoreError::from(error)),
    }
}

/// The one reason that decides how to go on; `None` if there is none that the caller can act on.
fn why(reasons: &[CancellationReason], parts: &[Part]) -> Option<CommitError> {
    let codes = || reasons.iter().map(|reason| reason.code().unwrap_or("None")).zip(parts);
    let failed = || codes().filter(|(code, _)| *code == "ConditionalCheckFailed").map(|(_, part)| part);
    if failed().any(|part| matches!(part, Part::Answer)) {
        return Some(CommitError::KeyUsed);
    }
    if failed().any(|part| matches!(part, Part::Claim | Part::Event | Part::Contact)) {
        return Some(CommitError::Lost);
    }
    let held: Vec<_> = failed()
        .filter_map(|part| match part {
            Part::Association(association) => Some(association.clone()),
            _ => None,
        })
        .collect();
    if !held.is_empty() {
        return Some(CommitError::Held(held));
    }
    // Somebody has written the effect's event since it was read: its mark is made anew.
    if failed().any(|part| matches!(part, Part::Delivery)) {
        return Some(CommitError::Conflict);
    }
    codes()
        .any(|(code, _)| {
            matches!(code, "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
        })
        .then_some(CommitError::Conflict)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(codes: &[&str]) -> Vec<CancellationReason> {
        codes.iter().map(|code| CancellationReason::builder().code(*code).build()).collect()
    }

    fn parts() -> Vec<Part> {
        vec![Part::Claim, Part::Event, Part::Answer, Part::Delivery]
    }

    #[test]
    fn cancellation_reasons_are_read_by_position() {
        let condition = "ConditionalCheckFailed";
        let why = |codes: &[&str]| why(&reasons(codes), &parts());
        assert!(matches!(why(&[condition, "None", "None", "None"]), Some(CommitError::Lost)));
        assert!(matches!(why(&["None", condition, "None", "None"]), Some(CommitError::Lost)));
        assert!(matches!(why(&["None", "None", condition, "None"]), Some(CommitError::KeyUsed)));
        assert!(matches!(why(&["None", "None", "None", condition]), Some(CommitError::Conflict)));
        assert!(matches!(why(&["TransactionConflict", "None", "None", "None"]), Some(CommitError::Conflict)));
        assert!(why(&["ValidationError", "None", "None", "None"]).is_none());
    }

    #[test]
    fn a_used_key_is_told_before_the_lost_race_that_comes_with_it() {
        let codes = ["ConditionalCheckFailed", "None", "ConditionalCheckFailed", "None"];
        assert!(matches!(why(&reasons(&codes), &parts()), Some(CommitError::KeyUsed)));
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod answer_tests;
