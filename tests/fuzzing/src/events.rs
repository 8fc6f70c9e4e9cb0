//! No event that is not a request makes its function panic: timers, records of the stream, emails, scans, sign-ins.

use claim_domain::claim::{ConsentState, Status, Verdict};
use claim_domain::ids::EffectPlace;
use claim_domain::timer::TimerFired;
use deadline::Fired;
use dispatch::stream::{BatchResponse, StreamEvent};
use feedback::{Heard, MailEvent};
use proptest::prelude::*;
use serde_json::{Value, json};
use token::Tokens;
use verdict::{ScanEvent, Scanned};

use crate::fixture::Fixture;
use crate::noise;

/// A timer's payload in the right form; it may name any claim, clock and time.
pub(crate) fn timer(claim: &str) -> Value {
    json!({ "claimId": claim, "clock": "reviewStart", "generation": 3, "dueAt": "2026-03-01T00:00:00Z" })
}

/// A record of the stream about an event.
pub(crate) fn record(claim: &str) -> Value {
    json!({
        "eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb", "awsRegion": "eu-central-1",
        "dynamodb": {
            "Keys": { "pk": { "S": format!("CLAIM#{claim}") }, "sk": { "S": "EVENT#0000000003" } },
            "NewImage": { "outbox": { "S": "new" } }, "SequenceNumber": "111", "StreamViewType": "NEW_IMAGE",
        },
    })
}

/// A notice that bounced.
pub(crate) fn bounced(claim: &str, effect: &str) -> Value {
    json!({
        "source": "aws.ses", "detail-type": "Email Bounced", "detail": {
            "eventType": "Bounce",
            "bounce": { "bounceType": "Permanent", "bounceSubType": "General" },
            "mail": { "tags": { "claim": [claim], "effect": [effect], "ses:configuration-set": ["claims"] } },
        },
    })
}

/// A document in which a threat was found.
pub(crate) fn infected(claim: &str, document: &str) -> Value {
    json!({
        "source": "aws.guardduty", "detail-type": "GuardDuty Malware Protection Object Scan Result", "detail": {
            "scanStatus": "COMPLETED",
            "s3ObjectDetails": { "bucketName": "evidence", "objectKey": format!("claims/{claim}/{document}") },
            "scanResultDetails": { "scanResultStatus": "THREATS_FOUND", "threats": [{ "name": "EICAR-Test-File" }] },
        },
    })
}

/// The event of a sign-in, for the function token.
pub(crate) fn sign_in() -> Value {
    json!({
        "version": "3", "triggerSource": "TokenGeneration_Authentication", "userName": "ana",
        "request": {
            "userAttributes": { "sub": "1", "custom:partner_id": "contoso", "custom:mpn_ids": "1,2", "name": "Ana" },
            "groupConfiguration": { "groupsToOverride": ["incentives-admin"] },
        },
        "response": { "claimsAndScopeOverrideDetails": null },
    })
}

/// A program's sign-in, which nobody has registered.
fn program_sign_in() -> Value {
    json!({
        "version": "3", "triggerSource": token::BY_CLIENT_CREDENTIALS, "userName": "ClientCredentials",
        "callerContext": { "clientId": "3n4b5urk1ft4fl3mg5e62d9ado" },
        "request": { "userAttributes": {}, "scopes": ["claims/act"] },
        "response": { "claimsAndScopeOverrideDetails": null },
    })
}

/// What the function token answers.
fn of_tokens(event: Value) -> Value {
    let fixture = fresh();
    fixture.wait(Tokens::over(fixture.commands().store).handle(event)).unwrap()
}

thread_local! {
    static FIXTURE: Fixture = Fixture::new();
}

pub(crate) fn fresh() -> Fixture {
    FIXTURE.with(Fixture::copy)
}

