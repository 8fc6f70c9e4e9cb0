//! What the API answers, as JSON Schemas (2020-12): derived from the very types that are written as JSON.
//!
//! Objects are open, since an answer may have more fields in a later version. Partner and reviewer see one schema each of
//! claim, list and history, in which the fields of only one of them are optional: what generated clients like best.

use std::collections::BTreeSet;

use claim_domain::webhook::DeliveryView;
use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::batch::Results;
use crate::problem::Document;
use crate::registry::{Operation, ROUTES};
use crate::view::{
    AnnouncedView, AssociationView, AttemptView, ChangesView, CommentView, ConsentPageView, DownloadView,
    ForReviewer, HistoryEntry, KindView, Page, ReplayView, Row, RuleView, WebhookView,
};

/// How the description of a field begins that is not in everybody's answers.
const NOT_FOR_ALL: [&str; 2] = ["Reviewers only: ", "Partners only: "];
/// The definition of a history's entry.
const ENTRY: &str = "HistoryEntry";

/// A generator of schemas of what is sent, for an OpenAPI document: definitions are its `components/schemas`.
pub fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    settings.into_generator()
}

/// The schema of each answer that is no problem, by operation and status; `None` for an answer without a body. The
/// generator, which makes schemas of what is sent, gets the definitions that they refer to.
pub fn answers(generator: &mut SchemaGenerator) -> Vec<(Operation, u16, Option<Schema>)> {
    simplified(generator, |generator| {
        let routes = ROUTES.iter().filter(|route| !route.is_page());
        let answers = routes.flat_map(|route| route.answers.iter().map(|status| (route.operation, *status)));
        answers.map(|(operation, status)| (operation, status, body(generator, operation, status))).collect()
    })
}

/// The schema of a problem document.
pub fn problem(generator: &mut SchemaGenerator) -> Schema {
    simplified(generator, |generator| generator.subschema_for::<Document<'_>>())
}

/// The schema of the body of a delivery to a webhook (D24).
pub fn delivery(generator: &mut SchemaGenerator) -> Schema {
    simplified(generator, |generator| generator.subschema_for::<DeliveryView<'_>>())
}

/// The schema of the body of an answer.
fn body(generator: &mut SchemaGenerator, operation: Operation, status: u16) -> Option<Schema> {
    use Operation::{
        AnnounceEvidence, ApproveClaim, CheckAssociations, CloneClaim, CompleteEvidence, CreateClaim,
        CreateClaims, CreateWebhook, DenyConsent, DiscardClaim, DisputeRejection, DownloadEvidence,
        EditClaim, EndAssociation, ListAttempts, ListClaims, ListComments, ListProblems, ListRules,
        ListWebhooks, OpenConsent, ReadChanges, ReadClaim, ReadContract, ReadHistory, ReadMessages,
        ReadProblem, ReadQueue, ReadRule, ReadWebhook, RejectClaim, ReleaseClaim, ReplayChanges,
        RequestAction, ResendNotice, RotateSecret, StartReview, SubmitClaim, SubmitClaims, TakeOverClaim,
        WithdrawClaim, WriteComment,
    };
    if !matches!(status, 200 | 201) {
        return None;
    }
    // What answers otherwise when it is carried out answers a dry run with the claim.
    if status == 200 && matches!(operation, AnnounceEvidence | DiscardClaim | WriteComment) {
        return Some(generator.subschema_for::<ForReviewer<'_>>());
    }
    Some(match operation {
        CreateClaim | CloneClaim | ReadClaim | EditClaim | CompleteEvidence | SubmitClaim | WithdrawClaim
        | DisputeRejection | StartReview | ReleaseClaim | TakeOverClaim | RequestAction | ApproveClaim
        | RejectClaim | EndAssociation | ResendNotice => generator.subschema_for::<ForReviewer<'_>>(),
        ListClaims | ReadQueue => generator.subschema_for::<Page<Row<'_>>>(),
        CreateClaims | SubmitClaims => generator.subschema_for::<Results>(),
        ReadHistory => {
            let page = generator.subschema_for::<Page<HistoryEntry<'_>>>();
            separate_entries(generator);
            page
        }
        ReadChanges => generator.subschema_for::<ChangesView<'_>>(),
        CreateWebhook | ReadWebhook | RotateSecret => generator.subschema_for::<WebhookView<'_>>(),
        ListWebhooks => generator.subschema_for::<Page<WebhookView<'_>>>(),
        ReplayChanges => generator.subschema_for::<ReplayView>(),
        ListAttempts => generator.subschema_for::<Page<AttemptView<'_>>>(),
        ListComments => generator.subschema_for::<Page<CommentView<'_>>>(),
        WriteComment => generator.subschema_for::<CommentView<'_>>(),
        AnnounceEvidence => generator.subschema_for::<AnnouncedView<'_>>(),
        DownloadEvidence => generator.subschema_for::<DownloadView<'_>>(),
        OpenConsent | DenyConsent => generator.subschema_for::<ConsentPageView<'_>>(),
        ListProblems => generator.subschema_for::<Page<KindView>>(),
        CheckAssociations => generator.subschema_for::<Page<AssociationView<'_>>>(),
        ReadProblem => generator.subschema_for::<KindView>(),
        ListRules => generator.subschema_for::<Page<RuleView>>(),
        ReadRule => generator.subschema_for::<RuleView>(),
        ReadContract => schemars::json_schema!({ "type": "object", "description": "An OpenAPI document." }),
        ReadMessages => schemars::json_schema!({ "type": "object", "description": "An AsyncAPI document." }),
        _ => return None,
    })
}

/// Makes schemas, and simplifies the definitions that they brought.
fn simplified<T>(generator: &mut SchemaGenerator, make: impl FnOnce(&mut SchemaGenerator) -> T) -> T {
    let earlier: BTreeSet<String> = generator.definitions().keys().cloned().collect();
    let made = make(generator);
    for (name, definition) in generator.definitions_mut() {
        if let (false, Ok(schema)) = (earlier.contains(name), <&mut Schema>::try_from(definition)) {
            simplify(schema);
        }
    }
    made
}

/// Writes a schema and all within it as clients read it best.
fn simplify(schema: &mut Schema) {
    transform_subschemas(&mut simplify, schema);
    let Some(schema) = schema.as_object_mut() else { return };
    words(schema);
    either(schema);
    optional(schema);
}

/// A choice between words becomes a list of them, which says what each means.
fn words(schema: &mut Map<String, Value>) {
    let mut words = Vec::new();
    let mut about = format!("{} Later versions may add values.", description(schema).unwrap_or_default());
    let listed = schema.get("enum").and_then(Value::as_array);
    words.extend(listed.into_iter().flatten().cloned());
    for choice in schema.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
        let Some(choice) = choice.as_object() else { return };
        match (choice.get("const"), choice.get("enum").and_then(Value::as_array)) {
            (Some(word @ Value::String(text)), _) => {
                words.push(word.clone());
                if let Some(meaning) = description(choice) {
                    about.push_str(&format!("\n- `{text}`: {meaning}"));
                }
            }
            (None, Some(several)) => words.extend(several.iter().cloned()),
            _ => return,
        }
    }
    if words.is_empty() {
        return;
    }
    schema.remove("oneOf");
    schema.insert("type".to_owned(), "string".into());
    schema.insert("enum".to_owned(), words.into());
    schema.insert("description".to_owned(), about.into());
}

/// An object that has one of several fields may have each of them.
fn either(schema: &mut Map<String, Value>) {
    let Some(choices) = schema.get("oneOf").and_then(Value::as_array) else { return };
    let mut fields = Map::new();
    for choice in choices {
        let Some(more) = choice.get("properties").and_then(Value::as_object) else { return };
        for (name, field) in more {
            let mut field = field.clone();
            if let (Some(field), Some(about)) = (field.as_object_mut(), choice.get("description")) {
                field.insert("description".to_owned(), about.clone());
            }
            fields.insert(name.clone(), field);
        }
    }
    schema.remove("oneOf");
    if let Some(own) = schema.entry("properties").or_insert_with(|| json!({})).as_object_mut() {
        own.extend(fields);
    }
}

/// A field that is not in everybody's answers is not required, and one that is not required is left out instead of null.
fn optional(schema: &mut Map<String, Value>) {
    let Some(fields) = schema.get("properties").and_then(Value::as_object) else { return };
    let for_all = |name: &str| {
        let about = fields.get(name).and_then(Value::as_object).and_then(description);
        !about.is_some_and(|about| NOT_FOR_ALL.iter().any(|start| about.starts_with(start)))
    };
    let required: Vec<Value> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|name| name.as_str().is_some_and(for_all))
        .cloned()
        .collect();
    if let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for (_, field) in fields.iter_mut().filter(|(name, _)| !required.contains(&json!(name))) {
            never_null(field);
        }
    }
    match required.is_empty() {
        true => schema.remove("required"),
        false => schema.insert("required".to_owned(), required.into()),
    };
}

