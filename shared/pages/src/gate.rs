//! The gate before every page: who is there, by the session; and whether a form comes from a page of that session.

use std::io;

use claim_command::Host;
use claim_domain::calendar::Instant;
use claim_domain::refusal::Kind;
use claim_http::{App, Problem, Received, Request, respond};
use claim_runtime::{Aws, ConfigError, Variables};
use claim_session::{KeptForm, SESSION_COOKIE, Secret, Session, SessionError, Sessions, Standing, cookie_of};
use lambda_http::http::header::{ACCEPT_ENCODING, COOKIE, HOST, HeaderName, LOCATION, ORIGIN};
use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Response};

use crate::form::{CSRF, Form};
use crate::frame::{Frame, Message};
use crate::send;
use crate::templates::MessagePage;

/// What an address says that a form has led to.
pub const AFTER_FORM: &str = "form";

/// What browsers say of where a request comes from. Older ones say no more than a form's `Origin`.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whose form it is that comes without any session: of whoever signs in next in the same browser, which alone is told the
/// form's name.
const ANYBODY: &str = "";

/// What every function with pages has.
#[derive(Debug, Clone)]
pub struct Pages {
    /// Who has signed in.
    pub sessions: Sessions,
    uploads: String,
    /// Where people reach the pages, if that is configured.
    public_url: Option<String>,
}

impl Pages {
    /// The gate, with the sessions in the table `SESSIONS_TABLE`; documents are in the bucket `EVIDENCE_BUCKET`, for
    /// functions that show any.
    ///
    /// # Errors
    /// The variable that is missing, by name (D3).
    pub fn new(variables: &Variables, aws: &Aws) -> Result<Self, ConfigError> {
        let sessions = Sessions::new(aws, variables.required("SESSIONS_TABLE")?);
        let uploads = match variables.optional("EVIDENCE_BUCKET") {
            Some(bucket) => aws.bucket(bucket).0,
            None => String::new(),
        };
        let public_url = variables.optional("PUBLIC_URL").map(|url| url.trim_end_matches('/').to_owned());
        Ok(Self { public_url, ..Self::over(sessions, uploads) })
    }

    /// The gate over these sessions, for documents at this origin.
    pub fn over(sessions: Sessions, uploads: String) -> Self {
        Self { sessions, uploads, public_url: None }
    }

    /// The whole address of one of our paths: at `PUBLIC_URL`, or where the request came to.
    pub(crate) fn whole(&self, request: &Request, path: &str) -> String {
        match &self.public_url {
            Some(url) => format!("{url}{path}"),
            None => format!("https://{}{path}", request.received().header(&HOST).unwrap_or_default()),
        }
    }

    /// Lets a request pass whose session is fresh, and says on it who calls. Otherwise the browser is sent to sign in, or to
    /// renew the session, and comes back; what a form holds is not lost on the way.
    ///
    /// # Errors
    /// `forbidden` for a form that does not come from a page of the session; a failing table.
    pub async fn admit(&self, app: &App, request: &mut Request) -> Result<Option<Response<Body>>, Problem> {
        if request.route().caller.is_public() {
            return Ok(None);
        }
        let now = app.commands.host.now();
        let standing = self.standing(request, now).await?;
        let address = request.received().address();
        match standing {
            Some(Standing::Fresh(session)) => {
                if request.received().method() == Method::POST {
                    comes_from_us(request, &session)?;
                }
                request.sign_in(session.claims, session.csrf);
                Ok(None)
            }
            Some(Standing::Stale(_)) => Ok(Some(renewal(request, &address))),
            _ if request.received().method() != Method::POST => Ok(Some(sign_in(&address))),
            over => {
                let subject = match &over {
                    Some(Standing::Over { subject }) => Some(subject.as_str()),
                    _ => None,
                };
                let path = request.received().path();
                Ok(Some(self.keep(&*app.commands.host, request, path, subject, now).await?))
            }
        }
    }

    /// The session that a request's cookie names.
    ///
    /// # Errors
    /// A failing table.
    pub async fn standing(&self, request: &Request, now: Instant) -> Result<Option<Standing>, Problem> {
        match cookie(request) {
            Some(cookie) => self.sessions.find(&cookie, now).await.map_err(failed),
            None => Ok(None),
        }
    }

    /// The way to sign in for a form that comes without a session: it is kept for whose the session was, by their `sub`, and
    /// the way back leads to the page of this path, which shows it again. Whoever signed out in another window has no cookie
    /// that would tell who it was. Then the form is for whoever signs in next in the same browser, if it was sent from a page
    /// of ours; what another site sends, and what no browser does, is not kept: nobody shall find on a form what somebody
    /// else has put there.
    ///
    /// # Errors
    /// A failing table.
    pub async fn keep(
        &self,
        host: &(dyn Host + Send + Sync),
        request: &Request,
        path: &str,
        subject: Option<&str>,
        now: Instant,
    ) -> Result<Response<Body>, Problem> {
        let subject = match subject {
            Some(subject) => subject,
            None if self.is_sent_from_here(request) => ANYBODY,
            None => return Ok(sign_in_after_form("/")),
        };
        let fields = form_urlencoded::parse(request.body()).into_owned().filter(|(name, _)| name != CSRF);
        let form = KeptForm { path: path.to_owned(), fields: fields.collect() };
        let name = Secret::fresh(host).map_err(|error: io::Error| Problem::internal(error))?;
        let kept = self.sessions.keep(&name, subject, &form, now).await.map_err(failed)?;
        Ok(match kept {
            Some(()) => sign_in_after_form(&format!("{path}?kept={}", name.reveal())),
            None => sign_in_after_form(path),
        })
    }

