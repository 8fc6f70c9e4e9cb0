//! What a test case works on: a table and a bucket behind the product's own ports, with a partition of the table that
//! no other case uses.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsInput};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::builders::{ConditionCheckBuilder, PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, Put, TransactWriteItem, Update,
};
use claim_ports::Table;
use dispatch::services::Bucket;
use evidence::Documents;
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_attribute_value, to_item};
use serde_json::{Value, json};

use super::CaseResult;
use test_support::table::Item;

/// How often an eventually consistent read is tried, and how long to wait in between.
const ATTEMPTS: u32 = 60;
const PAUSE: Duration = Duration::from_millis(50);

/// Why a case failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failed(pub String);

impl<E> From<SdkError<E>> for Failed
where
    E: std::error::Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        Self(DisplayErrorContext(error).to_string())
    }
}

impl From<serde_dynamo::Error> for Failed {
    fn from(error: serde_dynamo::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<aws_sdk_dynamodb::error::BuildError> for Failed {
    fn from(error: aws_sdk_dynamodb::error::BuildError) -> Self {
        Self(error.to_string())
    }
}

/// A record of the table's stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamRecord {
    /// `INSERT`, `MODIFY` or `REMOVE`.
    pub what: String,
    /// Its sequence number, as text that sorts in the order of the stream.
    pub sequence: String,
    /// The item's key.
    pub keys: Value,
    /// The item before the change.
    pub old: Option<Value>,
    /// The item after the change.
    pub new: Option<Value>,
}

/// Reads the table's stream.
pub trait StreamReader: Send + Sync {
    /// All records so far for the items of a partition.
    ///
    /// # Errors
    /// When the stream cannot be read.
    fn records(&self, partition: &str) -> Result<Vec<StreamRecord>, Failed>;
}

/// A table and a bucket, with a partition of the table and keys of the bucket that belong to one case.
pub struct Fixture {
    documents: Arc<dyn Documents>,
    files: Arc<dyn Bucket>,
    table: Arc<dyn Table>,
    name: String,
    partition: String,
    stream: Arc<dyn StreamReader>,
}

impl Fixture {
    /// The fixture of one case, in the table and the bucket of that name.
    pub fn new(
        documents: Arc<dyn Documents>,
        files: Arc<dyn Bucket>,
        table: Arc<dyn Table>,
        name: impl Into<String>,
        partition: &str,
        stream: Arc<dyn StreamReader>,
    ) -> Self {
        Self { documents, files, table, name: name.into(), partition: partition.to_owned(), stream }
    }

    pub(super) fn table(&self) -> &dyn Table {
        self.table.as_ref()
    }

    pub(super) fn files(&self) -> &dyn Bucket {
        self.files.as_ref()
    }

