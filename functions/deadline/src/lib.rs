//! A timer fired: applies the clocks that are due on its claim (I3, I4).
//!
//! The firing is a hint, the table is the truth. A stale, duplicate or orphaned firing changes nothing and is counted
//! in the log. One that comes before its instant by this function's own clock fails, so that it comes again.

use chrono::TimeDelta;
use claim_command::{CommandError, CommandHandler, Expected, Outcome};
use claim_domain::calendar::Instant;
use claim_domain::timer::TimerFired;
use claim_runtime::{Aws, ConfigError, Error, Measured, Meter, Metric, Variables, logging};

/// The function as Lambda runs it.
pub struct Function {
    commands: CommandHandler,
    window: TimeDelta,
    meter: Meter,
}

impl claim_runtime::Function for Function {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    type Event = TimerFired;
    type Answer = ();

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self {
            commands: claim_runtime::command_handler(variables, &Aws::new(variables)?)?,
            window: TimeDelta::minutes(variables.parsed("SCHEDULE_WINDOW_MINUTES", "15")?),
            meter: Meter::new(variables)?,
        })
    }

    async fn handle(&self, fired: TimerFired, _: &str) -> Result<(), Error> {
        let came = self.commands.host.now();
        let outcome = handle(&self.commands, &fired).await;
        self.meter.write(&measured(&fired, came, self.window, &outcome));
        Ok(outcome.map(|_| ())?)
    }
}

/// Why a firing must come again.
#[derive(Debug, thiserror::Error)]
pub enum DeadlineError {
    /// It came before its instant.
    #[error("the timer fired before {due_at}")]
    Early {
        /// The instant.
        due_at: Instant,
    },
    /// The clocks could not be applied.
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// The result of a firing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fired {
    /// The clock was applied.
    Applied,
    /// The clock is not armed any more, or was armed by another event: nothing to do.
    Stale,
}

/// Handles one firing.
///
/// # Errors
/// When it came early, or the table failed: the scheduler's retry brings it again.
pub async fn handle(commands: &CommandHandler, fired: &TimerFired) -> Result<Fired, DeadlineError> {
    if commands.host.now() < fired.due_at {
        return Err(DeadlineError::Early { due_at: fired.due_at });
    }
    let outcome = apply(commands, fired).await?;
    tracing::info!(
        claim.id = %fired.claim_id,
        clock = fired.clock.as_str(),
        generation = fired.generation,
        stale = outcome == Fired::Stale,
        "timer fired"
    );
    Ok(outcome)
}

/// What a firing that came at `came` measures, if timers may be late by `window`.
pub fn measured(
    fired: &TimerFired,
    came: Instant,
    window: TimeDelta,
    outcome: &Result<Fired, DeadlineError>,
) -> Measured {
    let mut measured = Measured::default();
    match outcome {
        Ok(Fired::Applied) => measured.took(Metric::TimerLateness, came - fired.due_at - window),
        Ok(Fired::Stale) => measured.count(Metric::StaleTimers, 1),
        Err(DeadlineError::Early { .. }) => measured.count(Metric::EarlyTimers, 1),
        // Lambda counts this among the function's errors.
        Err(DeadlineError::Command(_)) => {}
    }
    measured
}

async fn apply(commands: &CommandHandler, fired: &TimerFired) -> Result<Fired, DeadlineError> {
    let expected = Expected::Timer(fired.clock, fired.generation);
    match commands.apply_due(&fired.claim_id, expected).await {
        Ok(Outcome::Written(_) | Outcome::Unchanged(_)) => Ok(Fired::Applied),
        Ok(Outcome::Stale(_) | Outcome::Refused(_)) => Ok(Fired::Stale),
        Err(error) => {
            tracing::error!(claim.id = %fired.claim_id, error = logging::chain(&error), "clock not applied");
            Err(error.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_firing_is_late_after_its_window_and_stale_or_early_ones_are_counted() {
        claim_domain::proves!(I4);
        let fired = |due: &str| TimerFired {
            claim_id: "01J00000000000000000000000".parse().unwrap(),
            clock: claim_domain::clock::ClockName::Consent,
            generation: 7,
            due_at: due.parse().unwrap(),
        };
        let came: Instant = "2026-03-02T00:20:00Z".parse().unwrap();
        let measure = |due, outcome| measured(&fired(due), came, TimeDelta::minutes(15), &outcome);
        let late = |due| measure(due, Ok(Fired::Applied)).values(Metric::TimerLateness).to_vec();
        assert_eq!(late("2026-03-02T00:00:00Z"), [300.0]);
        assert_eq!(late("2026-03-02T00:10:00Z"), [0.0]);
        let stale = measure("2026-03-02T00:00:00Z", Ok(Fired::Stale));
        assert_eq!(stale.values(Metric::StaleTimers), [1.0]);
        assert!(stale.values(Metric::TimerLateness).is_empty());
        let early = measure("2026-03-03T00:00:00Z", Err(DeadlineError::Early { due_at: came }));
        assert_eq!(early.values(Metric::EarlyTimers), [1.0]);
    }
}
