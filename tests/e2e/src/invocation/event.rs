//! An event made to be about a claim, a document, a link and a person that exist.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{SecondsFormat, TimeDelta};
use local_stack::{Feedback, user};
use serde_json::{Map, Value, json};
use ulid::Ulid;

use super::{Given, Row};
use crate::claim_driver::accept;
use crate::session::{SESSION_COOKIE, Session, send, signed_in};
use crate::{ClaimDriver, Environment, Failed, pdf, stages};

/// The claim that the events name; those of webhooks name theirs so, too.
const CLAIM: &str = "01KJQ8V4T9M5W7X2K3N6P8R1S0";
/// The document that the events name.
const DOCUMENT: &str = "01KJQ9A3B4C5D6E7F8G9H0J1K2";
/// The customer's link that the events name.
const LINK: &str = "3q2-7wABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijk";
/// The begun claim that the events name, and what tells one form from the next.
const BEGUN: &str = "01KJS0000000000000000000D1";
/// What the events' forms bring along, and the revision that they were drawn from.
const FORM: [&str; 2] = ["csrf=c2VjcmV0", "revision=3"];
/// The customer's tenant in the event that creates a claim.
const TENANT: &str = "3b9f6f3e-6d5c-4b1a-9c77-2d4f1e8a0b11";
/// The style sheet, by a name that it had once: names change with what is in it.
const STYLES: &str = "app.css";
/// The address of the events' webhook.
const WEBHOOK: &str = "https://hooks.contoso.example/claims";

/// An event to invoke its function with.
#[derive(Debug)]
pub struct Prepared {
    /// The event.
    pub event: Value,
    /// The claim that it is about, if it is about one.
    pub claim: Option<String>,
}

impl Row {
    /// Brings a new claim to where the event makes sense, and puts it into the event.
    ///
    /// # Errors
    /// What the system answered instead.
    pub fn prepare(&self, environment: &Arc<Environment>) -> Result<Prepared, Failed> {
        let mut claim = ClaimDriver::new(environment, environment.timeline.participant(), 0, "nadia");
        let mut text = self.text()?;
        let session = self.session(environment)?;
        match self.given {
            Given::Nothing => {}
            Given::Webhook => text = text.replace(CLAIM, &webhook(environment)?),
            Given::NoWebhook => remove_webhooks(environment)?,
            Given::BegunDraft => text = text.replace(BEGUN, &begun(environment, session.as_ref())?),
            _ => {
                let document = bring(&mut claim, self.given)?;
                text = text.replace(CLAIM, &claim.id).replace(DOCUMENT, &document);
            }
        }
        if text.contains(LINK) {
            let path = claim.consent_path()?;
            text = text.replace(LINK, path.rsplit('/').next().unwrap_or_default());
        }
        if text.contains(STYLES) {
            text = text.replace(STYLES, &styles(environment)?);
        }
        let text = text.replace(BEGUN, &Ulid::generate().to_string());
        let mut event: Value = serde_json::from_str(&text).map_err(|error| Failed::new(error.to_string()))?;
        self.call_as(&mut event, &claim, session.as_ref())?;
        self.point(&mut event, &claim)?;
        Ok(Prepared { event, claim: Some(claim.id).filter(|id| !id.is_empty()) })
    }

    /// The session that a page is opened with.
    fn session(&self, environment: &Environment) -> Result<Option<Session>, Failed> {
        let is_page = ["casework", "dashboard", "sign-in"].contains(&self.function());
        (is_page && !self.user.is_empty()).then(|| signed_in(environment, self.user)).transpose()
    }

    /// Lets the user call, at the revision that the user has seen.
    fn call_as(
        &self,
        event: &mut Value,
        claim: &ClaimDriver<'_>,
        session: Option<&Session>,
    ) -> Result<(), Failed> {
        let seen = match claim.id.is_empty() || self.user.is_empty() {
            true => Value::Null,
            false => claim.look(self.user)?["revision"].clone(),
        };
        if let Some(expected) = event.pointer_mut("/headers/if-match") {
            *expected = json!(format!("\"{seen}\""));
        }
        if let Some(claims) = event.pointer_mut("/requestContext/authorizer/jwt/claims") {
            let known = claims["mpn_ids"].as_str().unwrap_or_default().to_owned();
            *claims = claims_of(&claim.environment.stack.token(self.user)?)?;
            let organisation = user(self.user)?.organisation;
            let mpn_ids = known.split(',').zip(organisation.map_or(&[][..], |known| known.mpn_ids));
            for (theirs, ours) in mpn_ids {
                replace(event, theirs, ours);
            }
        }
        if let Some(session) = session {
            event["headers"]["cookie"] = json!(format!("{SESSION_COOKIE}={}", session.cookie));
            let [secret, revision] = FORM;
            replace(event, secret, &format!("csrf={}", session.csrf));
            if !seen.is_null() {
                replace(event, revision, &format!("revision={seen}"));
            }
        }
        Ok(())
    }

