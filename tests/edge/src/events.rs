//! No event of another kind makes its function panic: timers, records of the stream, sign-ins.

use claim_domain::claim::Status;
use claim_domain::command::TimerFired;
use deadline::Fired;
use dispatch::stream::{BatchResponse, StreamEvent};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::noise;
use crate::stage::Stage;

/// A firing that is right in its form; what it says may be of any claim, clock and time.
fn firing(claim: &str) -> Value {
    json!({ "claimId": claim, "clock": "reviewStart", "generation": 3, "dueAt": "2026-03-01T00:00:00Z" })
}

/// A record of the stream, of an event.
fn record(claim: &str) -> Value {
    json!({
        "eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb", "awsRegion": "eu-central-1",
        "dynamodb": {
            "Keys": { "pk": { "S": format!("CLAIM#{claim}") }, "sk": { "S": "EVENT#0000000003" } },
            "NewImage": { "outbox": { "S": "new" } }, "SequenceNumber": "111", "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    })
}

/// What a sign-in asks of the function token.
fn sign_in() -> Value {
    json!({
        "version": "2", "triggerSource": "TokenGeneration_Authentication", "userName": "ana",
        "request": {
            "userAttributes": { "sub": "1", "custom:partner_id": "contoso", "custom:mpn_ids": "1,2", "name": "Ana" },
            "groupConfiguration": { "groupsToOverride": ["incentives-admin"] },
        },
        "response": { "claimsAndScopeOverrideDetails": null },
    })
}

thread_local! {
    static STAGE: Stage = Stage::new();
}

fn fresh() -> Stage {
    STAGE.with(Stage::copy)
}

#[test]
fn i4_a_timer_of_another_clock_generation_or_claim_changes_nothing() {
    let stage = fresh();
    let before = stage.table().items().len();
    for status in stage.statuses() {
        let fired: TimerFired = serde_json::from_value(firing(stage.claim(status))).unwrap();
        let outcome = stage.wait(deadline::handle(&stage.desk(), &fired)).unwrap();
        assert_eq!(outcome, Fired::Stale, "{status:?}");
    }
    assert_eq!(stage.table().items().len(), before);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn i4_no_timers_payload_makes_deadline_panic(
        event in prop_oneof![
            4 => noise::spoilt(firing(fresh().claim(Status::Submitted))), 1 => noise::json_value()
        ],
        generation in prop_oneof![0..6_u64, any::<u64>()],
    ) {
        let stage = fresh();
        let mut event = event;
        if let Some(place) = event.pointer_mut("/generation") {
            *place = json!(generation);
        }
        // What is no firing is an error of the runtime, and comes again; what is one is handled, whatever it says.
        let Ok(fired) = serde_json::from_value::<TimerFired>(event.clone()) else { return Ok(()) };
        prop_assert_eq!(serde_json::to_value(&fired).unwrap().as_object().map(serde_json::Map::len), event.as_object().map(serde_json::Map::len));
        let _ = stage.wait(deadline::handle(&stage.desk(), &fired));
    }

    #[test]
    fn i5_no_record_of_the_stream_makes_dispatch_panic(
        records in proptest::collection::vec(noise::spoilt(record(fresh().claim(Status::Submitted))), 0..4),
        whole in proptest::option::weighted(0.1, noise::json_value()),
    ) {
        let stage = fresh();
        let batch = whole.unwrap_or_else(|| json!({ "Records": records }));
        let Ok(batch) = serde_json::from_value::<StreamEvent>(batch) else { return Ok(()) };
        let numbers: Vec<String> = batch.records.iter().map(|record| record.dynamodb.sequence_number.clone()).collect();
        let answer: BatchResponse = stage.wait(stage.dispatch().handle(batch));
        // Only records of the batch are reported: another identifier would make the mapping repeat all of it.
        let reported = answer.batch_item_failures.iter().map(|failed| &failed.item_identifier);
        prop_assert!(reported.clone().all(|id| numbers.contains(id)), "{:?}", answer);
    }

    #[test]
    fn i7_a_sign_in_adds_what_the_administrator_wrote_and_nothing_else(event in noise::spoilt(sign_in())) {
        let answer = token::handle(event.clone());
        let path = "/response/claimsAndScopeOverrideDetails/accessTokenGeneration/claimsToAddOrOverride";
        let of_user = |name: &str| event.pointer("/request/userAttributes").and_then(|known| known.get(name)).cloned();
        for (claim, value) in answer.pointer(path).and_then(Value::as_object).into_iter().flatten() {
            let attribute = match claim.as_str() {
                "partner_id" | "mpn_ids" => format!("custom:{claim}"),
                other => other.to_owned(),
            };
            if answer != event {
                prop_assert_eq!(of_user(&attribute), Some(value.clone()), "{}", claim);
            }
        }
        let (mut rest, mut before) = (answer, event);
        for value in [&mut rest, &mut before] {
            if let Some(map) = value.as_object_mut() {
                map.remove("response");
            }
        }
        prop_assert_eq!(rest, before, "the rest of the event is passed on as it came");
    }

    #[test]
    fn no_event_at_all_makes_token_panic(event in noise::json_value()) {
        let _ = token::handle(event);
    }
}

/// The stage is one on which things really happen.
#[test]
fn i5_an_event_of_the_stream_is_settled() {
    let stage = fresh();
    let batch =
        serde_json::from_value(json!({ "Records": [record(stage.claim(Status::Submitted))] })).unwrap();
    assert_eq!(stage.wait(stage.dispatch().handle(batch)).batch_item_failures, []);
}
