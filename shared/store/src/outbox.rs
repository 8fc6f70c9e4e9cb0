//! The outbox is the event itself (I5): leasing its effects and marking their outcomes.
//!
//! An event with effects is `new` until the first lease, `open` from then on, `swept` when sweep points the stream at
//! it again, `parked` when one of its effects was given up, and has no outbox once all are settled. Every lease and
//! every finish raises `turn`; a holder of an old `turn` writes nothing.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemInput};
use aws_sdk_dynamodb::types::Update;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
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

    /// The state that follows from its outcomes, and when to look at it next; `None` if it is settled. An effect without
    /// an outcome is still to be tried, for the first time or again.
    pub(crate) fn standing(&self, now: Instant) -> Option<(Outbox, Instant)> {
        let tried = (0..self.effects.len()).filter_map(|place| match self.outcomes.get(&place) {
            None => Some(0),
            Some(outcome) => (!outcome.is_settled()).then(|| outcome.attempts()),
        });
        if let Some(tried) = tried.max() {
            return Some((Outbox::Open, now + FIRST_LOOK * (1 << tried.saturating_sub(1).min(5))));
        }
        let is_parked = |outcome: &Outcome| matches!(outcome, Outcome::Parked { .. });
        self.outcomes.values().any(is_parked).then_some((Outbox::Parked, now))
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

/// A write of an event's outbox: refused if somebody else has written it since it was read.
struct OutboxWrite {
    key: Item,
    condition: &'static str,
    change: &'static str,
    values: Item,
}

/// The effect whose delivery is recorded on the claim in the same transaction (I5).
#[derive(Debug, Clone, Copy)]
pub struct Delivered<'a> {
    /// The effect's id.
    pub effect: &'a EffectId,
    /// What became of it.
    pub outcome: &'a Outcome,
}

/// A lease on the effects of an event that are not settled.
#[derive(Debug)]
pub struct Leased {
    /// The event.
    pub event: OutboxEvent,
    /// The indexes of the leased effects, with how often each was tried, including this time.
    pub effects: Vec<(usize, u32)>,
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
            let state = event.standing(now);
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
        let OutboxWrite { key, condition, change, values } = self.outbox_write(event, state)?;
        let update = UpdateItemInput::builder()
            .table_name(&self.name)
            .set_key(Some(key))
            .condition_expression(condition)
            .update_expression(change)
            .set_expression_attribute_values(Some(values));
        let held = self.update(update).await?;
        if held {
            event.turn += 1;
            event.outbox = state.map(|(outbox, _)| outbox);
        }
        Ok(held)
    }

    /// The mark on a delivered effect, for the transaction that records the delivery; `None` if the effect is marked as
    /// done already, so that a delivery is recorded once.
    ///
    /// Whoever delivers need not hold the lease: a message is also sent by the one that follows it. So the mark that
    /// settles the last effect takes the event out of the outbox, or nobody would.
    pub(crate) async fn delivery(
        &self,
        delivered: Delivered<'_>,
        now: Instant,
    ) -> Result<Option<UpdateBuilder>, StoreError> {
        let EffectId { claim, version, index } = delivered.effect;
        let Some(mut event) = self.event(claim, *version).await? else { return Ok(None) };
        if matches!(event.outcomes.get(index), Some(Outcome::Done { .. })) {
            return Ok(None);
        }
        event.outcomes.insert(*index, delivered.outcome.clone());
        let state = match event.standing(now) {
            // Whoever holds the lease, or sweep, goes on with the others at the instant that was set.
            Some((Outbox::Open, _)) => event.outbox.zip(event.look_at),
            settled => settled,
        };
        let OutboxWrite { key, condition, change, values } = self.outbox_write(&event, state)?;
        let update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(key))
            .condition_expression(condition)
            .update_expression(change)
            .set_expression_attribute_values(Some(values));
        Ok(Some(update))
    }

    fn outbox_write(
        &self,
        event: &OutboxEvent,
        state: Option<(Outbox, Instant)>,
    ) -> Result<OutboxWrite, StoreError> {
        let outcomes: BTreeMap<String, &Outcome> =
            event.outcomes.iter().map(|(place, outcome)| (place.to_string(), outcome)).collect();
        let mut values = Item::from([
            (":turn".to_owned(), number(event.turn)),
            (":next".to_owned(), number(event.turn + 1)),
            (":outcomes".to_owned(), to_value(&outcomes)?),
        ]);
        let change = match state {
            Some((outbox, at)) => {
                let partition = match outbox {
                    Outbox::Parked => WorkPartition::Parked,
                    _ => WorkPartition::Events(shard(&event.event.claim, self.shards)),
                };
                values.insert(":outbox".to_owned(), to_value(&outbox)?);
                values.insert(":pk".to_owned(), text(partition.to_string()));
                values.insert(":at".to_owned(), text(sortable(at)));
                "SET outcomes = :outcomes, turn = :next, outbox = :outbox, workPk = :pk, workAt = :at"
            }
            None => "SET outcomes = :outcomes, turn = :next REMOVE outbox, workPk, workAt",
        };
        let key = Key::Event(event.event.claim.clone(), event.event.version).attributes();
        Ok(OutboxWrite { key, condition: "turn = :turn", change, values })
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
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use claim_domain::clock::ClockName;
    use claim_domain::event::Change;
    use claim_domain::people::Actor;

    use super::*;

    fn now() -> Instant {
        Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
    }

    /// Where an event stands with so many effects, the first of which have these outcomes.
    fn stands(effects: usize, outcomes: &[Outcome]) -> Option<(Outbox, Instant)> {
        let effect = Effect::DisarmTimer { clock: ClockName::Consent, generation: 3 };
        let event = OutboxEvent {
            event: Event {
                schema: 1,
                claim: "01J0000000000000000000000A".parse().unwrap(),
                version: 4,
                command: "01J0000000000000000000000B".parse().unwrap(),
                actor: Actor::system(),
                partner_name: None,
                at: now(),
                change: Change::Approved { contact_confirmed: false },
                clocks: Vec::new(),
                kept_until: None,
            },
            effects: vec![effect; effects],
            outcomes: outcomes.iter().cloned().enumerate().collect(),
            outbox: Some(Outbox::Open),
            look_at: None,
            turn: 1,
        };
        event.standing(now())
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
        assert_eq!(stands(2, &[done.clone(), done.clone()]), None);
        assert_eq!(stands(2, &[done.clone(), settled]), None);
        assert_eq!(stands(2, &[done.clone(), parked.clone()]), Some((Outbox::Parked, now())));
        let failed = Outcome::Failed { attempts: 1, why: String::new() };
        let open = stands(3, &[done.clone(), parked, failed]).unwrap();
        assert_eq!(open.0, Outbox::Open);
        // The second one was parked, and is to be tried again.
        assert_eq!(stands(2, &[done]), Some((Outbox::Open, now() + FIRST_LOOK)));
    }

    #[test]
    fn the_more_often_an_effect_has_failed_the_later_it_is_tried_again() {
        claim_domain::proves!(I5);
        let again =
            |attempts| stands(1, &[Outcome::Failed { attempts, why: String::new() }]).unwrap().1 - now();
        assert_eq!(again(1), TimeDelta::minutes(4));
        assert_eq!(again(2), TimeDelta::minutes(8));
        assert_eq!(again(6), TimeDelta::minutes(128));
        assert_eq!(again(60), TimeDelta::minutes(128));
    }
}

#[cfg(test)]
#[path = "lease_tests.rs"]
mod lease_tests;
