//! `template.yaml`, read as JSON: a tag becomes the intrinsic function that it abbreviates.

use std::collections::{BTreeMap, BTreeSet};

use claim_http::registry::CATCH_ALL;
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

use crate::tree::text;

pub(crate) struct Template(pub(crate) Value);

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
        let text = text("template.yaml");
        let documents = Yaml::load_from_str(&text).unwrap();
        assert_eq!(documents.len(), 1, "template.yaml is one document");
        Self(json_of(&documents[0]))
    }

    /// The resources by their logical ids, those of loops included.
    pub(crate) fn resources(&self) -> Map<String, Value> {
        let expanded = Loops { mappings: &self.0["Mappings"] }.expand(&self.0["Resources"], &BTreeMap::new());
        expanded.as_object().unwrap().clone()
    }

    pub(crate) fn functions(&self) -> Vec<Function> {
        self.resources()
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
            .collect()
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
        variables(&self.0["Globals"]["Function"])
    }

    pub(crate) fn parameters(&self) -> &Map<String, Value> {
        self.0["Parameters"].as_object().unwrap()
    }
}

/// Expands the template's loops (`Fn::ForEach`), as CloudFormation does, and looks up what is in mappings.
struct Loops<'a> {
    mappings: &'a Value,
}

impl Loops<'_> {
    /// `bound` has the names of the surrounding loops, with their current items.
    fn expand(&self, value: &Value, bound: &BTreeMap<String, String>) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.expand(item, bound)).collect(),
            Value::Object(entries) => match single(entries) {
                Some(("Ref", Value::String(name))) if bound.contains_key(name) => json!(bound[name]),
                Some(("Fn::Sub", Value::String(text))) => plain(filled(text, bound)),
                Some(("Fn::Sub", Value::Array(pair))) => self.substituted(&pair[0], &pair[1], bound),
                Some(("Fn::FindInMap", path)) => {
                    let path = self.expand(path, bound);
                    let key = |nth: usize| path[nth].as_str().unwrap();
                    let found = &self.mappings[key(0)][key(1)][key(2)];
                    assert!(!found.is_null(), "Mappings has no {path}");
                    found.clone()
                }
                _ => entries.iter().flat_map(|(name, entry)| self.entry(name, entry, bound)).collect(),
            },
            other => other.clone(),
        }
    }

    /// A text with variables of its own; those whose values are texts are filled in.
    fn substituted(&self, text: &Value, own: &Value, bound: &BTreeMap<String, String>) -> Value {
        let mut text = filled(text.as_str().unwrap(), bound);
        let mut open = Map::new();
        for (name, value) in own.as_object().unwrap() {
            match self.expand(value, bound) {
                Value::String(known) => text = text.replace(&format!("${{{name}}}"), &known),
                unknown => _ = open.insert(name.clone(), unknown),
            }
        }
        if open.is_empty() { plain(text) } else { json!({ "Fn::Sub": [text, open] }) }
    }

    /// An entry of an object; a loop becomes one set of entries per item.
    fn entry(&self, name: &str, entry: &Value, bound: &BTreeMap<String, String>) -> Vec<(String, Value)> {
        if !name.starts_with("Fn::ForEach::") {
            return vec![(filled(name, bound), self.expand(entry, bound))];
        }
        let (identifier, items) = (entry[0].as_str().unwrap(), entry[1].as_array().unwrap());
        let fragment = entry[2].as_object().unwrap();
        let with = |item: &Value| {
            let mut bound = bound.clone();
            bound.insert(identifier.to_owned(), item.as_str().unwrap().to_owned());
            bound
        };
        let pass = |item| {
            let bound = with(item);
            fragment.iter().flat_map(move |(name, entry)| self.entry(name, entry, &bound)).collect::<Vec<_>>()
        };
        items.iter().flat_map(pass).collect()
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

fn single(entries: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut all = entries.iter();
    let (name, value) = all.next()?;
    all.next().is_none().then_some((name, value))
}

fn filled(text: &str, bound: &BTreeMap<String, String>) -> String {
    bound.iter().fold(text.to_owned(), |text, (name, item)| text.replace(&format!("${{{name}}}"), item))
}

/// A text as such if nothing is left to be filled in, otherwise as `Fn::Sub`.
fn plain(text: String) -> Value {
    if text.contains("${") { json!({ "Fn::Sub": text }) } else { json!(text) }
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

fn json_of(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(flag)) => json!(flag),
        Yaml::Value(Scalar::Integer(number)) => json!(number),
        Yaml::Value(Scalar::FloatingPoint(number)) => json!(number.into_inner()),
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Sequence(items) => items.iter().map(json_of).collect(),
        Yaml::Mapping(entries) => {
            let key = |key: &Yaml<'_>| key.as_str().unwrap_or_else(|| panic!("{key:?}")).to_owned();
            Value::Object(entries.iter().map(|(name, value)| (key(name), json_of(value))).collect())
        }
        Yaml::Tagged(tag, value) => {
            let function = match tag.suffix.as_str() {
                short @ ("Ref" | "Condition") => short.to_owned(),
                short => format!("Fn::{short}"),
            };
            json!({ function: json_of(value) })
        }
        other => panic!("template.yaml has something that these checks cannot read: {other:?}"),
    }
}

