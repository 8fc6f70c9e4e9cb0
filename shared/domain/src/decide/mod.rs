//! What happens when something is asked of a claim: the events to commit, and the outcome.
//!
//! Clocks come first (I3): every clock that is due is applied, in due order, before the command is looked at. Those
//! events are committed even if the command is then refused. An event's instant is never before the previous event's
//! (I9), but `now` alone says whether a clock is due, so that nothing expires early by the acting function's own clock.

mod open;
mod partner;
mod record;
mod review;

pub use open::Opened;

use crate::action::Action;
use crate::calendar::Instant;
use crate::claim::Claim;
use crate::clock::ClockChange;
use crate::command::Command;
use crate::effect::Effect;
use crate::event::{Change, Event};
use crate::ids::CommandId;
use crate::people::Caller;
use crate::policy::Policy;
use crate::program::Program;
use crate::refusal::{Holder, Refusal};

/// What must be known to decide, besides the claim and the command.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The program's rules, and who asks.
    pub policy: Policy<'a>,
    /// The id of this execution of the command.
    pub command: &'a CommandId,
    /// Other claims that hold what this one wants (D15); needed if [`Command::wants`] says so.
    pub holders: &'a [Holder],
}

/// What is to be committed, and the outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The claim after all events; `None` if there was none before and is none after.
    pub claim: Option<Claim>,
    /// The events to commit, each with the effects that must follow from it (I5).
    pub events: Vec<(Event, Vec<Effect>)>,
    /// Whether the command was carried out. The events of due clocks are committed in either case.
    pub outcome: Result<(), Refusal>,
}

/// Opens a claim and decides a command, at `now`. Pure and total: the same arguments give the same decision, and nothing
/// panics.
pub fn decide(claim: Option<&Claim>, command: &Command, facts: &Facts<'_>, now: Instant) -> Decision {
    Opened::at(claim.cloned(), facts.policy.program, facts.command, now).decide(
        command,
        facts.policy.caller,
        facts.holders,
    )
}

/// The claim as it would be with the clocks applied that are due at `now`; for views, which write nothing (I3).
///
/// What is not written yet has no instant of its own: it would be that of each reading. So the claim was last updated when
/// it was last written, and what came of a clock began when the clock was due. A claim whose closing is not written yet
/// does not say yet until when it keeps what it has (D22).
pub fn as_of(claim: &Claim, program: &Program, now: Instant) -> Claim {
    // The events of a view are never stored, so the command needs no id of its own.
    let Ok(command) = "00000000000000000000000000".parse::<CommandId>() else { return claim.clone() };
    let opened = Opened::at(Some(claim.clone()), program, &command, now);
    let (Some(Claim(mut current)), events) = opened.into_parts() else { return claim.clone() };
    current.updated_at = claim.updated_at;
    current.kept_until = claim.kept_until;
    for (event, _) in &events {
        let due = match &event.change {
            Change::Breached { due_at, .. } | Change::Reminded { due_at, .. } => *due_at,
            Change::Rejected { due_at: Some(due_at), .. } => {
                if let Some(rejected) = &mut current.rejection {
                    rejected.rejected_at = *due_at;
                }
                *due_at
            }
            Change::Erased { kept_until, .. } => {
                current.erased_at = Some(*kept_until);
                continue;
            }
            _ => continue,
        };
        for clock in current.clocks.values_mut().filter(|clock| clock.generation == event.version) {
            clock.started_at = due;
        }
    }
    Claim(current)
}

/// A decision being made on an opened claim.
struct Deciding<'a> {
    opened: Opened<'a>,
    policy: Policy<'a>,
    holders: &'a [Holder],
}

impl<'a> Opened<'a> {
    /// Decides a command of a caller, given the other claims that hold what this one wants (D15).
    pub fn decide(self, command: &Command, caller: &'a Caller, holders: &'a [Holder]) -> Decision {
        let policy = Policy { program: self.program(), caller };
        let mut deciding = Deciding { opened: self, policy, holders };
        let outcome = deciding.carry_out(command).map_err(|refusal| match deciding.opened.claim() {
            Some(claim) => policy.complete(refusal, claim),
            None => refusal,
        });
        let (claim, events) = deciding.opened.into_parts();
        Decision { claim, events, outcome }
    }
}

impl<'a> Deciding<'a> {
    fn claim(&self) -> Result<&Claim, Refusal> {
        self.opened.claim().ok_or_else(Refusal::not_found)
    }

    /// The claim, if the policy lets the action pass.
    fn gated(&self, action: Action) -> Result<&Claim, Refusal> {
        let claim = self.claim()?;
        self.policy.gate(claim, action)?;
        Ok(claim)
    }

    /// The instant of the next event (I9).
    fn at(&self) -> Instant {
        self.opened.next_at()
    }

    fn program(&self) -> &'a Program {
        self.policy.program
    }

    /// Adds an event by the caller.
    fn record(&mut self, change: Change, clocks: Vec<ClockChange>) {
        self.opened.record(self.policy.caller, change, clocks);
    }

    fn carry_out(&mut self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Create { id, partner, details, from } => {
                self.create(id, partner, details, from.as_ref())
            }
            Command::Edit { details } => self.edit(details),
            Command::Discard => self.discard(),
            Command::RequestUpload { evidence, upload } => self.request_upload(evidence, upload),
            Command::CompleteUpload { evidence, found } => self.complete_upload(evidence, found.as_ref()),
            Command::RecordVerdict { evidence, verdict } => self.record_verdict(evidence, *verdict),
            Command::Submit => self.submit(),
            Command::Withdraw { cause, note } => self.withdraw(*cause, note.as_deref()),
            Command::Dispute { justification } => self.dispute(justification.as_deref()),
            Command::ResendNotice { correction } => self.resend_notice(correction.as_ref()),
            Command::Comment { comment, text } => self.comment(comment, text),
            Command::Note { comment, text } => self.note(comment, text),
            Command::StartReview => self.start_review(),
            Command::Release => self.release(),
            Command::TakeOver => self.take_over(),
            Command::RequestAction { reasons, remove_products } => {
                self.request_action(reasons, remove_products)
            }
            Command::Approve { confirm_contact } => self.approve(*confirm_contact),
            Command::Reject { reason, note } => self.reject(*reason, note.as_deref()),
            Command::EndAssociation { products, reason } => self.end_association(products, reason),
            Command::Deny { approval, note } => self.deny(*approval, note.as_deref()),
            Command::ApplyDue => Ok(()),
            Command::RecordNotified { approval, notice } => self.record_notified(*approval, notice),
            Command::RecordNoticeFailed { approval, notice, why, parked } => {
                self.record_notice_failed(*approval, notice, why, *parked)
            }
            Command::RecordFeedback { approval, notice, feedback } => {
                self.record_feedback(*approval, notice, feedback)
            }
            Command::RecordEmailBounced { email, contact, what, why, passing } => {
                self.record_email_bounced(Change::EmailBounced {
                    email: email.clone(),
                    contact: contact.clone(),
                    what: what.clone(),
                    why: why.clone(),
                    passing: *passing,
                })
            }
            Command::RecordAssessmentSent { message_id, state } => {
                self.record_assessment_sent(message_id, *state)
            }
            Command::RecordChallenge { by, products } => self.record_challenge(by, products),
        }
    }
}

#[cfg(test)]
#[path = "../decide_tests/mod.rs"]
mod tests;
