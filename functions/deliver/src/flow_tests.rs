//! Deliveries from the queue to a server on this machine, over a table in memory.

use std::net::Ipv4Addr;
use std::sync::Mutex;

use aws_sdk_sqs::operation::change_message_visibility::builders::ChangeMessageVisibilityInputBuilder;
use aws_sdk_sqs::operation::change_message_visibility::{
    ChangeMessageVisibilityError, ChangeMessageVisibilityOutput,
};
use claim_command::Host;
use claim_domain::ids::PartnerId;
use claim_domain::refusal::Refusal;
use claim_domain::webhook::{Reach, Secret, WebhookUrl};
use claim_ports::Answer;
use claim_runtime::Machine;
use claim_store::Store;
use serde_json::{Value, json};
use test_support::{Fails, MemoryTable, Sent, SentEmail, TABLE, TestHost};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A queue that remembers the pauses that it was asked for, in seconds.
#[derive(Debug, Default)]
struct Pauses(Mutex<Vec<i32>>);

impl Queue for Pauses {
    fn change_message_visibility(
        &self,
        input: ChangeMessageVisibilityInputBuilder,
    ) -> Answer<'_, ChangeMessageVisibilityOutput, ChangeMessageVisibilityError> {
        self.0.lock().unwrap().push(input.get_visibility_timeout().unwrap());
        Box::pin(std::future::ready(Ok(ChangeMessageVisibilityOutput::builder().build())))
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
            while !request.ends_with("\"}}") {
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
    table: Arc<MemoryTable>,
    store: Store,
    pauses: Arc<Pauses>,
    emails: Arc<Sent>,
    partner: PartnerId,
}

impl World {
    async fn with_webhook_at(url: &str) -> Self {
        let table = Arc::new(MemoryTable::of_claims());
        let store = Store::new(table.clone(), TABLE.to_owned(), 4);
        let program = claim_runtime::program(&Variables::default()).unwrap();
        let commands =
            CommandHandler { store: store.clone(), program, host: Arc::new(TestHost::at(Machine.now())) };
        let tls = claim_runtime::web_tls(&Variables::default()).unwrap();
        let sender = Sender::new(Arc::new(System), tls, Reach::ThisMachineToo);
        let pauses = Arc::new(Pauses::default());
        let variables = [("MAIL_FROM", "claims@program.example"), ("PORTAL_URL", "https://claims.example")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let emails = Arc::new(Sent::default());
        let teller = Teller::new(emails.clone(), &variables.into_iter().collect()).unwrap();
        let deliver = Deliver::over(commands, pauses.clone(), "queue".to_owned(), sender, teller);
        let world = Self { deliver, table, store, pauses, emails, partner: "contoso".parse().unwrap() };
        let webhook = Webhook {
            url: WebhookUrl::parse(url, Reach::ThisMachineToo).unwrap(),
            secret: Secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned()),
            contact: Some("nadia@contoso.example".to_owned()),
            ..super::tests::webhook()
        };
        let add = |webhooks: &mut Vec<Webhook>| {
            webhooks.push(webhook.clone());
            Ok::<_, Refusal>(())
        };
        world.store.change_webhooks(&world.partner, add).await.unwrap().unwrap();
        world
    }

