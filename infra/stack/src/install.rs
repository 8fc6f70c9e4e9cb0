//! What the stack needs on a fresh machine: a virtual environment with pinned tools, and libfaketime from the system; and
//! what the tests in the browser need besides.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, Progress, layout, shell};

const REQUIREMENTS: &str = include_str!("../requirements.txt");
/// The versions of everything that the requirements depend on.
const CONSTRAINTS: &str = include_str!("../constraints.txt");

/// Installs what is missing; does nothing if nothing is.
pub fn install(progress: &Progress) -> Result<(), Error> {
    let shared = layout::shared();
    fs::create_dir_all(&shared).map_err(Error::io(format!("cannot create {}", shared.display())))?;
    if !installed() {
        progress.step(
            "Installing MiniStack, SAM CLI, cargo-lambda and calendars into target/local-stack/venv",
            || install_tools(&shared),
        )?;
    }
    if faketime().is_none() {
        progress.step("Installing libfaketime (Debian package faketime)", || install_faketime(&shared))?;
    }
    Ok(())
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

/// Whether the virtual environment has exactly the pinned tools and was made in this folder, which its scripts name.
pub fn installed() -> bool {
    fs::read_to_string(stamp()).is_ok_and(|text| text == stamped())
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

fn stamp() -> PathBuf {
    layout::shared().join("venv/requirements.installed")
}

fn stamped() -> String {
    // Its real path: several checkouts may share one through a link.
    let venv = layout::shared().join("venv");
    let place = fs::canonicalize(&venv).unwrap_or(venv);
    format!("{REQUIREMENTS}{CONSTRAINTS}# in {}\n", place.display())
}

fn install_tools(shared: &Path) -> Result<(), Error> {
    let log = shared.join("install.log");
    let _ = fs::remove_file(stamp());
    let venv = || {
        let mut python = Command::new("python3");
        shell::run(python.args(["-m", "venv", "--clear"]).arg(shared.join("venv")), &log)
    };
    // Debian keeps venv apart from Python.
    venv().or_else(|_| apt_install(&["python3", "python3-venv"], shared).and_then(|()| venv())).map_err(|cause| {
        let how = "install Python 3.10 or later with its venv module (Debian: sudo apt-get install python3-venv)";
        Error::Missing { what: "Python with venv".into(), how: format!("{how}\n{}", cause.chain()) }
    })?;
    let (requirements, constraints) = (shared.join("requirements.txt"), shared.join("constraints.txt"));
    fs::write(&requirements, REQUIREMENTS)
        .and_then(|()| fs::write(&constraints, CONSTRAINTS))
        .map_err(Error::io("cannot write the requirements"))?;
    let mut pip = Command::new(layout::tool("python3"));
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--requirement"]).arg(&requirements);
    pip.arg("--constraint").arg(&constraints);
    shell::run(&mut pip, &log)?;
    fs::write(stamp(), stamped()).map_err(Error::io("cannot stamp the virtual environment"))
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
