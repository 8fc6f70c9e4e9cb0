//! How much is left to do, for the metrics of the outbox (I5): bounded reads of the `work` index.

use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::types::Select;
use claim_domain::calendar::Instant;

use crate::Store;
use crate::error::StoreError;
use crate::item::{Item, text};
use crate::key::{Key, WorkPartition};

/// The most events of a partition whose age is looked at, those with the earliest next look first.
const AGED: i32 = 100;

/// The most parked events that are counted.
const COUNTED: i32 = 1000;

/// What is left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// When the oldest event happened that has unsettled effects.
    pub oldest_unsettled: Option<Instant>,
    /// How many events have a parked effect, up to the most that are counted.
    pub parked: u32,
}

impl Store {
    /// What is left to do, over all shards. An event whose effects are being settled just now counts too.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn backlog(&self) -> Result<Backlog, StoreError> {
        let mut oldest_unsettled: Option<Instant> = None;
        for shard in 0..self.shards {
            let page = self.table.query(self.partition(WorkPartition::Events(shard), AGED)).await?;
            let keys = page.items().iter().map(Key::of).collect::<Result<_, _>>()?;
            // The index lags: the event itself says whether it is still open.
            let open = self.batch_get(keys).await?.into_iter().filter(|event| event.contains_key("outbox"));
            let oldest = open.filter_map(|event| happened(&event)).min();
            oldest_unsettled = [oldest_unsettled, oldest].into_iter().flatten().min();
        }
        let parked = self.partition(WorkPartition::Parked, COUNTED).select(Select::Count);
        let QueryOutput { count, .. } = self.table.query(parked).await?;
        Ok(Backlog { oldest_unsettled, parked: u32::try_from(count).unwrap_or_default() })
    }

    fn partition(
        &self,
        partition: WorkPartition,
        limit: i32,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder {
        QueryInput::builder()
            .table_name(&self.name)
            .index_name("work")
            .key_condition_expression("workPk = :pk")
            .expression_attribute_values(":pk", text(partition.to_string()))
            .limit(limit)
    }
}

/// When an event happened. It is known even of an event that cannot be read whole, which will never settle by itself.
fn happened(item: &Item) -> Option<Instant> {
    item.get("event")?.as_m().ok()?.get("at")?.as_s().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use aws_sdk_dynamodb::types::AttributeValue;
    use chrono::{TimeZone, Utc};

    use super::*;

    #[test]
    fn the_age_of_an_event_is_told_even_if_the_rest_of_it_cannot_be_read() {
        let event = HashMap::from([
            ("at".to_owned(), text("2026-03-02T09:00:00Z")),
            ("change".to_owned(), text("spoiled")),
        ]);
        let item = HashMap::from([("event".to_owned(), AttributeValue::M(event))]);
        assert_eq!(happened(&item), Some(Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()));
    }
}
