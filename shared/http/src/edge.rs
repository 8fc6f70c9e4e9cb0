//! A call: one request to the API, with what every function asks of it, and the one place where answers are logged.

use std::collections::HashMap;

use claim_domain::ids::ClaimId;
use claim_runtime::logging::chain;
use lambda_http::http::header::{CONTENT_TYPE, LOCATION};
use lambda_http::http::{HeaderMap, HeaderName, Method};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt, Response};
use serde_json::Value;

use crate::kind::Kind;
use crate::problem::Problem;
use crate::query::Query;

/// The largest body of a request (D19), in bytes.
pub const MAX_BODY_BYTES: usize = 256_000;

/// A request to the API.
#[derive(Debug)]
pub struct Call {
    method: Method,
    path: String,
    query: Query,
    headers: HeaderMap,
    body: Body,
    token: Option<HashMap<String, String>>,
    route: String,
    incident: String,
}

impl Call {
    /// The call that a request is.
    pub fn of(request: Request) -> Self {
        let pairs = request.query_string_parameters_ref();
        let pairs = pairs.map(|pairs| pairs.iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        let query = Query::of(pairs.into_iter().flatten());
        let context = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => Some(context),
            _ => None,
        };
        let authorizer = context.and_then(|context| context.authorizer.as_ref());
        let token = authorizer.and_then(|known| known.jwt.as_ref()).map(|jwt| jwt.claims.clone());
        let route = context.and_then(|context| context.route_key.clone()).unwrap_or_default();
        let gateway = || context.and_then(|context| context.request_id.clone());
        let lambda = request.lambda_context_ref().map(|context| context.request_id.clone());
        let incident = lambda.filter(|id| !id.is_empty()).or_else(gateway).unwrap_or_default();
        // The path as it came: a URI's is without `..` and `.`, which are segments like any other here.
        let raw = Some(request.raw_http_path()).filter(|path| !path.is_empty());
        let path = raw.unwrap_or(request.uri().path()).to_owned();
        let (parts, body) = request.into_parts();
        Self { method: parts.method, path, query, headers: parts.headers, body, token, route, incident }
    }

    /// The method.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The path as it was sent.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The query.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header with a text form.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as it was sent.
    pub fn body(&self) -> &[u8] {
        self.body.as_ref()
    }

    /// The claims of the access token, as the API's authorizer checked them.
    pub fn token(&self) -> Option<&HashMap<String, String>> {
        self.token.as_ref()
    }

    /// Method and path segments, to be matched.
    ///
    /// # Errors
    /// `body-too-large`, before anything else is looked at (D19).
    pub fn target(&self) -> Result<(&str, Vec<&str>), Problem> {
        if self.body().len() > MAX_BODY_BYTES {
            return Err(Problem::new(
                Kind::BodyTooLarge,
                format!("The body has {} bytes; at most {MAX_BODY_BYTES} are accepted.", self.body().len()),
                "Send less; documents are uploaded to the address that announcing them returns.",
            ));
        }
        Ok((self.method(), self.path.split('/').skip(1).collect()))
    }

    /// The answer to a method and path that no function has.
    pub fn no_such_route(&self) -> Problem {
        Problem::new(
            Kind::NoSuchRoute,
            "The API has no such method and path.",
            "Look the route up in the documentation of the API.",
        )
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// `unsupported-media-type` or `malformed-request`.
    pub fn json(&self) -> Result<Value, Problem> {
        self.json_as(&["application/json"])
    }

    /// The body as JSON of one of these media types.
    ///
    /// # Errors
    /// `unsupported-media-type` or `malformed-request`.
    pub fn json_as(&self, media_types: &[&str]) -> Result<Value, Problem> {
        let given = self.header(&CONTENT_TYPE).unwrap_or_default();
        let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if !media_types.contains(&essence.as_str()) {
            return Err(Problem::new(
                Kind::UnsupportedMediaType,
                format!("The body must be of the media type {}.", media_types.join(" or ")),
                format!("Send the header Content-Type: {}.", media_types.first().unwrap_or(&"")),
            ));
        }
        serde_json::from_slice(self.body()).map_err(|error| {
            Problem::new(
                Kind::MalformedRequest,
                format!("The body is not JSON: line {}, column {}.", error.line(), error.column()),
                "Send a JSON document in UTF-8.",
            )
        })
    }

    /// The body as JSON, or an empty object if there is none: for commands that take no fields.
    ///
    /// # Errors
    /// `unsupported-media-type` or `malformed-request`.
    pub fn json_or_nothing(&self) -> Result<Value, Problem> {
        if self.body().is_empty() { Ok(Value::Object(serde_json::Map::new())) } else { self.json() }
    }

    /// The answer to the call, or to its problem; logged here and nowhere else, in one line, by the route and never by
    /// the path, which may be a secret link (D9).
    pub fn conclude(&self, answer: Result<Response<Body>, Problem>) -> Response<Body> {
        let claim = claim_in(&self.path);
        let route = self.route.as_str();
        match answer {
            Ok(response) => {
                let made = response.headers().get(LOCATION).and_then(|place| place.to_str().ok());
                let claim = claim.or_else(|| claim_in(made?));
                tracing::info!(route, claim.id = claim, status = response.status().as_u16(), "answered");
                response
            }
            Err(problem) => {
                let (slug, status, rule) = (problem.kind.slug(), problem.kind.status(), problem.rule);
                match &problem.cause {
                    Some(cause) => {
                        let cause = chain(cause.as_ref());
                        let incident = self.incident.as_str();
                        tracing::error!(
                            route,
                            claim.id = claim,
                            status,
                            problem = slug,
                            rule,
                            incident,
                            cause,
                            "failed"
                        );
                    }
                    None => tracing::info!(route, claim.id = claim, status, problem = slug, rule, "refused"),
                }
                problem.response(&self.incident)
            }
        }
    }
}

/// The claim that a path is about.
fn claim_in(path: &str) -> Option<&str> {
    let mut segments = path.split('/').skip(2);
    let id = segments.next().filter(|kind| *kind == "claims").and(segments.next())?;
    id.parse::<ClaimId>().is_ok().then_some(id)
}

#[cfg(test)]
#[path = "edge_tests.rs"]
mod tests;
