//! The copy of the tree in which bugs are built. It has a target folder of its own. What was already built of other
//! people's crates is linked into it, so that only the workspace is built again.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use deliberate_bugs::Bug;
use local_stack::{Error, cargo, root, target};
use serde_json::Value;

use super::Verdict;
use crate::{Failure, PROGRESS};

/// The test that runs lives.
const TEST: &str = "lives";
/// Most bugs are caught by one of the first lives. For these nothing of ours is optimised: lives then take ten times as long,
/// and a build fifteen seconds instead of minutes. For what they do not catch it is built as usual.
const FIRST: u64 = 300;
/// What `Cargo.toml` optimises of ours.
const OPTIMISED: &[&str] = &[
    "casework",
    "claim-command",
    "claim-domain",
    "claim-http",
    "claim-mail",
    "claim-pages",
    "claim-session",
    "claim-store",
    "dashboard",
    "dispatch",
    "simulation",
    "test-support",
];
/// How long one bug may take.
const LONGEST: Duration = Duration::from_secs(20 * 60);

pub(super) struct Scratch {
    tree: PathBuf,
    target: PathBuf,
    threads: usize,
}

impl Scratch {
    /// The tree as it is now, and its target folder. Everything must have been built for the tests before.
    pub(super) fn prepare() -> Result<Self, Failure> {
        let folder = target().join("bugs");
        let scratch = Self {
            tree: folder.join("tree"),
            target: folder.join("target"),
            threads: thread::available_parallelism().map_or(2, usize::from),
        };
        PROGRESS.step("Copying the tree for the deliberate bugs", || {
            copy_tree(&scratch.tree)?;
            link_dependencies(&scratch.target)
        })?;
        Ok(scratch)
    }

    /// Builds the product with a bug and runs lives until it is caught. Afterwards the tree is as before.
    pub(super) fn try_bug(&self, bug: &Bug, seeds: u64) -> Result<Verdict, Failure> {
        let changed = bug.apply(&self.tree).map_err(|error| Failure(error.to_string()))?;
        let verdict = self.write(&changed).and_then(|()| self.first_then_all(bug, seeds));
        for file in changed.keys() {
            copy(&root().join(file), &self.tree.join(file))?;
        }
        verdict
    }

    fn first_then_all(&self, bug: &Bug, seeds: u64) -> Result<Verdict, Failure> {
        let first = self.live(&self.build(bug, OPTIMISED)?, seeds.min(FIRST))?;
        if matches!(first, Verdict::Caught { .. }) || seeds <= FIRST {
            return Ok(first);
        }
        self.live(&self.build(bug, &[])?, seeds)
    }

    fn write(&self, changed: &BTreeMap<&str, String>) -> Result<(), Failure> {
        for (file, text) in changed {
            let file = self.tree.join(file);
            fs::write(&file, text).map_err(Error::io(format!("cannot write {}", file.display())))?;
        }
        Ok(())
    }

    /// Builds the test and returns its path. The whole workspace is selected, so that its features, and thus the
    /// dependencies, are the same as everywhere. The crates in `unoptimised` are not optimised.
    fn build(&self, bug: &Bug, unoptimised: &[&str]) -> Result<PathBuf, Failure> {
        let log = self.log(bug, "build");
        let mut cargo = cargo(&["test", "--workspace", "--test", TEST, "--no-run"]);
        cargo.args(["--message-format", "json-render-diagnostics"]);
        for name in unoptimised {
            cargo.arg("--config").arg(format!("profile.dev.package.{name}.opt-level=0"));
        }
        cargo.arg("--target-dir").arg(&self.target).current_dir(&self.tree);
        let failed = || Error::io(format!("cannot write {}", log.display()));
        cargo.stdin(Stdio::null()).stderr(fs::File::create(&log).map_err(failed())?);
        let output = cargo.output().map_err(Error::io("cannot run cargo".to_owned()))?;
        if !output.status.success() {
            return Err(Failure(format!(
                "it does not compile: {}\n{}",
                log.display(),
                local_stack::tail(&log, 20)
            )));
        }
        let messages = String::from_utf8_lossy(&output.stdout).into_owned();
        let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let built = messages.filter(|message| message["target"]["name"] == TEST);
        let executable =
            built.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back();
        executable.ok_or_else(|| Failure(format!("cargo builds no test {TEST}")))
    }

