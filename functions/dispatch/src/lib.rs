//! Carries out what must follow from committed events: timers, emails, messages to assessment, deleted documents (I5).
//!
//! The stream only says where to look. Dispatch takes a lease on the event's effects, carries out each, and writes what
//! became of it: done, to be tried again, or parked, after [`ATTEMPTS`] attempts or a permanent error. If one effect
//! fails, the others of its event are still carried out.
//!
//! *Duplicate records*: the second one finds nothing left to do, or somebody working on it, and stops. *A crash*: the
//! lease ends, and sweep brings the event again. *Deliveries that the claim records* (the customer's notice, messages
//! to assessment) are marked in the same transaction that records them.

pub mod assessment;
mod bus;
mod failure;
mod files;
mod limit;
mod mail_sender;
mod measure;
mod notice;
mod publish;
mod queue;
pub mod services;
pub mod stream;
mod timers;

use std::time::Duration;

use claim_command::{CommandHandler, Outcome as CommandOutcome};
use claim_domain::calendar::Instant;
use claim_domain::claim::Product;
use claim_domain::command::Command;
use claim_domain::draft::Contact;
use claim_domain::effect::{About, AssessmentMessage, Effect, EmailContent, Recipient};
use claim_domain::ids::{ClaimId, CommandId, ContactRef, EffectId, EvidenceId};
use claim_domain::refusal::Kind;
use claim_mail::Links;
use claim_queue::DeliveryQueue;
use claim_runtime::{
    Aws, BatchItemFailure, BatchResponse, ConfigError, Error, Measured, Meter, Variables, logging,
};
use claim_store::{Delivered, Leased, Outcome};

use crate::bus::ChangesBus;
use crate::failure::Failure;
use crate::files::Files;
use crate::mail_sender::MailSender;
use crate::measure::measure;
use crate::publish::Announcer;
use crate::queue::AssessmentQueue;
use crate::services::Services;
use crate::stream::StreamEvent;
use crate::timers::Timers;

/// How often an effect is tried before it is parked.
pub const ATTEMPTS: u32 = 10;

/// How often the record of a delivery is tried before the effect counts as failed.
const RECORDS: u64 = 4;

/// The effect being carried out, and where it comes from.
#[derive(Debug, Clone, Copy)]
struct EffectContext<'a> {
    /// The effect, which names its claim.
    effect: &'a EffectId,
    /// The command that caused it.
    command: &'a CommandId,
}

/// The function as Lambda runs it.
pub struct Function {
    dispatch: Dispatch,
    meter: Meter,
}

impl claim_runtime::Function for Function {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    type Event = StreamEvent;
    type Answer = BatchResponse;

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self { dispatch: Dispatch::new(variables)?, meter: Meter::new(variables)? })
    }

    async fn handle(&self, batch: StreamEvent, _: &str) -> Result<BatchResponse, Error> {
        let response = self.dispatch.handle(batch).await;
        self.meter.write(&response.measured);
        Ok(response)
    }
}

/// Everything that effects need.
#[derive(Clone)]
pub struct Dispatch {
    commands: CommandHandler,
    timers: Timers,
    queue: AssessmentQueue,
    mail_sender: MailSender,
    files: Files,
    announcer: Announcer,
    public_url: String,
    portal_url: String,
    daily_emails: u32,
}

