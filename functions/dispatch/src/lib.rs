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
mod measure;
mod notice;
mod post;
mod queue;
pub mod services;
pub mod stream;
mod timers;

use std::time::Duration;

use claim_command::Desk;
use claim_domain::calendar::Instant;
use claim_domain::command::Command;
use claim_domain::draft::Contact;
use claim_domain::effect::{About, AssessmentMessage, Effect, Letter, Recipient};
use claim_domain::ids::{ClaimId, CommandId, ContactRef, EffectId};
use claim_mail::Links;
use claim_runtime::{Aws, ConfigError, Measured, Variables, logging};
use claim_store::{Delivered, Leased, Outcome};

use crate::failure::Failure;
use crate::files::Files;
use crate::measure::measure;
use crate::post::Post;
use crate::queue::AssessmentQueue;
use crate::services::Services;
use crate::stream::{BatchItemFailure, BatchResponse, StreamEvent};
use crate::timers::Timers;

/// How often an effect is tried before it is parked.
pub const ATTEMPTS: u32 = 10;

/// How often the record of a delivery is tried before the effect counts as failed.
const RECORDS: u64 = 4;

/// On whose behalf an effect is carried out.
#[derive(Debug, Clone, Copy)]
struct Errand<'a> {
    /// The claim.
    claim: &'a ClaimId,
    /// The effect.
    effect: &'a EffectId,
    /// The command that caused it.
    command: &'a CommandId,
}

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
    /// Dispatch as configured, over AWS.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let aws = Aws::new(variables)?;
        Self::over(claim_runtime::desk(variables, &aws)?, Services::new(&aws), variables)
    }

    /// Dispatch at `desk`, over these services, as configured.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub fn over(desk: Desk, services: Services, variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self {
            desk,
            timers: Timers::new(services.scheduler, variables)?,
            queue: AssessmentQueue::new(services.queue, variables)?,
            post: Post::new(services.mailer, variables)?,
            files: Files::new(services.bucket, variables)?,
            public_url: variables.required("PUBLIC_URL")?.to_owned(),
        })
    }

    /// Works through a batch of the stream, record by record. A record whose event could not be settled is reported; the
    /// others are worked on all the same.
    pub async fn handle(&self, batch: StreamEvent) -> BatchResponse {
        let mut response = BatchResponse::default();
        for record in batch.records {
            let Some((claim, version)) = record.dynamodb.keys.event() else { continue };
            if !self.settle(&claim, version, &mut response.measured).await {
                let failed = BatchItemFailure { item_identifier: record.dynamodb.sequence_number };
                response.batch_item_failures.push(failed);
            }
        }
        response
    }

    /// Carries out what is left of an event and writes what became of it; returns whether that was written.
    async fn settle(&self, claim: &ClaimId, version: u64, measured: &mut Measured) -> bool {
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
        measure(&leased.event.event, &leased.effects, &outcomes, measured);
        // What failed is tried again by sweep, later each time: the stream would bring it back at once, over and over.
        match self.desk.store.finish(leased, outcomes, self.desk.world.now()).await {
            Ok(()) => true,
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
        let event = &leased.event.event;
        let errand = Errand { claim: &event.claim, effect: &id, command: &event.command };
        let tried = self.carry_out(effect, errand).await;
        let at = self.desk.world.now();
        match tried {
            Ok(()) => {
                tracing::info!(effect.id = %id, effect.kind = effect.kind(), "done");
                Outcome::Done { at }
            }
            Err(failure) => {
                let why = logging::chain(&failure);
                let parked = failure.is_permanent() || attempts >= ATTEMPTS;
                tracing::error!(effect.id = %id, effect.kind = effect.kind(), attempts, parked, error = why, "failed");
                match parked {
                    true => self.park(effect, errand, Outcome::Parked { at, attempts, why }).await,
                    false => Outcome::Failed { attempts, why },
                }
            }
        }
    }

    /// Gives an effect up. A notice that cannot be sent is recorded on its claim, so that the partner and the lead are
    /// told and can send it again (D16).
    async fn park(&self, effect: &Effect, errand: Errand<'_>, parked: Outcome) -> Outcome {
        let (Effect::NotifyCustomer { approval, .. }, Outcome::Parked { attempts, why, .. }) =
            (effect, &parked)
        else {
            return parked;
        };
        let command = Command::RecordNoticeFailed {
            approval: *approval,
            notice: errand.effect.clone(),
            why: "the notice could not be sent".to_owned(),
        };
        match self.record(errand, command, &parked).await {
            Ok(()) => parked,
            Err(_) => Outcome::Failed { attempts: *attempts, why: why.clone() },
        }
    }

    async fn carry_out(&self, effect: &Effect, errand: Errand<'_>) -> Result<(), Failure> {
        let claim = errand.claim;
        match effect {
            Effect::ArmTimer { clock, generation, due_at } => {
                self.timers.arm(claim, *clock, *generation, *due_at, self.desk.world.now()).await
            }
            Effect::DisarmTimer { clock, generation } => self.timers.disarm(claim, *clock, *generation).await,
            Effect::SendMail { to, letter, about } => self.mail(to, letter, about, errand).await,
            Effect::NotifyCustomer { approval, contact, about } => {
                self.notify(*approval, contact, about, errand).await
            }
            Effect::SendToAssessment { message } => self.hand_off(message, errand).await,
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
        to: &Recipient,
        letter: &Letter,
        about: &About,
        errand: Errand<'_>,
    ) -> Result<(), Failure> {
        let claim = errand.claim;
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
        self.post.send(&address, mail, errand).await
    }

    /// Sends a message to assessment and records it. The message that it follows goes first, if it is not yet marked
    /// (I6); sent twice, it is the same message to whoever receives it.
    async fn hand_off(&self, message: &AssessmentMessage, errand: Errand<'_>) -> Result<(), Failure> {
        let claim = errand.claim;
        let mut due = vec![(message.clone(), errand.effect.clone())];
        while let Some(earlier) = due.last().and_then(|(message, _)| message.follows.clone()) {
            match self.unsent(claim, &earlier).await? {
                Some(message) => due.push((message, earlier)),
                None => break,
            }
        }
        while let Some((message, id)) = due.pop() {
            self.queue.send(&message, &id).await?;
            let outcome = Outcome::Done { at: self.desk.world.now() };
            let sent = Command::RecordAssessmentSent { message_id: id.clone(), state: message.kind };
            self.record(Errand { effect: &id, ..errand }, sent, &outcome).await?;
        }
        Ok(())
    }

    /// The message of an effect that is neither done nor settled by hand.
    async fn unsent(&self, claim: &ClaimId, id: &EffectId) -> Result<Option<AssessmentMessage>, Failure> {
        let Some((version, place)) = id.place() else { return Ok(None) };
        let event = self
            .desk
            .store
            .event(claim, version)
            .await
            .map_err(|error| Failure::transient("earlier message not read", error))?;
        Ok(event.and_then(|mut event| match event.outcomes.get(&place) {
            Some(Outcome::Done { .. } | Outcome::Settled { .. }) => None,
            _ if place < event.effects.len() => match event.effects.swap_remove(place) {
                Effect::SendToAssessment { message } => Some(*message),
                _ => None,
            },
            _ => None,
        }))
    }

    /// Records a delivery on the claim, together with what became of the effect. If that fails it is tried again here,
    /// since what was sent should not be sent again.
    async fn record(&self, errand: Errand<'_>, command: Command, outcome: &Outcome) -> Result<(), Failure> {
        let delivered = Delivered { effect: errand.effect, outcome };
        let mut tries = 1;
        loop {
            match self.desk.record(errand.claim, command.clone(), delivered).await {
                Ok(()) => return Ok(()),
                Err(error) if tries == RECORDS => {
                    return Err(Failure::transient("delivery not recorded", error));
                }
                Err(_) => self.desk.world.pause(Duration::from_millis(500 * tries)).await,
            }
            tries += 1;
        }
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
