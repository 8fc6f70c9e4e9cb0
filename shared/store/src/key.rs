//! The keys of the table; only this module writes and reads them.
//!
//! | item | partition key | sort key |
//! |---|---|---|
//! | claim | `CLAIM#{id}` | `CLAIM` |
//! | event, which is also its own outbox (I5) | `CLAIM#{id}` | `EVENT#{version:010}` |
//! | contact details (I2) | `CLAIM#{id}` | `CONTACT#{ref}` |
//! | stored answer to an Idempotency-Key | `IDEM#{hash}` | `IDEM` |
//! | consent link (D9) | `CONSENT#{hash of the token}` | `CONSENT` |
//! | count of what an organisation did in a day (D19) | `COUNT#{day}#{what}#{organisation}` | `COUNT` |
//! | association record (D15) | `ASSOC#{tenant}#{workload}` or `ASSOC#{subscription}` | `ASSOC` |
//! | last number of an organisation's changes (D23) | `CHANGES#{organisation}` | `LAST` |
//! | change of an organisation's claim (D23) | `CHANGES#{organisation}` | `CHANGE#{sequence:012}` |
//! | webhooks of an organisation (D24) | `WEBHOOKS#{organisation}` | `WEBHOOKS` |
//! | attempt to deliver to a webhook (D24) | `WEBHOOKS#{organisation}` | `ATTEMPT#{webhook}#{attempt}` |
//! | how often a delivery was tried (D24) | `WEBHOOKS#{organisation}` | `TRIED#{message}` |
//! | machine client (D25) | `CLIENTS` | `CLIENT#{id}` |
//!
//! Lists are read from sparse indexes, never by a scan: an organisation's in the partition `ORG#{id}`, the reviewers'
//! in `REVIEW`. Overdue work is found in the `work` index, whose partitions are `CLAIM#{shard}`, `EVENT#{shard}` and
//! `PARKED`.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::NaiveDate;
use claim_domain::claim::AssociationKey;
use claim_domain::ids::{
    AttemptId, ClaimId, ClientId, ContactRef, MessageId, NotAnId, PartnerId, Sha256, WebhookId,
};

use crate::error::StoreError;
use crate::item::{Item, text};
use crate::list::ListScope;

const CLAIM: &str = "CLAIM";
const EVENT: &str = "EVENT#";
const CONTACT: &str = "CONTACT#";
const ANSWER: &str = "IDEM";
const CONSENT_LINK: &str = "CONSENT";
const ASSOCIATION: &str = "ASSOC";
const COUNT: &str = "COUNT";
const CHANGES: &str = "CHANGES";
const LAST_CHANGE: &str = "LAST";
const CHANGE: &str = "CHANGE#";
const WEBHOOKS: &str = "WEBHOOKS";
const ATTEMPT: &str = "ATTEMPT#";
const TRIED: &str = "TRIED#";
const CLIENT: &str = "CLIENT#";

/// The partition of all machine clients.
pub(crate) const CLIENTS: &str = "CLIENTS";

/// The highest version of an event.
pub(crate) const LAST_VERSION: u64 = claim_domain::ids::MAX_VERSION;

/// The highest number of a change: one of twelve digits.
pub const LAST_SEQUENCE: u64 = 999_999_999_999;

/// The first and the last sort key of a claim and its contacts, which lie side by side with nothing else between them.
pub(crate) const CLAIM_AND_CONTACTS: [&str; 2] = [CLAIM, "CONTACT#~"];

/// What the sort keys of all contacts begin with.
pub(crate) const CONTACTS: &str = CONTACT;

/// What the sort keys of all events begin with.
pub(crate) const EVENTS: &str = EVENT;

/// The key of an item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A claim.
    Claim(ClaimId),
    /// An event, by its version.
    Event(ClaimId, u64),
    /// The details of a contact (I2).
    Contact(ClaimId, ContactRef),
    /// The answer kept under an Idempotency-Key, by the hash of the key and what it is bound to.
    Answer(Sha256),
    /// A consent link, by the hash of its token (D9).
    ConsentLink(Sha256),
    /// Who holds an association (D15).
    Association(AssociationKey),
    /// How often something was done in a day (D19).
    Count(CountKey),
    /// The last number that a change of an organisation has (D23).
    LastChange(PartnerId),
    /// A change of an organisation's claim, by its number (D23).
    Change(PartnerId, u64),
    /// The webhooks of an organisation (D24).
    Webhooks(PartnerId),
    /// An attempt to deliver a change to a webhook of an organisation (D24).
    Attempt(PartnerId, WebhookId, AttemptId),
    /// How often the delivery of this message to a webhook of an organisation was tried (D24).
    Tried(PartnerId, MessageId),
    /// A machine client (D25).
    Client(ClientId),
}

