//! `cargo xtask conform`: the running API, used by programs of others that know it from its contract alone.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs};

use clap::Args;
use e2e::{ClaimDriver, Environment, Failed, stages};
use local_stack::{Error, Plan, Stack, client_tool, install_clients, install_packages, root, run, target};

use crate::{Failure, Outcome, PROGRESS};

/// Have programs of others use the API as its contract says: two generated clients, and schemathesis
#[derive(Args)]
#[command(after_help = "\
Two published generators make a client each from infra/contract/openapi.json: one for TypeScript, one for Python. The clients
are type-checked, and each walks a claim from its draft to incentive assessment. Then schemathesis tries every route with all
its checks, as a partner, a reviewer, the lead, and somebody without a role; without a token it tries by itself. The programs
are in tests/clients.

Examples:
  cargo xtask conform                two minutes of schemathesis: a step of `cargo xtask test`
  cargo xtask conform --minutes 60   the long version; infra/docs/conformance.md has its last result
  cargo xtask conform --seed 7       other requests")]
pub(crate) struct Conform {
    /// How long schemathesis tries, all roles together
    #[arg(long, default_value_t = 2)]
    minutes: u64,
    /// Decides what schemathesis tries
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leave the stack up, to repeat a request
    #[arg(long)]
    keep: bool,
}

/// Those who call: a partner, a reviewer, the review lead, and somebody who has no role.
const CALLERS: [&str; 4] = ["nadia", "rita", "lena", "otto"];
/// How long one run lasts at most: a token is good for an hour.
const LONGEST_RUN: Duration = Duration::from_secs(40 * 60);
/// How many claims there are at each stage: some requests end what others look for.
const OF_EACH_STAGE: usize = 3;
/// How many lines of what schemathesis found are shown.
const LINES_SHOWN: usize = 100;

impl Conform {
    pub(crate) fn run(self, port: u16) -> Outcome {
        install_clients(&PROGRESS)?;
        let folder = copied()?;
        install_packages(&folder.join("typescript"), &PROGRESS)?;
        // As many as schemathesis likes: the limits are tested elsewhere.
        let limits = ["DailyClaims", "DailyUploads"].map(|name| (name.to_owned(), "1000000".to_owned()));
        let plan = Plan { port, fresh: true, parameters: limits.into(), ..Plan::default() };
        let stack = Stack::up(&plan, &PROGRESS)?;
        let outcome = self.use_it(stack, &folder, port);
        if !self.keep {
            Stack::down(port)?;
        }
        outcome
    }

    fn use_it(&self, stack: Stack, folder: &Path, port: u16) -> Outcome {
        // This program by its place: building the functions may have replaced it.
        let xtask = target().join("debug/xtask").display().to_string();
        let (address, port) = (stack.address().to_owned(), port.to_string());
        let call = [address.as_str(), &xtask, &port];
        PROGRESS.step("Making a client for TypeScript, and walking a claim with it", || {
            let typescript = folder.join("typescript");
            for script in ["generate", "check"] {
                let mut npm = Command::new("npm");
                run(npm.args(["run", script]).current_dir(&typescript), &folder.join("typescript.log"))?;
            }
            let mut node = Command::new("node");
            node.args(["--import", "./localhost.mjs", "generated/walk.js"]).args(call);
            run(node.current_dir(&typescript), &folder.join("typescript.log"))
        })?;
        PROGRESS.step("Making a client for Python, and walking a claim with it", || {
            let python = folder.join("python");
            let log = folder.join("python.log");
            let mut generate = Command::new(client_tool("openapi-python-client"));
            generate.args(["generate", "--meta", "none", "--overwrite", "--fail-on-warning", "--path"]);
            generate.arg(root().join("infra/contract/openapi.json"));
            generate.args(["--output-path", "claims_client"]).current_dir(&python);
            run(generate.env("PATH", path_with_tools()), &log)?;
            let mut check = Command::new(client_tool("mypy"));
            check.args(["--strict", "--follow-imports", "silent", "walk.py", "localhost.py"]);
            run(check.current_dir(&python), &log)?;
            let mut walk = Command::new(client_tool("python3"));
            run(walk.arg("walk.py").args(call).current_dir(&python), &log)
        })?;
        let monday = Environment::next_monday(stack.now());
        let environment = Environment::new(stack, monday, |_| ());
        PROGRESS.say("Bringing claims to every stage …");
        furnish(&environment, folder).map_err(|failed| Failure(failed.0))?;
        self.schemathesis(&environment.stack, folder)
    }

