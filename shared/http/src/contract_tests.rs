use std::fs;

use claim_domain::refusal::Kind;
use claim_domain::rule::Rule;
use jsonschema::Validator;

use super::*;
use crate::view;

/// The definitions of all answers.
fn definitions() -> Map<String, Value> {
    let mut generator = generator();
    answers(&mut generator);
    problem(&mut generator);
    generator.take_definitions(true)
}

fn validator(schema: Value) -> Validator {
    let mut whole = json!({ "components": { "schemas": definitions() } });
    whole.as_object_mut().unwrap().extend(schema.as_object().unwrap().clone());
    jsonschema::options().should_validate_formats(true).build(&whole).unwrap()
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// What is wrong with an answer by its schema.
#[track_caller]
fn faults(schema: &Validator, answer: &Value) -> Vec<String> {
    schema.iter_errors(answer).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Checks that a document is what the contract says.
#[track_caller]
pub(crate) fn assert_is(name: &str, document: &Value) {
    assert_eq!(faults(&validator(reference(name)), document), [""; 0], "{document:#}");
}

/// What each snapshot shows: the end of its file's name, and the definition; in brackets, if it is a list of them.
const SHOWN: &[(&str, &str)] = &[
    ("a_list_shows_the_assignee_to_reviewers_only", "PageOfListedClaim"),
    ("comments_are_for_both_and_notes_for_reviewers", "[Comment]"),
    ("the_history_as_a_reviewer_sees_it", "[HistoryEntry]"),
    ("the_history_as_the_partner_sees_it", "[HistoryEntry]"),
    ("the_history_tells_reviewers_alone_by_whom_a_claim_is_challenged", "HistoryEntry"),
    ("the_history_of_an_erased_claim_goes_on_without_persons", "HistoryEntry"),
    ("what_became_of_the_notices_as_a_reviewer_sees_it", "[HistoryEntry]"),
    ("what_became_of_the_notices_as_the_partner_sees_it", "[HistoryEntry]"),
    ("what_became_of_the_notices_as_the_partner_sees_it-2", "Consent"),
    ("what_the_scanner_found_is_seen_by_partner_and_reviewer_alike", "[Evidence]"),
    ("what_the_scanner_found_is_seen_by_partner_and_reviewer_alike-2", "[HistoryEntry]"),
    // All others.
    ("_sees_it", "Claim"),
    (".json", "ConsentPage"),
];

/// Every JSON document among the snapshots, with the name of its definition.
fn snapshots() -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for place in ["src/view/snapshots", "src/view/tests/snapshots", "../../functions/consent/src/snapshots"] {
        let place = format!("{}/{place}", env!("CARGO_MANIFEST_DIR"));
        for file in fs::read_dir(place).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            // Pages and hashes are no documents.
            if name.ends_with(".html") || name.contains("__sealed__") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let document = serde_json::from_str(text.splitn(3, "---\n").nth(2).unwrap()).unwrap();
            let (_, shown) = SHOWN
                .iter()
                .find(|(end, _)| name.ends_with(end))
                .unwrap_or_else(|| panic!("{name}: say in SHOWN what it shows"));
            found.push((name, (*shown).to_owned(), document));
        }
    }
    found
}

#[test]
fn every_snapshot_is_what_the_contract_says() {
    let snapshots = snapshots();
    assert!(snapshots.len() > 15, "{}", snapshots.len());
    for (name, shown, document) in snapshots {
        let schema = match shown.strip_prefix('[').and_then(|shown| shown.strip_suffix(']')) {
            Some(item) => json!({ "type": "array", "items": reference(item) }),
            None => reference(&shown),
        };
        assert_eq!(faults(&validator(schema), &document), [""; 0], "{name}");
    }
}

#[test]
fn every_problem_kind_and_rule_is_what_the_contract_says() {
    for kind in Kind::ALL {
        assert_is("ProblemKind", &json!(view::kind(*kind)));
    }
    for rule in Rule::ALL {
        assert_is("Rule", &json!(view::rule(*rule)));
    }
}