/// What is counted, on which day (UTC), and of whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountKey {
    /// The day.
    pub day: NaiveDate,
    /// What is counted: a name of ours, without `#`.
    pub what: String,
    /// Of whom.
    pub of: String,
}

impl fmt::Display for CountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#{}", self.day, self.what, self.of)
    }
}

impl FromStr for CountKey {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let read = || {
            let (day, rest) = text.split_once('#')?;
            let (what, of) = rest.split_once('#')?;
            Some(Self { day: day.parse().ok()?, what: what.to_owned(), of: of.to_owned() })
        };
        read().filter(|key| key.to_string() == text).ok_or(NotAnId { kind: "CountKey" })
    }
}

impl Key {
    /// The partition key's text.
    pub fn partition(&self) -> String {
        match self {
            Self::Claim(claim) | Self::Event(claim, _) | Self::Contact(claim, _) => {
                format!("{CLAIM}#{claim}")
            }
            Self::Answer(hash) => format!("{ANSWER}#{hash}"),
            Self::ConsentLink(hash) => format!("{CONSENT_LINK}#{hash}"),
            Self::Association(association) => format!("{ASSOCIATION}#{association}"),
            Self::Count(count) => format!("{COUNT}#{count}"),
            Self::LastChange(partner) | Self::Change(partner, _) => format!("{CHANGES}#{partner}"),
            Self::Webhooks(partner) | Self::Attempt(partner, ..) | Self::Tried(partner, _) => {
                format!("{WEBHOOKS}#{partner}")
            }
            Self::Client(_) => CLIENTS.to_owned(),
        }
    }

    /// The sort key's text.
    pub fn sort(&self) -> String {
        match self {
            Self::Claim(_) => CLAIM.to_owned(),
            Self::Event(_, version) => format!("{EVENT}{version:010}"),
            Self::Contact(_, reference) => format!("{CONTACT}{reference}"),
            Self::Answer(_) => ANSWER.to_owned(),
            Self::ConsentLink(_) => CONSENT_LINK.to_owned(),
            Self::Association(_) => ASSOCIATION.to_owned(),
            Self::Count(_) => COUNT.to_owned(),
            Self::LastChange(_) => LAST_CHANGE.to_owned(),
            Self::Change(_, sequence) => format!("{CHANGE}{sequence:012}"),
            Self::Webhooks(_) => WEBHOOKS.to_owned(),
            Self::Attempt(_, webhook, attempt) => format!("{}{attempt}", attempts_of(webhook)),
            Self::Tried(_, message) => format!("{TRIED}{message}"),
            Self::Client(id) => format!("{CLIENT}{id}"),
        }
    }

    /// The key with this text; `None` if no item of ours has such a key.
    pub fn parse(partition: &str, sort: &str) -> Option<Self> {
        if partition == CLIENTS {
            return Some(Self::Client(sort.strip_prefix(CLIENT)?.parse().ok()?));
        }
        let (kind, id) = partition.split_once('#')?;
        match (kind, sort) {
            (CLAIM, CLAIM) => Some(Self::Claim(id.parse().ok()?)),
            (CLAIM, sort) => {
                let claim = id.parse().ok()?;
                if let Some(version) = sort.strip_prefix(EVENT) {
                    return digits(version, 10).map(|version| Self::Event(claim, version));
                }
                Some(Self::Contact(claim, sort.strip_prefix(CONTACT)?.parse().ok()?))
            }
            (ANSWER, ANSWER) => Some(Self::Answer(id.parse().ok()?)),
            (CONSENT_LINK, CONSENT_LINK) => Some(Self::ConsentLink(id.parse().ok()?)),
            (ASSOCIATION, ASSOCIATION) => Some(Self::Association(id.parse().ok()?)),
            (COUNT, COUNT) => Some(Self::Count(id.parse().ok()?)),
            (CHANGES, LAST_CHANGE) => Some(Self::LastChange(id.parse().ok()?)),
            (CHANGES, sort) => Some(Self::Change(id.parse().ok()?, digits(sort.strip_prefix(CHANGE)?, 12)?)),
            (WEBHOOKS, WEBHOOKS) => Some(Self::Webhooks(id.parse().ok()?)),
            (WEBHOOKS, sort) => {
                if let Some(message) = sort.strip_prefix(TRIED) {
                    return Some(Self::Tried(id.parse().ok()?, message.parse().ok()?));
                }
                let (webhook, attempt) = sort.strip_prefix(ATTEMPT)?.split_once('#')?;
                Some(Self::Attempt(id.parse().ok()?, webhook.parse().ok()?, attempt.parse().ok()?))
            }
            _ => None,
        }
    }

