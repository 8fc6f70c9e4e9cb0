//! Deliveries from the queue to a server on this machine, over a table that knows as much as they need.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Mutex;
use std::time::Duration;

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
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::operation::change_message_visibility::builders::ChangeMessageVisibilityInputBuilder;
use aws_sdk_sqs::operation::change_message_visibility::{
    ChangeMessageVisibilityError, ChangeMessageVisibilityOutput,
};
use claim_command::Host;
use claim_domain::ids::PartnerId;
use claim_domain::refusal::Refusal;
use claim_domain::webhook::{Secret, WebhookUrl};
use claim_ports::{Answer, Table};
use claim_runtime::Machine;
use claim_store::Store;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

type Item = HashMap<String, AttributeValue>;

/// A table in which items are put, set and read by their keys, and the attempts of a webhook found.
#[derive(Debug, Default)]
struct Memory(Mutex<BTreeMap<(String, String), Item>>);

fn key(item: &Item) -> (String, String) {
    let part = |name: &str| item[name].as_s().unwrap().clone();
    (part("pk"), part("sk"))
}

fn ready<'a, O: Send + 'a, E: Send + 'a>(output: O) -> Answer<'a, O, E> {
    Box::pin(std::future::ready(Ok(output)))
}

fn never<'a, O: Send + 'a, E: Send + 'a>() -> Answer<'a, O, E> {
    let error = SdkError::construction_failure(BuildError::other("deliveries do not ask this"));
    Box::pin(std::future::ready(Err(error)))
}

impl Table for Memory {
    fn get_item(&self, input: GetItemInputBuilder) -> Answer<'_, GetItemOutput, GetItemError> {
        let found = self.0.lock().unwrap().get(&key(input.get_key().as_ref().unwrap())).cloned();
        ready(GetItemOutput::builder().set_item(found).build())
    }

    fn batch_get_item(
        &self,
        _: BatchGetItemInputBuilder,
    ) -> Answer<'_, BatchGetItemOutput, BatchGetItemError> {
        never()
    }

    fn put_item(&self, input: PutItemInputBuilder) -> Answer<'_, PutItemOutput, PutItemError> {
        let item = input.get_item().clone().unwrap();
        self.0.lock().unwrap().insert(key(&item), item);
        ready(PutItemOutput::builder().build())
    }

    /// Sets what `SET #a = :a, #b = :b` says; nobody writes at the same time.
    fn update_item(&self, input: UpdateItemInputBuilder) -> Answer<'_, UpdateItemOutput, UpdateItemError> {
        let mut items = self.0.lock().unwrap();
        let place = input.get_key().clone().unwrap();
        let item = items.entry(key(&place)).or_insert(place);
        let names = input.get_expression_attribute_names().clone().unwrap();
        let values = input.get_expression_attribute_values().clone().unwrap();
        for set in input.get_update_expression().as_ref().unwrap().trim_start_matches("SET ").split(", ") {
            let (name, value) = set.split_once(" = ").unwrap();
            item.insert(names[name].clone(), values[value].clone());
        }
        ready(UpdateItemOutput::builder().build())
    }

    fn query(&self, input: QueryInputBuilder) -> Answer<'_, QueryOutput, QueryError> {
        let values = input.get_expression_attribute_values().clone().unwrap();
        let wanted = |name: &str| values[name].as_s().unwrap().clone();
        let items = self.0.lock().unwrap();
        let of = |(pk, sk): &(String, String)| *pk == wanted(":pk") && sk.starts_with(&wanted(":attempts"));
        let found = items.iter().rev().filter(|(key, _)| of(key)).map(|(_, item)| item.clone()).collect();
        ready(QueryOutput::builder().set_items(Some(found)).build())
    }

    fn transact_write_items(
        &self,
        _: TransactWriteItemsInputBuilder,
    ) -> Answer<'_, TransactWriteItemsOutput, TransactWriteItemsError> {
        never()
    }
}

