//! Who may work on an event, and until when (I5).

use std::sync::Arc;

use test_support::MemoryTable;

use super::*;
use crate::item::event_item;
use crate::testing::{at, event, over, put};

/// A store with an event of 9:00 that nobody has looked at.
fn with_an_event() -> (Store, ClaimId, u64) {
    let table = Arc::new(MemoryTable::of_claims());
    let (event, effects) = event();
    put(&table, event_item(&event, 0, &effects, at("2026-03-02T09:00:00Z"), 1).unwrap());
    (over(&table), event.claim.clone(), event.version)
}

#[tokio::test]
async fn a_lease_lasts_three_minutes_and_whoever_takes_it_next_has_tried_once_more() {
    claim_domain::proves!(I5);
    let (store, claim, version) = with_an_event();
    let rows = [
        ("2026-03-02T09:00:00Z", Some(1), "nobody has it"),
        ("2026-03-02T09:02:59Z", None, "it is held for a second more"),
        ("2026-03-02T09:03:00Z", Some(2), "its three minutes are over"),
        ("2026-03-02T09:05:59Z", None, "it was taken at 9:03"),
        ("2026-03-02T09:06:00Z", Some(3), "its three minutes are over"),
    ];
    for (now, attempts, why) in rows {
        let leased = store.lease(&claim, version, at(now)).await.unwrap().map(|leased| leased.effects);
        let expected = attempts.map(|attempts| vec![(0, attempts), (1, attempts)]);
        assert_eq!(leased, expected, "the effects and attempts that are leased at {now}: {why}");
    }
}

#[tokio::test]
async fn what_is_settled_is_neither_leased_nor_written_over() {
    claim_domain::proves!(I5);
    let (store, claim, version) = with_an_event();
    let now = at("2026-03-02T09:00:00Z");
    let failed = |attempts| Outcome::Failed { attempts, why: "no answer".to_owned() };
    let parked = Outcome::Parked { at: now, attempts: 1, why: "refused".to_owned() };
    let leased = store.lease(&claim, version, now).await.unwrap().unwrap();
    store.finish(leased, vec![(0, parked.clone()), (1, failed(1))], now).await.unwrap();
    let leased = store.lease(&claim, version, now).await.unwrap().unwrap();
    assert_eq!(
        leased.effects,
        [(1, 2)],
        "the first effect was given up: only an operator has it tried again"
    );
    store.finish(leased, vec![(0, failed(7)), (1, failed(2))], now).await.unwrap();
    let outcomes = store.event(&claim, version).await.unwrap().unwrap().outcomes;
    assert_eq!(outcomes, BTreeMap::from([(0, parked), (1, failed(2))]));
}