    /// The key as attributes, for reads and for new items.
    pub(crate) fn attributes(&self) -> Item {
        HashMap::from([("pk".to_owned(), text(self.partition())), ("sk".to_owned(), text(self.sort()))])
    }

    /// The key of an item.
    pub(crate) fn of(item: &Item) -> Result<Self, StoreError> {
        let part = |name| item.get(name).and_then(|value: &AttributeValue| value.as_s().ok());
        let [partition, sort] = ["pk", "sk"].map(|name| part(name).map_or("", String::as_str));
        Self::parse(partition, sort).ok_or_else(|| StoreError::ForeignKey(format!("{partition}/{sort}")))
    }
}

/// What the sort keys of all attempts to deliver to a webhook begin with.
pub(crate) fn attempts_of(webhook: &WebhookId) -> String {
    format!("{ATTEMPT}{webhook}#")
}

/// A number of exactly so many digits.
fn digits(text: &str, many: usize) -> Option<u64> {
    let is_ours = text.len() == many && text.bytes().all(|byte| byte.is_ascii_digit());
    is_ours.then(|| text.parse().ok())?
}

/// A partition of the `work` index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkPartition {
    /// Claims under the instant of their next due clock.
    Claims(u32),
    /// Events under the instant at which to look at them.
    Events(u32),
    /// Events with a parked effect; sweep does not read them.
    Parked,
}

impl fmt::Display for WorkPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Claims(shard) => write!(f, "CLAIM#{shard}"),
            Self::Events(shard) => write!(f, "EVENT#{shard}"),
            Self::Parked => f.write_str("PARKED"),
        }
    }
}

impl FromStr for WorkPartition {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let parsed = match text.split_once('#') {
            Some(("CLAIM", shard)) => shard.parse().ok().map(Self::Claims),
            Some(("EVENT", shard)) => shard.parse().ok().map(Self::Events),
            Some(_) => None,
            None => (text == "PARKED").then_some(Self::Parked),
        };
        parsed.filter(|parsed| parsed.to_string() == text).ok_or(NotAnId { kind: "WorkPartition" })
    }
}

impl fmt::Display for ListScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partner(partner) | Self::Needing(partner) => write!(f, "ORG#{partner}"),
            Self::Review => f.write_str("REVIEW"),
        }
    }
}

