//! Creating a claim.

use claim_domain::calendar::Instant;
use claim_domain::claim::{ContactOf, Details};
use claim_domain::command::Command;
use claim_domain::decide::{Decision, Opened};
use claim_domain::draft::{Contact, Draft};
use claim_domain::ids::{ClaimId, CommandId, ContactRef};
use claim_domain::people::Caller;
use claim_domain::refusal::Refusal;
use claim_store::{Commit, CommitError};

use crate::handler::{CommandHandler, events_of, stored_answer};
use crate::outcome::{AlsoRead, CommandError, Outcome, Rehearsal, Written};
use crate::patience::Patience;
use crate::request::IdempotencyKey;

/// A claim that is to be created.
struct New {
    id: ClaimId,
    command: Command,
    contacts: Vec<(ContactRef, Contact)>,
}

impl CommandHandler {
    /// Creates a claim (R6), anew or from another, or finds the one that was created before under the same Idempotency-Key.
    ///
    /// # Errors
    /// The table fails, or too many others write to it.
    pub async fn create(
        &self,
        caller: &Caller,
        draft: Draft,
        from: Option<ClaimId>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Outcome, CommandError> {
        let Some(New { id, command, contacts }) = self.new_claim(caller, draft, from)? else {
            return Ok(Outcome::refused(Refusal::not_found()));
        };
        let command_id: CommandId = self.id()?;
        let mut counted = false;
        let mut patience = Patience::with(&*self.host, caller.actor.role);
        loop {
            let now = self.host.now();
            if let Some(outcome) = self.created_before(caller, key, now).await? {
                return Ok(outcome);
            }
            let decision = Opened::at(None, &self.program, &command_id, now).decide(&command, caller, &[]);
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
                answer: key.map(|key| &key.record).zip(answer.as_ref()),
                delivered: None,
                now,
            };
            let created = |claim| {
                let contacts = Some(contacts.iter().cloned().collect());
                let read = AlsoRead { contacts, holders: None };
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
                Err(_) => {}
            }
            patience.wait().await?;
        }
    }

    /// What [`CommandHandler::create`] would do now, by the same decision. Nothing is written or counted.
    ///
    /// # Errors
    /// As [`CommandHandler::create`].
    pub async fn rehearse_creation(
        &self,
        caller: &Caller,
        draft: Draft,
        from: Option<ClaimId>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Rehearsal, CommandError> {
        let refused = |refusal| Ok(Rehearsal::over(Outcome::refused(refusal)));
        let Some(New { command, contacts, .. }) = self.new_claim(caller, draft, from)? else {
            return refused(Refusal::not_found());
        };
        let (command_id, now): (CommandId, _) = (self.id()?, self.host.now());
        if let Some(outcome) = self.created_before(caller, key, now).await? {
            return Ok(Rehearsal::over(outcome));
        }
        let decision = Opened::at(None, &self.program, &command_id, now).decide(&command, caller, &[]);
        let events = events_of(&decision);
        let (claim, decided) = match decision {
            Decision { claim: Some(claim), outcome: Ok(()), events } => (claim, events),
            Decision { outcome, .. } => return refused(outcome.err().unwrap_or_else(Refusal::not_found)),
        };
        if let Some(refusal) = self.one_too_many(&command, &claim, now).await? {
            return refused(refusal);
        }
        let read = AlsoRead { contacts: Some(contacts.into_iter().collect()), holders: None };
        let effects = decided.into_iter().flat_map(|(_, effects)| effects).collect();
        Ok(Rehearsal { before: None, outcome: Outcome::Written(Written { claim, events, read }), effects })
    }

    /// The claim to be created; none for a caller without an organisation.
    fn new_claim(
        &self,
        caller: &Caller,
        draft: Draft,
        from: Option<ClaimId>,
    ) -> Result<Option<New>, CommandError> {
        let Some(partner) = caller.partner.clone() else { return Ok(None) };
        let id: ClaimId = self.id()?;
        let (details, contacts) = self.refer(draft)?;
        Ok(Some(New { command: Command::Create { id: id.clone(), partner, details, from }, id, contacts }))
    }

    /// The outcome of a request that was answered before under its Idempotency-Key.
    async fn created_before(
        &self,
        caller: &Caller,
        key: Option<&IdempotencyKey>,
        now: Instant,
    ) -> Result<Option<Outcome>, CommandError> {
        let Some(key) = key else { return Ok(None) };
        let Some(answer) = self.store.answer_under(&key.record, now).await? else { return Ok(None) };
        let claim = self.store.claim(&answer.claim).await?;
        Ok(Some(self.answered(caller, claim, answer, key, now)))
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
}
