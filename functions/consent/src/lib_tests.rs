use super::*;

fn text(answer: &Response<Body>) -> String {
    String::from_utf8(answer.body().to_vec()).unwrap()
}

#[test]
fn everything_on_a_link_keeps_the_link_secret() {
    for prefers_html in [true, false] {
        let answers = [
            respond::html(StatusCode::OK, "page".to_owned()),
            respond::json(StatusCode::OK, &"json"),
            Problem::not_found().response(""),
            Problem::internal("failed").response(""),
        ];
        for answer in answers {
            let answer = dressed(prefers_html, answer);
            for (name, value) in HEADERS {
                assert_eq!(answer.headers()[name], value, "{prefers_html} {name}");
            }
        }
    }
}

#[test]
fn a_person_gets_a_page_and_a_program_a_problem() {
    let unknown = |prefers_html| dressed(prefers_html, Problem::not_found().response(""));
    let page = unknown(true);
    assert_eq!(
        (page.status(), &page.headers()["content-type"]),
        (StatusCode::NOT_FOUND, &page::CONTENT_TYPE.parse().unwrap())
    );
    assert_eq!(text(&page), page::not_found().unwrap());
    assert!(text(&unknown(false)).contains("/v1/problems/not-found"));
    let failed = dressed(true, Problem::internal("failed").response("i-1"));
    assert_eq!(
        (failed.status(), text(&failed)),
        (StatusCode::INTERNAL_SERVER_ERROR, page::try_again().unwrap())
    );
}

#[test]
fn a_page_about_the_approval_is_shown_whatever_its_status() {
    let ended = dressed(true, respond::html(StatusCode::CONFLICT, "ended".to_owned()));
    assert_eq!((ended.status(), text(&ended).as_str()), (StatusCode::CONFLICT, "ended"));
}
