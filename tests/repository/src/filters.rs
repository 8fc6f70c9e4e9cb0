//! The runbook's filters ↔ what is written to the logs.
//!
//! The lines in `tests/logs` have the forms in which CloudWatch receives them: those of our functions, and the events of
//! Lambda's platform as it writes them with `LogFormat: JSON`, which are those of its Telemetry API
//! (<https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html>). `trouble.log` has what somebody must
//! find who asks why a function fails; `quiet.log` has what stands beside it.

use serde_json::Value;

use crate::tree::text;
use crate::{none, tree};

const RUNBOOK: &str = "infra/docs/runbook.md";

/// A filter pattern of CloudWatch Logs, as far as the runbook needs them.
#[derive(Debug)]
enum Pattern {
    /// The line contains this text.
    Phrase(String),
    /// A field equals a value, in which `*` stands for anything.
    Field(Vec<String>, String),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let Some(inside) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            let is_quoted = text.len() > 1 && text.starts_with('"') && text.ends_with('"');
            let phrase = text.trim_matches('"');
            let is_word = phrase.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
            return match !phrase.is_empty() && (is_quoted || is_word) {
                true => Ok(Self::Phrase(phrase.to_owned())),
                false => Err(format!("{text} is neither one word nor a quoted phrase nor a JSON pattern")),
            };
        };
        let mut rest = inside;
        let pattern = Self::any(&mut rest)?;
        if rest.trim().is_empty() { Ok(pattern) } else { Err(format!("{rest:?} is left over")) }
    }

    fn any(rest: &mut &str) -> Result<Self, String> {
        let mut branches = vec![Self::all(rest)?];
        while take(rest, "||") {
            branches.push(Self::all(rest)?);
        }
        Ok(Self::Any(branches))
    }

    fn all(rest: &mut &str) -> Result<Self, String> {
        let mut conditions = vec![Self::one(rest)?];
        while take(rest, "&&") {
            conditions.push(Self::one(rest)?);
        }
        Ok(Self::All(conditions))
    }

    fn one(rest: &mut &str) -> Result<Self, String> {
        if take(rest, "(") {
            let inside = Self::any(rest)?;
            return if take(rest, ")") { Ok(inside) } else { Err(format!("no ) before {rest:?}")) };
        }
        let expected = || format!("$.field = \"value\" expected at {rest:?}");
        let (selector, behind) = rest.trim_start().split_once('=').ok_or_else(expected)?;
        let fields = selector.trim().strip_prefix("$.").ok_or_else(expected)?;
        let (value, behind) = behind
            .trim_start()
            .strip_prefix('"')
            .and_then(|quoted| quoted.split_once('"'))
            .ok_or_else(expected)?;
        let pattern = Self::Field(fields.split('.').map(str::to_owned).collect(), value.to_owned());
        *rest = behind;
        Ok(pattern)
    }

    fn matches(&self, line: &str) -> bool {
        match self {
            Self::Phrase(phrase) => line.contains(phrase),
            Self::Any(branches) => branches.iter().any(|branch| branch.matches(line)),
            Self::All(conditions) => conditions.iter().all(|condition| condition.matches(line)),
            Self::Field(fields, wanted) => {
                let document: Value = serde_json::from_str(line).unwrap_or_default();
                let found = fields.iter().try_fold(&document, |value, field| value.get(field));
                found.and_then(Value::as_str).is_some_and(|found| match wanted.split_once('*') {
                    Some((before, behind)) => found.starts_with(before) && found.ends_with(behind),
                    None => found == wanted,
                })
            }
        }
    }
}

/// Takes a token from the beginning of what is left, if it stands there.
fn take(rest: &mut &str, token: &str) -> bool {
    let found = rest.trim_start().strip_prefix(token);
    *rest = found.unwrap_or(rest);
    found.is_some()
}

/// The filters by which the section on failing functions looks for trouble: the words of its loop.
fn of_failing_functions() -> Vec<Pattern> {
    let page = text(RUNBOOK);
    let (_, section) = page.split_once("\n## `function-errors`\n").expect("the runbook has the section");
    let (_, words) = section.split_once("for trouble in ").expect("the section loops over its filters");
    let (words, _) = words.split_once("; do").unwrap();
    // What stands in quotes is every second piece; between them are single words.
    let pieces = words.split('\'').enumerate();
    let words = pieces.flat_map(|(nth, piece)| match nth % 2 {
        1 => vec![piece.to_owned()],
        _ => piece.split_whitespace().filter(|word| *word != "\\").map(str::to_owned).collect(),
    });
    words.map(|word| Pattern::parse(&word).unwrap_or_else(|error| panic!("{error}"))).collect()
}

fn lines(file: &str) -> Vec<String> {
    let lines: Vec<String> = tree::text(&format!("tests/logs/{file}")).lines().map(str::to_owned).collect();
    assert!(!lines.is_empty(), "tests/logs/{file} is empty, so nothing would be checked");
    lines
}

#[test]
fn the_runbook_finds_why_a_function_fails_and_nothing_else() {
    let filters = of_failing_functions();
    let is_found = |line: &String| filters.iter().any(|filter| filter.matches(line));
    let missed = lines("trouble.log").into_iter().filter(|line| !is_found(line));
    let needless = lines("quiet.log").into_iter().filter(is_found);
    none(
        missed.map(|line| format!("not found: {line}")).chain(needless.map(|line| format!("found: {line}"))),
        "Correct the filters of the section `function-errors` in infra/docs/runbook.md.",
    );
    let idle = filters.iter().filter(|filter| !lines("trouble.log").iter().any(|line| filter.matches(line)));
    none(idle.map(|filter| format!("{filter:?}")), "No line is written that this filter could find.");
}

#[test]
fn every_filter_of_the_runbook_is_a_pattern() {
    let page = text(RUNBOOK);
    let patterns = page.lines().filter_map(|line| {
        let behind = line.split_once("--filter-pattern ").map(|(_, behind)| behind);
        let behind =
            behind.or_else(|| line.strip_prefix("logs ")?.split_once(' ').map(|(_, behind)| behind))?;
        let (pattern, _) = behind.strip_prefix('\'')?.split_once('\'')?;
        Some(pattern)
    });
    let patterns: Vec<&str> = patterns.collect();
    assert!(patterns.len() >= 10, "the filters are no longer found here: {patterns:?}");
    none(
        patterns.iter().filter_map(|pattern| Some(format!("{pattern}: {}", Pattern::parse(pattern).err()?))),
        "Write one word, a phrase in double quotes, or { $.field = \"value\" && ... }.",
    );
}

#[test]
fn a_pattern_matches_as_cloudwatch_says() {
    let check = |pattern: &str, line: &str| Pattern::parse(pattern).unwrap().matches(line);
    let line = r#"{"type":"platform.report","record":{"status":"timeout"}}"#;
    assert!(check(
        r#"{ $.type = "platform.*" && ($.record.status = "error" || $.record.status = "timeout") }"#,
        line
    ));
    assert!(!check(r#"{ $.type = "platform.*" && $.record.status = "error" }"#, line));
    assert!(!check(r#"{ $.status = "timeout" }"#, line), "a field that is not there equals nothing");
    assert!(check("\"not leased\"", "x not leased y") && !check("{ $.a = \"x\" }", "no JSON"));
    for wrong in
        ["two words", "{ $.a }", "{ $.a = \"x\" || }", "{ ($.a = \"x\" }", "{ $.a = \"x\" $.b = \"y\" }"]
    {
        assert!(Pattern::parse(wrong).is_err(), "{wrong}");
    }
}
