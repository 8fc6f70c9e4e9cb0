//! What one organisation holds is worthless in the hands of another (I7): cursors, keys, documents, links.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use e2e::{ClaimDriver, Environment, Failed};
use local_stack::Response;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::side_effects::SystemState;
use crate::fixtures::{approved, draft, holds, same, status, submitted};

/// A claim of the organisation of `partner`.
fn claim_of<'a>(environment: &'a Environment, number: u8, partner: &'static str) -> ClaimDriver<'a> {
    ClaimDriver::new(environment, environment.timeline.participant(), number, partner)
}

fn draft_of(partner: &str, name: &str) -> Value {
    let mut body = draft(name, &["Teams"]);
    body["mpnId"] = json!(if partner == "fiona" { "4722001" } else { "4711001" });
    body
}

/// A cursor leads nobody into another organisation's list or history, forged or not.
pub(super) fn cursors(environment: &Environment) -> Result<(), Failed> {
    let (mut ours, mut theirs) = (claim_of(environment, 240, "nadia"), claim_of(environment, 241, "fiona"));
    for (claim, partner) in [(&mut ours, "nadia"), (&mut theirs, "fiona")] {
        for number in 0..3 {
            claim.create(&draft_of(partner, &format!("Cursors {number}")))?;
        }
        claim.edit("edits", &json!({ "name": "Cursors, edited" }))?;
    }
    let page = |claim: &ClaimDriver<'_>, user: &str, path: &str| claim.call(user, "GET", path, &[], None);
    for sort in ["updated", "due"] {
        let list = format!("/v1/claims?limit=1&sort={sort}");
        let next = |user: &str| -> Result<String, Failed> {
            let first = page(&ours, user, &list)?.json();
            Ok(first["next"].as_str().unwrap_or_default().to_owned())
        };
        let (cursor, own) = (next("nadia")?, next("fiona")?);
        if sort == "due" && cursor.is_empty() {
            continue;
        }
        let foreign = page(&ours, "fiona", &format!("{list}&cursor={cursor}"))?;
        is_bad_cursor(&foreign)?;
        // A place of ours under the list that a cursor of theirs names, and the other way round.
        let (mut forged, real) = (decoded(&cursor), decoded(&own));
        holds(forged != real && !forged["list"].is_null(), "a cursor names its list")?;
        forged["list"] = real["list"].clone();
        let seen = page(&ours, "fiona", &format!("{list}&cursor={}", encoded(&forged)))?;
        sees_only(&seen, "fabrikam-services")?;
        let mut forged = decoded(&own);
        forged["list"] = decoded(&cursor)["list"].clone();
        is_bad_cursor(&page(&ours, "fiona", &format!("{list}&cursor={}", encoded(&forged)))?)?;
        // Reviewers' lists are no lists of partners.
        is_bad_cursor(&page(&ours, "rita", &format!("/v1/review/queue?cursor={cursor}"))?)?;
    }
    let history = page(&ours, "nadia", &ours.path("/history?limit=1"))?.json();
    let cursor = history["next"].as_str().unwrap_or_default().to_owned();
    holds(!cursor.is_empty(), "the history has a second page")?;
    status(
        &page(&ours, "fiona", &ours.path(&format!("/history?cursor={cursor}")))?,
        404,
        "a foreign history",
    )?;
    is_bad_cursor(&page(&theirs, "fiona", &theirs.path(&format!("/history?cursor={cursor}")))?)?;
    is_bad_cursor(&page(&ours, "nadia", &ours.path(&format!("/comments?cursor={cursor}")))?)
}

fn is_bad_cursor(answer: &Response) -> Result<(), Failed> {
    status(answer, 400, "a cursor of another list")?;
    same(answer.json()["errors"][0]["parameter"].clone(), json!("cursor"), "what is wrong")
}

fn sees_only(answer: &Response, organisation: &str) -> Result<(), Failed> {
    status(answer, 200, "the caller's own list")?;
    let rows = answer.json()["items"].as_array().cloned().unwrap_or_default();
    let partners = rows.iter().map(|row| row["partnerId"].clone());
    holds(
        partners.clone().all(|partner| partner == organisation),
        &format!("{:?}", partners.collect::<Vec<_>>()),
    )
}

/// What stands in a cursor, as whoever forges one would read it.
fn decoded(cursor: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).unwrap_or_default()).unwrap_or_default()
}

/// A cursor made by hand.
fn encoded(place: &Value) -> String {
    URL_SAFE_NO_PAD.encode(place.to_string())
}

