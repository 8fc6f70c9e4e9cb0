//! The stage: one local stack, one merged timeline, and assessment's end of the queue.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use assessment_consumer::{Consumer, Message, Outcome, Product};
use chrono::{DateTime, Datelike, Days, NaiveTime, TimeDelta, Utc, Weekday};
use local_stack::{Mail, Response, Stack, Timeline};
use serde_json::Value;

use crate::patience::Patience;
use crate::{Deed, Failed};

/// One thing that happened, as a person would tell it.
#[derive(Debug, Clone)]
pub struct Told {
    /// When, by the stack's clock.
    pub at: DateTime<Utc>,
    /// In which life; 0 for assessment.
    pub life: u8,
    /// Who: the person and the role.
    pub who: String,
    /// What they did, or what they saw.
    pub what: String,
    /// The claim's status afterwards.
    pub status: String,
    /// The claim's running clocks, in words.
    pub clocks: String,
}

/// Where lives are played.
pub struct Stage {
    /// The stack.
    pub stack: Arc<Stack>,
    /// Everybody's time.
    pub timeline: Timeline,
    /// Day 0 of all lives: a Monday, at midnight.
    pub monday: DateTime<Utc>,
    /// How people behave when the interface fails; without it a failure is a failure.
    pub patience: Option<Patience>,
    consumer: Mutex<Consumer>,
    repeated: AtomicU64,
    refused: Mutex<Vec<String>>,
    ids: Mutex<BTreeMap<u8, String>>,
    tell: Box<dyn Fn(&Told) + Send + Sync>,
    over: AtomicBool,
}

impl Stage {
    /// A stage on a running stack, beginning on `monday`; what happens is told to `tell`.
    pub fn new(
        stack: Stack,
        monday: DateTime<Utc>,
        tell: impl Fn(&Told) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::with(stack, monday, None, tell)
    }

    /// A stage on which things may fail: people try again, and what they wait for may take its time.
    pub fn patient(
        stack: Stack,
        monday: DateTime<Utc>,
        patience: Patience,
        tell: impl Fn(&Told) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::with(stack, monday, Some(patience), tell)
    }

    fn with(
        stack: Stack,
        monday: DateTime<Utc>,
        patience: Option<Patience>,
        tell: impl Fn(&Told) + Send + Sync + 'static,
    ) -> Arc<Self> {
        let stack = Arc::new(stack);
        Arc::new(Self {
            timeline: Timeline::new(Arc::clone(&stack) as Arc<dyn local_stack::World>),
            stack,
            monday,
            patience,
            consumer: Mutex::default(),
            repeated: AtomicU64::new(0),
            refused: Mutex::default(),
            ids: Mutex::default(),
            tell: Box::new(tell),
            over: AtomicBool::new(false),
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

    /// Tells what happened.
    pub fn tell(&self, told: &Told) {
        (self.tell)(told);
    }

    /// Remembers the claim of a life, for lives that meet it.
    pub fn remember(&self, life: u8, claim: &str) {
        lock(&self.ids).insert(life, claim.to_owned());
    }

    /// The claim of another life, once it was created.
    pub fn claim_of(&self, life: u8) -> Option<String> {
        lock(&self.ids).get(&life).cloned()
    }

    /// Receives what incentive assessment is sent, until [`Stage::close`]: checks it, deduplicates, honours order.
    pub fn drain(self: &Arc<Self>) -> JoinHandle<()> {
        let stage = Arc::clone(self);
        std::thread::spawn(move || {
            while !stage.over.load(Ordering::Relaxed) {
                if let Err(error) = stage.drain_once() {
                    lock(&stage.refused).push(error.0);
                }
                std::thread::sleep(Duration::from_millis(300));
            }
        })
    }

    /// Ends [`Stage::drain`].
    pub fn close(&self) {
        self.over.store(true, Ordering::Relaxed);
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
                    self.tell(&Told {
                        at: self.stack.now(),
                        life: 0,
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

    /// Calls the interface, signed in as `user` or as nobody. With patience: under an Idempotency-Key where it changes
    /// something, until an answer comes, and what was accepted is remembered.
    pub fn call(
        &self,
        user: Option<&str>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Response, Failed> {
        let send = |headers: &[(&str, &str)]| self.stack.request(method, path, user, headers, body);
        let Some(patience) = &self.patience else { return Ok(send(headers)?) };
        let key = patience.key();
        let mut all = headers.to_vec();
        if method == "POST" && !headers.iter().any(|(name, _)| *name == "idempotency-key") {
            all.push(("idempotency-key", &key));
        }
        let Some(deed) = Deed::of_request(method, path) else {
            return patience.insist(|| send(&all)).map(|(answer, _)| answer);
        };
        let claim = path.split('/').nth(3).unwrap_or_default();
        let (answer, tries) =
            patience.insist(|| send(&all)).inspect_err(|_| patience.unanswered(claim, deed))?;
        let done = answer.status < 300 || (tries > 1 && self.is_done(deed, user, path, body)?);
        if done && deed == Deed::Create {
            patience.accepted(answer.json()["id"].as_str().unwrap_or_default(), deed);
        } else if done && deed != Deed::Deny {
            patience.accepted(claim, deed);
        }
        let status = if done && answer.status >= 300 { 200 } else { answer.status };
        Ok(Response { status, ..answer })
    }

    /// Whether what has no Idempotency-Key was carried out by an earlier try whose answer was lost.
    fn is_done(
        &self,
        deed: Deed,
        user: Option<&str>,
        path: &str,
        body: Option<&Value>,
    ) -> Result<bool, Failed> {
        if !matches!(deed, Deed::Edit | Deed::Discard) {
            return Ok(false);
        }
        let claim = self.call(user, "GET", path, &[], None)?.json();
        Ok(match (deed, body) {
            (Deed::Edit, Some(patch)) => has(&claim, patch),
            _ => claim["status"] == "discarded",
        })
    }

    /// Sends as [`Stack::send`] does; with patience, until an answer comes.
    pub fn send(
        &self,
        method: &str,
        to: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Response, Failed> {
        let send = || self.stack.send(method, to, headers, body);
        match &self.patience {
            Some(patience) => patience.insist(send).map(|(answer, _)| answer),
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
        let standing = consumer.claim(claim);
        standing
            .map(|standing| standing.products.iter().map(|product| product.product.clone()).collect())
            .unwrap_or_default()
    }

    /// What assessment would not take; empty if all is well.
    pub fn refused(&self) -> Vec<String> {
        lock(&self.refused).clone()
    }

    /// The mails to an address whose subject has `subject` in it, oldest first.
    pub fn mails(&self, to: &str, subject: &str) -> Result<Vec<Mail>, Failed> {
        let mails = self.stack.mails_to(to)?;
        Ok(mails.into_iter().filter(|mail| mail.subject.contains(subject)).collect())
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
