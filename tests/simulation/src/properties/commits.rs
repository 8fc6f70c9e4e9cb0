//! I1, I2, I9: what a commit writes, and whether the rules allow its events.

use std::sync::Arc;

use chrono::TimeDelta;
use claim_domain::calendar::Instant;
use claim_domain::claim::{Claim, ConsentState, DropReason, Status, Verdict};
use claim_domain::clock::ClockName;
use claim_domain::effect::Effect;
use claim_domain::event::{Change, Event};
use claim_domain::people::Role;
use claim_domain::reason::RejectCode;

use super::Property;
use crate::engine::TaskId;
use crate::model::{CommittedEvent, KnownClaim, read};
use crate::state::{SimulationState, instant};
use test_support::table::{Item, Key, Record};

/// How long a document can be completed after its announcement (D19).
const DAY: TimeDelta = TimeDelta::hours(24);

/// The name of an event's type.
pub(crate) fn event_name(event: &Event) -> String {
    let json = serde_json::to_value(&event.change).unwrap_or_default();
    json.get("type").and_then(|name| name.as_str()).unwrap_or("?").to_owned()
}

/// [`Property::WrittenByDecision`], [`Property::Versions`] and [`Property::Forward`]: a claim is written together with
/// all events that lead to its version, and the instants of the events never go back.
pub(crate) fn check_commit(
    state: &mut SimulationState,
    task: TaskId,
    written: Option<&Record>,
    events: &[(Event, Vec<Effect>)],
) {
    let Some(record) = written else {
        return state.violated(Property::WrittenByDecision, "events were written without their claim");
    };
    let version = |item: Option<&Arc<Item>>| item.and_then(|item| read::<u64>(item, "version"));
    let before = version(record.old.as_ref()).unwrap_or(0);
    let Some(after) = version(record.new.as_ref()) else {
        return state.violated(Property::WrittenByDecision, format!("{} was removed", record.key.partition));
    };
    if events.is_empty() && only_postpones_sweep(record) {
        return;
    }
    if events.is_empty() {
        let by = state.invocations.get(&task).map_or("?", |invocation| invocation.function());
        let what = format!("{by} wrote {} at version {after} without an event", record.key.partition);
        return state.violated(Property::WrittenByDecision, what);
    }
    let versions: Vec<u64> = events.iter().map(|(event, _)| event.version).collect();
    if versions != (before + 1..=after).collect::<Vec<_>>() {
        let what = format!("{} went from {before} to {after} by {versions:?}", record.key.partition);
        state.violated(Property::Versions, what);
    }
    let id = events.first().map(|(event, _)| event.claim.clone());
    let known = id.and_then(|id| state.model.claims.get(&id));
    let mut last: Option<Instant> = known.map(|known| known.claim.last_event_at);
    let mut backwards = None;
    // I9: the instant of an event is the time of the deciding machine, or that of the event before it.
    let began = state.invocations.get(&task).map(|by| instant(by.began + state.skews[by.machine]));
    for (event, _) in events {
        if began.is_some_and(|began| event.at < began) {
            backwards = Some(format!(
                "{}/{} is at {}, before the function that decided it began",
                event.claim, event.version, event.at
            ));
        }
        if last.is_some_and(|last| event.at < last) {
            backwards = Some(format!(
                "{}/{} is at {}, before the event before it",
                event.claim, event.version, event.at
            ));
        }
        last = Some(event.at);
    }
    if let Some(what) = backwards {
        state.violated(Property::Forward, what);
    }
}

/// [`Property::Versions`]: every item says by which schema it was written.
pub(crate) fn check_schema(state: &mut SimulationState, record: &Record) {
    if record.new.as_ref().is_some_and(|item| read::<u32>(item, "schema").is_none()) {
        let Key { partition, sort } = &record.key;
        state.violated(Property::Versions, format!("{partition}/{sort} has no schema number"));
    }
}

/// Whether a write changes only when sweep looks at the claim again.
fn only_postpones_sweep(record: &Record) -> bool {
    let (Some(old), Some(new)) = (&record.old, &record.new) else { return false };
    let same = |(name, value): (&String, _)| name == "workAt" || old.get(name) == Some(value);
    old.len() == new.len() && new.iter().all(same)
}

