//! How a release comes into use, and how it is taken back: the alias of each function, who calls it, and what is published.

use std::collections::{BTreeMap, BTreeSet};

use claim_http::registry::FUNCTIONS;
use serde_json::{Value, json};

use crate::template::{Template, list};
use crate::{none, tree, variables};

/// Who names a function without its alias, and why.
const UNQUALIFIED: [(&str, &str); 4] = [
    ("SchedulerRole", "timers that were set before there was the alias"),
    ("IteratorAgeAlarm", "a metric of all its versions"),
    ("SweepSilentAlarm", "a metric of all its versions"),
    ("Dashboard", "metrics of all its versions"),
];

/// The functions by their logical ids, each with the properties that all functions have.
fn functions(template: &Template) -> BTreeMap<String, Value> {
    let common = template.section("Globals")["Function"].as_object().unwrap();
    let mut functions = BTreeMap::new();
    for (id, mut function) in template.resources() {
        if function["Type"] != "AWS::Serverless::Function" {
            continue;
        }
        for (name, common) in common {
            let own = &mut function["Properties"][name];
            if own.is_null() {
                *own = common.clone();
            } else if let Some((own, common)) = own.as_object_mut().zip(common.as_object()) {
                for (name, value) in common {
                    own.entry(name).or_insert_with(|| value.clone());
                }
            }
        }
        functions.insert(id, function);
    }
    assert_eq!(functions.len(), FUNCTIONS.len(), "not every function is found");
    functions
}

/// What `Fn::GetAtt` names, in either of its forms.
fn attribute(value: &Value) -> Option<String> {
    let parts: Vec<&str> = list(&value["Fn::GetAtt"]).into_iter().filter_map(Value::as_str).collect();
    (!parts.is_empty()).then(|| parts.join("."))
}

/// Everything that a part of the template refers to, by `Ref`, `Fn::GetAtt` or within `Fn::Sub`, and its conditions.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(entries) => {
            found.extend(attribute(value));
            for (name, entry) in entries {
                let text = entry.as_str().or(entry[0].as_str());
                match (name.as_str(), text) {
                    ("Ref" | "Condition", Some(target)) => _ = found.insert(target.to_owned()),
                    ("Fn::Sub", Some(text)) => {
                        let names = text.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
                        found.extend(names.map(|(name, _)| name.to_owned()));
                    }
                    ("Fn::If", Some(condition)) => _ = found.insert(condition.to_owned()),
                    _ => {}
                }
                references(entry, found);
            }
        }
        _ => {}
    }
}

fn referred(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    references(value, &mut found);
    found
}

/// What the alarm must look at that takes a new version of a function back.
fn failures_of_new_version(id: &str, function: &Value) -> Value {
    let called = function["Properties"]["FunctionName"]["Fn::Sub"].as_str().unwrap();
    json!({
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Dimensions": [
            { "Name": "FunctionName", "Value": { "Fn::Sub": called } },
            { "Name": "Resource", "Value": { "Fn::Sub": format!("{called}:live") } },
            { "Name": "ExecutedVersion", "Value": { "Fn::GetAtt": [format!("{id}.Version"), "Version"] } },
        ],
    })
}

