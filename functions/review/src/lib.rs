//! The function `review`: the reviewers' commands (R8 to R11, D15, D17).
//!
//! A request for action, an approval, a rejection and the end of an association must say which revision they were
//! decided on (D11). Taking a claim or giving it back may say so.

use claim_http::{Api, App, Endpoint, Problem, Request};
use claim_runtime::{ConfigError, Variables};
use lambda_http::{Body, Response};

/// The function as Lambda runs it.
pub type Function = Api<Review>;

/// The function's endpoint, made of what every function behind the API has.
pub struct Review(pub App);

impl Endpoint for Review {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self(App::configured(variables)?))
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        self.0.execute(request).await
    }
}
