//! What SES says of a notice after it has accepted it (D16): SES → configuration set → EventBridge → `feedback`.

use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use local_stack::{Feedback, Mail};
use serde_json::{Value, json};

use crate::fixtures::{Case, approved, case, draft, history, holds, reached_at, same};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_later_bounce_suspends_once_until_the_address_is_corrected", bounced_later)
            .proves(&[Rule::D16]),
        case("a_bounce_before_the_acceptance_is_recorded_suspends_all_the_same", bounced_at_once)
            .proves(&[Rule::D16]),
        case("while_one_notice_arrived_a_bounce_of_another_suspends_nothing", older).proves(&[Rule::D16]),
        case("a_complaint_is_seen_by_all_and_changes_neither_status_nor_clock", complained)
            .proves(&[Rule::D16]),
        case("a_notice_that_was_never_sent_suspends_like_a_bounce", never_sent).proves(&[Rule::D16]),
        case("a_partners_email_that_bounces_is_told_and_news_of_nothing_is_harmless", harmless)
            .proves(&[Rule::D16, Rule::D18]),
    ]
}

/// The notices of the claim, oldest first.
fn notices(claim: &ClaimDriver<'_>) -> Result<Vec<Mail>, Failed> {
    let to = claim.claim["customer"]["contact"]["email"].as_str().unwrap_or_default().to_owned();
    claim.environment.emails(&to, "please check")
}

/// SES says something of the claim's newest notice.
fn newest(claim: &ClaimDriver<'_>, feedback: Feedback) -> Result<(), Failed> {
    let notices = notices(claim)?;
    let notice = notices.last().ok_or_else(|| Failed::new("no notice was sent"))?;
    Ok(claim.environment.stack.feed_back(notice, feedback)?)
}

/// The events of one type in the claim's history.
fn recorded(claim: &ClaimDriver<'_>, user: &str, kind: &str) -> Result<Vec<Value>, Failed> {
    Ok(history(claim, user)?.into_iter().filter(|entry| entry["type"] == kind).collect())
}

/// Expects as many events of a type to come.
fn comes(claim: &ClaimDriver<'_>, kind: &str, count: usize) -> Result<(), Failed> {
    let found = claim.environment.stack.eventually(&format!("{count} × {kind}"), || {
        let found = recorded(claim, "rita", kind).map_err(|error| local_stack::Error::Unexpected(error.0))?;
        Ok((found.len() == count).then_some(()))
    });
    found.map_err(Failed::from)
}

/// Expects these clocks to run, and no others.
pub(crate) fn clocks_are(claim: &ClaimDriver<'_>, expected: &[&str]) -> Result<(), Failed> {
    let clocks = claim.claim["clocks"].as_array().cloned().unwrap_or_default();
    let names: Vec<_> = clocks.iter().filter_map(|clock| clock["name"].as_str()).collect();
    same(names, expected.to_vec(), "the clocks")
}

/// Corrects the address within the customer's domain, and expects a fresh period.
fn corrects(claim: &mut ClaimDriver<'_>, local: &str) -> Result<(), Failed> {
    let email = format!("{local}@{}", claim.claim["customer"]["domain"].as_str().unwrap_or_default());
    claim.act("nadia", "corrects the address", "/consent/resend", &json!({ "email": email }))?;
    claim.is_notified()
}

fn bounced_later(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    approved(claim, "Bounced later")?;
    claim.day(2, 9)?;
    for _ in 0..3 {
        newest(claim, Feedback::Bounced)?;
    }
    claim.becomes("/consent/state", &json!("suspended"))?;
    clocks_are(claim, &["noticeCorrection"])?;
    claim.email("nadia@northwind.example", "could not be delivered")?;
    claim.email("lena@program.example", "could not be delivered")?;
    claim.day(10, 9)?;
    claim.assessed(&[])?;
    let failed = recorded(claim, "nadia", "noticeFailed")?;
    same(failed.len(), 1, "reported three times, recorded once")?;
    same(
        failed[0]["why"].clone(),
        json!("email bounced: the recipient's email provider did not take it (General)"),
        "why, without the address",
    )?;
    same(failed[0]["suspends"].clone(), json!(true), "it suspends")?;
    corrects(claim, "cleo.marsh")?;
    same(
        claim.due("consent")?,
        claim.environment.at(17, 22),
        "a fresh period, from day 10 on, in summer time",
    )?;
    claim.hands_off()
}

fn bounced_at_once(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let mut body = draft("Bounced at once", &["Teams"]);
    reached_at(&mut body, "bounced.example");
    claim.create(&body)?;
    claim.upload("proof.pdf")?;
    claim.act("nadia", "submits", "/submit", &json!({}))?;
    claim.act("rita", "starts", "/review/start", &json!({}))?;
    claim.act("rita", "approves", "/review/approve", &json!({}))?;
    claim.becomes("/consent/state", &json!("suspended"))?;
    comes(claim, "customerNotified", 1)?;
    claim.becomes("/consent/state", &json!("suspended"))?;
    corrects(claim, "cleo.marsh")?;
    claim.hands_off()
}

