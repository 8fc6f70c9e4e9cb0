//! What dispatch measures: how effects end, how long after their event, and what happens to claims.

use claim_domain::event::{Change, Event};
use claim_runtime::{Measured, Metric};
use claim_store::Outcome;

/// Measures what became of an event's effects: each by its index, with how often it was tried and how that ended.
pub(crate) fn measure(
    event: &Event,
    tried: &[(usize, u32)],
    outcomes: &[(usize, Outcome)],
    measured: &mut Measured,
) {
    for (_, outcome) in outcomes {
        match outcome {
            Outcome::Done { at } => {
                measured.count(Metric::EffectsDone, 1);
                measured.took(Metric::EffectDelay, *at - event.at);
            }
            Outcome::Parked { .. } => measured.count(Metric::EffectsParked, 1),
            _ => measured.count(Metric::EffectsFailed, 1),
        }
    }
    // Once for each event: when it is first worked on, not when it is tried again.
    let is_first = tried.iter().all(|(_, attempts)| *attempts == 1);
    if let Some(metric) = lived_through(&event.change).filter(|_| is_first) {
        measured.count(metric, 1);
    }
}

/// What a dashboard shows about claims.
fn lived_through(change: &Change) -> Option<Metric> {
    match change {
        Change::Submitted { .. } => Some(Metric::ClaimsSubmitted),
        Change::Approved { .. } => Some(Metric::ClaimsApproved),
        Change::Rejected { .. } | Change::AssociationEnded { .. } => Some(Metric::ClaimsRejected),
        Change::ConsentPassed { .. } => Some(Metric::ClaimsHandedOff),
        Change::Breached { .. } => Some(Metric::PeriodsBreached),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use claim_domain::calendar::Instant;
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn approved() -> Event {
        let id = |number: u32| format!("01J{number:023}");
        serde_json::from_value(json!({
            "schema": 1,
            "claim": id(1),
            "version": 7,
            "at": "2026-03-02T09:00:00Z",
            "command": id(2),
            "actor": { "role": "reviewer", "id": "rita", "name": "Rita" },
            "change": { "type": "approved" },
        }))
        .unwrap()
    }

    #[test]
    fn effects_are_measured_by_how_they_end_and_an_event_counts_once() {
        let done = Outcome::Done { at: at("2026-03-02T09:00:02Z") };
        let failed = Outcome::Failed { attempts: 1, why: String::new() };
        let parked = Outcome::Parked { at: at("2026-03-02T09:30:00Z"), attempts: 10, why: String::new() };
        let mut measured = Measured::default();
        measure(&approved(), &[(0, 1), (1, 1)], &[(0, done), (1, failed)], &mut measured);
        measure(&approved(), &[(1, 10)], &[(1, parked)], &mut measured);
        assert_eq!(measured.values(Metric::EffectsDone), [1.0]);
        assert_eq!(measured.values(Metric::EffectDelay), [2.0]);
        assert_eq!(measured.values(Metric::EffectsFailed), [1.0]);
        assert_eq!(measured.values(Metric::EffectsParked), [1.0]);
        assert_eq!(measured.values(Metric::ClaimsApproved), [1.0]);
    }
}