#[test]
fn a_new_version_comes_into_use_by_degrees_and_under_alarms() {
    let template = Template::read();
    let resources = template.resources();
    let alarms = resources.values().filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm");
    let names: BTreeSet<&str> =
        alarms.filter_map(|alarm| alarm["Properties"]["AlarmName"]["Fn::Sub"].as_str()).collect();
    let mut wrong = Vec::new();
    for (id, function) in &functions(&template) {
        let properties = &function["Properties"];
        if properties["AutoPublishAlias"] != "live" {
            wrong.push(format!("{id}: has no alias `live`"));
        }
        let preference = &properties["DeploymentPreference"];
        let kind = &preference["Type"];
        let is_chosen = kind["Ref"] == "Deployment" || kind["Fn::If"][0] == "Gradually";
        let role = attribute(&preference["Role"]);
        if !is_chosen || role.as_deref() != Some("DeploymentRole.Arn") || preference["Enabled"] == false {
            wrong.push(format!("{id}: comes into use by {kind} and {role:?}"));
        }
        let watched = &preference["Alarms"]["Fn::If"];
        if watched[0] != "Gradually" || watched[2][0] != json!({ "Ref": "AWS::NoValue" }) {
            wrong.push(format!("{id}: its alarms are in the way of `Deployment=AllAtOnce`"));
        }
        let own = format!("{}NewVersionAlarm", id.strip_suffix("Function").unwrap());
        if watched[1][0] != json!({ "Ref": own }) {
            wrong.push(format!("{id}: its first alarm is not {own}"));
        }
        let alarm = resources.get(&own).unwrap_or(&Value::Null);
        for (name, expected) in failures_of_new_version(id, function).as_object().unwrap() {
            let is = &alarm["Properties"][name];
            if is != expected {
                wrong.push(format!("{own}: {name} is {is} instead of {expected}"));
            }
        }
        if alarm["Condition"] != function["Condition"] {
            wrong.push(format!("{own}: is not there whenever {id} is"));
        }
        // By its name, since the alarm needs the API, and the API needs the alias.
        let named: BTreeSet<&str> =
            list(&watched[1]).into_iter().filter_map(|it| it["Fn::Sub"].as_str()).collect();
        if properties["Events"].to_string().contains("\"HttpApi\"")
            && !named.contains("${AWS::StackName}-api-faults")
        {
            wrong.push(format!("{id}: is behind the API, and no 5xx of the API takes it back"));
        }
        wrong.extend(named.difference(&names).map(|name| format!("{id}: there is no alarm {name}")));
    }
    none(
        wrong,
        "Give each function the alias of Globals, and under DeploymentPreference its alarm of the loop NewVersionAlarms and, \
         behind the API, that of the API's 5xx.",
    );
}

#[test]
fn nothing_calls_a_function_but_by_its_alias() {
    claim_domain::proves!(I4);
    let template = Template::read();
    let functions = functions(&template);
    let (mut qualified, mut wrong, mut needless) =
        (0, Vec::new(), BTreeSet::from(UNQUALIFIED.map(|it| it.0)));
    for (id, resource) in &template.resources() {
        for target in referred(resource) {
            let (function, rest) = target.split_once('.').unwrap_or((&target, ""));
            if !functions.contains_key(function) {
                continue;
            }
            match rest {
                "Alias" => qualified += 1,
                "Version.Version" => {} // An alarm, which looks at what was published last.
                _ if UNQUALIFIED.iter().any(|(known, _)| known == id) => _ = needless.remove(id.as_str()),
                _ => wrong.push(format!("{id}: {target}")),
            }
        }
    }
    wrong.extend(needless.into_iter().map(|id| format!("{id}: names every function by its alias")));
    none(
        wrong,
        "Name the alias (`!Ref XFunction.Alias`): whoever calls the function alone goes on with a release that was taken \
         back. If it must not be the alias, say in UNQUALIFIED why.",
    );
    assert!(qualified >= 4, "only {qualified} references to an alias are found");
}

#[test]
fn a_timer_calls_the_alias_and_its_role_may_call_what_older_ones_name() {
    claim_domain::proves!(I4);
    let template = Template::read();
    let functions = functions(&template);
    let target =
        &functions["DispatchFunction"]["Properties"]["Environment"]["Variables"]["DEADLINE_FUNCTION_ARN"];
    let alias = json!({ "Ref": "DeadlineFunction.Alias" });
    assert_eq!(
        *target, alias,
        "a timer that dispatch sets must call the alias: it fires after a rollback, too"
    );
    let role = &template.resources()["SchedulerRole"]["Properties"]["Policies"][0]["PolicyDocument"];
    let fires = list(&role["Statement"]).into_iter().find(|statement| statement["Sid"] == "FireClock");
    let may_call = list(&fires.unwrap()["Resource"]).into_iter().cloned().collect::<Vec<_>>();
    let expected = [alias, json!({ "Fn::GetAtt": "DeadlineFunction.Arn" })];
    assert_eq!(
        may_call, expected,
        "timers may call the alias, and the function for those that were set before"
    );
}

