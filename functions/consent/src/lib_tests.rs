use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;

use super::*;

fn reader(language: Language) -> Reader<'static> {
    Reader { language, contact: None }
}

fn text(answer: &Response<Body>) -> String {
    String::from_utf8(answer.body().to_vec()).unwrap()
}

#[test]
fn everything_on_a_link_keeps_the_link_secret() {
    for page_in in [Some(reader(Language::Fr)), None] {
        let answers = [
            respond::html(StatusCode::OK, "page".to_owned()),
            respond::json(StatusCode::OK, &"json"),
            Problem::not_found().response(""),
            Problem::internal("failed").response(""),
        ];
        for answer in answers {
            let answer = dressed(page_in, answer);
            for (name, value) in HEADERS {
                assert_eq!(answer.headers()[name], value, "{page_in:?} {name}");
            }
        }
    }
}

#[test]
fn a_person_gets_a_page_and_a_program_a_problem() {
    let unknown = |page_in| dressed(page_in, Problem::not_found().response(""));
    let page = unknown(Some(reader(Language::Pl)));
    assert_eq!(
        (page.status(), &page.headers()["content-type"]),
        (StatusCode::NOT_FOUND, &page::CONTENT_TYPE.parse().unwrap())
    );
    assert_eq!(text(&page), page::not_found(reader(Language::Pl)).unwrap());
    assert!(text(&unknown(None)).contains("/v1/problems/not-found"));
    let failed = dressed(Some(reader(Language::De)), Problem::internal("failed").response("i-1"));
    assert_eq!(
        (failed.status(), text(&failed)),
        (StatusCode::INTERNAL_SERVER_ERROR, page::try_again(reader(Language::De)).unwrap())
    );
}

#[test]
fn a_page_about_the_approval_is_shown_whatever_its_status() {
    let ended = dressed(Some(reader(Language::En)), respond::html(StatusCode::CONFLICT, "ended".to_owned()));
    assert_eq!((ended.status(), text(&ended).as_str()), (StatusCode::CONFLICT, "ended"));
}

fn sent(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let mut event = ApiGatewayV2httpRequest::default();
    event.request_context.http.method = method.parse().unwrap();
    event.raw_path = Some(path.to_owned());
    event.body = Some(body.to_owned()).filter(|body| !body.is_empty());
    for (name, value) in headers {
        event.headers.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    Received::of(event, "").routed(Consent::NAME).map_err(|refused| refused.1).unwrap()
}

const FORM: &str = "application/x-www-form-urlencoded";

fn answered(accept: &str, kind: &str, body: &str) -> Result<Answer, Problem> {
    let headers = [("accept", accept), ("content-type", kind)];
    answer(&sent("POST", &format!("/v1/consent/{}/deny", "07".repeat(32)), &headers, body))
}

fn denial(accept: &str, kind: &str, body: &str) -> Result<bool, Problem> {
    Ok(matches!(answered(accept, kind, body)?, Answer::Denied { .. }))
}

#[test]
fn nothing_less_than_the_ticked_box_or_confirm_true_denies() {
    claim_domain::proves!(D9);
    // What a mail scanner sends when it submits the form as it came, or posts to its address.
    for (accept, kind, body) in [
        ("text/html", FORM, ""),
        ("*/*", FORM, ""),
        ("", "", ""),
        ("text/html", FORM, "confirm="),
        ("text/html", FORM, "confirm=no"),
        ("text/html", FORM, "step=deny&lang=en"),
    ] {
        assert!(!denial(accept, kind, body).unwrap(), "{accept} {body}");
    }
    assert!(denial("text/html", FORM, "confirm=yes").unwrap());
    assert!(denial("application/json", "application/json", "{\"confirm\":true}").unwrap());
    for body in ["", "{}", "{\"confirm\":false}", "{\"confirm\":null}"] {
        let refused = denial("application/json", "application/json", body).unwrap_err();
        assert_eq!(
            (refused.kind, refused.refusal.errors[0].place()),
            (Kind::InvalidInput, "/confirm"),
            "{body}"
        );
    }
    assert!(denial("application/json", FORM, "confirm=no").is_err());
}

#[test]
fn a_reason_given_with_a_denial_is_taken_and_one_that_cannot_be_is_kept() {
    claim_domain::proves!(R15, D9, D19);
    let reason = |kind, body: &str| match answered("text/html", kind, body) {
        Ok(Answer::Denied { note }) => note,
        _ => panic!("{body} denies"),
    };
    assert_eq!(reason(FORM, "confirm=yes&note=Not+ours.%0D%0ABye."), Some("Not ours.\nBye.".to_owned()));
    for blank in ["confirm=yes", "confirm=yes&note=", "confirm=yes&note=+%0D%0A"] {
        assert_eq!(reason(FORM, blank), None, "{blank}");
    }
    let json = "{\"confirm\":true,\"note\":\"Not ours.\"}";
    assert_eq!(reason("application/json", json), Some("Not ours.".to_owned()));

    let asked = |body: &str| match answered("text/html", FORM, body) {
        Ok(Answer::Asked(asks)) => asks,
        _ => panic!("{body} denies nothing"),
    };
    let long = "n".repeat(8_001);
    for (body, fault, note) in [
        ("note=Not+ours.".to_owned(), Fault::NotTicked, "Not ours.".to_owned()),
        (format!("confirm=yes&note={long}"), Fault::Note, long.clone()),
        ("confirm=yes&note=a%07".to_owned(), Fault::Note, "a\u{7}".to_owned()),
    ] {
        assert_eq!(asked(&body), Asks { fault: Some(fault), note });
    }
    let refused = denial("application/json", FORM, &format!("confirm=yes&note={long}")).unwrap_err();
    assert_eq!(refused.refusal.errors[0].place(), "/note");
}

#[test]
fn an_address_for_questions_is_checked_at_the_start_and_may_be_absent() {
    claim_domain::proves!(D9, D3);
    let given = |value: &str| {
        contact(&[("PROGRAM_CONTACT".to_owned(), value.to_owned())].into_iter().collect::<Variables>())
    };
    assert_eq!(given("partners@Program.example").unwrap().as_deref(), Some("partners@program.example"));
    assert_eq!((given("").unwrap(), contact(&Variables::default()).unwrap()), (None, None));
    for malformed in ["partners", "Partners <partners@program.example>", "partners@program.example?cc=x"] {
        let error = given(malformed).unwrap_err().to_string();
        assert!(error.starts_with("PROGRAM_CONTACT: "), "{error}");
    }
}

#[test]
fn the_page_speaks_the_language_that_is_asked_for() {
    claim_domain::proves!(D21);
    let asked = |query: &str| asked_for(&Query::parse(query));
    assert_eq!(asked("lang=pl"), Some(Language::Pl));
    assert_eq!(asked("step=deny&lang=fr"), Some(Language::Fr));
    for query in ["", "lang=", "lang=xx", "lang=../../x", "LANG=pl"] {
        assert_eq!(asked(query), None, "{query}");
    }
}

#[test]
fn a_link_opens_after_a_head_request_and_with_a_slash_stuck_on() {
    claim_domain::proves!(D9);
    let link = format!("/v1/consent/{}", "07".repeat(32));
    for (method, path) in [("HEAD", link.clone()), ("GET", format!("{link}/")), ("GET", format!("{link})."))]
    {
        let request = sent(method, &path, &[], "");
        assert_eq!(request.operation(), Operation::OpenConsent, "{method} {path}");
        assert_eq!(request.named::<ConsentToken>("token").unwrap().to_string(), "07".repeat(32));
    }
}
