//! What all scenarios share: one local stack, one timeline, and assessment's end of the queue.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use assessment_consumer::{Consumer, Message, Outcome, Product};
use chrono::{DateTime, Datelike, Days, NaiveTime, TimeDelta, Utc, Weekday};
use local_stack::{Mail, Response, Stack, Timeline};
use serde_json::Value;

use crate::{CommandKind, Failed, RetryingClients};

/// A step of a scenario: one thing that happened, as a person would tell it.
#[derive(Debug, Clone)]
pub struct Step {
    /// When, by the stack's clock.
    pub at: DateTime<Utc>,
    /// The number of the scenario; 0 for what assessment did.
    pub scenario: u8,
    /// Who: the person and the role.
    pub who: String,
    /// What they did, or what they saw.
    pub what: String,
    /// The claim's status afterwards.
    pub status: String,
    /// The claim's running clocks, in words.
    pub clocks: String,
}

/// Where scenarios run.
pub struct Environment {
    /// The stack.
    pub stack: Arc<Stack>,
    /// Everybody's time.
    pub timeline: Timeline,
    /// Day 0 of all scenarios: a Monday, at midnight.
    pub monday: DateTime<Utc>,
    /// The clients that repeat a request while things fail. Without them each request is sent once, and a failure is a
    /// failure.
    pub retrying_clients: Option<RetryingClients>,
    consumer: Mutex<Consumer>,
    repeated: AtomicU64,
    refused: Mutex<Vec<String>>,
    ids: Mutex<BTreeMap<u8, String>>,
    on_step: Box<dyn Fn(&Step) + Send + Sync>,
    is_closed: AtomicBool,
}

impl Environment {
    /// An environment on a running stack, beginning on `monday`; `on_step` is called with each step.
    pub fn new(
        stack: Stack,
        monday: DateTime<Utc>,
        on_step: impl Fn(&Step) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::build(stack, monday, None, on_step)
    }

    /// An environment in which things may fail: requests are sent again, and what a scenario waits for may take hours of
    /// the stack's time.
    pub fn with_retries(
        stack: Stack,
        monday: DateTime<Utc>,
        clients: RetryingClients,
        on_step: impl Fn(&Step) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::build(stack, monday, Some(clients), on_step)
    }

    fn build(
        stack: Stack,
        monday: DateTime<Utc>,
        retrying_clients: Option<RetryingClients>,
        on_step: impl Fn(&Step) + Send + Sync + 'static,
    ) -> Arc<Self> {
        let stack = Arc::new(stack);
        Arc::new(Self {
            timeline: Timeline::new(Arc::clone(&stack) as Arc<dyn local_stack::MovableTime>),
            stack,
            monday,
            retrying_clients,
            consumer: Mutex::default(),
            repeated: AtomicU64::new(0),
            refused: Mutex::default(),
            ids: Mutex::default(),
            on_step: Box::new(on_step),
            is_closed: AtomicBool::new(false),
        })
    }

    /// The first Monday after `now`, at midnight in UTC.
    pub fn next_monday(now: DateTime<Utc>) -> DateTime<Utc> {
        let days = 7 - u64::from(now.weekday().days_since(Weekday::Mon));
        (now.date_naive() + Days::new(days)).and_time(NaiveTime::MIN).and_utc()
    }

    /// The instant of a day and an hour, counted from day 0.
    pub fn at(&self, day: i64, hour: i64) -> DateTime<Utc> {
        self.monday + TimeDelta::days(day) + TimeDelta::hours(hour)
    }

    /// Reports a step.
    pub fn report(&self, step: &Step) {
        (self.on_step)(step);
    }

    /// Remembers the claim of a scenario, for scenarios that build on it.
    pub fn remember(&self, scenario: u8, claim: &str) {
        lock(&self.ids).insert(scenario, claim.to_owned());
    }

    /// The claim of another scenario, once it was created.
    pub fn claim_of(&self, scenario: u8) -> Option<String> {
        lock(&self.ids).get(&scenario).cloned()
    }

    /// Receives what incentive assessment is sent, until [`Environment::close`]: checks it, deduplicates, honours order.
    pub fn drain(self: &Arc<Self>) -> JoinHandle<()> {
        let environment = Arc::clone(self);
        std::thread::spawn(move || {
            while !environment.is_closed.load(Ordering::Relaxed) {
                if let Err(error) = environment.drain_once() {
                    lock(&environment.refused).push(error.0);
                }
                std::thread::sleep(Duration::from_millis(300));
            }
        })
    }

    /// Ends [`Environment::drain`].
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    fn drain_once(&self) -> Result<(), Failed> {
        for message in self.stack.drain_assessment()? {
            let group = message.system.get("MessageGroupId").map_or("", String::as_str);
            let mut consumer = lock(&self.consumer);
            match consumer.receive(&message.body, group) {
                Ok(Outcome::Duplicate) => {
                    self.repeated.fetch_add(1, Ordering::Relaxed);
                }
                Ok(Outcome::Accepted) => {
                    let said = consumer.ledger().last().map(|entry| &entry.message);
                    let said =
                        said.map(|said| format!("{}: {} ({})", said.kind, said.name, names(&said.products)));
                    drop(consumer);
                    self.report(&Step {
                        at: self.stack.now(),
                        scenario: 0,
                        who: "Incentive assessment".to_owned(),
                        what: format!("received {}", said.unwrap_or_default()),
                        status: String::new(),
                        clocks: String::new(),
                    });
                }
                Err(error) => lock(&self.refused).push(format!("assessment refused a message: {error}")),
            }
        }
        Ok(())
    }

