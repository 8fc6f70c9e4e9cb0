//! The reference model: the claims as they must be, computed independently of the product from the changes that were
//! committed to the table. The properties compare the product with it.

mod clocks;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::DateTime;
use claim_domain::calendar::Instant;
use claim_domain::claim::Claim;
use claim_domain::clock::ClockName;
use claim_domain::effect::Effect;
use claim_domain::event::Event;
use claim_domain::evolve::evolve;
use claim_domain::ids::{ClaimId, EffectId};
use claim_domain::timer::TimerFired;
use claim_store::Outcome;
use serde::de::DeserializeOwned;
use serde_dynamo::aws_sdk_dynamodb_1::from_attribute_value;

use crate::engine::{Millis, TaskId};
use crate::operator;
use crate::properties::changes::NumberedChange;
use crate::properties::webhooks::KnownWebhooks;
use crate::properties::{self, Property};
use crate::state::SimulationState;
use crate::stream::claim_and_version;
use test_support::table::{Item, Key, Record};

pub(crate) use clocks::Clocks;

/// How long after a clock is due sweep looks at its claim: the scheduler's window and five minutes.
const CLAIM_GRACE: Millis = 20 * 60_000;

/// An event that was committed, with what was stored beside it.
#[derive(Debug, Clone)]
pub(crate) struct CommittedEvent {
    pub(crate) event: Event,
    pub(crate) effects: Vec<Effect>,
    /// The invocation that committed it.
    pub(crate) by: TaskId,
    /// When it was committed, in virtual time.
    pub(crate) at: Millis,
    /// The revision of the claim after the event.
    pub(crate) revision: u64,
}

/// A claim that the model knows from its committed events.
#[derive(Debug, Clone)]
pub(crate) struct KnownClaim {
    /// The claim that results from the events.
    pub(crate) claim: Claim,
    pub(crate) events: Vec<CommittedEvent>,
    /// The clocks that the model computed by itself.
    pub(crate) clocks: Clocks,
}

impl KnownClaim {
    /// The revision of the claim at an instant.
    pub(crate) fn revision_at(&self, at: Millis) -> u64 {
        self.events
            .iter()
            .rev()
            .find(|committed| committed.at <= at)
            .map_or(0, |committed| committed.revision)
    }

    /// The event with this version.
    pub(crate) fn event(&self, version: u64) -> Option<&CommittedEvent> {
        self.events.get(usize::try_from(version.checked_sub(1)?).ok()?)
    }
}

#[derive(Debug, Default)]
pub(crate) struct ReferenceModel {
    pub(crate) claims: BTreeMap<ClaimId, KnownClaim>,
    /// The claim on which somebody acted last.
    pub(crate) focus: Option<ClaimId>,
    /// When sweep last ran.
    pub(crate) swept: Millis,
    /// The outcomes of effects, as they were written last.
    pub(crate) outcomes: BTreeMap<EffectId, Outcome>,
    /// Which invocations ever held the lease on an effect.
    pub(crate) leases: BTreeMap<EffectId, BTreeSet<TaskId>>,
    /// Which invocations sent a message to assessment, and whether the queue acknowledged it.
    pub(crate) messages: BTreeMap<EffectId, Vec<(TaskId, bool)>>,
    /// When a command was carried out under an Idempotency-Key: by person, by method and path, and by key.
    pub(crate) keys: BTreeMap<(String, String, String), Millis>,
    /// The changes of each organisation that have numbers, in the order of these.
    pub(crate) changes: BTreeMap<String, Vec<NumberedChange>>,
    /// The numbers of the changes of each organisation that the bus has accepted.
    pub(crate) told: BTreeMap<String, BTreeSet<usize>>,
    /// The webhooks of organisations, and what has reached them.
    pub(crate) webhooks: KnownWebhooks,
    /// When an association was taken or given up last.
    pub(crate) associations_changed: Millis,
    /// How many emails were sent again because their sender was cut off after they had been accepted.
    pub(crate) emails_sent_again: u64,
    /// The items of the index that sweep reads, by the instant at which sweep would find them.
    sweep_index: BTreeSet<(Millis, Key)>,
    sweep_times: BTreeMap<Key, Millis>,
}

