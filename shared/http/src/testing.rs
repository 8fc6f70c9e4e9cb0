//! Requests for tests, made through Lambda's event.

use lambda_http::aws_lambda_events::apigw::{
    ApiGatewayRequestAuthorizer, ApiGatewayRequestAuthorizerJwtDescription, ApiGatewayV2httpRequest,
};
use lambda_http::http::{HeaderName, HeaderValue};

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