fn older(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    approved(claim, "Older notice")?;
    let due = claim.due("consent")?;
    claim.day(2, 9)?;
    claim.act("nadia", "sends the notice again", "/consent/resend", &json!({}))?;
    comes(claim, "customerNotified", 2)?;
    newest(claim, Feedback::Delayed)?;
    comes(claim, "noticeSoftBounced", 1)?;
    claim.email("lena@program.example", "was not delivered for now")?;
    claim.environment.stack.feed_back(&notices(claim)?[0], Feedback::Bounced)?;
    comes(claim, "noticeFailed", 1)?;
    claim.day(3, 9)?;
    let failed = recorded(claim, "nadia", "noticeFailed")?;
    same(failed.len(), 1, "a bounce that may pass is no failure")?;
    same(failed[0]["suspends"].clone(), json!(false), "the older notice's suspends nothing")?;
    same(claim.look("nadia")?["consent"]["state"].clone(), json!("open"), "the consent")?;
    same(claim.due("consent")?, due, "the end of the period")?;
    claim.hands_off()
}

fn complained(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let mut body = draft("Unwanted notice", &["Teams"]);
    reached_at(&mut body, "complained.example");
    claim.create(&body)?;
    claim.upload("proof.pdf")?;
    claim.act("nadia", "submits", "/submit", &json!({}))?;
    claim.act("rita", "starts", "/review/start", &json!({}))?;
    claim.act("rita", "approves", "/review/approve", &json!({}))?;
    claim.is_notified()?;
    let due = claim.due("consent")?;
    comes(claim, "noticeComplained", 1)?;
    claim.email("lena@program.example", "reported the notice as unwanted")?;
    newest(claim, Feedback::Complained)?;
    claim.day(2, 9)?;
    let seen = recorded(claim, "nadia", "noticeComplained")?;
    same(seen.len(), 1, "complaints that the partner sees")?;
    let keys: Vec<_> = seen[0].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    same(keys, vec!["actor", "at", "number", "type"], "and nothing that tells a version (D13)")?;
    same(recorded(claim, "rita", "noticeComplained")?.len(), 1, "complaints that reviewers see")?;
    same(claim.due("consent")?, due, "the end of the period")?;
    claim.hands_off()
}

fn never_sent(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    approved(claim, "Never sent")?;
    newest(claim, Feedback::Suppressed)?;
    claim.becomes("/consent/state", &json!("suspended"))?;
    corrects(claim, "cleo.marsh")?;
    newest(claim, Feedback::Rejected)?;
    claim.becomes("/consent/state", &json!("suspended"))?;
    let why: Vec<_> =
        recorded(claim, "nadia", "noticeFailed")?.iter().map(|failed| failed["why"].clone()).collect();
    same(
        why,
        vec![
            json!(
                "email not sent: an earlier email to the address bounced or was complained about \
                 (OnAccountSuppressionList)"
            ),
            json!("email rejected: Bad content"),
        ],
        "why",
    )?;
    corrects(claim, "c.marsh")?;
    claim.hands_off()
}

fn harmless(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let mut body = draft("Partner's email bounces", &["Teams"]);
    body["partnerContact"]["email"] = json!("nadia@bounced.example");
    claim.create(&body)?;
    claim.upload("proof.pdf")?;
    claim.act("nadia", "submits", "/submit", &json!({}))?;
    claim.act("rita", "starts", "/review/start", &json!({}))?;
    claim.act("rita", "approves", "/review/approve", &json!({}))?;
    claim.is_notified()?;
    let stack = &claim.environment.stack;
    let function =
        stack.deployment().functions.get("feedback").ok_or_else(|| Failed::new("no function feedback"))?;
    let about = |claim: &str, effect: &str| {
        json!({ "source": "aws.ses", "detail": {
            "bounce": { "bounceType": "Permanent", "bounceSubType": "General" },
            "mail": { "tags": { "claim": [claim], "effect": [effect] } },
        }})
    };
    let events = [
        about("01KJQ8V4T9M5W7X2K3N6P8R1S0", "7-0"),
        about(&claim.id, "1-0"),
        about(&claim.id, "9999-0"),
        about("nobody", "nothing"),
        json!({ "source": "aws.ses", "detail": { "mail": {} } }),
    ];
    for event in events {
        let answer = stack.aws().invoke(&function.name, &event)?;
        holds(answer.header("x-amz-function-error").is_none(), &format!("{event}: {}", answer.text()))?;
    }
    claim.day(2, 9)?;
    same(recorded(claim, "rita", "noticeFailed")?.len(), 0, "failed notices")?;
    claim.becomes("/undeliverable/contact", &json!("partnerContact"))?;
    claim.email("lena@program.example", "was not delivered")?;
    same(claim.look("nadia")?["consent"]["state"].clone(), json!("open"), "the consent")?;
    claim.hands_off()
}
