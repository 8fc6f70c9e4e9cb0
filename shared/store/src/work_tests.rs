//! What sweep writes into the table: it points the stream at events, and puts off claims that it could not work on (I5).

use std::sync::Arc;

use claim_domain::claim::Status;
use test_support::MemoryTable;

use super::*;
use crate::item::{claim_item, event_item};
use crate::testing::{at, claim, event, over, put};

/// What sweep may change of an item: the state of its outbox, when it is looked at, and how often it was swept.
async fn swept(store: &Store, key: Key) -> [Option<String>; 3] {
    let item = store.get(&key).await.unwrap().unwrap();
    let text = |name| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    let count = item.get("sweeps").and_then(|value| value.as_n().ok()).cloned();
    [text("outbox"), text("workAt"), count]
}

#[tokio::test]
async fn sweep_points_at_an_event_that_is_due_and_neither_parked_nor_settled() {
    claim_domain::proves!(I5);
    let (event, effects) = event();
    let rows = [
        (Some("new"), "2026-03-02T09:04:00Z", true, "its stream record was lost"),
        (Some("open"), "2026-03-02T09:04:00Z", true, "dispatch was killed while it had the lease"),
        (Some("swept"), "2026-03-02T09:04:00Z", true, "it was pointed at once, and that record was lost too"),
        (Some("new"), "2026-03-02T09:03:59Z", false, "it is not due yet"),
        (Some("parked"), "2026-03-02T09:04:00Z", false, "it was given up, until an operator sees to it"),
        (None, "2026-03-02T09:04:00Z", false, "all its effects are settled"),
    ];
    for (outbox, now, is_marked, why) in rows {
        let table = Arc::new(MemoryTable::of_claims());
        let store = over(&table);
        let mut item = event_item(&event, 0, &effects, at("2026-03-02T09:00:00Z"), 1).unwrap();
        match outbox {
            Some(outbox) => _ = item.insert("outbox".to_owned(), text(outbox)),
            None => _ = item.remove("outbox"),
        }
        put(&table, item);
        let key = || Key::Event(event.claim.clone(), event.version);
        let before = swept(&store, key()).await;
        store.mark_swept(&event.claim, event.version, at(now)).await.unwrap();
        let marked = ["swept", "2026-03-02T09:08:00.000000Z", "1"].map(|text| Some(text.to_owned()));
        let expected = if is_marked { marked } else { before };
        assert_eq!(swept(&store, key()).await, expected, "{outbox:?} at {now}: {why}");
    }
}

#[tokio::test]
async fn a_claim_is_put_off_only_if_it_is_still_to_be_worked_on() {
    claim_domain::proves!(I5);
    let claim = claim(Status::Submitted);
    let [now, until] = ["2026-03-10T00:20:00Z", "2026-03-10T00:35:00Z"].map(at);
    let rows = [
        (Some("2026-03-10T00:00:00.000000Z"), true, "it is overdue"),
        (
            Some("2026-03-18T00:00:00.000000Z"),
            false,
            "its clock was applied meanwhile, and the next is ahead",
        ),
        (None, false, "it was closed meanwhile, and nothing is left to do"),
    ];
    for (work_at, is_put_off, why) in rows {
        let table = Arc::new(MemoryTable::of_claims());
        let store = over(&table);
        let mut item = claim_item(&claim, 1).unwrap();
        item.remove("workAt");
        item.extend(work_at.map(|at| ("workAt".to_owned(), text(at))));
        put(&table, item);
        store.postpone(&claim.id, now, until).await.unwrap();
        let expected = if is_put_off { Some(sortable(until)) } else { work_at.map(str::to_owned) };
        assert_eq!(swept(&store, Key::Claim(claim.id.clone())).await[1], expected, "{work_at:?}: {why}");
    }
}

#[tokio::test]
async fn nothing_is_put_off_that_is_not_there() {
    claim_domain::proves!(I1);
    let store = over(&Arc::new(MemoryTable::of_claims()));
    let id = claim(Status::Editing).id.clone();
    let [now, until] = ["2026-03-10T00:20:00Z", "2026-03-10T00:35:00Z"].map(at);
    store.postpone(&id, now, until).await.unwrap();
    store.mark_swept(&id, 1, now).await.unwrap();
    let left = [Key::Claim(id.clone()), Key::Event(id, 1)];
    assert!(store.batch_get(left.into()).await.unwrap().is_empty(), "sweep made an item of nothing");
}
