//! Entity tags of claims, and what callers say with them (D11; RFC 9110, 8.8.3 and 13.1).
//!
//! A claim's tag is `"7-c0ffee5eed5ca1ab"`: its revision, and a digest of the answer. The digest makes the tag strong: a
//! comment, a breach or another holder leaves the revision alone (D11) and still changes the answer. `If-None-Match` is
//! about the answer and compares the whole tag. `If-Match` is about what a caller could overwrite and compares the
//! revision only, so the forms that proxies make of a tag when they compress an answer (`W/"7-…"`, `"7-…-gzip"`) name the
//! revision as well, and so does the revision alone (`"7"`).

use claim_domain::ids::MAX_VERSION;
use claim_domain::refusal::Kind;
use claim_store::sha256;
use lambda_http::http::HeaderMap;
use lambda_http::http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};

use crate::problem::Problem;

/// How many hexadecimal digits of an answer's SHA-256 are in its tag.
const DIGITS: usize = 16;

/// The tag that names a revision alone: good for `If-Match`.
pub(crate) fn revision_tag(revision: u64) -> String {
    format!("\"{revision}\"")
}

/// The tag of an answer that shows a claim at a revision.
pub(crate) fn etag(revision: u64, answer: &[u8]) -> String {
    let digest = sha256(answer);
    format!("\"{revision}-{}\"", digest.as_str().get(..DIGITS).unwrap_or_default())
}

/// The revisions one of which the caller expects, from `If-Match`, if it gives the header: the claim may be at any of
/// them. A well-formed tag that is none of ours names no revision. `*` sets no condition.
///
/// # Errors
/// `malformed-request` for anything but entity tags.
pub fn if_match(headers: &HeaderMap) -> Result<Option<Vec<u64>>, Problem> {
    let tags = read(headers, &IF_MATCH)?;
    Ok(tags.map(|tags| tags.iter().filter_map(|tag| revision_in(tag)).collect()))
}

/// Whether the caller has the answer with this tag already, by `If-None-Match`.
///
/// # Errors
/// As [`if_match`].
pub(crate) fn is_known(headers: &HeaderMap, etag: &str) -> Result<bool, Problem> {
    let known = etag.trim_matches('"');
    Ok(match read(headers, &IF_NONE_MATCH)? {
        Some(tags) => tags
            .iter()
            .any(|tag| tag.strip_prefix(known).is_some_and(|more| more.is_empty() || is_suffix(more))),
        None => headers.contains_key(IF_NONE_MATCH),
    })
}

