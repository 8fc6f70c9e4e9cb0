//! Claims that are in flight when the code changes: one that was begun on any release finishes on the newest.
//!
//! At each release `cargo xtask inflight` writes down a table with claims at every stage as that release leaves it: what is
//! stored, what waits in the scheduler and in the queues, and links and emails that are with people. It goes to
//! `in-flight/<release>.json` beside this crate's sources and is never changed again. The tests put it under the
//! functions as they are now: everything is read, each history is replayed, every timer fires, and each claim comes to the end
//! that the release which began it would have brought it to.
//!
//! - [`claims`] has the claims: how far each has come, and what people then do with it.
//! - [`record`] is what is written down, and how.
//! - [`world`] has the functions over one table, with what is around them.
#![expect(clippy::panic, reason = "all of this is part of a test, or of what prepares one")]

pub mod claims;
mod outside;
pub mod record;
pub mod world;

#[cfg(test)]
mod tests;
