use lambda_http::http::HeaderValue;
use lambda_http::http::StatusCode;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::respond;
use crate::testing::{authorizer, event, logged, request, routed};

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
    assert!(posted("application/json", &[b'x'; 256_000]).is_ok());
    assert_eq!(refused("application/json", &[b'x'; 256_001]), Kind::BodyTooLarge);
}

#[test]
fn a_request_finds_its_route_and_what_its_path_names() {
    let found = request("GET", "/v1/claims/01J0000000000000000000000A/history?limit=3", &[], "");
    assert_eq!(found.operation(), Operation::ReadHistory);
    assert_eq!(found.claim().unwrap().as_str(), "01J0000000000000000000000A");
    assert_eq!(found.parameter("token"), "");
    let unnamed = request("GET", "/v1/claims/mine", &[], "");
    assert_eq!(unnamed.claim().unwrap_err().kind, Kind::NotFound);
    for path in ["/v1/claims//", "", "/other", "/v1", "/v1/claims/A/b/c", "//v1/claims", "v1/claims"] {
        let refused = routed(event("GET", path, &[], "")).unwrap_err();
        assert_eq!(refused.kind, Kind::NoSuchRoute, "{path}");
    }
}

#[test]
fn a_known_path_with_another_method_is_told_which_it_has() {
    let id = "01J0000000000000000000000A";
    for (method, path, allowed) in [
        ("PUT", "/v1/claims".to_owned(), "POST, GET, HEAD"),
        ("DELETE", "/v1/claims/".to_owned(), "POST, GET, HEAD"),
        ("POST", format!("/v1/claims/{id}"), "GET, HEAD, PATCH, DELETE"),
        ("HEAD", format!("/v1/claims/{id}/submit"), "POST"),
        ("GET", "/v1/consent/whatever/deny".to_owned(), "POST"),
        ("PATCH", "/v1/claims/submit".to_owned(), "POST"),
        ("DELETE", "/v1/claims/template.csv".to_owned(), "GET, HEAD"),
    ] {
        let problem = routed(event(method, &path, &[], "")).unwrap_err();
        assert_eq!(problem.kind, Kind::MethodNotAllowed, "{method} {path}");
        let response = problem.response("");
        assert_eq!(
            (response.status().as_u16(), &response.headers()[ALLOW]),
            (405, &allowed.parse().unwrap())
        );
    }
    let elsewhere = Received::of(event("GET", "/v1/claims", &[], ""), "").routed("consent").unwrap_err().1;
    assert_eq!(elsewhere.kind, Kind::NoSuchRoute, "another function's route is not this one's to speak of");
}

#[test]
fn who_asks_for_the_options_of_a_path_is_told_its_methods() {
    for (path, allowed) in [("/v1/consent/whatever/", "GET, HEAD"), ("/v1/claims", "POST, GET, HEAD")] {
        let answer = Received::of(event("OPTIONS", path, &[], ""), "").options().unwrap();
        assert_eq!((answer.status().as_u16(), &answer.headers()[ALLOW]), (204, &allowed.parse().unwrap()));
    }
    assert!(Received::of(event("OPTIONS", "/v1/nothing", &[], ""), "").options().is_none());
    assert!(Received::of(event("PUT", "/v1/claims", &[], ""), "").options().is_none());
}

