//! `cargo xtask restore`: a table that was restored from its point-in-time recovery takes over, as the runbook says.

use std::time::Instant;

use clap::Args;
use e2e::{ClaimDriver, Environment, Failed};
use local_stack::{Error, Plan, Stack};
use serde_json::{Value, json};

use crate::runbook::{Page, RESTORE};
use crate::{Failure, Outcome, PROGRESS};

/// Restore the table on a local stack of its own by the runbook's commands, and see claims go on from there
#[derive(Args)]
#[command(after_help = "\
Two claims are filed; what must follow from the second is still to be done when the table is restored. The commands of the
section \"Working on a restored table\" of infra/docs/runbook.md stop the functions, restore the table under another name and
deploy the template with ExistingTableName and ExistingTableStreamArn. Then the first claim must read as before, be approved,
notified and handed off; what was to follow from the second must follow; and the old table must be as it was.

The emulator restores a table as it is now: it knows no earlier instant.

Examples:
  cargo xtask restore --port 4640         on a port where no other stack is; what is there is discarded
  cargo xtask restore --port 4640 --keep  leave the stack up to look around
What the commands print goes to target/local-stack/<port>/runbook-working-on-a-restored-table.log. It needs the AWS CLI.")]
pub(crate) struct Restore {
    /// Leave the stack up
    #[arg(long)]
    keep: bool,
}

impl Restore {
    pub(crate) fn run(self, port: u16) -> Outcome {
        let started = Instant::now();
        // As on an account: what leaves the stack is kept.
        let parameters = [("Retain".to_owned(), "true".to_owned())].into();
        let stack = Stack::up(&Plan { port, fresh: true, parameters, ..Plan::default() }, &PROGRESS)?;
        let outcome = restored(stack);
        if !self.keep {
            Stack::down(port)?;
        }
        outcome.map_err(|failed| Failure(failed.0))?;
        println!("a restored table took over, in {} s", started.elapsed().as_secs());
        Ok(())
    }
}

fn restored(stack: Stack) -> Result<(), Failed> {
    let port = stack.layout().port;
    let page = Page::read(&stack).map_err(|failure| Failed::new(failure.0))?;
    let old = stack.deployment().output("TableName")?.to_owned();
    let monday = Environment::next_monday(stack.now());
    let before = Environment::new(stack, monday, |_| {});
    // What the emulator's CloudFormation leaves out of the template's table.
    let recovery = json!({ "TableName": old, "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": true } });
    before.stack.aws().json("dynamodb", "DynamoDB_20120810.UpdateContinuousBackups", &recovery)?;
    let (known, waiting) = filed(&before)?;
    let items = scanned(&before.stack, &old)?;
    PROGRESS.step(RESTORE, || page.run(RESTORE))?;

    let stack = Stack::attach(port)?;
    let new = stack.deployment().output("TableName")?.to_owned();
    expect("the stack works on another table than before", new != old)?;
    let after = Environment::new(stack, monday, |_| {});
    let drain = after.drain();
    let outcome = goes_on(&after, &known, &waiting);
    after.close();
    let _ = drain.join();
    outcome?;
    expect("the old table is as it was", scanned(&after.stack, &old)? == items)?;
    expect("the restored table has moved on", scanned(&after.stack, &new)?.len() > items.len())
}

/// Files two claims. The stream is held before the second is submitted, so that its effects are still to come.
fn filed(environment: &Environment) -> Result<(Value, Value), Failed> {
    let mut known = ClaimDriver::new(environment, environment.timeline.participant(), 1, "nadia");
    known.create(&draft("Known before the restore"))?;
    known.upload("proof.pdf")?;
    known.act("nadia", "submits", "/submit", &json!({}))?;
    known.email("nadia@northwind.example", "Claim received")?;
    environment.stack.settle()?;
    let mut waiting = known.another("nadia");
    waiting.create(&draft("Waiting at the restore"))?;
    waiting.upload("proof.pdf")?;
    environment.stack.settle()?;
    for mapping in environment.stack.aws().rest("lambda", "GET", "/2015-03-31/event-source-mappings", None)?
        ["EventSourceMappings"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let path = format!("/2015-03-31/event-source-mappings/{}", mapping["UUID"].as_str().unwrap_or_default());
        environment.stack.aws().rest("lambda", "PUT", &path, Some(&json!({ "Enabled": false })))?;
    }
    waiting.act("nadia", "submits", "/submit", &json!({}))?;
    Ok((known.look("nadia")?, waiting.look("nadia")?))
}

/// The first claim goes from review to its hand-off, and what must follow from the second follows.
fn goes_on(environment: &Environment, known: &Value, waiting: &Value) -> Result<(), Failed> {
    let of = |claim: &Value| claim["id"].as_str().unwrap_or_default().to_owned();
    let mut claim = ClaimDriver::new(environment, environment.timeline.participant(), 1, "nadia");
    claim.id = of(known);
    claim.claim = claim.look("nadia")?;
    expect("the claim reads as before", claim.claim == *known)?;
    claim.act("rita", "starts the review", "/review/start", &json!({}))?;
    claim.act("rita", "approves", "/review/approve", &json!({}))?;
    claim.email("nadia@northwind.example", "Claim approved")?;
    PROGRESS.say("  the claim reads as before, and is reviewed and approved");
    let mut late = claim.another("nadia");
    late.id = of(waiting);
    late.claim = late.look("nadia")?;
    late.until(environment.stack.now() + chrono::TimeDelta::hours(1))?;
    late.email("nadia@northwind.example", "Claim received")?;
    PROGRESS.say("  what had to follow from the other claim has followed");
    claim.hands_off()?;
    PROGRESS.say("  the approved claim is handed off");
    Ok(())
}

fn draft(name: &str) -> Value {
    let tenant = if name.starts_with("Known") { "feed" } else { "beef" };
    json!({
        "name": name, "mpnId": "4711001", "solutionArea": "Microsoft 365", "activities": ["usage"],
        "customer": {
            "tenantId": format!("e2e00000-0000-4000-8000-00000000{tenant}"), "domain": "customer.example",
            "name": "Customer",
            "contact": { "name": "Cleo Marsh", "title": "Head of IT", "email": "cleo@customer.example" },
        },
        "partnerContact": { "name": "Nadia Rahman", "email": "nadia@northwind.example" },
        "products": [{ "product": "Teams" }],
    })
}

/// All items of a table.
fn scanned(stack: &Stack, table: &str) -> Result<Vec<Value>, Error> {
    let (mut items, mut start) = (Vec::new(), Value::Null);
    loop {
        let mut body = json!({ "TableName": table, "ConsistentRead": true });
        if start.is_object() {
            body["ExclusiveStartKey"] = start;
        }
        let page = stack.aws().json("dynamodb", "DynamoDB_20120810.Scan", &body)?;
        items.extend(page["Items"].as_array().into_iter().flatten().cloned());
        start = page["LastEvaluatedKey"].clone();
        if !start.is_object() {
            return Ok(items);
        }
    }
}

fn expect(what: &str, holds: bool) -> Result<(), Failed> {
    match holds {
        true => Ok(()),
        false => Err(Failed::new(format!("it does not hold that {what}"))),
    }
}
