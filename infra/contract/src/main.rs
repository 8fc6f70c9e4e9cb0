//! Prints the contract as it follows from the code: the OpenAPI document.
#![allow(clippy::print_stdout, reason = "a command line talks to a person")]

fn main() {
    println!("{:#}", contract::document());
}
