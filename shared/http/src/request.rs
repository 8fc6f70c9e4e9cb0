//! A request to the API, read straight from Lambda's event, and the one place where answers are logged.

use std::collections::HashMap;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claim_domain::ids::{ClaimId, EvidenceId};
use claim_domain::refusal::{Kind, Refusal};
use claim_runtime::logging::chain;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_http::http::header::{ACCEPT, ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use lambda_http::http::{HeaderMap, HeaderName, Method};
use lambda_http::{Body, Response};
use serde_json::Value;

use crate::accept::{Form, asks_for_json, is_json_alone, prefers_html};
use crate::json;
use crate::problem::{Problem, status_of};
use crate::query::Query;
use crate::registry::{CATCH_ALL, Operation, Route, of_path, route};
use crate::respond;

/// The largest body of a request (D19), in bytes.
pub const MAX_BODY_BYTES: usize = 256_000;

/// A request to the API whose route is known.
#[derive(Debug)]
pub struct Request {
    route: &'static Route,
    parameters: Vec<(&'static str, String)>,
    query: Query,
    csrf: Option<String>,
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
    request_id: Option<String>,
    incident: String,
}

/// A document that a request lets somebody read.
struct Opened<'a> {
    document: EvidenceId,
    /// Who reads it, as the token calls them.
    subject: Option<&'a str>,
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
            incident: incident.or_else(|| context.request_id.clone()).unwrap_or_default(),
            request_id: context.request_id,
        }
    }

    /// Finds the route among those of a function.
    ///
    /// # Errors
    /// The request as it came, with `body-too-large`, before anything else is looked at (D19), `method-not-allowed` with
    /// `Allow`, or `no-such-route`.
    pub fn routed(self, function: &str) -> Result<Request, Box<(Self, Problem)>> {
        if self.body.len() > MAX_BODY_BYTES {
            let problem = Problem::new(
                Kind::BodyTooLarge,
                format!("The body has {} bytes; at most {MAX_BODY_BYTES} are accepted.", self.body.len()),
                "Send less; documents are uploaded to the address that announcing them returns.",
            );
            return Err(Box::new((self, problem)));
        }
        // A link that stands before a slash or at the end of a sentence gets one stuck on.
        let path = if self.is_of_a_link() { self.path.trim_end_matches('/') } else { &self.path };
        let found = route(self.method.as_str(), path).filter(|route| route.function == function);
        let found = found.and_then(|route| {
            let owned = route.parameters(path)?.into_iter().map(|(name, value)| (name, value.to_owned()));
            Some((route, owned.collect()))
        });
        let Some((route, parameters)) = found else {
            let problem = self.unknown(path);
            return Err(Box::new((self, problem)));
        };
        Ok(Request { route, parameters, query: Query::parse(&self.query), csrf: None, received: self })
    }

    /// What there is to say of a request without a route: that the path has others, or that there is no such path.
    fn unknown(&self, path: &str) -> Problem {
        let known: Vec<&str> = of_path(path).flat_map(Route::methods).collect();
        if known.is_empty() || known.contains(&self.method.as_str()) {
            return Problem::new(
                Kind::NoSuchRoute,
                "The API has no such path.",
                "Look the route up in GET /v1/openapi.json.",
            );
        }
        let known = known.join(", ");
        let problem = Problem::new(
            Kind::MethodNotAllowed,
            format!("The path cannot be asked with the method {}.", self.method),
            format!("Use one of its methods: {known}."),
        );
        Problem { accepts: Some((ALLOW, known)), ..problem }
    }

    /// The methods of a path, where that is what is asked: Office programs do so before they open a link (D9).
    pub(crate) fn options(&self) -> Option<Response<Body>> {
        let path = if self.is_of_a_link() { self.path.trim_end_matches('/') } else { &self.path };
        let known: Vec<&str> = of_path(path).flat_map(Route::methods).collect();
        let is_asked = self.method == Method::OPTIONS && !known.is_empty();
        is_asked.then(|| respond::methods(&known.join(", ")))
    }

    /// A redirection to the same path without the slash at its end, where that is the path of a route. The gateway takes a
    /// path literally, and what it does not know comes here without its having looked at the token.
    pub(crate) fn without_slash(&self) -> Option<Response<Body>> {
        let path = self.path.strip_suffix('/').filter(|_| self.route_key == CATCH_ALL)?;
        route(self.method.as_str(), path)?;
        // The path comes decoded; only what means itself goes into an address as it is.
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/-._~".contains(&b);
        let address = if self.query.is_empty() { path.to_owned() } else { format!("{path}?{}", self.query) };
        path.bytes().all(is_plain).then(|| respond::permanently(&address))
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

    /// Whether the caller asks for JSON by its name.
    pub fn asks_for_json(&self) -> bool {
        asks_for_json(self.header(&ACCEPT))
    }

    /// In which form the caller likes a list best.
    pub(crate) fn form(&self) -> Form {
        Form::preferred(self.header(&ACCEPT))
    }

    /// Whether a person may be asking: whoever does not ask for JSON alone.
    pub fn wants_page(&self) -> bool {
        !is_json_alone(self.header(&ACCEPT))
    }

    /// The query.
    pub fn query(&self) -> Query {
        Query::parse(&self.query)
    }

    /// Whether only the head of an answer is asked for.
    pub fn is_head(&self) -> bool {
        self.method == Method::HEAD
    }

    /// The claims of the access token, as the API's authorizer checked them.
    pub fn token(&self) -> Option<&HashMap<String, String>> {
        self.token.as_ref()
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path as it came.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path as it came, with its query.
    pub fn address(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// By what people can tell us of this request, should it fail.
    pub fn incident(&self) -> &str {
        &self.incident
    }

    /// The answer to the request, or to its problem. It is logged here and nowhere else, in one line, with the route
    /// and never with the path, which may hold a secret link (D9). The gateway's id of the request joins the line to
    /// the access log's.
    ///
    /// # Errors
    /// The problem, to be shown.
    pub fn conclude(&self, answer: Result<Response<Body>, Problem>) -> Result<Response<Body>, Problem> {
        self.concluded(answer, &self.route_key, None)
    }

    fn concluded(
        &self,
        answer: Result<Response<Body>, Problem>,
        route: &str,
        opened: Option<Opened<'_>>,
    ) -> Result<Response<Body>, Problem> {
        let named = claim_in(&self.path);
        let request_id = self.request_id.as_deref();
        match answer {
            Ok(response) => {
                let made = response.headers().get(LOCATION).and_then(|place| place.to_str().ok());
                let claim = named.or_else(|| claim_in(made?));
                tracing::info!(
                    route,
                    requestId = request_id,
                    claim.id = claim.as_ref().map(ClaimId::as_str),
                    evidence.id = opened.as_ref().map(|opened| opened.document.as_str()),
                    subject = opened.as_ref().and_then(|opened| opened.subject),
                    status = response.status().as_u16(),
                    "answered"
                );
                Ok(response)
            }
            Err(problem) => {
                let (slug, status) = (problem.kind.slug(), status_of(problem.kind));
                let rule = problem.rule.number();
                let claim = named.as_ref().map(ClaimId::as_str);
                match &problem.cause {
                    Some(cause) => tracing::error!(
                        route,
                        requestId = request_id,
                        claim.id = claim,
                        status,
                        problem = slug,
                        rule,
                        incident = self.incident,
                        cause = chain(cause.as_ref()),
                        "failed"
                    ),
                    None => tracing::info!(
                        route,
                        requestId = request_id,
                        claim.id = claim,
                        status,
                        problem = slug,
                        rule,
                        "refused"
                    ),
                }
                Err(problem)
            }
        }
    }
}

impl Request {
    /// The request as it came.
    pub fn received(&self) -> &Received {
        &self.received
    }

    /// The answer to the request, logged as by [`Received::conclude`]. Where it lets the caller read a document, the line
    /// says which one and to whom: by their ids, and never by the document's name or the address that was signed. Of a page
    /// the gateway knows only the first segment; the line names the page.
    pub(crate) fn conclude(
        &self,
        answer: Result<Response<Body>, Problem>,
    ) -> Result<Response<Body>, Problem> {
        let is_download = matches!(
            self.operation(),
            Operation::DownloadEvidence | Operation::OpenOwnProof | Operation::OpenProof
        );
        let document = is_download.then(|| self.named("evidenceId").ok()).flatten();
        let subject = self.received.token.as_ref().and_then(|token| token.get("sub")).map(String::as_str);
        let opened = document.map(|document| Opened { document, subject });
        let route = if self.route.is_page() { self.route.key() } else { self.received.route_key.clone() };
        self.received.concluded(answer, &route, opened)
    }

    /// Says who calls, where a session does and not a token: by the claims of the access token that the session was begun or
    /// renewed with. Every form that is sent has to bring `csrf` along.
    pub fn sign_in(&mut self, claims: HashMap<String, String>, csrf: String) {
        self.received.token = Some(claims);
        self.csrf = Some(csrf);
    }

    /// What every form of the caller's session carries, so that no other site can make the caller's browser send one; `None`
    /// without a session.
    pub fn csrf(&self) -> Option<&str> {
        self.csrf.as_deref()
    }

    /// Checks what every route expects, once it is known who calls: a route without parameters refuses all of them, and a
    /// command takes one.
    ///
    /// # Errors
    /// `invalid-query`.
    pub(crate) fn checked(&self) -> Result<(), Problem> {
        let is_known = self.route.needs_no_token() || self.received.token.is_some();
        if !is_known || self.route.reads_query() {
            Ok(())
        } else if self.route.is_command() {
            self.query.dry_run().map(|_| ())
        } else {
            self.query.none()
        }
    }

    /// Whether the command is only tried: its answer says what would follow, and nothing is written.
    pub fn is_dry_run(&self) -> bool {
        self.route.is_command() && self.query.dry_run().unwrap_or_default()
    }

    /// What is asked.
    pub fn operation(&self) -> Operation {
        self.route.operation
    }

    /// The route of the request.
    pub fn route(&self) -> &'static Route {
        self.route
    }

    /// The path as we write it: ids have one spelling, and nothing follows the last segment. A customer's link is left
    /// out, since it is a secret (D9).
    pub fn path(&self) -> String {
        let segments = self.route.path.split('/').map(|segment| {
            match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some("token") | None => segment.to_owned(),
                Some(name) => {
                    let given = self.parameter(name);
                    given.parse::<ClaimId>().map_or_else(|_| given.to_owned(), String::from)
                }
            }
        });
        segments.collect::<Vec<_>>().join("/")
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

    /// The body as JSON, in a media type that the route takes; an empty object if it may be left out and is, or says as
    /// little.
    ///
    /// # Errors
    /// `unsupported-media-type` or `malformed-request`.
    pub fn json(&self) -> Result<Value, Problem> {
        if self.route.body.may_be_left_out() && matches!(json::trimmed(self.body()), b"" | b"null" | b"{}") {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        let encodings = self.headers().get_all(CONTENT_ENCODING).iter();
        if let Some(encoding) = encodings.into_iter().find(|encoding| *encoding != "identity") {
            let encoding = String::from_utf8_lossy(encoding.as_bytes()).into_owned();
            return Err(Problem::unsupported(
                format!("The body has the content encoding {encoding:?}; bodies are read as they are."),
                "Send the body uncompressed and without Content-Encoding.",
                (ACCEPT_ENCODING, "identity".to_owned()),
            ));
        }
        let media_types = self.route.body.media_types();
        let given = self.received.header(&CONTENT_TYPE).unwrap_or_default();
        let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if !media_types.contains(&essence.as_str()) {
            let accepts = match self.route.method == Method::PATCH.as_str() {
                true => HeaderName::from_static("accept-patch"),
                false => ACCEPT,
            };
            return Err(Problem::unsupported(
                format!("The body must be of the media type {}.", media_types.join(" or ")),
                format!("Send the header Content-Type: {}.", media_types.first().unwrap_or(&"")),
                (accepts, media_types.join(", ")),
            ));
        }
        let (value, repeated) = json::read(self.body()).map_err(|error| {
            Problem::new(
                Kind::MalformedRequest,
                format!("The body is not JSON: line {}, column {}.", error.line(), error.column()),
                "Send a JSON document in UTF-8.",
            )
        })?;
        if repeated.is_empty() { Ok(value) } else { Err(Problem::ambiguous(repeated)) }
    }
}

/// The claim in a path, in its one spelling.
fn claim_in(path: &str) -> Option<ClaimId> {
    let path = path.strip_prefix("/v1").unwrap_or(path);
    let mut segments = path.split('/').skip(1);
    let id = segments.next().filter(|kind| matches!(*kind, "claims" | "review")).and(segments.next())?;
    id.parse().ok()
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
