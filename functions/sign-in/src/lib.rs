//! The function `sign-in`: people sign in to the pages at the issuer, stay signed in as long as it says so, and sign out.
//!
//! What a browser holds is a cookie with 256 random bits; everything else is in the table of sessions. A session is
//! believed for as long as its access token is good, an hour at most. Then the pages send the browser here, a form
//! included, and it comes back with the session renewed: a role that was taken away is gone.

mod back;
mod issuer;
#[cfg(test)]
mod recorded;

use claim_domain::calendar::Instant;
use claim_domain::people::Role;
use claim_domain::refusal::Kind;
use claim_http::registry::Operation;
use claim_http::{Api, App, Endpoint, Problem, Received, Request, respond};
use claim_pages::{
    AFTER_FORM, Form, Frame, Message, MessagePage, Pages, comes_from_us, cookie, is_after_form, onward, page,
    sign_in_after_form,
};
use claim_runtime::{Aws, ConfigError, Variables};
use claim_session::{
    SESSION_COOKIE, Secret, Session, SessionError, Standing, cookie_of, expired_cookie, new_cookie,
};
use issuer::{Issuer, IssuerError, SignedIn, UnderWay, Way};
use lambda_http::http::header::{COOKIE, HeaderValue, LOCATION, SET_COOKIE};
use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Response};

/// The cookie of a sign-in that is under way.
const UNDER_WAY: &str = "__Host-sign-in";

/// The function as Lambda runs it.
pub type Function = Api<SignIn>;

/// The function's endpoint, made of what every function behind the API has, the gate before pages, and the issuer.
pub struct SignIn {
    app: App,
    pages: Pages,
    /// None where the program has no pages.
    issuer: Option<Issuer>,
}

impl SignIn {
    /// The endpoint with this gate, configured by these variables.
    ///
    /// # Errors
    /// The variable that is malformed, by name (D3).
    pub fn over(app: App, pages: Pages, variables: &Variables) -> Result<Self, ConfigError> {
        let stand_in = variables.optional("AWS_ENDPOINT_URL");
        let issuer = Issuer::of(variables, Way::Web(claim_runtime::web(variables)?), stand_in)?;
        Ok(Self { app, pages, issuer })
    }
}

impl Endpoint for SignIn {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let aws = Aws::new(variables)?;
        let app = App::new(variables, &aws)?;
        Self::over(app, Pages::new(variables, &aws)?, variables)
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        match request.operation() {
            Operation::Home => self.home(request).await,
            Operation::StartSignIn if is_after_form(request) => {
                let query = form_urlencoded::Serializer::new(String::new())
                    .append_pair("return", &back(request))
                    .finish();
                onward("Sign in to go on", &format!("/sign-in?{query}"))
            }
            Operation::StartSignIn => self.start(&back(request)).await,
            Operation::FinishSignIn => self.finish(request).await,
            Operation::RenewSession | Operation::RenewSessionForm => self.renew(request).await,
            Operation::SignOut => self.sign_out(request).await,
            Operation::SignedOut => self.signed_out(request).await,
            Operation::ShowAsset => claim_pages::assets::answer(request),
            _ => Err(Problem::not_found()),
        }
    }

    fn refused(&self, received: &Received, problem: &Problem) -> Response<Body> {
        self.pages.refused(received, problem)
    }

    fn dressed(&self, received: &Received, response: Response<Body>) -> Response<Body> {
        self.pages.dressed(received, response)
    }
}

impl SignIn {
    /// The issuer.
    ///
    /// # Errors
    /// `no-such-route` where the program has no pages.
    fn issuer(&self) -> Result<&Issuer, Problem> {
        self.issuer.as_ref().ok_or_else(|| {
            Problem::new(
                Kind::NoSuchRoute,
                "There are no pages to sign in to at this address.",
                "Ask whoever runs the program for the address of its pages.",
            )
        })
    }

    fn now(&self) -> Instant {
        self.app.commands.host.now()
    }

    /// To one's own first page; whoever is not signed in signs in first.
    async fn home(&self, request: &Request) -> Result<Response<Body>, Problem> {
        match self.pages.standing(request, self.now()).await? {
            Some(Standing::Fresh(session) | Standing::Stale(session)) => {
                let caller = self.app.principal.caller_of(&session.claims)?;
                Ok(respond::see_other(first_page(caller.actor.role)))
            }
            _ => self.start("/").await,
        }
    }

