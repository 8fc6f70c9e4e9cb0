//! The stream of the table in memory, for the contract.

use std::sync::Arc;

use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use serde_json::{Value, json};
use test_support::MemoryTable;
use test_support::table::Item;

use super::{Failed, StreamReader, StreamRecord};

impl StreamReader for MemoryTable {
    fn records(&self, partition: &str) -> Result<Vec<StreamRecord>, Failed> {
        let records = self.with(|table| table.records().to_vec());
        let json = |image: &Option<Arc<Item>>| -> Result<Option<Value>, Failed> {
            image.as_ref().map(|item| Ok(from_item(Item::clone(item))?)).transpose()
        };
        let of_partition = records.iter().filter(|record| record.key.partition == partition);
        of_partition
            .map(|record| {
                Ok(StreamRecord {
                    what: record.event_name().to_owned(),
                    sequence: record.sequence_number(),
                    keys: json!({ "pk": record.key.partition, "sk": record.key.sort }),
                    old: json(&record.old)?,
                    new: json(&record.new)?,
                })
            })
            .collect()
    }
}
