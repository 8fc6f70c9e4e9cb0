//! What reads and writes cost, in capacity units.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};

use super::schema::Schema;
use super::stream::Record;
use super::value::{Key, size_of};
use super::view::{is_in_index, projected};
use super::{Item, TableError};

/// How many bytes one unit reads, with a consistent read.
const READ_UNIT: usize = 4096;
/// How many bytes one unit writes.
const WRITE_UNIT: usize = 1024;

/// The cost of reading so many bytes.
pub(super) fn units(bytes: usize, consistent: Option<bool>) -> f64 {
    let units = u32::try_from(bytes.div_ceil(READ_UNIT).max(1)).unwrap_or(u32::MAX);
    f64::from(units) * if consistent == Some(true) { 1.0 } else { 0.5 }
}

/// The cost as a response contains it, if the request asks for it.
pub(super) fn consumed(wanted: Option<&ReturnConsumedCapacity>, units: f64) -> Option<ConsumedCapacity> {
    wanted.map(|_| ConsumedCapacity::builder().capacity_units(units).build())
}

/// The cost of a change as a single write. In a transaction the table's part counts twice, and the indexes' part once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteUnits {
    /// The units of the table.
    pub table: usize,
    /// The units of each index that has the item, or had it before the change.
    pub indexes: BTreeMap<String, usize>,
}

impl Record {
    /// The cost of the change.
    ///
    /// # Errors
    /// When an image of the item is too large or not valid.
    pub fn write_units(&self, schema: &Schema) -> Result<WriteUnits, TableError> {
        let (old, new) = (self.old.as_deref(), self.new.as_deref());
        let mut cost = WriteUnits { table: larger(old, new)?, indexes: BTreeMap::new() };
        for index in &schema.indexes {
            let held = |item: Option<&Item>| {
                item.filter(|item| is_in_index(item, &index.keys)).map(|item| projected(item, schema, index))
            };
            let (old, new) = (held(old), held(new));
            let key = |item: &Item| Key::of(item, &index.keys);
            let units = match (&old, &new) {
                (old, new) if old == new => continue,
                (Some(before), Some(after)) if key(before)? != key(after)? => {
                    larger(Some(before), None)? + larger(None, Some(after))?
                }
                (old, new) => larger(old.as_ref(), new.as_ref())?,
            };
            cost.indexes.insert(index.name.clone(), units);
        }
        Ok(cost)
    }
}

/// The write units of the larger of two images.
fn larger(old: Option<&Item>, new: Option<&Item>) -> Result<usize, TableError> {
    let sizes = [old, new].into_iter().flatten().map(size_of).collect::<Result<Vec<_>, _>>()?;
    Ok(sizes.into_iter().max().unwrap_or_default().div_ceil(WRITE_UNIT))
}