    /// Points an event that is no request to the claim's own events, clocks, documents and emails.
    fn point(&self, event: &mut Value, claim: &ClaimDriver<'_>) -> Result<(), Failed> {
        match self.function() {
            "deadline" => {
                let due_at = claim.environment.stack.now() - TimeDelta::minutes(1);
                event["generation"] = json!(version_of(claim, "submitted")?);
                event["dueAt"] = json!(due_at.to_rfc3339_opts(SecondsFormat::Secs, true));
            }
            "dispatch" => {
                let version = version_of(claim, "submitted")?;
                for image in ["Keys", "NewImage"] {
                    event["Records"][0]["dynamodb"][image]["sk"]["S"] = json!(format!("EVENT#{version:010}"));
                }
            }
            "verdict" => {
                let document = claim.claim["evidence"][0]["id"].as_str().unwrap_or_default();
                event["detail"]["s3ObjectDetails"]["objectKey"] =
                    json!(format!("claims/{}/{document}", claim.id));
            }
            "feedback" => {
                let to = claim.claim["customer"]["contact"]["email"].as_str().unwrap_or_default();
                let notice = claim.environment.emails(to, "please check")?.pop();
                let effect = notice.and_then(|notice| notice.header("x-claim-effect").map(str::to_owned));
                let effect = effect.ok_or_else(|| Failed::new("the customer got no notice"))?;
                let place: Vec<&str> = effect.split('/').skip(1).collect();
                event["detail"]["mail"]["tags"]["effect"][0] = json!(place.join("-"));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Brings a new claim there, and returns its document's id if it has one. Its customer is one of its own, so that no other
/// claim contests it.
fn bring(claim: &mut ClaimDriver<'_>, given: Given) -> Result<String, Failed> {
    let create = Row::of_function("claims").find(|row| row.event == "claims-create");
    let create: Value = serde_json::from_str(&create.map(Row::text).transpose()?.unwrap_or_default())
        .map_err(|error| Failed::new(error.to_string()))?;
    let number = Ulid::generate().random() & 0xffff_ffff_ffff;
    let body = create["body"].as_str().unwrap_or_default();
    let body = body.replace(TENANT, &format!("{}{number:012x}", &TENANT[..24]));
    let mut draft: Value = serde_json::from_str(&body).map_err(|error| Failed::new(error.to_string()))?;
    let organisation = user(claim.partner)?.organisation;
    draft["mpnId"] = json!(organisation.and_then(|known| known.mpn_ids.first()));
    claim.create(&draft)?;
    match given {
        Given::Announced => {
            let bytes = pdf("Proof of execution");
            let asked = claim.announce("proof.pdf", "application/pdf", &bytes)?;
            claim.put(&asked, &bytes)?;
            return Ok(asked["evidence"]["id"].as_str().unwrap_or_default().to_owned());
        }
        Given::Uploaded => claim.upload("proof.pdf")?,
        Given::Submitted => stages::submit(claim)?,
        Given::UnderReview | Given::Approved | Given::NoticeBounced | Given::Rejected => {
            stages::submit(claim)?;
            stages::start_review(claim)?;
        }
        _ => {}
    }
    match given {
        Given::Approved => stages::approve(claim)?,
        Given::Rejected => stages::reject(claim)?,
        Given::NoticeBounced => {
            stages::approve(claim)?;
            let to = claim.claim["customer"]["contact"]["email"].as_str().unwrap_or_default();
            let notice = claim.environment.emails(to, "please check")?.pop();
            let notice = notice.ok_or_else(|| Failed::new("the customer got no notice"))?;
            claim.environment.stack.feed_back(&notice, Feedback::Bounced)?;
            claim.becomes("/consent/state", &json!("suspended"))?;
        }
        _ => {}
    }
    Ok(claim.claim["evidence"][0]["id"].as_str().unwrap_or_default().to_owned())
}

/// The version of a claim at its first event of a type, which reviewers are told.
fn version_of(claim: &ClaimDriver<'_>, kind: &str) -> Result<u64, Failed> {
    let history = claim.call("rita", "GET", &claim.path("/history?limit=100"), &[], None)?;
    accept(&history, "the history")?;
    let history = history.json();
    let entry = history["items"].as_array().into_iter().flatten().find(|entry| entry["type"] == kind);
    entry
        .and_then(|entry| entry["version"].as_u64())
        .ok_or_else(|| Failed::new(format!("the claim's history has no {kind}: {history}")))
}

/// The webhooks at the address of the events, by their ids.
fn webhooks(environment: &Environment) -> Result<Vec<String>, Failed> {
    let listed = environment.call(Some("nadia"), "GET", "/v1/webhooks", &[], None)?;
    accept(&listed, "the list of webhooks")?;
    let listed = listed.json();
    let ours = listed["items"].as_array().into_iter().flatten().filter(|webhook| webhook["url"] == WEBHOOK);
    Ok(ours.filter_map(|webhook| webhook["id"].as_str().map(str::to_owned)).collect())
}

/// The webhook of the events, registered if it is not.
fn webhook(environment: &Environment) -> Result<String, Failed> {
    if let Some(id) = webhooks(environment)?.pop() {
        return Ok(id);
    }
    let body = json!({ "url": WEBHOOK, "events": ["approved", "rejected"] });
    let made = environment.call(Some("nadia"), "POST", "/v1/webhooks", &[], Some(&body))?;
    accept(&made, "the webhook is registered")?;
    Ok(made.json()["id"].as_str().unwrap_or_default().to_owned())
}

fn remove_webhooks(environment: &Environment) -> Result<(), Failed> {
    for id in webhooks(environment)? {
        let removed = environment.call(Some("nadia"), "DELETE", &format!("/v1/webhooks/{id}"), &[], None)?;
        accept(&removed, "the webhook is removed")?;
    }
    Ok(())
}

/// The name of the style sheet, as a page links to it.
fn styles(environment: &Environment) -> Result<String, Failed> {
    let page = environment.send("GET", "/sign-out", &[("accept", "text/html")], None)?;
    accept(&page, "the page of who has signed out")?;
    let page = page.text();
    let names = page.split("/assets/").skip(1).filter_map(|rest| rest.split('"').next());
    let name = names.filter(|name| name.ends_with(".css")).last();
    name.map(str::to_owned).ok_or_else(|| Failed::new("the page links to no style sheet"))
}

/// A claim that is begun on pages.
fn begun(environment: &Environment, session: Option<&Session>) -> Result<String, Failed> {
    let secret = session.map_or("", |session| session.csrf.as_str());
    let headers = [("accept", "text/html"), ("sec-fetch-site", "same-origin")];
    let answer = send(environment, "POST", "/drafts", session, &headers, Some(&[("csrf", secret)]))?;
    let place = answer.header("location").and_then(|to| to.strip_prefix("/drafts/")?.split('/').next());
    place.map(str::to_owned).ok_or_else(|| Failed::new(format!("a claim is begun: {}", answer.status)))
}

/// The claims of a token as API Gateway passes them on: texts, with lists in brackets.
fn claims_of(token: &str) -> Result<Value, Failed> {
    let claims = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let claims: Map<String, Value> = claims
        .and_then(|claims| serde_json::from_slice(&claims).ok())
        .ok_or_else(|| Failed::new("the token has no claims"))?;
    let text = |value: Value| match value {
        Value::String(text) => text,
        Value::Array(items) => {
            let items =
                items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
            format!("[{}]", items.collect::<Vec<_>>().join(" "))
        }
        other => other.to_string(),
    };
    Ok(claims.into_iter().map(|(name, value)| (name, Value::String(text(value)))).collect())
}

/// Replaces a text in the body of a request.
fn replace(event: &mut Value, from: &str, to: &str) {
    if let Some(body) = event["body"].as_str().map(|body| body.replace(from, to)) {
        event["body"] = json!(body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_replaced_is_named_by_an_event() {
        let events: String = Row::all().iter().map(|row| row.text().unwrap()).collect();
        for named in [CLAIM, DOCUMENT, LINK, BEGUN, TENANT, STYLES, WEBHOOK].iter().chain(&FORM) {
            assert!(events.contains(*named), "no event names {named} any more");
        }
    }

    #[test]
    fn claims_of_a_token_become_texts_as_the_gateway_makes_them() {
        let claims = r#"{"sub":"a","exp":1772446200,"cognito:groups":["reviewer","review-lead"]}"#;
        let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        let expected = json!({ "sub": "a", "exp": "1772446200", "cognito:groups": "[reviewer review-lead]" });
        assert_eq!(claims_of(&token).unwrap(), expected);
        assert!(claims_of("no token").is_err());
    }
}