impl ReferenceModel {
    /// The first instant at which sweep would find something.
    pub(crate) fn first_sweep_work(&self) -> Option<Millis> {
        self.sweep_index.first().map(|(at, _)| *at)
    }

    /// Whether the clock of a timer is armed by the generation that the timer names.
    pub(crate) fn is_armed(&self, fired: &TimerFired) -> bool {
        self.claims
            .get(&fired.claim_id)
            .is_some_and(|known| known.clocks.is_armed(fired.clock, fired.generation))
    }

    /// The effect with this id, with its event and its claim.
    pub(crate) fn effect(&self, id: &EffectId) -> Option<(&KnownClaim, &CommittedEvent, &Effect)> {
        let known = self.claims.get(&id.claim)?;
        let committed = known.event(id.version)?;
        Some((known, committed, committed.effects.get(id.index)?))
    }

    /// Whether nothing runs but escalations that are still ahead, and no effect is left to settle.
    pub(crate) fn waits_only_to_escalate(&self, now: Millis) -> bool {
        let mut running = self.claims.values().flat_map(|known| known.clocks.armed());
        let is_ahead = |clock, due| clock == ClockName::Escalation && due > now;
        running.all(|(clock, armed)| !armed.is_ticking() || is_ahead(clock, armed.due))
            && self.sweep_index.iter().all(|(_, key)| !key.sort.starts_with("EVENT#"))
            && self.claims.values().all(|known| known.claim.keeps_until().is_none())
    }

    fn update_sweep_index(&mut self, record: &Record) {
        if let Some(at) = self.sweep_times.remove(&record.key) {
            self.sweep_index.remove(&(at, record.key.clone()));
        }
        let text = |name| match record.new.as_ref().and_then(|item| item.get(name)) {
            Some(AttributeValue::S(text)) => Some(text.as_str()),
            _ => None,
        };
        let Some((partition, at)) = text("workPk").zip(text("workAt")) else { return };
        let Ok(at) = DateTime::parse_from_rfc3339(at).map(|at| at.timestamp_millis()) else { return };
        let at = match partition.split('#').next() {
            Some("CLAIM") => at + CLAIM_GRACE,
            Some("EVENT") => at,
            _ => return,
        };
        self.sweep_index.insert((at, record.key.clone()));
        self.sweep_times.insert(record.key.clone(), at);
    }
}

/// Reads an attribute of an item.
pub(crate) fn read<T: DeserializeOwned>(item: &Item, name: &str) -> Option<T> {
    from_attribute_value(item.get(name)?.clone()).ok()
}

/// Updates the model with the changes of one write, and checks them.
pub(crate) fn observe(state: &mut SimulationState, task: TaskId, records: &[Record]) {
    properties::responses::check_write(state, task, records);
    let mut claim = None;
    let (mut events, mut outboxes) = (Vec::new(), Vec::new());
    for record in records {
        state.model.update_sweep_index(record);
        let hash = crate::trace::hash_of(record.key.sort.as_bytes()) ^ record.sequence;
        state.note("write", hash, || {
            format!("#{task} {} {}/{}", record.event_name(), record.key.partition, record.key.sort)
        });
        properties::commits::check_schema(state, record);
        match (record.key.partition.split('#').next(), record.key.sort.as_str()) {
            (Some("CLAIM"), _) if record.new.is_none() => properties::erasure::check_deleted(state, record),
            (Some("CLAIM"), "CLAIM") => claim = Some(record),
            (Some("CLAIM"), sort) if sort.starts_with("EVENT#") => match (&record.old, &record.new) {
                (None, Some(item)) => events.push(item),
                _ => outboxes.push(record),
            },
            (Some("ASSOC"), _) => properties::association::check_written_record(state, record),
            (Some("CHANGES"), _) => properties::changes::check_numbered(state, record),
            (Some("WEBHOOKS"), "WEBHOOKS") => properties::webhooks::learn(state, record),
            (Some("CONSENT"), _) => properties::effects::check_kept_link(state, record),
            _ => {}
        }
    }
    if claim.is_some() || !events.is_empty() {
        commit(state, task, claim, &events);
    }
    for record in outboxes {
        properties::effects::check_written_outbox(state, task, record);
        operator::watch(state, record);
    }
    let written = claim.and_then(|record| record.key.partition.strip_prefix("CLAIM#")?.parse().ok());
    if let Some(id) = written {
        properties::association::check_newest_document(state, &id);
    }
    if records.iter().any(|record| record.key.partition.starts_with("ASSOC#")) {
        properties::association::check_records_match_claims(state);
    }
}

