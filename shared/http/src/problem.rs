//! Problem documents (RFC 9457): what went wrong, by which rule, in which status, what is allowed and how to go on.

use std::error::Error;
use std::ops::Deref;

use claim_command::{CommandError, Declined, Stale};
use claim_domain::action::Action;
use claim_domain::claim::Status;
use claim_domain::refusal::{FieldError, Holder, Kind, Refusal};
use claim_domain::rule::Rule;
use claim_store::StoreError;
use lambda_http::http::header::{CONTENT_TYPE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE};
use lambda_http::http::{HeaderName, HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;

use crate::etag::revision_tag;
use crate::respond;

/// The media type of problem documents.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// After how many seconds a caller may try again after `busy`.
const RETRY_AFTER_SECONDS: &str = "1";

/// A request that is not carried out: a refusal, and what HTTP adds to it.
#[derive(Debug, thiserror::Error)]
#[error("{refusal}")]
pub struct Problem {
    /// What is refused, by which rule, and how to go on.
    pub refusal: Refusal,
    /// The claim's present revision, if the caller's is stale.
    pub revision: Option<u64>,
    /// What would be accepted instead, as a header says it.
    pub accepts: Option<(HeaderName, String)>,
    /// The cause, for the log only.
    #[source]
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Deref for Problem {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.refusal
    }
}

/// The HTTP status of a refusal.
pub fn status_of(kind: Kind) -> u16 {
    match kind {
        Kind::MalformedRequest | Kind::InvalidQuery => 400,
        Kind::Unauthenticated => 401,
        Kind::Forbidden | Kind::NotAssigned | Kind::AnotherReviewer => 403,
        Kind::NotFound | Kind::NoSuchRoute => 404,
        Kind::MethodNotAllowed => 405,
        Kind::IllegalState
        | Kind::NotEditable
        | Kind::DisputeOver
        | Kind::NotDisputable
        | Kind::AssociationHeld
        | Kind::EvidenceMissing
        | Kind::EvidenceMismatch
        | Kind::EvidenceLimit
        | Kind::EvidenceUnreadable
        | Kind::UploadExpired
        | Kind::ContactNotConfirmed
        | Kind::ContactOutsideApproval
        | Kind::ConsentEnded => 409,
        Kind::EvidenceErased => 410,
        Kind::RevisionStale => 412,
        Kind::BodyTooLarge => 413,
        Kind::UnsupportedMediaType => 415,
        Kind::InvalidInput | Kind::EveryProductRemoved | Kind::DisputeEmpty | Kind::KeyReused => 422,
        Kind::RevisionRequired => 428,
        Kind::DailyLimit | Kind::NoticeLimit | Kind::CheckLimit => 429,
        Kind::Internal => 500,
        Kind::Busy => 503,
    }
}

/// Why a request was not carried out (RFC 9457).
#[derive(Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Problem"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document<'a> {
    /// Its kind: the address at which the kind is described.
    #[cfg_attr(feature = "contract", schemars(extend("format" = "uri-reference")))]
    #[serde(rename = "type")]
    kind: String,
    /// The kind in a few words, the same at every occurrence.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// What is wrong with this request, in a sentence.
    detail: &'a str,
    /// The incident, if something failed on our side: name it when you tell us.
    #[cfg_attr(feature = "contract", schemars(extend("format" = "uri")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// The number of the rule that refuses, described at `/v1/rules/{id}`.
    rule: Rule,
    /// The claim's status, if there is a claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    claim_status: Option<Status>,
    /// What the caller may do with the claim now.
    allowed: &'a [Action],
    /// How to go on, in a sentence.
    next: &'a str,
    /// The claim's present revision, if the caller's is stale.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    /// Every field or parameter that is not valid, the first hundred of them; left out if there is none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    /// Reviewers only: the claims that hold what could not be approved; left out if there is none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    holders: &'a [Holder],
}

impl Problem {
    /// A problem of a kind, by the kind's own rule.
    pub fn new(kind: Kind, detail: impl Into<String>, next: impl Into<String>) -> Self {
        Refusal::new(kind, kind.rule(), detail, next).into()
    }

    /// Not found for this caller: always the same answer (I7).
    pub fn not_found() -> Self {
        Refusal::not_found().into()
    }

