//! What every source file must be like.

use crate::none;
use crate::tree::{files, text, texts};

/// The most lines that a source may have.
const LINES: usize = 500;

/// Manifests of all crates, and of the workspace.
pub(crate) fn manifests() -> Vec<String> {
    files().into_iter().filter(|file| file.ends_with("Cargo.toml")).collect()
}

/// Whether a file is part of what runs on AWS.
pub(crate) fn is_product(path: &str) -> bool {
    path.starts_with("shared/") || path.starts_with("functions/")
}

/// The product's code, without its tests.
pub(crate) fn product() -> Vec<(String, String)> {
    let is_test = |path: &str| path.contains("tests/") || path.ends_with("tests.rs");
    let code = texts(&[".rs"]).into_iter().filter(|(path, _)| is_product(path) && !is_test(path));
    code.map(|(path, code)| {
        let tests = code.find("#[cfg(test)]\nmod tests {").unwrap_or(code.len());
        (path, code[..tests].to_owned())
    })
    .collect()
}

#[test]
fn no_source_is_longer_than_500_lines() {
    let sources = texts(&[".rs"]).into_iter().map(|(path, text)| (path, text.lines().count()));
    none(
        sources.filter(|(_, lines)| *lines > LINES).map(|(path, lines)| format!("{path}: {lines} lines")),
        "Split it by concerns.",
    );
}

#[test]
fn the_mains_of_functions_differ_only_in_the_name() {
    let main =
        |name: &str| text(&format!("functions/{name}/src/main.rs")).replace(&name.replace('-', "_"), "…");
    let names = crate::tree::names("functions");
    let first = main(&names[0]);
    none(
        names.iter().filter(|name| main(name) != first).cloned(),
        "In main.rs only run the function of the library, as the others do, and put everything else into the library.",
    );
}

#[test]
fn nothing_is_left_for_later() {
    // In pieces, so that this file does not contain them.
    let later = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("#[ig", "nore"),
    ];
    none(
        found(&[".rs", ".md", ".yaml", ".toml", ".py", ".j2", ".css", ".ci/run"], &later),
        "Do it now, or open an issue and remove it from the tree.",
    );
}

#[test]
fn nothing_names_a_machine_or_a_registry() {
    let places = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/Us", "ers/"),
        concat!("/wo", "rk/"),
        concat!("/tm", "p/w"),
        concat!("arti", "factory"),
        concat!("index.cra", "tes.io"),
    ];
    none(found(&[""], &places), "Use a path relative to the repository, or take it from configuration.");
}

#[test]
fn workflows_run_everything_and_pin_what_others_wrote() {
    let workflows = texts(&[".yml"]).into_iter().filter(|(path, _)| path.starts_with(".github/workflows/"));
    let workflows: Vec<(String, String)> = workflows.collect();
    assert!(
        workflows.iter().any(|(_, text)| text.contains("run: .ci/run\n")),
        "no workflow in .github/workflows runs .ci/run any more"
    );
    let is_pinned = |action: &str| {
        let commit = action.split_whitespace().next().and_then(|action| action.split_once('@'));
        commit.is_some_and(|(_, commit)| commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()))
    };
    let mut wrong = Vec::new();
    for (path, text) in workflows {
        let actions =
            text.lines().filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("uses:"));
        wrong.extend(actions.filter(|action| !is_pinned(action)).map(|action| format!("{path}: {action}")));
        if !text.contains("\npermissions:\n") {
            wrong.push(format!("{path}: no permissions"));
        }
    }
    none(wrong, "Name an action by the full id of its commit, and say which permissions the token has.");
}

/// Where files with one of these endings contain one of these texts. Files that are not text are skipped.
fn found(endings: &[&str], unwanted: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in files().into_iter().filter(|path| endings.iter().any(|ending| path.ends_with(ending))) {
        let bytes = std::fs::read(crate::tree::root().join(&path)).unwrap();
        let Ok(text) = String::from_utf8(bytes) else { continue };
        for (at, line) in text.lines().enumerate() {
            found.extend(
                unwanted
                    .iter()
                    .filter(|text| line.contains(**text))
                    .map(|text| format!("{path}:{}: {text}", at + 1)),
            );
        }
    }
    found
}
