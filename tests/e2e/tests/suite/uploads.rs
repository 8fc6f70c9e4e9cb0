//! Proof of execution: what can be uploaded, and what cannot (D10, D19, R24).

use chrono::TimeDelta;
use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed, docx, infected_pdf, pdf, png};
use serde_json::{Value, json};

use crate::fixtures::{Case, case, draft, holds, same, status};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("only_the_announced_document_can_be_put_and_nothing_is_overwritten", signed)
            .proves(&[Rule::D10]),
        case("a_document_is_of_the_type_that_its_content_tells", content).proves(&[Rule::D10]),
        case("an_upload_that_was_not_completed_within_24_hours_does_not_count", expired).proves(&[Rule::D19]),
        case("a_claim_has_at_most_30_documents_of_at_most_20_mb", limits).proves(&[Rule::D19]),
        case("documents_are_read_through_a_short_lived_address_as_attachments", download)
            .proves(&[Rule::R16]),
        case("a_document_of_one_claim_is_added_to_another_as_a_copy_of_its_own", added).proves(&[Rule::D20]),
        case("a_document_that_an_organisation_cannot_read_is_not_added_to_its_claim", not_added)
            .proves(&[Rule::D20, Rule::I7]),
        case("a_discarded_claim_loses_its_files_and_is_gone_after_30_days", discarded).proves(&[Rule::D8]),
    ]
}

fn signed(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Signed uploads", &["Teams"]))?;
    let bytes = pdf("The announced document");
    let asked = claim.announce("proof.pdf", "application/pdf", &bytes)?;
    let mut other = bytes.clone();
    other[20] ^= 1;
    fails_with(claim.put(&asked, &other), ": 400", "other bytes of the same length")?;
    let id = asked["evidence"]["id"].as_str().unwrap_or_default().to_owned();
    let complete = claim.path(&format!("/evidence/{id}/complete"));
    let early = claim.call("nadia", "POST", &complete, &[], None)?;
    status(&early, 409, "nothing is there yet")?;
    same(early.json()["errors"][0]["code"].clone(), json!("notUploaded"), "the reason")?;
    claim.put(&asked, &bytes)?;
    fails_with(claim.put(&asked, &bytes), ": 412", "overwriting")?;
    status(&claim.call("nadia", "POST", &complete, &[], None)?, 200, "complete")?;
    status(&claim.call("nadia", "POST", &complete, &[], None)?, 200, "complete again")?;
    claim.becomes("/evidence/0/state", &json!("clean"))
}

fn content(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Content and name", &["Teams"]))?;
    let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    claim.upload_bytes("report.docx", word, &docx("A report"))?;
    claim.upload_bytes("chart.png", "image/png", &png())?;
    let mismatch = "evidence-mismatch";
    fails_with(claim.upload_bytes("fake.pdf", "application/pdf", &png()), mismatch, "a picture is no PDF")?;
    fails_with(claim.upload_bytes("fake.docx", word, &pdf("no")), mismatch, "a PDF is no Word document")?;
    fails_with(claim.announce("run.exe", "application/pdf", b"MZ"), "/fileName", "another ending")?;
    fails_with(claim.announce("proof.pdf", "image/png", b"%PDF"), "/mediaType", "name and type must agree")
}

/// Expects a failure for the reason that the words name, and for no other.
fn fails_with<T>(result: Result<T, Failed>, words: &str, what: &str) -> Result<(), Failed> {
    match result {
        Ok(_) => Err(Failed::new(format!("{what}: should have been refused"))),
        Err(failed) if failed.0.contains(words) => Ok(()),
        Err(failed) => Err(Failed::new(format!("{what}: refused for another reason: {failed}"))),
    }
}

fn expired(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Expired upload", &["Teams"]))?;
    let bytes = pdf("Too late");
    let asked = claim.announce("late.pdf", "application/pdf", &bytes)?;
    let a_day_later = claim.environment.stack.now() + TimeDelta::days(1);
    claim.put(&asked, &bytes)?;
    let id = asked["evidence"]["id"].as_str().unwrap_or_default().to_owned();
    claim.until(a_day_later)?;
    let complete =
        claim.call("nadia", "POST", &claim.path(&format!("/evidence/{id}/complete")), &[], None)?;
    status(&complete, 409, "after a day")?;
    same(complete.json()["type"].clone(), json!("/v1/problems/upload-expired"), "the problem")?;
    same(claim.look("nadia")?["evidence"].clone(), json!([]), "what expired has left the claim")
}

