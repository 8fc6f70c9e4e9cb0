//! A timer fired: applies the clocks that are due on its claim (I3, I4).
//!
//! The firing is a hint, the table is the truth. One that is stale, a duplicate, or an orphan changes nothing and is
//! counted in the log; one that comes before its instant by this function's own clock fails, so that it comes again.

use claim_command::{CommandError, Desk};
use claim_domain::calendar::Instant;
use claim_domain::command::TimerFired;
use claim_domain::refusal::RefusalKind;
use claim_runtime::logging;

/// Why a firing is to come again.
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

/// What a firing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fired {
    /// The clock was applied.
    Applied,
    /// The clock is not armed any more, or by another event: nothing to do.
    Stale,
}

/// Handles one firing.
///
/// # Errors
/// When it came early, or the table failed: the scheduler's retry brings it again.
pub async fn handle(desk: &Desk, fired: &TimerFired) -> Result<Fired, DeadlineError> {
    if desk.world.now() < fired.due_at {
        return Err(DeadlineError::Early { due_at: fired.due_at });
    }
    let armed = desk.store.claim(&fired.claim_id).await.map_err(CommandError::from)?.is_some_and(|claim| {
        claim
            .clocks
            .get(&fired.clock)
            .is_some_and(|clock| clock.generation == fired.generation && clock.is_ticking())
    });
    let outcome = if armed { apply(desk, fired).await? } else { Fired::Stale };
    tracing::info!(
        claim.id = %fired.claim_id,
        clock = fired.clock.as_str(),
        generation = fired.generation,
        stale = outcome == Fired::Stale,
        "timer fired"
    );
    Ok(outcome)
}

async fn apply(desk: &Desk, fired: &TimerFired) -> Result<Fired, DeadlineError> {
    match desk.apply_due(&fired.claim_id).await {
        Ok(_) => Ok(Fired::Applied),
        Err(CommandError::Refused(refusal)) if refusal.kind == RefusalKind::NotFound => Ok(Fired::Stale),
        Err(error) => {
            tracing::error!(claim.id = %fired.claim_id, error = logging::chain(&error), "clock not applied");
            Err(error.into())
        }
    }
}
