//! `cargo xtask audit`: what is known about our dependencies, and what others would criticise in our template.

use std::{fs, path::PathBuf, process::Command};

use clap::Args;
use local_stack::{Error, cargo, install, root, run, tail, target, tool};

use crate::{Failure, Outcome, PROGRESS};

/// Audit dependencies and template: licences, bans, sources, known vulnerabilities, hardening
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask audit                             with today's advisories, which are downloaded
  cargo xtask audit --advisories ../advisories  with a copy of the RustSec advisory database
It fails if anything is found. A finding that is intended is listed with its reason in deny.toml, in infra/checkov.yaml,
or beside the resource in template.yaml. infra/docs/audit.md records the last result.")]
pub(crate) struct Audit {
    /// A copy of the RustSec advisory database, for machines that cannot download it
    #[arg(long, value_name = "FOLDER")]
    advisories: Option<PathBuf>,
}

/// The tools with their versions.
const CARGO_DENY: (&str, &str) = ("cargo-deny", "0.20.2");
const CARGO_AUDIT: (&str, &str) = ("cargo-audit", "0.22.2");
const CHECKOV: (&str, &str) = ("checkov", "3.3.30");

impl Audit {
    pub(crate) fn run(self) -> Outcome {
        install_crate(CARGO_DENY)?;
        install_crate(CARGO_AUDIT)?;
        install_checkov()?;
        install(&PROGRESS)?;
        expand_loops()?;
        let mut wrong = Vec::new();
        for (name, mut command) in self.commands() {
            let log = folder().join(format!("{name}.log"));
            let outcome = PROGRESS.step(name, || run(command.current_dir(root()), &log));
            if let Err(error) = outcome {
                println!("{}", tail(&log, 60));
                wrong.push(format!(
                    "{name}: {}; the whole output is in {}",
                    first_line(&error),
                    log.display()
                ));
            }
        }
        if wrong.is_empty() {
            println!(
                "{} {}, {} {} and {} {} found nothing",
                CARGO_DENY.0, CARGO_DENY.1, CARGO_AUDIT.0, CARGO_AUDIT.1, CHECKOV.0, CHECKOV.1
            );
            return Ok(());
        }
        Err(Failure(wrong.join("\n")))
    }

    fn commands(&self) -> Vec<(&'static str, Command)> {
        let mut deny = Command::new(folder().join("bin/cargo-deny"));
        deny.args(["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
        let mut audit = Command::new(folder().join("bin/cargo-audit"));
        audit.args(["audit", "--deny", "unsound", "--deny", "yanked"]);
        match &self.advisories {
            // Only cargo-audit reads a copy: cargo-deny wants one in a place and under a name of its own.
            Some(copy) => {
                let copy = fs::canonicalize(copy).unwrap_or_else(|_| copy.clone());
                audit.arg("--db").arg(copy).args(["--no-fetch", "--stale"]);
            }
            None => _ = deny.arg("advisories"),
        }
        let mut checkov = Command::new(folder().join("venv/bin/checkov"));
        checkov.args(["--config-file", "infra/checkov.yaml", "--file"]).arg(expanded_template());
        vec![("cargo-deny", deny), ("cargo-audit", audit), ("checkov", checkov)]
    }
}

/// Where the tools and their outputs are.
fn folder() -> PathBuf {
    target().join("audit")
}

/// The template with its loops expanded.
fn expanded_template() -> PathBuf {
    folder().join("template.json")
}

/// Checkov ignores what comes from a loop, so it gets the template with its loops expanded, as SAM CLI deploys it.
fn expand_loops() -> Outcome {
    let mut loops = Command::new(tool("python3"));
    loops.args(["-I", "infra/xtask/loops.py", "template.yaml"]).arg(expanded_template()).current_dir(root());
    run(&mut loops, &folder().join("loops.log"))?;
    Ok(())
}

fn first_line(error: &Error) -> String {
    error.to_string().split([';', '\n']).next().unwrap_or_default().to_owned()
}

/// Whether this version of a tool is there. A stamp says so; it is written once the installation is complete.
fn is_installed((name, version): (&str, &str)) -> bool {
    fs::read_to_string(stamp(name)).is_ok_and(|known| known == version)
}

fn stamp(name: &str) -> PathBuf {
    folder().join(format!("{name}.version"))
}

fn installed((name, version): (&str, &str)) -> Outcome {
    fs::write(stamp(name), version)
        .map_err(|error| Failure(format!("cannot write {}: {error}", stamp(name).display())))
}

fn install_crate(tool: (&str, &str)) -> Outcome {
    if is_installed(tool) {
        return Ok(());
    }
    let mut cargo = cargo(&["install", tool.0, "--version", tool.1, "--locked", "--root"]);
    cargo.arg(folder());
    let log = folder().join(format!("install-{}.log", tool.0));
    PROGRESS
        .step(&format!("Installing {} {} into target/audit", tool.0, tool.1), || run(&mut cargo, &log))?;
    installed(tool)
}

fn install_checkov() -> Outcome {
    if is_installed(CHECKOV) {
        return Ok(());
    }
    let (venv, log) = (folder().join("venv"), folder().join("install-checkov.log"));
    PROGRESS.step(&format!("Installing {} {} into target/audit", CHECKOV.0, CHECKOV.1), || {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv), &log)?;
        let mut pip = Command::new(venv.join("bin/python3"));
        pip.args(["-m", "pip", "install", "--disable-pip-version-check"]);
        run(pip.arg(format!("{}=={}", CHECKOV.0, CHECKOV.1)), &log)
    })?;
    installed(CHECKOV)
}
