//! The `work` index: claims with overdue clocks, and events that should have been settled (I5).

use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::AttributeValue;
use claim_domain::calendar::Instant;
use claim_domain::ids::ClaimId;

use crate::Store;
use crate::error::StoreError;
use crate::item::{FIRST_LOOK, Item, number, sortable, text};
use crate::key::{Key, WorkPartition};

/// A bounded part of what the `work` index holds.
#[derive(Debug)]
pub struct WorkPage<T> {
    /// What was found, oldest first.
    pub found: Vec<T>,
    /// Whether there is more.
    pub more: bool,
}

impl Store {
    /// The claims of a shard with a clock due before `before`, the longest overdue first.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn overdue_claims(
        &self,
        shard: u32,
        before: Instant,
        limit: u32,
    ) -> Result<WorkPage<ClaimId>, StoreError> {
        let (items, more) = self.work(WorkPartition::Claims(shard), before, limit).await?;
        let mut found = Vec::with_capacity(items.len());
        for item in &items {
            if let Key::Claim(claim) = Key::of(item)? {
                found.push(claim);
            }
        }
        Ok(WorkPage { found, more })
    }

    /// The events of a shard that should have been settled before `before`, the oldest first.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn unsettled_events(
        &self,
        shard: u32,
        before: Instant,
        limit: u32,
    ) -> Result<WorkPage<(ClaimId, u64)>, StoreError> {
        let (items, more) = self.work(WorkPartition::Events(shard), before, limit).await?;
        let mut found = Vec::with_capacity(items.len());
        for item in &items {
            if let Key::Event(claim, version) = Key::of(item)? {
                found.push((claim, version));
            }
        }
        Ok(WorkPage { found, more })
    }

    /// Points the stream at an unsettled event again. The write always makes a record, since the count rises each time.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn mark_swept(&self, claim: &ClaimId, version: u64, now: Instant) -> Result<(), StoreError> {
        let update = UpdateItemInput::builder()
            .table_name(&self.name)
            .set_key(Some(Key::Event(claim.clone(), version).attributes()))
            .update_expression("SET outbox = :swept, workAt = :at ADD sweeps :one")
            .condition_expression("outbox IN (:new, :open, :swept) AND workAt <= :now")
            .expression_attribute_values(":new", text("new"))
            .expression_attribute_values(":open", text("open"))
            .expression_attribute_values(":swept", text("swept"))
            .expression_attribute_values(":at", text(sortable(now + FIRST_LOOK)))
            .expression_attribute_values(":now", text(sortable(now)))
            .expression_attribute_values(":one", number(1));
        // If the condition does not hold, another writer was faster: the event is settled, parked or leased.
        self.update(update).await.map(|_| ())
    }

    /// Postpones a claim with an overdue clock that could not be applied, so that it is not in the way of those behind
    /// it: it is looked at again at `until`, unless it has moved on meanwhile.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn postpone(&self, claim: &ClaimId, now: Instant, until: Instant) -> Result<(), StoreError> {
        let update = UpdateItemInput::builder()
            .table_name(&self.name)
            .set_key(Some(Key::Claim(claim.clone()).attributes()))
            .update_expression("SET workAt = :until")
            .condition_expression("workAt <= :now")
            .expression_attribute_values(":until", text(sortable(until)))
            .expression_attribute_values(":now", text(sortable(now)));
        self.update(update).await.map(|_| ())
    }

    async fn work(
        &self,
        partition: WorkPartition,
        before: Instant,
        limit: u32,
    ) -> Result<(Vec<Item>, bool), StoreError> {
        let input = QueryInput::builder()
            .table_name(&self.name)
            .index_name("work")
            .key_condition_expression("workPk = :pk AND workAt < :before")
            .expression_attribute_values(":pk", text(partition.to_string()))
            .expression_attribute_values(":before", AttributeValue::S(sortable(before)))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let page = self.table.query(input).await?;
        let more = page.last_evaluated_key().is_some_and(|key| !key.is_empty());
        Ok((page.items.unwrap_or_default(), more))
    }
}

#[cfg(test)]
#[path = "work_tests.rs"]
mod tests;
