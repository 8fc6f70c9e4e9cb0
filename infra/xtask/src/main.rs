//! The developer's command line, `cargo xtask`: the local stack, its users and its time, the tests, and what is
//! missing on a machine.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to a person")]

mod audit;
mod bench;
mod bugs;
mod calendar;
mod check;
mod clock;
mod conform;
mod contract;
mod demo;
mod doctor;
mod down;
mod env;
mod faults;
mod inflight;
mod invoke;
mod lived_in;
mod logs;
mod operator;
mod pictures;
mod received;
mod release;
mod restore;
mod runbook;
mod simulate;
mod test;
mod token;
mod up;
mod verify;
mod written;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use local_stack::{DEFAULT_PORT, Failure, Outcome, Progress};

/// Runs the whole system on this machine: the real template in an emulated AWS, with a clock you can move.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = FIRST_STEPS)]
struct Arguments {
    #[command(subcommand)]
    command: Command,

    /// Port of the stack; stacks on different ports do not disturb each other
    #[arg(long, global = true, default_value_t = DEFAULT_PORT)]
    port: u16,
}

const FIRST_STEPS: &str = "\
First steps:
  cargo xtask demo           play thirteen claims from their creation to their end, and print each step
  cargo xtask up --lived-in  set everything up and open onto ten claims at different points of their lives
  cargo xtask up             set everything up; prints the pages' address, the users and three calls to try
  cargo xtask token nora     an access token of a partner, for curl
  cargo xtask clock +7d      let seven days pass; deadlines on the way fire
  cargo xtask invoke claims  invoke a function with one of its events
  cargo xtask logs dispatch  what a function wrote
  cargo xtask down           stop the stack; nothing is kept
Is something missing? `cargo xtask doctor` says what, and how to get it.";

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
    Up(up::Up),
    Down(down::Down),
    Token(token::Token),
    Clock(clock::Clock),
    Invoke(invoke::Invoke),
    Logs(logs::Logs),
    Emails(received::Emails),
    Assessment(received::Assessment),
    Runbook(runbook::Runbook),
    Restore(restore::Restore),
    Env(env::Env),
    Calendar(calendar::Print),
    Contract(contract::Contract),
    Conform(conform::Conform),
    Doctor(doctor::Doctor),
    Simulate(simulate::Simulate),
    Faults(faults::Faults),
    /// List effects that were given up; have one tried again, or settle it
    Parked(operator::Operate),
    /// Create, rotate, revoke and list machine clients: programs that act for an organisation, or as a reviewer
    Client(operator::Operate),
    /// Erase a person's contact details from all claims
    Erase(operator::Operate),
    /// Send messages to incentive assessment once more, from the table, under the same ids
    Resend(operator::Operate),
    Check(check::Check),
    Test(test::Test),
    Audit(audit::Audit),
    Bench(bench::Bench),
    Pictures(pictures::Pictures),
    Release(release::Release),
    Inflight(inflight::Inflight),
    Verify(verify::Verify),
}

/// Progress goes to standard error, results to standard output, so that results can be piped.
const PROGRESS: Progress = Progress::to(|line| eprintln!("{line}"));

fn main() -> ExitCode {
    let Arguments { command, port } = Arguments::parse();
    let outcome = match command {
        Command::Demo(demo) => demo.run(port),
        Command::Up(up) => up.run(port),
        Command::Down(down) => down.run(port),
        Command::Token(token) => token.run(port),
        Command::Clock(clock) => clock.run(port),
        Command::Invoke(invoke) => invoke.run(port),
        Command::Logs(logs) => logs.run(port),
        Command::Emails(emails) => emails.run(port),
        Command::Assessment(assessment) => assessment.run(port),
        Command::Runbook(runbook) => runbook.run(port),
        Command::Restore(restore) => restore.run(port),
        Command::Env(env) => env.run(port),
        Command::Calendar(calendar) => calendar.run(),
        Command::Contract(contract) => contract.run(),
        Command::Conform(conform) => conform.run(port),
        Command::Doctor(doctor) => doctor.run(),
        Command::Simulate(simulate) => simulate.run(),
        Command::Faults(faults) => faults.run(port),
        Command::Client(client) => client.run("client", port),
        Command::Erase(erase) => erase.run("erase", port),
        Command::Parked(parked) => parked.run("parked", port),
        Command::Resend(resend) => resend.run("resend", port),
        Command::Check(check) => check.run(),
        Command::Test(test) => test.run(),
        Command::Audit(audit) => audit.run(),
        Command::Bench(bench) => bench.run(),
        Command::Pictures(pictures) => pictures.run(),
        Command::Release(release) => release.run(),
        Command::Inflight(inflight) => inflight.run(),
        Command::Verify(verify) => verify.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(reason)) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}