fn limits(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Thirty documents", &["Teams"]))?;
    for number in 0..30 {
        claim.announce(
            &format!("proof-{number}.pdf"),
            "application/pdf",
            format!("%PDF {number}").as_bytes(),
        )?;
    }
    let one_more =
        json!({ "fileName": "31.pdf", "mediaType": "application/pdf", "size": 9, "sha256": "0".repeat(64) });
    let answer = claim.call("nadia", "POST", &claim.path("/evidence"), &[], Some(&one_more))?;
    status(&answer, 409, "the 31st")?;
    same(answer.json()["type"].clone(), json!("/v1/problems/evidence-limit"), "the problem")?;
    let large = json!({
        "fileName": "large.pdf", "mediaType": "application/pdf", "size": 20_000_001, "sha256": "0".repeat(64),
    });
    status(&claim.call("nadia", "POST", &claim.path("/evidence"), &[], Some(&large))?, 422, "more than 20 MB")
}

fn download(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Download", &["Teams"]))?;
    let bytes = pdf("To be read");
    let id = claim.upload_bytes("Überblick “2027”.pdf", "application/pdf", &bytes)?;
    claim.becomes("/evidence/0/state", &json!("clean"))?;
    let answer = claim.call("nadia", "GET", &claim.path(&format!("/evidence/{id}")), &[], None)?;
    status(&answer, 303, "the way to the document")?;
    is_logged(claim, &id, &["303"])?;
    let address = answer.header("location").unwrap_or_default().to_owned();
    let json = [("accept", "application/json")];
    let told = claim.call("nadia", "GET", &claim.path(&format!("/evidence/{id}")), &json, None)?;
    status(&told, 200, "the address, told to a program")?;
    holds(told.json()["expiresAt"].is_string(), "until when it is good")?;
    is_logged(claim, &id, &["303", "200"])?;
    let url = told.json()["url"].as_str().unwrap_or_default().to_owned();
    same(
        claim.environment.stack.send("GET", &url, &[], None)?.body,
        bytes.clone(),
        "the bytes by that address",
    )?;
    let document = claim.environment.stack.send("GET", &address, &[], None)?;
    status(&document, 200, "the document")?;
    same(document.header("cache-control").unwrap_or_default(), "private, no-store", "what a cache may do")?;
    same(document.body.clone(), bytes, "the bytes")?;
    let disposition = document.header("content-disposition").unwrap_or_default();
    holds(disposition.starts_with("attachment"), &format!("an attachment: {disposition}"))
}

/// A body that adds a document of a claim.
fn from(claim: &str, evidence: &str) -> Value {
    json!({ "from": { "claimId": claim, "evidenceId": evidence } })
}

fn added(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let bytes = pdf("Proof of two claims");
    claim.create(&draft("The first claim of a document", &["Teams"]))?;
    let id = claim.upload_bytes("both.pdf", "application/pdf", &bytes)?;
    claim.becomes("/evidence/0/state", &json!("clean"))?;
    let mut second = claim.another("nadia");
    second.create(&draft("The second claim of a document", &["Exchange"]))?;
    let (path, body, key) = (second.path("/evidence"), from(&claim.id, &id), [("idempotency-key", "added")]);
    let tried = claim.call("nadia", "POST", &format!("{path}?dryRun=true"), &[], Some(&body))?;
    status(&tried, 200, "a dry run")?;
    same(second.look("nadia")?["evidence"].clone(), json!([]), "the documents after a dry run")?;
    let answer = claim.call("nadia", "POST", &path, &key, Some(&body))?;
    status(&answer, 201, "adding")?;
    let copy = answer.json();
    same(copy.get("upload"), None, "an address to upload to")?;
    same(copy["evidence"]["fileName"].clone(), json!("both.pdf"), "its name")?;
    holds(copy["evidence"]["id"] != json!(id), "it is a document of its own")?;
    holds(copy["evidence"]["state"] != json!("announced"), "it is complete")?;
    let again = claim.call("nadia", "POST", &path, &key, Some(&body))?.json();
    same(again["evidence"]["id"].clone(), copy["evidence"]["id"].clone(), "the same request again")?;
    second.becomes("/evidence/0/state", &json!("clean"))?;
    same(second.look("nadia")?["evidence"].as_array().map(Vec::len), Some(1), "its documents")?;
    // What becomes of the first claim is nothing to the copy.
    status(&claim.call("nadia", "DELETE", &claim.path(""), &[], None)?, 204, "discard the first claim")?;
    let copied = copy["evidence"]["id"].as_str().unwrap_or_default();
    let read = second.path(&format!("/evidence/{copied}"));
    let told = claim.call("nadia", "GET", &read, &[("accept", "application/json")], None)?.json();
    let address = told["url"].as_str().unwrap_or_default();
    same(claim.environment.stack.send("GET", address, &[], None)?.body, bytes, "the bytes of the copy")?;
    let deleted = claim.call("nadia", "POST", &path, &[], Some(&body))?;
    status(&deleted, 422, "a document of a discarded claim")?;
    same(deleted.json()["errors"][0]["pointer"].clone(), json!("/from/claimId"), "the field")
}

