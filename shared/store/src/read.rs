//! Reading claims, histories, contacts, association records and answers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use claim_domain::calendar::Instant;
use claim_domain::claim::{AssociationKey, Claim, Details};
use claim_domain::draft::Contact;
use claim_domain::event::Event;
use claim_domain::ids::{ClaimId, ContactRef, PartnerId, Sha256};
use claim_domain::refusal::Holder;

use crate::Store;
use crate::commit::{AssociationRecord, StoredAnswer};
use crate::error::StoreError;
use crate::item::{Item, read, text};
use crate::key::{CLAIM_AND_CONTACTS, Key, LAST_VERSION};

/// The most keys of one BatchGetItem.
const BATCH: usize = 100;

/// How many requests are made for one batch of keys, since each may leave some over. Callers never ask for more keys
/// than fit into one batch.
const BATCHES: u32 = 5;

/// A part of a claim's history, in its order.
#[derive(Debug, Clone)]
pub struct EventPage {
    /// The events.
    pub events: Vec<Event>,
    /// How many internal notes lie before them (D13).
    pub notes_before: u64,
    /// Whether there are more.
    pub more: bool,
}

/// Contacts of a claim, by their references; an erased one is missing (I2).
pub type Contacts = BTreeMap<ContactRef, Contact>;

impl Store {
    /// A claim as it is stored, read consistently.
    ///
    /// # Errors
    /// When the table fails or the item cannot be read.
    pub async fn claim(&self, id: &ClaimId) -> Result<Option<Claim>, StoreError> {
        let item = self.get(&Key::Claim(id.clone())).await?;
        item.map(|item| read(&item, "claim")).transpose()
    }

