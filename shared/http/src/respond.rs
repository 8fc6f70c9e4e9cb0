//! Answers: JSON or HTML, not stored by a cache unless a function says otherwise, and never guessed at by a browser.

use lambda_http::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, LINK, LOCATION, X_CONTENT_TYPE_OPTIONS,
};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;

use crate::etag::{etag, is_known};
use crate::problem::Problem;
use crate::registry::Deprecation;

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// A JSON document.
pub fn json(status: StatusCode, document: &impl Serialize) -> Response<Body> {
    match serde_json::to_string(document) {
        Ok(document) => text(status, "application/json", document),
        Err(error) => {
            tracing::error!(error = %error, "an answer cannot be written as JSON");
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// A page.
pub fn html(status: StatusCode, page: String) -> Response<Body> {
    text(status, "text/html; charset=utf-8", page)
}

/// No content at all.
pub fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    with(response, &[(CACHE_CONTROL, "no-store")])
}

/// A redirection to `location` (303).
pub fn see_other(location: &str) -> Response<Body> {
    with(empty(StatusCode::SEE_OTHER), &[(LOCATION, location)])
}

/// A redirection to where the same request belongs (308).
pub(crate) fn permanently(location: &str) -> Response<Body> {
    with(empty(StatusCode::PERMANENT_REDIRECT), &[(LOCATION, location)])
}

/// The response, which shows a claim at this revision, with its ETag.
pub fn tagged(response: Response<Body>, revision: u64) -> Response<Body> {
    let tag = etag(revision, response.body().as_ref());
    with(response, &[(ETAG, &tag)])
}

/// The response, or only that it has not changed (304) for who has it already by `If-None-Match`.
///
/// # Errors
/// `malformed-request` for a header of another form.
pub fn unless_known(headers: &HeaderMap, response: Response<Body>) -> Result<Response<Body>, Problem> {
    let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default();
    if tag.is_empty() || !is_known(headers, tag)? {
        return Ok(response);
    }
    Ok(with(empty(StatusCode::NOT_MODIFIED), &[(ETAG, tag)]))
}

/// The response of a route, which says so if the route has to go.
pub(crate) fn deprecated(deprecation: Option<Deprecation>, response: Response<Body>) -> Response<Body> {
    let Some(deprecation) = deprecation else { return response };
    let [since, sunset, link] = deprecation.headers();
    with(response, &[(DEPRECATION, &since), (SUNSET, &sunset), (LINK, &link)])
}

/// An answer without content that lists the methods of a path.
pub fn methods(allowed: &str) -> Response<Body> {
    with(empty(StatusCode::NO_CONTENT), &[(ALLOW, allowed)])
}

/// The response with these headers added; a value that cannot be sent as a header is left out.
pub fn with(mut response: Response<Body>, headers: &[(HeaderName, &str)]) -> Response<Body> {
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A text of this media type.
pub fn text(status: StatusCode, media_type: &str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::Text(text));
    *response.status_mut() = status;
    with(
        response,
        &[(CONTENT_TYPE, media_type), (CACHE_CONTROL, "no-store"), (X_CONTENT_TYPE_OPTIONS, "nosniff")],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_of_a_deprecated_route_say_that_it_has_to_go() {
        let deprecation = Deprecation {
            since: 1_772_323_200,
            sunset: 1_803_859_200,
            successor: "https://claims.example/v2",
        };
        let answer = deprecated(Some(deprecation), empty(StatusCode::NO_CONTENT));
        assert_eq!(answer.headers()["deprecation"], "@1772323200");
        assert_eq!(answer.headers()["sunset"], "Mon, 01 Mar 2027 00:00:00 GMT");
        assert_eq!(answer.headers()["link"], "<https://claims.example/v2>; rel=\"deprecation\"");
        let answer = deprecated(None, empty(StatusCode::NO_CONTENT));
        assert!(["deprecation", "sunset", "link"].iter().all(|name| !answer.headers().contains_key(*name)));
    }
}
