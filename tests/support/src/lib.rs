//! What the tests of several crates share: every function by its name in the registry.

mod functions;

pub use functions::{Functions, request, start};