    /// Claims as they are stored, at most as many as fit into one batch, read consistently and in no order.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn claims(&self, ids: &[ClaimId]) -> Result<Vec<Claim>, StoreError> {
        let items = self.batch_get(ids.iter().cloned().map(Key::Claim).collect()).await?;
        items.iter().map(|item| read(item, "claim")).collect()
    }

    /// A claim and all its contacts, in one consistent read: they lie side by side.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn claim_and_contacts(&self, id: &ClaimId) -> Result<Option<(Claim, Contacts)>, StoreError> {
        let (mut claim, mut contacts, mut from) = (None, Contacts::new(), None);
        loop {
            let input = QueryInput::builder()
                .table_name(&self.name)
                .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
                .expression_attribute_values(":pk", text(Key::Claim(id.clone()).partition()))
                .expression_attribute_values(":first", text(CLAIM_AND_CONTACTS[0]))
                .expression_attribute_values(":last", text(CLAIM_AND_CONTACTS[1]))
                .projection_expression("claim, contact, proven, pk, sk")
                .set_exclusive_start_key(from)
                .consistent_read(true);
            let page = self.table.query(input).await?;
            for item in page.items() {
                match Key::of(item)? {
                    Key::Contact(_, place) => _ = contacts.insert(place, contact_in(item)?),
                    _ => claim = Some(read(item, "claim")?),
                }
            }
            from = page.last_evaluated_key.filter(|key| !key.is_empty());
            if from.is_none() {
                return Ok(claim.map(|claim| (claim, contacts)));
            }
        }
    }

    /// A claim and the answer kept under an Idempotency-Key's record, in one consistent read.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn claim_and_answer(
        &self,
        id: &ClaimId,
        record: &Sha256,
        now: Instant,
    ) -> Result<(Option<Claim>, Option<StoredAnswer>), StoreError> {
        let items = self.batch_get(vec![Key::Claim(id.clone()), Key::Answer(record.clone())]).await?;
        let (mut claim, mut answer) = (None, None);
        for item in items {
            if item.contains_key("answer") {
                answer = StoredAnswer::of(&item, now)?;
            } else {
                claim = Some(read(&item, "claim")?);
            }
        }
        Ok((claim, answer))
    }

    /// The answer kept under an Idempotency-Key's record, read consistently.
    ///
    /// # Errors
    /// When the table fails or the item cannot be read.
    pub async fn answer_under(
        &self,
        record: &Sha256,
        now: Instant,
    ) -> Result<Option<StoredAnswer>, StoreError> {
        let item = self.get(&Key::Answer(record.clone())).await?;
        Ok(item.map(|item| StoredAnswer::of(&item, now)).transpose()?.flatten())
    }

    /// Contacts of a claim; an erased one is left out (I2).
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn contacts(&self, claim: &ClaimId, references: &[ContactRef]) -> Result<Contacts, StoreError> {
        let places: BTreeSet<&ContactRef> = references.iter().collect();
        let keys = places.into_iter().map(|place| Key::Contact(claim.clone(), place.clone())).collect();
        let mut contacts = Contacts::new();
        for item in self.batch_get(keys).await? {
            if let Key::Contact(_, place) = Key::of(&item)? {
                contacts.insert(place, contact_in(&item)?);
            }
        }
        Ok(contacts)
    }

    /// The other claims that hold what these details want (D15), in the order of the details' products.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn holders(&self, own: &ClaimId, details: &Details) -> Result<Vec<Holder>, StoreError> {
        holders_in(own, details, &self.batch_get(association_keys(details)).await?)
    }

    /// Which organisation holds each of these (D15), in their order; none holds what is free.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn held(&self, wanted: &[AssociationKey]) -> Result<Vec<Option<PartnerId>>, StoreError> {
        let keys = wanted.iter().map(|wanted| Key::Association(wanted.clone())).collect();
        let mut held = HashMap::new();
        for item in &self.batch_get(keys).await? {
            held.insert(Key::of(item)?, read::<AssociationRecord>(item, "record")?.partner);
        }
        Ok(wanted.iter().map(|wanted| held.remove(&Key::Association(wanted.clone()))).collect())
    }

    /// The events of a claim with a version greater than `after`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn events(&self, id: &ClaimId, after: u64, limit: u32) -> Result<EventPage, StoreError> {
        let input = QueryInput::builder()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", text(Key::Claim(id.clone()).partition()))
            .expression_attribute_values(
                ":first",
                text(Key::Event(id.clone(), after.saturating_add(1).min(LAST_VERSION)).sort()),
            )
            .expression_attribute_values(":last", text(Key::Event(id.clone(), LAST_VERSION).sort()))
            .projection_expression("#event, notesBefore, pk, sk")
            .expression_attribute_names("#event", "event")
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let page = self.table.query(input).await?;
        let events = page.items().iter().map(|item| read(item, "event")).collect::<Result<_, _>>()?;
        let first = page.items().first().filter(|item| item.contains_key("notesBefore"));
        let notes_before = first.map(|item| read(item, "notesBefore")).transpose()?.unwrap_or_default();
        Ok(EventPage {
            events,
            notes_before,
            more: page.last_evaluated_key().is_some_and(|key| !key.is_empty()),
        })
    }

    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let input = GetItemInput::builder()
            .table_name(&self.name)
            .set_key(Some(key.attributes()))
            .consistent_read(true);
        Ok(self.table.get_item(input).await?.item)
    }

    pub(crate) async fn batch_get(&self, keys: Vec<Key>) -> Result<Vec<Item>, StoreError> {
        let mut keys: Vec<Item> = keys.iter().map(Key::attributes).collect();
        let mut items = Vec::with_capacity(keys.len());
        for _ in 0..BATCHES {
            if keys.is_empty() {
                break;
            }
            let batch = keys.split_off(keys.len().saturating_sub(BATCH));
            let wanted = KeysAndAttributes::builder().set_keys(Some(batch)).consistent_read(true).build();
            let wanted = wanted.map_err(|error| StoreError::Failed {
                code: "unfinished request".to_owned(),
                source: Box::new(error),
            })?;
            let input = BatchGetItemInput::builder().request_items(&self.name, wanted);
            let found = self.table.batch_get_item(input).await?;
            items
                .extend(found.responses.and_then(|mut tables| tables.remove(&self.name)).unwrap_or_default());
            let left = found.unprocessed_keys.and_then(|mut tables| tables.remove(&self.name));
            keys.extend(left.map(|left| left.keys).unwrap_or_default());
        }
        if keys.is_empty() { Ok(items) } else { Err(StoreError::Throttled) }
    }
}

/// The contact in its item, with the mark beside it.
pub(crate) fn contact_in(item: &Item) -> Result<Contact, StoreError> {
    let contact: Contact = read(item, "contact")?;
    Ok(Contact { proven: item.contains_key("proven"), ..contact })
}

/// The keys of the association records that these details want.
fn association_keys(details: &Details) -> Vec<Key> {
    details.associations().map(|(_, association)| Key::Association(association)).collect()
}

/// The other claims in these association records, in the order of the details' products.
fn holders_in(own: &ClaimId, details: &Details, records: &[Item]) -> Result<Vec<Holder>, StoreError> {
    let mut held = HashMap::new();
    for item in records {
        held.insert(Key::of(item)?, read::<AssociationRecord>(item, "record")?);
    }
    let holders = details.associations().filter_map(|(_, association): (_, AssociationKey)| {
        let record = held.remove(&Key::Association(association.clone()));
        let record = record.filter(|record| record.claim != *own)?;
        Some(Holder {
            product: record.product,
            key: Some(association),
            claim_id: record.claim,
            partner_id: record.partner,
            partner_name: record.partner_name,
            since: record.since,
            newest_evidence: record.newest_evidence,
        })
    });
    Ok(holders.collect())
}
