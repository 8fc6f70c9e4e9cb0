//! The changes of an organisation's claims, read on from a number (D23).

use claim_domain::refusal::Refusal;
use claim_domain::rule::Rule;
use claim_http::view;
use claim_http::{App, ChangesRequest, Problem, Request, respond};
use claim_store::ReadOn;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};

/// The changes after a number, in the order of their numbers.
pub(crate) async fn read(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = app.caller(request)?;
    let Some(partner) = &caller.partner else {
        return Err(Refusal {
            detail: "These are the changes of a partner organisation's claims.".to_owned(),
            ..Refusal::forbidden(Rule::R1, "Reviewers find submitted claims in GET /v1/review/queue.")
        }
        .into());
    };
    let ChangesRequest { after, limit } = ChangesRequest::parse(request.query())?;
    if !app.commands.program.changes_feed {
        return Err(ChangesRequest::unnumbered());
    }
    match app.commands.store.changes(partner, after, limit).await? {
        ReadOn::Changes(changes) => Ok(respond::json(StatusCode::OK, &view::changes(after, &changes))),
        ReadOn::Ahead(last) => Err(ChangesRequest::ahead(last)),
    }
}
