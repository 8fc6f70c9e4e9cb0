//! What is kept of a closed claim, and of a person (D22). The suite's stack keeps it for one month.

use chrono::TimeDelta;
use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed, pdf};
use local_stack::Error;
use serde_json::{Value, json};

use crate::authorization::items;
use crate::fixtures::{Case, case, draft, history, holds, same, status, submitted};
use crate::healing::works;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_closed_claim_is_erased_when_its_month_is_over", kept).proves(&[Rule::D22, Rule::D9]),
        case("of_a_discarded_claim_nothing_is_left_but_the_numbers_of_its_changes", discarded)
            .proves(&[Rule::D22, Rule::D23]),
        case("an_operator_erases_a_person_from_every_claim", erased_by_hand).proves(&[Rule::D22]),
    ]
}

/// Longer than until sweep's next pass.
const SWEPT: TimeDelta = TimeDelta::minutes(6);

/// The table's items that name the claim, wherever they are.
fn naming(claim: &ClaimDriver<'_>) -> Result<Vec<Value>, Failed> {
    let items = items(claim.environment)?;
    Ok(items.into_iter().filter(|item| item.to_string().contains(&claim.id)).collect())
}

/// How many contacts of the claim the table has.
fn contacts(claim: &ClaimDriver<'_>) -> Result<usize, Failed> {
    let is_contact = |item: &&Value| item["sk"]["S"].as_str().is_some_and(|key| key.starts_with("CONTACT#"));
    Ok(naming(claim)?.iter().filter(is_contact).count())
}

/// How many versions of the claim's files the bucket has, but for the empty ones that only take the place of a file
/// that was deleted.
fn versions(claim: &ClaimDriver<'_>) -> Result<usize, Failed> {
    let stack = &claim.environment.stack;
    let bucket = stack.deployment().output("EvidenceBucketName")?;
    let listed = stack.aws().text("s3", &format!("/{bucket}?versions&prefix=claims/{}/", claim.id))?;
    holds(listed.contains("<IsTruncated>false<"), "all versions are on one page")?;
    Ok(listed.matches("<Version>").count() - listed.matches("<Size>0</Size>").count())
}

/// Waits until sweep has passed once more and what it began is done.
fn swept(claim: &ClaimDriver<'_>, what: &str, done: impl Fn() -> Result<bool, Failed>) -> Result<(), Failed> {
    let stack = &claim.environment.stack;
    claim.until(stack.now() + SWEPT)?;
    let look = || done().map(|done| done.then_some(())).map_err(|error| Error::Unexpected(error.0));
    Ok(stack.eventually(what, look)?)
}

fn kept(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    submitted(claim, "Kept for a month")?;
    let domain = claim.claim["customer"]["domain"].as_str().unwrap_or_default().to_owned();
    let contact = json!({ "name": "Clara Voss", "title": "Head of IT", "email": format!("clara@{domain}") });
    claim.edit("names another contact", &json!({ "customer": { "contact": contact } }))?;
    claim.act("rita", "starts the review", "/review/start", &json!({}))?;
    claim.act("rita", "approves", "/review/approve", &json!({}))?;
    claim.is_notified()?;
    let page = claim.consent_path()?;
    let document = claim.claim["evidence"][0]["id"].as_str().unwrap_or_default().to_owned();
    let document = claim.path(&format!("/evidence/{document}"));
    claim.act("nadia", "withdraws", "/withdraw", &json!({ "cause": "incorrectActivity" }))?;
    let events = history(claim, "rita")?.len();
    let kept_until = claim.claim["keptUntil"].as_str().and_then(|until| until.parse().ok());
    let kept_until = kept_until.ok_or_else(|| Failed::new("a closed claim says until when it is kept"))?;

    claim.until(kept_until - TimeDelta::minutes(1))?;
    same((contacts(claim)?, versions(claim)?), (3, 1), "the contacts and files that are kept to the end")?;
    same(claim.look("rita")?["customer"]["contact"]["name"].clone(), json!("Clara Voss"), "the contact")?;
    status(&claim.call("rita", "GET", &document, &[], None)?, 303, "the document on its last day")?;

    claim.until(kept_until)?;
    swept(claim, "contacts and files are erased", || Ok((contacts(claim)?, versions(claim)?) == (0, 0)))?;
    for user in ["nadia", "rita"] {
        let seen = claim.look(user)?;
        holds(seen["erasedAt"].is_string(), &format!("{user} is told that it was erased: {seen}"))?;
        same(
            [seen["customer"]["contact"].clone(), seen["partnerContact"].clone()],
            [Value::Null, Value::Null],
            "the contacts",
        )?;
        let told = claim.call(user, "GET", &document, &[], None)?;
        status(&told, 410, "the document")?;
        same(told.json()["type"].clone(), json!("/v1/problems/evidence-erased"), "the problem")?;
    }
    let told = history(claim, "rita")?;
    same(told.len(), events + 1, "the events that the history still has, and the erasure")?;
    same(told.last().map(|last| last["type"].clone()), Some(json!("erased")), "the last of them")?;
    let told = json!(told).to_string();
    for words in ["Cleo Marsh", "Clara Voss", &format!("@{domain}"), "nadia@northwind.example"] {
        holds(!told.contains(words), &format!("the history still says {words}: {told}"))?;
    }
    for (accept, words) in
        [("application/json", "\"state\":\"ended\""), ("text/html", "Northwind Consulting")]
    {
        let opened = claim.environment.stack.send("GET", &page, &[("accept", accept)], None)?;
        status(&opened, 200, "the customer's page about the approval")?;
        holds(
            opened.text().replace("\": ", "\":").contains(words),
            &format!("it says {words}: {}", opened.text()),
        )?;
    }
    Ok(())
}

