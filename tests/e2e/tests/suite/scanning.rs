//! Proof of execution and the scanner: GuardDuty → EventBridge → `verdict`, the bucket's policy, and what is deleted.

use chrono::TimeDelta;
use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed, encrypted_pdf, infected_pdf, pdf, slow_pdf};
use local_stack::Response;
use serde_json::{Value, json};

use crate::fixtures::{Case, case, draft, history, holds, same, status};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_document_is_not_opened_before_it_was_found_clean", clean),
        case("an_infected_document_does_not_count_and_nobody_opens_it", infected).proves(&[Rule::R6]),
        case("an_address_signed_before_a_threat_was_found_is_refused_afterwards", found_later),
        case("a_document_that_cannot_be_scanned_is_shown_to_the_reviewer_as_such", unscannable),
        case("a_verdict_that_comes_before_the_completion_and_once_more_is_told_once", early),
        case("a_result_about_nothing_known_is_harmless", harmless),
        case("what_was_deleted_cannot_be_uploaded_again_by_an_address_still_valid", deleted)
            .proves(&[Rule::D8]),
        case("a_document_dropped_with_the_window_cannot_be_uploaded_again", dropped).proves(&[Rule::R24]),
    ]
}

/// Asks for a document.
fn open(claim: &ClaimDriver<'_>, user: &str, document: &str) -> Result<Response, Failed> {
    claim.call(user, "GET", &claim.path(&format!("/evidence/{document}")), &[], None)
}

/// Expects that a document is not opened, for a reason in these words.
fn closed(claim: &ClaimDriver<'_>, user: &str, document: &str, words: &str) -> Result<(), Failed> {
    let answer = open(claim, user, document)?;
    status(&answer, 409, "a document that is not clean")?;
    let problem = answer.json();
    same(problem["type"].clone(), json!("/v1/problems/evidence-unreadable"), "the problem")?;
    let detail = problem["detail"].as_str().unwrap_or_default();
    holds(detail.contains(words), &format!("the reason: {detail}"))
}

/// The verdicts in the history, as somebody sees it.
fn verdicts(claim: &ClaimDriver<'_>, user: &str) -> Result<Vec<Value>, Failed> {
    let told = history(claim, user)?.into_iter().filter(|entry| entry["type"] == "evidenceScanned");
    Ok(told.map(|entry| entry["verdict"].clone()).collect())
}

fn clean(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Scanned slowly", &["Teams"]))?;
    let bytes = slow_pdf("Takes its time");
    let id = claim.upload_bytes("proof.pdf", "application/pdf", &bytes)?;
    same(claim.look("nadia")?["evidence"][0]["state"].clone(), json!("scanning"), "the state at first")?;
    closed(claim, "nadia", &id, "being scanned")?;
    claim.act("nadia", "submits all the same", "/submit", &json!({}))?;
    claim.becomes("/evidence/0/state", &json!("clean"))?;
    let way = open(claim, "rita", &id)?;
    status(&way, 303, "the way to the document")?;
    let read = claim.environment.stack.send("GET", way.header("location").unwrap_or_default(), &[], None)?;
    status(&read, 200, "the document")?;
    same(read.body.clone(), bytes, "the bytes")?;
    same(verdicts(claim, "nadia")?, vec![json!("clean")], "what the partner's history tells")?;
    same(verdicts(claim, "rita")?, vec![json!("clean")], "what the reviewer's history tells")
}

fn infected(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Infected", &["Teams"]))?;
    let id = claim.upload_bytes("proof.pdf", "application/pdf", &infected_pdf("A threat"))?;
    claim.becomes("/evidence/0/state", &json!("infected"))?;
    closed(claim, "nadia", &id, "A threat was found")?;
    claim.refused("nadia", "submits nothing else", "/submit", &json!({}), (409, "evidence-missing"))?;
    claim.upload("clean-proof.pdf")?;
    claim.act("nadia", "submits with another document", "/submit", &json!({}))?;
    same(claim.look("rita")?["evidence"][0]["state"].clone(), json!("infected"), "what the reviewer sees")?;
    closed(claim, "rita", &id, "A threat was found")
}

fn found_later(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Found later", &["Teams"]))?;
    let id = claim.upload_bytes("proof.pdf", "application/pdf", &pdf("Looks harmless"))?;
    claim.becomes("/evidence/0/state", &json!("clean"))?;
    let way = open(claim, "nadia", &id)?;
    let address = way.header("location").unwrap_or_default().to_owned();
    status(&claim.environment.stack.send("GET", &address, &[], None)?, 200, "before")?;
    claim.environment.stack.scan_again(&claim.id, &id, "THREATS_FOUND")?;
    claim.becomes("/evidence/0/state", &json!("infected"))?;
    // The address is good for five minutes; it is the bucket's policy that refuses.
    status(&claim.environment.stack.send("GET", &address, &[], None)?, 403, "by the address signed before")?;
    closed(claim, "nadia", &id, "A threat was found")?;
    claim.environment.stack.scan_again(&claim.id, &id, "NO_THREATS_FOUND")?;
    claim.until(claim.environment.stack.now() + TimeDelta::minutes(1))?;
    same(
        claim.look("nadia")?["evidence"][0]["state"].clone(),
        json!("infected"),
        "the greatest verdict stands",
    )
}

