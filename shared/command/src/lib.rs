//! What happens to one command: open the claim, apply the command, return the outcome. This crate knows nothing of
//! HTTP.
//!
//! *Open* ([`CommandHandler`] reads the claim and applies the clocks that are due, in every attempt) → *apply* (the
//! domain decides, the store writes one transaction) → [`Outcome`]: written, unchanged, stale or refused.
//!
//! Nothing outside the table is touched: what must follow is derived from the stored events (I5), so a crash anywhere
//! loses nothing and repeats harmlessly. If a race for the claim's version is lost, the claim is read and the command
//! decided again, until the command's time is up ([`PATIENCE`]); the request is stale only if the caller named a revision
//! and that has moved on.

mod attempt;
mod create;
mod daily;
mod handler;
mod host;
mod outcome;
mod patience;
mod request;

pub use handler::{CommandHandler, Reads, Viewed};
pub use host::Host;
pub use outcome::{AlsoRead, CommandError, Declined, Outcome, Rehearsal, Stale, Unchanged, Written};
pub use patience::PATIENCE;
pub use request::{CommandRequest, Expected, IdempotencyKey, Prepared, Unprepared};
