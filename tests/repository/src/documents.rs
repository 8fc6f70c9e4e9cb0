//! Everything that the documents name exists.

use std::collections::BTreeSet;
use std::fs;

use claim_http::registry::{ROUTES, Route};

use crate::none;
use crate::tree::{root, text, texts, words};

/// The names under which the headings of a document can be linked to, as code hosts make them.
fn anchors(document: &str) -> BTreeSet<String> {
    let headings = document.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn a_heading_is_linked_to_by_its_words() {
    let document = "# The `work` index\ntext\n## 3. What is due, and when\n";
    let expected = ["the-work-index", "3-what-is-due-and-when"].map(str::to_owned);
    assert_eq!(anchors(document), BTreeSet::from(expected));
}

#[test]
fn every_link_leads_to_something() {
    let (mut found, mut wrong) = (0, Vec::new());
    for (path, text) in texts(&[".md"]) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let targets = text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
        for target in targets.filter(|target| !target.contains("://")) {
            found += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let at = if file.is_empty() { root().join(&path) } else { root().join(folder).join(file) };
            let leads = at.exists()
                && (anchor.is_empty()
                    || at.extension().is_none_or(|extension| extension != "md")
                    || anchors(&fs::read_to_string(&at).unwrap()).contains(anchor));
            if !leads {
                wrong.push(format!("{path}: {target}"));
            }
        }
    }
    assert!(found > 50, "only {found} links are found in the documents: are they still read?");
    none(
        wrong,
        "A link is relative to the document that has it, and leads to a file that exists, and to a heading in it.",
    );
}

#[test]
fn every_xtask_command_that_is_named_exists() {
    let main = text("infra/xtask/src/main.rs");
    let variants = main.split_once("enum Command {").unwrap().1.split_once('}').unwrap().0;
    let known: BTreeSet<String> =
        variants.lines().filter_map(|line| Some(line.trim().split_once('(')?.0.to_lowercase())).collect();
    assert!(known.contains("demo"), "the commands are no longer found in infra/xtask/src/main.rs: {known:?}");
    let (mut found, mut wrong) = (0, Vec::new());
    for (path, text) in texts(&[".md", ".rs", ".yaml", ".ci/run"]) {
        for rest in text.split("cargo xtask ").skip(1) {
            let named = words(rest.split(['\n', '`']).next().unwrap())
                .next()
                .filter(|_| rest.starts_with(char::is_alphabetic));
            found += 1;
            if let Some(named) = named.filter(|named| !known.contains(*named)) {
                wrong.push(format!("{path}: cargo xtask {named}"));
            }
        }
    }
    assert!(found > 50, "only {found} commands are found: are the documents still read?");
    none(wrong, "Name a command that infra/xtask has.");
}

#[test]
fn every_function_and_event_that_a_command_names_exists() {
    let (mut found, mut wrong) = (0, Vec::new());
    for (path, text) in texts(&[".md"]) {
        for line in text.lines().filter_map(|line| Some(line.split_once("cargo lambda invoke ")?.1)) {
            found += 1;
            let (function, event) = line.split_once(" --data-file ").unwrap_or((line, ""));
            let event = event.split(['`', ' ']).next().unwrap();
            // One that `cargo xtask invoke <function> --print` has written.
            let is_printed = event == "target/event.json"
                && text.contains(&format!("invoke {function} --print > {event}"));
            let is_its_own = event.starts_with(&format!("tests/events/{function}-"));
            if !is_printed && (!is_its_own || !root().join(event).is_file()) {
                wrong.push(format!("{path}: {function} {event}"));
            }
        }
    }
    assert!(found > 0, "no document shows how to invoke a function any more");
    none(wrong, "Name a function of functions/, and one of its events in tests/events.");
}

#[test]
fn every_loop_over_the_functions_takes_them_from_their_folder() {
    let (mut found, mut wrong) = (0, Vec::new());
    for (path, text) in texts(&[".md"]) {
        for line in text.lines().filter_map(|line| line.trim_start().strip_prefix("for function in ")) {
            found += 1;
            if !line.starts_with("$(ls functions);") {
                wrong.push(format!("{path}: {line}"));
            }
        }
    }
    assert!(found > 0, "no loop over the functions is found in the documents any more");
    none(wrong, "Write `for function in $(ls functions); do`, so that a new function is not forgotten.");
}

#[test]
fn the_documentation_of_the_api_lists_every_route_and_no_other() {
    let text = text("infra/docs/api.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.split('`').nth(1));
    let listed: BTreeSet<&str> = rows.filter(|key| key.contains(" /v1/")).collect();
    let routes: BTreeSet<String> = ROUTES.iter().filter(|route| !route.is_page()).map(Route::key).collect();
    let routes: BTreeSet<&str> = routes.iter().map(String::as_str).collect();
    none(
        listed.symmetric_difference(&routes).map(|route| (*route).to_owned()),
        "The table of routes in infra/docs/api.md must have the routes of shared/http/src/registry.rs.",
    );
}
