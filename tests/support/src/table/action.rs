//! One write of one item, alone or as one action of a transaction.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;

use super::expression::{self, Condition, Parsed, Scope, Update};
use super::schema::Schema;
use super::value::{Key, invalid, size_of, type_name};
use super::view::Change;
use super::{Item, Table, TableError};

/// What a write does with its item.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum WriteKind {
    Put(Arc<Item>),
    /// Without an expression, an update creates an item that does not exist yet.
    Update(Option<Arc<Parsed<Update>>>),
    Delete,
    /// Changes nothing: only the condition matters.
    Check,
}

/// The parameters that all kinds of writes have.
#[derive(Debug, Default)]
pub(super) struct WriteParameters {
    pub(super) condition: Option<String>,
    pub(super) names: Option<HashMap<String, String>>,
    pub(super) values: Option<HashMap<String, AttributeValue>>,
    pub(super) shows_old: bool,
}

/// A write that was checked as far as possible without looking at its item.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Action {
    pub(super) key: Key,
    kind: WriteKind,
    condition: Option<Arc<Parsed<Condition>>>,
    scope: Scope,
    shows_old: bool,
    /// The size of the new item of a put.
    size: usize,
}

impl Action {
    pub(super) fn new(
        schema: &Schema,
        key: Key,
        kind: WriteKind,
        parameters: WriteParameters,
    ) -> Result<Self, TableError> {
        let scope = Scope::new(parameters.names, parameters.values)?;
        let condition = parameters.condition.as_deref();
        let condition =
            condition.map(|text| expression::condition("ConditionExpression", text)).transpose()?;
        if let Some(condition) = &condition {
            condition.check("ConditionExpression", &scope)?;
            condition.tree.check(&scope)?;
        }
        let update = match &kind {
            WriteKind::Update(update) => update.as_ref(),
            _ => None,
        };
        if let Some(update) = update {
            update.check("UpdateExpression", &scope)?;
            update.tree.check(&scope, &schema.keys)?;
        }
        let names =
            condition.iter().flat_map(|used| &used.names).chain(update.iter().flat_map(|used| &used.names));
        let values =
            condition.iter().flat_map(|used| &used.values).chain(update.iter().flat_map(|used| &used.values));
        scope.all_used(names, values)?;
        let mut size = 0;
        if let WriteKind::Put(item) = &kind {
            size = size_of(item)?;
            check_index_keys(schema, item)?;
        }
        Ok(Self { key, kind, condition, scope, shows_old: parameters.shows_old, size })
    }
}

impl Table {
    /// What an action would change if its condition holds, and how many bytes it would write.
    pub(super) fn evaluate(&self, action: &Action) -> Result<(Change, usize), TableError> {
        let old = self.base.get(&action.key);
        if let Some(condition) = &action.condition {
            let nothing = Item::new();
            let item = old.map_or(&nothing, Arc::as_ref);
            if !condition.tree.holds(item, &action.scope)? {
                let item = old.filter(|_| action.shows_old).map(|item| Item::clone(item));
                return Err(TableError::ConditionFailed { item });
            }
        }
        let (new, size) = match &action.kind {
            WriteKind::Put(item) => (Some(Arc::clone(item)), action.size),
            WriteKind::Update(update) => {
                let (new, size) = self.updated(action, old, update.as_deref())?;
                (Some(Arc::new(new)), size)
            }
            WriteKind::Delete => (None, 0),
            WriteKind::Check => (old.cloned(), 0),
        };
        Ok((Change { key: action.key.clone(), old: old.cloned(), new }, size))
    }

    fn updated(
        &self,
        action: &Action,
        old: Option<&Arc<Item>>,
        update: Option<&Parsed<Update>>,
    ) -> Result<(Item, usize), TableError> {
        let empty = || action.key.attributes(&self.schema.keys);
        let new = match (old, update) {
            (Some(old), Some(update)) => update.tree.apply(old, &action.scope)?,
            (Some(old), None) => Item::clone(old),
            (None, Some(update)) => update.tree.apply(&empty(), &action.scope)?,
            (None, None) => empty(),
        };
        let size = size_of(&new).map_err(|error| match error {
            TableError::Validation(message) if message.starts_with("Item size") => {
                invalid("Item size to update has exceeded the maximum allowed size")
            }
            other => other,
        })?;
        check_index_keys(&self.schema, &new)?;
        Ok((new, size))
    }
}

/// Fails unless every attribute that is part of an index's key is text that is not empty.
fn check_index_keys(schema: &Schema, item: &Item) -> Result<(), TableError> {
    for index in &schema.indexes {
        for name in index.keys.names() {
            let wrong = match item.get(name) {
                None => continue,
                Some(AttributeValue::S(text)) if !text.is_empty() => continue,
                Some(AttributeValue::S(_)) => {
                    "The AttributeValue for a key attribute cannot contain an empty string value.".to_owned()
                }
                Some(other) => {
                    format!("Type mismatch for Index Key {name} Expected: S Actual: {}", type_name(other))
                }
            };
            return Err(invalid(format!(
                "One or more parameter values were invalid: {wrong} IndexName: {}, IndexKey: {name}",
                index.name
            )));
        }
    }
    Ok(())
}
