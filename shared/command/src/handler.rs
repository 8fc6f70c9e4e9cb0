//! Where commands are carried out and claims are read.

use std::sync::Arc;
use std::time::Duration;

use claim_domain::action::Action;
use claim_domain::calendar::Instant;
use claim_domain::claim::{Claim, ContactOf, Details};
use claim_domain::command::Command;
use claim_domain::decide::{Decision, Opened, as_of};
use claim_domain::draft::{Contact, Draft};
use claim_domain::event::Event;
use claim_domain::ids::{ClaimId, CommandId, ContactRef, NotAnId};
use claim_domain::people::Caller;
use claim_domain::policy::Policy;
use claim_domain::program::Program;
use claim_domain::refusal::{Kind, Refusal};
use claim_store::{Commit, CommitError, Contacts, Delivered, Store, StoredAnswer};

use crate::host::Host;
use crate::outcome::{AlsoRead, CommandError, Outcome, Stale, Unchanged, Written};
use crate::request::{CommandRequest, Expected, IdempotencyKey, Prepared, Unprepared};

/// How often a command is decided before the caller is asked to come back.
const ATTEMPTS: u32 = 6;

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

/// A claim as an attempt finds it.
struct Open<'a> {
    /// As it is stored.
    stored: Claim,
    /// As it stands now.
    current: Opened<'a>,
    /// Its contacts, if they were to be read.
    contacts: Option<Contacts>,
}

/// The result of opening a claim.
enum Opening<'a> {
    /// It can be decided on.
    Open(Box<Open<'a>>),
    /// There is nothing to decide.
    Over(Box<Outcome>),
}

/// The result of an attempt.
enum Attempt {
    /// The outcome of the command is known.
    Over(Box<Outcome>),
    /// Another writer was first: look again at once.
    Lost,
    /// Another writer is in the way: look again in a while.
    InTheWay,
}

impl CommandHandler {
    /// What a caller may do under the program's rules.
    pub fn policy<'a>(&'a self, caller: &'a Caller) -> Policy<'a> {
        Policy { program: &self.program, caller }
    }

