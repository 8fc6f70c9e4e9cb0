//! The function `claims`: creates, lists, reads, edits and discards claims; history, the reviewers' queue, and
//! what problems and rules mean, and the contract of the API.

mod lists;
mod reference;

use claim_domain::action::Action;
use claim_domain::draft::Draft;
use claim_http::registry::Operation;
use claim_http::{Api, App, Endpoint, Problem, Request, idempotency_key, respond};
use claim_runtime::{Aws, ConfigError, Variables};
use lambda_http::http::StatusCode;
use lambda_http::http::header::LOCATION;
use lambda_http::{Body, Response};
use serde_json::json;

/// The function as Lambda runs it.
pub type Function = Api<Claims>;

/// The function's endpoint, made of what every function behind the API has.
pub struct Claims(pub App);

impl Endpoint for Claims {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(app: App, _: &Variables, _: &Aws) -> Result<Self, ConfigError> {
        Ok(Self(app))
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let app = &self.0;
        match request.operation() {
            Operation::CreateClaim => create(app, request).await,
            Operation::ListClaims => lists::own(app, request).await,
            Operation::ReadClaim => app.read(request).await,
            Operation::EditClaim => app.execute(request).await,
            Operation::DiscardClaim => discard(app, request).await,
            Operation::ReadHistory => lists::history(app, request).await,
            Operation::ReadQueue => lists::queue(app, request).await,
            Operation::ListProblems => Ok(reference::problems(request)),
            Operation::ReadProblem => reference::problem(request),
            Operation::ListRules => Ok(reference::rules(request)),
            Operation::ReadRule => reference::rule(request),
            Operation::ReadContract => Ok(reference::contract(request)),
            _ => Err(Problem::not_found()),
        }
    }
}

/// Begins a claim (R6).
async fn create(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = app.caller(request)?;
    let key = idempotency_key(request, &caller.actor.id)?;
    app.commands.policy(&caller).by_role(Action::Create)?;
    let mut draft = Draft::parse(&request.json()?)?;
    draft.partner_contact.proven = caller.has_shown(&draft.partner_contact.email);
    let outcome = app.commands.create(&caller, draft, key.as_ref()).await?;
    let claim = outcome.claim().map(|claim| format!("/v1/claims/{}", claim.id));
    let response = app.answer(&caller, outcome, StatusCode::CREATED).await?;
    Ok(respond::with(response, &[(LOCATION, &claim.unwrap_or_default())]))
}

/// Gives up a claim that was never submitted (D8).
async fn discard(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let command = app.command_request(request)?;
    let outcome = app.carry_out(Operation::DiscardClaim, &command, &json!({})).await?;
    outcome.into_claim()?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
