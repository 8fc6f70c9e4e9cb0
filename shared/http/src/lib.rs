//! The HTTP edge that the functions behind the API share (§4 of the design).
//!
//! A request becomes a [`Call`]; a function matches its method and path, names the caller ([`PrincipalConfig`]), has a
//! command carried out or a claim read through [`App`], and answers with a view of it ([`view`]). Whatever goes wrong is
//! a [`Problem`] (RFC 9457), whose kinds are one closed table ([`Kind`]).

pub mod accept;
mod app;
mod cursor;
mod edge;
mod etag;
mod events;
mod idempotency;
mod kind;
mod principal;
mod problem;
mod query;
pub mod respond;
mod serve;
pub mod view;

pub use app::{App, Ask, claim_id, no_fields};
pub use cursor::{Cursor, Offset};
pub use edge::{Call, MAX_BODY_BYTES};
pub use etag::{etag, if_match};
pub use events::shown_events;
pub use idempotency::{hash, idempotency_key};
pub use kind::Kind;
pub use principal::PrincipalConfig;
pub use problem::{Fault, PROBLEM_JSON, Problem, complete};
pub use query::{ListRequest, PageRequest, Query};
pub use serve::{incoming, outgoing, serve};
