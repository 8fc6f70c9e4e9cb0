//! Opening a claim: what happens first, whatever is asked of it. Every clock that is due is applied, in due order (I3).

use crate::calendar::Instant;
use crate::claim::{Claim, SCHEMA};
use crate::clock::{self, AtDue, ClockChange, ClockName};
use crate::effect::{Effect, effects};
use crate::event::{Change, Event};
use crate::evolve::evolve;
use crate::ids::{ClaimId, CommandId};
use crate::people::Caller;
use crate::program::Program;
use crate::reason::Rejection;

/// A claim at an instant, with the clocks that are due then applied, and the events of that. There may be no claim yet.
#[derive(Debug, Clone)]
pub struct Opened<'a> {
    claim: Option<Claim>,
    events: Vec<(Event, Vec<Effect>)>,
    program: &'a Program,
    command: &'a CommandId,
    now: Instant,
}

impl<'a> Opened<'a> {
    /// Opens a claim as it was stored, at `now`, for the execution `command`.
    pub fn at(claim: Option<Claim>, program: &'a Program, command: &'a CommandId, now: Instant) -> Self {
        let mut opened = Self { claim, events: Vec::new(), program, command, now };
        opened.apply_due();
        opened
    }

    /// The claim as it stands now.
    pub fn claim(&self) -> Option<&Claim> {
        self.claim.as_ref()
    }

    /// The claim as it stands now, for callers that want nothing else.
    pub fn into_claim(self) -> Option<Claim> {
        self.claim
    }

    /// The instant at which it was opened.
    pub fn now(&self) -> Instant {
        self.now
    }

    pub(super) fn program(&self) -> &'a Program {
        self.program
    }

    pub(super) fn into_parts(self) -> (Option<Claim>, Vec<(Event, Vec<Effect>)>) {
        (self.claim, self.events)
    }

    /// The instant of the next event: never before the last one's (I9).
    pub(super) fn next_at(&self) -> Instant {
        self.claim.as_ref().map_or(self.now, |claim| claim.last_event_at.max(self.now))
    }

    /// Adds an event of the claim.
    pub(super) fn record(&mut self, by: &Caller, change: Change, clocks: Vec<ClockChange>) {
        if let Some(id) = self.claim.as_ref().map(|claim| claim.id.clone()) {
            self.append(id, by, change, clocks);
        }
    }

    /// Adds an event, perhaps the first.
    pub(super) fn append(&mut self, id: ClaimId, by: &Caller, change: Change, clocks: Vec<ClockChange>) {
        let event = Event {
            schema: SCHEMA,
            claim: id,
            version: self.claim.as_ref().map_or(0, |claim| claim.version) + 1,
            at: self.next_at(),
            command: self.command.clone(),
            actor: by.actor.clone(),
            partner_name: by.partner_name.clone(),
            change,
            clocks,
        };
        self.claim = evolve(self.claim.take(), &event);
        if let Some(claim) = &self.claim {
            let effects = effects(claim, &event, self.program.calendar.zone.name());
            self.events.push((event, effects));
        }
    }

    /// Applies every clock that is due at `now`, in due order. Each application ends or marks its clock, so the loop
    /// ends.
    fn apply_due(&mut self) {
        while let Some((clock, due_at, claim)) = self.next_due() {
            let (change, clocks) = self.expire(&claim, clock, due_at);
            self.record(&Caller::system(), change, clocks);
        }
    }

    fn next_due(&self) -> Option<(ClockName, Instant, Claim)> {
        let claim = self.claim.as_ref()?;
        let (clock, due_at) = claim.next_due()?;
        (due_at <= self.now).then(|| (clock, due_at, claim.clone()))
    }

    /// What happens when a clock is due: the last column of the table of clocks.
    fn expire(&self, claim: &Claim, clock: ClockName, due_at: Instant) -> (Change, Vec<ClockChange>) {
        let ended = clock::end(&claim.clocks, clock);
        match clock.at_due() {
            AtDue::Breach => (Change::Breached { clock, due_at }, vec![ClockChange::Breached { clock }]),
            AtDue::Remind => {
                let reminded_of = clock.reminds_of().and_then(|of| claim.clocks.get(&of));
                let late = reminded_of.is_none_or(|of| of.due_at <= self.now);
                (Change::Reminded { clock, due_at, late }, ended)
            }
            AtDue::Reject(reason, note) => {
                let rejection = Rejection::of(claim, reason, note);
                let (dispute_until, clocks) = self.closing(claim, &rejection);
                (
                    Change::Rejected { rejection, dispute_until, expired: Some(clock), due_at: Some(due_at) },
                    clocks,
                )
            }
            AtDue::HandOff => (Change::ConsentPassed { due_at }, ended),
            AtDue::Close => {
                let dropped = claim.evidence.iter().filter(|document| document.staged);
                let dropped = dropped.map(|document| document.id.clone()).collect();
                (Change::DisputeWindowClosed { due_at, dropped }, ended)
            }
        }
    }

    /// Until when a rejection made now can be disputed (R20), and what the rejection does to the clocks: all end, and
    /// the window opens if it can be disputed.
    pub(super) fn closing(
        &self,
        claim: &Claim,
        rejection: &Rejection,
    ) -> (Option<Instant>, Vec<ClockChange>) {
        let mut clocks = clock::end_all(&claim.clocks);
        if !rejection.disputable {
            return (None, clocks);
        }
        let at = self.next_at();
        let until = self.program.periods.of(ClockName::DisputeWindow).due(at, &self.program.calendar);
        clocks.extend(clock::arm(ClockName::DisputeWindow, at, self.program));
        (Some(until), clocks)
    }
}
