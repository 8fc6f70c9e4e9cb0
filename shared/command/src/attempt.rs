//! One attempt after another at a command: read the claim, decide, write; until its outcome is known or the time is up.
//!
//! What the request expects of the claim is looked at last (RFC 9110, 13.2.1): a caller who could not do this with any
//! revision is told that, and not that the revision is stale.

use claim_domain::calendar::Instant;
use claim_domain::claim::Claim;
use claim_domain::command::Command;
use claim_domain::decide::{Decision, Opened, as_of};
use claim_domain::draft::Contact;
use claim_domain::ids::{CommandId, ContactRef};
use claim_domain::people::Caller;
use claim_domain::refusal::{Kind, Refusal};
use claim_store::{Commit, CommitError, Contacts, Delivered, StoredAnswer};

use crate::handler::{CommandHandler, Reads, events_of, stored_answer, visible};
use crate::outcome::{AlsoRead, CommandError, Outcome, Rehearsal, Stale, Unchanged, Written};
use crate::patience::Patience;
use crate::request::{CommandRequest, Expected, IdempotencyKey, Prepared, Unprepared};

/// A claim as an attempt finds it.
struct Open<'a> {
    /// As it is stored.
    stored: Claim,
    /// As it stands now.
    current: Opened<'a>,
    /// Its contacts, if they were to be read.
    contacts: Option<Contacts>,
    /// What the request comes to if the rules would let it pass: set if the claim is not as the request expected it.
    unmet: Option<Outcome>,
}

/// The result of opening a claim.
enum Opening<'a> {
    /// It can be decided on.
    Open(Box<Open<'a>>),
    /// There is nothing to decide.
    Over(Box<Outcome>),
}

/// A command that was decided on, and has not been written.
struct Decided {
    /// The claim as it is stored.
    stored: Claim,
    /// The claim as it would be afterwards.
    claim: Claim,
    command: Command,
    decision: Decision,
    introduced: Vec<(ContactRef, Contact)>,
    made: Option<String>,
    read: AlsoRead,
    now: Instant,
}

/// Which claims a decision looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// Its own, and those that hold what it wants.
    AtAll,
    /// Its own; others only once it was submitted (D13).
    AtOwn,
}

/// The result of deciding.
enum Deciding {
    /// There is something to write.
    Decided(Box<Decided>),
    /// There is not.
    Over(Box<Outcome>),
}

/// The result of an attempt.
enum Attempt {
    /// The outcome of the command is known.
    Over(Box<Outcome>),
    /// Another writer was first, or is in the way: look again in a while.
    Lost,
}

impl CommandHandler {
    /// Attempts a command until its outcome is known. Others who write the same claim are no reason to give up before
    /// the time is up: each time the claim is read and the command decided anew.
    pub(crate) async fn run(
        &self,
        request: &CommandRequest,
        reads: Reads,
        delivered: Option<Delivered<'_>>,
        prepare: impl AsyncFn(&Claim, &Contacts) -> Result<Prepared, Unprepared>,
    ) -> Result<Outcome, CommandError> {
        let command_id: CommandId = self.id()?;
        let mut counted = false;
        let mut patience = Patience::with(&*self.host, request.caller.actor.role);
        loop {
            let open = match self.open(request, reads, &command_id).await? {
                Opening::Open(open) => *open,
                Opening::Over(outcome) => return Ok(*outcome),
            };
            match self.apply(request, &command_id, open, delivered, &prepare, &mut counted).await? {
                Attempt::Over(outcome) => return Ok(*outcome),
                Attempt::Lost => patience.wait().await?,
            }
        }
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
        if matches!(request.expected, Expected::Timer(..))
            && !stored.as_ref().is_some_and(|stored| request.expected.holds(stored))
        {
            let revision = stored.map(|stored| stored.revision);
            return Ok(over(Outcome::Stale(Stale { revision })));
        }
        let stored = match visible(stored, &request.caller, now) {
            Ok(stored) => stored,
            Err(refusal) => return Ok(over(Outcome::refused(refusal))),
        };
        let unmet = (!request.expected.holds(&stored)).then(|| request.expected.unmet_by(&stored));
        let current = Opened::at(Some(stored.clone()), &self.program, command_id, now);
        if reads == Reads::Contacts && contacts.is_none() {
            let details = current.claim().map_or(&stored.details, |claim| &claim.details);
            contacts = Some(self.store.contacts(&stored.id, &details.contacts()).await?);
        }
        Ok(Opening::Open(Box::new(Open { stored, current, contacts, unmet })))
    }

