//! Variables of the template ↔ configuration of the functions; parameters ↔ their use and documentation.

use std::collections::{BTreeMap, BTreeSet};

use claim_domain::program::Program;
use claim_http::registry::{FUNCTIONS, Function};
use claim_runtime::Variables;
use serde_json::Value;

use crate::template::{self, Template};
use crate::{api, none, sources, tree};

/// Whether a variable is set by Lambda itself, read by the logging library, or there to be published anew.
fn is_not_ours(name: &str) -> bool {
    ["RUST_LOG", "RELEASE"].contains(&name) || name.starts_with("AWS_")
}

/// All variables of a function, those of all functions included.
pub(crate) fn given(template: &Template, function: &template::Function) -> BTreeMap<String, Value> {
    let common =
        if function.has_common_variables { template.common_variables() } else { BTreeMap::default() };
    common.into_iter().chain(function.variables.clone()).collect()
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

/// The shared crates that a crate depends on, each by the name of its folder.
fn dependencies(folder: &str) -> Vec<String> {
    let manifest = tree::text(&format!("{folder}/Cargo.toml"));
    let lines = manifest.lines().take_while(|line| *line != "[dev-dependencies]");
    lines.filter_map(|line| Some(line.strip_prefix("claim-")?.split('.').next()?.to_owned())).collect()
}

/// The shared crates that a crate links.
pub(crate) fn linked(folder: &str, found: &mut BTreeSet<String>) {
    for name in dependencies(folder) {
        if found.insert(name.clone()) {
            linked(&format!("shared/{name}"), found);
        }
    }
}

#[test]
fn every_function_is_given_each_variable_that_it_reads_and_no_other() {
    claim_domain::proves!(D3);
    let template = Template::read();
    let ours = |variables: BTreeMap<String, Value>| -> BTreeSet<String> {
        variables.into_keys().filter(|name| !is_not_ours(name)).collect()
    };
    let common = ours(template.common_variables());
    let (mut wrong, mut read_by_all) = (Vec::new(), None::<BTreeSet<String>>);
    for function in template.functions() {
        let folder = format!("functions/{}", function.name);
        let mut read = read_under(&format!("{folder}/"));
        let mut given = ours(function.variables);
        // Whoever deals with claims has a command handler, for which the runtime reads the table and the program. The store
        // by itself reads no variable.
        let without_commands = ["domain", "runtime", "store"];
        let may_nothing = Function::named(&function.name).is_some_and(|one| one.permissions.is_empty());
        if may_nothing {
            // Behind the API, and without claims: it only looks at who lets requests in.
            read.extend(read_under("shared/http/src/edge.rs"));
        } else if dependencies(&folder).iter().any(|name| !without_commands.contains(&name.as_str())) {
            let mut crates = BTreeSet::new();
            linked(&folder, &mut crates);
            read.extend(crates.iter().flat_map(|name| read_under(&format!("shared/{name}/"))));
            read_by_all = Some(match read_by_all {
                Some(others) => others.intersection(&read).cloned().collect(),
                None => read.clone(),
            });
            wrong.extend(
                given.intersection(&common).map(|name| format!("{}: has {name} from Globals", function.name)),
            );
        }
        if function.has_common_variables {
            given.extend(common.iter().cloned());
        }
        let missing = read.difference(&given).map(|name| format!("{}: reads {name}", function.name));
        let needless = given.difference(&read).map(|name| format!("{}: does not read {name}", function.name));
        wrong.extend(missing.chain(needless));
    }
    let read_by_all = read_by_all.unwrap_or_default();
    wrong
        .extend(read_by_all.difference(&common).map(|name| format!("all that deal with claims read {name}")));
    none(
        wrong,
        "Put what all functions that deal with claims read under Globals in template.yaml, and what one function or the \
         functions behind the API read, and nothing else, into their Environment; IgnoreGlobals is for functions that do \
         not deal with claims.",
    );
}

#[test]
fn every_function_starts_with_the_variables_of_the_template() {
    claim_domain::proves!(D3);
    let template = Template::read();
    let wrong = FUNCTIONS.iter().filter_map(|Function { name, .. }| {
        let started = every_function::start(name, &api::variables(&template, name));
        started.err().map(|error| format!("{name}: {error}"))
    });
    none(wrong, "Give the function the variable in template.yaml, in the form that its configuration reads.");
}

/// Where product code has a default of its own for a variable: its path, the variable and the default, as in
/// `parsed("WORK_SHARDS", "4")`.
fn defaults() -> Vec<(String, &'static str, String)> {
    let mut found = Vec::new();
    for (path, code) in sources::product() {
        for (reads, or) in [("parsed(\"", ","), ("optional(\"", ").unwrap_or(")] {
            for rest in code.split(reads).skip(1) {
                let mut parts = rest.split('"');
                if let (Some(name), Some(between), Some(default)) = (parts.next(), parts.next(), parts.next())
                    && between.trim() == or
                {
                    found.push((path.clone(), &*name.to_owned().leak(), default.to_owned()));
                }
            }
        }
    }
    found
}

#[test]
fn a_default_in_the_code_is_the_one_of_the_template() {
    claim_domain::proves!(D3);
    let template = Template::read();
    let given: Vec<_> = FUNCTIONS.iter().map(|function| api::variables(&template, function.name)).collect();
    let defaults = defaults();
    assert!(defaults.len() > 10, "hardly any default is found, so hardly any would be checked: {defaults:?}");
    let wrong = defaults.into_iter().filter_map(|(path, name, default)| {
        let other = given.iter().filter_map(|given| given.optional(name)).find(|given| *given != default)?;
        Some(format!("{path}: {name} is {default} without the template, which gives {other}"))
    });
    none(
        wrong,
        "Give the parameter in template.yaml and the variable in the code the same default, which the rules state.",
    );
    let program = |variables| claim_runtime::program(variables).unwrap();
    let (given, without) = (program(&api::variables(&template, "submit")), program(&Variables::default()));
    let without = Program { guide_url: given.guide_url.clone(), ..without };
    assert_eq!(
        given, without,
        "all of the program's rules but the guide's address (R4) have the same defaults"
    );
}

#[test]
fn every_parameter_is_described_used_and_explained() {
    let template = Template::read();
    let guide = tree::text("infra/docs/deploying.md");
    let mut used = BTreeSet::new();
    for (section, content) in template.sections() {
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
