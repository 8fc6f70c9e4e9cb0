//! A claim that is begun and not yet complete enough to be one (R6): what its organisation has saved of it so far.

use claim_domain::calendar::Instant;
use serde::{Deserialize, Serialize};

/// What is saved of a claim that is begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// Its id, a ULID.
    pub id: String,
    /// What it is called so far.
    pub name: String,
    /// Its fields by the names that forms give them, in their order.
    pub fields: Vec<(String, String)>,
    /// When it was saved last.
    pub saved_at: Instant,
    /// How often it was saved: whoever saves says which they saw, so that two people do not overwrite each other.
    pub revision: u64,
}

/// A begun claim in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BegunDraft {
    /// Its id.
    pub id: String,
    /// What it is called so far.
    pub name: String,
    /// When it was saved last.
    pub saved_at: Instant,
}
