//! What an operator does by hand: `cargo xtask parked`, `cargo xtask resend` and `cargo xtask erase` to claims in a table,
//! `cargo xtask client` to programs that may call the API.
//!
//! It is a program of its own because it needs the functions' crates and the SDK; the other commands need not wait
//! until those are built.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to a person")]

mod client;
mod erase;
mod parked;
mod resend;
mod target;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use local_stack::{DEFAULT_PORT, Failure, Outcome};

/// Deals with what waits for a person.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,

    /// Port of the stack
    #[arg(long, global = true, default_value_t = DEFAULT_PORT, overrides_with = "port")]
    port: u16,
}

#[derive(Subcommand)]
enum Command {
    Client(client::Client),
    Erase(erase::Erase),
    Parked(parked::Parked),
    Resend(resend::Resend),
}

fn main() -> ExitCode {
    let Arguments { command, port } = Arguments::parse();
    let outcome = match command {
        Command::Client(client) => client.run(port),
        Command::Erase(erase) => erase.run(port),
        Command::Parked(parked) => parked.run(port),
        Command::Resend(resend) => resend.run(port),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(reason)) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}
