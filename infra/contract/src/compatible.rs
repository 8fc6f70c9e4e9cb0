//! Whether a client of an earlier contract can go on with a later one (the page on how the API evolves says what that
//! means): what was accepted is accepted, and what is answered is understood.
//!
//! Requests may come to be accepted that were not, answers may gain fields, and closed lists in answers may grow. Everything
//! else that a client could notice is a break.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Which way a schema is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    /// By us: it may only become wider.
    Request,
    /// By a client: it may only become narrower, or gain fields.
    Answer,
}

/// Everything in `new` that a client of `old` could trip over, each with its place.
pub fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let mut comparison = Comparison { old, new, place: Vec::new(), breaks: Vec::new(), depth: 0 };
    comparison.paths();
    comparison.breaks
}

struct Comparison<'a> {
    old: &'a Value,
    new: &'a Value,
    place: Vec<String>,
    breaks: Vec<String>,
    depth: usize,
}

/// How deep schemas are compared: further in than any is nested.
const DEEPEST: usize = 40;

impl<'a> Comparison<'a> {
    fn broken(&mut self, what: impl AsRef<str>) {
        self.breaks.push(format!("{}: {}", self.place.join(" "), what.as_ref()));
    }

    fn at(&mut self, place: impl Into<String>, compare: impl FnOnce(&mut Self)) {
        self.place.push(place.into());
        compare(self);
        self.place.pop();
    }

    fn paths(&mut self) {
        let (old, new) = (self.old, self.new);
        for (path, methods) in entries(&old["paths"]) {
            for (method, operation) in entries(methods) {
                self.at(format!("{} {path}", method.to_uppercase()), |this| {
                    match &new["paths"][path][method] {
                        Value::Null => this.broken("the route is gone"),
                        later => this.operation(operation, later),
                    }
                });
            }
        }
    }

    fn operation(&mut self, old: &'a Value, new: &'a Value) {
        if old["operationId"] != new["operationId"] {
            self.broken("its operationId has changed, and with it the names in generated clients");
        }
        let is_public = |operation: &Value| operation["security"].as_array().is_some_and(Vec::is_empty);
        if is_public(old) && !is_public(new) {
            self.broken("it needs a token now");
        }
        self.parameters(old, new);
        self.at("body", |this| this.body(&old["requestBody"], &new["requestBody"]));
        for (status, answer) in entries(&old["responses"]) {
            self.at(format!("answer {status}"), |this| {
                let later = &new["responses"][status];
                if later.is_null() {
                    return this.broken("it is gone");
                }
                for (name, header) in entries(&answer["headers"]) {
                    if later["headers"][name].is_null() && !header.is_null() {
                        this.broken(format!("the header {name} is gone"));
                    }
                }
                this.contents(&answer["content"], &later["content"], Direction::Answer);
            });
        }
        for (status, _) in entries(&new["responses"]) {
            if status.starts_with('2') && old["responses"][status].is_null() {
                self.broken(format!("it answers {status} now, which clients do not know"));
            }
        }
    }

    fn parameters(&mut self, old: &'a Value, new: &'a Value) {
        let (known, later) = (parameters(self.old, old), parameters(self.new, new));
        let same = |one: &Value, other: &Value| one["name"] == other["name"] && one["in"] == other["in"];
        for parameter in &known {
            self.at(format!("parameter {}", parameter["name"]), |this| {
                match later.iter().find(|later| same(parameter, later)) {
                    None => this.broken("it is gone"),
                    Some(later) => {
                        if later["required"] == true && parameter["required"] != true {
                            this.broken("it is required now");
                        }
                        this.schemas(&parameter["schema"], &later["schema"], Direction::Request);
                    }
                }
            });
        }
        for parameter in later.iter().filter(|later| later["required"] == true) {
            if !known.iter().any(|known| same(known, parameter)) {
                self.broken(format!("the parameter {} is required now", parameter["name"]));
            }
        }
    }

    fn body(&mut self, old: &'a Value, new: &'a Value) {
        if new["required"] == true && old["required"] != true {
            self.broken("it is required now");
        }
        self.contents(&old["content"], &new["content"], Direction::Request);
    }

    fn contents(&mut self, old: &'a Value, new: &'a Value, direction: Direction) {
        for (kind, content) in entries(old) {
            self.at(kind, |this| match &new[kind] {
                Value::Null => this.broken("the media type is gone"),
                later => this.schemas(&content["schema"], &later["schema"], direction),
            });
        }
    }

    fn schemas(&mut self, old: &'a Value, new: &'a Value, direction: Direction) {
        if old.is_null() || self.depth > DEEPEST {
            return;
        }
        let (old, new) = (resolved(self.old, old), resolved(self.new, new));
        self.depth += 1;
        match direction {
            Direction::Request => self.wider(old, new),
            Direction::Answer => self.narrower(old, new),
        }
        self.depth -= 1;
    }

