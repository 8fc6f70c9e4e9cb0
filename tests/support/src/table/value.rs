//! Attribute values: which ones can be stored, how large they are, and how they compare.

use std::cmp::Ordering;

use aws_sdk_dynamodb::types::AttributeValue;

use super::Item;
use super::error::TableError;

/// How many bytes an item has at most.
const MAX_ITEM: usize = 400 * 1024;
/// How many bytes a partition key and a sort key have at most.
const MAX_KEY: [usize; 2] = [2048, 1024];
/// How deep documents can be nested.
const MAX_DEPTH: u32 = 32;

/// An item's key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The value of the partition key.
    pub partition: String,
    /// The value of the sort key; empty if the table has none.
    pub sort: String,
}

impl Key {
    /// The key of an item, whose attributes must be text that is not empty.
    pub(super) fn of(item: &Item, keys: &super::schema::Keys) -> Result<Self, TableError> {
        let part = |name: &String, most: usize| match item.get(name) {
            Some(AttributeValue::S(text)) if text.is_empty() => Err(invalid(format!(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain \
                 an empty string value. Key: {name}"
            ))),
            Some(AttributeValue::S(text)) if text.len() > most => Err(invalid(format!(
                "One or more parameter values were invalid: {name} is longer than {most} bytes"
            ))),
            Some(AttributeValue::S(text)) => Ok(text.clone()),
            Some(other) => Err(invalid(format!(
                "One or more parameter values were invalid: Type mismatch for key {name} expected: S actual: {}",
                type_name(other)
            ))),
            None => Err(invalid(format!(
                "One or more parameter values were invalid: Missing the key {name} in the item"
            ))),
        };
        let sort = keys.sort.as_ref().map(|name| part(name, MAX_KEY[1])).transpose()?;
        Ok(Self { partition: part(&keys.partition, MAX_KEY[0])?, sort: sort.unwrap_or_default() })
    }

    /// The key in a request, which must have exactly the attributes of the key.
    pub(super) fn exactly(key: &Item, keys: &super::schema::Keys) -> Result<Self, TableError> {
        let complete = key.len() == keys.names().count()
            && keys.names().all(|name| matches!(key.get(name), Some(AttributeValue::S(_))));
        if !complete {
            return Err(invalid("The provided key element does not match the schema"));
        }
        Self::of(key, keys)
    }

    /// The key as the attributes of a request.
    pub(super) fn attributes(&self, keys: &super::schema::Keys) -> Item {
        let values = [&self.partition, &self.sort].map(|value| AttributeValue::S(value.clone()));
        keys.names().cloned().zip(values).collect()
    }
}

pub(super) fn invalid(message: impl Into<String>) -> TableError {
    TableError::Validation(message.into())
}

pub(super) fn unsupported(what: &str) -> TableError {
    invalid(format!("The simulated table does not support {what}"))
}

/// The name of a value's type.
pub(super) fn type_name(value: &AttributeValue) -> &'static str {
    match value {
        AttributeValue::S(_) => "S",
        AttributeValue::N(_) => "N",
        AttributeValue::B(_) => "B",
        AttributeValue::Bool(_) => "BOOL",
        AttributeValue::Null(_) => "NULL",
        AttributeValue::L(_) => "L",
        AttributeValue::M(_) => "M",
        AttributeValue::Ss(_) => "SS",
        AttributeValue::Ns(_) => "NS",
        AttributeValue::Bs(_) => "BS",
        _ => "?",
    }
}

/// The size of an item as the service counts it.
///
/// # Errors
/// When the item is too large, or holds a value that cannot be stored.
pub(super) fn size_of(item: &Item) -> Result<usize, TableError> {
    let size = map_size(item, 0)?;
    if size > MAX_ITEM {
        return Err(invalid("Item size has exceeded the maximum allowed size"));
    }
    Ok(size)
}

fn map_size(map: &Item, depth: u32) -> Result<usize, TableError> {
    map.iter().try_fold(0, |sum, (name, value)| Ok(sum + name.len() + value_size(value, depth)?))
}

