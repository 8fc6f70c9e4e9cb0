//! The function `consent`: the page behind the customer's link, its denial, and a new notice (R13, R15, D9, D16).
//!
//! The link is the customer's only credential. Its token is looked up by its hash, is never logged, and is good for the
//! one approval that it was made for. Opening the page changes nothing (I8); whatever its approval has come to, there is
//! a page about it. A token that is malformed and one that is unknown get the same answer.

pub mod page;

use claim_command::{CommandError, Order, Prepared};
use claim_domain::action::Action;
use claim_domain::claim::Claim;
use claim_domain::command::Command;
use claim_domain::draft::{Contact, parse_resend};
use claim_domain::ids::ContactRef;
use claim_domain::people::Caller;
use claim_domain::refusal::RefusalKind;
use claim_http::accept::prefers_html;
use claim_http::{App, Call, Problem, hash, idempotency_key, if_match, respond};
use claim_store::{ConsentLink, Contacts};
use lambda_http::http::header::ACCEPT;
use lambda_http::http::{HeaderName, StatusCode};
use lambda_http::{Body, Request, Response};
use page::{HEADERS, Page};

/// The length of a token: 256 bits in Base64.
const TOKEN_LENGTH: usize = 43;

/// Answers one request to the function.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let call = Call::of(request);
    let answer = route(app, &call).await;
    let is_public = call.path().starts_with("/v1/consent/");
    let answer = call.conclude(answer);
    if is_public { dressed(&call, answer) } else { answer }
}

async fn route(app: &App, call: &Call) -> Result<Response<Body>, Problem> {
    let (method, path) = call.target()?;
    match (method, path.as_slice()) {
        ("GET", ["v1", "consent", token]) => open(app, call, token).await,
        ("POST", ["v1", "consent", token, "deny"]) => deny(app, call, token).await,
        ("POST", ["v1", "claims", claim, "consent", "resend"]) => resend(app, call, claim).await,
        _ => Err(call.no_such_route()),
    }
}

/// Shows the page of a link.
async fn open(app: &App, call: &Call, token: &str) -> Result<Response<Body>, Problem> {
    let link = link_of(app, &hash(token.as_bytes()), token).await?;
    let (_, claim) = app.desk.view(&Caller::customer(), &link.claim).await?;
    show(app, call, token, &claim, link.approval, StatusCode::OK)
}

/// Denies the association (R15): once; denying again shows the first result.
async fn deny(app: &App, call: &Call, token: &str) -> Result<Response<Body>, Problem> {
    let hash = hash(token.as_bytes());
    let link = link_of(app, &hash, token).await?;
    let (caller, approval) = (Caller::customer(), link.approval);
    let key = idempotency_key(call, &hash)?;
    let order =
        Order { caller: &caller, claim: &link.claim, if_match: if_match(call.headers())?, key: key.as_ref() };
    match app.desk.execute(order, async |_| Ok(Command::Deny { approval }.into())).await {
        Ok(done) => show(app, call, token, &done.claim, approval, StatusCode::OK),
        Err(CommandError::Refused(refusal))
            if refusal.kind == RefusalKind::ConsentEnded && prefers_html(call.header(&ACCEPT)) =>
        {
            let (_, claim) = app.desk.view(&caller, &link.claim).await?;
            show(app, call, token, &claim, approval, StatusCode::CONFLICT)
        }
        Err(error) => Err(error.into()),
    }
}

/// What a token is good for.
async fn link_of(app: &App, hash: &str, token: &str) -> Result<ConsentLink, Problem> {
    if !is_token(token) {
        return Err(Problem::not_found());
    }
    app.desk.store.consent_link(hash).await?.ok_or_else(Problem::not_found)
}

fn is_token(text: &str) -> bool {
    text.len() == TOKEN_LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The page about an approval, for people or for programs.
fn show(
    app: &App,
    call: &Call,
    token: &str,
    claim: &Claim,
    approval: u64,
    status: StatusCode,
) -> Result<Response<Body>, Problem> {
    let page = Page::of(claim, approval, &app.desk.program).ok_or_else(Problem::not_found)?;
    if prefers_html(call.header(&ACCEPT)) {
        return Ok(respond::html(status, page::html(&page, token).map_err(Problem::internal)?));
    }
    Ok(respond::json(status, &page::json(&page)))
}

/// The answer as everything on a link is sent: with the headers that keep the link secret, and as a page where a problem
/// would be shown to a person.
fn dressed(call: &Call, answer: Response<Body>) -> Response<Body> {
    let status = answer.status();
    let is_page = answer.headers().get("content-type").is_some_and(|kind| kind == page::CONTENT_TYPE);
    let message = match prefers_html(call.header(&ACCEPT)) && !is_page {
        true if status == StatusCode::NOT_FOUND => page::not_found().ok(),
        true if status.is_client_error() || status.is_server_error() => page::try_again().ok(),
        _ => None,
    };
    let answer = match message {
        Some(message) => respond::html(status, message),
        None => answer,
    };
    respond::with(answer, &HEADERS.map(|(name, value)| (HeaderName::from_static(name), value)))
}

/// Sends the customer's notice again, after a bounce with a corrected address (D16).
async fn resend(app: &App, call: &Call, claim: &str) -> Result<Response<Body>, Problem> {
    let ask = app.ask(call, claim)?;
    let body = call.json_or_nothing()?;
    let prepare = async |claim: &Claim, contacts: &Contacts| -> Result<Prepared, CommandError> {
        let Some(email) = app.input(claim, &ask.caller, Action::ResendNotice, &body, parse_resend)? else {
            return Ok(Command::ResendNotice { contact: None }.into());
        };
        let place = &claim.details.customer.contact;
        let corrected = match contacts.get(place) {
            Some(known) => Contact { email, ..known.clone() },
            None => Contact { name: claim.details.customer.name.clone(), title: None, email },
        };
        let place: ContactRef = app.desk.id()?;
        let command = Command::ResendNotice { contact: Some(place.clone()) };
        Ok(Prepared { command, contacts: vec![(place, corrected)], made: None })
    };
    let done = app.desk.execute_with_contacts(ask.order(), prepare).await?;
    app.done(&ask.caller, done).await
}

#[cfg(test)]
#[path = "lib_tests.rs"]
mod tests;