#[test]
fn tags_are_read_as_intrinsic_functions() {
    let yaml = "{ a: !Ref B, c: !If [D, !GetAtt E.Arn, \"1\"], f: [2, true] }";
    let value = json_of(&Yaml::load_from_str(yaml).unwrap()[0]);
    let expected = json!({ "a": { "Ref": "B" }, "c": { "Fn::If": ["D", { "Fn::GetAtt": "E.Arn" }, "1"] }, "f": [2, true] });
    assert_eq!(value, expected);
}

#[test]
fn loops_are_expanded() {
    let yaml = "\
{ Mappings: { M: { A: { T: 1 }, B: { T: 2 } } }, Resources: { Fn::ForEach::L: [X, [A, B], { 'Fn::ForEach::N': [Y, [C],
  { '${X}${Y}Q': { n: !Sub '${AWS::StackName}-${X}', t: !FindInMap [M, !Ref X, T], r: { Ref: !Sub '${Y}' }, s: !Ref S } } ] } ] } }";
    let template = Template(json_of(&Yaml::load_from_str(yaml).unwrap()[0]));
    let copy = |x: &str, t: u8| json!({ "n": { "Fn::Sub": format!("${{AWS::StackName}}-{x}") }, "t": t, "r": { "Ref": "C" }, "s": { "Ref": "S" } });
    let expected = json!({ "ACQ": copy("A", 1), "BCQ": copy("B", 2) });
    assert_eq!(Value::Object(template.resources()), expected);
}

#[test]
fn variables_of_a_text_are_filled_in_once_they_are_known() {
    let yaml = "\
{ Mappings: { M: { A: { T: a } } }, Resources: { Fn::ForEach::L: [X, [A],
  { '${X}Q': { n: !Sub ['${N} of ${X}', { N: !FindInMap [M, !Ref X, T] }], o: !Sub ['${N}${X}', { N: !Ref S }] } } ] } }";
    let template = Template(json_of(&Yaml::load_from_str(yaml).unwrap()[0]));
    let expected = json!({ "AQ": { "n": "a of A", "o": { "Fn::Sub": ["${N}A", { "N": { "Ref": "S" } }] } } });
    assert_eq!(Value::Object(template.resources()), expected);
}

#[test]
fn a_command_gives_up_before_its_function_is_stopped() {
    let patience = claim_command::PATIENCE.as_secs();
    let of_all = &Template::read().0["Globals"]["Function"]["Timeout"];
    assert!(
        of_all.as_u64().unwrap() >= patience + 5,
        "Timeout in template.yaml must leave time for the last attempt"
    );
}
