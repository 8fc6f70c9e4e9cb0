//! The files of the repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The text of a file, by its path from the root.
pub(crate) fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names of what is in a folder, in order.
pub(crate) fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(!names.is_empty(), "nothing is in {folder}, so nothing would be checked");
    names
}

/// Paths of all files that are committed or will be; without git, of all files that are not built.
pub(crate) fn files() -> Vec<String> {
    let mut files = committed().unwrap_or_else(|| {
        let mut found = Vec::new();
        walk(&root(), "", &mut found);
        found
    });
    files.retain(|file| root().join(file).is_file());
    files.sort();
    files.dedup();
    assert!(
        files.iter().any(|file| file == "template.yaml"),
        "template.yaml is not among the files of the repository"
    );
    files
}

/// Paths and texts of the files with one of these endings.
pub(crate) fn texts(endings: &[&str]) -> Vec<(String, String)> {
    let files = files().into_iter().filter(|file| endings.iter().any(|ending| file.ends_with(ending)));
    let texts: Vec<_> = files.map(|file| (file.clone(), text(&file))).collect();
    assert!(!texts.is_empty(), "no file ends with one of {endings:?}, so nothing would be checked");
    texts
}

fn committed() -> Option<Vec<String>> {
    let listing = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8(listing.stdout).ok()?.lines().map(str::to_owned).collect())
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{prefix}{name}");
        match entry.file_type().unwrap().is_dir() {
            // In a work tree beside the repository, .git is a file.
            _ if [".git", "target"].contains(&path.as_str()) => {}
            true => walk(&entry.path(), &format!("{path}/"), found),
            false => found.push(path),
        }
    }
}

/// The words of a text: runs of letters, digits and underscores.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}

#[test]
fn words_are_letters_digits_and_underscores() {
    assert_eq!(words("(R13), d4_x: \"A_B\"").collect::<Vec<_>>(), ["R13", "d4_x", "A_B"]);
}

#[test]
fn without_git_the_walk_finds_the_same_sources() {
    let mut walked = Vec::new();
    walk(&root(), "", &mut walked);
    let is_source = |file: &String| file.ends_with(".rs");
    let walked: BTreeSet<String> = walked.into_iter().filter(is_source).collect();
    assert!(walked.contains("tests/repository/src/tree.rs") && walked.contains("shared/domain/src/lib.rs"));
    assert!(!walked.iter().any(|file| file.starts_with("target/")), "what is built is no source");
    // In a tree without git, which nobody edits, the walk is all there is.
    if let Some(committed) = committed() {
        let is_there = |file: &String| root().join(file).is_file();
        assert_eq!(committed.into_iter().filter(is_source).filter(is_there).collect::<BTreeSet<_>>(), walked);
    }
}
