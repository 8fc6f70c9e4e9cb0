//! What sweep makes good, and what operators do by hand (I5): timers that never come, a stream that stands still, a record
//! that cannot be worked on, effects that were given up, hand-offs that were lost.
//!
//! These come after all others, one at a time: they stop what everybody needs.

use std::process::Command;
use std::sync::Arc;

use chrono::TimeDelta;
use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Environment, Failed};
use libtest_mimic::Trial;
use local_stack::target;
use serde_json::{Value, json};

use crate::fixtures::{
    Case, action_required, approved, case, draft, history, holds, numbers, same, submitted,
};

const CASES: [Case; 5] = [
    case("healing_sweep_applies_clocks_whose_schedules_were_deleted", deleted_schedules)
        .proves(&[Rule::I4, Rule::I5]),
    case("healing_sweep_settles_events_whose_stream_records_are_gone", paused_stream).proves(&[Rule::I5]),
    case("healing_a_poisoned_record_blocks_nobody_and_is_finished_in_the_end", poisoned_record)
        .proves(&[Rule::I5]),
    case("healing_a_parked_effect_is_listed_retried_and_settled_by_hand", parked).proves(&[Rule::I5]),
    case("healing_hand_offs_are_repeated_under_the_same_ids", resent).proves(&[Rule::I6]),
];

/// Longer than sweep leaves a timer, and until its next pass.
const SWEPT: TimeDelta = TimeDelta::minutes(11);

/// Longer than the stream keeps a record.
const KEPT: TimeDelta = TimeDelta::hours(25);

pub(crate) fn names() -> Vec<String> {
    CASES.map(|case| case.name.to_owned()).to_vec()
}

pub(crate) fn trials(environment: &Arc<Environment>) -> Vec<Trial> {
    let trial = |case: Case| {
        let environment = Arc::clone(environment);
        let trial = Trial::test(case.name, move || {
            // It joins the timeline when it begins: the others have left it.
            let mut claim =
                ClaimDriver::new(&environment, environment.timeline.participant(), u8::MAX, case.partner);
            Ok((case.run)(&mut claim)?)
        });
        trial.with_kind(numbers(case.rules))
    };
    CASES.map(trial).into()
}

fn later(claim: &ClaimDriver<'_>, by: TimeDelta) -> Result<(), Failed> {
    claim.until(claim.environment.stack.now() + by)
}

/// How often the history has an event of a type.
fn count(claim: &ClaimDriver<'_>, kind: &str) -> Result<usize, Failed> {
    Ok(history(claim, "rita")?.iter().filter(|entry| entry["type"] == kind).count())
}

fn deleted_schedules(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    approved(claim, "Deleted timer")?;
    let consent = claim.due("consent")?;
    let mut other = claim.another("nadia");
    action_required(&mut other, "Deleted timers")?;
    claim.environment.stack.settle()?;
    let group = claim.environment.stack.deployment().output("ScheduleGroupName")?.to_owned();
    let aws = claim.environment.stack.aws();
    let mut deleted = 0;
    loop {
        let listed = aws.rest("scheduler", "GET", &format!("/schedules?ScheduleGroup={group}"), None)?;
        let names: Vec<&str> = listed["Schedules"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["Name"].as_str())
            .collect();
        if names.is_empty() {
            break;
        }
        for name in names {
            aws.rest("scheduler", "DELETE", &format!("/schedules/{name}?groupName={group}"), None)?;
            deleted += 1;
        }
    }
    holds(deleted >= 3, "there were timers to delete")?;
    other.until(other.due("partnerReminder")? + SWEPT)?;
    other.eventually("sweep reminds", || Ok((count(&other, "reminded")? == 1).then_some(())))?;
    let due = other.due("partnerAnswer")?;
    other.until(due + TimeDelta::minutes(1))?;
    same(count(&other, "rejected")?, 0, "rejections without a timer and before the sweep")?;
    other.until(due + SWEPT)?;
    other.eventually("sweep rejects it", || Ok((count(&other, "rejected")? == 1).then_some(())))?;
    same(count(&other, "reminded")?, 1, "reminders")?;
    claim.until(consent + SWEPT)?;
    claim
        .eventually("sweep lets consent pass", || Ok((count(claim, "consentPassed")? == 1).then_some(())))?;
    claim.assessed(&["requested"])
}

