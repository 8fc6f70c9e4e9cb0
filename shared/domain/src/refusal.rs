//! Why a command is refused: the rule, the status, what is allowed and how to go on.

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::calendar::Instant;
use crate::claim::{AssociationKey, Product, Status};
use crate::ids::{ClaimId, EvidenceId, PartnerId};
pub use crate::kind::Kind;
use crate::rule::Rule;

/// The most bad fields that one refusal lists, so that an answer is bounded too.
const MAX_ERRORS: usize = 100;

/// One thing wrong with a request: where, a stable code, and what is allowed there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What is wrong, as a stable word.
    pub code: String,
    /// What is wrong and what is allowed, in a sentence.
    pub detail: String,
}

/// Where in a request something is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// In its body, as a JSON pointer (RFC 6901); empty for the body as a whole.
    Pointer(String),
    /// In its query: the parameter of this name.
    Parameter(String),
}

impl FieldError {
    /// What is wrong with a field of the body.
    pub fn at(pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        Self { place: Place::Pointer(pointer.into()), code: code.to_owned(), detail: detail.into() }
    }

    /// What is wrong with a parameter of the query.
    pub fn of_parameter(name: &str, code: &str, detail: impl Into<String>) -> Self {
        Self { place: Place::Parameter(name.to_owned()), code: code.to_owned(), detail: detail.into() }
    }

    /// The JSON pointer or the parameter's name.
    pub fn place(&self) -> &str {
        match &self.place {
            Place::Pointer(place) | Place::Parameter(place) => place,
        }
    }
}

/// The holder of an association that a claim wants (D15); for reviewers only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
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
    /// The organisation's display name (D21).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_name: Option<String>,
    /// Since when.
    pub since: Instant,
    /// The newest document of the holder's proof of execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_evidence: Option<NewestEvidence>,
}

/// The newest document of a claim, to compare contested ones by (D15).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
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
    pub kind: Kind,
    /// The rule that refuses.
    pub rule: Rule,
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
    /// From when on the same request would not be refused for this reason, if that is known.
    pub retry_at: Option<Instant>,
}

impl Refusal {
    /// A refusal by `rule`, with what is wrong and how to go on.
    pub fn new(kind: Kind, rule: Rule, detail: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            kind,
            rule,
            status: None,
            allowed: Vec::new(),
            detail: detail.into(),
            next: next.into(),
            errors: Vec::new(),
            holders: Vec::new(),
            retry_at: None,
        }
    }

    /// The refusal of input with bad fields; the first hundred are listed.
    pub fn invalid(mut errors: Vec<FieldError>) -> Self {
        if errors.len() > MAX_ERRORS {
            let more = errors.len() - MAX_ERRORS;
            errors.truncate(MAX_ERRORS);
            errors.push(FieldError::at("", "more", format!("{more} more fields are not valid")));
        }
        Self {
            errors,
            ..Self::new(
                Kind::InvalidInput,
                Rule::D19,
                "The request has fields that are not valid; each is listed under errors.",
                "Correct every listed field and send the request again.",
            )
        }
    }

    /// The refusal as not found: the same whether a thing does not exist or is not the caller's to see (I7).
    pub fn not_found() -> Self {
        Self::new(
            Kind::NotFound,
            Rule::R1,
            "There is no such claim, document or page for you.",
            "Check the address and the organisation you signed in for.",
        )
    }

    /// The refusal of what the caller's role may never do (R1, R2), with how to go on.
    pub fn forbidden(rule: Rule, next: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, rule, "Your role may not do this.", next)
    }

    /// The refusal of an approval that wants what another claim holds (D15), also when a race for an association record
    /// was lost. The holders are for reviewers; nobody else approves.
    pub fn association_held(holders: &[Holder]) -> Self {
        Self {
            holders: holders.to_vec(),
            ..Self::new(
                Kind::AssociationHeld,
                Rule::D15,
                "Another claim is the approved partner of record for one of the products.",
                "End the holder's association for those products first, or ask the partner to remove them.",
            )
        }
    }

    /// The refusal of an edit or a decision that does not say which revision it was made on (D11).
    pub fn revision_required() -> Self {
        Self::new(
            Kind::RevisionRequired,
            Kind::RevisionRequired.rule(),
            "The request does not say which revision of the claim it is meant for.",
            "Read the claim and send its ETag in the header If-Match.",
        )
    }

    /// The refusal of a denial that comes too late (R13).
    pub fn consent_ended() -> Self {
        Self::new(
            Kind::ConsentEnded,
            Rule::R13,
            "The time to deny this association is over.",
            "Write to the partner named in the notice.",
        )
    }

    /// The same refusal by another rule.
    #[must_use]
    pub fn by(self, rule: Rule) -> Self {
        Self { rule, ..self }
    }
}
