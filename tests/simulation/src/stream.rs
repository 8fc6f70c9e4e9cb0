//! The table's stream and its mapping to dispatch: filtered, batched, handed out twice at times, retried from the first
//! failure on, bisected, and given up in the end.
//!
//! Records of one item keep their order; records of different items may overtake one another, since they go through
//! lanes: the stream's shards, and the mapping's parallel batches of each.

use std::collections::{BTreeMap, VecDeque};

use aws_sdk_dynamodb::types::AttributeValue;
use claim_domain::ids::ClaimId;
use dispatch::stream::{BatchResponse, StreamEvent};
use serde_json::json;

use crate::engine::{Millis, TaskId};
use crate::faults::Fault;
use crate::random::mix;
use crate::state::State;
use crate::table::{Key, Record as Changed};
use crate::work::Job;

/// How many batches are worked on at once.
const LANES: usize = 4;
/// The most records of a batch, as the template has it.
const BATCH: usize = 10;
/// How often a batch is tried again, as the template has it.
const RETRIES: u32 = 15;
/// How old a record may be, as the template has it.
const OLDEST: Millis = 3_600_000;

/// A record that passed the mapping's filter.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    key: Key,
    number: u64,
    at: Millis,
}

/// Records that come to dispatch together.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    lane: usize,
    tried: u32,
    records: Vec<Record>,
    /// Whether the mapping hears what becomes of it.
    heard: bool,
}

impl Batch {
    /// The event that dispatch is invoked with.
    pub(crate) fn event(&self) -> StreamEvent {
        let record = |record: &Record| {
            json!({ "dynamodb": {
                "Keys": { "pk": { "S": record.key.partition }, "sk": { "S": record.key.sort } },
                "SequenceNumber": record.number.to_string(),
            } })
        };
        let records: Vec<_> = self.records.iter().map(record).collect();
        let event = serde_json::from_value(json!({ "Records": records }));
        event.unwrap_or_else(|error| unreachable!("the records have this form: {error}"))
    }

    /// The events that the batch is about.
    pub(crate) fn events(&self) -> impl Iterator<Item = (ClaimId, u64)> {
        self.records.iter().filter_map(|record| place(&record.key))
    }
}

/// The claim and version of an event's key.
pub(crate) fn place(key: &Key) -> Option<(ClaimId, u64)> {
    let claim = key.partition.strip_prefix("CLAIM#")?.parse().ok()?;
    Some((claim, key.sort.strip_prefix("EVENT#")?.parse().ok()?))
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Record>,
    again: VecDeque<Batch>,
    busy: bool,
}

/// The mapping from the stream to dispatch.
#[derive(Debug, Default)]
pub(crate) struct Mapping {
    lanes: [Lane; LANES],
    made: u64,
    arrived: BTreeMap<Key, Millis>,
    /// How many records were given up and went to the failure queue.
    pub(crate) given_up: u64,
}

/// The mapping's filter, as the template has it: an insert or a change whose new image waits in the outbox.
fn passes(changed: &Changed) -> bool {
    let outbox = changed.new.as_ref().and_then(|item| item.get("outbox"));
    matches!(outbox, Some(AttributeValue::S(state)) if state == "new" || state == "swept")
}

/// A change of the table comes to the stream.
pub(crate) fn changed(state: &mut State, changed: &Changed) {
    if !passes(changed) {
        return;
    }
    let kinds = [Fault::RecordLost, Fault::RecordLate, Fault::RecordTwice];
    let fault = state.faults.draw(&mut state.random.records, &kinds);
    let (soon, late) = (state.random.records.i64(50..1_000), state.random.records.i64(60_000..75 * 60_000));
    match fault {
        Some(Fault::RecordLost) => {}
        Some(Fault::RecordLate) => arrive(state, changed, late),
        Some(_) => {
            arrive(state, changed, soon);
            arrive(state, changed, late / 60);
        }
        None => arrive(state, changed, soon),
    }
}

