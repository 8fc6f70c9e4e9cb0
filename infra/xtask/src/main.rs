//! The developer command line.
fn main() {}
