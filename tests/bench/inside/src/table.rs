//! The bench's table: written while claims are prepared, then read as often as needed.
//!
//! It is not the table of `tests/support`, because its own work is a part of what is measured: that one parses and checks
//! every request as DynamoDB does, and copies what it returns, and the handler's figure would be the table's as much as the
//! handler's. So this one knows only as much of DynamoDB as the store's reads need. It does not evaluate conditions, because
//! claims are prepared one at a time. An update is answered but not carried out. What calls cost in units is counted over
//! the other one (`tests/cost`).

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
use claim_ports::{Answer, Table};

/// An item, or a key.
pub type Item = HashMap<String, AttributeValue>;

/// A query, whether it came as a call in the process or over HTTP.
#[derive(Debug, Clone, Default)]
pub struct TableQuery {
    /// The index; `None` for the table.
    pub index: Option<String>,
    /// The key condition.
    pub condition: String,
    /// The names that the condition and the projection use.
    pub names: HashMap<String, String>,
    /// The values that the condition uses.
    pub values: Item,
    /// The attributes to return; all if empty.
    pub projection: String,
    /// Whether the items come in the order of the sort key, or in the opposite order.
    pub forward: bool,
    /// The most items to return.
    pub limit: Option<usize>,
}

/// The table.
#[derive(Debug, Default)]
pub struct BenchTable {
    items: Mutex<BTreeMap<(String, String), Item>>,
    calls: Mutex<Vec<&'static str>>,
    is_frozen: AtomicBool,
}

impl BenchTable {
    /// From now on writes are answered but not carried out, so that every command finds the table as it is now.
    pub fn freeze(&self) {
        self.is_frozen.store(true, Ordering::Relaxed);
    }

    fn is_frozen(&self) -> bool {
        self.is_frozen.load(Ordering::Relaxed)
    }