/// Switches dispatch's stream mapping on or off.
fn switch_stream(claim: &ClaimDriver<'_>, enabled: bool) -> Result<(), Failed> {
    let stack = &claim.environment.stack;
    let function = &stack.deployment().functions["dispatch"].name;
    let path = format!("/2015-03-31/event-source-mappings/?FunctionName={function}");
    let listed = stack.aws().rest("lambda", "GET", &path, None)?;
    let id = listed["EventSourceMappings"][0]["UUID"].as_str().unwrap_or_default();
    let path = format!("/2015-03-31/event-source-mappings/{id}");
    stack.aws().rest("lambda", "PUT", &path, Some(&json!({ "Enabled": enabled })))?;
    Ok(())
}

/// The newest event of the claim, as the table has it.
fn newest(claim: &ClaimDriver<'_>) -> Result<Value, Failed> {
    let body = json!({
        "TableName": table(claim)?, "ScanIndexForward": false, "Limit": 1, "ConsistentRead": true,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :event)",
        "ExpressionAttributeValues": { ":pk": { "S": format!("CLAIM#{}", claim.id) }, ":event": { "S": "EVENT#" } },
    });
    Ok(claim.environment.stack.aws().json("dynamodb", "DynamoDB_20120810.Query", &body)?["Items"][0].clone())
}

fn table<'a>(claim: &'a ClaimDriver<'_>) -> Result<&'a str, Failed> {
    Ok(claim.environment.stack.deployment().output("TableName")?)
}

/// Sets an attribute of an item behind everybody's back.
fn set(claim: &ClaimDriver<'_>, item: &Value, name: &str, value: &Value) -> Result<(), Failed> {
    let body = json!({
        "TableName": table(claim)?, "Key": { "pk": item["pk"], "sk": item["sk"] },
        "UpdateExpression": "SET #name = :value", "ExpressionAttributeNames": { "#name": name },
        "ExpressionAttributeValues": { ":value": value },
    });
    claim.environment.stack.aws().json("dynamodb", "DynamoDB_20120810.UpdateItem", &body)?;
    Ok(())
}

fn received(claim: &ClaimDriver<'_>) -> Result<usize, Failed> {
    let name = claim.claim["name"].as_str().unwrap_or_default().to_owned();
    let emails = claim.environment.emails("nadia@northwind.example", "received")?;
    Ok(emails.iter().filter(|email| email.subject.contains(&name)).count())
}

fn paused_stream(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    switch_stream(claim, false)?;
    submitted(claim, "Paused stream")?;
    later(claim, KEPT)?;
    same(received(claim)?, 0, "emails while the stream stands still")?;
    same(newest(claim)?["outbox"]["S"].clone(), json!("swept"), "how the event stands")?;
    switch_stream(claim, true)?;
    later(claim, SWEPT)?;
    claim.email("nadia@northwind.example", "received")?;
    claim.eventually("the event is settled", || Ok(newest(claim)?["outbox"].is_null().then_some(())))?;
    same(received(claim)?, 1, "emails in the end")
}

fn poisoned_record(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    let failures = claim.environment.stack.queue("StreamFailuresUrl")?;
    failures.drain()?;
    switch_stream(claim, false)?;
    submitted(claim, "Poisoned record")?;
    let event = newest(claim)?;
    set(claim, &event, "effects", &json!({ "S": "what no dispatch can read" }))?;
    let mut others = [claim.another("nadia"), claim.another("nadia"), claim.another("nadia")];
    for (number, other) in others.iter_mut().enumerate() {
        submitted(other, &format!("Behind the poisoned record {number}"))?;
    }
    switch_stream(claim, true)?;
    for other in &others {
        other.email("nadia@northwind.example", "received")?;
    }
    claim.environment.stack.settle()?;
    alarm_goes_off(claim)?;
    let told =
        claim.eventually("the stream gives the record up", || Ok(failures.receive()?.into_iter().next()))?;
    let told: Value = serde_json::from_str(&told.body).unwrap_or_default();
    same(
        told["requestContext"]["condition"].clone(),
        json!("RetryAttemptsExhausted"),
        "why it was given up",
    )?;
    holds(told["DDBStreamBatchInfo"]["startSequenceNumber"].is_string(), "the failure says where it is")?;
    same(newest(claim)?["outbox"]["S"].clone(), json!("new"), "the event stays unsettled")?;
    same(received(claim)?, 0, "emails of the poisoned event")?;
    // Mending the item makes a record of the stream too; it is gone before anybody can read it, so that sweep alone is left.
    switch_stream(claim, false)?;
    set(claim, &event, "effects", &event["effects"])?;
    later(claim, KEPT)?;
    switch_stream(claim, true)?;
    later(claim, SWEPT)?;
    claim.email("nadia@northwind.example", "received")?;
    claim.eventually("the event is settled", || Ok(newest(claim)?["outbox"].is_null().then_some(())))?;
    same(received(claim)?, 1, "emails in the end")?;
    failures.drain()?;
    Ok(())
}

