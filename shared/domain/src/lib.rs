//! The rules of a claim, as code: its states, commands, events, effects, clocks and calendar.
//!
//! Pure: no input or output, no clock, no randomness. The instant and every id are passed in, so the same question
//! always has the same answer.
//!
//! - [`decide::decide`] says which events follow from a command (and from the clocks that are due),
//! - [`evolve::evolve`] says what an event does to a claim,
//! - [`effect::effects`] says what must follow from an event outside the claim.
//!
//! Only this crate decides; only the store writes what it decided (I1). Rules are cited by number (`R13`, `D4`).

pub mod action;
pub mod address;
pub mod bound;
pub mod calendar;
pub mod catalogue;
pub mod claim;
pub mod client;
pub mod clock;
pub mod command;
mod consent;
pub mod content;
pub mod decide;
mod details;
pub mod draft;
pub mod effect;
mod email;
pub mod event;
mod evidence;
pub mod evolve;
mod field;
pub mod ids;
pub mod input;
mod kind;
pub mod language;
mod listed;
pub mod mailbox;
pub mod people;
pub mod policy;
pub mod program;
pub mod reason;
pub mod refusal;
pub mod rule;
pub mod text;
pub mod timer;
pub mod warning;
pub mod webhook;
pub mod zone;
