//! Conditions, and whether they hold for an item.

use std::cmp::Ordering;

use aws_sdk_dynamodb::types::AttributeValue;

use super::scope::{Path, Scope};
use crate::table::Item;
use crate::table::error::TableError;
use crate::table::value::{invalid, is_ordered, order, type_name};

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::table) enum Condition {
    Compare(Operand, Comparison, Operand),
    /// The operand is between two others, both included.
    Between(Operand, Operand, Operand),
    /// The operand is equal to one of others.
    In(Operand, Vec<Operand>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    /// There is an attribute at the path.
    Exists(Path),
    /// There is no attribute at the path.
    Missing(Path),
    /// The text at the path begins with another.
    BeginsWith(Path, Operand),
}

/// An operand of a condition or an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::table) enum Operand {
    /// The attribute at a path.
    Path(Path),
    /// The value of a placeholder.
    Value(String),
}

/// How two operands are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::table) enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// The comparison with this sign.
    pub(super) fn of(sign: &str) -> Option<Self> {
        Some(match sign {
            "=" => Self::Equal,
            "<>" => Self::Unequal,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Unequal => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Operand {
    fn of<'a>(&'a self, item: &'a Item, scope: &'a Scope) -> Option<&'a AttributeValue> {
        match self {
            Self::Path(path) => scope.at(item, path),
            Self::Value(placeholder) => scope.value(placeholder),
        }
    }

    fn given<'a>(&self, scope: &'a Scope) -> Option<&'a AttributeValue> {
        match self {
            Self::Path(_) => None,
            Self::Value(placeholder) => scope.value(placeholder),
        }
    }
}

impl Condition {
    /// Fails unless the values in the request fit the operators, independently of the item.
    pub(in crate::table) fn check(&self, scope: &Scope) -> Result<(), TableError> {
        let ordered = |operand: &Operand, operator: &str| match operand.given(scope) {
            Some(value) if !is_ordered(value) => Err(invalid(format!(
                "Invalid ConditionExpression: Incorrect operand type for operator or function; operator or \
                 function: {operator}, operand type: {}",
                type_name(value)
            ))),
            _ => Ok(()),
        };
        match self {
            Self::Compare(_, Comparison::Equal | Comparison::Unequal, _)
            | Self::In(..)
            | Self::Exists(_)
            | Self::Missing(_) => Ok(()),
            Self::Compare(left, comparison, right) => {
                ordered(left, comparison.sign())?;
                ordered(right, comparison.sign())
            }
            Self::Between(_, lower, upper) => {
                ordered(lower, "BETWEEN")?;
                ordered(upper, "BETWEEN")?;
                match (lower.given(scope), upper.given(scope)) {
                    (Some(lower), Some(upper)) if order(lower, upper)?.is_none_or(Ordering::is_gt) => {
                        Err(invalid(
                            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound",
                        ))
                    }
                    _ => Ok(()),
                }
            }
            Self::And(left, right) | Self::Or(left, right) => {
                left.check(scope)?;
                right.check(scope)
            }
            Self::Not(negated) => negated.check(scope),
            Self::BeginsWith(_, prefix) => match prefix.given(scope) {
                None | Some(AttributeValue::S(_)) => Ok(()),
                Some(other) => Err(invalid(format!(
                    "Invalid ConditionExpression: Incorrect operand type for operator or function; operator or \
                     function: begins_with, operand type: {}",
                    type_name(other)
                ))),
            },
        }
    }

    /// Whether the condition holds for an item. Values of different types are unequal and have no order, and so are a
    /// value and a missing attribute.
    pub(in crate::table) fn holds(&self, item: &Item, scope: &Scope) -> Result<bool, TableError> {
        Ok(match self {
            Self::Compare(left, comparison, right) => {
                match (left.of(item, scope), right.of(item, scope), comparison) {
                    (Some(left), Some(right), Comparison::Equal) => left == right,
                    (Some(left), Some(right), Comparison::Unequal) => left != right,
                    (Some(left), Some(right), _) => {
                        order(left, right)?.is_some_and(|order| comparison.accepts(order))
                    }
                    (_, _, comparison) => *comparison == Comparison::Unequal,
                }
            }
            Self::Between(operand, lower, upper) => {
                match (operand.of(item, scope), lower.of(item, scope), upper.of(item, scope)) {
                    (Some(value), Some(lower), Some(upper)) => {
                        order(value, lower)?.is_some_and(Ordering::is_ge)
                            && order(value, upper)?.is_some_and(Ordering::is_le)
                    }
                    _ => false,
                }
            }
            Self::In(operand, others) => operand
                .of(item, scope)
                .is_some_and(|value| others.iter().any(|other| other.of(item, scope) == Some(value))),
            Self::And(left, right) => left.holds(item, scope)? && right.holds(item, scope)?,
            Self::Or(left, right) => left.holds(item, scope)? || right.holds(item, scope)?,
            Self::Not(negated) => !negated.holds(item, scope)?,
            Self::Exists(path) => scope.at(item, path).is_some(),
            Self::Missing(path) => scope.at(item, path).is_none(),
            Self::BeginsWith(path, prefix) => match (scope.at(item, path), prefix.of(item, scope)) {
                (Some(AttributeValue::S(text)), Some(AttributeValue::S(prefix))) => {
                    text.starts_with(prefix.as_str())
                }
                _ => false,
            },
        })
    }
}
