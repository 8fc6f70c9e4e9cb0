//! What readers see: the items of the table, and views of them that follow later.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;

use super::Item;
use super::schema::{Keys, Projection, Schema};
use super::value::Key;

/// A change of one item.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) key: Key,
    pub(super) old: Option<Arc<Item>>,
    pub(super) new: Option<Arc<Item>>,
}

/// The position of an item in its partition: items are sorted by the sort key, and in an index then by the table's key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) sort: String,
    pub(super) key: Option<Key>,
}

type Partition = BTreeMap<Position, Arc<Item>>;

/// Items, sorted by a key.
#[derive(Debug, Default, Clone)]
pub(super) struct SortedItems(BTreeMap<String, Partition>);

impl SortedItems {
    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Item>> {
        self.0.get(&key.partition)?.get(&Position { sort: key.sort.clone(), key: None })
    }

    fn put(&mut self, partition: String, position: Position, item: Arc<Item>) {
        self.0.entry(partition).or_default().insert(position, item);
    }

    fn remove(&mut self, partition: &str, position: &Position) {
        if let Some(items) = self.0.get_mut(partition) {
            items.remove(position);
            if items.is_empty() {
                self.0.remove(partition);
            }
        }
    }

    /// Applies a change, for items that are sorted by the table's key.
    pub(super) fn apply(&mut self, change: &Change) {
        let position = Position { sort: change.key.sort.clone(), key: None };
        match &change.new {
            Some(item) => self.put(change.key.partition.clone(), position, Arc::clone(item)),
            None => self.remove(&change.key.partition, &position),
        }
    }

    /// The items of a partition between two positions.
    pub(super) fn range(
        &self,
        partition: &str,
        bounds: (Bound<Position>, Bound<Position>),
    ) -> impl DoubleEndedIterator<Item = (&Position, &Arc<Item>)> {
        self.0.get(partition).into_iter().flat_map(move |items| items.range(bounds.clone()))
    }

    /// The items of all partitions whose keys have this prefix, in their order.
    pub(super) fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Arc<Item>> {
        let from = self.0.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        from.take_while(move |(key, _)| key.starts_with(prefix)).flat_map(|(_, items)| items.values())
    }

    /// All items, in the order of the key.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.0.values().flat_map(BTreeMap::values)
    }
}

/// A copy of the table or an index of it, which follows the table change by change when it is told to.
#[derive(Debug, Default, Clone)]
pub(super) struct Follower {
    pub(super) items: SortedItems,
    pending: VecDeque<Change>,
}

impl Follower {
    pub(super) fn push(&mut self, change: Change) {
        self.pending.push_back(change);
    }

    pub(super) fn behind(&self) -> usize {
        self.pending.len()
    }

    /// Takes the `nth` outstanding change. If there are earlier changes of the same item, takes the first of them,
    /// since changes of one item keep their order.
    fn take(&mut self, nth: usize) -> Option<Change> {
        let key = &self.pending.get(nth)?.key;
        let first = self.pending.iter().position(|change| change.key == *key).unwrap_or(nth);
        self.pending.remove(first)
    }

    /// Follows the table by one change.
    pub(super) fn follow_table(&mut self, nth: usize) -> bool {
        let change = self.take(nth);
        if let Some(change) = &change {
            self.items.apply(change);
        }
        change.is_some()
    }

    /// Follows the table by one change, as an index with these keys.
    pub(super) fn follow_index(&mut self, nth: usize, keys: &Keys) -> bool {
        let change = self.take(nth);
        if let Some(Change { key, old, new }) = &change {
            if let Some((partition, position)) = old.as_ref().and_then(|item| index_position(item, key, keys))
            {
                self.items.remove(partition, &position);
            }
            if let Some(item) = new
                && let Some((partition, position)) = index_position(item, key, keys)
            {
                self.items.put(partition.to_owned(), position, Arc::clone(item));
            }
        }
        change.is_some()
    }
}

/// The partition and the position of an item in an index, or `None` if the index does not have the item.
pub(super) fn index_position<'a>(item: &'a Item, key: &Key, keys: &Keys) -> Option<(&'a str, Position)> {
    let AttributeValue::S(partition) = item.get(&keys.partition)? else { return None };
    let sort = match &keys.sort {
        Some(name) => item.get(name)?.as_s().ok()?.clone(),
        None => String::new(),
    };
    Some((partition, Position { sort, key: Some(key.clone()) }))
}

/// Whether an index has an item.
pub(super) fn is_in_index(item: &Item, keys: &Keys) -> bool {
    keys.names().all(|name| item.contains_key(name))
}

/// The attributes of an item that an index contains.
pub(super) fn projected(item: &Item, schema: &Schema, index: &super::schema::Index) -> Item {
    match &index.projection {
        Projection::All => item.clone(),
        Projection::With(more) => {
            let keys = schema.keys.names().chain(index.keys.names());
            keys.chain(more)
                .filter_map(|name| item.get(name).map(|value| (name.clone(), value.clone())))
                .collect()
        }
    }
}
