//! How good clients behave while things fail: they send the same request again, under the same Idempotency-Key where
//! there is one, and count what was accepted, so that it can be looked for in the histories afterwards.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use local_stack::{Error, Response};

use crate::Failed;
use crate::deed::Deed;

/// How often a request is sent before a client gives it up: for some two minutes.
const TRIES: u32 = 80;
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_millis(1_600);

/// So many clients, each of which does one thing at a time.
#[derive(Debug)]
pub struct Patience {
    hands: Vec<Hands>,
    keys: AtomicU64,
    tally: Mutex<Tally>,
}

/// A client's hands: whoever has taken them has the client to itself.
#[derive(Debug, Default)]
pub(crate) struct Hands {
    taken: Mutex<bool>,
    free: Condvar,
}

impl Hands {
    pub(crate) fn take(&self) {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *self.free.wait_while(taken, |taken| *taken).unwrap_or_else(PoisonError::into_inner) = true;
    }

    pub(crate) fn leave(&self) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.free.notify_one();
    }
}

/// What the clients did.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Requests sent again.
    pub retries: u64,
    /// Accepted commands, by claim.
    pub accepted: BTreeMap<(String, Deed), u64>,
    /// Commands that were given up without an answer: they may have been carried out.
    pub unanswered: BTreeMap<(String, Deed), u64>,
}

impl Tally {
    /// How many commands were accepted.
    pub fn commands(&self) -> u64 {
        self.accepted.values().sum()
    }
}

impl Patience {
    /// As many clients as asked for, at least one.
    pub fn of(clients: usize) -> Self {
        let hands = (0..clients.max(1)).map(|_| Hands::default()).collect();
        Self { hands, keys: AtomicU64::new(1), tally: Mutex::default() }
    }

    /// What the clients did so far.
    pub fn tally(&self) -> Tally {
        self.lock().clone()
    }

    /// The hands of one client, who does nothing else while they are held.
    pub(crate) fn hands(&self, client: usize) -> &Hands {
        &self.hands[client % self.hands.len()]
    }

    /// A fresh Idempotency-Key.
    pub(crate) fn key(&self) -> String {
        format!("patience-{}", self.keys.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn accepted(&self, claim: &str, deed: Deed) {
        *self.lock().accepted.entry((claim.to_owned(), deed)).or_default() += 1;
    }

    pub(crate) fn unanswered(&self, claim: &str, deed: Deed) {
        *self.lock().unanswered.entry((claim.to_owned(), deed)).or_default() += 1;
    }

    /// Sends until an answer comes that says what it is; returns it with the number of tries.
    pub(crate) fn insist(
        &self,
        send: impl Fn() -> Result<Response, Error>,
    ) -> Result<(Response, u32), Failed> {
        let mut pause = Duration::from_millis(50);
        let mut last = String::new();
        for tries in 1..=TRIES {
            match send() {
                Ok(answer) if !is_passing(answer.status) => return Ok((answer, tries)),
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

/// Whether an answer asks to come again.
fn is_passing(status: u16) -> bool {
    status == 429 || status >= 500
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn answer(status: u16) -> Result<Response, Error> {
        Ok(Response { status, headers: BTreeMap::new(), body: Vec::new() })
    }

    #[test]
    fn a_request_is_sent_again_until_the_answer_says_what_it_is() {
        let patience = Patience::of(1);
        let answers = RefCell::new(vec![answer(409), answer(503), answer(500), answer(429)]);
        let send = || answers.borrow_mut().pop().unwrap();
        let (last, tries) = patience.insist(send).unwrap();
        assert_eq!((last.status, tries), (409, 4));
        assert_eq!(patience.tally().retries, 3);
    }
}
