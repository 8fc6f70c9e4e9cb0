//! What the scanner found in a document stands in the claim.

use claim_domain::claim::Status;
use claim_domain::ids::DocumentKey;
use verdict::{ScanEvent, Scanned};

use super::Property;
use crate::state::State;

/// [`Property::Scanned`]: a verdict that was handled stands in the claim, or one that says more; unless the claim was
/// discarded, or has the document no longer.
pub(crate) fn verdict_was_handled(state: &mut State, event: &ScanEvent, scanned: Result<Scanned, ()>) {
    let (Ok(scanned), Some(DocumentKey { claim, evidence })) = (scanned, event.document()) else { return };
    let Some(known) = state.model.claims.get(&claim) else { return };
    let document = known.claim.evidence.iter().find(|document| document.id == evidence);
    let stands = document.is_some_and(|document| document.verdict >= Some(event.verdict()));
    let has_none = document.is_none() || known.claim.status == Status::Discarded;
    if !stands && (scanned != Scanned::Unknown || !has_none) {
        let what = format!("{:?} of {claim}/{evidence} is {scanned:?}, and does not stand", event.verdict());
        state.violated(Property::Scanned, what);
    }
}
