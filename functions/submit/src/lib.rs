//! The function `submit`: submits a claim, and submits it again when the reviewer asked for action (R7, R9).

use claim_http::{Api, App, Endpoint, Problem, Request};
use claim_runtime::{Aws, ConfigError, Variables};
use lambda_http::{Body, Response};

/// The function as Lambda runs it.
pub type Function = Api<Submit>;

/// The function's endpoint, made of what every function behind the API has.
pub struct Submit(pub App);

impl Endpoint for Submit {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(app: App, _: &Variables, _: &Aws) -> Result<Self, ConfigError> {
        Ok(Self(app))
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        self.0.execute(request).await
    }
}
