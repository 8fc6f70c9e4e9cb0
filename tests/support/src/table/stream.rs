//! The table's stream: one record for each change of an item, in the order of the changes.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Item;
use super::value::Key;

/// A record of the stream, with the new and the old image.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its sequence number, which rises with every record.
    pub sequence: u64,
    /// When the item changed, by the clock of the service.
    pub at: DateTime<Utc>,
    /// The item's key.
    pub key: Key,
    /// The item before the change, or `None` if it was inserted.
    pub old: Option<Arc<Item>>,
    /// The item after the change, or `None` if it was removed.
    pub new: Option<Arc<Item>>,
    /// Whether the service removed the item because its time to live was over.
    pub is_expiry: bool,
}

impl Record {
    /// The kind of change: `INSERT`, `MODIFY` or `REMOVE`.
    pub fn event_name(&self) -> &'static str {
        match (&self.old, &self.new) {
            (None, _) => "INSERT",
            (Some(_), Some(_)) => "MODIFY",
            (Some(_), None) => "REMOVE",
        }
    }

    /// The sequence number as the service writes it: text of a fixed width.
    pub fn sequence_number(&self) -> String {
        format!("{:021}", self.sequence)
    }
}
