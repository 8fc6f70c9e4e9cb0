//! Failure queues ↔ alarms ↔ the runbook; metrics that are watched ↔ metrics that are measured ↔ their description.

use std::collections::{BTreeMap, BTreeSet};

use claim_runtime::Metric;
use serde_json::{Map, Value, json};

use crate::template::Template;
use crate::{none, sources, tree};

const RUNBOOK: &str = "infra/docs/runbook.md";
const METRICS: &str = "infra/docs/metrics.md";

/// The namespace of the product's own metrics.
const OURS: &str = "Claims";

/// An alarm: its name without the stack's name, and its properties.
struct Alarm {
    name: String,
    properties: Value,
}

impl Alarm {
    fn all(resources: &Map<String, Value>) -> Vec<Self> {
        let alarms = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm");
        let alarms: Vec<Self> = alarms
            .map(|(id, alarm)| {
                let name = text(&alarm["Properties"]["AlarmName"]);
                let name = name.strip_prefix("${AWS::StackName}-").unwrap_or_else(|| panic!("{id}: {name}"));
                Self { name: name.to_owned(), properties: alarm["Properties"].clone() }
            })
            .collect();
        assert!(!alarms.is_empty(), "no alarm is found in template.yaml, so nothing would be checked");
        alarms
    }

    /// The section of the runbook that its description ends with.
    fn section(&self) -> Option<&str> {
        let description = self.properties["AlarmDescription"].as_str()?.trim_end();
        Some(description.rsplit_once(&format!(" Runbook: {RUNBOOK}#"))?.1)
    }

    fn watches(&self, namespace: &str, metric: &str, dimension: &Value) -> bool {
        self.properties["Namespace"] == namespace
            && self.properties["MetricName"] == metric
            && self.properties["Dimensions"].as_array().is_some_and(|all| all.len() == 1)
            && self.properties["Dimensions"][0]["Value"] == *dimension
    }
}

/// A text of the template, without the values that are only known once it is deployed.
fn text(value: &Value) -> String {
    let pattern = &value["Fn::Sub"];
    let pattern = pattern.get(0).unwrap_or(pattern);
    pattern.as_str().or(value.as_str()).unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The queues under keys that say where something goes when it fails for good.
fn failure_queues(value: &Value, found: &mut BTreeSet<String>) {
    if let Some(entries) = value.as_object() {
        for (name, entry) in entries {
            let is_target = name == "deadLetterTargetArn"
                || name == "SCHEDULE_DLQ_ARN"
                || ["OnFailure", "DeadLetterConfig"].contains(&name.as_str());
            if is_target {
                queues_in(entry, found);
            }
            failure_queues(entry, found);
        }
    }
    value.as_array().into_iter().flatten().for_each(|item| failure_queues(item, found));
}

fn queues_in(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => {
            found.extend(entries.get("Fn::GetAtt").and_then(Value::as_str).map(queue_of));
            entries.values().for_each(|entry| queues_in(entry, found));
        }
        Value::Array(items) => items.iter().for_each(|item| queues_in(item, found)),
        _ => {}
    }
}

fn queue_of(attribute: &str) -> String {
    attribute.split('.').next().unwrap().to_owned()
}

fn resources() -> Map<String, Value> {
    Template::read().resources()
}

#[test]
fn every_failure_queue_raises_an_alarm_when_something_is_in_it() {
    claim_domain::proves!(I5);
    let resources = resources();
    let mut queues = BTreeSet::new();
    failure_queues(&json!(resources), &mut queues);
    assert!(queues.len() >= 4, "failure queues are no longer found: {queues:?}");
    let alarms = Alarm::all(&resources);
    let has_alarm = |queue: &String| {
        let name = json!({ "Fn::GetAtt": [queue, "QueueName"] });
        alarms.iter().any(|alarm| {
            alarm.watches("AWS/SQS", "ApproximateNumberOfMessagesVisible", &name)
                && alarm.properties["ComparisonOperator"] == "GreaterThanThreshold"
                && alarm.properties["Threshold"] == 0
        })
    };
    none(
        queues.into_iter().filter(|queue| !has_alarm(queue)),
        "Add the queue to the loop FailureQueueAlarms of template.yaml, and say in Mappings what it means.",
    );
}