    /// Calls the interface, signed in as `user` or as nobody. With retrying clients: under an Idempotency-Key where it
    /// changes something, until an answer comes, and accepted commands are counted.
    pub fn call(
        &self,
        user: Option<&str>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Response, Failed> {
        let send = |headers: &[(&str, &str)]| self.stack.request(method, path, user, headers, body);
        let Some(clients) = &self.retrying_clients else { return Ok(send(headers)?) };
        let key = clients.key();
        let mut all = headers.to_vec();
        if method == "POST" && !headers.iter().any(|(name, _)| *name == "idempotency-key") {
            all.push(("idempotency-key", &key));
        }
        let Some(kind) = CommandKind::of_request(method, path) else {
            return clients.send_until_answered(|| send(&all)).map(|(answer, _)| answer);
        };
        let claim = path.split('/').nth(3).unwrap_or_default();
        let (answer, tries) = clients
            .send_until_answered(|| send(&all))
            .inspect_err(|_| clients.count_unanswered(claim, kind))?;
        let done = answer.status < 300 || (tries > 1 && self.is_done(kind, user, path, body)?);
        if done && kind == CommandKind::Create {
            clients.count_accepted(answer.json()["id"].as_str().unwrap_or_default(), kind);
        } else if done && kind != CommandKind::Deny {
            clients.count_accepted(claim, kind);
        }
        let status = if done && answer.status >= 300 { 200 } else { answer.status };
        Ok(Response { status, ..answer })
    }

    /// Whether what has no Idempotency-Key was carried out by an earlier try whose answer was lost.
    fn is_done(
        &self,
        kind: CommandKind,
        user: Option<&str>,
        path: &str,
        body: Option<&Value>,
    ) -> Result<bool, Failed> {
        if !matches!(kind, CommandKind::Edit | CommandKind::Discard) {
            return Ok(false);
        }
        let claim = self.call(user, "GET", path, &[], None)?.json();
        Ok(match (kind, body) {
            (CommandKind::Edit, Some(patch)) => has(&claim, patch),
            _ => claim["status"] == "discarded",
        })
    }

    /// Sends as [`Stack::send`] does; with retrying clients, until an answer comes.
    pub fn send(
        &self,
        method: &str,
        to: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Response, Failed> {
        let send = || self.stack.send(method, to, headers, body);
        match &self.retrying_clients {
            Some(clients) => clients.send_until_answered(send).map(|(answer, _)| answer),
            None => Ok(send()?),
        }
    }

    /// The messages that assessment took.
    pub fn received(&self) -> Vec<Message> {
        lock(&self.consumer).ledger().iter().map(|entry| entry.message.clone()).collect()
    }

    /// How often a message came again under its id.
    pub fn repeated(&self) -> u64 {
        self.repeated.load(Ordering::Relaxed)
    }

    /// What assessment received, in its order, in words.
    pub fn ledger(&self) -> Vec<String> {
        lock(&self.consumer).ledger().iter().map(ToString::to_string).collect()
    }

    /// The kinds of the messages that assessment received for a claim, in order.
    pub fn assessed(&self, claim: &str) -> Vec<String> {
        let consumer = lock(&self.consumer);
        let of_claim = consumer.ledger().iter().filter(|entry| entry.message.claim_id == claim);
        of_claim.map(|entry| entry.message.kind.to_string()).collect()
    }

    /// The names of the products that assessment has for a claim.
    pub fn assessed_products(&self, claim: &str) -> Vec<String> {
        let consumer = lock(&self.consumer);
        let state = consumer.claim(claim);
        state
            .map(|state| state.products.iter().map(|product| product.product.clone()).collect())
            .unwrap_or_default()
    }

    /// What assessment would not take; empty if all is well.
    pub fn refused(&self) -> Vec<String> {
        lock(&self.refused).clone()
    }

    /// The emails to an address whose subject has `subject` in it, oldest first.
    pub fn emails(&self, to: &str, subject: &str) -> Result<Vec<Mail>, Failed> {
        let emails = self.stack.mails_to(to)?;
        Ok(emails.into_iter().filter(|email| email.subject.contains(subject)).collect())
    }
}

/// Whether a document has what a merge patch asks for.
fn has(document: &Value, patch: &Value) -> bool {
    match (document, patch) {
        (Value::Object(fields), Value::Object(patch)) => {
            patch.iter().all(|(name, value)| has(fields.get(name).unwrap_or(&Value::Null), value))
        }
        (Value::Array(items), Value::Array(patch)) => {
            items.len() == patch.len() && items.iter().zip(patch).all(|(item, patch)| has(item, patch))
        }
        _ => document == patch,
    }
}

fn names(products: &[Product]) -> String {
    products.iter().map(|product| product.product.as_str()).collect::<Vec<_>>().join(", ")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