    /// Whether the browser says that one of our own pages sent a form.
    fn is_sent_from_here(&self, request: &Request) -> bool {
        let received = request.received();
        match (received.header(&FETCH_SITE), received.header(&ORIGIN)) {
            (Some(site), _) => site == "same-origin",
            (None, Some(origin)) => {
                let here = received.header(&HOST).map(|host| format!("https://{host}"));
                let public = self.public_url.as_deref().map(origin_of);
                here.as_deref() == Some(origin) || public == Some(origin)
            }
            (None, None) => false,
        }
    }

    /// The form that was kept for a page, if the request's address names one that is this person's.
    ///
    /// # Errors
    /// A failing table.
    pub async fn kept(&self, app: &App, request: &Request) -> Result<Option<Form>, Problem> {
        let name = request.query().all("kept").find_map(|name| name.parse().ok());
        let subject = request.received().token().and_then(|token| token.get("sub"));
        let (Some(name), Some(subject)) = (name, subject) else { return Ok(None) };
        let now = app.commands.host.now();
        let kept = match self.sessions.kept(&name, subject, now).await.map_err(failed)? {
            None => self.sessions.kept(&name, ANYBODY, now).await.map_err(failed)?,
            kept => kept,
        };
        let kept = kept.filter(|kept| kept.path == request.received().path());
        Ok(kept.map(|kept| {
            let mut form = Form::of(kept.fields);
            form.message = Some(Message {
                title: "You had been signed out".to_owned(),
                sentences: vec!["What you had typed is still here. Check it, and send it again.".to_owned()],
                why: None,
            });
            form
        }))
    }

    /// A problem as a page: what happened, and the next step.
    pub fn refused(&self, received: &Received, problem: &Problem) -> Response<Body> {
        let mut message = Message::of(problem);
        if problem.kind == Kind::Internal {
            message.sentences.push(format!("The incident’s id is {}.", received.incident()));
        }
        let frame = Frame::for_everybody(message.title.clone());
        let problem = problem.response(received.incident());
        let status = problem.status();
        send::page(status, &MessagePage { frame, message, link: ("/", "Go to your first page") })
            .unwrap_or(problem)
    }

    /// An answer as pages are sent: with the headers that keep them safe, and compressed.
    pub fn dressed(&self, received: &Received, answer: Response<Body>) -> Response<Body> {
        let mut answer = answer;
        for (name, value) in send::headers(&self.uploads) {
            answer = respond::with(answer, &[(name, &value)]);
        }
        send::compressed(received.header(&ACCEPT_ENCODING), answer)
    }
}

/// The origin of an address: its scheme, host and port.
fn origin_of(url: &str) -> &str {
    let host = url.find("://").map_or(0, |end| end + 3);
    let end = url.get(host..).and_then(|rest| rest.find('/')).map_or(url.len(), |end| host + end);
    url.get(..end).unwrap_or(url)
}

/// The secret in a request's session cookie.
pub fn cookie(request: &Request) -> Option<Secret> {
    let headers = request.headers().get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookie_of(headers, SESSION_COOKIE)
}

/// Lets a form pass that comes from a page of the session: it knows the session's secret, and no browser says that another
/// site sent it.
///
/// # Errors
/// `forbidden`.
pub fn comes_from_us(request: &Request, session: &Session) -> Result<(), Problem> {
    let from = request.received().header(&FETCH_SITE);
    let is_ours = from.is_none_or(|from| matches!(from, "same-origin" | "none"));
    if is_ours && !session.csrf.is_empty() && Form::sent(request).value(CSRF) == session.csrf {
        return Ok(());
    }
    Err(Problem::new(
        Kind::Forbidden,
        "The form does not come from a page of your session, so nothing was done.",
        "Go back, load the page again, and send the form again.",
    ))
}

/// The way to sign in, and back.
fn sign_in(back: &str) -> Response<Body> {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("return", back).finish();
    respond::see_other(&format!("/sign-in?{query}"))
}

/// The same after a form was sent, which a browser lets lead to no other site.
pub fn sign_in_after_form(back: &str) -> Response<Body> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.append_pair(AFTER_FORM, "yes").append_pair("return", back).finish();
    respond::see_other(&format!("/sign-in?{query}"))
}

/// Whether a request follows a form: its answer leads to no other site but by a page of its own ([`crate::onward`]).
pub fn is_after_form(request: &Request) -> bool {
    request.query().all(AFTER_FORM).any(|said| said == "yes")
}

/// The way to renew the session, and back; a form goes along.
fn renewal(request: &Request, back: &str) -> Response<Body> {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("return", back).finish();
    let address = format!("/sign-in/renew?{query}");
    if request.received().method() == Method::POST {
        let response = respond::empty(StatusCode::TEMPORARY_REDIRECT);
        return respond::with(response, &[(LOCATION, &address)]);
    }
    respond::see_other(&address)
}

fn failed(error: SessionError) -> Problem {
    Problem::internal(error)
}
