//! The function `consent`: the page behind the customer's link, its denial, and a new notice (R13, R15, D9, D16).
//!
//! The link is the customer's only credential. Its token is looked up by its hash, is never logged, and is valid for
//! the one approval that it was made for. Opening the page changes nothing (I8), and there is a page whatever has
//! become of the approval. A malformed token and an unknown one get the same answer.

pub mod page;

use claim_command::{CommandRequest, Expected, Outcome, Prepared, Reads, Unprepared};
use claim_domain::action::Action;
use claim_domain::claim::Claim;
use claim_domain::command::Command;
use claim_domain::draft::{Contact, parse_resend};
use claim_domain::ids::ContactRef;
use claim_domain::people::Caller;
use claim_domain::refusal::Kind;
use claim_http::registry::Operation;
use claim_http::{Api, App, Endpoint, Problem, Received, Request, idempotency_key, if_match, respond};
use claim_runtime::{Aws, ConfigError, Variables};
use claim_store::{ConsentLink, ConsentToken, Contacts};
use lambda_http::http::{HeaderName, StatusCode};
use lambda_http::{Body, Response};
use page::{HEADERS, Page};

/// The function as Lambda runs it.
pub type Function = Api<Consent>;

/// The function's endpoint, made of what every function behind the API has.
pub struct Consent(pub App);

impl Endpoint for Consent {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(app: App, _: &Variables, _: &Aws) -> Result<Self, ConfigError> {
        Ok(Self(app))
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        match request.operation() {
            Operation::OpenConsent => open(&self.0, request).await,
            Operation::DenyConsent => deny(&self.0, request).await,
            Operation::ResendNotice => resend(&self.0, request).await,
            _ => Err(Problem::not_found()),
        }
    }

    fn dressed(&self, received: &Received, answer: Response<Body>) -> Response<Body> {
        if received.is_of_a_link() { dressed(received.prefers_html(), answer) } else { answer }
    }
}

/// Shows the page of a link.
async fn open(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let (token, link) = link_of(app, request).await?;
    let claim = app.view(&Caller::customer(), &link.claim).await?.current;
    show(app, request, &token, &claim, link.approval, StatusCode::OK)
}

/// Denies the association (R15): once; denying again shows the first result.
async fn deny(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let (token, ConsentLink { claim, approval }) = link_of(app, request).await?;
    let key = idempotency_key(request, token.hash().as_str())?;
    let expected = if_match(request.headers())?.map_or(Expected::Anything, Expected::Revision);
    let command = CommandRequest { caller: Caller::customer(), claim, expected, key };
    let denial = Ok(Command::Deny { approval });
    match app.commands.execute(&command, Action::Deny, Reads::Claim, denial).await? {
        Outcome::Refused(refusal) if refusal.kind == Kind::ConsentEnded && request.prefers_html() => {
            let claim = app.view(&command.caller, &command.claim).await?.current;
            show(app, request, &token, &claim, approval, StatusCode::CONFLICT)
        }
        outcome => show(app, request, &token, &outcome.into_claim()?, approval, StatusCode::OK),
    }
}

/// The token in the path, and what it is bound to.
async fn link_of(app: &App, request: &Request) -> Result<(ConsentToken, ConsentLink), Problem> {
    let token: ConsentToken = request.named("token")?;
    let link = app.commands.store.consent_link(&token.hash()).await?.ok_or_else(Problem::not_found)?;
    Ok((token, link))
}

/// The page about an approval, for people or for programs.
fn show(
    app: &App,
    request: &Request,
    token: &ConsentToken,
    claim: &Claim,
    approval: u64,
    status: StatusCode,
) -> Result<Response<Body>, Problem> {
    let page = Page::of(claim, approval, &app.commands.program).ok_or_else(Problem::not_found)?;
    if request.prefers_html() {
        return Ok(respond::html(status, page::html(&page, token).map_err(Problem::internal)?));
    }
    Ok(respond::json(status, &page::json(&page)))
}

/// An answer on a link, as all of them are sent: with the headers that keep the link secret, and as a page if a person
/// would see a problem.
fn dressed(prefers_html: bool, answer: Response<Body>) -> Response<Body> {
    let status = answer.status();
    let is_page = answer.headers().get("content-type").is_some_and(|kind| kind == page::CONTENT_TYPE);
    let message = match prefers_html && !is_page {
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

/// Sends the customer's notice again; after a bounce, to a corrected address (D16).
async fn resend(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let command = app.command_request(request)?;
    let input = request.input(parse_resend)?;
    let prepare = async |claim: &Claim, contacts: &Contacts| -> Result<Prepared, Unprepared> {
        let input = app.commands.admit(claim, &command.caller, Action::ResendNotice, input.clone())?;
        let Some(email) = input else { return Ok(Command::ResendNotice { contact: None }.into()) };
        let place = &claim.details.customer.contact;
        let corrected = match contacts.get(place) {
            Some(known) => Contact { email, ..known.clone() },
            None => Contact {
                name: claim.details.customer.name.clone(),
                title: None,
                email,
                language: None,
                proven: false,
            },
        };
        let place: ContactRef = app.commands.id()?;
        let command = Command::ResendNotice { contact: Some(place.clone()) };
        Ok(Prepared { command, contacts: vec![(place, corrected)], made: None })
    };
    app.execute_with(&command, prepare).await
}

#[cfg(test)]
#[path = "lib_tests.rs"]
mod tests;
