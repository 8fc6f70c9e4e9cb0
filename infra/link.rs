//! How functions are linked for release: for one address.
//!
//! A position-independent executable has some 20,000 pointers set anew at each cold start, in pages that are its own from
//! then on. What that is worth, and what it weighs, is told in `infra/docs/speed.md`.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "cargo tells and reads so")]

use std::env::var;

fn main() {
    // Cargo runs it again when it is made anew; nothing in the package matters to it.
    println!("cargo::rerun-if-env-changed=CARGO_CFG_TARGET_OS");
    let is = |name, value| var(name).as_deref() == Ok(value);
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_OS", "linux") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
