//! I4: a timer is only a hint; what the table says decides.

use claim_domain::command::TimerFired;
use claim_domain::effect::Effect;
use deadline::Fired;

use super::Property;
use crate::engine::{Millis, TaskId};
use crate::state::State;
use crate::work::Work;

/// [`Property::Timers`]: a schedule says what its event armed, is not due before that, and has a name of its own.
pub(crate) fn schedule_is_made(state: &mut State, name: &str, payload: &str, at: Millis) {
    let Ok(fired) = serde_json::from_str::<TimerFired>(payload) else {
        return state.violated(Property::Timers, format!("the schedule {name} says {payload}"));
    };
    let armed = state.model.claims.get(&fired.claim_id).and_then(|known| known.event(fired.generation));
    let calls_for = |effect: &Effect| {
        matches!(effect, Effect::ArmTimer { clock, generation, due_at }
            if *clock == fired.clock && *generation == fired.generation && *due_at == fired.due_at)
    };
    if !armed.is_some_and(|committed| committed.effects.iter().any(calls_for)) {
        state.violated(Property::Timers, format!("no event called for the schedule {name}: {payload}"));
    }
    if at < fired.due_at.timestamp_millis() {
        state.violated(Property::Timers, format!("the schedule {name} is set before {}", fired.due_at));
    }
    if name.len() > 64 {
        state.violated(Property::Timers, format!("the name {name} is too long"));
    }
    let earlier = state.schedules.log.insert(name.to_owned(), fired.clone());
    if earlier.is_some_and(|earlier| earlier != fired) {
        state.violated(Property::Timers, format!("two timers have the name {name}"));
    }
}

/// [`Property::Timers`]: a stale firing changes nothing and is told as stale; an early one fails, so that it comes again;
/// any other leaves its clock acted on.
pub(crate) fn timer_was_handled(state: &mut State, task: TaskId, outcome: Result<Fired, ()>) {
    let Some(invocation) = state.invocations.get(&task) else { return };
    let Work::Timer { fired, armed, .. } = &invocation.work else { return };
    let began = crate::state::instant(invocation.began + state.skews[invocation.machine]);
    let now = state.clock_of(invocation.machine);
    let still = state.model.is_armed(fired);
    let fault = if !armed && (invocation.writes > 0 || outcome == Ok(Fired::Applied)) {
        Some("is stale, but was applied")
    } else if now < fired.due_at && (outcome.is_ok() || invocation.writes > 0) {
        Some("is early, but was handled")
    } else if began >= fired.due_at && outcome.is_ok() && still {
        Some("was handled, but its clock runs on")
    } else {
        None
    };
    if let Some(fault) = fault {
        let what = format!(
            "the timer {} of {} by event {} {fault}",
            fired.clock.as_str(),
            fired.claim_id,
            fired.generation
        );
        state.violated(Property::Timers, what);
    }
}
