//! What operators do by hand (I5): look at parked effects, have them tried again or settle them, and repeat what was
//! handed off for a consumer that lost it.

use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::scan::ScanInput;
use aws_sdk_dynamodb::types::AttributeValue;
use claim_domain::calendar::Instant;
use claim_domain::effect::{AssessmentMessage, Effect};
use claim_domain::ids::{ClaimId, EffectId};
use claim_ports::WholeTable;

use crate::error::StoreError;
use crate::item::{FIRST_LOOK, Item, text};
use crate::key::{EVENTS, Key, WorkPartition};
use crate::{Outbox, OutboxEvent, Outcome, Store};

/// How often a change by hand is tried while others change the same event.
const TRIES: u32 = 4;

/// The condition for events whose first effect is a message to assessment: such a message always comes first.
const HANDS_OFF: &str = "#effects[0].#effect = :hands_off";

/// A parked effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// Its id.
    pub id: EffectId,
    /// The claim.
    pub claim: ClaimId,
    /// The effect.
    pub effect: Effect,
    /// Since when it is parked.
    pub since: Instant,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed the last time.
    pub why: String,
}

/// A message to assessment that the queue has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOff {
    /// Its id, by which a consumer recognises it.
    pub id: EffectId,
    /// The message.
    pub message: AssessmentMessage,
    /// When it was accepted.
    pub at: Instant,
}