fn unscannable(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Encrypted", &["Teams"]))?;
    let id = claim.upload_bytes("proof.pdf", "application/pdf", &encrypted_pdf("With a password"))?;
    claim.becomes("/evidence/0/state", &json!("unscannable"))?;
    claim.act("nadia", "submits", "/submit", &json!({}))?;
    claim.act("rita", "starts the review", "/review/start", &json!({}))?;
    same(
        claim.look("rita")?["evidence"][0]["state"].clone(),
        json!("unscannable"),
        "what the reviewer sees",
    )?;
    closed(claim, "rita", &id, "could not be scanned")?;
    let stack = claim.environment.stack.clone();
    stack.scan_again(&claim.id, &id, "FAILED")?;
    let ask = json!({ "reasons": [{ "code": "other", "note": "The document is encrypted." }] });
    claim.act("rita", "asks for a readable one", "/review/request-action", &ask)?;
    claim.upload("without-a-password.pdf")?;
    claim.act("nadia", "resubmits", "/submit", &json!({}))?;
    same(verdicts(claim, "rita")?, vec![json!("unscannable"), json!("clean")], "what the history tells")?;
    // A scan that failed is no verdict for good: once it succeeds, the document is opened.
    stack.scan_again(&claim.id, &id, "NO_THREATS_FOUND")?;
    claim.becomes("/evidence/0/state", &json!("clean"))?;
    status(&open(claim, "rita", &id)?, 303, "the way to the document")
}

fn early(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Early verdict", &["Teams"]))?;
    let bytes = pdf("Scanned before it is complete");
    let asked = claim.announce("proof.pdf", "application/pdf", &bytes)?;
    let id = asked["evidence"]["id"].as_str().unwrap_or_default().to_owned();
    claim.put(&asked, &bytes)?;
    let stack = claim.environment.stack.clone();
    stack.eventually("the verdict", || {
        let told = verdicts(claim, "nadia").map_err(|error| local_stack::Error::Unexpected(error.0))?;
        Ok((told.len() == 1).then_some(()))
    })?;
    same(
        claim.look("nadia")?["evidence"][0]["state"].clone(),
        json!("announced"),
        "the state until completion",
    )?;
    let complete = claim.path(&format!("/evidence/{id}/complete"));
    status(&claim.call("nadia", "POST", &complete, &[], None)?, 200, "complete")?;
    same(claim.look("nadia")?["evidence"][0]["state"].clone(), json!("clean"), "the state from then on")?;
    stack.scan_again(&claim.id, &id, "NO_THREATS_FOUND")?;
    stack.scan_again(&claim.id, &id, "FAILED")?;
    claim.until(stack.now() + TimeDelta::minutes(1))?;
    same(verdicts(claim, "nadia")?, vec![json!("clean")], "what the history tells")?;
    same(claim.look("nadia")?["evidence"][0]["state"].clone(), json!("clean"), "what stands")
}

fn harmless(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Unknown results", &["Teams"]))?;
    let stack = &claim.environment.stack;
    let function = stack.deployment().functions.get("verdict");
    let function = function.ok_or_else(|| Failed::new("no function verdict"))?;
    let unknown = "01KJQ8V4T9M5W7X2K3N6P8R1S0";
    for key in [
        format!("claims/{unknown}/{unknown}"),
        format!("claims/{}/{unknown}", claim.id),
        "claims/nobody/nothing".to_owned(),
        "malware-protection-resource-validation-object".to_owned(),
    ] {
        let event = json!({ "source": "aws.guardduty", "detail": {
            "s3ObjectDetails": { "objectKey": key },
            "scanResultDetails": { "scanResultStatus": "THREATS_FOUND" },
        }});
        let answer = stack.aws().invoke(&function.name, &event)?;
        holds(answer.header("x-amz-function-error").is_none(), &format!("{event}: {}", answer.text()))?;
    }
    same(verdicts(claim, "nadia")?, Vec::new(), "verdicts in the history")
}

/// Expects that nothing can be put to an address any more.
fn is_taken(claim: &ClaimDriver<'_>, asked: &Value, bytes: &[u8]) -> Result<(), Failed> {
    match claim.put(asked, bytes) {
        Err(failed) if failed.0.contains(": 412") => Ok(()),
        Err(failed) => Err(failed),
        Ok(()) => Err(Failed::new("what was deleted could be uploaded again")),
    }
}

fn deleted(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Put again", &["Teams"]))?;
    let (one, other) = (pdf("Uploaded once"), pdf("Announced only"));
    let uploaded = claim.announce("one.pdf", "application/pdf", &one)?;
    claim.put(&uploaded, &one)?;
    let announced = claim.announce("other.pdf", "application/pdf", &other)?;
    status(&claim.call("nadia", "DELETE", &claim.path(""), &[], None)?, 204, "discard")?;
    claim.until(claim.environment.stack.now() + TimeDelta::minutes(2))?;
    is_taken(claim, &uploaded, &one)?;
    is_taken(claim, &announced, &other)
}

fn dropped(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    crate::fixtures::rejected(claim, "Dropped with the window")?;
    let due = claim.due("disputeWindow")?;
    claim.until(due - TimeDelta::minutes(5))?;
    let bytes = pdf("Too late for a dispute");
    let asked = claim.announce("late.pdf", "application/pdf", &bytes)?;
    claim.until(due + TimeDelta::minutes(1))?;
    claim.becomes("/rejection/disputable", &json!(false))?;
    claim.until(due + TimeDelta::minutes(3))?;
    is_taken(claim, &asked, &bytes)
}
