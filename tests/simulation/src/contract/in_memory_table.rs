//! The simulated table behind the product's port, for the contract. Each operation lets its eventually consistent views
//! catch up by one change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::batch_get_item::builders::BatchGetItemInputBuilder;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::get_item::builders::GetItemInputBuilder;
use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::builders::PutItemInputBuilder;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use aws_sdk_dynamodb::operation::query::{QueryError, QueryOutput};
use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsInputBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use claim_ports::Answer;
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use serde_json::Value;

use super::{Failed, StreamReader, StreamRecord};
use crate::table::{Item, Record, Table};

/// The simulated table, and the records of its stream so far.
#[derive(Debug)]
pub struct InMemoryTable(Mutex<(Table, Vec<Record>)>);

impl InMemoryTable {
    /// Puts a table behind the port.
    pub fn new(table: Table) -> Arc<Self> {
        Arc::new(Self(Mutex::new((table, Vec::new()))))
    }

    fn lock(&self) -> MutexGuard<'_, (Table, Vec<Record>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call<'a, I, O, E>(
        &self,
        input: Result<I, aws_sdk_dynamodb::error::BuildError>,
        operation: impl FnOnce(&mut Table, I) -> Result<O, SdkError<E>>,
    ) -> Answer<'a, O, E>
    where
        O: Send + 'a,
        E: Send + 'a,
    {
        let answer = input.map_err(SdkError::construction_failure).and_then(|input| {
            let mut table = self.lock();
            let answer = operation(&mut table.0, input);
            for view in table.0.views() {
                table.0.advance(view, 1);
            }
            answer
        });
        Box::pin(std::future::ready(answer))
    }
}

impl claim_ports::Table for InMemoryTable {
    fn get_item(&self, input: GetItemInputBuilder) -> Answer<'_, GetItemOutput, GetItemError> {
        self.call(input.build(), |table, input| table.get_item(input))
    }

    fn batch_get_item(
        &self,
        input: BatchGetItemInputBuilder,
    ) -> Answer<'_, BatchGetItemOutput, BatchGetItemError> {
        self.call(input.build(), Table::batch_get_item)
    }

    fn put_item(&self, input: PutItemInputBuilder) -> Answer<'_, PutItemOutput, PutItemError> {
        self.call(input.build(), Table::put_item)
    }

    fn update_item(&self, input: UpdateItemInputBuilder) -> Answer<'_, UpdateItemOutput, UpdateItemError> {
        self.call(input.build(), Table::update_item)
    }

    fn query(&self, input: QueryInputBuilder) -> Answer<'_, QueryOutput, QueryError> {
        self.call(input.build(), |table, input| table.query(input))
    }

    fn transact_write_items(
        &self,
        input: TransactWriteItemsInputBuilder,
    ) -> Answer<'_, TransactWriteItemsOutput, TransactWriteItemsError> {
        self.call(input.build(), Table::transact_write_items)
    }
}

impl StreamReader for InMemoryTable {
    fn records(&self, partition: &str) -> Result<Vec<StreamRecord>, Failed> {
        let mut guard = self.lock();
        let (table, records) = &mut *guard;
        records.extend(table.take_records());
        let json = |image: &Option<Arc<Item>>| -> Result<Option<Value>, Failed> {
            image.as_ref().map(|item| Ok(from_item(Item::clone(item))?)).transpose()
        };
        let of_partition = records.iter().filter(|record| record.key.partition == partition);
        of_partition
            .map(|record| {
                let keys = serde_json::json!({ "pk": record.key.partition, "sk": record.key.sort });
                Ok(StreamRecord {
                    what: record.event_name().to_owned(),
                    sequence: record.sequence_number(),
                    keys,
                    old: json(&record.old)?,
                    new: json(&record.new)?,
                })
            })
            .collect()
    }
}
