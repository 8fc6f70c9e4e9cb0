//! D19, limit by limit: what is just within it is accepted, what is just beyond it is refused, and the refusal names
//! the field and the limit. Texts are counted in characters of one, two and four bytes; bodies in bytes.

use chrono::TimeDelta;
use claim_domain::claim::Status;
use serde_json::{Value, json};

use crate::fixture::{Answer, Fixture, LINK, TestRequest, ana, draft, rita, upload};

const LETTERS: [&str; 3] = ["x", "ż", "\u{1F9FE}"];

/// A field of the body that a request sends, on a claim in a status.
struct Field {
    status: Status,
    token: fn() -> Value,
    method: &'static str,
    rest: &'static str,
    body: fn() -> Value,
    pointer: &'static str,
}

const fn field(
    status: Status,
    token: fn() -> Value,
    rest: &'static str,
    body: fn() -> Value,
    pointer: &'static str,
) -> Field {
    Field { status, token, method: "POST", rest, body, pointer }
}

const fn created(body: fn() -> Value, pointer: &'static str) -> Field {
    // A path from the root, because the claim does not exist yet.
    field(Status::Editing, ana, "/v1/claims", body, pointer)
}

const fn edited(body: fn() -> Value, pointer: &'static str) -> Field {
    Field { method: "PATCH", ..field(Status::Editing, ana, "", body, pointer) }
}

/// Every name that anybody may send.
const NAMES: &[Field] = &[
    created(draft, "/name"),
    created(draft, "/customer/name"),
    created(draft, "/customer/contact/name"),
    created(draft, "/customer/contact/title"),
    created(draft, "/partnerContact/name"),
    created(draft, "/partnerContact/title"),
    created(business, "/technicalContact/name"),
    created(business, "/technicalContact/title"),
    created(revenue, "/revenueAssociation/solutionSeller"),
    created(revenue, "/revenueAssociation/customerName"),
    created(revenue, "/revenueAssociation/isvProduct"),
    edited(draft, "/name"),
    edited(draft, "/customer/name"),
    edited(draft, "/customer/contact/name"),
    edited(draft, "/customer/contact/title"),
    edited(draft, "/partnerContact/name"),
    edited(business, "/technicalContact/name"),
    edited(revenue, "/revenueAssociation/isvProduct"),
    field(Status::Editing, ana, "/evidence", || upload("proof.pdf"), "/fileName"),
];

/// Every longer text that anybody may send.
const TEXTS: &[Field] = &[
    field(Status::Submitted, ana, "/comments", || json!({}), "/text"),
    field(Status::Submitted, rita, "/comments", || json!({ "internal": true }), "/text"),
    field(Status::Submitted, ana, "/withdraw", || json!({ "cause": "other" }), "/note"),
    field(Status::Rejected, ana, "/dispute", || json!({}), "/justification"),
    field(Status::UnderReview, rita, "/review/reject", || json!({ "reason": "other" }), "/note"),
    field(
        Status::UnderReview,
        rita,
        "/review/request-action",
        || json!({ "reasons": [{ "code": "other" }] }),
        "/reasons/0/note",
    ),
    field(
        Status::Approved,
        rita,
        "/review/end-association",
        || json!({ "products": [{ "product": "Teams" }] }),
        "/reason",
    ),
];

fn business() -> Value {
    let mut body = draft();
    body["solutionArea"] = json!("Business Applications");
    body["technicalContact"] = json!({ "name": "Timo", "email": "timo@partner.example" });
    body["products"] = subscriptions(1);
    body
}

fn revenue() -> Value {
    let mut body = business();
    body["activities"] = json!(["revenueAssociation"]);
    body["revenueAssociation"] =
        json!({ "solutionSeller": "Sam", "customerName": "Contoso", "isvProduct": "Ledger" });
    body
}

fn subscriptions(count: usize) -> Value {
    (0..count)
        .map(
            |at| json!({ "product": "Sales", "subscriptionId": format!("5b5c0000-0000-4000-8000-{at:012}") }),
        )
        .collect()
}

/// Sends a request on a fresh copy of the fixture.
fn sent(fixture: &Fixture, field: &Field, body: &Value) -> Answer {
    let fixture = fixture.copy();
    let claim = format!("/v1/claims/{}", fixture.claim(field.status));
    let path =
        if field.rest.starts_with("/v1/") { field.rest.to_owned() } else { claim.clone() + field.rest };
    let mut request = TestRequest::new(field.method, &path, (field.token)()).json(body);
    if path.starts_with(&claim) {
        request =
            request.header("if-match", fixture.send(&TestRequest::new("GET", &claim, ana())).header("etag"));
    }
    fixture.send(&request)
}