#[test]
fn every_function_has_alarms_for_errors_throttling_and_lost_events() {
    let template = Template::read();
    let resources = template.resources();
    let alarms = Alarm::all(&resources);
    let (mut found, mut wrong) = (0, Vec::new());
    for resource in resources.values().filter(|resource| resource["Type"] == "AWS::Serverless::Function") {
        found += 1;
        let properties = &resource["Properties"];
        let mut metrics = vec!["Errors", "Throttles"];
        metrics.extend(properties.get("EventInvokeConfig").map(|_| "AsyncEventsDropped"));
        metrics.extend(
            properties.to_string().contains("\"OnFailure\"").then_some("DestinationDeliveryFailures"),
        );
        let name = &properties["FunctionName"];
        let missing = metrics
            .into_iter()
            .filter(|metric| !alarms.iter().any(|it| it.watches("AWS/Lambda", metric, name)));
        wrong.extend(missing.map(|metric| format!("{}: {metric}", text(name))));
    }
    assert_eq!(found, template.functions().len(), "not every function was looked at");
    none(wrong, "Add the function to the loop of that metric's alarms in template.yaml.");
}

#[test]
fn every_alarm_tells_somebody_and_names_its_section_of_the_runbook() {
    let sections: BTreeSet<String> = tree::text(RUNBOOK)
        .lines()
        .filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`'))
        .map(str::to_owned)
        .collect();
    let alarms = Alarm::all(&resources());
    let mut wrong = Vec::new();
    for Alarm { name, properties } in &alarms {
        if properties["AlarmActions"][0].is_null() || properties["OKActions"] != properties["AlarmActions"] {
            wrong.push(format!("{name}: tells nobody that it began, or that it is over"));
        }
        if properties["TreatMissingData"].is_null() {
            wrong.push(format!("{name}: does not say what missing data means"));
        }
    }
    for alarm in &alarms {
        match alarm.section() {
            Some(section) if !sections.contains(section) => {
                wrong.push(format!("{}: {RUNBOOK} has no section `{section}`", alarm.name));
            }
            Some(section) if alarm.name.starts_with(section) => {}
            section => wrong.push(format!("{}: its description ends with {section:?}", alarm.name)),
        }
    }
    let used: BTreeSet<&str> = alarms.iter().filter_map(Alarm::section).collect();
    let unused = sections.iter().filter(|section| !used.contains(section.as_str()));
    wrong.extend(unused.map(|section| format!("no alarm leads to the section `{section}`")));
    none(
        wrong,
        "An alarm's name begins with its section of the runbook (and ends with what distinguishes it within its family), \
         and its description ends with `Runbook: infra/docs/runbook.md#section`.",
    );
}

