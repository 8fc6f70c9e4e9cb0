use lambda_http::http::HeaderValue;
use lambda_http::http::StatusCode;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::respond;
use crate::testing::{event, request, routed};

/// A posted claim in Base64, the form in which the gateway passes on a body that it takes for binary.
fn posted(media_type: &str, body: &[u8]) -> Result<Request, Problem> {
    let mut event = event("POST", "/v1/claims", &[("content-type", media_type)], "");
    event.body = Some(STANDARD.encode(body));
    event.is_base64_encoded = true;
    routed(event)
}

fn refused(media_type: &str, body: &[u8]) -> Kind {
    posted(media_type, body).and_then(|request| request.json()).unwrap_err().kind
}

#[test]
fn a_body_of_more_than_256_kb_is_refused_before_anything_else() {
    claim_domain::proves!(D19);
    assert!(posted("application/json", &vec![b'x'; MAX_BODY_BYTES]).is_ok());
    assert_eq!(refused("application/json", &vec![b'x'; MAX_BODY_BYTES + 1]), Kind::BodyTooLarge);
}

#[test]
fn a_request_finds_its_route_and_what_its_path_names() {
    let found = request("GET", "/v1/claims/01J0000000000000000000000A/history?limit=3", &[], "");
    assert_eq!(found.operation(), Operation::ReadHistory);
    assert_eq!(found.claim().unwrap().as_str(), "01J0000000000000000000000A");
    assert_eq!(found.parameter("token"), "");
    let unnamed = request("GET", "/v1/claims/", &[], "");
    assert_eq!(unnamed.claim().unwrap_err().kind, Kind::NotFound);
    for path in ["", "/", "/v1", "/v1/claims/A/b/c", "//v1/claims", "v1/claims"] {
        let refused = routed(event("GET", path, &[], "")).unwrap_err();
        assert_eq!(refused.kind, Kind::NoSuchRoute, "{path}");
    }
    assert_eq!(routed(event("PUT", "/v1/claims", &[], "")).unwrap_err().kind, Kind::NoSuchRoute);
}

#[test]
fn a_body_is_json_by_name_and_by_content() {
    let read = |media_type, body: &[u8]| posted(media_type, body).unwrap().json().unwrap();
    assert_eq!(read("application/json; charset=utf-8", b"{\"a\":1}"), json!({ "a": 1 }));
    assert_eq!(read("Application/JSON", b"[]"), json!([]));
    for media_type in ["", "text/plain", "application/jsonx", "application/merge-patch+json"] {
        assert_eq!(refused(media_type, b"{}"), Kind::UnsupportedMediaType, "{media_type:?}");
    }
    let deep = "[".repeat(9_999);
    for body in ["", "{", "{\"a\":1}x", "\u{feff}{}", deep.as_str()] {
        assert_eq!(refused("application/json", body.as_bytes()), Kind::MalformedRequest);
    }
    assert_eq!(refused("application/json", &[0xff, 0xfe]), Kind::MalformedRequest);
    let mut broken = event("POST", "/v1/claims", &[("content-type", "application/json")], "no Base64!");
    broken.is_base64_encoded = true;
    assert_eq!(routed(broken).unwrap().json().unwrap_err().kind, Kind::MalformedRequest);
}

#[test]
fn a_command_without_required_fields_needs_no_body() {
    let path = "/v1/claims/01J0000000000000000000000A/submit";
    assert_eq!(request("POST", path, &[], "").json().unwrap(), json!({}));
    let untyped = request("POST", path, &[], "{}").json().unwrap_err();
    assert_eq!(untyped.kind, Kind::UnsupportedMediaType);
}

proptest! {
    #[test]
    fn no_path_query_or_header_panics(
        path in ".{0,40}", query in ".{0,40}", host in "[ -~]{0,20}", body in ".{0,40}", in_base64: bool,
    ) {
        let mut event = event("GET", "", &[], &body);
        event.raw_path = Some(path);
        event.raw_query_string = Some(query);
        event.is_base64_encoded = in_base64;
        event.headers.insert("host", HeaderValue::from_str(&host).unwrap());
        event.request_context.domain_name = Some(host);
        if let Ok(request) = routed(event) {
            let _ = (request.json(), request.claim(), request.query());
        }
    }
}

#[test]
fn only_a_claims_id_is_taken_from_the_path_for_the_log() {
    let id = "01J00000000000000000000000";
    assert_eq!(claim_in(&format!("/v1/claims/{id}/submit")), Some(id));
    assert_eq!(claim_in(&format!("/v1/consent/{id}")), None);
    assert_eq!(claim_in("/v1/claims/ana@contoso.example"), None);
    assert_eq!(claim_in("https://bucket.example/claims/x"), None);
}

#[test]
fn an_answer_is_passed_on_and_a_problem_becomes_its_document() {
    let posted = posted("application/json", b"{}").unwrap();
    let received = posted.received();
    let answer = received.conclude(Ok(respond::empty(StatusCode::NO_CONTENT)));
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let answer = received.conclude(Err(Problem::not_found()));
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
}
