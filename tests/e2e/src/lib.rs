//! Claims on the local stack: the environment that scenarios share, what drives a claim, and scenarios with a claim
//! each.
//!
//! Everything here goes over HTTP as signed-in people, with real files uploaded and the real periods, by time travel.
//! `cargo xtask demo` runs the scenarios and reports each step; the end-to-end suite runs them and many more cases.

mod claim_driver;
mod command_kind;
mod document;
mod environment;
mod failure;
pub mod faults;
pub mod invocation;
mod receiver;
mod retrying_clients;
mod scenarios;
pub mod session;
pub mod stages;

pub use claim_driver::ClaimDriver;
pub use command_kind::CommandKind;
pub use document::{docx, encrypted_pdf, infected_pdf, pdf, png, slow_pdf};
pub use environment::{Environment, Step};
pub use failure::Failed;
pub use receiver::{Received, Receiver};
pub use retrying_clients::{RetryingClients, Tally};
pub use scenarios::{LIVED_IN, LivedIn, SCENARIOS, Scenario, live_in, run_scenarios, today};
