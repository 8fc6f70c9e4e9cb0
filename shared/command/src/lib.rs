//! The way of one command: open the claim, apply the command, say what became of it. Nothing of HTTP is known here.
//!
//! *Open* ([`CommandHandler`] reads the claim, and applies the clocks that are due, once an attempt) → *apply* (the domain
//! decides, the store writes one transaction) → [`Outcome`]: written, unchanged, stale or refused.
//!
//! Nothing outside the table is touched: what must follow is derived from the stored events (I5), so that a crash anywhere
//! loses nothing and repeats harmlessly. A lost race for the claim's version is read and decided again; it comes to a stale
//! request only if the caller named a revision and that moved.

mod handler;
mod host;
mod outcome;
mod request;

pub use handler::{CommandHandler, Reads, Viewed};
pub use host::Host;
pub use outcome::{AlsoRead, CommandError, Declined, Outcome, Stale, Unchanged, Written};
pub use request::{CommandRequest, Expected, IdempotencyKey, Prepared, Unprepared};
