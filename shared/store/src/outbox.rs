//! The outbox is the event itself (I5): leasing its effects, marking their outcomes, and finding what is overdue.
//!
//! An event with effects is `new` until the first lease, `open` from then on, `swept` when sweep points the stream at
//! it again, `parked` when one of its effects was given up, and has no outbox once all are settled. Every lease and
//! every finish raises `turn`; a holder of an old `turn` writes nothing.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemInput};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use claim_domain::calendar::Instant;
use claim_domain::effect::Effect;
use claim_domain::event::Event;
use claim_domain::ids::{ClaimId, EffectId};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::error::StoreError;
use crate::item::{FIRST_LOOK, Item, number, read, shard, sortable, text, to_value};
use crate::key::{Key, WorkPartition};

/// How long a lease on an event's effects lasts: longer than dispatch may run.
pub(crate) const LEASE: TimeDelta = TimeDelta::minutes(3);

/// How often an outcome is merged into what others wrote meanwhile. If that is not enough, sweep finds the event.
const MERGES: u32 = 4;

/// What became of an effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Outcome {
    /// Somebody is working on it until then; after that anybody may take it.
    Leased {
        /// When the lease ends.
        until: Instant,
        /// How often it was tried, including this time: an attempt that kills the function counts too.
        attempts: u32,
    },
    /// It failed, and will be tried again.
    Failed {
        /// How often it was tried.
        attempts: u32,
        /// Why it failed the last time.
        why: String,
    },
    /// It is done.
    Done {
        /// When.
        at: Instant,
    },
    /// It was given up, with an alarm, until somebody settles it.
    Parked {
        /// When.
        at: Instant,
        /// How often it was tried.
        attempts: u32,
        /// Why.
        why: String,
    },
    /// It was given up, and somebody has dealt with it in another way.
    Settled {
        /// When.
        at: Instant,
        /// Who says so.
        by: String,
        /// What was done instead, in their words.
        because: String,
        /// How often it had been tried.
        attempts: u32,
        /// Why it was given up.
        why: String,
    },
}

impl Outcome {
    /// Whether nothing more will be tried.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Parked { .. } | Self::Settled { .. })
    }

    fn attempts(&self) -> u32 {
        match self {
            Self::Leased { attempts, .. }
            | Self::Failed { attempts, .. }
            | Self::Parked { attempts, .. }
            | Self::Settled { attempts, .. } => *attempts,
            Self::Done { .. } => 0,
        }
    }
}

/// The state of an event in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outbox {
    /// Nobody has looked at it.
    New,
    /// It was leased at least once.
    Open,
    /// Sweep found it overdue.
    Swept,
    /// One of its effects was given up.
    Parked,
}

/// An event with its effects and what became of them.
#[derive(Debug, Clone)]
pub struct OutboxEvent {
    /// The event.
    pub event: Event,
    /// Its effects, in the order of their indexes.
    pub effects: Vec<Effect>,
    /// What became of them, by index; an untouched one is missing.
    pub outcomes: BTreeMap<usize, Outcome>,
    /// Its state in the outbox; `None` once settled.
    pub outbox: Option<Outbox>,
    /// When sweep looks at it, if it is not settled by then.
    look_at: Option<Instant>,
    turn: u64,
}

impl OutboxEvent {
    /// The id of the effect at `index`.
    pub fn effect_id(&self, index: usize) -> EffectId {
        EffectId::new(&self.event.claim, self.event.version, index)
    }

    pub(crate) fn of(item: &Item) -> Result<Self, StoreError> {
        let outcomes: BTreeMap<String, Outcome> = match item.contains_key("outcomes") {
            true => read(item, "outcomes")?,
            false => BTreeMap::new(),
        };
        Ok(Self {
            event: read(item, "event")?,
            effects: if item.contains_key("effects") { read(item, "effects")? } else { Vec::new() },
            outcomes: outcomes
                .into_iter()
                .filter_map(|(place, outcome)| Some((place.parse().ok()?, outcome)))
                .collect(),
            outbox: if item.contains_key("outbox") { read(item, "outbox")? } else { None },
            look_at: if item.contains_key("workAt") { Some(read(item, "workAt")?) } else { None },
            turn: if item.contains_key("turn") { read(item, "turn")? } else { 0 },
        })
    }
}

/// A lease on the effects of an event that are not settled.
#[derive(Debug)]
pub struct Leased {
    /// The event.
    pub event: OutboxEvent,
    /// The indexes of the leased effects, with how often each was tried, including this time.
    pub effects: Vec<(usize, u32)>,
}

/// A bounded part of what the `work` index holds.
#[derive(Debug)]
pub struct WorkPage<T> {
    /// What was found, oldest first.
    pub found: Vec<T>,
    /// Whether there is more.
    pub more: bool,
}

impl Store {
    /// An event with its effects and their outcomes, read consistently.
    ///
    /// # Errors
    /// When the table fails or the item cannot be read.
    pub async fn event(&self, claim: &ClaimId, version: u64) -> Result<Option<OutboxEvent>, StoreError> {
        let item = self.get(&Key::Event(claim.clone(), version)).await?;
        item.as_ref().map(OutboxEvent::of).transpose()
    }

