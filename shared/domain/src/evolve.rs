//! What an event does to a claim: pure, total, and the only place that changes one (I1, I2).

use std::collections::BTreeSet;

use crate::calendar::Instant;
use crate::claim::{
    ActionRequest, Assessment, AssessmentState, Claim, ClaimState, Consent, ConsentState, Details, Dispute,
    DisputeState, DroppedUpload, Rejected, SCHEMA, Status,
};
use crate::clock;
use crate::draft::MAX_EVIDENCE;
use crate::effect::first_effect;
use crate::event::{Change, Event, FieldChange};
use crate::people::Actor;
use crate::reason::{RejectCode, Rejection};

/// The claim after an event. The first event of a history creates the claim; every other one changes it.
/// `None` for a history that does not begin with `Created`.
pub fn evolve(claim: Option<Claim>, event: &Event) -> Option<Claim> {
    let mut state = match (claim, &event.change) {
        (Some(Claim(state)), _) => state,
        (None, Change::Created { partner, details, .. }) => born(event, partner.clone(), details.clone()),
        (None, _) => return None,
    };
    state.version = event.version;
    state.last_event_at = event.at;
    if let Some(name) = &event.partner_name {
        state.partner_name = Some(name.clone());
    }
    if event.change.counts_as_revision() {
        state.revision += 1;
    }
    if event.change.is_visible_to_partner() {
        state.updated_at = event.at;
    } else {
        state.notes += 1;
    }
    state.kept_until = state.kept_until.or(event.kept_until);
    apply(&mut state, event);
    for change in &event.clocks {
        clock::apply(&mut state.clocks, change, event.version, event.at);
    }
    Some(Claim(state))
}

fn born(event: &Event, partner: crate::ids::PartnerId, details: Details) -> ClaimState {
    ClaimState {
        schema: SCHEMA,
        id: event.claim.clone(),
        version: 0,
        notes: 0,
        revision: 0,
        status: Status::Editing,
        partner,
        partner_name: None,
        details,
        evidence: Vec::new(),
        dropped_uploads: Vec::new(),
        action_request: None,
        rejection: None,
        consents: Vec::new(),
        assessment: None,
        dispute: None,
        contested: false,
        challenged_by: BTreeSet::new(),
        challenged_products: Vec::new(),
        bounced: BTreeSet::new(),
        undeliverable_since: None,
        clocks: clock::Clocks::new(),
        assigned_to: None,
        submitted_at: None,
        created_at: event.at,
        updated_at: event.at,
        last_event_at: event.at,
        readable_until: None,
        kept_until: None,
        erased_at: None,
    }
}