/// Updates the model with the claim and the events of one write, and checks them.
fn commit(
    state: &mut SimulationState,
    task: TaskId,
    written: Option<&Record>,
    items: &[&std::sync::Arc<Item>],
) {
    let now = state.agenda.now();
    let mut events: Vec<(Event, Vec<Effect>)> = Vec::new();
    for item in items {
        let Some(event) = read::<Event>(item, "event") else {
            return state.violated(Property::Replay, "an event cannot be read back");
        };
        events.push((event, read(item, "effects").unwrap_or_default()));
    }
    events.sort_by_key(|(event, _)| event.version);
    properties::commits::check_commit(state, task, written, &events);
    let last = events.last().map(|(event, _)| event.version);
    let mut first_at: Option<Instant> = None;
    for (event, effects) in events {
        let id = event.claim.clone();
        let before = state.model.claims.get(&id).map(|known| known.claim.clone());
        // The time of the function that decided, where the event reveals it.
        let decided =
            first_at.get_or_insert(before.as_ref().map_or(DateTime::UNIX_EPOCH, |claim| claim.last_event_at));
        let decided = (event.at > *decided).then_some(event.at);
        state.note("event", event.version, || {
            format!(
                "#{task} {id}/{} {} by {}",
                event.version,
                properties::commits::event_name(&event),
                event.actor.id
            )
        });
        properties::commits::check_event_is_allowed(state, before.as_ref(), &event);
        properties::clocks::check_event_time(state, task, &event, decided);
        let Some(claim) = evolve(before, &event) else {
            return state.violated(Property::Replay, format!("{id} does not begin with its creation"));
        };
        let mut clocks = state.model.claims.get(&id).map(|known| known.clocks.clone()).unwrap_or_default();
        clocks.apply(&state.setup.calendar, &event);
        let committed = CommittedEvent { revision: claim.revision, event, effects, by: task, at: now };
        let version = committed.event.version;
        match state.model.claims.get_mut(&id) {
            Some(known) => {
                known.claim = claim;
                known.clocks = clocks;
                known.events.push(committed);
            }
            None => {
                state.model.claims.insert(id.clone(), KnownClaim { claim, clocks, events: vec![committed] });
            }
        }
        properties::clocks::check_clocks(state, &id);
        properties::effects::check_stored_effects(state, &id, version);
        properties::challenges::check_holders_named(state, task, &id, version);
        properties::challenges::check_challenge(state, &id, version);
        properties::notices::check_customer_notified(state, &id, version);
        properties::erasure::check_erased_in_time(state, &id);
        if Some(version) == last {
            if let Some(item) = written.and_then(|record| record.new.as_deref()) {
                properties::late::check_place_in_lists(state, &id, item);
            }
            properties::responses::check_commit(state, task, &id);
            properties::contact::check_contact(state, task, &id);
            properties::words::check_event(state, &id);
            properties::denial::check_denial(state, task, &id);
        }
    }
}

/// The key of an event's item.
pub(crate) fn event_key(claim: &ClaimId, version: u64) -> Key {
    Key { partition: format!("CLAIM#{claim}"), sort: format!("EVENT#{version:010}") }
}

/// The id of an effect, by the key of its event's item.
pub(crate) fn effect_id(key: &Key, index: usize) -> Option<EffectId> {
    let (claim, version) = claim_and_version(key)?;
    Some(EffectId::new(&claim, version, index))
}
