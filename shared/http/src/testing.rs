//! Requests for tests, made through Lambda's event, and what is logged of them.

use std::io::Write;
use std::sync::{Arc, Mutex};

use claim_runtime::logging;
use lambda_http::aws_lambda_events::apigw::{
    ApiGatewayRequestAuthorizer, ApiGatewayRequestAuthorizerJwtDescription, ApiGatewayV2httpRequest,
};
use lambda_http::http::{HeaderName, HeaderValue};
use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::with_default;

use crate::problem::Problem;
use crate::registry::route;
use crate::request::{Received, Request};

/// The event of a request; `path` may have a query.
pub(crate) fn event(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> ApiGatewayV2httpRequest {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut event = ApiGatewayV2httpRequest::default();
    event.request_context.http.method = method.parse().unwrap();
    event.raw_path = Some(path.to_owned());
    event.raw_query_string = Some(query.to_owned());
    event.body = Some(body.to_owned()).filter(|body| !body.is_empty());
    for (name, value) in headers {
        event.headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    }
    event
}

/// What the API's authorizer says about somebody who is signed in.
pub(crate) fn authorizer() -> ApiGatewayRequestAuthorizer {
    let mut authorizer = ApiGatewayRequestAuthorizer::default();
    authorizer.jwt = Some(ApiGatewayRequestAuthorizerJwtDescription::default());
    authorizer
}

/// The request in an event, with the route of any function.
pub(crate) fn routed(event: ApiGatewayV2httpRequest) -> Result<Request, Problem> {
    let path = event.raw_path.clone().unwrap_or_default();
    let method = event.request_context.http.method.to_string();
    let function = route(&method, &path).map_or("claims", |route| route.function);
    Received::of(event, "").routed(function).map_err(|refused| refused.1)
}

/// A request that has a route.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
    routed(event(method, path, headers, body)).unwrap()
}

/// The lines that a function logs meanwhile, as its log receives them.
pub(crate) fn logged(meanwhile: impl FnOnce()) -> Vec<Value> {
    let log = Log::default();
    let writer = log.clone();
    with_default(logging::lines(LevelFilter::INFO, "function", move || writer.clone()), meanwhile);
    let written = log.0.lock().unwrap();
    written.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
