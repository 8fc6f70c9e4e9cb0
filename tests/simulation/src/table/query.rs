//! Query, of the table and of its indexes.

use std::borrow::Cow;
use std::ops::Bound;
use std::sync::Arc;

use aws_sdk_dynamodb::operation::query::{QueryError, QueryInput, QueryOutput};
use aws_sdk_dynamodb::types::{AttributeValue, Select};

use super::expression::{self, Comparison, Condition, Operand, Parsed, Scope, Step};
use super::read::Shown;
use super::schema::{Index, Keys, Projection};
use super::value::{Key, invalid, size_of};
use super::view::{Place, Tree, projected};
use super::{Answer, Fault, Item, Table, capacity, without};

/// The most bytes that a page examines.
const PAGE: usize = 1024 * 1024;

/// The part of a partition that a key condition means: from the first sort key to before the second.
#[derive(Debug, PartialEq)]
struct Range {
    partition: String,
    from: Option<String>,
    before: Option<String>,
}

/// What a query asks.
struct Asked<'a> {
    index: Option<&'a Index>,
    tree: &'a Tree,
    range: Range,
    filter: Option<Arc<Parsed<Condition>>>,
    shown: Shown,
    limit: usize,
    forward: bool,
    start: Option<Place>,
}

/// A page of what is found.
#[derive(Default)]
struct Page {
    items: Vec<Item>,
    examined: usize,
    bytes: usize,
    last: Option<Item>,
}

impl Table {
    /// Query.
    ///
    /// # Errors
    /// As the service's.
    pub fn query(&self, input: QueryInput) -> Answer<QueryOutput, QueryError> {
        let (wanted, consistent) = (input.return_consumed_capacity.clone(), input.consistent_read);
        let counts = input.select.is_some();
        let page = self.asked(input).and_then(|asked| self.page(&asked)).map_err(Fault::refuse)?;
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        Ok(QueryOutput::builder()
            .count(count(page.items.len()))
            .scanned_count(count(page.examined))
            .set_consumed_capacity(capacity::told(wanted.as_ref(), capacity::units(page.bytes, consistent)))
            .set_items((!counts).then_some(page.items))
            .set_last_evaluated_key(page.last)
            .build())
    }