/// Why an effect could not be changed by hand.
#[derive(Debug, thiserror::Error)]
pub enum HandError {
    /// There is no effect with this id.
    #[error("there is no effect {0}")]
    Unknown(EffectId),
    /// It is not parked, so there is nothing to do by hand.
    #[error("the effect {id} is not parked: it is {stands}")]
    NotParked {
        /// Its id.
        id: EffectId,
        /// How it stands.
        stands: &'static str,
    },
    /// Each time others changed the same event meanwhile.
    #[error("others keep changing the event of {0}; try again")]
    Busy(EffectId),
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Every parked effect that nobody has dealt with, the longest parked first.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn parked(&self) -> Result<Vec<Parked>, StoreError> {
        let (mut found, mut start) = (Vec::new(), None);
        loop {
            let input = QueryInput::builder()
                .table_name(&self.name)
                .index_name("work")
                .key_condition_expression("workPk = :pk")
                .expression_attribute_values(":pk", text(WorkPartition::Parked.to_string()))
                .set_exclusive_start_key(start);
            let page = self.table.query(input).await?;
            for item in page.items() {
                if let Some(item) = self.get(&Key::of(item)?).await? {
                    found.extend(parked_of(&OutboxEvent::of(&item)?));
                }
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    /// Has a parked effect tried again, beginning with attempt one: its event goes through the stream once more.
    ///
    /// # Errors
    /// [`HandError`]; nothing was changed then.
    pub async fn retry_parked(&self, id: &EffectId, now: Instant) -> Result<(), HandError> {
        self.by_hand(id, |event, place, _| {
            event.outcomes.remove(&place);
            Some((Outbox::Swept, now + FIRST_LOOK))
        })
        .await
    }

    /// Settles a parked effect that was dealt with in another way. Who says so, and why, is kept with the effect.
    ///
    /// # Errors
    /// [`HandError`]; nothing was changed then.
    pub async fn settle_parked(
        &self,
        id: &EffectId,
        by: &str,
        because: &str,
        now: Instant,
    ) -> Result<(), HandError> {
        self.by_hand(id, |event, place, (attempts, why)| {
            let settled =
                Outcome::Settled { at: now, by: by.to_owned(), because: because.to_owned(), attempts, why };
            event.outcomes.insert(place, settled);
            event.standing(now)
        })
        .await
    }

    /// Changes a parked effect, if nobody else changes its event meanwhile.
    async fn by_hand(
        &self,
        id: &EffectId,
        change: impl Fn(&mut OutboxEvent, usize, (u32, String)) -> Option<(Outbox, Instant)>,
    ) -> Result<(), HandError> {
        let unknown = || HandError::Unknown(id.clone());
        let EffectId { claim, version, index: place } = id;
        for _ in 0..TRIES {
            let mut event = self
                .event(claim, *version)
                .await?
                .filter(|event| *place < event.effects.len())
                .ok_or_else(unknown)?;
            let Some(Outcome::Parked { attempts, why, .. }) = event.outcomes.get(place).cloned() else {
                let stands = event.outcomes.get(place).map_or("not tried yet", in_words);
                return Err(HandError::NotParked { id: id.clone(), stands });
            };
            let state = change(&mut event, *place, (attempts, why));
            if self.write_outbox(&mut event, state).await? {
                return Ok(());
            }
        }
        Err(HandError::Busy(id.clone()))
    }

    /// What was sent to assessment about a claim, in the order of its history.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn handed_off(&self, claim: &ClaimId) -> Result<Vec<HandedOff>, StoreError> {
        let (mut found, mut start) = (Vec::new(), None);
        loop {
            let input = QueryInput::builder()
                .table_name(&self.name)
                .key_condition_expression("pk = :pk AND begins_with(sk, :event)")
                .filter_expression(HANDS_OFF)
                .expression_attribute_names("#effects", "effects")
                .expression_attribute_names("#effect", "effect")
                .expression_attribute_values(":pk", text(Key::Claim(claim.clone()).partition()))
                .expression_attribute_values(":event", text(EVENTS))
                .expression_attribute_values(":hands_off", text("sendToAssessment"))
                .consistent_read(true)
                .set_exclusive_start_key(start);
            let page = self.table.query(input).await?;
            found.extend(handed_off_of(page.items())?);
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    /// What was sent to assessment since an instant, claim by claim, each in the order of its history. This reads the
    /// whole table.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn handed_off_since(
        &self,
        whole: &dyn WholeTable,
        since: Instant,
    ) -> Result<Vec<HandedOff>, StoreError> {
        let mut found: Vec<HandedOff> = Vec::new();
        let mut start: Option<std::collections::HashMap<String, AttributeValue>> = None;
        loop {
            let input = ScanInput::builder()
                .table_name(&self.name)
                .filter_expression(HANDS_OFF)
                .expression_attribute_names("#effects", "effects")
                .expression_attribute_names("#effect", "effect")
                .expression_attribute_values(":hands_off", text("sendToAssessment"))
                .set_exclusive_start_key(start);
            let page = whole.scan(input).await?;
            found.extend(handed_off_of(page.items())?.into_iter().filter(|sent| sent.at >= since));
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                break;
            }
        }
        found.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(found)
    }
}

fn parked_of(event: &OutboxEvent) -> Vec<Parked> {
    let parked = event.outcomes.iter().filter_map(|(place, outcome)| match outcome {
        Outcome::Parked { at, attempts, why } => Some(Parked {
            id: event.effect_id(*place),
            claim: event.event.claim.clone(),
            effect: event.effects.get(*place)?.clone(),
            since: *at,
            attempts: *attempts,
            why: why.clone(),
        }),
        _ => None,
    });
    parked.collect()
}

/// The messages of these events that are done.
fn handed_off_of(items: &[Item]) -> Result<Vec<HandedOff>, StoreError> {
    let mut found = Vec::new();
    for item in items {
        let event = OutboxEvent::of(item)?;
        for (place, outcome) in &event.outcomes {
            if let (Outcome::Done { at }, Some(Effect::SendToAssessment { message })) =
                (outcome, event.effects.get(*place))
            {
                let message = (**message).clone();
                found.push(HandedOff { id: event.effect_id(*place), message, at: *at });
            }
        }
    }
    Ok(found)
}

fn in_words(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Leased { .. } => "being tried",
        Outcome::Failed { .. } => "to be tried again",
        Outcome::Done { .. } => "done",
        Outcome::Parked { .. } => "parked",
        Outcome::Settled { .. } => "settled by hand already",
    }
}
