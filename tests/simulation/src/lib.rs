//! A deterministic simulation of the whole system: the product's own domain and functions, over simulated services that
//! behave as the real ones are documented to behave in the worst case.
//!
//! A *life* is one run of the simulation. Its seed decides everything: what people do and when, how long every call
//! takes and thus how concurrent invocations interleave, which faults happen, and which ids and secrets are generated.
//! The same seed gives the same life, to the last bit.
//!
//! - [`life`] runs a life: people act, faults are injected, the faults end, and time goes on until everything is at
//!   rest.
//! - `setup` is what the seed decides before the simulation begins.
//! - `engine` is virtual time: an agenda, and tasks that wait for it.
//! - `state` is the state of the simulation: the simulated services, the invocations and the reference model.
//! - `services` are the simulated services behind the product's ports; the table itself is
//!   [`test_support::table`].
//! - `stream` is the mapping from the table's stream to dispatch.
//! - `machines` runs the product's functions, on machines whose clocks differ.
//! - `people` is the workload: what partners, reviewers and customers do.
//! - [`faults`] are the kinds of fault; `random` has the random numbers for them and for everything else.
//! - `model` is the reference model, computed from what is committed.
//! - [`properties`] are the properties that must hold.
//! - [`campaign`] runs many lives; [`shrink`] makes a failing one short.
//! - [`contract`] holds the simulated table and bucket to the behaviour of the real ones.

pub mod campaign;
pub mod contract;
mod engine;
pub mod faults;
mod invocation;
pub mod life;
mod machines;
mod model;
mod operator;
mod people;
pub mod properties;
mod random;
mod services;
mod setup;
pub mod shrink;
mod state;
mod stream;
mod trace;
