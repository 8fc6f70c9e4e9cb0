//! Changes, as a system that follows an organisation's claims reads them (D23).

use std::collections::BTreeMap;

use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use serde_json::{Value, json};

use crate::fixtures::{Case, case, draft, history, holds, same, status, submitted};

/// How many comments and notes are written at the same time.
const AT_ONCE: usize = 24;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("who_reads_on_gets_every_change_once_while_many_are_made", follow).proves(&[Rule::D23]),
        case("a_note_has_no_number_and_leaves_no_gap", notes).proves(&[Rule::D13, Rule::D23]),
        case("a_rule_on_the_bus_brings_every_change_of_a_claim_to_a_queue", bus).proves(&[Rule::D23]),
        case("reading_on_after_a_number_that_nothing_has_is_refused", refusals).proves(&[Rule::D23]),
    ]
}

/// Whoever follows the changes: the number of the last one, and what it was told of each claim.
#[derive(Default)]
struct Follower {
    next: u64,
    told: BTreeMap<String, Vec<Value>>,
}

impl Follower {
    /// Reads on until there is no more, a few at a time.
    fn reads_on(&mut self, claim: &ClaimDriver<'_>) -> Result<(), Failed> {
        loop {
            let path = format!("/v1/changes?after={}&limit=7", self.next);
            let page = claim.call("nadia", "GET", &path, &[], None)?;
            status(&page, 200, "the changes")?;
            let page = page.json();
            for item in page["items"].as_array().into_iter().flatten() {
                self.next += 1;
                same(item["sequence"].clone(), json!(self.next), "the next number")?;
                let told = self.told.entry(item["claim"].as_str().unwrap_or_default().to_owned());
                told.or_default().push(entry(item));
            }
            same(page["next"].clone(), json!(self.next), "where to read on")?;
            if page["hasMore"] == false {
                return Ok(());
            }
        }
    }

    /// Reads on until it was told of every entry of the claim's history.
    fn knows(&mut self, claim: &ClaimDriver<'_>, id: &str, expected: &[Value]) -> Result<(), Failed> {
        claim.eventually("every change has its number", || {
            self.reads_on(claim)?;
            let told = self.told.get(id).map_or(0, Vec::len);
            Ok((told >= expected.len()).then_some(()))
        })?;
        same(self.told.get(id).cloned().unwrap_or_default(), expected.to_vec(), "what was told of the claim")
    }
}

/// What an entry of the history and a change have in common.
fn entry(item: &Value) -> Value {
    json!({ "number": item["number"], "type": item["type"], "at": item["at"] })
}

fn told_of(claim: &ClaimDriver<'_>, id: &str) -> Result<Vec<Value>, Failed> {
    let page = claim.call("nadia", "GET", &format!("/v1/claims/{id}/history?limit=100"), &[], None)?;
    status(&page, 200, "the history")?;
    Ok(page.json()["items"].as_array().into_iter().flatten().map(entry).collect())
}

fn follow(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let mut ids = Vec::new();
    for name in ["Followed", "Followed as well"] {
        submitted(claim, name)?;
        ids.push(claim.id.clone());
    }
    let claim = &*claim;
    let mut follower = Follower::default();
    let write = |nth: usize| {
        let user = ["nadia", "nora", "rita"][nth % 3];
        let body =
            json!({ "text": format!("Change {nth}."), "internal": user == "rita" && nth.is_multiple_of(2) });
        claim.call(user, "POST", &format!("/v1/claims/{}/comments", ids[nth % 2]), &[], Some(&body))
    };
    std::thread::scope(|scope| {
        let sent: Vec<_> = (0..AT_ONCE).map(|nth| scope.spawn(move || write(nth))).collect();
        for one in sent {
            follower.reads_on(claim)?;
            let answer = one.join().unwrap_or_else(|_| Err(Failed::new("a comment panicked")))?;
            status(&answer, 201, "comments cannot conflict")?;
        }
        Ok::<_, Failed>(())
    })?;
    for id in &ids {
        follower.knows(claim, id, &told_of(claim, id)?)?;
    }
    Ok(())
}

