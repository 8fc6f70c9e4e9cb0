//! A table that counts its calls and the units that DynamoDB would charge.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::batch_get_item::builders::BatchGetItemInputBuilder;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::get_item::builders::GetItemInputBuilder;
use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::builders::PutItemInputBuilder;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use aws_sdk_dynamodb::operation::query::{QueryError, QueryOutput};
use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsInputBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};
use claim_ports::{Answer, Table};
use test_support::table::{Item, Key, Record, Schema, Table as Model};

use bench_inside::{Failure, TABLE};

/// The calls to a table, and what they cost.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cost {
    /// The operations, in order.
    pub(crate) calls: Vec<&'static str>,
    /// The items that were read, whether they were returned or not.
    pub(crate) items: usize,
    /// Read units.
    pub(crate) read: f64,
    /// Write units, by what was written: a kind of item, or an index.
    pub(crate) written: BTreeMap<String, usize>,
}

/// The table: the simulated one, whose indexes never lag here.
#[derive(Debug)]
pub(crate) struct Metered {
    model: Mutex<Model>,
    cost: Mutex<Cost>,
    records: Mutex<Vec<Record>>,
    tokens: Mutex<u64>,
}

impl Default for Metered {
    fn default() -> Self {
        Self {
            model: Mutex::new(Model::new(Schema::of_claims())),
            cost: Mutex::default(),
            records: Mutex::default(),
            tokens: Mutex::default(),
        }
    }
}

impl Metered {
    /// An item as it is stored.
    pub(crate) fn item(&self, partition: &str, sort: &str) -> Option<Item> {
        let key = Key { partition: partition.to_owned(), sort: sort.to_owned() };
        locked(&self.model).item(&key).cloned()
    }

    /// Puts an item into the table without counting.
    pub(crate) fn put(&self, item: Item) {
        let mut model = locked(&self.model);
        let put = PutItemInput::builder().table_name(TABLE).set_item(Some(item)).build().unwrap();
        model.put_item(put).unwrap();
        model.catch_up();
        model.take_records();
    }

    /// Takes the calls since the last time, and what they cost.
    pub(crate) fn cost(&self) -> Cost {
        std::mem::take(&mut *locked(&self.cost))
    }

    /// Takes the changes since the last time, as the stream brings them.
    pub(crate) fn records(&self) -> Vec<Record> {
        std::mem::take(&mut *locked(&self.records))
    }

    fn count(&self, operation: &'static str, items: usize, read: Option<&ConsumedCapacity>) {
        let mut cost = locked(&self.cost);
        cost.calls.push(operation);
        cost.items += items;
        cost.read += read.and_then(ConsumedCapacity::capacity_units).unwrap_or_default();
    }

    /// Carries out a write; each change of the table counts `times` times.
    fn wrote<O, E>(
        &self,
        operation: &'static str,
        times: usize,
        write: impl FnOnce(&mut Model) -> Result<O, SdkError<E>>,
    ) -> Result<O, SdkError<E>> {
        let mut model = locked(&self.model);
        let outcome = write(&mut model);
        model.catch_up();
        let records = model.take_records();
        self.count(operation, 0, None);
        for record in &records {
            let written = record.write_units(model.schema()).unwrap_or_default();
            let mut cost = locked(&self.cost);
            let partition = record.key.partition.split('#').next().unwrap_or_default();
            let kind = match partition {
                "CLAIM" => record.key.sort.split('#').next().unwrap_or_default(),
                other => other,
            };
            *cost.written.entry(kind.to_owned()).or_default() += written.table * times;
            for (index, units) in written.indexes {
                *cost.written.entry(format!("index {index}")).or_default() += units;
            }
        }
        locked(&self.records).extend(records);
        outcome
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ready<'a, O: Send + 'a, E: Send + 'a>(outcome: Result<O, SdkError<E>>) -> Answer<'a, O, E> {
    Box::pin(std::future::ready(outcome))
}

impl Table for Metered {
    fn get_item(&self, input: GetItemInputBuilder) -> Answer<'_, GetItemOutput, GetItemError> {
        let input = input.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let outcome = input.build().map_err(SdkError::construction_failure);
        let outcome = outcome.and_then(|input| locked(&self.model).get_item(input));
        if let Ok(output) = &outcome {
            self.count("GetItem", 1, output.consumed_capacity());
        }
        ready(outcome)
    }

    fn batch_get_item(
        &self,
        input: BatchGetItemInputBuilder,
    ) -> Answer<'_, BatchGetItemOutput, BatchGetItemError> {
        let input = input.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let outcome = input.build().map_err(SdkError::construction_failure);
        let outcome = outcome.and_then(|input| locked(&self.model).batch_get_item(input));
        if let Ok(output) = &outcome {
            let items = output.responses().into_iter().flat_map(|tables| tables.values()).map(Vec::len).sum();
            self.count("BatchGetItem", items, output.consumed_capacity().first());
        }
        ready(outcome)
    }

