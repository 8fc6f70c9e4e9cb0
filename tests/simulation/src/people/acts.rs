//! How somebody does what they do: one request, or several one after another.

use std::fmt::Write;

use claim_domain::claim::{Claim, ConsentState};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::asked::{Asked, Who};
use super::choose::{Act, Deed};
use super::{Person, bodies};
use crate::engine::Sim;
use crate::services::scanner;

/// Does it.
pub(crate) async fn perform(sim: &Sim, act: Act, person: &mut Person) {
    match act.deed {
        Deed::Create => create(sim, act.who, person).await,
        Deed::AddEvidence => add_evidence(sim, &act, person).await,
        _ => {
            let asked = simple(sim, &act, person);
            if let Some(asked) = asked {
                person.insist(sim, asked).await;
            }
        }
    }
}

async fn create(sim: &Sim, who: Who, person: &mut Person) {
    let Who::Partner(organisation, _) = who else { return };
    let number = person.number();
    let body = bodies::draft(&sim.state().cast, organisation, number, &mut person.random);
    let asked = Asked {
        what: "create",
        who,
        method: "POST",
        path: "/v1/claims".to_owned(),
        body: Some(body),
        // Who does not give a key may make a second claim when the answer is lost.
        key: key(person, number),
        if_match: None,
        claim: None,
    };
    let answer = person.insist(sim, asked).await;
    let made =
        answer.filter(|answer| answer.status == 201).and_then(|answer| answer.json().get("id").cloned());
    let Some(claim) = made.as_ref().and_then(Value::as_str).and_then(|id| id.parse().ok()) else { return };
    if person.random.u32(0..10) < 7 {
        let pause = person.random.i64(10..2_000);
        sim.sleep(pause).await;
        let act = Act { who, deed: Deed::AddEvidence, claim: Some(claim), evidence: None, link: None };
        add_evidence(sim, &act, person).await;
    }
}

/// Announces a document, uploads it, mostly, and completes it.
async fn add_evidence(sim: &Sim, act: &Act, person: &mut Person) {
    let Some(claim) = act.claim.clone() else { return };
    let content = format!("%PDF-1.7\n% {} {}\n", person.step, person.random.u32(0..1_000_000)).into_bytes();
    let body = json!({
        "fileName": format!("proof-{}.pdf", person.step),
        "mediaType": "application/pdf",
        "size": content.len(),
        "sha256": hex(&Sha256::digest(&content)),
    });
    let number = person.number();
    let asked = Asked {
        what: "announce",
        who: act.who,
        method: "POST",
        path: format!("/v1/claims/{claim}/evidence"),
        body: Some(body),
        key: key(person, number),
        if_match: None,
        claim: Some(claim.clone()),
    };
    let answer = person.insist(sim, asked).await;
    let document = answer.filter(|answer| answer.status == 201).map(|answer| answer.json());
    let document = document.as_ref().and_then(|answer| answer["evidence"]["id"].as_str());
    let Some(document) = document.map(str::to_owned) else { return };
    let pause = person.random.i64(10..3_000);
    sim.sleep(pause).await;
    // Some forget to upload, and some upload something else.
    let content = match person.random.u32(0..20) {
        0 => None,
        1 => Some(b"%PDF-1.7 another".to_vec()),
        _ => Some(content),
    };
    if let Some(content) = content {
        let (mut state, key) = (sim.state(), format!("claims/{claim}/{document}"));
        if state.objects.upload(&key, content) {
            scanner::uploaded(&mut state, &key);
        }
    }
    let number = person.number();
    let asked = Asked {
        what: "complete",
        who: act.who,
        method: "POST",
        path: format!("/v1/claims/{claim}/evidence/{document}/complete"),
        body: None,
        key: key(person, number),
        if_match: None,
        claim: Some(claim),
    };
    person.insist(sim, asked).await;
}

