//! I12: what partners, customers and mail servers wrote, in places where it could act by itself.

use claim_domain::event::Change;
use claim_domain::ids::{ClaimId, EffectId};
use serde_json::Value;

use super::Property;
use crate::state::SimulationState;

/// [`Property::WordsChecked`]: the newest event of a claim holds no such words. What is always shown as a quotation may hold
/// them: comments, justifications, and a customer's reason.
pub(crate) fn check_event(state: &mut SimulationState, id: &ClaimId) {
    let Some(last) = state.model.claims.get(id).and_then(|known| known.events.last()) else { return };
    let change = &last.event.change;
    let is_told = matches!(
        change,
        Change::Created { .. }
            | Change::Edited { .. }
            | Change::UploadRequested { .. }
            | Change::NoticeFailed { .. }
            | Change::EmailBounced { .. }
    );
    let acting = match serde_json::to_value(change) {
        Ok(change) if is_told => acting(&change),
        _ => return,
    };
    if let Some(text) = acting {
        let what = format!("{id}/{} holds {text:?}", last.event.version);
        state.violated(Property::WordsChecked, what);
    }
}

/// [`Property::WordsChecked`]: neither does the subject of an email.
pub(crate) fn check_subject(state: &mut SimulationState, effect: &EffectId, subject: &str) {
    if acts(subject) {
        state.violated(Property::WordsChecked, format!("{effect} has the subject {subject:?}"));
    }
}

/// The first text in it that acts by itself.
fn acting(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => acts(text).then(|| text.clone()),
        Value::Array(values) => values.iter().find_map(acting),
        Value::Object(fields) => fields.values().find_map(acting),
        _ => None,
    }
}

/// Whether a text breaks its line, turns the direction of reading, or holds an address of the web.
fn acts(text: &str) -> bool {
    text.contains("://") || text.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c))
}
