//! Where commands are carried out and claims are read.

use std::sync::Arc;

use claim_domain::action::Action;
use claim_domain::calendar::Instant;
use claim_domain::claim::Claim;
use claim_domain::command::Command;
use claim_domain::decide::{Decision, as_of};
use claim_domain::event::Event;
use claim_domain::ids::{ClaimId, NotAnId};
use claim_domain::people::Caller;
use claim_domain::policy::Policy;
use claim_domain::program::Program;
use claim_domain::refusal::Refusal;
use claim_store::{Contacts, Delivered, Store, StoredAnswer};

use crate::host::Host;
use crate::outcome::{CommandError, Outcome};
use crate::request::{CommandRequest, Expected, IdempotencyKey, Prepared, Unprepared};

/// Carries out commands and reads claims, with a table, the program's rules and a host.
#[derive(Clone)]
pub struct CommandHandler {
    /// The table.
    pub store: Store,
    /// The rules that are configuration.
    pub program: Program,
    /// Time and ids.
    pub host: Arc<dyn Host + Send + Sync>,
}

/// What a command needs to know of a claim before it is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// The claim.
    Claim,
    /// The claim and its contacts.
    Contacts,
}

/// A claim as it is looked at: nothing is written (I8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewed {
    /// As it is stored.
    pub stored: Claim,
    /// As it stands now, with the clocks that are due applied (I3).
    pub current: Claim,
}

impl CommandHandler {
    /// What a caller may do under the program's rules.
    pub fn policy<'a>(&'a self, caller: &'a Caller) -> Policy<'a> {
        Policy { program: &self.program, caller }
    }

    /// Carries out a command that follows from the request alone. Its input is read before the claim is opened. That
    /// the input is bad is said only after what comes first: that there is no such claim, that the request is stale,
    /// that the caller's role may never do this.
    ///
    /// # Errors
    /// The table fails, or too many others write the claim.
    pub async fn execute(
        &self,
        request: &CommandRequest,
        action: Action,
        reads: Reads,
        command: Result<impl Into<Prepared>, Refusal>,
    ) -> Result<Outcome, CommandError> {
        let command = command.map(Into::into);
        self.execute_with(request, reads, async |claim: &Claim, _: &Contacts| {
            Ok(self.admit(claim, &request.caller, action, command.clone())?)
        })
        .await
    }

    /// Carries out a command that `prepare` makes ready against the claim as it stands now. `prepare` is called again
    /// when a race was lost.
    ///
    /// # Errors
    /// As [`CommandHandler::execute`], and whatever makes `prepare` fail.
    pub async fn execute_with(
        &self,
        request: &CommandRequest,
        reads: Reads,
        prepare: impl AsyncFn(&Claim, &Contacts) -> Result<Prepared, Unprepared>,
    ) -> Result<Outcome, CommandError> {
        self.run(request, reads, None, prepare).await
    }

    /// The input of an action. That the caller's role may never do it is said before what is wrong with the input.
    ///
    /// # Errors
    /// The refusal, with the claim's status and what is allowed now.
    pub fn admit<T>(
        &self,
        claim: &Claim,
        caller: &Caller,
        action: Action,
        input: Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let policy = self.policy(caller);
        policy.by_role(action).and(input).map_err(|refusal| policy.complete(refusal, claim))
    }

    /// Carries out a command of the system itself, which records what happened outside.
    ///
    /// # Errors
    /// As [`CommandHandler::execute`].
    pub async fn execute_as_system(
        &self,
        claim: &ClaimId,
        command: Command,
    ) -> Result<Outcome, CommandError> {
        self.by_system(claim, Expected::Anything, command, None).await
    }

    /// Applies the clocks that are due (I3), as the deadline function and sweep do.
    ///
    /// # Errors
    /// As [`CommandHandler::execute`].
    pub async fn apply_due(&self, claim: &ClaimId, expected: Expected) -> Result<Outcome, CommandError> {
        self.by_system(claim, expected, Command::ApplyDue, None).await
    }

    /// Records a delivery on its claim, in one transaction with the mark on the effect (I5). However often it is
    /// called, the delivery is recorded once.
    ///
    /// # Errors
    /// As [`CommandHandler::execute`].
    pub async fn record(
        &self,
        claim: &ClaimId,
        command: Command,
        delivered: Delivered<'_>,
    ) -> Result<Outcome, CommandError> {
        self.by_system(claim, Expected::Anything, command, Some(delivered)).await
    }

    async fn by_system(
        &self,
        claim: &ClaimId,
        expected: Expected,
        command: Command,
        delivered: Option<Delivered<'_>>,
    ) -> Result<Outcome, CommandError> {
        let request = CommandRequest::by_system(claim.clone(), expected);
        let prepare = async |_: &Claim, _: &Contacts| Ok(command.clone().into());
        self.run(&request, Reads::Claim, delivered, prepare).await
    }

    /// A claim as the caller may see it now; `None` if the caller may not know of it, or there is none (I7, R2, D8).
    ///
    /// # Errors
    /// When the table fails.
    pub async fn view(&self, caller: &Caller, id: &ClaimId) -> Result<Option<Viewed>, CommandError> {
        let now = self.host.now();
        Ok(self.store.claim(id).await?.and_then(|stored| self.viewed(stored, caller, now)))
    }

    /// Like [`CommandHandler::view`], of several claims, as they stand now, with one read and in the order of their ids.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn view_all(&self, caller: &Caller, ids: &[ClaimId]) -> Result<Vec<Claim>, CommandError> {
        let now = self.host.now();
        let mut found = self.store.claims(ids).await?;
        found.sort_by_key(|claim| ids.iter().position(|id| *id == claim.id));
        let viewed = found.into_iter().filter_map(|stored| self.viewed(stored, caller, now));
        Ok(viewed.map(|viewed| viewed.current).collect())
    }

    /// Like [`CommandHandler::view`], with the claim's contacts.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn view_with_contacts(
        &self,
        caller: &Caller,
        id: &ClaimId,
    ) -> Result<Option<(Viewed, Contacts)>, CommandError> {
        let now = self.host.now();
        let found = self.store.claim_and_contacts(id).await?;
        Ok(found.and_then(|(stored, contacts)| Some((self.viewed(stored, caller, now)?, contacts))))
    }

    fn viewed(&self, stored: Claim, caller: &Caller, now: Instant) -> Option<Viewed> {
        let stored = visible(Some(stored), caller, now).ok()?;
        let current = as_of(&stored, &self.program, now);
        Some(Viewed { stored, current })
    }

    /// A fresh id of any kind.
    ///
    /// # Errors
    /// When the host's ids are not ULIDs.
    pub fn id<T: std::str::FromStr<Err = NotAnId>>(&self) -> Result<T, CommandError> {
        self.host.new_id().parse().map_err(|error| CommandError::Other(Box::new(error)))
    }
}

/// The claim, if the caller may know of it (I7, R2, D8).
pub(crate) fn visible(claim: Option<Claim>, caller: &Caller, now: Instant) -> Result<Claim, Refusal> {
    claim.filter(|claim| claim.is_visible_to(caller, now)).ok_or_else(Refusal::not_found)
}

pub(crate) fn events_of(decision: &Decision) -> Vec<Event> {
    decision.events.iter().map(|(event, _)| event.clone()).collect()
}

pub(crate) fn stored_answer(key: &IdempotencyKey, claim: &Claim, made: Option<String>) -> StoredAnswer {
    StoredAnswer { body: key.body.clone(), claim: claim.id.clone(), version: claim.version, made }
}
