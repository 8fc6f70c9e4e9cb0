//! Webhooks, as a receiver of an organisation's changes meets them (D24).

use chrono::TimeDelta;
use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed, Received, Receiver};
use serde_json::{Value, json};

use crate::fixtures::{Case, case, draft, holds, same, status};
use crate::pages::Visitor;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_change_is_delivered_signed_and_again_until_it_is_taken", delivered).proves(&[Rule::D24]),
        case("what_was_parked_is_told_and_sent_again_from_a_page", parked).proves(&[Rule::D24]),
        case("a_webhook_leads_to_no_private_address", private).proves(&[Rule::D24]),
    ]
}

/// A receiver of what is about one claim.
fn receiver_of(claim: &str) -> Result<Receiver, Failed> {
    let claim = claim.to_owned();
    Receiver::of(move |one| one.data()["claim"] == claim.as_str())
}

fn waits_for(receiver: &Receiver, claim: &ClaimDriver<'_>, many: usize) -> Result<Vec<Received>, Failed> {
    claim.eventually(&format!("{many} deliveries"), || {
        Ok(Some(receiver.received()).filter(|received| received.len() >= many))
    })
}

fn delivered(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Told by webhook", &["Teams"]))?;
    let receiver = receiver_of(&claim.id)?;
    receiver.fail(2);
    let body = json!({ "url": receiver.url(), "description": "A test", "events": ["commented"] });
    let made = claim.call("nadia", "POST", "/v1/webhooks", &[], Some(&body))?;
    status(&made, 201, "the webhook is registered")?;
    let made = made.json();
    let (id, first) = (text(&made["id"]), text(&made["secret"]));
    let path = format!("/v1/webhooks/{id}");
    let shown = claim.call("nora", "GET", &path, &[], None)?.json();
    holds(shown["secret"].is_null() && shown["url"] == receiver.url(), "the secret is shown once")?;

    claim.act("nadia", "comments", "/comments", &json!({ "text": "Is anybody there?" }))?;
    waits_for(&receiver, claim, 1)?;
    // After five seconds, and after five minutes.
    for many in 2..=3 {
        claim.until(claim.environment.stack.now() + TimeDelta::minutes(6))?;
        waits_for(&receiver, claim, many)?;
    }
    let tried = receiver.received();
    let ids: Vec<_> = tried.iter().map(|one| one.header("webhook-id").to_owned()).collect();
    holds(ids.iter().all(|one| *one == ids[0]), "each attempt has the same id")?;
    holds(tried.iter().all(|one| one.is_signed_by(&first)), "each attempt is signed")?;
    same(tried[0].data()["type"].clone(), json!("commented"), "what happened")?;
    let attempts = claim.eventually("three attempts are listed", || {
        let page = claim.call("nadia", "GET", &format!("{path}/attempts"), &[], None)?;
        status(&page, 200, "the attempts")?;
        let of_claim = |one: &&Value| one["claim"] == claim.id.as_str();
        let page = page.json();
        let attempts: Vec<_> =
            page["items"].as_array().into_iter().flatten().filter(of_claim).cloned().collect();
        Ok(Some(attempts).filter(|attempts| attempts.len() == 3))
    })?;
    let outcomes: Vec<_> = attempts.iter().map(|one| one["outcome"].clone()).collect();
    same(
        outcomes,
        vec![json!("taken"), json!("failed"), json!("failed")],
        "what became of each, the newest first",
    )?;

    let rotated = claim.call("nadia", "POST", &format!("{path}/rotate"), &[], None)?;
    status(&rotated, 200, "the secret is replaced")?;
    let second = text(&rotated.json()["secret"]);
    let after = tried[0].data()["sequence"].as_u64().unwrap_or_default() - 1;
    let replay = json!({ "after": after });
    let replayed = claim.call("nadia", "POST", &format!("{path}/replay"), &[], Some(&replay))?;
    status(&replayed, 200, "the change is sent again")?;
    let last = waits_for(&receiver, claim, 4)?.pop().ok_or_else(|| Failed::new("nothing came"))?;
    same(last.header("webhook-id").to_owned(), ids[0].clone(), "the id of what was had before")?;
    holds(last.is_signed_by(&first) && last.is_signed_by(&second), "both secrets sign for a day")?;

    status(&claim.call("fiona", "GET", &path, &[], None)?, 404, "another organisation's webhook")?;
    status(&claim.call("nadia", "DELETE", &path, &[], None)?, 204, "the webhook is removed")?;
    status(&claim.call("nadia", "GET", &path, &[], None)?, 404, "it is gone")
}

fn parked(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Set aside by webhook", &["Teams"]))?;
    let receiver = receiver_of(&claim.id)?;
    receiver.fail(8);
    let body = json!({ "url": receiver.url(), "events": ["commented"] });
    let made = claim.call("nadia", "POST", "/v1/webhooks", &[], Some(&body))?;
    status(&made, 201, "the webhook is registered")?;
    let id = text(&made.json()["id"]);
    claim.act("nadia", "comments", "/comments", &json!({ "text": "Is nobody there?" }))?;
    waits_for(&receiver, claim, 1)?;
    // As long as the pauses are, and a little more.
    for (minutes, many) in [(1, 2), (6, 3), (31, 4), (121, 5), (301, 6), (481, 7), (481, 8)] {
        claim.until(claim.environment.stack.now() + TimeDelta::minutes(minutes))?;
        waits_for(&receiver, claim, many)?;
    }
    let email = claim.eventually("an email about the webhook", || {
        let emails = claim.environment.emails("nadia@northwind.example", "Changes were not delivered")?;
        Ok(emails.into_iter().find(|email| email.text.contains(&id)))
    })?;
    let page = format!("/webhooks/{id}");
    holds(email.text.contains(&page), "the email leads to the webhook's page")?;
    let from = claim.call("nadia", "GET", &format!("/v1{page}"), &[], None)?.json()["parkedFrom"].clone();
    let nadia = Visitor::signed_in(claim, "nadia")?;
    let led = nadia.is_led(&format!("{page}/replay"), 0, &[("after", &from.to_string())])?;
    holds(led.starts_with(&page), &format!("and back to the webhook, not to {led}"))?;
    waits_for(&receiver, claim, 9)?;
    status(&claim.call("nadia", "DELETE", &format!("/v1{page}"), &[], None)?, 204, "the webhook is removed")
}

fn private(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    for url in [
        "https://169.254.169.254/latest/",
        "https://10.0.0.1/",
        "https://[fd00:ec2::254]/",
        "http://a.example/",
    ] {
        let refused = claim.call("nadia", "POST", "/v1/webhooks", &[], Some(&json!({ "url": url })))?;
        status(&refused, 422, url)?;
        same(refused.json()["errors"][0]["pointer"].clone(), json!("/url"), url)?;
    }
    status(&claim.call("rita", "GET", "/v1/webhooks", &[], None)?, 403, "a reviewer's webhooks")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