#[test]
fn a_wrong_value_is_not_what_the_contract_says() {
    let snapshots = snapshots();
    let of = |end: &str| &snapshots.iter().find(|(name, ..)| name.ends_with(end)).unwrap().2;
    let claim = of("a_submitted_claim_as_a_reviewer_sees_it");
    let wrong = [
        ("/id", json!("1")),
        ("/status", json!("lost")),
        ("/createdAt", json!("yesterday")),
        ("/revision", json!("4")),
        ("/partnerName", Value::Null),
        ("/customer/tenantId", json!("11111111")),
        ("/products/0/product", Value::Null),
        ("/clocks/0/name", json!("alarm")),
        ("/contestedBy/0/since", json!(5)),
        ("/assignedTo", json!("Rita")),
        ("/evidence/0/sha256", json!("AB")),
    ];
    let schema = validator(reference("Claim"));
    for (place, value) in wrong {
        let mut claim = claim.clone();
        match claim.pointer_mut(place) {
            Some(there) => *there = value,
            None => claim[&place[1..]] = value,
        }
        let found = faults(&schema, &claim);
        assert!(found.len() == 1 && found[0].starts_with(place), "{place}: {found:?}");
    }
    let schema = validator(reference("HistoryEntry"));
    let history = of("the_history_as_a_reviewer_sees_it").as_array().unwrap();
    for (place, value) in [
        ("/type", json!("vanished")),
        ("/actor/role", json!("owner")),
        ("/at", json!("")),
        ("/version", json!(-1)),
    ] {
        let mut entry = history[0].clone();
        *entry.pointer_mut(place).unwrap() = value;
        assert_eq!(faults(&schema, &entry).len(), 1, "{place}");
    }
}

#[test]
fn every_answer_of_the_registry_has_its_schema() {
    let answers = answers(&mut generator());
    for (operation, status, schema) in &answers {
        // The template is a file.
        let is_json = matches!(status, 200 | 201) && *operation != Operation::ReadTemplate;
        assert_eq!(schema.is_some(), is_json, "{operation:?} {status}");
    }
    let routes = ROUTES.iter().filter(|route| !route.is_page());
    assert_eq!(answers.len(), routes.map(|route| route.answers.len()).sum::<usize>());
}

/// Calls `look` with every schema within a value, and where it is.
fn each(at: &str, value: &Value, look: &mut impl FnMut(&str, &Map<String, Value>)) {
    match value {
        Value::Object(schema) => {
            look(at, schema);
            schema.iter().for_each(|(key, value)| each(&format!("{at}/{key}"), value, look));
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(index, value)| each(&format!("{at}/{index}"), value, look));
        }
        _ => {}
    }
}

#[test]
fn every_definition_and_every_field_is_described() {
    let mut silent = Vec::new();
    for (name, definition) in definitions() {
        if definition.get("description").is_none() {
            silent.push(name.clone());
        }
        each(&name, &definition, &mut |at, schema| {
            for (field, about) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
                let text = about.get("description").and_then(Value::as_str);
                if text.is_none_or(|text| text.trim().is_empty()) {
                    silent.push(format!("{at}/{field}"));
                }
            }
        });
    }
    assert_eq!(silent, [""; 0]);
}

#[test]
fn every_reference_leads_to_a_definition() {
    let definitions = definitions();
    let whole = Value::Object(definitions.clone());
    let mut lost = Vec::new();
    each("", &whole, &mut |at, schema| {
        let Some(to) = schema.get("$ref").and_then(Value::as_str) else { return };
        let name = to.strip_prefix("#/components/schemas/").unwrap_or_default();
        if !definitions.contains_key(name) {
            lost.push(format!("{at}: {to}"));
        }
    });
    assert_eq!(lost, [""; 0]);
}

#[test]
fn answers_may_gain_fields_and_say_so_of_values() {
    let definitions = definitions();
    each("", &Value::Object(definitions.clone()), &mut |at, schema| {
        assert_ne!(schema.get("additionalProperties"), Some(&false.into()), "{at}");
    });
    for name in ["Action", "ClaimStatus", "ClockName", "RejectCode"] {
        assert!(definitions[name]["description"].as_str().unwrap().contains("may add values"), "{name}");
    }
}

#[test]
fn the_schemas_of_others_stay_as_they_are() {
    let mut generator = generator();
    generator.definitions_mut().insert("Other".to_owned(), json!({ "oneOf": [{ "const": "a" }] }));
    answers(&mut generator);
    assert_eq!(generator.definitions()["Other"], json!({ "oneOf": [{ "const": "a" }] }));
}
