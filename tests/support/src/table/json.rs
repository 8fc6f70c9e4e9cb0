//! Items in the JSON of DynamoDB.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::Item;

/// An item as DynamoDB writes it in JSON.
pub fn json_of(item: &Item) -> Value {
    item.iter().map(|(name, value)| (name.clone(), value_of(value))).collect::<Map<_, _>>().into()
}

fn value_of(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(flag) => json!({ "BOOL": flag }),
        AttributeValue::M(map) => json!({ "M": json_of(map) }),
        AttributeValue::L(list) => json!({ "L": list.iter().map(value_of).collect::<Vec<_>>() }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::B(bytes) => json!({ "B": STANDARD.encode(bytes.as_ref()) }),
        _ => json!({ "NULL": true }),
    }
}

/// An item from DynamoDB's JSON.
pub fn item_of(json: &Value) -> Item {
    let attributes = json.as_object().into_iter().flatten();
    attributes.map(|(name, value)| (name.clone(), attribute_of(value))).collect::<HashMap<_, _>>()
}

fn attribute_of(json: &Value) -> AttributeValue {
    let Some((kind, value)) = json.as_object().and_then(|one| one.iter().next()) else {
        return AttributeValue::Null(true);
    };
    let text = || value.as_str().unwrap_or_default().to_owned();
    match kind.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "BOOL" => AttributeValue::Bool(value.as_bool().unwrap_or_default()),
        "M" => AttributeValue::M(item_of(value)),
        "L" => AttributeValue::L(value.as_array().into_iter().flatten().map(attribute_of).collect()),
        "B" => AttributeValue::B(Blob::new(STANDARD.decode(text()).unwrap_or_default())),
        _ => AttributeValue::Null(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_goes_through_dynamodbs_json_and_back() {
        let json = json!({
            "pk": { "S": "CLAIM#1" }, "n": { "N": "7" }, "is": { "BOOL": true }, "none": { "NULL": true },
            "map": { "M": { "list": { "L": [{ "S": "a" }, { "N": "1" }] } } }, "bytes": { "B": "AAE=" },
        });
        assert_eq!(json_of(&item_of(&json)), json);
    }
}
