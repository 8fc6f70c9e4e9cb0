//! The table in memory behind the product's port.

use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::batch_get_item::builders::BatchGetItemInputBuilder;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::get_item::builders::GetItemInputBuilder;
use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::builders::PutItemInputBuilder;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use aws_sdk_dynamodb::operation::query::{QueryError, QueryOutput};
use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsInputBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use claim_ports::Answer;

use crate::table::{OperationError, Schema, Table, TableError};

/// The name of the table of claims.
pub const TABLE: &str = "Table";
/// The name of the table of sessions.
pub const SESSIONS: &str = "SessionsTable";

/// An operation that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fails {
    /// None.
    Nothing,
    /// Updates of items.
    Updates,
    /// Every operation.
    Everything,
}

/// A table behind the product's port. Nothing is late unless it is [`lagging`](Self::lagging).
#[derive(Debug)]
pub struct MemoryTable(Mutex<State>);

#[derive(Debug)]
struct State {
    table: Table,
    lags: bool,
    fails: Fails,
}

impl MemoryTable {
    /// The empty table of claims.
    pub fn of_claims() -> Self {
        Self::over(Table::new(Schema::of_claims()))
    }

    /// The empty table of sessions.
    pub fn of_sessions() -> Self {
        Self::over(Table::new(Schema::of_sessions()))
    }

    fn over(table: Table) -> Self {
        Self(Mutex::new(State { table, lags: false, fails: Fails::Nothing }))
    }

    /// The same, and each operation lets eventually consistent reads and the indexes follow by one change only.
    #[must_use]
    pub fn lagging(self) -> Self {
        self.state().lags = true;
        self
    }

    /// A table of its own with the same items.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self::over(self.state().table.clone())
    }

    /// Lets operations fail from now on.
    pub fn fails(&self, what: Fails) {
        self.state().fails = what;
    }

    /// Looks at the table itself, or changes it past all that can fail.
    pub fn with<T>(&self, work: impl FnOnce(&mut Table) -> T) -> T {
        let mut state = self.state();
        let done = work(&mut state.table);
        if !state.lags {
            state.table.catch_up();
        }
        done
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call<'a, I, O, E>(
        &self,
        failing: &[Fails],
        input: Result<I, BuildError>,
        operation: impl FnOnce(&mut Table, I) -> Result<O, SdkError<E>>,
    ) -> Answer<'a, O, E>
    where
        O: Send + 'a,
        E: OperationError + Send + 'a,
    {
        let mut state = self.state();
        let answer = match failing.contains(&state.fails) {
            true => Err(TableError::Internal.into_sdk_error()),
            false => input
                .map_err(SdkError::construction_failure)
                .and_then(|input| operation(&mut state.table, input)),
        };
        state.follow();
        Box::pin(std::future::ready(answer))
    }
}

impl State {
    fn follow(&mut self) {
        match self.lags {
            true => self.table.views().for_each(|view| self.table.advance(view, 1)),
            false => self.table.catch_up(),
        }
    }
}

/// What fails when everything does, and what fails when updates do.
const ANY: &[Fails] = &[Fails::Everything];
const UPDATE: &[Fails] = &[Fails::Everything, Fails::Updates];

impl claim_ports::Table for MemoryTable {
    fn get_item(&self, input: GetItemInputBuilder) -> Answer<'_, GetItemOutput, GetItemError> {
        self.call(ANY, input.build(), |table, input| table.get_item(input))
    }

    fn batch_get_item(
        &self,
        input: BatchGetItemInputBuilder,
    ) -> Answer<'_, BatchGetItemOutput, BatchGetItemError> {
        self.call(ANY, input.build(), Table::batch_get_item)
    }

    fn put_item(&self, input: PutItemInputBuilder) -> Answer<'_, PutItemOutput, PutItemError> {
        self.call(ANY, input.build(), Table::put_item)
    }

    fn update_item(&self, input: UpdateItemInputBuilder) -> Answer<'_, UpdateItemOutput, UpdateItemError> {
        self.call(UPDATE, input.build(), Table::update_item)
    }

    fn query(&self, input: QueryInputBuilder) -> Answer<'_, QueryOutput, QueryError> {
        self.call(ANY, input.build(), |table, input| table.query(input))
    }

    fn transact_write_items(
        &self,
        input: TransactWriteItemsInputBuilder,
    ) -> Answer<'_, TransactWriteItemsOutput, TransactWriteItemsError> {
        self.call(ANY, input.build(), Table::transact_write_items)
    }
}