    /// What [`CommandHandler::execute_with`] would do now, by the same decision. Nothing is written, whatever the command:
    /// not even the events of clocks that are due. Before its first submission a claim is not told whether others hold what
    /// it wants (D13), so a trial of that does not look.
    ///
    /// # Errors
    /// As [`CommandHandler::execute_with`].
    pub async fn rehearse(
        &self,
        request: &CommandRequest,
        reads: Reads,
        prepare: impl AsyncFn(&Claim, &Contacts) -> Result<Prepared, Unprepared>,
    ) -> Result<Rehearsal, CommandError> {
        let command_id: CommandId = self.id()?;
        let open = match self.open(request, reads, &command_id).await? {
            Opening::Open(open) => *open,
            Opening::Over(outcome) => return Ok(Rehearsal::over(*outcome)),
        };
        let decided = match self.decided(request, open, &prepare, Looks::AtOwn).await? {
            Deciding::Over(outcome) => return Ok(Rehearsal::over(*outcome)),
            Deciding::Decided(decided) => *decided,
        };
        let Decided { stored, claim, command, decision, introduced, mut read, now, .. } = decided;
        let events = events_of(&decision);
        let effects = decision.events.into_iter().flat_map(|(_, effects)| effects).collect();
        if let Err(refusal) = decision.outcome {
            return Ok(Rehearsal::over(Outcome::refused(refusal)));
        }
        if let Some(refusal) = self.one_too_many(&command, &claim, now).await? {
            return Ok(Rehearsal::over(Outcome::refused(
                self.policy(&request.caller).complete(refusal, &claim),
            )));
        }
        if let Some(contacts) = &mut read.contacts {
            contacts.extend(introduced);
        }
        let before = Some(as_of(&stored, &self.program, now));
        Ok(Rehearsal { before, outcome: Outcome::Written(Written { claim, events, read }), effects })
    }

    /// Prepares and decides the command.
    async fn decided(
        &self,
        request: &CommandRequest,
        open: Open<'_>,
        prepare: &impl AsyncFn(&Claim, &Contacts) -> Result<Prepared, Unprepared>,
        looks: Looks,
    ) -> Result<Deciding, CommandError> {
        let over = |outcome| Deciding::Over(Box::new(outcome));
        let Open { stored, current, contacts, unmet } = open;
        let (none, now) = (Contacts::new(), current.now());
        let claim = current.claim().unwrap_or(&stored);
        let Prepared { command, contacts: introduced, made } =
            match prepare(claim, contacts.as_ref().unwrap_or(&none)).await {
                Ok(prepared) => prepared,
                Err(Unprepared::Refused(refusal)) => {
                    let unmet = unmet.filter(|_| !refusal.kind.is_by_role_or_status());
                    return Ok(over(unmet.unwrap_or_else(|| Outcome::refused(refusal))));
                }
                Err(Unprepared::Failed(cause)) => return Err(CommandError::Other(cause)),
            };
        let may_look = looks == Looks::AtAll || claim.submitted_at.is_some();
        let holders = match command.wants(claim).filter(|_| may_look) {
            Some(details) => Some(self.store.holders(&stored.id, details).await?),
            None => None,
        };
        let decision = current.decide(&command, &request.caller, holders.as_deref().unwrap_or_default());
        let is_admitted =
            decision.outcome.as_ref().err().is_none_or(|refusal| !refusal.kind.is_by_role_or_status());
        if let Some(unmet) = unmet.filter(|_| is_admitted) {
            return Ok(over(unmet));
        }
        let claim = decision.claim.clone().unwrap_or_else(|| stored.clone());
        let read = AlsoRead { contacts, holders };
        if decision.events.is_empty() {
            return Ok(over(match decision.outcome {
                Ok(()) => Outcome::Unchanged(Unchanged { claim, answered: None, read }),
                Err(refusal) => Outcome::refused(refusal),
            }));
        }
        let decided = Decided { stored, claim, command, decision, introduced, made, read, now };
        Ok(Deciding::Decided(Box::new(decided)))
    }

    /// Decides the command, and writes what was decided.
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
        let decided = match self.decided(request, open, prepare, Looks::AtAll).await? {
            Deciding::Decided(decided) => *decided,
            Deciding::Over(outcome) => return Ok(Attempt::Over(outcome)),
        };
        let Decided { stored, claim, command, decision, introduced, made, mut read, now } = decided;
        let accepted = decision.outcome.is_ok();
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
            Err(CommitError::Held(_) | CommitError::KeyUsed | CommitError::Conflict) => false,
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
    pub(crate) fn answered(
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
}

impl Expected {
    fn holds(&self, stored: &Claim) -> bool {
        match self {
            Self::Anything => true,
            Self::Unsaid => false,
            Self::Revision(seen) => seen.contains(&stored.revision),
            Self::Timer(clock, generation) => {
                let clock = stored.clocks.get(clock);
                clock.is_some_and(|clock| clock.generation == *generation && clock.is_ticking())
            }
        }
    }

    /// The outcome of a request that expected the claim in another state.
    fn unmet_by(&self, stored: &Claim) -> Outcome {
        match self {
            Self::Unsaid => Outcome::refused(Refusal::revision_required()),
            _ => Outcome::Stale(Stale { revision: Some(stored.revision) }),
        }
    }
}