fn apply(state: &mut ClaimState, event: &Event) {
    let at = event.at;
    match &event.change {
        Change::Edited { fields, contested, .. } => {
            for field in fields {
                field.apply(&mut state.details);
            }
            if fields.iter().any(|field| matches!(field, FieldChange::PartnerContact(_))) {
                state.undeliverable_since = None;
            }
            state.contested = contested.unwrap_or(state.contested);
        }
        Change::UploadRequested { evidence } => {
            // In older histories what expired left the claim without an event of its own.
            state.evidence.retain(|document| !document.has_expired(at));
            state.evidence.push(evidence.clone());
        }
        Change::EvidenceAdded { evidence, scanned } => {
            if let Some(document) = state.evidence.iter_mut().find(|document| document.id == *evidence) {
                document.uploaded_at = Some(at);
                document.scanned = *scanned;
                // R24: what counts is the claim's status when the document is there, not when it was announced.
                document.staged = state.status == Status::Rejected;
            }
        }
        Change::UploadsDropped { evidence, why } => {
            state.evidence.retain(|document| !evidence.contains(&document.id));
            let dropped = evidence.iter().map(|id| DroppedUpload { id: id.clone(), why: *why });
            state.dropped_uploads.extend(dropped);
            let forgotten = state.dropped_uploads.len().saturating_sub(MAX_EVIDENCE);
            state.dropped_uploads.drain(..forgotten);
        }
        Change::EvidenceScanned { evidence, verdict } => {
            if let Some(document) = state.evidence.iter_mut().find(|document| document.id == *evidence) {
                document.verdict = Some(*verdict);
            }
        }
        Change::Discarded { readable_until } => {
            state.status = Status::Discarded;
            state.readable_until = Some(*readable_until);
        }
        Change::Submitted { contested, .. } => {
            let in_dispute =
                state.dispute.as_ref().is_some_and(|dispute| dispute.state == DisputeState::Open);
            state.action_request = None;
            state.contested = *contested;
            state.submitted_at = state.submitted_at.or(Some(at));
            if in_dispute {
                state.status = Status::UnderReview;
            } else {
                state.status = Status::Submitted;
                state.assigned_to = None;
            }
        }
        Change::ReviewStarted | Change::Assigned | Change::TakenOver => {
            if matches!(event.change, Change::ReviewStarted) {
                state.status = Status::UnderReview;
            }
            state.assigned_to = Some(event.actor.clone());
        }
        Change::Released => state.assigned_to = None,
        Change::ActionRequested { reasons, remove_products, due_at } => {
            state.status = Status::PartnerActionRequired;
            state.action_request = Some(ActionRequest {
                reasons: reasons.clone(),
                remove_products: remove_products.clone(),
                requested_at: at,
                due_at: *due_at,
            });
        }
        Change::Approved { .. } => {
            state.status = Status::Approved;
            state.contested = false;
            state.rejection = None;
            settle(&mut state.dispute, DisputeState::Accepted);
            state.consents.push(Consent {
                approval: event.version,
                approved_at: at,
                mpn_id: state.details.mpn_id.clone(),
                products: state.details.named().cloned().collect(),
                contact: Some(state.details.customer.contact.clone()),
                state: ConsentState::AwaitingNotice,
                notice: first_effect(event),
                notified_at: None,
                due_at: None,
                passed_at: None,
                ended_at: None,
                ended_because: None,
                note: None,
                accepted: BTreeSet::new(),
                failed: BTreeSet::new(),
                parked: BTreeSet::new(),
                soft_bounced: BTreeSet::new(),
                complained: BTreeSet::new(),
                resends: Vec::new(),
            });
        }
        Change::Rejected { rejection, dispute_until, .. }
        | Change::AssociationEnded { rejection, dispute_until } => {
            reject(state, event, rejection, *dispute_until);
        }
        Change::ProductsRemoved { products, .. } => {
            state.details.products.retain(|claimed| !products.contains(&claimed.named));
            if let Some(consent) = state.consents.last_mut() {
                consent.products.retain(|product| !products.contains(product));
            }
            say(state, event, AssessmentState::Amended);
        }
        Change::CustomerNotified { approval, notice, due_at } => {
            if let Some(consent) = consent(state, *approval) {
                consent.accepted.insert(notice.clone());
                consent.parked.remove(notice);
                if let Some(due_at) = due_at {
                    consent.state = ConsentState::Open;
                    consent.notified_at = Some(at);
                    consent.due_at = Some(*due_at);
                }
            }
        }
        Change::NoticeFailed { approval, notice, suspends, parked, .. } => {
            if let Some(consent) = consent(state, *approval) {
                let failures = if *parked { &mut consent.parked } else { &mut consent.failed };
                failures.insert(notice.clone());
                if *suspends {
                    consent.state = ConsentState::Suspended;
                    consent.due_at = None;
                }
            }
        }
        Change::NoticeSoftBounced { approval, notice, .. } => {
            if let Some(consent) = consent(state, *approval) {
                consent.soft_bounced.insert(notice.clone());
            }
        }
        Change::NoticeComplained { approval, notice } => {
            if let Some(consent) = consent(state, *approval) {
                consent.complained.insert(notice.clone());
            }
        }
        Change::EmailBounced { email, contact, passing, .. } => {
            state.bounced.insert(email.clone());
            if !passing && state.details.partner_contact == *contact {
                state.undeliverable_since = state.undeliverable_since.or(Some(at));
            }
        }
        Change::NoticeResent { approval, contact, outside_domain } => {
            if let Some(contact) = contact {
                state.details.customer.contact = contact.new.clone();
                state.details.contact_outside_domain = *outside_domain;
            }
            if let Some(consent) = consent(state, *approval) {
                consent.notice = first_effect(event);
                match consent.state {
                    ConsentState::Suspended => consent.state = ConsentState::AwaitingNotice,
                    _ => consent.resends.push(at),
                }
            }
        }
        Change::ConsentPassed { .. } => {
            if let Some(consent) = state.consents.last_mut() {
                consent.state = ConsentState::Passed;
                consent.passed_at = Some(at);
            }
            let follows = state.assessment.take().map(|earlier| earlier.message_id);
            state.assessment = Some(Assessment {
                state: AssessmentState::Requested,
                message_id: first_effect(event),
                follows,
                sent_at: None,
            });
        }
        Change::AssessmentSent { message_id, .. } => {
            if let Some(newest) = state.assessment.as_mut().filter(|newest| newest.message_id == *message_id)
            {
                newest.sent_at = newest.sent_at.or(Some(at));
            }
        }
        Change::Disputed { justification, evidence, due_at } => {
            let against = state.rejection.take().map_or_else(Actor::system, |rejected| rejected.rejected_by);
            state.status = Status::UnderReview;
            state.assigned_to = None;
            for document in state.evidence.iter_mut().filter(|document| evidence.contains(&document.id)) {
                document.staged = false;
            }
            state.dispute = Some(Dispute {
                state: DisputeState::Open,
                justification: justification.clone(),
                opened_at: at,
                due_at: *due_at,
                against,
            });
        }
        Change::DisputeWindowClosed { dropped, .. } => {
            state.evidence.retain(|document| !dropped.contains(&document.id));
            if let Some(rejected) = &mut state.rejection {
                rejected.window_closed = true;
            }
        }
        Change::Challenged { by, products } => {
            state.challenged_by.insert(by.clone());
            for product in products {
                if !state.challenged_products.contains(product) {
                    state.challenged_products.push(product.clone());
                }
            }
        }
        Change::Erased { .. } => state.erased_at = Some(at),
        Change::Created { .. }
        | Change::Commented { .. }
        | Change::Noted { .. }
        | Change::Breached { .. }
        | Change::Escalated { .. }
        | Change::Reminded { .. } => {}
    }
}

