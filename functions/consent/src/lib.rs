//! The function `consent`: the page behind the customer's link, its denial, and a new notice (R13, R15, D9, D16).
//!
//! The link is the customer's only credential. Its token is looked up by its hash, is never logged, and is valid for
//! the one approval that it was made for. Opening the page changes nothing (I8), and there is a page whatever has
//! become of the approval. A malformed token and an unknown one get the same answer.

pub mod page;

use claim_command::{CommandRequest, Expected, Outcome, Reads};
use claim_domain::action::Action;
use claim_domain::address;
use claim_domain::claim::Claim;
use claim_domain::command::Command;
use claim_domain::draft::parse_denial;
use claim_domain::language::Language;
use claim_domain::people::Caller;
use claim_domain::refusal::{FieldError, Kind, Refusal};
use claim_domain::rule::Rule;
use claim_domain::text;
use claim_http::registry::Operation;
use claim_http::{Api, App, Endpoint, Problem, Query, Received, Request, idempotency_key, if_match, respond};
use claim_runtime::{ConfigError, Variables};
use claim_store::{ConsentLink, ConsentToken};
use lambda_http::http::header::{CONTENT_TYPE, LOCATION};
use lambda_http::http::{HeaderName, StatusCode};
use lambda_http::{Body, Response};
use page::{Asks, Fault, HEADERS, Page, Reader, Standing};
use serde_json::{Value, json};

/// The function as Lambda runs it.
pub type Function = Api<Consent>;

/// The function's endpoint.
pub struct Consent {
    /// What every function behind the API has.
    pub app: App,
    /// Where the program is asked questions: an email address, if there is one.
    pub contact: Option<String>,
}

impl Endpoint for Consent {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self { app: App::configured(variables)?, contact: contact(variables)? })
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        match request.operation() {
            Operation::OpenConsent => open(self, request).await,
            Operation::DenyConsent => deny(self, request).await,
            Operation::ResendNotice => self.app.execute(request).await,
            _ => Err(Problem::not_found()),
        }
    }

    fn dressed(&self, received: &Received, answer: Response<Body>) -> Response<Body> {
        if !received.is_of_a_link() {
            return answer;
        }
        let language = asked_for(&received.query()).unwrap_or(self.app.commands.program.language);
        dressed(received.wants_page().then(|| self.reader(language)), answer)
    }
}

/// The address for questions to the program, if there is one.
fn contact(variables: &Variables) -> Result<Option<String>, ConfigError> {
    const NAME: &str = "PROGRAM_CONTACT";
    let email = variables.optional(NAME).map(address::email).transpose();
    email.map_err(|flaw| ConfigError::Malformed { name: NAME, why: flaw.detail })
}

impl Consent {
    /// Who reads a page in this language.
    fn reader(&self, language: Language) -> Reader<'_> {
        Reader { language, contact: self.contact.as_deref() }
    }
}

/// Shows the page of a link, or the one that asks before denying.
async fn open(consent: &Consent, request: &Request) -> Result<Response<Body>, Problem> {
    let opened = opened(&consent.app, request).await?;
    let claim = consent.app.view(&Caller::customer(), &opened.link.claim).await?.current;
    let asks = request.query().all("step").any(|step| step == "deny");
    show(consent, request, &opened, &claim, asks.then(Asks::default))
}

/// Denies the association (R15) if that is confirmed: once; denying again shows the first result. What is not confirmed
/// denies nothing, since mail scanners press buttons (D9). A browser is sent back to the page of the link, so that a
/// page that is loaded again denies nothing again.
async fn deny(consent: &Consent, request: &Request) -> Result<Response<Body>, Problem> {
    let app = &consent.app;
    let opened = opened(app, request).await?;
    let caller = Caller::customer();
    let note = match answer(request)? {
        Answer::Denied { note } => note,
        Answer::Asked(asks) => {
            let claim = app.view(&caller, &opened.link.claim).await?.current;
            return show(consent, request, &opened, &claim, Some(asks));
        }
    };
    let key = idempotency_key(request, opened.token.hash().as_str())?;
    let expected = if_match(request.headers())?.map_or(Expected::Anything, Expected::Revision);
    let ConsentLink { claim, approval, .. } = opened.link.clone();
    let command = CommandRequest { caller, claim, expected, key };
    let denial = Ok(Command::Deny { approval, note });
    let outcome = app.commands.execute(&command, Action::Deny, Reads::Claim, denial).await?;
    if request.received().wants_page() {
        match outcome {
            Outcome::Refused(refusal) if refusal.kind == Kind::ConsentEnded => {}
            outcome => _ = outcome.into_claim()?,
        }
        let page = format!("{}?lang={}", page::address(&opened.token), opened.language);
        return Ok(respond::with(respond::empty(StatusCode::SEE_OTHER), &[(LOCATION, &page)]));
    }
    show(consent, request, &opened, &outcome.into_claim()?, None)
}

