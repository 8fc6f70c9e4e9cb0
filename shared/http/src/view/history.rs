//! The history: who did what, when, with old and new values (R26).
//!
//! A partner's entries are numbered by what the partner may see, from 1 to n. No entry shows a version, not even inside
//! an id, so that an internal note leaves no gap (D13). Reviewers see versions.

use claim_domain::calendar::Instant;
use claim_domain::claim::Evidence;
use claim_domain::clock::ClockChange;
use claim_domain::event::{Change, Changed, Event, FieldChange};
use claim_domain::ids::{ContactRef, EvidenceId};
use claim_domain::reason::Rejection;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Viewer;
use super::fields::fields;
use claim_store::Contacts;

/// What is shown in place of a contact that was erased (I2).
const ERASED: &str = "erased";

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
pub fn entries(viewer: Viewer, events: &[Event], shown: u64, contacts: &Contacts) -> Vec<Value> {
    let visible = events.iter().filter(|event| is_shown(viewer, event));
    (shown + 1..).zip(visible).map(|(number, event)| entry(viewer, number, event, contacts)).collect()
}

fn entry(viewer: Viewer, number: u64, event: &Event, contacts: &Contacts) -> Value {
    let mut entry = Map::new();
    match viewer {
        Viewer::Partner => entry.insert("number".to_owned(), json!(number)),
        Viewer::Reviewer => entry.insert("version".to_owned(), json!(event.version)),
    };
    entry.insert("at".to_owned(), json!(event.at));
    entry.insert("actor".to_owned(), json!(event.actor));
    if let Some(name) = &event.partner_name {
        entry.insert("partnerName".to_owned(), json!(name));
    }
    let (kind, facts) = change(viewer, &event.change, contacts);
    entry.insert("type".to_owned(), json!(kind));
    if let Value::Object(facts) = facts {
        entry.extend(facts.into_iter().filter(|(_, value)| !value.is_null()));
    }
    let clocks: Vec<_> = event.clocks.iter().map(clock).collect();
    if !clocks.is_empty() {
        entry.insert("clocks".to_owned(), json!(clocks));
    }
    Value::Object(entry)
}

/// What happened: its name and its facts. A fact that is null is left out.
fn change(viewer: Viewer, change: &Change, contacts: &Contacts) -> (&'static str, Value) {
    match change {
        Change::Created { details, .. } => ("created", json!({ "details": fields(details, contacts) })),
        Change::Edited { fields, contested } => {
            let fields: Vec<_> = fields.iter().map(|change| field(change, contacts)).collect();
            ("edited", json!({ "fields": fields, "contested": contested }))
        }
        Change::UploadRequested { evidence } => {
            ("uploadRequested", json!({ "evidence": document(evidence) }))
        }
        Change::EvidenceAdded { evidence, .. } => {
            ("evidenceAdded", json!({ "evidence": { "id": evidence } }))
        }
        Change::UploadsDropped { evidence, why } => {
            ("uploadsDropped", json!({ "dropped": ids(evidence), "why": why }))
        }
        Change::EvidenceScanned { evidence, verdict } => {
            ("evidenceScanned", json!({ "evidence": { "id": evidence }, "verdict": verdict }))
        }
        Change::Discarded { readable_until } => ("discarded", json!({ "readableUntil": readable_until })),
        Change::Submitted { again, contested } => {
            ("submitted", json!({ "again": again, "contested": contested }))
        }
        Change::ReviewStarted => ("reviewStarted", Value::Null),
        Change::Assigned => ("assigned", Value::Null),
        Change::Released => ("released", Value::Null),
        Change::TakenOver => ("takenOver", Value::Null),
        Change::ActionRequested { reasons, remove_products, due_at } => (
            "actionRequested",
            json!({ "reasons": reasons, "removeProducts": remove_products, "dueAt": due_at }),
        ),
        Change::Approved { contact_confirmed } => {
            ("approved", if *contact_confirmed { json!({ "contactConfirmed": true }) } else { Value::Null })
        }
        Change::Rejected { rejection, dispute_until, due_at, .. } => {
            ("rejected", rejected(rejection, *dispute_until, *due_at))
        }
        Change::ProductsRemoved { products, reason } => {
            ("productsRemoved", json!({ "products": products, "reason": reason }))
        }
        Change::AssociationEnded { rejection, dispute_until } => {
            ("associationEnded", rejected(rejection, *dispute_until, None))
        }
        Change::Commented { comment, text } => ("commented", json!({ "comment": comment, "text": text })),
        Change::Noted { comment, text } => ("noted", json!({ "comment": comment, "text": text })),
        Change::CustomerNotified { due_at, .. } => ("customerNotified", json!({ "dueAt": due_at })),
        Change::NoticeFailed { why, suspends, .. } => {
            ("noticeFailed", json!({ "why": why, "suspends": suspends }))
        }
        Change::NoticeSoftBounced { why, .. } => ("noticeSoftBounced", json!({ "why": why })),
        // The email's id holds the version of its event, which would reveal a note by a gap (D13).
        Change::EmailBounced { what, why, passing, .. } => {
            ("emailBounced", json!({ "about": what, "why": why, "passing": passing }))
        }
        Change::NoticeComplained { .. } => ("noticeComplained", Value::Null),
        Change::NoticeResent { contact: changed, .. } => {
            let changed = changed.as_ref().map(|Changed { old, new }| {
                json!({ "old": contact(old, contacts), "new": contact(new, contacts) })
            });
            ("noticeResent", json!({ "contact": changed }))
        }
        Change::ConsentPassed { due_at } => ("consentPassed", json!({ "dueAt": due_at })),
        Change::AssessmentSent { state, message_id } => {
            // The id of a message holds a version.
            let message_id = (viewer == Viewer::Reviewer).then_some(message_id);
            ("assessmentSent", json!({ "state": state, "messageId": message_id }))
        }
        Change::Disputed { justification, evidence, due_at } => (
            "disputed",
            json!({ "justification": justification, "evidence": ids(evidence), "dueAt": due_at }),
        ),
        Change::DisputeWindowClosed { due_at, dropped } => {
            ("disputeWindowClosed", json!({ "dueAt": due_at, "dropped": ids(dropped) }))
        }
        Change::Erased { kept_until, evidence } => {
            ("erased", json!({ "keptUntil": kept_until, "evidence": ids(evidence) }))
        }
        Change::Breached { clock, due_at } => ("breached", json!({ "clock": clock, "dueAt": due_at })),
        Change::Escalated { due_at, late } => ("escalated", json!({ "dueAt": due_at, "late": late })),
        Change::Reminded { due_at, late, .. } => ("reminded", json!({ "dueAt": due_at, "late": late })),
    }
}

