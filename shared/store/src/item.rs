//! The form of items: keys, attributes, and how claims and events are written as items.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::SecondsFormat;
use claim_domain::calendar::Instant;
use claim_domain::claim::{Claim, Status};
use claim_domain::effect::Effect;
use claim_domain::event::Event;
use claim_domain::ids::ClaimId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::aws_sdk_dynamodb_1::{from_attribute_value, to_attribute_value};

use crate::error::StoreError;
use crate::key::{Key, WorkPartition};
use crate::list::{ListScope, Listed};

/// An item of the table.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Sorts after every instant: the place of claims without a due clock in lists by due.
pub(crate) const NEVER: &str = "9999";
/// How long after its writing sweep looks at an event that the stream has not brought (I5): a minute longer than a
/// lease lasts, so that a lease taken at once has ended by then.
pub(crate) const FIRST_LOOK: chrono::TimeDelta = chrono::TimeDelta::minutes(4);

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// An instant as a sort key: of fixed width, so that the order as text is the order in time.
pub(crate) fn sortable(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// The partition of the `work` index that a claim and its events belong to.
pub(crate) fn shard(id: &ClaimId, shards: u32) -> u32 {
    id.as_str().bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % shards
}

pub(crate) fn to_value(value: &impl Serialize) -> Result<AttributeValue, StoreError> {
    to_attribute_value(value).map_err(StoreError::Unwritable)
}

/// Reads the attribute `name` of an item.
pub(crate) fn read<T: DeserializeOwned>(item: &Item, name: &str) -> Result<T, StoreError> {
    let value = item.get(name).cloned().unwrap_or(AttributeValue::Null(true));
    from_attribute_value(value).map_err(|source| StoreError::Corrupt { key: name_of(item), source })
}

/// The item's key, to be named in errors.
fn name_of(item: &Item) -> String {
    let part = |name| item.get(name).and_then(|value| value.as_s().ok()).map_or("?", String::as_str);
    format!("{}/{}", part("pk"), part("sk"))
}

/// The item of a claim, with the keys of the indexes that it belongs to.
pub(crate) fn claim_item(claim: &Claim, shards: u32) -> Result<Item, StoreError> {
    let mut item = Key::Claim(claim.id.clone()).attributes();
    item.insert("schema".to_owned(), number(claim.schema));
    item.insert("version".to_owned(), number(claim.version));
    item.insert("claim".to_owned(), to_value(claim)?);
    // Lists sort by what people wait for, or have missed; sweep looks at what is to be applied next (D5).
    let listed = Listed::of(claim);
    let expected = listed.next_due_at.map(sortable);
    item.insert("listed".to_owned(), listed.written()?);
    let by_updated = format!("{}#{}", sortable(claim.updated_at), claim.id);
    let by_due = format!("{}#{}", expected.as_deref().unwrap_or(NEVER), claim.id);
    let mut index = |names: [&str; 3], scope: &ListScope| {
        let [name, updated, due] = names;
        item.insert(name.to_owned(), text(scope.to_string()));
        item.insert(updated.to_owned(), text(by_updated.clone()));
        item.insert(due.to_owned(), text(by_due.clone()));
    };
    if claim.status != Status::Discarded {
        index(["partnerPk", "partnerUpdated", "partnerDue"], &ListScope::Partner(claim.partner.clone()));
    }
    if matches!(claim.status, Status::Submitted | Status::UnderReview | Status::PartnerActionRequired) {
        index(["reviewPk", "reviewUpdated", "reviewDue"], &ListScope::Review);
    }
    if claim.status != Status::Discarded && listed.needs_partner() {
        let needing = ListScope::Needing(claim.partner.clone());
        item.insert("needsPk".to_owned(), text(needing.to_string()));
    }
    if let Some(work) = claim.next_work() {
        item.insert("workPk".to_owned(), text(WorkPartition::Claims(shard(&claim.id, shards)).to_string()));
        item.insert("workAt".to_owned(), text(sortable(work)));
    }
    Ok(item)
}

/// The item of an event that comes after so many internal notes (D13). With effects it is an outbox too, and sweep
/// looks at it if the stream does not bring it (I5).
pub(crate) fn event_item(
    event: &Event,
    notes_before: u64,
    effects: &[Effect],
    now: Instant,
    shards: u32,
) -> Result<Item, StoreError> {
    let mut item = Key::Event(event.claim.clone(), event.version).attributes();
    item.insert("schema".to_owned(), number(event.schema));
    item.insert("event".to_owned(), to_value(event)?);
    item.insert("notesBefore".to_owned(), number(notes_before));
    if !effects.is_empty() {
        item.insert("effects".to_owned(), to_value(&effects)?);
        item.insert("outbox".to_owned(), text("new"));
        item.insert("outcomes".to_owned(), AttributeValue::M(HashMap::new()));
        item.insert("turn".to_owned(), number(0));
        item.insert(
            "workPk".to_owned(),
            text(WorkPartition::Events(shard(&event.claim, shards)).to_string()),
        );
        item.insert("workAt".to_owned(), text(sortable(now + FIRST_LOOK)));
    }
    Ok(item)
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone, Utc};

    use super::*;
    use crate::testing::claim;

    #[test]
    fn instants_sort_as_text_as_they_do_in_time() {
        let base = Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap();
        let instants = [
            base,
            base + TimeDelta::milliseconds(5),
            base + TimeDelta::seconds(1),
            base + TimeDelta::days(400),
        ];
        assert!(instants.map(sortable).is_sorted());
        assert!(sortable(instants[3]).as_str() < NEVER);
    }

    #[test]
    fn a_claim_is_in_the_lists_of_those_whom_it_concerns() {
        claim_domain::proves!(R2, D8);
        let rows = [
            (Status::Editing, "its partner's, and what needs the partner"),
            (Status::Submitted, "its partner's and the reviewers'"),
            (Status::UnderReview, "its partner's and the reviewers'"),
            (Status::PartnerActionRequired, "its partner's and the reviewers'"),
            (Status::Approved, "its partner's"),
            (Status::Rejected, "its partner's"),
            (Status::Discarded, "none"),
        ];
        for (status, lists) in rows {
            let item = claim_item(&claim(status), 4).unwrap();
            let is_in = ["partnerPk", "reviewPk", "needsPk"].map(|name| item.contains_key(name));
            let expected =
                [lists.contains("its partner's"), lists.contains("reviewers"), lists.contains("needs")];
            assert_eq!(
                is_in, expected,
                "{status:?} is in {lists}: of its partner, of reviewers, of what needs it"
            );
        }
    }

    #[test]
    fn claims_spread_over_all_shards() {
        let shards: std::collections::BTreeSet<_> = (0..64)
            .map(|n| format!("01J{n:023}").parse::<ClaimId>().unwrap())
            .map(|id| shard(&id, 4))
            .collect();
        assert_eq!(shards.len(), 4);
    }
}
