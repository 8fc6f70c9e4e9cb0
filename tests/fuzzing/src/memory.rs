//! A table and files in memory, as far as the functions need them. All conditions are taken to hold, because these
//! tests are about what the functions read from outside.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Mutex;
use std::time::Duration;

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
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_eventbridge::operation::put_events::builders::PutEventsInputBuilder;
use aws_sdk_eventbridge::operation::put_events::{PutEventsError, PutEventsOutput};
use aws_sdk_s3::operation::delete_object::builders::DeleteObjectInputBuilder;
use aws_sdk_s3::operation::delete_object::{DeleteObjectError, DeleteObjectOutput};
use aws_sdk_s3::operation::list_object_versions::builders::ListObjectVersionsInputBuilder;
use aws_sdk_s3::operation::list_object_versions::{ListObjectVersionsError, ListObjectVersionsOutput};
use aws_sdk_s3::operation::put_object::builders::PutObjectInputBuilder;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_scheduler::operation::create_schedule::builders::CreateScheduleInputBuilder;
use aws_sdk_scheduler::operation::create_schedule::{CreateScheduleError, CreateScheduleOutput};
use aws_sdk_scheduler::operation::delete_schedule::builders::DeleteScheduleInputBuilder;
use aws_sdk_scheduler::operation::delete_schedule::{DeleteScheduleError, DeleteScheduleOutput};
use aws_sdk_sesv2::operation::send_email::builders::SendEmailInputBuilder;
use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailOutput};
use aws_sdk_sqs::operation::send_message::builders::SendMessageInputBuilder;
use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageOutput};
use aws_smithy_types::error::ErrorMetadata;
use claim_ports::{Answer, Table};
use claim_runtime::{Aws, Variables};
use dispatch::services::{Bucket, Bus, Mailer, Queue, Scheduler};
use evidence::{Content, DocumentBucket, Documents, Download, Signed, Upload};

pub(crate) type Item = HashMap<String, AttributeValue>;

#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<BTreeMap<(String, String), Item>>);

impl Clone for Memory {
    fn clone(&self) -> Self {
        Self(Mutex::new(self.0.lock().unwrap().clone()))
    }
}

fn text(item: &Item, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}

fn key(item: &Item) -> (String, String) {
    (text(item, "pk"), text(item, "sk"))
}

fn ready<'a, O: Send + 'a, E: Send + 'a>(output: O) -> Answer<'a, O, E> {
    Box::pin(std::future::ready(Ok(output)))
}

impl Memory {
    pub(crate) fn items(&self) -> Vec<Item> {
        self.0.lock().unwrap().values().cloned().collect()
    }

    fn get(&self, key_of: &Item) -> Option<Item> {
        self.0.lock().unwrap().get(&key(key_of)).cloned()
    }

    fn put(&self, item: Item) {
        self.0.lock().unwrap().insert(key(&item), item);
    }
}

impl Table for Memory {
    fn get_item(&self, input: GetItemInputBuilder) -> Answer<'_, GetItemOutput, GetItemError> {
        let item = input.get_key().as_ref().and_then(|key| self.get(key));
        ready(GetItemOutput::builder().set_item(item).build())
    }

    fn batch_get_item(
        &self,
        input: BatchGetItemInputBuilder,
    ) -> Answer<'_, BatchGetItemOutput, BatchGetItemError> {
        let mut output = BatchGetItemOutput::builder();
        for (name, wanted) in input.get_request_items().clone().unwrap_or_default() {
            let found = wanted.keys().iter().filter_map(|key| self.get(key)).collect();
            output = output.responses(name, found);
        }
        ready(output.build())
    }

    fn put_item(&self, input: PutItemInputBuilder) -> Answer<'_, PutItemOutput, PutItemError> {
        self.put(input.get_item().clone().unwrap_or_default());
        ready(PutItemOutput::builder().build())
    }

    /// Ends what a session or a draft was; nothing else that is updated is read.
    fn update_item(&self, input: UpdateItemInputBuilder) -> Answer<'_, UpdateItemOutput, UpdateItemError> {
        let ends = input.get_update_expression().as_deref().is_some_and(|text| text.starts_with("SET ended"));
        let prolongs = input.get_update_expression().as_deref()
            == Some("SET #claims = :claims, endsAt = :until, #ttl = :ttl");
        let place = key(&input.get_key().clone().unwrap_or_default());
        if let Some(item) = self.0.lock().unwrap().get_mut(&place).filter(|_| prolongs)
            && !item.contains_key("ended")
        {
            let values = input.get_expression_attribute_values().clone().unwrap_or_default();
            for (name, value) in [("claims", ":claims"), ("endsAt", ":until"), ("ttl", ":ttl")] {
                item.insert(name.to_owned(), values[value].clone());
            }
        }
        if let Some(item) = self.0.lock().unwrap().get_mut(&place).filter(|_| ends) {
            item.insert("ended".to_owned(), AttributeValue::Bool(true));
            for removed in input.get_expression_attribute_names().iter().flat_map(HashMap::values) {
                item.remove(removed);
            }
        }
        ready(UpdateItemOutput::builder().build())
    }

    /// A part of the partition, or of an index. DynamoDB must be able to take the start key.
    fn query(&self, input: QueryInputBuilder) -> Answer<'_, QueryOutput, QueryError> {
        for value in input.get_exclusive_start_key().iter().flat_map(HashMap::values) {
            let text = value.as_s().map(String::as_str).unwrap_or_default();
            assert!((1..=1024).contains(&text.len()), "DynamoDB does not take such a key: {text:?}");
        }
        let values = input.get_expression_attribute_values().clone().unwrap_or_default();
        let partition = [":pk", ":subject"].map(|name| text(&values, name)).concat();
        let part = text(&values, ":first")..=text(&values, ":last");
        let names = input.get_expression_attribute_names().clone().unwrap_or_default();
        let of_index = input.get_index_name().is_some();
        let name = names.get("#pk").map_or("subject", String::as_str);
        let mut items = self.items();
        items.retain(|item| match of_index {
            true => text(item, name) == partition,
            false => text(item, "pk") == partition && part.contains(&text(item, "sk")),
        });
        ready(QueryOutput::builder().set_items(Some(items)).build())
    }

    fn transact_write_items(
        &self,
        input: TransactWriteItemsInputBuilder,
    ) -> Answer<'_, TransactWriteItemsOutput, TransactWriteItemsError> {
        for action in input.get_transact_items().clone().unwrap_or_default() {
            if let Some(put) = action.put {
                self.put(put.item);
            }
            if let Some(delete) = action.delete {
                self.0.lock().unwrap().remove(&key(&delete.key));
            }
        }
        ready(TransactWriteItemsOutput::builder().build())
    }
}

