//! The events of `tests/events`, made to be about something that exists on the running stack.
//!
//! An event names one claim, one document, one link and one person, all invented. Invoked as it is, a function answers
//! that it knows none of them. [`Row::prepare`] brings a new claim to where the event makes sense, and puts its ids,
//! its revision and a real person's token or session into the event.

mod event;
mod rows;

use std::{fmt, fs};

use claim_http::registry::FUNCTIONS;
use local_stack::{Response, root};
use serde_json::Value;

pub use event::Prepared;
use rows::ROWS;

use crate::Failed;

/// What must have happened for the event to be more than a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// Nothing.
    Nothing,
    /// A claim that is being edited.
    Draft,
    /// The same, with a document that was announced and put to its address.
    Announced,
    /// The same, with a document that was uploaded and scanned.
    Uploaded,
    /// A claim that waits for its review.
    Submitted,
    /// A claim that Rita reviews.
    UnderReview,
    /// A claim that Rita approved, the customer notified.
    Approved,
    /// The same, but the email to the customer bounced.
    NoticeBounced,
    /// A claim that Rita rejected.
    Rejected,
    /// A claim that is begun on pages.
    BegunDraft,
    /// A webhook at the address that the events name.
    Webhook,
    /// No webhook at that address.
    NoWebhook,
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing in particular",
            Self::Draft => "a claim that is being edited",
            Self::Announced => "a claim with a document put to its address",
            Self::Uploaded => "a claim with a document",
            Self::Submitted => "a claim that waits for its review",
            Self::UnderReview => "a claim that Rita reviews",
            Self::Approved => "a claim that is approved, the customer notified",
            Self::NoticeBounced => "an approved claim whose notice bounced",
            Self::Rejected => "a claim that is rejected",
            Self::BegunDraft => "a claim that is begun on pages",
            Self::Webhook => "a webhook",
            Self::NoWebhook => "no webhook at its address yet",
        })
    }
}

/// What an invocation answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// An answer to a request, with this status.
    Status(u16),
    /// Success, with nothing left to be tried again.
    Done,
}

impl Answers {
    /// Whether an invocation was answered so.
    ///
    /// # Errors
    /// What it was answered instead.
    pub fn check(self, answer: &Response) -> Result<(), Failed> {
        let failed = |why: &str| Err(Failed::new(format!("{why}: {}", answer.text())));
        if answer.header("x-amz-function-error").is_some() || answer.status >= 300 {
            return failed("the function failed");
        }
        let body = answer.json();
        match self {
            Self::Status(expected) if body["statusCode"] != expected => {
                failed(&format!("expected {expected}"))
            }
            Self::Done if body["batchItemFailures"].as_array().is_some_and(|left| !left.is_empty()) => {
                failed("something is left to be tried again")
            }
            Self::Status(_) | Self::Done => Ok(()),
        }
    }
}

/// An event, and what it needs.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The name of its file, without the ending.
    pub event: &'static str,
    /// What must have happened.
    pub given: Given,
    /// Who calls, by short name; nobody if it is empty.
    pub user: &'static str,
    /// What it is answered.
    pub answers: Answers,
    /// What to know about it; usually nothing.
    pub note: &'static str,
}

impl Row {
    /// The events of a function, the simplest first.
    pub fn of_function(function: &str) -> impl Iterator<Item = &'static Self> {
        ROWS.iter().filter(move |row| row.function() == function)
    }

    /// Every event.
    pub fn all() -> &'static [Self] {
        ROWS
    }

    /// The function that it is for.
    pub fn function(&self) -> &'static str {
        let named = |name: &&str| self.event.strip_prefix(*name).is_some_and(|rest| rest.starts_with('-'));
        FUNCTIONS.iter().map(|function| function.name).find(named).unwrap_or_default()
    }

    /// The event as it is in its file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn text(&self) -> Result<String, Failed> {
        let path = format!("tests/events/{}.json", self.event);
        fs::read_to_string(root().join(&path)).map_err(|error| Failed::new(format!("{path}: {error}")))
    }

    /// The route of a request, as `GET /v1/claims`; other events have none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn route(&self) -> Result<Option<String>, Failed> {
        let event: Value =
            serde_json::from_str(&self.text()?).map_err(|error| Failed::new(error.to_string()))?;
        Ok(event["routeKey"].as_str().map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_event_has_a_row_and_every_row_an_event() {
        let files = fs::read_dir(root().join("tests/events")).unwrap();
        let mut files: Vec<String> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap().replace(".json", "")).collect();
        files.sort();
        let mut rows: Vec<&str> = Row::all().iter().map(|row| row.event).collect();
        rows.sort_unstable();
        assert_eq!(rows, files, "a row in tests/e2e/src/invocation/rows.rs for each file in tests/events");
    }

    #[test]
    fn every_function_has_an_event() {
        for function in FUNCTIONS {
            assert!(Row::of_function(function.name).next().is_some(), "{} has none", function.name);
        }
    }

    #[test]
    fn an_answer_counts_only_if_it_is_the_expected_one() {
        let answer = |body: &str, failed: bool| Response {
            status: 200,
            headers: if failed {
                BTreeMap::from([("x-amz-function-error".to_owned(), "Unhandled".to_owned())])
            } else {
                BTreeMap::new()
            },
            cookies: Vec::new(),
            body: body.as_bytes().to_vec(),
        };
        assert!(Answers::Status(201).check(&answer(r#"{"statusCode":201}"#, false)).is_ok());
        assert!(Answers::Status(201).check(&answer(r#"{"statusCode":404}"#, false)).is_err());
        assert!(Answers::Done.check(&answer(r#"{"batchItemFailures":[]}"#, false)).is_ok());
        assert!(Answers::Done.check(&answer("null", false)).is_ok());
        assert!(
            Answers::Done.check(&answer(r#"{"batchItemFailures":[{"itemIdentifier":"1"}]}"#, false)).is_err()
        );
        assert!(Answers::Done.check(&answer(r#"{"errorMessage":"no"}"#, true)).is_err());
    }
}