/// The alarm of the failure queue goes off, once SQS has told CloudWatch how many messages wait in it; the emulator's
/// SQS does not, so that is told here.
fn alarm_goes_off(claim: &ClaimDriver<'_>) -> Result<(), Failed> {
    let stack = &claim.environment.stack;
    let url = stack.deployment().output("StreamFailuresUrl")?;
    let asked = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
    let waiting = stack.aws().json("sqs", "AmazonSQS.GetQueueAttributes", &asked)?["Attributes"].clone();
    let waiting = waiting["ApproximateNumberOfMessages"].as_str().and_then(|text| text.parse::<f64>().ok());
    let queue = url.rsplit('/').next().unwrap_or_default();
    let told = json!({ "Namespace": "AWS/SQS", "MetricData": [{
        "MetricName": "ApproximateNumberOfMessagesVisible", "Value": waiting,
        "Dimensions": [{ "Name": "QueueName", "Value": queue }],
    }] });
    stack.aws().json("monitoring", "GraniteServiceVersion20100801.PutMetricData", &told)?;
    let named = json!({ "AlarmNames": ["claims-stream-failures"] });
    let alarms = stack.aws().json("monitoring", "GraniteServiceVersion20100801.DescribeAlarms", &named)?;
    same(alarms["MetricAlarms"][0]["StateValue"].clone(), json!("ALARM"), "the failure queue's alarm")
}