    fn put_item(&self, input: PutItemInputBuilder) -> Answer<'_, PutItemOutput, PutItemError> {
        let input = input.build().map_err(SdkError::construction_failure);
        ready(input.and_then(|input| self.wrote("PutItem", 1, |model| model.put_item(input))))
    }

    fn update_item(&self, input: UpdateItemInputBuilder) -> Answer<'_, UpdateItemOutput, UpdateItemError> {
        let input = input.build().map_err(SdkError::construction_failure);
        ready(input.and_then(|input| self.wrote("UpdateItem", 1, |model| model.update_item(input))))
    }

    fn query(&self, input: QueryInputBuilder) -> Answer<'_, QueryOutput, QueryError> {
        let input = input.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let outcome = input.build().map_err(SdkError::construction_failure);
        let outcome = outcome.and_then(|input| locked(&self.model).query(input));
        if let Ok(output) = &outcome {
            let items = usize::try_from(output.scanned_count()).unwrap_or_default();
            self.count("Query", items, output.consumed_capacity());
        }
        ready(outcome)
    }

    fn transact_write_items(
        &self,
        input: TransactWriteItemsInputBuilder,
    ) -> Answer<'_, TransactWriteItemsOutput, TransactWriteItemsError> {
        // The SDK gives every call a token of its own.
        let token = {
            let mut tokens = locked(&self.tokens);
            *tokens += 1;
            format!("{tokens:032}")
        };
        let input = input.client_request_token(token).build().map_err(SdkError::construction_failure);
        let wrote = |input| {
            self.wrote("TransactWriteItems", 2, |model: &mut Model| model.transact_write_items(input))
        };
        ready(input.and_then(wrote))
    }
}

/// The table in the form that the store takes.
pub(crate) fn shared(table: &Arc<Metered>) -> Arc<dyn Table> {
    Arc::clone(table) as _
}

/// The records of events, in the form that dispatch reads; `None` if there are none.
///
/// # Errors
/// Never, as long as a key is text.
pub(crate) fn stream_event(records: &[Record]) -> Result<Option<dispatch::stream::StreamEvent>, Failure> {
    let is_new = |record: &&Record| {
        let outbox = record.new.as_ref().and_then(|item| item.get("outbox")?.as_s().ok());
        outbox.is_some_and(|outbox| outbox == "new" || outbox == "swept")
    };
    let records: Vec<_> = records
        .iter()
        .filter(is_new)
        .map(|record| {
            let keys =
                serde_json::json!({ "pk": { "S": record.key.partition }, "sk": { "S": record.key.sort } });
            serde_json::json!({ "dynamodb": { "Keys": keys, "SequenceNumber": record.sequence_number() } })
        })
        .collect();
    if records.is_empty() {
        return Ok(None);
    }
    Ok(Some(serde_json::from_value(serde_json::json!({ "Records": records }))?))
}
