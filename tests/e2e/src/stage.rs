//! The stage: one local stack, one merged timeline, and assessment's end of the queue.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use assessment_consumer::{Consumer, Outcome, Product};
use chrono::{DateTime, Datelike, Days, NaiveTime, TimeDelta, Utc, Weekday};
use local_stack::{Mail, Stack, Timeline};

use crate::Failed;

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
    consumer: Mutex<Consumer>,
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
        let stack = Arc::new(stack);
        Arc::new(Self {
            timeline: Timeline::new(Arc::clone(&stack) as Arc<dyn local_stack::World>),
            stack,
            monday,
            consumer: Mutex::default(),
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
                Ok(Outcome::Duplicate) => {}
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
        let mails = self.stack.mails()?;
        Ok(mails
            .into_iter()
            .filter(|mail| mail.to.iter().any(|address| address == to) && mail.subject.contains(subject))
            .collect())
    }
}

fn names(products: &[Product]) -> String {
    products.iter().map(|product| product.product.as_str()).collect::<Vec<_>>().join(", ")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
