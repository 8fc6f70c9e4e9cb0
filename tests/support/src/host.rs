//! The machine on which tests carry out commands.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use claim_command::Host;
use claim_domain::calendar::Instant;

/// A host whose time moves only when a test lets it pass or the code waits, and whose ids and secrets count up.
#[derive(Debug)]
pub struct TestHost(Mutex<State>);

#[derive(Debug)]
struct State {
    now: Instant,
    /// The number of the next id.
    id: u64,
    /// Ids that come before those that count up.
    chosen: VecDeque<String>,
    /// The byte that the next secret consists of.
    secret: u8,
}

impl TestHost {
    /// A host at an instant. Its first id has the number 1, and its first secret consists of sevens.
    pub fn at(now: Instant) -> Self {
        Self(Mutex::new(State { now, id: 1, chosen: VecDeque::new(), secret: 7 }))
    }

    /// The id with a number.
    pub fn id(number: u64) -> String {
        format!("01KJ{number:022}")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets time pass.
    pub fn pass(&self, time: TimeDelta) {
        self.state().now += time;
    }

    /// Moves to an instant, which may be an earlier one.
    pub fn set_time(&self, now: Instant) {
        self.state().now = now;
    }

    /// Chooses the next id; several are taken in their order.
    pub fn choose_id(&self, id: &str) {
        self.state().chosen.push_back(id.to_owned());
    }

    /// The number of the next id.
    pub fn next_id(&self) -> u64 {
        self.state().id
    }

    /// Sets the number of the next id.
    pub fn set_next_id(&self, number: u64) {
        self.state().id = number;
    }
}

impl Host for TestHost {
    fn now(&self) -> Instant {
        self.state().now
    }

    fn new_id(&self) -> String {
        let mut state = self.state();
        state.chosen.pop_front().unwrap_or_else(|| {
            state.id += 1;
            Self::id(state.id - 1)
        })
    }

    fn secret(&self) -> std::io::Result<[u8; 32]> {
        let mut state = self.state();
        state.secret = state.secret.wrapping_add(1);
        Ok([state.secret.wrapping_sub(1); 32])
    }

    fn pause(&self, about: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.pass(TimeDelta::from_std(about).unwrap_or(TimeDelta::MAX));
        Box::pin(std::future::ready(()))
    }
}
