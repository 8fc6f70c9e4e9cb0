//! The history: who did what, when, with old and new values (R26).
//!
//! A partner's entries are numbered by what the partner may see, from 1 to n. No entry shows a version, not even inside
//! an id, so that an internal note leaves no gap (D13). Reviewers see versions.

use claim_domain::calendar::Instant;
use claim_domain::claim::Evidence;
use claim_domain::clock::{ClockChange, ClockName};
use claim_domain::event::{Change, Changed, Event, FieldChange};
use claim_domain::ids::{ContactRef, EvidenceId};
use claim_domain::reason::Rejection;
use serde::Serialize;
use serde_json::{Value, json};

use super::Viewer;
use super::entry::{
    AnnouncedDocument, ClockEntry, ClockStep, DocumentReference, Erased, FieldEntry, HistoryEntry,
    KnownContact, RejectionFacts, What,
};
use super::fields::fields;
use crate::export::FACTS;
use claim_store::Contacts;

/// The references to all contacts that these events mention.
pub fn references_in(events: &[Event]) -> Vec<ContactRef> {
    let mut places = Vec::new();
    for event in events {
        match &event.change {
            Change::Created { details, .. } => places.extend(details.contacts()),
            Change::NoticeResent { contact: Some(Changed { old, new }), .. } => {
                places.extend([old.clone(), new.clone()]);
            }
            Change::Edited { fields, .. } => {
                for field in fields {
                    match field {
                        FieldChange::CustomerContact(Changed { old, new })
                        | FieldChange::PartnerContact(Changed { old, new }) => {
                            places.extend([old.clone(), new.clone()]);
                        }
                        FieldChange::TechnicalContact(Changed { old, new }) => {
                            places.extend(old.iter().chain(new).cloned());
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    places.sort();
    places.dedup();
    places
}

/// Whether the viewer sees an event: partners see no internal notes (D13).
pub(crate) fn is_shown(viewer: Viewer, event: &Event) -> bool {
    viewer == Viewer::Reviewer || event.change.is_visible_to_partner()
}

/// The entries of a history that the viewer sees, after `shown` earlier ones.
pub fn entries<'a>(
    viewer: Viewer,
    events: &'a [Event],
    shown: u64,
    contacts: &'a Contacts,
) -> Vec<HistoryEntry<'a>> {
    let visible = events.iter().filter(|event| is_shown(viewer, event));
    (shown + 1..).zip(visible).map(|(number, event)| entry(viewer, number, event, contacts)).collect()
}

/// The columns of a history in a CSV file: fields of an entry by their places in JSON, and in the last one the facts of its
/// kind.
pub fn entry_columns(viewer: Viewer) -> &'static [&'static str] {
    const REVIEWER: [&str; 11] = [
        "claim",
        "version",
        "at",
        "type",
        "actor.role",
        "actor.id",
        "actor.name",
        "actor.client",
        "partnerName",
        "clocks",
        FACTS,
    ];
    const PARTNER: [&str; 11] = {
        let mut columns = REVIEWER;
        columns[1] = "number";
        columns
    };
    match viewer {
        Viewer::Partner => &PARTNER,
        Viewer::Reviewer => &REVIEWER,
    }
}

fn entry<'a>(viewer: Viewer, number: u64, event: &'a Event, contacts: &'a Contacts) -> HistoryEntry<'a> {
    HistoryEntry {
        number: (viewer == Viewer::Partner).then_some(number),
        version: (viewer == Viewer::Reviewer).then_some(event.version),
        at: event.at,
        actor: &event.actor,
        partner_name: event.partner_name.as_deref(),
        what: what(viewer, &event.change, contacts),
        clocks: event.clocks.iter().map(clock).collect(),
    }
}

/// What happened, with its facts.
fn what<'a>(viewer: Viewer, change: &'a Change, contacts: &'a Contacts) -> What<'a> {
    match change {
        Change::Created { details, from, .. } => {
            What::Created { details: Box::new(fields(details, contacts)), from: from.as_ref() }
        }
        Change::Edited { fields, contested, .. } => What::Edited {
            fields: fields.iter().map(|change| field(change, contacts)).collect(),
            contested: *contested,
        },
        Change::UploadRequested { evidence } => What::UploadRequested { evidence: document(evidence) },
        Change::EvidenceAdded { evidence, .. } => What::EvidenceAdded { evidence: reference(evidence) },
        Change::UploadsDropped { evidence, why } => {
            What::UploadsDropped { dropped: references(evidence), why: *why }
        }
        Change::EvidenceScanned { evidence, verdict } => {
            What::EvidenceScanned { evidence: reference(evidence), verdict: *verdict }
        }
        Change::Discarded { readable_until } => What::Discarded { readable_until: *readable_until },
        Change::Submitted { again, contested, .. } => {
            What::Submitted { again: *again, contested: *contested }
        }
        Change::ReviewStarted => What::ReviewStarted,
        Change::Assigned => What::Assigned,
        Change::Released => What::Released,
        Change::TakenOver => What::TakenOver,
        Change::ActionRequested { reasons, remove_products, due_at } => {
            What::ActionRequested { reasons, remove_products, due_at: *due_at }
        }
        Change::Approved { contact_confirmed } => What::Approved { contact_confirmed: *contact_confirmed },
        Change::Rejected { rejection, dispute_until, due_at, .. } => {
            What::Rejected(rejected(rejection, *dispute_until, *due_at))
        }
        Change::ProductsRemoved { products, reason } => What::ProductsRemoved { products, reason },
        Change::AssociationEnded { rejection, dispute_until } => {
            What::AssociationEnded(rejected(rejection, *dispute_until, None))
        }
        // The partner is never told by whom (D26).
        Change::Challenged { by, products } => {
            What::Challenged { by: (viewer == Viewer::Reviewer).then_some(by), products }
        }
        Change::Commented { comment, text } => What::Commented { comment, text },
        Change::Noted { comment, text } => What::Noted { comment, text },
        Change::CustomerNotified { due_at, .. } => What::CustomerNotified { due_at: *due_at },
        Change::NoticeFailed { why, suspends, .. } => What::NoticeFailed { why, suspends: *suspends },
        Change::NoticeSoftBounced { why, .. } => What::NoticeSoftBounced { why },
        // The email's id holds the version of its event, which would reveal a note by a gap (D13).
        Change::EmailBounced { what, why, passing, .. } => {
            What::EmailBounced { about: what, why, passing: *passing }
        }
        Change::NoticeComplained { .. } => What::NoticeComplained,
        Change::NoticeResent { contact: changed, .. } => What::NoticeResent {
            contact: changed.as_ref().map(|Changed { old, new }| Changed {
                old: contact(old, contacts),
                new: contact(new, contacts),
            }),
        },
        Change::ConsentPassed { due_at } => What::ConsentPassed { due_at: *due_at },
        Change::AssessmentSent { state, message_id } => What::AssessmentSent {
            state: *state,
            // The id of a message holds a version.
            message_id: (viewer == Viewer::Reviewer).then_some(message_id),
        },
        Change::Disputed { justification, evidence, due_at } => What::Disputed {
            justification: justification.as_deref(),
            evidence: references(evidence),
            due_at: *due_at,
        },
        Change::DisputeWindowClosed { due_at, dropped } => {
            What::DisputeWindowClosed { due_at: *due_at, dropped: references(dropped) }
        }
        Change::Erased { kept_until, evidence } => {
            What::Erased { kept_until: *kept_until, evidence: references(evidence) }
        }
        Change::Breached { clock, due_at } => What::Breached { clock: *clock, due_at: *due_at },
        Change::Escalated { due_at, late } => What::Escalated { due_at: *due_at, late },
        Change::Reminded { clock, due_at, late } => {
            What::Reminded { clock: *clock, due_at: *due_at, late: *late }
        }
    }
}

fn rejected(
    rejection: &Rejection,
    dispute_until: Option<Instant>,
    due_at: Option<Instant>,
) -> RejectionFacts<'_> {
    RejectionFacts {
        reason: rejection.reason,
        cause: rejection.cause,
        note: rejection.note.as_deref(),
        disputable: rejection.disputable,
        dispute_until,
        due_at,
    }
}

fn document(document: &Evidence) -> AnnouncedDocument<'_> {
    AnnouncedDocument {
        id: &document.id,
        file_name: &document.file_name,
        media_type: &document.media_type,
        size: document.size,
        sha256: &document.sha256,
    }
}

fn reference(id: &EvidenceId) -> DocumentReference<'_> {
    DocumentReference { id }
}

