//! Creating a claim.

use claim_domain::claim::{ContactOf, Details};
use claim_domain::command::Command;
use claim_domain::decide::{Decision, Opened};
use claim_domain::draft::{Contact, Draft};
use claim_domain::ids::{ClaimId, CommandId, ContactRef};
use claim_domain::people::Caller;
use claim_domain::refusal::Refusal;
use claim_store::{Commit, CommitError};

use crate::handler::{CommandHandler, events_of, stored_answer};
use crate::outcome::{AlsoRead, CommandError, Outcome, Written};
use crate::patience::Patience;
use crate::request::IdempotencyKey;

impl CommandHandler {
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
        let command = Command::Create { id: id.clone(), partner, details };
        let command_id: CommandId = self.id()?;
        let mut counted = false;
        let mut patience = Patience::with(&*self.host, caller.actor.role);
        loop {
            let now = self.host.now();
            let record = key.map(|key| &key.record);
            let answer = match record {
                Some(record) => self.store.answer_under(record, now).await?,
                None => None,
            };
            if let Some((key, answer)) = key.zip(answer) {
                let claim = self.store.claim(&answer.claim).await?;
                return Ok(self.answered(caller, claim, answer, key, now));
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
                answer: record.zip(answer.as_ref()),
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
