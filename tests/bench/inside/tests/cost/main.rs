//! What the product costs, counted: the write units of a claim, and how the cost of reading grows with the table.
//!
//! The table is the simulated one, which charges as DynamoDB does.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests that print what they counted")]

mod growth;
mod hand_off;
mod limits;
mod metered;
mod midnight;
mod writes;
