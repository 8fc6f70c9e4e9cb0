//! The table's stream and its event source mapping to dispatch. The mapping filters records, sends them in batches, and
//! sometimes sends a batch twice. It retries from the first failed record on, splits batches in half, and gives up in
//! the end.
//!
//! Records of the same item keep their order. Records of different items can overtake one another, since they go
//! through lanes: the shards of the stream, and the parallel batches of each shard.

use std::collections::{BTreeMap, VecDeque};

use aws_sdk_dynamodb::types::AttributeValue;
use claim_domain::ids::ClaimId;
use claim_runtime::BatchResponse;
use dispatch::stream::StreamEvent;
use serde_json::json;

use crate::engine::Millis;
use crate::faults::Fault;
use crate::invocation::Job;
use crate::random::mix;
use crate::state::SimulationState;
use test_support::table::{Key, Record as TableRecord};

/// How many batches dispatch handles at the same time.
const LANES: usize = 4;
/// How many records a batch has at most, as the template sets it.
const BATCH_SIZE: usize = 10;
/// How often a batch is retried, as the template sets it.
const MAX_RETRIES: u32 = 15;
/// How old a record can be, as the template sets it.
const MAX_AGE: Millis = 3_600_000;

/// A record that passed the mapping's filter.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    key: Key,
    number: u64,
    at: Millis,
}

/// Records that dispatch gets together.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    lane: usize,
    attempts: u32,
    records: Vec<Record>,
    /// Whether the mapping uses the result of this delivery.
    result_counts: bool,
}

impl Batch {
    /// The event with which dispatch is invoked.
    pub(crate) fn event(&self) -> StreamEvent {
        let record = |record: &Record| {
            json!({ "dynamodb": {
                "Keys": { "pk": { "S": record.key.partition }, "sk": { "S": record.key.sort } },
                "SequenceNumber": record.number.to_string(),
            } })
        };
        let records: Vec<_> = self.records.iter().map(record).collect();
        let event = serde_json::from_value(json!({ "Records": records }));
        event.unwrap_or_else(|error| unreachable!("the records have the form of an event: {error}"))
    }

    /// The claims and versions of the events in the batch.
    pub(crate) fn events(&self) -> impl Iterator<Item = (ClaimId, u64)> {
        self.records.iter().filter_map(|record| claim_and_version(&record.key))
    }
}

/// The claim and the version of an event, by the key of its item.
pub(crate) fn claim_and_version(key: &Key) -> Option<(ClaimId, u64)> {
    let claim = key.partition.strip_prefix("CLAIM#")?.parse().ok()?;
    Some((claim, key.sort.strip_prefix("EVENT#")?.parse().ok()?))
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Record>,
    retries: VecDeque<Batch>,
    busy: bool,
}

/// The event source mapping from the stream to dispatch.
#[derive(Debug, Default)]
pub(crate) struct Mapping {
    lanes: [Lane; LANES],
    records_made: u64,
    /// When the last record of each item arrives.
    arrivals: BTreeMap<Key, Millis>,
    /// How many records were given up and went to the failure queue.
    pub(crate) given_up: u64,
}

/// The filter of the mapping, as the template sets it: the new image of the item is waiting in the outbox.
fn passes_filter(change: &TableRecord) -> bool {
    let outbox = change.new.as_ref().and_then(|item| item.get("outbox"));
    matches!(outbox, Some(AttributeValue::S(state)) if state == "new" || state == "swept")
}

/// Publishes a change of the table on the stream.
pub(crate) fn publish(state: &mut SimulationState, change: &TableRecord) {
    if !passes_filter(change) {
        return;
    }
    let kinds = [Fault::RecordLost, Fault::RecordLate, Fault::RecordTwice];
    let fault = state.faults.inject_one(&mut state.random.records, &kinds);
    let (soon, late) = (state.random.records.i64(50..1_000), state.random.records.i64(60_000..75 * 60_000));
    match fault {
        Some(Fault::RecordLost) => {}
        Some(Fault::RecordLate) => arrive(state, change, late),
        Some(_) => {
            arrive(state, change, soon);
            arrive(state, change, late / 60);
        }
        None => arrive(state, change, soon),
    }
}