    pub(super) fn documents(&self) -> &dyn Documents {
        self.documents.as_ref()
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// A value that no other case uses.
    pub(super) fn unique_name(&self, word: &str) -> String {
        format!("{}-{word}", self.partition)
    }

    /// The key of an item of this case.
    pub(super) fn key(&self, sk: &str) -> Item {
        [("pk", self.partition.as_str()), ("sk", sk)]
            .map(|(name, part)| (name.to_owned(), AttributeValue::S(part.to_owned())))
            .into()
    }

    /// An item of this case, with more attributes.
    pub(super) fn item(&self, sk: &str, attributes: Value) -> Result<Item, Failed> {
        let mut item: Item = to_item(attributes)?;
        item.extend(self.key(sk));
        Ok(item)
    }

    pub(super) async fn put(&self, sk: &str, attributes: Value) -> CaseResult {
        let put = PutItemInput::builder().table_name(&self.name).set_item(Some(self.item(sk, attributes)?));
        self.table.put_item(put).await?;
        Ok(())
    }

    /// An item as it is, without its key; `None` if there is none.
    pub(super) async fn get(&self, sk: &str) -> Result<Option<Value>, Failed> {
        let get = GetItemInput::builder().table_name(&self.name).set_key(Some(self.key(sk)));
        let found = self.table.get_item(get.consistent_read(true)).await?;
        found.item.map(without_key).transpose()
    }

    /// An update of an item, to be completed by the caller.
    pub(super) fn update(&self, sk: &str, expression: &str) -> UpdateItemInputBuilder {
        UpdateItemInput::builder()
            .table_name(&self.name)
            .set_key(Some(self.key(sk)))
            .update_expression(expression)
    }

    pub(super) async fn send(&self, update: UpdateItemInputBuilder) -> Result<UpdateItemOutput, Failed> {
        Ok(self.table.update_item(update).await?)
    }

    /// The error code of an update, or `ok`.
    pub(super) async fn code_of(&self, update: UpdateItemInputBuilder) -> String {
        code(&self.table.update_item(update).await)
    }

    /// A query, to be completed by the caller.
    pub(super) fn query(&self) -> QueryInputBuilder {
        QueryInput::builder().table_name(&self.name)
    }

    /// Repeats the query until it returns so many items, since an index lags behind the table.
    pub(super) async fn query_until(
        &self,
        query: QueryInputBuilder,
        items: usize,
    ) -> Result<QueryOutput, Failed> {
        let mut found = 0;
        for _ in 0..ATTEMPTS {
            let page = self.table.query(query.clone()).await?;
            found = page.items().len();
            if found == items {
                return Ok(page);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(Failed(format!("the index never has {items} items, but {found}")))
    }

    /// A put in a transaction, to be completed by the caller.
    pub(super) fn transacted_put(&self, sk: &str, attributes: Value) -> Result<PutBuilder, Failed> {
        Ok(Put::builder().table_name(&self.name).set_item(Some(self.item(sk, attributes)?)))
    }

    pub(super) fn transacted_update(&self, sk: &str, expression: &str) -> UpdateBuilder {
        Update::builder().table_name(&self.name).set_key(Some(self.key(sk))).update_expression(expression)
    }

    pub(super) fn transacted_check(&self, sk: &str, condition: &str) -> ConditionCheckBuilder {
        ConditionCheck::builder()
            .table_name(&self.name)
            .set_key(Some(self.key(sk)))
            .condition_expression(condition)
    }

    pub(super) async fn transact(
        &self,
        token: Option<&str>,
        actions: Vec<TransactWriteItem>,
    ) -> Result<(), SdkError<TransactWriteItemsError>> {
        let transaction = TransactWriteItemsInput::builder().set_transact_items(Some(actions));
        let transaction = transaction.set_client_request_token(token.map(str::to_owned));
        self.table.transact_write_items(transaction).await.map(|_| ())
    }

    /// The stream's records for this case, once there are so many.
    pub(super) async fn stream_records(&self, expected: usize) -> Result<Vec<StreamRecord>, Failed> {
        let mut records = Vec::new();
        for _ in 0..ATTEMPTS {
            records = self.stream.records(&self.partition)?;
            if records.len() >= expected {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        check_eq(records.len(), expected, "the number of records")?;
        Ok(records)
    }
}

/// Makes an action of a transaction.
pub(super) trait Action {
    fn action(self) -> Result<TransactWriteItem, Failed>;
}

impl Action for PutBuilder {
    fn action(self) -> Result<TransactWriteItem, Failed> {
        Ok(TransactWriteItem::builder().put(self.build()?).build())
    }
}

impl Action for UpdateBuilder {
    fn action(self) -> Result<TransactWriteItem, Failed> {
        Ok(TransactWriteItem::builder().update(self.build()?).build())
    }
}

impl Action for ConditionCheckBuilder {
    fn action(self) -> Result<TransactWriteItem, Failed> {
        Ok(TransactWriteItem::builder().condition_check(self.build()?).build())
    }
}

impl Action for aws_sdk_dynamodb::types::builders::DeleteBuilder {
    fn action(self) -> Result<TransactWriteItem, Failed> {
        Ok(TransactWriteItem::builder().delete(self.build()?).build())
    }
}

impl Fixture {
    pub(super) fn transacted_delete(&self, sk: &str) -> aws_sdk_dynamodb::types::builders::DeleteBuilder {
        Delete::builder().table_name(&self.name).set_key(Some(self.key(sk)))
    }
}

/// A value as an attribute value.
pub(super) fn value(value: impl serde::Serialize) -> AttributeValue {
    to_attribute_value(value).unwrap_or(AttributeValue::Null(true))
}

/// An item as JSON, without its key.
pub(super) fn without_key(item: Item) -> Result<Value, Failed> {
    let mut item: Value = from_item(item)?;
    if let Some(attributes) = item.as_object_mut() {
        attributes.remove("pk");
        attributes.remove("sk");
    }
    Ok(item)
}

/// The sort keys of items.
pub(super) fn sort_keys(items: &[Item]) -> Vec<&str> {
    items.iter().filter_map(|item| item.get("sk")?.as_s().ok()).map(String::as_str).collect()
}

/// The error code of the service, or `ok`.
pub(super) fn code<O, E: ProvideErrorMetadata>(answer: &Result<O, SdkError<E>>) -> String {
    match answer {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.code().unwrap_or("no code").to_owned(),
    }
}

/// The reasons of a cancelled transaction.
pub(super) fn reasons(
    answer: Result<(), SdkError<TransactWriteItemsError>>,
) -> Result<Vec<CancellationReason>, Failed> {
    match answer {
        Ok(()) => Err(Failed("the transaction was not cancelled".to_owned())),
        Err(error) => match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                Ok(cancelled.cancellation_reasons().to_vec())
            }
            _ => Err(error.into()),
        },
    }
}

pub(super) fn codes(reasons: &[CancellationReason]) -> Vec<&str> {
    reasons.iter().map(|reason| reason.code().unwrap_or("nothing")).collect()
}

/// Fails the case unless both values are equal.
pub(super) fn check_eq<A, B>(got: A, expected: B, what: &str) -> CaseResult
where
    A: PartialEq<B> + std::fmt::Debug,
    B: std::fmt::Debug,
{
    if got == expected { Ok(()) } else { Err(Failed(format!("{what}: expected {expected:?}, got {got:?}"))) }
}

/// The attributes of an item that has nothing but its key.
pub(super) fn no_attributes() -> Value {
    json!({})
}