    fn asked(&self, input: QueryInput) -> Result<Asked<'_>, Fault> {
        self.check_table(input.table_name.as_deref())?;
        without(&[
            ("Select", input.select.as_ref().is_some_and(|select| *select != Select::Count)),
            ("AttributesToGet", input.attributes_to_get.is_some()),
            ("KeyConditions", input.key_conditions.is_some()),
            ("QueryFilter", input.query_filter.is_some()),
            ("ConditionalOperator", input.conditional_operator.is_some()),
        ])?;
        let index = input.index_name.as_deref().map(|name| self.index(name)).transpose()?;
        if index.is_some() && input.consistent_read == Some(true) {
            return Err(invalid("Consistent reads are not supported on global secondary indexes"));
        }
        let (tree, keys) = match index {
            Some((place, index)) => (&self.indexes[place].tree, &index.keys),
            None => (self.read(input.consistent_read), &self.schema.keys),
        };
        let limit = match input.limit {
            None => usize::MAX,
            Some(limit) => usize::try_from(limit).ok().filter(|limit| *limit > 0).ok_or_else(|| {
                invalid(format!(
                    "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member \
                     must have value greater than or equal to 1"
                ))
            })?,
        };
        let condition = input.key_condition_expression.as_deref().ok_or_else(|| {
            invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
        })?;
        let condition = expression::condition("KeyConditionExpression", condition)?;
        let filter = input.filter_expression.as_deref();
        let filter = filter.map(|text| expression::condition("FilterExpression", text)).transpose()?;
        let scope = Scope::new(input.expression_attribute_names, input.expression_attribute_values)?;
        let shown = Shown::new(input.projection_expression.as_deref(), scope)?;
        let filters = filter.iter().map(|filter| ("FilterExpression", filter));
        for (kind, condition) in std::iter::once(("KeyConditionExpression", &condition)).chain(filters) {
            condition.check(kind, shown.scope())?;
            condition.tree.check(shown.scope())?;
        }
        let used = || std::iter::once(&condition).chain(&filter);
        shown.scope().all_used(
            used().flat_map(|used| &used.names).chain(shown.names()),
            used().flat_map(|used| &used.values),
        )?;
        let range = range(&condition.tree, shown.scope(), keys)?;
        let index = index.map(|(_, index)| index);
        let start = input.exclusive_start_key.map(|key| self.start(&key, index, &range)).transpose()?;
        self.check_shown(&shown, index)?;
        let forward = input.scan_index_forward != Some(false);
        Ok(Asked { index, tree, range, filter, shown, limit, forward, start })
    }

    fn index(&self, name: &str) -> Result<(usize, &Index), Fault> {
        let found = self.schema.indexes.iter().enumerate().find(|(_, index)| index.name == name);
        found.ok_or_else(|| invalid(format!("The table does not have the specified index: {name}")))
    }

    /// An index shows nothing that it does not hold.
    fn check_shown(&self, shown: &Shown, index: Option<&Index>) -> Result<(), Fault> {
        let Some(Index { name, keys, projection: Projection::With(more) }) = index else { return Ok(()) };
        let own = &self.schema.keys;
        let held = |asked: &str| {
            let keys = [&own.partition, &own.sort, &keys.partition, &keys.sort];
            keys.into_iter().chain(more).any(|held| held == asked)
        };
        match shown.attributes().into_iter().flatten().find(|asked| !held(asked)) {
            Some(asked) => Err(invalid(format!(
                "One or more parameter values were invalid: Global secondary index {name} does not project [{asked}]"
            ))),
            None => Ok(()),
        }
    }

    /// The place after which a page begins, which must lie in the range.
    fn start(&self, start: &Item, index: Option<&Index>, range: &Range) -> Result<Place, Fault> {
        let own = &self.schema.keys;
        let keys = index.map_or(own, |index| &index.keys);
        let is_key = |name: &&String| [&own.partition, &own.sort, &keys.partition, &keys.sort].contains(name);
        let expected = if index.is_some() { 4 } else { 2 };
        if start.len() != expected || !start.keys().all(|name| is_key(&name)) {
            return Err(invalid("The provided starting key is invalid"));
        }
        let (own, place) = (Key::of(start, own)?, Key::of(start, keys)?);
        if place.partition != range.partition {
            return Err(invalid(
                "The provided starting key is outside query boundaries based on provided conditions",
            ));
        }
        let after = range.from.as_ref().is_none_or(|from| place.sort >= *from);
        let before = range.before.as_ref().is_none_or(|before| place.sort < *before);
        if !after || !before {
            return Err(invalid("The provided starting key does not match the range key predicate"));
        }
        Ok(Place { sort: place.sort, key: index.map(|_| own) })
    }

    fn page(&self, asked: &Asked<'_>) -> Result<Page, Fault> {
        let mut page = Page::default();
        let Some(bounds) = asked.range.bounds(asked.start.as_ref(), asked.forward) else { return Ok(page) };
        let mut found = asked.tree.range(&asked.range.partition, bounds);
        let mut last = None;
        loop {
            // Once a page is full, nobody looks whether more follows.
            if page.examined == asked.limit || page.bytes > PAGE {
                page.last = last.map(|item| self.place_of(item, asked.index));
                return Ok(page);
            }
            let next = if asked.forward { found.next() } else { found.next_back() };
            let Some((_, item)) = next else { return Ok(page) };
            let seen = match asked.index {
                Some(index) => Cow::Owned(projected(item, &self.schema, index)),
                None => Cow::Borrowed(item.as_ref()),
            };
            page.bytes += size_of(&seen)?;
            page.examined += 1;
            last = Some(item);
            let filter = asked.filter.as_ref();
            let is_shown = filter.map_or(Ok(true), |filter| filter.tree.holds(&seen, asked.shown.scope()))?;
            if is_shown {
                page.items.push(asked.shown.of(seen));
            }
        }
    }

    /// The key from which a query goes on after an item.
    fn place_of(&self, item: &Item, index: Option<&Index>) -> Item {
        let keys = std::iter::once(&self.schema.keys).chain(index.map(|index| &index.keys));
        let names = keys.flat_map(|keys| [&keys.partition, &keys.sort]);
        names.filter_map(|name| item.get(name).map(|value| (name.clone(), value.clone()))).collect()
    }
}

