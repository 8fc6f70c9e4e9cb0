//! The contract of the API: one OpenAPI 3.1 document, composed of the registry's routes and of what the code itself says
//! about bodies, answers and problems. `cargo xtask contract` writes it down; nobody edits it.

mod answers;
mod asyncapi;
mod collection;
mod compatible;
mod named;
mod page;
mod parameters;
mod problems;
mod webhooks;

use std::collections::{BTreeMap, BTreeSet};

use claim_domain::refusal::Kind;
use claim_http::registry::{BodyKind, Callers, Operation, ROUTES, Route};
use claim_http::{MAX_BODY_BYTES, PROBLEM_JSON, bodies, contract as sent, status_of};
use serde_json::{Map, Value, json};

pub use answers::KnownAnswers;
pub use asyncapi::asyncapi;
pub use collection::collection;
pub use compatible::breaks;
pub use page::page;
pub use problems::problems;

/// The version of the contract: the middle number counts what was added, the last one what was said better. The first one
/// stands in every path, and a change that could break a client never comes under the same.
pub const VERSION: &str = "1.0.0";

/// The whole document.
pub fn document() -> Value {
    let mut generator = sent::generator();
    let bodies: Answers = sent::answers(&mut generator)
        .into_iter()
        .filter_map(|(operation, status, schema)| Some(((operation, status), schema?.to_value())))
        .collect();
    let problem = sent::problem(&mut generator).to_value();
    let webhooks = webhooks::webhooks(&sent::delivery(&mut generator).to_value());
    let mut paths = Map::new();
    for route in ROUTES.iter().filter(|route| !route.is_page()) {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.to_ascii_lowercase()] = operation(route, &bodies, &problem);
    }
    let mut schemas = generator.take_definitions(true);
    for route in ROUTES.iter().filter(|route| !route.is_page()) {
        if let Some(body) = bodies::body(route.operation) {
            named::insert(&mut schemas, &body_name(route), body);
        }
    }
    schemas.insert("GatewayMessage".to_owned(), gateway_message());
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Claimed Partner of Record",
            "version": VERSION,
            "summary": "Claims of partners to be the partner of record of a customer.",
            "description": DESCRIPTION,
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "servers": [{ "url": "/", "description": "The address under which this document is served." }],
        "security": [{ "token": [] }],
        "tags": tags(),
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token of the program's issuer. It names the person, the role and, for \
                                    partners, the organisation. A program gets one as a machine client, by OAuth's \
                                    client credentials grant, at the address that it was given with its id and secret.",
                },
            },
            "parameters": parameters::components(),
            "headers": headers(),
            "schemas": schemas,
        },
    })
}

/// The document as it is written down and served.
pub fn text(document: &Value) -> String {
    format!("{document:#}\n")
}

const DESCRIPTION: &str = "Partners file claims with proof of execution, reviewers decide on them within promised business \
days, the customer may deny the association, and only then does a claim go to incentive assessment.\n\nInstants are in UTC \
(RFC 3339). Ids are opaque. Every refusal is a problem document (RFC 9457): its `type` and its `rule` can be looked up \
here, `next` is the one step that helps, and `errors` lists every bad field. Answers may gain fields and lists of values \
may grow: ignore what you do not know.\n\nA command that is repeated with the same `Idempotency-Key` within 48 hours gets \
the first answer again. A decision and an edit say in `If-Match` which revision of the claim they were made on.";

/// The media types of lists in files, and what a file of each is.
const FILES: [(&str, &str); 2] = [
    (
        "application/jsonl",
        "A line of JSON for each item, which ends with a line feed; one of a history says its `claim` and its `hash`, too.",
    ),
    (
        "text/csv",
        "A row for each item (RFC 4180). The first page begins with the names of the columns, others do not.",
    ),
];

/// What the operations are sorted by.
fn tags() -> Value {
    let about = [
        ("claims", "Create, read, edit, submit, withdraw and dispute claims."),
        ("evidence", "Documents of the proof of execution."),
        ("review", "The reviewers' queue and decisions."),
        ("consent", "The customer's link, and its notice."),
        ("webhooks", "Where an organisation's changes are sent."),
        ("reference", "What problems and rules mean, this contract, and what the system sends by itself."),
    ];
    about.map(|(name, description)| json!({ "name": name, "description": description })).into()
}

