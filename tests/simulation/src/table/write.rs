//! PutItem and UpdateItem.

use std::sync::Arc;

use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::action::{Action, Draft, Effect};
use super::value::{Key, unsupported};
use super::view::Change;
use super::{Answer, Fault, Item, Table, expression, without};

impl Table {
    /// PutItem.
    ///
    /// # Errors
    /// As the service's.
    pub fn put_item(&mut self, input: PutItemInput) -> Answer<PutItemOutput, PutItemError> {
        let attributes = self.put(input).map_err(Fault::refuse)?;
        Ok(PutItemOutput::builder().set_attributes(attributes).build())
    }

    fn put(&mut self, input: PutItemInput) -> Result<Option<Item>, Fault> {
        self.check_table(input.table_name.as_deref())?;
        without(&[
            ("Expected", input.expected.is_some()),
            ("ConditionalOperator", input.conditional_operator.is_some()),
            ("ReturnConsumedCapacity", input.return_consumed_capacity.is_some()),
            ("ReturnItemCollectionMetrics", input.return_item_collection_metrics.is_some()),
        ])?;
        let item = input.item.unwrap_or_default();
        let key = Key::of(&item, &self.schema.keys)?;
        let draft = Draft {
            condition: input.condition_expression,
            names: input.expression_attribute_names,
            values: input.expression_attribute_values,
            shows_old: shows_old(input.return_values_on_condition_check_failure.as_ref()),
        };
        let action = Action::new(&self.schema, key, Effect::Put(Arc::new(item)), draft)?;
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
    pub fn update_item(&mut self, input: UpdateItemInput) -> Answer<UpdateItemOutput, UpdateItemError> {
        let attributes = self.update(input).map_err(Fault::refuse)?;
        Ok(UpdateItemOutput::builder().set_attributes(attributes).build())
    }

    fn update(&mut self, input: UpdateItemInput) -> Result<Option<Item>, Fault> {
        self.check_table(input.table_name.as_deref())?;
        without(&[
            ("Expected", input.expected.is_some()),
            ("AttributeUpdates", input.attribute_updates.is_some()),
            ("ConditionalOperator", input.conditional_operator.is_some()),
            ("ReturnConsumedCapacity", input.return_consumed_capacity.is_some()),
            ("ReturnItemCollectionMetrics", input.return_item_collection_metrics.is_some()),
        ])?;
        let key = Key::exactly(&input.key.unwrap_or_default(), &self.schema.keys)?;
        let update = input.update_expression.as_deref().map(expression::update).transpose()?;
        let draft = Draft {
            condition: input.condition_expression,
            names: input.expression_attribute_names,
            values: input.expression_attribute_values,
            shows_old: shows_old(input.return_values_on_condition_check_failure.as_ref()),
        };
        let action = Action::new(&self.schema, key, Effect::Update(update), draft)?;
        let image = match input.return_values {
            None | Some(ReturnValue::None) => return self.write(&action).map(|_| None),
            Some(ReturnValue::AllOld) => self.write(&action)?.old,
            Some(ReturnValue::AllNew) => self.write(&action)?.new,
            Some(other) => return Err(unsupported(&format!("ReturnValues {other} of UpdateItem"))),
        };
        Ok(image.map(|item| Item::clone(&item)))
    }

    /// Performs one action, and tells what changed.
    fn write(&mut self, action: &Action) -> Result<Change, Fault> {
        let (change, _) = self.consider(action)?;
        self.apply(change.clone(), false);
        Ok(change)
    }
}

/// Whether a failed condition shows the item.
pub(super) fn shows_old(asked: Option<&ReturnValuesOnConditionCheckFailure>) -> bool {
    asked == Some(&ReturnValuesOnConditionCheckFailure::AllOld)
}
