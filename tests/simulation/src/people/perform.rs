//! How a person carries out an action: with one request, or with several, one after another.

use std::fmt::Write;

use claim_domain::claim::{Claim, ConsentState};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::choose::{ActionKind, UserAction};
use super::request::{Person, SentRequest};
use super::{Client, bodies, pages};
use crate::engine::Simulation;
use crate::services::scanner;
use crate::setup::ORGANISATIONS;

/// How long an address can be uploaded to, in milliseconds.
const UPLOAD_WITHIN: i64 = 15 * 60_000;

/// Sends the requests of an action.
pub(crate) async fn perform(simulation: &Simulation, action: UserAction, client: &mut Client) {
    match action.kind {
        ActionKind::Create => create(simulation, action.person, client).await,
        ActionKind::AddEvidence => add_evidence(simulation, &action, client).await,
        _ => {
            let request = single_request(simulation, &action, client);
            if let Some(request) = request {
                match pages::visit(&request).filter(|_| client.acts_on_pages()) {
                    Some(visit) => pages::act(simulation, request, visit, client).await,
                    None => drop(client.send_with_retries(simulation, request).await),
                }
            }
        }
    }
}

async fn create(simulation: &Simulation, person: Person, client: &mut Client) {
    let Person::Partner(organisation, _) = person else { return };
    let number = client.next_number();
    let body = {
        let state = simulation.state();
        let today = state.setup.calendar.day_of(state.agenda.now());
        bodies::draft(&state.setup, organisation, number, today, &mut client.random)
    };
    let request = SentRequest {
        name: "create",
        person,
        method: "POST",
        path: "/v1/claims".to_owned(),
        body: Some(body),
        // Without a key, a second claim may be created when the response is lost.
        key: key(client, number),
        if_match: None,
        claim: None,
        browser: None,
    };
    let response = client.send_with_retries(simulation, request).await;
    let id = response
        .filter(|response| response.status == 201)
        .and_then(|response| response.json().get("id").cloned());
    let Some(claim) = id.as_ref().and_then(Value::as_str).and_then(|id| id.parse().ok()) else { return };
    if client.random.u32(0..10) < 7 {
        let pause = client.random.i64(10..2_000);
        simulation.sleep(pause).await;
        let action = UserAction {
            person,
            kind: ActionKind::AddEvidence,
            claim: Some(claim),
            evidence: None,
            link: None,
        };
        add_evidence(simulation, &action, client).await;
    }
}

/// Announces a document, uploads it in most cases, and completes it.
async fn add_evidence(simulation: &Simulation, action: &UserAction, client: &mut Client) {
    let Some(claim) = action.claim.clone() else { return };
    let content = format!("%PDF-1.7\n% {} {}\n", client.step, client.random.u32(0..1_000_000)).into_bytes();
    let body = json!({
        "fileName": format!("proof-{}.pdf", client.step),
        "mediaType": "application/pdf",
        "size": content.len(),
        "sha256": hex(&Sha256::digest(&content)),
    });
    let number = client.next_number();
    let request = SentRequest {
        name: "announce",
        person: action.person,
        method: "POST",
        path: format!("/v1/claims/{claim}/evidence"),
        body: Some(body),
        key: key(client, number),
        if_match: None,
        claim: Some(claim.clone()),
        browser: None,
    };
    let response = client.send_with_retries(simulation, request).await;
    let document = response.filter(|response| response.status == 201).map(|response| response.json());
    let document = document.as_ref().and_then(|body| body["evidence"]["id"].as_str());
    let Some(document) = document.map(str::to_owned) else { return };
    // Some take almost as long as the address is good.
    let pause = match client.random.u32(0..12) {
        0 => client.random.i64(3_000..UPLOAD_WITHIN),
        _ => client.random.i64(10..3_000),
    };
    simulation.sleep(pause).await;
    // Some forget to upload, and some upload something else.
    let content = match client.random.u32(0..20) {
        0 => None,
        1 => Some(b"%PDF-1.7 another".to_vec()),
        _ => Some(content),
    };
    if let Some(content) = content {
        let (mut state, key) = (simulation.state(), format!("claims/{claim}/{document}"));
        if state.objects.upload(&key, content) {
            scanner::scan(&mut state, &key);
        }
    }
    // Some leave the rest for later.
    if client.random.u32(0..6) == 0 {
        return;
    }
    let number = client.next_number();
    let request = SentRequest {
        name: "complete",
        person: action.person,
        method: "POST",
        path: format!("/v1/claims/{claim}/evidence/{document}/complete"),
        body: None,
        key: key(client, number),
        if_match: None,
        claim: Some(claim),
        browser: None,
    };
    client.send_with_retries(simulation, request).await;
}