fn discarded(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Gone altogether", &["Teams"]))?;
    claim.upload_bytes("proof.pdf", "application/pdf", &pdf("To be gone"))?;
    claim.becomes("/evidence/0/state", &json!("clean"))?;
    same((contacts(claim)?, versions(claim)?), (2, 1), "the contacts and files that there are")?;
    status(&claim.call("nadia", "DELETE", &claim.path(""), &[], None)?, 204, "discard")?;
    let kept_until = claim.look("nadia")?["keptUntil"].as_str().and_then(|until| until.parse().ok());
    let kept_until = kept_until.ok_or_else(|| Failed::new("a discarded claim says until when it is kept"))?;
    claim.until(kept_until - TimeDelta::minutes(1))?;
    same(contacts(claim)?, 2, "the contacts on its last day")?;
    holds(!history(claim, "nadia")?.is_empty(), "its history can be read on its last day")?;
    claim.until(kept_until)?;
    let is_change = |item: &Value| item["sk"]["S"].as_str().is_some_and(|key| key.starts_with("CHANGE#"));
    swept(claim, "no other item names the claim", || Ok(naming(claim)?.iter().all(is_change)))?;
    let changes = naming(claim)?;
    holds(changes.len() > 3, "its changes keep their numbers")?;
    let last = changes
        .iter()
        .filter_map(|item| Some((item["sk"]["S"].as_str()?, &item["change"]["M"]["type"]["S"])));
    same(last.max_by_key(|(key, _)| *key).map(|(_, kind)| kind), Some(&json!("erased")), "the last one")?;
    holds(!json!(changes).to_string().contains('@'), "they say nothing of a person")?;
    same(versions(claim)?, 0, "its files")?;
    for path in [claim.path(""), claim.path("/history")] {
        status(&claim.call("nadia", "GET", &path, &[], None)?, 404, &path)?;
    }
    Ok(())
}

fn erased_by_hand(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    const PERSON: &str = "Erika.Lang@leaver.example";
    claim.day(0, 9)?;
    let mut other = claim.another("nadia");
    for (claim, email) in [(&mut *claim, PERSON), (&mut other, "erika.lang@leaver.example")] {
        let mut body = draft("Somebody leaves", &["Teams"]);
        body["customer"]["domain"] = json!("leaver.example");
        body["customer"]["contact"] = json!({ "name": "Erika Lang", "title": "CIO", "email": email });
        claim.create(&body)?;
    }
    // In one claim she is a contact that was replaced, and in the other the contact that it has.
    let next = json!({ "name": "Emil Roth", "title": "CIO", "email": "emil.roth@leaver.example" });
    claim.edit("names another contact", &json!({ "customer": { "contact": next } }))?;
    let is_stored = || -> Result<bool, Failed> {
        let stored = json!(items(claim.environment)?).to_string().to_lowercase();
        Ok(stored.contains(&PERSON.to_lowercase()) || stored.contains("erika lang"))
    };

    let said = works(claim, &["erase", "--contact", PERSON])?;
    for words in [&*claim.id, &*other.id, "2 contacts found; give --yes to erase", "backups"] {
        holds(said.contains(words), &format!("{words} is not said without --yes: {said}"))?;
    }
    holds(is_stored()?, "nothing is erased without --yes")?;
    same(other.look("nadia")?["customer"]["contact"]["name"].clone(), json!("Erika Lang"), "the contact")?;

    let said = works(claim, &["erase", "--contact", PERSON, "--yes"])?;
    holds(said.contains("2 contacts erased"), &format!("with --yes: {said}"))?;
    holds(!is_stored()?, "the person is nowhere in the table")?;
    same(other.look("nadia")?["customer"]["contact"].clone(), Value::Null, "the contact that it had")?;
    let seen = claim.look("nadia")?;
    same(seen["customer"]["contact"]["name"].clone(), json!("Emil Roth"), "the contact of somebody else")?;
    let told = json!([history(claim, "nadia")?, history(&other, "nadia")?]).to_string();
    holds(!told.to_lowercase().contains("erika"), &format!("the histories go on without her: {told}"))
}
