//! The way of one command: read the claim, ask the domain, write one transaction, answer.
//!
//! Every function goes this way. Nothing outside the table is touched here: what must follow is derived from the stored
//! events (I5), so that a crash anywhere loses nothing and repeats harmlessly. A lost race for the claim's version is
//! read and decided again; it comes to a stale revision only if the caller named one and it moved.

use std::sync::Arc;
use std::time::Duration;

use claim_domain::calendar::Instant;
use claim_domain::claim::{Claim, Details};
use claim_domain::command::Command;
use claim_domain::decide::{Facts, as_of, decide};
use claim_domain::draft::{Contact, Draft};
use claim_domain::event::Event;
use claim_domain::ids::{ClaimId, CommandId, ContactRef};
use claim_domain::people::Caller;
use claim_domain::program::Program;
use claim_domain::refusal::{Holder, Refusal};
use claim_store::{Commit, CommitError, Contacts, Delivered, Store, StoreError, StoredAnswer};

/// How often a command is decided before the caller is asked to come back.
const ATTEMPTS: u32 = 6;

/// What the pure parts need from the world around them; a simulation has one of its own.
pub trait World {
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
    fn pause(&self, about: Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Where commands are carried out: the store, the program's rules and the world.
#[derive(Clone)]
pub struct Desk {
    /// The table.
    pub store: Store,
    /// The rules that are configuration.
    pub program: Program,
    /// Time and ids.
    pub world: Arc<dyn World + Send + Sync>,
}

/// Who asks for a command on which claim.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Of which claim.
    pub claim: &'a ClaimId,
    /// The revision that the caller saw, if it said so.
    pub if_match: Option<u64>,
    /// The caller's Idempotency-Key, if it gave one.
    pub key: Option<&'a IdempotencyKey>,
}

/// An Idempotency-Key, bound to its principal, method and path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The SHA-256 of principal, method, full path and key, in hexadecimal digits.
    pub record: String,
    /// The SHA-256 of the request's body, in hexadecimal digits.
    pub body: String,
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

/// A command carried out.
#[derive(Debug, Clone)]
pub struct Done {
    /// The claim afterwards.
    pub claim: Claim,
    /// The id of what was made.
    pub made: Option<String>,
    /// The claim's version when it had been carried out before, if it was, under the same Idempotency-Key.
    pub replayed: Option<u64>,
    /// Whether anything was written: a clock that had been applied before is not applied again.
    pub written: bool,
    /// The events that were written.
    pub events: Vec<Event>,
    /// The claim's contacts, if they were read on the way.
    pub contacts: Option<Contacts>,
    /// The other claims that hold what it wants (D15), if they were read on the way.
    pub holders: Option<Vec<Holder>>,
}

impl Done {
    /// Nothing was written: the claim stands like this.
    fn nothing(claim: Claim) -> Self {
        Self {
            claim,
            made: None,
            replayed: None,
            written: false,
            events: Vec::new(),
            contacts: None,
            holders: None,
        }
    }
}

/// A claim as a command finds it.
#[derive(Clone, Copy)]
struct Found<'a> {
    /// As it is stored.
    stored: &'a Claim,
    /// As it stands now, with the clocks that are due applied.
    current: &'a Claim,
    /// Its contacts, if they were to be read.
    contacts: &'a Contacts,
}

