//! The function `dispute`: disputes a rejection, once, with a justification, new documents, or both (R20, R21, D6).

use claim_http::{Api, App, Endpoint, Problem, Request};
use claim_runtime::{ConfigError, Variables};
use lambda_http::{Body, Response};

/// The function as Lambda runs it.
pub type Function = Api<Dispute>;

/// The function's endpoint, made of what every function behind the API has.
pub struct Dispute(pub App);

impl Endpoint for Dispute {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self(App::configured(variables)?))
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        self.0.execute(request).await
    }
}
