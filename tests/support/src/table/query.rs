//! Query, on the table and on its indexes.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use aws_sdk_dynamodb::operation::query::{QueryError, QueryInput, QueryOutput};
use aws_sdk_dynamodb::types::{AttributeValue, Select};

use super::expression::{self, Comparison, Condition, Operand, Parsed, PathStep, Scope};
use super::read::ReadProjection;
use super::schema::{Index, Keys, Projection};
use super::value::{Key, invalid, size_of};
use super::view::{Position, SortedItems, projected};
use super::{Item, OperationResult, Table, TableError, capacity, refuse_unsupported};

/// How many bytes of items a page examines at most.
const PAGE_BYTES: usize = 1024 * 1024;

/// The part of a partition that a key condition selects.
#[derive(Debug, PartialEq)]
struct Range {
    partition: String,
    /// The first sort key, included.
    from: Option<String>,
    /// The end of the sort keys, excluded.
    before: Option<String>,
}

/// A query, checked and parsed.
struct ParsedQuery<'a> {
    index: Option<&'a Index>,
    items: &'a SortedItems,
    range: Range,
    filter: Option<Arc<Parsed<Condition>>>,
    projection: ReadProjection,
    limit: usize,
    forward: bool,
    start: Option<Position>,
}

/// One page of a query's result.
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
    pub fn query(&self, input: QueryInput) -> OperationResult<QueryOutput, QueryError> {
        let (wanted, consistent) = (input.return_consumed_capacity.clone(), input.consistent_read);
        let counts = input.select.is_some();
        let page = self
            .parse_query(input)
            .and_then(|query| self.page(&query))
            .map_err(TableError::into_sdk_error)?;
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        Ok(QueryOutput::builder()
            .count(count(page.items.len()))
            .scanned_count(count(page.examined))
            .set_consumed_capacity(capacity::consumed(
                wanted.as_ref(),
                capacity::units(page.bytes, consistent),
            ))
            .set_items((!counts).then_some(page.items))
            .set_last_evaluated_key(page.last)
            .build())
    }

    fn parse_query(&self, input: QueryInput) -> Result<ParsedQuery<'_>, TableError> {
        self.check_table(input.table_name.as_deref())?;
        refuse_unsupported(&[
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
        let (items, keys) = match index {
            Some((nth, index)) => (&self.indexes[nth].items, &index.keys),
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
        let projection = ReadProjection::new(input.projection_expression.as_deref(), scope)?;
        let filters = filter.iter().map(|filter| ("FilterExpression", filter));
        for (kind, condition) in std::iter::once(("KeyConditionExpression", &condition)).chain(filters) {
            condition.check(kind, projection.scope())?;
            condition.tree.check(projection.scope())?;
        }
        let used = || std::iter::once(&condition).chain(&filter);
        projection.scope().all_used(
            used().flat_map(|used| &used.names).chain(projection.names()),
            used().flat_map(|used| &used.values),
        )?;
        let range = range(&condition.tree, projection.scope(), keys)?;
        let index = index.map(|(_, index)| index);
        let start = input.exclusive_start_key.map(|key| self.start(&key, index, &range)).transpose()?;
        self.check_projection(&projection, index)?;
        let forward = input.scan_index_forward != Some(false);
        Ok(ParsedQuery { index, items, range, filter, projection, limit, forward, start })
    }

    fn index(&self, name: &str) -> Result<(usize, &Index), TableError> {
        let found = self.schema.indexes.iter().enumerate().find(|(_, index)| index.name == name);
        found.ok_or_else(|| invalid(format!("The table does not have the specified index: {name}")))
    }

    /// Refuses to read attributes that the index does not have.
    fn check_projection(&self, projection: &ReadProjection, index: Option<&Index>) -> Result<(), TableError> {
        let Some(Index { name, keys, projection: Projection::With(more) }) = index else { return Ok(()) };
        let own = &self.schema.keys;
        let is_held = |name: &str| own.names().chain(keys.names()).chain(more).any(|held| held == name);
        match projection.attributes().into_iter().flatten().find(|name| !is_held(name)) {
            Some(missing) => Err(invalid(format!(
                "One or more parameter values were invalid: Global secondary index {name} does not project [{missing}]"
            ))),
            None => Ok(()),
        }
    }

    /// The position after which a page begins, which must be in the range.
    fn start(&self, start: &Item, index: Option<&Index>, range: &Range) -> Result<Position, TableError> {
        let own = &self.schema.keys;
        let keys = index.map_or(own, |index| &index.keys);
        let expected: BTreeSet<&String> = own.names().chain(keys.names()).collect();
        if start.keys().collect::<BTreeSet<_>>() != expected {
            return Err(invalid("The provided starting key is invalid"));
        }
        let (own, position) = (Key::of(start, own)?, Key::of(start, keys)?);
        if position.partition != range.partition {
            return Err(invalid(
                "The provided starting key is outside query boundaries based on provided conditions",
            ));
        }
        let after = range.from.as_ref().is_none_or(|from| position.sort >= *from);
        let before = range.before.as_ref().is_none_or(|before| position.sort < *before);
        if !after || !before {
            return Err(invalid("The provided starting key does not match the range key predicate"));
        }
        Ok(Position { sort: position.sort, key: index.map(|_| own) })
    }

    fn page(&self, query: &ParsedQuery<'_>) -> Result<Page, TableError> {
        let mut page = Page::default();
        let Some(bounds) = query.range.bounds(query.start.as_ref(), query.forward) else { return Ok(page) };
        let mut found = query.items.range(&query.range.partition, bounds);
        let mut last = None;
        loop {
            // Once a page is full, it does not matter whether more items follow.
            if page.examined == query.limit || page.bytes > PAGE_BYTES {
                page.last = last.map(|item| self.last_key(item, query.index));
                return Ok(page);
            }
            let next = if query.forward { found.next() } else { found.next_back() };
            let Some((_, item)) = next else { return Ok(page) };
            let seen = match query.index {
                Some(index) => Cow::Owned(projected(item, &self.schema, index)),
                None => Cow::Borrowed(item.as_ref()),
            };
            page.bytes += size_of(&seen)?;
            page.examined += 1;
            last = Some(item);
            let filter = query.filter.as_ref();
            let is_shown =
                filter.map_or(Ok(true), |filter| filter.tree.holds(&seen, query.projection.scope()))?;
            if is_shown {
                page.items.push(query.projection.of(seen));
            }
        }
    }

    /// The key with which a query can be continued after an item.
    fn last_key(&self, item: &Item, index: Option<&Index>) -> Item {
        let of_index = index.into_iter().flat_map(|index| index.keys.names());
        let names = self.schema.keys.names().chain(of_index);
        names.filter_map(|name| item.get(name).map(|value| (name.clone(), value.clone()))).collect()
    }
}

impl Range {
    /// The range as bounds of positions, continued after `start` if there is one. `None` if nothing is left.
    fn bounds(&self, start: Option<&Position>, forward: bool) -> Option<(Bound<Position>, Bound<Position>)> {
        let at = |sort: &String| Position { sort: sort.clone(), key: None };
        if matches!((&self.from, &self.before), (Some(from), Some(before)) if from >= before) {
            return None;
        }
        let from = self.from.as_ref().map_or(Bound::Unbounded, |from| Bound::Included(at(from)));
        let before = self.before.as_ref().map_or(Bound::Unbounded, |before| Bound::Excluded(at(before)));
        Some(match (start, forward) {
            (None, _) => (from, before),
            (Some(start), true) => (Bound::Excluded(start.clone()), before),
            (Some(start), false) => {
                // Nothing is left before the first position of the range.
                if matches!(&from, Bound::Included(first) if first >= start) {
                    return None;
                }
                (from, Bound::Excluded(start.clone()))
            }
        })
    }
}

/// The text that sorts directly after a text.
fn next_text(text: &str) -> String {
    format!("{text}\0")
}

/// The range that a key condition selects. It compares the partition key for equality, and optionally the sort key with
/// one or two values.
fn range(condition: &Condition, scope: &Scope, keys: &Keys) -> Result<Range, TableError> {
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
        Some(sort) if keys.sort.is_none() || key_of(sort, scope) != keys.sort.as_deref() => {
            let missed = keys.sort.as_deref().unwrap_or_default();
            return Err(invalid(format!("Query condition missed key schema element: {missed}")));
        }
        Some(Condition::Compare(_, comparison, value)) => {
            let value = text(value, scope)?;
            match comparison {
                Comparison::Equal => (Some(value.clone()), Some(next_text(&value))),
                Comparison::Less => (None, Some(value)),
                Comparison::LessOrEqual => (None, Some(next_text(&value))),
                Comparison::Greater => (Some(next_text(&value)), None),
                Comparison::GreaterOrEqual => (Some(value), None),
                Comparison::Unequal => return Err(unsupported()),
            }
        }
        Some(Condition::Between(_, lower, upper)) => {
            (Some(text(lower, scope)?), Some(next_text(&text(upper, scope)?)))
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

/// The attribute that a key condition tests.
fn key_of<'a>(condition: &'a Condition, scope: &'a Scope) -> Option<&'a str> {
    let path = match condition {
        Condition::Compare(Operand::Path(path), ..)
        | Condition::Between(Operand::Path(path), ..)
        | Condition::BeginsWith(path, _) => path,
        _ => return None,
    };
    match scope.steps(path)[..] {
        [PathStep::Attribute(name)] => Some(name),
        _ => None,
    }
}

/// The text that a key is compared with.
fn text(operand: &Operand, scope: &Scope) -> Result<String, TableError> {
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
