//! The product's handlers without AWS around them: the same code over a table in memory.
//!
//! The bench takes the answers of its endpoints from here, so that they are what the product has written; and it
//! measures here what of an invocation is the handler's own work, and how often a command asks AWS for something.

mod cases;
mod handlers;
mod lives;
mod services;
mod table;
mod world;

pub use cases::{Case, cases};
pub use handlers::{configured, functions, functions_over};
pub use lives::{CLAIM, LENGTH, Life, Moment, Player, SHA256, Steps, partner, reviewer};
pub use table::{Asked, Item, Recorded};

/// The name of the table, which is its logical id in the template.
pub const TABLE: &str = "Table";

/// Why something could not be played.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