/// The body with a text in the field.
fn with(field: &Field, text: &str) -> Value {
    let mut body = (field.body)();
    let (parent, name) = field.pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = json!(text);
    body
}

#[track_caller]
fn is_accepted(answer: &Answer, what: &str) {
    assert!((200..300).contains(&answer.status), "{what}: {answer:?}");
}

/// Checks that a request is refused for this field alone, and that the refusal names the limit.
#[track_caller]
fn is_refused(answer: &Answer, pointer: &str, code: &str, bound: &str) {
    let problem = answer.json();
    assert_eq!(
        (answer.status, problem["type"].as_str()),
        (422, Some("/v1/problems/invalid-input")),
        "{pointer}: {answer:?}"
    );
    let errors = problem["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{pointer}: {problem}");
    assert_eq!(
        (errors[0]["pointer"].as_str(), errors[0]["code"].as_str()),
        (Some(pointer), Some(code)),
        "{problem}"
    );
    assert!(
        errors[0]["detail"].as_str().unwrap().contains(bound),
        "{pointer}: the limit is named: {problem}"
    );
}

#[track_caller]
fn is_bounded(fixture: &Fixture, field: &Field, bound: usize) {
    // A file's name needs an ending, which counts as well.
    let ending = if field.pointer == "/fileName" { ".pdf" } else { "" };
    for letter in LETTERS {
        let text = |length: usize| letter.repeat(length - ending.len()) + ending;
        let what = format!("{} {} {letter}", field.rest, field.pointer);
        is_accepted(&sent(fixture, field, &with(field, &text(bound))), &what);
        is_refused(
            &sent(fixture, field, &with(field, &text(bound + 1))),
            field.pointer,
            "length",
            &bound.to_string(),
        );
    }
}

#[test]
fn a_name_has_200_characters() {
    claim_domain::proves!(D19);
    let fixture = Fixture::new();
    NAMES.iter().for_each(|field| is_bounded(&fixture, field, 200));
}

#[test]
fn comments_justifications_and_notes_have_8000_characters() {
    claim_domain::proves!(D19);
    let fixture = Fixture::new();
    TEXTS.iter().for_each(|field| is_bounded(&fixture, field, 8_000));
}

#[test]
fn a_claim_has_50_products() {
    claim_domain::proves!(D19);
    let fixture = Fixture::new();
    let fields = [created(business, "/products"), edited(business, "/products")];
    for field in &fields {
        for (count, accepted) in [(50, true), (51, false)] {
            let mut body = business();
            body["products"] = subscriptions(count);
            let answer = sent(&fixture, field, &body);
            if accepted {
                is_accepted(&answer, field.method)
            } else {
                is_refused(&answer, "/products", "length", "50")
            }
        }
    }
    // Lists of products in other requests have the same limit. Products that are not claimed are refused for that reason.
    let named = |count: usize| -> Value { vec![json!({ "product": "Intune" }); count].into() };
    let action = field(Status::UnderReview, rita, "/review/request-action", || json!({}), "/removeProducts");
    let body = |count| json!({ "reasons": [{ "code": "missingProducts" }], "removeProducts": named(count) });
    assert!(!sent(&fixture, &action, &body(50)).body.contains("must be a list"));
    is_refused(&sent(&fixture, &action, &body(51)), "/removeProducts", "length", "50");
    let end = field(Status::Approved, rita, "/review/end-association", || json!({}), "/products");
    let body = |count| json!({ "products": named(count), "reason": "Moved." });
    assert!(!sent(&fixture, &end, &body(50)).body.contains("must be a list"));
    is_refused(&sent(&fixture, &end, &body(51)), "/products", "length", "50");
}

#[test]
fn a_document_has_20_mb() {
    claim_domain::proves!(D19);
    let fixture = Fixture::new();
    let size = |bytes: u64| {
        let mut body = upload("proof.pdf");
        body["size"] = json!(bytes);
        body
    };
    let announce = field(Status::Editing, ana, "/evidence", || json!({}), "/size");
    is_accepted(&sent(&fixture, &announce, &size(20_000_000)), "20 MB");
    is_refused(&sent(&fixture, &announce, &size(20_000_001)), "/size", "range", "20000000");
    is_refused(&sent(&fixture, &announce, &size(0)), "/size", "empty", "empty");
}

