//! D23: the numbers of an organisation's changes, what is read of them, and what is told on the bus.

use claim_domain::calendar::Instant;
use claim_domain::effect::Effect;
use claim_domain::ids::{ClaimId, EffectId};
use claim_store::Outcome;
use serde_json::{Value, json};

use super::Property;
use super::commits::event_name;
use crate::engine::{Millis, TaskId};
use crate::model::{CommittedEvent, KnownClaim, read};
use crate::people::{ReceivedResponse, SentRequest};
use crate::state::SimulationState;
use test_support::table::Record;

/// A change that was numbered.
#[derive(Debug, Clone)]
pub(crate) struct NumberedChange {
    claim: ClaimId,
    number: u64,
    kind: String,
    at: Instant,
    /// When it was numbered, in virtual time.
    numbered: Millis,
}

/// The events of a claim that its partner may see, in their order: the first has the number 1.
fn seen(known: &KnownClaim) -> impl Iterator<Item = &CommittedEvent> {
    known.events.iter().filter(|one| event_name(&one.event) != "noted")
}

/// How many changes of a claim have a number.
fn numbered(state: &SimulationState, known: &KnownClaim) -> usize {
    let changes = state.model.changes.get(known.claim.partner.as_str());
    changes.into_iter().flatten().filter(|change| change.claim == known.claim.id).count()
}

/// Whether an event has its number: numbers are given in the order of the history.
pub(super) fn has_number(state: &SimulationState, known: &KnownClaim, committed: &CommittedEvent) -> bool {
    let before = seen(known).take_while(|one| one.event.version < committed.event.version).count();
    before < numbered(state, known)
}

/// [`Property::NumberedOnce`]: a change gets the next number of its organisation, and is the next one of its claim.
pub(crate) fn check_numbered(state: &mut SimulationState, record: &Record) {
    let Some(sequence) = record.key.sort.strip_prefix("CHANGE#").and_then(|text| text.parse::<usize>().ok())
    else {
        return;
    };
    if let Some(what) = wrong(state, record, sequence) {
        let what = format!("{}/{sequence}: {what}", record.key.partition);
        state.violated(Property::NumberedOnce, what);
    }
}

fn wrong(state: &mut SimulationState, record: &Record, sequence: usize) -> Option<String> {
    let organisation = record.key.partition.strip_prefix("CHANGES#")?;
    let (None, Some(item)) = (&record.old, &record.new) else {
        return Some("was changed".to_owned());
    };
    let change: Value = read(item, "change")?;
    let Some(known) = change["claim"].as_str().and_then(|id| state.model.claims.get(&id.parse().ok()?))
    else {
        return Some(format!("{change} is of no claim"));
    };
    let next = numbered(state, known);
    let Some(event) = seen(known).nth(next).map(|one| &one.event) else {
        return Some(format!("{change} is of no event"));
    };
    let expected =
        json!({ "claim": event.claim, "number": next + 1, "type": event_name(event), "at": event.at });
    let earlier = state.model.changes.get(organisation).map_or(0, Vec::len);
    if known.claim.partner.as_str() != organisation || sequence != earlier + 1 || change != expected {
        return Some(format!("{change} comes after {earlier}, and {expected} is the claim's next"));
    }
    let change = NumberedChange {
        claim: event.claim.clone(),
        number: next as u64 + 1,
        kind: event_name(event),
        at: event.at,
        numbered: state.agenda.now(),
    };
    state.model.changes.entry(organisation.to_owned()).or_default().push(change);
    None
}

/// [`Property::ReadsOn`]: a page has what follows the number that was asked for, and all of it that there was then.
pub(crate) fn check_page(
    state: &mut SimulationState,
    task: TaskId,
    request: &SentRequest,
    response: &ReceivedResponse,
) {
    let (Some(query), Some(organisation)) =
        (request.path.strip_prefix("/v1/changes?"), request.person.organisation())
    else {
        return;
    };
    if response.status != 200 {
        return;
    }
    let number = |name: &str| {
        let given = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        given.and_then(|text| text.parse::<usize>().ok()).unwrap_or_default()
    };
    let (after, limit) = (number("after"), number("limit"));
    let began = state.invocations.get(&task).map_or(0, |invocation| invocation.began);
    let all = state.model.changes.get(organisation).map_or(&[][..], Vec::as_slice);
    let known = all.iter().filter(|change| change.numbered < began).count();
    let page = response.json();
    let got = page["items"].as_array().map_or(0, Vec::len);
    let expected = (after..after + got).map_while(|at| told(state, organisation, at as u64 + 1));
    let expected: Vec<Value> = expected.collect();
    let misses = got < known.saturating_sub(after).min(limit);
    let ends_early = page["hasMore"] == false && after + got < known;
    if page["items"] != json!(expected) || page["next"] != after + got || misses || ends_early || got > limit
    {
        let what = format!("#{task} {request}: {page}, while {known} changes had numbers");
        state.violated(Property::ReadsOn, what);
    }
}