/// A key is its person's alone: under it nobody else gets an answer of theirs, nor is kept from making their own.
pub(super) fn keys(environment: &Environment) -> Result<(), Failed> {
    let mut claim = claim_of(environment, 242, "nadia");
    let key = [("idempotency-key", "one-key-for-all")];
    let create = |user: &str, body: &Value| claim.call(user, "POST", "/v1/claims", &key, Some(body));
    let mut ids = Vec::new();
    // The very same body where the organisation allows it; fiona's has its own MPN id.
    let shared = draft_of("nadia", "Keyed");
    for (user, body) in [("nadia", &shared), ("nora", &shared), ("fiona", &draft_of("fiona", "Keyed"))] {
        let made = create(user, body)?;
        status(&made, 201, user)?;
        ids.push(made.json()["id"].as_str().unwrap_or_default().to_owned());
    }
    ids.dedup();
    same(ids.len(), 3, "each has a claim of their own")?;
    claim.id.clone_from(&ids[0]);
    let comment = json!({ "text": "Under one key." });
    let write = |user: &str| claim.call(user, "POST", &claim.path("/comments"), &key, Some(&comment));
    let first = write("nadia")?;
    status(&first, 201, "the first")?;
    status(&write("fiona")?, 404, "another organisation, under the same key")?;
    same(write("nadia")?.json()["id"].clone(), first.json()["id"].clone(), "the first one's answer again")?;
    holds(write("nora")?.json()["id"] != first.json()["id"], "a colleague's key is another key")
}

/// A document's id opens it on its own claim only, for its own organisation only.
pub(super) fn documents(environment: &Environment) -> Result<(), Failed> {
    let (mut ours, mut other, mut theirs) = (
        claim_of(environment, 243, "nadia"),
        claim_of(environment, 244, "nadia"),
        claim_of(environment, 245, "fiona"),
    );
    ours.create(&draft_of("nadia", "Documents"))?;
    other.create(&draft_of("nadia", "Other documents"))?;
    theirs.create(&draft_of("fiona", "Foreign documents"))?;
    let bytes = e2e::pdf("A secret");
    let done = ours.upload_bytes("secret.pdf", "application/pdf", &bytes)?;
    let asked = ours.announce("pending.pdf", "application/pdf", &bytes)?;
    ours.put(&asked, &bytes)?;
    let pending = asked["evidence"]["id"].as_str().unwrap_or_default().to_owned();
    let before = SystemState::at_rest(environment)?;
    for (claim, user) in [(&ours, "fiona"), (&theirs, "fiona"), (&other, "nadia")] {
        for id in [&done, &pending] {
            let read = claim.call(user, "GET", &claim.path(&format!("/evidence/{id}")), &[], None)?;
            status(&read, 404, "a document of another claim")?;
            same(read.json()["type"].clone(), json!("/v1/problems/not-found"), "the problem")?;
            let complete =
                claim.call(user, "POST", &claim.path(&format!("/evidence/{id}/complete")), &[], None)?;
            holds(
                complete.status == 404,
                &format!("completed elsewhere: {} {}", complete.status, complete.text()),
            )?;
        }
    }
    // An address is good for its own file: another path under the same signature is refused.
    let way = ours.call("nadia", "GET", &ours.path(&format!("/evidence/{done}")), &[], None)?;
    let address = way.header("location").unwrap_or_default().to_owned();
    status(&environment.stack.send("GET", &address, &[], None)?, 200, "the document")?;
    let bent = environment.stack.send("GET", &address.replace(&done, &pending), &[], None)?;
    holds(bent.status >= 400, "a signed address bent to another document")?;
    match SystemState::at_rest(environment)?.differs_from(&before) {
        Some(difference) => Err(Failed::new(difference)),
        None => Ok(()),
    }
}

