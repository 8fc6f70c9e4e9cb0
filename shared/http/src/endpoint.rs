//! How a function behind the API runs: from the event of a request to an answer in the form that the HTTP API takes.

use claim_runtime::{ConfigError, Error, Variables};
use lambda_http::aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_http::http::header::{CONTENT_LENGTH, HeaderName, SET_COOKIE, VARY};
use lambda_http::{Body, Response};

use crate::edge::Edge;
use crate::problem::Problem;
use crate::request::{Received, Request};
use crate::respond;

/// What an answer says if it would be another for a caller who accepts something else.
const VARY_ACCEPT: &[(HeaderName, &str)] = &[(VARY, "accept")];

/// What a function behind the API does, as its crate defines it.
pub trait Endpoint: Sized {
    /// Its name in the registry, which lists its routes.
    const NAME: &'static str;

    /// The endpoint as the variables configure it, with the clients that it needs.
    ///
    /// # Errors
    /// The variable that is missing or malformed, by name (D3).
    fn new(variables: &Variables) -> Result<Self, ConfigError>;

    /// Looks at a request before it is answered, and answers it already or lets it pass. Pages find out here who calls.
    ///
    /// # Errors
    /// Why it must not pass.
    fn admit(&self, _: &mut Request) -> impl Future<Output = Result<Option<Response<Body>>, Problem>> {
        std::future::ready(Ok(None))
    }

    /// Answers a request to one of its routes.
    fn answer(&self, request: &Request) -> impl Future<Output = Result<Response<Body>, Problem>>;

    /// The form in which a problem is shown: a problem document.
    fn refused(&self, received: &Received, problem: &Problem) -> Response<Body> {
        problem.response(received.incident())
    }

    /// The form in which every answer, including problems, is sent.
    fn dressed(&self, _: &Received, response: Response<Body>) -> Response<Body> {
        response
    }
}

/// A function behind the API.
pub struct Api<E> {
    endpoint: E,
    edge: Edge,
}

impl<E: Endpoint> Api<E> {
    /// The function for this endpoint.
    pub fn over(endpoint: E) -> Self {
        Self { endpoint, edge: Edge::default() }
    }

    /// Answers a request, given as its event; `request_id` is the invocation's. An answer to HEAD has no body.
    pub async fn respond(&self, event: ApiGatewayV2httpRequest, request_id: &str) -> Response<Body> {
        let received = Received::of(event, request_id);
        let is_head = received.is_head();
        let response = self.answer(received).await;
        if is_head { without_body(response) } else { response }
    }

    async fn answer(&self, received: Received) -> Response<Body> {
        if let Err(problem) = self.edge.admit(received.headers()) {
            return self.sent(&received, received.conclude(Err(problem)));
        }
        if let Some(answer) = received.without_slash().or_else(|| received.options()) {
            return self.sent(&received, received.conclude(Ok(answer)));
        }
        match received.routed(E::NAME) {
            Ok(mut request) => {
                let answer = self.answered(&mut request).await;
                let response = self.sent(request.received(), request.conclude(answer));
                let response = respond::deprecated(request.route().deprecation, response);
                if request.route().negotiates() { respond::with(response, VARY_ACCEPT) } else { response }
            }
            Err(refused) => {
                let (received, problem) = *refused;
                let response = self.sent(&received, received.conclude(Err(problem)));
                if received.is_of_a_link() { respond::with(response, VARY_ACCEPT) } else { response }
            }
        }
    }

    async fn answered(&self, request: &mut Request) -> Result<Response<Body>, Problem> {
        request.checked()?;
        match self.endpoint.admit(request).await? {
            Some(answer) => Ok(answer),
            None => self.endpoint.answer(request).await,
        }
    }

    fn sent(&self, received: &Received, answer: Result<Response<Body>, Problem>) -> Response<Body> {
        let answer = answer.unwrap_or_else(|problem| self.endpoint.refused(received, &problem));
        self.endpoint.dressed(received, answer)
    }
}

impl<E: Endpoint> claim_runtime::Function for Api<E> {
    const NAME: &'static str = E::NAME;
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self { endpoint: E::new(variables)?, edge: Edge::of(variables) })
    }

    async fn handle(&self, event: Self::Event, request_id: &str) -> Result<Self::Answer, Error> {
        Ok(outgoing(self.respond(event, request_id).await))
    }
}

/// What is answered to HEAD: the answer to GET without its body. It says how long the body would be (RFC 9110, 8.6),
/// because a gateway would count the one that it gets.
fn without_body(mut response: Response<Body>) -> Response<Body> {
    let length = response.body().len();
    if length > 0 {
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    *response.body_mut() = Body::Empty;
    response
}

/// A response in the form that the HTTP API takes.
pub fn outgoing(response: Response<Body>) -> ApiGatewayV2httpResponse {
    let (mut parts, body) = response.into_parts();
    let mut outgoing = ApiGatewayV2httpResponse::default();
    // The gateway takes cookies apart from the other headers, of which each has one value.
    outgoing.cookies = parts
        .headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|set| set.to_str().ok().map(str::to_owned))
        .collect();
    parts.headers.remove(SET_COOKIE);
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

    #[test]
    fn an_answer_goes_out_in_the_form_of_the_http_api() {
        let sent = json!(outgoing(respond::json(StatusCode::CREATED, &json!({ "id": 1 }))));
        assert_eq!(sent["statusCode"], 201);
        assert_eq!(sent["headers"]["content-type"], "application/json");
        assert_eq!((&sent["body"], &sent["isBase64Encoded"]), (&json!("{\"id\":1}"), &json!(false)));
        let mut two = respond::empty(StatusCode::SEE_OTHER);
        for cookie in ["a=1", "b=2"] {
            two.headers_mut().append(SET_COOKIE, cookie.parse().unwrap());
        }
        let sent = json!(outgoing(two));
        assert_eq!(
            (&sent["cookies"], &sent["headers"]["set-cookie"]),
            (&json!(["a=1", "b=2"]), &json!(null))
        );
        let sent = json!(outgoing(respond::empty(StatusCode::NO_CONTENT)));
        assert_eq!((&sent["statusCode"], &sent["body"]), (&json!(204), &json!(null)));
    }

    #[test]
    fn an_answer_to_head_says_how_long_the_body_of_get_is() {
        let get = respond::json(StatusCode::OK, &json!({ "name": "Übergabe" }));
        let length = outgoing(get.clone()).body.unwrap().len().to_string();
        let head = json!(outgoing(without_body(get)));
        assert_eq!((&head["headers"]["content-length"], &head["body"]), (&json!(length), &json!(null)));
        assert_eq!(head["headers"]["content-type"], "application/json");
        let head = json!(outgoing(without_body(respond::empty(StatusCode::NOT_MODIFIED))));
        assert_eq!(
            head["headers"]["content-length"],
            json!(null),
            "of a body that GET leaves out nothing is said"
        );
    }
}
