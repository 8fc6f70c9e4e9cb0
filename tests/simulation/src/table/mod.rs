//! One DynamoDB table, in memory: a deterministic model of what the service is documented to do, working on the SDK's own
//! inputs and outputs.
//!
//! It is synchronous and knows neither tasks nor chance. Whoever wraps it decides what goes wrong: it asks the model or
//! not, returns the answer or loses it, gives a [`Fault`] instead. What the model leaves to its caller:
//!
//! - **Time** ([`Table::set_time`]), which ends the ten minutes of a request's token and stamps the stream's records.
//! - **Lag**: eventually consistent reads and every index are [`View`]s that follow the table only when told to
//!   ([`Table::advance`], [`Table::advance_out_of_order`], [`Table::catch_up`]).
//! - **The stream** ([`Table::take_records`]): who reads it, how often and in which order.
//! - **Expiry** ([`Table::expire`]): a time to live is a hint, an item may stay for days.
//! - **Batches** ([`Table::leave_over`]): how many keys the next BatchGetItem processes.
//!
//! What the model does not know (sets, legacy parameters, some functions of the expression language) it refuses with a
//! ValidationException that names it. The suite in `tests/contract.rs` runs the same cases against the model and against
//! an emulated DynamoDB.

mod action;
mod capacity;
mod expression;
mod fault;
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

pub use capacity::Written;
pub use fault::{Answer, Fault, Modelled};
pub use schema::{Index, Keys, Projection, Schema, Unknown};
pub use stream::Record;
pub use value::Key;

use view::{Change, Follower, Tree};

/// An item of the table.
pub type Item = HashMap<String, AttributeValue>;

/// What readers see besides the table itself, and what may lag behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    /// Reads of the table that do not ask for consistency.
    Reads,
    /// The index at this place in the schema.
    Index(usize),
}

/// A table.
#[derive(Debug)]
pub struct Table {
    schema: Arc<Schema>,
    now: DateTime<Utc>,
    base: Tree,
    reads: Follower,
    indexes: Vec<Follower>,
    records: Vec<Record>,
    sequence: u64,
    transactions: BTreeMap<String, transaction::Remembered>,
    left_over: Option<usize>,
}

impl Table {
    /// An empty table, at the beginning of time.
    pub fn new(schema: Arc<Schema>) -> Self {
        let indexes = schema.indexes.iter().map(|_| Follower::default()).collect();
        Self {
            schema,
            now: DateTime::UNIX_EPOCH,
            base: Tree::default(),
            reads: Follower::default(),
            indexes,
            records: Vec::new(),
            sequence: 0,
            transactions: BTreeMap::new(),
            left_over: None,
        }
    }

    /// What the table is like.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Lets the service's clock show `now`.
    pub fn set_time(&mut self, now: DateTime<Utc>) {
        self.now = now;
    }

    /// Takes the stream's records since they were last taken, in their order.
    pub fn take_records(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.records)
    }

    /// All views that may lag.
    pub fn views(&self) -> impl Iterator<Item = View> + use<> {
        std::iter::once(View::Reads).chain((0..self.schema.indexes.len()).map(View::Index))
    }

    /// How many changes a view has yet to follow.
    pub fn behind(&self, view: View) -> usize {
        match view {
            View::Reads => self.reads.behind(),
            View::Index(index) => self.indexes.get(index).map_or(0, Follower::behind),
        }
    }

    /// Lets a view follow by the next `changes` changes.
    pub fn advance(&mut self, view: View, changes: usize) {
        for _ in 0..changes {
            if !self.follow(view, 0) {
                break;
            }
        }
    }

    /// Lets a view follow by the change at `place` of those it has yet to follow, before those that came earlier: only
    /// changes of one item keep their order. Returns whether there was one.
    pub fn advance_out_of_order(&mut self, view: View, place: usize) -> bool {
        self.follow(view, place)
    }

    /// Lets every view follow by all changes.
    pub fn catch_up(&mut self) {
        for view in self.views() {
            while self.follow(view, 0) {}
        }
    }

    fn follow(&mut self, view: View, place: usize) -> bool {
        match view {
            View::Reads => self.reads.follow_table(place),
            View::Index(index) => match (self.indexes.get_mut(index), self.schema.indexes.get(index)) {
                (Some(follower), Some(index)) => follower.follow_index(place, &index.keys),
                _ => false,
            },
        }
    }

    /// Every item as it is now, in the order of the table's key.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.base.all().map(Arc::as_ref)
    }

    /// Every item as it is now whose partition key begins so.
    pub fn partitions<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Item> {
        self.base.beginning(prefix).map(Arc::as_ref)
    }

    /// The item with a key, as it is now.
    pub fn item(&self, key: &Key) -> Option<&Item> {
        self.base.get(key).map(Arc::as_ref)
    }

    /// The keys of items whose time to live is over; they stay until [`Table::expire`].
    pub fn expired(&self) -> Vec<Key> {
        let Some(ttl) = &self.schema.ttl else { return Vec::new() };
        let now = i128::from(self.now.timestamp());
        let is_over = |item: &&Item| {
            let until = item.get(ttl).and_then(|value| value.as_n().ok());
            until.and_then(|until| value::integer(until).ok()).is_some_and(|until| until <= now)
        };
        self.items().filter(is_over).filter_map(|item| Key::of(item, &self.schema.keys).ok()).collect()
    }

    /// Removes an item whose time to live is over, as the service does some time later; it makes a record.
    pub fn expire(&mut self, key: &Key) {
        if let Some(old) = self.base.get(key).cloned() {
            self.apply(Change { key: key.clone(), old: Some(old), new: None }, true);
        }
    }

    /// Lets the next BatchGetItem process at most `keys` keys and leave the others over.
    pub fn leave_over(&mut self, keys: usize) {
        self.left_over = Some(keys);
    }

    /// Makes a change, and has it followed later. What changes nothing makes no record.
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

    fn check_table(&self, name: Option<&str>) -> Result<(), Fault> {
        match name {
            Some(name) if name == self.schema.name => Ok(()),
            Some(_) => Err(Fault::NoTable),
            None => {
                Err(value::invalid("The parameter TableName is required but was not present in the request"))
            }
        }
    }
}

/// Refuses parameters that the model does not know, if the request has them.
fn without(parameters: &[(&str, bool)]) -> Result<(), Fault> {
    match parameters.iter().find(|(_, is_given)| *is_given) {
        Some((name, _)) => Err(value::unsupported(&format!("the parameter {name}"))),
        None => Ok(()),
    }
}
