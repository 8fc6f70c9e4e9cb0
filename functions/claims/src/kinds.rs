//! What the problems mean, for everybody who follows the `type` of one.

use claim_http::accept::prefers_html;
use claim_http::{Call, Kind, Problem, respond};
use lambda_http::http::StatusCode;
use lambda_http::http::header::{ACCEPT, CACHE_CONTROL};
use lambda_http::{Body, Response};
use serde_json::{Value, json};

/// How long a description may be kept: it changes with a release only.
const KEEP: &str = "public, max-age=3600";

/// Every kind of problem.
pub(crate) fn all() -> Response<Body> {
    let items: Vec<_> = Kind::ALL.iter().map(|kind| document(*kind)).collect();
    respond::with(respond::json(StatusCode::OK, &json!({ "items": items })), &[(CACHE_CONTROL, KEEP)])
}

/// One kind of problem, as JSON or as a page.
///
/// # Errors
/// Not found.
pub(crate) fn one(call: &Call, slug: &str) -> Result<Response<Body>, Problem> {
    let kind = Kind::of(slug).ok_or_else(Problem::not_found)?;
    let response = match prefers_html(call.header(&ACCEPT)) {
        true => respond::html(StatusCode::OK, page(kind)),
        false => respond::json(StatusCode::OK, &document(kind)),
    };
    Ok(respond::with(response, &[(CACHE_CONTROL, KEEP)]))
}

fn document(kind: Kind) -> Value {
    json!({
        "type": kind.reference(),
        "title": kind.title(),
        "status": kind.status(),
        "rule": kind.rule(),
        "description": kind.about(),
    })
}

/// A page without style or script. Everything on it is written in the table of kinds, so that nothing needs escaping.
fn page(kind: Kind) -> String {
    let (title, about) = (kind.title(), kind.about());
    let (slug, status, rule) = (kind.slug(), kind.status(), kind.rule());
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n<body>\n\
         <h1>{title}</h1>\n<p>{about}</p>\n\
         <p>Problem <code>{slug}</code>, answered with status {status}; rule {rule}.</p>\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use lambda_http::Body;
    use lambda_http::http::Request;

    use super::*;

    fn get(accept: &str, slug: &str) -> Result<Response<Body>, Problem> {
        let request = Request::builder().uri("/v1/problems/x").header(ACCEPT, accept);
        one(&Call::of(request.body(Body::Empty).unwrap()), slug)
    }

    #[test]
    fn every_type_is_described_where_it_points_to() {
        for kind in Kind::ALL {
            let answer = get("*/*", kind.slug()).unwrap();
            let document: Value = serde_json::from_slice(answer.body()).unwrap();
            assert_eq!(document["type"], format!("/v1/problems/{}", kind.slug()));
            assert_eq!(document["status"], kind.status());
        }
        assert_eq!(get("*/*", "no-such-kind").unwrap_err().kind, Kind::NotFound);
    }

    #[test]
    fn a_browser_gets_a_page_that_needs_no_escaping() {
        let answer = get("text/html", "revision-stale").unwrap();
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
        for kind in Kind::ALL {
            assert!(!format!("{}{}", kind.title(), kind.about()).contains(['<', '>', '&']), "{kind:?}");
        }
    }

    #[test]
    fn the_list_has_them_all() {
        let document: Value = serde_json::from_slice(all().body()).unwrap();
        assert_eq!(document["items"].as_array().unwrap().len(), Kind::ALL.len());
    }
}