/// What is told of a change of an organisation, by its number.
pub(super) fn told(state: &SimulationState, organisation: &str, sequence: u64) -> Option<Value> {
    let change = change(state, organisation, sequence)?;
    Some(json!({
        "sequence": sequence, "claim": change.claim, "number": change.number, "type": change.kind, "at": change.at,
    }))
}

fn change<'a>(state: &'a SimulationState, organisation: &str, sequence: u64) -> Option<&'a NumberedChange> {
    let place = usize::try_from(sequence).ok()?.checked_sub(1)?;
    state.model.changes.get(organisation)?.get(place)
}

/// The claim of a change, and its event.
fn event_of<'a>(
    state: &'a SimulationState,
    change: &'a NumberedChange,
) -> Option<(&'a ClaimId, &'a CommittedEvent)> {
    let known = state.model.claims.get(&change.claim)?;
    let event = seen(known).nth(usize::try_from(change.number).ok()?.checked_sub(1)?)?;
    Some((&change.claim, event))
}

/// When a change came about, in virtual time.
pub(super) fn committed_at(state: &SimulationState, organisation: &str, sequence: u64) -> Option<Millis> {
    Some(event_of(state, change(state, organisation, sequence)?)?.1.at)
}

/// Whether telling of a change was given up with an alarm.
pub(super) fn is_given_up_change(state: &SimulationState, organisation: &str, sequence: u64) -> bool {
    let event = change(state, organisation, sequence).and_then(|change| event_of(state, change));
    event.is_some_and(|(claim, event)| is_given_up(state, claim, event))
}

/// [`Property::OnBus`]: what is put on the bus is a change with the number that it has.
pub(crate) fn check_told(state: &mut SimulationState, detail: &str) {
    let told: Value = serde_json::from_str(detail).unwrap_or_default();
    let organisation = told["organisation"].as_str().unwrap_or_default().to_owned();
    let sequence = told["sequence"].as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or_default();
    let changes = state.model.changes.get(&organisation).map_or(&[][..], Vec::as_slice);
    let expected = sequence.checked_sub(1).and_then(|at| changes.get(at)).map(|change| {
        json!({
            "schemaVersion": 1, "organisation": organisation, "sequence": sequence, "claim": change.claim,
            "number": change.number, "type": change.kind, "at": change.at,
        })
    });
    if expected.as_ref() != Some(&told) {
        return state.violated(Property::OnBus, format!("the bus has {told}, not {expected:?}"));
    }
    state.model.told.entry(organisation).or_default().insert(sequence);
}

/// [`Property::OnBus`]: at rest the bus has every change, unless that was given up with an alarm.
pub(super) fn check_all_told(state: &mut SimulationState) {
    let finding = state.model.changes.iter().find_map(|(organisation, changes)| {
        let told = state.model.told.get(organisation);
        let missing = (1..).zip(changes).filter(|(at, _)| !told.is_some_and(|told| told.contains(at)));
        let mut missing = missing.filter(|(_, change)| {
            !event_of(state, change).is_some_and(|(claim, event)| is_given_up(state, claim, event))
        });
        missing
            .next()
            .map(|(at, change)| format!("{organisation}/{at} of {} is not on the bus", change.claim))
    });
    if let Some(what) = finding {
        state.violated(Property::OnBus, what);
    }
}

/// [`Property::NumberedOnce`]: at rest every change has its number, unless that was given up with an alarm.
pub(super) fn check_all_numbered(state: &mut SimulationState) {
    let finding = state.model.claims.iter().find_map(|(id, known)| {
        let missing = seen(known).skip(numbered(state, known)).find(|one| !is_given_up(state, id, one))?;
        Some(format!("{id}/{} has no number", missing.event.version))
    });
    if let Some(what) = finding {
        state.violated(Property::NumberedOnce, what);
    }
}

fn is_given_up(state: &SimulationState, id: &ClaimId, one: &CommittedEvent) -> bool {
    one.effects.iter().enumerate().any(|(index, effect)| {
        let outcome = state.model.outcomes.get(&EffectId::new(id, one.event.version, index));
        matches!(effect, Effect::Publish { .. })
            && matches!(outcome, Some(Outcome::Parked { .. } | Outcome::Settled { .. }))
    })
}
