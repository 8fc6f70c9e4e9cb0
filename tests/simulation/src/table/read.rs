//! GetItem and BatchGetItem.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use super::expression::{self, Parsed, Path, Scope, Step};
use super::value::{Key, invalid, size_of, unsupported};
use super::view::Tree;
use super::{Answer, Fault, Item, Table, capacity, without};

/// The most keys of a batch.
const KEYS: usize = 100;
/// The most bytes that a batch returns.
const BYTES: usize = 16 * 1024 * 1024;

/// What of an item a read returns.
#[derive(Debug)]
pub(super) struct Shown {
    paths: Option<Arc<Parsed<Vec<Path>>>>,
    scope: Scope,
}

impl Shown {
    /// By a projection expression, or everything.
    pub(super) fn new(expression: Option<&str>, scope: Scope) -> Result<Self, Fault> {
        let paths = expression.map(expression::projection).transpose()?;
        if let Some(paths) = &paths {
            paths.check("ProjectionExpression", &scope)?;
            scope.distinct("ProjectionExpression", &paths.tree.iter().collect::<Vec<_>>())?;
            if paths
                .tree
                .iter()
                .any(|path| scope.steps(path).iter().any(|step| matches!(step, Step::Place(_))))
            {
                return Err(unsupported("places in a list in a ProjectionExpression"));
            }
        }
        Ok(Self { paths, scope })
    }

    /// By an expression that alone uses the names.
    fn alone(expression: Option<&str>, names: Option<HashMap<String, String>>) -> Result<Self, Fault> {
        let shown = Self::new(expression, Scope::new(names, None)?)?;
        shown.scope.all_used(shown.names(), std::iter::empty())?;
        Ok(shown)
    }

    /// The placeholders that it uses.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> + Clone {
        self.paths.iter().flat_map(|paths| &paths.names)
    }

    /// What stands for what.
    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The attributes that are asked for; `None` for all.
    pub(super) fn attributes(&self) -> Option<BTreeSet<&str>> {
        let first = |path| match self.scope.steps(path).first() {
            Some(Step::Attribute(name)) => Some(*name),
            _ => None,
        };
        self.paths.as_ref().map(|paths| paths.tree.iter().filter_map(first).collect())
    }

    /// What is returned of an item.
    pub(super) fn of(&self, item: Cow<'_, Item>) -> Item {
        let Some(paths) = &self.paths else { return item.into_owned() };
        let mut shown = Item::new();
        for path in &paths.tree {
            if let Some(value) = self.scope.at(&item, path) {
                insert(&mut shown, &self.scope.steps(path), value);
            }
        }
        shown
    }
}

fn insert(into: &mut Item, steps: &[Step<'_>], value: &AttributeValue) {
    match steps {
        [Step::Attribute(name)] => {
            into.insert((*name).to_owned(), value.clone());
        }
        [Step::Attribute(name), rest @ ..] => {
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
    pub fn get_item(&self, input: GetItemInput) -> Answer<GetItemOutput, GetItemError> {
        self.get(input).map_err(Fault::refuse)
    }

    fn get(&self, input: GetItemInput) -> Result<GetItemOutput, Fault> {
        self.check_table(input.table_name.as_deref())?;
        without(&[("AttributesToGet", input.attributes_to_get.is_some())])?;
        let key = Key::exactly(&input.key.unwrap_or_default(), &self.schema.keys)?;
        let shown = Shown::alone(input.projection_expression.as_deref(), input.expression_attribute_names)?;
        let item = self.read(input.consistent_read).get(&key);
        let bytes = item.map_or(Ok(0), |item| size_of(item))?;
        let cost = capacity::told(
            input.return_consumed_capacity.as_ref(),
            capacity::units(bytes, input.consistent_read),
        );
        let item = item.map(|item| shown.of(Cow::Borrowed(item.as_ref())));
        Ok(GetItemOutput::builder().set_item(item).set_consumed_capacity(cost).build())
    }

    /// Where a read of the table reads.
    pub(super) fn read(&self, consistent: Option<bool>) -> &Tree {
        if consistent == Some(true) { &self.base } else { &self.reads.tree }
    }

    /// BatchGetItem. The items come in the order of their keys, not in that of the request.
    ///
    /// # Errors
    /// As the service's.
    pub fn batch_get_item(
        &mut self,
        input: BatchGetItemInput,
    ) -> Answer<BatchGetItemOutput, BatchGetItemError> {
        self.batch(input).map_err(Fault::refuse)
    }

    fn batch(&mut self, input: BatchGetItemInput) -> Result<BatchGetItemOutput, Fault> {
        let cost = input.return_consumed_capacity.clone();
        let mut tables = input.request_items.unwrap_or_default().into_iter();
        let (Some((name, wanted)), rest) = (tables.next(), tables.len()) else {
            return Err(invalid("The requestItems parameter is required for BatchGetItem"));
        };
        if rest > 0 {
            return Err(Fault::NoTable);
        }
        self.check_table(Some(&name))?;
        without(&[("AttributesToGet", wanted.attributes_to_get.is_some())])?;
        if !(1..=KEYS).contains(&wanted.keys.len()) {
            return Err(invalid("Too many items requested for the BatchGetItem call"));
        }
        let keys = wanted.keys.iter().map(|key| Key::exactly(key, &self.schema.keys));
        let keys: BTreeSet<Key> = keys.collect::<Result<_, _>>()?;
        if keys.len() < wanted.keys.len() {
            return Err(invalid("Provided list of item keys contains duplicates"));
        }
        let names = wanted.expression_attribute_names.clone();
        let shown = Shown::alone(wanted.projection_expression.as_deref(), names)?;
        let most = self.left_over.take().unwrap_or(KEYS);
        let (mut items, mut left, mut bytes, mut units) = (Vec::new(), Vec::new(), 0, 0.0);
        for (nth, key) in keys.into_iter().enumerate() {
            if nth >= most || bytes > BYTES {
                left.push(key.attributes(&self.schema.keys).into_iter().collect());
            } else if let Some(item) = self.read(wanted.consistent_read).get(&key) {
                let size = size_of(item)?;
                bytes += size;
                units += capacity::units(size, wanted.consistent_read);
                items.push(shown.of(Cow::Borrowed(item.as_ref())));
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
            .set_consumed_capacity(capacity::told(cost.as_ref(), units).map(|cost| vec![cost]))
            .build())
    }
}
