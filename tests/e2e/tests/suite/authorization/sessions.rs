//! Sessions of pages: people sign in over the pool's own form, as a browser would, and hold a cookie.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use e2e::{Environment, Failed};
use local_stack::{PASSWORD, Response, Stack};
use quick_xml::escape::unescape;
use regex_lite::Regex;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::callers::Caller;
use crate::fixtures::{holds, same, status};

/// The cookie of a session.
const COOKIE: &str = "__Host-session";
/// Those who may open some page; every kind of wrong session is made for each of them.
const PEOPLE: [&str; 3] = ["nadia", "rita", "lena"];
/// Those who have a session of their own and no right to the claim that a page is about.
const OTHERS: [&str; 2] = ["fiona", "ravi"];

/// How somebody comes to a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visitor {
    /// Without any session.
    Nobody,
    /// With a cookie that nobody was ever given.
    Forged,
    /// The right person, who has signed out.
    SignedOut,
    /// The right person, whose session is older than an hour and has to be renewed first.
    Old,
    /// The right person, with a form that does not know the session's secret.
    NoSecret,
    /// The right person, with a form that knows the secret of another session.
    ForeignSecret,
    /// The right person, with the right form, which another site sends.
    OtherSite,
    /// Somebody with a good session.
    SignedIn(Caller),
}

impl Visitor {
    pub(super) const ALL: [Self; 11] = [
        Self::Nobody,
        Self::Forged,
        Self::SignedOut,
        Self::Old,
        Self::NoSecret,
        Self::ForeignSecret,
        Self::OtherSite,
        Self::SignedIn(Caller::OtherOrganisation),
        Self::SignedIn(Caller::Partner),
        Self::SignedIn(Caller::Reviewer),
        Self::SignedIn(Caller::Unassigned),
    ];

    /// Whether only a form can come this way.
    pub(super) fn is_about_forms(self) -> bool {
        matches!(self, Self::NoSecret | Self::ForeignSecret | Self::OtherSite)
    }
}

/// What a browser and its forms know of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    /// What is in the cookie.
    pub(crate) cookie: String,
    /// What every form brings along.
    pub(crate) csrf: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Fresh,
    Old,
    Ended,
}

/// The sessions of everybody.
#[derive(Debug)]
pub(super) struct Sessions(HashMap<(Kind, &'static str), Session>);

impl Sessions {
    /// The sessions that will be old once an hour has passed.
    pub(super) fn to_grow_old(environment: &Environment) -> Result<Self, Failed> {
        let mut sessions = HashMap::new();
        for name in PEOPLE {
            sessions.insert((Kind::Old, name), signed_in(environment, name)?);
        }
        Ok(Self(sessions))
    }

    /// With all others.
    pub(super) fn and_all_others(mut self, environment: &Environment) -> Result<Self, Failed> {
        for name in PEOPLE.iter().chain(&OTHERS) {
            self.0.insert((Kind::Fresh, name), signed_in(environment, name)?);
        }
        for name in PEOPLE {
            let session = signed_in(environment, name)?;
            let form = [("csrf", session.csrf.as_str())];
            let answer = send(environment, "POST", "/sign-out", Some(&session), &[], Some(&form))?;
            status(&answer, 303, "signing out")?;
            same(cookie_of(&answer, COOKIE), Some(String::new()), "the cookie is taken away")?;
            self.0.insert((Kind::Ended, name), session);
        }
        Ok(self)
    }

    /// What a visitor comes with, in the place of the person who may open the page: a session, and the secret that a form
    /// brings along.
    pub(super) fn of(&self, visitor: Visitor, allowed: &'static str) -> Result<Option<Session>, Failed> {
        let made = |kind, name| {
            let session = self.0.get(&(kind, name)).cloned();
            session.ok_or_else(|| Failed::new(format!("{name} has no session: {kind:?}")))
        };
        let mut session = match visitor {
            Visitor::Nobody => return Ok(None),
            Visitor::Forged => {
                let secret = URL_SAFE_NO_PAD.encode(Sha256::digest("nobody was given this"));
                Session { cookie: secret.clone(), csrf: secret }
            }
            Visitor::SignedOut => made(Kind::Ended, allowed)?,
            Visitor::Old => made(Kind::Old, allowed)?,
            Visitor::NoSecret | Visitor::ForeignSecret | Visitor::OtherSite => made(Kind::Fresh, allowed)?,
            Visitor::SignedIn(caller) => made(Kind::Fresh, name_of(caller)?)?,
        };
        match visitor {
            Visitor::NoSecret => session.csrf.clear(),
            Visitor::ForeignSecret => session.csrf = made(Kind::Fresh, "fiona")?.csrf,
            _ => {}
        }
        Ok(Some(session))
    }

    /// The session of the person who may open the page.
    pub(super) fn of_allowed(&self, allowed: &'static str) -> Result<Session, Failed> {
        self.0
            .get(&(Kind::Fresh, allowed))
            .cloned()
            .ok_or_else(|| Failed::new(format!("{allowed} is not signed in")))
    }

    /// What nobody may find anywhere but in a browser.
    pub(super) fn cookies(&self) -> impl Iterator<Item = String> + '_ {
        self.0.values().map(|session| session.cookie.clone())
    }
}

fn name_of(caller: Caller) -> Result<&'static str, Failed> {
    Ok(match caller {
        Caller::OtherOrganisation => "fiona",
        Caller::Partner => "nadia",
        Caller::Reviewer => "rita",
        Caller::Unassigned => "ravi",
        other => return Err(Failed::new(format!("{other:?} is a way to come with a token"))),
    })
}

