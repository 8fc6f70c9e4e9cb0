//! The changes of an organisation's claims, in one order (D23): each has a number, from 1 on without gaps.
//!
//! Numbers are given by dispatch, after the event: writers of claims know nothing of them and never wait for one
//! another. One transaction raises the organisation's last number, puts the change under the next one, and notes that
//! number on the event. It is refused if somebody else has given a number meanwhile, or if the event has one. So a
//! number becomes visible together with all before it, and an event gets one number however often it is asked for.
//! The events before it in its claim get theirs first, so that whoever lost them is made up for.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsInput};
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use claim_domain::calendar::Instant;
use claim_domain::claim::SCHEMA;
use claim_domain::event::Event;
use claim_domain::ids::{ClaimId, PartnerId, WebhookId};
use claim_domain::webhook::Delivery;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::error::StoreError;
use crate::item::{Item, number, read, text, to_value};
use crate::key::{Key, LAST_SEQUENCE};

/// How many events are read at once to find those without a number: mostly the first is the only one.
const READ: i32 = 10;
/// How many events get their numbers in one transaction, which takes 100 actions.
const TOGETHER: usize = 40;

/// A change of a claim with its number (D23). It says that something happened and not what, and nothing of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Numbered {
    /// Its number among the changes of the organisation.
    #[serde(skip)]
    pub sequence: u64,
    /// Whose change it is.
    pub claim: ClaimId,
    /// Its number in the claim's history, as the partner counts (D13).
    pub number: u64,
    /// What kind of event it is, as the history names it.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened.
    pub at: Instant,
}

impl Numbered {
    /// The change on its way to a webhook of its organisation (D24).
    pub fn delivery(&self, partner: &PartnerId, webhook: &WebhookId) -> Delivery {
        Delivery {
            partner: partner.clone(),
            webhook: webhook.clone(),
            sequence: self.sequence,
            claim: self.claim.clone(),
            number: self.number,
            kind: self.kind.clone(),
            at: self.at,
        }
    }
}

/// A change that has its number now, and whether its organisation may have webhooks that want to hear of it (D24).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The change.
    pub change: Numbered,
    /// Whether the organisation has ever had a webhook.
    pub has_webhooks: bool,
}

/// The last number that a change of an organisation has, and what else is noted beside it.
struct Last {
    /// The number; 0 if no change has one.
    number: u64,
    has_webhooks: bool,
}

/// A part of an organisation's changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The changes, in the order of their numbers and without gaps.
    pub found: Vec<Numbered>,
    /// Whether there are more.
    pub more: bool,
}

/// How an organisation's changes go on after a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadOn {
    /// So.
    Changes(Changes),
    /// No change has had that number yet; this is the last that one has.
    Ahead(u64),
}

/// Why a change got no number.
#[derive(Debug, thiserror::Error)]
pub enum NumberError {
    /// Somebody else gave a number at the same time; try again.
    #[error("another number was given at the same time")]
    Contended,
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is known of an event that is to have a number.
enum Standing {
    /// The event is gone.
    Gone,
    /// It has one.
    Numbered(Numbered),
    /// It has none: these are to get theirs, by their versions and in that order.
    Unnumbered(Vec<(u64, Numbered)>),
}

impl Store {
    /// Gives an event its number among the changes of its organisation, and before it all earlier ones of the claim that
    /// have none. Returns the change with its number, whoever gave it; `None` if the event is gone.
    ///
    /// # Errors
    /// [`NumberError::Contended`] if somebody else was faster: this attempt wrote nothing.
    pub async fn number_change(
        &self,
        partner: &PartnerId,
        claim: &ClaimId,
        version: u64,
    ) -> Result<Option<Published>, NumberError> {
        loop {
            let mut events = match self.standing(claim, version).await? {
                Standing::Gone => return Ok(None),
                Standing::Numbered(change) => {
                    let has_webhooks = self.last_change(partner).await?.has_webhooks;
                    return Ok(Some(Published { change, has_webhooks }));
                }
                Standing::Unnumbered(events) => events,
            };
            events.truncate(TOGETHER);
            let (numbered, has_webhooks) = self.give_numbers(partner, events).await?;
            if let Some((_, change)) = numbered.into_iter().find(|(of, _)| *of == version) {
                return Ok(Some(Published { change, has_webhooks }));
            }
        }
    }