/// Files that are all the same small PDF; addresses are really signed.
#[derive(Debug)]
pub(crate) struct InMemoryDocuments(DocumentBucket);

impl Default for InMemoryDocuments {
    fn default() -> Self {
        let variables = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ];
        let variables: Variables =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self(DocumentBucket::new(&Aws::new(&variables).unwrap(), "evidence"))
    }
}

/// The content of every file.
pub(crate) const DOCUMENT: &[u8] = b"%PDF-1.4\n%%EOF\n";

impl Bucket for InMemoryDocuments {
    fn list_object_versions(
        &self,
        _: ListObjectVersionsInputBuilder,
    ) -> Answer<'_, ListObjectVersionsOutput, ListObjectVersionsError> {
        ready(ListObjectVersionsOutput::builder().build())
    }

    fn put_object(&self, _: PutObjectInputBuilder) -> Answer<'_, PutObjectOutput, PutObjectError> {
        ready(PutObjectOutput::builder().version_id("1").build())
    }

    fn delete_object(
        &self,
        _: DeleteObjectInputBuilder,
    ) -> Answer<'_, DeleteObjectOutput, DeleteObjectError> {
        ready(DeleteObjectOutput::builder().build())
    }
}

impl Documents for InMemoryDocuments {
    fn read(&self, _: &str, _: Option<Range<u64>>) -> Answer<'_, Content, ErrorMetadata> {
        let length = u64::try_from(DOCUMENT.len()).unwrap();
        Box::pin(std::future::ready(Ok(Content {
            length,
            sha256: None,
            body: ByteStream::from_static(DOCUMENT),
        })))
    }

    fn copy(&self, _: &str, _: &str) -> Answer<'_, (), ErrorMetadata> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn sign_upload(&self, upload: Upload, within: Duration) -> Answer<'_, Signed, ErrorMetadata> {
        self.0.sign_upload(upload, within)
    }

    fn sign_download(&self, download: Download, within: Duration) -> Answer<'_, Signed, ErrorMetadata> {
        self.0.sign_download(download, within)
    }
}

/// Accepts timers, messages and emails, and discards them.
#[derive(Debug)]
pub(crate) struct Sink;

impl Scheduler for Sink {
    fn create_schedule(
        &self,
        _: CreateScheduleInputBuilder,
    ) -> Answer<'_, CreateScheduleOutput, CreateScheduleError> {
        ready(CreateScheduleOutput::builder().schedule_arn("arn").build().unwrap())
    }

    fn delete_schedule(
        &self,
        _: DeleteScheduleInputBuilder,
    ) -> Answer<'_, DeleteScheduleOutput, DeleteScheduleError> {
        ready(DeleteScheduleOutput::builder().build())
    }
}

impl Queue for Sink {
    fn send_message(&self, _: SendMessageInputBuilder) -> Answer<'_, SendMessageOutput, SendMessageError> {
        ready(SendMessageOutput::builder().build())
    }
}

impl Bus for Sink {
    fn put_events(&self, _: PutEventsInputBuilder) -> Answer<'_, PutEventsOutput, PutEventsError> {
        ready(PutEventsOutput::builder().build())
    }
}

impl Mailer for Sink {
    fn send_email(&self, _: SendEmailInputBuilder) -> Answer<'_, SendEmailOutput, SendEmailError> {
        ready(SendEmailOutput::builder().build())
    }
}
