//! Scenarios 11 to 13: promises kept to people whom an email did not reach, and on a claim that was forgotten.

use local_stack::Feedback;
use serde_json::json;

use super::drafts;
use crate::{ClaimDriver, Failed};

/// 11: the email that asks for action bounces: the lead is told, the contact is marked; the partner sees it in its list,
/// corrects the contact, resubmits; approved, handed off.
pub(super) fn lucerne(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 10)?;
    claim.create(&drafts::lucerne())?;
    claim.upload("sharepoint-migration.pdf")?;
    claim.act("nora", "submits the claim", "/submit", &json!({}))?;
    claim.day(1, 10)?;
    claim.act("rita", "starts the review", "/review/start", &json!({}))?;
    let ask = json!({ "reasons": [{ "code": "missingOrOldDates", "note": "The report is of the year before last." }] });
    claim.act("rita", "asks for a newer report", "/review/request-action", &ask)?;
    let asked = claim.email("laura@gone.example", "Action required")?;
    claim.environment.stack.feed_back(&asked, Feedback::Bounced)?;
    claim.email("lena@program.example", "was not delivered")?;
    claim.becomes("/undeliverable/contact", &json!("partnerContact"))?;
    claim.report_step("", "the email bounced: the lead is told, and the contact is marked", &claim.claim);
    claim.day(2, 10)?;
    let list = claim.call("nora", "GET", "/v1/claims?limit=100", &[], None)?.json();
    let row =
        list["items"].as_array().into_iter().flatten().find(|row| row["id"] == json!(claim.id)).cloned();
    if row.as_ref().is_none_or(|row| row["undeliverable"] != true) {
        return Err(Failed::new(format!("the list should say that emails do not arrive: {row:?}")));
    }
    let contact = json!({ "partnerContact": { "name": "Nora Lind", "email": "nora@northwind.example" } });
    claim.edit("sees it in its list, and names another contact", &contact)?;
    if claim.claim.get("undeliverable").is_some() {
        return Err(Failed::new("another contact should not be marked"));
    }
    claim.upload("sharepoint-migration-2026.pdf")?;
    claim.act("nora", "resubmits with a newer report", "/submit", &json!({}))?;
    claim.day(3, 10)?;
    claim.act("rita", "starts the review again", "/review/start", &json!({}))?;
    claim.act("rita", "approves", "/review/approve", &json!({}))?;
    claim.hands_off()
}

/// 12: the notice bounces, is corrected within the customer's domain and bounces again; a reviewer corrects it, and it
/// is accepted; silence; handed off seven days after that notice.
pub(super) fn alpine(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 11)?;
    claim.create(&drafts::alpine())?;
    claim.upload("power-bi-adoption.pdf")?;
    claim.act("aron", "submits the claim", "/submit", &json!({}))?;
    claim.day(1, 11)?;
    claim.act("ravi", "starts the review", "/review/start", &json!({}))?;
    claim.act("ravi", "approves", "/review/approve", &json!({}))?;
    claim.is_notified()?;
    bounces(claim, "the notice bounces: the period is suspended, partner and lead are told")?;
    claim.day(2, 11)?;
    let corrected = json!({ "email": "anja.keller@alpine.example" });
    claim.act("aron", "corrects the address", "/consent/resend", &corrected)?;
    claim.is_notified()?;
    bounces(claim, "that notice bounces as well")?;
    claim.day(3, 11)?;
    let by_telephone = json!({ "email": "anja.keller@alpine-office.example" });
    claim.act(
        "ravi",
        "asks the customer by telephone, and corrects the address",
        "/consent/resend",
        &by_telephone,
    )?;
    claim.hands_off()
}

/// 13: nobody starts for ten business days: both promises are missed, the lead is told and told again, and the claim is
/// on top of the queue all the while; then approved, handed off.
pub(super) fn margie(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 12)?;
    claim.create(&drafts::margie())?;
    claim.upload("intune-enrolment.pdf")?;
    claim.act("fiona", "submits the claim", "/submit", &json!({}))?;
    let missed = claim.due("reviewStart")?;
    claim.until(missed)?;
    claim.email("lena@program.example", "Period missed")?;
    claim.reaches("submitted", "nobody has begun: the lead is told, no status changes")?;
    claim.until_due("escalation")?;
    claim.email("lena@program.example", "Late by")?;
    claim.reaches("submitted", "the lead is told again how late it is")?;
    claim.until_due("overall")?;
    claim.reaches("submitted", "the promise of the whole is missed as well")?;
    claim.day(15, 12)?;
    let queue = claim.call("rita", "GET", "/v1/review/queue?sort=due&limit=100", &[], None)?.json();
    let rows = queue["items"].as_array().cloned().unwrap_or_default();
    let place = rows.iter().position(|row| row["id"] == json!(claim.id));
    let late = |row: &serde_json::Value| row["breached"] == true;
    match place {
        Some(place) if late(&rows[place]) && rows[..place].iter().all(late) => {}
        _ => return Err(Failed::new(format!("the claim should be among the late ones on top: {rows:?}"))),
    }
    claim.report_step("", "it is on top of the queue, with what else is late", &claim.claim);
    claim.act("rita", "starts the review", "/review/start", &json!({}))?;
    claim.act("rita", "approves", "/review/approve", &json!({}))?;
    claim.hands_off()
}

/// The newest notice bounces, and the period is suspended.
fn bounces(claim: &mut ClaimDriver<'_>, what: &str) -> Result<(), Failed> {
    let to = claim.claim["customer"]["contact"]["email"].as_str().unwrap_or_default().to_owned();
    let notice =
        claim.eventually("the notice", || Ok(claim.environment.emails(&to, "please check")?.pop()))?;
    claim.environment.stack.feed_back(&notice, Feedback::Bounced)?;
    claim.becomes("/consent/state", &json!("suspended"))?;
    claim.email("lena@program.example", "could not be delivered")?;
    claim.report_step("", what, &claim.claim);
    Ok(())
}