    /// The refusal of a query, with all its bad parameters.
    pub fn invalid_query(errors: Vec<FieldError>) -> Self {
        let kind = Kind::InvalidQuery;
        let detail = "The query has parameters that are not valid; each is listed under errors.";
        let next = "Correct every listed parameter and send the request again.";
        Refusal {
            kind,
            rule: kind.rule(),
            detail: detail.into(),
            next: next.into(),
            ..Refusal::invalid(errors)
        }
        .into()
    }

    /// The refusal of a body that gives fields more than once, with all of them.
    pub(crate) fn ambiguous(repeated: Vec<FieldError>) -> Self {
        let kind = Kind::MalformedRequest;
        let detail = "The body gives fields more than once; each is listed under errors.";
        let next = "Give every listed field once and send the request again.";
        Refusal {
            kind,
            rule: kind.rule(),
            detail: detail.into(),
            next: next.into(),
            ..Refusal::invalid(repeated)
        }
        .into()
    }

    /// The refusal of a body in a form that is not read, with the header that says which is.
    pub(crate) fn unsupported(
        detail: impl Into<String>,
        next: impl Into<String>,
        accepts: (HeaderName, String),
    ) -> Self {
        Self { accepts: Some(accepts), ..Self::new(Kind::UnsupportedMediaType, detail, next) }
    }

    /// A failure of ours: the cause goes to the log, and the caller gets the incident's id.
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

    pub(crate) fn document(&self, incident: Option<&str>) -> Document<'_> {
        Document {
            kind: self.kind.reference(),
            title: self.kind.title(),
            status: status_of(self.kind),
            detail: &self.detail,
            instance: incident.map(|id| format!("urn:uuid:{id}")),
            rule: self.rule,
            claim_status: self.status,
            allowed: &self.allowed,
            next: &self.next,
            revision: self.revision,
            errors: &self.errors,
            // Only an approval is refused like this, and only reviewers approve: no partner learns who holds it (D15).
            holders: if self.kind == Kind::AssociationHeld { &self.holders } else { &[] },
        }
    }

    /// The answer: the document, with the headers of its kind. For a failure of ours it tells the incident's id and
    /// nothing else about what happened.
    pub fn response(&self, incident: &str) -> Response<Body> {
        let incident = Some(incident).filter(|id| self.kind == Kind::Internal && !id.is_empty());
        let status = StatusCode::from_u16(status_of(self.kind)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
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
                if let Some(tag) = self.revision.and_then(|revision| revision_tag(revision).try_into().ok()) {
                    headers.insert(ETAG, tag);
                }
            }
            _ => {}
        }
        if let Some((name, value)) = &self.accepts {
            headers.extend(HeaderValue::from_str(value).map(|value| (name.clone(), value)));
        }
        let retry_at = self.retry_at.map(|at| at.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
        if let Some(date) = retry_at.and_then(|date| HeaderValue::try_from(date).ok()) {
            headers.insert(RETRY_AFTER, date);
        }
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, revision: None, accepts: None, cause: None }
    }
}

impl From<Stale> for Problem {
    fn from(Stale { revision }: Stale) -> Self {
        let now = revision.map(|revision| format!("; its revision is {revision} now")).unwrap_or_default();
        Self {
            revision,
            ..Self::new(
                Kind::RevisionStale,
                format!("The claim has changed since you read it{now}."),
                "Read the claim again, look at what changed, and repeat with its new ETag.",
            )
        }
    }
}

impl From<Declined> for Problem {
    fn from(declined: Declined) -> Self {
        match declined {
            Declined::Stale(stale) => stale.into(),
            Declined::Refused(refusal) => Self::from(*refusal),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Throttled => Self::busy(Some(error.into())),
            StoreError::ForeignPosition => Self::invalid_query(vec![FieldError::of_parameter(
                "cursor",
                "foreign",
                "must be the next of an earlier page of this list, in the same order",
            )]),
            StoreError::Failed { .. }
            | StoreError::Corrupt { .. }
            | StoreError::ForeignKey(_)
            | StoreError::Unwritable(_) => Self::internal(error),
        }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Busy => Self::busy(None),
            CommandError::Store(error) => Self::from(error),
            CommandError::Other(cause) => Self::internal(cause),
        }
    }
}

#[cfg(test)]
#[path = "problem_tests.rs"]
mod tests;
