//! The product's handlers without AWS around them: the same code over a table in memory.
//!
//! The bench's endpoints answer with what is in this table, so the answers are what the product has written. The
//! bench also measures here which part of an invocation is the handler's own work, and how often a command calls AWS.

mod cases;
mod handlers;
mod moments;
mod table;

pub use cases::{BESIDE, Case, cases};
pub use handlers::{configured, functions, functions_over};
pub use moments::{
    CLAIM, ClaimDriver, LENGTH, Moment, PreparedTable, SHA256, Steps, partner, reviewer, sign_in,
};
pub use table::{BenchTable, Item, TableQuery};

pub use test_support::TABLE;

/// Why something could not be prepared.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