fn not_added(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("A claim that others know nothing of", &["Teams"]))?;
    let id = claim.upload_bytes("secret.pdf", "application/pdf", &pdf("Of another organisation"))?;
    claim.becomes("/evidence/0/state", &json!("clean"))?;
    let mut theirs = claim.another("fiona");
    let mut wanted = draft("A claim of another organisation", &["Exchange"]);
    wanted["mpnId"] = json!("4722001");
    theirs.create(&wanted)?;
    let nobodys = "01JZZZZZZZZZZZZZZZZZZZZZZZ";
    let refused = |other: &str, document: &str| -> Result<Value, Failed> {
        let path = theirs.path("/evidence");
        let answer = theirs.call("fiona", "POST", &path, &[], Some(&from(other, document)))?;
        status(&answer, 422, "adding it")?;
        Ok(answer.json()["errors"].clone())
    };
    let foreign = refused(&claim.id, &id)?;
    same(foreign[0]["pointer"].clone(), json!("/from/claimId"), "the field")?;
    same(foreign, refused(nobodys, &id)?, "a foreign claim and none")?;
    let own = refused(&theirs.id, &id)?;
    same(own[0]["code"].clone(), json!("same"), "the claim itself")?;
    same(theirs.look("fiona")?["evidence"].clone(), json!([]), "the documents of the claim")?;
    let mut other = claim.another("nadia");
    other.create(&draft("Another claim of the organisation", &["Exchange"]))?;
    let infected = other.upload_bytes("virus.pdf", "application/pdf", &infected_pdf("Virus"))?;
    other.becomes("/evidence/0/state", &json!("infected"))?;
    for (document, code) in [(nobodys, "unknown"), (infected.as_str(), "unreadable")] {
        let path = claim.path("/evidence");
        let answer = claim.call("nadia", "POST", &path, &[], Some(&from(&other.id, document)))?;
        status(&answer, 422, code)?;
        same(answer.json()["errors"][0]["pointer"].clone(), json!("/from/evidenceId"), "the field")?;
        same(answer.json()["errors"][0]["code"].clone(), json!(code), "why")?;
    }
    Ok(())
}

/// Expects one line for each time that nadia opened the document, which joins it to the access log and holds neither its
/// name nor its address.
fn is_logged(claim: &ClaimDriver<'_>, id: &str, statuses: &[&str]) -> Result<(), Failed> {
    let stack = &claim.environment.stack;
    let group = stack.deployment().functions.get("evidence").map(|function| function.log_group.as_str());
    let group = group.ok_or_else(|| Failed::new("evidence is not deployed"))?;
    let said = |text: &String| {
        let line: Value = serde_json::from_str(text).ok()?;
        (line["evidence.id"] == id).then_some(line)
    };
    let lines = stack.eventually("the downloads are logged", || {
        let lines: Vec<_> = stack.log_of(group)?.iter().filter_map(said).collect();
        Ok((lines.len() == statuses.len()).then_some(lines))
    })?;
    for (line, status) in lines.iter().zip(statuses) {
        same(line["status"].to_string().as_str(), *status, "the outcome")?;
        same(line["claim.id"].as_str(), Some(claim.id.as_str()), "the claim")?;
        holds(line["subject"].as_str().is_some_and(|subject| !subject.is_empty()), "who opened it")?;
        holds(
            line["requestId"].as_str().is_some_and(|id| !id.is_empty()),
            "the gateway's id of the request",
        )?;
        let text = line.to_string();
        holds(!text.contains("berblick") && !text.contains("X-Amz"), "neither its name nor its address")?;
    }
    Ok(())
}

fn discarded(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Discarded", &["Teams"]))?;
    let id = claim.upload_bytes("proof.pdf", "application/pdf", &pdf("To be deleted"))?;
    claim.becomes("/evidence/0/state", &json!("clean"))?;
    let way = claim.call("nadia", "GET", &claim.path(&format!("/evidence/{id}")), &[], None)?;
    let address = way.header("location").unwrap_or_default().to_owned();
    status(&claim.call("nadia", "DELETE", &claim.path(""), &[], None)?, 204, "discard")?;
    same(claim.look("nadia")?["status"].clone(), json!("discarded"), "the status")?;
    let listed = claim.call("nadia", "GET", "/v1/claims?limit=100", &[], None)?.json();
    let ids = listed["items"].as_array().cloned().unwrap_or_default();
    holds(ids.iter().all(|row| row["id"] != json!(claim.id)), "it has left the list")?;
    claim.environment.stack.eventually("the file is deleted", || {
        let read = claim.environment.stack.send("GET", &address, &[], None)?;
        Ok((read.status >= 400 || read.body.is_empty()).then_some(()))
    })?;
    claim.day(30, 20)?;
    status(&claim.call("nadia", "GET", &claim.path(""), &[], None)?, 200, "readable on its last day")?;
    claim.day(31, 1)?;
    status(&claim.call("nadia", "GET", &claim.path(""), &[], None)?, 404, "gone after 30 days")
}