/// Runs a command of xtask against the suite's stack.
fn xtask(claim: &ClaimDriver<'_>, words: &[&str]) -> Result<(bool, String), Failed> {
    let run = Command::new(target().join("debug/xtask"))
        .args(words)
        .args(["--port", &claim.environment.stack.layout().port.to_string()])
        .output()
        .map_err(|error| Failed::new(format!("xtask does not run: {error}")))?;
    let said = [run.stdout, run.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Ok((run.status.success(), said))
}

/// Runs a command that must succeed.
pub(crate) fn works(claim: &ClaimDriver<'_>, words: &[&str]) -> Result<String, Failed> {
    let (ok, said) = xtask(claim, words)?;
    holds(ok, &format!("xtask {words:?}: {said}"))?;
    Ok(said)
}

fn parked(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    let mut body = draft("Parked effects", &["Teams"]);
    body["partnerContact"]["email"] = json!("nadia@refused.example");
    claim.create(&body)?;
    claim.upload("proof.pdf")?;
    claim.act("nadia", "submits", "/submit", &json!({}))?;
    let effect = parked_effect(claim)?;
    let listed = works(claim, &["parked"])?;
    for words in [effect.as_str(), claim.id.as_str(), "sendMail", "after 1 attempt\n", "email refused"] {
        holds(listed.contains(words), &format!("{words} is not in the list: {listed}"))?;
    }
    // The cause is still there, and then it is gone.
    works(claim, &["parked", "--retry", &effect])?;
    same(parked_effect(claim)?, effect.clone(), "what is parked again")?;
    correct_contact(claim)?;
    works(claim, &["parked", "--retry", &effect])?;
    claim.email("nadia@northwind.example", "received")?;
    claim.eventually("the event is settled", || Ok(newest(claim)?["outbox"].is_null().then_some(())))?;
    let (ok, said) = xtask(claim, &["parked", "--retry", &effect])?;
    holds(!ok && said.contains("is not parked: it is done"), &format!("retried once more: {said}"))?;
    settled(claim)
}

fn settled(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    let bad = json!({ "partnerContact": { "name": "Nadia Rahman", "email": "nadia@refused.example" } });
    claim.edit("gives a contact that gets no email", &bad)?;
    claim.act("rita", "asks", "/comments", &json!({ "text": "Who signed?" }))?;
    let effect = parked_effect(claim)?;
    let (ok, said) = xtask(claim, &["parked", "--settle", &effect])?;
    holds(!ok && said.contains("--because"), &format!("settled without a reason: {said}"))?;
    works(claim, &["parked", "--settle", &effect, "--because", "told by telephone", "--by", "lena"])?;
    let event = newest(claim)?;
    holds(event["outbox"].is_null() && event["workPk"].is_null(), "the event is settled")?;
    let place = effect.rsplit('/').next().unwrap_or_default();
    let outcome = &event["outcomes"]["M"][place]["M"];
    for (name, value) in [("is", "settled"), ("by", "lena"), ("because", "told by telephone")] {
        same(outcome[name]["S"].clone(), json!(value), name)?;
    }
    holds(
        outcome["why"]["S"].as_str().is_some_and(|why| why.contains("email refused")),
        "why it was given up",
    )?;
    let listed = works(claim, &["parked"])?;
    holds(!listed.contains(&effect), "it is not listed any more")
}

/// The effect of the claim that is parked, once there is one.
fn parked_effect(claim: &ClaimDriver<'_>) -> Result<String, Failed> {
    claim.eventually("an effect is parked", || {
        let event = newest(claim)?;
        let Some(outcomes) = event["outcomes"]["M"].as_object().filter(|_| event["outbox"]["S"] == "parked")
        else {
            return Ok(None);
        };
        let parked = outcomes.iter().find(|(_, outcome)| outcome["M"]["is"]["S"] == "parked");
        let version: u64 = event["sk"]["S"].as_str().unwrap_or_default()[6..].parse().unwrap_or_default();
        Ok(parked.map(|(place, _)| format!("{}/{version}/{place}", claim.id)))
    })
}

/// Corrects the address that every email to the partner has gone to so far.
fn correct_contact(claim: &ClaimDriver<'_>) -> Result<(), Failed> {
    let body = json!({
        "TableName": table(claim)?, "KeyConditionExpression": "pk = :pk AND begins_with(sk, :contact)",
        "ExpressionAttributeValues": { ":pk": { "S": format!("CLAIM#{}", claim.id) }, ":contact": { "S": "CONTACT#" } },
    });
    let contacts = claim.environment.stack.aws().json("dynamodb", "DynamoDB_20120810.Query", &body)?;
    for item in contacts["Items"].as_array().into_iter().flatten() {
        let mut contact = item["contact"].clone();
        if contact["M"]["email"]["S"] == "nadia@refused.example" {
            contact["M"]["email"]["S"] = json!("nadia@northwind.example");
            set(claim, item, "contact", &contact)?;
        }
    }
    Ok(())
}

fn resent(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    let began = claim.environment.stack.now();
    approved(claim, "Handed off twice")?;
    claim.hands_off()?;
    claim.act("nadia", "withdraws", "/withdraw", &json!({ "cause": "other", "note": "Not ours." }))?;
    claim.assessed(&["requested", "recalled"])?;
    // SQS knows an id again for five minutes.
    later(claim, SWEPT)?;
    let before = claim.environment.repeated();
    let said = works(claim, &["resend", "--claim", &claim.id, "--dry-run"])?;
    holds(said.contains("2 messages would be sent") && said.contains("recalled"), &said)?;
    let said = works(claim, &["resend", "--claim", &claim.id])?;
    holds(said.contains("2 messages sent"), &said)?;
    claim.eventually("assessment knows both again", || {
        Ok((claim.environment.repeated() == before + 2).then_some(()))
    })?;
    claim.assessed(&["requested", "recalled"])?;
    later(claim, SWEPT)?;
    let since = began.to_rfc3339();
    let said = works(claim, &["resend", "--since", &since])?;
    holds(said.contains(&claim.id), &format!("what was handed off since {since}: {said}"))?;
    let none =
        works(claim, &["resend", "--since", &claim.environment.stack.now().to_rfc3339(), "--dry-run"])?;
    holds(none.contains("0 messages would be sent"), &none)
}
