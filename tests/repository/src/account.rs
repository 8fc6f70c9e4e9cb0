//! What a real AWS account asks of the template, and an emulated one does not notice.

use std::collections::BTreeSet;

use regex_lite::Regex;
use serde_json::{Map, Value, json};

use crate::none;
use crate::template::{Template, list, named};

fn resources() -> Map<String, Value> {
    Template::read().resources()
}

fn statements(policy: &Value) -> &[Value] {
    policy["PolicyDocument"]["Statement"].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn a_first_deployment_that_fails_can_take_back_what_it_made() {
    let template = Template::read();
    assert_eq!(template.parameters()["DeletionProtection"]["Default"], "false");
    let resources = template.resources();
    let table = &resources["Table"]["Properties"]["DeletionProtectionEnabled"];
    let pool = &resources["UserPool"]["Properties"]["DeletionProtection"];
    for (what, protection) in [("Table", table), ("UserPool", pool)] {
        assert_eq!(
            protection["Fn::If"][0], "Protect",
            "{what} is protected by the parameter DeletionProtection alone"
        );
    }
    let is_kept = |resource: &Value| !resource["DeletionPolicy"].is_null();
    none(
        resources
            .iter()
            .filter(|(_, resource)| is_kept(resource))
            .filter(|(_, resource)| resource["DeletionPolicy"]["Fn::If"][1] != "RetainExceptOnCreate")
            .map(|(id, _)| id.clone()),
        "Keep a resource with RetainExceptOnCreate, so that a failed first deployment removes it.",
    );
}

#[test]
fn a_queue_policy_is_of_one_queue_and_speaks_of_no_other() {
    let (mut found, mut wrong) = (0, Vec::new());
    for (id, resource) in resources() {
        if resource["Type"] != "AWS::SQS::QueuePolicy" {
            continue;
        }
        found += 1;
        let queues = resource["Properties"]["Queues"].as_array().unwrap();
        let queue = match &queues[..] {
            [one] => one["Ref"].as_str().or(one["Fn::GetAtt"][0].as_str()).unwrap_or_default().to_owned(),
            _ => String::new(),
        };
        let arns = [json!({ "Fn::GetAtt": format!("{queue}.Arn") }), json!({ "Fn::GetAtt": [queue, "Arn"] })];
        let of_it = |statement: &Value| {
            let statement = if statement["Fn::If"].is_array() { &statement["Fn::If"][1] } else { statement };
            arns.contains(&statement["Resource"])
        };
        if queue.is_empty() || !statements(&resource["Properties"]).iter().all(of_it) {
            wrong.push(id);
        }
    }
    assert!(found >= 6, "only {found} policies of queues are found");
    none(wrong, "Give each queue a policy of its own, whose statements are about that queue.");
}

#[test]
fn every_queue_refuses_plain_http() {
    let resources = resources();
    let of_type = |kind: &'static str| resources.iter().filter(move |(_, resource)| resource["Type"] == kind);
    let refusing = of_type("AWS::SQS::QueuePolicy").filter(|(_, policy)| {
        statements(&policy["Properties"]).iter().any(|statement| {
            statement["Effect"] == "Deny" && statement["Condition"]["Bool"]["aws:SecureTransport"] == "false"
        })
    });
    let refusing: BTreeSet<String> = refusing
        .flat_map(|(_, policy)| list(&policy["Properties"]["Queues"]))
        .map(|queue| named(queue).to_owned())
        .collect();
    let queues: BTreeSet<String> = of_type("AWS::SQS::Queue").map(|(id, _)| id.clone()).collect();
    assert!(queues.len() >= 6, "only these queues are found: {queues:?}");
    none(queues.difference(&refusing).cloned(), "Add the queue to the loop QueuePolicies of template.yaml.");
}

#[test]
fn events_that_are_not_delivered_are_taken_by_the_arns_of_their_rules_alone() {
    let resources = resources();
    let report = &statements(&resources["EventDeadLettersPolicy"]["Properties"])[0];
    let conditions: Vec<&String> = report["Condition"].as_object().unwrap().keys().collect();
    assert_eq!(
        (report["Sid"].as_str(), conditions),
        (Some("ReportUndelivered"), vec![&"ArnEquals".to_owned()])
    );
}

#[test]
fn the_scanner_is_trusted_as_its_documentation_says_and_hears_of_uploads() {
    let resources = resources();
    let trust = &resources["ScannerRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0];
    assert_eq!(trust["Condition"], Value::Null);
    let bucket = &resources["EvidenceBucket"]["Properties"];
    let declared = &bucket["NotificationConfiguration"]["Fn::If"];
    assert_eq!(declared[0], "ScanEvidence");
    assert_eq!(declared[1]["EventBridgeConfiguration"]["EventBridgeEnabled"], true);
}

#[test]
fn the_buckets_policy_outlives_the_stack_with_the_bucket() {
    let resources = resources();
    for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
        let of_bucket = &resources["EvidenceBucket"][policy];
        assert!(!of_bucket.is_null());
        assert_eq!(&resources["EvidenceBucketPolicy"][policy], of_bucket, "{policy}");
    }
}

#[test]
fn the_stream_carries_what_dispatch_reads_and_no_more() {
    assert_eq!(resources()["Table"]["Properties"]["StreamSpecification"]["StreamViewType"], "NEW_IMAGE");
}

#[test]
fn only_three_places_say_which_table_the_stack_works_on() {
    let template = Template::read();
    let decide = ["TableName", "TableArn", "TableStreamArn"];
    let resources = template.resources();
    for place in decide {
        assert_eq!(
            resources[place]["Properties"]["Value"]["Fn::If"][0], "OwnTable",
            "{place} is the stack's own table's, or that of the parameters"
        );
    }
    let others = template.sections().filter(|(section, _)| *section != "Resources");
    let others = others.chain(resources.iter().filter(|(id, _)| !decide.contains(&id.as_str())));
    let own =
        ["\"Table\"", "\"Table.", "${Table}", "${Table.", "ExistingTableName}", "\"Ref\":\"ExistingTable"];
    let is_decision = |section: &str| ["Parameters", "Rules", "Conditions"].contains(&section);
    // RELEASE has the parameter so that another table publishes every function; nobody reads it.
    let text = |value: &Value| value.to_string().replace("${Release} ${ExistingTableName}", "");
    none(
        others
            .filter(|(name, value)| !is_decision(name) && own.iter().any(|own| text(value).contains(own)))
            .map(|(name, _)| name.clone()),
        "Take the table from TableName.Value, TableArn.Value or TableStreamArn.Value: it may be a restored one.",
    );
}

#[test]
fn a_stack_that_is_given_a_table_makes_none_and_needs_its_stream() {
    let template = Template::read();
    assert_eq!(template.resources()["Table"]["Condition"], "OwnTable");
    let empty = |name: &str| json!({ "Fn::Equals": [{ "Ref": name }, ""] });
    let given = |name: &str| json!({ "Fn::Not": [empty(name)] });
    assert_eq!(template.section("Conditions")["OwnTable"], empty("ExistingTableName"));
    let (table, stream) = ("ExistingTableName", "ExistingTableStreamArn");
    for (rule, one, other) in [("TableNeedsStream", table, stream), ("StreamNeedsTable", stream, table)] {
        let rule = &template.section("Rules")[rule];
        assert_eq!(rule["RuleCondition"], given(one), "the rule is about {one}");
        assert_eq!(rule["Assertions"][0]["Assert"], given(other), "with {one}, {other} must be given");
    }
}

#[test]
fn the_runbook_gives_a_restored_table_what_the_template_gives_its_own() {
    let page = crate::tree::text("infra/docs/runbook.md");
    let section = page.split_once("\n## Working on a restored table\n").unwrap().1;
    let table = &resources()["Table"]["Properties"];
    let view = table["StreamSpecification"]["StreamViewType"].as_str().unwrap();
    let expiry = table["TimeToLiveSpecification"]["AttributeName"].as_str().unwrap();
    let known = ["TableName", "PointInTimeRecoverySpecification", "SSESpecification", "StreamSpecification"];
    let known =
        known.into_iter().chain(["TimeToLiveSpecification", "DeletionProtectionEnabled", "BillingMode"]);
    let known: Vec<&str> =
        known.chain(["KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes"]).collect();
    none(
        table.as_object().unwrap().keys().filter(|name| !known.contains(&name.as_str())).cloned(),
        "Does a restored table have this property? If not, the runbook has to set it (Working on a restored table).",
    );
    let commands = [
        format!("StreamEnabled=true,StreamViewType={view}"),
        format!("Enabled=true,AttributeName={expiry}"),
        "PointInTimeRecoveryEnabled=true".to_owned(),
        "--deletion-protection-enabled".to_owned(),
        "--sse-specification-override Enabled=true".to_owned(),
    ];
    none(
        commands.into_iter().filter(|command| !section.contains(command.as_str())),
        "Let the section \"Working on a restored table\" of the runbook switch it on, as the template does.",
    );
}

#[test]
fn a_customer_is_not_kept_from_denying_by_others_who_ask() {
    claim_domain::proves!(D9);
    let template = Template::read();
    let api = &template.resources()["HttpApi"]["Properties"];
    let ordinary = template.parameters()["ThrottleRate"]["Default"].as_u64().unwrap();
    for route in ["GET /v1/consent/{token}", "POST /v1/consent/{token}/deny"] {
        let own = api["RouteSettings"][route]["ThrottlingRateLimit"].as_u64();
        assert!(own > Some(ordinary), "{route} needs a limit of its own, above {ordinary}: {own:?}");
    }
}

#[test]
fn a_second_factor_is_asked_for_unless_the_operator_says_otherwise() {
    let template = Template::read();
    assert_eq!(template.parameters()["RequireSecondFactor"]["Default"], "true");
    let pool = &template.resources()["UserPool"]["Properties"];
    assert_eq!(pool["MfaConfiguration"]["Fn::If"], json!(["RequireMfa", "ON", "OPTIONAL"]));
}

#[test]
fn every_parameter_takes_its_own_default() {
    let template = Template::read();
    let mut wrong = Vec::new();
    for (name, parameter) in template.parameters() {
        let Some(default) = parameter.get("Default") else { continue };
        let text = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
        let pattern = parameter["AllowedPattern"].as_str();
        let fits =
            pattern.is_none_or(|pattern| Regex::new(&format!("^(?:{pattern})$")).unwrap().is_match(&text));
        let listed = parameter["AllowedValues"].as_array().is_none_or(|values| values.contains(default));
        let number = text.parse::<i64>().ok();
        let within = parameter["Type"] != "Number"
            || (number >= parameter["MinValue"].as_i64()
                && parameter["MaxValue"].as_i64().is_none_or(|most| number <= Some(most)));
        if !(fits && listed && within) {
            wrong.push(format!("{name}: {text:?}"));
        }
    }
    none(wrong, "A parameter's default is a value that can be given too: let its pattern allow it.");
}
