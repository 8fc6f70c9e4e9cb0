//! Commands that are only tried (I10).

use e2e::{ClaimDriver, Failed};
use serde_json::{Value, json};

use crate::fixtures::{Case, case, draft, etag, history, holds, same, status};

pub(crate) fn cases() -> Vec<Case> {
    vec![case("a_command_that_is_tried_tells_what_follows_and_does_nothing", tried)]
}

/// Tries a command twice as a user, with the same key; nothing may have changed, and no key be used up.
fn tries(
    claim: &ClaimDriver<'_>,
    (user, method, rest): (&str, &str, &str),
    body: &Value,
) -> Result<Value, Failed> {
    let before = (claim.look("nadia")?, history(claim, "nadia")?);
    let path = claim.path(&format!("{rest}?dryRun=true"));
    let tag = etag(claim, user)?;
    let headers = [("if-match", tag.as_str()), ("idempotency-key", "tried")];
    let body = Some(body).filter(|_| method != "DELETE");
    let first = claim.call(user, method, &path, &headers, body)?;
    status(&first, 200, rest)?;
    let second = claim.call(user, method, &path, &headers, body)?;
    status(&second, 200, rest)?;
    holds(first.header("etag").is_none(), "what is only tried has no ETag")?;
    same((claim.look("nadia")?, history(claim, "nadia")?), before, "the claim after a trial")?;
    Ok(first.json())
}

fn tried(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let wanted = draft("Tried first", &["Teams"]);
    let listed = |claim: &ClaimDriver<'_>| -> Result<Value, Failed> {
        let list = claim.call("nadia", "GET", "/v1/claims?limit=100&sort=updated", &[], None)?;
        Ok(list.json()["items"].as_array().into_iter().flatten().map(|row| row["name"].clone()).collect())
    };
    let created = claim.call("nadia", "POST", "/v1/claims?dryRun=true", &[], Some(&wanted))?;
    status(&created, 200, "a claim that is not created")?;
    same(created.json()["status"].clone(), json!("editing"), "its status")?;
    holds(!listed(claim)?.to_string().contains("Tried first"), "it is in no list")?;
    let missing = json!({ "name": "Tried first" });
    let refused = claim.call("nadia", "POST", "/v1/claims?dryRun=true", &[], Some(&missing))?;
    status(&refused, 422, "a bad one is refused as ever")?;
    let unclear = claim.call("nadia", "POST", "/v1/claims?dryRun=perhaps", &[], Some(&wanted))?;
    status(&unclear, 400, "neither true nor false")?;

    claim.create(&wanted)?;
    let submit = claim.path("/submit?dryRun=true");
    let too_early = claim.call("nadia", "POST", &submit, &[], None)?;
    status(&too_early, 409, "without proof")?;
    claim.upload("proof.pdf")?;
    let edited = tries(claim, ("nadia", "PATCH", ""), &json!({ "name": "Renamed" }))?;
    same(edited["name"].clone(), json!("Renamed"), "the name that it would have")?;
    let discarded = tries(claim, ("nadia", "DELETE", ""), &json!({}))?;
    same(discarded["status"].clone(), json!("discarded"), "the status that it would have")?;
    same(discarded["dryRun"]["deletedEvidence"].as_array().map(Vec::len), Some(1), "deleted documents")?;
    let submitted = tries(claim, ("nadia", "POST", "/submit"), &json!({}))?;
    same(submitted["dryRun"]["leftOpen"].clone(), json!(["contested"]), "what is not told")?;
    same(submitted["dryRun"]["emails"][0]["to"].clone(), json!("partner"), "who gets an email")?;
    let due = submitted["dryRun"]["due"][0].clone();
    claim.act("nadia", "submits", "/submit", &json!({}))?;
    same(json!(claim.due("reviewStart")?), due["dueAt"].clone(), "when the review is due")?;

    tries(claim, ("nadia", "POST", "/comments"), &json!({ "text": "Any news?" }))?;
    claim.act("rita", "starts the review", "/review/start", &json!({}))?;
    let approved = tries(claim, ("rita", "POST", "/review/approve"), &json!({}))?;
    let whom: Vec<_> = approved["dryRun"]["emails"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|email| email["to"].clone())
        .collect();
    same(whom, vec![json!("customer"), json!("partner")], "who gets an email")?;
    let rejected = tries(claim, ("rita", "POST", "/review/reject"), &json!({ "reason": "insufficientPoe" }))?;
    same(rejected["status"].clone(), json!("rejected"), "the status that it would have")?;
    holds(!rejected["dryRun"]["warnings"][0].is_null(), "that it cannot be undone")
}
