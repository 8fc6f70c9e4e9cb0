//! I6: incentive assessment is asked once for each approval, never before the consent period has passed, and never a
//! second time before the first request was recalled.

use std::collections::{BTreeMap, BTreeSet};

use assessment_consumer::{ConsumerError, Outcome};
use claim_domain::effect::Effect;
use claim_domain::event::Change;
use claim_domain::ids::EffectId;
use claim_store::Outcome as EffectOutcome;

use super::Property;
use crate::history::hash_of;
use crate::services::queue::Message;
use crate::state::State;

/// By how much the clock of whoever sends a message may be ahead.
const SKEW: i64 = 45_000;

/// [`Property::OneRequest`] and [`Property::InOrder`]: a message is one that an event called for; a request comes when
/// the period has passed, anything else after what it follows.
pub(crate) fn message_is_taken(state: &mut State, message: &Message) {
    let id: Option<EffectId> = serde_json::from_value(message.body["messageId"].clone()).ok();
    let Some(id) = id.filter(|id| id.to_string() == message.id) else {
        return state
            .violated(Property::OneRequest, format!("a message names itself otherwise: {}", message.id));
    };
    let Some((known, committed, Effect::SendToAssessment { message: said })) = state.model.effect(&id) else {
        return state.violated(Property::OneRequest, format!("no event called for the message {id}"));
    };
    let kind = message.body["kind"].as_str().unwrap_or_default();
    let fault = match &committed.event.change {
        _ if message.group != known.claim.id.as_str() => Some("came in the group of another claim"),
        Change::ConsentPassed { due_at } => {
            let early = message.at + SKEW < due_at.timestamp_millis();
            let notified = known.event(said.approval).is_some() && said.customer_notified_at.is_some();
            if kind != "requested" {
                Some("is no request")
            } else if early {
                Some("comes before the consent period has passed")
            } else {
                (!notified).then_some("is for a claim whose customer was not notified")
            }
        }
        Change::ProductsRemoved { .. } if kind != "amended" => Some("is no amendment"),
        Change::Rejected { .. } | Change::AssociationEnded { .. } if kind != "recalled" => {
            Some("is no recall")
        }
        Change::ProductsRemoved { .. } | Change::Rejected { .. } | Change::AssociationEnded { .. } => None,
        _ => Some("was called for by an event that calls for none"),
    };
    if let Some(fault) = fault {
        return state.violated(Property::OneRequest, format!("the message {id} {fault}"));
    }
    let follows = message.body["follows"].as_str().map(str::to_owned);
    let came = |earlier: &str| state.messages.log.iter().any(|message| message.id == earlier);
    if follows.as_deref().is_some_and(|earlier| !came(earlier)) {
        let what = format!("the message {id} follows {}, which has not come", follows.unwrap_or_default());
        state.violated(Property::InOrder, what);
    }
}

/// [`Property::InOrder`]: a consumer that does its duty takes whatever is delivered, however often.
pub(crate) fn message_is_received(state: &mut State, id: &str, received: Result<Outcome, ConsumerError>) {
    let told = match &received {
        Ok(Outcome::Accepted) => "accepted",
        Ok(Outcome::Duplicate) => "known",
        Err(_) => "refused",
    };
    state.note("message", hash_of(id.as_bytes()), || format!("{id} {told}"));
    if let Err(error) = received {
        state.violated(Property::InOrder, format!("the consumer does not take {id}: {error}"));
    }
}

/// [`Property::OneRequest`]: the messages that came are those that the histories call for, and the
/// consumer has every one of them, once.
pub(super) fn messages_match_histories(state: &mut State) {
    let mut expected = BTreeMap::new();
    for known in state.model.claims.values() {
        let mut stands = false;
        for committed in &known.events {
            let kind = match &committed.event.change {
                Change::ConsentPassed { .. } => {
                    if stands {
                        let what = format!("{} passed twice without a recall", known.claim.id);
                        return state.violated(Property::OneRequest, what);
                    }
                    stands = true;
                    "requested"
                }
                Change::ProductsRemoved { .. } if stands => "amended",
                Change::Rejected { .. } | Change::AssociationEnded { .. } if stands => {
                    stands = false;
                    "recalled"
                }
                _ => continue,
            };
            let id = EffectId::new(&known.claim.id, committed.event.version, 0);
            let parked = matches!(state.model.outcomes.get(&id), Some(EffectOutcome::Parked { .. }));
            let came = state.messages.log.iter().any(|message| message.id == id.to_string());
            // What is parked waits for somebody, and is told by its alarm.
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
    // The consumer knows messages by their ids: what is in its ledger twice, or not at all, is doubled or lost.
    let ledger = state.messages.consumer.ledger();
    let received: BTreeSet<_> = ledger.iter().map(|entry| entry.message.message_id.clone()).collect();
    if received.len() != ledger.len() || !received.iter().eq(expected.keys()) {
        let what = format!("{} messages were received, {} are called for", ledger.len(), expected.len());
        state.violated(Property::OneRequest, what);
    }
}
