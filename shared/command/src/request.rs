//! What is asked: by whom, of which claim, under what conditions.

use claim_domain::clock::ClockName;
use claim_domain::command::Command;
use claim_domain::draft::Contact;
use claim_domain::ids::{ClaimId, ContactRef, Sha256};
use claim_domain::people::Caller;
use claim_domain::refusal::Refusal;

use crate::outcome::CommandError;

/// Who asks for a command, of which claim, under what conditions.
#[derive(Debug, Clone)]
pub struct CommandRequest {
    /// Who asks.
    pub caller: Caller,
    /// Of which claim.
    pub claim: ClaimId,
    /// What the claim must be like; otherwise the request is stale.
    pub expected: Expected,
    /// The caller's Idempotency-Key, if it gave one.
    pub key: Option<IdempotencyKey>,
}

impl CommandRequest {
    /// What the system itself asks of a claim.
    pub fn by_system(claim: ClaimId, expected: Expected) -> Self {
        Self { caller: Caller::system(), claim, expected, key: None }
    }
}

/// What a claim must be like for a request; compared with the claim as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Nothing in particular.
    Anything,
    /// At the revision that the caller saw, which the request must name (D11) and does not.
    Unsaid,
    /// At one of the revisions that the caller saw (D11).
    Revision(Vec<u64>),
    /// With this clock ticking, armed or resumed by the event of this version (I4).
    Timer(ClockName, u64),
}

/// An Idempotency-Key, bound to its principal, method and path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The hash of principal, method, full path and key.
    pub record: Sha256,
    /// The hash of the request's body.
    pub body: Sha256,
}

/// A command made ready against the claim as it was read.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The command.
    pub command: Command,
    /// Contacts that it introduces.
    pub contacts: Vec<(ContactRef, Contact)>,
    /// The id of what it makes, if it makes something.
    pub made: Option<String>,
}

impl From<Command> for Prepared {
    fn from(command: Command) -> Self {
        Self { command, contacts: Vec::new(), made: None }
    }
}

/// Why a command could not be made ready.
#[derive(Debug)]
pub enum Unprepared {
    /// The input is refused.
    Refused(Refusal),
    /// A service that was asked on the way failed.
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl From<CommandError> for Unprepared {
    fn from(error: CommandError) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl From<Refusal> for Unprepared {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
