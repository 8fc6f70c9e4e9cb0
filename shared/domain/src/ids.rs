//! The identifiers of the system. Each is a type of its own, so that one can never be passed for another.

use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// The highest version that an event can have: what ten digits can say. A version, a revision or a number of events that
/// comes from outside is at most this, so that one can count on from it.
pub const MAX_VERSION: u64 = 9_999_999_999;

/// Reads a version, or a number of events, that comes from outside.
///
/// # Errors
/// When it is beyond [`MAX_VERSION`].
pub fn bounded_version<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let version = u64::deserialize(from)?;
    if version > MAX_VERSION {
        return Err(D::Error::custom(format_args!("{version} is more than {MAX_VERSION}")));
    }
    Ok(version)
}

/// The text is not an identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind}")]
pub struct NotAnId {
    /// The name of the kind that was expected.
    pub kind: &'static str,
}

/// Gives a type that is written as a text the pattern of that text, and its schema.
macro_rules! written_by_pattern {
    ($name:ident, $pattern:expr) => {
        impl $name {
            /// What it looks like where we write it: a regular expression (ECMA 262) for the whole text.
            pub const PATTERN: &'static str = $pattern;
        }

        #[cfg(feature = "contract")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": Self::PATTERN })
            }
        }
    };
}

pub(crate) use written_by_pattern;

/// The pattern of a ULID in capitals.
const ULID: &str = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$";
/// The pattern of a GUID in lower case.
const GUID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

/// Declares identifiers: a name, its doc comment, what its text must look like, its normal form, and the pattern of that.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident: $valid:expr, $normal:expr, $pattern:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        written_by_pattern!($name, $pattern);

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
    ClaimId: ulid, str::to_ascii_uppercase, ULID;
    /// One document of a claim's proof of execution: a ULID.
    EvidenceId: ulid, str::to_ascii_uppercase, ULID;
    /// A comment or an internal note: a ULID.
    CommentId: ulid, str::to_ascii_uppercase, ULID;
    /// One execution of one command; the events that it caused carry this id: a ULID.
    CommandId: ulid, str::to_ascii_uppercase, ULID;
    /// The place where a contact's details are kept (I2): a ULID.
    ContactRef: ulid, str::to_ascii_uppercase, ULID;
    /// A webhook of a partner organisation (D24): a ULID.
    WebhookId: ulid, str::to_ascii_uppercase, ULID;
    /// One attempt to deliver a change to a webhook (D24): a ULID, so that later ones sort after earlier ones.
    AttemptId: ulid, str::to_ascii_uppercase, ULID;
    /// A message of a queue, as the queue names it: 1 to 128 letters, digits, `.`, `_`, `-`.
    MessageId: word, str::to_owned, "^[A-Za-z0-9._-]{1,128}$";
    /// A machine client (D25), as the user pool names it: 1 to 128 letters and digits.
    ClientId: |text| (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()), str::to_owned,
        "^[A-Za-z0-9]{1,128}$";
    /// A partner organisation, as the token names it (I7): 1 to 128 letters, digits, `.`, `_`, `-`.
    PartnerId: word, str::to_owned, "^[A-Za-z0-9._-]{1,128}$";
    /// A partner's MPN id: 1 to 20 digits.
    MpnId: |text| (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()), str::to_owned,
        "^[0-9]{1,20}$";
    /// An end customer's directory: a GUID, kept in lower case.
    TenantId: guid, str::to_ascii_lowercase, GUID;
    /// A customer's subscription: a GUID, kept in lower case.
    SubscriptionId: guid, str::to_ascii_lowercase, GUID;
    /// The SHA-256 of something, in 64 hexadecimal digits, kept in lower case.
    Sha256: |text| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()), str::to_ascii_lowercase,
        "^[0-9a-f]{64}$";
}

impl Sha256 {
    /// The digest in hexadecimal digits.
    pub fn of(digest: [u8; 32]) -> Self {
        Self(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The digest's 32 bytes.
    pub fn digest(&self) -> [u8; 32] {
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(self.0.as_bytes().chunks_exact(2)) {
            // Every character is a digit, as the type makes sure.
            let digit = |at: usize| char::from(pair[at]).to_digit(16).map_or(0, |digit| digit as u8);
            *byte = digit(0) << 4 | digit(1);
        }
        digest
    }
}

/// The identity of one effect of one event: `claim/version/index`. A receiver recognises a repeated effect by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EffectId {
    /// The claim.
    pub claim: ClaimId,
    /// The version of the event.
    pub version: u64,
    /// Which of the event's effects, from 0 on.
    pub index: usize,
}

written_by_pattern!(EffectId, "^[0-7][0-9A-HJKMNP-TV-Z]{25}/[0-9]{1,10}/[0-9]+$");

impl EffectId {
    /// The id of the effect at `index` of the event that made `claim` reach `version`.
    pub fn new(claim: &ClaimId, version: u64, index: usize) -> Self {
        Self { claim: claim.clone(), version, index }
    }

