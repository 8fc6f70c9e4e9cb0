//! Why a command is refused: the rule, the status, what is allowed and how to go on.

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::calendar::Instant;
use crate::claim::{AssociationKey, Product, Status};
use crate::ids::{ClaimId, EvidenceId, PartnerId};

/// The kinds of refusal; each is a problem type of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefusalKind {
    /// There is no such thing, for this caller.
    NotFound,
    /// The caller's role may not do this.
    Forbidden,
    /// Another reviewer is assigned, or nobody (D17).
    NotAssigned,
    /// A dispute is decided by another person than the one who rejected (D17).
    AnotherReviewerNeeded,
    /// The claim's status does not allow it.
    IllegalState,
    /// Fields that cannot be edited in this status (R24).
    FieldNotEditable,
    /// Fields that are not valid.
    InvalidInput,
    /// No document of the proof of execution is complete (R6).
    EvidenceMissing,
    /// The uploaded document is not there, or is another (D10).
    EvidenceMismatch,
    /// The claim has its 30 documents (D19).
    EvidenceLimit,
    /// The document cannot be read: it is being scanned, could not be, or a threat was found in it.
    EvidenceUnreadable,
    /// The upload was not completed within 24 hours (D19).
    UploadExpired,
    /// The time to dispute is over (R20).
    DisputeWindowOver,
    /// The rejection is final (D6, D7).
    NotDisputable,
    /// A dispute needs a justification or new documents (R21).
    DisputeEmpty,
    /// Another claim is the partner of record (D15).
    AssociationHeld,
    /// All products cannot be asked to be removed (D10).
    EveryProductRemoved,
    /// The customer's time to deny is over (R13).
    ConsentEnded,
}

/// The most bad fields that one refusal lists: an answer has its bounds too.
const MAX_ERRORS: usize = 100;

/// A bad field: where it is, a stable code, and what is allowed there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Where, as a JSON pointer (RFC 6901) into the request's body.
    pub pointer: String,
    /// What is wrong, as a stable word.
    pub code: String,
    /// What is wrong and what is allowed, in a sentence.
    pub detail: String,
}

/// The holder of an association that a claim wants (D15); for reviewers only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// What is held.
    pub product: Product,
    /// The record's key.
    #[serde(skip)]
    pub key: Option<AssociationKey>,
    /// The claim that holds it.
    pub claim_id: ClaimId,
    /// Its partner organisation.
    pub partner_id: PartnerId,
    /// Since when.
    pub since: Instant,
    /// The newest document of the holder's proof of execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_evidence: Option<NewestEvidence>,
}

/// The newest document of a claim, to compare contested ones by (D15).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewestEvidence {
    /// The document.
    pub id: EvidenceId,
    /// Its name.
    pub file_name: String,
    /// When it was uploaded.
    pub uploaded_at: Instant,
}

/// A refused command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// What kind of refusal.
    pub kind: RefusalKind,
    /// The rule that refuses.
    pub rule: &'static str,
    /// The claim's status, if there is a claim.
    pub status: Option<Status>,
    /// What this caller may do now.
    pub allowed: Vec<Action>,
    /// What is wrong, in a sentence.
    pub detail: String,
    /// How to go on, in a sentence.
    pub next: String,
    /// The bad fields, all of them.
    pub errors: Vec<FieldError>,
    /// The holders of contested products, for reviewers.
    pub holders: Vec<Holder>,
}

impl Refusal {
    /// A refusal by `rule`, with what is wrong and how to go on.
    pub fn new(
        kind: RefusalKind,
        rule: &'static str,
        detail: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            rule,
            status: None,
            allowed: Vec::new(),
            detail: detail.into(),
            next: next.into(),
            errors: Vec::new(),
            holders: Vec::new(),
        }
    }

    /// The refusal of input with bad fields, of which the first hundred are listed.
    pub fn invalid(mut errors: Vec<FieldError>) -> Self {
        if errors.len() > MAX_ERRORS {
            let more = errors.len() - MAX_ERRORS;
            errors.truncate(MAX_ERRORS);
            errors.push(FieldError {
                pointer: String::new(),
                code: "more".to_owned(),
                detail: format!("{more} more fields are not valid"),
            });
        }
        Self {
            errors,
            ..Self::new(
                RefusalKind::InvalidInput,
                "D19",
                "The request has fields that are not valid; each is listed under errors.",
                "Correct every listed field and send the request again.",
            )
        }
    }

    /// The refusal to know of a thing, the same whether it does not exist or is not the caller's to see (I7).
    pub fn not_found() -> Self {
        Self::new(
            RefusalKind::NotFound,
            "R1",
            "There is no such claim, document or page for you.",
            "Check the address and the organisation you signed in for.",
        )
    }
}
