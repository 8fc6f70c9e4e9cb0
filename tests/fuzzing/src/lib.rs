//! Fuzzing: what comes from outside, tried on the functions themselves: every event goes the way of production, from the
//! gateway's JSON through the function to the gateway's JSON, over a table in memory.
//!
//! | module | proves |
//! |---|---|
//! | `requests` | no request makes a function panic or fail: it is answered, or refused with a problem |
//! | `events` | no timer, stream record or trigger makes a function panic |
//! | `round` | what is accepted comes back as it was sent |
//! | `bounds` | each bound of D19 is kept, on both sides of it, by an answer that names it |
//!
//! `memory` is the table and the files, `fixture` the functions with a claim in every status.

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod events;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod noise;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod round;
