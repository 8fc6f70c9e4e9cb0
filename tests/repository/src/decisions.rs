//! The decision records: each can be read in the same way, and is found by the index.

use crate::none;
use crate::tree::{names, text};

const FOLDER: &str = "infra/docs/decisions";

/// The parts of a record, in their order.
const PARTS: [&str; 3] = ["Context", "Decision", "Consequence"];

/// A record is short: whoever has a question reads all of it.
const LINES: std::ops::RangeInclusive<usize> = 15..=40;

/// A decision record.
struct Record {
    /// The name of its file.
    name: String,
    text: String,
}

impl Record {
    fn all() -> Vec<Self> {
        let records = names(FOLDER).into_iter().filter(|name| name != "README.md");
        records.map(|name| Self { text: text(&format!("{FOLDER}/{name}")), name }).collect()
    }

    /// Its title, if the first line has that and the record's number; `number` counts from 1.
    fn title(&self, number: usize) -> Option<&str> {
        self.text.lines().next()?.strip_prefix(&format!("# {number}. "))
    }

    /// When it was decided, if the record says so.
    fn date(&self) -> Option<&str> {
        let date = self.text.lines().find_map(|line| line.strip_prefix("Decided on ")?.strip_suffix('.'))?;
        let shape: String = date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        (shape == "0000-00-00").then_some(date)
    }

    /// The headings that have something below them.
    fn parts(&self) -> Vec<&str> {
        let parts = self.text.split("\n## ").skip(1).filter_map(|part| part.split_once('\n'));
        parts.filter(|(_, words)| !words.trim().is_empty()).map(|(heading, _)| heading).collect()
    }

    /// The row of the index that it should have.
    fn row(&self, number: usize) -> Option<String> {
        Some(format!("| {number} | [{}]({}) | {} |", self.title(number)?, self.name, self.date()?))
    }
}

/// What is wrong with the records, by what is expected of each and of its number.
#[track_caller]
fn each(is_right: impl Fn(usize, &Record) -> bool, to_do: &str) {
    let records = Record::all();
    assert!(records.len() > 20, "only {} records are found in {FOLDER}", records.len());
    let wrong = records.iter().zip(1..).filter(|(record, number)| !is_right(*number, record));
    none(wrong.map(|(record, _)| record.name.clone()), to_do);
}

#[test]
fn decision_records_are_numbered_without_gaps() {
    each(
        |number, record| record.name.starts_with(&format!("{number:04}-")) && record.title(number).is_some(),
        "Give it the next number, in its name and before its title: 0001-short-title.md begins with \"# 1. \".",
    );
}

#[test]
fn a_decision_record_says_when_and_has_three_parts() {
    each(
        |_, record| record.date().is_some() && record.parts() == PARTS,
        "Say \"Decided on 2026-11-29.\" below the title, then Context, Decision and Consequence, each under a heading.",
    );
}

#[test]
fn a_decision_record_is_short() {
    each(
        |_, record| LINES.contains(&record.text.lines().count()),
        "Say it in 15 to 40 lines, and leave descriptions to the other documents.",
    );
}

#[test]
fn the_index_has_every_decision_record_in_its_order() {
    let index = text(&format!("{FOLDER}/README.md"));
    let rows: Vec<&str> = index.lines().filter(|line| line.contains("](0")).collect();
    let expected: Vec<String> =
        Record::all().iter().zip(1..).filter_map(|(record, number)| record.row(number)).collect();
    assert_eq!(
        rows, expected,
        "the index in {FOLDER}/README.md has one row for each record, with its title and date"
    );
}
