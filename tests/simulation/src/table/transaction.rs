//! TransactWriteItems: all of it or nothing, once for each token.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsError, TransactWriteItemsInput, TransactWriteItemsOutput,
};
use aws_sdk_dynamodb::types::{CancellationReason, ConditionCheck, Delete, Put, TransactWriteItem, Update};
use chrono::{DateTime, TimeDelta, Utc};

use super::action::{Action, Draft, Effect};
use super::fault::none;
use super::value::{Key, invalid};
use super::write::shows_old;
use super::{Answer, Fault, Table, expression, without};

/// The most actions of a transaction.
const ACTIONS: usize = 100;
/// The most bytes of the items of a transaction.
const BYTES: usize = 4 * 1024 * 1024;
/// The most letters of a token.
const TOKEN: usize = 36;
/// How long a token is remembered.
const REMEMBERED: TimeDelta = TimeDelta::minutes(10);

/// A transaction that was made under a token.
#[derive(Debug)]
pub(super) struct Remembered {
    actions: Vec<Action>,
    until: DateTime<Utc>,
}

impl Table {
    /// TransactWriteItems.
    ///
    /// # Errors
    /// As the service's.
    pub fn transact_write_items(
        &mut self,
        input: TransactWriteItemsInput,
    ) -> Answer<TransactWriteItemsOutput, TransactWriteItemsError> {
        self.transact(input).map_err(Fault::refuse)?;
        Ok(TransactWriteItemsOutput::builder().build())
    }

    fn transact(&mut self, input: TransactWriteItemsInput) -> Result<(), Fault> {
        without(&[
            ("ReturnConsumedCapacity", input.return_consumed_capacity.is_some()),
            ("ReturnItemCollectionMetrics", input.return_item_collection_metrics.is_some()),
        ])?;
        let token = input.client_request_token;
        if token.as_ref().is_some_and(|token| !(1..=TOKEN).contains(&token.len())) {
            return Err(invalid(
                "Value at 'clientRequestToken' failed to satisfy constraint: 1 to 36 letters",
            ));
        }
        let items = input.transact_items.unwrap_or_default();
        if !(1..=ACTIONS).contains(&items.len()) {
            return Err(invalid(format!(
                "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must \
                 have length between 1 and {ACTIONS}"
            )));
        }
        let actions = items.into_iter().map(|item| self.action(item)).collect::<Result<Vec<_>, _>>()?;
        let keys: BTreeSet<&Key> = actions.iter().map(|action| &action.key).collect();
        if keys.len() < actions.len() {
            return Err(invalid("Transaction request cannot include multiple operations on one item"));
        }
        self.transactions.retain(|_, made| made.until > self.now);
        if let Some(made) = token.as_ref().and_then(|token| self.transactions.get(token)) {
            return if made.actions == actions { Ok(()) } else { Err(Fault::TokenReused) };
        }
        self.perform(&actions)?;
        if let Some(token) = token {
            self.transactions.insert(token, Remembered { actions, until: self.now + REMEMBERED });
        }
        Ok(())
    }

    fn action(&self, item: TransactWriteItem) -> Result<Action, Fault> {
        match (item.put, item.update, item.delete, item.condition_check) {
            (Some(put), None, None, None) => self.transacted_put(put),
            (None, Some(update), None, None) => self.transacted_update(update),
            (None, None, Some(delete), None) => self.transacted_delete(delete),
            (None, None, None, Some(check)) => self.transacted_check(check),
            _ => Err(invalid("TransactItems can only contain one of Check, Put, Update or Delete")),
        }
    }

    fn transacted_put(&self, put: Put) -> Result<Action, Fault> {
        self.check_table(Some(&put.table_name))?;
        let key = Key::of(&put.item, &self.schema.keys)?;
        let draft = Draft {
            condition: put.condition_expression,
            names: put.expression_attribute_names,
            values: put.expression_attribute_values,
            shows_old: shows_old(put.return_values_on_condition_check_failure.as_ref()),
        };
        Action::new(&self.schema, key, Effect::Put(Arc::new(put.item)), draft)
    }

    fn transacted_update(&self, update: Update) -> Result<Action, Fault> {
        self.check_table(Some(&update.table_name))?;
        let key = Key::exactly(&update.key, &self.schema.keys)?;
        let effect = Effect::Update(Some(expression::update(&update.update_expression)?));
        let draft = Draft {
            condition: update.condition_expression,
            names: update.expression_attribute_names,
            values: update.expression_attribute_values,
            shows_old: shows_old(update.return_values_on_condition_check_failure.as_ref()),
        };
        Action::new(&self.schema, key, effect, draft)
    }

    fn transacted_delete(&self, delete: Delete) -> Result<Action, Fault> {
        self.check_table(Some(&delete.table_name))?;
        let key = Key::exactly(&delete.key, &self.schema.keys)?;
        let draft = Draft {
            condition: delete.condition_expression,
            names: delete.expression_attribute_names,
            values: delete.expression_attribute_values,
            shows_old: shows_old(delete.return_values_on_condition_check_failure.as_ref()),
        };
        Action::new(&self.schema, key, Effect::Delete, draft)
    }

    fn transacted_check(&self, check: ConditionCheck) -> Result<Action, Fault> {
        self.check_table(Some(&check.table_name))?;
        let key = Key::exactly(&check.key, &self.schema.keys)?;
        let draft = Draft {
            condition: Some(check.condition_expression),
            names: check.expression_attribute_names,
            values: check.expression_attribute_values,
            shows_old: shows_old(check.return_values_on_condition_check_failure.as_ref()),
        };
        Action::new(&self.schema, key, Effect::Check, draft)
    }

    /// Performs every action, or none and says for each of them whether it was in the way.
    fn perform(&mut self, actions: &[Action]) -> Result<(), Fault> {
        let mut changes = Vec::with_capacity(actions.len());
        let mut reasons = Vec::with_capacity(actions.len());
        let mut bytes = 0;
        for action in actions {
            let reason = match self.consider(action) {
                Ok((change, size)) => {
                    bytes += size;
                    changes.push(change);
                    none()
                }
                Err(fault) => in_the_way(fault)?,
            };
            reasons.push(reason);
        }
        if changes.len() < actions.len() {
            return Err(Fault::Cancelled { reasons });
        }
        if bytes > BYTES {
            return Err(invalid("The aggregate size of the items in the transaction exceeds 4 MB"));
        }
        for change in changes {
            self.apply(change, false);
        }
        Ok(())
    }
}

/// The reason for which an action cancels its transaction.
fn in_the_way(fault: Fault) -> Result<CancellationReason, Fault> {
    let message = fault.to_string();
    let reason = CancellationReason::builder().message(message);
    match fault {
        Fault::ConditionFailed { item } => Ok(reason.code("ConditionalCheckFailed").set_item(item).build()),
        Fault::Validation(_) => Ok(reason.code("ValidationError").build()),
        other => Err(other),
    }
}
