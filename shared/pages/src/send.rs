//! How a page is sent: never stored, loading nothing from anywhere but here, and compressed for whoever takes that.

use std::io::Write;

use askama::Template;
use claim_http::{Problem, respond};
use flate2::Compression;
use flate2::write::GzEncoder;
use lambda_http::http::header::{CONTENT_ENCODING, VARY};
use lambda_http::http::{HeaderName, StatusCode};
use lambda_http::{Body, Response};

use crate::frame::Frame;
use crate::templates::OnwardPage;

/// From how many bytes on compressing pays.
const WORTH_IT: usize = 1_000;

/// A page.
///
/// # Errors
/// When it cannot be written, which is a fault of ours.
pub fn page(status: StatusCode, page: &impl Template) -> Result<Response<Body>, Problem> {
    Ok(respond::html(status, page.render().map_err(Problem::internal)?))
}

/// A redirection to another page after a form was carried out, so that loading that page again sends nothing again.
pub fn to(address: &str) -> Response<Body> {
    respond::see_other(address)
}

/// The way on to the issuer after a form: a page that goes there by itself, since a browser lets no form lead to another
/// site, not even by redirections (`form-action`). `title` says where it leads.
///
/// # Errors
/// When it cannot be written, which is a fault of ours.
pub fn onward(title: &str, address: &str) -> Result<Response<Body>, Problem> {
    page(StatusCode::OK, &OnwardPage { frame: Frame::for_everybody(title), address })
}

/// The headers of every page. `uploads` is the origin that documents are uploaded to and read from, which is another one
/// than the pages': what somebody uploaded can do nothing here.
pub(crate) fn headers(uploads: &str) -> [(HeaderName, String); 6] {
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' {uploads}; connect-src 'self' {uploads}; \
         frame-src {uploads}; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    [
        ("content-security-policy", policy),
        ("strict-transport-security", "max-age=63072000; includeSubDomains".to_owned()),
        ("referrer-policy", "same-origin".to_owned()),
        ("x-robots-tag", "noindex".to_owned()),
        ("cross-origin-opener-policy", "same-origin".to_owned()),
        ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()".to_owned()),
    ]
    .map(|(name, value)| (HeaderName::from_static(name), value))
}

/// The answer compressed, if it is a text worth it and `accepted` takes gzip.
pub(crate) fn compressed(accepted: Option<&str>, answer: Response<Body>) -> Response<Body> {
    let takes_gzip = accepted.is_some_and(|accepted| {
        accepted.split(',').any(|coding| {
            let mut parts = coding.split(';');
            let is_gzip = parts.next().is_some_and(|name| name.trim().eq_ignore_ascii_case("gzip"));
            is_gzip && !parts.any(|part| part.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)))
        })
    });
    let answer = respond::with(answer, &[(VARY, "accept-encoding")]);
    let Body::Text(text) = answer.body() else { return answer };
    if !takes_gzip || text.len() < WORTH_IT {
        return answer;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(text.len() / 2), Compression::default());
    let packed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    match packed {
        Ok(packed) => {
            let (parts, _) = answer.into_parts();
            respond::with(Response::from_parts(parts, Body::Binary(packed)), &[(CONTENT_ENCODING, "gzip")])
        }
        Err(_) => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(accepted: Option<&str>, length: usize) -> Response<Body> {
        compressed(accepted, respond::html(StatusCode::OK, "a".repeat(length)))
    }

    #[test]
    fn a_page_is_compressed_for_who_takes_that() {
        let packed = sent(Some("br, gzip;q=0.8"), 5_000);
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        assert!(packed.body().len() < 500);
        for (accepted, length) in
            [(None, 5_000), (Some("br"), 5_000), (Some("gzip;q=0"), 5_000), (Some("gzip"), 500)]
        {
            let plain = sent(accepted, length);
            assert!(!plain.headers().contains_key(CONTENT_ENCODING), "{accepted:?} {length}");
            assert_eq!(plain.headers()[VARY], "accept-encoding");
        }
    }

    #[test]
    fn a_page_runs_nothing_that_is_not_its_own() {
        let headers = headers("https://files.example");
        let policy = &headers[0].1;
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("connect-src 'self' https://files.example;"), "{policy}");
    }
}
