//! Writes down claims in flight as this version of the code leaves them.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to a person")]

use std::process::ExitCode;
use std::{error, fs};

use releases::record::{InFlight, folder};

fn main() -> ExitCode {
    match keep() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn keep() -> Result<(), Box<dyn error::Error>> {
    let release = env!("CARGO_PKG_VERSION");
    let place = folder().join(format!("{release}.json"));
    if place.exists() {
        return Err(format!(
            "{release} is kept already, and what a release left in flight never changes\nnext: raise the version in Cargo.toml; \
             if {release} was never deployed, delete tests/releases/in-flight/{release}.json first"
        )
        .into());
    }
    let in_flight = InFlight::of_this_release(release);
    fs::create_dir_all(folder())?;
    fs::write(&place, in_flight.text()?)?;
    println!("tests/releases/in-flight/{release}.json has {} claims in flight.", in_flight.claims.len());
    Ok(())
}
