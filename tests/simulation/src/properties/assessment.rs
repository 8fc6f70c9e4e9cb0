//! I6: each approval leads to at most one request to incentive assessment, never before the consent period has passed,
//! and never a second one before the first was recalled.

use std::collections::{BTreeMap, BTreeSet};

use assessment_consumer::{ConsumerError, Outcome};
use claim_domain::effect::Effect;
use claim_domain::event::Change;
use claim_domain::ids::EffectId;
use claim_store::Outcome as EffectOutcome;

use super::Property;
use crate::services::queue::Message;
use crate::state::SimulationState;
use crate::trace::hash_of;

/// By how much the clock of the sender of a message can be ahead.
const MAX_SKEW: i64 = 45_000;

/// [`Property::OneRequest`] and [`Property::InOrder`]: an event called for the message. A request comes after the
/// consent period, and every other message after the one that it follows.
pub(crate) fn check_accepted_message(state: &mut SimulationState, message: &Message) {
    let id: Option<EffectId> = serde_json::from_value(message.body["messageId"].clone()).ok();
    let Some(id) = id.filter(|id| id.to_string() == message.id) else {
        return state
            .violated(Property::OneRequest, format!("a message has another id in its body: {}", message.id));
    };
    let Some((known, committed, Effect::SendToAssessment { message: content })) = state.model.effect(&id)
    else {
        return state.violated(Property::OneRequest, format!("no event called for the message {id}"));
    };
    let kind = message.body["kind"].as_str().unwrap_or_default();
    let problem = match &committed.event.change {
        _ if message.group != known.claim.id.as_str() => Some("has the group of another claim"),
        Change::ConsentPassed { due_at } => {
            let early = message.at + MAX_SKEW < due_at.timestamp_millis();
            let notified = known.event(content.approval).is_some() && content.customer_notified_at.is_some();
            if kind != "requested" {
                Some("is not a request")
            } else if early {
                Some("comes before the consent period has passed")
            } else {
                (!notified).then_some("is for a claim whose customer was not notified")
            }
        }
        Change::ProductsRemoved { .. } if kind != "amended" => Some("is not an amendment"),
        Change::Rejected { .. } | Change::AssociationEnded { .. } if kind != "recalled" => {
            Some("is not a recall")
        }
        Change::ProductsRemoved { .. } | Change::Rejected { .. } | Change::AssociationEnded { .. } => None,
        _ => Some("belongs to an event that calls for no message"),
    };
    if let Some(problem) = problem {
        return state.violated(Property::OneRequest, format!("the message {id} {problem}"));
    }
    let follows = message.body["follows"].as_str().map(str::to_owned);
    let came = |earlier: &str| state.messages.log.iter().any(|message| message.id == earlier);
    if follows.as_deref().is_some_and(|earlier| !came(earlier)) {
        let what = format!("the message {id} follows {}, which has not come", follows.unwrap_or_default());
        state.violated(Property::InOrder, what);
    }
}

/// [`Property::InOrder`]: the reference consumer accepts every message that is delivered, however often.
pub(crate) fn check_received_message(
    state: &mut SimulationState,
    id: &str,
    received: Result<Outcome, ConsumerError>,
) {
    let result = match &received {
        Ok(Outcome::Accepted) => "accepted",
        Ok(Outcome::Duplicate) => "known",
        Err(_) => "refused",
    };
    state.note("message", hash_of(id.as_bytes()), || format!("{id} {result}"));
    if let Err(error) = received {
        state.violated(Property::InOrder, format!("the consumer refuses {id}: {error}"));
    }
}

/// [`Property::OneRequest`]: the queue accepted exactly the messages that the events call for, and the consumer
/// received each of them once.
pub(super) fn check_messages_match_events(state: &mut SimulationState) {
    let mut expected = BTreeMap::new();
    for known in state.model.claims.values() {
        let mut is_requested = false;
        for committed in &known.events {
            let kind = match &committed.event.change {
                Change::ConsentPassed { .. } => {
                    if is_requested {
                        let what = format!("{} passed twice without a recall", known.claim.id);
                        return state.violated(Property::OneRequest, what);
                    }
                    is_requested = true;
                    "requested"
                }
                Change::ProductsRemoved { .. } if is_requested => "amended",
                Change::Rejected { .. } | Change::AssociationEnded { .. } if is_requested => {
                    is_requested = false;
                    "recalled"
                }
                _ => continue,
            };
            let id = EffectId::new(&known.claim.id, committed.event.version, 0);
            let parked = matches!(state.model.outcomes.get(&id), Some(EffectOutcome::Parked { .. }));
            let came = state.messages.log.iter().any(|message| message.id == id.to_string());
            // A parked effect has raised an alarm, and waits for an operator.
            if !parked || came {
                expected.insert(id.to_string(), kind.to_owned());
            }
        }
    }
    let mut came = BTreeMap::new();
    for message in &state.messages.log {
        came.insert(message.id.clone(), message.body["kind"].as_str().unwrap_or_default().to_owned());
    }
    if came != expected {
        return state.violated(Property::OneRequest, format!("{came:?} came, {expected:?} are called for"));
    }
    // The consumer identifies messages by their ids: one that is in its ledger twice, or not at all, was doubled or
    // lost.
    let ledger = state.messages.consumer.ledger();
    let received: BTreeSet<_> = ledger.iter().map(|entry| entry.message.message_id.clone()).collect();
    if received.len() != ledger.len() || !received.iter().eq(expected.keys()) {
        let what = format!("{} messages were received, {} are called for", ledger.len(), expected.len());
        state.violated(Property::OneRequest, what);
    }
}