    /// The message of a change is received for the `nth` time; returns whether it is over.
    async fn receives(&self, nth: u32) -> bool {
        let body = serde_json::to_string(&super::tests::delivery()).unwrap();
        let record = json!({
            "messageId": "1", "receiptHandle": "2", "body": body,
            "attributes": { "ApproximateReceiveCount": nth.to_string() },
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

    /// The webhook has failed for more than a day, so that each change gets one attempt.
    async fn fails_for_long(&self) {
        let fails = |webhooks: &mut Vec<Webhook>| {
            webhooks[0].failing_since = Some(Machine.now() - TimeDelta::hours(25));
            Ok::<_, Refusal>(())
        };
        self.store.change_webhooks(&self.partner, fails).await.unwrap().unwrap();
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
    for nth in 1..=7 {
        assert!(!world.receives(nth).await);
    }
    assert_eq!(world.webhook().await.parked_from, None);
    assert!(world.receives(8).await, "a parked change does not come again");
    assert_eq!(world.webhook().await.parked_from, Some(42));
    let (parked, failed) = (AttemptOutcome::Parked, AttemptOutcome::Failed);
    let tried: Vec<_> = (1..=7).rev().map(|attempt| (attempt, failed, None)).collect();
    assert_eq!(world.outcomes().await, [vec![(8, parked, None)], tried].concat());
    assert_eq!(world.pauses(), [5, 300, 1_800, 7_200, 18_000, 28_800, 28_800]);
    assert!(!world.receives(1).await);
    assert_eq!(world.pauses().last(), Some(&5), "one that is sent again begins anew");
}

#[tokio::test]
async fn a_table_that_fails_costs_a_delivery_none_of_its_attempts() {
    claim_domain::proves!(D24);
    let (url, received) = server(&[500, 500]).await;
    let world = World::with_webhook_at(&url).await;
    assert!(!world.receives(1).await);
    world.table.fails(Fails::Everything);
    for nth in 2..=12 {
        assert!(!world.receives(nth).await);
    }
    assert_eq!((received.lock().unwrap().len(), world.pauses().len()), (1, 1), "nothing went out meanwhile");
    world.table.fails(Fails::Nothing);
    assert!(!world.receives(13).await, "it is only the second attempt");
    let failed = AttemptOutcome::Failed;
    assert_eq!(world.outcomes().await, [(2, failed, Some(500)), (1, failed, Some(500))]);
    assert_eq!(world.pauses(), [5, 300]);
}

#[tokio::test]
async fn who_takes_nothing_for_over_a_day_gets_each_change_once() {
    claim_domain::proves!(D24);
    let (url, received) = server(&[500]).await;
    let world = World::with_webhook_at(&url).await;
    world.fails_for_long().await;
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

#[tokio::test]
async fn what_was_taken_is_not_sent_again_for_want_of_a_note() {
    claim_domain::proves!(D24);
    let (url, _) = server(&[204, 500]).await;
    let world = World::with_webhook_at(&url).await;
    world.table.fails(Fails::Updates);
    assert!(world.receives(1).await, "it was taken");
    assert!(!world.receives(1).await, "what was not comes again, though it cannot be noted on the webhook");
}

#[tokio::test]
async fn when_changes_are_parked_one_email_says_so_until_it_works_again() {
    claim_domain::proves!(D24);
    let (url, _) = server(&[500, 500, 500, 204, 500]).await;
    let world = World::with_webhook_at(&url).await;
    world.fails_for_long().await;
    world.emails.fails(true);
    assert!(!world.receives(1).await, "whoever is not told is told when the message comes again");
    world.emails.fails(false);
    let passes = |webhooks: &mut Vec<Webhook>| {
        let told = webhooks[0].told.as_mut().unwrap();
        told.at -= TimeDelta::minutes(3);
        Ok::<_, Refusal>(())
    };
    world.store.change_webhooks(&world.partner, passes).await.unwrap().unwrap();
    assert!(world.receives(2).await && world.receives(1).await, "parked, and another one parked");
    let [SentEmail { to, text }] = world.emails.emails().try_into().unwrap();
    assert_eq!(to, "nadia@contoso.example");
    for said in ["127.0.0.1", "change 42", "https://claims.example/webhooks/01J0000000000000000000000A"] {
        assert!(text.contains(said), "{said} is missing: {text}");
    }
    // It works again, and fails again: the next email comes after a day at the earliest.
    assert!(world.receives(1).await);
    world.fails_for_long().await;
    assert!(world.receives(1).await);
    assert_eq!(world.emails.emails().len(), 1);
    assert!(world.webhook().await.told.unwrap().sent);
}

#[tokio::test]
async fn a_change_that_comes_again_itself_tells_nobody() {
    claim_domain::proves!(D24);
    let (url, _) = server(&[500]).await;
    let world = World::with_webhook_at(&url).await;
    assert!(!world.receives(1).await);
    assert_eq!(world.emails.emails(), []);
}
