//! One DynamoDB table, in memory: a deterministic simulation of what the service is documented to do, which takes the
//! SDK's own inputs and returns its outputs.
//!
//! It is synchronous, and nothing in it is random. The caller decides what goes wrong: whether a request reaches the
//! table, whether its answer is lost, and whether a [`TableError`] is returned instead. The caller also controls:
//!
//! - **Time** ([`Table::set_time`]): request tokens are forgotten after ten minutes, and the stream's records have a
//!   time.
//! - **Lag**: eventually consistent reads and all indexes are [`View`]s, which follow the table only when they are told
//!   to ([`Table::advance`], [`Table::advance_out_of_order`], [`Table::catch_up`]).
//! - **The stream** ([`Table::take_records`]): when its records are delivered, how often and in which order.
//! - **Expiry** ([`Table::expire`]): an item may stay for days after its time to live.
//! - **Batches** ([`Table::leave_over`]): how many keys the next BatchGetItem processes.
//!
//! Features that it does not support (sets, legacy parameters, some functions of the expression language) are refused
//! with a ValidationException that names them. The contract (`tests/simulation/src/contract`) runs the same cases against
//! this table and against an emulated DynamoDB.

mod action;
mod capacity;
mod error;
mod expression;
mod json;
mod query;
mod read;
mod schema;
mod stream;
mod transaction;
mod value;
mod view;
mod write;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};

pub use capacity::WriteUnits;
pub use error::{OperationError, OperationResult, TableError};
pub use json::{item_of, json_of};
pub use schema::{Index, Keys, Projection, Schema, UnsupportedTemplate};
pub use stream::Record;
pub use value::Key;

use view::{Change, Follower, SortedItems};

/// An item of the table.
pub type Item = HashMap<String, AttributeValue>;

/// What readers see besides the table itself. It may lag behind the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    /// Eventually consistent reads of the table.
    Reads,
    /// The index with this number in the schema.
    Index(usize),
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    schema: Arc<Schema>,
    now: DateTime<Utc>,
    base: SortedItems,
    reads: Follower,
    indexes: Vec<Follower>,
    records: Vec<Record>,
    sequence: u64,
    transactions: BTreeMap<String, transaction::RememberedTransaction>,
    left_over: Option<usize>,
}

impl Table {
    /// An empty table, whose clock is at the epoch.
    pub fn new(schema: Arc<Schema>) -> Self {
        let indexes = schema.indexes.iter().map(|_| Follower::default()).collect();
        Self {
            schema,
            now: DateTime::UNIX_EPOCH,
            base: SortedItems::default(),
            reads: Follower::default(),
            indexes,
            records: Vec::new(),
            sequence: 0,
            transactions: BTreeMap::new(),
            left_over: None,
        }
    }

    /// The keys and indexes of the table.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Sets the clock of the service.
    pub fn set_time(&mut self, now: DateTime<Utc>) {
        self.now = now;
    }

    /// The stream's records that were not taken yet, in their order.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Returns the stream's records since the last call, in their order.
    pub fn take_records(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.records)
    }

    /// All views.
    pub fn views(&self) -> impl Iterator<Item = View> + use<> {
        std::iter::once(View::Reads).chain((0..self.schema.indexes.len()).map(View::Index))
    }

    /// By how many changes a view lags behind the table.
    pub fn behind(&self, view: View) -> usize {
        match view {
            View::Reads => self.reads.behind(),
            View::Index(index) => self.indexes.get(index).map_or(0, Follower::behind),
        }
    }

    /// Lets a view follow the table by `changes` changes.
    pub fn advance(&mut self, view: View, changes: usize) {
        for _ in 0..changes {
            if !self.follow(view, 0) {
                break;
            }
        }
    }

    /// Lets a view follow by the `nth` of its outstanding changes, ahead of the earlier ones: only changes of the same
    /// item keep their order. Returns whether there was such a change.
    pub fn advance_out_of_order(&mut self, view: View, nth: usize) -> bool {
        self.follow(view, nth)
    }

    /// Lets all views follow by all changes.
    pub fn catch_up(&mut self) {
        for view in self.views() {
            while self.follow(view, 0) {}
        }
    }

    fn follow(&mut self, view: View, nth: usize) -> bool {
        match view {
            View::Reads => self.reads.follow_table(nth),
            View::Index(index) => match (self.indexes.get_mut(index), self.schema.indexes.get(index)) {
                (Some(follower), Some(index)) => follower.follow_index(nth, &index.keys),
                _ => false,
            },
        }
    }

    /// All items, in the order of the table's key.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.base.all().map(Arc::as_ref)
    }

    /// All items whose partition keys have this prefix.
    pub fn partitions<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Item> {
        self.base.with_prefix(prefix).map(Arc::as_ref)
    }

    /// The current item with a key.
    pub fn item(&self, key: &Key) -> Option<&Item> {
        self.base.get(key).map(Arc::as_ref)
    }

    /// The keys of items whose time to live is over. They stay until [`Table::expire`].
    pub fn expired(&self) -> Vec<Key> {
        let Some(ttl) = &self.schema.ttl else { return Vec::new() };
        let now = i128::from(self.now.timestamp());
        let is_over = |item: &&Item| {
            let until = item.get(ttl).and_then(|value| value.as_n().ok());
            until.and_then(|until| value::integer(until).ok()).is_some_and(|until| until <= now)
        };
        self.items().filter(is_over).filter_map(|item| Key::of(item, &self.schema.keys).ok()).collect()
    }

    /// Removes an item whose time to live is over, as the service does some time later. The stream gets a record of it.
    pub fn expire(&mut self, key: &Key) {
        if let Some(old) = self.base.get(key).cloned() {
            self.apply(Change { key: key.clone(), old: Some(old), new: None }, true);
        }
    }

    /// Lets the next BatchGetItem process at most `keys` keys, and return the others as unprocessed.
    pub fn leave_over(&mut self, keys: usize) {
        self.left_over = Some(keys);
    }

    /// Makes a change, which the views follow later. A write that changes nothing makes no record.
    fn apply(&mut self, change: Change, is_expiry: bool) {
        if change.old == change.new {
            return;
        }
        self.base.apply(&change);
        self.sequence += 1;
        self.records.push(Record {
            sequence: self.sequence,
            at: self.now,
            key: change.key.clone(),
            old: change.old.clone(),
            new: change.new.clone(),
            is_expiry,
        });
        for (follower, index) in self.indexes.iter_mut().zip(&self.schema.indexes) {
            let images = [&change.old, &change.new].into_iter().flatten();
            if images.into_iter().any(|item| view::is_in_index(item, &index.keys)) {
                follower.push(change.clone());
            }
        }
        self.reads.push(change);
    }

    fn check_table(&self, name: Option<&str>) -> Result<(), TableError> {
        match name {
            Some(name) if name == self.schema.name => Ok(()),
            Some(_) => Err(TableError::NoTable),
            None => {
                Err(value::invalid("The parameter TableName is required but was not present in the request"))
            }
        }
    }
}

/// Refuses a request that has a parameter that the simulated table does not support.
fn refuse_unsupported(parameters: &[(&str, bool)]) -> Result<(), TableError> {
    match parameters.iter().find(|(_, is_given)| *is_given) {
        Some((name, _)) => Err(value::unsupported(&format!("the parameter {name}"))),
        None => Ok(()),
    }
}
