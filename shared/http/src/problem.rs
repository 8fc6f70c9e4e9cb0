//! Problem documents (RFC 9457): what went wrong, by which rule, in which status, what is allowed and how to go on.

use std::error::Error;

use claim_command::CommandError;
use claim_domain::action::{Action, allowed};
use claim_domain::claim::{Claim, Status};
use claim_domain::people::Caller;
use claim_domain::program::Program;
use claim_domain::refusal::{FieldError, Holder, Refusal};
use claim_store::StoreError;
use lambda_http::http::header::{CONTENT_TYPE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;

use crate::etag::etag;
use crate::kind::Kind;
use crate::respond;

/// The media type of problem documents.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// After how many seconds a caller may come back from a `busy`.
const RETRY_AFTER_SECONDS: &str = "1";

/// A request that is not carried out.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub struct Problem {
    /// What kind of problem.
    pub kind: Kind,
    /// The rule that it follows from.
    pub rule: &'static str,
    /// What is wrong this time, in a sentence.
    pub detail: String,
    /// How to go on, in a sentence.
    pub next: String,
    /// The claim's status, where there is a claim.
    pub claim_status: Option<Status>,
    /// What the caller may do with the claim now.
    pub allowed: Vec<Action>,
    /// Every bad field or parameter.
    pub errors: Vec<Fault>,
    /// Who holds the contested products; for reviewers only (D15).
    pub holders: Vec<Holder>,
    /// The claim's revision, where the caller's is stale.
    pub revision: Option<u64>,
    /// The cause, for the log alone.
    #[source]
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

/// One thing wrong with a request: a field of its body, or a parameter of its query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where in the body, as a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Which parameter of the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// What is wrong, as a stable word.
    pub code: String,
    /// What is wrong and what is allowed, in a sentence.
    pub detail: String,
}

impl Fault {
    /// A fault of a query parameter.
    pub fn of_parameter(name: &str, code: &str, detail: impl Into<String>) -> Self {
        Self { pointer: None, parameter: Some(name.to_owned()), code: code.to_owned(), detail: detail.into() }
    }
}

impl From<FieldError> for Fault {
    fn from(error: FieldError) -> Self {
        Self { pointer: Some(error.pointer), parameter: None, code: error.code, detail: error.detail }
    }
}

/// A problem document, as it is sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim_status: Option<Status>,
    allowed: &'a [Action],
    next: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Fault],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    holders: &'a [Holder],
}

impl Problem {
    /// A problem of a kind, by the kind's own rule.
    pub fn new(kind: Kind, detail: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            kind,
            rule: kind.rule(),
            detail: detail.into(),
            next: next.into(),
            claim_status: None,
            allowed: Vec::new(),
            errors: Vec::new(),
            holders: Vec::new(),
            revision: None,
            cause: None,
        }
    }

    /// There is no such thing for this caller: always the same answer (I7).
    pub fn not_found() -> Self {
        Refusal::not_found().into()
    }

    /// Query parameters that are not valid, all of them.
    pub fn invalid_query(errors: Vec<Fault>) -> Self {
        Self {
            errors,
            ..Self::new(
                Kind::InvalidQuery,
                "The query has parameters that are not valid; each is listed under errors.",
                "Correct every listed parameter and send the request again.",
            )
        }
    }

    /// A failure of ours; the cause goes to the log, the caller gets an incident's id.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::new(
                Kind::Internal,
                "Something failed on our side.",
                "Repeat the request with the same Idempotency-Key; if it fails again, tell us the incident's id.",
            )
        }
    }

    fn busy(cause: Option<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            cause,
            ..Self::new(
                Kind::Busy,
                "The claim is being written by others, or the table is busy. Nothing was changed.",
                "Repeat the request in a second, with the same Idempotency-Key.",
            )
        }
    }

    fn document(&self, incident: Option<&str>) -> Document<'_> {
        Document {
            kind: self.kind.reference(),
            title: self.kind.title(),
            status: self.kind.status(),
            detail: &self.detail,
            instance: incident.map(|id| format!("urn:uuid:{id}")),
            rule: self.rule,
            claim_status: self.claim_status,
            allowed: &self.allowed,
            next: &self.next,
            revision: self.revision,
            errors: &self.errors,
            holders: &self.holders,
        }
    }

    /// The answer: the document with the headers that belong to its kind. A failure of ours says the incident's id and
    /// nothing else of what happened.
    pub fn response(&self, incident: &str) -> Response<Body> {
        let incident = Some(incident).filter(|id| self.kind == Kind::Internal && !id.is_empty());
        let status = StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = respond::json(status, &self.document(incident));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        match self.kind {
            Kind::Busy => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
            }
            Kind::Unauthenticated => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Kind::RevisionStale => {
                if let Some(tag) = self.revision.and_then(|revision| etag(revision).try_into().ok()) {
                    headers.insert(ETAG, tag);
                }
            }
            _ => {}
        }
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = Kind::from(refusal.kind);
        Self {
            rule: refusal.rule,
            claim_status: refusal.status,
            allowed: refusal.allowed,
            errors: refusal.errors.into_iter().map(Fault::from).collect(),
            // Only an approval is refused so, and only reviewers approve: no partner learns who holds (D15).
            holders: if kind == Kind::AssociationHeld { refusal.holders } else { Vec::new() },
            ..Self::new(kind, refusal.detail, refusal.next)
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Throttled => Self::busy(Some(error.into())),
            StoreError::ForeignPosition => Self::invalid_query(vec![Fault::of_parameter(
                "cursor",
                "foreign",
                "must be the next of a page of this very list, in the same order",
            )]),
            StoreError::Failed { .. } | StoreError::Corrupt { .. } | StoreError::Unwritable(_) => {
                Self::internal(error)
            }
        }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => Self::from(*refusal),
            CommandError::Stale { revision } => Self {
                revision: Some(revision),
                ..Self::new(
                    Kind::RevisionStale,
                    format!("The claim has changed since you read it; its revision is {revision} now."),
                    "Read the claim again, look at what changed, and repeat with its new ETag.",
                )
            },
            CommandError::KeyReused => Self::new(
                Kind::KeyReused,
                "This Idempotency-Key came with another body before.",
                "Send the first body again to get its answer, or use a new key.",
            ),
            CommandError::Busy => Self::busy(None),
            CommandError::Store(error) => Self::from(error),
            CommandError::Other(cause) => Self::internal(cause),
        }
    }
}

/// Adds to a refusal what everybody wants to know: the claim's status and what is allowed now.
pub fn complete(mut refusal: Refusal, claim: &Claim, caller: &Caller, program: &Program) -> Refusal {
    refusal.status = Some(claim.status);
    refusal.allowed = allowed(claim, caller, program.dispute_needs_another_reviewer);
    refusal
}

#[cfg(test)]
#[path = "problem_tests.rs"]
mod tests;