    /// The effect's place among those of its claim.
    pub fn place(&self) -> EffectPlace {
        EffectPlace { version: self.version, index: self.index }
    }
}

/// The place of an effect among those of its claim, written `version-index`, as in an email's tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EffectPlace {
    /// The version of the event.
    pub version: u64,
    /// Which of the event's effects, from 0 on.
    pub index: usize,
}

impl EffectPlace {
    fn of(version: &str, index: &str) -> Option<Self> {
        let version = number(version).filter(|version| *version <= MAX_VERSION)?;
        Some(Self { version, index: number(index)? })
    }
}

/// Where a document of the proof of execution lies in the bucket: `claims/claim/document`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentKey {
    /// The claim.
    pub claim: ClaimId,
    /// The document.
    pub evidence: EvidenceId,
}

/// Gives a type made of several parts its text, and reads it back.
macro_rules! written_as {
    ($name:ident, |$of:ident| $($text:expr),+; $parse:expr) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let $of = self;
                write!(f, $($text),+)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let parse: fn(&str) -> Option<Self> = $parse;
                parse(text).ok_or(NotAnId { kind: stringify!($name) })
            }
        }
    };
}

written_as!(EffectId, |id| "{}/{}/{}", id.claim, id.version, id.index; |text| {
    let (claim, place) = text.split_once('/')?;
    let (version, index) = place.split_once('/')?;
    let EffectPlace { version, index } = EffectPlace::of(version, index)?;
    Some(Self { claim: claim.parse().ok()?, version, index })
});
written_as!(EffectPlace, |place| "{}-{}", place.version, place.index; |text| {
    let (version, index) = text.split_once('-')?;
    Self::of(version, index)
});
written_as!(DocumentKey, |key| "claims/{}/{}", key.claim, key.evidence; |text| {
    let (claim, evidence) = text.strip_prefix("claims/")?.split_once('/')?;
    Some(Self { claim: claim.parse().ok()?, evidence: evidence.parse().ok()? })
});

impl TryFrom<String> for EffectId {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        text.parse()
    }
}

impl From<EffectId> for String {
    fn from(id: EffectId) -> Self {
        id.to_string()
    }
}

/// A number as we write it: digits only, so that one id has one spelling.
fn number<T: FromStr>(text: &str) -> Option<T> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_plain)
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
    fn a_hash_is_the_text_of_its_digest() {
        let digest = std::array::from_fn(|at| (at * 7) as u8);
        let hash = Sha256::of(digest);
        assert_eq!((hash.digest(), hash.as_str().to_uppercase().parse()), (digest, Ok(hash)));
        assert!("ab".parse::<Sha256>().is_err() && "g".repeat(64).parse::<Sha256>().is_err());
    }

    #[test]
    fn an_effect_id_is_claim_version_and_index() {
        let claim: ClaimId = "01J00000000000000000000000".parse().unwrap();
        let id = EffectId::new(&claim, 7, 2);
        assert_eq!(id.to_string(), "01J00000000000000000000000/7/2");
        assert_eq!(id.to_string().parse(), Ok(id.clone()));
        assert_eq!(serde_json::to_value(&id).unwrap(), "01J00000000000000000000000/7/2");
        assert_eq!(serde_json::from_value::<EffectId>(id.to_string().into()).unwrap(), id);
        for place in ["", "/7", "/7/", "/7/2/1", "/07/2", "/7/+2", "/-1/2", "/18446744073709551615/0"] {
            assert!(format!("{claim}{place}").parse::<EffectId>().is_err(), "{place:?}");
        }
        assert!("x/7/2".parse::<EffectId>().is_err());
    }

    #[test]
    fn the_place_of_an_effect_is_version_and_index() {
        let place = EffectPlace { version: 7, index: 2 };
        assert_eq!((place.to_string().as_str(), "7-2".parse()), ("7-2", Ok(place)));
        for text in ["", "7", "7-", "-2", "7-2-1", "07-2", "7-x", "-1-0", "10000000000-0"] {
            assert!(text.parse::<EffectPlace>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_document_lies_under_its_claim() {
        let text = "claims/01J00000000000000000000001/01J0000000000000000000000E";
        let key: DocumentKey = text.parse().unwrap();
        assert_eq!(key.claim.as_str(), "01J00000000000000000000001");
        assert_eq!((key.evidence.as_str(), key.to_string().as_str()), ("01J0000000000000000000000E", text));
        for other in ["", "claims/", "claims/a/b", &format!("/{text}"), &format!("{text}/x"), &text[7..]] {
            assert!(other.parse::<DocumentKey>().is_err(), "{other:?}");
        }
    }
}