    /// Takes the operations that were called since the last time, in order.
    pub fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut *locked(&self.calls))
    }

    /// The item of a key.
    pub fn get(&self, key: &Item) -> Option<Item> {
        locked(&self.items).get(&place(key)).cloned()
    }

    /// The items that a query finds, and the key from which the next page starts.
    pub fn find(&self, query: &TableQuery) -> (Vec<Item>, Option<Item>) {
        let conditions = conditions(query);
        let items = locked(&self.items);
        let fits = |item: &Item| conditions.iter().all(|condition| condition.holds(item));
        // For one partition of the table, there is no need to search the others.
        let mut found: Vec<&Item> = match (&query.index, conditions.first()) {
            (None, Some(partition)) if partition.name == "pk" => {
                let first = (partition.low.clone(), String::new());
                let same = |((pk, _), _): &(&(String, String), &Item)| *pk == partition.low;
                items
                    .range(first..)
                    .take_while(same)
                    .map(|(_, item)| item)
                    .filter(|item| fits(item))
                    .collect()
            }
            _ => items.values().filter(|item| fits(item)).collect(),
        };
        let sort = match query.index.as_deref() {
            Some("partner-updated") => "partnerUpdated",
            Some("partner-due" | "partner-needs") => "partnerDue",
            Some("review-updated") => "reviewUpdated",
            Some("review-due") => "reviewDue",
            Some("work") => "workAt",
            _ => "sk",
        };
        found.sort_by_key(|item| text(item, sort).to_owned());
        if !query.forward {
            found.reverse();
        }
        let limit = query.limit.unwrap_or(usize::MAX);
        let next = (found.len() > limit).then(|| found.get(limit - 1)).flatten().map(|last| {
            let of_key = |name: &&String| {
                ["pk", "sk"].contains(&name.as_str()) || name.ends_with("Pk") || *name == sort
            };
            let key = last.iter().filter(|(name, _)| of_key(name));
            key.map(|(name, value)| (name.clone(), value.clone())).collect()
        });
        let shown = projected(query);
        let found = found.into_iter().take(limit).map(|item| match &shown {
            None => item.clone(),
            Some(shown) => {
                shown.iter().filter_map(|name| Some((name.clone(), item.get(name)?.clone()))).collect()
            }
        });
        (found.collect(), next)
    }

    fn put(&self, item: Item) {
        locked(&self.items).insert(place(&item), item);
    }

    fn called(&self, operation: &'static str) {
        locked(&self.calls).push(operation);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

fn place(item: &Item) -> (String, String) {
    (text(item, "pk").to_owned(), text(item, "sk").to_owned())
}

/// One condition on a key: the attribute's text is between two others, the second excluded if `open`.
struct Condition {
    name: String,
    low: String,
    high: Option<String>,
    open: bool,
}

impl Condition {
    fn holds(&self, item: &Item) -> bool {
        let Some(value) = item.get(&self.name).and_then(|value| value.as_s().ok()) else { return false };
        let below = |high: &String| if self.open { value < high } else { value <= high };
        *value >= self.low && self.high.as_ref().is_none_or(below)
    }
}

fn conditions(query: &TableQuery) -> Vec<Condition> {
    let words: Vec<&str> = query.condition.split(' ').collect();
    let name = |word: &str| query.names.get(word).cloned().unwrap_or_else(|| word.to_owned());
    let value = |word: &str| text(&query.values, word).to_owned();
    let mut conditions = Vec::new();
    let mut rest = words.as_slice();
    loop {
        match rest {
            [attribute, "BETWEEN", low, "AND", high, more @ ..] => {
                let high = Some(value(high));
                conditions.push(Condition { name: name(attribute), low: value(low), high, open: false });
                rest = more;
            }
            [attribute, "=", equal, more @ ..] => {
                let equal = value(equal);
                conditions.push(Condition {
                    name: name(attribute),
                    high: Some(equal.clone()),
                    low: equal,
                    open: false,
                });
                rest = more;
            }
            [attribute, "<", high, more @ ..] => {
                let high = Some(value(high));
                conditions.push(Condition { name: name(attribute), low: String::new(), high, open: true });
                rest = more;
            }
            ["AND", more @ ..] => rest = more,
            _ => return conditions,
        }
    }
}

/// The names of the attributes to return; `None` for all.
fn projected(query: &TableQuery) -> Option<Vec<String>> {
    let names = query.projection.split(',').map(str::trim).filter(|name| !name.is_empty());
    let names: Vec<_> =
        names.map(|name| query.names.get(name).cloned().unwrap_or_else(|| name.to_owned())).collect();
    (!names.is_empty()).then_some(names)
}

impl Table for BenchTable {
    fn get_item(&self, input: GetItemInputBuilder) -> Answer<'_, GetItemOutput, GetItemError> {
        self.called("GetItem");
        let item = input.get_key().as_ref().and_then(|key| self.get(key));
        Box::pin(std::future::ready(Ok(GetItemOutput::builder().set_item(item).build())))
    }

    fn batch_get_item(
        &self,
        input: BatchGetItemInputBuilder,
    ) -> Answer<'_, BatchGetItemOutput, BatchGetItemError> {
        self.called("BatchGetItem");
        let requested = input.get_request_items().clone().unwrap_or_default();
        let found = requested.into_iter().map(|(name, wanted)| {
            let items: Vec<Item> = wanted.keys.iter().filter_map(|key| self.get(key)).collect();
            (name, items)
        });
        Box::pin(std::future::ready(Ok(BatchGetItemOutput::builder()
            .set_responses(Some(found.collect()))
            .build())))
    }

    fn put_item(&self, input: PutItemInputBuilder) -> Answer<'_, PutItemOutput, PutItemError> {
        self.called("PutItem");
        if !self.is_frozen() {
            self.put(input.get_item().clone().unwrap_or_default());
        }
        Box::pin(std::future::ready(Ok(PutItemOutput::builder().build())))
    }

    fn update_item(&self, _: UpdateItemInputBuilder) -> Answer<'_, UpdateItemOutput, UpdateItemError> {
        self.called("UpdateItem");
        Box::pin(std::future::ready(Ok(UpdateItemOutput::builder().build())))
    }

    fn query(&self, input: QueryInputBuilder) -> Answer<'_, QueryOutput, QueryError> {
        self.called("Query");
        let query = TableQuery {
            index: input.get_index_name().clone(),
            condition: input.get_key_condition_expression().clone().unwrap_or_default(),
            names: input.get_expression_attribute_names().clone().unwrap_or_default(),
            values: input.get_expression_attribute_values().clone().unwrap_or_default(),
            projection: input.get_projection_expression().clone().unwrap_or_default(),
            forward: input.get_scan_index_forward().unwrap_or(true),
            limit: input.get_limit().and_then(|limit| usize::try_from(limit).ok()),
        };
        let (found, next) = self.find(&query);
        let output = QueryOutput::builder().set_items(Some(found)).set_last_evaluated_key(next).build();
        Box::pin(std::future::ready(Ok(output)))
    }

    fn transact_write_items(
        &self,
        input: TransactWriteItemsInputBuilder,
    ) -> Answer<'_, TransactWriteItemsOutput, TransactWriteItemsError> {
        self.called("TransactWriteItems");
        let actions = if self.is_frozen() { None } else { input.get_transact_items().clone() };
        for action in actions.unwrap_or_default() {
            if let Some(put) = action.put {
                self.put(put.item);
            }
            if let Some(delete) = action.delete {
                locked(&self.items).remove(&place(&delete.key));
            }
        }
        Box::pin(std::future::ready(Ok(TransactWriteItemsOutput::builder().build())))
    }
}
