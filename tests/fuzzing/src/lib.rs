//! Fuzzing: whatever may come from outside is given to the functions themselves. Every event takes the path of
//! production, from the gateway's JSON through the function to the gateway's JSON, over a table in memory.
//!
//! | module | proves |
//! |---|---|
//! | `requests` | no request makes a function panic or fail: it is carried out, or refused with a problem |
//! | `events` | no timer, stream record or trigger makes a function panic |
//! | `round` | what is accepted comes back as it was sent |
//! | `pages` | what strangers wrote is text on pages, and their forms bring along what they must |
//! | `dry_runs` | a dry run says what then happens |
//! | `exports` | an exported history is complete and verifies |
//! | `logs` | what strangers wrote forges no line of a log |
//! | `bounds` | each limit of D19 is kept exactly, and the refusal names it |
//!
//! `fixture` has the functions with a claim in every status, `noise` the random input.

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod dry_runs;
#[cfg(test)]
mod events;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod noise;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod round;
