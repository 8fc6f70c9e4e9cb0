//! Routes of the template ↔ code of the functions ↔ fixtures.

use std::collections::{BTreeMap, BTreeSet};

use claim_domain::ids::ClientId;
use claim_domain::refusal::Kind;
use claim_domain::timer::TimerFired;
use claim_domain::webhook::Delivery;
use claim_http::Received;
use claim_http::registry::{CATCH_ALL, CATCH_ALL_FUNCTION, FUNCTIONS, Function, ROUTES};
use deliver::QueueEvent;
use dispatch::stream::StreamEvent;
use feedback::MailEvent;
use verdict::ScanEvent;

use crate::fixtures::Fixture;
use crate::template::{Route, Template};
use crate::{api, none, tree};

#[test]
fn every_function_of_the_registry_is_a_crate_and_in_the_template() {
    let functions = Template::read().functions();
    let of_template: BTreeSet<String> = functions.iter().map(|function| function.name.clone()).collect();
    let of_tree: BTreeSet<String> = tree::names("functions").into_iter().collect();
    let of_registry: BTreeSet<String> = FUNCTIONS.iter().map(|function| function.name.to_owned()).collect();
    let missing = |what: &str, names: &BTreeSet<String>| {
        let all = of_template.iter().chain(&of_tree).chain(&of_registry);
        let missing: BTreeSet<&String> = all.filter(|name| !names.contains(*name)).collect();
        missing.into_iter().map(|name| format!("{name} {what}")).collect::<Vec<_>>()
    };
    none(
        [
            missing("has no crate in functions/", &of_tree),
            missing("is not in shared/http/src/registry.rs", &of_registry),
            missing("has no AWS::Serverless::Function in template.yaml", &of_template),
        ]
        .concat(),
        "A function must be in all three, or in none.",
    );
    none(
        functions.into_iter().map(|known| known.code).filter(|code| {
            !of_tree.contains(
                code.strip_prefix("target/lambda/").and_then(|rest| rest.strip_suffix('/')).unwrap_or(""),
            )
        }),
        "CodeUri must be target/lambda/<function>/, where cargo lambda puts the binary.",
    );
}

#[test]
fn the_routes_of_the_template_are_those_of_the_registry() {
    let of_registry: BTreeSet<(String, String, bool)> = ROUTES
        .iter()
        .flat_map(|route| route.keys().map(|key| (key, route.function.to_owned(), route.needs_no_token())))
        .chain([(CATCH_ALL.to_owned(), CATCH_ALL_FUNCTION.to_owned(), true)])
        .collect();
    let of_template: BTreeSet<(String, String, bool)> = Template::read()
        .functions()
        .into_iter()
        .flat_map(|function| {
            let name = function.name;
            function.routes.into_iter().map(move |route| (route.key, name.clone(), route.is_public))
        })
        .collect();
    none(
        of_registry.symmetric_difference(&of_template).map(|(route, function, is_public)| {
            let authorizer = if *is_public { "without a token" } else { "with a token" };
            format!("{function}: {route}, {authorizer}")
        }),
        "A route must be in shared/http/src/registry.rs and, with the same authorizer, under its function's Events in \
         template.yaml; one with GET also with HEAD.",
    );
}

#[test]
fn a_role_allows_what_the_registry_says_and_nothing_else() {
    let template = Template::read();
    let mut wrong = Vec::new();
    for function in FUNCTIONS {
        let allowed: BTreeSet<String> = template
            .actions_of(function.name)
            .into_iter()
            .filter(|action| !action.starts_with("logs:"))
            .collect();
        let said: BTreeSet<String> = function.permissions.iter().map(|action| (*action).to_owned()).collect();
        wrong
            .extend(allowed.symmetric_difference(&said).map(|action| format!("{}: {action}", function.name)));
    }
    none(wrong, "The function's role in template.yaml and shared/http/src/registry.rs must say the same.");
}

#[test]
fn every_route_has_one_function_and_a_fixture_and_no_fixture_another() {
    let mut of_template = BTreeMap::new();
    for function in Template::read().functions() {
        // The answer to HEAD is that to GET, which has a fixture.
        let has_fixture = |route: &Route| route.key != CATCH_ALL && !route.key.starts_with("HEAD ");
        for route in function.routes.into_iter().filter(has_fixture) {
            let key = route.key.clone();
            assert_eq!(
                of_template.insert(route.key, function.name.clone()),
                None,
                "{key} is in the template twice"
            );
        }
    }
    let fixtures = Fixture::all();
    let of_fixtures: BTreeMap<String, String> = fixtures
        .iter()
        .filter_map(|fixture| Some((fixture.route()?.to_owned(), fixture.function.clone())))
        .collect();
    let known = |(route, function): &(&String, &String), others: &BTreeMap<String, String>| {
        others.get(*route) == Some(*function)
    };
    none(
        of_template
            .iter()
            .filter(|entry| !known(entry, &of_fixtures))
            .map(|(route, function)| format!("{function}: {route}")),
        "Add tests/events/<function>-<what it does>.json with this routeKey.",
    );
    none(
        fixtures
            .iter()
            .filter(|fixture| {
                fixture.route().is_some_and(|route| of_template.get(route) != Some(&fixture.function))
            })
            .map(|fixture| format!("{}: {}", fixture.name, fixture.route().unwrap_or_default())),
        "Remove the fixture, or add its route to the function's Events in template.yaml.",
    );
}

#[test]
fn every_function_has_a_fixture() {
    let with_fixture: BTreeSet<String> = Fixture::all().into_iter().map(|fixture| fixture.function).collect();
    let functions: BTreeSet<String> = tree::names("functions").into_iter().collect();
    none(
        functions.symmetric_difference(&with_fixture).cloned(),
        "Add tests/events/<function>-<what it does>.json, or name the fixture after its function.",
    );
}

