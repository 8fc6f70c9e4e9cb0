//! The items of the table: one key each, whose they are, and until when they are kept.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use claim_domain::calendar::Instant;
use claim_domain::ids::{PartnerId, Sha256};
use serde::{Deserialize, Serialize};

/// The number of the form in which items are written.
pub(crate) const SCHEMA: u32 = 1;

/// The attributes of an item.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// What an item is about.
pub(crate) enum Key<'a> {
    /// A session, by the hash of its cookie.
    Session(&'a Sha256),
    /// A sign-in that is under way, by the hash of its cookie.
    SignIn(&'a Sha256),
    /// A kept form, by the hash of its name.
    Kept(&'a Sha256),
    /// A begun claim.
    Draft(&'a str),
    /// A private calendar address, by the hash of whose it is.
    Calendar(&'a Sha256),
}

impl Key<'_> {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Session(hash) => format!("SESSION#{hash}"),
            Self::SignIn(hash) => format!("SIGNIN#{hash}"),
            Self::Kept(hash) => format!("KEPT#{hash}"),
            Self::Draft(id) => format!("DRAFT#{id}"),
            Self::Calendar(person) => format!("CALENDAR#{person}"),
        }
    }
}

/// Whose drafts an organisation's are, in the index.
pub(crate) fn organisation(partner: &PartnerId) -> String {
    format!("ORG#{partner}")
}

/// Whose sessions a person's are, in the index.
pub(crate) fn person(subject: &str) -> String {
    format!("PERSON#{subject}")
}

/// An item as it is stored.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stored<T> {
    pub(crate) pk: String,
    pub(crate) schema: u32,
    /// Whose it is, in the index `by-subject`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    /// Until when it means something.
    pub(crate) ends_at: Instant,
    /// When the table may clean it up, in seconds; it means nothing any more long before.
    pub(crate) ttl: i64,
    #[serde(flatten)]
    pub(crate) content: T,
}
