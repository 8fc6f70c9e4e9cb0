//! The table of claims: the only place that knows keys, expressions and cancellation reasons (I1).
//!
//! | item | partition key | sort key |
//! |---|---|---|
//! | claim | `CLAIM#{id}` | `CLAIM` |
//! | event, which is also its own outbox (I5) | `CLAIM#{id}` | `EVENT#{version:010}` |
//! | contact details (I2) | `CLAIM#{id}` | `CONTACT#{ref}` |
//! | stored answer to an Idempotency-Key | `IDEM#{hash}` | `IDEM` |
//! | consent link (D9) | `CONSENT#{hash of the token}` | `CONSENT` |
//! | association record (D15) | `ASSOC#{tenant}#{workload}` or `ASSOC#{subscription}` | `ASSOC` |
//!
//! Lists are read from sparse indexes, never by a scan; overdue work is found in the `work` index, whose partitions
//! are `CLAIM#{shard}`, `EVENT#{shard}` and `PARKED`.

mod backlog;
mod commit;
mod error;
mod item;
mod list;
mod operate;
mod outbox;
mod read;

use std::sync::Arc;

use claim_ports::Table;

pub use backlog::Backlog;
pub use commit::{Commit, CommitError, Delivered, StoredAnswer};
pub use error::StoreError;
pub use list::{Filter, ListOrder, ListPage, ListQuery, ListScope, Listed, ListedCustomer, Position};
pub use operate::{HandError, HandedOff, Parked};
pub use outbox::{Leased, Outbox, OutboxEvent, Outcome, WorkPage};
pub use read::{ConsentLink, Contacts, EventPage};

/// The table, as every function uses it.
#[derive(Debug, Clone)]
pub struct Store {
    table: Arc<dyn Table>,
    name: String,
    shards: u32,
}

impl Store {
    /// The store in the table of that name, whose overdue work is spread over `shards` partitions (1 or more).
    pub fn new(table: Arc<dyn Table>, name: String, shards: u32) -> Self {
        Self { table, name, shards: shards.max(1) }
    }

    /// The number of partitions that overdue work is spread over.
    pub fn shards(&self) -> u32 {
        self.shards
    }
}
