//! Shared by the tests of several crates: every function, by its name in the registry.

mod functions;
mod webhooks;

pub use functions::{Functions, request, start};
pub use webhooks::Deliveries;
