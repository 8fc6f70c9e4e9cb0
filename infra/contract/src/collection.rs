//! The contract as a collection of requests that editors and command lines send (`.http`).

use serde_json::{Map, Value};

/// What stands at the beginning of the collection.
const HEAD: &str = "\
# Every request of the API with an example of its body. `cargo xtask contract` writes it.
#
# On the local stack: `cargo xtask up`, then `cargo xtask token nora` (a partner) or `cargo xtask token rita` (a reviewer).
@api = http://claims.localhost:4566
@token =
# Ids from earlier answers, and the ETag of the claim that a decision is made on.
@claim =
@evidence =
@link =
@etag =
";

/// The requests of a document, in its order.
pub fn collection(document: &Value) -> String {
    let mut collection = HEAD.to_owned();
    for (path, methods) in entries(&document["paths"]) {
        for (method, operation) in entries(methods) {
            collection.push_str(&request(path, &method.to_uppercase(), operation));
        }
    }
    collection
}

fn request(path: &str, method: &str, operation: &Value) -> String {
    let summary = operation["summary"].as_str().unwrap_or_default();
    let address = path
        .replace("/rules/{id}", "/rules/R13")
        .replace("{id}", "{{claim}}")
        .replace("{evidenceId}", "{{evidence}}")
        .replace("/{token}", "/{{link}}")
        .replace("{type}", "illegal-state");
    let mut lines = vec![String::new(), format!("### {summary}"), format!("{method} {{{{api}}}}{address}")];
    if operation["security"].as_array().is_none_or(|security| !security.is_empty()) {
        lines.push("Authorization: Bearer {{token}}".to_owned());
    }
    lines.push("Accept: application/json".to_owned());
    let asks_for = |name: &str| {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        parameters
            .into_iter()
            .any(|parameter| parameter["$ref"].as_str().is_some_and(|to| to.ends_with(name)))
    };
    if asks_for("/IfMatchRequired") {
        lines.push("If-Match: {{etag}}".to_owned());
    }
    if asks_for("/IdempotencyKey") {
        lines.push("Idempotency-Key: {{$guid}}".to_owned());
    }
    if let Some((kind, content)) = entries(&operation["requestBody"]["content"]).last() {
        lines.push(format!("Content-Type: {kind}"));
        lines.push(String::new());
        lines.push(format!("{:#}", content["example"]));
    }
    lines.join("\n") + "\n"
}

fn entries(value: &Value) -> impl DoubleEndedIterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
