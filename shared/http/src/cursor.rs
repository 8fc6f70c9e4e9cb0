//! Cursors: where a page ended, in a form that clients pass back without reading it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claim_domain::ids::{ClaimId, Sha256, bounded_version};
use claim_domain::refusal::FieldError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// A place in something that is read page by page.
pub trait Cursor: Serialize + DeserializeOwned {
    /// The cursor's text.
    fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// The place that a cursor stands for; `None` for a text that is no cursor.
    fn from_text(text: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }
}

impl Cursor for claim_store::Position {}
impl Cursor for Offset {}

/// A place in the history or the comments of a claim: how many entries of its history come before it. It counts what
/// the caller sees, and no versions, from which a partner could tell that there is an internal note (D13).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offset {
    claim: ClaimId,
    of: String,
    /// It comes back from outside, so it is bounded: one can count on from it.
    #[serde(deserialize_with = "bounded_version")]
    passed: u64,
    /// The hash of the entry before the place, if that was told: it is the caller's own and proves nothing to us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hash: Option<Sha256>,
}

impl Offset {
    /// The place after `passed` entries of the history; `what` says whether it is the history itself or the comments.
    pub fn new(claim: &ClaimId, what: &str, passed: u64) -> Self {
        Self { claim: claim.clone(), of: what.to_owned(), passed, hash: None }
    }

    /// The same place, after an entry with this hash.
    pub fn sealed(self, hash: Option<Sha256>) -> Self {
        Self { hash, ..self }
    }

    /// The hash of the entry before the place.
    pub fn hash(&self) -> Option<&Sha256> {
        self.hash.as_ref()
    }

    /// How many entries come before the place; 0 without a place.
    ///
    /// # Errors
    /// `invalid-query` for a place in another list.
    pub fn passed(place: Option<&Self>, claim: &ClaimId, what: &str) -> Result<u64, Problem> {
        match place {
            None => Ok(0),
            Some(place) if place.claim == *claim && place.of == what => Ok(place.passed),
            Some(_) => Err(Problem::invalid_query(vec![FieldError::of_parameter(
                "cursor",
                "foreign",
                "must be the next of an earlier page of this list",
            )])),
        }
    }
}

#[cfg(test)]
mod tests {
    use claim_domain::ids::MAX_VERSION;
    use proptest::prelude::*;

    use super::*;

    fn claim(last: char) -> ClaimId {
        format!("01J0000000000000000000000{last}").parse().unwrap()
    }

    #[test]
    fn a_cursor_comes_back_as_the_place() {
        let place = Offset::new(&claim('A'), "history", 20);
        assert_eq!(Offset::from_text(&place.to_text()), Some(place.clone()));
        let sealed = place.clone().sealed(Some(Sha256::of([7; 32])));
        assert_eq!(Offset::from_text(&sealed.to_text()).as_ref().and_then(Offset::hash), sealed.hash());
        assert_eq!(Offset::passed(Some(&place), &claim('A'), "history").unwrap(), 20);
        assert_eq!(Offset::passed(None, &claim('A'), "history").unwrap(), 0);
    }

    #[test]
    fn a_cursor_is_good_for_its_own_list_only() {
        let place = Offset::new(&claim('A'), "history", 20);
        assert!(Offset::passed(Some(&place), &claim('B'), "history").is_err());
        assert!(Offset::passed(Some(&place), &claim('A'), "comments").is_err());
    }

    #[test]
    fn a_cursor_counts_no_further_than_a_history_can() {
        let of = |passed: u64| Offset::from_text(&Offset::new(&claim('A'), "history", passed).to_text());
        assert_eq!(of(MAX_VERSION), Some(Offset::new(&claim('A'), "history", MAX_VERSION)));
        for passed in [MAX_VERSION + 1, u64::MAX - 1, u64::MAX] {
            assert_eq!(of(passed), None, "{passed}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let _ = Offset::from_text(&text);
            let _ = claim_store::Position::from_text(&text);
        }

        #[test]
        fn no_json_panics(json in "[\\[\\]{}\":,a-z0-9]{0,60}") {
            let _ = Offset::from_text(&URL_SAFE_NO_PAD.encode(json));
        }
    }
}