#[tokio::test]
async fn only_its_function_answers_a_route_and_401_without_a_needed_token() {
    claim_domain::proves!(I7);
    let template = Template::read();
    let mut wrong = Vec::new();
    for fixture in Fixture::all().into_iter().filter(|fixture| fixture.route().is_some()) {
        for function in Function::of_api().map(|function| function.name) {
            let (status, body) = api::answer(&template, function, &fixture.without_token()).await;
            // A page says so in words.
            let no_route = [Kind::NoSuchRoute.slug(), "There is no such page"];
            let is_no_route = status == 404 && no_route.iter().any(|said| body.contains(said));
            let is_right = match (function == fixture.function, fixture.has_token()) {
                (false, _) => is_no_route,
                (true, true) => status == 401,
                // Without a public address there is nobody to sign in with, and an asset's name changes with its content.
                (true, false) if function == "sign-in" => status != 401,
                (true, false) => status != 401 && !is_no_route,
            };
            if !is_right {
                wrong.push(format!("{function} answers {status} to {} without a token", fixture.name));
            }
        }
    }
    none(
        wrong,
        "A route's method and path must match only in the function that the template gives it; that function must identify \
         its caller before anything else, unless the route is public.",
    );
}

#[test]
fn every_fixture_carries_a_token_unless_its_route_is_public() {
    let functions = Template::read().functions();
    let public: BTreeSet<String> = functions
        .into_iter()
        .flat_map(|function| function.routes)
        .filter(|route| route.is_public)
        .map(|route| route.key)
        .collect();
    none(
        Fixture::all()
            .into_iter()
            .filter(|fixture| {
                fixture.route().is_some_and(|route| fixture.has_token() == public.contains(route))
            })
            .map(|fixture| fixture.name),
        "Put the authorizer's claims into the fixture's requestContext, or take them out if the route has \
         `Authorizer: NONE`.",
    );
}

#[test]
fn the_token_of_every_fixture_names_a_caller() {
    claim_domain::proves!(I7);
    let template = Template::read();
    let mut wrong = Vec::new();
    for fixture in Fixture::all().into_iter().filter(Fixture::has_token) {
        let app = api::app(&api::variables(&template, &fixture.function));
        let received = Received::of(every_function::request(fixture.event.clone()).unwrap(), "");
        let request = received.routed(&fixture.function).map_err(|refused| refused.1).unwrap();
        if let Err(problem) = app.caller(&request) {
            wrong.push(format!("{}: {problem:?}", fixture.name));
        }
    }
    none(wrong, "Give the fixture a token as the functions' configuration in template.yaml reads it.");
}

#[test]
fn every_public_route_has_limits_of_its_own() {
    let template = Template::read();
    let functions = template.functions();
    let public: BTreeSet<&str> = functions
        .iter()
        .flat_map(|function| &function.routes)
        .filter(|route| route.is_public)
        .map(|route| route.key.as_str())
        .collect();
    let settings =
        template.section("Resources")["HttpApi"]["Properties"]["RouteSettings"].as_object().unwrap();
    let throttled: BTreeSet<&str> = settings.keys().map(String::as_str).collect();
    none(
        public.symmetric_difference(&throttled).map(|route| (*route).to_owned()),
        "Each public route, and no other, must have limits of its own under RouteSettings in template.yaml.",
    );
}

#[test]
fn every_event_that_is_no_request_is_read_by_its_function() {
    for fixture in Fixture::all().into_iter().filter(|fixture| fixture.route().is_none()) {
        let (name, event) = (&fixture.name, fixture.event);
        match fixture.function.as_str() {
            "deadline" => {
                let fired: TimerFired =
                    serde_json::from_value(event.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_eq!(
                    serde_json::to_value(fired).unwrap(),
                    event,
                    "{name}: a timer's payload is read whole"
                );
            }
            "dispatch" => {
                let batch: StreamEvent =
                    serde_json::from_value(event).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(!batch.records.is_empty(), "{name} has a record");
                assert!(
                    batch.records.iter().all(|record| record.dynamodb.keys.event().is_some()),
                    "{name}: of an event"
                );
            }
            "deliver" => {
                let batch: QueueEvent =
                    serde_json::from_value(event).unwrap_or_else(|error| panic!("{name}: {error}"));
                let delivery =
                    |record: &deliver::Record| serde_json::from_str::<Delivery>(&record.body).is_ok();
                assert!(
                    !batch.records.is_empty() && batch.records.iter().all(delivery),
                    "{name} has a change"
                );
            }
            "feedback" => {
                let event: MailEvent =
                    serde_json::from_value(event).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(event.effect().is_some(), "{name} is about an email of ours");
                assert!(event.feedback().is_some(), "{name} says what became of the email");
            }
            "verdict" => {
                let event: ScanEvent =
                    serde_json::from_value(event).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(event.document().is_some(), "{name} is about a document");
                let expected = format!("verdict-{:?}.json", event.verdict()).to_lowercase();
                assert_eq!(*name, expected, "{name} is named after its verdict");
            }
            "token" => {
                let is_program = event["triggerSource"] == token::BY_CLIENT_CREDENTIALS;
                assert_eq!(token::of_person(&event).is_empty(), is_program, "{name}: token adds claims");
                let client = event["callerContext"]["clientId"].as_str().unwrap_or_default();
                assert!(client.parse::<ClientId>().is_ok(), "{name} names the client");
            }
            // A pass reads nothing from its event.
            "sweep" => assert!(event["time"].is_string(), "{name} is a scheduled event"),
            function => panic!("{name}: add here what {function} reads"),
        }
    }
}
