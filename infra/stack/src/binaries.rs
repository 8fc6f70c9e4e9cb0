//! The functions' binaries: built with the dev profile, which tests and demo share, and put where the template looks
//! for them.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    process::Command,
};

use crate::{Error, layout, shell};

/// The functions' names: one crate each under `functions/`.
pub fn functions() -> Result<Vec<String>, Error> {
    let folder = layout::root().join("functions");
    let entries = fs::read_dir(&folder).map_err(Error::io(format!("cannot read {}", folder.display())))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

/// Builds all functions and puts each at `target/lambda/<name>/bootstrap`.
pub(crate) fn build(log: &Path) -> Result<(), Error> {
    let names = functions()?;
    // The whole workspace, because features depend on what is built together: this way tests, `cargo lambda watch`
    // and this share one build of every dependency.
    let mut build = shell::cargo(&["build", "--workspace", "--bins", "--target-dir"]);
    build.arg(layout::target()).current_dir(layout::root());
    shell::run(&mut build, log)?;
    names.iter().try_for_each(|name| place(name))
}

/// Copies a binary to its place without debug information: it is a third of the size and uploads that much faster.
fn place(name: &str) -> Result<(), Error> {
    let built = layout::target().join("debug").join(name);
    let folder = layout::target().join("lambda").join(name);
    let bootstrap = folder.join("bootstrap");
    let failed = || Error::io(format!("cannot place {}", bootstrap.display()));
    fs::create_dir_all(&folder).map_err(failed())?;
    let next = folder.join("bootstrap.next");
    let stripped =
        Command::new("strip").arg("-o").arg(&next).arg(&built).status().is_ok_and(|status| status.success());
    if !stripped {
        fs::copy(&built, &next).map_err(failed())?;
    }
    fs::rename(&next, &bootstrap).map_err(failed())
}

/// A value that changes with the template, its parameters and the binaries.
pub(crate) fn fingerprint(template: &Path, parameters: &[String]) -> Result<String, Error> {
    let mut hasher = DefaultHasher::new();
    fs::read(template).map_err(Error::io(format!("cannot read {}", template.display())))?.hash(&mut hasher);
    parameters.hash(&mut hasher);
    for name in functions()? {
        let built = layout::target().join("debug").join(&name);
        let data = fs::metadata(&built).map_err(Error::io(format!("cannot read {}", built.display())))?;
        (name, data.len(), data.modified().ok()).hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}