/// A rejection: of an approved claim it also ends the consent and recalls what was sent to assessment (D8, D15).
fn reject(state: &mut ClaimState, event: &Event, rejection: &Rejection, dispute_until: Option<Instant>) {
    let ended = if rejection.reason == RejectCode::CustomerDecline {
        ConsentState::Denied
    } else {
        ConsentState::Ended
    };
    if let Some(consent) = state.consents.last_mut().filter(|consent| consent.ended_at.is_none()) {
        consent.ended_at = Some(event.at);
        consent.ended_because = Some(rejection.reason);
        if consent.state.is_open() {
            consent.state = ended;
        }
        if consent.state == ConsentState::Denied {
            consent.note.clone_from(&rejection.note);
        }
    }
    let withdrawn = rejection.reason == RejectCode::PartnerRequest;
    settle(&mut state.dispute, if withdrawn { DisputeState::Withdrawn } else { DisputeState::Refused });
    say(state, event, AssessmentState::Recalled);
    state.status = Status::Rejected;
    state.action_request = None;
    state.rejection = Some(Rejected {
        rejection: rejection.clone(),
        rejected_at: event.at,
        rejected_by: event.actor.clone(),
        dispute_until,
        window_closed: false,
    });
}

/// Makes the event's message the newest one to assessment, if there is an earlier one to amend or recall.
fn say(state: &mut ClaimState, event: &Event, what: AssessmentState) {
    if let Some(earlier) = state.assessment.take() {
        state.assessment = Some(if earlier.state == AssessmentState::Recalled {
            earlier
        } else {
            Assessment {
                state: what,
                message_id: first_effect(event),
                follows: Some(earlier.message_id),
                sent_at: None,
            }
        });
    }
}

fn settle(dispute: &mut Option<Dispute>, result: DisputeState) {
    if let Some(open) = dispute.as_mut().filter(|dispute| dispute.state == DisputeState::Open) {
        open.state = result;
    }
}

fn consent(state: &mut ClaimState, approval: u64) -> Option<&mut Consent> {
    state.consents.iter_mut().find(|consent| consent.approval == approval)
}
