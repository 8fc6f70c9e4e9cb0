//! What must hold at rest: people are done, the faults have ended, and time has gone on until nothing was left to
//! happen.

use claim_domain::claim::{Claim, Status};
use claim_domain::clock::ClockName;
use claim_domain::effect::Effect;
use claim_domain::ids::{DocumentKey, EffectId};
use claim_store::Outcome;

use super::{Property, alarms, assessment, association, changes, erasure, webhooks};
use crate::model::{CommittedEvent, event_key, read};
use crate::state::SimulationState;
use test_support::table::Key;

/// Checks everything that must hold at rest.
pub(crate) fn check_at_rest(state: &mut SimulationState) {
    check_claims_match_events(state);
    check_no_clock_runs(state);
    check_effects_are_settled(state);
    check_dropped_documents_are_gone(state);
    check_no_file_is_kept_for_nothing(state);
    changes::check_all_numbered(state);
    changes::check_all_told(state);
    webhooks::check_all_delivered(state);
    erasure::check_erased(state);
    association::check_records_match_claims(state);
    assessment::check_messages_match_events(state);
}

/// [`Property::Replay`] and [`Property::Versions`]: the stored claim is the one that results from its events.
fn check_claims_match_events(state: &mut SimulationState) {
    let mut finding = None;
    for (id, known) in state.model.claims.iter().filter(|(_, known)| !erasure::is_gone(&known.claim)) {
        let key = Key { partition: format!("CLAIM#{id}"), sort: "CLAIM".to_owned() };
        let item = state.table.item(&key);
        let stored = item.and_then(|item| read::<Claim>(item, "claim"));
        let version = item.and_then(|item| read::<u64>(item, "version"));
        if stored.as_ref() != Some(&known.claim) {
            finding = Some((
                Property::Replay,
                format!("{id} is stored as {stored:?}, its events give {:?}", known.claim),
            ));
        } else if version != Some(known.claim.version) || known.claim.version != known.events.len() as u64 {
            finding = Some((
                Property::Versions,
                format!("{id} is at {version:?} with {} events", known.events.len()),
            ));
        }
        // That the events did not change is checked with every write.
        let is_gone =
            |committed: &&CommittedEvent| state.table.item(&event_key(id, committed.event.version)).is_none();
        if let Some(committed) = known.events.iter().find(is_gone) {
            finding = Some((Property::Replay, format!("{id}/{} is gone", committed.event.version)));
        }
    }
    if let Some((property, what)) = finding {
        state.violated(property, what);
    }
}

/// [`Property::DocumentsDeleted`]: the documents that a claim gave up are gone, unless their deletion was parked.
fn check_dropped_documents_are_gone(state: &mut SimulationState) {
    let mut dropped =
        state.model.claims.values().flat_map(|known| known.events.iter()).flat_map(|committed| {
            let (claim, version) = (&committed.event.claim, committed.event.version);
            committed.effects.iter().enumerate().flat_map(move |(index, effect)| match effect {
                Effect::DeleteFiles { evidence } => {
                    let effect = EffectId::new(claim, version, index);
                    evidence
                        .iter()
                        .map(|document| (effect.clone(), format!("claims/{claim}/{document}")))
                        .collect()
                }
                _ => Vec::new(),
            })
        });
    let is_done = |effect: &EffectId| matches!(state.model.outcomes.get(effect), Some(Outcome::Done { .. }));
    let left = dropped.find(|(effect, key)| is_done(effect) && !state.objects.is_gone(key));
    if let Some((_, key)) = left {
        state.violated(Property::DocumentsDeleted, format!("{key} is still there"));
    }
}

/// [`Property::NoOrphans`]: every file that is kept is a completed document of a claim that was not discarded, unless its
/// deletion was parked.
fn check_no_file_is_kept_for_nothing(state: &mut SimulationState) {
    let is_needed = |key: &str| {
        let Ok(DocumentKey { claim, evidence }) = key.parse() else { return false };
        let Some(known) = state.model.claims.get(&claim) else { return false };
        let is_kept = known.claim.status != Status::Discarded
            && known.claim.erased_at.is_none()
            && known.claim.evidence.iter().any(|it| it.id == evidence && it.uploaded_at.is_some());
        let is_parked = known.events.iter().any(|committed| {
            committed.effects.iter().enumerate().any(|(index, effect)| {
                let id = EffectId::new(&claim, committed.event.version, index);
                matches!(effect, Effect::DeleteFiles { evidence: deleted } | Effect::DeleteClaim { evidence: deleted }
                    if deleted.contains(&evidence))
                    && matches!(state.model.outcomes.get(&id), Some(Outcome::Parked { .. }))
            })
        });
        is_kept || is_parked
    };
    let orphan = state.objects.kept().find(|key| !is_needed(key)).map(str::to_owned);
    if let Some(key) = orphan {
        state.violated(Property::NoOrphans, format!("{key} is kept, and no claim has it"));
    }
}

/// [`Property::EveryClock`]: all clocks have been due by now, and each was acted on; only an escalation is armed again.
fn check_no_clock_runs(state: &mut SimulationState) {
    let now = state.agenda.now();
    let running = state.model.claims.iter().find_map(|(id, known)| {
        let is_ahead = |clock, due| clock == ClockName::Escalation && due > now;
        let ticking = known.clocks.armed().find(|(clock, it)| it.is_ticking() && !is_ahead(*clock, it.due));
        ticking.map(|(clock, armed)| {
            format!("{} of {id}, due at {}, was forgotten", clock.as_str(), crate::state::instant(armed.due))
        })
    });
    if let Some(what) = running {
        state.violated(Property::EveryClock, what);
    }
}

/// [`Property::Settled`]: every effect is done, settled by hand, or parked with an alarm. An event without a parked
/// effect is out of the outbox, and out of the count that keeps the alarm up.
fn check_effects_are_settled(state: &mut SimulationState) {
    let mut finding = None;
    // Whatever was left to do for a claim that is gone went with it (D22).
    for (id, known) in state.model.claims.iter().filter(|(_, known)| !erasure::is_gone(&known.claim)) {
        for committed in &known.events {
            let mut parked = false;
            for index in 0..committed.effects.len() {
                let effect = claim_domain::ids::EffectId::new(id, committed.event.version, index);
                match state.model.outcomes.get(&effect) {
                    Some(Outcome::Done { .. } | Outcome::Settled { .. }) => {}
                    Some(Outcome::Parked { .. }) => {
                        parked = true;
                        if !alarms::was_raised(&effect.to_string()) {
                            finding = Some(format!("{effect} is parked without an alarm"));
                        }
                    }
                    other => finding = Some(format!("{effect} is not settled: {other:?}")),
                }
            }
            let item = state.table.item(&event_key(id, committed.event.version));
            let outbox = item.and_then(|item| read::<String>(item, "outbox"));
            if outbox.as_deref() != parked.then_some("parked") {
                finding = Some(format!("{id}/{} is {outbox:?} in the outbox", committed.event.version));
            }
        }
    }
    if let Some(what) = finding {
        state.violated(Property::Settled, what);
    }
}
