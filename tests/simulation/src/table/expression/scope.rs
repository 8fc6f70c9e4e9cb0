//! What the placeholders of a request stand for, and where paths lead in an item.

use std::borrow::Cow;
use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::table::Item;
use crate::table::fault::Fault;
use crate::table::value::invalid;

/// A path into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::table) struct Path(pub(super) Vec<Part>);

/// A part of a path, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::table) enum Part {
    /// An attribute.
    Attribute(Name),
    /// A place in a list.
    Place(usize),
}

/// The name of an attribute, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::table) enum Name {
    /// Itself.
    Literal(String),
    /// What stands for it.
    Placeholder(String),
}

/// A step of a path, with what its placeholder stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::table) enum Step<'a> {
    /// Into an attribute of a map.
    Attribute(&'a str),
    /// To a place in a list.
    Place(usize),
}

/// What the placeholders of a request stand for.
#[derive(Debug, Default, PartialEq)]
pub(in crate::table) struct Scope {
    /// Names.
    pub(in crate::table) names: HashMap<String, String>,
    /// Values.
    pub(in crate::table) values: HashMap<String, AttributeValue>,
}

impl Scope {
    /// A request's names and values.
    pub(in crate::table) fn new(
        names: Option<HashMap<String, String>>,
        values: Option<HashMap<String, AttributeValue>>,
    ) -> Result<Self, Fault> {
        for (what, is_empty) in [
            ("ExpressionAttributeNames", names.as_ref().is_some_and(HashMap::is_empty)),
            ("ExpressionAttributeValues", values.as_ref().is_some_and(HashMap::is_empty)),
        ] {
            if is_empty {
                return Err(invalid(format!("{what} must not be empty")));
            }
        }
        let (names, values) = (names.unwrap_or_default(), values.unwrap_or_default());
        for value in values.values() {
            crate::table::value::value_size(value, 0)?;
        }
        Ok(Self { names, values })
    }

    /// Nothing is given that no expression uses.
    pub(in crate::table) fn all_used<'a>(
        &self,
        names: impl Iterator<Item = &'a String> + Clone,
        values: impl Iterator<Item = &'a String> + Clone,
    ) -> Result<(), Fault> {
        let unused = |what: &str, mut unused: Vec<&str>| {
            unused.sort_unstable();
            match unused.is_empty() {
                true => Ok(()),
                false => Err(invalid(format!(
                    "Value provided in {what} unused in expressions: keys: {{{}}}",
                    unused.join(", ")
                ))),
            }
        };
        let is_unused = |given: &&String| !names.clone().any(|used| used == *given);
        unused(
            "ExpressionAttributeNames",
            self.names.keys().filter(is_unused).map(String::as_str).collect(),
        )?;
        let is_unused = |given: &&String| !values.clone().any(|used| used == *given);
        unused(
            "ExpressionAttributeValues",
            self.values.keys().filter(is_unused).map(String::as_str).collect(),
        )
    }

    /// The name of an attribute. Placeholders were checked: each stands for something.
    pub(in crate::table) fn name<'a>(&'a self, name: &'a Name) -> &'a str {
        match name {
            Name::Literal(name) => name,
            Name::Placeholder(name) => self.names.get(name).map_or("", String::as_str),
        }
    }

    /// What a placeholder stands for.
    pub(in crate::table) fn value(&self, placeholder: &str) -> Option<&AttributeValue> {
        self.values.get(placeholder)
    }

    /// The steps of a path.
    pub(in crate::table) fn steps<'a>(&'a self, path: &'a Path) -> Vec<Step<'a>> {
        let step = |part: &'a Part| match part {
            Part::Attribute(name) => Step::Attribute(self.name(name)),
            Part::Place(place) => Step::Place(*place),
        };
        path.0.iter().map(step).collect()
    }

    /// No path leads into another one.
    pub(in crate::table) fn distinct(&self, kind: &str, paths: &[&Path]) -> Result<(), Fault> {
        for (at, path) in paths.iter().enumerate() {
            let steps = self.steps(path);
            let overlaps = |other: &&&Path| {
                let others = self.steps(other);
                steps.starts_with(&others) || others.starts_with(&steps)
            };
            if let Some(other) = paths[..at].iter().find(overlaps) {
                return Err(invalid(format!(
                    "Invalid {kind}: Two document paths overlap with each other; must remove or rewrite one of these \
                     paths; path one: {}, path two: {}",
                    self.shown(other),
                    self.shown(path)
                )));
            }
        }
        Ok(())
    }

    /// What lies at a path of an item.
    pub(in crate::table) fn at<'a>(&self, item: &'a Item, path: &Path) -> Option<&'a AttributeValue> {
        let (first, rest) = path.0.split_first()?;
        let Part::Attribute(name) = first else { return None };
        rest.iter().try_fold(item.get(self.name(name))?, |value, part| match (part, value) {
            (Part::Attribute(name), AttributeValue::M(map)) => map.get(self.name(name)),
            (Part::Place(place), AttributeValue::L(list)) => list.get(*place),
            _ => None,
        })
    }

    /// A path as messages show it.
    pub(in crate::table) fn shown(&self, path: &Path) -> String {
        let shown = self.steps(path).into_iter().map(|step| match step {
            Step::Attribute(name) => Cow::Borrowed(name),
            Step::Place(place) => Cow::Owned(format!("[{place}]")),
        });
        format!("[{}]", shown.collect::<Vec<_>>().join(", "))
    }
}
