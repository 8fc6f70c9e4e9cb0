//! How functions are linked for release: for a fixed address.
//!
//! A position-independent executable has some 20,000 pointers that are set at each cold start, in pages that belong
//! to the process from then on. `infra/docs/decisions/0014-fixed-address.md` says what avoiding that saves, and
//! what it costs.
//!
//! Cargo has no place for this besides the build script of each binary's own package: profiles take no linker arguments, a
//! library's build script cannot pass them on, and flags for a whole target would reach build scripts, tests and proc macros, and
//! only whoever builds with them. So each function names this script, and `tests/repository` sees to it.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "this is how cargo talks to build scripts"
)]

use std::env::var;

fn main() {
    // Cargo runs this again when this script changes; nothing in the package matters to it.
    println!("cargo::rerun-if-env-changed=CARGO_CFG_TARGET_OS");
    let is = |name, value| var(name).as_deref() == Ok(value);
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_OS", "linux") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
