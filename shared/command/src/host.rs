//! What commands need from the machine they run on. The simulation has machines of its own.

use std::pin::Pin;
use std::time::Duration;

use claim_domain::calendar::Instant;

/// A machine: its clock, its randomness, and how it waits.
pub trait Host {
    /// The instant, in whole milliseconds.
    fn now(&self) -> Instant;
    /// A fresh ULID.
    fn new_id(&self) -> String;
    /// 256 random bits that nobody can guess: the token of a consent link (D9).
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    fn secret(&self) -> std::io::Result<[u8; 32]>;
    /// A pause of about this length before another attempt.
    fn pause(&self, about: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}
