//! Variables of the template ↔ configuration of the functions; parameters ↔ their use and documentation.

use std::collections::BTreeSet;

use claim_http::registry::{FUNCTIONS, Function};
use serde_json::Value;

use crate::template::Template;
use crate::{api, none, sources, tree};

/// Whether a variable is set by Lambda itself, or read by the logging library.
fn is_not_ours(name: &str) -> bool {
    name == "RUST_LOG" || name.starts_with("AWS_")
}

/// The variables that the product's code under a folder names: literals such as `"TABLE_NAME"`.
fn read_under(folder: &str) -> BTreeSet<String> {
    let product = sources::product().into_iter().filter(|(path, _)| path.starts_with(folder));
    product.flat_map(|(_, code)| literals(&code)).filter(|name| !is_not_ours(name)).collect()
}

fn literals(code: &str) -> Vec<String> {
    let is_variable = |text: &&str| {
        text.contains('_')
            && text.starts_with(|first: char| first.is_ascii_uppercase())
            && text
                .chars()
                .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
    };
    // Cargo's variables are read when the code is built, and Serde has a keyword in capitals.
    code.split('"')
        .filter(is_variable)
        .filter(|name| !name.starts_with("CARGO_") && *name != "SCREAMING_SNAKE_CASE")
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_variable_is_a_literal_in_capitals_with_an_underscore() {
    assert_eq!(literals(r#"f("TABLE_NAME", "POST", "A_b", env!("CARGO_X"), "x")"#), ["TABLE_NAME"]);
}

#[test]
fn every_function_is_given_each_variable_that_it_reads_and_no_other() {
    claim_domain::proves!(D3);
    let template = Template::read();
    let common: BTreeSet<String> =
        template.common_variables().into_keys().filter(|name| !is_not_ours(name)).collect();
    let shared = read_under("shared/");
    none(
        common.symmetric_difference(&shared).map(|name| format!("all functions: {name}")),
        "Put what shared/ reads, and nothing else, under Globals in template.yaml.",
    );
    let mut wrong = Vec::new();
    for function in template.functions() {
        let manifest = tree::text(&format!("functions/{}/Cargo.toml", function.name));
        let mut dependencies = manifest.lines().take_while(|line| *line != "[dev-dependencies]");
        let knows_claims =
            dependencies.any(|line| line.starts_with("claim-") && !line.starts_with("claim-runtime"));
        if function.has_common_variables != knows_claims {
            wrong.push(format!(
                "{}: IgnoreGlobals is for functions that do not deal with claims",
                function.name
            ));
        }
        let own: BTreeSet<String> =
            function.variables.into_keys().filter(|name| !is_not_ours(name)).collect();
        let read = read_under(&format!("functions/{}/", function.name));
        wrong.extend(own.symmetric_difference(&read).map(|name| format!("{}: {name}", function.name)));
    }
    none(wrong, "Put what a function reads, and nothing else, into its Environment in template.yaml.");
}

#[test]
fn every_function_starts_with_the_variables_of_the_template() {
    claim_domain::proves!(D3);
    let template = Template::read();
    let wrong = FUNCTIONS.iter().filter_map(|Function { name, .. }| {
        let started = test_support::start(name, &api::variables(&template, name));
        started.err().map(|error| format!("{name}: {error}"))
    });
    none(wrong, "Give the function the variable in template.yaml, in the form that its configuration reads.");
}

#[test]
fn every_parameter_is_described_used_and_explained() {
    let template = Template::read();
    let guide = tree::text("infra/docs/deploying.md");
    let mut used = BTreeSet::new();
    for (section, content) in template.0.as_object().unwrap() {
        if section != "Parameters" {
            references(content, &mut used);
        }
    }
    let mut wrong = Vec::new();
    for (name, parameter) in template.parameters() {
        if parameter["Description"].as_str().unwrap_or_default().is_empty() {
            wrong.push(format!("{name} has no Description"));
        }
        if !used.contains(name) {
            wrong.push(format!("{name} is used nowhere"));
        }
        if !guide.contains(&format!("`{name}`")) {
            wrong.push(format!("{name} is not explained in infra/docs/deploying.md"));
        }
    }
    none(
        wrong,
        "Describe each parameter in template.yaml, use it, and explain it in infra/docs/deploying.md.",
    );
}

/// Everything that a part of the template refers to, by `Ref` or within `Fn::Sub`.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(entries) => {
            for (name, entry) in entries {
                match (name.as_str(), entry.as_str()) {
                    ("Ref", Some(target)) => _ = found.insert(target.to_owned()),
                    ("Fn::Sub", Some(text)) => {
                        found.extend(
                            text.split("${")
                                .skip(1)
                                .filter_map(|rest| Some(rest.split_once('}')?.0.to_owned())),
                        );
                    }
                    _ => references(entry, found),
                }
            }
        }
        _ => {}
    }
}
