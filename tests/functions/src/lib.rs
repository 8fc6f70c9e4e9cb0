//! Every function of the registry with its handler, services that take everything, and requests with the people who send them,
//! for the tests that call functions.

mod functions;
mod requests;
mod services;

pub use functions::{Functions, request, start};
pub use requests::{Answer, DOCUMENT, TestRequest, ana, draft, lena, rita, upload};
pub use services::{Deliveries, OneDocument, accepting};
