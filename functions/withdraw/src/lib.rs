//! The function `withdraw`: ends a claim at its partner's own request (D8).

use claim_http::{Api, App, Endpoint, Problem, Request};
use claim_runtime::{ConfigError, Variables};
use lambda_http::{Body, Response};

/// The function as Lambda runs it.
pub type Function = Api<Withdraw>;

/// The function's endpoint, made of what every function behind the API has.
pub struct Withdraw(pub App);

impl Endpoint for Withdraw {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self(App::configured(variables)?))
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        self.0.execute(request).await
    }
}