impl Range {
    /// The range as bounds of places, without what lies before the start; `None` if nothing is left.
    fn bounds(&self, start: Option<&Place>, forward: bool) -> Option<(Bound<Place>, Bound<Place>)> {
        let at = |sort: &String| Place { sort: sort.clone(), key: None };
        if matches!((&self.from, &self.before), (Some(from), Some(before)) if from >= before) {
            return None;
        }
        let from = self.from.as_ref().map_or(Bound::Unbounded, |from| Bound::Included(at(from)));
        let before = self.before.as_ref().map_or(Bound::Unbounded, |before| Bound::Excluded(at(before)));
        Some(match (start, forward) {
            (None, _) => (from, before),
            (Some(start), true) => (Bound::Excluded(start.clone()), before),
            (Some(start), false) => {
                // Nothing lies before the first place of the range.
                if matches!(&from, Bound::Included(first) if first >= start) {
                    return None;
                }
                (from, Bound::Excluded(start.clone()))
            }
        })
    }
}

/// The text that follows next after a text.
fn after(text: &str) -> String {
    format!("{text}\0")
}

/// The range that a key condition means: the partition key is equal to a value, the sort key compared with one.
fn range(condition: &Condition, scope: &Scope, keys: &Keys) -> Result<Range, Fault> {
    let unsupported = || invalid("Query key condition not supported");
    let (first, second) = match condition {
        Condition::And(first, second) => (first.as_ref(), Some(second.as_ref())),
        single => (single, None),
    };
    let is_partition = |condition: &Condition| key_of(condition, scope) == Some(keys.partition.as_str());
    let (partition, sort) = match second {
        Some(second) if is_partition(second) && !is_partition(first) => (second, Some(first)),
        _ => (first, second),
    };
    let partition = match partition {
        Condition::Compare(_, Comparison::Equal, value) if is_partition(partition) => text(value, scope)?,
        _ => return Err(invalid(format!("Query condition missed key schema element: {}", keys.partition))),
    };
    let (from, before) = match sort {
        None => (None, None),
        Some(sort) if key_of(sort, scope) != Some(keys.sort.as_str()) => {
            return Err(invalid(format!("Query condition missed key schema element: {}", keys.sort)));
        }
        Some(Condition::Compare(_, comparison, value)) => {
            let value = text(value, scope)?;
            match comparison {
                Comparison::Equal => (Some(value.clone()), Some(after(&value))),
                Comparison::Less => (None, Some(value)),
                Comparison::LessOrEqual => (None, Some(after(&value))),
                Comparison::Greater => (Some(after(&value)), None),
                Comparison::GreaterOrEqual => (Some(value), None),
                Comparison::Unequal => return Err(unsupported()),
            }
        }
        Some(Condition::Between(_, lower, upper)) => {
            (Some(text(lower, scope)?), Some(after(&text(upper, scope)?)))
        }
        Some(Condition::BeginsWith(_, prefix)) => {
            let prefix = text(prefix, scope)?;
            let last = format!("{prefix}{}", char::MAX);
            (Some(prefix), Some(last))
        }
        Some(_) => return Err(unsupported()),
    };
    Ok(Range { partition, from, before })
}

/// The attribute that a key condition is about.
fn key_of<'a>(condition: &'a Condition, scope: &'a Scope) -> Option<&'a str> {
    let path = match condition {
        Condition::Compare(Operand::Path(path), ..)
        | Condition::Between(Operand::Path(path), ..)
        | Condition::BeginsWith(path, _) => path,
        _ => return None,
    };
    match scope.steps(path)[..] {
        [Step::Attribute(name)] => Some(name),
        _ => None,
    }
}

/// The text that a key is compared with.
fn text(operand: &Operand, scope: &Scope) -> Result<String, Fault> {
    match operand {
        Operand::Value(placeholder) => match scope.value(placeholder) {
            Some(AttributeValue::S(text)) => Ok(text.clone()),
            _ => Err(invalid(
                "One or more parameter values were invalid: Condition parameter type does not match schema type",
            )),
        },
        Operand::Path(_) => Err(invalid("Invalid KeyConditionExpression: a key is compared with a path")),
    }
}
