//! Which problems each route can answer with.

use claim_domain::refusal::Kind;
use claim_http::registry::{BodyKind, Callers, Operation, Route};

use crate::parameters;

/// The kinds of problem that a route can answer with, besides those of paths and methods that do not exist.
pub fn problems(route: &Route) -> Vec<Kind> {
    let mut kinds = vec![Kind::MalformedRequest, Kind::Internal];
    if !route.caller.is_public() {
        kinds.extend([Kind::Unauthenticated, Kind::Forbidden]);
    }
    if route.path.contains('{') {
        kinds.push(Kind::NotFound);
    }
    if route.caller != Callers::LinkHolders {
        kinds.push(Kind::InvalidQuery);
    }
    if route.caller != Callers::Anybody {
        kinds.push(Kind::Busy);
    }
    kinds.extend([Kind::UnsupportedMediaType, Kind::BodyTooLarge]);
    if crate::reads_body(route) {
        kinds.push(Kind::InvalidInput);
    }
    if parameters::takes_key(route) {
        kinds.push(Kind::KeyReused);
    }
    if parameters::is_command(route) {
        kinds.extend([Kind::IllegalState, Kind::RevisionStale]);
    }
    if matches!(route.body, BodyKind::MergePatch | BodyKind::Decision) {
        kinds.push(Kind::RevisionRequired);
    }
    kinds.extend_from_slice(own(route.operation));
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// What only some routes answer.
fn own(operation: Operation) -> &'static [Kind] {
    match operation {
        Operation::CreateClaim => &[Kind::DailyLimit],
        Operation::CloneClaim => &[Kind::DailyLimit, Kind::IllegalState],
        Operation::CheckAssociations => &[Kind::CheckLimit],
        Operation::EditClaim => &[Kind::NotEditable],
        // Where changes are not numbered.
        Operation::ReadChanges => &[Kind::NotFound],
        Operation::AnnounceEvidence => {
            &[Kind::DailyLimit, Kind::EvidenceLimit, Kind::DisputeOver, Kind::NotDisputable]
        }
        Operation::CompleteEvidence => {
            &[Kind::EvidenceMismatch, Kind::UploadExpired, Kind::DisputeOver, Kind::NotDisputable]
        }
        Operation::DownloadEvidence => &[Kind::EvidenceUnreadable, Kind::EvidenceErased],
        Operation::SubmitClaim => &[Kind::EvidenceMissing],
        Operation::DisputeRejection => &[Kind::DisputeOver, Kind::NotDisputable, Kind::DisputeEmpty],
        Operation::StartReview | Operation::TakeOverClaim => &[Kind::AnotherReviewer],
        Operation::ReleaseClaim => &[Kind::NotAssigned],
        Operation::RequestAction => &[Kind::NotAssigned, Kind::AnotherReviewer, Kind::EveryProductRemoved],
        Operation::ApproveClaim => &[
            Kind::NotAssigned,
            Kind::AnotherReviewer,
            Kind::AssociationHeld,
            Kind::EvidenceMissing,
            Kind::ContactNotConfirmed,
        ],
        Operation::RejectClaim => &[Kind::NotAssigned, Kind::AnotherReviewer],
        Operation::ResendNotice => &[Kind::NoticeLimit, Kind::ContactOutsideApproval],
        Operation::DenyConsent => &[Kind::ConsentEnded],
        // Of a webhook whose server wants nothing any more.
        Operation::ReplayChanges => &[Kind::DailyLimit, Kind::IllegalState],
        _ => &[],
    }
}
