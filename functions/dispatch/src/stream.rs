//! The records of the table's stream, as far as dispatch reads them: which event, and its place in the stream.

use claim_domain::ids::ClaimId;
pub use claim_runtime::BatchResponse;
use claim_store::Key;
use serde::Deserialize;

/// A batch of records.
#[derive(Debug, Clone, Deserialize)]
pub struct StreamEvent {
    /// The records, in the order of their shard.
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

/// One record.
#[derive(Debug, Clone, Deserialize)]
pub struct Record {
    /// What changed.
    pub dynamodb: Changed,
}

/// What changed.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Changed {
    /// The key of the item.
    pub keys: Keys,
    /// The place in the stream.
    pub sequence_number: String,
}

/// The key of an item.
#[derive(Debug, Clone, Deserialize)]
pub struct Keys {
    pk: Text,
    sk: Text,
}

#[derive(Debug, Clone, Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

impl Keys {
    /// The event with this key; `None` for an item of another kind.
    pub fn event(&self) -> Option<(ClaimId, u64)> {
        match Key::parse(&self.pk.text, &self.sk.text)? {
            Key::Event(claim, version) => Some((claim, version)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_tells_its_event_and_its_place() {
        let event: StreamEvent = serde_json::from_value(json!({"Records": [{
            "eventID": "1", "eventName": "INSERT",
            "dynamodb": {
                "Keys": {"pk": {"S": "CLAIM#01J00000000000000000000000"}, "sk": {"S": "EVENT#0000000007"}},
                "SequenceNumber": "111", "NewImage": {}, "StreamViewType": "NEW_IMAGE"
            }
        }]}))
        .unwrap();
        let changed = &event.records[0].dynamodb;
        assert_eq!(changed.sequence_number, "111");
        assert_eq!(changed.keys.event().unwrap().1, 7);
    }
}
