//! Scenarios 6 to 10.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::drafts;
use crate::{ClaimDriver, Failed};

/// 6: `missingProducts`, asked to remove Viva Topics, removed and resubmitted, approved, handed off.
pub(super) fn tailspin(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 15)?;
    claim.create(&drafts::tailspin())?;
    claim.upload("viva-adoption.pdf")?;
    claim.act("fiona", "submits the claim", "/submit", &json!({}))?;
    claim.day(1, 15)?;
    claim.act("rita", "starts the review", "/review/start", &json!({}))?;
    claim.day(3, 9)?;
    let ask = json!({
        "reasons": [{ "code": "missingProducts", "note": "Viva Topics is nowhere in the report." }],
        "removeProducts": [{ "product": "Viva Topics" }],
    });
    claim.act("rita", "asks to remove Viva Topics", "/review/request-action", &ask)?;
    claim.day(4, 9)?;
    let kept = ["SharePoint", "Viva Connections", "Viva Learning"].map(|name| json!({ "product": name }));
    claim.edit("removes Viva Topics", &json!({ "products": kept }))?;
    claim.act("fiona", "resubmits", "/submit", &json!({}))?;
    claim.day(7, 9)?;
    claim.act("rita", "starts the review again", "/review/start", &json!({}))?;
    claim.act("rita", "approves", "/review/approve", &json!({}))?;
    claim.hands_off()?;
    products_are(claim, &["SharePoint", "Viva Connections", "Viva Learning"])
}

/// 7: the wrong activity; the partner withdraws (`incorrectActivity`); a new claim is created.
pub(super) fn wingtip(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 16)?;
    claim.create(&drafts::wingtip(&["usage"]))?;
    claim.upload("power-platform-proposal.pdf")?;
    claim.act("nora", "submits the claim", "/submit", &json!({}))?;
    claim.day(1, 16)?;
    claim.act("ravi", "starts the review", "/review/start", &json!({}))?;
    let note = json!({ "text": "This proves pre-sales work, not usage." });
    claim.act("ravi", "comments that this is pre-sales work", "/comments", &note)?;
    claim.day(2, 16)?;
    let withdraw = json!({ "cause": "incorrectActivity", "note": "It was pre-sales work." });
    claim.act("nora", "withdraws the claim", "/withdraw", &withdraw)?;
    claim.becomes("/status", &json!("rejected"))?;
    claim.becomes("/rejection/reason", &json!("partnerRequest"))?;
    claim.refused(
        "nora",
        "tries to dispute it",
        "/dispute",
        &json!({ "justification": "?" }),
        (409, "not-disputable"),
    )?;
    claim.create(&drafts::wingtip(&["preSales"]))?;
    claim.upload("power-platform-proposal.pdf")?;
    claim.becomes("/status", &json!("editing"))
}

/// 8: `missingPartnerSolution`, resubmitted, approved, handed off; the partner withdraws; a recall follows.
pub(super) fn proseware(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(1, 8)?;
    claim.create(&drafts::proseware())?;
    claim.upload("field-service-overview.pdf")?;
    claim.act("aron", "submits the claim", "/submit", &json!({}))?;
    claim.day(2, 8)?;
    claim.act("ravi", "starts the review", "/review/start", &json!({}))?;
    claim.day(3, 8)?;
    let ask = json!({ "reasons": [{ "code": "missingPartnerSolution", "note": "What did you build?" }] });
    claim.act("ravi", "asks for the partner's solution", "/review/request-action", &ask)?;
    claim.day(8, 8)?;
    claim.upload("field-service-solution.pdf")?;
    claim.act("aron", "resubmits with the solution", "/submit", &json!({}))?;
    claim.day(9, 8)?;
    claim.act("ravi", "starts the review again", "/review/start", &json!({}))?;
    claim.day(10, 8)?;
    claim.act("ravi", "approves", "/review/approve", &json!({}))?;
    claim.hands_off()?;
    claim.day(21, 8)?;
    let withdraw = json!({ "cause": "noLongerWorkingWithCustomer" });
    claim.act("aron", "withdraws the claim after the hand-off", "/withdraw", &withdraw)?;
    claim.becomes("/status", &json!("rejected"))?;
    claim.becomes("/assessment/state", &json!("recalled"))?;
    claim.assessed(&["requested", "recalled"])
}

