//! Whether a caller prefers a page or JSON, or a list in a file (RFC 9110, 12.5.1).

/// How a page of a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A JSON document, with the cursor of the next page in it.
    Json,
    /// Lines of JSON, an item each.
    Lines,
    /// Rows of CSV (RFC 4180), an item each.
    Csv,
}

impl Form {
    /// The media type of lines of JSON.
    pub(crate) const JSON_LINES: &str = "application/jsonl";
    /// The media type of CSV, without its parameters.
    pub(crate) const TEXT_CSV: &str = "text/csv";

    /// The form that the header `Accept` prefers to JSON; JSON where no other is more welcome.
    pub(crate) fn preferred(accept: Option<&str>) -> Self {
        let accept = accept.unwrap_or_default();
        let json = weight_of(accept, "application/json");
        let (csv, lines) = (weight_of(accept, Self::TEXT_CSV), weight_of(accept, Self::JSON_LINES));
        match csv.max(lines) > json {
            false => Self::Json,
            true if csv >= lines => Self::Csv,
            true => Self::Lines,
        }
    }
}

/// Whether the header `Accept` prefers a page to JSON; not without the header, and not if both are equally welcome.
pub(crate) fn prefers_html(accept: Option<&str>) -> bool {
    let accept = accept.unwrap_or_default();
    let json = weight(accept, &["application/problem+json", "application/json"]);
    weight(accept, &["text/html", "application/xhtml+xml"]) > json
}

/// Whether the header `Accept` asks for JSON by its name, and for no page before it. A browser and a program that takes
/// anything do not.
pub(crate) fn asks_for_json(accept: Option<&str>) -> bool {
    let is_json = |range: &str| {
        range.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("application/json"))
    };
    accept.unwrap_or_default().split(',').any(is_json)
        && weight_of(accept.unwrap_or_default(), "application/json") > 0
        && !prefers_html(accept)
}

/// Whether the header `Accept` asks for JSON and nothing else. A browser of an embedded or older kind names pages in its
/// own way or not at all, a mail scanner and Office say `*/*` or nothing.
pub(crate) fn is_json_alone(accept: Option<&str>) -> bool {
    let names =
        accept.unwrap_or_default().split(',').map(|range| range.split(';').next().unwrap_or_default());
    let mut names =
        names.map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()).peekable();
    names.peek().is_some() && names.all(|name| name.ends_with("/json") || name.ends_with("+json"))
}

/// The weight of the most welcome of these media types, in thousandths: for each, that of the most specific range that
/// covers it.
fn weight(accept: &str, media_types: &[&str]) -> u32 {
    media_types.iter().map(|media_type| weight_of(accept, media_type)).max().unwrap_or(0)
}

fn weight_of(accept: &str, media_type: &str) -> u32 {
    let family = media_type.split('/').next().unwrap_or_default();
    let mut best = (0, 0);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let specific = if name == media_type {
            3
        } else if name.strip_suffix("/*") == Some(family) {
            2
        } else if name == "*/*" {
            1
        } else {
            continue;
        };
        let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        if specific > best.0 {
            best = (specific, thousandths(quality.unwrap_or("1")));
        }
    }
    best.1
}

/// A quality value such as `0.8` in thousandths; 0 if it has another form.
fn thousandths(quality: &str) -> u32 {
    let (whole, fraction) = quality.trim().split_once('.').unwrap_or((quality.trim(), ""));
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    match (whole, digits.parse::<u32>()) {
        ("1", Ok(_)) => 1000,
        ("0", Ok(fraction)) => fraction,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whoever_does_not_ask_for_json_alone_gets_a_page() {
        claim_domain::proves!(D9);
        for accept in [
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/html, application/xhtml+xml, */*",
            "image/gif, image/jpeg, application/x-ms-application, */*",
            "image/jxr, */*",
            "*/*",
            "",
            "application/json, text/plain, */*",
        ] {
            assert!(!is_json_alone(Some(accept)), "{accept}");
        }
        assert!(!is_json_alone(None));
        for accept in ["application/json", "application/problem+json, Application/JSON;q=0.5"] {
            assert!(is_json_alone(Some(accept)), "{accept}");
        }
    }

    #[test]
    fn browsers_get_pages_and_programs_get_json() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        assert!(prefers_html(Some(browser)));
        assert!(prefers_html(Some("text/html")));
        assert!(prefers_html(Some("text/*, application/json;q=0.5")));
        for accept in ["application/json", "*/*", "", "text/html;q=0.2, application/json", "text/html;q=0"] {
            assert!(!prefers_html(Some(accept)), "{accept}");
        }
        assert!(!prefers_html(None));
    }

    #[test]
    fn json_is_asked_for_by_its_name() {
        for accept in
            ["application/json", "Application/JSON;q=0.5, */*;q=0.1", "text/html;q=0.2, application/json"]
        {
            assert!(asks_for_json(Some(accept)), "{accept}");
        }
        for accept in
            ["*/*", "", "application/*", "application/json;q=0", "text/html, application/json;q=0.9"]
        {
            assert!(!asks_for_json(Some(accept)), "{accept}");
        }
        assert!(!asks_for_json(None));
    }

    #[test]
    fn a_list_is_a_file_for_who_likes_that_better_than_json() {
        for accept in ["text/csv", "Text/CSV; header=present", "application/json;q=0.5, text/csv", "text/*"] {
            assert_eq!(Form::preferred(Some(accept)), Form::Csv, "{accept}");
        }
        for accept in
            ["application/jsonl", "application/jsonl, text/csv;q=0.9", "application/jsonl, */*;q=0.1"]
        {
            assert_eq!(Form::preferred(Some(accept)), Form::Lines, "{accept}");
        }
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for accept in
            ["", "*/*", browser, "application/*", "text/csv, application/json", "text/csv;q=0", "image/png"]
        {
            assert_eq!(Form::preferred(Some(accept)), Form::Json, "{accept}");
        }
        assert_eq!(Form::preferred(None), Form::Json);
    }

    proptest! {
        #[test]
        fn no_header_panics(accept in ".{0,80}") {
            let _ = asks_for_json(Some(&accept));
            let _ = Form::preferred(Some(&accept));
            let _ = prefers_html(Some(&accept));
        }
    }
}
