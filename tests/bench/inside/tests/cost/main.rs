//! What the product costs by count: write units of a life, and how reads grow with what the table holds.
//!
//! The table is the simulated one, which bills as the service does.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests, which say what they counted")]

mod growth;
mod life;
mod metered;
mod midnight;
mod whole;
