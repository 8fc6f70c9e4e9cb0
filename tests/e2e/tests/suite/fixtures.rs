//! What cases are made of and begin with.

use claim_domain::rule::Rule;
pub(crate) use e2e::stages::{action_required, approved, draft, rejected, submitted, under_review};
use e2e::{ClaimDriver, Failed};
use local_stack::Response;
use serde_json::{Value, json};

/// A case: the sentence that it proves and the rules behind it, the partner user who acts, and what happens.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) rules: &'static [Rule],
    pub(crate) partner: &'static str,
    pub(crate) run: fn(&mut ClaimDriver<'_>) -> Result<(), Failed>,
}

/// A case of Nadia's organisation.
pub(crate) const fn case(name: &'static str, run: fn(&mut ClaimDriver<'_>) -> Result<(), Failed>) -> Case {
    Case { name, rules: &[], partner: "nadia", run }
}

impl Case {
    /// The same, said to prove these rules.
    pub(crate) const fn proves(self, rules: &'static [Rule]) -> Self {
        Self { rules, ..self }
    }
}

/// The numbers of rules, as a trial's kind.
pub(crate) fn numbers(rules: &[Rule]) -> String {
    rules.iter().map(|rule| rule.number()).collect::<Vec<_>>().join(" ")
}

/// Puts the customer's contact into one of the domains for which the local stack has another answer, as one of the
/// customer's own mail domains.
pub(crate) fn reached_at(body: &mut Value, domain: &str) {
    body["customer"]["mailDomains"] = json!([domain]);
    body["customer"]["contact"]["email"] = json!(format!("cleo@{domain}"));
}

pub(crate) fn status(answer: &Response, expected: u16, what: &str) -> Result<(), Failed> {
    if answer.status == expected {
        return Ok(());
    }
    Err(Failed::new(format!("{what}: expected {expected}, got {} {}", answer.status, answer.text())))
}

pub(crate) fn same<T: PartialEq + std::fmt::Debug>(got: T, expected: T, what: &str) -> Result<(), Failed> {
    if got == expected {
        Ok(())
    } else {
        Err(Failed::new(format!("{what}: expected {expected:?}, got {got:?}")))
    }
}

pub(crate) fn holds(condition: bool, what: &str) -> Result<(), Failed> {
    if condition { Ok(()) } else { Err(Failed::new(what)) }
}

/// The ETag of the claim, as somebody sees it.
pub(crate) fn etag(claim: &ClaimDriver<'_>, user: &str) -> Result<String, Failed> {
    let seen = claim.call(user, "GET", &claim.path(""), &[], None)?;
    Ok(seen.header("etag").unwrap_or_default().to_owned())
}

/// The events in the claim's history, as somebody sees it, over all pages.
pub(crate) fn history(claim: &ClaimDriver<'_>, user: &str) -> Result<Vec<Value>, Failed> {
    let (mut entries, mut path) = (Vec::new(), claim.path("/history?limit=100"));
    loop {
        let page = claim.call(user, "GET", &path, &[], None)?;
        status(&page, 200, "the history")?;
        let page = page.json();
        entries.extend(page["items"].as_array().cloned().unwrap_or_default());
        match page["next"].as_str() {
            Some(next) => path = claim.path(&format!("/history?limit=100&cursor={next}")),
            None => return Ok(entries),
        }
    }
}
