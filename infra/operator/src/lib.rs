//! What operators do by hand, as a library: the program `cargo xtask` runs it, and end-to-end tests do.

pub mod clients;
pub mod deployed;