fn tag_of(route: &Route) -> &'static str {
    let has = |part: &str| route.path.split('/').any(|segment| segment == part);
    if has("evidence") {
        "evidence"
    } else if has("review") {
        "review"
    } else if has("consent") {
        "consent"
    } else if route.is_of_webhooks() {
        "webhooks"
    } else if ["problems", "rules", "openapi.json", "asyncapi.json"].into_iter().any(has) {
        "reference"
    } else {
        "claims"
    }
}

/// The schema of each answer that has a body.
type Answers = BTreeMap<(Operation, u16), Value>;

/// One route.
fn operation(route: &Route, bodies: &Answers, problem: &Value) -> Value {
    let mut operation = json!({
        "operationId": operation_id(route.operation),
        "tags": [tag_of(route)],
        "summary": summary(route),
        "description": who(route.caller),
        "responses": responses(route, bodies, problem),
    });
    if route.caller.is_public() {
        operation["security"] = json!([]);
    }
    if let Some([_, sunset, _]) = route.deprecation.map(|deprecation| deprecation.headers()) {
        operation["deprecated"] = true.into();
        operation["description"] =
            format!("{} It has to go, and answers until {sunset}.", who(route.caller)).into();
    }
    let parameters = parameters::of(route);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = bodies::body(route.operation) {
        let schema = json!({ "$ref": format!("#/components/schemas/{}", body_name(route)) });
        let example = example(route.operation);
        // The first is the one to send: generators stumble over a body that comes as several.
        let content: Map<_, _> = route
            .body
            .media_types()
            .iter()
            .take(1)
            .map(|kind| {
                let is_csv = *kind == "text/csv";
                let mut content =
                    json!({ "schema": if is_csv { json!({ "type": "string" }) } else { schema.clone() } });
                if let Some(example) = example.as_ref().filter(|_| !is_csv) {
                    content["example"] = example.clone();
                }
                ((*kind).to_owned(), content)
            })
            .collect();
        let may_be_left_out =
            route.body.may_be_left_out() && body.get("required").is_none() && body.get("anyOf").is_none();
        operation["requestBody"] = json!({
            "required": !may_be_left_out,
            "description": format!("At most {} kB.", MAX_BODY_BYTES / 1_000),
            "content": content,
        });
    }
    operation
}

/// `CreateClaim` as `createClaim`.
fn operation_id(operation: Operation) -> String {
    let name = format!("{operation:?}");
    let (first, rest) = name.split_at(1);
    first.to_ascii_lowercase() + rest
}

fn summary(route: &Route) -> &'static str {
    route.about.trim().trim_end_matches('.')
}

fn who(callers: Callers) -> &'static str {
    match callers {
        Callers::Partners => "For users of a partner organisation, and its own claims alone.",
        Callers::Reviewers => "For reviewers and the review lead.",
        Callers::Lead => "For the review lead.",
        Callers::SignedIn => "For users of the claim's partner organisation, reviewers and the review lead.",
        Callers::LinkHolders => "For whoever holds the customer's link; no token.",
        Callers::Anybody => "For everybody; no token.",
    }
}

/// What a route's body is called among the schemas.
fn body_name(route: &Route) -> String {
    format!("{:?}Body", route.operation)
}

/// An example of a body, which a test compares with what the route takes.
pub fn example(operation: Operation) -> Option<Value> {
    let all: Map<String, Value> = serde_json::from_str(include_str!("../examples.json")).unwrap_or_default();
    all.get(&operation_id(operation)).cloned()
}

fn responses(route: &Route, bodies: &Answers, problem: &Value) -> Value {
    let mut responses = Map::new();
    for status in route.answers {
        responses.insert(status.to_string(), answer(route, *status, bodies.get(&(route.operation, *status))));
    }
    let mut by_status: BTreeMap<u16, Vec<Kind>> = BTreeMap::new();
    for kind in problems(route) {
        by_status.entry(status_of(kind)).or_default().push(kind);
    }
    for (status, kinds) in by_status {
        responses.insert(status.to_string(), problem_answer(route, &kinds, problem));
    }
    responses.into()
}

