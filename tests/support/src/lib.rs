//! What the tests of many crates put around the code that they test. Each is here once.
//!
//! - [`table`] is the one table in memory, a deterministic simulation of DynamoDB; [`MemoryTable`] is the same behind the
//!   product's port.
//! - [`TestHost`] is the machine: its time, ids and secrets.
//! - [`Sent`] is a queue and an email service that keep what they are given.
//! - [`Template`] reads `template.yaml`.
//!
//! This crate knows no function, so that the tests of each function can use it. `tests/functions` has all of them with their
//! handlers.

mod host;
mod memory;
mod sent;
pub mod table;
mod template;

pub use host::TestHost;
pub use memory::{Fails, MemoryTable, SESSIONS, TABLE};
pub use sent::{Sent, SentEmail};
pub use template::{Template, TemplateError};
