//! The expression language, as far as the product uses it: conditions, updates, projections and key conditions. Other
//! parts of the language are refused with an error that names them.
//!
//! Expressions are cached by their text, so that each is parsed only once.

mod condition;
mod lexer;
mod parser;
mod scope;
mod update;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

pub(super) use condition::{Comparison, Condition, Operand};
pub(super) use scope::{Path, PathStep, Scope};
pub(super) use update::Update;

use super::error::TableError;
use super::value::invalid;

/// A parsed expression.
#[derive(Debug)]
pub(super) struct Parsed<T> {
    /// The text that was parsed.
    text: String,
    /// Its syntax tree.
    pub(super) tree: T,
    /// The placeholders of names that it uses.
    pub(super) names: BTreeSet<String>,
    /// The placeholders of values that it uses.
    pub(super) values: BTreeSet<String>,
}

/// Two expressions are equal if their texts are.
impl<T> PartialEq for Parsed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

type Cache<T> = RefCell<HashMap<String, Arc<Parsed<T>>>>;

thread_local! {
    static CONDITIONS: Cache<Condition> = RefCell::default();
    static UPDATES: Cache<Update> = RefCell::default();
    static PROJECTIONS: Cache<Vec<Path>> = RefCell::default();
}

/// Parses a condition. `kind` is the parameter that contains it.
pub(super) fn condition(kind: &'static str, text: &str) -> Result<Arc<Parsed<Condition>>, TableError> {
    CONDITIONS.with(|cache| cached(cache, kind, text, |parser| parser.condition()))
}

/// Parses an update expression.
pub(super) fn update(text: &str) -> Result<Arc<Parsed<Update>>, TableError> {
    UPDATES.with(|cache| cached(cache, "UpdateExpression", text, |parser| parser.update()))
}

/// Parses a projection expression.
pub(super) fn projection(text: &str) -> Result<Arc<Parsed<Vec<Path>>>, TableError> {
    PROJECTIONS.with(|cache| cached(cache, "ProjectionExpression", text, |parser| parser.projection()))
}

fn cached<T>(
    cache: &Cache<T>,
    kind: &'static str,
    text: &str,
    parse: impl Fn(&mut parser::Parser<'_>) -> Result<T, String>,
) -> Result<Arc<Parsed<T>>, TableError> {
    if let Some(parsed) = cache.borrow().get(text) {
        return Ok(Arc::clone(parsed));
    }
    let wrong = |message: String| invalid(format!("Invalid {kind}: {message}"));
    let mut parser = parser::Parser::new(text).map_err(wrong)?;
    let tree = parse(&mut parser).and_then(|tree| parser.end().map(|()| tree)).map_err(wrong)?;
    let (names, values) = parser.used();
    let parsed = Arc::new(Parsed { text: text.to_owned(), tree, names, values });
    cache.borrow_mut().insert(text.to_owned(), Arc::clone(&parsed));
    Ok(parsed)
}

impl<T> Parsed<T> {
    /// Fails unless every placeholder is defined. `kind` is the parameter that contains the expression.
    pub(super) fn check(&self, kind: &str, scope: &Scope) -> Result<(), TableError> {
        if let Some(name) = self.names.iter().find(|name| !scope.names.contains_key(*name)) {
            return Err(invalid(format!(
                "Invalid {kind}: An expression attribute name used in the document path is not defined; \
                 attribute name: {name}"
            )));
        }
        if let Some(value) = self.values.iter().find(|value| !scope.values.contains_key(*value)) {
            return Err(invalid(format!(
                "Invalid {kind}: An expression attribute value used in expression is not defined; \
                 attribute value: {value}"
            )));
        }
        Ok(())
    }
}
