//! The function `consent`: the page behind the customer's link, its denial, and a new notice (R13, R15, D9, D16).
//!
//! The link is the customer's only credential. Its token is looked up by its hash, is never logged, and is valid for
//! the one approval that it was made for. Opening the page changes nothing (I8), and there is a page whatever has
//! become of the approval. A malformed token and an unknown one get the same answer.

pub mod page;

use claim_command::{CommandRequest, Expected, Outcome, Reads};
use claim_domain::action::Action;
use claim_domain::claim::Claim;
use claim_domain::command::Command;
use claim_domain::input::read;
use claim_domain::language::Language;
use claim_domain::people::Caller;
use claim_domain::refusal::{FieldError, Kind, Refusal};
use claim_domain::rule::Rule;
use claim_http::registry::Operation;
use claim_http::{Api, App, Endpoint, Problem, Query, Received, Request, idempotency_key, if_match, respond};
use claim_runtime::{Aws, ConfigError, Variables};
use claim_store::{ConsentLink, ConsentToken};
use lambda_http::http::header::{CONTENT_TYPE, LOCATION};
use lambda_http::http::{HeaderName, StatusCode};
use lambda_http::{Body, Response};
use page::{HEADERS, Page, Standing};

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
            Operation::ResendNotice => self.0.execute(request).await,
            _ => Err(Problem::not_found()),
        }
    }

    fn dressed(&self, received: &Received, answer: Response<Body>) -> Response<Body> {
        if !received.is_of_a_link() {
            return answer;
        }
        let language = asked_for(&received.query()).unwrap_or(self.0.commands.program.language);
        dressed(received.wants_page().then_some(language), answer)
    }
}

/// Shows the page of a link, or the one that asks before denying.
async fn open(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let opened = opened(app, request).await?;
    let claim = app.view(&Caller::customer(), &opened.link.claim).await?.current;
    let asks = request.query().all("step").any(|step| step == "deny");
    show(app, request, &opened, &claim, StatusCode::OK, asks.then_some(Asks { missing: false }))
}

/// Denies the association (R15) if that is confirmed: once; denying again shows the first result. What is not confirmed
/// denies nothing, since mail scanners press buttons (D9). A browser is sent back to the page of the link, so that a
/// page that is loaded again denies nothing again.
async fn deny(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let opened = opened(app, request).await?;
    let caller = Caller::customer();
    if !is_confirmed(request)? {
        let claim = app.view(&caller, &opened.link.claim).await?.current;
        return show(app, request, &opened, &claim, StatusCode::OK, Some(Asks { missing: true }));
    }
    let key = idempotency_key(request, opened.token.hash().as_str())?;
    let expected = if_match(request.headers())?.map_or(Expected::Anything, Expected::Revision);
    let ConsentLink { claim, approval, .. } = opened.link.clone();
    let command = CommandRequest { caller, claim, expected, key };
    let denial = Ok(Command::Deny { approval });
    let outcome = app.commands.execute(&command, Action::Deny, Reads::Claim, denial).await?;
    if request.received().wants_page() {
        match outcome {
            Outcome::Refused(refusal) if refusal.kind == Kind::ConsentEnded => {}
            outcome => _ = outcome.into_claim()?,
        }
        let page = format!("{}?lang={}", page::address(&opened.token), opened.language);
        return Ok(respond::with(respond::empty(StatusCode::SEE_OTHER), &[(LOCATION, &page)]));
    }
    show(app, request, &opened, &outcome.into_claim()?, StatusCode::OK, None)
}

/// Whether the request says that the association is to be denied: by the ticked box of the form, or in JSON by
/// `{"confirm": true}`.
///
/// # Errors
/// For a program: that the field is missing or is not true.
fn is_confirmed(request: &Request) -> Result<bool, Problem> {
    let kind = request.received().header(&CONTENT_TYPE).unwrap_or_default();
    let is_form = kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded");
    if is_form {
        let ticked =
            form_urlencoded::parse(request.body()).any(|(name, value)| name == "confirm" && value == "yes");
        if ticked || request.received().wants_page() {
            return Ok(ticked);
        }
    } else if request.body().is_empty() && request.received().wants_page() {
        return Ok(false);
    } else {
        let confirmed = request.input(|body| read(body, |fields| fields.flag("confirm")))??;
        if confirmed {
            return Ok(true);
        }
    }
    let detail = "must be true: nothing less denies";
    Err(Refusal::invalid(vec![FieldError::at("/confirm", "required", detail)]).by(Rule::D9).into())
}

/// A link that somebody opened.
struct Opened {
    token: ConsentToken,
    link: ConsentLink,
    language: Language,
}

/// The page that asks before denying.
struct Asks {
    /// Whether the form came back without its box ticked.
    missing: bool,
}

/// The language that the query asks for.
fn asked_for(query: &Query) -> Option<Language> {
    query.all("lang").find_map(|tag| tag.parse().ok())
}

/// The token in the path, what it is bound to, and the language to answer in: the one asked for, or the notice's, or the
/// program's.
async fn opened(app: &App, request: &Request) -> Result<Opened, Problem> {
    let token: ConsentToken = request.named("token")?;
    let link = app.commands.store.consent_link(&token.hash()).await?.ok_or_else(Problem::not_found)?;
    let language = asked_for(request.query()).or(link.language).unwrap_or(app.commands.program.language);
    Ok(Opened { token, link, language })
}

/// The page about an approval, for people or for programs.
fn show(
    app: &App,
    request: &Request,
    opened: &Opened,
    claim: &Claim,
    status: StatusCode,
    asks: Option<Asks>,
) -> Result<Response<Body>, Problem> {
    let Opened { token, link, language } = opened;
    let (program, now) = (&app.commands.program, app.commands.host.now());
    let page = Page::known(claim, link.approval, program, now).ok_or_else(Problem::not_found)?;
    if !request.received().wants_page() {
        return Ok(respond::json(status, &page::json(&page)));
    }
    let html = match asks.filter(|_| matches!(page.state, Standing::Open { .. })) {
        Some(Asks { missing }) => page::confirm(&page, token, *language, missing),
        None => page::html(&page, token, *language),
    };
    Ok(respond::html(status, html.map_err(Problem::internal)?))
}

/// An answer on a link, as all of them are sent: with the headers that keep the link secret, and as a page in a language
/// if a person would see a problem.
fn dressed(page_in: Option<Language>, answer: Response<Body>) -> Response<Body> {
    let status = answer.status();
    let is_page = answer.headers().get("content-type").is_some_and(|kind| kind == page::CONTENT_TYPE);
    let message = match page_in.filter(|_| !is_page) {
        Some(language) if status == StatusCode::NOT_FOUND => page::not_found(language).ok(),
        Some(language) if status.is_client_error() || status.is_server_error() => {
            page::try_again(language).ok()
        }
        _ => None,
    };
    let answer = match message {
        Some(message) => respond::html(status, message),
        None => answer,
    };
    respond::with(answer, &HEADERS.map(|(name, value)| (HeaderName::from_static(name), value)))
}

#[cfg(test)]
#[path = "lib_tests.rs"]
mod tests;