/// The tags in a header, without quotes and without the mark of a weak one; none if the header is not there or is `*`.
fn read(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Vec<String>>, Problem> {
    let mut all = None;
    for value in headers.get_all(name) {
        let text = value.to_str().map_err(|_| malformed(name))?.trim();
        if text == "*" {
            continue;
        }
        all.get_or_insert_with(Vec::new).extend(parse(text).ok_or_else(|| malformed(name))?);
    }
    Ok(all)
}

/// The tags in a list. `None` for text of another form.
fn parse(text: &str) -> Option<Vec<String>> {
    let mut tags = Vec::new();
    let mut rest = text;
    loop {
        let opened = rest.strip_prefix("W/").unwrap_or(rest);
        let (tag, after) = opened.strip_prefix('"')?.split_once('"')?;
        if !tag.bytes().all(|b| b == b'!' || (b'#'..=b'~').contains(&b) || b >= 0x80) {
            return None;
        }
        tags.push(tag.to_owned());
        let after = after.trim_start();
        if after.is_empty() {
            return Some(tags);
        }
        rest = after.strip_prefix(',')?.trim_start();
    }
}

/// The revision that a tag begins with, written as we write it: digits without leading zeros.
fn revision_in(tag: &str) -> Option<u64> {
    let end = tag.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(tag.len());
    let (digits, more) = tag.split_at(end);
    let is_ours = (more.is_empty() || is_suffix(more)) && (digits == "0" || !digits.starts_with('0'));
    digits.parse().ok().filter(|revision| is_ours && *revision <= MAX_VERSION)
}

/// Whether this may follow what we write: `-gzip`, `;br`, `:zstd`, as servers in between write.
fn is_suffix(more: &str) -> bool {
    more.starts_with(['-', ';', ':'])
}

fn malformed(name: &HeaderName) -> Problem {
    let name = if *name == IF_MATCH { "If-Match" } else { "If-None-Match" };
    Problem::new(
        Kind::MalformedRequest,
        format!("{name} must be one entity tag, several separated by commas, or *."),
        format!("Send the ETag that came with the claim as you got it, for example {name}: \"7\"."),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(value: &str) -> Result<Option<Vec<u64>>, Kind> {
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, value.try_into().unwrap());
        if_match(&headers).map_err(|problem| problem.kind)
    }

    fn known(value: &str, etag: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, value.try_into().unwrap());
        is_known(&headers, etag).unwrap()
    }

    #[test]
    fn the_etag_comes_back_as_the_revision() {
        claim_domain::proves!(D11);
        assert_eq!(of(&etag(7, b"{}")), Ok(Some(vec![7])));
        assert_eq!(of(&revision_tag(7)), Ok(Some(vec![7])));
        assert_eq!(of("\"0\""), Ok(Some(vec![0])));
        assert_eq!(of("  \"12\" "), Ok(Some(vec![12])));
    }

    #[test]
    fn what_proxies_make_of_a_tag_names_the_same_revision() {
        claim_domain::proves!(D11);
        for tag in ["W/\"7\"", "\"7-gzip\"", "W/\"7-gzip\"", "\"7-br\"", "\"7--gzip\"", "\"7;zstd\""] {
            assert_eq!(of(tag), Ok(Some(vec![7])), "{tag}");
        }
        let tag = etag(7, b"{}");
        let compressed = tag.trim_end_matches('"').to_owned() + "-gzip\"";
        assert_eq!(of(&format!("W/{compressed}")), Ok(Some(vec![7])));
        for value in [tag.clone(), format!("W/{tag}"), compressed, format!("\"x\", {tag}"), "*".to_owned()] {
            assert!(known(&value, &tag), "{value}");
        }
    }

    #[test]
    fn a_tag_covers_the_whole_answer() {
        let (one, other) = (etag(7, b"{}"), etag(7, b"{ }"));
        assert_ne!(one, other);
        for value in [other.as_str(), "\"7\"", "W/\"7\"", "\"\""] {
            assert!(!known(value, &one), "{value}");
        }
        assert!(!is_known(&HeaderMap::new(), &one).unwrap());
    }

    #[test]
    fn no_header_and_a_star_name_no_revision() {
        assert_eq!(if_match(&HeaderMap::new()).map_err(|problem| problem.kind), Ok(None));
        assert_eq!(of("*"), Ok(None));
    }

    #[test]
    fn a_tag_that_is_none_of_ours_matches_no_revision() {
        for tag in ["\"abc\"", "\"07\"", "\"+7\"", "\"\"", "\"7x\"", "\"-gzip\"", "\"18446744073709551615\""]
        {
            assert_eq!(of(tag), Ok(Some(Vec::new())), "{tag}");
        }
    }

    #[test]
    fn of_a_list_any_revision_may_be_the_one() {
        assert_eq!(of("\"7\", \"7\""), Ok(Some(vec![7, 7])));
        assert_eq!(of("\"7\",W/\"8-gzip\" , \"x\""), Ok(Some(vec![7, 8])));
    }

    #[test]
    fn another_form_is_malformed() {
        for value in ["7", "", "\"7", "7\"", "\"7\",", ",\"7\"", "\"7\" \"8\"", "*, \"7\"", "w/\"7\""] {
            assert_eq!(of(value), Err(Kind::MalformedRequest), "{value}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_sent_panics(tags in ".{0,40}") {
            for tag in parse(&tags).into_iter().flatten() {
                let _ = revision_in(&tag);
            }
        }

        #[test]
        fn every_revision_comes_back(revision in 0..=MAX_VERSION, answer in ".{0,20}") {
            prop_assert_eq!(of(&etag(revision, answer.as_bytes())), Ok(Some(vec![revision])));
        }
    }
}
