//! The machine that a function runs on: the only clock, and fresh ids.

use std::pin::Pin;
use std::time::Duration;

use chrono::{DurationRound, TimeDelta, Utc};
use claim_command::Host;
use claim_domain::calendar::Instant;

/// The machine's clock and random ids.
#[derive(Debug, Clone, Copy, Default)]
pub struct Machine;

impl Host for Machine {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    fn now(&self) -> Instant {
        let now = Utc::now();
        now.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(now)
    }

    fn new_id(&self) -> String {
        ulid::Ulid::generate().to_string()
    }

    fn secret(&self) -> std::io::Result<[u8; 32]> {
        let mut bits = [0_u8; 32];
        getrandom::fill(&mut bits)?;
        Ok(bits)
    }

    fn pause(&self, about: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        // The random part of a fresh id spreads out those who wait for the same thing.
        let jitter = u32::try_from(ulid::Ulid::generate().random() % 1000).unwrap_or(0);
        // Anything up to twice as long, so that thirty who wait do not come back in step.
        Box::pin(tokio::time::sleep(about * jitter / 500))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_secrets_are_the_same() {
        claim_domain::proves!(D9);
        assert_ne!(Machine.secret().unwrap(), Machine.secret().unwrap());
    }
}