/// What a command needs to know of a claim before it is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// The claim.
    Claim,
    /// The claim and its contacts.
    Contacts,
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The rules refuse it.
    #[error("refused")]
    Refused(#[source] Box<Refusal>),
    /// The claim is at another revision than the caller saw.
    #[error("the claim is at revision {revision}")]
    Stale {
        /// The claim's revision.
        revision: u64,
    },
    /// The Idempotency-Key was used with another body.
    #[error("the idempotency key was used with another body")]
    KeyReused,
    /// Too many others are at this claim; come back later.
    #[error("too many others are at this claim")]
    Busy,
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something else failed on the way.
    #[error("a service failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl Desk {
    /// Creates a claim (R6), or finds the one created before under the same Idempotency-Key.
    ///
    /// # Errors
    /// The domain's refusal, a reused key, or a failing table.
    pub async fn create(
        &self,
        caller: &Caller,
        draft: Draft,
        key: Option<&IdempotencyKey>,
    ) -> Result<Done, CommandError> {
        let partner = caller.partner.clone().ok_or_else(Refusal::not_found)?;
        let id: ClaimId = self.id()?;
        let (details, contacts) = self.refer(draft)?;
        let command = Command::Create { id: id.clone(), partner, details: details.clone() };
        let command_id = self.id()?;
        for attempt in 0..ATTEMPTS {
            let now = self.world.now();
            let record = key.map(|key| key.record.as_str());
            let (holders, answer) = self.store.holders_and_answer(&id, &details, record, now).await?;
            if let Some((key, answer)) = key.zip(answer) {
                let claim = self.store.claim(&answer.claim).await?;
                return self.replay(caller, claim, answer, key, now);
            }
            let facts = Facts { program: &self.program, caller, command: &command_id, holders: &[] };
            let decision = decide(None, &command, &facts, now);
            decision.outcome.clone()?;
            let Some(claim) = decision.claim.clone() else { return Err(Refusal::not_found().into()) };
            let answer = key.map(|key| stored_answer(key, &claim, None));
            let commit = Commit {
                before: None,
                decision: &decision,
                contacts: &contacts,
                answer: key.map(|key| key.record.as_str()).zip(answer.as_ref()),
                delivered: None,
                now,
            };
            let created = |claim| Done {
                written: true,
                contacts: Some(contacts.iter().cloned().collect()),
                holders: Some(holders.clone()),
                ..Done::nothing(claim)
            };
            match self.store.commit(&commit).await {
                Ok(()) => return Ok(created(claim)),
                Err(CommitError::Store(error)) => return Err(error.into()),
                // Our own earlier write, if the answer to it was lost on the way.
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

    /// Carries out a command on a claim. `prepare` makes it ready against the claim as it stands now; it is called again
    /// when a race was lost.
    ///
    /// # Errors
    /// The domain's refusal, a stale revision, a reused key, what `prepare` returned, or a failing table. A claim that
    /// the caller may not know of is refused as not found (I7).
    pub async fn execute(
        &self,
        order: Order<'_>,
        prepare: impl AsyncFn(&Claim) -> Result<Prepared, CommandError>,
    ) -> Result<Done, CommandError> {
        self.run(order, None, Reading::Claim, async |found: Found<'_>| prepare(found.current).await).await
    }

    /// The same for a command that needs the claim's contacts, or whose answer shows the claim: they are read along with
    /// it, and are in what was done.
    ///
    /// # Errors
    /// As [`Desk::execute`].
    pub async fn execute_with_contacts(
        &self,
        order: Order<'_>,
        prepare: impl AsyncFn(&Claim, &Contacts) -> Result<Prepared, CommandError>,
    ) -> Result<Done, CommandError> {
        let prepare = async |found: Found<'_>| prepare(found.current, found.contacts).await;
        self.run(order, None, Reading::Contacts, prepare).await
    }

    /// Applies the clocks that are due (I3), as the deadline function and sweep do, and returns the claim afterwards.
    ///
    /// # Errors
    /// As [`Desk::execute`].
    pub async fn apply_due(&self, claim: &ClaimId) -> Result<Done, CommandError> {
        let caller = Caller::system();
        let order = Order { caller: &caller, claim, if_match: None, key: None };
        self.execute(order, async |_| Ok(Command::ApplyDue.into())).await
    }

    /// Applies the clocks that are due on condition that the claim, as it is stored, `has` what they are to be applied for
    /// (I4).
    ///
    /// # Errors
    /// As [`Desk::execute`]; a claim without it is refused as not found.
    pub async fn apply_due_if(
        &self,
        claim: &ClaimId,
        has: impl Fn(&Claim) -> bool,
    ) -> Result<Done, CommandError> {
        let caller = Caller::system();
        let order = Order { caller: &caller, claim, if_match: None, key: None };
        let prepare = async |found: Found<'_>| match has(found.stored) {
            true => Ok(Command::ApplyDue.into()),
            false => Err(Refusal::not_found().into()),
        };
        self.run(order, None, Reading::Claim, prepare).await
    }

    /// Records a delivery on its claim, in one transaction with the mark on the effect (I5). Recorded twice, it is
    /// recorded once.
    ///
    /// # Errors
    /// As [`Desk::execute`].
    pub async fn record(
        &self,
        claim: &ClaimId,
        command: Command,
        delivered: Delivered<'_>,
    ) -> Result<(), CommandError> {
        let caller = Caller::system();
        let order = Order { caller: &caller, claim, if_match: None, key: None };
        let prepare = async |_: Found<'_>| Ok(command.clone().into());
        self.run(order, Some(delivered), Reading::Claim, prepare).await.map(|_| ())
    }

    /// A claim as the caller may see it: as it is stored, and as it stands now with the clocks that are due applied.
    ///
    /// # Errors
    /// Not found, if the caller may not know of it; or a failing table.
    pub async fn view(&self, caller: &Caller, id: &ClaimId) -> Result<(Claim, Claim), CommandError> {
        let now = self.world.now();
        let stored = visible(self.store.claim(id).await?, caller, now)?;
        let current = as_of(&stored, &self.program, now);
        Ok((stored, current))
    }

    /// The same, with the claim's contacts.
    ///
    /// # Errors
    /// As [`Desk::view`].
    pub async fn view_with_contacts(
        &self,
        caller: &Caller,
        id: &ClaimId,
    ) -> Result<(Claim, Claim, Contacts), CommandError> {
        let now = self.world.now();
        let (stored, contacts) = self.store.claim_and_contacts(id).await?.unzip();
        let stored = visible(stored, caller, now)?;
        let current = as_of(&stored, &self.program, now);
        Ok((stored, current, contacts.unwrap_or_default()))
    }

    async fn run(
        &self,
        order: Order<'_>,
        delivered: Option<Delivered<'_>>,
        reading: Reading,
        prepare: impl AsyncFn(Found<'_>) -> Result<Prepared, CommandError>,
    ) -> Result<Done, CommandError> {
        let command_id: CommandId = self.id()?;
        for attempt in 0..ATTEMPTS {
            let (stored, mut contacts, answer) = match (order.key, reading) {
                (Some(key), _) => {
                    let (claim, answer) =
                        self.store.claim_and_answer(order.claim, &key.record, self.world.now()).await?;
                    (claim, None, answer)
                }
                (None, Reading::Claim) => (self.store.claim(order.claim).await?, None, None),
                (None, Reading::Contacts) => {
                    let (claim, contacts) = self.store.claim_and_contacts(order.claim).await?.unzip();
                    (claim, contacts, None)
                }
            };
            let now = self.world.now();
            if let Some((key, answer)) = order.key.zip(answer) {
                return self.replay(order.caller, stored, answer, key, now);
            }
            let stored = visible(stored, order.caller, now)?;
            if order.if_match.is_some_and(|seen| seen != stored.revision) {
                return Err(CommandError::Stale { revision: stored.revision });
            }
            let current = as_of(&stored, &self.program, now);
            if reading == Reading::Contacts && contacts.is_none() {
                contacts = Some(self.store.contacts(&stored.id, &current.details.contacts()).await?);
            }
            let none = Contacts::new();
            let known = contacts.as_ref().unwrap_or(&none);
            let prepared = prepare(Found { stored: &stored, current: &current, contacts: known }).await?;
            let holders = match prepared.command.wants(&current) {
                Some(details) => Some(self.store.holders(&stored.id, details).await?),
                None => None,
            };
            let facts = Facts {
                program: &self.program,
                caller: order.caller,
                command: &command_id,
                holders: holders.as_deref().unwrap_or_default(),
            };
            let decision = decide(Some(&stored), &prepared.command, &facts, now);
            let claim = decision.claim.clone().unwrap_or(current);
            let accepted = decision.outcome.is_ok();
            let unwritten = |claim| Done {
                made: prepared.made.clone(),
                contacts: contacts.clone(),
                holders: holders.clone(),
                ..Done::nothing(claim)
            };
            if decision.events.is_empty() {
                decision.outcome?;
                return Ok(unwritten(claim));
            }
            let written = |claim| {
                let mut done = unwritten(claim);
                done.written = true;
                done.events = decision.events.iter().map(|(event, _)| event.clone()).collect();
                if let Some(contacts) = &mut done.contacts {
                    contacts.extend(prepared.contacts.iter().cloned());
                }
                done
            };
            // A refusal is not kept under the key: only the events of due clocks are written then (I3).
            let answer =
                order.key.filter(|_| accepted).map(|key| stored_answer(key, &claim, prepared.made.clone()));
            let commit = Commit {
                before: Some(&stored),
                decision: &decision,
                contacts: if accepted { &prepared.contacts } else { &[] },
                answer: order.key.map(|key| key.record.as_str()).zip(answer.as_ref()),
                delivered: delivered.filter(|_| accepted),
                now,
            };
            match self.store.commit(&commit).await {
                Ok(()) => {
                    decision.outcome.clone()?;
                    return Ok(written(claim));
                }
                Err(CommitError::Store(error)) => return Err(error.into()),
                Err(CommitError::DeliveryRecorded) => return Ok(unwritten(stored)),
                Err(CommitError::Lost) => {
                    // Our own earlier write, if the answer to it was lost on the way.
                    let next = self.store.event(&stored.id, stored.version + 1).await?;
                    if next.is_some_and(|next| next.event.command == command_id) {
                        decision.outcome.clone()?;
                        return Ok(written(claim));
                    }
                }
                // Association records are read again: the next decision refuses with their holders, or goes through.
                Err(CommitError::Held(_) | CommitError::KeyUsed | CommitError::Conflict) => {
                    self.wait(attempt).await
                }
            }
        }
        Err(CommandError::Busy)
    }

    fn replay(
        &self,
        caller: &Caller,
        claim: Option<Claim>,
        answer: StoredAnswer,
        key: &IdempotencyKey,
        now: Instant,
    ) -> Result<Done, CommandError> {
        let claim = visible(claim, caller, now)?;
        if answer.body != key.body {
            return Err(CommandError::KeyReused);
        }
        let claim = as_of(&claim, &self.program, now);
        Ok(Done { made: answer.made, replayed: Some(answer.version), ..Done::nothing(claim) })
    }

    /// Gives every contact of a draft a place of its own (I2).
    fn refer(&self, draft: Draft) -> Result<(Details, Vec<(ContactRef, Contact)>), CommandError> {
        let mut contacts = Vec::new();
        let details = draft.refer(|_, contact| -> Result<ContactRef, CommandError> {
            let reference: ContactRef = self.id()?;
            contacts.push((reference.clone(), contact));
            Ok(reference)
        })?;
        Ok((details, contacts))
    }

    /// A fresh id of whatever kind.
    ///
    /// # Errors
    /// When the world's ids are not ULIDs.
    pub fn id<T: std::str::FromStr<Err = claim_domain::ids::NotAnId>>(&self) -> Result<T, CommandError> {
        self.world.new_id().parse().map_err(|error| CommandError::Other(Box::new(error)))
    }

    /// Waits a little longer each time, so that those who raced do not race again.
    async fn wait(&self, attempt: u32) {
        self.world.pause(Duration::from_millis(20 << attempt.min(5))).await;
    }
}

fn visible(claim: Option<Claim>, caller: &Caller, now: Instant) -> Result<Claim, CommandError> {
    claim.filter(|claim| claim.is_visible_to(caller, now)).ok_or_else(|| Refusal::not_found().into())
}

fn stored_answer(key: &IdempotencyKey, claim: &Claim, made: Option<String>) -> StoredAnswer {
    StoredAnswer { body: key.body.clone(), claim: claim.id.clone(), version: claim.version, made }
}
