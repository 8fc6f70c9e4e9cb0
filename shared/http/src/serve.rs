//! Serving requests of the HTTP API.

use std::convert::Infallible;

use lambda_http::aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_http::http::header::HOST;
use lambda_http::lambda_runtime::{LambdaEvent, Runtime};
use lambda_http::request::LambdaRequest;
use lambda_http::{Body, Error, Request, RequestExt, Response, service_fn};

/// Serves requests one after another, on this thread, until the process is stopped.
///
/// `lambda_http::run` would do the same for futures that can move between threads; ours need not, and a borrowing
/// closure's cannot be shown to. The runtime's own tracing layer is left out: its span is below the level that libraries
/// log at, and is paid for all the same.
///
/// # Errors
/// When the Lambda runtime cannot be reached.
pub async fn serve(handle: impl AsyncFn(Request) -> Response<Body>) -> Result<(), Error> {
    let handle = &handle;
    let service = service_fn(async move |event: LambdaEvent<ApiGatewayV2httpRequest>| {
        let request = incoming(event.payload).with_lambda_context(event.context);
        // In a box: the futures of a command nest deeper than the compiler lays out at once.
        let response = Box::pin(handle(request)).await;
        Ok::<_, Infallible>(outgoing(response))
    });
    Runtime::new(service).run().await
}

/// The request that an event is. Its path and query become such as a URI can hold: what the gateway passes on raw is
/// percent-encoded. Nobody here asks for the host, and `lambda_http` panics over one that is none.
pub fn incoming(mut event: ApiGatewayV2httpRequest) -> Request {
    event.headers.remove(HOST);
    event.request_context.domain_name = None;
    for part in [&mut event.raw_path, &mut event.raw_query_string].into_iter().flatten() {
        *part = encoded(part);
    }
    if let Some(path) = event.raw_path.as_mut().filter(|path| !path.starts_with('/')) {
        path.insert(0, '/');
    }
    Request::from(LambdaRequest::ApiGatewayV2(event))
}

fn encoded(text: &str) -> String {
    let fits = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte);
    text.bytes()
        .map(|byte| if fits(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A response in the form that the HTTP API takes.
pub fn outgoing(response: Response<Body>) -> ApiGatewayV2httpResponse {
    let (parts, body) = response.into_parts();
    let mut outgoing = ApiGatewayV2httpResponse::default();
    outgoing.status_code = i64::from(parts.status.as_u16());
    outgoing.headers = parts.headers;
    outgoing.is_base64_encoded = matches!(body, Body::Binary(_));
    outgoing.body = Some(body).filter(|body| !matches!(body, Body::Empty));
    outgoing
}

#[cfg(test)]
mod tests {
    use lambda_http::http::StatusCode;
    use serde_json::json;

    use super::*;
    use crate::respond;

    #[test]
    fn whatever_stands_in_a_path_or_query_makes_a_request() {
        let long = "x".repeat(10_240);
        for raw in ["q=<>", "q=\"", "q=a b", "q=%zz", "q=\u{1F600}\u{0}", "{|}\\^`#", "//", "../..", &long] {
            let event: ApiGatewayV2httpRequest = serde_json::from_value(json!({
                "version": "2.0", "routeKey": "$default", "rawPath": format!("/v1/{raw}"), "rawQueryString": raw,
                "headers": { "host": "<", "x-forwarded-proto": "<" }, "isBase64Encoded": false,
                "requestContext": { "http": { "method": "GET", "path": "/v1" } },
            }))
            .unwrap();
            assert!(incoming(event).raw_http_path().starts_with("/v1/"), "{raw}");
        }
    }

    #[test]
    fn an_answer_goes_out_in_the_form_of_the_http_api() {
        let sent = json!(outgoing(respond::json(StatusCode::CREATED, &json!({ "id": 1 }))));
        assert_eq!(sent["statusCode"], 201);
        assert_eq!(sent["headers"]["content-type"], "application/json");
        assert_eq!((&sent["body"], &sent["isBase64Encoded"]), (&json!("{\"id\":1}"), &json!(false)));
        let sent = json!(outgoing(respond::empty(StatusCode::NO_CONTENT)));
        assert_eq!((&sent["statusCode"], &sent["body"]), (&json!(204), &json!(null)));
    }
}
