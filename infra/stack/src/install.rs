//! What the stack needs on a bare machine: a virtual environment with pinned tools, and libfaketime from the system.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, Progress, layout, shell};

const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// Installs what is missing; does nothing when all is there.
pub fn install(progress: &Progress) -> Result<(), Error> {
    let shared = layout::shared();
    fs::create_dir_all(&shared).map_err(Error::io(format!("cannot create {}", shared.display())))?;
    if !installed() {
        progress
            .step("Installing MiniStack, SAM CLI and cargo-lambda into target/local-stack/venv", || {
                install_tools(&shared)
            })?;
    }
    if faketime().is_none() {
        progress.step("Installing libfaketime (Debian package faketime)", || install_faketime(&shared))?;
    }
    Ok(())
}

/// Whether the virtual environment holds exactly the pinned tools.
pub fn installed() -> bool {
    fs::read_to_string(stamp()).is_ok_and(|text| text == REQUIREMENTS)
}

/// The library that makes processes live at another time.
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

fn install_tools(shared: &Path) -> Result<(), Error> {
    let venv = shared.join("venv");
    let log = shared.join("install.log");
    let _ = fs::remove_file(stamp());
    if !layout::tool("python3").exists() {
        shell::run(Command::new("python3").args(["-m", "venv"]).arg(&venv), &log).map_err(|cause| {
            Error::Missing {
                what: "a Python with venv".into(),
                how: format!(
                    "install Python 3.10 or later with its venv module (Debian: python3-venv)\n{}",
                    cause.chain()
                ),
            }
        })?;
    }
    let requirements = shared.join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS).map_err(Error::io("cannot write the requirements"))?;
    let mut pip = Command::new(layout::tool("python3"));
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--requirement"]).arg(&requirements);
    shell::run(&mut pip, &log)?;
    fs::write(stamp(), REQUIREMENTS).map_err(Error::io("cannot stamp the virtual environment"))
}

fn install_faketime(shared: &Path) -> Result<(), Error> {
    let missing = |how: String| Error::Missing { what: "libfaketime".into(), how };
    if !shell::on_path("apt-get") || !is_root() {
        return Err(missing(FAKETIME_HOW.into()));
    }
    let log = shared.join("apt.log");
    let apt = |words: &[&str]| {
        shell::run(Command::new("apt-get").args(words).env("DEBIAN_FRONTEND", "noninteractive"), &log)
    };
    apt(&["update"])
        .and_then(|()| apt(&["install", "--yes", "--no-install-recommends", "faketime"]))
        .map_err(|cause| missing(format!("{FAKETIME_HOW}\n{}", cause.chain())))?;
    faketime().map(|_| ()).ok_or_else(|| missing(FAKETIME_HOW.into()))
}

fn is_root() -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        status.lines().any(|line| {
            line.strip_prefix("Uid:").is_some_and(|ids| ids.split_whitespace().nth(1) == Some("0"))
        })
    })
}
