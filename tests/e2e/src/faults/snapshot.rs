//! What the table holds, read whole and from outside: claims, their histories with every effect's outcome, and the records
//! of associations.

use std::collections::{BTreeMap, BTreeSet};

use claim_domain::claim::Claim;
use claim_domain::effect::Effect;
use claim_domain::event::Event;
use local_stack::Stack;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::Failed;

/// The table's contents at one moment.
#[derive(Debug, Clone, Default)]
pub struct TableSnapshot {
    /// The claims as they are stored.
    pub claims: BTreeMap<String, Claim>,
    /// The events of each claim, in their order.
    pub histories: BTreeMap<String, Vec<StoredEvent>>,
    /// Who holds what (D15): the record's key and the claim it names.
    pub associations: BTreeSet<(String, String)>,
}

/// An event with its effects and what became of them.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// The event.
    pub event: Event,
    /// Its effects.
    pub effects: Vec<Effect>,
    /// What became of them, by place.
    pub outcomes: BTreeMap<usize, Outcome>,
    /// How it stands in the outbox; none once settled.
    pub outbox: Option<String>,
}

/// What became of an effect, as far as it is told apart here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Outcome {
    /// `leased`, `failed`, `done`, `parked` or `settled`.
    pub is: String,
    /// Why it failed last, if it did.
    #[serde(default)]
    pub why: String,
}

impl TableSnapshot {
    /// Reads the table of a stack.
    pub fn read(stack: &Stack) -> Result<Self, Failed> {
        let (mut snapshot, mut start) = (Self::default(), Value::Null);
        let table = stack.deployment().output("TableName")?;
        loop {
            let mut body = json!({ "TableName": table, "ConsistentRead": true });
            if start.is_object() {
                body["ExclusiveStartKey"] = start;
            }
            let page = stack.aws().json("dynamodb", "DynamoDB_20120810.Scan", &body)?;
            for item in page["Items"].as_array().into_iter().flatten() {
                snapshot.add(&plain(item))?;
            }
            start = page["LastEvaluatedKey"].clone();
            if !start.is_object() {
                break;
            }
        }
        for history in snapshot.histories.values_mut() {
            history.sort_by_key(|stored| stored.event.version);
        }
        Ok(snapshot)
    }

    fn add(&mut self, item: &Value) -> Result<(), Failed> {
        let (pk, sk) = (item["pk"].as_str().unwrap_or_default(), item["sk"].as_str().unwrap_or_default());
        match (pk.split_once('#').unwrap_or_default(), sk) {
            (("CLAIM", id), "CLAIM") => {
                self.claims.insert(id.to_owned(), parse(item, "claim")?);
            }
            (("CLAIM", id), _) if sk.starts_with("EVENT#") => {
                let outcomes: BTreeMap<String, Outcome> = parse(item, "outcomes").unwrap_or_default();
                let stored = StoredEvent {
                    event: parse(item, "event")?,
                    effects: if item["effects"].is_array() { parse(item, "effects")? } else { Vec::new() },
                    outcomes: outcomes
                        .into_iter()
                        .filter_map(|(place, outcome)| Some((place.parse().ok()?, outcome)))
                        .collect(),
                    outbox: item["outbox"].as_str().map(str::to_owned),
                };
                self.histories.entry(id.to_owned()).or_default().push(stored);
            }
            (("ASSOC", key), _) => {
                let claim = item["claim"].as_str().unwrap_or_default().to_owned();
                self.associations.insert((key.to_owned(), claim));
            }
            _ => {}
        }
        Ok(())
    }
}

fn parse<T: DeserializeOwned>(item: &Value, name: &str) -> Result<T, Failed> {
    serde_json::from_value(item[name].clone()).map_err(|error| {
        Failed::new(format!("{} {}: {name} cannot be read: {error}", item["pk"], item["sk"]))
    })
}

/// An item, or one of its values, in plain JSON.
fn plain(item: &Value) -> Value {
    let object =
        |map: &Map<String, Value>| map.iter().map(|(name, value)| (name.clone(), typed(value))).collect();
    Value::Object(item.as_object().map(object).unwrap_or_default())
}

fn typed(value: &Value) -> Value {
    let Some((kind, value)) = value.as_object().and_then(|typed| typed.iter().next()) else {
        return Value::Null;
    };
    match (kind.as_str(), value) {
        ("M", map) => plain(map),
        ("L", Value::Array(list)) => list.iter().map(typed).collect(),
        ("N", Value::String(number)) => serde_json::from_str(number).unwrap_or_default(),
        ("NULL", _) => Value::Null,
        (_, value) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_read_in_plain_json() {
        let item = json!({
            "pk": { "S": "CLAIM#1" }, "n": { "N": "7" }, "b": { "BOOL": true }, "gone": { "NULL": true },
            "m": { "M": { "l": { "L": [{ "S": "x" }, { "N": "1.5" }] } } },
        });
        let expected = json!({ "pk": "CLAIM#1", "n": 7, "b": true, "gone": null, "m": { "l": ["x", 1.5] } });
        assert_eq!(plain(&item), expected);
    }
}