    /// Creates a claim (R6), or finds the one that was created before under the same Idempotency-Key.
    ///
    /// # Errors
    /// The table fails, or too many others write to it.
    pub async fn create(
        &self,
        caller: &Caller,
        draft: Draft,
        key: Option<&IdempotencyKey>,
    ) -> Result<Outcome, CommandError> {
        let Some(partner) = caller.partner.clone() else { return Ok(Outcome::refused(Refusal::not_found())) };
        let id: ClaimId = self.id()?;
        let (details, contacts) = self.refer(draft)?;
        let command = Command::Create { id: id.clone(), partner, details: details.clone() };
        let command_id: CommandId = self.id()?;
        let mut counted = false;
        for attempt in 0..ATTEMPTS {
            let now = self.host.now();
            let record = key.map(|key| &key.record);
            let (holders, answer) = self.store.holders_and_answer(&id, &details, record, now).await?;
            if let Some((key, answer)) = key.zip(answer) {
                let claim = self.store.claim(&answer.claim).await?;
                return Ok(self.answered(caller, claim, answer, key, now));
            }
            let decision =
                Opened::at(None, &self.program, &command_id, now).decide(&command, caller, &holders);
            let Decision { claim: Some(claim), outcome: Ok(()), .. } = decision.clone() else {
                return Ok(Outcome::refused(decision.outcome.err().unwrap_or_else(Refusal::not_found)));
            };
            if let Some(refusal) = self.count_once(&mut counted, &command, &claim, now).await? {
                return Ok(Outcome::refused(refusal));
            }
            let answer = key.map(|key| stored_answer(key, &claim, None));
            let commit = Commit {
                before: None,
                decision: &decision,
                contacts: &contacts,
                answer: record.zip(answer.as_ref()),
                delivered: None,
                now,
            };
            let created = |claim| {
                let contacts = Some(contacts.iter().cloned().collect());
                let read = AlsoRead { contacts, holders: Some(holders.clone()) };
                Outcome::Written(Written { claim, events: events_of(&decision), read })
            };
            match self.store.commit(&commit).await {
                Ok(()) => return Ok(created(claim)),
                Err(CommitError::Store(error)) => return Err(error.into()),
                // Our own earlier write, if its answer was lost on the way.
                Err(CommitError::Lost) => {
                    if let Some(claim) = self.store.claim(&id).await? {
                        return Ok(created(claim));
                    }
                }
                Err(_) => self.wait(attempt).await,
            }
        }
        Err(CommandError::Busy)
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

    async fn run(
        &self,
        request: &CommandRequest,
        reads: Reads,
        delivered: Option<Delivered<'_>>,
        prepare: impl AsyncFn(&Claim, &Contacts) -> Result<Prepared, Unprepared>,
    ) -> Result<Outcome, CommandError> {
        let command_id: CommandId = self.id()?;
        let mut counted = false;
        for attempt in 0..ATTEMPTS {
            let open = match self.open(request, reads, &command_id).await? {
                Opening::Open(open) => *open,
                Opening::Over(outcome) => return Ok(*outcome),
            };
            match self.apply(request, &command_id, open, delivered, &prepare, &mut counted).await? {
                Attempt::Over(outcome) => return Ok(*outcome),
                Attempt::Lost => {}
                Attempt::InTheWay => self.wait(attempt).await,
            }
        }
        Err(CommandError::Busy)
    }

    /// Reads the claim and what is kept under the request's key, and applies the clocks that are due.
    async fn open<'a>(
        &'a self,
        request: &CommandRequest,
        reads: Reads,
        command_id: &'a CommandId,
    ) -> Result<Opening<'a>, CommandError> {
        let (stored, mut contacts, answer) = match (&request.key, reads) {
            (Some(key), _) => {
                let now = self.host.now();
                let (claim, answer) = self.store.claim_and_answer(&request.claim, &key.record, now).await?;
                (claim, None, answer)
            }
            (None, Reads::Claim) => (self.store.claim(&request.claim).await?, None, None),
            (None, Reads::Contacts) => {
                let (claim, contacts) = self.store.claim_and_contacts(&request.claim).await?.unzip();
                (claim, contacts, None)
            }
        };
        let over = |outcome| Opening::Over(Box::new(outcome));
        let now = self.host.now();
        if let Some((key, answer)) = request.key.as_ref().zip(answer) {
            return Ok(over(self.answered(&request.caller, stored, answer, key, now)));
        }
        if stored.is_none() && matches!(request.expected, Expected::Timer(..)) {
            return Ok(over(Outcome::Stale(Stale { revision: None })));
        }
        let stored = match visible(stored, &request.caller, now) {
            Ok(stored) => stored,
            Err(refusal) => return Ok(over(Outcome::refused(refusal))),
        };
        if !request.expected.holds(&stored) {
            return Ok(over(Outcome::Stale(Stale { revision: Some(stored.revision) })));
        }
        let current = Opened::at(Some(stored.clone()), &self.program, command_id, now);
        if reads == Reads::Contacts && contacts.is_none() {
            let details = current.claim().map_or(&stored.details, |claim| &claim.details);
            contacts = Some(self.store.contacts(&stored.id, &details.contacts()).await?);
        }
        Ok(Opening::Open(Box::new(Open { stored, current, contacts })))
    }

    /// Prepares and decides the command, and writes what was decided.
    async fn apply(
        &self,
        request: &CommandRequest,
        command_id: &CommandId,
        open: Open<'_>,
        delivered: Option<Delivered<'_>>,
        prepare: &impl AsyncFn(&Claim, &Contacts) -> Result<Prepared, Unprepared>,
        counted: &mut bool,
    ) -> Result<Attempt, CommandError> {
        let over = |outcome| Attempt::Over(Box::new(outcome));
        let Open { stored, current, contacts } = open;
        let (none, now) = (Contacts::new(), current.now());
        let claim = current.claim().unwrap_or(&stored);
        let Prepared { command, contacts: introduced, made } =
            match prepare(claim, contacts.as_ref().unwrap_or(&none)).await {
                Ok(prepared) => prepared,
                Err(Unprepared::Refused(refusal)) => return Ok(over(Outcome::refused(refusal))),
                Err(Unprepared::Failed(cause)) => return Err(CommandError::Other(cause)),
            };
        let holders = match command.wants(claim) {
            Some(details) => Some(self.store.holders(&stored.id, details).await?),
            None => None,
        };
        let decision = current.decide(&command, &request.caller, holders.as_deref().unwrap_or_default());
        let claim = decision.claim.clone().unwrap_or_else(|| stored.clone());
        let mut read = AlsoRead { contacts, holders: holders.clone() };
        let accepted = decision.outcome.is_ok();
        if decision.events.is_empty() {
            return Ok(over(match decision.outcome {
                Ok(()) => Outcome::Unchanged(Unchanged { claim, answered: None, read }),
                Err(refusal) => Outcome::refused(refusal),
            }));
        }
        if accepted && let Some(refusal) = self.count_once(counted, &command, &claim, now).await? {
            return Ok(over(Outcome::refused(self.policy(&request.caller).complete(refusal, &claim))));
        }
        // A refusal is not kept under the key: only the events of due clocks are written then (I3).
        let key = request.key.as_ref().filter(|_| accepted);
        let answer = key.map(|key| stored_answer(key, &claim, made));
        let commit = Commit {
            before: Some(&stored),
            decision: &decision,
            contacts: if accepted { &introduced } else { &[] },
            answer: key.map(|key| &key.record).zip(answer.as_ref()),
            delivered: delivered.filter(|_| accepted),
            now,
        };
        let is_written = match self.store.commit(&commit).await {
            Ok(()) => true,
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(CommitError::DeliveryRecorded) => {
                let unchanged = Unchanged { claim: stored, answered: None, read };
                return Ok(over(Outcome::Unchanged(unchanged)));
            }
            // Our own earlier write, if its answer was lost on the way.
            Err(CommitError::Lost) => {
                let next = self.store.event(&stored.id, stored.version + 1).await?;
                next.is_some_and(|next| next.event.command == *command_id)
            }
            // Association records are read again: the next decision refuses and names their holders, or is accepted.
            Err(CommitError::Held(_) | CommitError::KeyUsed | CommitError::Conflict) => {
                return Ok(Attempt::InTheWay);
            }
        };
        if !is_written {
            return Ok(Attempt::Lost);
        }
        let events = events_of(&decision);
        Ok(over(match decision.outcome {
            Ok(()) => {
                if let Some(contacts) = &mut read.contacts {
                    contacts.extend(introduced);
                }
                Outcome::Written(Written { claim, events, read })
            }
            Err(refusal) => Outcome::refused(refusal),
        }))
    }

    /// The outcome of a request that was answered before under its Idempotency-Key, with the claim as it is now.
    fn answered(
        &self,
        caller: &Caller,
        claim: Option<Claim>,
        answer: StoredAnswer,
        key: &IdempotencyKey,
        now: Instant,
    ) -> Outcome {
        let claim = match visible(claim, caller, now) {
            Ok(claim) => as_of(&claim, &self.program, now),
            Err(refusal) => return Outcome::refused(refusal),
        };
        if answer.body != key.body {
            return Outcome::refused(Refusal::new(
                Kind::KeyReused,
                Kind::KeyReused.rule(),
                "This Idempotency-Key came with another body before.",
                "Send the first body again to get its answer, or use a new key.",
            ));
        }
        Outcome::Unchanged(Unchanged { claim, answered: Some(answer), read: AlsoRead::default() })
    }

    /// Gives every contact of a draft a place of its own (I2).
    fn refer(&self, draft: Draft) -> Result<(Details, Vec<(ContactRef, Contact)>), CommandError> {
        let mut contacts = Vec::new();
        let details =
            draft.try_map_contacts(|_: ContactOf, contact| -> Result<ContactRef, CommandError> {
                let reference: ContactRef = self.id()?;
                contacts.push((reference.clone(), contact));
                Ok(reference)
            })?;
        Ok((details, contacts))
    }

    /// A fresh id of any kind.
    ///
    /// # Errors
    /// When the host's ids are not ULIDs.
    pub fn id<T: std::str::FromStr<Err = NotAnId>>(&self) -> Result<T, CommandError> {
        self.host.new_id().parse().map_err(|error| CommandError::Other(Box::new(error)))
    }

    /// Waits a little longer each time, so that writers that raced do not race again.
    async fn wait(&self, attempt: u32) {
        self.host.pause(Duration::from_millis(20 << attempt.min(5))).await;
    }
}

impl Expected {
    fn holds(self, stored: &Claim) -> bool {
        match self {
            Self::Anything => true,
            Self::Revision(seen) => seen == stored.revision,
            Self::Timer(clock, generation) => {
                let clock = stored.clocks.get(&clock);
                clock.is_some_and(|clock| clock.generation == generation && clock.is_ticking())
            }
        }
    }
}

/// The claim, if the caller may know of it (I7, R2, D8).
fn visible(claim: Option<Claim>, caller: &Caller, now: Instant) -> Result<Claim, Refusal> {
    claim.filter(|claim| claim.is_visible_to(caller, now)).ok_or_else(Refusal::not_found)
}

fn events_of(decision: &Decision) -> Vec<Event> {
    decision.events.iter().map(|(event, _)| event.clone()).collect()
}

fn stored_answer(key: &IdempotencyKey, claim: &Claim, made: Option<String>) -> StoredAnswer {
    StoredAnswer { body: key.body.clone(), claim: claim.id.clone(), version: claim.version, made }
}
