//! Conditions: what they say of an item.

use std::cmp::Ordering;

use aws_sdk_dynamodb::types::AttributeValue;

use super::scope::{Path, Scope};
use crate::table::Item;
use crate::table::fault::Fault;
use crate::table::value::{invalid, is_ordered, kind, order};

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::table) enum Condition {
    /// Two operands compared.
    Compare(Operand, Comparison, Operand),
    /// An operand between two others, both included.
    Between(Operand, Operand, Operand),
    /// An operand equal to one of others.
    In(Operand, Vec<Operand>),
    /// Both hold.
    And(Box<Condition>, Box<Condition>),
    /// One of both holds.
    Or(Box<Condition>, Box<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// The path leads to something.
    Exists(Path),
    /// The path leads to nothing.
    Missing(Path),
    /// A text begins with another.
    BeginsWith(Path, Operand),
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::table) enum Operand {
    /// What lies at a path.
    Path(Path),
    /// What a placeholder stands for.
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
    /// The comparison that a sign stands for.
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
    /// The given values fit the operators, whatever the item is.
    pub(in crate::table) fn check(&self, scope: &Scope) -> Result<(), Fault> {
        let ordered = |operand: &Operand, operator: &str| match operand.given(scope) {
            Some(value) if !is_ordered(value) => Err(invalid(format!(
                "Invalid ConditionExpression: Incorrect operand type for operator or function; operator or \
                 function: {operator}, operand type: {}",
                kind(value)
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
                    kind(other)
                ))),
            },
        }
    }

    /// Whether it holds for an item. What is compared with nothing, or with another type, is unequal to it and has no
    /// order.
    pub(in crate::table) fn holds(&self, item: &Item, scope: &Scope) -> Result<bool, Fault> {
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
