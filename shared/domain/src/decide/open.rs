//! Opening a claim: what happens first, whatever is asked of it. Every clock that is due is applied, in due order (I3).

use crate::calendar::Instant;
use crate::claim::{Claim, DropReason, Evidence, SCHEMA, Status};
use crate::clock::{self, AtDue, ClockChange, ClockName};
use crate::effect::{Effect, effects};
use crate::event::{Change, Event, Late};
use crate::evolve::evolve;
use crate::ids::{ClaimId, CommandId, EvidenceId};
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
        let mut event = Event {
            schema: SCHEMA,
            claim: id,
            version: self.claim.as_ref().map_or(0, |claim| claim.version) + 1,
            at: self.next_at(),
            command: self.command.clone(),
            actor: by.actor.clone(),
            partner_name: by.partner_name.clone(),
            change,
            clocks,
            kept_until: None,
        };
        let after = evolve(self.claim.clone(), &event);
        event.kept_until = after.as_ref().and_then(|claim| self.closes(claim, event.at));
        self.claim = match event.kept_until {
            Some(_) => evolve(self.claim.take(), &event),
            None => after,
        };
        if let Some(claim) = &self.claim {
            let effects = effects(claim, &event, self.program);
            self.events.push((event, effects));
            self.drop_when_closed(by);
        }
    }

    /// Until when a claim that is closed now keeps its files and contacts (D22): a discarded one as long as it can be
    /// read, another one for the program's months. `None` if it is not closed, or was closed before.
    fn closes(&self, claim: &Claim, at: Instant) -> Option<Instant> {
        let closes = claim.is_closed() && claim.kept_until.is_none();
        closes.then(|| claim.readable_until.unwrap_or_else(|| self.program.keeps_until(at)))
    }

    /// D20: on a closed claim nothing can be completed any more, so what is only announced leaves it at once. A
    /// discarded claim gives up all its files anyway (D8).
    fn drop_when_closed(&mut self, by: &Caller) {
        let closed =
            self.claim.as_ref().filter(|claim| claim.is_closed() && claim.status != Status::Discarded);
        let announced = closed.map(|claim| announced(claim, |_| true)).unwrap_or_default();
        if !announced.is_empty() {
            let change = Change::UploadsDropped { evidence: announced, why: DropReason::Closed };
            self.record(by, change, Vec::new());
        }
    }

    /// Applies every clock that is due at `now`, in due order, and with them the expiry of what was only announced
    /// (D19). Each application ends or marks its clock, arms it for an instant ahead, or drops a document, so the loop
    /// ends. What a closed claim has kept long enough is erased after that, once (D22).
    fn apply_due(&mut self) {
        loop {
            let clock = self.next_due();
            let expiry = self.next_expiry();
            let is_next = |expiry| clock.as_ref().is_none_or(|(_, due, _)| expiry <= *due);
            if expiry.is_some_and(is_next) {
                self.drop_expired();
            } else if let Some((clock, due_at, claim)) = clock {
                let (change, clocks) = self.expire(&claim, clock, due_at);
                self.record(&Caller::system(), change, clocks);
            } else {
                break;
            }
        }
        if let Some(claim) = &self.claim
            && let Some(kept_until) = claim.keeps_until().filter(|until| *until <= self.now)
        {
            let evidence = claim.evidence.iter().map(|document| document.id.clone()).collect();
            self.record(&Caller::system(), Change::Erased { kept_until, evidence }, Vec::new());
        }
    }

    /// When the next announced document expires, if it has by the instant of the next event: what the next event finds
    /// in the claim has not expired.
    fn next_expiry(&self) -> Option<Instant> {
        self.claim.as_ref()?.next_expiry().filter(|expiry| *expiry <= self.next_at())
    }

    fn drop_expired(&mut self) {
        let at = self.next_at();
        let expired = self.claim.as_ref().map(|claim| announced(claim, |document| document.has_expired(at)));
        let change =
            Change::UploadsDropped { evidence: expired.unwrap_or_default(), why: DropReason::Expired };
        self.record(&Caller::system(), change, Vec::new());
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
            AtDue::Breach { .. } => {
                let mut clocks = vec![ClockChange::Breached { clock }];
                clocks.extend(clock::escalate(&claim.clocks, self.next_at(), self.program));
                (Change::Breached { clock, due_at }, clocks)
            }
            AtDue::Escalate => {
                let calendar = &self.program.calendar;
                let late = claim.late().map(|(clock, due_at)| Late {
                    clock,
                    due_at,
                    business_days: calendar.business_days_late(due_at, self.now),
                });
                let change = Change::Escalated { due_at, late: late.collect() };
                (change, clock::arm(clock, self.next_at(), self.program))
            }
            AtDue::Remind(_) => {
                let reminded_of = clock.reminds_of().and_then(|of| claim.clocks.get(&of));
                let late = reminded_of.is_none_or(|of| of.due_at <= self.now);
                (Change::Reminded { clock, due_at, late }, ended)
            }
            AtDue::RemindOfEnd => {
                let at = self.next_at();
                let late = claim.details.ending(at, self.program).next().is_none();
                let next = clock::arm_renewal(&claim.details, true, at, self.program);
                (Change::Reminded { clock, due_at, late }, next.map_or(ended, |next| vec![next]))
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

/// The documents of a claim that are only announced, as far as they are `wanted`.
fn announced(claim: &Claim, wanted: impl Fn(&Evidence) -> bool) -> Vec<EvidenceId> {
    let announced = claim.evidence.iter().filter(|document| document.uploaded_at.is_none());
    announced.filter(|document| wanted(document)).map(|document| document.id.clone()).collect()
}