/// Sends a request as a browser does that holds this session and shows a page of ours.
pub(crate) fn send(
    environment: &Environment,
    method: &str,
    path: &str,
    session: Option<&Session>,
    headers: &[(&str, &str)],
    form: Option<&[(&str, &str)]>,
) -> Result<Response, Failed> {
    let cookie = session.map(|session| format!("{COOKIE}={}", session.cookie));
    let body = form.map(encoded);
    let mut all = headers.to_vec();
    all.extend(cookie.iter().map(|cookie| ("cookie", cookie.as_str())));
    all.extend(body.iter().map(|_| ("content-type", "application/x-www-form-urlencoded")));
    Ok(environment.stack.send(method, path, &all, body.as_deref().map(str::as_bytes))?)
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The value to which an answer sets a cookie.
fn cookie_of(answer: &Response, name: &str) -> Option<String> {
    let mut pairs = answer.cookies.iter().filter_map(|cookie| cookie.split(';').next()?.split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

/// The session of somebody who has signed in over the pool's own form.
pub(crate) fn signed_in(environment: &Environment, name: &str) -> Result<Session, Failed> {
    let answer = sign_in(&environment.stack, name)?;
    status(&answer, 303, &format!("{name} signs in"))?;
    let cookie = cookie_of(&answer, COOKIE).ok_or_else(|| Failed::new(format!("{name} has no session")))?;
    holds(cookie.len() == 43, "a cookie has 256 bits")?;
    let csrf = secret_of(environment, &cookie)?;
    Ok(Session { cookie, csrf })
}

/// The secret of a session's forms, from the table: not every page of a person has a form.
fn secret_of(environment: &Environment, cookie: &str) -> Result<String, Failed> {
    let hash: String = Sha256::digest(cookie).iter().map(|byte| format!("{byte:02x}")).collect();
    let body = json!({
        "TableName": table(environment)?, "Key": { "pk": { "S": format!("SESSION#{hash}") } }, "ConsistentRead": true,
    });
    let item = environment.stack.aws().json("dynamodb", "DynamoDB_20120810.GetItem", &body)?;
    let secret = item["Item"]["csrf"]["S"].as_str().map(str::to_owned);
    secret.ok_or_else(|| Failed::new("the session is not in the table under the hash of its cookie"))
}

/// The name of the table of sessions.
pub(super) fn table(environment: &Environment) -> Result<String, Failed> {
    let functions = environment.stack.deployment().functions.values();
    let mut names = functions.filter_map(|function| function.environment.get("SESSIONS_TABLE"));
    names.next().cloned().ok_or_else(|| Failed::new("no function has a table of sessions"))
}

/// Signs somebody in over the pool's own form: the answer to what the pool sends the browser back with.
fn sign_in(stack: &Stack, name: &str) -> Result<Response, Failed> {
    let led = |answer: &Response, what: &str| -> Result<String, Failed> {
        let address = answer.header("location").map(str::to_owned);
        address.ok_or_else(|| Failed::new(format!("{what}: {} {}", answer.status, answer.text())))
    };
    let start = stack.send("GET", "/sign-in", &[], None)?;
    let issuer = led(&start, "to the issuer")?;
    let under_way = start.cookies.iter().filter_map(|cookie| cookie.split(';').next());
    let under_way = under_way.collect::<Vec<_>>().join("; ");
    let form = stack.send("GET", &issuer, &[], None)?;
    status(&form, 200, "the pool's form")?;
    let mut fields = fields_of(&form.text())?;
    fields.insert("username".to_owned(), local_stack::user(name)?.email.to_owned());
    fields.insert("password".to_owned(), PASSWORD.to_owned());
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let origin: Vec<&str> = issuer.splitn(4, '/').take(3).collect();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let sent = stack.send(
        "POST",
        &format!("{}/login", origin.join("/")),
        &headers,
        Some(encoded(&fields).as_bytes()),
    )?;
    let back = led(&sent, "back from the pool")?;
    Ok(stack.send("GET", &back, &[("cookie", &under_way)], None)?)
}

/// The hidden fields of a form, by name.
fn fields_of(form: &str) -> Result<BTreeMap<String, String>, Failed> {
    let input = Regex::new(r#"<input[^>]*name="([^"]+)"[^>]*value="([^"]*)""#)
        .map_err(|error| Failed::new(error.to_string()))?;
    let mut fields = BTreeMap::new();
    for field in input.captures_iter(form) {
        let value = unescape(&field[2]).map_err(|error| Failed::new(error.to_string()))?;
        fields.insert(field[1].to_owned(), value.into_owned());
    }
    Ok(fields)
}

/// Somebody whom the issuer knows and who has no role is told so, and gets no session (R1).
pub(super) fn no_role_no_session(environment: &Environment) -> Result<(), Failed> {
    let answer = sign_in(&environment.stack, "otto")?;
    status(&answer, 403, "somebody without a role signs in")?;
    same(cookie_of(&answer, COOKIE), None, "the session")?;
    let is_page = answer.header("content-type").is_some_and(|media| media.starts_with("text/html"));
    holds(is_page, "a person is told on a page")
}