impl Dispatch {
    /// Dispatch on AWS, as configured.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let aws = Aws::new(variables)?;
        Self::over(claim_runtime::command_handler(variables, &aws)?, Services::new(&aws), variables)
    }

    /// Dispatch with these services, as configured.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub fn over(
        commands: CommandHandler,
        services: Services,
        variables: &Variables,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            commands,
            timers: Timers::new(services.scheduler, variables)?,
            queue: AssessmentQueue::new(services.queue.clone(), variables)?,
            mail_sender: MailSender::new(services.mailer, variables)?,
            files: Files::new(services.bucket, variables)?,
            announcer: Announcer {
                bus: ChangesBus::new(services.bus, variables),
                webhooks: DeliveryQueue::new(services.queue, variables)?,
            },
            public_url: variables.required("PUBLIC_URL")?.to_owned(),
            portal_url: variables.required("PORTAL_URL")?.to_owned(),
            daily_emails: variables.parsed("DAILY_EMAILS", "1000")?,
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

    /// Carries out the unsettled effects of an event and writes what became of them; returns whether that was written.
    async fn settle(&self, claim: &ClaimId, version: u64, measured: &mut Measured) -> bool {
        let leased = match self.commands.store.lease(claim, version, self.commands.host.now()).await {
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
        match self.commands.store.finish(leased, outcomes, self.commands.host.now()).await {
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
            return Outcome::Done { at: self.commands.host.now() };
        };
        let event = &leased.event.event;
        let context = EffectContext { effect: &id, command: &event.command };
        let tried = self.carry_out(effect, context).await;
        let at = self.commands.host.now();
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
                    true => self.park(effect, context, Outcome::Parked { at, attempts, why }).await,
                    false => Outcome::Failed { attempts, why },
                }
            }
        }
    }

    /// Parks an effect. A notice that cannot be sent is recorded on its claim, so that partner and lead are told and it
    /// can be sent again (D16).
    async fn park(&self, effect: &Effect, context: EffectContext<'_>, parked: Outcome) -> Outcome {
        let (Effect::NotifyCustomer { approval, .. }, Outcome::Parked { attempts, why, .. }) =
            (effect, &parked)
        else {
            return parked;
        };
        let command = Command::RecordNoticeFailed {
            approval: *approval,
            notice: context.effect.clone(),
            why: "the notice could not be sent".to_owned(),
            parked: true,
        };
        match self.record(context, command, &parked).await {
            Ok(()) => parked,
            Err(_) => Outcome::Failed { attempts: *attempts, why: why.clone() },
        }
    }

    async fn carry_out(&self, effect: &Effect, context: EffectContext<'_>) -> Result<(), Failure> {
        let claim = &context.effect.claim;
        match effect {
            Effect::ArmTimer { clock, generation, due_at } => {
                self.timers.arm(claim, *clock, *generation, *due_at, self.commands.host.now()).await
            }
            Effect::DisarmTimer { clock, generation } => self.timers.disarm(claim, *clock, *generation).await,
            Effect::SendEmail { to, content, about } => self.mail(to, content, about, context).await,
            Effect::NotifyCustomer { approval, contact, about } => {
                self.notify(*approval, contact, about, context).await
            }
            Effect::SendToAssessment { message } => self.hand_off(message, context).await,
            Effect::DeleteFiles { evidence } => self.delete_files(claim, evidence).await,
            Effect::EraseContacts => {
                let erased = self.commands.store.erase_contacts(claim).await;
                erased.map_err(|error| Failure::transient("contacts not erased", error))
            }
            Effect::DeleteClaim { evidence } => {
                self.delete_files(claim, evidence).await?;
                self.publish_last(context).await?;
                let deleted = self.commands.store.delete_claim(claim, context.effect.version).await;
                deleted.map_err(|error| Failure::transient("claim not deleted", error))
            }
            Effect::TellHolder { holder, products } => self.tell_holder(holder, products, context).await,
            Effect::Publish { partner } => self.publish(partner, context).await,
        }
    }

    /// Tells a claim that another one contests what it holds (D26): a command of that claim, which does nothing the second
    /// time. A claim that is gone holds nothing.
    async fn tell_holder(
        &self,
        holder: &ClaimId,
        products: &[Product],
        context: EffectContext<'_>,
    ) -> Result<(), Failure> {
        let command =
            Command::RecordChallenge { by: context.effect.claim.clone(), products: products.to_vec() };
        match self.commands.execute_as_system(holder, command).await {
            Ok(CommandOutcome::Refused(refusal)) if refusal.kind != Kind::NotFound => {
                Err(Failure::transient("holder not told", refusal.detail))
            }
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::transient("holder not told", error)),
        }
    }

    async fn delete_files(&self, claim: &ClaimId, evidence: &[EvidenceId]) -> Result<(), Failure> {
        for document in evidence {
            self.files.delete(claim, document).await?;
        }
        Ok(())
    }

    async fn mail(
        &self,
        to: &Recipient,
        content: &EmailContent,
        about: &About,
        context: EffectContext<'_>,
    ) -> Result<(), Failure> {
        let claim = &context.effect.claim;
        let (name, address) = match to {
            Recipient::Lead => (Some("Review lead".to_owned()), self.mail_sender.lead.clone()),
            Recipient::Partner { contact } => match self.contact(claim, contact).await? {
                Some(contact) => {
                    self.count_email(&about.partner_id, &contact.email).await?;
                    (Some(contact.name).filter(|_| contact.proven), contact.email)
                }
                // An erased contact gets no email (I2).
                None => return Ok(()),
            },
        };
        let mail = claim_mail::render(content, about, name.as_deref(), &self.links(claim, None), self.now())
            .map_err(|error| Failure::permanent("email not rendered", error))?;
        self.mail_sender.send(&address, mail, context).await
    }

    /// Sends a message to assessment and records it. The message that it follows goes first, if it is not marked yet
    /// (I6). A message that is sent twice is one message to its receiver.
    async fn hand_off(&self, message: &AssessmentMessage, context: EffectContext<'_>) -> Result<(), Failure> {
        let mut due = vec![(message.clone(), context.effect.clone())];
        while let Some(earlier) = due.last().and_then(|(message, _)| message.follows.clone()) {
            match self.unsent(&earlier).await? {
                Some(message) => due.push((message, earlier)),
                None => break,
            }
        }
        while let Some((message, id)) = due.pop() {
            self.queue.send(&message, &id).await?;
            let outcome = Outcome::Done { at: self.commands.host.now() };
            let sent = Command::RecordAssessmentSent { message_id: id.clone(), state: message.kind };
            self.record(EffectContext { effect: &id, ..context }, sent, &outcome).await?;
        }
        Ok(())
    }

    /// The message of an effect that is neither done nor settled by hand.
    async fn unsent(&self, id: &EffectId) -> Result<Option<AssessmentMessage>, Failure> {
        let event = self
            .commands
            .store
            .event(&id.claim, id.version)
            .await
            .map_err(|error| Failure::transient("earlier message not read", error))?;
        Ok(event.and_then(|mut event| match event.outcomes.get(&id.index) {
            Some(Outcome::Done { .. } | Outcome::Settled { .. }) => None,
            _ if id.index < event.effects.len() => match event.effects.swap_remove(id.index) {
                Effect::SendToAssessment { message } => Some(*message),
                _ => None,
            },
            _ => None,
        }))
    }

    /// Records a delivery on the claim, together with what became of the effect. If that fails, it is tried again here,
    /// so that what was sent is not sent again.
    async fn record(
        &self,
        context: EffectContext<'_>,
        command: Command,
        outcome: &Outcome,
    ) -> Result<(), Failure> {
        let delivered = Delivered { effect: context.effect, outcome };
        let mut tries = 1;
        loop {
            let failed = match self.commands.record(&context.effect.claim, command.clone(), delivered).await {
                Ok(CommandOutcome::Written(_) | CommandOutcome::Unchanged(_)) => return Ok(()),
                Ok(CommandOutcome::Refused(refusal)) => {
                    Failure::transient("delivery not recorded", refusal.detail)
                }
                Ok(CommandOutcome::Stale(_)) => Failure::transient("delivery not recorded", "stale"),
                Err(error) => Failure::transient("delivery not recorded", error),
            };
            if tries == RECORDS {
                return Err(failed);
            }
            self.commands.host.pause(Duration::from_millis(500 * tries)).await;
            tries += 1;
        }
    }

    async fn contact(&self, claim: &ClaimId, contact: &ContactRef) -> Result<Option<Contact>, Failure> {
        let contacts = self.commands.store.contacts(claim, std::slice::from_ref(contact)).await;
        let mut contacts = contacts.map_err(|error| Failure::transient("contact not read", error))?;
        Ok(contacts.remove(contact))
    }

    fn links(&self, claim: &ClaimId, consent_url: Option<String>) -> Links {
        Links {
            claim_url: format!("{}/claims/{claim}", self.portal_url),
            guide_url: self.commands.program.guide_url.clone(),
            consent_url,
        }
    }

    fn now(&self) -> Instant {
        self.commands.host.now()
    }
}

#[cfg(test)]
#[path = "lib_tests.rs"]
mod tests;
