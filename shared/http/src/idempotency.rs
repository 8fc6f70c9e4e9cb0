//! The Idempotency-Key, bound to its principal, method, full path and body (D11).

use claim_command::IdempotencyKey;
use claim_domain::refusal::Kind;
use claim_store::sha256;
use serde_json::Value;

use crate::problem::Problem;
use crate::request::Request;

/// The field of a form with what no other page has.
pub const ONCE: &str = "once";
const HEADER: &str = "idempotency-key";
/// The longest key, in characters.
const LONGEST: usize = 255;

/// The request's Idempotency-Key, if it has one, bound to `principal`: the person, or the hash of a consent link (D9).
///
/// # Errors
/// `malformed-request` for a key that is not 1 to 255 visible ASCII characters, or for several of them.
pub fn idempotency_key(request: &Request, principal: &str) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = request.headers().get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| is_key(key));
    let Some(key) = key.filter(|_| values.next().is_none()) else {
        return Err(Problem::new(
            Kind::MalformedRequest,
            format!("Idempotency-Key must be 1 to {LONGEST} visible ASCII characters."),
            "Send a fresh random key, such as a UUID, with each new request.",
        ));
    };
    let record = [principal, request.route().method, &request.path(), key].join("\n");
    Ok(Some(IdempotencyKey { record: sha256(record.as_bytes()), body: sha256(request.body()) }))
}

/// The key of a row of a request that has several: repeated with the request's key, the row counts once.
pub(crate) fn of_row(key: &IdempotencyKey, place: usize, row: &Value) -> IdempotencyKey {
    let record = format!("{}\n{place}", key.record.as_str());
    IdempotencyKey { record: sha256(record.as_bytes()), body: sha256(row.to_string().as_bytes()) }
}

/// The key of a form: however often it is sent from the same page, it counts once (D11). Its fields hold something that no
/// other page has ([`ONCE`]), so what was typed anew is something new.
pub fn form_key(request: &Request, principal: &str) -> IdempotencyKey {
    let body = sha256(request.body());
    let record = [principal, request.route().method, &request.path(), body.as_str()].join("\n");
    IdempotencyKey { record: sha256(record.as_bytes()), body }
}

fn is_key(key: &str) -> bool {
    (1..=LONGEST).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::request;

    fn posted(path: &str, key: &str, body: &str) -> Request {
        request("POST", path, &[(HEADER, key)], body)
    }

    fn key_of(path: &str, key: &str, body: &str, principal: &str) -> IdempotencyKey {
        idempotency_key(&posted(path, key, body), principal).unwrap().unwrap()
    }

    #[test]
    fn a_form_counts_once_from_one_page() {
        claim_domain::proves!(D11);
        let sent =
            |path: &str, body: &str, principal: &str| form_key(&request("POST", path, &[], body), principal);
        let one = sent("/v1/claims", "once=1&text=a", "ana");
        assert_eq!(one, sent("/v1/claims", "once=1&text=a", "ana"));
        for other in [
            sent("/v1/claims", "once=2&text=a", "ana"),
            sent("/v1/claims", "once=1&text=b", "ana"),
            sent("/v1/claims", "once=1&text=a", "ben"),
            sent("/v1/claims/A/submit", "once=1&text=a", "ana"),
        ] {
            assert_ne!(one.record, other.record);
        }
    }

    #[test]
    fn a_key_belongs_to_one_principal_and_one_path() {
        let one = key_of("/v1/claims", "k", "{}", "ana");
        assert_eq!(one, key_of("/v1/claims", "k", "{}", "ana"));
        assert_ne!(one.record, key_of("/v1/claims", "k", "{}", "ben").record);
        assert_ne!(one.record, key_of("/v1/claims/A/submit", "k", "{}", "ana").record);
        assert_ne!(one.record, key_of("/v1/claims", "l", "{}", "ana").record);
    }

    #[test]
    fn an_id_has_one_spelling_for_a_key() {
        let id = "01j0000000000000000000000a";
        let one = key_of(&format!("/v1/claims/{id}/comments"), "k", "{}", "ana");
        for path in
            [format!("/v1/claims/{}/comments", id.to_uppercase()), format!("/v1/claims/{id}/comments/")]
        {
            assert_eq!(one, key_of(&path, "k", "{}", "ana"), "{path}");
        }
    }

    #[test]
    fn the_body_is_told_apart_from_the_key() {
        let one = key_of("/v1/claims", "k", "{}", "ana");
        let other = key_of("/v1/claims", "k", "{ }", "ana");
        assert_eq!(one.record, other.record);
        assert_ne!(one.body, other.body);
    }

    #[test]
    fn a_key_of_another_form_is_malformed() {
        for key in ["", "a b", "a\tb", &"k".repeat(256)] {
            let problem = idempotency_key(&posted("/v1/claims", key, ""), "ana").unwrap_err();
            assert_eq!(problem.kind, Kind::MalformedRequest, "{key:?}");
        }
        assert!(idempotency_key(&posted("/v1/claims", &"k".repeat(255), ""), "ana").unwrap().is_some());
    }

    proptest! {
        #[test]
        fn only_visible_ascii_is_a_key(key in ".{0,300}") {
            let visible = !key.is_empty() && key.len() <= 255 && key.chars().all(|c| ('!'..='~').contains(&c));
            prop_assert_eq!(is_key(&key), visible);
        }
    }
}
