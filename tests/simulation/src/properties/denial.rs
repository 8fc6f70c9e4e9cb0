//! R15: what becomes of the reason that a customer gives with a denial.

use claim_domain::event::Change;
use claim_domain::ids::ClaimId;
use claim_domain::reason::RejectCode;

use super::Property;
use crate::engine::TaskId;
use crate::invocation::Invocation;
use crate::state::SimulationState;

/// [`Property::ReasonKept`]: the rejection that a denial leads to has the reason of the request as its note, without the
/// blanks at its ends, and none if the request gives none.
pub(crate) fn check_denial(state: &mut SimulationState, task: TaskId, id: &ClaimId) {
    let last = state.model.claims.get(id).and_then(|known| known.events.last());
    let Some(last) = last else { return };
    let Change::Rejected { rejection, .. } = &last.event.change else { return };
    if rejection.reason != RejectCode::CustomerDecline {
        return;
    }
    let request = state.invocations.get(&task).and_then(Invocation::request);
    let given = request.and_then(|request| Some(request.body.as_ref()?["note"].as_str()?.trim()));
    if rejection.note.as_deref() != given {
        let what = format!("{id}/{}: {:?} of {given:?}", last.event.version, rejection.note);
        state.violated(Property::ReasonKept, what);
    }
}
