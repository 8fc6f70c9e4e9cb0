//! Clocks that are due (I3, §8 of the rules).

use super::Story;
use crate::claim::Claim;
use crate::clock::{self, ClockChange, ClockName};
use crate::event::Change;
use crate::people::Actor;
use crate::reason::{RejectCode, Rejection};

impl Story<'_> {
    /// Applies every clock that is due at `now`, in due order. Each application ends or marks its clock, so that this
    /// comes to an end.
    pub(super) fn apply_due(&mut self) {
        while let Some((clock, claim)) = self.next_due() {
            let (change, clocks) = self.expire(&claim, clock);
            self.record_as(Actor::system(), change, clocks);
        }
    }

    fn next_due(&self) -> Option<(ClockName, Claim)> {
        let claim = self.claim.as_ref()?;
        let (clock, due_at) = claim.next_due()?;
        (due_at <= self.now).then(|| (clock, claim.clone()))
    }

    /// What happens when a clock is due: the last column of the table of clocks.
    fn expire(&self, claim: &Claim, name: ClockName) -> (Change, Vec<ClockChange>) {
        let due_at = claim.clocks.get(&name).map_or(self.now, |clock| clock.due_at);
        match name {
            // D5: a reviewer who misses a period changes no status.
            ClockName::ReviewStart
            | ClockName::ReviewDecision
            | ClockName::Overall
            | ClockName::DisputeAnswer => {
                (Change::Breached { clock: name, due_at }, vec![ClockChange::Breached { clock: name }])
            }
            ClockName::PartnerReminder => {
                let answer = claim.clocks.get(&ClockName::PartnerAnswer);
                let late = answer.is_none_or(|answer| answer.due_at <= self.now);
                (Change::Reminded { due_at, late }, Vec::from_iter(clock::end(&claim.clocks, name)))
            }
            ClockName::PartnerAnswer => {
                let rejection = Rejection {
                    reason: RejectCode::NoPartnerResponse,
                    cause: None,
                    note: None,
                    disputable: claim.dispute.is_none(),
                };
                self.rejection(claim, rejection, Some(due_at))
            }
            ClockName::Consent => {
                (Change::ConsentPassed { due_at }, Vec::from_iter(clock::end(&claim.clocks, name)))
            }
            ClockName::DisputeWindow => {
                let dropped = claim.evidence.iter().filter(|document| document.staged);
                let dropped = dropped.map(|document| document.id.clone()).collect();
                (
                    Change::DisputeWindowClosed { due_at, dropped },
                    Vec::from_iter(clock::end(&claim.clocks, name)),
                )
            }
        }
    }
}
