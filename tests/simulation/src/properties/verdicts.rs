//! What the scanner found in a document is recorded in the claim.

use claim_domain::claim::Status;
use claim_domain::event::Change;
use claim_domain::ids::DocumentKey;
use verdict::{ScanEvent, Scanned};

use super::Property;
use crate::state::SimulationState;

/// [`Property::VerdictRecorded`]: after verdict has handled a scan result, the claim has that verdict or a more severe
/// one, unless the claim was discarded or no longer has the document.
pub(crate) fn check_handled_verdict(
    state: &mut SimulationState,
    event: &ScanEvent,
    result: Result<Scanned, ()>,
) {
    let (Ok(scanned), Some(DocumentKey { claim, evidence })) = (result, event.document()) else { return };
    let Some(known) = state.model.claims.get(&claim) else { return };
    let document = known.claim.evidence.iter().find(|document| document.id == evidence);
    // The document may have been dropped since, while verdict was still waiting for the table's answer.
    let is_in_history = known.events.iter().any(|committed| match &committed.event.change {
        Change::EvidenceScanned { evidence: scanned, verdict } => {
            *scanned == evidence && *verdict >= event.verdict()
        }
        _ => false,
    });
    let is_recorded = document.map_or(is_in_history, |document| document.verdict >= Some(event.verdict()));
    let is_not_needed = document.is_none() || known.claim.status == Status::Discarded;
    if !is_recorded && (scanned != Scanned::Unknown || !is_not_needed) {
        let what =
            format!("{:?} of {claim}/{evidence} is {scanned:?}, and was not recorded", event.verdict());
        state.violated(Property::VerdictRecorded, what);
    }
}
