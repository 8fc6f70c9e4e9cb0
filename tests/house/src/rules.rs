//! Rules ↔ tests. A test cites a rule by a word of its name (`r9_…`, `…_d4_…`), or by its number (`R9`, `D4`) in its
//! comment or its body. A test is a function under `#[test]`, or a case of the end-to-end suite, which cites by its name.

use std::collections::BTreeSet;

use crate::none;
use crate::tree::{texts, words};

/// How many rules, decisions and invariants there are.
const LAST: [(char, u32); 3] = [('R', 26), ('D', 19), ('I', 9)];

/// The rule that a word names, whether there is such a rule or not: `R13`, `D4`, `I5`.
fn rule(word: &str) -> Option<(char, u32)> {
    let letter = word.chars().next().filter(|letter| LAST.iter().any(|(known, _)| known == letter))?;
    let number = &word[1..];
    let is_number =
        !number.is_empty() && number.len() < 3 && number.chars().all(|digit| digit.is_ascii_digit());
    is_number.then(|| Some((letter, number.parse().ok()?)))?
}

/// The rules that a test's name cites.
fn of_name(name: &str) -> impl Iterator<Item = (char, u32)> {
    name.split('_')
        .filter(|word| !word.starts_with(char::is_uppercase))
        .filter_map(|word| rule(&word.to_uppercase()))
}

/// The rules that the tests in a source cite.
fn cited(source: &str) -> BTreeSet<(char, u32)> {
    let mut rules = BTreeSet::new();
    let lines: Vec<&str> = source.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        if let Some(case) = code.split_once("case(\"") {
            rules.extend(of_name(case.1.split('"').next().unwrap()));
        }
        if code != "#[test]" && !code.starts_with("#[tokio::test") {
            continue;
        }
        let indent = &line[..line.len() - code.len()];
        let is_remark =
            |line: &&&str| line.trim_start().starts_with("//") || line.trim_start().starts_with("#[");
        let remarks = lines[..at].iter().rev().take_while(is_remark);
        let end = format!("{indent}}}");
        let body: Vec<&str> = lines[at + 1..].iter().copied().take_while(|line| *line != end).collect();
        let head = body.iter().find_map(|line| line.trim_start().split_once("fn ")).unwrap().1;
        rules.extend(of_name(head.split('(').next().unwrap()));
        rules.extend(remarks.chain(&body).flat_map(|line| words(line)).filter_map(rule));
    }
    rules
}

#[test]
fn a_test_cites_by_its_name_its_comment_or_its_body_and_other_code_does_not() {
    let source = "
/// Not a test: R1.
fn helper() {}

/// By comment: D2.
#[test]
fn r3_d4_a_sentence_of_x5() {
    check(\"IllegalState R6\");
}

fn r7_other() { R8 }

const CASES: [Case; 1] = [case(\"i9_d10_a_sentence\", r11_play)];
";
    let expected = [('D', 2), ('D', 4), ('D', 10), ('I', 9), ('R', 3), ('R', 6)];
    assert_eq!(cited(source), BTreeSet::from(expected));
}

#[test]
fn every_rule_and_every_decision_is_cited_by_a_test() {
    let rules: BTreeSet<_> = texts(&[".rs"])
        .into_iter()
        .filter(|(path, _)| !path.starts_with("tests/house/"))
        .flat_map(|(_, source)| cited(&source))
        .collect();
    let all = LAST.iter().filter(|(letter, _)| *letter != 'I');
    let all = all.flat_map(|(letter, last)| (1..=*last).map(move |number| (*letter, number)));
    none(
        all.filter(|rule| !rules.contains(rule)).map(|(letter, number)| format!("{letter}{number}")),
        "Write a test that turns red when the rule is broken, and begin its name with the rule.",
    );
}

#[test]
fn every_rule_that_is_cited_exists() {
    let mut wrong = Vec::new();
    for (path, text) in texts(&[".rs", ".md", ".yaml", ".toml", ".j2", ".py", ".schema.json"]) {
        for (at, line) in text.lines().enumerate() {
            let in_name = line.split_once("fn ").map_or("", |(_, head)| head.split('(').next().unwrap());
            let unknown = words(line).filter_map(rule).chain(of_name(in_name)).find(|(letter, number)| {
                !LAST.iter().any(|(known, last)| known == letter && (1..=*last).contains(number))
            });
            wrong.extend(unknown.map(|(letter, number)| format!("{path}:{}: {letter}{number}", at + 1)));
        }
    }
    none(wrong, "Rules go from R1 to R26, decisions from D1 to D19, invariants from I1 to I9.");
}
