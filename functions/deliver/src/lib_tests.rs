use claim_command::Host;
use claim_domain::webhook::{OVERLAP, Secret, WebhookUrl};

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
        created_at: "2026-03-02T09:00:00Z".parse().unwrap(),
        gone_at: None,
        failing_since: None,
        parked_from: None,
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
    let mut webhook = webhook();
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
    webhook.rotate(Secret(SECOND.to_owned()), now - OVERLAP);
    assert!(!verify(FIRST, &signed(&webhook, &delivery(), now).unwrap()));
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
    assert!((23..=25).contains(&waited.num_hours()), "{waited}");
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
fn a_message_says_which_attempt_it_is() {
    let record = |attributes: serde_json::Value| -> Record {
        let message =
            json!({ "messageId": "1", "receiptHandle": "2", "body": "{}", "attributes": attributes });
        serde_json::from_value(message).unwrap()
    };
    assert_eq!(record(json!({ "ApproximateReceiveCount": "3", "SenderId": "x" })).attempt(), 3);
    assert_eq!(record(json!({})).attempt(), 1);
}
