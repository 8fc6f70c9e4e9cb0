//! The links with which customers deny (D9). A token is only in its email; the table knows its hash.

use std::fmt;
use std::str::FromStr;

use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use claim_domain::calendar::Instant;
use claim_domain::claim::SCHEMA;
use claim_domain::ids::{ClaimId, NotAnId, Sha256};
use claim_domain::language::Language;

use crate::Store;
use crate::error::StoreError;
use crate::hash::sha256;
use crate::item::{number, read, text};
use crate::key::Key;

/// The length of a token's text: 256 bits in hexadecimal digits.
const TOKEN_LENGTH: usize = 64;
/// The length of tokens that were sent before, in Base64, whose letters have a case.
const EARLIER_TOKEN_LENGTH: usize = 43;

/// The token of a consent link: 256 random bits in hexadecimal digits, which mean the same in any case (D9).
#[derive(Clone, PartialEq, Eq)]
pub struct ConsentToken(String);

impl ConsentToken {
    /// The token made of these random bits.
    pub fn of(bits: [u8; 32]) -> Self {
        Self(Sha256::of(bits).to_string())
    }

    /// The hash under which the table knows the token.
    pub fn hash(&self) -> Sha256 {
        sha256(self.0.as_bytes())
    }
}

impl FromStr for ConsentToken {
    type Err = NotAnId;

    /// Reads a token as mail programs hand it on: in any case, cut in two lines, with punctuation or quotes around it.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let joined =
            text.chars().filter(|c| !c.is_whitespace() && !c.is_control() && *c != '=' && *c != '\u{ad}');
        let begun = joined.skip_while(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'));
        let word: String =
            begun.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
        let digits = word.trim_matches(['-', '_']);
        if digits.len() == TOKEN_LENGTH && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(Self(digits.to_ascii_lowercase()));
        }
        match word.split_at_checked(EARLIER_TOKEN_LENGTH) {
            Some((token, rest)) if rest.bytes().all(|b| matches!(b, b'-' | b'_')) => {
                Ok(Self(token.to_owned()))
            }
            _ => Err(NotAnId { kind: "ConsentToken" }),
        }
    }
}

impl fmt::Display for ConsentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ConsentToken {
    /// Without the token, since debug output ends up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConsentToken(…)")
    }
}

/// The approval that a consent link is bound to (D9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentLink {
    /// The claim.
    pub claim: ClaimId,
    /// The version of the approving event.
    pub approval: u64,
    /// The language of the notice that the link is in (D21); `None` for notices sent before there were several.
    pub language: Option<Language>,
}

impl Store {
    /// Stores what a consent link is bound to, under the hash of its token (D9). From `until` on TTL may clean it up; that
    /// it is not known any more is decided by its approval (D22).
    ///
    /// # Errors
    /// When the table fails.
    pub async fn keep_consent_link(
        &self,
        hash: &Sha256,
        link: &ConsentLink,
        until: Instant,
    ) -> Result<(), StoreError> {
        let mut item = Key::ConsentLink(hash.clone()).attributes();
        item.insert("schema".to_owned(), number(SCHEMA));
        item.insert("claim".to_owned(), text(link.claim.as_str()));
        item.insert("approval".to_owned(), number(link.approval));
        if let Some(language) = link.language {
            item.insert("language".to_owned(), text(language.as_str()));
        }
        item.insert("ttl".to_owned(), number(until.timestamp()));
        self.table.put_item(PutItemInput::builder().table_name(&self.name).set_item(Some(item))).await?;
        Ok(())
    }

    /// What a consent link is bound to, by the hash of its token (D9).
    ///
    /// # Errors
    /// When the table fails or the item cannot be read.
    pub async fn consent_link(&self, hash: &Sha256) -> Result<Option<ConsentLink>, StoreError> {
        let Some(item) = self.get(&Key::ConsentLink(hash.clone())).await? else { return Ok(None) };
        let language = item.contains_key("language").then(|| read(&item, "language")).transpose()?;
        Ok(Some(ConsentLink { claim: read(&item, "claim")?, approval: read(&item, "approval")?, language }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_from_its_text_and_known_by_its_hash() {
        let token = ConsentToken::of([7; 32]);
        let text = token.to_string();
        assert_eq!(text, "07".repeat(32));
        assert_eq!(text.parse(), Ok(token.clone()));
        assert_eq!(token.hash(), sha256(text.as_bytes()));
        for other in ["", &text[1..], &format!("{text}0"), &text.replace('7', "g"), "….", &"a".repeat(42)] {
            assert!(other.parse::<ConsentToken>().is_err(), "{other}");
        }
    }

    #[test]
    fn a_token_survives_what_mail_programs_do_to_it() {
        claim_domain::proves!(D9);
        let token = ConsentToken::of(std::array::from_fn(|at| (at * 37) as u8));
        let text = token.to_string();
        let (first, second) = text.split_at(30);
        for changed in [
            text.to_uppercase(),
            format!("<{text}>"),
            format!("{first}\r\n {second}"),
            format!("{first}=\n{second}"),
            format!("\u{201c}{text}\u{201d}"),
            format!("_{text}_"),
        ] {
            assert_eq!(changed.parse(), Ok(token.clone()), "{changed:?}");
        }
        for stuck in [
            ".", ",", ")", ">", "]", ";", "'", "\"", "\u{bb}", "\u{201d}", "!", "?", ":", "*", ").", "&gt;",
            "\u{200b}", "-",
        ] {
            assert_eq!(format!("{text}{stuck}").parse(), Ok(token.clone()), "{stuck:?}");
        }
    }

    #[test]
    fn a_token_that_was_sent_before_stays_good() {
        claim_domain::proves!(D9);
        let earlier = "q0vN8mJkZ3bq7w9xYtL1oR5uE2sD4fG6hJ8kA0zXcVb";
        assert_eq!(earlier.parse::<ConsentToken>().unwrap().hash(), sha256(earlier.as_bytes()));
        assert_eq!(format!("{earlier}.").parse(), earlier.parse::<ConsentToken>());
        assert!(earlier[1..].parse::<ConsentToken>().is_err());
    }

    #[test]
    fn a_token_is_not_shown_for_debugging() {
        let token = ConsentToken::of([7; 32]);
        assert!(!format!("{token:?}").contains("0707"));
    }
}
