//! Scenarios 1 to 5.

use chrono::TimeDelta;
use serde_json::json;

use super::drafts;
use crate::claim_driver::accept;
use crate::{ClaimDriver, Failed};

/// 1: approved on business day 6; the customer is silent; handed off.
pub(super) fn contoso(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&drafts::contoso())?;
    claim.upload("teams-rollout-report.pdf")?;
    claim.act("nadia", "submits the claim", "/submit", &json!({}))?;
    claim.email("nadia@northwind.example", "Claim received")?;
    claim.day(2, 10)?;
    claim.act("rita", "starts the review", "/review/start", &json!({}))?;
    claim.day(3, 11)?;
    let question = json!({ "text": "Who at Contoso signed the report?" });
    claim.act("rita", "asks in the comments who signed", "/comments", &question)?;
    claim.email("nadia@northwind.example", "New comment")?;
    let answer = json!({ "text": "Carla Diaz, on page 3." });
    claim.act("nadia", "answers in the comments", "/comments", &answer)?;
    claim.day(8, 10)?;
    claim.act("rita", "approves, on business day 6", "/review/approve", &json!({}))?;
    claim.email("nadia@northwind.example", "Claim approved")?;
    claim.hands_off()
}

/// 2: `missingCustomerAcknowledgment`, resubmitted, approved, handed off.
pub(super) fn fabrikam(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 10)?;
    claim.create(&drafts::fabrikam())?;
    claim.upload("intune-adoption.pdf")?;
    claim.act("ada", "submits the claim", "/submit", &json!({}))?;
    claim.day(1, 9)?;
    claim.act("ravi", "starts the review", "/review/start", &json!({}))?;
    claim.day(3, 15)?;
    let ask = json!({ "reasons": [{
        "code": "missingCustomerAcknowledgment", "note": "The report has no signature of the customer.",
    }] });
    claim.act("ravi", "asks for the customer's signature", "/review/request-action", &ask)?;
    claim.email("ada@adatum.example", "Action required")?;
    claim.day(7, 14)?;
    claim.upload("intune-adoption-signed.pdf")?;
    claim.act("ada", "resubmits with the signed report", "/submit", &json!({}))?;
    claim.day(9, 9)?;
    claim.act("ravi", "starts the review again", "/review/start", &json!({}))?;
    claim.day(10, 9)?;
    claim.act("ravi", "approves", "/review/approve", &json!({}))?;
    claim.hands_off()
}

/// 3: `missingOrOldDates`, reminded, no answer in 5 business days, rejected `noPartnerResponse`.
pub(super) fn northwind(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 11)?;
    claim.create(&drafts::northwind())?;
    claim.upload("sales-workshops.pdf")?;
    claim.act("fiona", "submits the claim", "/submit", &json!({}))?;
    claim.day(1, 10)?;
    claim.act("rita", "starts the review", "/review/start", &json!({}))?;
    claim.day(2, 10)?;
    let ask = json!({ "reasons": [{ "code": "missingOrOldDates", "note": "The workshops are not dated." }] });
    claim.act("rita", "asks for the dates", "/review/request-action", &ask)?;
    let due = claim.due("partnerAnswer")?;
    claim.until_due("partnerReminder")?;
    claim.email("fiona@fabrikam.example", "Reminder")?;
    claim.reaches(
        "partnerActionRequired",
        "Fiona is reminded that the answer is due on the next business day",
    )?;
    claim.until(due - TimeDelta::minutes(1))?;
    claim.reaches("partnerActionRequired", "one minute before the end nobody has answered")?;
    claim.until(due)?;
    claim.reaches("rejected", "nobody answered in 5 business days: rejected")?;
    claim.becomes("/rejection/reason", &json!("noPartnerResponse"))?;
    claim.email("fiona@fabrikam.example", "Claim rejected")?;
    claim.assessed(&[])
}

/// 4: rejected `insufficientPoe`, disputed on day 12 with new proof, approved by another reviewer, handed off.
pub(super) fn adatum(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 13)?;
    claim.create(&drafts::adatum())?;
    claim.upload("business-central-go-live.pdf")?;
    claim.act("nadia", "submits the claim", "/submit", &json!({}))?;
    claim.day(1, 13)?;
    claim.act("rita", "starts the review", "/review/start", &json!({}))?;
    claim.day(2, 13)?;
    let no = json!({ "reason": "insufficientPoe", "note": "Nothing shows that the system is in use." });
    claim.act("rita", "rejects for want of proof", "/review/reject", &no)?;
    claim.email("nadia@northwind.example", "Claim rejected")?;
    claim.day(14, 10)?;
    claim.upload("business-central-usage.pdf")?;
    let dispute = json!({ "justification": "The usage report of the last quarter is attached." });
    claim.act("nadia", "disputes on day 12, with new proof", "/dispute", &dispute)?;
    claim.day(15, 9)?;
    let refused = (403, "another-reviewer");
    claim.refused(
        "rita",
        "tries to take the dispute of her own rejection",
        "/review/start",
        &json!({}),
        refused,
    )?;
    claim.act("ravi", "takes it", "/review/start", &json!({}))?;
    claim.day(16, 9)?;
    claim.act("ravi", "approves", "/review/approve", &json!({}))?;
    claim.becomes("/dispute/state", &json!("accepted"))?;
    claim.email("nadia@northwind.example", "Dispute accepted")?;
    claim.hands_off()
}

/// 5: approved; the customer denies on day 3, `customerDecline`; no hand-off.
pub(super) fn litware(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 14)?;
    claim.create(&drafts::litware())?;
    claim.upload("revenue-association.pdf")?;
    claim.act("ada", "submits the claim", "/submit", &json!({}))?;
    claim.day(1, 14)?;
    claim.act("ravi", "starts the review", "/review/start", &json!({}))?;
    claim.day(2, 14)?;
    claim.act("ravi", "approves", "/review/approve", &json!({}))?;
    claim.is_notified()?;
    claim.day(5, 14)?;
    let page = claim.consent_path()?;
    let html = [("accept", "text/html")];
    accept(&claim.environment.send("GET", &page, &html, None)?, "the customer opens the page")?;
    claim.report_step(
        "Lina Moretti (customer)",
        "opens the page in the notice; nothing changes",
        &claim.claim.clone(),
    );
    claim.reaches("approved", "the claim is still approved")?;
    claim.deny()?;
    claim.becomes("/status", &json!("rejected"))?;
    claim.report_step("Lina Moretti (customer)", "denies the association, on day 3", &claim.claim.clone());
    claim.becomes("/rejection/reason", &json!("customerDecline"))?;
    claim.email("ada@adatum.example", "Claim rejected")?;
    claim.day(12, 9)?;
    claim.assessed(&[])
}
