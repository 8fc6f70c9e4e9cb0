//! What a partner's server is sent (D24): the one request that this system makes by itself.

use serde_json::{Value, json};

/// The secret that the example is signed with.
const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// The webhooks of the document; `delivery` is the schema of their body.
pub(crate) fn webhooks(delivery: &Value) -> Value {
    let description = format!(
        "Sent to every webhook that asks for changes of this kind, signed as Standard Webhooks \
         (https://www.standardwebhooks.com) says: verify it with a library of that specification before anything else. A \
         change can come more than once, under the same `webhook-id`, and in any order. What is not answered with 2xx within \
         ten seconds comes again for about a day.\n\nThe example is signed with the secret `{SECRET}`, over its body without \
         blanks and in this order of fields."
    );
    json!({
        "change": {
            "post": {
                "operationId": "receiveChange",
                "tags": ["webhooks"],
                "summary": "Hear of a change of one of the organisation's claims (D24)",
                "description": description,
                "security": [],
                "parameters": [
                    header(
                        "webhook-id",
                        "By what to recognise a change that came before: the same at each attempt and when it is sent again.",
                        "01KJQ8V4T9M5W7X2K3N6P8R1S0_42_1772442900000",
                    ),
                    header("webhook-timestamp", "When this attempt began, in seconds since 1970.", "1772443000"),
                    header(
                        "webhook-signature",
                        "One signature, or two parted by a blank for a day after the secret was replaced; one that fits is \
                         enough.",
                        SIGNATURE,
                    ),
                ],
                "requestBody": {
                    "required": true,
                    "content": { "application/json": { "schema": delivery, "example": example() } },
                },
                "responses": {
                    "2XX": { "description": "The change was taken." },
                    "410": { "description": "Nothing more is wanted: nothing is sent to this webhook any more." },
                    "default": { "description": "The change was not taken, and comes again. Redirects are not followed." },
                },
            },
        },
    })
}

/// The signature of the example.
const SIGNATURE: &str = "v1,6PeVPn8D+i7Jr9btA4rCD35nUEN8UZz+6eQFeDDoOm0=";

fn example() -> Value {
    json!({
        "type": "submitted",
        "timestamp": "2026-03-02T09:15:00Z",
        "data": {
            "sequence": 42,
            "claim": "01KJQ8V4T9M5W7X2K3N6P8R1S1",
            "number": 5,
            "type": "submitted",
            "at": "2026-03-02T09:15:00Z",
        },
    })
}

fn header(name: &str, description: &str, example: &str) -> Value {
    json!({
        "name": name,
        "in": "header",
        "required": true,
        "description": description,
        "schema": { "type": "string" },
        "example": example,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_a_delivery_is_what_its_schema_says() {
        let document = crate::document();
        let mut schema = document["webhooks"]["change"]["post"]["requestBody"]["content"]["application/json"]
            ["schema"]
            .clone();
        schema["components"] = document["components"].clone();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let faults: Vec<_> = validator.iter_errors(&example()).map(|fault| fault.to_string()).collect();
        assert_eq!(faults, [""; 0]);
        assert!(!validator.is_valid(&json!({ "type": "submitted", "timestamp": "yesterday", "data": {} })));
    }
}
