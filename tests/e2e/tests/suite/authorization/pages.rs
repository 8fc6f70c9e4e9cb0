//! Checks the rows of pages: a session says who is there, and a form knows that session's secret. No token and no link
//! opens one (I7).

use claim_http::registry::Route;
use e2e::{ClaimDriver, Environment, Failed};
use local_stack::Response;

use super::callers::Caller;
use super::rows::{Expect, Form, PARTNER, REVIEWER, by_the_registry, caller_of};
use super::sessions::{Session, Sessions, Visitor, send};
use super::side_effects::{Stream, SystemState};
use crate::fixtures::{holds, same};

/// A row of a page, and the claim that its requests are about.
pub(super) struct Page<'a> {
    pub(super) route: &'a Route,
    pub(super) form: Option<Form>,
    pub(super) exceptions: &'static [(Caller, Expect)],
    pub(super) claim: &'a ClaimDriver<'a>,
    pub(super) path: String,
}

impl Page<'_> {
    /// Everybody who is refused comes first, then somebody who may open the page or send its form.
    pub(super) fn check(&self, environment: &Environment, sessions: &Sessions) -> Result<(), Failed> {
        let (key, allowed) = (self.route.key(), caller_of(self.route));
        let (before, stream) = (SystemState::at_rest(environment)?, Stream::now(environment)?);
        for visitor in Visitor::ALL {
            if visitor.is_about_forms() && self.form.is_none() {
                continue;
            }
            let expected = self.expected(visitor);
            if expected == Answer::Given(Expect::Allowed) && self.form.is_some() {
                continue;
            }
            let what = |wrong: Failed| Failed::new(format!("{key}: {visitor:?}: {}", wrong.0));
            let session = sessions.of(visitor, allowed)?;
            let answer = self.request(environment, visitor, session.as_ref()).map_err(what)?;
            self.check_answer(&answer, &expected, session.as_ref()).map_err(what)?;
            same(stream.written(environment)?, 0, &format!("{key}: {visitor:?}: writes"))?;
        }
        if let Some(difference) = SystemState::at_rest(environment)?.differs_from(&before) {
            return Err(Failed::new(format!("{key}: a refused request left something behind: {difference}")));
        }
        // Who may open a page of what there is not has been answered so above.
        let partner = Visitor::SignedIn(Caller::Partner);
        if allowed == PARTNER && self.expected(partner) != Answer::Given(Expect::Allowed) {
            return Ok(());
        }
        let session = sessions.of_allowed(allowed)?;
        let answer = self.request(environment, partner, Some(&session))?;
        self.check_answer(&answer, &Answer::Given(Expect::Allowed), Some(&session))
            .map_err(|wrong| Failed::new(format!("{key}: {allowed} may: {}", wrong.0)))?;
        let written = stream.written(environment)?;
        // A begun claim is no claim yet.
        let writes = self.form.is_some() && !self.path.starts_with("/drafts");
        holds((written == 0) != writes, &format!("{key}: {written} writes for {allowed}"))
    }

    fn request(
        &self,
        environment: &Environment,
        visitor: Visitor,
        session: Option<&Session>,
    ) -> Result<Response, Failed> {
        let site = if visitor == Visitor::OtherSite { "cross-site" } else { "same-origin" };
        let (revision, reviewer) = (self.revision()?, self.reviewer()?);
        let fields = self.form.map(|form| {
            let given = |value: &'static str| if value == REVIEWER { reviewer.as_str() } else { value };
            let mut fields: Vec<(&str, &str)> =
                form.iter().map(|(name, value)| (*name, given(value))).collect();
            fields.push(("revision", revision.as_str()));
            let secret = session.map(|session| session.csrf.as_str());
            fields.extend(secret.filter(|secret| !secret.is_empty()).map(|secret| ("csrf", secret)));
            fields
        });
        let headers = [("accept", "text/html"), ("sec-fetch-site", site)];
        send(environment, self.route.method, &self.path, session, &headers, fields.as_deref())
    }

    /// The revision that the form would have been drawn from.
    fn revision(&self) -> Result<String, Failed> {
        if self.claim.id.is_empty() {
            return Ok("1".to_owned());
        }
        Ok(self.claim.look("nadia")?["revision"].to_string())
    }

    /// The id of the claim's reviewer, for a form that names them.
    fn reviewer(&self) -> Result<String, Failed> {
        let is_named = self.form.is_some_and(|form| form.iter().any(|(_, value)| *value == REVIEWER));
        if !is_named {
            return Ok(String::new());
        }
        Ok(self.claim.look("lena")?["assignedTo"]["id"].as_str().unwrap_or_default().to_owned())
    }

    fn expected(&self, visitor: Visitor) -> Answer {
        let is_form = self.form.is_some();
        match visitor {
            // What somebody typed on a page of ours is kept for when they have signed in again.
            Visitor::Nobody | Visitor::Forged | Visitor::SignedOut => {
                Answer::SignsIn(if is_form { format!("{}?kept=", self.path) } else { self.path.clone() })
            }
            Visitor::Old => Answer::Renews,
            Visitor::NoSecret | Visitor::ForeignSecret | Visitor::OtherSite => {
                Answer::Given(Expect::Refused(403, "forbidden"))
            }
            Visitor::SignedIn(caller) => {
                let exception = self.exceptions.iter().find(|(exception, _)| *exception == caller);
                let expected =
                    exception.map_or_else(|| by_the_registry(self.route, caller), |(_, expect)| *expect);
                Answer::Given(expected)
            }
        }
    }

    fn check_answer(
        &self,
        answer: &Response,
        expected: &Answer,
        session: Option<&Session>,
    ) -> Result<(), Failed> {
        is_dressed(answer)?;
        let got = answer.status;
        let to = answer.header("location").unwrap_or_default();
        let is_sign_in = to.starts_with("/sign-in");
        let shows_claim = !self.claim.id.is_empty() && answer.text().contains(&self.claim.id);
        match expected {
            Answer::SignsIn(back) => {
                same((got, answer.text()), (303, String::new()), "the way to sign in")?;
                let returns = returned(to, "/sign-in")?;
                let is_there = if back.ends_with('=') { returns.starts_with(back) } else { returns == *back };
                holds(is_there, &format!("and back to {returns}, not {back}"))
            }
            Answer::Renews => {
                // A form goes along on its way.
                let expected = if self.form.is_some() { 307 } else { 303 };
                same((got, answer.text()), (expected, String::new()), "the way to renew the session")?;
                same(returned(to, "/sign-in/renew")?, self.path.clone(), "and back")
            }
            Answer::Given(Expect::Allowed) => {
                holds(self.route.answers.contains(&got), &format!("{got} {}", answer.text()))?;
                holds(!is_sign_in, &format!("sent to {to}"))?;
                // What a page lets one do, it lets one do in this session.
                let secret = session.map_or("", |session| session.csrf.as_str());
                holds(got != 200 || answer.text().contains(secret), "the page knows the session's secret")
            }
            Answer::Given(Expect::SeesNothing) => {
                same(got, 200, "a page of one's own")?;
                holds(!shows_claim, "the claim is not on it")
            }
            Answer::Given(Expect::LedTo(place)) => {
                let place = place.replace("{id}", &self.claim.id);
                same((got, answer.text()), (303, String::new()), "the way to one's own page")?;
                holds(to.starts_with(&place), &format!("sent to {to}, not {place}"))
            }
            Answer::Given(Expect::Refused(status, kind)) => {
                same(got, *status, &answer.text())?;
                let media = answer.header("content-type").unwrap_or_default();
                holds(media.starts_with("text/html"), &format!("told on a page, not as {media}"))?;
                // Another reviewer may read what only the assigned one decides.
                let is_silent = !shows_claim && !answer.text().contains("Authorization of");
                holds(is_silent || *kind == "not-assigned", "nothing of the claim")
            }
        }
    }
}

