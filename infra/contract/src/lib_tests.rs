use std::fs;
use std::path::Path;

use claim_domain::draft::{Draft, parse_announcement};
use claim_domain::rule::Rule;
use claim_http::registry::{Deprecation, Operation};

use super::*;

const HOW: &str = "Run `cargo xtask contract`, and look at what changed in infra/contract.";

fn written(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap_or_default()
}

#[test]
fn what_is_written_down_is_what_the_code_says() {
    let document = document();
    let files = [
        ("openapi.json", text(&document)),
        ("openapi.html", page(&document).unwrap()),
        ("requests.http", collection(&document)),
        ("asyncapi.json", text(&asyncapi().unwrap())),
    ];
    for (name, content) in files {
        assert!(written(name) == content, "{name} is not what the code says. {HOW}");
    }
}

#[test]
fn every_published_contract_is_kept() {
    let present = document();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("published");
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty(), "infra/contract/published has the contract of every release");
    for file in files {
        let published: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let found = breaks(&published, &present);
        assert!(
            found.is_empty(),
            "{} is published, and its clients would trip over this:\n{}\nKeep what was there and add beside it.",
            file.display(),
            found.join("\n"),
        );
    }
}

#[test]
fn every_route_with_a_body_has_an_example_that_it_takes() {
    for route in ROUTES.iter().filter(|route| !route.is_page()) {
        let Some(schema) = bodies::body(route.operation) else { continue };
        let name = operation_id(route.operation);
        let example = example(route.operation);
        let example = example.unwrap_or_else(|| panic!("infra/contract/examples.json has no {name}"));
        let validator = jsonschema::validator_for(&schema).unwrap();
        let faults: Vec<_> = validator.iter_errors(&example).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "infra/contract/examples.json, {name}: {faults:?}");
        assert!(
            !validator.is_valid(&json!({ "colour": "red" })),
            "{name} takes a field that it does not have"
        );
    }
    let of = |operation| example(operation).unwrap();
    assert!(Draft::parse(&of(Operation::CreateClaim)).is_ok());
    assert!(parse_announcement(&of(Operation::AnnounceEvidence)).is_ok());
}

#[test]
fn only_a_deprecated_route_is_written_down_as_one_with_its_last_day() {
    let deprecation =
        Deprecation { since: 1_772_323_200, sunset: 1_803_859_200, successor: "https://claims.example/v2" };
    let listed = Operation::ListRules.route();
    let route = |deprecation| Route { deprecation, answers: &[200], ..*listed };
    let written = |route: &Route| super::operation(route, &Answers::new(), &json!({}));
    let gone = written(&route(Some(deprecation)));
    assert_eq!(gone["deprecated"], true);
    assert!(gone["description"].as_str().unwrap().ends_with("answers until Mon, 01 Mar 2027 00:00:00 GMT."));
    assert_eq!(written(&route(None))["deprecated"], Value::Null);
}

#[test]
fn every_problem_of_the_table_is_some_routes() {
    let elsewhere = [Kind::NoSuchRoute, Kind::MethodNotAllowed];
    let documented = documented_problems();
    for kind in Kind::ALL {
        let is_documented = documented.contains(kind) || elsewhere.contains(kind);
        assert!(is_documented, "infra/contract/src/problems.rs: no route answers with {}", kind.slug());
    }
}

#[test]
fn parameters_take_what_the_api_gives_out() {
    let takes =
        |schema: &Value, text: &str| jsonschema::validator_for(schema).unwrap().is_valid(&json!(text));
    let document = document();
    let in_path = |path: &str, name: &str| -> Value {
        let parameters = document["paths"][path]["get"]["parameters"].as_array().unwrap();
        parameters.iter().find(|parameter| parameter["name"] == name).unwrap()["schema"].clone()
    };
    let link = claim_store::ConsentToken::of([7; 32]).to_string();
    assert!(takes(&in_path("/v1/consent/{token}", "token"), &link));
    let (rules, problems) = (in_path("/v1/rules/{id}", "id"), in_path("/v1/problems/{type}", "type"));
    assert!(Rule::ALL.iter().all(|rule| takes(&rules, &rule.to_string())));
    assert!(Kind::ALL.iter().all(|kind| takes(&problems, kind.slug())));
}

#[test]
fn every_field_of_a_body_says_what_it_is() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas.iter().filter(|(name, _)| name.ends_with("Body")) {
        for (field, what) in schema["properties"].as_object().into_iter().flatten() {
            // One that is an object says it itself.
            let choice = what["anyOf"].as_array().and_then(|choices| choices.first()).unwrap_or(what);
            let referred = choice["$ref"].as_str().and_then(|to| schemas.get(to.rsplit('/').next()?));
            let about = referred.unwrap_or(what)["description"].as_str();
            assert!(about.is_some(), "{name}: shared/domain/src/input/words.rs has no words for {field}");
        }
    }
}