/// Lets a record arrive after a while, but never before an earlier one of the same item.
fn arrive(state: &mut SimulationState, change: &TableRecord, delay: Millis) {
    let now = state.agenda.now();
    let mapping = &mut state.mapping;
    let last = mapping.arrivals.entry(change.key.clone()).or_default();
    *last = (now + delay).max(*last);
    mapping.records_made += 1;
    let record = Record { key: change.key.clone(), number: mapping.records_made, at: now };
    state.agenda.after(*last - now, move |state| {
        let lane = lane_of(&record.key);
        state.mapping.lanes[lane].waiting.push_back(record);
        invoke_next(state, lane);
    });
}

fn lane_of(key: &Key) -> usize {
    let bytes = key.partition.bytes().chain(key.sort.bytes());
    let sum = bytes.fold(0_u64, |sum, byte| mix(sum ^ u64::from(byte)));
    usize::try_from(sum % LANES as u64).unwrap_or(0)
}

/// Invokes dispatch with the next batch of a lane, if there is one and the lane is not busy.
fn invoke_next(state: &mut SimulationState, lane: usize) {
    let most = state.random.records.usize(1..=BATCH_SIZE);
    let now = state.agenda.now();
    let Mapping { lanes, given_up, .. } = &mut state.mapping;
    let at = &mut lanes[lane];
    if at.busy {
        return;
    }
    let next = at.retries.pop_front().or_else(|| {
        let records: Vec<_> = at.waiting.drain(..most.min(at.waiting.len())).collect();
        (!records.is_empty()).then_some(Batch { lane, attempts: 0, records, result_counts: true })
    });
    let Some(mut batch) = next else { return };
    let all = batch.records.len();
    batch.records.retain(|record| now - record.at <= MAX_AGE);
    *given_up += (all - batch.records.len()) as u64;
    if batch.records.is_empty() {
        return invoke_next(state, lane);
    }
    at.busy = true;
    deliver(state, batch);
}

/// Invokes dispatch. Sometimes the mapping loses track of a batch and sends it again while the first machine may still
/// be working on it. Then only the result of the second delivery counts.
fn deliver(state: &mut SimulationState, batch: Batch) {
    let SimulationState { faults, random, .. } = &mut *state;
    let twice = faults.inject_one(&mut random.double_deliveries, &[Fault::BatchTwice]);
    if twice.is_none() {
        return state.jobs.push(Job::Batch(batch));
    }
    let later = random.double_deliveries.i64(0..300);
    state.jobs.push(Job::Batch(Batch { result_counts: false, ..batch.clone() }));
    state.agenda.after(later, move |state| state.jobs.push(Job::Batch(batch)));
}

/// Dispatch has returned its response for a batch, or was killed (`None`).
pub(crate) fn batch_ended(state: &mut SimulationState, mut batch: Batch, response: Option<BatchResponse>) {
    if !batch.result_counts {
        return;
    }
    let lane = batch.lane;
    batch.attempts += 1;
    let retries = match response {
        // Killed: the batch is retried in two halves.
        None => {
            let second = batch.records.split_off(batch.records.len() / 2);
            vec![Batch { records: second, ..batch.clone() }, batch]
        }
        Some(response) => {
            let failed = response.batch_item_failures.iter();
            let first = failed.filter_map(|failure| failure.item_identifier.parse::<u64>().ok()).min();
            match first.and_then(|first| batch.records.iter().position(|record| record.number == first)) {
                // Everything from the first failed record on is retried.
                Some(first) => vec![Batch { records: batch.records.split_off(first), ..batch }],
                None => Vec::new(),
            }
        }
    };
    let mut pause = 0;
    for batch in retries.into_iter().filter(|batch| !batch.records.is_empty()) {
        if batch.attempts > MAX_RETRIES {
            state.mapping.given_up += batch.records.len() as u64;
            continue;
        }
        pause = state.random.records.i64(100..1_000) << batch.attempts.min(6);
        state.mapping.lanes[lane].retries.push_front(batch);
    }
    state.agenda.after(pause, move |state| {
        state.mapping.lanes[lane].busy = false;
        invoke_next(state, lane);
    });
}
