use claim_command::Host;
use claim_domain::webhook::{OVERLAP, Reach, Secret, WebhookUrl};

use serde_json::{Value, json};

use super::*;

const FIRST: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const SECOND: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(crate) fn webhook() -> Webhook {
    Webhook {
        id: "01J0000000000000000000000A".parse().unwrap(),
        url: WebhookUrl::parse("https://hooks.example/", Reach::Public).unwrap(),
        description: None,
        events: Vec::new(),
        secret: Secret(FIRST.to_owned()),
        replaced: None,
        made_by: None,
        contact: None,
        told: None,
        created_at: "2026-03-02T09:00:00Z".parse().unwrap(),
        gone_at: None,
        failing_since: None,
        taken_at: None,
        parked_from: None,
        parkings: 0,
    }
}

pub(crate) fn delivery() -> Delivery {
    Delivery {
        partner: "contoso".parse().unwrap(),
        webhook: webhook().id,
        sequence: 42,
        claim: "01J0000000000000000000000C".parse().unwrap(),
        number: 3,
        kind: "approved".to_owned(),
        at: "2026-03-02T09:00:00Z".parse().unwrap(),
    }
}

fn verify(secret: &str, (headers, body): &(HeaderMap, String)) -> bool {
    standardwebhooks::Webhook::new(secret).unwrap().verify(body.as_bytes(), headers).is_ok()
}

#[test]
fn a_delivery_is_signed_as_the_specifications_own_library_verifies_it() {
    claim_domain::proves!(D24);
    let now = claim_runtime::Machine.now();
    let (mut webhook, mut earlier) = (webhook(), webhook());
    let sent = signed(&webhook, &delivery(), now).unwrap();
    assert!(verify(FIRST, &sent) && !verify(SECOND, &sent));
    assert_eq!(sent.0["webhook-id"], "01J0000000000000000000000A_42_1772442000000");
    let body: serde_json::Value = serde_json::from_str(&sent.1).unwrap();
    let data = json!({
        "sequence": 42, "claim": "01J0000000000000000000000C", "number": 3, "type": "approved",
        "at": "2026-03-02T09:00:00Z",
    });
    assert_eq!(body, json!({ "type": "approved", "timestamp": "2026-03-02T09:00:00Z", "data": data }));
    webhook.rotate(Secret(SECOND.to_owned()), now);
    let both = signed(&webhook, &delivery(), now).unwrap();
    assert!(verify(FIRST, &both) && verify(SECOND, &both));
    assert_eq!(both.0["webhook-id"], sent.0["webhook-id"], "whoever received it before recognises it");
    earlier.rotate(Secret(SECOND.to_owned()), now - OVERLAP);
    assert!(!verify(FIRST, &signed(&earlier, &delivery(), now).unwrap()), "a day later the old one is over");
}

#[test]
fn the_contract_shows_a_delivery_as_it_is_sent() {
    claim_domain::proves!(D24);
    let contract: Value = serde_json::from_str(include_str!("../../../infra/contract/openapi.json")).unwrap();
    let shown = &contract["webhooks"]["change"]["post"];
    let example = &shown["requestBody"]["content"]["application/json"]["example"];
    let data = &example["data"];
    let read = |field: &str| serde_json::from_value(data[field].clone()).unwrap();
    let headers: Vec<(&str, &str)> = shown["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|header| (header["name"].as_str().unwrap(), header["example"].as_str().unwrap()))
        .collect();
    let (webhook_id, _) = headers[0].1.split_once('_').unwrap();
    let delivery = Delivery {
        webhook: webhook_id.parse().unwrap(),
        sequence: data["sequence"].as_u64().unwrap(),
        number: data["number"].as_u64().unwrap(),
        claim: data["claim"].as_str().unwrap().parse().unwrap(),
        kind: data["type"].as_str().unwrap().to_owned(),
        at: read("at"),
        ..delivery()
    };
    let now = chrono::DateTime::from_timestamp(headers[1].1.parse().unwrap(), 0).unwrap();
    let webhook = Webhook { id: delivery.webhook.clone(), ..webhook() };
    let (sent, body) = signed(&webhook, &delivery, now).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), *example);
    let sent: Vec<_> = ["webhook-id", "webhook-timestamp", "webhook-signature"]
        .map(|name| (name, sent[name].to_str().unwrap()))
        .into();
    assert_eq!(sent, headers, "infra/contract/src/webhooks.rs shows other headers");
    assert!(shown["description"].as_str().unwrap().contains(FIRST), "whose signature it is");
}

#[test]
fn what_is_not_taken_is_tried_for_about_a_day_and_then_parked() {
    claim_domain::proves!(D24);
    let failed = || Err("the server could not be reached".to_owned());
    let mut waited = TimeDelta::zero();
    for attempt in 1..=7 {
        let sent = sent(failed(), attempt);
        assert_eq!(sent.outcome, AttemptOutcome::Failed);
        let pause = sent.pause.unwrap();
        assert!(pause <= TimeDelta::hours(12), "SQS keeps no message waiting for longer");
        waited += pause;
    }
    let expected = TimeDelta::hours(23) + TimeDelta::minutes(35) + TimeDelta::seconds(5);
    assert_eq!(waited, expected, "a change of Monday at 9:00 is parked on Tuesday at 8:35, as D24 says");
    for attempt in [8, 9, u32::MAX] {
        let sent = sent(failed(), attempt);
        assert_eq!((sent.outcome, sent.pause), (AttemptOutcome::Parked, None));
    }
}

#[test]
fn a_status_says_whether_a_change_was_taken() {
    claim_domain::proves!(D24);
    let outcome = |status: u16| sent(Ok(StatusCode::from_u16(status).unwrap()), 1).outcome;
    for status in [200, 201, 202, 204] {
        assert_eq!(outcome(status), AttemptOutcome::Taken, "{status}");
    }
    for status in [101, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503] {
        assert_eq!(outcome(status), AttemptOutcome::Failed, "{status}");
    }
    let gone = sent(Ok(StatusCode::GONE), 1);
    assert_eq!((gone.outcome, gone.pause), (AttemptOutcome::Gone, None));
}

#[test]
fn a_message_says_whether_it_comes_for_the_first_time() {
    let record = |attributes: serde_json::Value| -> Record {
        let message =
            json!({ "messageId": "1", "receiptHandle": "2", "body": "{}", "attributes": attributes });
        serde_json::from_value(message).unwrap()
    };
    assert!(record(json!({ "ApproximateReceiveCount": "1" })).is_first() && record(json!({})).is_first());
    assert!(!record(json!({ "ApproximateReceiveCount": "3", "SenderId": "x" })).is_first());
}