    /// To the issuer.
    async fn start(&self, back: &str) -> Result<Response<Body>, Problem> {
        let (address, under_way) = self.issuer()?.start(back.to_owned()).await.map_err(unreachable_issuer)?;
        let cookie = Secret::fresh(&*self.app.commands.host).map_err(Problem::internal)?;
        self.pages.sessions.begin_sign_in(&cookie, &under_way, self.now()).await.map_err(failed)?;
        Ok(with_cookies(respond::see_other(&address), &[new_cookie(UNDER_WAY, &cookie)]))
    }

    /// Back from the issuer: with a code, or with why there is none.
    async fn finish(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let now = self.now();
        let headers = request.headers().get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let under_way = match cookie_of(headers, UNDER_WAY) {
            Some(cookie) => {
                self.pages.sessions.finish_sign_in::<UnderWay>(&cookie, now).await.map_err(failed)?
            }
            None => None,
        };
        let given = |name: &str| {
            let query = request.query();
            query.all(name).next().map(str::to_owned)
        };
        let under_way =
            under_way.filter(|known| given("state").is_some_and(|state| is_same(&state, &known.state)));
        let Some(under_way) = under_way else {
            return not_signed_in("This sign-in was begun elsewhere, or too long ago.");
        };
        let Some(code) = given("code") else {
            return not_signed_in("The sign-in was broken off.");
        };
        let signed_in = match self.issuer()?.finish(code, &under_way, now).await {
            Ok(signed_in) => signed_in,
            Err(IssuerError::Refused) => {
                return not_signed_in("The sign-in was used already, or took too long.");
            }
            Err(error @ IssuerError::Unbelievable(_)) => {
                tracing::warn!(error = %error, "a sign-in was not believed");
                return not_signed_in("What came back does not belong to this sign-in.");
            }
            Err(error) => return Err(unreachable_issuer(error)),
        };
        let caller = self.app.principal.caller_of(&signed_in.claims)?;
        let (cookie, csrf) = (self.secret()?, self.secret()?);
        let session = session_of(signed_in, csrf.reveal().to_owned(), now, now);
        self.pages.sessions.begin(&cookie, &session).await.map_err(failed)?;
        let to = match under_way.back.as_str() {
            "/" => first_page(caller.actor.role),
            page => page,
        };
        let cookies = [new_cookie(SESSION_COOKIE, &cookie), expired_cookie(UNDER_WAY)];
        Ok(with_cookies(respond::see_other(to), &cookies))
    }

    /// Renews the session and goes back; a form goes back as it came. If the issuer does not renew it, its person signs in
    /// again, and a form waits for that.
    async fn renew(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let now = self.now();
        let is_form = request.received().method() == Method::POST;
        let back = back(request);
        let form_back =
            request.query().all("return").next().filter(|to| back::takes_forms(to)).map(str::to_owned);
        let over = match (cookie(request), self.pages.standing(request, now).await?) {
            (Some(cookie), Some(Standing::Stale(session))) => {
                if self.renewed(&cookie, &session, now).await? {
                    return Ok(returned(is_form, form_back.as_deref(), &back));
                }
                Some(session.subject().to_owned())
            }
            (_, Some(Standing::Fresh(_))) => return Ok(returned(is_form, form_back.as_deref(), &back)),
            (_, Some(Standing::Over { subject })) => Some(subject),
            _ => None,
        };
        match form_back.filter(|_| is_form) {
            Some(to) => self.pages.keep(&*self.app.commands.host, request, &to, over.as_deref(), now).await,
            None if is_form => Ok(sign_in_after_form(&back)),
            None => self.start(&back).await,
        }
    }

    /// Renews a session at the issuer; whether it is still one.
    async fn renewed(&self, cookie: &Secret, session: &Session, now: Instant) -> Result<bool, Problem> {
        let sessions = &self.pages.sessions;
        let answer = match &session.refresh_token {
            Some(token) => self.issuer()?.renew(token, session.subject(), now).await,
            None => Err(IssuerError::Refused),
        };
        match answer {
            Ok(SignedIn { claims, until, refresh_token, id_token }) => {
                let renewed = SignedIn {
                    claims,
                    until,
                    refresh_token: refresh_token.or_else(|| session.refresh_token.clone()),
                    id_token: id_token.or_else(|| session.id_token.clone()),
                };
                let renewed = session_of(renewed, session.csrf.clone(), session.began_at, now);
                sessions.renew(cookie, &renewed).await.map_err(failed)
            }
            Err(IssuerError::Refused | IssuerError::Unbelievable(_)) => {
                sessions.end(cookie).await.map_err(failed)?;
                Ok(false)
            }
            Err(error) => Err(unreachable_issuer(error)),
        }
    }