    /// What is read of a request: everything that was accepted still is.
    fn wider(&mut self, old: &'a Value, new: &'a Value) {
        if self.alternatives(old, new, Direction::Request) {
            return;
        }
        if !types(old).is_subset(&types(new)) && !types(new).is_empty() {
            self.broken(format!("its type was {}, and is {}", words(&types(old)), words(&types(new))));
        }
        let (values, later) = (values(old), values(new));
        if !later.is_empty() && (values.is_empty() || !values.is_subset(&later)) {
            self.broken(format!("it takes only {} now", words(&later)));
        }
        for key in ["pattern", "format", "uniqueItems", "multipleOf"] {
            if !new[key].is_null() && new[key] != old[key] {
                self.broken(format!("its {key} is {} now", new[key]));
            }
        }
        for key in ["minimum", "minLength", "minItems"] {
            if bound(new, key).is_some_and(|later| bound(old, key).is_none_or(|known| later > known)) {
                self.broken(format!("its {key} is {} now", new[key]));
            }
        }
        for key in ["maximum", "maxLength", "maxItems"] {
            if bound(new, key).is_some_and(|later| bound(old, key).is_none_or(|known| later < known)) {
                self.broken(format!("its {key} is {} now", new[key]));
            }
        }
        for name in required(new).difference(&required(old)) {
            self.broken(format!("the field {name} is required now"));
        }
        let is_closed = new["additionalProperties"] == false;
        if is_closed && old["type"] == "object" && old["additionalProperties"] != false {
            self.broken("it takes no other fields now");
        }
        for (name, field) in entries(&old["properties"]) {
            self.at(name, |this| match &new["properties"][name] {
                Value::Null if is_closed => this.broken("the field is refused now"),
                later => this.schemas(field, later, Direction::Request),
            });
        }
        if !old["items"].is_null() {
            self.at("items", |this| this.schemas(&old["items"], &new["items"], Direction::Request));
        }
    }

    /// What a client reads of an answer: everything that it relied on is still there.
    fn narrower(&mut self, old: &'a Value, new: &'a Value) {
        if self.alternatives(old, new, Direction::Answer) {
            return;
        }
        let (known, later) = (types(old), types(new));
        if !known.is_empty() && (later.is_empty() || !later.is_subset(&known)) {
            self.broken(format!("its type was {}, and is {}", words(&known), words(&later)));
        }
        if !values(old).is_empty() && values(new).is_empty() {
            self.broken("it is no longer one of a list of values");
        }
        for key in ["pattern", "format", "const"] {
            if !old[key].is_null() && new[key] != old[key] {
                self.broken(format!("its {key} was {}, and is {}", old[key], new[key]));
            }
        }
        for name in required(old).difference(&required(new)) {
            self.broken(format!("the field {name} may be missing now"));
        }
        for (name, field) in entries(&old["properties"]) {
            self.at(name, |this| match &new["properties"][name] {
                Value::Null => this.broken("the field is gone"),
                later => this.schemas(field, later, Direction::Answer),
            });
        }
        if !old["items"].is_null() {
            self.at("items", |this| this.schemas(&old["items"], &new["items"], Direction::Answer));
        }
    }

    /// Compares schemas of which one is a choice between several: of a request, each that there was has to be taken by one
    /// that there is; of an answer, each that there is has to be one that there was. Whether they were compared.
    fn alternatives(&mut self, old: &'a Value, new: &'a Value, direction: Direction) -> bool {
        if choices(old).is_none() && choices(new).is_none() {
            return false;
        }
        let (known, later) =
            (choices(old).unwrap_or_else(|| vec![old]), choices(new).unwrap_or_else(|| vec![new]));
        let (each, of) = match direction {
            Direction::Request => (&known, &later),
            Direction::Answer => (&later, &known),
        };
        for one in each {
            // The same one first: most of a long list has not changed.
            let likely = of.iter().filter(|other| *other == one);
            let fits = likely.chain(of).any(|other| {
                let (before, after) = match direction {
                    Direction::Request => (*one, *other),
                    Direction::Answer => (*other, *one),
                };
                let mut apart = Comparison {
                    old: self.old,
                    new: self.new,
                    place: Vec::new(),
                    breaks: Vec::new(),
                    depth: self.depth,
                };
                apart.schemas(before, after, direction);
                apart.breaks.is_empty()
            });
            if !fits {
                self.broken("one of its forms fits none of the others' any more");
            }
        }
        true
    }
}

fn choices(schema: &Value) -> Option<Vec<&Value>> {
    let choices = ["anyOf", "oneOf"].iter().find_map(|key| schema[*key].as_array())?;
    Some(choices.iter().collect())
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn parameters<'a>(document: &'a Value, operation: &'a Value) -> Vec<&'a Value> {
    let listed = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    listed.iter().map(|parameter| resolved(document, parameter)).collect()
}

/// What a reference within a document leads to.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let mut value = value;
    for _ in 0..DEEPEST {
        let Some(pointer) = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) else {
            break;
        };
        value = document.pointer(pointer).unwrap_or(&Value::Null);
    }
    value
}

fn bound(schema: &Value, key: &str) -> Option<u64> {
    schema[key].as_u64()
}

fn types(schema: &Value) -> BTreeSet<String> {
    texts(&schema["type"])
}

fn required(schema: &Value) -> BTreeSet<String> {
    texts(&schema["required"])
}

/// The values of a closed list, null apart: that is a type.
fn values(schema: &Value) -> BTreeSet<String> {
    let one = (!schema["const"].is_null()).then(|| schema["const"].to_string());
    let many = schema["enum"].as_array().into_iter().flatten().filter(|value| !value.is_null());
    many.map(Value::to_string).chain(one).collect()
}

fn texts(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) => BTreeSet::from([text.clone()]),
        Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}

fn words(names: &BTreeSet<String>) -> String {
    names.iter().cloned().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[path = "compatible_tests.rs"]
mod tests;
