//! TransactWriteItems: all actions or none, and once for each token.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsError, TransactWriteItemsInput, TransactWriteItemsOutput,
};
use aws_sdk_dynamodb::types::{CancellationReason, ConditionCheck, Delete, Put, TransactWriteItem, Update};
use chrono::{DateTime, TimeDelta, Utc};

use super::action::{Action, WriteKind, WriteParameters};
use super::error::no_reason;
use super::value::{Key, invalid};
use super::write::shows_old;
use super::{OperationResult, Table, TableError, expression, refuse_unsupported};

/// How many actions a transaction has at most.
const MAX_ACTIONS: usize = 100;
/// How many bytes the items of a transaction have at most.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// How many characters a token has at most.
const MAX_TOKEN: usize = 36;
/// How long a token is remembered.
const TOKEN_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// A transaction that was carried out under a token.
#[derive(Debug, Clone)]
pub(super) struct RememberedTransaction {
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
    ) -> OperationResult<TransactWriteItemsOutput, TransactWriteItemsError> {
        self.transact(input).map_err(TableError::into_sdk_error)?;
        Ok(TransactWriteItemsOutput::builder().build())
    }

    fn transact(&mut self, input: TransactWriteItemsInput) -> Result<(), TableError> {
        refuse_unsupported(&[
            ("ReturnConsumedCapacity", input.return_consumed_capacity.is_some()),
            ("ReturnItemCollectionMetrics", input.return_item_collection_metrics.is_some()),
        ])?;
        let token = input.client_request_token;
        if token.as_ref().is_some_and(|token| !(1..=MAX_TOKEN).contains(&token.len())) {
            return Err(invalid(
                "Value at 'clientRequestToken' failed to satisfy constraint: 1 to 36 letters",
            ));
        }
        let items = input.transact_items.unwrap_or_default();
        if !(1..=MAX_ACTIONS).contains(&items.len()) {
            return Err(invalid(format!(
                "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must \
                 have length between 1 and {MAX_ACTIONS}"
            )));
        }
        let actions = items.into_iter().map(|item| self.action(item)).collect::<Result<Vec<_>, _>>()?;
        let keys: BTreeSet<&Key> = actions.iter().map(|action| &action.key).collect();
        if keys.len() < actions.len() {
            return Err(invalid("Transaction request cannot include multiple operations on one item"));
        }
        self.transactions.retain(|_, made| made.until > self.now);
        if let Some(made) = token.as_ref().and_then(|token| self.transactions.get(token)) {
            return if made.actions == actions { Ok(()) } else { Err(TableError::TokenReused) };
        }
        self.carry_out(&actions)?;
        if let Some(token) = token {
            self.transactions
                .insert(token, RememberedTransaction { actions, until: self.now + TOKEN_LIFETIME });
        }
        Ok(())
    }

    fn action(&self, item: TransactWriteItem) -> Result<Action, TableError> {
        match (item.put, item.update, item.delete, item.condition_check) {
            (Some(put), None, None, None) => self.transacted_put(put),
            (None, Some(update), None, None) => self.transacted_update(update),
            (None, None, Some(delete), None) => self.transacted_delete(delete),
            (None, None, None, Some(check)) => self.transacted_check(check),
            _ => Err(invalid("TransactItems can only contain one of Check, Put, Update or Delete")),
        }
    }

    fn transacted_put(&self, put: Put) -> Result<Action, TableError> {
        self.check_table(Some(&put.table_name))?;
        let key = Key::of(&put.item, &self.schema.keys)?;
        let parameters = WriteParameters {
            condition: put.condition_expression,
            names: put.expression_attribute_names,
            values: put.expression_attribute_values,
            shows_old: shows_old(put.return_values_on_condition_check_failure.as_ref()),
        };
        Action::new(&self.schema, key, WriteKind::Put(Arc::new(put.item)), parameters)
    }

    fn transacted_update(&self, update: Update) -> Result<Action, TableError> {
        self.check_table(Some(&update.table_name))?;
        let key = Key::exactly(&update.key, &self.schema.keys)?;
        let kind = WriteKind::Update(Some(expression::update(&update.update_expression)?));
        let parameters = WriteParameters {
            condition: update.condition_expression,
            names: update.expression_attribute_names,
            values: update.expression_attribute_values,
            shows_old: shows_old(update.return_values_on_condition_check_failure.as_ref()),
        };
        Action::new(&self.schema, key, kind, parameters)
    }

    fn transacted_delete(&self, delete: Delete) -> Result<Action, TableError> {
        self.check_table(Some(&delete.table_name))?;
        let key = Key::exactly(&delete.key, &self.schema.keys)?;
        let parameters = WriteParameters {
            condition: delete.condition_expression,
            names: delete.expression_attribute_names,
            values: delete.expression_attribute_values,
            shows_old: shows_old(delete.return_values_on_condition_check_failure.as_ref()),
        };
        Action::new(&self.schema, key, WriteKind::Delete, parameters)
    }

    fn transacted_check(&self, check: ConditionCheck) -> Result<Action, TableError> {
        self.check_table(Some(&check.table_name))?;
        let key = Key::exactly(&check.key, &self.schema.keys)?;
        let parameters = WriteParameters {
            condition: Some(check.condition_expression),
            names: check.expression_attribute_names,
            values: check.expression_attribute_values,
            shows_old: shows_old(check.return_values_on_condition_check_failure.as_ref()),
        };
        Action::new(&self.schema, key, WriteKind::Check, parameters)
    }

    /// Carries out all actions, or none, with a cancellation reason for each of them.
    fn carry_out(&mut self, actions: &[Action]) -> Result<(), TableError> {
        let mut changes = Vec::with_capacity(actions.len());
        let mut reasons = Vec::with_capacity(actions.len());
        let mut bytes = 0;
        for action in actions {
            let reason = match self.evaluate(action) {
                Ok((change, size)) => {
                    bytes += size;
                    changes.push(change);
                    no_reason()
                }
                Err(error) => cancellation_reason(error)?,
            };
            reasons.push(reason);
        }
        if changes.len() < actions.len() {
            return Err(TableError::Cancelled { reasons });
        }
        if bytes > MAX_BYTES {
            return Err(invalid("The aggregate size of the items in the transaction exceeds 4 MB"));
        }
        for change in changes {
            self.apply(change, false);
        }
        Ok(())
    }
}

/// Why an action cancels its transaction.
fn cancellation_reason(error: TableError) -> Result<CancellationReason, TableError> {
    let message = error.to_string();
    let reason = CancellationReason::builder().message(message);
    match error {
        TableError::ConditionFailed { item } => {
            Ok(reason.code("ConditionalCheckFailed").set_item(item).build())
        }
        TableError::Validation(_) => Ok(reason.code("ValidationError").build()),
        other => Err(other),
    }
}
