//! The function `reference`: what is the same for everybody and changes only with a release. What the problems mean and what
//! the rules say, for those who follow the `type` or the `rule` of a problem, and the contract of the API: as JSON, or as a
//! page for those who prefer one. It reads no table and knows no caller.

use claim_domain::refusal::Kind;
use claim_domain::rule::Rule;
use claim_http::registry::Operation;
use claim_http::view::{self, Page};
use claim_http::{Api, Endpoint, Problem, Request, respond, status_of};
use claim_runtime::{ConfigError, Variables};
use lambda_http::http::StatusCode;
use lambda_http::http::header::CACHE_CONTROL;
use lambda_http::{Body, Response};
use serde_json::{Value, json};

/// How long a description may be cached: it changes only with a release.
const KEEP: &str = "public, max-age=3600";

/// The function as Lambda runs it.
pub type Function = Api<Reference>;

/// The function's endpoint, which needs nothing.
pub struct Reference;

impl Endpoint for Reference {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(_: &Variables) -> Result<Self, ConfigError> {
        Ok(Self)
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        match request.operation() {
            Operation::ListProblems => Ok(problems(request)),
            Operation::ReadProblem => problem(request),
            Operation::ListRules => Ok(rules(request)),
            Operation::ReadRule => rule(request),
            Operation::ReadContract => Ok(contract(request)),
            Operation::ReadMessages => Ok(messages()),
            _ => Err(Problem::not_found()),
        }
    }
}

/// Something that is described under an address of its own.
struct Entry {
    address: String,
    title: String,
    /// What is said about it, one paragraph each; a link leads to another entry.
    paragraphs: Vec<String>,
    document: Value,
}

/// Every kind of problem.
fn problems(request: &Request) -> Response<Body> {
    list(request, "Problems", Kind::ALL.iter().map(|kind| of_kind(*kind)))
}

/// One kind of problem.
///
/// # Errors
/// Not found.
fn problem(request: &Request) -> Result<Response<Body>, Problem> {
    let kind = Kind::of(request.parameter("type")).ok_or_else(Problem::not_found)?;
    Ok(one(request, &of_kind(kind)))
}

/// Every rule.
fn rules(request: &Request) -> Response<Body> {
    list(request, "Rules", Rule::ALL.iter().map(|rule| of_rule(*rule)))
}

/// One rule.
///
/// # Errors
/// Not found.
fn rule(request: &Request) -> Result<Response<Body>, Problem> {
    Ok(one(request, &of_rule(request.named("id")?)))
}

/// The contract of the API, as `cargo xtask contract` wrote it down.
fn contract(request: &Request) -> Response<Body> {
    let response = match request.prefers_html() {
        true => {
            let page = include_str!("../../../infra/contract/openapi.html");
            respond::html(StatusCode::OK, page.to_owned())
        }
        false => {
            let document = include_str!("../../../infra/contract/openapi.json");
            respond::text(StatusCode::OK, "application/json", document.to_owned())
        }
    };
    respond::with(response, &[(CACHE_CONTROL, KEEP)])
}

/// What the system sends by itself, as `cargo xtask contract` wrote it down.
fn messages() -> Response<Body> {
    let document = include_str!("../../../infra/contract/asyncapi.json");
    let response = respond::text(StatusCode::OK, "application/json", document.to_owned());
    respond::with(response, &[(CACHE_CONTROL, KEEP)])
}

fn of_kind(kind: Kind) -> Entry {
    let (status, rule) = (status_of(kind), kind.rule());
    Entry {
        address: kind.reference(),
        title: kind.title().to_owned(),
        paragraphs: vec![
            kind.about().to_owned(),
            format!(
                "Problem <code>{}</code>, answered with status {status}; rule {}.",
                kind.slug(),
                link(&rule.reference(), rule.number())
            ),
        ],
        document: json!(view::kind(kind)),
    }
}

fn of_rule(rule: Rule) -> Entry {
    let mut paragraphs = vec![rule.sentence().to_owned()];
    let mark = if rule.is_in_force() { "" } else { " (decided, not in force yet)" };
    let kinds: Vec<_> = Kind::ALL
        .iter()
        .filter(|kind| kind.rule() == rule)
        .map(|kind| link(&kind.reference(), kind.slug()))
        .collect();
    if !kinds.is_empty() {
        paragraphs.push(format!("Problems that follow from it: {}.", kinds.join(", ")));
    }
    Entry {
        address: rule.reference(),
        title: format!("Rule {rule}{mark}"),
        paragraphs,
        document: json!(view::rule(rule)),
    }
}

fn one(request: &Request, entry: &Entry) -> Response<Body> {
    let response = match request.prefers_html() {
        true => {
            let paragraphs: String = entry.paragraphs.iter().map(|text| format!("<p>{text}</p>\n")).collect();
            respond::html(StatusCode::OK, page(&entry.title, &paragraphs))
        }
        false => respond::json(StatusCode::OK, &entry.document),
    };
    respond::with(response, &[(CACHE_CONTROL, KEEP)])
}

fn list(request: &Request, title: &str, entries: impl Iterator<Item = Entry>) -> Response<Body> {
    let response = match request.prefers_html() {
        true => {
            let line = |entry: Entry| {
                let about = entry.paragraphs.first().cloned().unwrap_or_default();
                format!("<dt>{}</dt>\n<dd>{about}</dd>\n", link(&entry.address, &entry.title))
            };
            let lines: String = entries.map(line).collect();
            respond::html(StatusCode::OK, page(title, &format!("<dl>\n{lines}</dl>\n")))
        }
        false => {
            let items: Vec<_> = entries.map(|entry| entry.document).collect();
            respond::json(StatusCode::OK, &Page { items, next: None, notice: None })
        }
    };
    respond::with(response, &[(CACHE_CONTROL, KEEP)])
}

fn link(address: &str, text: &str) -> String {
    format!("<a href=\"{address}\">{text}</a>")
}

/// A page without style or script. Everything on it comes from the tables of kinds and rules, so nothing needs
/// escaping.
fn page(title: &str, content: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <link rel=\"icon\" href=\"data:,\"></head>\n\
         <body>\n<h1>{title}</h1>\n{content}</body>\n</html>\n"
    )
}

#[cfg(test)]
#[path = "lib_tests.rs"]
mod tests;
