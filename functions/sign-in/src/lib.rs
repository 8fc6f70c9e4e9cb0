//! The function `sign-in`: people sign in and out of the pages, and stay signed in.

use claim_http::registry::Operation;
use claim_http::{Api, App, Endpoint, Problem, Received, Request};
use claim_pages::Pages;
use claim_runtime::{Aws, ConfigError, Variables};
use lambda_http::{Body, Response};

/// The function as Lambda runs it.
pub type Function = Api<SignIn>;

/// The function's endpoint, made of what every function behind the API has, and the gate before pages.
pub struct SignIn {
    app: App,
    pages: Pages,
}

impl SignIn {
    /// The endpoint with this gate.
    pub fn over(app: App, pages: Pages) -> Self {
        Self { app, pages }
    }
}

impl Endpoint for SignIn {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(app: App, variables: &Variables, aws: &Aws) -> Result<Self, ConfigError> {
        Ok(Self::over(app, Pages::new(variables, aws)?))
    }

    async fn admit(&self, request: &mut Request) -> Result<Option<Response<Body>>, Problem> {
        self.pages.admit(&self.app, request).await
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        match request.operation() {
            Operation::ShowAsset => claim_pages::assets::answer(request),
            _ => Err(Problem::not_found()),
        }
    }

    fn refused(&self, received: &Received, problem: &Problem) -> Response<Body> {
        self.pages.refused(received, problem)
    }

    fn dressed(&self, received: &Received, response: Response<Body>) -> Response<Body> {
        self.pages.dressed(received, response)
    }
}
