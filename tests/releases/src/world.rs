//! The functions over one table, with the scheduler, the queues and the email service around them.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use claim_command::{CommandHandler, Host};
use claim_domain::claim::Claim;
use claim_domain::event::Event;
use claim_domain::ids::ClaimId;
use claim_http::{App, PrincipalConfig};
use claim_pages::Pages;
use claim_runtime::Variables;
use claim_session::Sessions;
use claim_store::Store;
use dispatch::services::Services;
use every_function::{Answer, DOCUMENT, Functions, OneDocument, TestRequest, accepting};
use evidence::Files;
use serde_json::{Value, json};
use test_support::table::{Item, Key, item_of, json_of};
use test_support::{MemoryTable, SESSIONS, TABLE, TestHost};

use crate::outside::Outside;
pub use crate::outside::{Email, Message, Timer};

/// The queue of messages to assessment.
pub const ASSESSMENT: &str = "assessment";

/// The functions over one table, and what is around them.
pub struct World {
    table: Arc<MemoryTable>,
    host: Arc<TestHost>,
    outside: Arc<Outside>,
    functions: Functions,
    runtime: tokio::runtime::Runtime,
}

impl World {
    /// The functions over an empty table, at an instant.
    ///
    /// # Panics
    /// When the functions do not start.
    #[expect(clippy::unwrap_used, reason = "a test fails")]
    pub fn at(now: DateTime<Utc>) -> Self {
        let given = [
            ("ASSESSMENT_QUEUE_URL", ASSESSMENT),
            ("AWS_ACCESS_KEY_ID", "given"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_SECRET_ACCESS_KEY", "given"),
            ("CHANGES_BUS", "changes"),
            ("DEADLINE_FUNCTION_ARN", "deadline"),
            ("EVIDENCE_BUCKET", "evidence"),
            ("LEAD_EMAIL", "lead@program.example"),
            ("MAIL_FROM", "claims@program.example"),
            ("PORTAL_URL", "https://portal.example"),
            ("PUBLIC_URL", "https://api.example"),
            ("SCHEDULE_DLQ_ARN", "dead-letters"),
            ("SCHEDULE_GROUP", "claims"),
            ("SCHEDULER_ROLE_ARN", "scheduler"),
            ("WEBHOOK_QUEUE_URL", "webhooks"),
        ];
        let variables: Variables =
            given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let (table, sessions) = (Arc::new(MemoryTable::of_claims()), Arc::new(MemoryTable::of_sessions()));
        let (host, outside) = (Arc::new(TestHost::at(now)), Arc::new(Outside::default()));
        let commands = CommandHandler {
            store: Store::new(Arc::clone(&table) as Arc<dyn claim_ports::Table>, TABLE.to_owned(), 4),
            program: claim_runtime::program(&variables).unwrap(),
            host: Arc::clone(&host) as Arc<dyn Host + Send + Sync>,
        };
        let length = u64::try_from(DOCUMENT.len()).unwrap();
        let documents = Arc::new(OneDocument::new(&variables, length, None, DOCUMENT).unwrap());
        let services = Services {
            scheduler: outside.clone(),
            queue: outside.clone(),
            mailer: outside.clone(),
            ..accepting(documents.clone())
        };
        let pages = Pages::over(
            Sessions::over(sessions as Arc<dyn claim_ports::Table>, SESSIONS),
            "https://portal.example".to_owned(),
        );
        let app = App { commands, principal: PrincipalConfig::of(&variables).unwrap() };
        let functions = Functions::over(app, Files::new(documents), services, pages, &variables).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Self { table, host, outside, functions, runtime }
    }

    /// Moves to an instant.
    pub fn set_time(&self, now: DateTime<Utc>) {
        self.host.set_time(now);
    }

    /// Lets time pass, and timers fire that are due meanwhile.
    pub fn pass(&self, time: TimeDelta) {
        let until = self.now() + time;
        while self.timers().first().is_some_and(|timer| timer.at <= until) {
            self.fire_next();
        }
        self.set_time(until);
    }

    /// What time it is.
    pub fn now(&self) -> DateTime<Utc> {
        self.host.now()
    }

    /// The number of the next id.
    pub fn next_id(&self) -> u64 {
        self.host.next_id()
    }

    /// Goes on with this number of an id, and leaves out as many secrets, so that nothing comes a second time.
    pub fn goes_on_with_id(&self, number: u64) {
        self.host.set_next_id(number);
        (0..number).for_each(|_| drop(self.host.secret()));
    }

    /// Sends a request to the function of its route.
    pub fn send(&self, request: &TestRequest) -> Answer {
        self.runtime.block_on(self.functions.call(request.function(), &request.event()))
    }

    /// Calls a function that is not behind the API.
    ///
    /// # Panics
    /// When it fails.
    pub fn invoke(&self, function: &str, event: &str) -> Value {
        let answer = self.runtime.block_on(self.functions.invoke(function, event));
        let answer = answer.unwrap_or_else(|error| panic!("{function} fails at {event}: {error}"));
        serde_json::from_slice(&answer).unwrap_or_default()
    }

    /// The events of the stream that dispatch has not been called with yet, oldest first.
    pub fn unworked(&self) -> Vec<(String, String)> {
        let records = self.table.with(|table| table.take_records());
        let is_waiting = |item: &Item| matches!(item.get("outbox"), Some(AttributeValue::S(state)) if state == "new" || state == "swept");
        let waiting = records.into_iter().filter(|record| record.new.as_deref().is_some_and(is_waiting));
        waiting.map(|record| (record.key.partition, record.key.sort)).collect()
    }

    /// Calls dispatch with these events of the stream.
    ///
    /// # Panics
    /// When it could not work on one.
    pub fn dispatch(&self, events: &[(String, String)]) {
        for (partition, sort) in events {
            let keys = json!({ "pk": { "S": partition }, "sk": { "S": sort } });
            let record = json!({ "dynamodb": { "Keys": keys, "SequenceNumber": "1" } });
            let answer = self.invoke("dispatch", &json!({ "Records": [record] }).to_string());
            assert_eq!(
                answer["batchItemFailures"],
                json!([]),
                "dispatch could not work on {partition} {sort}"
            );
        }
    }

    /// Lets dispatch work until the stream has nothing more.
    pub fn follow(&self) {
        loop {
            let unworked = self.unworked();
            if unworked.is_empty() {
                return;
            }
            self.dispatch(&unworked);
        }
    }

    /// The timers that wait, in the order in which they fire.
    pub fn timers(&self) -> Vec<Timer> {
        let mut timers: Vec<Timer> = self.outside.kept().timers.values().cloned().collect();
        timers.sort_unstable();
        timers
    }

    /// Puts a timer into the scheduler.
    pub fn wait_for(&self, timer: Timer) {
        self.outside.kept().timers.insert(timer.name.clone(), timer);
    }

    /// Lets the next timer fire, if one waits; says which.
    pub fn fire_next(&self) -> Option<Timer> {
        let timer = self.timers().into_iter().next()?;
        self.outside.kept().timers.remove(&timer.name);
        self.set_time(timer.at.max(self.now()));
        self.invoke("deadline", &timer.input);
        self.follow();
        Some(timer)
    }

    /// The messages that were put into queues.
    pub fn messages(&self) -> Vec<Message> {
        self.outside.kept().messages.clone()
    }

    /// The emails that were sent.
    pub fn emails(&self) -> Vec<Email> {
        self.outside.kept().emails.clone()
    }

    /// Says what was sent before: messages and emails.
    pub fn have_sent(&self, messages: &[Message], emails: &[Email]) {
        let mut kept = self.outside.kept();
        kept.messages.extend_from_slice(messages);
        kept.emails.extend_from_slice(emails);
    }

    /// Lets the sweep make a pass, and dispatch do what follows; says whether it found anything.
    ///
    /// # Panics
    /// When it could not handle something.
    pub fn sweep(&self) -> bool {
        let swept = self.invoke("sweep", "{}");
        assert_eq!(swept["failed"], 0, "the sweep could not handle something: {swept}");
        self.follow();
        ["claims", "erased", "events"].iter().any(|what| swept[what] != 0)
    }

    /// All items of the table, in the JSON of DynamoDB, in the order of their keys.
    pub fn items(&self) -> Vec<Value> {
        let items = self.table.with(|table| table.items().map(json_of).collect::<Vec<_>>());
        let key = |item: &Value| (item["pk"].to_string(), item["sk"].to_string());
        let sorted: BTreeMap<_, _> = items.into_iter().map(|item| (key(&item), item)).collect();
        sorted.into_values().collect()
    }

    /// Puts an item into the table, past the functions.
    ///
    /// # Panics
    /// When the table does not take it.
    #[expect(clippy::unwrap_used, reason = "a test fails")]
    pub fn put(&self, item: &Value) {
        let put = PutItemInput::builder().table_name(TABLE).set_item(Some(item_of(item))).build().unwrap();
        self.table.with(|table| table.put_item(put)).unwrap();
    }

    /// Whether there is an item with this key.
    pub fn has(&self, partition: &str, sort: &str) -> bool {
        let key = Key { partition: partition.to_owned(), sort: sort.to_owned() };
        self.table.with(|table| table.item(&key).is_some())
    }

    /// A claim as it is stored, with its whole history.
    ///
    /// # Panics
    /// When one of them cannot be read.
    #[expect(clippy::unwrap_used, reason = "a test fails")]
    pub fn stored(&self, claim: &ClaimId) -> Option<(Claim, Vec<Event>)> {
        let store = &self.functions.commands.store;
        self.runtime.block_on(async {
            let stored = store.claim(claim).await.unwrap()?;
            let mut events = Vec::new();
            for version in 1..=stored.version {
                events.extend(store.event(claim, version).await.unwrap().map(|read| read.event));
            }
            Some((stored, events))
        })
    }
}
