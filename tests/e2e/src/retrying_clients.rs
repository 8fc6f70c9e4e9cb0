//! How good clients behave while things fail: they send the same request again, under the same Idempotency-Key where
//! there is one, and count what was accepted, so that it can be looked for in the histories afterwards.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use local_stack::{Error, Response};

use crate::{CommandKind, Failed};

/// How often a request is sent before a client gives it up: for some two minutes.
const TRIES: u32 = 80;
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_millis(1_600);

/// A number of clients, each of which does one thing at a time and repeats a request until it is answered.
#[derive(Debug)]
pub struct RetryingClients {
    clients: Vec<Client>,
    keys: AtomicU64,
    tally: Mutex<Tally>,
}

/// A client: whoever has acquired it has it to itself until it is released.
#[derive(Debug, Default)]
pub(crate) struct Client {
    is_busy: Mutex<bool>,
    is_free: Condvar,
}

impl Client {
    pub(crate) fn acquire(&self) {
        let is_busy = self.is_busy.lock().unwrap_or_else(PoisonError::into_inner);
        *self.is_free.wait_while(is_busy, |is_busy| *is_busy).unwrap_or_else(PoisonError::into_inner) = true;
    }

    pub(crate) fn release(&self) {
        *self.is_busy.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.is_free.notify_one();
    }
}

/// What the clients did.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Requests sent again.
    pub retries: u64,
    /// Accepted commands, by claim.
    pub accepted: BTreeMap<(String, CommandKind), u64>,
    /// Commands that were given up without an answer: they may have been carried out.
    pub unanswered: BTreeMap<(String, CommandKind), u64>,
}

impl Tally {
    /// How many commands were accepted.
    pub fn commands(&self) -> u64 {
        self.accepted.values().sum()
    }
}

impl RetryingClients {
    /// As many clients as asked for, at least one.
    pub fn new(clients: usize) -> Self {
        let clients = (0..clients.max(1)).map(|_| Client::default()).collect();
        Self { clients, keys: AtomicU64::new(1), tally: Mutex::default() }
    }

    /// What the clients did so far.
    pub fn tally(&self) -> Tally {
        self.lock().clone()
    }

    /// One of the clients, by any number: there may be more scenarios than clients.
    pub(crate) fn client(&self, number: usize) -> &Client {
        &self.clients[number % self.clients.len()]
    }

    /// A fresh Idempotency-Key.
    pub(crate) fn key(&self) -> String {
        format!("retry-{}", self.keys.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn count_accepted(&self, claim: &str, kind: CommandKind) {
        *self.lock().accepted.entry((claim.to_owned(), kind)).or_default() += 1;
    }

    pub(crate) fn count_unanswered(&self, claim: &str, kind: CommandKind) {
        *self.lock().unanswered.entry((claim.to_owned(), kind)).or_default() += 1;
    }

    /// Sends until an answer comes that is neither a failure nor a request to come again; returns it with the number of
    /// tries.
    pub(crate) fn send_until_answered(
        &self,
        send: impl Fn() -> Result<Response, Error>,
    ) -> Result<(Response, u32), Failed> {
        let mut pause = Duration::from_millis(50);
        let mut last = String::new();
        for tries in 1..=TRIES {
            match send() {
                Ok(answer) if !asks_to_retry(answer.status) => return Ok((answer, tries)),
                Ok(answer) => last = format!("{} {}", answer.status, answer.text()),
                Err(error @ Error::Http { .. }) => last = error.chain(),
                Err(error) => return Err(error.into()),
            }
            self.lock().retries += 1;
            std::thread::sleep(pause.mul_f64(0.5 + fastrand::f64()));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Err(Failed::new(format!("given up after {TRIES} tries: {last}")))
    }

    fn lock(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an answer asks to send the request again.
fn asks_to_retry(status: u16) -> bool {
    status == 429 || status >= 500
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn answer(status: u16) -> Result<Response, Error> {
        Ok(Response { status, headers: BTreeMap::new(), cookies: Vec::new(), body: Vec::new() })
    }

    #[test]
    fn a_request_is_sent_again_until_it_is_answered() {
        let clients = RetryingClients::new(1);
        let answers = RefCell::new(vec![answer(409), answer(503), answer(500), answer(429)]);
        let send = || answers.borrow_mut().pop().unwrap();
        let (last, tries) = clients.send_until_answered(send).unwrap();
        assert_eq!((last.status, tries), (409, 4));
        assert_eq!(clients.tally().retries, 3);
    }
}
