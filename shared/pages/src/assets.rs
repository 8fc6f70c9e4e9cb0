//! What pages load besides themselves. A name holds the hash of its content, so that it can be kept for ever.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claim_http::{Problem, Request, respond};
use claim_store::sha256;
use lambda_http::http::StatusCode;
use lambda_http::http::header::CACHE_CONTROL;
use lambda_http::{Body, Response};

/// A file that pages load.
pub struct Asset {
    stem: &'static str,
    ending: &'static str,
    media_type: &'static str,
    text: &'static str,
    name: OnceLock<String>,
}

/// The style of all pages.
pub static STYLE: Asset =
    Asset::new("app", "css", "text/css; charset=utf-8", include_str!("../../../infra/page/app.css"));
/// What a browser does beyond what pages do without it.
pub static SCRIPT: Asset =
    Asset::new("app", "js", "text/javascript; charset=utf-8", include_str!("../../../infra/page/app.js"));

/// The icon of all pages, which a browser asks for whether there is one or not.
pub static ICON: Asset =
    Asset::new("app", "svg", "image/svg+xml", include_str!("../../../infra/page/app.svg"));

static ALL: [&Asset; 3] = [&STYLE, &SCRIPT, &ICON];

impl Asset {
    const fn new(
        stem: &'static str,
        ending: &'static str,
        media_type: &'static str,
        text: &'static str,
    ) -> Self {
        Self { stem, ending, media_type, text, name: OnceLock::new() }
    }

    /// Its name, with the hash of its content.
    fn name(&self) -> &str {
        self.name.get_or_init(|| {
            let hash = sha256(self.text.as_bytes());
            let short = URL_SAFE_NO_PAD.encode(&hash.as_str().as_bytes()[..9]);
            format!("{}-{short}.{}", self.stem, self.ending)
        })
    }

    /// Its address.
    pub fn address(&self) -> String {
        format!("/assets/{}", self.name())
    }
}

/// The asset that a request names.
///
/// # Errors
/// Not found, for a name that none has, or has no longer.
pub fn answer(request: &Request) -> Result<Response<Body>, Problem> {
    let name = request.parameter("name");
    let asset = ALL.into_iter().find(|asset| asset.name() == name).ok_or_else(Problem::not_found)?;
    let response = respond::text(StatusCode::OK, asset.media_type, asset.text.to_owned());
    Ok(respond::with(response, &[(CACHE_CONTROL, "public, max-age=31536000, immutable")]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_changes_with_the_content() {
        let other = Asset::new("app", "css", "text/css", "other");
        assert_ne!(STYLE.name(), other.name());
        assert!(STYLE.address().starts_with("/assets/app-") && STYLE.address().ends_with(".css"));
    }
}
