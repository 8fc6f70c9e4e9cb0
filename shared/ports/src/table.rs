use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::batch_get_item::builders::BatchGetItemInputBuilder;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::get_item::builders::GetItemInputBuilder;
use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::builders::PutItemInputBuilder;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use aws_sdk_dynamodb::operation::query::{QueryError, QueryOutput};
use aws_sdk_dynamodb::operation::scan::builders::ScanInputBuilder;
use aws_sdk_dynamodb::operation::scan::{ScanError, ScanOutput};
use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsInputBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};

use crate::Answer;

/// DynamoDB.
pub trait Table: std::fmt::Debug + Send + Sync {
    /// Reads an item by its key.
    fn get_item(&self, input: GetItemInputBuilder) -> Answer<'_, GetItemOutput, GetItemError>;
    /// Reads up to 100 items by their keys; keys that it leaves over must be asked for again.
    fn batch_get_item(
        &self,
        input: BatchGetItemInputBuilder,
    ) -> Answer<'_, BatchGetItemOutput, BatchGetItemError>;
    /// Writes an item whole.
    fn put_item(&self, input: PutItemInputBuilder) -> Answer<'_, PutItemOutput, PutItemError>;
    /// Changes an item if its condition holds.
    fn update_item(&self, input: UpdateItemInputBuilder) -> Answer<'_, UpdateItemOutput, UpdateItemError>;
    /// Reads the items of a partition, of the table or of an index.
    fn query(&self, input: QueryInputBuilder) -> Answer<'_, QueryOutput, QueryError>;
    /// Writes up to 100 items, all or none. The reasons of a cancellation are in the order of the items.
    fn transact_write_items(
        &self,
        input: TransactWriteItemsInputBuilder,
    ) -> Answer<'_, TransactWriteItemsOutput, TransactWriteItemsError>;
}

/// The whole of DynamoDB's table, read from end to end: only for what an operator does by hand, never for a function.
pub trait WholeTable: std::fmt::Debug + Send + Sync {
    /// Reads a page of everything.
    fn scan(&self, input: ScanInputBuilder) -> Answer<'_, ScanOutput, ScanError>;
}

impl WholeTable for Client {
    fn scan(&self, input: ScanInputBuilder) -> Answer<'_, ScanOutput, ScanError> {
        Box::pin(input.send_with(self))
    }
}

impl Table for Client {
    fn get_item(&self, input: GetItemInputBuilder) -> Answer<'_, GetItemOutput, GetItemError> {
        Box::pin(input.send_with(self))
    }

    fn batch_get_item(
        &self,
        input: BatchGetItemInputBuilder,
    ) -> Answer<'_, BatchGetItemOutput, BatchGetItemError> {
        Box::pin(input.send_with(self))
    }

    fn put_item(&self, input: PutItemInputBuilder) -> Answer<'_, PutItemOutput, PutItemError> {
        Box::pin(input.send_with(self))
    }

    fn update_item(&self, input: UpdateItemInputBuilder) -> Answer<'_, UpdateItemOutput, UpdateItemError> {
        Box::pin(input.send_with(self))
    }

    fn query(&self, input: QueryInputBuilder) -> Answer<'_, QueryOutput, QueryError> {
        Box::pin(input.send_with(self))
    }

    fn transact_write_items(
        &self,
        input: TransactWriteItemsInputBuilder,
    ) -> Answer<'_, TransactWriteItemsOutput, TransactWriteItemsError> {
        Box::pin(input.send_with(self))
    }
}