    /// Ends the session, or all of the person's, here and at the issuer.
    async fn sign_out(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let standing = self.pages.standing(request, self.now()).await?;
        let gone = [expired_cookie(SESSION_COOKIE)];
        let (Some(cookie), Some(Standing::Fresh(session) | Standing::Stale(session))) =
            (cookie(request), standing)
        else {
            return Ok(with_cookies(respond::see_other("/sign-out"), &gone));
        };
        comes_from_us(request, &session)?;
        let issuer = self.issuer()?;
        self.pages.sessions.end(&cookie).await.map_err(failed)?;
        if Form::sent(request).has("everywhere", "yes") {
            self.pages.sessions.end_everywhere(session.subject()).await.map_err(failed)?;
        }
        // The session is over whether the issuer hears of it or not.
        if let Some(token) = &session.refresh_token
            && let Err(error) = issuer.revoke(token).await
        {
            tracing::warn!(error = %error, "a refresh token was not revoked");
        }
        Ok(with_cookies(respond::see_other(&format!("/sign-out?{AFTER_FORM}=yes")), &gone))
    }

    /// Tells somebody that they are signed out; after the form that does it, the issuer's own session ends first.
    async fn signed_out(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let issuer = self.issuer.as_ref().filter(|_| is_after_form(request));
        let address = match issuer {
            Some(issuer) => issuer.end_address(None).await.unwrap_or_else(|error| {
                tracing::warn!(error = %error, "the issuer's own session was not ended");
                None
            }),
            None => None,
        };
        match address {
            Some(address) => onward("Signing out", &address),
            None => signed_out(),
        }
    }

    fn secret(&self) -> Result<Secret, Problem> {
        Secret::fresh(&*self.app.commands.host).map_err(Problem::internal)
    }
}

/// Where a request wants to go back to.
fn back(request: &Request) -> String {
    back::page(request.query().all("return").next().unwrap_or("/"))
}

/// Back to where a renewal was asked for: with the form, or to the page.
fn returned(is_form: bool, form_back: Option<&str>, back: &str) -> Response<Body> {
    match form_back.filter(|_| is_form) {
        Some(to) => respond::with(respond::empty(StatusCode::TEMPORARY_REDIRECT), &[(LOCATION, to)]),
        None => respond::see_other(back),
    }
}

fn first_page(role: Role) -> &'static str {
    if role.is_partner() { "/claims" } else { "/review" }
}

fn session_of(signed_in: SignedIn, csrf: String, began_at: Instant, now: Instant) -> Session {
    Session {
        fresh_until: Session::believed_until(now, signed_in.until),
        claims: signed_in.claims,
        csrf,
        refresh_token: signed_in.refresh_token,
        id_token: signed_in.id_token,
        began_at,
    }
}

/// Whether two secrets are the same: their hashes are compared, so that the time it takes says nothing about them.
fn is_same(one: &str, other: &str) -> bool {
    claim_store::sha256(one.as_bytes()) == claim_store::sha256(other.as_bytes())
}

fn signed_out() -> Result<Response<Body>, Problem> {
    let frame = Frame::for_everybody("You are signed out");
    let message = Message {
        title: frame.title.clone(),
        sentences: vec!["Your session on this device has ended.".to_owned()],
        why: None,
    };
    page(StatusCode::OK, &MessagePage { frame, message, link: ("/sign-in", "Sign in again") })
}

/// A sign-in that did not come to its end.
fn not_signed_in(why: &str) -> Result<Response<Body>, Problem> {
    let frame = Frame::for_everybody("You are not signed in");
    let message = Message {
        title: frame.title.clone(),
        sentences: vec![why.to_owned(), "Nothing was changed. You can begin again.".to_owned()],
        why: None,
    };
    page(StatusCode::BAD_REQUEST, &MessagePage { frame, message, link: ("/sign-in", "Sign in") })
}

fn with_cookies(mut response: Response<Body>, cookies: &[String]) -> Response<Body> {
    for cookie in cookies {
        if let Ok(value) = HeaderValue::from_str(cookie) {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
    response
}

fn failed(error: SessionError) -> Problem {
    Problem::internal(error)
}

fn unreachable_issuer(error: IssuerError) -> Problem {
    Problem {
        cause: Some(Box::new(error)),
        ..Problem::new(Kind::Busy, "Signing in does not work just now.", "Try again in a minute.")
    }
}