#[test]
fn a_body_is_json_by_name_and_by_content() {
    let read = |media_type, body: &[u8]| posted(media_type, body).unwrap().json().unwrap();
    assert_eq!(read("application/json; charset=utf-8", b"{\"a\":1}"), json!({ "a": 1 }));
    assert_eq!(read("Application/JSON", b"[]"), json!([]));
    assert_eq!(read("application/json", "\u{feff}{\"a\":1}\r\n".as_bytes()), json!({ "a": 1 }));
    for media_type in ["", "text/plain", "application/jsonx", "application/merge-patch+json"] {
        assert_eq!(refused(media_type, b"{}"), Kind::UnsupportedMediaType, "{media_type:?}");
    }
    let deep = "[".repeat(9_999);
    for body in ["", "{", "{\"a\":1}x", "{}\u{feff}", deep.as_str()] {
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
    for nothing in ["", "{}", "null", "\n", " \r\n", "\u{feff}", "{}\n"] {
        assert_eq!(request("POST", path, &[], nothing).json().unwrap(), json!({}), "{nothing:?}");
    }
    let untyped = request("POST", path, &[], "{\"a\":1}").json().unwrap_err();
    assert_eq!(untyped.kind, Kind::UnsupportedMediaType);
    let needed = request("POST", "/v1/claims", &[("content-type", "application/json")], "null");
    assert_eq!(needed.json().unwrap(), json!(null), "where fields are required, null is what was sent");
}

#[test]
fn a_body_that_is_not_read_is_told_what_would_be() {
    let claim = "/v1/claims/01J0000000000000000000000A";
    let accepted = |method, path: &str, headers: &[(&str, &str)]| {
        let problem = request(method, path, headers, "{\"a\":1}").json().unwrap_err();
        let headers = problem.response("").headers().clone();
        let header = |name| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        (header("accept"), header("accept-patch"), header("accept-encoding"))
    };
    let json = Some("application/json".to_owned());
    assert_eq!(accepted("POST", "/v1/claims", &[("content-type", "text/plain")]), (json, None, None));
    let patch = Some("application/merge-patch+json, application/json".to_owned());
    assert_eq!(accepted("PATCH", claim, &[]), (None, patch, None));
    let identity = Some("identity".to_owned());
    let zipped = [("content-type", "application/json"), ("content-encoding", "gzip")];
    assert_eq!(accepted("POST", "/v1/claims", &zipped), (None, None, identity));
    let plain = [("content-type", "application/json"), ("content-encoding", "identity")];
    assert_eq!(request("POST", "/v1/claims", &plain, "{}").json().unwrap(), json!({}));
}

#[test]
fn a_body_that_says_two_things_is_refused_with_every_place() {
    let body = r#"{ "text": "x", "internal": true, "internal": false, "a": { "b": 1, "b": 2 } }"#;
    let request = request("POST", "/v1/claims", &[("content-type", "application/json")], body);
    let problem = request.json().unwrap_err();
    let places: Vec<_> = problem.errors.iter().map(|error| error.place()).collect();
    assert_eq!((problem.kind, places), (Kind::MalformedRequest, vec!["/internal", "/a/b"]));
}

#[test]
fn an_id_has_one_spelling_and_a_slash_at_the_end_means_nothing() {
    let (lower, upper) = ("01j0000000000000000000000a", "01J0000000000000000000000A");
    let found = request("POST", &format!("/v1/claims/{lower}/evidence/{lower}/complete/"), &[], "");
    assert_eq!(found.path(), format!("/v1/claims/{upper}/evidence/{upper}/complete"));
    let link = request("POST", "/v1/consent/secret/deny", &[], "");
    assert_eq!(link.path(), "/v1/consent/{token}/deny", "the secret is left out");
}

#[test]
fn what_no_route_takes_is_redirected_if_a_slash_is_all_that_is_wrong() {
    let at = |method: &str, path: &str| {
        let mut event = event(method, path, &[], "");
        event.request_context.route_key = Some(crate::registry::CATCH_ALL.to_owned());
        Received::of(event, "").without_slash()
    };
    let address = |method: &str, path: &str| {
        let answer = at(method, path)?;
        assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT);
        Some(answer.headers()[LOCATION].to_str().unwrap().to_owned())
    };
    let comments = "/v1/claims/01J0000000000000000000000A/comments";
    assert_eq!(address("POST", &format!("{comments}/")).as_deref(), Some(comments));
    assert_eq!(address("GET", "/v1/claims/").as_deref(), Some("/v1/claims"), "whoever's the route is");
    let page = address("GET", &format!("{comments}/?limit=3")).unwrap();
    assert_eq!(page, format!("{comments}?limit=3"));
    for path in
        [comments, "//evil.example/", "/v1/nothing/", "/v1/claims/a?b/comments/", "/v1/claims/a b/comments/"]
    {
        assert_eq!(address("POST", path), None, "{path}");
    }
    let direct = Received::of(event("GET", "/v1/claims/", &[], ""), "");
    assert!(direct.without_slash().is_none(), "what the gateway knows, it passed to the right function");
}

#[test]
fn a_route_without_parameters_refuses_all_of_them() {
    let mut signed_in = event("GET", "/v1/claims/01J0000000000000000000000A?expand=all", &[], "");
    signed_in.request_context.authorizer = Some(crate::testing::authorizer());
    let problem = routed(signed_in).unwrap().checked().unwrap_err();
    let told = &problem.errors[0];
    assert_eq!((problem.kind, told.place()), (Kind::InvalidQuery, "expand"));
    assert_eq!(told.detail, "is not a parameter here; there are none");
    assert!(request("GET", "/v1/rules?x=1", &[], "").checked().is_err());
    assert!(
        request("GET", "/v1/consent/secret?utm_source=mail", &[], "").checked().is_ok(),
        "links get decorated"
    );
    assert!(request("GET", "/v1/claims/A?x=1", &[], "").checked().is_ok(), "who calls comes first");
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
    let paths = ["/v1/claims/{id}/submit", "/claims/{id}/submit", "/review/{id}"];
    let paths = paths.map(|path| path.replace("{id}", id));
    for path in paths.into_iter().chain([format!("/v1/claims/{}", id.to_lowercase())]) {
        assert_eq!(claim_in(&path).as_ref().map(ClaimId::as_str), Some(id), "in its one spelling");
    }
    assert_eq!(claim_in(&format!("/v1/consent/{id}")), None);
    assert_eq!(claim_in("/v1/claims/ana@contoso.example"), None);
    assert_eq!(claim_in("https://bucket.example/claims/x"), None);
}

