//! What readers see: the table itself, and views of it that follow later.

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
    /// The item's key.
    pub(super) key: Key,
    /// The item before, if there was one.
    pub(super) old: Option<Arc<Item>>,
    /// The item afterwards, if there is one.
    pub(super) new: Option<Arc<Item>>,
}

/// Where an item lies in its partition: by the sort key, and in an index then by the table's key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) sort: String,
    pub(super) key: Option<Key>,
}

type Partition = BTreeMap<Place, Arc<Item>>;

/// Items in the order of a key.
#[derive(Debug, Default)]
pub(super) struct Tree(BTreeMap<String, Partition>);

impl Tree {
    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Item>> {
        self.0.get(&key.partition)?.get(&Place { sort: key.sort.clone(), key: None })
    }

    fn put(&mut self, partition: String, place: Place, item: Arc<Item>) {
        self.0.entry(partition).or_default().insert(place, item);
    }

    fn remove(&mut self, partition: &str, place: &Place) {
        if let Some(items) = self.0.get_mut(partition) {
            items.remove(place);
            if items.is_empty() {
                self.0.remove(partition);
            }
        }
    }

    /// Applies a change of the table itself.
    pub(super) fn apply(&mut self, change: &Change) {
        let place = Place { sort: change.key.sort.clone(), key: None };
        match &change.new {
            Some(item) => self.put(change.key.partition.clone(), place, Arc::clone(item)),
            None => self.remove(&change.key.partition, &place),
        }
    }

    /// The items of a partition whose sort keys lie within bounds.
    pub(super) fn range(
        &self,
        partition: &str,
        bounds: (Bound<Place>, Bound<Place>),
    ) -> impl DoubleEndedIterator<Item = (&Place, &Arc<Item>)> {
        self.0.get(partition).into_iter().flat_map(move |items| items.range(bounds.clone()))
    }

    /// The items of the partitions whose keys begin so, in their order.
    pub(super) fn beginning<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Arc<Item>> {
        let from = self.0.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        from.take_while(move |(key, _)| key.starts_with(prefix)).flat_map(|(_, items)| items.values())
    }

    /// Every item, in the order of the key.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.0.values().flat_map(BTreeMap::values)
    }
}

/// What follows the table, change by change, when it is told to.
#[derive(Debug, Default)]
pub(super) struct Follower {
    pub(super) tree: Tree,
    pending: VecDeque<Change>,
}

impl Follower {
    pub(super) fn push(&mut self, change: Change) {
        self.pending.push_back(change);
    }

    pub(super) fn behind(&self) -> usize {
        self.pending.len()
    }

    /// The next change; or the one at `place` in the queue, as far as the same item has no earlier one, which comes first
    /// then: changes of one item keep their order.
    fn take(&mut self, place: usize) -> Option<Change> {
        let key = &self.pending.get(place)?.key;
        let first = self.pending.iter().position(|change| change.key == *key).unwrap_or(place);
        self.pending.remove(first)
    }

    /// Follows by one change of the table.
    pub(super) fn follow_table(&mut self, place: usize) -> bool {
        let change = self.take(place);
        if let Some(change) = &change {
            self.tree.apply(change);
        }
        change.is_some()
    }

    /// Follows by one change, as an index with these keys does.
    pub(super) fn follow_index(&mut self, place: usize, keys: &Keys) -> bool {
        let change = self.take(place);
        if let Some(Change { key, old, new }) = &change {
            if let Some((partition, place)) = old.as_ref().and_then(|item| index_place(item, key, keys)) {
                self.tree.remove(partition, &place);
            }
            if let Some(item) = new
                && let Some((partition, place)) = index_place(item, key, keys)
            {
                self.tree.put(partition.to_owned(), place, Arc::clone(item));
            }
        }
        change.is_some()
    }
}

/// Where an index with these keys has an item; `None` if it has it not, being sparse.
pub(super) fn index_place<'a>(item: &'a Item, key: &Key, keys: &Keys) -> Option<(&'a str, Place)> {
    let AttributeValue::S(partition) = item.get(&keys.partition)? else { return None };
    let AttributeValue::S(sort) = item.get(&keys.sort)? else { return None };
    Some((partition, Place { sort: sort.clone(), key: Some(key.clone()) }))
}

/// Whether an index has an item.
pub(super) fn is_in_index(item: &Item, keys: &Keys) -> bool {
    item.contains_key(&keys.partition) && item.contains_key(&keys.sort)
}

/// What an index shows of an item.
pub(super) fn projected(item: &Item, schema: &Schema, index: &super::schema::Index) -> Item {
    match &index.projection {
        Projection::All => item.clone(),
        Projection::With(more) => {
            let keys = [&schema.keys, &index.keys].into_iter().flat_map(|keys| [&keys.partition, &keys.sort]);
            keys.chain(more)
                .filter_map(|name| item.get(name).map(|value| (name.clone(), value.clone())))
                .collect()
        }
    }
}
