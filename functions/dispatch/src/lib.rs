//! Carries out what must follow from committed events: timers, mail, messages to assessment, deleted documents (I5).
//!
//! The stream only says where to look. Dispatch takes a lease on the event's effects, carries out each, and writes what
//! became of them: done, to be tried again, or, after [`ATTEMPTS`] attempts or a permanent error, parked. One effect's
//! failure does not keep the others of its event from being carried out.
//!
//! *Duplicate records*: the second finds nothing left, or somebody at it, and goes away. *A crash*: the lease ends, and
//! sweep brings the event again. *Deliveries that the claim records* (the customer's notice, messages to assessment) are
//! marked in the same transaction that records them.

pub mod assessment;
mod failure;
mod files;
mod notice;
mod post;
mod queue;
pub mod stream;
mod timers;

use claim_command::Desk;
use claim_domain::calendar::Instant;
use claim_domain::claim::AssessmentState;
use claim_domain::command::Command;
use claim_domain::draft::Contact;
use claim_domain::effect::{About, AssessmentMessage, Effect, Letter, Recipient};
use claim_domain::ids::{ClaimId, ContactRef, EffectId};
use claim_mail::Links;
use claim_runtime::{Aws, ConfigError, Variables, logging};
use claim_store::{Delivered, Leased, Outcome};

use crate::failure::Failure;
use crate::files::Files;
use crate::post::Post;
use crate::queue::AssessmentQueue;
use crate::stream::{BatchItemFailure, BatchResponse, StreamEvent};
use crate::timers::Timers;

/// How often an effect is tried before it is parked.
pub const ATTEMPTS: u32 = 10;

/// Everything that effects need.
#[derive(Clone)]
pub struct Dispatch {
    desk: Desk,
    timers: Timers,
    queue: AssessmentQueue,
    post: Post,
    files: Files,
    public_url: String,
}