fn notes(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    submitted(claim, "Changes and notes")?;
    let mut follower = Follower::default();
    let before: Vec<_> = history(claim, "nadia")?.iter().map(entry).collect();
    follower.knows(claim, &claim.id, &before)?;
    let note = json!({ "text": "The signature looks odd.", "internal": true });
    claim.act("rita", "notes", "/comments", &note)?;
    claim.act("nadia", "comments", "/comments", &json!({ "text": "Anything missing?" }))?;
    let after: Vec<_> = history(claim, "nadia")?.iter().map(entry).collect();
    same(after.len(), before.len() + 1, "one more for the partner")?;
    follower.knows(claim, &claim.id, &after)?;
    holds(!json!(follower.told).to_string().contains("noted"), "no note is told")
}

fn refusals(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Changes ahead", &["Teams"]))?;
    let ahead = claim.call("nadia", "GET", "/v1/changes?after=999999999999", &[], None)?;
    status(&ahead, 400, "a number that nothing has")?;
    let fault = &ahead.json()["errors"][0];
    same((fault["parameter"].clone(), fault["code"].clone()), (json!("after"), json!("ahead")), "the fault")?;
    let bad = claim.call("nadia", "GET", "/v1/changes?after=-1&cursor=x", &[], None)?;
    status(&bad, 400, "what is no number")?;
    same(bad.json()["errors"].as_array().map(Vec::len), Some(2), "every bad parameter")?;
    let reviewer = claim.call("rita", "GET", "/v1/changes", &[], None)?;
    status(&reviewer, 403, "a reviewer's changes")
}

/// Whoever runs the system routes changes by a rule of theirs: here to a queue.
fn bus(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    submitted(claim, "Told on the bus")?;
    let aws = claim.environment.stack.aws();
    let bus = claim.environment.stack.deployment().output("ChangesBusName")?;
    let made = aws.json("sqs", "AmazonSQS.CreateQueue", &json!({ "QueueName": "changes-of-a-claim" }))?;
    let url = &made["QueueUrl"];
    let about = json!({ "QueueUrl": url, "AttributeNames": ["QueueArn"] });
    let about = aws.json("sqs", "AmazonSQS.GetQueueAttributes", &about)?;
    let pattern = json!({
        "source": ["claimed-partner-of-record"], "detail-type": ["ClaimChanged"],
        "detail": { "claim": [claim.id], "type": ["commented"] },
    });
    let rule = json!({ "Name": "one-claim", "EventBusName": bus, "EventPattern": pattern.to_string() });
    aws.json("events", "AWSEvents.PutRule", &rule)?;
    let target = json!({ "Id": "queue", "Arn": about["Attributes"]["QueueArn"] });
    let targets = json!({ "Rule": "one-claim", "EventBusName": bus, "Targets": [target] });
    aws.json("events", "AWSEvents.PutTargets", &targets)?;
    for text in ["Who signed?", "Cleo Marsh.", "Thank you."] {
        claim.act("nadia", "comments", "/comments", &json!({ "text": text }))?;
    }
    let mut follower = Follower::default();
    let all = told_of(claim, &claim.id)?;
    follower.knows(claim, &claim.id, &all)?;
    let commented: Vec<_> = all.into_iter().filter(|change| change["type"] == "commented").collect();
    let contract = contract::asyncapi().map_err(|error| Failed::new(error.to_string()))?;
    let schema = &contract["components"]["messages"]["claimChanged"]["payload"];
    let schema = jsonschema::validator_for(schema).map_err(|error| Failed::new(error.to_string()))?;
    let mut told = BTreeMap::new();
    claim.eventually("every comment is in the queue", || {
        let received = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10 });
        let received = aws.json("sqs", "AmazonSQS.ReceiveMessage", &received)?;
        for message in received["Messages"].as_array().into_iter().flatten() {
            let event: Value = serde_json::from_str(message["Body"].as_str().unwrap_or_default())
                .map_err(|error| Failed::new(error.to_string()))?;
            schema.validate(&event).map_err(|error| Failed::new(format!("{event}: {error}")))?;
            let detail = &event["detail"];
            same(detail["organisation"].clone(), json!("northwind-consulting"), "whose change it is")?;
            told.insert(detail["sequence"].as_u64(), entry(detail));
        }
        Ok((told.len() >= commented.len()).then_some(()))
    })?;
    same(told.into_values().collect(), commented, "what the queue got, by its numbers")
}
