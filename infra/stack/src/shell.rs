//! Runs other people's tools, with their output in a log that is shown when they fail.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
};

use crate::Error;

/// Runs `command` to its end; its output goes to `log`, whose last lines come back in the error.
pub fn run(command: &mut Command, log: &Path) -> Result<(), Error> {
    let failed = || Error::io(format!("cannot write {}", log.display()));
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder).map_err(failed())?;
    }
    let file = File::create(log).map_err(failed())?;
    let copy = file.try_clone().map_err(failed())?;
    let name = describe(command);
    let status = command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(copy)
        .status()
        .map_err(Error::io(format!("cannot run {name}")))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Tool { tool: name, log: log.to_path_buf(), tail: tail(log, 30) })
}

/// Cargo, called from programs that cargo itself runs. Cargo's variables about their package are removed: otherwise a
/// build script that reads them (that of `ring`) would count as changed, and everything that depends on it would be
/// built again.
pub fn cargo(words: &[&str]) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            cargo.env_remove(name);
        }
    }
    cargo.args(words).env("CARGO_TERM_COLOR", "never");
    cargo
}

/// The last `lines` of a file, as far as it can be read.
pub fn tail(file: &Path, lines: usize) -> String {
    let text = fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// Whether `program` is found on the search path.
pub fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()];
    words.extend(command.get_args().take(3).map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}
