//! Whether an answer that was seen is one that the contract knows.

use std::collections::BTreeMap;

use claim_http::PROBLEM_JSON;
use claim_http::registry::{ROUTES, Route, route};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::document;

/// The answers that the contract knows: by route, status and media type.
pub struct KnownAnswers {
    validators: BTreeMap<(String, u16, String), Validator>,
    problems: BTreeMap<(String, u16), Vec<String>>,
}

impl KnownAnswers {
    /// Those of the present contract.
    ///
    /// # Errors
    /// When a schema of it is none.
    pub fn new() -> Result<Self, String> {
        let document = document();
        let mut known = Self { validators: BTreeMap::new(), problems: BTreeMap::new() };
        for route in ROUTES.iter().filter(|route| !route.is_page()) {
            let answers = &document["paths"][route.path][route.method.to_ascii_lowercase()]["responses"];
            for (status, answer) in answers.as_object().into_iter().flatten() {
                let status: u16 = status.parse().map_err(|_| format!("{status} is no status"))?;
                let slugs = answer["x-problems"].as_array().into_iter().flatten().filter_map(Value::as_str);
                known.problems.insert((route.key(), status), slugs.map(str::to_owned).collect());
                for (media, content) in answer["content"].as_object().into_iter().flatten() {
                    let mut schema = content["schema"].clone();
                    schema["components"] = json!({ "schemas": document["components"]["schemas"] });
                    let validator = jsonschema::validator_for(&schema)
                        .map_err(|error| format!("{} {status} {media}: {error}", route.key()))?;
                    known.validators.insert((route.key(), status, media.clone()), validator);
                }
            }
        }
        Ok(known)
    }

    /// Looks at an answer of the API; one to a path that is no route's, or a page's, is none of the contract's.
    ///
    /// # Errors
    /// What about it the contract does not know.
    pub fn check(
        &self,
        method: &str,
        path: &str,
        status: u16,
        media: &str,
        body: &[u8],
    ) -> Result<(), String> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let Some(route) = route(method, path).filter(|route| !route.is_page()) else { return Ok(()) };
        // A slash too many at the end of a path: the path itself is no route's.
        if status == 308 {
            return Ok(());
        }
        let place = format!("{} answers {status}", route.key());
        let Some(slugs) = self.problems.get(&(route.key(), status)) else {
            return Err(format!("{place}, which the contract does not know"));
        };
        let media = media.split(';').next().unwrap_or_default().trim();
        if body.is_empty()
            || method == "HEAD"
            || matches!(media, "text/html" | "text/csv" | "application/jsonl")
        {
            return Ok(());
        }
        let Some(validator) = self.validator(route, status, media) else {
            return Err(format!("{place} as {media:?}, which the contract does not know"));
        };
        let body: Value = serde_json::from_slice(body).map_err(|error| format!("{place}: {error}"))?;
        if let Some(error) = validator.iter_errors(&body).next() {
            return Err(format!("{place}: at {}: {error}", error.instance_path()));
        }
        let slug = body["type"].as_str().and_then(|kind| kind.rsplit('/').next()).unwrap_or_default();
        if media == PROBLEM_JSON && !slugs.iter().any(|known| known == slug) {
            return Err(format!("{place} with the problem {slug}, which the contract does not name there"));
        }
        Ok(())
    }

    fn validator(&self, route: &Route, status: u16, media: &str) -> Option<&Validator> {
        self.validators.get(&(route.key(), status, media.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_the_contract_does_not_know_is_told() {
        let known = KnownAnswers::new().unwrap();
        let check = |status, media: &str, body: Value| {
            known.check("GET", "/v1/claims?limit=1", status, media, body.to_string().as_bytes())
        };
        let page = json!({ "items": [], "notice": "Lists may lag." });
        assert_eq!(check(200, "application/json", page.clone()), Ok(()));
        assert!(check(202, "application/json", page.clone()).is_err(), "a status");
        assert!(check(200, "text/plain", page).is_err(), "a media type");
        assert!(check(200, "application/json", json!({ "items": "none" })).is_err(), "a body");
        let problem = |slug: &str| {
            json!({
                "type": format!("/v1/problems/{slug}"), "title": "T", "status": 403, "detail": "D", "rule": "R1",
                "allowed": [], "next": "N",
            })
        };
        assert_eq!(check(403, PROBLEM_JSON, problem("forbidden")), Ok(()));
        assert!(check(403, PROBLEM_JSON, problem("not-assigned")).is_err(), "a problem of other routes");
    }

    #[test]
    fn what_is_no_route_of_the_api_is_not_looked_at() {
        let known = KnownAnswers::new().unwrap();
        assert_eq!(known.check("GET", "/claims", 200, "text/html", b"<p>"), Ok(()));
        assert_eq!(known.check("GET", "/v1/nothing", 404, PROBLEM_JSON, b"{}"), Ok(()));
    }
}
