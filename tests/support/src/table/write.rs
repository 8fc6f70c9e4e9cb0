//! PutItem and UpdateItem.

use std::sync::Arc;

use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::action::{Action, WriteKind, WriteParameters};
use super::value::{Key, unsupported};
use super::view::Change;
use super::{Item, OperationResult, Table, TableError, expression, refuse_unsupported};

impl Table {
    /// PutItem.
    ///
    /// # Errors
    /// As the service's.
    pub fn put_item(&mut self, input: PutItemInput) -> OperationResult<PutItemOutput, PutItemError> {
        let attributes = self.put(input).map_err(TableError::into_sdk_error)?;
        Ok(PutItemOutput::builder().set_attributes(attributes).build())
    }

    fn put(&mut self, input: PutItemInput) -> Result<Option<Item>, TableError> {
        self.check_table(input.table_name.as_deref())?;
        refuse_unsupported(&[
            ("Expected", input.expected.is_some()),
            ("ConditionalOperator", input.conditional_operator.is_some()),
            ("ReturnConsumedCapacity", input.return_consumed_capacity.is_some()),
            ("ReturnItemCollectionMetrics", input.return_item_collection_metrics.is_some()),
        ])?;
        let item = input.item.unwrap_or_default();
        let key = Key::of(&item, &self.schema.keys)?;
        let parameters = WriteParameters {
            condition: input.condition_expression,
            names: input.expression_attribute_names,
            values: input.expression_attribute_values,
            shows_old: shows_old(input.return_values_on_condition_check_failure.as_ref()),
        };
        let action = Action::new(&self.schema, key, WriteKind::Put(Arc::new(item)), parameters)?;
        match input.return_values {
            None | Some(ReturnValue::None) => self.write(&action).map(|_| None),
            Some(ReturnValue::AllOld) => Ok(self.write(&action)?.old.map(|old| Item::clone(&old))),
            Some(other) => Err(unsupported(&format!("ReturnValues {other} of PutItem"))),
        }
    }

    /// UpdateItem.
    ///
    /// # Errors
    /// As the service's.
    pub fn update_item(
        &mut self,
        input: UpdateItemInput,
    ) -> OperationResult<UpdateItemOutput, UpdateItemError> {
        let attributes = self.update(input).map_err(TableError::into_sdk_error)?;
        Ok(UpdateItemOutput::builder().set_attributes(attributes).build())
    }

    fn update(&mut self, input: UpdateItemInput) -> Result<Option<Item>, TableError> {
        self.check_table(input.table_name.as_deref())?;
        refuse_unsupported(&[
            ("Expected", input.expected.is_some()),
            ("AttributeUpdates", input.attribute_updates.is_some()),
            ("ConditionalOperator", input.conditional_operator.is_some()),
            ("ReturnConsumedCapacity", input.return_consumed_capacity.is_some()),
            ("ReturnItemCollectionMetrics", input.return_item_collection_metrics.is_some()),
        ])?;
        let key = Key::exactly(&input.key.unwrap_or_default(), &self.schema.keys)?;
        let update = input.update_expression.as_deref().map(expression::update).transpose()?;
        let parameters = WriteParameters {
            condition: input.condition_expression,
            names: input.expression_attribute_names,
            values: input.expression_attribute_values,
            shows_old: shows_old(input.return_values_on_condition_check_failure.as_ref()),
        };
        let action = Action::new(&self.schema, key, WriteKind::Update(update), parameters)?;
        let image = match input.return_values {
            None | Some(ReturnValue::None) => return self.write(&action).map(|_| None),
            Some(ReturnValue::AllOld) => self.write(&action)?.old,
            Some(ReturnValue::AllNew) => self.write(&action)?.new,
            Some(other) => return Err(unsupported(&format!("ReturnValues {other} of UpdateItem"))),
        };
        Ok(image.map(|item| Item::clone(&item)))
    }

    /// Carries out one write, and returns what it changed.
    fn write(&mut self, action: &Action) -> Result<Change, TableError> {
        let (change, _) = self.evaluate(action)?;
        self.apply(change.clone(), false);
        Ok(change)
    }
}

/// Whether the error of a failed condition contains the item.
pub(super) fn shows_old(requested: Option<&ReturnValuesOnConditionCheckFailure>) -> bool {
    requested == Some(&ReturnValuesOnConditionCheckFailure::AllOld)
}
