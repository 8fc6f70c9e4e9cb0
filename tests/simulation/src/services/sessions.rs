//! The table of sessions behind the product's port, as far as pages use it: who is signed in, and forms that are kept. It
//! fails as the other table does, but never lags. How people sign in at the issuer is not simulated; what they get is put
//! here.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::batch_get_item::builders::BatchGetItemInputBuilder;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::get_item::builders::GetItemInputBuilder;
use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::builders::PutItemInputBuilder;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use aws_sdk_dynamodb::operation::query::{QueryError, QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsInputBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemInput, UpdateItemOutput};
use claim_ports::{Answer, Table};
use test_support::table::{OperationError, TableError};

use super::Operation;
use super::table::{Refusal, draw_read_outcome, draw_write_outcome, port, refusal};
use crate::engine::Simulation;
use crate::state::SimulationState;

/// The table of sessions.
#[derive(Debug)]
pub(crate) struct SessionTable(pub(crate) Simulation);

impl Table for SessionTable {
    port!(get_item(0): GetItemInputBuilder, GetItemOutput, GetItemError, GET);
    port!(put_item(0): PutItemInputBuilder, PutItemOutput, PutItemError, PUT);
    port!(update_item(0): UpdateItemInputBuilder, UpdateItemOutput, UpdateItemError, UPDATE);
    port!(query(0): QueryInputBuilder, QueryOutput, QueryError, QUERY);

    fn batch_get_item(
        &self,
        _: BatchGetItemInputBuilder,
    ) -> Answer<'_, BatchGetItemOutput, BatchGetItemError> {
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
    carry_out: |state, input, _| state.sessions.get_item(input),
    refusal,
};

const QUERY: Operation<QueryInput, QueryOutput, QueryError, Refusal> = Operation {
    name: "Query of sessions",
    down: None,
    draw_outcome: |state, _| draw_read_outcome(state),
    carry_out: |state, input, _| state.sessions.query(input),
    refusal,
};

const PUT: Operation<PutItemInput, PutItemOutput, PutItemError, Refusal> = Operation {
    name: "PutItem of a session",
    down: None,
    draw_outcome: |state, _| draw_write_outcome(state, 0),
    carry_out: |state, input, _| {
        let written = state.sessions.put_item(input);
        caught_up(state, written)
    },
    refusal,
};

const UPDATE: Operation<UpdateItemInput, UpdateItemOutput, UpdateItemError, Refusal> = Operation {
    name: "UpdateItem of a session",
    down: None,
    draw_outcome: |state, _| draw_write_outcome(state, 0),
    carry_out: |state, input, _| {
        let written = state.sessions.update_item(input);
        caught_up(state, written)
    },
    refusal,
};

/// After a write: nothing lags, and nobody reads the stream.
fn caught_up<T>(state: &mut SimulationState, written: T) -> T {
    state.sessions.catch_up();
    state.sessions.take_records();
    written
}

fn unsupported<'a, O: Send + 'a, E: OperationError + Send + 'a>() -> Answer<'a, O, E> {
    let what = "this operation on the table of sessions is not simulated".to_owned();
    let error: SdkError<E> = TableError::Validation(what).into_sdk_error();
    Box::pin(std::future::ready(Err(error)))
}
