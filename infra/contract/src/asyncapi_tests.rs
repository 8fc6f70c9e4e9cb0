use assessment_consumer::{Consumer, Outcome};
use jsonschema::Validator;

use super::*;

/// A schema that takes formats at their word.
fn validator(schema: &Value) -> Validator {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap()
}

fn of(message: &str) -> Value {
    asyncapi().unwrap()["components"]["messages"][message].clone()
}

fn examples(message: &Value) -> Vec<Value> {
    message["examples"].as_array().unwrap().iter().map(|example| example["payload"].clone()).collect()
}

#[test]
fn every_example_of_a_message_is_as_its_schema_says() {
    let details: fn(&Value) -> &Value = |event| &event["detail"];
    for (name, schema, part) in [
        ("assessmentMessage", ASSESSMENT, (|message| message) as fn(&Value) -> &Value),
        ("claimChanged", CHANGE, details),
    ] {
        let message = of(name);
        let (whole, kept) =
            (validator(&message["payload"]), validator(&serde_json::from_str(schema).unwrap()));
        let examples = examples(&message);
        assert!(!examples.is_empty(), "the schema of {name} has no examples");
        for example in examples {
            assert_eq!(whole.validate(&example).map_err(|fault| fault.to_string()), Ok(()), "{name}");
            assert_eq!(kept.validate(part(&example)).map_err(|fault| fault.to_string()), Ok(()), "{name}");
        }
    }
}

#[test]
fn an_inlined_schema_refuses_what_the_schema_refuses() {
    let message = of("assessmentMessage");
    let (inlined, kept) =
        (validator(&message["payload"]), validator(&serde_json::from_str(ASSESSMENT).unwrap()));
    for example in examples(&message) {
        for field in example.as_object().unwrap().keys() {
            for wrong in [json!(null), json!(""), json!(-1), json!([]), json!([{ "colour": "red" }])] {
                let mut broken = example.clone();
                broken[field] = wrong;
                assert!(!kept.is_valid(&broken), "{field}: the schema takes {}", broken[field]);
                assert!(!inlined.is_valid(&broken), "{field}: the inlined schema takes {}", broken[field]);
            }
        }
    }
    assert!(!message.to_string().contains("$defs"), "nothing is left to look up");
}

#[test]
fn the_examples_of_messages_are_a_history_that_a_consumer_takes() {
    claim_domain::proves!(I6);
    let mut consumer = Consumer::new();
    for example in examples(&of("assessmentMessage")) {
        let claim = example["claimId"].as_str().unwrap();
        assert_eq!(consumer.receive(&example.to_string(), claim), Ok(Outcome::Accepted));
    }
    let kinds: Vec<_> = consumer.ledger().iter().map(|entry| entry.message.kind.to_string()).collect();
    assert_eq!(kinds, ["requested", "amended", "recalled"]);
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|part| references(part, found));
            }
            Value::Array(parts) => parts.iter().for_each(|part| references(part, found)),
            _ => {}
        }
    }
    let document = asyncapi().unwrap();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
}
