//! The sessions of everybody with whom pages are tried, right ones and wrong ones.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use e2e::session::{SESSION_COOKIE, cookie_of, sign_in};
pub(crate) use e2e::session::{Session, send, signed_in, table};
use e2e::{Environment, Failed};
use sha2::{Digest, Sha256};

use super::callers::Caller;
use crate::fixtures::{holds, same, status};

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
            let session = signed_in(environment, name)?;
            holds(session.cookie.len() == 43, "a cookie has 256 bits")?;
            sessions.insert((Kind::Old, name), session);
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
            same(cookie_of(&answer, SESSION_COOKIE), Some(String::new()), "the cookie is taken away")?;
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

/// Somebody whom the issuer knows and who has no role is told so, and gets no session (R1).
pub(super) fn no_role_no_session(environment: &Environment) -> Result<(), Failed> {
    let answer = sign_in(&environment.stack, "otto")?;
    status(&answer, 403, "somebody without a role signs in")?;
    same(cookie_of(&answer, SESSION_COOKIE), None, "the session")?;
    let is_page = answer.header("content-type").is_some_and(|media| media.starts_with("text/html"));
    holds(is_page, "a person is told on a page")
}