    /// Notes beside the organisation's last number that it has webhooks: whoever gives numbers reads that in any case, and
    /// so learns it for nothing. It is never taken back, since that could meet the next registration.
    ///
    /// # Errors
    /// When the table fails.
    pub(crate) async fn note_webhooks(&self, partner: &PartnerId) -> Result<(), StoreError> {
        let update = UpdateItemInput::builder()
            .table_name(&self.name)
            .set_key(Some(Key::LastChange(partner.clone()).attributes()))
            .update_expression("SET #webhooks = :true, #schema = :schema")
            .expression_attribute_names("#webhooks", "webhooks")
            .expression_attribute_names("#schema", "schema")
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .expression_attribute_values(":schema", number(SCHEMA));
        self.update(update).await.map(drop)
    }

    /// The changes of an organisation after a number, at most `limit`, read consistently. Numbers have no gaps, so what
    /// comes after one was read while it was being written, and is left for the next time.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn changes(&self, partner: &PartnerId, after: u64, limit: u32) -> Result<ReadOn, StoreError> {
        let sort = |sequence: u64| text(Key::Change(partner.clone(), sequence.min(LAST_SEQUENCE)).sort());
        let input = QueryInput::builder()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", text(Key::LastChange(partner.clone()).partition()))
            .expression_attribute_values(":first", sort(after.saturating_add(1)))
            .expression_attribute_values(":last", sort(LAST_SEQUENCE))
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX).saturating_add(1));
        let page = self.table.query(input).await?;
        let read = page.items().iter().map(numbered).collect::<Result<Vec<_>, _>>()?;
        let mut found = without_gaps(&read, after);
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        if read.is_empty() {
            let last = self.last_change(partner).await?.number;
            if last < after {
                return Ok(ReadOn::Ahead(last));
            }
            return Ok(ReadOn::Changes(Changes { found, more: last > after }));
        }
        Ok(ReadOn::Changes(Changes { more: found.len() < read.len(), found }))
    }

    /// Which events need a number before this one has its own: those since the last that has one.
    async fn standing(&self, claim: &ClaimId, version: u64) -> Result<Standing, StoreError> {
        let sort = |version: u64| text(Key::Event(claim.clone(), version).sort());
        let (mut unnumbered, mut from) = (Vec::new(), None);
        loop {
            let input = QueryInput::builder()
                .table_name(&self.name)
                .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
                .expression_attribute_values(":pk", text(Key::Claim(claim.clone()).partition()))
                .expression_attribute_values(":first", sort(1))
                .expression_attribute_values(":last", sort(version))
                .projection_expression("#event, notesBefore, #sequence, pk, sk")
                .expression_attribute_names("#event", "event")
                .expression_attribute_names("#sequence", "sequence")
                .scan_index_forward(false)
                .consistent_read(true)
                .limit(READ)
                .set_exclusive_start_key(from);
            let page = self.table.query(input).await?;
            for item in page.items() {
                let Some((of, change)) = visible(item)? else { continue };
                if unnumbered.is_empty() && of != version {
                    return Ok(Standing::Gone);
                }
                match (change.sequence, of == version) {
                    (0, _) => unnumbered.push((of, change)),
                    (_, true) => return Ok(Standing::Numbered(change)),
                    (_, false) => return Ok(oldest_first(unnumbered)),
                }
            }
            from = page.last_evaluated_key.filter(|key| !key.is_empty());
            if from.is_none() {
                return Ok(oldest_first(unnumbered));
            }
        }
    }

    /// The last number that a change of the organisation has.
    async fn last_change(&self, partner: &PartnerId) -> Result<Last, StoreError> {
        let item = self.get(&Key::LastChange(partner.clone())).await?.unwrap_or_default();
        let number = if item.contains_key("last") { read(&item, "last")? } else { 0 };
        Ok(Last { number, has_webhooks: item.contains_key("webhooks") })
    }

    /// Gives events the next numbers, all or none; returns them with these, and whether the organisation has webhooks.
    async fn give_numbers(
        &self,
        partner: &PartnerId,
        mut events: Vec<(u64, Numbered)>,
    ) -> Result<(Vec<(u64, Numbered)>, bool), NumberError> {
        let Last { number: last, has_webhooks } = self.last_change(partner).await?;
        let update = |key: Key| Update::builder().table_name(&self.name).set_key(Some(key.attributes()));
        let raise = update(Key::LastChange(partner.clone()))
            .update_expression("SET #last = :next, #schema = :schema")
            .condition_expression(if last == 0 { "attribute_not_exists(#last)" } else { "#last = :last" })
            .expression_attribute_names("#last", "last")
            .expression_attribute_names("#schema", "schema")
            .expression_attribute_values(":next", number(last + events.len() as u64))
            .expression_attribute_values(":schema", number(SCHEMA));
        let raise = if last == 0 { raise } else { raise.expression_attribute_values(":last", number(last)) };
        let mut actions = vec![TransactWriteItem::builder().update(built(raise.build())?).build()];
        for (sequence, (version, change)) in (last + 1..).zip(&mut events) {
            change.sequence = sequence;
            let note = update(Key::Event(change.claim.clone(), *version))
                .update_expression("SET #sequence = :sequence")
                .condition_expression("attribute_exists(pk) AND attribute_not_exists(#sequence)")
                .expression_attribute_names("#sequence", "sequence")
                .expression_attribute_values(":sequence", number(sequence));
            actions.push(TransactWriteItem::builder().update(built(note.build())?).build());
            let mut item = Key::Change(partner.clone(), sequence).attributes();
            item.insert("schema".to_owned(), number(SCHEMA));
            item.insert("change".to_owned(), to_value(change)?);
            let put = Put::builder().table_name(&self.name).set_item(Some(item));
            actions.push(TransactWriteItem::builder().put(built(put.build())?).build());
        }
        let input = TransactWriteItemsInput::builder().set_transact_items(Some(actions));
        match self.table.transact_write_items(input).await {
            Ok(_) => Ok((events, has_webhooks)),
            Err(error) if error.as_service_error().is_some_and(is_contention) => Err(NumberError::Contended),
            Err(error) => Err(StoreError::from(error).into()),
        }
    }
}

