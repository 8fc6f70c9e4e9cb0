//! How often something was done in a day, so that it can be bounded (D19).
//!
//! A count is raised before what it counts is written, in a write of its own: in one transaction, an organisation's
//! commands would get in each other's way. So what fails afterwards is counted all the same.

use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use chrono::{Days, NaiveTime};
use claim_domain::claim::SCHEMA;

use crate::Store;
use crate::error::StoreError;
use crate::item::{number, read};
use crate::key::{CountKey, Key};

/// How many days after its own a count is kept.
const KEPT_FOR: Days = Days::new(2);

impl Store {
    /// Counts one more, unless that would be more than `limit` in the day; whether it was counted.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn count(&self, what: CountKey, limit: u32) -> Result<bool, StoreError> {
        let expires = (what.day + KEPT_FOR).and_time(NaiveTime::MIN).and_utc();
        let update = UpdateItemInput::builder()
            .table_name(&self.name)
            .set_key(Some(Key::Count(what).attributes()))
            .update_expression("SET #schema = :schema, #ttl = :expires ADD #count :one")
            .condition_expression("attribute_not_exists(#count) OR #count < :limit")
            .expression_attribute_names("#schema", "schema")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_names("#count", "count")
            .expression_attribute_values(":schema", number(SCHEMA))
            .expression_attribute_values(":expires", number(expires.timestamp()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":limit", number(limit));
        self.update(update).await
    }

    /// How many were counted in the day.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn counted(&self, what: CountKey) -> Result<u64, StoreError> {
        let found = self.get(&Key::Count(what)).await?;
        found.map_or(Ok(0), |found| read(&found, "count"))
    }
}