#[test]
fn a_timer_of_another_clock_generation_or_claim_changes_nothing() {
    claim_domain::proves!(I4);
    let fixture = fresh();
    let before = fixture.items().len();
    for status in fixture.statuses() {
        let fired: TimerFired = serde_json::from_value(timer(fixture.claim(status))).unwrap();
        let outcome = fixture.wait(deadline::handle(&fixture.commands(), &fired)).unwrap();
        assert_eq!(outcome, Fired::Stale, "{status:?}");
    }
    assert_eq!(fixture.items().len(), before);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_timer_payload_makes_deadline_panic(
        event in prop_oneof![
            4 => noise::corrupted(timer(fresh().claim(Status::Submitted))), 1 => noise::json_value()
        ],
        generation in prop_oneof![0..6_u64, any::<u64>()],
        due in proptest::sample::select(noise::INSTANTS),
    ) {
        claim_domain::proves!(I4);
        let fixture = fresh();
        let mut event = event;
        if let Some(place) = event.pointer_mut("/generation") {
            *place = json!(generation);
        }
        if let Some(place) = event.pointer_mut("/dueAt") {
            *place = json!(due);
        }
        // What is not a timer's payload is an error of the runtime, and comes again. Any payload is handled.
        let Ok(fired) = serde_json::from_value::<TimerFired>(event.clone()) else { return Ok(()) };
        // A newer release may have added a field, but none of a timer's is made up.
        let read = serde_json::to_value(&fired).unwrap();
        let made_up = read.as_object().unwrap().keys().find(|name| event.get(name.as_str()).is_none());
        prop_assert_eq!(made_up, None);
        let _ = fixture.wait(deadline::handle(&fixture.commands(), &fired));
    }

    #[test]
    fn no_record_of_the_stream_makes_dispatch_panic(
        records in proptest::collection::vec(noise::corrupted(record(fresh().claim(Status::Submitted))), 0..4),
        whole in proptest::option::weighted(0.1, noise::json_value()),
    ) {
        claim_domain::proves!(I5);
        let fixture = fresh();
        let batch = whole.unwrap_or_else(|| json!({ "Records": records }));
        let Ok(batch) = serde_json::from_value::<StreamEvent>(batch) else { return Ok(()) };
        let numbers: Vec<String> = batch.records.iter().map(|record| record.dynamodb.sequence_number.clone()).collect();
        let answer: BatchResponse = fixture.wait(fixture.functions().dispatch.handle(batch));
        // Only records of the batch may be reported: any other identifier would make the mapping repeat the whole batch.
        let reported = answer.batch_item_failures.iter().map(|failed| &failed.item_identifier);
        prop_assert!(reported.clone().all(|id| numbers.contains(id)), "{:?}", answer);
    }

    #[test]
    fn no_email_event_makes_feedback_panic_or_changes_an_unrelated_claim(
        event in prop_oneof![
            4 => noise::corrupted(bounced(fresh().claim(Status::Submitted), "3-0")), 1 => noise::json_value()
        ],
        effect in prop_oneof!["[0-9]{1,20}-[0-9]{1,20}", "\\PC{0,12}"],
    ) {
        claim_domain::proves!(D16);
        let fixture = fresh();
        let before = fixture.items().len();
        let mut event = event;
        if let Some(place) = event.pointer_mut("/detail/mail/tags/effect/0") {
            *place = json!(effect);
        }
        let Ok(event) = serde_json::from_value::<MailEvent>(event) else { return Ok(()) };
        let heard = fixture.wait(feedback::handle(&fixture.commands(), &event)).unwrap();
        prop_assert!(heard != Heard::Recorded, "a claim that was never approved has no notice");
        prop_assert_eq!(fixture.items().len(), before);
    }

    #[test]
    fn no_scan_result_makes_verdict_panic_or_changes_another_document(
        event in prop_oneof![
            4 => noise::corrupted(infected(fresh().claim(Status::Submitted), "01J0000000000000000000000X")),
            1 => noise::json_value()
        ],
        key in prop_oneof!["claims/[0-7][0-9A-Z]{25}/[0-7][0-9A-Z]{25}", "\\PC{0,40}"],
    ) {
        let fixture = fresh();
        let before = fixture.items().len();
        let mut event = event;
        if let Some(place) = event.pointer_mut("/detail/s3ObjectDetails/objectKey") {
            *place = json!(key);
        }
        let Ok(event) = serde_json::from_value::<ScanEvent>(event) else { return Ok(()) };
        prop_assert_eq!(fixture.wait(verdict::handle(&fixture.commands(), &event)).unwrap(), Scanned::Unknown);
        prop_assert_eq!(fixture.items().len(), before);
    }

    #[test]
    fn a_sign_in_adds_only_what_an_administrator_wrote(event in noise::corrupted(sign_in())) {
        claim_domain::proves!(I7);
        let answer = of_tokens(event.clone());
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
    fn no_event_makes_token_panic_or_gives_a_program_a_role(
        event in prop_oneof![4 => noise::corrupted(program_sign_in()), 1 => noise::json_value()],
    ) {
        claim_domain::proves!(D25);
        let answer = of_tokens(event);
        let path = "/response/claimsAndScopeOverrideDetails/accessTokenGeneration/claimsToAddOrOverride/role";
        prop_assert_eq!(answer.pointer(path), None, "nobody has registered it");
    }
}

#[test]
fn the_notices_bounce_is_recorded_once_and_other_events_change_nothing() {
    claim_domain::proves!(D16);
    let fixture = fresh();
    let id = fixture.claim(Status::Approved).to_owned();
    let hear = |event: Value| {
        let event: MailEvent = serde_json::from_value(event).unwrap();
        fixture.wait(feedback::handle(&fixture.commands(), &event)).unwrap()
    };
    let stored = || fixture.wait(fixture.commands().store.claim(&id.parse().unwrap())).unwrap().unwrap();
    let EffectPlace { version, index } = stored().consents.last().unwrap().notice.place();
    let notice = EffectPlace { version, index }.to_string();
    let mut passing = bounced(&id, &notice);
    passing["detail"]["bounce"]["bounceType"] = json!("Transient");
    assert_eq!(hear(passing.clone()), Heard::Recorded);
    assert_eq!(hear(passing), Heard::Known);
    // The partner's email of the same event (D18).
    assert_eq!(hear(bounced(&id, &format!("{version}-{}", index + 1))), Heard::Recorded);
    let before = stored().version;
    for effect in ["9999-0", &format!("{version}-99")] {
        assert_eq!(hear(bounced(&id, effect)), Heard::Unknown, "{effect}");
    }
    assert_eq!(hear(bounced(&id, "1-0")), Heard::NoNotice, "an effect that sends no email");
    assert_eq!(hear(bounced("01J00000000000000000000000", &notice)), Heard::Unknown);
    assert_eq!(stored().version, before);
    assert_eq!(hear(bounced(&id, &notice)), Heard::Recorded);
    assert_eq!(hear(bounced(&id, &notice)), Heard::Known);
    assert_eq!(stored().version, before + 1);
    assert_eq!(stored().consents.last().unwrap().state, ConsentState::Suspended);
}

#[test]
fn a_verdict_is_recorded_once_on_its_document_and_on_nothing_else() {
    let fixture = fresh();
    let id = fixture.claim(Status::Submitted).to_owned();
    let handle = |event: Value| {
        let event: ScanEvent = serde_json::from_value(event).unwrap();
        fixture.wait(verdict::handle(&fixture.commands(), &event)).unwrap()
    };
    let stored = || fixture.wait(fixture.commands().store.claim(&id.parse().unwrap())).unwrap().unwrap();
    let before = stored();
    let document = before.evidence[0].id.to_string();
    assert_eq!(handle(infected(&id, "01J0000000000000000000000X")), Scanned::Unknown);
    assert_eq!(handle(infected("01J00000000000000000000000", &document)), Scanned::Unknown);
    assert_eq!(stored(), before);
    let mut clean = infected(&id, &document);
    clean["detail"]["scanResultDetails"]["scanResultStatus"] = json!("NO_THREATS_FOUND");
    assert_eq!(handle(infected(&id, &document)), Scanned::Recorded);
    assert_eq!(handle(infected(&id, &document)), Scanned::Known);
    assert_eq!(handle(clean), Scanned::Known, "a threat that was found stays recorded");
    assert_eq!(stored().version, before.version + 1);
    assert_eq!(stored().evidence[0].verdict, Some(Verdict::Infected));
}

/// Shows that events on the fixture really have an effect.
#[test]
fn an_event_of_the_stream_is_settled() {
    claim_domain::proves!(I5);
    let fixture = fresh();
    let batch =
        serde_json::from_value(json!({ "Records": [record(fixture.claim(Status::Submitted))] })).unwrap();
    assert_eq!(fixture.wait(fixture.functions().dispatch.handle(batch)).batch_item_failures, []);
}