    /// Takes a lease on the unsettled effects of an event. `None` if there are none, or somebody else is working on it.
    ///
    /// # Errors
    /// When the table fails or the item cannot be read.
    pub async fn lease(
        &self,
        claim: &ClaimId,
        version: u64,
        now: Instant,
    ) -> Result<Option<Leased>, StoreError> {
        let Some(mut event) = self.event(claim, version).await? else { return Ok(None) };
        let leased_by_another =
            |outcome: &Outcome| matches!(outcome, Outcome::Leased { until, .. } if *until > now);
        if event.outbox.is_none() || event.outcomes.values().any(leased_by_another) {
            return Ok(None);
        }
        let until = now + LEASE;
        let mut effects = Vec::new();
        for place in 0..event.effects.len() {
            let earlier = event.outcomes.get(&place);
            if !earlier.is_some_and(Outcome::is_settled) {
                let attempts = earlier.map_or(0, Outcome::attempts) + 1;
                event.outcomes.insert(place, Outcome::Leased { until, attempts });
                effects.push((place, attempts));
            }
        }
        // If the first look comes after the lease ends anyway, the index need not be written for the lease.
        let look_at = event.look_at.map_or(until, |look_at| look_at.max(until));
        if self.write_outbox(&mut event, Some((Outbox::Open, look_at))).await? {
            Ok(Some(Leased { event, effects }))
        } else {
            Ok(None)
        }
    }

    /// Writes what became of leased effects, and settles the event, parks it or leaves it to sweep: the later, the more
    /// often it has failed. What somebody else has settled meanwhile stays settled.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn finish(
        &self,
        leased: Leased,
        outcomes: Vec<(usize, Outcome)>,
        now: Instant,
    ) -> Result<(), StoreError> {
        let mut event = leased.event;
        for _ in 0..MERGES {
            for (place, outcome) in &outcomes {
                if !event.outcomes.get(place).is_some_and(Outcome::is_settled) {
                    event.outcomes.insert(*place, outcome.clone());
                }
            }
            let state = standing(&event.outcomes, now);
            if self.write_outbox(&mut event, state).await? {
                return Ok(());
            }
            match self.event(&event.event.claim, event.event.version).await? {
                Some(newer) if newer.outbox.is_some() => event = newer,
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// Writes the outbox of an event if nobody else did since it was read; returns whether it was written.
    pub(crate) async fn write_outbox(
        &self,
        event: &mut OutboxEvent,
        state: Option<(Outbox, Instant)>,
    ) -> Result<bool, StoreError> {
        let outcomes: BTreeMap<String, &Outcome> =
            event.outcomes.iter().map(|(place, outcome)| (place.to_string(), outcome)).collect();
        let update = UpdateItemInput::builder()
            .table_name(&self.name)
            .set_key(Some(Key::Event(event.event.claim.clone(), event.event.version).attributes()))
            .condition_expression("turn = :turn")
            .expression_attribute_values(":turn", number(event.turn))
            .expression_attribute_values(":next", number(event.turn + 1))
            .expression_attribute_values(":outcomes", to_value(&outcomes)?);
        let update = match state {
            Some((outbox, at)) => {
                let partition = match outbox {
                    Outbox::Parked => WorkPartition::Parked,
                    _ => WorkPartition::Events(shard(&event.event.claim, self.shards)),
                };
                update
                    .update_expression(
                        "SET outcomes = :outcomes, turn = :next, outbox = :outbox, workPk = :pk, workAt = :at",
                    )
                    .expression_attribute_values(":outbox", to_value(&outbox)?)
                    .expression_attribute_values(":pk", text(partition.to_string()))
                    .expression_attribute_values(":at", text(sortable(at)))
            }
            None => update
                .update_expression("SET outcomes = :outcomes, turn = :next REMOVE outbox, workPk, workAt"),
        };
        let held = self.update(update).await?;
        if held {
            event.turn += 1;
            event.outbox = state.map(|(outbox, _)| outbox);
        }
        Ok(held)
    }

    /// Updates an item if its condition holds; returns whether it did.
    pub(crate) async fn update(&self, update: UpdateItemInputBuilder) -> Result<bool, StoreError> {
        match self.table.update_item(update).await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The claims of a shard with a clock due before `before`, the longest overdue first.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn overdue_claims(
        &self,
        shard: u32,
        before: Instant,
        limit: u32,
    ) -> Result<WorkPage<ClaimId>, StoreError> {
        let (items, more) = self.work(WorkPartition::Claims(shard), before, limit).await?;
        let mut found = Vec::with_capacity(items.len());
        for item in &items {
            if let Key::Claim(claim) = Key::of(item)? {
                found.push(claim);
            }
        }
        Ok(WorkPage { found, more })
    }

    /// The events of a shard that should have been settled before `before`, the oldest first.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn unsettled_events(
        &self,
        shard: u32,
        before: Instant,
        limit: u32,
    ) -> Result<WorkPage<(ClaimId, u64)>, StoreError> {
        let (items, more) = self.work(WorkPartition::Events(shard), before, limit).await?;
        let mut found = Vec::with_capacity(items.len());
        for item in &items {
            if let Key::Event(claim, version) = Key::of(item)? {
                found.push((claim, version));
            }
        }
        Ok(WorkPage { found, more })
    }

    /// Points the stream at an unsettled event again. The write always makes a record, since the count rises each time.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn mark_swept(&self, claim: &ClaimId, version: u64, now: Instant) -> Result<(), StoreError> {
        let update = UpdateItemInput::builder()
            .table_name(&self.name)
            .set_key(Some(Key::Event(claim.clone(), version).attributes()))
            .update_expression("SET outbox = :swept, workAt = :at ADD sweeps :one")
            .condition_expression("outbox IN (:new, :open, :swept) AND workAt <= :now")
            .expression_attribute_values(":new", text("new"))
            .expression_attribute_values(":open", text("open"))
            .expression_attribute_values(":swept", text("swept"))
            .expression_attribute_values(":at", text(sortable(now + FIRST_LOOK)))
            .expression_attribute_values(":now", text(sortable(now)))
            .expression_attribute_values(":one", number(1));
        // If the condition does not hold, another writer was faster: the event is settled, parked or leased.
        self.update(update).await.map(|_| ())
    }

    /// Postpones a claim with an overdue clock that could not be applied, so that it is not in the way of those behind
    /// it: it is looked at again at `until`, unless it has moved on meanwhile.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn postpone(&self, claim: &ClaimId, now: Instant, until: Instant) -> Result<(), StoreError> {
        let update = UpdateItemInput::builder()
            .table_name(&self.name)
            .set_key(Some(Key::Claim(claim.clone()).attributes()))
            .update_expression("SET workAt = :until")
            .condition_expression("workAt <= :now")
            .expression_attribute_values(":until", text(sortable(until)))
            .expression_attribute_values(":now", text(sortable(now)));
        self.update(update).await.map(|_| ())
    }

    async fn work(
        &self,
        partition: WorkPartition,
        before: Instant,
        limit: u32,
    ) -> Result<(Vec<Item>, bool), StoreError> {
        let input = QueryInput::builder()
            .table_name(&self.name)
            .index_name("work")
            .key_condition_expression("workPk = :pk AND workAt < :before")
            .expression_attribute_values(":pk", text(partition.to_string()))
            .expression_attribute_values(":before", AttributeValue::S(sortable(before)))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let page = self.table.query(input).await?;
        let more = page.last_evaluated_key().is_some_and(|key| !key.is_empty());
        Ok((page.items.unwrap_or_default(), more))
    }
}

