//! HTTP, for all functions behind the API.
//!
//! The event of a request becomes a [`Request`], by the registry's routes ([`registry`]). A function's [`Endpoint`]
//! names the caller ([`PrincipalConfig`]), has [`App`] carry out a command or read a claim, and answers with a view of
//! the claim ([`view`]). Whatever goes wrong is a [`Problem`] (RFC 9457): a refusal of the domain, with its HTTP
//! status.

mod accept;
mod app;
mod batch;
#[cfg(feature = "contract")]
pub mod bodies;
mod commands;
#[cfg(feature = "contract")]
pub mod contract;
mod cursor;
mod edge;
mod edit;
mod endpoint;
mod etag;
mod events;
mod export;
mod idempotency;
mod json;
mod principal;
mod problem;
mod query;
pub mod registry;
mod request;
pub mod respond;
mod roles;
pub mod seal;
#[cfg(test)]
mod testing;
pub mod view;

pub use app::{App, no_fields};
pub use batch::{MAX_ROWS, TEMPLATE};
pub use commands::action;
pub use cursor::{Cursor, Offset};
pub use edit::draft_from;
pub use endpoint::{Api, Endpoint, outgoing};
pub use etag::if_match;
pub use events::shown_events;
pub use export::{listed, sheet};
pub use idempotency::{ONCE, form_key, idempotency_key};
pub use principal::PrincipalConfig;
pub use problem::{PROBLEM_JSON, Problem, status_of};
pub use query::{ChangesRequest, CheckRequest, ListRequest, PageRequest, Query};
pub use request::{MAX_BODY_BYTES, Received, Request};
