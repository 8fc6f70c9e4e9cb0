//! A request to the API, read straight from Lambda's event, and the one place where answers are logged.

use std::collections::HashMap;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claim_domain::ids::ClaimId;
use claim_domain::refusal::{Kind, Refusal};
use claim_runtime::logging::chain;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_http::http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use lambda_http::http::{HeaderMap, HeaderName, Method};
use lambda_http::{Body, Response};
use serde_json::Value;

use crate::accept::prefers_html;
use crate::problem::{Problem, status_of};
use crate::query::Query;
use crate::registry::{Operation, ROUTES, Route};

/// The largest body of a request (D19), in bytes.
pub const MAX_BODY_BYTES: usize = 256_000;

/// A request to the API whose route is known.
#[derive(Debug)]
pub struct Request {
    route: &'static Route,
    parameters: Vec<(&'static str, String)>,
    query: Query,
    received: Received,
}

/// A request as it came, before its route is known.
#[derive(Debug)]
pub struct Received {
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Vec<u8>,
    token: Option<HashMap<String, String>>,
    route_key: String,
    incident: String,
}

impl Received {
    /// The request in an event; `request_id` is the invocation's.
    pub fn of(event: ApiGatewayV2httpRequest, request_id: &str) -> Self {
        let context = event.request_context;
        let body = event.body.unwrap_or_default();
        let body = match event.is_base64_encoded {
            // A body that is not Base64 is left as it is, and is refused like any other bad body.
            true => STANDARD.decode(&body).unwrap_or_else(|_| body.into_bytes()),
            false => body.into_bytes(),
        };
        let incident = Some(request_id.to_owned()).filter(|id| !id.is_empty());
        Self {
            method: context.http.method,
            path: event.raw_path.unwrap_or_default(),
            query: event.raw_query_string.unwrap_or_default(),
            headers: event.headers,
            body,
            token: context.authorizer.and_then(|known| known.jwt).map(|jwt| jwt.claims),
            route_key: context.route_key.unwrap_or_default(),
            incident: incident.or(context.request_id).unwrap_or_default(),
        }
    }

    /// Finds the route among those of a function.
    ///
    /// # Errors
    /// The request as it came, with `body-too-large`, before anything else is looked at (D19), or `no-such-route`.
    pub fn routed(self, function: &str) -> Result<Request, (Self, Problem)> {
        if self.body.len() > MAX_BODY_BYTES {
            let problem = Problem::new(
                Kind::BodyTooLarge,
                format!("The body has {} bytes; at most {MAX_BODY_BYTES} are accepted.", self.body.len()),
                "Send less; documents are uploaded to the address that announcing them returns.",
            );
            return Err((self, problem));
        }
        let method = self.method.as_str();
        let mut own = ROUTES.iter().filter(|route| route.function == function && route.method == method);
        let found = own.find_map(|route| {
            let parameters = route.parameters(&self.path)?;
            let owned = parameters.into_iter().map(|(name, value)| (name, value.to_owned()));
            Some((route, owned.collect()))
        });
        let Some((route, parameters)) = found else {
            let problem = Problem::new(
                Kind::NoSuchRoute,
                "The API has no such method and path.",
                "Look the route up in the documentation of the API.",
            );
            return Err((self, problem));
        };
        Ok(Request { route, parameters, query: Query::parse(&self.query), received: self })
    }

    /// A header with a text form.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Whether the path holds a customer's link, which is a secret (D9).
    pub fn is_of_a_link(&self) -> bool {
        self.path.starts_with("/v1/consent/")
    }

    /// Whether the caller prefers a page to JSON.
    pub fn prefers_html(&self) -> bool {
        prefers_html(self.header(&ACCEPT))
    }

    /// The claims of the access token, as the API's authorizer checked them.
    pub fn token(&self) -> Option<&HashMap<String, String>> {
        self.token.as_ref()
    }

    /// The answer to the request, or to its problem. It is logged here and nowhere else, in one line, with the route
    /// and never with the path, which may hold a secret link (D9).
    pub fn conclude(&self, answer: Result<Response<Body>, Problem>) -> Response<Body> {
        let claim = claim_in(&self.path);
        let route = self.route_key.as_str();
        match answer {
            Ok(response) => {
                let made = response.headers().get(LOCATION).and_then(|place| place.to_str().ok());
                let claim = claim.or_else(|| claim_in(made?));
                tracing::info!(route, claim.id = claim, status = response.status().as_u16(), "answered");
                response
            }
            Err(problem) => {
                let (slug, status) = (problem.kind.slug(), status_of(problem.kind));
                let rule = problem.rule.number();
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

impl Request {
    /// The request as it came.
    pub fn received(&self) -> &Received {
        &self.received
    }

    /// What is asked.
    pub fn operation(&self) -> Operation {
        self.route.operation
    }

    /// The route of the request.
    pub fn route(&self) -> &'static Route {
        self.route
    }

    /// The path as it was sent.
    pub fn path(&self) -> &str {
        &self.received.path
    }

    /// The value of a parameter in the path; empty if the route has no such parameter.
    pub fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// What a parameter in the path identifies: a claim, a document, a link.
    ///
    /// # Errors
    /// Not found, for text that is no such identifier: nothing can exist under it.
    pub fn named<T: FromStr>(&self, parameter: &str) -> Result<T, Problem> {
        self.parameter(parameter).parse().map_err(|_| Problem::not_found())
    }

    /// The claim that the path names.
    ///
    /// # Errors
    /// Not found, for a text that is no id.
    pub fn claim(&self) -> Result<ClaimId, Problem> {
        self.named("id")
    }

    /// The query.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.received.headers
    }

    /// The body as it was sent.
    pub fn body(&self) -> &[u8] {
        &self.received.body
    }

    /// Whether the caller prefers a page to JSON.
    pub fn prefers_html(&self) -> bool {
        self.received.prefers_html()
    }

    /// What `read` makes of the body, which is JSON in a media type that the route takes. That `read` refuses the body
    /// is not an error here: other refusals come first, for example that there is no such claim.
    ///
    /// # Errors
    /// `unsupported-media-type` or `malformed-request`.
    pub fn input<T>(
        &self,
        read: impl FnOnce(&Value) -> Result<T, Refusal>,
    ) -> Result<Result<T, Refusal>, Problem> {
        Ok(read(&self.json()?))
    }

    /// The body as JSON, in a media type that the route takes; an empty object if it may be left out and is.
    ///
    /// # Errors
    /// `unsupported-media-type` or `malformed-request`.
    pub fn json(&self) -> Result<Value, Problem> {
        if self.route.body.may_be_left_out() && self.body().is_empty() {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        let media_types = self.route.body.media_types();
        let given = self.received.header(&CONTENT_TYPE).unwrap_or_default();
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
}

/// The claim in a path.
fn claim_in(path: &str) -> Option<&str> {
    let mut segments = path.split('/').skip(2);
    let id = segments.next().filter(|kind| *kind == "claims").and(segments.next())?;
    id.parse::<ClaimId>().is_ok().then_some(id)
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
