//! The function `submit`: submits a claim, or many, and submits it again when the reviewer asked for action (R7, R9).

use claim_command::{CommandRequest, Expected, IdempotencyKey};
use claim_domain::action::Action;
use claim_domain::ids::ClaimId;
use claim_http::registry::Operation;
use claim_http::{Api, App, Endpoint, Problem, Request};
use claim_runtime::{ConfigError, Variables};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};
use serde_json::{Value, json};

/// The function as Lambda runs it.
pub type Function = Api<Submit>;

/// The function's endpoint, made of what every function behind the API has.
pub struct Submit(pub App);

impl Endpoint for Submit {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self(App::configured(variables)?))
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        match request.operation() {
            Operation::SubmitClaims => submit_all(&self.0, request).await,
            _ => self.0.execute(request).await,
        }
    }
}

/// Submits many claims, a row each, by their ids.
async fn submit_all(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = app.caller(request)?;
    app.commands.policy(&caller).by_role(Action::Submit)?;
    let submit = async |row: Value, key: Option<IdempotencyKey>| {
        let claim: ClaimId = row.as_str().and_then(|id| id.parse().ok()).ok_or_else(Problem::not_found)?;
        let (caller, expected) = (caller.clone(), Expected::Anything);
        let command = CommandRequest { caller, claim, expected, key };
        let outcome = match request.is_dry_run() {
            true => app.rehearse(Operation::SubmitClaim, &command, &json!({})).await?.outcome,
            false => app.carry_out(Operation::SubmitClaim, &command, &json!({})).await?,
        };
        Ok(Some(outcome.into_claim()?.id.clone()))
    };
    request.each_row(&caller.actor.id, || app.commands.host.now(), StatusCode::OK, submit).await
}
