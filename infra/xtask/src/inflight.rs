//! `cargo xtask inflight`: claims in flight, as this release leaves them.

use clap::Args;

use crate::{Outcome, written};

/// Write down what this release leaves in flight: claims at every stage with their timers, messages and emails
#[derive(Args)]
#[command(after_help = "\
A claim that was begun on any release is finished by the newest. Run this once at each release, after the version in Cargo.toml
was raised: it writes tests/releases/in-flight/<version>.json, which is never changed again. From then on the tests of
tests/releases put that file under the functions as they are: everything stored is read, each history is replayed, every timer
fires, and each claim has to come to the end that it would have come to.")]
pub(crate) struct Inflight {}

impl Inflight {
    pub(crate) fn run(self) -> Outcome {
        written::by("in-flight", &[], "Taking claims to every stage")
    }
}