/// A queue that remembers the pauses that it was asked for, in seconds.
#[derive(Debug, Default)]
struct Pauses(Mutex<Vec<i32>>);

impl Queue for Pauses {
    fn change_message_visibility(
        &self,
        input: ChangeMessageVisibilityInputBuilder,
    ) -> Answer<'_, ChangeMessageVisibilityOutput, ChangeMessageVisibilityError> {
        self.0.lock().unwrap().push(input.get_visibility_timeout().unwrap());
        ready(ChangeMessageVisibilityOutput::builder().build())
    }
}

/// The machine, whose ids count up.
#[derive(Debug, Default)]
struct Counting(Mutex<u32>);

impl Host for Counting {
    fn now(&self) -> Instant {
        Machine.now()
    }

    fn new_id(&self) -> String {
        let mut last = self.0.lock().unwrap();
        *last += 1;
        format!("01J{:023}", *last)
    }

    fn secret(&self) -> std::io::Result<[u8; 32]> {
        Ok([7; 32])
    }

    fn pause(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

/// A server that answers each request with the next status, and what it was sent.
async fn server(statuses: &'static [u16]) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    let received = Arc::<Mutex<Vec<String>>>::default();
    let sent = received.clone();
    tokio::spawn(async move {
        for status in statuses {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = String::new();
            while !request.ends_with("\"}") {
                let mut part = [0; 4096];
                let many = stream.read(&mut part).await.unwrap();
                request += std::str::from_utf8(&part[..many]).unwrap();
            }
            sent.lock().unwrap().push(request);
            let answer = format!("HTTP/1.1 {status} Said\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, received)
}

struct World {
    deliver: Deliver,
    store: Store,
    pauses: Arc<Pauses>,
    partner: PartnerId,
}

impl World {
    async fn with_webhook_at(url: &str) -> Self {
        let store = Store::new(Arc::new(Memory::default()), "claims".to_owned(), 4);
        let program = claim_runtime::program(&Variables::default()).unwrap();
        let commands = CommandHandler { store: store.clone(), program, host: Arc::new(Counting::default()) };
        let tls = claim_runtime::web_tls(&Variables::default()).unwrap();
        let sender = Sender::new(Arc::new(System), tls, Reach::ThisMachineToo);
        let pauses = Arc::new(Pauses::default());
        let deliver = Deliver::over(commands, pauses.clone(), "queue".to_owned(), sender);
        let world = Self { deliver, store, pauses, partner: "contoso".parse().unwrap() };
        let webhook = Webhook {
            url: WebhookUrl::parse(url, Reach::ThisMachineToo).unwrap(),
            secret: Secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned()),
            ..super::tests::webhook()
        };
        let add = |webhooks: &mut Vec<Webhook>| {
            webhooks.push(webhook.clone());
            Ok::<_, Refusal>(())
        };
        world.store.change_webhooks(&world.partner, add).await.unwrap().unwrap();
        world
    }

    /// The message of a change is received for the given time; returns whether it is over.
    async fn receives(&self, attempt: u32) -> bool {
        let body = serde_json::to_string(&super::tests::delivery()).unwrap();
        let record = json!({
            "messageId": "1", "receiptHandle": "2", "body": body,
            "attributes": { "ApproximateReceiveCount": attempt.to_string() },
        });
        let batch = serde_json::from_value(json!({ "Records": [record] })).unwrap();
        self.deliver.handle(batch).await.batch_item_failures.is_empty()
    }

    async fn webhook(&self) -> Webhook {
        self.store.webhooks(&self.partner).await.unwrap().remove(0)
    }

    async fn outcomes(&self) -> Vec<(u32, AttemptOutcome, Option<u16>)> {
        let webhook = super::tests::webhook().id;
        let attempts = self.store.attempts(&self.partner, &webhook, 100).await.unwrap();
        attempts.iter().map(|one| (one.attempt, one.outcome, one.status)).collect()
    }

    fn pauses(&self) -> Vec<i32> {
        self.pauses.0.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_change_comes_again_until_it_is_taken_and_each_attempt_is_kept() {
    claim_domain::proves!(D24);
    let (url, received) = server(&[500, 302, 204]).await;
    let world = World::with_webhook_at(&url).await;
    assert!(!world.receives(1).await && !world.receives(2).await);
    let since = world.webhook().await.failing_since;
    assert!(since.is_some());
    assert!(world.receives(3).await);
    assert_eq!(world.pauses(), [5, 300]);
    assert_eq!(world.webhook().await.failing_since, None);
    let (taken, failed) = (AttemptOutcome::Taken, AttemptOutcome::Failed);
    assert_eq!(
        world.outcomes().await,
        [(3, taken, Some(204)), (2, failed, Some(302)), (1, failed, Some(500))],
        "the newest first"
    );
    let received = received.lock().unwrap().clone();
    assert_eq!(received.len(), 3);
    for request in received {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /hooks HTTP/1.1\r\n"), "{head}");
        let headers: HeaderMap = head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect();
        let library = standardwebhooks::Webhook::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
        library.verify(body.as_bytes(), &headers).unwrap();
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(serde_json::from_str::<Value>(body).unwrap()["data"]["sequence"], 42);
    }
}

#[tokio::test]
async fn after_the_last_attempt_a_change_is_parked_and_the_webhook_shows_it() {
    claim_domain::proves!(D24);
    // Nobody listens there.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let world = World::with_webhook_at(&url).await;
    assert!(!world.receives(7).await);
    assert_eq!(world.webhook().await.parked_from, None);
    assert!(world.receives(8).await, "a parked change does not come again");
    assert_eq!(world.webhook().await.parked_from, Some(42));
    let (parked, failed) = (AttemptOutcome::Parked, AttemptOutcome::Failed);
    assert_eq!(world.outcomes().await, [(8, parked, None), (7, failed, None)]);
    assert_eq!(world.pauses(), [28_800]);
}

#[tokio::test]
async fn who_takes_nothing_for_over_a_day_gets_each_change_once() {
    claim_domain::proves!(D24);
    let (url, received) = server(&[500]).await;
    let world = World::with_webhook_at(&url).await;
    let fails = |webhooks: &mut Vec<Webhook>| {
        webhooks[0].failing_since = Some(Machine.now() - TimeDelta::hours(25));
        Ok::<_, Refusal>(())
    };
    world.store.change_webhooks(&world.partner, fails).await.unwrap().unwrap();
    assert!(world.receives(1).await, "it does not come again");
    assert_eq!((received.lock().unwrap().len(), world.pauses().len()), (1, 0));
    assert_eq!(world.outcomes().await, [(1, AttemptOutcome::Parked, Some(500))]);
}

#[tokio::test]
async fn a_server_that_is_gone_gets_nothing_any_more() {
    claim_domain::proves!(D24);
    let (url, received) = server(&[410]).await;
    let world = World::with_webhook_at(&url).await;
    assert!(world.receives(1).await);
    assert!(world.webhook().await.gone_at.is_some());
    assert!(world.receives(1).await, "what is still on its way is dropped");
    assert_eq!(received.lock().unwrap().len(), 1);
    assert_eq!(world.outcomes().await, [(1, AttemptOutcome::Gone, Some(410))]);
}

#[tokio::test]
async fn a_message_that_is_no_delivery_comes_again_and_reaches_nobody() {
    let world = World::with_webhook_at("http://127.0.0.1:9/").await;
    let record = json!({ "messageId": "1", "receiptHandle": "2", "body": "?" });
    let batch = serde_json::from_value(json!({ "Records": [record] })).unwrap();
    let response = world.deliver.handle(batch).await;
    assert_eq!(json!(response), json!({ "batchItemFailures": [{ "itemIdentifier": "1" }] }));
    assert_eq!(world.outcomes().await, []);
}