/// The size of a value.
///
/// # Errors
/// When the value cannot be stored.
pub(super) fn value_size(value: &AttributeValue, depth: u32) -> Result<usize, TableError> {
    if depth > MAX_DEPTH {
        return Err(invalid("Nesting Levels have exceeded supported limits"));
    }
    match value {
        AttributeValue::S(text) => Ok(text.len()),
        AttributeValue::N(number) if is_canonical(number) => Ok(number.len().div_ceil(2) + 1),
        AttributeValue::N(number) => {
            Err(unsupported(&format!("the number {number}: write it in its shortest form")))
        }
        AttributeValue::B(bytes) => Ok(bytes.as_ref().len()),
        AttributeValue::Bool(_) | AttributeValue::Null(true) => Ok(1),
        AttributeValue::Null(false) => Err(invalid(
            "One or more parameter values were invalid: Null attribute value types must have the value of true",
        )),
        AttributeValue::L(values) => {
            values.iter().try_fold(3, |sum, value| Ok(sum + 1 + value_size(value, depth + 1)?))
        }
        AttributeValue::M(map) => Ok(3 + map.len() + map_size(map, depth + 1)?),
        other => Err(unsupported(&format!("values of type {}", type_name(other)))),
    }
}

/// Whether a number is written in its shortest form, so that equal numbers are equal texts.
fn is_canonical(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && part.is_none_or(|part| is_number(part) && !part.ends_with('0'))
        && number != "-0"
        && whole.len() + part.map_or(0, str::len) <= 38
}

/// A number as an integer. The simulated table does not compare or add other numbers.
pub(super) fn integer(number: &str) -> Result<i128, TableError> {
    number.parse().map_err(|_| unsupported(&format!("calculating with the number {number}")))
}

/// The order of two values, or `None` if they have different types, or a type without an order.
pub(super) fn order(left: &AttributeValue, right: &AttributeValue) -> Result<Option<Ordering>, TableError> {
    Ok(match (left, right) {
        (AttributeValue::S(left), AttributeValue::S(right)) => Some(left.as_bytes().cmp(right.as_bytes())),
        (AttributeValue::N(left), AttributeValue::N(right)) => Some(integer(left)?.cmp(&integer(right)?)),
        (AttributeValue::B(left), AttributeValue::B(right)) => Some(left.as_ref().cmp(right.as_ref())),
        _ => None,
    })
}

/// Whether values of this type have an order.
pub(super) fn is_ordered(value: &AttributeValue) -> bool {
    matches!(value, AttributeValue::S(_) | AttributeValue::N(_) | AttributeValue::B(_))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn a_number_is_stored_in_its_shortest_form_only() {
        for number in ["0", "1", "-12", "0.5", "-10.25", "12345678901234567890"] {
            assert!(is_canonical(number), "{number}");
        }
        for number in ["", "-", "01", "1.0", "1e3", "+1", "-0", ".5", "1.", "one"] {
            assert!(!is_canonical(number), "{number}");
        }
    }

    #[test]
    fn an_item_has_at_most_400_kb() {
        let of = |bytes: usize| HashMap::from([("a".to_owned(), AttributeValue::S("x".repeat(bytes)))]);
        assert_eq!(size_of(&of(MAX_ITEM - 1)), Ok(MAX_ITEM));
        assert!(size_of(&of(MAX_ITEM)).is_err());
    }

    #[test]
    fn documents_are_nested_at_most_32_levels_deep() {
        let nested = |levels: u32| {
            (0..levels).fold(AttributeValue::Bool(true), |value, _| AttributeValue::L(vec![value]))
        };
        assert!(value_size(&nested(32), 0).is_ok());
        assert!(value_size(&nested(33), 0).is_err());
    }

    #[test]
    fn text_is_ordered_by_bytes_and_numbers_by_value() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let number = |number: &str| AttributeValue::N(number.to_owned());
        assert_eq!(order(&text("B"), &text("a")), Ok(Some(Ordering::Less)));
        assert_eq!(order(&number("9"), &number("10")), Ok(Some(Ordering::Less)));
        assert_eq!(order(&number("9"), &text("10")), Ok(None));
        assert!(order(&number("0.5"), &number("1")).is_err());
    }
}
