//! The revision as an entity tag, and the revision that a caller saw (D11; RFC 9110, 8.8.3 and 13.1.1).

use claim_domain::refusal::Kind;
use lambda_http::http::HeaderMap;
use lambda_http::http::header::IF_MATCH;

use crate::problem::Problem;

/// A revision that no claim ever has: the meaning of a well-formed tag that is not one of ours.
const NO_REVISION: u64 = u64::MAX;

/// The entity tag of a revision.
pub fn etag(revision: u64) -> String {
    format!("\"{revision}\"")
}

/// The revision that the caller saw, from `If-Match`, if it gives one. `*` names none, so it sets no condition.
///
/// # Errors
/// `malformed-request` for anything but entity tags, and for several of them: a caller saw one revision.
pub fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let mut seen = None;
    for value in headers.get_all(IF_MATCH) {
        let tags = value.to_str().map_err(|_| malformed())?;
        for tag in parse(tags).ok_or_else(malformed)? {
            if seen.replace(tag).is_some_and(|earlier| earlier != tag) {
                return Err(malformed());
            }
        }
    }
    Ok(seen)
}

/// The revisions in a list of entity tags; none for `*`. `None` for text of another form.
fn parse(tags: &str) -> Option<Vec<u64>> {
    if tags.trim() == "*" {
        return Some(Vec::new());
    }
    let mut revisions = Vec::new();
    let mut rest = tags.trim();
    while !rest.is_empty() {
        // A weak tag never matches in the strong comparison that If-Match asks for.
        let (weak, opened) = match rest.strip_prefix("W/") {
            Some(tag) => (true, tag),
            None => (false, rest),
        };
        let (tag, after) = opened.strip_prefix('"')?.split_once('"')?;
        if !tag.bytes().all(|b| b == b'!' || (b'#'..=b'~').contains(&b) || b >= 0x80) {
            return None;
        }
        let revision = tag.parse().ok().filter(|_| !weak && is_canonical(tag));
        revisions.push(revision.unwrap_or(NO_REVISION));
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(more) if !more.trim().is_empty() => more.trim_start(),
            Some(_) => return None,
            None if after.is_empty() => after,
            None => return None,
        };
    }
    if revisions.is_empty() { None } else { Some(revisions) }
}

/// Whether a number is written as we write it: digits without leading zeros.
fn is_canonical(tag: &str) -> bool {
    tag.bytes().all(|b| b.is_ascii_digit()) && (tag == "0" || !tag.starts_with('0'))
}

fn malformed() -> Problem {
    Problem::new(
        Kind::MalformedRequest,
        "If-Match must be one entity tag.",
        "Send the ETag that came with the claim as you got it, for example If-Match: \"7\".",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(value: &str) -> Result<Option<u64>, Kind> {
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, value.try_into().unwrap());
        if_match(&headers).map_err(|problem| problem.kind)
    }

    #[test]
    fn the_etag_comes_back_as_the_revision() {
        claim_domain::proves!(D11);
        assert_eq!(of(&etag(7)), Ok(Some(7)));
        assert_eq!(of("\"0\""), Ok(Some(0)));
        assert_eq!(of("  \"12\" "), Ok(Some(12)));
    }

    #[test]
    fn no_header_and_a_star_name_no_revision() {
        assert_eq!(if_match(&HeaderMap::new()).map_err(|problem| problem.kind), Ok(None));
        assert_eq!(of("*"), Ok(None));
    }

    #[test]
    fn a_tag_that_is_none_of_ours_matches_no_revision() {
        for tag in ["W/\"7\"", "\"abc\"", "\"07\"", "\"+7\"", "\"\"", "\"99999999999999999999\""] {
            assert_eq!(of(tag), Ok(Some(NO_REVISION)), "{tag}");
        }
    }

    #[test]
    fn a_list_is_accepted_if_it_names_one_revision() {
        assert_eq!(of("\"7\", \"7\""), Ok(Some(7)));
        assert_eq!(of("\"7\",\"8\""), Err(Kind::MalformedRequest));
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
            let _ = parse(&tags);
        }

        #[test]
        fn every_revision_comes_back(revision in 0..u64::MAX) {
            prop_assert_eq!(of(&etag(revision)), Ok(Some(revision)));
        }
    }
}
