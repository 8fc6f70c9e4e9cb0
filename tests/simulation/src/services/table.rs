//! DynamoDB: the model of the table behind the product's port, with what can go wrong on the way.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::batch_get_item::builders::BatchGetItemInputBuilder;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::get_item::builders::GetItemInputBuilder;
use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::builders::PutItemInputBuilder;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use aws_sdk_dynamodb::operation::query::{QueryError, QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsInputBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsError, TransactWriteItemsInput, TransactWriteItemsOutput,
};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemInput, UpdateItemOutput};
use claim_ports::{Answer, Table};

use super::{By, Course, Operation};
use crate::engine::Sim;
use crate::faults::Fault;
use crate::state::{State, instant};
use crate::table::{OperationError, TableError, View};
use crate::{model, stream};

/// How a write is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Throttled,
    Internal,
    Conflict(usize),
    InProgress,
}

/// The ports' functions, all of one form.
macro_rules! port {
    ($name:ident: $builder:ty, $output:ty, $error:ty, $operation:ident) => {
        fn $name(&self, input: $builder) -> Answer<'_, $output, $error> {
            Box::pin(async move {
                let input = input.build().map_err(SdkError::construction_failure)?;
                $operation.call(self, input).await
            })
        }
    };
}

impl Table for Sim {
    port!(get_item: GetItemInputBuilder, GetItemOutput, GetItemError, GET);
    port!(batch_get_item: BatchGetItemInputBuilder, BatchGetItemOutput, BatchGetItemError, BATCH_GET);
    port!(put_item: PutItemInputBuilder, PutItemOutput, PutItemError, PUT);
    port!(update_item: UpdateItemInputBuilder, UpdateItemOutput, UpdateItemError, UPDATE);
    port!(query: QueryInputBuilder, QueryOutput, QueryError, QUERY);

    fn transact_write_items(
        &self,
        input: TransactWriteItemsInputBuilder,
    ) -> Answer<'_, TransactWriteItemsOutput, TransactWriteItemsError> {
        Box::pin(async move {
            // The SDK gives every call a token of its own, the same one at every attempt.
            let token = format!("{:032x}", self.state().random.ids.u128(..));
            let token = input.get_client_request_token().clone().unwrap_or(token);
            let input = input.client_request_token(token).build().map_err(SdkError::construction_failure)?;
            TRANSACT.call(self, input).await
        })
    }
}

const GET: Operation<GetItemInput, GetItemOutput, GetItemError, Refused> = Operation {
    name: "GetItem",
    course: |state, _| read(state),
    carry_out: |state, input, _| state.table.get_item(input),
    refuse,
};

const BATCH_GET: Operation<BatchGetItemInput, BatchGetItemOutput, BatchGetItemError, Refused> = Operation {
    name: "BatchGetItem",
    course: |state, _| read(state),
    carry_out: |state, input, _| {
        let left_over = {
            let State { faults, random, .. } = state;
            faults.draw(&mut random.table, &[Fault::BatchLeftOver])
        };
        if left_over.is_some() {
            let keys = state.random.table.usize(0..3);
            state.table.leave_over(keys);
        }
        state.table.batch_get_item(input)
    },
    refuse,
};

const QUERY: Operation<QueryInput, QueryOutput, QueryError, Refused> = Operation {
    name: "Query",
    course: |state, _| read(state),
    carry_out: |state, input, _| state.table.query(input),
    refuse,
};

const PUT: Operation<PutItemInput, PutItemOutput, PutItemError, Refused> = Operation {
    name: "PutItem",
    course: |state, _| write(state, 0),
    carry_out: |state, input, by| written(state, by, |state| state.table.put_item(input)),
    refuse,
};

const UPDATE: Operation<UpdateItemInput, UpdateItemOutput, UpdateItemError, Refused> = Operation {
    name: "UpdateItem",
    course: |state, _| write(state, 0),
    carry_out: |state, input, by| written(state, by, |state| state.table.update_item(input)),
    refuse,
};

const TRANSACT: Operation<
    TransactWriteItemsInput,
    TransactWriteItemsOutput,
    TransactWriteItemsError,
    Refused,
> = Operation {
    name: "TransactWriteItems",
    course: |state, input| write(state, input.transact_items().len()),
    carry_out: |state, input, by| written(state, by, |state| state.table.transact_write_items(input)),
    refuse,
};

fn refuse<E: OperationError>(refused: Refused) -> SdkError<E> {
    match refused {
        Refused::Throttled => TableError::Throttled,
        Refused::Internal => TableError::Internal,
        Refused::Conflict(0) => TableError::Conflict,
        Refused::Conflict(actions) => TableError::transaction_conflict(actions, &[0]),
        Refused::InProgress => TableError::InProgress,
    }
    .into_sdk_error()
}

/// How a read goes.
fn read(state: &mut State) -> Course<Refused> {
    let kinds = [Fault::TableThrottled, Fault::TableFailed, Fault::TableRequestLost];
    match state.faults.draw(&mut state.random.table, &kinds) {
        None => Course::Fine,
        Some(Fault::TableThrottled) => Course::Refused(Refused::Throttled),
        Some(Fault::TableFailed) => Course::Refused(Refused::Internal),
        Some(_) => Course::RequestLost,
    }
}

/// How a write of so many actions goes; a single one has none.
fn write(state: &mut State, actions: usize) -> Course<Refused> {
    let kinds = [
        Fault::TableThrottled,
        Fault::TableFailed,
        Fault::TableRequestLost,
        Fault::TableAnswerLost,
        Fault::TableLate,
        Fault::TableConflict,
    ];
    let fault = state.faults.draw(&mut state.random.table, &kinds);
    let under_way = state.random.table.u32(0..8) == 0;
    match fault {
        None => Course::Fine,
        Some(Fault::TableThrottled) => Course::Refused(Refused::Throttled),
        Some(Fault::TableFailed) => Course::Refused(Refused::Internal),
        Some(Fault::TableRequestLost) => Course::RequestLost,
        Some(Fault::TableAnswerLost) => Course::AnswerLost,
        Some(Fault::TableLate) => Course::Late,
        Some(_) if under_way && actions > 0 => Course::Refused(Refused::InProgress),
        Some(_) => Course::Refused(Refused::Conflict(actions)),
    }
}

/// Carries out a write, and lets everybody see what it changed: at once those who watch, later the stream and the
/// indexes.
fn written<O, E>(
    state: &mut State,
    by: By,
    carry_out: impl FnOnce(&mut State) -> Result<O, SdkError<E>>,
) -> Result<O, SdkError<E>> {
    state.table.set_time(instant(state.agenda.now()));
    let before: Vec<usize> = state.table.views().map(|view| state.table.behind(view)).collect();
    let result = carry_out(state);
    let records = state.table.take_records();
    if records.is_empty() {
        return result;
    }
    model::observe(state, by.task, &records);
    for record in &records {
        stream::changed(state, record);
    }
    let late = {
        let State { faults, random, .. } = state;
        faults.draw(&mut random.table, &[Fault::IndexLate])
    };
    let delay = match late {
        Some(_) => state.random.table.i64(10_000..30 * 60_000),
        None => state.random.table.i64(1..400),
    };
    let views = state.table.views().zip(before);
    let changes: Vec<(View, usize)> = views
        .map(|(view, before)| (view, state.table.behind(view) - before))
        .filter(|(_, n)| *n > 0)
        .collect();
    state.agenda.after(delay, move |state| {
        for (view, changes) in changes {
            state.table.advance(view, changes);
        }
    });
    result
}