/// Whose answer is expected.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// The way to sign in, and back to this address, or to one that begins so if it ends with `=`.
    SignsIn(String),
    /// The way to renew the session, and back.
    Renews,
    /// That of the page.
    Given(Expect),
}

/// Where an address of the sign-in leads back to.
fn returned(address: &str, path: &str) -> Result<String, Failed> {
    let query = address.strip_prefix(path).and_then(|rest| rest.strip_prefix('?'));
    let query = query.ok_or_else(|| Failed::new(format!("sent to {address}, not {path}")))?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let back = pairs.find(|(name, _)| name == "return").map(|(_, back)| back.into_owned());
    back.ok_or_else(|| Failed::new(format!("{address} leads nowhere back")))
}

/// Every answer, a refusal and a redirection too, is kept by nobody and runs nothing that is not ours.
fn is_dressed(answer: &Response) -> Result<(), Failed> {
    let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
    let policy = header("content-security-policy");
    holds(policy.contains("default-src 'none'") && !policy.contains("unsafe"), &format!("policy {policy}"))?;
    holds(header("cache-control").contains("no-store"), "stored by nobody")?;
    let is_guessed = !answer.body.is_empty() && header("x-content-type-options") != "nosniff";
    holds(!is_guessed, "the media type is not guessed")
}
