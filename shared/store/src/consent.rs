//! The links with which customers deny (D9). A token is only in its email; the table knows its hash.

use std::fmt;
use std::str::FromStr;

use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claim_domain::ids::{ClaimId, NotAnId, Sha256};

use crate::Store;
use crate::error::StoreError;
use crate::hash::sha256;
use crate::item::{number, read, text};
use crate::key::Key;

/// The length of a token's text: 256 bits in Base64.
const TOKEN_LENGTH: usize = 43;

/// The token of a consent link: 256 random bits, written so that they fit into a URL (D9).
#[derive(Clone, PartialEq, Eq)]
pub struct ConsentToken(String);

impl ConsentToken {
    /// The token made of these random bits.
    pub fn of(bits: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bits))
    }

    /// The hash under which the table knows the token.
    pub fn hash(&self) -> Sha256 {
        sha256(self.0.as_bytes())
    }
}

impl FromStr for ConsentToken {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let is_token = text.len() == TOKEN_LENGTH
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if is_token { Ok(Self(text.to_owned())) } else { Err(NotAnId { kind: "ConsentToken" }) }
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
}

impl Store {
    /// Stores what a consent link is bound to, under the hash of its token (D9).
    ///
    /// # Errors
    /// When the table fails.
    pub async fn keep_consent_link(&self, hash: &Sha256, link: &ConsentLink) -> Result<(), StoreError> {
        let mut item = Key::ConsentLink(hash.clone()).attributes();
        item.insert("claim".to_owned(), text(link.claim.as_str()));
        item.insert("approval".to_owned(), number(link.approval));
        self.table.put_item(PutItemInput::builder().table_name(&self.name).set_item(Some(item))).await?;
        Ok(())
    }

    /// What a consent link is bound to, by the hash of its token (D9).
    ///
    /// # Errors
    /// When the table fails or the item cannot be read.
    pub async fn consent_link(&self, hash: &Sha256) -> Result<Option<ConsentLink>, StoreError> {
        let Some(item) = self.get(&Key::ConsentLink(hash.clone())).await? else { return Ok(None) };
        Ok(Some(ConsentLink { claim: read(&item, "claim")?, approval: read(&item, "approval")? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_from_its_text_and_known_by_its_hash() {
        let token = ConsentToken::of([7; 32]);
        let text = token.to_string();
        assert_eq!(text, "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc");
        assert_eq!(text.parse(), Ok(token.clone()));
        assert_eq!(token.hash(), sha256(text.as_bytes()));
        for other in ["", &text[1..], &format!("{text}A"), &text.replace('w', "."), &text.replace('w', "é")]
        {
            assert!(other.parse::<ConsentToken>().is_err(), "{other}");
        }
    }

    #[test]
    fn a_token_is_not_shown_for_debugging() {
        let token = ConsentToken::of([7; 32]);
        assert!(!format!("{token:?}").contains("BwcH"));
    }
}