/// An Idempotency-Key, in most cases.
fn key(client: &mut Client, number: u64) -> Option<String> {
    (client.random.u32(0..100) < 75).then(|| format!("key-{number}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The request of an action that consists of a single request.
fn single_request(simulation: &Simulation, action: &UserAction, client: &mut Client) -> Option<SentRequest> {
    let state = simulation.state();
    let id = action.claim.clone()?;
    let claim = &state.model.claims.get(&id)?.claim;
    let organisation = match action.person {
        Person::Partner(organisation, _) => organisation,
        _ => 0,
    };
    let number = client.next_number();
    let random = &mut client.random;
    let at = |rest: &str| format!("/v1/claims/{id}{rest}");
    let link = |rest: &str| action.link.as_ref().map(|token| format!("/v1/consent/{token}{rest}"));
    let (name, method, path, body) = match action.kind {
        ActionKind::Create | ActionKind::AddEvidence => return None,
        ActionKind::Edit => {
            let today = state.setup.calendar.day_of(state.agenda.now());
            let patch = bodies::patch(claim, organisation, number, today, random);
            ("edit", "PATCH", at(""), Some(patch))
        }
        ActionKind::Complete => {
            let path = at(&format!("/evidence/{}/complete", action.evidence.as_ref()?));
            ("complete", "POST", path, None)
        }
        ActionKind::Submit => ("submit", "POST", at("/submit"), None),
        ActionKind::Withdraw => {
            let body = json!({ "cause": "incorrectActivity" });
            ("withdraw", "POST", at("/withdraw"), Some(body))
        }
        ActionKind::Discard => ("discard", "DELETE", at(""), None),
        ActionKind::Dispute => ("dispute", "POST", at("/dispute"), Some(bodies::dispute(random))),
        ActionKind::Resend => ("resend", "POST", at("/consent/resend"), Some(resend(claim, number))),
        ActionKind::Comment => {
            // Everybody writes the same, so that a key that somebody else has used comes with the same body.
            let body = json!({ "text": "is there any news?" });
            ("comment", "POST", at("/comments"), Some(body))
        }
        ActionKind::Note => {
            let body = json!({ "text": format!("note {number}"), "internal": true });
            ("note", "POST", at("/comments"), Some(body))
        }
        ActionKind::Start => ("start", "POST", at("/review/start"), None),
        ActionKind::Release => ("release", "POST", at("/review/release"), None),
        ActionKind::TakeOver => ("take over", "POST", at("/review/take-over"), None),
        ActionKind::RequestAction => {
            let body = bodies::action_request(claim, random);
            ("request action", "POST", at("/review/request-action"), Some(body))
        }
        ActionKind::Approve => ("approve", "POST", at("/review/approve"), bodies::approval(claim, number)),
        ActionKind::Reject => {
            let body = json!({ "reason": "insufficientPoe" });
            ("reject", "POST", at("/review/reject"), Some(body))
        }
        ActionKind::EndAssociation => {
            let body = bodies::association_end(claim, random);
            ("end association", "POST", at("/review/end-association"), Some(body))
        }
        ActionKind::Open => ("open", "GET", link("")?, None),
        ActionKind::Deny => ("deny", "POST", link("/deny")?, Some(bodies::denial(number))),
        ActionKind::Read => ("read", "GET", at(""), None),
        ActionKind::History => ("history", "GET", at("/history"), None),
        ActionKind::List => match action.person {
            Person::Partner(organisation, _) if random.bool() => {
                let known = state.model.changes.get(ORGANISATIONS[organisation]).map_or(0, Vec::len);
                let after = if random.bool() { 0 } else { random.usize(0..=known) };
                let limit = [1, 5, 100][random.usize(0..3)];
                ("changes", "GET", format!("/v1/changes?after={after}&limit={limit}"), None)
            }
            Person::Partner(..) => ("list", "GET", "/v1/claims".to_owned(), None),
            _ => ("queue", "GET", "/v1/review/queue".to_owned(), None),
        },
    };
    let decides = matches!(
        action.kind,
        ActionKind::Edit
            | ActionKind::RequestAction
            | ActionKind::Approve
            | ActionKind::Reject
            | ActionKind::EndAssociation
    );
    let if_match = match random.u32(0..100) {
        0..4 => Some(claim.revision.saturating_sub(1)),
        4..6 => None,
        _ if decides || random.u32(0..5) == 0 => Some(claim.revision),
        _ => None,
    };
    let reads = method == "GET";
    let keyed = method == "POST" && random.u32(0..100) < 75;
    // Some use a key twice, and some use a key that others use as well.
    let key_number = match random.u32(0..40) {
        0 => number / 1_000,
        1..6 => 0,
        _ => number,
    };
    Some(SentRequest {
        name,
        person: if matches!(action.kind, ActionKind::Open | ActionKind::Deny) {
            Person::Customer
        } else {
            action.person
        },
        method,
        path,
        body,
        key: keyed.then(|| format!("key-{key_number}")),
        if_match: if_match.filter(|_| !reads),
        claim: Some(id.clone()),
        browser: None,
    })
}

/// The body of a request for a new notice, with a corrected address after a bounce.
fn resend(claim: &Claim, number: u64) -> Value {
    match claim.consents.last().map(|consent| consent.state) {
        Some(ConsentState::Suspended) => {
            // Of a contact who was confirmed with a public provider, mostly to another mailbox there.
            let is_public = claim.details.contact_outside_domain && !number.is_multiple_of(4);
            let host = if is_public { "gmail.com" } else { bodies::host(number) };
            json!({ "email": format!("carla{number}@{host}") })
        }
        _ => json!({}),
    }
}
