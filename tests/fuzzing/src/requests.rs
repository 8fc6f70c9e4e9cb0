//! No request makes a function panic or fail: each is carried out, or refused with a problem document.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claim_domain::claim::Status;
use claim_domain::ids::MAX_VERSION;
use claim_domain::refusal::Kind;
use claim_http::registry::Function;
use claim_http::{PROBLEM_JSON, status_of};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde_json::{Value, json};

use crate::fixture::{Answer, Fixture, LINK, TestRequest, ana, draft, rita, upload};
use crate::noise;

/// Every request that may have a body, with a valid body.
pub(crate) fn valid_requests(fixture: &Fixture, status: Status) -> Vec<(TestRequest, Value)> {
    let claim = format!("/v1/claims/{}", fixture.claim(status));
    let post = |token: fn() -> Value, rest: &str, body: Value| {
        (TestRequest::new("POST", &format!("{claim}{rest}"), token()), body)
    };
    let document = format!("/evidence/{}/complete", fixture.announced);
    vec![
        (TestRequest::new("POST", "/v1/claims", ana()), draft()),
        (TestRequest::new("PATCH", &claim, ana()), draft()),
        (TestRequest::new("DELETE", &claim, ana()), json!({})),
        post(ana, "/evidence", upload("more.pdf")),
        post(ana, &document, json!({})),
        post(ana, "/submit", json!({})),
        post(ana, "/clone", json!({ "name": "Once more" })),
        post(ana, "/withdraw", json!({ "cause": "other", "note": "Words." })),
        post(ana, "/dispute", json!({ "justification": "Words." })),
        post(ana, "/consent/resend", json!({ "email": "new@customer.example" })),
        post(ana, "/comments", json!({ "text": "Words.", "internal": false })),
        post(rita, "/comments", json!({ "text": "Words.", "internal": true })),
        post(rita, "/review/start", json!({})),
        post(rita, "/review/release", json!({})),
        post(rita, "/review/take-over", json!({})),
        post(
            rita,
            "/review/request-action",
            json!({ "reasons": [{ "code": "other", "note": "Words." }], "removeProducts": [{ "product": "Teams" }] }),
        ),
        post(rita, "/review/approve", json!({})),
        post(rita, "/review/reject", json!({ "reason": "other", "note": "Words." })),
        post(
            rita,
            "/review/end-association",
            json!({ "products": [{ "product": "Teams" }], "reason": "Words." }),
        ),
        (
            TestRequest {
                token: None,
                ..TestRequest::new("POST", &format!("/v1/consent/{LINK}/deny"), json!({}))
            },
            json!({ "confirm": true }),
        ),
    ]
}

/// What a request may say that it accepts.
const ACCEPTED: &[&str] = &["application/json", "text/html", "text/csv", "application/jsonl", "*/*", ""];

/// Every path that exists, and some that do not.
fn paths(fixture: &Fixture, status: Status) -> Vec<String> {
    let claim = format!("/v1/claims/{}", fixture.claim(status));
    let mut paths: Vec<String> =
        valid_requests(fixture, status).into_iter().map(|(request, _)| request.path).collect();
    paths.extend(["", "/history", "/comments", "/evidence/01J"].map(|rest| format!("{claim}{rest}")));
    paths.extend([format!("{claim}/evidence/{}", fixture.uploaded), format!("/v1/consent/{LINK}")]);
    paths.extend(
        ["/v1/claims", "/v1/review/queue", "/v1/problems", "/v1/problems/not-found", "/", "", "//"]
            .map(str::to_owned),
    );
    paths
}

/// Checks that an answer has the form that the API promises.
fn is_well_formed(request: &TestRequest, answer: &Answer) -> TestCaseResult {
    prop_assert!(answer.status < 500, "{} {}: {answer:?}", request.method, request.path);
    // The descriptions of problems are the same for everybody.
    let is_public = request.path.starts_with("/v1/problems") && answer.status == 200;
    prop_assert_eq!(
        answer.header("cache-control"),
        if is_public { "public, max-age=3600" } else { "no-store" }
    );
    let is_negotiated = ["/v1/problems", "/v1/rules", "/v1/openapi.json", "/v1/consent/"]
        .iter()
        .any(|start| request.path.starts_with(start));
    if is_negotiated && answer.status == 200 {
        prop_assert_eq!(answer.header("vary"), "accept");
    }
    // An answer to HEAD says everything in its headers.
    if request.method == "HEAD" {
        return Ok(());
    }
    if answer.status < 400 {
        let media = answer.header("content-type");
        let is_json = media == "application/json" && !answer.json().is_null();
        let is_empty = answer.body.is_empty() && matches!(answer.status, 204 | 303 | 304 | 308);
        let is_file = media.starts_with("text/csv")
            || media == "application/jsonl" && answer.body.lines().all(is_json_object);
        prop_assert!(is_json || is_empty || is_file || media.starts_with("text/html"), "{:?}", answer);
        return Ok(());
    }
    if answer.header("content-type").starts_with("text/html") {
        prop_assert!(request.path.starts_with("/v1/consent/"), "only the customer gets pages");
        return Ok(());
    }
    prop_assert_eq!(answer.header("content-type"), PROBLEM_JSON);
    let problem = answer.json();
    let slug = problem["type"].as_str().and_then(|reference| reference.strip_prefix("/v1/problems/"));
    let kind = slug.and_then(Kind::of);
    prop_assert_eq!(kind.map(|kind| u64::from(status_of(kind))), Some(answer.status), "{}", problem);
    prop_assert_eq!(problem["status"].as_u64(), Some(answer.status));
    for field in ["title", "detail", "rule", "next"] {
        prop_assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{}", problem);
    }
    says_everything_once(&problem)?;
    if matches!(kind, Some(Kind::InvalidInput | Kind::InvalidQuery)) {
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let names = |error: &Value| error["pointer"].is_string() || error["parameter"].is_string();
        prop_assert!(!errors.is_empty() && errors.iter().all(names), "{}", problem);
    }
    Ok(())
}