impl Dispatch {
    /// Dispatch as configured.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let aws = Aws::new(variables)?;
        Ok(Self {
            desk: claim_runtime::desk(variables, &aws)?,
            timers: Timers::new(aws.scheduler(), variables)?,
            queue: AssessmentQueue::new(aws.sqs(), variables)?,
            post: Post::new(aws.ses(), variables)?,
            files: Files::new(aws.s3(), variables)?,
            public_url: variables.required("PUBLIC_URL")?.to_owned(),
        })
    }

    /// Works through a batch of the stream, record by record. A record whose event could not be settled is reported; the
    /// others are worked on all the same.
    pub async fn handle(&self, batch: StreamEvent) -> BatchResponse {
        let mut batch_item_failures = Vec::new();
        for record in batch.records {
            let Some((claim, version)) = record.dynamodb.keys.event() else { continue };
            if !self.settle(&claim, version).await {
                batch_item_failures
                    .push(BatchItemFailure { item_identifier: record.dynamodb.sequence_number });
            }
        }
        BatchResponse { batch_item_failures }
    }

    /// Carries out what is left of an event; returns whether nothing is left for the stream to bring again.
    async fn settle(&self, claim: &ClaimId, version: u64) -> bool {
        let leased = match self.desk.store.lease(claim, version, self.desk.world.now()).await {
            Ok(Some(leased)) => leased,
            Ok(None) => return true,
            Err(error) => {
                tracing::error!(claim.id = %claim, event.version = version, error = logging::chain(&error), "not leased");
                return false;
            }
        };
        let mut outcomes = Vec::with_capacity(leased.effects.len());
        for (place, attempts) in leased.effects.clone() {
            outcomes.push((place, self.attempt(&leased, place, attempts).await));
        }
        let settled = outcomes.iter().all(|(_, outcome)| outcome.is_settled());
        match self.desk.store.finish(leased, outcomes, self.desk.world.now()).await {
            Ok(_) => settled,
            Err(error) => {
                tracing::error!(claim.id = %claim, event.version = version, error = logging::chain(&error), "not marked");
                false
            }
        }
    }

    /// Tries one effect and says what became of it.
    async fn attempt(&self, leased: &Leased, place: usize, attempts: u32) -> Outcome {
        let id = leased.event.effect_id(place);
        let Some(effect) = leased.event.effects.get(place) else {
            return Outcome::Done { at: self.desk.world.now() };
        };
        let tried = self.carry_out(&leased.event.event.claim, effect, &id).await;
        let at = self.desk.world.now();
        let attempts = attempts + 1;
        match tried {
            Ok(()) => {
                tracing::info!(effect.id = %id, effect.kind = kind(effect), "done");
                Outcome::Done { at }
            }
            Err(failure) => {
                let why = logging::chain(&failure);
                let parked = failure.is_permanent() || attempts >= ATTEMPTS;
                tracing::error!(effect.id = %id, effect.kind = kind(effect), attempts, parked, error = why, "failed");
                if parked { Outcome::Parked { at, attempts, why } } else { Outcome::Failed { attempts, why } }
            }
        }
    }

    async fn carry_out(&self, claim: &ClaimId, effect: &Effect, id: &EffectId) -> Result<(), Failure> {
        match effect {
            Effect::ArmTimer { clock, generation, due_at } => {
                self.timers.arm(claim, *clock, *generation, *due_at, self.desk.world.now()).await
            }
            Effect::DisarmTimer { clock, generation } => self.timers.disarm(claim, *clock, *generation).await,
            Effect::SendMail { to, letter, about } => self.mail(claim, to, letter, about, id).await,
            Effect::NotifyCustomer { approval, contact, about } => {
                self.notify(claim, *approval, contact, about, id).await
            }
            Effect::SendToAssessment { message } => self.hand_off(claim, message, id).await,
            Effect::DeleteFiles { evidence } => {
                for document in evidence {
                    self.files.delete(claim, document).await?;
                }
                Ok(())
            }
        }
    }

    async fn mail(
        &self,
        claim: &ClaimId,
        to: &Recipient,
        letter: &Letter,
        about: &About,
        id: &EffectId,
    ) -> Result<(), Failure> {
        let (name, address) = match to {
            Recipient::Lead => ("Review lead".to_owned(), self.post.lead.clone()),
            Recipient::Partner { contact } => match self.contact(claim, contact).await? {
                Some(contact) => (contact.name, contact.email),
                // An erased contact gets no mail (I2).
                None => return Ok(()),
            },
        };
        let mail = claim_mail::render(letter, about, &name, &self.links(claim, None))
            .map_err(|error| Failure::permanent("mail not rendered", error))?;
        self.post.send(&address, mail, claim, id).await
    }

    /// Sends a message to assessment and records it. The message that it follows goes first, if it is not yet marked
    /// (I6); sent twice, it is the same message to whoever receives it.
    async fn hand_off(
        &self,
        claim: &ClaimId,
        message: &AssessmentMessage,
        id: &EffectId,
    ) -> Result<(), Failure> {
        let mut due = vec![(message.clone(), id.clone())];
        while let Some(earlier) = due.last().and_then(|(message, _)| message.follows.clone()) {
            match self.unsent(claim, &earlier).await? {
                Some(message) => due.push((message, earlier)),
                None => break,
            }
        }
        while let Some((message, id)) = due.pop() {
            self.queue.send(&message, &id).await?;
            let outcome = Outcome::Done { at: self.desk.world.now() };
            self.record(claim, sent(&message, &id), &id, &outcome).await?;
        }
        Ok(())
    }

    /// The message of an effect that is not marked as done.
    async fn unsent(&self, claim: &ClaimId, id: &EffectId) -> Result<Option<AssessmentMessage>, Failure> {
        let Some((version, place)) = id.place() else { return Ok(None) };
        let event = self
            .desk
            .store
            .event(claim, version)
            .await
            .map_err(|error| Failure::transient("earlier message not read", error))?;
        Ok(event.and_then(|mut event| match event.outcomes.get(&place) {
            Some(Outcome::Done { .. }) => None,
            _ if place < event.effects.len() => match event.effects.swap_remove(place) {
                Effect::SendToAssessment { message } => Some(*message),
                _ => None,
            },
            _ => None,
        }))
    }

    async fn record(
        &self,
        claim: &ClaimId,
        command: Command,
        effect: &EffectId,
        outcome: &Outcome,
    ) -> Result<(), Failure> {
        self.desk
            .record(claim, command, Delivered { effect, outcome })
            .await
            .map_err(|error| Failure::transient("delivery not recorded", error))
    }

    async fn contact(&self, claim: &ClaimId, contact: &ContactRef) -> Result<Option<Contact>, Failure> {
        let contacts = self.desk.store.contacts(claim, std::slice::from_ref(contact)).await;
        let mut contacts = contacts.map_err(|error| Failure::transient("contact not read", error))?;
        Ok(contacts.remove(contact))
    }

    fn links(&self, claim: &ClaimId, consent_url: Option<String>) -> Links {
        Links {
            claim_url: format!("{}/v1/claims/{claim}", self.public_url),
            guide_url: self.desk.program.guide_url.clone(),
            consent_url,
        }
    }

    fn now(&self) -> Instant {
        self.desk.world.now()
    }
}

fn sent(message: &AssessmentMessage, id: &EffectId) -> Command {
    let state: AssessmentState = message.kind;
    Command::RecordAssessmentSent { message_id: id.clone(), state }
}

fn kind(effect: &Effect) -> &'static str {
    match effect {
        Effect::ArmTimer { .. } => "armTimer",
        Effect::DisarmTimer { .. } => "disarmTimer",
        Effect::NotifyCustomer { .. } => "notifyCustomer",
        Effect::SendMail { .. } => "sendMail",
        Effect::SendToAssessment { .. } => "sendToAssessment",
        Effect::DeleteFiles { .. } => "deleteFiles",
    }
}