fn description(schema: &Map<String, Value>) -> Option<&str> {
    schema.get("description").and_then(Value::as_str)
}

fn never_null(field: &mut Value) {
    let Some(field) = field.as_object_mut() else { return };
    if let Some(types) = field.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            field.insert("type".to_owned(), only);
        }
    }
    if let Some(choices) = field.get_mut("anyOf").and_then(Value::as_array_mut) {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            field.remove("anyOf");
            field.extend(only);
        }
    }
}

/// Each kind of entry of a history becomes a definition of its own, told from the others by its `type`.
fn separate_entries(generator: &mut SchemaGenerator) {
    let at = generator.settings().definitions_path.trim_matches(['#', '/']).to_owned();
    let definitions = generator.definitions_mut();
    let Some(Value::Object(mut common)) = definitions.remove(ENTRY) else { return };
    let about = common.remove("description").unwrap_or_default();
    let kinds = common.remove("oneOf").unwrap_or_default();
    let mut references = Map::new();
    for kind in kinds.as_array().into_iter().flatten() {
        let Some(word) = kind.pointer("/properties/type/const").and_then(Value::as_str) else { continue };
        let (first, rest) = word.split_at(1);
        let name = format!("{}{rest}{ENTRY}", first.to_uppercase());
        let mut entry = common.clone();
        for (key, value) in kind.as_object().into_iter().flatten() {
            match (entry.get_mut(key), value) {
                (Some(Value::Object(own)), Value::Object(more)) => own.extend(more.clone()),
                (Some(Value::Array(own)), Value::Array(more)) => own.extend(more.iter().cloned()),
                _ => drop(entry.insert(key.clone(), value.clone())),
            }
        }
        if let Some(Value::Object(kind)) =
            entry.get_mut("properties").and_then(|fields| fields.get_mut("type"))
        {
            kind.insert("description".to_owned(), "What happened.".into());
        }
        references.insert(word.to_owned(), format!("#/{at}/{name}").into());
        definitions.insert(name, entry.into());
    }
    let choices: Vec<_> = references.values().map(|reference| json!({ "$ref": reference })).collect();
    let entry = json!({
        "description": about,
        "oneOf": choices,
        "discriminator": { "propertyName": "type", "mapping": references },
    });
    definitions.insert(ENTRY.to_owned(), entry);
}

#[cfg(test)]
#[path = "contract_tests.rs"]
pub(crate) mod tests;