/// 9: contested by claim 1, which holds Exchange; its partner is told and adds newer proof; the review period is missed and
/// the lead told; approval refused; Exchange ended on claim 1, whose hand-off is amended; approved, handed off.
pub(super) fn woodgrove(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(17, 9)?;
    let holder = claim.environment.claim_of(1).ok_or_else(|| Failed::new("claim 1 was never created"))?;
    claim.create(&drafts::woodgrove())?;
    claim.upload("exchange-migration.pdf")?;
    claim.act("felix", "submits the claim", "/submit", &json!({}))?;
    claim.becomes("/contested", &json!(true))?;
    let seen = claim.look("rita")?;
    if seen["contestedBy"][0]["claimId"] != json!(holder) {
        return Err(Failed::new(format!("reviewers should see the holder: {}", seen["contestedBy"])));
    }
    defend_exchange(claim, &holder)?;
    claim.day(18, 9)?;
    claim.act("rita", "starts the review", "/review/start", &json!({}))?;
    claim.until_due("reviewDecision")?;
    claim.email("lena@program.example", "Period missed")?;
    claim.reaches("underReview", "the review period is missed: the lead is told, no status changes")?;
    claim.day(28, 9)?;
    let refused = claim.refused(
        "rita",
        "tries to approve",
        "/review/approve",
        &json!({}),
        (409, "association-held"),
    )?;
    if refused["holders"][0]["claimId"] != json!(holder) {
        return Err(Failed::new(format!("the refusal should name the holder: {refused}")));
    }
    end_exchange(claim, &holder)?;
    claim.becomes("/contested", &json!(false))?;
    claim.act("rita", "approves", "/review/approve", &json!({}))?;
    claim.hands_off()?;
    claim.eventually("claim 1 keeps Teams only", || {
        Ok((claim.environment.assessed_products(&holder) == ["Teams", "Teams Meetings"]).then_some(()))
    })?;
    let messages = claim.environment.assessed(&holder);
    if messages != ["requested", "amended"] {
        return Err(Failed::new(format!("claim 1 should have been amended: {messages:?}")));
    }
    Ok(())
}

/// The holder of Exchange is told that somebody else claims it, and adds newer proof, which reviewers of the contested claim
/// see.
fn defend_exchange(claim: &mut ClaimDriver<'_>, holder: &str) -> Result<(), Failed> {
    let mut held = claim.another("nadia");
    holder.clone_into(&mut held.id);
    held.email("nadia@northwind.example", "Another organisation claims what you hold")?;
    let seen = held.look("nadia")?;
    if seen["challenged"] != json!([{ "product": "Exchange" }]) || seen.to_string().contains(&claim.id) {
        return Err(Failed::new(format!("the holder should see what is claimed, and not by whom: {seen}")));
    }
    let proof = crate::pdf("Proof of execution: Exchange is operated by Northwind Consulting");
    let added = held.upload_bytes("exchange-operations.pdf", "application/pdf", &proof)?;
    held.report_step("nadia", "adds newer proof to claim 1", &held.look("nadia")?);
    let newest = claim.look("rita")?["contestedBy"][0]["newestEvidence"]["id"].clone();
    if newest != json!(added) {
        return Err(Failed::new(format!("reviewers should see the newer proof {added}, not {newest}")));
    }
    Ok(())
}

/// Ends the association for Exchange on the claim that holds it.
fn end_exchange(claim: &mut ClaimDriver<'_>, holder: &str) -> Result<(), Failed> {
    let path = format!("/v1/claims/{holder}");
    let seen = claim.call("rita", "GET", &path, &[], None)?;
    let etag = seen.header("etag").unwrap_or_default().to_owned();
    let body = json!({
        "products": [{ "product": "Exchange" }],
        "reason": "The newer proof of execution shows that Woodgrove's partner moved the mailboxes.",
    });
    let end = format!("{path}/review/end-association");
    let ended = claim.call("rita", "POST", &end, &[("if-match", &etag)], Some(&body))?;
    crate::claim_driver::accept(&ended, "Exchange is ended on claim 1")?;
    let left: Vec<Value> = ended.json()["products"].as_array().cloned().unwrap_or_default();
    claim.report_step(
        "rita",
        &format!("ends the association for Exchange on claim 1, which keeps {} products", left.len()),
        &claim.claim.clone(),
    );
    claim.eventually("the holder is told", || {
        let emails = claim.environment.emails("nadia@northwind.example", "Association ended")?;
        Ok((!emails.is_empty()).then_some(()))
    })?;
    Ok(())
}

/// 10: rejected; a dispute on day 31 is refused; a new claim with updated proof.
pub(super) fn relecloud(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(1, 9)?;
    claim.create(&drafts::relecloud("Relecloud Finance"))?;
    claim.upload("finance-presales.pdf")?;
    claim.act("nils", "submits the claim", "/submit", &json!({}))?;
    claim.day(2, 9)?;
    claim.act("ravi", "starts the review", "/review/start", &json!({}))?;
    claim.day(3, 9)?;
    let no = json!({ "reason": "poeUnavailable", "note": "The document cannot be opened." });
    claim.act("ravi", "rejects: the proof cannot be opened", "/review/reject", &no)?;
    let window = claim.due("disputeWindow")?;
    claim.until(window - TimeDelta::minutes(1))?;
    let can =
        claim.look("nils")?["allowedActions"].as_array().is_some_and(|all| all.contains(&json!("dispute")));
    if !can {
        return Err(Failed::new("one minute before the end the claim can still be disputed"));
    }
    claim.until(window + TimeDelta::hours(9))?;
    let late = json!({ "justification": "The document opens here." });
    claim.refused("nils", "disputes on day 31", "/dispute", &late, (409, "dispute-over"))?;
    claim.create(&drafts::relecloud("Relecloud Finance, with updated proof"))?;
    claim.upload("finance-presales-readable.pdf")?;
    claim.act("nils", "submits the new claim", "/submit", &json!({}))?;
    claim.becomes("/status", &json!("submitted"))
}

fn products_are(claim: &ClaimDriver<'_>, expected: &[&str]) -> Result<(), Failed> {
    let has = claim.environment.assessed_products(&claim.id);
    if has == expected {
        return Ok(());
    }
    Err(Failed::new(format!("assessment should have {expected:?}, but has {has:?}")))
}
