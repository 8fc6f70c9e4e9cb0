//! The host on which claims are prepared: its time moves only when the driver moves it, and its next ids can be chosen.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use claim_command::Host;
use claim_domain::calendar::Instant;

/// A host whose time stands still between two steps.
#[derive(Debug)]
pub(crate) struct TestHost {
    now: Mutex<Instant>,
    next: Mutex<VecDeque<String>>,
}

impl TestHost {
    /// A host at an instant.
    pub(crate) fn at(now: Instant) -> Self {
        Self { now: Mutex::new(now), next: Mutex::default() }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: TimeDelta) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }

    /// Chooses the next id.
    pub(crate) fn next_id(&self, id: &str) {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).push_back(id.to_owned());
    }
}

impl Host for TestHost {
    fn now(&self) -> Instant {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn new_id(&self) -> String {
        let chosen = self.next.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        chosen.unwrap_or_else(|| ulid::Ulid::generate().to_string())
    }

    fn secret(&self) -> std::io::Result<[u8; 32]> {
        Ok([7; 32])
    }

    fn pause(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}
