//! The table of claims: the only crate that knows keys, expressions and cancellation reasons (I1).
//!
//! [`Key`] says what keys look like; each kind of item is described in the module named after it.

mod backlog;
mod changes;
mod clients;
mod commit;
mod consent;
mod count;
mod erase;
mod error;
mod hash;
mod item;
#[cfg(test)]
mod kept_tests;
mod key;
mod list;
mod operator;
mod outbox;
mod read;
#[cfg(test)]
mod testing;
mod webhooks;
mod work;

use std::sync::Arc;

use claim_ports::Table;

pub use backlog::Backlog;
pub use changes::{Changes, NumberError, Numbered, Published, ReadOn};
pub use commit::{Commit, CommitError, StoredAnswer};
pub use consent::{ConsentLink, ConsentToken};
pub use error::StoreError;
pub use hash::sha256;
pub use key::{CountKey, Key, LAST_SEQUENCE, WorkPartition};
pub use list::{
    Assigned, EXAMINED, Filter, ListOrder, ListPage, ListQuery, ListScope, Listed, ListedCustomer, Position,
};
pub use operator::{HandError, HandedOff, Parked};
pub use outbox::{Delivered, Leased, Outbox, OutboxEvent, Outcome};
pub use read::{Contacts, EventPage};
pub use webhooks::{Attempt, AttemptOutcome};
pub use work::WorkPage;

/// The table, as every function uses it.
#[derive(Debug, Clone)]
pub struct Store {
    table: Arc<dyn Table>,
    name: String,
    shards: u32,
}

impl Store {
    /// The store in the table `name`, whose overdue work is spread over `shards` partitions (1 or more).
    pub fn new(table: Arc<dyn Table>, name: String, shards: u32) -> Self {
        Self { table, name, shards: shards.max(1) }
    }

    /// The number of partitions that overdue work is spread over.
    pub fn shards(&self) -> u32 {
        self.shards
    }
}
