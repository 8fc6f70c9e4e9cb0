use lambda_http::http::{Request, StatusCode};
use serde_json::json;

use super::*;
use crate::respond;

fn call(media_type: &str, body: impl Into<Body>) -> Call {
    let request = Request::builder().method("POST").uri("/v1/claims").header(CONTENT_TYPE, media_type);
    Call::of(request.body(body.into()).unwrap())
}

#[test]
fn d19_a_body_of_more_than_256_kb_is_refused_before_anything_else() {
    assert!(call("application/json", "x".repeat(MAX_BODY_BYTES)).target().is_ok());
    let problem = call("application/json", "x".repeat(MAX_BODY_BYTES + 1)).target().unwrap_err();
    assert_eq!(problem.kind, Kind::BodyTooLarge);
}

#[test]
fn a_path_is_matched_by_its_segments() {
    let of = |uri: &str| {
        let request = Request::builder().method("GET").uri(uri).body(Body::Empty).unwrap();
        Call::of(request).target().map(|(method, path)| format!("{method} {}", path.join("|"))).unwrap()
    };
    assert_eq!(of("/v1/claims/A/history?limit=3"), "GET v1|claims|A|history");
    assert_eq!(of("https://api.example/v1/claims/"), "GET v1|claims|");
}

#[test]
fn a_body_is_json_by_name_and_by_content() {
    assert_eq!(call("application/json; charset=utf-8", "{\"a\":1}").json().unwrap(), json!({ "a": 1 }));
    assert_eq!(call("Application/JSON", Body::Binary(b"[]".to_vec())).json().unwrap(), json!([]));
    for media_type in ["", "text/plain", "application/jsonx", "application/merge-patch+json"] {
        let problem = call(media_type, "{}").json().unwrap_err();
        assert_eq!(problem.kind, Kind::UnsupportedMediaType, "{media_type:?}");
    }
    let deep = "[".repeat(9_999);
    for body in ["", "{", "{\"a\":1}x", "\u{feff}{}", deep.as_str()] {
        assert_eq!(call("application/json", body).json().unwrap_err().kind, Kind::MalformedRequest);
    }
    let problem = call("application/json", Body::Binary(vec![0xff, 0xfe])).json().unwrap_err();
    assert_eq!(problem.kind, Kind::MalformedRequest);
}

#[test]
fn a_command_without_fields_needs_no_body() {
    assert_eq!(call("", "").json_or_nothing().unwrap(), json!({}));
    assert_eq!(call("", "{}").json_or_nothing().unwrap_err().kind, Kind::UnsupportedMediaType);
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
    let call = call("application/json", "{}");
    let answer = call.conclude(Ok(respond::empty(StatusCode::NO_CONTENT)));
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let answer = call.conclude(Err(call.no_such_route()));
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
}
