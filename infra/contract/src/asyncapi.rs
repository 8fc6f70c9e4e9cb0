//! What the system says by itself, and to whom: one AsyncAPI 3 document, composed of the schemas in `infra/schemas`, which
//! have the examples too.

use serde_json::{Map, Value, json};

use crate::VERSION;

const ASSESSMENT: &str = include_str!("../../schemas/assessment-message.v1.schema.json");
const CHANGE: &str = include_str!("../../schemas/claim-change.v1.schema.json");

/// The whole document.
///
/// # Errors
/// A schema is not JSON.
pub fn asyncapi() -> Result<Value, serde_json::Error> {
    let assessment = Message::of(serde_json::from_str(ASSESSMENT)?);
    let change = Message::of(serde_json::from_str(CHANGE)?).on_the_bus();
    Ok(json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Claimed Partner of Record: messages and events",
            "version": VERSION,
            "description": DESCRIPTION,
            "license": { "name": "MIT" },
        },
        "defaultContentType": "application/json",
        "channels": {
            "assessment": {
                "address": null,
                "title": "Queue of incentive assessment",
                "description": "The SQS queue that the stack's output `AssessmentQueueUrl` names. Incentive assessment \
                                receives from it, and deletes what it has taken.",
                "messages": { "assessmentMessage": { "$ref": "#/components/messages/assessmentMessage" } },
                "bindings": {
                    "sqs": {
                        "queue": {
                            "name": "{stack}-assessment.fifo",
                            "fifoQueue": true,
                            "deduplicationScope": "messageGroup",
                            "fifoThroughputLimit": "perMessageGroupId",
                        },
                        "bindingVersion": "0.2.0",
                    },
                },
            },
            "changes": {
                "address": null,
                "title": "Bus of changes",
                "description": "The EventBridge bus that the stack's output `ChangesBusName` names. Whoever runs the \
                                system routes events from it to any target, by rules of their own.",
                "messages": { "claimChanged": { "$ref": "#/components/messages/claimChanged" } },
            },
        },
        "operations": {
            "sendAssessmentMessage": sends("assessment", "assessmentMessage", "Ask for an assessment, amend it, or recall it."),
            "tellChange": sends("changes", "claimChanged", "Tell that something happened to a claim."),
        },
        "components": {
            "messages": {
                "assessmentMessage": assessment.described("AssessmentMessage"),
                "claimChanged": change.described("ClaimChanged"),
            },
        },
    }))
}

const DESCRIPTION: &str = "What the claim system says by itself. Both channels deliver at least once: the messages say how to \
know one that comes again. A message or event may gain fields only under a new `schemaVersion`; kinds of changes may be added at \
any time. What is asked of the system over HTTP, and what it answers, is in its OpenAPI document.";

/// What the system sends on a channel.
fn sends(channel: &str, message: &str, summary: &str) -> Value {
    json!({
        "action": "send",
        "channel": { "$ref": format!("#/channels/{channel}") },
        "summary": summary,
        "messages": [{ "$ref": format!("#/channels/{channel}/messages/{message}") }],
    })
}

/// A message as its schema describes it.
struct Message {
    payload: Value,
    /// Each has a field that says of what kind it is.
    examples: Vec<(String, Value)>,
}

impl Message {
    /// A message whose schema this is. AsyncAPI's own schemas know no `$defs`, and nothing beside a `$ref`: what is
    /// referred to is put in its place.
    fn of(mut schema: Value) -> Self {
        let mut take = |name: &str| schema.as_object_mut().and_then(|fields| fields.remove(name));
        let (definitions, examples) =
            (take("$defs").unwrap_or_default(), take("examples").unwrap_or_default());
        take("$schema");
        take("$id");
        let examples = examples.as_array().into_iter().flatten().map(|example| {
            let kind = example["kind"].as_str().or(example["type"].as_str()).unwrap_or_default();
            (kind.to_owned(), example.clone())
        });
        Self { examples: examples.collect(), payload: inlined(schema, &definitions) }
    }

    /// The message as the detail of an event, as EventBridge hands it to a target.
    fn on_the_bus(self) -> Self {
        let event = |detail: &Value| {
            json!({
                "version": "0",
                "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
                "source": "claimed-partner-of-record",
                "detail-type": "ClaimChanged",
                "account": "123456789012",
                "region": "eu-central-1",
                "time": detail["at"],
                "resources": [],
                "detail": detail,
            })
        };
        let payload = json!({
            "title": self.payload["title"],
            "description": "An event of EventBridge, as a target without an input transformer gets it.",
            "type": "object",
            "required": ["id", "time", "source", "detail-type", "detail"],
            "properties": {
                "id": { "description": "EventBridge's own id, another one each time the event comes.", "type": "string" },
                "time": {
                    "description": "When the bus accepted the event.",
                    "type": "string",
                    "format": "date-time",
                },
                "source": { "description": "The same for every event.", "const": "claimed-partner-of-record" },
                "detail-type": { "description": "The same for every event.", "const": "ClaimChanged" },
                "detail": self.payload,
            },
        });
        let examples = self.examples.iter().map(|(name, detail)| (name.clone(), event(detail)));
        Self { examples: examples.collect(), payload }
    }

    fn described(self, name: &str) -> Value {
        let examples =
            self.examples.into_iter().map(|(name, payload)| json!({ "name": name, "payload": payload }));
        json!({
            "name": name,
            "title": self.payload["title"],
            "contentType": "application/json",
            "examples": examples.collect::<Vec<_>>(),
            "payload": self.payload,
        })
    }
}

/// A schema with what it refers to in the place of each reference; what it says itself comes first.
fn inlined(schema: Value, definitions: &Value) -> Value {
    match schema {
        Value::Object(mut fields) => {
            let name = fields.remove("$ref");
            let name = name.as_ref().and_then(|to| to.as_str()?.strip_prefix("#/$defs/"));
            let referred = name.map_or(&Value::Null, |name| &definitions[name]);
            let mut whole = referred.as_object().cloned().unwrap_or_default();
            whole.append(&mut fields);
            Value::Object(
                whole.into_iter().map(|(key, part)| (key, inlined(part, definitions))).collect::<Map<_, _>>(),
            )
        }
        Value::Array(parts) => parts.into_iter().map(|part| inlined(part, definitions)).collect(),
        other => other,
    }
}

#[cfg(test)]
#[path = "asyncapi_tests.rs"]
mod tests;
