//! A deterministic simulation of the whole system: the real domain and the real logic of every function, over services
//! that behave as the real ones are documented to, at their worst.
//!
//! One seed decides everything: what people do and when, how long every call takes and thus how concurrent invocations
//! interleave, what goes wrong, and which ids and secrets are made. The same seed gives the same life, to the last bit.
//!
//! - [`life`] lives a life: people act, things go wrong, faults end, time goes on until everything is at rest.
//! - `engine` is virtual time: an agenda, and futures that wait for it.
//! - `services` are the product's ports over simulated services; [`table`] is the model of DynamoDB.
//! - `stream` is the mapping from the table's stream to dispatch.
//! - `fleet` runs the product's functions, on machines whose clocks differ.
//! - `people` are the workload: partners, reviewers and customers.
//! - `model` is the reference model, computed from what is committed; [`properties`] are what must hold.
//! - [`campaign`] lives many; [`shrink`] makes the history of a failing one short.

pub mod campaign;
pub mod contract;
mod engine;
pub mod faults;
mod fleet;
mod history;
pub mod life;
mod model;
mod people;
pub mod properties;
mod random;
mod services;
pub mod shrink;
mod state;
mod stream;
pub mod table;
mod work;
