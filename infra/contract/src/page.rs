//! The contract as a page for people: what the document says, and nothing besides.

use askama::Template;
use serde_json::{Map, Value};

#[derive(Template)]
#[template(path = "contract.html.j2")]
struct Page<'a> {
    title: &'a str,
    version: &'a str,
    openapi: &'a str,
    description: Vec<&'a str>,
    groups: Vec<Group<'a>>,
    schemas: Vec<Schema<'a>>,
}

struct Group<'a> {
    name: &'a str,
    description: &'a str,
    operations: Vec<Operation<'a>>,
}

struct Operation<'a> {
    id: &'a str,
    method: String,
    path: &'a str,
    summary: &'a str,
    who: &'a str,
    parameters: Vec<Field<'a>>,
    /// As HTML.
    body: Option<String>,
    example: Option<String>,
    answers: Vec<Answer<'a>>,
}

struct Answer<'a> {
    status: &'a str,
    /// As HTML.
    about: String,
}

struct Schema<'a> {
    name: &'a str,
    about: Vec<&'a str>,
    /// The fields of each form that it may have.
    forms: Vec<Vec<Field<'a>>>,
    /// What it is if it is no object, as HTML.
    kind: Option<String>,
}

struct Field<'a> {
    name: &'a str,
    place: &'a str,
    is_required: bool,
    /// As HTML.
    kind: String,
    about: &'a str,
}

/// The page.
///
/// # Errors
/// When the template fails.
pub fn page(document: &Value) -> askama::Result<String> {
    let info = &document["info"];
    let groups = items(&document["tags"]).map(|tag| {
        let name = text(&tag["name"]);
        let operations = entries(&document["paths"]).flat_map(|(path, methods)| {
            entries(methods)
                .filter(|(_, one)| items(&one["tags"]).any(|tag| tag == name))
                .map(move |(method, one)| operation(document, path, method, one))
        });
        Group { name, description: text(&tag["description"]), operations: operations.collect() }
    });
    Page {
        title: text(&info["title"]),
        version: text(&info["version"]),
        openapi: text(&document["openapi"]),
        description: text(&info["description"]).split("\n\n").collect(),
        groups: groups.collect(),
        schemas: entries(&document["components"]["schemas"]).map(|(name, one)| schema(name, one)).collect(),
    }
    .render()
}

fn operation<'a>(document: &'a Value, path: &'a str, method: &str, one: &'a Value) -> Operation<'a> {
    let parameters = items(&one["parameters"]).map(|parameter| {
        let pointer = parameter["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        let parameter = pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(parameter);
        Field {
            name: text(&parameter["name"]),
            place: text(&parameter["in"]),
            is_required: parameter["required"] == true,
            kind: kind(&parameter["schema"]),
            about: text(&parameter["description"]),
        }
    });
    let content = entries(&one["requestBody"]["content"]).map(|(_, content)| content).next();
    let example = content.and_then(|content| content.get("example"));
    Operation {
        id: text(&one["operationId"]),
        method: method.to_uppercase(),
        path,
        summary: text(&one["summary"]),
        who: text(&one["description"]),
        parameters: parameters.collect(),
        body: content.map(|content| kind(&content["schema"])),
        example: example
            .filter(|example| example.as_object().is_none_or(|fields| !fields.is_empty()))
            .map(|example| format!("{example:#}")),
        answers: entries(&one["responses"]).map(|(status, answer)| self::answer(status, answer)).collect(),
    }
}

fn answer<'a>(status: &'a str, answer: &'a Value) -> Answer<'a> {
    let problems: Vec<_> = items(&answer["x-problems"])
        .map(|slug| format!("<a href=\"/v1/problems/{0}\">{0}</a>", escaped(text(slug))))
        .collect();
    let body = entries(&answer["content"]).next().map(|(_, content)| kind(&content["schema"]));
    let about = match (problems.is_empty(), body) {
        (false, _) => problems.join(", "),
        (true, Some(body)) => body,
        (true, None) => escaped(text(&answer["description"])),
    };
    Answer { status, about }
}

fn schema<'a>(name: &'a str, one: &'a Value) -> Schema<'a> {
    let choices: Vec<&Value> = ["anyOf", "oneOf"].iter().flat_map(|key| items(&one[*key])).collect();
    let forms: Vec<&Value> = if choices.is_empty() { vec![one] } else { choices };
    let is_object = forms.iter().all(|form| form["properties"].is_object());
    Schema {
        name,
        about: text(&one["description"]).split('\n').filter(|line| !line.is_empty()).collect(),
        forms: if is_object { forms.iter().map(|form| fields(form)).collect() } else { Vec::new() },
        kind: (!is_object).then(|| kind(one)),
    }
}

fn fields(form: &Value) -> Vec<Field<'_>> {
    entries(&form["properties"])
        .map(|(name, field)| Field {
            name,
            place: "",
            is_required: items(&form["required"]).any(|required| required == name),
            kind: kind(field),
            about: text(&field["description"]),
        })
        .collect()
}

/// What a value is, in a few words of HTML; what has a name is a link to it.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return format!("<a href=\"#{0}\">{0}</a>", escaped(name));
    }
    let choices = ["anyOf", "oneOf"].iter().flat_map(|key| items(&schema[*key]));
    let choices: Vec<_> = choices.filter(|choice| choice["type"] != "null").map(kind).collect();
    if !choices.is_empty() {
        return choices.join(" or ");
    }
    let values: Vec<_> = items(&schema["enum"]).filter(|value| !value.is_null()).collect();
    if !values.is_empty() || !schema["const"].is_null() {
        let values = values.into_iter().chain(Some(&schema["const"]).filter(|value| !value.is_null()));
        let words = values
            .map(|value| format!("<code>{}</code>", escaped(value.as_str().unwrap_or(&value.to_string()))));
        return words.collect::<Vec<_>>().join(", ");
    }
    let types: Vec<_> = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        several => items(several).map(text).filter(|name| *name != "null").collect(),
    };
    let mut words = match types.as_slice() {
        ["array"] => format!("list of {}", kind(&schema["items"])),
        ["object"] if schema["properties"].is_object() => {
            let inside = fields(schema).into_iter().map(|field| {
                let mark = if field.is_required { "" } else { "?" };
                format!("<code>{}</code>{mark}: {}", escaped(field.name), field.kind)
            });
            format!("{{ {} }}", inside.collect::<Vec<_>>().join("; "))
        }
        [] => "anything".to_owned(),
        types => escaped(&types.join(" or ")),
    };
    if let Some(format) = schema["format"].as_str() {
        words.push_str(&format!(" ({})", escaped(format)));
    }
    for (least, most, unit) in [
        ("minLength", "maxLength", "characters"),
        ("minItems", "maxItems", "items"),
        ("minimum", "maximum", ""),
    ] {
        match (schema[least].as_u64(), schema[most].as_u64()) {
            (Some(least), Some(most)) => words.push_str(&format!(", {least} to {most} {unit}")),
            (None, Some(most)) => words.push_str(&format!(", at most {most} {unit}")),
            (Some(least), None) => words.push_str(&format!(", at least {least} {unit}")),
            (None, None) => {}
        }
    }
    words.trim_end().to_owned()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
