//! Every function of the registry with its handler, and services that take everything, for the tests that call functions.

mod functions;
mod services;

pub use functions::{Functions, request, start};
pub use services::{Deliveries, OneDocument, accepting};
