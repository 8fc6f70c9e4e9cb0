//! For how long a command is tried when others write the same claim.

use std::time::Duration;

use claim_domain::calendar::Instant;
use claim_domain::people::Role;

use crate::host::Host;
use crate::outcome::CommandError;

/// How long a person's command is tried: long enough for many who write one claim at the same time, and well below the
/// time after which its function is stopped.
pub const PATIENCE: Duration = Duration::from_secs(8);
/// How long a function's own command is tried. Whatever brings it, brings it again.
const PATIENCE_OF_FUNCTIONS: Duration = Duration::from_secs(2);
/// The first pause. Each is twice as long as the one before, up to the longest.
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(320);
/// How often a command is tried at most, should the machine's clock stand still.
const ATTEMPTS: u32 = 1_000;

/// How long somebody still goes on trying.
pub(crate) struct Patience<'a> {
    host: &'a (dyn Host + Send + Sync),
    until: Instant,
    /// How many attempts have failed.
    pub(crate) attempts: u32,
    pause: Duration,
}

impl<'a> Patience<'a> {
    /// The patience of a caller in this role, from now on.
    pub(crate) fn with(host: &'a (dyn Host + Send + Sync), role: Role) -> Self {
        let patience = if role == Role::System { PATIENCE_OF_FUNCTIONS } else { PATIENCE };
        Self { host, until: host.now() + patience, attempts: 0, pause: SHORTEST }
    }

    /// Waits before another attempt, a little longer each time and never equally long, so that writers that raced do
    /// not race again.
    ///
    /// # Errors
    /// [`CommandError::Busy`] once the time is up.
    pub(crate) async fn wait(&mut self) -> Result<(), CommandError> {
        self.attempts += 1;
        if self.host.now() >= self.until || self.attempts >= ATTEMPTS {
            return Err(CommandError::Busy);
        }
        self.host.pause(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST);
        Ok(())
    }
}