/// The parameters that decide a part of the template: those in it, in its conditions, and in what it takes from parameters that
/// the stack keeps.
fn parameters_behind(template: &Template, value: &Value, behind: &mut BTreeSet<String>) {
    for name in referred(value) {
        let name = name.split('.').next().unwrap();
        if template.parameters().contains_key(name) {
            behind.insert(name.to_owned());
            continue;
        }
        let resource = &template.section("Resources")[name];
        if resource["Type"] == "AWS::SSM::Parameter" {
            parameters_behind(template, &resource["Properties"]["Value"], behind);
        }
        parameters_behind(template, &template.section("Conditions")[name], behind);
    }
}

#[test]
fn another_value_of_a_parameter_publishes_a_new_version() {
    let template = Template::read();
    let transforms = json!(["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]);
    assert_eq!(
        *template.section("Transform"),
        transforms,
        "the first fills in parameters, so that the second sees another value as another function"
    );
    let guide = tree::text("infra/docs/deploying.md");
    let (mut seen, mut wrong) = (0, BTreeSet::new());
    for function in template.functions() {
        let variables = variables::given(&template, &function);
        let written = referred(&json!(variables));
        let mut behind = BTreeSet::new();
        parameters_behind(&template, &json!(variables), &mut behind);
        seen += behind.len();
        for name in behind {
            let is_secret = template.parameters()[&name]["NoEcho"] == true;
            let row =
                guide.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).unwrap_or_default();
            if is_secret && !row.contains("`Release`") {
                wrong.insert(format!("{name} is a secret; its row in the guide asks for no new `Release`"));
            }
            if !is_secret && !written.contains(&name) {
                wrong.insert(format!("{}: {name} decides a variable and stands in none", function.name));
            }
        }
        if !written.contains("Release") {
            wrong.insert(format!("{}: another `Release` would not publish it", function.name));
        }
    }
    assert!(seen > 400, "only {seen} parameters are found behind the variables");
    none(
        wrong,
        "SAM compares variables as they are written, so the alias would stay with the old value: name the parameter in RELEASE. \
         It never sees a secret; whoever changes one gives another Release.",
    );
}

#[test]
fn each_environment_deploys_a_stack_of_its_own_from_the_readme() {
    let template = Template::read();
    let configuration: toml::Table = tree::text("infra/samconfig.toml").parse().unwrap();
    let readme = tree::text("README.md");
    let (mut stacks, mut wrong) = (BTreeSet::new(), Vec::new());
    for environment in ["dev", "staging", "prod"] {
        if !readme.contains(&format!("--config-file infra/samconfig.toml --config-env {environment}\n")) {
            wrong.push(format!("README.md does not deploy {environment}"));
        }
        let deploy = json!(configuration[environment]["deploy"]["parameters"]);
        if !stacks.insert(deploy["stack_name"].to_string()) || deploy["language_extensions"] != true {
            wrong.push(format!("{environment}: has no stack of its own, or does not expand loops"));
        }
        let given: BTreeMap<&str, &str> = list(&deploy["parameter_overrides"])
            .into_iter()
            .filter_map(|given| given.as_str()?.split_once('='))
            .collect();
        for (name, parameter) in template.parameters() {
            let allowed = list(&parameter["AllowedValues"]);
            match given.get(name.as_str()) {
                None if parameter["Default"].is_null() => wrong.push(format!("{environment}: lacks {name}")),
                Some(value) if !allowed.is_empty() && !allowed.contains(&&json!(value)) => {
                    wrong.push(format!("{environment}: {name} cannot be {value}"));
                }
                _ => {}
            }
        }
        let unknown = given.keys().filter(|name| !template.parameters().contains_key(**name));
        wrong.extend(unknown.map(|name| format!("{environment}: the template has no parameter {name}")));
        if (given.get("Deployment") == Some(&"AllAtOnce")) != (environment == "dev") {
            wrong.push(format!("{environment}: only dev deploys all at once"));
        }
    }
    none(wrong, "Make infra/samconfig.toml, the README and the template agree.");
}
