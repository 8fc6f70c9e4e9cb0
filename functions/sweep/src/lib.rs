//! Finds what was left undone, for whatever reason: claims whose timer never came, and events whose effects are not
//! settled (I5). Neither the stream nor the scheduler is a safe outbox alone; the table is.
//!
//! Due work is found by index: a pass has as much work as there is overdue, not as there is stored. A pass is bounded.
//! What it has handled leaves the head of the index, and what it could not handle leaves it for `AGAIN`. So the next
//! pass goes on where this one stopped, and nothing blocks what is behind it.

use chrono::TimeDelta;
use claim_command::{CommandHandler, Expected, Outcome};
use claim_domain::event::{Change, Event};
use claim_runtime::{Aws, ConfigError, Error, Measured, Meter, Metric, Variables, logging};
use claim_store::StoreError;
use serde::Serialize;

/// How long after its instant, and the scheduler's flexible window, a clock counts as overdue.
const GRACE: TimeDelta = TimeDelta::minutes(5);

/// How long until a claim is tried again whose overdue clocks could not be applied.
const AGAIN: TimeDelta = TimeDelta::minutes(15);

/// The function as Lambda runs it.
pub struct Function {
    sweep: Sweep,
    meter: Meter,
}

impl claim_runtime::Function for Function {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    type Event = serde_json::Value;
    type Answer = Swept;

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let commands = claim_runtime::command_handler(variables, &Aws::new(variables)?)?;
        Ok(Self { sweep: Sweep::new(commands, variables)?, meter: Meter::new(variables)? })
    }

    async fn handle(&self, _: serde_json::Value, _: &str) -> Result<Swept, Error> {
        let swept = self.sweep.pass().await?;
        self.meter.write(&self.sweep.measured(&swept).await?);
        Ok(swept)
    }
}

/// Sweep as configured.
#[derive(Clone)]
pub struct Sweep {
    commands: CommandHandler,
    window: TimeDelta,
    batch: u32,
}

/// What a pass found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Swept {
    /// Claims with overdue clocks that were applied.
    pub claims: u32,
    /// Closed claims that have kept their files and contacts long enough.
    pub erased: u32,
    /// Events that dispatch was pointed at again.
    pub events: u32,
    /// Things that could not be handled, and will be tried by a later pass.
    pub failed: u32,
    /// Whether something is left for the next pass.
    pub more: bool,
}

impl Sweep {
    /// Sweep as configured.
    ///
    /// # Errors
    /// The variable that is malformed.
    pub fn new(commands: CommandHandler, variables: &Variables) -> Result<Self, ConfigError> {
        let window: u32 = variables.parsed("SCHEDULE_WINDOW_MINUTES", "15")?;
        Ok(Self {
            commands,
            window: TimeDelta::minutes(i64::from(window)),
            batch: variables.parsed("SWEEP_BATCH", "100")?,
        })
    }

    /// One bounded pass over every shard.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn pass(&self) -> Result<Swept, StoreError> {
        let mut swept = Swept::default();
        for shard in 0..self.commands.store.shards() {
            self.claims(shard, &mut swept).await?;
            self.events(shard, &mut swept).await?;
        }
        tracing::info!(
            claims = swept.claims,
            erased = swept.erased,
            events = swept.events,
            failed = swept.failed,
            more = swept.more,
            "swept"
        );
        Ok(swept)
    }

    /// What a pass measures: what it found, and what is left to do after it. The template's alarms watch these.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn measured(&self, swept: &Swept) -> Result<Measured, StoreError> {
        let left = self.commands.store.backlog().await?;
        let now = self.commands.host.now();
        let mut measured = Measured::default();
        measured.count(Metric::OverdueClocks, swept.claims);
        measured.count(Metric::SweptEvents, swept.events);
        measured.count(Metric::SweepFailures, swept.failed);
        measured.took(Metric::OldestUnsettledEvent, now - left.oldest_unsettled.unwrap_or(now));
        measured.count(Metric::ParkedEvents, left.parked);
        measured
            .count(Metric::HolidaysEndSoon, u32::from(self.commands.program.calendar.holidays_end_soon(now)));
        Ok(measured)
    }

    /// Applies the clocks of claims that are overdue by more than the flexible window and the grace, as their timers
    /// would.
    async fn claims(&self, shard: u32, swept: &mut Swept) -> Result<(), StoreError> {
        let now = self.commands.host.now();
        let before = now - self.window - GRACE;
        let page = self.commands.store.overdue_claims(shard, before, self.batch).await?;
        swept.more |= page.more;
        for claim in page.found {
            match self.commands.apply_due(&claim, Expected::Anything).await {
                // Nothing else brings a claim here when its retention ends (D22).
                Ok(Outcome::Written(written))
                    if written.events.iter().all(|event| matches!(event.change, Change::Erased { .. })) =>
                {
                    tracing::info!(claim.id = %claim, "erased");
                    swept.erased += 1;
                }
                Ok(Outcome::Written(written)) if written.events.iter().any(is_of_a_clock) => {
                    tracing::warn!(claim.id = %claim, "a clock was overdue");
                    swept.claims += 1;
                }
                // Announced documents have no timer: their expiry is always sweep's to apply (D20).
                Ok(Outcome::Written(_)) => {
                    tracing::info!(claim.id = %claim, "what was announced and not completed was dropped");
                }
                // It was applied meanwhile, and the index only lags.
                Ok(Outcome::Unchanged(_) | Outcome::Stale(_) | Outcome::Refused(_)) => {}
                Err(error) => {
                    tracing::error!(claim.id = %claim, error = logging::chain(&error), "overdue clock not applied");
                    swept.failed += 1;
                    if let Err(error) = self.commands.store.postpone(&claim, now, now + AGAIN).await {
                        tracing::error!(claim.id = %claim, error = logging::chain(&error), "not postponed");
                    }
                }
            }
        }
        Ok(())
    }

    /// Marks events past their instant, so that the stream brings them to dispatch again.
    async fn events(&self, shard: u32, swept: &mut Swept) -> Result<(), StoreError> {
        let now = self.commands.host.now();
        let page = self.commands.store.unsettled_events(shard, now, self.batch).await?;
        swept.more |= page.more;
        for (claim, version) in page.found {
            match self.commands.store.mark_swept(&claim, version, now).await {
                Ok(()) => {
                    tracing::warn!(claim.id = %claim, event.version = version, "an event was unsettled");
                    swept.events += 1;
                }
                Err(error) => {
                    tracing::error!(
                        claim.id = %claim, event.version = version, error = logging::chain(&error), "event not marked"
                    );
                    swept.failed += 1;
                }
            }
        }
        Ok(())
    }
}

fn is_of_a_clock(event: &Event) -> bool {
    event.change.expiry().is_some()
}

#[cfg(test)]
#[path = "lib_tests.rs"]
mod tests;
