//! Rules ↔ tests ↔ code ↔ the rulebook, all compared with the table of rules.
//!
//! A test says which rules it proves: with `proves!(R9, D4);` in its body, or with `.proves(&[Rule::R9])` after a
//! case of the end-to-end suite. The compiler makes sure that the rules exist.

use std::collections::{BTreeMap, BTreeSet};

use claim_domain::rule::Rule;

use crate::tree::{text, texts, words};
use crate::{none, sources};

const PAGE: &str = "infra/docs/rules.md";

/// The rules that the tests in a source claim to prove.
fn proven(source: &str) -> BTreeSet<Rule> {
    let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let lists = code.split("proves!(").skip(1).chain(code.split(".proves(&[").skip(1));
    let lists = lists.filter_map(|rest| Some(rest.split_once([')', ']'])?.0));
    lists.flat_map(words).filter_map(|word| word.parse().ok()).collect()
}

/// The words of a source that look like the number of a rule, whether the rule exists or not.
fn numbers(source: &str) -> impl Iterator<Item = &str> {
    words(source).filter(|word| {
        let digits = word.strip_prefix(['R', 'D', 'I']).unwrap_or_default();
        (1..3).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}

#[test]
fn proven_rules_are_read_from_a_tests_body_and_from_a_case() {
    let source = "
/// Not said to be proven: R1.
// crate::proves!(R2);
fn a_test() {
    crate::proves!(R3, D4);
    assert!(R7);
}

const CASES: [Case; 1] = [case(\"a_sentence\", play).proves(&[Rule::I9, Rule::D10])];
";
    assert_eq!(proven(source), BTreeSet::from([Rule::R3, Rule::D4, Rule::D10, Rule::I9]));
    assert_eq!(numbers("R1, D100 and I5x, S3: D4.").collect::<Vec<_>>(), ["R1", "D4"]);
}

#[test]
fn every_rule_in_force_is_proven_by_a_test_and_no_other_is() {
    let proven: BTreeSet<Rule> = texts(&[".rs"])
        .into_iter()
        .filter(|(path, _)| path != "tests/repository/src/rules.rs" && path != "shared/domain/src/rule.rs")
        .flat_map(|(_, source)| proven(&source))
        .collect();
    let wrong = Rule::ALL.iter().filter(|rule| rule.is_in_force() != proven.contains(rule));
    none(
        wrong.map(|rule| match rule.is_in_force() {
            true => format!("{rule} is proven by no test"),
            false => format!("{rule} is proven, but marked as not in force"),
        }),
        "Write a test that fails when the rule is broken, and say so in it with `proves!`. Once a rule is kept, remove its \
         mark in shared/domain/src/rule.rs.",
    );
}

#[test]
fn every_rule_in_force_is_cited_where_the_product_keeps_it() {
    let cited: BTreeSet<Rule> = sources::product()
        .into_iter()
        .filter(|(path, _)| path != "shared/domain/src/rule.rs")
        .flat_map(|(_, source)| {
            numbers(&source).filter_map(|number| number.parse().ok()).collect::<Vec<Rule>>()
        })
        .collect();
    let wrong = Rule::ALL.iter().filter(|rule| rule.is_in_force() && !cited.contains(rule));
    none(wrong.map(ToString::to_string), "Cite the rule in the code that keeps it, so that readers find it.");
}

#[test]
fn every_rule_that_is_cited_exists() {
    let mut wrong = Vec::new();
    for (path, text) in texts(&[".rs", ".md", ".yaml", ".toml", ".j2", ".py", ".schema.json"]) {
        for (at, line) in text.lines().enumerate() {
            let unknown = numbers(line).filter(|number| number.parse::<Rule>().is_err());
            wrong.extend(unknown.map(|number| format!("{path}:{}: {number}", at + 1)));
        }
    }
    none(wrong, "The rules are those of shared/domain/src/rule.rs.");
}

#[test]
fn the_rulebook_says_every_rule_in_the_words_of_the_table() {
    let page = text(PAGE);
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said: BTreeMap<Rule, String> = page
        .split("\n**")
        .skip(1)
        .filter_map(|rest| {
            let (number, sentence) = rest.split_once("** ")?;
            Some((number.parse().ok()?, flat(sentence.split("\n\n").next()?)))
        })
        .collect();
    let wrong = Rule::ALL
        .iter()
        .filter(|rule| !said.get(rule).is_some_and(|said| said.starts_with(&flat(rule.sentence()))));
    none(
        wrong.map(|rule| format!("{rule}: {}", rule.sentence())),
        "Each rule has a paragraph in infra/docs/rules.md that begins with its number in bold and its sentence.",
    );
}
