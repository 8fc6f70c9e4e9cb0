//! What operators do by hand: some time after an effect was parked, somebody looks at the list of parked effects, and has
//! each tried again or settles it, with the functions that `cargo xtask parked` calls.

use claim_domain::effect::Effect;
use claim_store::{HandError, Parked, Store};

use crate::engine::{Millis, Simulation};
use crate::invocation::Job;
use crate::model::read;
use crate::state::{SimulationState, instant};
use test_support::table::Record;

const HOUR: Millis = 3_600_000;

/// Lets an operator come after an event was parked, in most cases. Nobody comes before the index shows it.
pub(crate) fn watch(state: &mut SimulationState, record: &Record) {
    let is_parked = |item: Option<&std::sync::Arc<_>>| {
        item.and_then(|item| read::<String>(item, "outbox")).as_deref() == Some("parked")
    };
    if !is_parked(record.new.as_ref()) || is_parked(record.old.as_ref()) {
        return;
    }
    if state.random.operators.u32(0..4) > 0 {
        come(state);
    }
}

fn come(state: &mut SimulationState) {
    let delay = state.random.operators.i64(HOUR..10 * 24 * HOUR);
    state.agenda.after(delay, |state| state.jobs.push(Job::Operator));
}

/// Sees to everything that is parked. If the table fails, the operator comes again.
pub(crate) async fn see_to_parked(simulation: Simulation, store: Store) {
    let Ok(parked) = store.parked().await else { return come(&mut simulation.state()) };
    for effect in parked {
        let now = instant(simulation.state().agenda.now());
        let done = match is_settled(&simulation, &effect) {
            true => store.settle_parked(&effect.id, "operator", "dealt with in another way", now).await,
            false => store.retry_parked(&effect.id, now).await,
        };
        simulation.state().note("operator", 0, || format!("{}: {done:?}", effect.id));
        if matches!(done, Err(HandError::Store(_) | HandError::Busy(_))) {
            come(&mut simulation.state());
        }
    }
}

/// Whether the operator settles an effect instead of having it tried again. A message to assessment cannot be dealt with
/// in another way: later messages follow it.
fn is_settled(simulation: &Simulation, parked: &Parked) -> bool {
    match parked.effect {
        Effect::SendToAssessment { .. } => false,
        _ => simulation.state().random.operators.u32(0..3) == 0,
    }
}