fn answer(route: &Route, status: u16, body: Option<&Value>) -> Value {
    let description = match status {
        201 => "Created.",
        200 if route.is_command() && route.answers.len() > 1 => "A dry run: the claim as it would be.",
        204 => "Done; there is nothing to say.",
        303 => "The document is at the address in `Location`, for a few minutes.",
        304 => "The caller has exactly this answer already.",
        _ => "The answer.",
    };
    let mut answer = json!({ "description": description });
    if route.operation == Operation::ReadTemplate {
        answer["content"] = json!({ "text/csv": { "schema": { "type": "string" } } });
    }
    if let Some(body) = body {
        answer["content"] = json!({ "application/json": { "schema": body } });
        if route.exports() {
            for (media, about) in FILES {
                answer["content"][media] = json!({ "schema": { "type": "string", "description": about } });
            }
        } else if route.negotiates() && status == 200 {
            answer["content"]["text/html"] = json!({ "schema": { "type": "string" } });
        }
    }
    let mut headers = Map::new();
    let mut with = |name: &str| {
        headers.insert(name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }));
    };
    if parameters::answers_a_claim(route) && matches!(status, 200 | 201 | 304) {
        with("ETag");
    }
    if matches!(route.operation, Operation::CreateClaim | Operation::CloneClaim | Operation::CreateWebhook)
        && status == 201
        || status == 303
    {
        with("Location");
    }
    if route.exports() {
        with("Link");
    }
    if !headers.is_empty() {
        answer["headers"] = headers.into();
    }
    answer
}

fn problem_answer(route: &Route, kinds: &[Kind], problem: &Value) -> Value {
    let lines: Vec<_> = kinds
        .iter()
        .map(|kind| format!("- [`{}`]({}): {}", kind.slug(), kind.reference(), kind.about()))
        .collect();
    let mut content = json!({
        PROBLEM_JSON: { "schema": problem },
    });
    let from_gateway = kinds.iter().any(|kind| {
        matches!(kind, Kind::Internal | Kind::Busy | Kind::BodyTooLarge)
            || *kind == Kind::Unauthenticated && !route.caller.is_public()
    });
    if from_gateway {
        content["application/json"] = json!({ "schema": { "$ref": "#/components/schemas/GatewayMessage" } });
    }
    // The customer's link answers people, with a page, unless JSON alone is asked for.
    if route.caller == Callers::LinkHolders {
        content["text/html"] = json!({ "schema": { "type": "string" } });
    }
    let slugs: Vec<_> = kinds.iter().map(|kind| kind.slug()).collect();
    let mut answer = json!({ "description": lines.join("\n"), "content": content, "x-problems": slugs });
    if kinds
        .iter()
        .any(|kind| matches!(kind, Kind::Busy | Kind::DailyLimit | Kind::NoticeLimit | Kind::CheckLimit))
    {
        answer["headers"] = json!({ "Retry-After": { "$ref": "#/components/headers/Retry-After" } });
    }
    if kinds.contains(&Kind::RevisionStale) {
        answer["headers"] = json!({ "ETag": { "$ref": "#/components/headers/ETag" } });
    }
    answer
}

fn headers() -> Value {
    json!({
        "ETag": {
            "description": "The claim's revision and a digest of the answer. Send it back in If-Match or If-None-Match as it is.",
            "schema": { "type": "string" },
            "example": "\"7-c0ffee5eed5ca1ab\"",
        },
        "Link": {
            "description": "Of a file: the address of the next page, as `<…>; rel=\"next\"` (RFC 8288). Only its absence means the end.",
            "schema": { "type": "string" },
            "example": "</v1/claims?limit=100&cursor=eyJsaXN0Ijoi>; rel=\"next\"",
        },
        "Location": {
            "description": "Where it is.",
            "schema": { "type": "string", "format": "uri-reference" },
        },
        "Retry-After": {
            "description": "When to come back: seconds, or a date (RFC 9110, 10.2.3).",
            "schema": { "type": "string" },
            "example": "1",
        },
    })
}

/// What the gateway says by itself, before any code of ours runs. Nothing is required of it: some generated clients read
/// a problem as one, where an answer may be either.
fn gateway_message() -> Value {
    json!({
        "type": "object",
        "description": "What the gateway answers before a function runs: no token that it accepts, a request that is too \
                        large, no answer in time. It is no problem document.",
        "properties": { "message": { "type": "string" } },
    })
}

/// The names of all problems that some route can answer with.
pub fn documented_problems() -> BTreeSet<Kind> {
    ROUTES.iter().filter(|route| !route.is_page()).flat_map(problems).collect()
}

/// Whether a route reads a body.
fn reads_body(route: &Route) -> bool {
    route.body != BodyKind::None
}

#[cfg(test)]
#[path = "lib_tests.rs"]
mod tests;
