//! I4: a timer is only a hint; what the table says decides.

use claim_domain::effect::Effect;
use claim_domain::timer::TimerFired;
use deadline::Fired;

use super::Property;
use crate::engine::{Millis, TaskId};
use crate::invocation::Trigger;
use crate::state::SimulationState;

/// [`Property::Timers`]: an event called for the schedule, which is not set before the clock is due and has a unique
/// name.
pub(crate) fn check_created_schedule(state: &mut SimulationState, name: &str, payload: &str, at: Millis) {
    let Ok(fired) = serde_json::from_str::<TimerFired>(payload) else {
        return state.violated(Property::Timers, format!("the payload of the schedule {name} is {payload}"));
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

/// [`Property::Timers`]: a stale timer changes nothing and is reported as stale. An early one fails, so that it is
/// retried. After any other, its clock was acted on.
pub(crate) fn check_handled_timer(state: &mut SimulationState, task: TaskId, outcome: Result<Fired, ()>) {
    let Some(invocation) = state.invocations.get(&task) else { return };
    let Trigger::Timer { fired, armed, .. } = &invocation.trigger else { return };
    let began = crate::state::instant(invocation.began + state.skews[invocation.machine]);
    let now = state.clock_of(invocation.machine);
    let still_armed = state.model.is_armed(fired);
    let problem = if !armed && (invocation.writes > 0 || outcome == Ok(Fired::Applied)) {
        Some("is stale, but was applied")
    } else if now < fired.due_at && (outcome.is_ok() || invocation.writes > 0) {
        Some("is early, but was handled")
    } else if began >= fired.due_at && outcome.is_ok() && still_armed {
        Some("was handled, but its clock is still running")
    } else {
        None
    };
    if let Some(problem) = problem {
        let what = format!(
            "the timer {} of {} by event {} {problem}",
            fired.clock.as_str(),
            fired.claim_id,
            fired.generation
        );
        state.violated(Property::Timers, what);
    }
}