    fn schemathesis(&self, stack: &Stack, folder: &Path) -> Outcome {
        let callers = u32::try_from(CALLERS.len()).unwrap_or(1);
        let mut left = Duration::from_secs(60 * self.minutes) / callers;
        let mut seed = self.seed;
        let started = Instant::now();
        let mut cases = 0;
        while left > Duration::ZERO {
            let now = left.min(LONGEST_RUN);
            left -= now;
            for caller in CALLERS {
                let log = folder.join(format!("schemathesis-{caller}.log"));
                let what = format!("Running schemathesis as {caller} for {} s, seed {seed}", now.as_secs());
                let mut schemathesis = Command::new(client_tool("schemathesis"));
                schemathesis.args(["--no-color", "--config-file", "schemathesis.toml", "run", "--max-time"]);
                schemathesis.args([&now.as_secs().to_string(), "--seed", &seed.to_string(), "--url"]);
                schemathesis.arg(stack.address()).arg(root().join("infra/contract/openapi.json"));
                schemathesis.current_dir(folder.join("schemathesis"));
                schemathesis.env("CLAIMS_TOKEN", stack.token(caller)?);
                schemathesis.env("PYTHONPATH", format!("{0}/schemathesis:{0}/python", folder.display()));
                let ended = PROGRESS.step(&what, || run(&mut schemathesis, &log));
                ended.map_err(|error| match error {
                    Error::Tool { tool, log, .. } => Failure(format!(
                        "{tool} found something; all of it is in {}\n{}\nnext: repeat with `cargo xtask conform --keep \
                         --seed {seed}`, and send the request that it names",
                        log.display(),
                        found(&fs::read_to_string(&log).unwrap_or_default())
                    )),
                    other => Failure(other.chain()),
                })?;
                cases += generated(&fs::read_to_string(&log).unwrap_or_default());
            }
            seed += 1;
        }
        let minutes = started.elapsed().as_secs_f32() / 60.0;
        println!(
            "requests {cases:>10}   cases by schemathesis as {} callers, in {minutes:.1} minutes",
            CALLERS.len()
        );
        println!("found    {:>10}", 0);
        Ok(())
    }
}

/// What schemathesis says of each failure, with a request to repeat it; its last lines, if it failed before it could say.
fn found(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let headed = |title: &str| lines.iter().position(|line| line.starts_with("==") && line.contains(title));
    let section = headed(" FAILURES ").or_else(|| headed(" ERRORS "));
    let from = section.unwrap_or(lines.len().saturating_sub(LINES_SHOWN));
    lines.into_iter().skip(from).take(LINES_SHOWN).collect::<Vec<_>>().join("\n")
}

/// How many cases schemathesis says that it generated.
fn generated(log: &str) -> u64 {
    let line = log.lines().find(|line| line.contains(" generated, "));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// The search path with the tools of the clients first: the generator formats with one of them what it made.
fn path_with_tools() -> String {
    let tools =
        client_tool("python3").parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    format!("{tools}:{}", env::var_os("PATH").unwrap_or_default().display())
}

/// Copies tests/clients to where generated and installed things may lie beside it.
fn copied() -> Result<PathBuf, Error> {
    let (from, to) = (root().join("tests/clients"), target().join("clients"));
    for part in ["typescript", "python", "schemathesis"] {
        let failed = || Error::io(format!("cannot copy {}", from.join(part).display()));
        fs::create_dir_all(to.join(part)).map_err(failed())?;
        for file in fs::read_dir(from.join(part)).map_err(failed())? {
            let file = file.map_err(failed())?;
            fs::copy(file.path(), to.join(part).join(file.file_name())).map_err(failed())?;
        }
    }
    Ok(to)
}

/// Brings a new claim to a stage, under a name.
type Bring = fn(&mut ClaimDriver<'_>, &str) -> Result<(), Failed>;

/// Brings claims to every stage, and writes down what there is, for schemathesis to ask for.
fn furnish(environment: &Environment, folder: &Path) -> Result<(), Failed> {
    let (mut claims, mut documents, mut links) = (Vec::new(), Vec::new(), Vec::new());
    let participant = environment.timeline.participant();
    let first = ClaimDriver::new(environment, participant, 1, "nadia");
    let bring: [Bring; 7] = [
        |claim, name| claim.create(&stages::draft(name, &["Teams"])),
        |claim, name| {
            claim.create(&stages::draft(name, &["Teams"]))?;
            claim.upload("proof.pdf")
        },
        stages::submitted,
        stages::under_review,
        stages::action_required,
        stages::rejected,
        stages::approved,
    ];
    for (stage, bring) in bring.iter().enumerate() {
        for number in 0..OF_EACH_STAGE {
            let mut claim = first.another("nadia");
            bring(&mut claim, &format!("Stage {stage} number {number}"))?;
            let evidence = claim.look("nadia")?["evidence"].take();
            let ids =
                evidence.as_array().into_iter().flatten().filter_map(|document| document["id"].as_str());
            documents.extend(ids.map(str::to_owned));
            if claim.claim["status"] == "approved" {
                let path = claim.consent_path()?;
                links.push(path.trim_start_matches("/v1/consent/").to_owned());
            }
            claims.push(claim.id);
        }
    }
    for (name, values) in [("claims", claims), ("documents", documents), ("links", links)] {
        let lines: String = values.iter().map(|value| format!("\"{value}\"\n")).collect();
        let file = folder.join("schemathesis").join(format!("{name}.dict"));
        fs::write(&file, lines).map_err(Error::io(format!("cannot write {}", file.display())))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_cases_is_read_from_the_summary() {
        assert_eq!(
            generated("Test cases:\n  1882 generated, 16 found 16 unique failures, 20 skipped\n"),
            1882
        );
        assert_eq!(generated("Test cases:\n  12 generated, 12 passed\n"), 12);
    }

    #[test]
    fn a_failure_is_shown_with_its_request() {
        let log = "many lines\n=== FAILURES ===\nGET /v1/claims\ncurl -X GET\n=== SUMMARY ===\n1 failure";
        assert_eq!(found(log), "=== FAILURES ===\nGET /v1/claims\ncurl -X GET\n=== SUMMARY ===\n1 failure");
        assert_eq!(found("cannot read schemathesis.toml"), "cannot read schemathesis.toml");
    }
}
