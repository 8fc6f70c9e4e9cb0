//! The most that the template's roles and logs may give away.

use serde_json::{Value, json};

use crate::template::{Template, list, named};
use crate::{none, tree};

/// What the access log may contain. The path of a consent link contains its secret, and a query may contain a cursor.
const LOGGED: [&str; 12] = [
    "authorizer.claims.sub",
    "authorizer.error",
    "error.responseType",
    "identity.sourceIp",
    "integrationLatency",
    "integrationStatus",
    "requestId",
    "requestTime",
    "responseLatency",
    "responseLength",
    "routeKey",
    "status",
];

#[test]
fn the_access_log_contains_neither_path_nor_query_nor_token() {
    claim_domain::proves!(D9);
    let template = Template::read();
    let format = &template.section("Resources")["HttpApi"]["Properties"]["AccessLogSettings"]["Format"];
    let format = format.as_str().or(format["Fn::Sub"].as_str()).unwrap();
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '.' || letter == '_';
    let names = format
        .split("$context")
        .skip(1)
        .map(|rest| &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())]);
    let names: Vec<&str> = names.collect();
    assert!(names.contains(&".routeKey"), "the access log is no longer found here: {names:?}");
    none(
        names
            .into_iter()
            .filter(|name| !name.strip_prefix('.').is_some_and(|name| LOGGED.contains(&name)))
            .map(str::to_owned),
        "Leave it out of the access log, or add it to LOGGED, if no secret can ever be in it.",
    );
}

#[test]
fn every_statement_of_a_role_names_its_actions_and_its_resources() {
    claim_domain::proves!(I7);
    let (mut found, mut wrong) = (0, Vec::new());
    for (name, role) in &Template::read().resources() {
        if role["Type"] != "AWS::IAM::Role" {
            continue;
        }
        let properties = &role["Properties"];
        if !properties["ManagedPolicyArns"].is_null() {
            wrong.push(format!("{name}: has managed policies"));
        }
        let policies = list(&properties["Policies"]);
        let statements = policies.into_iter().flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]));
        for statement in statements {
            found += 1;
            let place = format!("{name}/{}", statement["Sid"].as_str().unwrap_or("without a Sid"));
            let actions = list(&statement["Action"]);
            let is_exact = |action: &&Value| action.as_str().is_some_and(|action| !action.contains('*'));
            if actions.is_empty() || !actions.iter().all(is_exact) || statement["Effect"] != "Allow" {
                wrong.push(format!("{place}: {actions:?}"));
            }
            let resources = list(&statement["Resource"]);
            if resources.is_empty()
                || resources.iter().any(|resource| **resource == "*")
                || statement["Sid"].is_null()
            {
                wrong.push(format!("{place}: {resources:?}"));
            }
        }
    }
    assert!(found > 50, "only {found} statements of roles are found");
    none(
        wrong,
        "Write out each action and each resource, under a Sid: otherwise nobody can see what is not needed.",
    );
}

/// A logical id as a name: `SignIn` is `sign-in`.
fn in_words(id: &str) -> String {
    let mut name = String::new();
    for letter in id.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

#[test]
fn every_function_has_a_role_and_logs_of_its_own() {
    claim_domain::proves!(I7);
    let resources = Template::read().resources();
    let (mut found, mut wrong) = (0, Vec::new());
    for (id, function) in resources.iter().filter(|(_, it)| it["Type"] == "AWS::Serverless::Function") {
        found += 1;
        let name = in_words(id.strip_suffix("Function").unwrap());
        let called = format!("${{AWS::StackName}}-{name}");
        let function = &function["Properties"];
        let logs = named(&function["LoggingConfig"]["LogGroup"]);
        let role = &resources[named(&function["Role"])]["Properties"];
        let policy = &role["Policies"][0];
        let statements = list(&policy["PolicyDocument"]["Statement"]);
        let writes = statements.iter().find(|statement| statement["Sid"] == "WriteLogs");
        let written = writes.map(|statement| named(&statement["Resource"])).unwrap_or_default();
        let group = &resources[logs]["Properties"]["LogGroupName"]["Fn::Sub"];
        let checks = [
            (&function["FunctionName"]["Fn::Sub"], &called),
            (group, &format!("/aws/lambda/{called}")),
            (&json!(written), &logs.to_owned()),
            (&role["Description"], &format!("What the function {name} may do.")),
            (&policy["PolicyName"], &name),
        ];
        let differing = checks.into_iter().filter(|(is, should)| *is != *should);
        wrong.extend(differing.map(|(is, should)| format!("{id}: {is} should be {should}")));
    }
    assert_eq!(found, tree::names("functions").len(), "not every function was looked at");
    none(
        wrong,
        "Name a function's role and logs after the function; those from loops take its name from Mappings, under Functions.",
    );
}
