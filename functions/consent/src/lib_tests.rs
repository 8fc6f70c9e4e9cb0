use lambda_http::http::Request;

use super::*;

fn call(accept: &str) -> Call {
    let request = Request::builder().uri("/v1/consent/x").header(ACCEPT, accept);
    Call::of(request.body(Body::Empty).unwrap())
}

fn text(answer: &Response<Body>) -> String {
    String::from_utf8(answer.body().to_vec()).unwrap()
}

#[test]
fn d9_only_256_bits_in_base64_are_a_token() {
    assert!(is_token(&"aZ09-_".repeat(8)[..43]));
    for text in [
        "",
        "short",
        &"a".repeat(42),
        &"a".repeat(44),
        &"+".repeat(43),
        &"ż".repeat(21),
        "../../../etc/passwd",
    ] {
        assert!(!is_token(text), "{text}");
    }
}

#[test]
fn everything_on_a_link_keeps_the_link_secret() {
    for accept in ["text/html", "application/json"] {
        let answers = [
            respond::html(StatusCode::OK, "page".to_owned()),
            respond::json(StatusCode::OK, &"json"),
            Problem::not_found().response(""),
            Problem::internal("failed").response(""),
        ];
        for answer in answers {
            let answer = dressed(&call(accept), answer);
            for (name, value) in HEADERS {
                assert_eq!(answer.headers()[name], value, "{accept} {name}");
            }
        }
    }
}

#[test]
fn a_person_gets_a_page_and_a_program_a_problem() {
    let unknown = |accept| dressed(&call(accept), Problem::not_found().response(""));
    let page = unknown("text/html,*/*;q=0.8");
    assert_eq!(
        (page.status(), &page.headers()["content-type"]),
        (StatusCode::NOT_FOUND, &page::CONTENT_TYPE.parse().unwrap())
    );
    assert_eq!(text(&page), page::not_found().unwrap());
    assert!(text(&unknown("application/json")).contains("/v1/problems/not-found"));
    let failed = dressed(&call("text/html"), Problem::internal("failed").response("i-1"));
    assert_eq!(
        (failed.status(), text(&failed)),
        (StatusCode::INTERNAL_SERVER_ERROR, page::try_again().unwrap())
    );
}

#[test]
fn a_page_about_the_approval_is_shown_whatever_its_status() {
    let ended = dressed(&call("text/html"), respond::html(StatusCode::CONFLICT, "ended".to_owned()));
    assert_eq!((ended.status(), text(&ended).as_str()), (StatusCode::CONFLICT, "ended"));
}