/// When an alarm is raised, as the description of metrics says it: what it looks at, from when on, and what it makes of no data.
fn condition(alarm: &Alarm) -> String {
    let of = |name: &str| match &alarm.properties[name] {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    let is = match of("ComparisonOperator").as_str() {
        "GreaterThanThreshold" => ">",
        "GreaterThanOrEqualToThreshold" => "≥",
        "LessThanThreshold" => "<",
        other => panic!("{}: write down what {other} means", alarm.name),
    };
    let times = match (of("DatapointsToAlarm").as_str(), of("EvaluationPeriods").as_str()) {
        ("null", "1") => String::new(),
        ("null", periods) => format!(", {periods} times in a row"),
        (times, periods) => format!(", {times} times of {periods}"),
    };
    let (metric, data) = (text(&alarm.properties["MetricName"]), of("TreatMissingData"));
    let (space, statistic) = (of("Namespace"), of("Statistic"));
    let (period, threshold) = (of("Period"), of("Threshold"));
    format!("{space} `{metric}` | {statistic} of {period} s {is} {threshold}{times} | {data} |")
}

#[test]
fn every_alarm_is_raised_when_its_description_says() {
    // Alarms that differ in nothing but what they look at have one row.
    let mut families: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for alarm in Alarm::all(&resources()) {
        let family = alarm.section().unwrap().to_owned();
        let of = alarm.name[family.len()..].trim_start_matches('-').to_owned();
        families.entry((family, condition(&alarm))).or_default().push(of);
    }
    let rows: BTreeSet<String> = families
        .into_iter()
        .map(|((family, condition), mut of)| {
            of.sort_unstable();
            format!("| `{family}` | {} | {condition}", of.join(", "))
        })
        .collect();
    let page = tree::text(METRICS);
    let (_, described) = page.split_once("## Alarms").unwrap();
    let described: BTreeSet<String> =
        described.lines().filter(|line| line.starts_with("| `")).map(str::to_owned).collect();
    let (there, here) = (rows.difference(&described), described.difference(&rows));
    none(
        there.map(|row| format!("template.yaml: {row}")).chain(here.map(|row| format!("{METRICS}: {row}"))),
        "The template and its description differ: which of them is wrong? Both say when each alarm is raised.",
    );
}

/// The operations of the table that functions ask for, as DynamoDB names them: the methods of the port.
fn operations() -> BTreeSet<String> {
    let port = tree::text("shared/ports/src/table.rs");
    let (port, _) = port.split_once("\n}\n").unwrap();
    let methods = port.lines().filter_map(|line| line.trim().strip_prefix("fn ")?.split('(').next());
    let camel = |word: &str| word[..1].to_uppercase() + &word[1..];
    methods.map(|method| method.split('_').map(camel).collect()).collect()
}

#[test]
fn nothing_that_can_fail_unseen_is_without_an_alarm() {
    let template = Template::read();
    let names: BTreeSet<String> = Alarm::all(&resources()).into_iter().map(|alarm| alarm.name).collect();
    let operations = operations();
    let mut needed: BTreeSet<String> =
        operations.iter().map(|operation| format!("table-throttles-{operation}")).collect();
    // SAM makes a rule of each event of a function, and names it by both.
    for (function, resource) in template.resources() {
        let events = resource["Properties"]["Events"].as_object().into_iter().flatten();
        let rules = events
            .filter(|(_, event)| ["Schedule", "EventBridgeRule"].iter().any(|kind| event["Type"] == *kind));
        needed.extend(rules.map(|(event, _)| format!("failed-rules-{function}{event}")));
    }
    needed.extend(
        ["InvocationDroppedCount", "InvocationsFailedToBeSentToDeadLetterCount"]
            .map(|metric| format!("dropped-timers-{metric}")),
    );
    assert!(
        operations.contains("TransactWriteItems") && needed.len() > 9,
        "what is needed was not found: {needed:?}"
    );
    none(needed.difference(&names).cloned(), "Add it to the loop of such alarms in template.yaml.");
}

#[test]
fn a_role_allows_of_the_table_what_functions_ask_for() {
    let template = Template::read();
    // What a transaction does counts as what it does to each item.
    let allowed: BTreeSet<String> =
        operations().into_iter().chain(["DeleteItem", "ConditionCheckItem"].map(str::to_owned)).collect();
    let of_the_stream = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
    let mut seen = 0;
    let mut wrong = Vec::new();
    for function in template.functions() {
        for action in template.actions_of(&function.name) {
            let Some(action) = action.strip_prefix("dynamodb:") else { continue };
            seen += 1;
            if !allowed.contains(action) && !of_the_stream.contains(&action) {
                wrong.push(format!("{} may {action}", function.name));
            }
        }
    }
    assert!(seen > 30, "only {seen} actions were found");
    none(wrong, "No function scans the table or removes items one by one: ask for what the port has.");
}

/// The dashboard, with placeholders for the values that are only known once it is deployed.
fn dashboard(resources: &Map<String, Value>) -> Value {
    let body = text(&resources["Dashboard"]["Properties"]["DashboardBody"]);
    let mut filled = String::new();
    let mut rest = body.as_str();
    while let Some((before, behind)) = rest.split_once("${") {
        filled = filled + before + "x";
        rest = behind.split_once('}').unwrap().1;
    }
    filled += rest;
    serde_json::from_str(&filled)
        .unwrap_or_else(|error| panic!("the dashboard is not JSON: {error}\n{filled}"))
}

/// Namespace and name of every metric of a widget. A dot repeats the value above it; three dots repeat the whole row.
fn metrics_of(widget: &Value) -> Vec<(String, String)> {
    let mut above: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for row in widget["properties"]["metrics"].as_array().into_iter().flatten() {
        let cells: Vec<&str> = row.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        if cells.is_empty() {
            continue;
        }
        if cells[0] != "..." {
            above = cells
                .iter()
                .enumerate()
                .map(|(nth, cell)| if *cell == "." { above[nth].clone() } else { (*cell).to_owned() })
                .collect();
        }
        found.push((above[0].clone(), above[1].clone()));
    }
    found
}

#[test]
fn the_dashboard_is_a_grid_of_widgets_that_do_not_overlap() {
    let dashboard = dashboard(&resources());
    let mut taken = BTreeMap::new();
    for widget in dashboard["widgets"].as_array().unwrap() {
        let side = |name: &str| widget[name].as_u64().unwrap_or_else(|| panic!("{name} of {widget}"));
        let (x, y, width, height) = (side("x"), side("y"), side("width"), side("height"));
        assert!(x + width <= 24, "wider than a dashboard: {widget}");
        assert!(widget["properties"].is_object(), "no properties: {widget}");
        for place in (x..x + width).flat_map(|column| (y..y + height).map(move |row| (column, row))) {
            let other = taken.insert(place, widget["properties"]["title"].clone());
            assert!(other.is_none(), "{other:?} is covered by {widget}");
        }
        if widget["type"] == "metric" {
            let rows = widget["properties"]["metrics"].as_array().map_or(0, Vec::len);
            assert!(rows > 0 && widget["properties"]["title"].is_string(), "shows nothing: {widget}");
        }
    }
}

#[test]
fn the_dashboard_shows_every_function() {
    let template = Template::read();
    let named = &template.resources()["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][1]["Functions"];
    let named: BTreeSet<String> =
        named["Fn::Join"][1].as_array().unwrap().iter().map(|name| text(name).replace("\\\"", "")).collect();
    let functions = template.functions().into_iter();
    let functions: BTreeSet<String> =
        functions.map(|function| format!("${{AWS::StackName}}-{}", function.name)).collect();
    none(
        named.symmetric_difference(&functions).cloned(),
        "Give the dashboard exactly the functions of the template.",
    );
}

/// Our metrics that a filter takes from a log.
fn filtered(resources: &Map<String, Value>) -> BTreeSet<String> {
    let filters = resources.values().filter(|resource| resource["Type"] == "AWS::Logs::MetricFilter");
    let all = filters.flat_map(|filter| filter["Properties"]["MetricTransformations"].as_array().unwrap());
    all.map(|made| {
        assert_eq!(made["MetricNamespace"], OURS, "{made}");
        made["MetricName"].as_str().unwrap().to_owned()
    })
    .collect()
}

#[test]
fn every_metric_of_ours_is_measured_watched_and_explained() {
    let resources = resources();
    let filtered = filtered(&resources);
    let measured: BTreeSet<String> = Metric::ALL.into_iter().map(Metric::name).collect();
    let mut watched: BTreeSet<String> = Alarm::all(&resources)
        .iter()
        .filter(|alarm| alarm.properties["Namespace"] == OURS)
        .map(|alarm| alarm.properties["MetricName"].as_str().unwrap().to_owned())
        .collect();
    for widget in dashboard(&resources)["widgets"].as_array().unwrap() {
        watched
            .extend(metrics_of(widget).into_iter().filter(|(space, _)| space == OURS).map(|(_, name)| name));
    }
    let known: BTreeSet<String> = measured.union(&filtered).cloned().collect();
    let mut wrong: Vec<String> = watched
        .difference(&known)
        .map(|name| format!("{name} is watched, but nothing measures it"))
        .collect();
    wrong.extend(known.difference(&watched).map(|name| format!("{name} is measured, but nobody sees it")));
    let code: String = sources::product()
        .into_iter()
        .filter(|(path, _)| path.starts_with("functions/"))
        .map(|(_, code)| code)
        .collect();
    let unused = measured.iter().filter(|name| !code.contains(&format!("Metric::{name}")));
    wrong.extend(unused.map(|name| format!("no function measures {name}")));
    let page = tree::text(METRICS);
    let (page, _) = page.split_once("## Alarms").unwrap();
    let explained: BTreeMap<&str, &str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .map(|(name, rest)| (name, rest.split(" |").next().unwrap()))
        .collect();
    let units = Metric::ALL.into_iter().map(|metric| (metric.name(), metric.unit()));
    let units: BTreeMap<String, &str> =
        units.chain(filtered.into_iter().map(|name| (name, "Count"))).collect();
    let units: BTreeMap<&str, &str> = units.iter().map(|(name, unit)| (name.as_str(), *unit)).collect();
    for (name, unit) in units.iter().filter(|(name, unit)| explained.get(*name) != Some(unit)) {
        wrong.push(format!("{name} has no row in infra/docs/metrics.md, or not with the unit {unit}"));
    }
    let rows = explained.keys().filter(|name| !units.contains_key(*name));
    wrong.extend(rows.map(|name| format!("infra/docs/metrics.md explains {name}, which nothing measures")));
    none(
        wrong,
        "A metric is a variant of Metric, measured by a function, explained in its row, and watched.",
    );
}
