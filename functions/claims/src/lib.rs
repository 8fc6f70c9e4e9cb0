//! The function `claims`: creates, lists, reads, edits and discards claims; history, the changes of an organisation's
//! claims, the reviewers' queue, and whether associations are free.

mod changes;
mod check;
mod lists;

use claim_command::IdempotencyKey;
use claim_domain::action::Action;
use claim_domain::draft::Draft;
use claim_domain::ids::ClaimId;
use claim_domain::people::Caller;
use claim_http::registry::Operation;
use claim_http::{Api, App, Endpoint, Problem, Request, TEMPLATE, draft_from, idempotency_key, respond};
use claim_runtime::{ConfigError, Variables};
use lambda_http::http::StatusCode;
use lambda_http::http::header::{CONTENT_DISPOSITION, LOCATION};
use lambda_http::{Body, Response};
use serde_json::{Value, json};

/// The function as Lambda runs it.
pub type Function = Api<Claims>;

/// The function's endpoint, made of what every function behind the API has.
pub struct Claims(pub App);

impl Endpoint for Claims {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self(App::configured(variables)?))
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let app = &self.0;
        match request.operation() {
            Operation::CreateClaim => create(app, request).await,
            Operation::CreateClaims => create_all(app, request).await,
            Operation::ReadTemplate => template(app, request),
            Operation::CloneClaim => renew(app, request).await,
            Operation::ListClaims => lists::own(app, request).await,
            Operation::ReadClaim => app.read(request).await,
            Operation::EditClaim => app.execute(request).await,
            Operation::DiscardClaim => discard(app, request).await,
            Operation::ReadHistory => lists::history(app, request).await,
            Operation::ReadChanges => changes::read(app, request).await,
            Operation::CheckAssociations => check::associations(app, request).await,
            Operation::ReadQueue => lists::queue(app, request).await,
            _ => Err(Problem::not_found()),
        }
    }
}

/// Begins a claim (R6).
async fn create(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = app.caller(request)?;
    app.commands.policy(&caller).by_role(Action::Create)?;
    let draft = Draft::parse(&request.json()?)?;
    created(app, request, &caller, draft, None).await
}

/// Begins many claims, a row each: what is wrong with one keeps no other from being created.
async fn create_all(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = app.caller(request)?;
    app.commands.policy(&caller).by_role(Action::Create)?;
    let create = async |row: Value, key: Option<IdempotencyKey>| {
        let mut draft = Draft::parse(&row)?;
        draft.partner_contact.proven = caller.has_shown(&draft.partner_contact.email);
        if request.is_dry_run() {
            let tried = app.commands.rehearse_creation(&caller, draft, None, key.as_ref()).await?;
            return tried.outcome.into_claim().map(|_| None).map_err(Problem::from);
        }
        let created = app.commands.create(&caller, draft, None, key.as_ref()).await?.into_claim()?;
        Ok(Some(created.id.clone()))
    };
    let done = if request.is_dry_run() { StatusCode::OK } else { StatusCode::CREATED };
    request.each_row(&caller.actor.id, || app.commands.host.now(), done, create).await
}

/// A file to fill in for a batch, for those who may create claims.
fn template(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    app.commands.policy(&app.caller(request)?).by_role(Action::Create)?;
    let file = respond::text(StatusCode::OK, "text/csv; charset=utf-8", TEMPLATE.to_owned());
    Ok(respond::with(file, &[(CONTENT_DISPOSITION, "attachment; filename=\"claims.csv\"")]))
}

/// Begins a claim from another one of the organisation.
async fn renew(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let (caller, id) = (app.caller(request)?, request.claim()?);
    app.commands.policy(&caller).by_role(Action::Create)?;
    let found = app.commands.view_with_contacts(&caller, &id).await?;
    let (viewed, contacts) = found.ok_or_else(Problem::not_found)?;
    let draft = draft_from(&viewed.current, &contacts, &request.json()?)?;
    created(app, request, &caller, draft, Some(id)).await
}

async fn created(
    app: &App,
    request: &Request,
    caller: &Caller,
    mut draft: Draft,
    from: Option<ClaimId>,
) -> Result<Response<Body>, Problem> {
    let key = idempotency_key(request, &caller.actor.id)?;
    draft.partner_contact.proven = caller.has_shown(&draft.partner_contact.email);
    if request.is_dry_run() {
        let rehearsal = app.commands.rehearse_creation(caller, draft, from, key.as_ref()).await?;
        return app.foretell(caller, Action::Create, rehearsal).await;
    }
    let outcome = app.commands.create(caller, draft, from, key.as_ref()).await?;
    let claim = outcome.claim().map(|claim| format!("/v1/claims/{}", claim.id));
    let response = app.answer(caller, outcome, StatusCode::CREATED).await?;
    Ok(respond::with(response, &[(LOCATION, &claim.unwrap_or_default())]))
}

/// Gives up a claim that was never submitted (D8).
async fn discard(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let command = app.command_request(request)?;
    if request.is_dry_run() {
        return app.try_out(request, &command).await;
    }
    let outcome = app.carry_out(Operation::DiscardClaim, &command, &json!({})).await?;
    outcome.into_claim()?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
