//! What several of the store's tests put around it.

use std::sync::Arc;

use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use claim_domain::calendar::Instant;
use claim_domain::claim::{Claim, Status};
use claim_domain::clock::ClockName;
use claim_domain::effect::Effect;
use claim_domain::event::Event;
use serde_json::json;
use test_support::{MemoryTable, TABLE};

use crate::Store;
use crate::item::Item;

/// An instant.
pub(crate) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// The store over a table, with a single shard.
pub(crate) fn over(table: &Arc<MemoryTable>) -> Store {
    Store::new(table.clone(), TABLE.to_owned(), 1)
}

/// A claim in a status, made on Monday, 2 March 2026.
pub(crate) fn claim(status: Status) -> Claim {
    let at = "2026-03-02T09:00:00Z";
    let claim = json!({
        "schema": 1, "id": "01J0000000000000000000000A", "version": 1, "revision": 1, "status": status,
        "partner": "contoso", "contested": false, "createdAt": at, "updatedAt": at, "lastEventAt": at,
        "details": {
            "name": "Rollout", "mpnId": "1001", "solutionArea": "Microsoft 365", "activities": ["usage"],
            "customer": {
                "tenantId": "11111111-2222-3333-4444-555555555555", "domain": "adatum.example",
                "name": "Adatum", "contact": "01J0000000000000000000000B",
            },
            "partnerContact": "01J0000000000000000000000C", "products": [{ "product": "Teams" }],
        },
    });
    serde_json::from_value(claim).unwrap()
}

/// An event of that claim with two effects, on Monday, 2 March 2026, at 9:00.
pub(crate) fn event() -> (Event, [Effect; 2]) {
    let claim = claim(Status::Editing);
    let event = json!({
        "schema": 1, "claim": claim.id, "version": claim.version, "at": "2026-03-02T09:00:00Z",
        "command": "01J0000000000000000000000D", "actor": { "role": "reviewer", "id": "rita", "name": "Rita" },
        "change": { "type": "approved" },
    });
    let disarms = |clock| Effect::DisarmTimer { clock, generation: 3 };
    (
        serde_json::from_value(event).unwrap(),
        [disarms(ClockName::ReviewDecision), disarms(ClockName::Overall)],
    )
}

/// Puts an item into a table, past the store.
pub(crate) fn put(table: &MemoryTable, item: Item) {
    let put = PutItemInput::builder().table_name(TABLE).set_item(Some(item)).build().unwrap();
    table.with(|table| table.put_item(put)).unwrap();
}