fn rejected(rejection: &Rejection, dispute_until: Option<Instant>, due_at: Option<Instant>) -> Value {
    json!({
        "reason": rejection.reason,
        "cause": rejection.cause,
        "note": rejection.note,
        "disputable": rejection.disputable,
        "disputeUntil": dispute_until,
        "dueAt": due_at,
    })
}

fn document(document: &Evidence) -> Value {
    json!({
        "id": document.id,
        "fileName": document.file_name,
        "mediaType": document.media_type,
        "size": document.size,
        "sha256": document.sha256,
    })
}

fn ids(documents: &[EvidenceId]) -> Vec<Value> {
    documents.iter().map(|id| json!({ "id": id })).collect()
}

/// A changed field: its place, and its old and new value.
fn field(change: &FieldChange, contacts: &Contacts) -> Value {
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
            (contact(old, contacts), contact(new, contacts))
        }
        FieldChange::TechnicalContact(Changed { old, new }) => {
            let one = |place: &Option<ContactRef>| {
                place.as_ref().map_or(Value::Null, |place| contact(place, contacts))
            };
            (one(old), one(new))
        }
        FieldChange::Products(change) => both(change),
        FieldChange::CustomerMailDomains(change) => both(change),
        FieldChange::ContactOutsideDomain(change) => both(change),
        FieldChange::RevenueAssociation(change) => both(change),
    };
    json!({ "pointer": change.pointer(), "old": old, "new": new })
}

fn both<T: Serialize>(change: &Changed<T>) -> (Value, Value) {
    (json!(change.old), json!(change.new))
}

fn contact(place: &ContactRef, contacts: &Contacts) -> Value {
    contacts.get(place).map_or_else(|| json!(ERASED), |contact| json!(contact))
}

/// What happened to a clock, without the version that identifies its timer (I4).
fn clock(change: &ClockChange) -> Value {
    match change {
        ClockChange::Armed { clock, due_at, calendar, time_zone, .. } => json!({
            "clock": clock, "change": "armed", "dueAt": due_at, "calendar": calendar, "timeZone": time_zone,
        }),
        ClockChange::Paused { clock, .. } => json!({ "clock": clock, "change": "paused" }),
        ClockChange::Resumed { clock, due_at, calendar, time_zone } => json!({
            "clock": clock, "change": "resumed", "dueAt": due_at, "calendar": calendar, "timeZone": time_zone,
        }),
        ClockChange::Breached { clock } => json!({ "clock": clock, "change": "breached" }),
        ClockChange::Ended { clock, .. } => json!({ "clock": clock, "change": "ended" }),
    }
}
