//! What happens when something is asked of a claim: the events to commit, and the answer.
//!
//! The clock comes first (I3): every clock that is due is applied, in due order, before the command is looked at; those
//! events are to be committed even when the command is then refused. An event's instant is never before the previous
//! event's (I9), but whether a clock is due is told by `now` alone, so that nothing expires early by the acting
//! function's own clock.

mod due;
mod partner;
mod record;
mod review;

pub use review::association_held;

use crate::action::{Action, allowed, gate};
use crate::calendar::Instant;
use crate::claim::{Claim, SCHEMA};
use crate::clock::ClockChange;
use crate::command::Command;
use crate::effect::{Effect, effects};
use crate::event::{Change, Event};
use crate::evolve::evolve;
use crate::ids::{ClaimId, CommandId};
use crate::people::{Actor, Caller};
use crate::program::Program;
use crate::refusal::{Holder, Refusal};

/// What must be known to decide, besides the claim and the command.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The program's rules.
    pub program: &'a Program,
    /// Who asks.
    pub caller: &'a Caller,
    /// The id of this execution of the command.
    pub command: &'a CommandId,
    /// Other claims that hold what this one wants (D15); needed where [`Command::wants`] says so.
    pub holders: &'a [Holder],
}

/// What is to be committed and answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The claim after all events; `None` if there is none, before and after.
    pub claim: Option<Claim>,
    /// The events to commit, each with the effects that must follow from it (I5).
    pub events: Vec<(Event, Vec<Effect>)>,
    /// Whether the command was carried out. The events of due clocks are there in either case.
    pub outcome: Result<(), Refusal>,
}

/// Decides a command at `now`. Pure and total: the same arguments give the same decision, and nothing panics.
pub fn decide(claim: Option<&Claim>, command: &Command, facts: &Facts<'_>, now: Instant) -> Decision {
    let mut story = Story { claim: claim.cloned(), events: Vec::new(), facts, now };
    story.apply_due();
    let outcome = story.carry_out(command).map_err(|refusal| story.complete(refusal));
    Decision { claim: story.claim, events: story.events, outcome }
}

/// The claim as it would be after the clocks that are due at `now`; for views, which write nothing (I3).
pub fn as_of(claim: &Claim, program: &Program, now: Instant) -> Claim {
    let nobody = Caller::system();
    // No event of a view is ever stored, so that its command needs no id of its own.
    let Ok(command) = "00000000000000000000000000".parse::<CommandId>() else { return claim.clone() };
    let facts = Facts { program, caller: &nobody, command: &command, holders: &[] };
    decide(Some(claim), &Command::ApplyDue, &facts, now).claim.unwrap_or_else(|| claim.clone())
}

/// A decision being made: the claim so far and the events that led there.
struct Story<'a> {
    claim: Option<Claim>,
    events: Vec<(Event, Vec<Effect>)>,
    facts: &'a Facts<'a>,
    now: Instant,
}

impl Story<'_> {
    /// The instant of the next event (I9).
    fn at(&self) -> Instant {
        self.claim.as_ref().map_or(self.now, |claim| claim.last_event_at.max(self.now))
    }

    fn program(&self) -> &Program {
        self.facts.program
    }

    /// Adds an event by the caller.
    fn record(&mut self, change: Change, clocks: Vec<ClockChange>) {
        let actor = self.facts.caller.actor.clone();
        self.record_as(actor, change, clocks);
    }

    fn record_as(&mut self, actor: Actor, change: Change, clocks: Vec<ClockChange>) {
        if let Some(id) = self.claim.as_ref().map(|claim| claim.id.clone()) {
            self.append(id, actor, change, clocks);
        }
    }

    fn append(&mut self, id: ClaimId, actor: Actor, change: Change, clocks: Vec<ClockChange>) {
        let event = Event {
            schema: SCHEMA,
            claim: id,
            version: self.claim.as_ref().map_or(0, |claim| claim.version) + 1,
            at: self.at(),
            command: self.facts.command.clone(),
            actor,
            change,
            clocks,
        };
        self.claim = evolve(self.claim.take(), &event);
        if let Some(claim) = &self.claim {
            let effects = effects(claim, &event, self.facts.program.calendar.zone.name());
            self.events.push((event, effects));
        }
    }

    /// The claim, if the action may pass the gate.
    fn gated(&self, action: Action) -> Result<&Claim, Refusal> {
        let claim = self.claim.as_ref().ok_or_else(Refusal::not_found)?;
        gate(claim, action, self.facts.caller, self.program().dispute_needs_another_reviewer)?;
        Ok(claim)
    }

    /// Adds to a refusal what everybody wants to know: the status and what is allowed.
    fn complete(&self, mut refusal: Refusal) -> Refusal {
        if let Some(claim) = &self.claim {
            refusal.status = Some(claim.status);
            refusal.allowed =
                allowed(claim, self.facts.caller, self.program().dispute_needs_another_reviewer);
        }
        refusal
    }

    fn carry_out(&mut self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Create { id, partner, details } => self.create(id, partner, details),
            Command::Edit { details } => self.edit(details),
            Command::Discard => self.discard(),
            Command::RequestUpload { evidence, upload } => self.request_upload(evidence, upload),
            Command::CompleteUpload { evidence, found } => self.complete_upload(evidence, found.as_ref()),
            Command::RecordVerdict { evidence, verdict } => self.record_verdict(evidence, *verdict),
            Command::Submit => self.submit(),
            Command::Withdraw { cause, note } => self.withdraw(*cause, note.as_deref()),
            Command::Dispute { justification } => self.dispute(justification.as_deref()),
            Command::ResendNotice { contact } => self.resend_notice(contact.as_ref()),
            Command::Comment { comment, text } => self.comment(comment, text),
            Command::Note { comment, text } => self.note(comment, text),
            Command::StartReview => self.start_review(),
            Command::Release => self.release(),
            Command::TakeOver => self.take_over(),
            Command::RequestAction { reasons, remove_products } => {
                self.request_action(reasons, remove_products)
            }
            Command::Approve => self.approve(),
            Command::Reject { reason, note } => self.reject(*reason, note.as_deref()),
            Command::EndAssociation { products, reason } => self.end_association(products, reason),
            Command::Deny { approval } => self.deny(*approval),
            Command::ApplyDue => Ok(()),
            Command::RecordNotified { approval, notice } => self.record_notified(*approval, notice),
            Command::RecordNoticeFailed { approval, notice, why } => {
                self.record_notice_failed(*approval, notice, why)
            }
            Command::RecordFeedback { approval, notice, feedback } => {
                self.record_feedback(*approval, notice, feedback)
            }
            Command::RecordAssessmentSent { message_id, state } => {
                self.record_assessment_sent(message_id, *state)
            }
        }
    }
}

#[cfg(test)]
#[path = "../decide_tests/mod.rs"]
mod tests;
