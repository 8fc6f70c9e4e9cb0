//! A whole life with all that follows from it: claim 1 of the ten that the demo plays.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use claim_domain::clock::ClockName;
use claim_domain::command::{Command, TimerFired};

use bench_inside::{CLAIM, Failure, Moment, Player, functions, partner, reviewer};
use test_support::Functions;

use crate::metered::{Cost, Metered, shared, stream_event};

/// What a step of the life cost, dispatch's part included.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// What was done.
    pub(crate) what: &'static str,
    /// What it cost.
    pub(crate) cost: Cost,
}

/// Created, proven, submitted, talked about, approved; the customer is silent; handed off. No `Idempotency-Key` is given.
///
/// # Errors
/// When the product refuses a step.
pub(crate) async fn whole_life(table: &Arc<Metered>) -> Result<Vec<Step>, Failure> {
    let begins = DateTime::parse_from_rfc3339("2026-03-02T09:00:00Z")?.to_utc();
    let player = Player::new(shared(table), begins)?;
    let handlers = functions(player.commands.clone())?;
    let mut steps = Vec::new();
    let mut claim = player.create(CLAIM).await?;
    steps.push(Step { what: "create", cost: settled(table, &handlers).await? });
    for (moment, commands) in player.steps(&claim)? {
        for (caller, command) in commands {
            let what = named(&command);
            claim = player.act(&claim, &caller, command).await?;
            steps.push(Step { what, cost: settled(table, &handlers).await? });
        }
        if moment == Moment::UnderReview {
            let comment = player.commands.id()?;
            let answer = Command::Comment { comment, text: "Exchange first, then Teams.".to_owned() };
            claim = player.act(&claim, &partner()?, answer).await?;
            steps.push(Step { what: "answer", cost: settled(table, &handlers).await? });
        }
    }
    let stored = player.commands.view(&reviewer(), &claim.id).await?.ok_or("not found")?.stored;
    let (_, clock) = stored
        .clocks
        .iter()
        .find(|(name, _)| **name == ClockName::Consent)
        .ok_or("the customer was not told")?;
    let fired = TimerFired {
        claim_id: claim.id.clone(),
        clock: ClockName::Consent,
        generation: clock.generation,
        due_at: clock.due_at,
    };
    table.cost();
    player.pass(fired.due_at - player.commands.host.now() + TimeDelta::minutes(1));
    deadline::handle(&player.commands, &fired).await?;
    steps.push(Step { what: "silence", cost: settled(table, &handlers).await? });
    let handed_off = player.commands.view(&reviewer(), &claim.id).await?.ok_or("not found")?.stored;
    match handed_off.assessment {
        Some(_) => Ok(steps),
        None => Err("the claim was not handed off".into()),
    }
}

/// Lets dispatch deliver what follows, until nothing more does; and says what all of it cost.
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
        Command::Comment { .. } => "ask",
        Command::Approve => "approve",
        _ => "other",
    }
}
