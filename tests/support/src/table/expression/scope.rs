//! The values of a request's placeholders, and the paths into an item.

use std::borrow::Cow;
use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::table::Item;
use crate::table::error::TableError;
use crate::table::value::invalid;

/// A path into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::table) struct Path(pub(super) Vec<Part>);

/// A part of a path, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::table) enum Part {
    Attribute(Name),
    /// An index of a list.
    Index(usize),
}

/// The name of an attribute, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::table) enum Name {
    Literal(String),
    Placeholder(String),
}

/// A part of a path, with its placeholder replaced by the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::table) enum PathStep<'a> {
    Attribute(&'a str),
    /// An index of a list.
    Index(usize),
}

/// The names and values for which a request has placeholders.
#[derive(Debug, Default, Clone, PartialEq)]
pub(in crate::table) struct Scope {
    pub(in crate::table) names: HashMap<String, String>,
    pub(in crate::table) values: HashMap<String, AttributeValue>,
}

impl Scope {
    /// The names and values of a request.
    pub(in crate::table) fn new(
        names: Option<HashMap<String, String>>,
        values: Option<HashMap<String, AttributeValue>>,
    ) -> Result<Self, TableError> {
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

    /// Fails unless the expressions use all placeholders of the request.
    pub(in crate::table) fn all_used<'a>(
        &self,
        names: impl Iterator<Item = &'a String> + Clone,
        values: impl Iterator<Item = &'a String> + Clone,
    ) -> Result<(), TableError> {
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

    /// The name of an attribute. It was checked before that all placeholders are defined.
    pub(in crate::table) fn name<'a>(&'a self, name: &'a Name) -> &'a str {
        match name {
            Name::Literal(name) => name,
            Name::Placeholder(name) => self.names.get(name).map_or("", String::as_str),
        }
    }

    /// The value of a placeholder.
    pub(in crate::table) fn value(&self, placeholder: &str) -> Option<&AttributeValue> {
        self.values.get(placeholder)
    }

    pub(in crate::table) fn steps<'a>(&'a self, path: &'a Path) -> Vec<PathStep<'a>> {
        let step = |part: &'a Part| match part {
            Part::Attribute(name) => PathStep::Attribute(self.name(name)),
            Part::Index(index) => PathStep::Index(*index),
        };
        path.0.iter().map(step).collect()
    }

    /// Fails if one path is a part of another one.
    pub(in crate::table) fn distinct(&self, kind: &str, paths: &[&Path]) -> Result<(), TableError> {
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
                    self.describe(other),
                    self.describe(path)
                )));
            }
        }
        Ok(())
    }

    /// The attribute at a path of an item.
    pub(in crate::table) fn at<'a>(&self, item: &'a Item, path: &Path) -> Option<&'a AttributeValue> {
        let (first, rest) = path.0.split_first()?;
        let Part::Attribute(name) = first else { return None };
        rest.iter().try_fold(item.get(self.name(name))?, |value, part| match (part, value) {
            (Part::Attribute(name), AttributeValue::M(map)) => map.get(self.name(name)),
            (Part::Index(index), AttributeValue::L(list)) => list.get(*index),
            _ => None,
        })
    }

    /// A path in the form that error messages have it.
    pub(in crate::table) fn describe(&self, path: &Path) -> String {
        let parts = self.steps(path).into_iter().map(|step| match step {
            PathStep::Attribute(name) => Cow::Borrowed(name),
            PathStep::Index(index) => Cow::Owned(format!("[{index}]")),
        });
        format!("[{}]", parts.collect::<Vec<_>>().join(", "))
    }
}