/// A link is about one approval, whoever opens it; denying that one leaves every other alone.
pub(super) fn links(environment: &Environment) -> Result<(), Failed> {
    let (mut ours, mut theirs) = (claim_of(environment, 246, "nadia"), claim_of(environment, 247, "fiona"));
    approved(&mut ours, "Our link")?;
    let (link, known) = (ours.consent_path()?, "/v1/consent/".len());
    theirs.create(&draft_of("fiona", "Their link"))?;
    theirs.upload("proof.pdf")?;
    theirs.act("fiona", "submits", "/submit", &json!({}))?;
    theirs.act("rita", "starts", "/review/start", &json!({}))?;
    theirs.act("rita", "approves", "/review/approve", &json!({}))?;
    theirs.is_notified()?;
    let open = |user: Option<&str>| {
        environment.stack.request("GET", &link, user, &[("accept", "application/json")], None)
    };
    let seen = open(None)?;
    status(&seen, 200, "the page")?;
    for user in ["fiona", "rita", "otto"] {
        same(open(Some(user))?.body, seen.body.clone(), "a token makes no difference on a link")?;
    }
    // A link is no key to the interface: neither as a bearer token nor as an id.
    let token = &link[known..];
    let bearer = format!("Bearer {token}");
    let answer = environment.stack.send("GET", &ours.path(""), &[("authorization", &bearer)], None)?;
    status(&answer, 401, "a link's token as a bearer token")?;
    status(&ours.call("fiona", "GET", &format!("/v1/claims/{token}"), &[], None)?, 404, "as an id")?;
    let before = theirs.look("fiona")?;
    let confirmed = json!({ "confirm": true });
    let deny = environment.stack.request(
        "POST",
        &format!("{link}/deny"),
        Some("fiona"),
        &[("accept", "application/json")],
        Some(&confirmed),
    )?;
    status(&deny, 200, "the denial")?;
    same(ours.look("nadia")?["rejection"]["reason"].clone(), json!("customerDecline"), "our claim")?;
    same(theirs.look("fiona")?, before, "their claim")
}

/// Every token that is unknown gets the same answer, to the byte: malformed, unknown, one letter off, or the hash that
/// the table holds.
pub(super) fn unknown_links(environment: &Environment) -> Result<(), Failed> {
    let mut claim = claim_of(environment, 248, "nadia");
    approved(&mut claim, "Unknown links")?;
    let link = claim.consent_path()?;
    let token = link["/v1/consent/".len()..].to_owned();
    let flip = |at: usize| {
        let mut letters: Vec<char> = token.chars().collect();
        letters[at] = if letters[at] == '0' { '1' } else { '0' };
        letters.into_iter().collect::<String>()
    };
    let hash: String = Sha256::digest(&token).iter().map(|byte| format!("{byte:02x}")).collect();
    let tokens = [
        flip(0),
        flip(token.len() / 2),
        flip(token.len() - 1),
        "A".repeat(43),
        token[..42].to_owned(),
        format!("{token}A"),
        hash.clone(),
        hash[..43].to_owned(),
        "x".to_owned(),
        "%00".to_owned(),
        "%F0%9F%92%A5".to_owned(),
        "%2E%2E".to_owned(),
        token.repeat(2),
        "a".repeat(4000),
    ];
    let before = SystemState::at_rest(environment)?;
    for accept in ["application/json", "text/html", "*/*", "image/png"] {
        for (method, rest) in [("GET", ""), ("POST", "/deny")] {
            let mut answers = BTreeMap::new();
            for token in &tokens {
                let path = format!("/v1/consent/{token}{rest}");
                let answer = environment.stack.send(method, &path, &[("accept", accept)], None)?;
                status(&answer, 404, &path)?;
                // What names the request itself, and nothing else, may differ.
                let mut headers = answer.headers.clone();
                headers
                    .retain(|name, _| name != "date" && !name.contains("request") && !name.contains("amz"));
                answers.entry((headers, answer.text())).or_insert_with(Vec::new).push(token);
            }
            let what = format!("{method} {accept}: different answers to unknown tokens: {answers:#?}");
            same(answers.len(), 1, &what)?;
        }
    }
    if let Some(difference) = SystemState::at_rest(environment)?.differs_from(&before) {
        return Err(Failed::new(difference));
    }
    status(&environment.stack.send("GET", &link, &[], None)?, 200, "the link itself")
}

/// A reviewer sees nothing of a draft, by whatever way (R2).
pub(super) fn drafts(environment: &Environment) -> Result<(), Failed> {
    let (mut hidden, mut shown) = (claim_of(environment, 249, "nadia"), claim_of(environment, 250, "nadia"));
    hidden.create(&draft_of("nadia", "Hidden draft"))?;
    submitted(&mut shown, "Shown")?;
    for path in [hidden.path(""), hidden.path("/history"), hidden.path("/comments")] {
        status(&hidden.call("rita", "GET", &path, &[], None)?, 404, &path)?;
    }
    let queue = hidden.call("rita", "GET", "/v1/review/queue?limit=100&sort=updated", &[], None)?;
    holds(!queue.text().contains(&hidden.id), "the queue does not show it")?;
    holds(queue.text().contains(&shown.id), "the queue shows what was submitted")
}
