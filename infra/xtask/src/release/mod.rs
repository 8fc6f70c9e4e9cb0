//! `cargo xtask release`: the functions and the template as they are deployed, before anybody deploys them.

mod archive;
mod glibc;
mod report;
mod template;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use local_stack::{Error, cargo, functions, install, root, run, target, tool};
use serde::Deserialize;

use self::archive::Archive;
use self::report::{Report, Row};
use crate::{Failure, Outcome, PROGRESS};

/// Build the functions for release as for a deployment, and check that they and the template fit what AWS runs
#[derive(Args)]
#[command(after_help = "\
It builds every function with `cargo lambda build --release` into target/lambda, where the template looks for it, and fails
if one of these does not hold:

  glibc     every symbol that a binary takes from glibc is in that of Amazon Linux 2023 (readelf tells; binutils has it)
  start     each function starts from its ZIP archive under a local Runtime API, asks for an event, and answers one of
            tests/events as it should; AWS is a TLS server on this machine, as in the bench
  template  with its loops expanded and transformed as SAM does it, it has at most 1 MB, 500 resources, 200 parameters and
            200 outputs

Examples:
  cargo xtask release             a first build takes some ten minutes, a later one as long as what has changed
  cargo xtask release --publish   also write the result to infra/docs/release.md
A local stack puts its own builds into target/lambda: after `cargo xtask up`, build again before you deploy.")]
pub(crate) struct Release {
    /// Write the result where the documentation shows it
    #[arg(long)]
    publish: bool,
}

/// How a function started, as the bench prints it. Times are in microseconds.
#[derive(Debug, Clone, Deserialize)]
struct Started {
    function: String,
    event: String,
    init: u64,
    first: u64,
}

impl Release {
    pub(crate) fn run(self) -> Outcome {
        install(&PROGRESS)?;
        let folder = target().join("release-check");
        fs::create_dir_all(&folder).map_err(Error::io(format!("cannot create {}", folder.display())))?;
        let names = functions()?;
        PROGRESS.step("Building the functions with cargo lambda", || build(&names, &folder))?;
        let (needs, archives) = PROGRESS.step("Reading and packing the binaries", || {
            let needs: Result<Vec<_>, _> =
                names.iter().map(|name| glibc::newest(name, &binary(name))).collect();
            let archives: Result<Vec<_>, _> =
                names.iter().map(|name| Archive::pack(&binary(name), &folder.join(name))).collect();
            Ok((needs?, archives?))
        })?;
        let mut started = PROGRESS.step("Starting each function from its archive", || start(&folder))?;
        let template = PROGRESS.step("Expanding template.yaml as SAM does", || template::expand(&folder))?;
        let mut rows = Vec::new();
        for ((name, needs), archive) in names.into_iter().zip(needs).zip(archives) {
            let started = started.remove(&name).ok_or_else(|| {
                Failure(format!("{name} was not started: add an event of it to tests/events"))
            })?;
            rows.push(Row { name, needs, archive, started });
        }
        let report = Report { rows, template };
        println!("{report}");
        if self.publish {
            let page = root().join("infra/docs/release.md");
            fs::write(&page, report.page()).map_err(Error::io(format!("cannot write {}", page.display())))?;
        }
        Ok(())
    }
}

/// A function's binary, where the template looks for it.
fn binary(name: &str) -> PathBuf {
    target().join("lambda").join(name).join("bootstrap")
}

/// Builds as infra/docs/deploying.md says: with the functions' packages named, so that no other crate decides features.
fn build(names: &[String], folder: &Path) -> Result<(), Error> {
    let mut build = cargo(&["lambda", "build", "--release"]);
    names.iter().for_each(|name| _ = build.args(["--package", name]));
    build.env("PATH", with_tools()).current_dir(root());
    run(&mut build, &folder.join("build.log"))
}

/// The search path with the local stack's tools at its beginning: cargo-lambda and the linker that it brings along.
fn with_tools() -> OsString {
    let mut path = tool("").into_os_string();
    if let Some(own) = std::env::var_os("PATH") {
        path.push(":");
        path.push(own);
    }
    path
}

/// Has the bench start every function that is unpacked in `folder`.
fn start(folder: &Path) -> Result<BTreeMap<String, Started>, Error> {
    // The whole workspace decides the features, so that nothing is built twice.
    let mut build = cargo(&["build", "--quiet", "--workspace", "--bin", "bench"]);
    run(build.current_dir(root()), &folder.join("bench-build.log"))?;
    let mut bench = Command::new(target().join("debug/bench"));
    bench.current_dir(root()).arg("--once").arg(folder);
    let log = folder.join("start.log");
    run(&mut bench, &log)?;
    let printed = fs::read_to_string(&log).map_err(Error::io(format!("cannot read {}", log.display())))?;
    let lines = printed.lines().filter(|line| line.starts_with('{'));
    lines
        .map(|line| {
            let started: Started = serde_json::from_str(line)?;
            Ok((started.function.clone(), started))
        })
        .collect()
}
