//! What reads and writes cost, in the units that the service bills.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};

use super::schema::Schema;
use super::stream::Record;
use super::value::{Key, size_of};
use super::view::{is_in_index, projected};
use super::{Fault, Item};

/// A read unit reads this much consistently, a write unit writes the second.
const READ: usize = 4096;
const WRITE: usize = 1024;

/// What a read of so many bytes costs.
pub(super) fn units(bytes: usize, consistent: Option<bool>) -> f64 {
    let units = u32::try_from(bytes.div_ceil(READ).max(1)).unwrap_or(u32::MAX);
    f64::from(units) * if consistent == Some(true) { 1.0 } else { 0.5 }
}

/// The cost as an answer says it, if it is wanted.
pub(super) fn told(wanted: Option<&ReturnConsumedCapacity>, units: f64) -> Option<ConsumedCapacity> {
    wanted.map(|_| ConsumedCapacity::builder().capacity_units(units).build())
}

/// What a change costs as a write of its own. In a transaction the table's part counts twice, that of the indexes once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Of the table.
    pub table: usize,
    /// Of each index that the item is in, or was.
    pub indexes: BTreeMap<String, usize>,
}

impl Record {
    /// What the change costs.
    ///
    /// # Errors
    /// When an image could not be stored.
    pub fn written(&self, schema: &Schema) -> Result<Written, Fault> {
        let (old, new) = (self.old.as_deref(), self.new.as_deref());
        let mut written = Written { table: larger(old, new)?, indexes: BTreeMap::new() };
        for index in &schema.indexes {
            let held = |item: Option<&Item>| {
                item.filter(|item| is_in_index(item, &index.keys)).map(|item| projected(item, schema, index))
            };
            let (old, new) = (held(old), held(new));
            let place = |item: &Item| Key::of(item, &index.keys);
            let units = match (&old, &new) {
                (old, new) if old == new => continue,
                (Some(before), Some(after)) if place(before)? != place(after)? => {
                    larger(Some(before), None)? + larger(None, Some(after))?
                }
                (old, new) => larger(old.as_ref(), new.as_ref())?,
            };
            written.indexes.insert(index.name.clone(), units);
        }
        Ok(written)
    }
}

/// The units of the larger of two images.
fn larger(old: Option<&Item>, new: Option<&Item>) -> Result<usize, Fault> {
    let sizes = [old, new].into_iter().flatten().map(size_of).collect::<Result<Vec<_>, _>>()?;
    Ok(sizes.into_iter().max().unwrap_or_default().div_ceil(WRITE))
}
