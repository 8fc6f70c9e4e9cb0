//! The table of sessions behind the product's port, as far as pages use it: who is signed in, and forms that are kept. It
//! fails as the other table does. How people sign in at the issuer is not simulated; what they get is put here.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::batch_get_item::builders::BatchGetItemInputBuilder;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::get_item::builders::GetItemInputBuilder;
use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::builders::PutItemInputBuilder;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use aws_sdk_dynamodb::operation::query::{QueryError, QueryOutput};
use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsInputBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::AttributeValue;
use claim_ports::{Answer, Table};

use super::Operation;
use super::table::{Refusal, draw_read_outcome, draw_write_outcome, refusal};
use crate::engine::Simulation;
use crate::table::{Item, OperationError, TableError};

/// The name of the table.
pub(crate) const SESSIONS: &str = "Sessions";

/// The table of sessions.
#[derive(Debug)]
pub(crate) struct SessionTable(pub(crate) Simulation);

impl Table for SessionTable {
    fn get_item(&self, input: GetItemInputBuilder) -> Answer<'_, GetItemOutput, GetItemError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            GET.call(&self.0, input).await
        })
    }

    fn put_item(&self, input: PutItemInputBuilder) -> Answer<'_, PutItemOutput, PutItemError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            PUT.call(&self.0, input).await
        })
    }

    fn update_item(&self, input: UpdateItemInputBuilder) -> Answer<'_, UpdateItemOutput, UpdateItemError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            UPDATE.call(&self.0, input).await
        })
    }

    fn batch_get_item(
        &self,
        _: BatchGetItemInputBuilder,
    ) -> Answer<'_, BatchGetItemOutput, BatchGetItemError> {
        unsupported()
    }

    fn query(&self, _: QueryInputBuilder) -> Answer<'_, QueryOutput, QueryError> {
        unsupported()
    }

    fn transact_write_items(
        &self,
        _: TransactWriteItemsInputBuilder,
    ) -> Answer<'_, TransactWriteItemsOutput, TransactWriteItemsError> {
        unsupported()
    }
}

const GET: Operation<GetItemInput, GetItemOutput, GetItemError, Refusal> = Operation {
    name: "GetItem of a session",
    down: None,
    draw_outcome: |state, _| draw_read_outcome(state),
    carry_out: |state, input, _| {
        let item = state.sessions.get(&key(input.key())).cloned();
        Ok(GetItemOutput::builder().set_item(item).build())
    },
    refusal,
};

const PUT: Operation<PutItemInput, PutItemOutput, PutItemError, Refusal> = Operation {
    name: "PutItem of a session",
    down: None,
    draw_outcome: |state, _| draw_write_outcome(state, 0),
    carry_out: |state, input, _| {
        if input.condition_expression().is_some() {
            return Err(refused("a condition of a session"));
        }
        state.sessions.insert(key(input.item()), input.item().cloned().unwrap_or_default());
        Ok(PutItemOutput::builder().build())
    },
    refusal,
};

const UPDATE: Operation<UpdateItemInput, UpdateItemOutput, UpdateItemError, Refusal> = Operation {
    name: "UpdateItem of a session",
    down: None,
    draw_outcome: |state, _| draw_write_outcome(state, 0),
    carry_out: |state, input, _| match state.sessions.contains_key(&key(input.key())) {
        true => Err(refused("the change of an item of the table of sessions")),
        // What is changed has to be there: nobody has a calendar.
        false => Err(TableError::ConditionFailed { item: None }.into_sdk_error()),
    },
    refusal,
};

fn key(of: Option<&Item>) -> String {
    let key = of.and_then(|item| item.get("pk")).and_then(|value: &AttributeValue| value.as_s().ok());
    key.cloned().unwrap_or_default()
}

fn refused<E: OperationError>(what: &str) -> SdkError<E> {
    TableError::Validation(format!("{what} is not simulated")).into_sdk_error()
}

fn unsupported<'a, O: Send + 'a, E: OperationError + Send + 'a>() -> Answer<'a, O, E> {
    Box::pin(std::future::ready(Err(refused("this operation on the table of sessions"))))
}
