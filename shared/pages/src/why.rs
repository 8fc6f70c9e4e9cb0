//! Why a claim was rejected, in words (R18, R16).

use claim_domain::reason::{RejectCode, Rejection};

use crate::words;

/// The reason of a rejection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The reason, or the cause that the partner gave.
    pub words: &'static str,
    /// What was written about it, line by line; empty if nothing was.
    pub note: Vec<String>,
    /// Whether the customer wrote it, with its denial (R15).
    pub by_customer: bool,
}

impl Why {
    /// The reason of this rejection.
    pub fn of(rejection: &Rejection) -> Self {
        Self {
            words: match rejection.cause {
                Some(cause) => words::withdraw_cause(cause),
                None => words::reject_reason(rejection.reason),
            },
            note: rejection.note.as_deref().map(words::lines).unwrap_or_default(),
            by_customer: rejection.reason == RejectCode::CustomerDecline,
        }
    }

    /// The same as facts of a history: what a customer wrote stands apart, in quotation marks.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let note = self.note.join("\n");
        match (note.is_empty(), self.by_customer) {
            (true, _) => vec![("Why", self.words.to_owned())],
            (false, true) => {
                vec![("Why", self.words.to_owned()), ("In the customer’s words", format!("“{note}”"))]
            }
            (false, false) => vec![("Why", format!("{}: {note}", self.words))],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_customer_wrote_is_quoted_and_what_a_reviewer_wrote_is_not() {
        claim_domain::proves!(R15, R16);
        let why = |reason, note: Option<&str>| {
            let note = note.map(str::to_owned);
            Why::of(&Rejection { reason, cause: None, note, disputable: true }).facts()
        };
        assert_eq!(
            why(RejectCode::CustomerDecline, Some("Not ours.\nBye.")),
            [
                ("Why", "The customer denied the association".to_owned()),
                ("In the customer’s words", "“Not ours.\nBye.”".to_owned())
            ]
        );
        assert_eq!(why(RejectCode::CustomerDecline, None).len(), 1);
        let reviewer = why(RejectCode::InsufficientPoe, Some("It shows nothing."));
        assert!(reviewer[0].1.ends_with(": It shows nothing."), "{reviewer:?}");
    }
}
