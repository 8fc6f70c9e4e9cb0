//! Every POST can be repeated under its Idempotency-Key: it is carried out once, and answered from the claim as it is.

use e2e::{ClaimDriver, Failed};
use serde_json::{Value, json};

use crate::fixtures::{Case, case, draft, etag, history, holds, same, status};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_repeated_create_makes_one_claim", create),
        case("every_repeated_command_is_carried_out_once", commands),
        case("a_key_with_another_body_is_refused_and_each_person_has_their_own_keys", reused),
        case("a_refusal_is_not_kept_under_the_key", refusal),
    ]
}

fn create(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let (body, key) = (draft("Created twice", &["Teams"]), [("idempotency-key", "create-twice")]);
    let first = claim.call("nadia", "POST", "/v1/claims", &key, Some(&body))?;
    let second = claim.call("nadia", "POST", "/v1/claims", &key, Some(&body))?;
    status(&first, 201, "the first")?;
    status(&second, 201, "the second")?;
    same(second.json(), first.json(), "the answer")
}

/// Sends the same command twice under one key; both succeed, and the history grows as by one.
fn twice(claim: &mut ClaimDriver<'_>, user: &str, rest: &str, body: &Value) -> Result<(), Failed> {
    let seen = etag(claim, user)?;
    let name = format!("twice{}", rest.replace('/', "-"));
    let headers = [("if-match", seen.as_str()), ("idempotency-key", name.as_str())];
    let first = claim.call(user, "POST", &claim.path(rest), &headers, Some(body))?;
    holds((200..300).contains(&first.status), &format!("{rest}: {} {}", first.status, first.text()))?;
    let second = claim.call(user, "POST", &claim.path(rest), &headers, Some(body))?;
    same(second.status, first.status, &format!("the second {rest}: {}", second.text()))
}

fn commands(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Every command twice", &["Teams", "Exchange"]))?;
    claim.upload("proof.pdf")?;
    twice(claim, "nadia", "/submit", &json!({}))?;
    twice(claim, "rita", "/review/start", &json!({}))?;
    twice(claim, "rita", "/review/release", &json!({}))?;
    claim.act("ravi", "takes it", "/review/start", &json!({}))?;
    twice(claim, "lena", "/review/take-over", &json!({}))?;
    twice(claim, "lena", "/comments", &json!({ "text": "Once." }))?;
    twice(claim, "lena", "/review/request-action", &json!({ "reasons": [{ "code": "missingAllPoe" }] }))?;
    let bytes = e2e::png();
    let upload = json!({
        "fileName": "chart.png", "mediaType": "image/png", "size": bytes.len(), "sha256": sha256(&bytes),
    });
    twice(claim, "nadia", "/evidence", &upload)?;
    claim.act("nadia", "resubmits", "/submit", &json!({}))?;
    claim.act("lena", "starts", "/review/start", &json!({}))?;
    twice(claim, "lena", "/review/reject", &json!({ "reason": "insufficientPoe" }))?;
    twice(claim, "nadia", "/dispute", &json!({ "justification": "Look again." }))?;
    claim.act("ravi", "takes it", "/review/start", &json!({}))?;
    twice(claim, "ravi", "/review/approve", &json!({}))?;
    claim.is_notified()?;
    twice(claim, "nadia", "/consent/resend", &json!({}))?;
    twice(
        claim,
        "rita",
        "/review/end-association",
        &json!({ "products": [{ "product": "Exchange" }], "reason": "Moved." }),
    )?;
    twice(claim, "nadia", "/withdraw", &json!({ "cause": "noLongerWorkingWithCustomer" }))?;
    let count = |kind: &str| -> Result<usize, Failed> {
        Ok(history(claim, "rita")?.iter().filter(|entry| entry["type"] == kind).count())
    };
    for (kind, expected) in [
        ("submitted", 2),
        ("released", 1),
        ("takenOver", 1),
        ("commented", 1),
        ("actionRequested", 1),
        ("uploadRequested", 2),
        ("disputed", 1),
        ("approved", 1),
        ("noticeResent", 1),
        ("productsRemoved", 1),
        ("rejected", 2),
    ] {
        same(count(kind)?, expected, kind)?;
    }
    Ok(())
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn reused(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Key reused", &["Teams"]))?;
    claim.upload("proof.pdf")?;
    claim.act("nadia", "submits", "/submit", &json!({}))?;
    let key = [("idempotency-key", "same-key")];
    let say = |user: &str, text: &str| {
        claim.call(user, "POST", &claim.path("/comments"), &key, Some(&json!({ "text": text })))
    };
    status(&say("nadia", "One")?, 201, "the first")?;
    let other = say("nadia", "Two")?;
    status(&other, 422, "another body")?;
    same(other.json()["type"].clone(), json!("/v1/problems/key-reused"), "the problem")?;
    status(&say("rita", "Two")?, 201, "another person")?;
    let elsewhere =
        claim.call("nadia", "POST", &claim.path("/withdraw"), &key, Some(&json!({ "cause": "other" })))?;
    status(&elsewhere, 200, "another path")
}

fn refusal(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Refused, then allowed", &["Teams"]))?;
    let key = [("idempotency-key", "submit-once-there-is-proof")];
    let submit =
        |claim: &ClaimDriver<'_>| claim.call("nadia", "POST", &claim.path("/submit"), &key, Some(&json!({})));
    status(&submit(claim)?, 409, "without proof")?;
    claim.upload("proof.pdf")?;
    status(&submit(claim)?, 200, "with proof")
}