fn is_json_object(line: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, Value>>(line).is_ok()
}

/// Checks that a problem says nothing twice, and has no list without items.
fn says_everything_once(problem: &Value) -> TestCaseResult {
    let texts = |of: &Value, fields: &[&str]| -> String {
        let texts: Vec<_> = fields.iter().filter_map(|field| of[*field].as_str()).collect();
        texts.join(". ")
    };
    // The same may be wrong with several fields, but no field's detail repeats itself or the problem.
    let whole = texts(problem, &["title", "detail", "next"]);
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let details = errors.iter().map(|error| format!("{whole}. {}", texts(error, &["detail"])));
    for text in details.chain([whole.clone()]) {
        let mut said = BTreeSet::new();
        for sentence in text.split_inclusive(['.', ';']) {
            let sentence =
                sentence.trim_matches(|c: char| c.is_whitespace() || ".;".contains(c)).to_lowercase();
            prop_assert!(!sentence.ends_with(':'), "a list without items: {}", problem);
            let is_new = sentence.is_empty() || !sentence.contains(' ') || said.insert(sentence);
            prop_assert!(is_new, "said twice: {}", problem);
        }
    }
    Ok(())
}

fn status(fixture: &Fixture, at: proptest::sample::Index) -> Status {
    *at.get(&fixture.statuses())
}

/// The ETag of the claim in a status.
pub(crate) fn revision(fixture: &Fixture, status: Status) -> String {
    let claim = TestRequest::new("GET", &format!("/v1/claims/{}", fixture.claim(status)), ana());
    fixture.send(&claim).header("etag").to_owned()
}

thread_local! {
    /// What every case starts from; each case works on a copy.
    static FIXTURE: Fixture = Fixture::new();
}

fn fresh() -> Fixture {
    FIXTURE.with(Fixture::copy)
}

/// The bodies of the requests, by their place in [`valid_requests`].
fn a_body() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let valid: Vec<Value> =
        valid_requests(&fresh(), Status::Editing).into_iter().map(|(_, body)| body).collect();
    (0..valid.len()).prop_flat_map(move |at| (Just(at), noise::body(valid[at].clone())))
}