/// The state of an event, from its outcomes, and when to look at it next; `None` if it is settled.
pub(crate) fn standing(outcomes: &BTreeMap<usize, Outcome>, now: Instant) -> Option<(Outbox, Instant)> {
    let open = || outcomes.values().filter(|outcome| !outcome.is_settled());
    if let Some(tried) = open().map(Outcome::attempts).max() {
        return Some((Outbox::Open, now + FIRST_LOOK * (1 << tried.saturating_sub(1).min(5))));
    }
    outcomes
        .values()
        .any(|outcome| matches!(outcome, Outcome::Parked { .. }))
        .then_some((Outbox::Parked, now))
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    fn now() -> Instant {
        Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
    }

    fn stands(outcomes: &[Outcome]) -> Option<(Outbox, Instant)> {
        standing(&outcomes.iter().cloned().enumerate().collect(), now())
    }

    #[test]
    fn an_event_is_settled_when_all_its_effects_are() {
        claim_domain::proves!(I5);
        let done = Outcome::Done { at: now() };
        let parked = Outcome::Parked { at: now(), attempts: 10, why: String::new() };
        let settled = Outcome::Settled {
            at: now(),
            by: "lena".to_owned(),
            because: "told by telephone".to_owned(),
            attempts: 10,
            why: String::new(),
        };
        assert_eq!(stands(&[done.clone(), done.clone()]), None);
        assert_eq!(stands(&[done.clone(), settled]), None);
        assert_eq!(stands(&[done.clone(), parked.clone()]), Some((Outbox::Parked, now())));
        let failed = Outcome::Failed { attempts: 1, why: String::new() };
        let open = stands(&[done, parked, failed]).unwrap();
        assert_eq!(open.0, Outbox::Open);
    }

    #[test]
    fn the_more_often_an_effect_has_failed_the_later_it_is_tried_again() {
        claim_domain::proves!(I5);
        let again = |attempts| stands(&[Outcome::Failed { attempts, why: String::new() }]).unwrap().1 - now();
        assert_eq!(again(1), TimeDelta::minutes(4));
        assert_eq!(again(2), TimeDelta::minutes(8));
        assert_eq!(again(6), TimeDelta::minutes(128));
        assert_eq!(again(60), TimeDelta::minutes(128));
    }
}