impl FromStr for ListScope {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        match text.split_once('#') {
            Some(("ORG", partner)) => partner.parse::<PartnerId>().map(Self::Partner),
            None if text == "REVIEW" => Ok(Self::Review),
            _ => Err(NotAnId { kind: "ListScope" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIM_ID: &str = "01J0000000000000000000000A";

    #[test]
    fn every_key_is_read_back_from_its_text() {
        let claim: ClaimId = CLAIM_ID.parse().unwrap();
        let hash: Sha256 = "ab".repeat(32).parse().unwrap();
        let tenant = "11111111-2222-3333-4444-555555555555";
        let table = [
            (Key::Claim(claim.clone()), format!("CLAIM#{CLAIM_ID}"), "CLAIM"),
            (Key::Event(claim.clone(), 7), format!("CLAIM#{CLAIM_ID}"), "EVENT#0000000007"),
            (
                Key::Contact(claim, "01J0000000000000000000000C".parse().unwrap()),
                format!("CLAIM#{CLAIM_ID}"),
                "CONTACT#01J0000000000000000000000C",
            ),
            (Key::Answer(hash.clone()), format!("IDEM#{hash}"), "IDEM"),
            (Key::ConsentLink(hash.clone()), format!("CONSENT#{hash}"), "CONSENT"),
            (Key::Association(tenant.parse().unwrap()), format!("ASSOC#{tenant}"), "ASSOC"),
            (
                Key::Association(format!("{tenant}#Teams Phone").parse().unwrap()),
                format!("ASSOC#{tenant}#Teams Phone"),
                "ASSOC",
            ),
            (Key::LastChange("a.b".parse().unwrap()), "CHANGES#a.b".to_owned(), "LAST"),
            (Key::Change("a.b".parse().unwrap(), 42), "CHANGES#a.b".to_owned(), "CHANGE#000000000042"),
            (Key::Webhooks("a.b".parse().unwrap()), "WEBHOOKS#a.b".to_owned(), "WEBHOOKS"),
            (
                Key::Attempt("a.b".parse().unwrap(), CLAIM_ID.parse().unwrap(), CLAIM_ID.parse().unwrap()),
                "WEBHOOKS#a.b".to_owned(),
                "ATTEMPT#01J0000000000000000000000A#01J0000000000000000000000A",
            ),
            (
                Key::Tried("a.b".parse().unwrap(), "3f1c-9".parse().unwrap()),
                "WEBHOOKS#a.b".to_owned(),
                "TRIED#3f1c-9",
            ),
            (
                Key::Client("3n4b5urk1ft4fl3mg5e62d9ado".parse().unwrap()),
                "CLIENTS".to_owned(),
                "CLIENT#3n4b5urk1ft4fl3mg5e62d9ado",
            ),
        ];
        for (key, partition, sort) in table {
            assert_eq!((key.partition(), key.sort().as_str()), (partition.clone(), sort));
            assert_eq!(Key::parse(&partition, sort), Some(key.clone()));
            assert_eq!(Key::of(&key.attributes()).unwrap(), key);
        }
    }

    #[test]
    fn text_that_is_no_key_of_ours_is_none() {
        let claim = format!("CLAIM#{CLAIM_ID}");
        for (partition, sort) in [
            ("", ""),
            ("CLAIM", "CLAIM"),
            ("CLAIM#nobody", "CLAIM"),
            (claim.as_str(), "claim"),
            (&claim, "EVENT#7"),
            (&claim, "EVENT#+000000007"),
            (&claim, "EVENT#00000000071"),
            (&claim, "CONTACT#"),
            (&claim, "IDEM"),
            ("IDEM#x", "IDEM"),
            ("CONSENT#x", "CONSENT"),
            ("ASSOC#x", "ASSOC"),
            ("ORG#x", "ORG"),
            ("CHANGES#x", "CHANGE#42"),
            ("CHANGES#", "LAST"),
            ("WEBHOOKS#", "WEBHOOKS"),
            ("WEBHOOKS#x", "ATTEMPT#y"),
            ("WEBHOOKS#x", "TRIED#"),
            ("WEBHOOKS#x", "ATTEMPT#y#z"),
            ("CLIENTS", "CLIENT#"),
            ("CLIENTS", "CLIENT#a b"),
            ("CLIENTS#x", "CLIENT#x"),
        ] {
            assert_eq!(Key::parse(partition, sort), None, "{partition} {sort}");
        }
    }

    #[test]
    fn partitions_of_indexes_are_read_back_from_their_text() {
        for (partition, text) in [
            (WorkPartition::Claims(3), "CLAIM#3"),
            (WorkPartition::Events(0), "EVENT#0"),
            (WorkPartition::Parked, "PARKED"),
        ] {
            assert_eq!((partition.to_string().as_str(), text.parse()), (text, Ok(partition)));
        }
        for (scope, text) in
            [(ListScope::Partner("a.b".parse().unwrap()), "ORG#a.b"), (ListScope::Review, "REVIEW")]
        {
            assert_eq!((scope.to_string().as_str(), text.parse()), (text, Ok(scope)));
        }
        for text in ["", "CLAIM", "CLAIM#", "CLAIM#01", "PARKED#1", "ORG#", "REVIEW#1"] {
            assert!(text.parse::<WorkPartition>().is_err() && text.parse::<ListScope>().is_err(), "{text}");
        }
    }
}
