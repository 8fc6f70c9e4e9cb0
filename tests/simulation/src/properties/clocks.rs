//! I3: deadlines depend on clocks, not on timers.

use claim_domain::calendar::Instant;
use claim_domain::claim::{Claim, DropReason, UPLOAD_EXPIRES_AFTER};
use claim_domain::clock::ClockName;
use claim_domain::event::{Change, Event};
use claim_domain::ids::ClaimId;
use claim_domain::reason::RejectCode;

use super::Property;
use crate::engine::TaskId;
use crate::state::{SimulationState, instant};

/// The clock that an event acts on because it was due, and the due instant that the event names.
fn expiry(event: &Event) -> Option<(ClockName, Instant)> {
    match &event.change {
        Change::Breached { clock, due_at } | Change::Reminded { clock, due_at, .. } => {
            Some((*clock, *due_at))
        }
        // Two clocks reject: the partner's answer, and the correction of an address (D16).
        Change::Rejected { rejection, due_at: Some(due_at), .. } => Some(match rejection.reason {
            RejectCode::NoPartnerResponse => (ClockName::PartnerAnswer, *due_at),
            _ => (ClockName::NoticeCorrection, *due_at),
        }),
        Change::Escalated { due_at, .. } => Some((ClockName::Escalation, *due_at)),
        Change::ConsentPassed { due_at } => Some((ClockName::Consent, *due_at)),
        Change::DisputeWindowClosed { due_at, .. } => Some((ClockName::DisputeWindow, *due_at)),
        _ => None,
    }
}

/// Whether the event drops what had expired by then (D19): expiry has an instant of its own, and comes in order with the
/// clocks.
fn expired_by(claim: &Claim, event: &Event, due: Instant) -> bool {
    let Change::UploadsDropped { evidence, why: DropReason::Expired } = &event.change else { return false };
    let dropped = claim.evidence.iter().filter(|document| evidence.contains(&document.id));
    dropped
        .map(|document| document.requested_at + UPLOAD_EXPIRES_AFTER)
        .min()
        .is_some_and(|expiry| expiry <= due)
}

/// [`Property::ActedOnce`] and [`Property::DueFirst`]: an event that acts on a clock acts on the first running one, and
/// only if it is due by the clock of the deciding machine. Before any other event, no clock is due. `decided` is the
/// instant of the decision by that machine's clock, where the event reveals it (I9).
pub(crate) fn check_event_time(
    state: &mut SimulationState,
    task: TaskId,
    event: &Event,
    decided: Option<Instant>,
) {
    let Some(known) = state.model.claims.get(&event.claim) else { return };
    let ticking = known.clocks.armed().filter(|(_, armed)| armed.is_ticking());
    let first = ticking.map(|(clock, armed)| (instant(armed.due), clock)).min();
    let read = state.invocations.get(&task).and_then(|invocation| invocation.clock_read);
    let finding = match (expiry(event), first) {
        (Some((clock, due)), first) => {
            if first.is_none_or(|(_, running)| running != clock)
                && known.clocks.get(clock).is_none_or(|armed| !armed.is_ticking())
            {
                Some((
                    Property::ActedOnce,
                    format!("{} was acted on though it was not running", clock.as_str()),
                ))
            } else if first != Some((due, clock)) {
                Some((
                    Property::ActedOnce,
                    format!("{} of {due} was acted on before {first:?}", clock.as_str()),
                ))
            } else if decided.or(read).is_some_and(|now| now < due) || read.is_some_and(|now| now < due) {
                Some((
                    Property::ActedOnce,
                    format!("{} of {due} was acted on at {decided:?}", clock.as_str()),
                ))
            } else {
                None
            }
        }
        (None, Some((due, clock)))
            if decided.is_some_and(|now| now >= due) && !expired_by(&known.claim, event, due) =>
        {
            Some((
                Property::DueFirst,
                format!(
                    "version {} was decided at {} though {} was due at {due}",
                    event.version,
                    event.at,
                    clock.as_str()
                ),
            ))
        }
        _ => None,
    };
    if let Some((property, what)) = finding {
        state.violated(property, format!("{}: {what}", event.claim));
    }
}

/// [`Property::Clocks`]: the clocks of the claim are those that the reference model computes from the rules.
pub(crate) fn check_clocks(state: &mut SimulationState, claim: &ClaimId) {
    let Some(known) = state.model.claims.get(claim) else { return };
    let product: Vec<_> = known
        .claim
        .clocks
        .iter()
        .map(|(clock, armed)| {
            let (paused, breached) = (armed.paused_at.is_some(), armed.breached_at.is_some());
            (*clock, armed.generation, (!paused).then_some(armed.due_at), paused, breached)
        })
        .collect();
    let rules: Vec<_> = known
        .clocks
        .armed()
        .map(|(clock, armed)| {
            (
                clock,
                armed.generation,
                (!armed.paused).then(|| instant(armed.due)),
                armed.paused,
                armed.breached,
            )
        })
        .collect();
    if product != rules {
        let what = format!("{claim} at version {}: {product:?}, by the rules {rules:?}", known.claim.version);
        state.violated(Property::Clocks, what);
    }
}