/// [`Property::Allowed`]: the status of the claim, and the role and the assignment of the person, allow the event. This
/// is an independent implementation of the rules.
pub(crate) fn check_event_is_allowed(state: &mut SimulationState, before: Option<&Claim>, event: &Event) {
    let allowed = match before {
        None => matches!(event.change, Change::Created { .. }) && event.actor.role.is_partner(),
        Some(claim) => is_allowed(state, claim, event),
    };
    if !allowed {
        let status = before.map_or("none", |claim| claim.status.as_str());
        let what = format!(
            "{}/{} {} by {} while {status}",
            event.claim,
            event.version,
            event_name(event),
            event.actor.id
        );
        state.violated(Property::Allowed, what);
    }
}

fn is_allowed(state: &SimulationState, claim: &Claim, event: &Event) -> bool {
    use Status::{Approved, Editing, PartnerActionRequired, Rejected, Submitted, UnderReview};
    let known = state.model.claims.get(&claim.id);
    let (status, role) = (claim.status, event.actor.role);
    let system = role == Role::System;
    let own = role.is_partner()
        && event
            .actor
            .id
            .rsplit_once('-')
            .is_some_and(|(organisation, _)| organisation == claim.partner.as_str());
    let reviewer = role.is_reviewer() && claim.submitted_at.is_some();
    let assigned = reviewer && claim.assigned_to.as_ref().is_some_and(|actor| actor.id == event.actor.id);
    let consent = claim.consents.last().map(|consent| consent.state);
    let deniable =
        matches!(consent, Some(ConsentState::AwaitingNotice | ConsentState::Open | ConsentState::Suspended));
    // D17: the reviewer who rejected the claim neither takes its dispute, nor asks about it, nor decides it.
    let dispute = known.is_some_and(|known| known.clocks.in_dispute());
    let rejecter = known.and_then(|known| {
        let rejected = known.events.iter().rev().find(|committed| {
            matches!(committed.event.change, Change::Rejected { .. } | Change::AssociationEnded { .. })
        });
        rejected.map(|committed| committed.event.actor.id.clone())
    });
    let impartial = !dispute || rejecter.is_none_or(|rejecter| rejecter != event.actor.id);
    let disputable =
        status == Rejected && known.is_some_and(|known| known.clocks.get(ClockName::DisputeWindow).is_some());
    // D26: the partner of an approved claim was told that another organisation claims what it holds.
    let is_challenged = status == Approved
        && known.is_some_and(|known| {
            known.events.iter().any(|committed| match &committed.event.change {
                Change::Challenged { products, .. } => {
                    products.iter().any(|product| claim.details.claims(product))
                }
                _ => false,
            })
        });
    let takes_documents = matches!(status, Editing | Submitted | PartnerActionRequired) || is_challenged;
    let disputed_at = known.and_then(|known| {
        let disputed =
            |committed: &&CommittedEvent| matches!(committed.event.change, Change::Disputed { .. });
        known.events.iter().rev().find(disputed).map(|committed| committed.event.at)
    });
    // R6: a document that is there, belongs to the claim, and in which no threat was found.
    let has_proof = claim.evidence.iter().any(|document| {
        document.uploaded_at.is_some() && !document.staged && document.verdict != Some(Verdict::Infected)
    });
    match &event.change {
        Change::Created { .. } => false,
        Change::Edited { .. } => own && matches!(status, Editing | Submitted | PartnerActionRequired),
        Change::UploadRequested { .. } => own && (takes_documents || disputable),
        // D20: what was announced before the dispute joins it, within 24 hours.
        Change::EvidenceAdded { evidence, .. } => claim
            .evidence
            .iter()
            .find(|document| document.id == *evidence && document.uploaded_at.is_none())
            .is_some_and(|document| {
                let joins = dispute && disputed_at.is_some_and(|disputed| document.requested_at <= disputed);
                own && event.at < document.requested_at + DAY && (takes_documents || disputable || joins)
            }),
        Change::UploadsDropped { evidence, why } => evidence.iter().all(|dropped| {
            let document = claim.evidence.iter().find(|document| document.id == *dropped);
            document.filter(|document| document.uploaded_at.is_none()).is_some_and(|document| match why {
                DropReason::Expired => system && event.at >= document.requested_at + DAY,
                DropReason::Mismatched => system && event.at < document.requested_at + DAY,
                DropReason::Closed => is_closed(status, disputable) && status != Status::Discarded,
            })
        }),
        Change::Discarded { .. } => own && status == Editing,
        Change::Submitted { again, .. } => {
            own && has_proof && status == if *again { PartnerActionRequired } else { Editing }
        }
        Change::ReviewStarted => reviewer && status == Submitted,
        Change::Assigned => reviewer && status == UnderReview && claim.assigned_to.is_none() && impartial,
        Change::Released => {
            (assigned || role == Role::ReviewLead)
                && claim.assigned_to.is_some()
                && matches!(status, UnderReview | PartnerActionRequired)
        }
        Change::TakenOver => {
            let taken = role == Role::ReviewLead && !assigned && impartial;
            taken && matches!(status, UnderReview | PartnerActionRequired)
        }
        Change::ActionRequested { remove_products, .. } => {
            let remains = claim.details.named().any(|product| !remove_products.contains(product));
            assigned && status == UnderReview && remains && impartial
        }
        Change::Approved { .. } => assigned && status == UnderReview && impartial && has_proof,
        Change::Rejected { rejection, dispute_until, .. } => {
            let by = match rejection.reason {
                RejectCode::PartnerRequest => {
                    own && matches!(status, Submitted | UnderReview | PartnerActionRequired | Approved)
                }
                RejectCode::CustomerDecline => role == Role::Customer && status == Approved && deniable,
                RejectCode::NoPartnerResponse => system && status == PartnerActionRequired,
                // D16: the customer could not be notified in time.
                RejectCode::Other if system => {
                    status == Approved
                        && known.is_some_and(|known| known.clocks.get(ClockName::NoticeCorrection).is_some())
                }
                _ => assigned && status == UnderReview && impartial,
            };
            let was_disputed = known.is_some_and(|known| known.clocks.was_disputed());
            let final_ = rejection.reason == RejectCode::PartnerRequest || was_disputed;
            by && rejection.disputable != final_ && dispute_until.is_some() == rejection.disputable
        }
        Change::ProductsRemoved { products, .. } => {
            let remains = claim.details.named().any(|product| !products.contains(product));
            reviewer && status == Approved && remains
        }
        Change::AssociationEnded { .. } => reviewer && status == Approved,
        Change::Commented { .. } => (own || reviewer) && !is_closed(status, disputable),
        Change::Noted { .. } => reviewer && !is_closed(status, disputable),
        // Of several verdicts, the most severe one counts.
        Change::EvidenceScanned { evidence, verdict } => {
            let document = claim.evidence.iter().find(|document| document.id == *evidence);
            system && status != Status::Discarded && document.is_some_and(|it| it.verdict < Some(*verdict))
        }
        Change::CustomerNotified { .. }
        | Change::NoticeFailed { .. }
        | Change::NoticeSoftBounced { .. }
        | Change::EmailBounced { .. }
        | Change::NoticeComplained { .. }
        | Change::AssessmentSent { .. } => system,
        Change::Challenged { products, .. } => {
            let holds = !products.is_empty() && products.iter().all(|it| claim.details.claims(it));
            system && status == Approved && holds
        }
        Change::NoticeResent { contact, .. } => {
            let suspended = consent == Some(ConsentState::Suspended);
            (own || reviewer && suspended)
                && status == Approved
                && (suspended || consent == Some(ConsentState::Open) && may_resend(known, event))
                && (contact.is_none() || suspended)
        }
        Change::ConsentPassed { .. } => system && status == Approved && consent == Some(ConsentState::Open),
        Change::Disputed { justification, evidence, .. } => {
            own && disputable && (justification.is_some() || !evidence.is_empty())
        }
        Change::DisputeWindowClosed { .. } => system && disputable,
        Change::Erased { .. } => system && is_closed(status, disputable) && claim.erased_at.is_none(),
        Change::Breached { .. } | Change::Reminded { .. } => system,
        Change::Escalated { .. } => system && matches!(status, Status::Submitted | Status::UnderReview),
    }
}

/// D12: whether the claim was discarded, or was rejected and can no longer be disputed.
pub(super) fn is_closed(status: Status, disputable: bool) -> bool {
    status == Status::Discarded || status == Status::Rejected && !disputable
}

/// D16: without a failure a notice is sent again once in 24 hours, and five times for one approval.
fn may_resend(known: Option<&KnownClaim>, event: &Event) -> bool {
    let Some(known) = known else { return false };
    let mut consent_is_open = false;
    let mut resends = Vec::new();
    for committed in &known.events {
        match &committed.event.change {
            Change::Approved { .. } => {
                consent_is_open = false;
                resends.clear();
            }
            Change::CustomerNotified { due_at: Some(_), .. } => consent_is_open = true,
            Change::NoticeFailed { suspends: true, .. } => consent_is_open = false,
            Change::NoticeResent { .. } if consent_is_open => resends.push(committed.event.at),
            _ => {}
        }
    }
    let rested = resends.last().is_none_or(|last| event.at - *last >= chrono::TimeDelta::hours(24));
    rested && resends.len() < 5
}