#[test]
fn a_claim_has_30_documents_without_uploads_that_have_expired() {
    claim_domain::proves!(D19);
    let fixture = Fixture::new();
    let path = format!("/v1/claims/{}/evidence", fixture.claim(Status::Editing));
    let announce = || fixture.send(&TestRequest::new("POST", &path, ana()).json(&upload("more.pdf")));
    // There are two already: one uploaded, one announced.
    for number in 3..=30 {
        is_accepted(&announce(), &format!("document {number}"));
    }
    let is_full = |answer: &Answer| {
        let problem = answer.json();
        assert_eq!(
            (answer.status, problem["type"].as_str()),
            (409, Some("/v1/problems/evidence-limit")),
            "{problem}"
        );
        assert!(problem["rule"] == "D19" && problem["detail"].as_str().unwrap().contains("30"), "{problem}");
    };
    is_full(&announce());
    let complete =
        || fixture.send(&TestRequest::new("POST", &format!("{path}/{}/complete", fixture.announced), ana()));
    let day = TimeDelta::hours(24);
    fixture.passes(day - TimeDelta::milliseconds(1));
    is_full(&announce());
    fixture.passes(day);
    let late = complete().json();
    assert_eq!(
        (late["type"].as_str(), late["rule"].as_str()),
        (Some("/v1/problems/upload-expired"), Some("D19")),
        "{late}"
    );
    assert!(late["detail"].as_str().unwrap().contains("24 hours"), "{late}");
    // All but the uploaded one have expired and made room.
    for number in 2..=30 {
        is_accepted(&announce(), &format!("document {number} of the next day"));
    }
    is_full(&announce());
}

#[test]
fn an_upload_completed_within_24_hours_counts() {
    claim_domain::proves!(D19);
    let fixture = Fixture::new();
    let path =
        format!("/v1/claims/{}/evidence/{}/complete", fixture.claim(Status::Editing), fixture.announced);
    fixture.passes(TimeDelta::hours(24) - TimeDelta::milliseconds(1));
    is_accepted(&fixture.send(&TestRequest::new("POST", &path, ana())), "at the last moment");
}

/// Every request that takes a body.
fn posts(fixture: &Fixture) -> Vec<TestRequest> {
    let claim = format!("/v1/claims/{}", fixture.claim(Status::Submitted));
    let of = |token: fn() -> Value, rest: &str| TestRequest::new("POST", &format!("{claim}{rest}"), token());
    let mut all = vec![
        TestRequest::new("POST", "/v1/claims", ana()),
        TestRequest::new("PATCH", &claim, ana()),
        TestRequest::new("DELETE", &claim, ana()),
        TestRequest {
            token: None,
            ..TestRequest::new("POST", &format!("/v1/consent/{LINK}/deny"), json!({}))
        },
    ];
    let document = format!("/evidence/{}/complete", fixture.announced);
    let of_partner =
        ["/evidence", &document, "/submit", "/withdraw", "/dispute", "/consent/resend", "/comments"];
    all.extend(of_partner.map(|rest| of(ana, rest)));
    let steps = ["start", "release", "take-over", "request-action", "approve", "reject", "end-association"];
    all.extend(steps.map(|step| of(rita, &format!("/review/{step}"))));
    all
}

#[test]
fn a_body_has_256_kb_in_base64_or_not() {
    claim_domain::proves!(D19);
    let fixture = Fixture::new();
    let padded = |bytes: usize| {
        // A text with two bytes per character: the body is measured as it is sent.
        let body = json!({ "text": "ż".repeat(7_999) }).to_string();
        body.clone() + &" ".repeat(bytes - body.len())
    };
    for in_base64 in [false, true] {
        let path = format!("/v1/claims/{}/comments", fixture.claim(Status::Submitted));
        let comment = TestRequest { in_base64, ..TestRequest::new("POST", &path, ana()) }
            .header("content-type", "application/json");
        is_accepted(&fixture.copy().send(&comment.clone().bytes(padded(256_000))), "at the bound");
        for request in posts(&fixture) {
            let request = TestRequest { in_base64, ..request }
                .header("accept", "application/json")
                .header("content-type", "application/json")
                .bytes(padded(256_001));
            let before = fixture.items().len();
            let answer = fixture.send(&request);
            let problem = answer.json();
            assert_eq!(
                (answer.status, problem["type"].as_str()),
                (413, Some("/v1/problems/body-too-large")),
                "{}",
                request.path
            );
            assert!(problem["detail"].as_str().unwrap().contains("256000"), "{problem}");
            assert_eq!(fixture.items().len(), before);
        }
    }
}
