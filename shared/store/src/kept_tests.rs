//! From when on the table may clean up what is kept for a time.

use std::sync::Arc;

use chrono::TimeDelta;
use claim_domain::ids::PartnerId;
use serde_json::json;
use test_support::MemoryTable;

use crate::testing::{at, over};
use crate::{Attempt, ConsentLink, CountKey, Key, sha256};

#[tokio::test]
async fn what_is_kept_for_a_time_is_cleaned_up_after_it_and_not_before() {
    claim_domain::proves!(D9, D19, D24);
    let store = over(&Arc::new(MemoryTable::of_claims()));
    let now = at("2026-03-02T21:30:15Z");
    let partner: PartnerId = "contoso".parse().unwrap();

    let emails = CountKey { day: now.date_naive(), what: "emails".to_owned(), of: "contoso".to_owned() };
    store.count(emails.clone(), 3).await.unwrap();

    let message = "01J0000000000000000000000A_42_1772442000000".parse().unwrap();
    store.keep_tried(&partner, &message, 2, now).await.unwrap();

    let (webhook, id) =
        ("01J0000000000000000000000A".parse().unwrap(), "01J0000000000000000000000B".parse().unwrap());
    let attempt: Attempt = serde_json::from_value(json!({
        "sequence": 42, "claim": "01J0000000000000000000000C", "type": "approved", "at": now, "attempt": 2,
        "milliseconds": 120, "outcome": "failed",
    }))
    .unwrap();
    store.keep_attempt(&partner, &webhook, &id, &attempt).await.unwrap();

    let (hash, until) = (sha256(b"link"), now + TimeDelta::days(300));
    let link =
        ConsentLink { claim: "01J0000000000000000000000C".parse().unwrap(), approval: 7, language: None };
    store.keep_consent_link(&hash, &link, until).await.unwrap();

    for (key, expected, why) in [
        (Key::Count(emails), "2026-03-04T00:00:00Z", "a count: its day (UTC) and the next"),
        (Key::Tried(partner.clone(), message), "2026-03-07T21:30:15Z", "how often it was tried: five days"),
        (Key::Attempt(partner, webhook, id), "2026-04-01T21:30:15Z", "an attempt can be read for 30 days"),
        (Key::ConsentLink(hash), "2026-12-27T21:30:15Z", "a link: as long as the program says"),
    ] {
        let item = store.get(&key).await.unwrap().unwrap();
        let seconds = item["ttl"].as_n().unwrap().parse().unwrap();
        assert_eq!(chrono::DateTime::from_timestamp(seconds, 0), Some(at(expected)), "{why}");
    }
}