/// A record arrives after a while, though never before an earlier one of its item.
fn arrive(state: &mut State, changed: &Changed, delay: Millis) {
    let now = state.agenda.now();
    let mapping = &mut state.mapping;
    let last = mapping.arrived.entry(changed.key.clone()).or_default();
    *last = (now + delay).max(*last);
    mapping.made += 1;
    let record = Record { key: changed.key.clone(), number: mapping.made, at: now };
    state.agenda.after(*last - now, move |state| {
        let lane = lane_of(&record.key);
        state.mapping.lanes[lane].waiting.push_back(record);
        pump(state, lane);
    });
}

fn lane_of(key: &Key) -> usize {
    let bytes = key.partition.bytes().chain(key.sort.bytes());
    let sum = bytes.fold(0_u64, |sum, byte| mix(sum ^ u64::from(byte)));
    usize::try_from(sum % LANES as u64).unwrap_or(0)
}

/// Invokes dispatch with the next batch of a lane, if there is one and no other is at work.
fn pump(state: &mut State, lane: usize) {
    let most = state.random.records.usize(1..=BATCH);
    let now = state.agenda.now();
    let Mapping { lanes, given_up, .. } = &mut state.mapping;
    let at = &mut lanes[lane];
    if at.busy {
        return;
    }
    let next = at.again.pop_front().or_else(|| {
        let records: Vec<_> = at.waiting.drain(..most.min(at.waiting.len())).collect();
        (!records.is_empty()).then_some(Batch { lane, tried: 0, records, heard: true })
    });
    let Some(mut batch) = next else { return };
    let all = batch.records.len();
    batch.records.retain(|record| now - record.at <= OLDEST);
    *given_up += (all - batch.records.len()) as u64;
    if batch.records.is_empty() {
        return pump(state, lane);
    }
    at.busy = true;
    hand_out(state, batch);
}

/// Invokes dispatch. What a mapping has lost sight of it hands out again, while the first machine may still be at work:
/// only what the second says is heard then.
fn hand_out(state: &mut State, batch: Batch) {
    let State { faults, random, .. } = &mut *state;
    let twice = faults.draw(&mut random.doubles, &[Fault::BatchTwice]);
    if twice.is_none() {
        return state.jobs.push(Job::Batch(batch));
    }
    let later = random.doubles.i64(0..300);
    state.jobs.push(Job::Batch(Batch { heard: false, ..batch.clone() }));
    state.agenda.after(later, move |state| state.jobs.push(Job::Batch(batch)));
}

/// Dispatch has answered, or was killed.
pub(crate) fn worked(state: &mut State, mut batch: Batch, response: Option<BatchResponse>, _: TaskId) {
    if !batch.heard {
        return;
    }
    let lane = batch.lane;
    batch.tried += 1;
    let again = match response {
        // Killed: the batch comes again in two halves.
        None => {
            let second = batch.records.split_off(batch.records.len() / 2);
            vec![Batch { records: second, ..batch.clone() }, batch]
        }
        Some(response) => {
            let failed = response.batch_item_failures.iter();
            let first = failed.filter_map(|failure| failure.item_identifier.parse::<u64>().ok()).min();
            match first.and_then(|first| batch.records.iter().position(|record| record.number == first)) {
                // Everything from the first failure on comes again.
                Some(place) => vec![Batch { records: batch.records.split_off(place), ..batch }],
                None => Vec::new(),
            }
        }
    };
    let mut pause = 0;
    for batch in again.into_iter().filter(|batch| !batch.records.is_empty()) {
        if batch.tried > RETRIES {
            state.mapping.given_up += batch.records.len() as u64;
            continue;
        }
        pause = state.random.records.i64(100..1_000) << batch.tried.min(6);
        state.mapping.lanes[lane].again.push_front(batch);
    }
    state.agenda.after(pause, move |state| {
        state.mapping.lanes[lane].busy = false;
        pump(state, lane);
    });
}