/// What somebody answered to the page that asks.
enum Answer {
    /// The association is denied, with a reason or without.
    Denied { note: Option<String> },
    /// Nothing is denied: the page asks again.
    Asked(Asks),
}

/// Whether the request says that the association is to be denied, and why: by the ticked box and the text of the form, or
/// in JSON by `{"confirm": true, "note": "…"}`.
///
/// # Errors
/// For a program: which field is missing or cannot be taken.
fn answer(request: &Request) -> Result<Answer, Problem> {
    let wants_page = request.received().wants_page();
    let kind = request.received().header(&CONTENT_TYPE).unwrap_or_default();
    let is_form = kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
        || request.body().is_empty() && wants_page;
    let (read, typed) = if is_form {
        let (body, typed) = form(request.body());
        (parse_denial(&body), typed)
    } else {
        (request.input(parse_denial)?, String::new())
    };
    match read {
        Ok((true, note)) => Ok(Answer::Denied { note }),
        Ok((false, _)) if is_form && wants_page => {
            Ok(Answer::Asked(Asks { fault: Some(Fault::NotTicked), note: typed }))
        }
        Err(_) if is_form && wants_page => Ok(Answer::Asked(Asks { fault: Some(Fault::Note), note: typed })),
        Ok((false, _)) => {
            let detail = "must be true: nothing less denies";
            Err(Refusal::invalid(vec![FieldError::at("/confirm", "required", detail)]).by(Rule::D9).into())
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// The form's fields as a program would send them, and the reason as it was typed.
fn form(body: &[u8]) -> (Value, String) {
    let field = |wanted: &str| {
        form_urlencoded::parse(body).find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    // A browser sends two characters for the end of a line.
    let typed = field("note").unwrap_or_default().replace("\r\n", "\n");
    let note = Some(typed.as_str()).filter(|typed| !text::trim(typed).is_empty());
    (json!({ "confirm": field("confirm").as_deref() == Some("yes"), "note": note }), typed)
}

/// A link that somebody opened.
struct Opened {
    token: ConsentToken,
    link: ConsentLink,
    language: Language,
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
    consent: &Consent,
    request: &Request,
    opened: &Opened,
    claim: &Claim,
    asks: Option<Asks>,
) -> Result<Response<Body>, Problem> {
    let Opened { token, link, language } = opened;
    let commands = &consent.app.commands;
    let (program, now) = (&commands.program, commands.host.now());
    let page = Page::known(claim, link.approval, program, now).ok_or_else(Problem::not_found)?;
    if !request.received().wants_page() {
        return Ok(respond::json(StatusCode::OK, &page::json(&page)));
    }
    let reader = consent.reader(*language);
    let html = match asks.filter(|_| matches!(page.state, Standing::Open { .. })) {
        Some(asks) => page::confirm(&page, token, reader, asks),
        None => page::html(&page, token, reader),
    };
    Ok(respond::html(StatusCode::OK, html.map_err(Problem::internal)?))
}

/// An answer on a link, as all of them are sent: with the headers that keep the link secret, and as a page if a person
/// would see a problem.
fn dressed(reader: Option<Reader<'_>>, answer: Response<Body>) -> Response<Body> {
    let status = answer.status();
    let is_page = answer.headers().get("content-type").is_some_and(|kind| kind == page::CONTENT_TYPE);
    let message = match reader.filter(|_| !is_page) {
        Some(reader) if status == StatusCode::NOT_FOUND => page::not_found(reader).ok(),
        Some(reader) if status.is_client_error() || status.is_server_error() => page::try_again(reader).ok(),
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
