//! A whole claim, from its creation to its hand-off, with all that follows from it: claim 1 of those that the demo
//! plays.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use claim_domain::clock::ClockName;
use claim_domain::command::Command;
use claim_domain::timer::TimerFired;

use bench_inside::{CLAIM, ClaimDriver, Failure, Moment, functions, partner, reviewer};
use every_function::Functions;

use crate::metered::{Cost, Metered, shared, stream_event};

/// What a step cost, dispatch's part included.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) what: &'static str,
    pub(crate) cost: Cost,
}

/// The claim is created, gets a document, is submitted, discussed and approved; the customer is silent; it is handed off.
/// No `Idempotency-Key` is given. Changes are numbered (D23) or not.
///
/// # Errors
/// When the product refuses a step.
pub(crate) async fn whole_claim(table: &Arc<Metered>, numbered: bool) -> Result<Vec<Step>, Failure> {
    let begins = DateTime::parse_from_rfc3339("2026-03-02T09:00:00Z")?.to_utc();
    let mut driver = ClaimDriver::new(shared(table), begins)?;
    driver.commands.program.changes_feed = numbered;
    let handlers = functions(driver.commands.clone(), shared(table))?;
    let mut steps = Vec::new();
    let mut claim = driver.create(CLAIM).await?;
    steps.push(Step { what: "create", cost: settled(table, &handlers).await? });
    for (moment, commands) in driver.steps(&claim)? {
        for (caller, command) in commands {
            let what = named(&command);
            claim = driver.act(&claim, &caller, command).await?;
            steps.push(Step { what, cost: settled(table, &handlers).await? });
        }
        if moment == Moment::UnderReview {
            let comment = driver.commands.id()?;
            let answer = Command::Comment { comment, text: "Exchange first, then Teams.".to_owned() };
            claim = driver.act(&claim, &partner()?, answer).await?;
            steps.push(Step { what: "answer", cost: settled(table, &handlers).await? });
        }
    }
    let stored = driver.commands.view(&reviewer(), &claim.id).await?.ok_or("not found")?.stored;
    let (_, clock) = stored
        .clocks
        .iter()
        .find(|(name, _)| **name == ClockName::Consent)
        .ok_or("the customer was not notified")?;
    let fired = TimerFired {
        claim_id: claim.id.clone(),
        clock: ClockName::Consent,
        generation: clock.generation,
        due_at: clock.due_at,
    };
    table.cost();
    driver.pass(fired.due_at - driver.commands.host.now() + TimeDelta::minutes(1));
    deadline::handle(&driver.commands, &fired).await?;
    steps.push(Step { what: "silence", cost: settled(table, &handlers).await? });
    let handed_off = driver.commands.view(&reviewer(), &claim.id).await?.ok_or("not found")?.stored;
    match handed_off.assessment {
        Some(_) => Ok(steps),
        None => Err("the claim was not handed off".into()),
    }
}

/// Lets dispatch carry out what follows until nothing is left, and returns what all of it cost.
async fn settled(table: &Metered, handlers: &Functions) -> Result<Cost, Failure> {
    while let Some(event) = stream_event(&table.records())? {
        let response = handlers.dispatch.handle(event).await;
        if !response.batch_item_failures.is_empty() {
            return Err(format!("not delivered: {:?}", response.batch_item_failures).into());
        }
    }
    Ok(table.cost())
}

fn named(command: &Command) -> &'static str {
    match command {
        Command::RequestUpload { .. } => "announce the proof",
        Command::CompleteUpload { .. } => "complete the proof",
        Command::Submit => "submit",
        Command::StartReview => "start the review",
        Command::Comment { .. } => "comment",
        Command::Approve { confirm_contact: false } => "approve",
        _ => "other",
    }
}