#[test]
fn an_answer_is_passed_on_and_a_problem_is_left_to_be_shown() {
    let posted = posted("application/json", b"{}").unwrap();
    let received = posted.received();
    let answer = received.conclude(Ok(respond::empty(StatusCode::NO_CONTENT))).unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let problem = received.conclude(Err(Problem::not_found())).unwrap_err();
    let answer = problem.response(received.incident());
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
}

/// A request of nadia's, as the gateway hands it on under its own id.
fn of_nadia(method: &str, path: &str) -> Request {
    let mut event = event(method, path, &[], "");
    let mut known = authorizer();
    known.jwt.as_mut().unwrap().claims.insert("sub".to_owned(), "nadias-subject".to_owned());
    event.request_context.authorizer = Some(known);
    event.request_context.request_id = Some("KxYz1example0c=".to_owned());
    event.request_context.route_key = Some("the route".to_owned());
    routed(event).unwrap()
}

#[test]
fn every_line_about_a_request_has_the_id_that_the_access_log_has() {
    let request = of_nadia("GET", "/v1/claims/01J0000000000000000000000A");
    let failed = Problem::internal(std::io::Error::other("the table is gone"));
    let answers = [Ok(respond::empty(StatusCode::OK)), Err(Problem::not_found()), Err(failed)];
    let lines = logged(|| answers.into_iter().for_each(|answer| drop(request.conclude(answer))));
    let said: Vec<_> = lines.iter().map(|line| (&line["message"], &line["requestId"])).collect();
    let expected =
        ["answered", "refused", "failed"].map(|message| (json!(message), json!("KxYz1example0c=")));
    assert_eq!(said, expected.each_ref().map(|(message, id)| (message, id)));
    assert_eq!(lines[0]["subject"], Value::Null, "who reads a claim is in the access log alone");
}

#[test]
fn no_line_about_a_request_has_its_path_which_may_be_a_secret_link() {
    claim_domain::proves!(D9);
    let token = "Zk9yIHRoZSB0ZXN0IG9mIGEgbG9nIGxpbmUgb25seQ1";
    for (method, path) in
        [("GET", format!("/v1/consent/{token}")), ("POST", format!("/v1/consent/{token}/deny"))]
    {
        let request = of_nadia(method, &path);
        let failed = Problem::internal(std::io::Error::other("the table is gone"));
        let answers = [Ok(respond::empty(StatusCode::OK)), Err(Problem::not_found()), Err(failed)];
        let lines = logged(|| answers.into_iter().for_each(|answer| drop(request.conclude(answer))));
        assert_eq!(lines.len(), 3);
        for line in lines {
            let line = line.to_string();
            assert!(!line.contains(token) && !line.contains(&path), "{line}");
        }
    }
}

#[test]
fn who_opened_which_document_is_logged_and_never_where_it_lies() {
    let path = "/v1/claims/01J0000000000000000000000A/evidence/01j0000000000000000000000e";
    let signed = "https://bucket.example/claims/x?X-Amz-Signature=5ec2e7&file=Contract.pdf";
    let as_json = respond::json(StatusCode::OK, &json!({ "url": signed }));
    for (method, answer) in
        [("GET", respond::see_other(signed)), ("HEAD", respond::see_other(signed)), ("GET", as_json)]
    {
        let status = answer.status().as_u16();
        let [line] = &logged(|| drop(of_nadia(method, path).conclude(Ok(answer))))[..] else {
            panic!("one line for one request");
        };
        assert_eq!(line["evidence.id"], "01J0000000000000000000000E", "in its one spelling");
        assert_eq!((&line["subject"], &line["status"]), (&json!("nadias-subject"), &json!(status)));
        assert_eq!(line["claim.id"], "01J0000000000000000000000A");
        let text = line.to_string();
        assert!(!text.contains("5ec2e7") && !text.contains("Contract"), "{text}");
    }
    let refused = logged(|| drop(of_nadia("GET", path).conclude(Err(Problem::not_found()))));
    assert_eq!(
        (&refused[0]["evidence.id"], &refused[0]["subject"]),
        (&Value::Null, &Value::Null),
        "nobody opened it"
    );
}