fn built<T>(action: Result<T, BuildError>) -> Result<T, StoreError> {
    let code = || "unfinished request".to_owned();
    action.map_err(|error| StoreError::Failed { code: code(), source: Box::new(error) })
}

/// Whether a transaction did not happen because of somebody else's.
fn is_contention(error: &TransactWriteItemsError) -> bool {
    match error {
        TransactWriteItemsError::TransactionInProgressException(_) => true,
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            let mut codes = cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
            codes.any(|code| matches!(code, "ConditionalCheckFailed" | "TransactionConflict"))
        }
        _ => false,
    }
}

fn oldest_first(mut events: Vec<(u64, Numbered)>) -> Standing {
    events.reverse();
    if events.is_empty() { Standing::Gone } else { Standing::Unnumbered(events) }
}

/// What is told of an event, with its version; `None` of an internal note (D13). Without a number its sequence is 0.
fn visible(item: &Item) -> Result<Option<(u64, Numbered)>, StoreError> {
    #[derive(Deserialize)]
    struct Named {
        change: Kind,
    }
    #[derive(Deserialize)]
    struct Kind {
        #[serde(rename = "type")]
        kind: String,
    }
    let event: Event = read(item, "event")?;
    if !event.change.is_visible_to_partner() {
        return Ok(None);
    }
    let or_0 = |name| if item.contains_key(name) { read::<u64>(item, name) } else { Ok(0) };
    let change = Numbered {
        sequence: or_0("sequence")?,
        number: event.version.saturating_sub(or_0("notesBefore")?),
        kind: read::<Named>(item, "event")?.change.kind,
        claim: event.claim,
        at: event.at,
    };
    Ok(Some((event.version, change)))
}

/// The change in its item.
fn numbered(item: &Item) -> Result<Numbered, StoreError> {
    let sequence = match Key::of(item)? {
        Key::Change(_, sequence) => sequence,
        _ => 0,
    };
    Ok(Numbered { sequence, ..read(item, "change")? })
}

/// The changes that follow a number without a gap.
fn without_gaps(read: &[Numbered], after: u64) -> Vec<Numbered> {
    let follow = (after.saturating_add(1)..).zip(read);
    follow.take_while(|(expected, change)| change.sequence == *expected).map(|(_, it)| it.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(sequence: u64) -> Numbered {
        Numbered {
            sequence,
            claim: "01J0000000000000000000000A".parse().unwrap(),
            number: sequence,
            kind: "commented".to_owned(),
            at: "2026-03-02T09:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn what_lies_behind_a_gap_is_left_for_the_next_time() {
        claim_domain::proves!(D23);
        let read = |after, sequences: &[u64]| {
            let changes: Vec<_> = sequences.iter().copied().map(change).collect();
            without_gaps(&changes, after).into_iter().map(|change| change.sequence).collect::<Vec<_>>()
        };
        assert_eq!(read(0, &[1, 2, 3]), [1, 2, 3]);
        assert_eq!(read(7, &[8, 10, 11]), [8]);
        assert_eq!(read(7, &[9, 10]), [0; 0]);
    }
}
