//! A deterministic simulation of the whole system: the real domain and the real logic of every function, over services
//! that behave as the real ones are documented to, at their worst.

pub mod contract;
pub mod table;
