//! DynamoDB: the simulated table behind the product's port, with everything that can go wrong in a call.

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

use super::{CallOutcome, Operation, Sender};
use crate::engine::Simulation;
use crate::faults::Fault;
use crate::state::{SimulationState, instant};
use crate::{model, stream};
use test_support::table::{OperationError, TableError, View};

/// Why a read or a write is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Throttled,
    Internal,
    /// A conflict with a transaction, and the number of actions if the write is a transaction as well, or else 0.
    Conflict(usize),
    InProgress,
}

/// An operation of the port. All but one have the same form. After the name stands the field that has the simulation, unless
/// it is the implementor itself.
macro_rules! port {
    ($name:ident $(($field:tt))?: $builder:ty, $output:ty, $error:ty, $operation:ident) => {
        fn $name(&self, input: $builder) -> Answer<'_, $output, $error> {
            Box::pin(async move {
                let input = input.build().map_err(SdkError::construction_failure)?;
                $operation.call(&self$(.$field)?, input).await
            })
        }
    };
}
pub(super) use port;

impl Table for Simulation {
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
            // The SDK gives every call a token of its own, which is the same in every attempt.
            let token = format!("{:032x}", self.state().random.ids.u128(..));
            let token = input.get_client_request_token().clone().unwrap_or(token);
            let input = input.client_request_token(token).build().map_err(SdkError::construction_failure)?;
            TRANSACT.call(self, input).await
        })
    }
}

const GET: Operation<GetItemInput, GetItemOutput, GetItemError, Refusal> = Operation {
    name: "GetItem",
    down: None,
    draw_outcome: |state, _| draw_read_outcome(state),
    carry_out: |state, input, _| state.table.get_item(input),
    refusal,
};

const BATCH_GET: Operation<BatchGetItemInput, BatchGetItemOutput, BatchGetItemError, Refusal> = Operation {
    name: "BatchGetItem",
    down: None,
    draw_outcome: |state, _| draw_read_outcome(state),
    carry_out: |state, input, _| {
        let left_over = {
            let SimulationState { faults, random, .. } = state;
            faults.inject_one(&mut random.table, &[Fault::BatchLeftOver])
        };
        if left_over.is_some() {
            let keys = state.random.table.usize(0..3);
            state.table.leave_over(keys);
        }
        state.table.batch_get_item(input)
    },
    refusal,
};

const QUERY: Operation<QueryInput, QueryOutput, QueryError, Refusal> = Operation {
    name: "Query",
    down: None,
    draw_outcome: |state, _| draw_read_outcome(state),
    carry_out: |state, input, _| state.table.query(input),
    refusal,
};

const PUT: Operation<PutItemInput, PutItemOutput, PutItemError, Refusal> = Operation {
    name: "PutItem",
    down: None,
    draw_outcome: |state, _| draw_write_outcome(state, 0),
    carry_out: |state, input, sender| write(state, sender, |state| state.table.put_item(input)),
    refusal,
};

const UPDATE: Operation<UpdateItemInput, UpdateItemOutput, UpdateItemError, Refusal> = Operation {
    name: "UpdateItem",
    down: None,
    draw_outcome: |state, _| draw_write_outcome(state, 0),
    carry_out: |state, input, sender| write(state, sender, |state| state.table.update_item(input)),
    refusal,
};

const TRANSACT: Operation<
    TransactWriteItemsInput,
    TransactWriteItemsOutput,
    TransactWriteItemsError,
    Refusal,
> = Operation {
    name: "TransactWriteItems",
    down: None,
    draw_outcome: |state, input| draw_write_outcome(state, input.transact_items().len()),
    carry_out: |state, input, sender| write(state, sender, |state| state.table.transact_write_items(input)),
    refusal,
};

pub(super) fn refusal<E: OperationError>(refusal: Refusal) -> SdkError<E> {
    match refusal {
        Refusal::Throttled => TableError::Throttled,
        Refusal::Internal => TableError::Internal,
        Refusal::Conflict(0) => TableError::Conflict,
        Refusal::Conflict(actions) => TableError::transaction_conflict(actions, &[0]),
        Refusal::InProgress => TableError::InProgress,
    }
    .into_sdk_error()
}

/// Draws what happens to a read.
pub(super) fn draw_read_outcome(state: &mut SimulationState) -> CallOutcome<Refusal> {
    let kinds = [Fault::TableThrottled, Fault::TableFailed, Fault::TableRequestLost];
    match state.faults.inject_one(&mut state.random.table, &kinds) {
        None => CallOutcome::Normal,
        Some(Fault::TableThrottled) => CallOutcome::Refused(Refusal::Throttled),
        Some(Fault::TableFailed) => CallOutcome::Refused(Refusal::Internal),
        Some(_) => CallOutcome::RequestLost,
    }
}

/// Draws what happens to a write. `actions` is the number of actions of a transaction, and 0 for a single write.
pub(super) fn draw_write_outcome(state: &mut SimulationState, actions: usize) -> CallOutcome<Refusal> {
    let kinds = [
        Fault::TableThrottled,
        Fault::TableFailed,
        Fault::TableRequestLost,
        Fault::TableAnswerLost,
        Fault::TableLate,
        Fault::TableConflict,
    ];
    let fault = state.faults.inject_one(&mut state.random.table, &kinds);
    let in_progress = state.random.table.u32(0..8) == 0;
    match fault {
        None => CallOutcome::Normal,
        Some(Fault::TableThrottled) => CallOutcome::Refused(Refusal::Throttled),
        Some(Fault::TableFailed) => CallOutcome::Refused(Refusal::Internal),
        Some(Fault::TableRequestLost) => CallOutcome::RequestLost,
        Some(Fault::TableAnswerLost) => CallOutcome::AnswerLost,
        Some(Fault::TableLate) => CallOutcome::Late,
        Some(_) if in_progress && actions > 0 => CallOutcome::Refused(Refusal::InProgress),
        Some(_) => CallOutcome::Refused(Refusal::Conflict(actions)),
    }
}

/// Carries out a write. The reference model sees the changes immediately, the stream and the indexes later.
fn write<O, E>(
    state: &mut SimulationState,
    sender: Sender,
    carry_out: impl FnOnce(&mut SimulationState) -> Result<O, SdkError<E>>,
) -> Result<O, SdkError<E>> {
    state.table.set_time(instant(state.agenda.now()));
    let before: Vec<usize> = state.table.views().map(|view| state.table.behind(view)).collect();
    let result = carry_out(state);
    let records = state.table.take_records();
    if records.is_empty() {
        return result;
    }
    model::observe(state, sender.task, &records);
    for record in &records {
        stream::publish(state, record);
    }
    let late = {
        let SimulationState { faults, random, .. } = state;
        faults.inject_one(&mut random.table, &[Fault::IndexLate])
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