/// A key, mostly.
fn key(person: &mut Person, number: u64) -> Option<String> {
    (person.random.u32(0..100) < 75).then(|| format!("key-{number}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The one request that most deeds are.
fn simple(sim: &Sim, act: &Act, person: &mut Person) -> Option<Asked> {
    let state = sim.state();
    let id = act.claim.clone()?;
    let claim = &state.model.claims.get(&id)?.claim;
    let organisation = match act.who {
        Who::Partner(organisation, _) => organisation,
        _ => 0,
    };
    let number = person.number();
    let random = &mut person.random;
    let at = |rest: &str| format!("/v1/claims/{id}{rest}");
    let link = |rest: &str| act.link.as_ref().map(|token| format!("/v1/consent/{token}{rest}"));
    let (what, method, path, body) = match act.deed {
        Deed::Create | Deed::AddEvidence => return None,
        Deed::Edit => {
            let patch = bodies::patch(claim, organisation, number, random);
            ("edit", "PATCH", at(""), Some(patch))
        }
        Deed::Complete => {
            let path = at(&format!("/evidence/{}/complete", act.evidence.as_ref()?));
            ("complete", "POST", path, None)
        }
        Deed::Submit => ("submit", "POST", at("/submit"), None),
        Deed::Withdraw => {
            let body = json!({ "cause": "incorrectActivity" });
            ("withdraw", "POST", at("/withdraw"), Some(body))
        }
        Deed::Discard => ("discard", "DELETE", at(""), None),
        Deed::Dispute => ("dispute", "POST", at("/dispute"), Some(bodies::dispute(random))),
        Deed::Resend => ("resend", "POST", at("/consent/resend"), Some(resend(claim, number))),
        Deed::Comment => {
            let body = json!({ "text": format!("comment {number}") });
            ("comment", "POST", at("/comments"), Some(body))
        }
        Deed::Note => {
            let body = json!({ "text": format!("note {number}"), "internal": true });
            ("note", "POST", at("/comments"), Some(body))
        }
        Deed::Start => ("start", "POST", at("/review/start"), None),
        Deed::Release => ("release", "POST", at("/review/release"), None),
        Deed::TakeOver => ("take over", "POST", at("/review/take-over"), None),
        Deed::RequestAction => {
            let body = bodies::action_request(claim, random);
            ("request action", "POST", at("/review/request-action"), Some(body))
        }
        Deed::Approve => ("approve", "POST", at("/review/approve"), None),
        Deed::Reject => {
            let body = json!({ "reason": "insufficientPoe" });
            ("reject", "POST", at("/review/reject"), Some(body))
        }
        Deed::EndAssociation => {
            let body = bodies::association_end(claim, random);
            ("end association", "POST", at("/review/end-association"), Some(body))
        }
        Deed::Open => ("open", "GET", link("")?, None),
        Deed::Deny => ("deny", "POST", link("/deny")?, None),
        Deed::Read => ("read", "GET", at(""), None),
        Deed::History => ("history", "GET", at("/history"), None),
        Deed::List => match act.who {
            Who::Partner(..) => ("list", "GET", "/v1/claims".to_owned(), None),
            _ => ("queue", "GET", "/v1/review/queue".to_owned(), None),
        },
    };
    let decides = matches!(
        act.deed,
        Deed::Edit | Deed::RequestAction | Deed::Approve | Deed::Reject | Deed::EndAssociation
    );
    let if_match = match random.u32(0..100) {
        0..4 => Some(claim.revision.saturating_sub(1)),
        4..6 => None,
        _ if decides || random.u32(0..5) == 0 => Some(claim.revision),
        _ => None,
    };
    let reads = method == "GET";
    let keyed = method == "POST" && random.u32(0..100) < 75;
    // Some use a key twice, and some think of the same one as others.
    let of = match random.u32(0..40) {
        0 => number / 1_000,
        1 => 0,
        _ => number,
    };
    Some(Asked {
        what,
        who: if matches!(act.deed, Deed::Open | Deed::Deny) { Who::Customer } else { act.who },
        method,
        path,
        body,
        key: keyed.then(|| format!("key-{of}")),
        if_match: if_match.filter(|_| !reads),
        claim: Some(id.clone()),
    })
}

/// A new notice: with a corrected address after a bounce.
fn resend(claim: &Claim, number: u64) -> Value {
    match claim.consents.last().map(|consent| consent.state) {
        Some(ConsentState::Suspended) => json!({ "email": format!("carla{number}@customer.example") }),
        _ => json!({}),
    }
}
