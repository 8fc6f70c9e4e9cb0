//! What became of a command.

use claim_domain::claim::Claim;
use claim_domain::effect::Effect;
use claim_domain::event::Event;
use claim_domain::refusal::{Holder, Refusal};
use claim_store::{Contacts, StoreError, StoredAnswer};

/// What became of a command. Except after [`Outcome::Written`], and except for the events of due clocks, which are
/// written even if the rules refuse (I3), the table is as it was.
#[derive(Debug)]
pub enum Outcome {
    /// It was carried out, and written.
    Written(Written),
    /// There was nothing to write: everything asked for is so already, or the request was answered before.
    Unchanged(Unchanged),
    /// The claim is not as the request expected it.
    Stale(Stale),
    /// The rules refuse it.
    Refused(Box<Refusal>),
}

/// What a command would come to if it were carried out now.
#[derive(Debug)]
pub struct Rehearsal {
    /// The claim as it stands; none before it is created, or if the caller may not know of it.
    pub before: Option<Claim>,
    /// What would become of it; what is called written in it would be.
    pub outcome: Outcome,
    /// What would follow from it outside the table: emails, timers, messages.
    pub effects: Vec<Effect>,
}

impl Rehearsal {
    /// An outcome from which nothing follows.
    pub(crate) fn over(outcome: Outcome) -> Self {
        Self { before: None, outcome, effects: Vec::new() }
    }
}

/// A command that was written.
#[derive(Debug)]
pub struct Written {
    /// The claim afterwards.
    pub claim: Claim,
    /// The events that were written; the command's own is the last.
    pub events: Vec<Event>,
    /// What was read on the way.
    pub read: AlsoRead,
}

/// A command that changed nothing.
#[derive(Debug)]
pub struct Unchanged {
    /// The claim as it stands now.
    pub claim: Claim,
    /// What was kept of the first answer, if the same request was made before under its Idempotency-Key.
    pub answered: Option<StoredAnswer>,
    /// What was read on the way.
    pub read: AlsoRead,
}

/// A request that expected the claim in another state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stale {
    /// The claim's revision; none for a timer of a claim that does not exist.
    pub revision: Option<u64>,
}

/// What else was read to carry a command out, so that an answer need not read it again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlsoRead {
    /// The claim's contacts, including those that the command introduced.
    pub contacts: Option<Contacts>,
    /// The other claims that hold what it wants (D15).
    pub holders: Option<Vec<Holder>>,
}

/// Why a command was not accepted.
#[derive(Debug)]
pub enum Declined {
    /// The claim is not as the request expected it.
    Stale(Stale),
    /// The rules refuse it.
    Refused(Box<Refusal>),
}

impl Outcome {
    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }

    /// What was kept of the first answer, if the same request was answered before.
    pub fn answered(&self) -> Option<&StoredAnswer> {
        match self {
            Self::Unchanged(unchanged) => unchanged.answered.as_ref(),
            _ => None,
        }
    }

    /// The events that were written; none, if nothing was.
    pub fn events(&self) -> &[Event] {
        match self {
            Self::Written(written) => &written.events,
            Self::Unchanged(_) | Self::Stale(_) | Self::Refused(_) => &[],
        }
    }

    /// The claim after a command that was accepted; none if it was not.
    pub fn claim(&self) -> Option<&Claim> {
        match self {
            Self::Written(Written { claim, .. }) | Self::Unchanged(Unchanged { claim, .. }) => Some(claim),
            Self::Stale(_) | Self::Refused(_) => None,
        }
    }

    /// The claim after a command that was accepted, whether it wrote anything or not.
    ///
    /// # Errors
    /// Why it was not accepted.
    pub fn into_claim(self) -> Result<Claim, Declined> {
        match self {
            Self::Written(Written { claim, .. }) | Self::Unchanged(Unchanged { claim, .. }) => Ok(claim),
            Self::Stale(stale) => Err(Declined::Stale(stale)),
            Self::Refused(refusal) => Err(Declined::Refused(refusal)),
        }
    }
}

/// Why the outcome of a command is not known, or why it was not decided.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Too many others write this claim; come back later.
    #[error("too many others are at this claim")]
    Busy,
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something else failed on the way.
    #[error("a service failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}
