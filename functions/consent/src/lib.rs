//! The customer's consent: the page behind the link, and its denial (R13, R15, D9).

pub mod page;