fn references(documents: &[EvidenceId]) -> Vec<DocumentReference<'_>> {
    documents.iter().map(reference).collect()
}

/// A changed field: its place, and its old and new value.
fn field(change: &FieldChange, contacts: &Contacts) -> FieldEntry {
    let (old, new) = match change {
        FieldChange::Name(change) => both(change),
        FieldChange::MpnId(change) => both(change),
        FieldChange::SolutionArea(change) => both(change),
        FieldChange::Activities(change) => both(change),
        FieldChange::CustomerTenantId(change) => both(change),
        FieldChange::CustomerDomain(change) => both(change),
        FieldChange::CustomerName(change) => both(change),
        FieldChange::CustomerContact(Changed { old, new })
        | FieldChange::PartnerContact(Changed { old, new }) => {
            (json!(contact(old, contacts)), json!(contact(new, contacts)))
        }
        FieldChange::TechnicalContact(Changed { old, new }) => {
            let one =
                |place: &Option<ContactRef>| json!(place.as_ref().map(|place| contact(place, contacts)));
            (one(old), one(new))
        }
        FieldChange::Products(change) => both(change),
        FieldChange::CustomerMailDomains(change) => both(change),
        FieldChange::ContactOutsideDomain(change) => both(change),
        FieldChange::RevenueAssociation(change) => both(change),
    };
    FieldEntry { pointer: change.pointer(), old, new }
}

fn both<T: Serialize>(change: &Changed<T>) -> (Value, Value) {
    (json!(change.old), json!(change.new))
}

fn contact<'a>(place: &ContactRef, contacts: &'a Contacts) -> KnownContact<'a> {
    contacts.get(place).map_or(KnownContact::Erased(Erased::Erased), KnownContact::Known)
}

/// What happened to a clock, without the version that identifies its timer (I4).
fn clock(change: &ClockChange) -> ClockEntry<'_> {
    let entry = |clock: &ClockName, change| ClockEntry {
        clock: *clock,
        change,
        due_at: None,
        calendar: None,
        time_zone: None,
    };
    match change {
        ClockChange::Armed { clock, due_at, calendar, time_zone, .. } => ClockEntry {
            due_at: Some(*due_at),
            calendar: Some(calendar),
            time_zone: Some(time_zone),
            ..entry(clock, ClockStep::Armed)
        },
        ClockChange::Paused { clock, .. } => entry(clock, ClockStep::Paused),
        ClockChange::Resumed { clock, due_at, calendar, time_zone } => ClockEntry {
            due_at: Some(*due_at),
            calendar: calendar.as_deref(),
            time_zone: time_zone.as_deref(),
            ..entry(clock, ClockStep::Resumed)
        },
        ClockChange::Breached { clock } => entry(clock, ClockStep::Breached),
        ClockChange::Ended { clock, .. } => entry(clock, ClockStep::Ended),
    }
}
