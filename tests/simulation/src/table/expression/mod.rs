//! The expression language, as far as the product uses it: conditions, updates, projections, key conditions. What is
//! outside of it is refused by name, never taken for true.
//!
//! An expression is parsed once for each text, whatever its placeholders stand for.

mod condition;
mod lexer;
mod parser;
mod scope;
mod update;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

pub(super) use condition::{Comparison, Condition, Operand};
pub(super) use scope::{Path, Scope, Step};
pub(super) use update::Update;

use super::fault::Fault;
use super::value::invalid;

/// An expression, parsed.
#[derive(Debug)]
pub(super) struct Parsed<T> {
    /// Its text.
    text: String,
    /// What it says.
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

/// A condition, `kind` being the parameter that holds it.
pub(super) fn condition(kind: &'static str, text: &str) -> Result<Arc<Parsed<Condition>>, Fault> {
    CONDITIONS.with(|cache| cached(cache, kind, text, |parser| parser.condition()))
}

/// What an update does.
pub(super) fn update(text: &str) -> Result<Arc<Parsed<Update>>, Fault> {
    UPDATES.with(|cache| cached(cache, "UpdateExpression", text, |parser| parser.update()))
}

/// Which attributes a read returns.
pub(super) fn projection(text: &str) -> Result<Arc<Parsed<Vec<Path>>>, Fault> {
    PROJECTIONS.with(|cache| cached(cache, "ProjectionExpression", text, |parser| parser.projection()))
}

fn cached<T>(
    cache: &Cache<T>,
    kind: &'static str,
    text: &str,
    parse: impl Fn(&mut parser::Parser<'_>) -> Result<T, String>,
) -> Result<Arc<Parsed<T>>, Fault> {
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
    /// Every placeholder stands for something; `kind` is the parameter that holds the expression.
    pub(super) fn check(&self, kind: &str, scope: &Scope) -> Result<(), Fault> {
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
