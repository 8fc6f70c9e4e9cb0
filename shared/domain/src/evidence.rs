//! A document of the proof of execution, and its states (D10, D19, D20).

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::calendar::Instant;
use crate::ids::{EvidenceId, Sha256};
use crate::people::Actor;

/// How long an upload may stay unfinished (D19).
pub const UPLOAD_EXPIRES_AFTER: TimeDelta = TimeDelta::hours(24);

/// One document of the proof of execution. Append-only (D10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Its id.
    pub id: EvidenceId,
    /// Its name, as the partner gave it.
    pub file_name: String,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// The SHA-256 of its content.
    pub sha256: Sha256,
    /// When its upload was asked for.
    pub requested_at: Instant,
    /// Who uploads it.
    pub uploaded_by: Actor,
    /// When it was found complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploaded_at: Option<Instant>,
    /// Whether it waits for the dispute to join the claim (R24).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub staged: bool,
    /// Whether documents were scanned for malware when it was found complete.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub scanned: bool,
    /// What the scanner found, once it has said so; this may be before the document is found complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// An announced document that left its claim without having been completed (D20). The claim remembers the newest ones, so
/// that whoever completes one hears what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DroppedUpload {
    /// The document.
    pub id: EvidenceId,
    /// Why it left.
    pub why: DropReason,
}

/// Why an announced document left its claim without having been completed (D20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum DropReason {
    /// It was not completed in 24 hours (D19).
    Expired,
    /// What was uploaded is not the announced document (D10).
    Mismatched,
    /// The claim was closed (D12).
    Closed,
}

/// What a malware scanner found in a document. Verdicts come at least once and in any order, so the greatest one
/// stands: a finding wins over a failed scan, and a threat wins over everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It could not be scanned: encrypted, too deep, or the scan failed.
    Unscannable,
    /// Nothing was found.
    Clean,
    /// A threat was found.
    Infected,
}

impl Evidence {
    /// The state of the document at `now`.
    pub fn state(&self, now: Instant) -> EvidenceState {
        match (self.uploaded_at, self.verdict) {
            (None, _) if self.has_expired(now) => EvidenceState::Expired,
            (None, _) => EvidenceState::Announced,
            (Some(_), Some(Verdict::Clean)) => EvidenceState::Clean,
            (Some(_), Some(Verdict::Infected)) => EvidenceState::Infected,
            (Some(_), Some(Verdict::Unscannable)) => EvidenceState::Unscannable,
            (Some(_), None) if self.scanned => EvidenceState::Scanning,
            (Some(_), None) => EvidenceState::NotScanned,
        }
    }

    /// The instant from which on it can no longer be completed (D19), while it is only announced.
    pub fn expires_at(&self) -> Option<Instant> {
        self.uploaded_at.is_none().then(|| self.requested_at + UPLOAD_EXPIRES_AFTER)
    }

    /// Whether it was not completed within its 24 hours (D19).
    pub fn has_expired(&self, now: Instant) -> bool {
        self.expires_at().is_some_and(|expiry| now >= expiry)
    }

    /// Whether it counts as proof of execution (R6, R21, D20): the partner has uploaded it, and no threat was found in
    /// it. It counts while it is being scanned and if it cannot be scanned: the partner has done its part, and the
    /// reviewer sees its state.
    pub fn counts(&self) -> bool {
        self.uploaded_at.is_some() && self.verdict != Some(Verdict::Infected)
    }
}

/// The state of a document (D20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum EvidenceState {
    /// Its upload was asked for and is not complete.
    Announced,
    /// It is there; whether it is safe to open is not known yet.
    Scanning,
    /// It is there, and nothing was found in it.
    Clean,
    /// It is there, and nobody scans: open it with care.
    NotScanned,
    /// A threat was found in it: nobody can read it, and it does not count.
    Infected,
    /// It could not be scanned: nobody can read it.
    Unscannable,
    /// It was not uploaded within 24 hours and does not count (D19).
    Expired,
}
