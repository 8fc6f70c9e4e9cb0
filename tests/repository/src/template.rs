//! `template.yaml`, and what it says of functions.

use std::collections::{BTreeMap, BTreeSet};

use claim_http::registry::CATCH_ALL;
use serde_json::{Map, Value};

/// The template. What it cannot say fails the test.
pub(crate) struct Template(test_support::Template);

/// A function of the template.
pub(crate) struct Function {
    /// Its name: that of its crate, of its folder and of its binary.
    pub(crate) name: String,
    /// Where its binary is taken from.
    pub(crate) code: String,
    /// Whether it has the variables that are common to all functions.
    pub(crate) has_common_variables: bool,
    /// Its own variables.
    pub(crate) variables: BTreeMap<String, Value>,
    pub(crate) routes: Vec<Route>,
}

/// A route of the HTTP API.
pub(crate) struct Route {
    /// Method and path, as API Gateway writes them: `GET /v1/claims/{id}`.
    pub(crate) key: String,
    /// Whether anybody may call it.
    pub(crate) is_public: bool,
}

impl Template {
    pub(crate) fn read() -> Self {
        Self(test_support::Template::of_product().unwrap_or_else(|error| panic!("{error}")))
    }

    /// The resources by their logical ids, those of loops included.
    pub(crate) fn resources(&self) -> Map<String, Value> {
        self.0.resources().unwrap_or_else(|error| panic!("{error}"))
    }

    /// A section, as it is written.
    pub(crate) fn section(&self, name: &str) -> &Value {
        self.0.section(name)
    }

    /// All sections, as they are written.
    pub(crate) fn sections(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.sections()
    }

    pub(crate) fn functions(&self) -> Vec<Function> {
        let functions: Vec<Function> = self
            .resources()
            .values()
            .filter(|resource| resource["Type"] == "AWS::Serverless::Function")
            .map(|resource| {
                let properties = &resource["Properties"];
                let code = properties["CodeUri"].as_str().unwrap().to_owned();
                Function {
                    name: code.trim_end_matches('/').rsplit('/').next().unwrap().to_owned(),
                    code,
                    has_common_variables: resource["IgnoreGlobals"].is_null(),
                    variables: variables(properties),
                    routes: routes(properties),
                }
            })
            .collect();
        assert!(!functions.is_empty(), "no function is found in template.yaml, so nothing would be checked");
        functions
    }

    /// The actions that the role of a function allows.
    pub(crate) fn actions_of(&self, function: &str) -> BTreeSet<String> {
        let resources = self.resources();
        let code = format!("target/lambda/{function}/");
        let found = resources.values().find(|resource| resource["Properties"]["CodeUri"] == code);
        let role = found.map(|found| named(&found["Properties"]["Role"]).to_owned());
        let role = &resources[&role.unwrap_or_else(|| panic!("{function} is not in template.yaml"))];
        let policies = list(&role["Properties"]["Policies"]);
        let statements = policies.into_iter().flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]));
        let actions = statements.flat_map(|statement| list(&statement["Action"]));
        actions.map(|action| action.as_str().unwrap().to_owned()).collect()
    }

    /// The variables of every function without `IgnoreGlobals`.
    pub(crate) fn common_variables(&self) -> BTreeMap<String, Value> {
        variables(&self.section("Globals")["Function"])
    }

    pub(crate) fn parameters(&self) -> &Map<String, Value> {
        self.section("Parameters").as_object().unwrap()
    }
}

/// A value that may be one thing or a list of things, as a list.
pub(crate) fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// The resource that a `Ref` or a `Fn::GetAtt` names.
pub(crate) fn named(value: &Value) -> &str {
    let attribute = &value["Fn::GetAtt"];
    let name = value["Ref"].as_str().or(attribute.as_str()).or(attribute[0].as_str());
    name.unwrap_or_else(|| panic!("names no resource: {value}")).split('.').next().unwrap()
}

fn variables(properties: &Value) -> BTreeMap<String, Value> {
    let variables = properties["Environment"]["Variables"].as_object();
    variables.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn routes(properties: &Value) -> Vec<Route> {
    let events = properties["Events"].as_object().into_iter().flatten();
    events
        .filter(|(_, event)| event["Type"] == "HttpApi")
        .map(|(_, event)| {
            let route = &event["Properties"];
            let key = match (route["Method"].as_str(), route["Path"].as_str()) {
                (Some(method), Some(path)) => format!("{method} {path}"),
                _ => CATCH_ALL.to_owned(),
            };
            Route { key, is_public: route["Auth"]["Authorizer"] == "NONE" }
        })
        .collect()
}

#[test]
fn a_command_gives_up_before_its_function_is_stopped() {
    let patience = claim_command::PATIENCE.as_secs();
    let template = Template::read();
    let of_all = &template.section("Globals")["Function"]["Timeout"];
    assert!(
        of_all.as_u64().unwrap() >= patience + 5,
        "Timeout in template.yaml must leave time for the last attempt"
    );
}
