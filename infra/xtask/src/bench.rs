//! `cargo xtask bench`: how fast the functions start and answer, compared with the alternatives.

use std::fs;
use std::path::Path;
use std::process::Command;

use clap::Args;
use local_stack::{Error, functions, root, run, target};

use crate::{Failure, Outcome, PROGRESS};

/// Measure the functions: start, first answer, CPU, memory, sizes, calls; compared with Node.js, Python and a hand-written minimum
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask bench                              everything: some ten minutes of building, then a few of measuring
  cargo xtask bench --publish                    also write the report to infra/docs/bench.md and bench.svg
  cargo xtask bench -- --only submit --rounds 5  what follows `--` goes to the bench itself; `-- --help` lists it
Nothing else should run meanwhile. It needs two cores: one for the measured function, one for everything else.")]
pub(crate) struct Bench {
    /// Write the report where the documentation shows it
    #[arg(long)]
    publish: bool,
    /// Leave out Node.js and Python
    #[arg(long)]
    alone: bool,
    /// Arguments for the bench itself
    #[arg(last = true)]
    rest: Vec<String>,
}

impl Bench {
    pub(crate) fn run(self) -> Outcome {
        let folder = target().join("bench");
        fs::create_dir_all(&folder).map_err(Error::io(format!("cannot create {}", folder.display())))?;
        PROGRESS.step("Building the functions for release", || release(&folder))?;
        if !self.alone {
            PROGRESS.step("Installing the same function in Node.js and Python", || peers(&folder))?;
        }
        let mut bench = Command::new(target().join("release/bench"));
        bench.current_dir(root()).args(&self.rest);
        if self.publish {
            bench.arg("--out").arg(root().join("infra/docs"));
        }
        let status = bench.status().map_err(Error::io("cannot start the bench"))?;
        match status.success() {
            true => Ok(()),
            false => Err(Failure("the bench failed, see above".to_owned())),
        }
    }
}

/// Builds what is measured exactly as for deployment, and the bench along with it: both then have the same features
/// of libraries (`extra_traits` of libc).
fn release(folder: &Path) -> Result<(), Error> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()).args(["build", "--release"]);
    for name in functions()?.iter().map(String::as_str).chain(["bench", "bench-empty", "bench-raw"]) {
        cargo.args(["--package", name]);
    }
    run(&mut cargo, &folder.join("build.log"))
}

/// Installs the Node.js and Python versions with their own tools, and makes them as fast as these tools can: one
/// minified file, compiled modules.
fn peers(folder: &Path) -> Result<(), Error> {
    let sources = root().join("tests/bench");
    let node = folder.join("node");
    copy(&sources.join("node"), &node)?;
    let npm = |words: &[&str]| {
        let mut npm = Command::new("npm");
        npm.current_dir(&node).args(words);
        run(&mut npm, &folder.join("npm.log"))
    };
    npm(&["install", "--no-audit", "--no-fund", "--no-package-lock"])?;
    npm(&["run", "bundle"])?;
    let python = folder.join("python");
    copy(&sources.join("python"), &python.join("task"))?;
    let pip = |program: &Path, words: &[&str]| {
        let mut python = Command::new(program);
        python.current_dir(folder).args(words);
        run(&mut python, &folder.join("pip.log"))
    };
    pip(Path::new("python3"), &["-m", "venv", "python/venv"])?;
    let own = python.join("venv/bin/python3");
    pip(&own, &["-m", "pip", "install", "--quiet", "--requirement", "python/task/requirements.txt"])?;
    pip(&own, &["-m", "compileall", "-q", "python/task"])
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let failed = || Error::io(format!("cannot copy {}", from.display()));
    fs::create_dir_all(to).map_err(failed())?;
    for entry in fs::read_dir(from).map_err(failed())?.flatten().filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), to.join(entry.file_name())).map_err(failed())?;
    }
    Ok(())
}
