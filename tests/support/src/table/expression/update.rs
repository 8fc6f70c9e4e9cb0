//! Update expressions. Every operand is read from the item as it was before the update.

use aws_sdk_dynamodb::types::AttributeValue;

use super::condition::Operand;
use super::scope::{Path, PathStep, Scope};
use crate::table::Item;
use crate::table::error::TableError;
use crate::table::schema::Keys;
use crate::table::value::{integer, invalid, unsupported};

/// An update expression.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(in crate::table) struct Update {
    /// The paths that are set, and to what.
    pub(super) set: Vec<(Path, Term)>,
    /// The paths that are removed.
    pub(super) remove: Vec<Path>,
    /// The paths of numbers, and the placeholders of what is added to them.
    pub(super) add: Vec<(Path, String)>,
}

/// The value that a path is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    One(Factor),
    Sum(Factor, Factor),
    Difference(Factor, Factor),
}

/// A part of a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Factor {
    Operand(Operand),
    /// The attribute at the path, or the operand if there is none.
    OrElse(Path, Operand),
}

impl Update {
    /// Fails unless all paths can be written, and none is a part of another.
    pub(in crate::table) fn check(&self, scope: &Scope, keys: &Keys) -> Result<(), TableError> {
        let set = self.set.iter().map(|(path, _)| path);
        let paths: Vec<&Path> =
            set.chain(&self.remove).chain(self.add.iter().map(|(path, _)| path)).collect();
        scope.distinct("UpdateExpression", &paths)?;
        for path in paths {
            let steps = scope.steps(path);
            if steps.iter().any(|step| matches!(step, PathStep::Index(_))) {
                return Err(unsupported(&format!(
                    "updates of list elements such as {}",
                    scope.describe(path)
                )));
            }
            if let [PathStep::Attribute(name)] = steps[..]
                && keys.names().any(|key| name == key)
            {
                return Err(invalid(format!(
                    "One or more parameter values were invalid: Cannot update attribute {name}. \
                     This attribute is part of the key"
                )));
            }
        }
        for (path, value) in &self.add {
            if scope.steps(path).len() > 1 {
                return Err(unsupported(&format!(
                    "ADD to a nested attribute such as {}",
                    scope.describe(path)
                )));
            }
            if !matches!(scope.value(value), Some(AttributeValue::N(_))) {
                return Err(unsupported(&format!("ADD of anything but a number, such as {value}")));
            }
        }
        Ok(())
    }

    /// The item after the update.
    pub(in crate::table) fn apply(&self, old: &Item, scope: &Scope) -> Result<Item, TableError> {
        let mut item = old.clone();
        for (path, term) in &self.set {
            let value = term.of(old, scope)?;
            let (parent, name) = parent_of(&mut item, scope, path)?;
            parent.insert(name, value);
        }
        for path in &self.remove {
            let (parent, name) = parent_of(&mut item, scope, path)?;
            parent.remove(&name);
        }
        for (path, value) in &self.add {
            let added = scope.value(value).ok_or_else(|| invalid("nothing to add"))?;
            let sum = match scope.at(old, path) {
                Some(before) => calculate(before, added, i128::checked_add)?,
                None => added.clone(),
            };
            let (parent, name) = parent_of(&mut item, scope, path)?;
            parent.insert(name, sum);
        }
        Ok(item)
    }
}

/// The map that contains the last attribute of a path, and the name of that attribute.
fn parent_of<'a>(
    item: &'a mut Item,
    scope: &Scope,
    path: &Path,
) -> Result<(&'a mut Item, String), TableError> {
    let not_found = || invalid("The document path provided in the update expression is invalid for update");
    let steps = scope.steps(path);
    let (Some((PathStep::Attribute(last), before)), false) = (steps.split_last(), steps.is_empty()) else {
        return Err(not_found());
    };
    let mut parent = item;
    for step in before {
        let PathStep::Attribute(name) = step else { return Err(not_found()) };
        let Some(AttributeValue::M(map)) = parent.get_mut(*name) else { return Err(not_found()) };
        parent = map;
    }
    Ok((parent, (*last).to_owned()))
}

impl Term {
    fn of(&self, item: &Item, scope: &Scope) -> Result<AttributeValue, TableError> {
        match self {
            Self::One(factor) => factor.of(item, scope).cloned(),
            Self::Sum(left, right) => {
                calculate(left.of(item, scope)?, right.of(item, scope)?, i128::checked_add)
            }
            Self::Difference(left, right) => {
                calculate(left.of(item, scope)?, right.of(item, scope)?, i128::checked_sub)
            }
        }
    }
}

impl Factor {
    fn of<'a>(&'a self, item: &'a Item, scope: &'a Scope) -> Result<&'a AttributeValue, TableError> {
        let operand = match self {
            Self::Operand(operand) => operand,
            Self::OrElse(path, otherwise) => match scope.at(item, path) {
                Some(value) => return Ok(value),
                None => otherwise,
            },
        };
        let found = match operand {
            Operand::Path(path) => scope.at(item, path),
            Operand::Value(placeholder) => scope.value(placeholder),
        };
        found.ok_or_else(|| {
            invalid("The provided expression refers to an attribute that does not exist in the item")
        })
    }
}

fn calculate(
    left: &AttributeValue,
    right: &AttributeValue,
    operation: fn(i128, i128) -> Option<i128>,
) -> Result<AttributeValue, TableError> {
    let (AttributeValue::N(left), AttributeValue::N(right)) = (left, right) else {
        return Err(invalid("An operand in the update expression has an incorrect data type"));
    };
    let result = operation(integer(left)?, integer(right)?);
    let result = result.ok_or_else(|| unsupported("numbers as large as these"))?;
    Ok(AttributeValue::N(result.to_string()))
}