    fn live(&self, lives: &Path, seeds: u64) -> Result<Verdict, Failure> {
        let started = Instant::now();
        let mut command = Command::new(lives);
        command.args(["--fresh", "--raw", "--failures", "1", "--seeds", &seeds.to_string()]);
        command.args(["--threads", &self.threads.to_string()]);
        command.current_dir(self.tree.join("tests/simulation"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut running = command.spawn().map_err(Error::io(format!("cannot run {}", lives.display())))?;
        let stdout = running.stdout.take();
        let reader = thread::spawn(move || {
            let mut text = Vec::new();
            stdout.map(|mut stdout| stdout.read_to_end(&mut text));
            String::from_utf8_lossy(&text).into_owned()
        });
        let status = loop {
            match running.try_wait().map_err(Error::io("cannot wait for the lives".to_owned()))? {
                Some(status) => break status,
                None if started.elapsed() > LONGEST => {
                    let _ = running.kill();
                    let _ = running.wait();
                    return Err(Failure(format!("it takes longer than {} minutes", LONGEST.as_secs() / 60)));
                }
                None => thread::sleep(Duration::from_millis(50)),
            }
        };
        let said = reader.join().unwrap_or_default();
        match (first_violation(&said), status.success()) {
            (Some((seed, property)), _) => Ok(Verdict::Caught { seed, property, after: started.elapsed() }),
            (None, true) => Ok(Verdict::Uncaught { seeds }),
            (None, false) => {
                Err(Failure(format!("the lives ended without a violation, but failed: {status}")))
            }
        }
    }

    fn log(&self, bug: &Bug, what: &str) -> PathBuf {
        let folder = self.tree.with_file_name("logs");
        let _ = fs::create_dir_all(&folder);
        folder.join(format!("{}.{what}.log", bug.name))
    }
}

/// The first seed that violates a property, and the property: `seed 7: I5 nothing is left …`.
fn first_violation(said: &str) -> Option<(u64, String)> {
    let violations = said.lines().filter_map(|line| {
        let (seed, property) = line.strip_prefix("seed ")?.split_once(": ")?;
        Some((seed.parse::<u64>().ok()?, property.to_owned()))
    });
    violations.min()
}

/// Brings the copy to the state of the tree; what is the same already stays untouched, and need not be built again.
fn copy_tree(tree: &Path) -> Result<(), Error> {
    let mut files = BTreeSet::new();
    walk(root(), Path::new(""), &mut files)?;
    let mut stale = BTreeSet::new();
    if tree.is_dir() {
        walk(tree, Path::new(""), &mut stale)?;
    }
    for file in stale.difference(&files) {
        let stale = tree.join(file);
        fs::remove_file(&stale).map_err(Error::io(format!("cannot remove {}", stale.display())))?;
    }
    files.iter().try_for_each(|file| copy(&root().join(file), &tree.join(file)))
}

/// The files below a folder, except what is built and the repository itself.
fn walk(root: &Path, folder: &Path, found: &mut BTreeSet<PathBuf>) -> Result<(), Error> {
    let here = root.join(folder);
    let failed = || Error::io(format!("cannot read {}", here.display()));
    for entry in fs::read_dir(&here).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        let path = folder.join(entry.file_name());
        let is_left_out = ["target", ".git"].iter().any(|name| path == Path::new(name));
        match entry.file_type().map_err(failed())? {
            _ if is_left_out => {}
            kind if kind.is_dir() => walk(root, &path, found)?,
            kind if kind.is_file() => {
                found.insert(path);
            }
            _ => {}
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let failed = || Error::io(format!("cannot copy {}", from.display()));
    let bytes = fs::read(from).map_err(failed())?;
    if fs::read(to).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(failed())?;
    }
    fs::write(to, bytes).map_err(failed())
}

/// Links what was built of other people's crates into another target folder. They are never built again, so the
/// linked files are never written. Cargo remembers the workspace's paths as relative ones, so the workspace's own
/// crates must not be shared, or a bug would end up in the product.
fn link_dependencies(to: &Path) -> Result<(), Error> {
    let own = own_crates()?;
    let is_own = |name: &str| {
        let name = name.split('.').next().unwrap_or(name);
        let name = name.rsplit_once('-').map_or(name, |(name, _)| name).replace('-', "_");
        own.contains(&name) || name.strip_prefix("lib").is_some_and(|name| own.contains(name))
    };
    for folder in ["deps", "build", ".fingerprint"] {
        let (from, to) = (target().join("debug").join(folder), to.join("debug").join(folder));
        let failed = || Error::io(format!("cannot read {}", from.display()));
        if !from.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&from).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            let name = entry.file_name();
            if !is_own(&name.to_string_lossy()) {
                link(&entry.path(), &to.join(&name))?;
            }
        }
    }
    Ok(())
}

fn link(from: &Path, to: &Path) -> Result<(), Error> {
    let failed = || Error::io(format!("cannot link {}", from.display()));
    if from.is_dir() {
        fs::create_dir_all(to).map_err(failed())?;
        for entry in fs::read_dir(from).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            link(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if to.exists() {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(failed())?;
    }
    fs::hard_link(from, to).map_err(failed())
}

/// The names of the workspace's packages and of all their targets.
fn own_crates() -> Result<BTreeSet<String>, Error> {
    let mut cargo = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    cargo.current_dir(root());
    let output = cargo.output().map_err(Error::io("cannot run cargo".to_owned()))?;
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| Error::Unexpected(format!("cargo metadata is not JSON: {error}")))?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let names = packages.iter().flat_map(|package| {
        let targets = package["targets"].as_array().cloned().unwrap_or_default();
        std::iter::once(package["name"].clone())
            .chain(targets.into_iter().map(|target| target["name"].clone()))
    });
    Ok(names.filter_map(|name| name.as_str().map(|name| name.replace('-', "_"))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_seed_that_failed_is_reported() {
        let said = "9 lives\nseed 12: I5 x\n    what\nseed 7: I3 y: z\n    what\ntest result: FAILED";
        assert_eq!(first_violation(said), Some((7, "I3 y: z".to_owned())));
        assert_eq!(first_violation("0 violations\n"), None);
    }

    #[test]
    fn the_workspaces_own_crates_are_known() {
        let own = own_crates().unwrap();
        for name in ["claim_domain", "dispatch", "xtask", "suite"] {
            assert!(own.contains(name), "{name}");
        }
        assert!(!own.contains("serde"));
    }
}
