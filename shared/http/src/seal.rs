//! A history in a file that can be checked, by whoever has it and without us: every entry carries a hash of itself and of
//! all before it.
//!
//! The hash of an entry is the SHA-256 of the hash before it, in hexadecimal digits (nothing before the first), and the
//! entry as canonical JSON (RFC 8785), without its own `hash` and without contacts, which may be erased (I2). It is over
//! what its reader sees and nothing else: partners and reviewers have a chain each, and an internal note leaves no trace
//! in that of a partner (D13).

use std::collections::BTreeMap;

use claim_domain::ids::{ClaimId, Sha256};
use claim_store::sha256;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::export::Line;
use crate::json;

/// Where contacts stand in an entry: the object, and its members that are contacts.
const CONTACTS: [(&str, &[&str]); 3] = [
    ("/details", &["partnerContact", "technicalContact"]),
    ("/details/customer", &["contact"]),
    ("/contact", &["old", "new"]),
];
/// The fields of a claim that are contacts: where one of them was edited, its old and new value are.
const CONTACT_FIELDS: [&str; 3] = ["/customer/contact", "/partnerContact", "/technicalContact"];
/// What the hash of an entry is called.
const HASH: &str = "hash";

/// The hashes of entries of a claim's history that follow an entry with this hash; `None` before the first.
///
/// # Errors
/// An entry that cannot be written as JSON.
pub fn seals<T: Serialize>(
    claim: &ClaimId,
    entries: &[T],
    after: Option<&Sha256>,
) -> Result<Vec<Sha256>, serde_json::Error> {
    let mut last = after.cloned();
    let lines = entries.iter().map(|item| Line { claim: Some(claim), hash: None, item });
    let seals = lines.map(|line| {
        let hash = seal(last.as_ref(), &serde_json::to_value(line)?);
        last = Some(hash.clone());
        Ok(hash)
    });
    seals.collect()
}

fn seal(before: Option<&Sha256>, entry: &Value) -> Sha256 {
    let mut sealed = before.map(ToString::to_string).unwrap_or_default();
    // `serde_json` sorts names and our numbers are whole ones, so this is canonical as it is.
    sealed.push_str(&what_stays(entry).to_string());
    sha256(sealed.as_bytes())
}

/// The entry without its hash and without contacts, which may be erased. Nothing else can be left out or put in unseen.
fn what_stays(entry: &Value) -> Value {
    let mut entry = entry.clone();
    let drop_from = |object: Option<&mut Value>, names: &[&str]| {
        if let Some(object) = object.and_then(Value::as_object_mut) {
            object.retain(|name, _| !names.contains(&name.as_str()));
        }
    };
    drop_from(Some(&mut entry), &[HASH]);
    for (place, names) in CONTACTS {
        drop_from(entry.pointer_mut(place), names);
    }
    for field in entry.get_mut("fields").and_then(Value::as_array_mut).into_iter().flatten() {
        if CONTACT_FIELDS.iter().any(|place| field["pointer"] == *place) {
            drop_from(Some(field), &["old", "new"]);
        }
    }
    entry
}

/// What is wrong with a file, and in which line, from 1 on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It is no entry of an exported history.
    #[error(
        "line {line} is no entry of a history: it needs `claim`, `number` or `version`, and `hash`, each once"
    )]
    NoEntry {
        /// Where.
        line: usize,
    },
    /// Entries before it are not there.
    #[error("line {line} is entry {found} of claim {claim}, and entry {expected} is missing before it")]
    Missing {
        /// Where.
        line: usize,
        /// Whose history it is.
        claim: String,
        /// The entry that was to follow.
        expected: u64,
        /// The entry that is there.
        found: u64,
    },
    /// It stands after an entry that it comes before, or is there again.
    #[error(
        "line {line} is entry {found} of claim {claim}, which is there already or stands in the wrong place"
    )]
    Misplaced {
        /// Where.
        line: usize,
        /// Whose history it is.
        claim: String,
        /// The entry that is there.
        found: u64,
    },
    /// It is not what was exported, or the one before it is not.
    #[error("line {line}, entry {found} of claim {claim}, was changed, or is none of this history")]
    Changed {
        /// Where.
        line: usize,
        /// Whose history it is.
        claim: String,
        /// The entry that is there.
        found: u64,
    },
    /// The file does not go on from an earlier one.
    #[error("entry {entry} of claim {claim} is missing, or is not what it was in the earlier file")]
    Rewritten {
        /// Whose history it is.
        claim: String,
        /// The first entry that differs, or is missing.
        entry: u64,
    },
}

/// The histories in a file, each complete from its first entry on and as it was exported: the hash of each of its entries,
/// by claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified(BTreeMap<String, Vec<String>>);

impl Verified {
    /// Looks at a file: lines of JSON, the entries of one claim or of several in their order.
    ///
    /// # Errors
    /// The first line that is not what was exported. That entries are missing at the end is not seen in the file itself:
    /// compare the last hash.
    pub fn of(file: &str) -> Result<Self, Broken> {
        let mut histories: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (line, text) in (1..).zip(file.lines()).filter(|(_, text)| !text.trim().is_empty()) {
            let (entry, claim, found, hash) = entry(text).ok_or(Broken::NoEntry { line })?;
            let hashes = histories.entry(claim.clone()).or_default();
            let expected = hashes.len() as u64 + 1;
            if found > expected {
                return Err(Broken::Missing { line, claim, expected, found });
            }
            if found < expected {
                return Err(Broken::Misplaced { line, claim, found });
            }
            let before = hashes.last().and_then(|hash| hash.parse().ok());
            if seal(before.as_ref(), &Value::Object(entry)).as_str() != hash {
                return Err(Broken::Changed { line, claim, found });
            }
            hashes.push(hash);
        }
        Ok(Self(histories))
    }

    /// Looks whether an earlier file of the same reader is the beginning of this one: nothing in the past has changed since.
    ///
    /// # Errors
    /// The first entry that differs.
    pub fn follows(&self, earlier: &Self) -> Result<(), Broken> {
        for (claim, hashes) in &earlier.0 {
            let present = self.0.get(claim).map(Vec::as_slice).unwrap_or_default();
            let same = hashes.iter().zip(present).take_while(|(was, is)| was == is).count();
            if same < hashes.len() {
                return Err(Broken::Rewritten { claim: claim.clone(), entry: same as u64 + 1 });
            }
        }
        Ok(())
    }

    /// Each claim, how many entries its history has, and the hash of the last one.
    pub fn histories(&self) -> impl Iterator<Item = (&str, usize, &str)> {
        self.0
            .iter()
            .filter_map(|(claim, hashes)| Some((claim.as_str(), hashes.len(), hashes.last()?.as_str())))
    }
}

/// An entry with its claim, its place in the history and its hash.
fn entry(text: &str) -> Option<(Map<String, Value>, String, u64, String)> {
    let (value, repeated) = json::read(text.as_bytes()).ok()?;
    let Value::Object(entry) = value else { return None };
    let word = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
    let place = match (entry.get("number"), entry.get("version")) {
        (Some(place), None) | (None, Some(place)) => place.as_u64()?,
        _ => return None,
    };
    let (claim, hash) = word("claim").zip(word(HASH))?;
    repeated.is_empty().then_some((entry, claim, place, hash))
}

#[cfg(test)]
#[path = "seal_tests.rs"]
mod tests;
