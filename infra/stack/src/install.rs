//! What the stack needs on a fresh machine: a virtual environment with pinned tools, and libfaketime from the system; and
//! what the tests in the browser need besides.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, Progress, layout, shell};

/// A virtual environment: its folder, what is wanted in it, and the versions of everything that depends on.
struct Tools {
    folder: &'static str,
    requirements: &'static str,
    constraints: &'static str,
}

/// What the stack is made of.
const STACK: Tools = Tools {
    folder: "venv",
    requirements: include_str!("../requirements.txt"),
    constraints: include_str!("../constraints.txt"),
};
/// Programs of others that use the API.
const CLIENTS: Tools = Tools {
    folder: "clients",
    requirements: include_str!("../../../tests/clients/requirements.txt"),
    constraints: include_str!("../../../tests/clients/constraints.txt"),
};

/// Installs what is missing; does nothing if nothing is.
pub fn install(progress: &Progress) -> Result<(), Error> {
    let shared = layout::shared();
    fs::create_dir_all(&shared).map_err(Error::io(format!("cannot create {}", shared.display())))?;
    if !installed() {
        progress.step(
            "Installing MiniStack, SAM CLI, cargo-lambda and calendars into target/local-stack/venv",
            || STACK.install(&shared),
        )?;
    }
    if faketime().is_none() {
        progress.step("Installing libfaketime (Debian package faketime)", || install_faketime(&shared))?;
    }
    Ok(())
}

/// Installs the programs of others that use the API, if they are missing: schemathesis, and what makes clients.
pub fn install_clients(progress: &Progress) -> Result<(), Error> {
    let shared = layout::shared();
    fs::create_dir_all(&shared).map_err(Error::io(format!("cannot create {}", shared.display())))?;
    if CLIENTS.is_installed() {
        return Ok(());
    }
    progress
        .step("Installing schemathesis and a generator of clients into target/local-stack/clients", || {
            CLIENTS.install(&shared)
        })
}

/// Installs what a `package-lock.json` in `folder` names, if that is not there yet. No script of a package runs.
pub fn install_packages(folder: &Path, progress: &Progress) -> Result<(), Error> {
    let failed = || Error::io(format!("cannot install packages in {}", folder.display()));
    let lock = fs::read_to_string(folder.join("package-lock.json")).map_err(failed())?;
    let stamp = folder.join("package-lock.installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    progress.step("Installing packages with npm", || {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
        shell::run(&mut npm, &folder.join("npm.log")).map_err(|cause| Error::Missing {
            what: "a package of npm".into(),
            how: format!(
                "install Node.js with npm (Debian: sudo apt-get install nodejs npm)\n{}",
                cause.chain()
            ),
        })
    })?;
    fs::write(&stamp, lock).map_err(failed())
}

/// Installs Chromium and its driver, if they are missing.
pub fn install_browser(progress: &Progress) -> Result<(), Error> {
    if BROWSER.iter().all(|program| shell::on_path(program)) {
        return Ok(());
    }
    let shared = layout::shared();
    fs::create_dir_all(&shared).map_err(Error::io(format!("cannot create {}", shared.display())))?;
    progress.step("Installing Chromium (Debian packages chromium and chromium-driver)", || {
        apt_install(&["chromium", "chromium-driver"], &shared).map_err(|cause| Error::Missing {
            what: "Chromium with its driver".into(),
            how: format!("{BROWSER_HOW}\n{}", cause.chain()),
        })
    })
}

/// The programs that drive a browser: itself, and the one that takes commands for it.
pub const BROWSER: [&str; 2] = ["chromium", "chromedriver"];

/// How to get a browser by hand.
pub const BROWSER_HOW: &str = "install the Debian packages `chromium` and `chromium-driver` \
     (sudo apt-get install chromium chromium-driver)";

/// Whether the stack's virtual environment has exactly the pinned tools and was made in this folder.
pub fn installed() -> bool {
    STACK.is_installed()
}

/// The library that gives processes another time.
pub fn faketime() -> Option<PathBuf> {
    let library = "faketime/libfaketimeMT.so.1";
    let multiarch = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    multiarch
        .chain(["/usr/lib", "/usr/local/lib", "/usr/lib64"].map(PathBuf::from))
        .map(|folder| folder.join(library))
        .find(|path| path.is_file())
}

/// How to get libfaketime by hand.
pub const FAKETIME_HOW: &str = "install the Debian package `faketime` (sudo apt-get install faketime); \
     the builds of it on other registries hang the stack";

impl Tools {
    /// Whether it has exactly the pinned tools, and was made in this folder, which its scripts name.
    fn is_installed(&self) -> bool {
        fs::read_to_string(self.stamp()).is_ok_and(|text| text == self.stamped())
    }

    fn stamp(&self) -> PathBuf {
        layout::shared().join(self.folder).join("requirements.installed")
    }

    fn stamped(&self) -> String {
        // Its real path: several checkouts may share one through a link.
        let folder = layout::shared().join(self.folder);
        let place = fs::canonicalize(&folder).unwrap_or(folder);
        format!("{}{}# in {}\n", self.requirements, self.constraints, place.display())
    }

    fn install(&self, shared: &Path) -> Result<(), Error> {
        let folder = shared.join(self.folder);
        let log = shared.join(format!("install-{}.log", self.folder));
        let _ = fs::remove_file(self.stamp());
        let venv = || shell::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder), &log);
        // Debian keeps venv apart from Python.
        venv().or_else(|_| apt_install(&["python3", "python3-venv"], shared).and_then(|()| venv())).map_err(
            |cause| {
                let how =
                    "install Python 3.10 or later with its venv module (Debian: sudo apt-get install python3-venv)";
                Error::Missing { what: "Python with venv".into(), how: format!("{how}\n{}", cause.chain()) }
            },
        )?;
        let (requirements, constraints) = (folder.join("requirements.txt"), folder.join("constraints.txt"));
        fs::write(&requirements, self.requirements)
            .and_then(|()| fs::write(&constraints, self.constraints))
            .map_err(Error::io("cannot write the requirements"))?;
        let mut pip = Command::new(folder.join("bin/python3"));
        pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--requirement"]).arg(&requirements);
        pip.arg("--constraint").arg(&constraints);
        shell::run(&mut pip, &log)?;
        fs::write(self.stamp(), self.stamped()).map_err(Error::io("cannot stamp the virtual environment"))
    }
}

fn install_faketime(shared: &Path) -> Result<(), Error> {
    let missing = |how: String| Error::Missing { what: "libfaketime".into(), how };
    apt_install(&["faketime"], shared)
        .map_err(|cause| missing(format!("{FAKETIME_HOW}\n{}", cause.chain())))?;
    faketime().map(|_| ()).ok_or_else(|| missing(FAKETIME_HOW.into()))
}

/// Installs packages of the system, if this process may.
fn apt_install(packages: &[&str], shared: &Path) -> Result<(), Error> {
    if !shell::on_path("apt-get") || !is_root() {
        return Err(Error::Unexpected("only an administrator can install packages of the system".into()));
    }
    let log = shared.join("apt.log");
    let apt = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        shell::run(command.args(words).args(packages).env("DEBIAN_FRONTEND", "noninteractive"), &log)
    };
    shell::run(Command::new("apt-get").arg("update"), &log)?;
    apt(&["install", "--yes", "--no-install-recommends"])
}

fn is_root() -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        status.lines().any(|line| {
            line.strip_prefix("Uid:").is_some_and(|ids| ids.split_whitespace().nth(1) == Some("0"))
        })
    })
}
