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

/// What a malware scanner found in a document. Verdicts come at least once and in any order, so the greatest one
/// stands: a finding wins over a failed scan, and a threat wins over everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
            (None, _) if now >= self.requested_at + UPLOAD_EXPIRES_AFTER => EvidenceState::Expired,
            (None, _) => EvidenceState::Pending,
            (Some(_), Some(Verdict::Clean)) => EvidenceState::Uploaded,
            (Some(_), Some(Verdict::Infected)) => EvidenceState::Infected,
            (Some(_), Some(Verdict::Unscannable)) => EvidenceState::Unscannable,
            (Some(_), None) if self.scanned => EvidenceState::Scanning,
            (Some(_), None) => EvidenceState::Uploaded,
        }
    }

    /// Whether it counts as proof of execution (R6, R21): the partner has uploaded it, and no threat was found in it.
    /// It counts while it is being scanned and if it cannot be scanned: the partner has done its part, and the reviewer
    /// sees its state.
    pub fn counts(&self) -> bool {
        self.uploaded_at.is_some() && self.verdict != Some(Verdict::Infected)
    }
}

/// The state of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EvidenceState {
    /// Its upload was asked for and is not complete.
    Pending,
    /// It is there; whether it is safe to open is not known yet.
    Scanning,
    /// It is there: found clean, or never scanned.
    Uploaded,
    /// A threat was found in it: nobody can read it, and it does not count.
    Infected,
    /// It could not be scanned: nobody can read it.
    Unscannable,
    /// It was not uploaded within 24 hours and does not count (D19).
    Expired,
}
