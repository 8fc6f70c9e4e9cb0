//! GetItem and BatchGetItem.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use super::expression::{self, Parsed, Path, PathStep, Scope};
use super::value::{Key, invalid, size_of, unsupported};
use super::view::SortedItems;
use super::{Item, OperationResult, Table, TableError, capacity, refuse_unsupported};

/// How many keys a batch has at most.
const BATCH_KEYS: usize = 100;
/// How many bytes a batch returns at most.
const BATCH_BYTES: usize = 16 * 1024 * 1024;

/// Which attributes of an item a read returns: those of a projection expression, or all.
#[derive(Debug)]
pub(super) struct ReadProjection {
    paths: Option<Arc<Parsed<Vec<Path>>>>,
    scope: Scope,
}

impl ReadProjection {
    pub(super) fn new(expression: Option<&str>, scope: Scope) -> Result<Self, TableError> {
        let paths = expression.map(expression::projection).transpose()?;
        if let Some(paths) = &paths {
            paths.check("ProjectionExpression", &scope)?;
            scope.distinct("ProjectionExpression", &paths.tree.iter().collect::<Vec<_>>())?;
            if paths
                .tree
                .iter()
                .any(|path| scope.steps(path).iter().any(|step| matches!(step, PathStep::Index(_))))
            {
                return Err(unsupported("elements of a list in a ProjectionExpression"));
            }
        }
        Ok(Self { paths, scope })
    }

    /// A projection expression that must use all names of the request.
    fn alone(expression: Option<&str>, names: Option<HashMap<String, String>>) -> Result<Self, TableError> {
        let projection = Self::new(expression, Scope::new(names, None)?)?;
        projection.scope.all_used(projection.names(), std::iter::empty())?;
        Ok(projection)
    }

    /// The placeholders of names that the expression uses.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> + Clone {
        self.paths.iter().flat_map(|paths| &paths.names)
    }

    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The top-level attributes of the projection, or `None` for all.
    pub(super) fn attributes(&self) -> Option<BTreeSet<&str>> {
        let first = |path| match self.scope.steps(path).first() {
            Some(PathStep::Attribute(name)) => Some(*name),
            _ => None,
        };
        self.paths.as_ref().map(|paths| paths.tree.iter().filter_map(first).collect())
    }

    /// The attributes of an item that the read returns.
    pub(super) fn of(&self, item: Cow<'_, Item>) -> Item {
        let Some(paths) = &self.paths else { return item.into_owned() };
        let mut projection = Item::new();
        for path in &paths.tree {
            if let Some(value) = self.scope.at(&item, path) {
                insert(&mut projection, &self.scope.steps(path), value);
            }
        }
        projection
    }
}

fn insert(into: &mut Item, steps: &[PathStep<'_>], value: &AttributeValue) {
    match steps {
        [PathStep::Attribute(name)] => {
            into.insert((*name).to_owned(), value.clone());
        }
        [PathStep::Attribute(name), rest @ ..] => {
            let map = into.entry((*name).to_owned()).or_insert_with(|| AttributeValue::M(Item::new()));
            if let AttributeValue::M(map) = map {
                insert(map, rest, value);
            }
        }
        _ => {}
    }
}

impl Table {
    /// GetItem.
    ///
    /// # Errors
    /// As the service's.
    pub fn get_item(&self, input: GetItemInput) -> OperationResult<GetItemOutput, GetItemError> {
        self.get(input).map_err(TableError::into_sdk_error)
    }

    fn get(&self, input: GetItemInput) -> Result<GetItemOutput, TableError> {
        self.check_table(input.table_name.as_deref())?;
        refuse_unsupported(&[("AttributesToGet", input.attributes_to_get.is_some())])?;
        let key = Key::exactly(&input.key.unwrap_or_default(), &self.schema.keys)?;
        let projection =
            ReadProjection::alone(input.projection_expression.as_deref(), input.expression_attribute_names)?;
        let item = self.read(input.consistent_read).get(&key);
        let bytes = item.map_or(Ok(0), |item| size_of(item))?;
        let cost = capacity::consumed(
            input.return_consumed_capacity.as_ref(),
            capacity::units(bytes, input.consistent_read),
        );
        let item = item.map(|item| projection.of(Cow::Borrowed(item.as_ref())));
        Ok(GetItemOutput::builder().set_item(item).set_consumed_capacity(cost).build())
    }

    /// The items that a read of the table sees.
    pub(super) fn read(&self, consistent: Option<bool>) -> &SortedItems {
        if consistent == Some(true) { &self.base } else { &self.reads.items }
    }

    /// BatchGetItem. The items are returned in the order of their keys, not in that of the request.
    ///
    /// # Errors
    /// As the service's.
    pub fn batch_get_item(
        &mut self,
        input: BatchGetItemInput,
    ) -> OperationResult<BatchGetItemOutput, BatchGetItemError> {
        self.batch(input).map_err(TableError::into_sdk_error)
    }

    fn batch(&mut self, input: BatchGetItemInput) -> Result<BatchGetItemOutput, TableError> {
        let cost = input.return_consumed_capacity.clone();
        let mut tables = input.request_items.unwrap_or_default().into_iter();
        let (Some((name, wanted)), rest) = (tables.next(), tables.len()) else {
            return Err(invalid("The requestItems parameter is required for BatchGetItem"));
        };
        if rest > 0 {
            return Err(TableError::NoTable);
        }
        self.check_table(Some(&name))?;
        refuse_unsupported(&[("AttributesToGet", wanted.attributes_to_get.is_some())])?;
        if !(1..=BATCH_KEYS).contains(&wanted.keys.len()) {
            return Err(invalid("Too many items requested for the BatchGetItem call"));
        }
        let keys = wanted.keys.iter().map(|key| Key::exactly(key, &self.schema.keys));
        let keys: BTreeSet<Key> = keys.collect::<Result<_, _>>()?;
        if keys.len() < wanted.keys.len() {
            return Err(invalid("Provided list of item keys contains duplicates"));
        }
        let names = wanted.expression_attribute_names.clone();
        let projection = ReadProjection::alone(wanted.projection_expression.as_deref(), names)?;
        let most = self.left_over.take().unwrap_or(BATCH_KEYS);
        let (mut items, mut left, mut bytes, mut units) = (Vec::new(), Vec::new(), 0, 0.0);
        for (nth, key) in keys.into_iter().enumerate() {
            if nth >= most || bytes > BATCH_BYTES {
                left.push(key.attributes(&self.schema.keys));
            } else if let Some(item) = self.read(wanted.consistent_read).get(&key) {
                let size = size_of(item)?;
                bytes += size;
                units += capacity::units(size, wanted.consistent_read);
                items.push(projection.of(Cow::Borrowed(item.as_ref())));
            }
        }
        let mut unprocessed = HashMap::new();
        if !left.is_empty() {
            let left = KeysAndAttributes::builder()
                .set_keys(Some(left))
                .set_consistent_read(wanted.consistent_read)
                .set_projection_expression(wanted.projection_expression)
                .set_expression_attribute_names(wanted.expression_attribute_names)
                .build();
            unprocessed.insert(name.clone(), left.map_err(|error| invalid(error.to_string()))?);
        }
        Ok(BatchGetItemOutput::builder()
            .responses(name, items)
            .set_unprocessed_keys(Some(unprocessed))
            .set_consumed_capacity(capacity::consumed(cost.as_ref(), units).map(|cost| vec![cost]))
            .build())
    }
}
