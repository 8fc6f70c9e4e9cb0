//! The identifiers of the system, each a type of its own, so that one can never be passed for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Text that is not an identifier of the asked kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind}")]
pub struct NotAnId {
    /// The name of the kind that was expected.
    pub kind: &'static str,
}

/// Declares identifiers: a name, its doc comment, and what its text must look like.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident: $valid:expr, $normal:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier's text, as it appears in URLs, tokens and stored items.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let valid: fn(&str) -> bool = $valid;
                let normal: fn(&str) -> String = $normal;
                if valid(text) { Ok(Self(normal(text))) } else { Err(NotAnId { kind: stringify!($name) }) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;

            fn try_from(text: String) -> Result<Self, NotAnId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A claim: a ULID, opaque to clients.
    ClaimId: ulid, str::to_ascii_uppercase;
    /// One document of a claim's proof of execution: a ULID.
    EvidenceId: ulid, str::to_ascii_uppercase;
    /// A comment or an internal note: a ULID.
    CommentId: ulid, str::to_ascii_uppercase;
    /// One execution of one command; the events that it caused carry it: a ULID.
    CommandId: ulid, str::to_ascii_uppercase;
    /// The place where a contact's details are kept (I2): a ULID.
    ContactRef: ulid, str::to_ascii_uppercase;
    /// A partner organisation, as the token names it (I7): 1 to 128 letters, digits, `.`, `_`, `-`.
    PartnerId: word, str::to_owned;
    /// A partner's MPN id: 1 to 20 digits.
    MpnId: |text| (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()), str::to_owned;
    /// An end customer's directory: a GUID, kept in lower case.
    TenantId: guid, str::to_ascii_lowercase;
    /// A customer's subscription: a GUID, kept in lower case.
    SubscriptionId: guid, str::to_ascii_lowercase;
}

/// The identity of one effect of one event: `claim/version/effect`. Whoever receives the effect twice knows it by this.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EffectId(String);

impl EffectId {
    /// The id of the effect at `index` of the event that made `claim` reach `version`.
    pub fn new(claim: &ClaimId, version: u64, index: usize) -> Self {
        Self(format!("{claim}/{version}/{index}"))
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The claim that the effect belongs to; `None` if the text is of another form.
    pub fn claim(&self) -> Option<ClaimId> {
        self.0.split('/').next()?.parse().ok()
    }

    /// The version of the event that the effect belongs to, and its index there; `None` if the text is of another form.
    pub fn place(&self) -> Option<(u64, usize)> {
        let mut parts = self.0.split('/').skip(1);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }
}

impl FromStr for EffectId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let id = Self(text.to_owned());
        let is_whole = id.claim().is_some() && id.place().is_some() && text.split('/').count() == 3;
        if is_whole { Ok(id) } else { Err(NotAnId { kind: "EffectId" }) }
    }
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn ulid(text: &str) -> bool {
    text.len() == 26
        && text.as_bytes()[0] <= b'7'
        && text.bytes().all(|b| {
            b.is_ascii_digit()
                || (b.is_ascii_alphabetic() && !matches!(b.to_ascii_uppercase(), b'I' | b'L' | b'O' | b'U'))
        })
}

fn word(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

fn guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_of_another_form_is_not_accepted() {
        for text in
            ["", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "01J00000000000000000000000U", "01J0000000000000000000000"]
        {
            assert!(text.parse::<ClaimId>().is_err(), "{text:?}");
        }
        for text in
            ["", "not-a-guid", "11111111-1111-1111-1111-11111111111g", "11111111111111111111111111111111"]
        {
            assert!(text.parse::<TenantId>().is_err(), "{text:?}");
        }
        assert!("12a".parse::<MpnId>().is_err());
        assert!("a#b".parse::<PartnerId>().is_err());
    }

    #[test]
    fn guids_are_kept_in_lower_case_so_that_one_tenant_has_one_spelling() {
        let upper: TenantId = "AAAAAAAA-1111-2222-3333-BBBBBBBBBBBB".parse().unwrap();
        let lower: TenantId = "aaaaaaaa-1111-2222-3333-bbbbbbbbbbbb".parse().unwrap();
        assert_eq!(upper, lower);
    }

    #[test]
    fn an_effect_id_tells_its_place() {
        let claim: ClaimId = "01J00000000000000000000000".parse().unwrap();
        let id = EffectId::new(&claim, 7, 2);
        assert_eq!((id.claim(), id.place()), (Some(claim), Some((7, 2))));
        assert_eq!(id.as_str().parse(), Ok(id));
        for text in ["", "01J00000000000000000000000", "01J00000000000000000000000/7", "x/7/2"] {
            assert!(text.parse::<EffectId>().is_err(), "{text:?}");
        }
        assert!("01J00000000000000000000000/7/2/1".parse::<EffectId>().is_err());
    }
}
