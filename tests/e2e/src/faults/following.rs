//! What those who follow changes must have been told, by the histories: every change of their organisation once and in
//! order (D23), and each of them delivered to the webhook at least once, signed (D24).

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::consistency::{Observations, Violation};
use super::snapshot::{StoredEvent, TableSnapshot};

/// A change, as `GET /v1/changes` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its number among the changes of the organisation.
    pub sequence: u64,
    /// The claim.
    pub claim: String,
    /// The number of its entry in the claim's history.
    pub number: u64,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What came to a webhook.
#[derive(Debug, Clone, Default)]
pub struct Deliveries {
    /// Whose webhook it is.
    pub organisation: String,
    /// How often anything came.
    pub attempts: u64,
    /// What was taken, by the number of the change: at least once each.
    pub taken: BTreeMap<u64, Vec<Value>>,
    /// What came without a signature by the webhook's secret.
    pub unsigned: Vec<String>,
    /// How often changes were parked, and sent again.
    pub replayed: u64,
}

impl fmt::Display for Deliveries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let again: usize = self.taken.values().map(|came| came.len().saturating_sub(1)).sum();
        write!(f, "of {} changes to a webhook; {again} taken again, ", self.taken.len())?;
        write!(f, "{} parked and sent again", self.replayed)
    }
}

type Add<'a> = dyn FnMut(Violation, &str, String) + 'a;

/// Compares what was told of changes with the histories.
pub(super) fn check(snapshot: &TableSnapshot, observations: &Observations, add: &mut Add<'_>) {
    for (organisation, changes) in &observations.changes {
        for (expected, change) in (1..).zip(changes) {
            if change.sequence != expected {
                add(Violation::Lost, &change.claim, format!("change {expected} is {}", change.sequence));
            }
        }
        for (id, history) in &snapshot.histories {
            let is_theirs = |claim| claim == organisation.as_str();
            if snapshot.claims.get(id).is_some_and(|claim| is_theirs(claim.partner.as_str())) {
                compare(id, history, changes, add);
            }
        }
    }
    if let Some(deliveries) = &observations.deliveries {
        let changes = observations.changes.get(&deliveries.organisation);
        delivered(changes.map_or(&[][..], Vec::as_slice), deliveries, add);
    }
}

/// The changes of a claim are those of its history that its partner may see, in its order.
fn compare(id: &str, history: &[StoredEvent], changes: &[Change], add: &mut Add<'_>) {
    let seen = history.iter().filter(|entry| entry.event.change.is_visible_to_partner());
    let expected: Vec<_> = (1..)
        .zip(seen)
        .map(|(number, entry)| {
            let event = json!(entry.event);
            (number, event["change"]["type"].as_str().unwrap_or_default().to_owned(), entry.event.at)
        })
        .collect();
    let told = changes.iter().filter(|change| change.claim == id);
    let told: Vec<_> = told.map(|change| (change.number, change.kind.clone(), change.at)).collect();
    for missing in expected.iter().filter(|one| !told.contains(one)) {
        add(Violation::Lost, id, format!("GET /v1/changes does not tell of {missing:?}"));
    }
    if told.len() > expected.len() {
        add(
            Violation::Doubled,
            id,
            format!("GET /v1/changes tells of {} changes, not {}", told.len(), expected.len()),
        );
    }
    if !told.is_sorted_by(|one, next| one.0 < next.0) {
        add(Violation::Doubled, id, "GET /v1/changes tells of its changes out of order".to_owned());
    }
}

/// Each change was taken at least once, as it was told, and whatever came was signed.
fn delivered(changes: &[Change], deliveries: &Deliveries, add: &mut Add<'_>) {
    for change in changes {
        let (sequence, expected) = (change.sequence, json!(change));
        match deliveries.taken.get(&sequence) {
            None => {
                add(Violation::Lost, &change.claim, format!("change {sequence} never came to the webhook"))
            }
            Some(came) if came.iter().any(|one| *one != expected) => {
                add(
                    Violation::Lost,
                    &change.claim,
                    format!("change {sequence} came to the webhook as {came:?}"),
                );
            }
            Some(_) => {}
        }
    }
    let ahead = deliveries.taken.keys().filter(|sequence| !(1..=changes.len() as u64).contains(sequence));
    for sequence in ahead {
        add(Violation::Doubled, "webhook", format!("change {sequence} came, and there is none"));
    }
    for body in &deliveries.unsigned {
        add(Violation::Lost, "webhook", format!("{body} came without a signature that is ours"));
    }
}