#[test]
fn every_valid_request_is_carried_out_or_refused_by_status_alone() {
    for status in fresh().statuses() {
        for (request, body) in valid_requests(&fresh(), status) {
            let fixture = fresh();
            let mut request = request.json(&body);
            if request.token.is_some() {
                request = request.header("if-match", &revision(&fixture, status));
            }
            let answer = fixture.send(&request);
            is_well_formed(&request, &answer).unwrap();
            let expected = [200, 201, 204, 303, 403, 404, 409];
            assert!(
                expected.contains(&answer.status),
                "{status:?} {} {}: {answer:?}",
                request.method,
                request.path
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn no_body_makes_a_function_fail(
        (nth, body) in a_body(),
        at in any::<proptest::sample::Index>(),
        in_base64 in any::<bool>(),
        keyed in any::<bool>(),
    ) {
        let fixture = fresh();
        let status = status(&fixture, at);
        let (mut request, _) = valid_requests(&fixture, status).swap_remove(nth);
        request.in_base64 = in_base64;
        request = request.bytes(body).header("content-type", "application/json").header("if-match", &revision(&fixture, status));
        if keyed {
            request = request.header("idempotency-key", "key");
        }
        let first = fixture.send(&request);
        is_well_formed(&request, &first)?;
        is_well_formed(&request, &fixture.send(&request))?;
    }

    #[test]
    fn no_header_makes_a_function_fail(
        nth in any::<proptest::sample::Index>(),
        at in any::<proptest::sample::Index>(),
        headers in proptest::collection::vec(noise::header(), 1..5),
    ) {
        let fixture = fresh();
        let mut valid = valid_requests(&fixture, status(&fixture, at));
        let (mut request, body) = valid.swap_remove(nth.index(valid.len()));
        request = request.json(&body);
        for (name, value) in headers {
            request.headers.retain(|(known, _)| *known != name);
            request.headers.push((name, value));
        }
        is_well_formed(&request, &fixture.send(&request))?;
    }

    #[test]
    fn no_token_makes_a_function_fail_or_lets_another_organisation_in(
        nth in any::<proptest::sample::Index>(),
        at in any::<proptest::sample::Index>(),
        token in proptest::option::of(noise::token()),
        get in any::<bool>(),
    ) {
        let fixture = fresh();
        let status = status(&fixture, at);
        let mut valid = valid_requests(&fixture, status);
        let (request, body) = valid.swap_remove(nth.index(valid.len()));
        let mut request = request.json(&body).header("if-match", &revision(&fixture, status));
        if get {
            request = TestRequest::new("GET", &format!("/v1/claims/{}", fixture.claim(status)), Value::Null);
        }
        let is_public = request.path.starts_with("/v1/consent/");
        request.token.clone_from(&token);
        let answer = fixture.send(&request);
        is_well_formed(&request, &answer)?;
        let token = token.unwrap_or_default();
        let text = |name: &str| token[name].as_str().unwrap_or_default().trim().to_owned();
        // Whoever is let in has a token for access, a subject, and the organisation or a reviewer's role.
        if answer.status < 300 && !is_public && request.path != "/v1/claims" {
            prop_assert!(text("token_use") == "access" && !text("sub").is_empty());
            let is_reviewer = text("cognito:groups").contains("review");
            prop_assert!(is_reviewer || text("partner_id") == "contoso", "{}", token);
        }
    }

    #[test]
    fn no_tampered_cursor_makes_a_function_fail(
        at in any::<proptest::sample::Index>(),
        passed in prop_oneof![
            2 => proptest::sample::select(&[0, 1, MAX_VERSION, MAX_VERSION + 1, i64::MAX as u64, u64::MAX - 1, u64::MAX][..]),
            1 => any::<u64>(),
        ],
        instant in proptest::sample::select(noise::INSTANTS),
        order in proptest::sample::select(&["updated", "due"][..]),
        limit in proptest::sample::select(&["", "&limit=1", "&limit=100", "&dueBefore=9999-12-31T23:59:59Z"][..]),
        of_reviewer in any::<bool>(),
        accept in proptest::sample::select(ACCEPTED),
    ) {
        let fixture = fresh();
        let claim = fixture.claim(status(&fixture, at));
        let token = if of_reviewer { rita() } else { ana() };
        let (path, list) = if of_reviewer { ("/v1/review/queue", "REVIEW") } else { ("/v1/claims", "ORG#contoso") };
        let place = json!({ "list": list, "order": order, "place": format!("{instant}#{claim}"), "claim": claim });
        let mut forged = vec![(path.to_owned(), place, format!("&sort={order}"))];
        for of in ["history", "comments"] {
            let place = json!({ "claim": claim, "of": of, "passed": passed });
            forged.push((format!("/v1/claims/{claim}/{of}"), place, String::new()));
        }
        for (path, place, sort) in forged {
            let query = format!("cursor={}{sort}{limit}", URL_SAFE_NO_PAD.encode(place.to_string()));
            let request = TestRequest { query, ..TestRequest::new("GET", &path, token.clone()) };
            let request = request.header("accept", accept);
            let answer = fixture.send(&request);
            is_well_formed(&request, &answer)?;
            prop_assert!(matches!(answer.status, 200 | 400 | 404), "{:?}", answer);
        }
    }

    #[test]
    fn no_path_or_query_makes_any_function_fail(
        nth in any::<proptest::sample::Index>(),
        at in any::<proptest::sample::Index>(),
        changed in prop_oneof![2 => Just(None), 1 => (any::<proptest::sample::Index>(), noise::text()).prop_map(Some)],
        method in proptest::sample::select(&["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"][..]),
        query in noise::query(),
        of_reviewer in any::<bool>(),
        accept in proptest::sample::select(ACCEPTED),
    ) {
        let fixture = fresh();
        let paths = paths(&fixture, status(&fixture, at));
        let mut path = nth.get(&paths).clone();
        if let Some((place, text)) = changed {
            let mut segments: Vec<&str> = path.split('/').collect();
            let place = place.index(segments.len());
            segments[place] = &text;
            path = segments.join("/");
        }
        let token = if of_reviewer { rita() } else { ana() };
        let request = TestRequest { query, ..TestRequest::new(method, &path, token) }.header("accept", accept);
        // Pages are asked in words, and answer in words (`pages`).
        let of_api = |function: &&Function| function.routes().any(|route| !route.is_page());
        for function in Function::of_api().filter(of_api).map(|function| function.name) {
            is_well_formed(&request, &fixture.call(function, &request.event()))?;
        }
    }
}
