//! A table in memory, for tests of what is about webhooks: items are put, updated, read by their keys and found by their
//! sort keys, and a count is bounded. Nobody else writes at the same time, so that all other conditions hold.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::error::{BuildError, SdkError};
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
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use claim_ports::{Answer, Table};

type Item = HashMap<String, AttributeValue>;

/// An operation that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fails {
    /// None.
    Nothing,
    /// Updates of items.
    Updates,
    /// Every operation.
    Everything,
}

/// The table.
#[derive(Debug)]
pub struct MemoryTable {
    items: Mutex<BTreeMap<(String, String), Item>>,
    fails: Mutex<Fails>,
}

impl Default for MemoryTable {
    fn default() -> Self {
        Self { items: Mutex::default(), fails: Mutex::new(Fails::Nothing) }
    }
}

impl MemoryTable {
    /// Lets operations fail from now on.
    pub fn fails(&self, what: Fails) {
        *locked(&self.fails) = what;
    }

    fn works(&self, is_update: bool) -> bool {
        match *locked(&self.fails) {
            Fails::Nothing => true,
            Fails::Updates => !is_update,
            Fails::Everything => false,
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn key(item: &Item) -> (String, String) {
    let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
    (part("pk"), part("sk"))
}

fn number(value: Option<&AttributeValue>) -> u64 {
    value.and_then(|value| value.as_n().ok()).and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn ready<'a, O: Send + 'a, E: Send + 'a>(output: O) -> Answer<'a, O, E> {
    Box::pin(std::future::ready(Ok(output)))
}

fn failed<'a, O: Send + 'a, E: Send + 'a>() -> Answer<'a, O, E> {
    let error = BuildError::other("the table fails, or is asked what no webhook needs");
    Box::pin(std::future::ready(Err(SdkError::construction_failure(error))))
}

/// The error of an operation that the table refuses.
fn refused<E>(error: E) -> SdkError<E> {
    let status = StatusCode::try_from(400).unwrap_or_else(|_| unreachable!("400 is a status"));
    SdkError::service_error(error, HttpResponse::new(status, SdkBody::empty()))
}

impl Table for MemoryTable {
    fn get_item(&self, input: GetItemInputBuilder) -> Answer<'_, GetItemOutput, GetItemError> {
        if !self.works(false) {
            return failed();
        }
        let place = key(&input.get_key().clone().unwrap_or_default());
        let found = locked(&self.items).get(&place).cloned();
        ready(GetItemOutput::builder().set_item(found).build())
    }

    fn batch_get_item(
        &self,
        _: BatchGetItemInputBuilder,
    ) -> Answer<'_, BatchGetItemOutput, BatchGetItemError> {
        failed()
    }

    fn put_item(&self, input: PutItemInputBuilder) -> Answer<'_, PutItemOutput, PutItemError> {
        if !self.works(false) {
            return failed();
        }
        let item = input.get_item().clone().unwrap_or_default();
        locked(&self.items).insert(key(&item), item);
        ready(PutItemOutput::builder().build())
    }

    /// Does what `SET #a = :a, #b = :b ADD #c :c` says, unless `:limit` is reached already.
    fn update_item(&self, input: UpdateItemInputBuilder) -> Answer<'_, UpdateItemOutput, UpdateItemError> {
        if !self.works(true) {
            return failed();
        }
        let mut items = locked(&self.items);
        let place = input.get_key().clone().unwrap_or_default();
        let item = items.entry(key(&place)).or_insert(place);
        let names = input.get_expression_attribute_names().clone().unwrap_or_default();
        let values = input.get_expression_attribute_values().clone().unwrap_or_default();
        let expression = input.get_update_expression().clone().unwrap_or_default();
        let (sets, adds) = expression.split_once(" ADD ").unwrap_or((&expression, ""));
        let of = |place: &str| names.get(place).cloned().unwrap_or_default();
        for (name, by) in adds.split(", ").filter_map(|add| add.split_once(' ')) {
            let sum = number(item.get(&of(name))) + number(values.get(by));
            if values.get(":limit").is_some_and(|limit| sum > number(Some(limit))) {
                let reached = ConditionalCheckFailedException::builder().build();
                let reached = UpdateItemError::ConditionalCheckFailedException(reached);
                return Box::pin(std::future::ready(Err(refused(reached))));
            }
            item.insert(of(name), AttributeValue::N(sum.to_string()));
        }
        for (name, value) in
            sets.trim_start_matches("SET ").split(", ").filter_map(|set| set.split_once(" = "))
        {
            item.extend(values.get(value).map(|value| (of(name), value.clone())));
        }
        ready(UpdateItemOutput::builder().build())
    }

    /// The items of a partition whose sort keys begin with `:attempts`, or lie between `:first` and `:last`.
    fn query(&self, input: QueryInputBuilder) -> Answer<'_, QueryOutput, QueryError> {
        if !self.works(false) {
            return failed();
        }
        let values = input.get_expression_attribute_values().clone().unwrap_or_default();
        let text = |name: &str| values.get(name).and_then(|value| value.as_s().ok()).cloned();
        let (partition, prefix) = (text(":pk").unwrap_or_default(), text(":attempts").unwrap_or_default());
        let between = text(":first").zip(text(":last"));
        let items = locked(&self.items);
        let mut found: Vec<Item> = items
            .iter()
            .filter(|((pk, sk), _)| *pk == partition && sk.starts_with(&prefix))
            .filter(|((_, sk), _)| between.as_ref().is_none_or(|(first, last)| first <= sk && sk <= last))
            .map(|(_, item)| item.clone())
            .collect();
        if input.get_scan_index_forward() == &Some(false) {
            found.reverse();
        }
        found.truncate(input.get_limit().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX));
        ready(QueryOutput::builder().set_items(Some(found)).build())
    }

    fn transact_write_items(
        &self,
        _: TransactWriteItemsInputBuilder,
    ) -> Answer<'_, TransactWriteItemsOutput, TransactWriteItemsError> {
        failed()
    }
}
