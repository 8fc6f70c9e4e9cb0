//! The function `claims`: creates, lists, reads, edits and discards claims; history, the reviewers' queue, and what the
//! problems mean.

mod edit;
mod kinds;
mod lists;

use claim_domain::action::Action;
use claim_domain::claim::Claim;
use claim_domain::command::Command;
use claim_domain::draft::Draft;
use claim_http::{App, Call, Kind, Problem, claim_id, idempotency_key, no_fields, respond};
use lambda_http::http::StatusCode;
use lambda_http::http::header::LOCATION;
use lambda_http::{Body, Request, Response};
use serde_json::json;

/// Answers one request to the function.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let call = Call::of(request);
    let answer = route(app, &call).await;
    call.conclude(answer)
}

async fn route(app: &App, call: &Call) -> Result<Response<Body>, Problem> {
    let (method, path) = call.target()?;
    match (method, path.as_slice()) {
        ("POST", ["v1", "claims"]) => create(app, call).await,
        ("GET", ["v1", "claims"]) => lists::own(app, call).await,
        ("GET", ["v1", "claims", claim]) => {
            let (caller, claim) = (app.caller(call)?, claim_id(claim)?);
            app.read(&caller, &claim).await
        }
        ("PATCH", ["v1", "claims", claim]) => edit::edit(app, call, claim).await,
        ("DELETE", ["v1", "claims", claim]) => discard(app, call, claim).await,
        ("GET", ["v1", "claims", claim, "history"]) => lists::history(app, call, claim).await,
        ("GET", ["v1", "review", "queue"]) => lists::queue(app, call).await,
        ("GET", ["v1", "problems"]) => Ok(kinds::all()),
        ("GET", ["v1", "problems", slug]) => kinds::one(call, slug),
        _ => Err(call.no_such_route()),
    }
}

/// Begins a claim (R6).
async fn create(app: &App, call: &Call) -> Result<Response<Body>, Problem> {
    let caller = app.caller(call)?;
    let key = idempotency_key(call, &caller.actor.id)?;
    if !caller.actor.role.is_partner() {
        return Err(Problem::new(
            Kind::Forbidden,
            "Only partners create claims.",
            "Sign in as a billing admin, global admin or incentives admin of the partner organisation.",
        ));
    }
    let draft = Draft::parse(&call.json()?)?;
    let done = app.desk.create(&caller, draft, key.as_ref()).await?;
    let claim = done.claim.id.clone();
    let response = app.done_as(&caller, done, StatusCode::CREATED).await?;
    Ok(respond::with(response, &[(LOCATION, &format!("/v1/claims/{claim}"))]))
}

/// Gives up a claim that was never submitted (D8).
async fn discard(app: &App, call: &Call, claim: &str) -> Result<Response<Body>, Problem> {
    let ask = app.ask(call, claim)?;
    let prepare = async |claim: &Claim| {
        let none = json!({});
        let read = |body: &_| no_fields(body).map(|()| Command::Discard);
        Ok(app.input(claim, &ask.caller, Action::Discard, &none, read)?.into())
    };
    app.desk.execute(ask.order(), prepare).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
