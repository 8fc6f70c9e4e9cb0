//! For how long an answer is kept under an Idempotency-Key. The table in memory deletes nothing by itself, and DynamoDB takes
//! days to delete what has expired, so an expired answer is still there when it is read and written over.

use std::sync::Arc;

use claim_domain::claim::Status;
use test_support::MemoryTable;

use super::*;
use crate::sha256;
use crate::testing::{at, claim, over};

/// Instants around the end of an answer of Monday, 2 March 2026, at noon, and whether it is still kept.
const ROWS: [(&str, bool); 5] = [
    ("2026-03-02T12:00:01Z", true),
    ("2026-03-04T11:59:59Z", true),
    ("2026-03-04T12:00:00Z", false),
    ("2026-03-04T12:00:01Z", false),
    ("2026-04-01T12:00:00Z", false),
];

fn key() -> Sha256 {
    sha256(b"ana POST /v1/claims k")
}

/// The answer to a request with this body.
fn answer_to(body: &str) -> StoredAnswer {
    let claim = claim(Status::Editing);
    StoredAnswer {
        body: sha256(body.as_bytes()),
        claim: claim.id.clone(),
        version: claim.version,
        made: None,
    }
}

/// Writes the claim, and the answer to a request with this body under the key.
async fn answers(store: &Store, before: Option<&Claim>, body: &str, now: &str) -> Result<(), CommitError> {
    let decision = Decision { claim: Some(claim(Status::Editing)), events: Vec::new(), outcome: Ok(()) };
    let (key, answer) = (key(), answer_to(body));
    let commit = Commit {
        before,
        decision: &decision,
        contacts: &[],
        answer: Some((&key, &answer)),
        delivered: None,
        now: at(now),
    };
    store.commit(&commit).await
}

/// A table with the claim and an answer of Monday at noon.
async fn answered_at_noon() -> Arc<MemoryTable> {
    let table = Arc::new(MemoryTable::of_claims());
    answers(&over(&table), None, "{}", "2026-03-02T12:00:00Z").await.unwrap();
    table
}

#[tokio::test]
async fn an_answer_is_kept_for_48_hours_to_the_second() {
    let store = over(&answered_at_noon().await);
    let id = claim(Status::Editing).id.clone();
    for (now, is_kept) in ROWS {
        let expected = is_kept.then(|| answer_to("{}"));
        let alone = store.answer_under(&key(), at(now)).await.unwrap();
        assert_eq!(alone, expected, "an answer of 2 March at noon, read on {now}");
        let (found, beside) = store.claim_and_answer(&id, &key(), at(now)).await.unwrap();
        assert!(found.is_some());
        assert_eq!(beside, expected, "an answer of 2 March at noon, read beside its claim on {now}");
    }
}

#[tokio::test]
async fn a_key_can_be_used_again_from_when_its_answer_is_kept_no_more() {
    let table = answered_at_noon().await;
    let before = claim(Status::Editing);
    for (now, is_kept) in ROWS {
        let store = over(&Arc::new(table.copy()));
        let used = answers(&store, Some(&before), "[]", now).await;
        let stored = store.answer_under(&key(), at(now)).await.unwrap();
        let what = format!("the key of an answer of 2 March at noon is used on {now}: {used:?}");
        match is_kept {
            true => assert!(matches!(used, Err(CommitError::KeyUsed)), "its answer is kept, but {what}"),
            false => assert!(used.is_ok(), "its answer has expired and is still in the table; {what}"),
        }
        assert_eq!(stored, Some(answer_to(if is_kept { "{}" } else { "[]" })), "{what}");
    }
}

#[tokio::test]
async fn an_answer_that_replaces_an_expired_one_has_48_hours_of_its_own() {
    let store = over(&answered_at_noon().await);
    answers(&store, Some(&claim(Status::Editing)), "[]", "2026-03-05T18:30:00Z").await.unwrap();
    for (now, is_kept) in [("2026-03-07T18:29:59Z", true), ("2026-03-07T18:30:00Z", false)] {
        let stored = store.answer_under(&key(), at(now)).await.unwrap();
        assert_eq!(stored, is_kept.then(|| answer_to("[]")), "an answer of 5 March at 18:30, read on {now}");
    }
}
