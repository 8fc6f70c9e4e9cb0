//! The function `dispute`: disputes a rejection, once, with a justification, new documents, or both (R20, R21, D6).

use claim_domain::action::Action;
use claim_domain::command::Command;
use claim_domain::draft::parse_dispute;
use claim_http::{App, Call, Problem};
use lambda_http::{Body, Request, Response};

/// Answers one request to the function.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let call = Call::of(request);
    let answer = route(app, &call).await;
    call.conclude(answer)
}

async fn route(app: &App, call: &Call) -> Result<Response<Body>, Problem> {
    let (method, path) = call.target()?;
    match (method, path.as_slice()) {
        ("POST", ["v1", "claims", claim, "dispute"]) => dispute(app, call, claim).await,
        _ => Err(call.no_such_route()),
    }
}

async fn dispute(app: &App, call: &Call, claim: &str) -> Result<Response<Body>, Problem> {
    let ask = app.ask(call, claim)?;
    let body = call.json_or_nothing()?;
    app.carry_out(&ask, Action::Dispute, &body, |body| {
        parse_dispute(body).map(|justification| Command::Dispute { justification })
    })
    .await
}
