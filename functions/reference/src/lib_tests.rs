use claim_http::Received;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_http::http::header::ACCEPT;

use super::*;

fn get(path: &str, accept: &'static str) -> Request {
    let mut event = ApiGatewayV2httpRequest::default();
    event.raw_path = Some(path.to_owned());
    event.headers.insert(ACCEPT, lambda_http::http::HeaderValue::from_static(accept));
    Received::of(event, "").routed("reference").unwrap()
}

fn document(response: &Response<Body>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

#[test]
fn every_problem_is_described_where_its_type_points_to() {
    for kind in Kind::ALL {
        let answer = document(&problem(&get(&kind.reference(), "*/*")).unwrap());
        assert_eq!(answer["type"], kind.reference());
        assert_eq!(answer["status"], status_of(*kind));
        assert_eq!(answer["rule"], kind.rule().number());
    }
    let unknown = problem(&get("/v1/problems/no-such-kind", "*/*")).unwrap_err();
    assert_eq!(unknown.kind, Kind::NotFound);
}

#[test]
fn every_rule_is_served_where_problems_point_to() {
    for rule_of in Rule::ALL {
        let answer = document(&rule(&get(&rule_of.reference(), "*/*")).unwrap());
        assert_eq!(
            (&answer["id"], &answer["sentence"]),
            (&json!(rule_of.number()), &json!(rule_of.sentence()))
        );
    }
    assert_eq!(document(&rule(&get("/v1/rules/r13", "*/*")).unwrap())["id"], "R13");
    assert_eq!(rule(&get("/v1/rules/R0x", "*/*")).unwrap_err().kind, Kind::NotFound);
}

#[test]
fn a_browser_gets_pages_that_need_no_escaping() {
    for answer in [
        problem(&get("/v1/problems/revision-stale", "text/html")).unwrap(),
        problems(&get("/v1/problems", "text/html")),
        rule(&get("/v1/rules/R13", "text/html")).unwrap(),
        rules(&get("/v1/rules", "text/html")),
    ] {
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    }
    for kind in Kind::ALL {
        assert!(!format!("{}{}", kind.title(), kind.about()).contains(['<', '>', '&']), "{kind:?}");
    }
    for rule_of in Rule::ALL {
        assert!(!rule_of.sentence().contains(['<', '>', '&']), "{rule_of}");
    }
}

#[test]
fn a_rule_that_is_only_decided_says_so() {
    let page = |rule_of: Rule| {
        let answer = rule(&get(&rule_of.reference(), "text/html")).unwrap();
        String::from_utf8(answer.body().to_vec()).unwrap()
    };
    for rule_of in Rule::ALL {
        assert_eq!(page(*rule_of).contains("not in force yet"), !rule_of.is_in_force(), "{rule_of}");
    }
    let list = String::from_utf8(rules(&get("/v1/rules", "text/html")).body().to_vec()).unwrap();
    let decided = Rule::ALL.iter().filter(|rule_of| !rule_of.is_in_force()).count();
    assert_eq!(list.matches("not in force yet").count(), decided);
    assert!(page(Rule::R20).contains("<a href=\"/v1/problems/dispute-over\">dispute-over</a>"));
}

#[test]
fn the_lists_have_them_all() {
    let count = |response: &Response<Body>| document(response)["items"].as_array().unwrap().len();
    assert_eq!(count(&problems(&get("/v1/problems", "*/*"))), Kind::ALL.len());
    assert_eq!(count(&rules(&get("/v1/rules", "*/*"))), Rule::ALL.len());
}
