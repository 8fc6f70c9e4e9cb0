//! The Idempotency-Key: bound to its principal, method, full path and body (§4 of the design).

use claim_command::IdempotencyKey;
use sha2::{Digest, Sha256};

use crate::edge::Call;
use crate::kind::Kind;
use crate::problem::Problem;

/// The header.
const HEADER: &str = "idempotency-key";
/// The longest key, in characters.
const LONGEST: usize = 255;

/// The SHA-256 of something, in lower-case hexadecimal digits.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The call's Idempotency-Key, if it has one, bound to `principal`: the person, or the hash of a consent link (D9).
///
/// # Errors
/// `malformed-request` for a key that is not 1 to 255 visible ASCII characters, or for several of them.
pub fn idempotency_key(call: &Call, principal: &str) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = call.headers().get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| is_key(key));
    let Some(key) = key.filter(|_| values.next().is_none()) else {
        return Err(Problem::new(
            Kind::MalformedRequest,
            format!("Idempotency-Key must be 1 to {LONGEST} visible ASCII characters."),
            "Send a fresh random key, such as a UUID, with each new request.",
        ));
    };
    let record = [principal, call.method(), call.path(), key].join("\n");
    Ok(Some(IdempotencyKey { record: hash(record.as_bytes()), body: hash(call.body()) }))
}

fn is_key(key: &str) -> bool {
    (1..=LONGEST).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use lambda_http::Body;
    use lambda_http::http::Request;
    use proptest::prelude::*;

    use super::*;

    fn call(path: &str, key: &str, body: &str) -> Call {
        let request = Request::builder().method("POST").uri(path).header(HEADER, key);
        Call::of(request.body(Body::from(body)).unwrap())
    }

    fn key_of(path: &str, key: &str, body: &str, principal: &str) -> IdempotencyKey {
        idempotency_key(&call(path, key, body), principal).unwrap().unwrap()
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
    fn the_body_is_told_apart_from_the_key() {
        let one = key_of("/v1/claims", "k", "{}", "ana");
        let other = key_of("/v1/claims", "k", "{ }", "ana");
        assert_eq!(one.record, other.record);
        assert_ne!(one.body, other.body);
    }

    #[test]
    fn a_key_of_another_form_is_malformed() {
        for key in ["", "a b", "a\tb", &"k".repeat(256)] {
            let problem = idempotency_key(&call("/v1/claims", key, ""), "ana").unwrap_err();
            assert_eq!(problem.kind, Kind::MalformedRequest, "{key:?}");
        }
        assert!(idempotency_key(&call("/v1/claims", &"k".repeat(255), ""), "ana").unwrap().is_some());
    }

    #[test]
    fn the_hash_is_that_of_the_standard() {
        assert_eq!(hash(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    proptest! {
        #[test]
        fn only_visible_ascii_is_a_key(key in ".{0,300}") {
            let visible = !key.is_empty() && key.len() <= 255 && key.chars().all(|c| ('!'..='~').contains(&c));
            prop_assert_eq!(is_key(&key), visible);
        }
    }
}
