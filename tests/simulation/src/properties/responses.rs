//! The responses to requests, and what was written for them (I3, I7, I8, D11, and §4 of the design).

use claim_domain::claim::{ConsentState, Status};
use claim_domain::event::Change;
use claim_domain::ids::ClaimId;
use claim_domain::people::Role;
use serde_json::Value;

use super::Property;
use crate::engine::{Millis, TaskId};
use crate::model::CommittedEvent;
use crate::people::{Person, ReceivedResponse, SentRequest};
use crate::state::{SimulationState, instant};
use test_support::table::Record;

/// How long a document can be completed after its announcement.
const DAY: Millis = 24 * 3_600_000;
/// How far the clocks of two machines differ at most, twice 90 seconds.
const CLOCKS_DIFFER: Millis = 180_000;
/// How long a response is kept under its key, minus the difference between clocks.
const KEY_LIFETIME: Millis = 48 * 3_600_000 - 120_000;

/// [`Property::ReadsWriteNothing`]: a request that reads does not write.
pub(crate) fn check_write(state: &mut SimulationState, task: TaskId, records: &[Record]) {
    let Some(invocation) = state.invocations.get_mut(&task) else { return };
    invocation.writes += 1;
    if invocation.request().is_some_and(SentRequest::is_read) {
        let keys: Vec<_> = records.iter().map(|record| &record.key.partition).collect();
        let what = format!("#{task} wrote {keys:?}");
        state.violated(Property::ReadsWriteNothing, what);
    }
}

/// [`Property::KeyOnce`] and [`Property::Revision`]: a request is carried out once, and on the revision that it names.
pub(crate) fn check_commit(state: &mut SimulationState, task: TaskId, claim: &ClaimId) {
    let now = state.agenda.now();
    let Some(known) = state.model.claims.get(claim) else { return };
    let Some(last) = known.events.last() else { return };
    let version = last.event.version;
    // Nobody requests that due clocks are applied, or what functions record by themselves.
    if last.event.actor.role == Role::System {
        return;
    }
    let own =
        known.events.iter().rev().take_while(|committed| committed.by == task && committed.at == now).count()
            as u64;
    let before = version - own;
    let previous = known.event(before).map(|committed| committed.revision);
    let Some(invocation) = state.invocations.get_mut(&task) else { return };
    invocation.accepted.push((claim.clone(), version));
    let Some(request) = invocation.request().cloned() else { return };
    if let (Some(wanted), Some(revision)) = (request.if_match, previous)
        && wanted != revision
    {
        let what = format!(
            "{claim}/{version} {} names revision {wanted}, and was carried out on {revision}",
            request.name
        );
        return state.violated(Property::Revision, what);
    }
    let Some(key) = request.key.clone() else { return };
    // A customer is identified by the link, which is in the path.
    let record = (request.person.id(), format!("{} {}", request.method, request.path), key);
    let earlier = state.model.keys.insert(record, now);
    if earlier.is_some_and(|earlier| now - earlier < KEY_LIFETIME) {
        let what = format!("{claim}/{version}: {} under a key that was used before", request.name);
        state.violated(Property::KeyOnce, what);
    }
}

pub(crate) fn check_response(
    state: &mut SimulationState,
    task: TaskId,
    request: &SentRequest,
    response: &ReceivedResponse,
) {
    let finding = failure(state, task, request, response)
        .or_else(|| foreign(state, request, response))
        .or_else(|| answered(state, task, request, response))
        .or_else(|| stale(state, task, request, response))
        .or_else(|| lost_for_dispute(state, task, request, response))
        .or_else(|| overdue(state, task, request, response))
        .or_else(|| otherwise(state, task, request, response))
        .or_else(|| no_page(request, response));
    if let Some((property, what)) = finding {
        state.violated(
            property,
            format!("#{task} {request}: {} {}: {what}", response.status, response.summary()),
        );
    }
}

/// A property that a response violates, and how.
type Finding = Option<(Property, String)>;

/// [`Property::NoFailure`]: a function fails only if one of its calls failed.
fn failure(state: &SimulationState, task: TaskId, _: &SentRequest, response: &ReceivedResponse) -> Finding {
    let faults = state.invocations.get(&task).map_or(0, |invocation| invocation.faults);
    // 503 is a regular response when many requests change one claim at the same time.
    (response.status >= 500 && response.status != 503 && faults == 0)
        .then(|| (Property::NoFailure, "no call had failed".to_owned()))
}

/// [`Property::Foreign`]: a claim of another organisation is neither found nor in a list, and reviewers do not find
/// claims that were never submitted (R2).
fn foreign(state: &SimulationState, request: &SentRequest, response: &ReceivedResponse) -> Finding {
    if let Some(claim) = &request.claim
        && !request.path.starts_with("/v1/consent/")
        && request.path.contains(claim.as_str())
        && let Some(known) = state.model.claims.get(claim)
    {
        let hidden = match request.person {
            Person::Partner(..) => request.person.organisation() != Some(known.claim.partner.as_str()),
            Person::Reviewer(_) | Person::Lead => known.claim.submitted_at.is_none(),
            Person::Customer => false,
        };
        if hidden && !response.asks_to_sign_in() && !matches!(response.status, 404 | 500..) {
            return Some((Property::Foreign, "this person must not know that the claim exists".to_owned()));
        }
    }
    let body = if request.name == "list" && response.status == 200 { response.json() } else { return None };
    let items = body["items"].as_array().cloned().unwrap_or_default();
    let foreign = items.iter().filter_map(|item| item["id"].as_str()?.parse::<ClaimId>().ok()).find(|id| {
        let partner = state.model.claims.get(id).map(|known| known.claim.partner.as_str());
        partner != request.person.organisation()
    });
    foreign.map(|id| (Property::Foreign, format!("the list has {id}")))
}

/// [`Property::AnsweredAsDone`]: a request that is answered as done was carried out by this invocation or by another
/// one under its key, or there was nothing to change. A request that was carried out is not answered as refused.
fn answered(
    state: &SimulationState,
    task: TaskId,
    request: &SentRequest,
    response: &ReceivedResponse,
) -> Finding {
    let invocation = state.invocations.get(&task)?;
    // A webhook is no part of a claim.
    if request.is_read() || request.function() == "webhooks" {
        return None;
    }
    if !invocation.accepted.is_empty() {
        let is_refused = match request.browser {
            Some(_) => !response.says_done(request) && response.status < 500,
            None => (400..500).contains(&response.status),
        };
        return is_refused
            .then(|| (Property::AnsweredAsDone, format!("it was carried out: {:?}", invocation.accepted)));
    }
    if !response.says_done(request) {
        return None;
    }
    let under_key = request.key.as_ref().is_some_and(|key| {
        let record = (request.person.id(), format!("{} {}", request.method, request.path), key.clone());
        state.model.keys.contains_key(&record)
    });
    let claim = request.claim.as_ref().and_then(|claim| state.model.claims.get(claim));
    let was_done_before =
        claim.is_some_and(|known| match request.name {
            "edit" => is_in_response(request, response),
            "complete" => known.claim.evidence.iter().any(|document| {
                document.uploaded_at.is_some() && request.path.contains(document.id.as_str())
            }),
            "deny" => known.claim.consents.iter().any(|consent| consent.state == ConsentState::Denied),
            "discard" => known.claim.status == Status::Discarded,
            _ => false,
        });
    (!under_key && !was_done_before)
        .then(|| (Property::AnsweredAsDone, "it is not in the history of the claim".to_owned()))
}

/// Whether the claim in the response already has the values of the edit.
fn is_in_response(request: &SentRequest, response: &ReceivedResponse) -> bool {
    fn holds(patch: &Value, shown: &Value) -> bool {
        match patch {
            Value::Object(fields) => fields.iter().all(|(name, value)| holds(value, &shown[name])),
            other => other == shown,
        }
    }
    request.body.as_ref().is_none_or(|patch| holds(patch, &response.json()))
}

/// [`Property::Revision`]: a stale revision is reported only if the claim had another one while the request ran, and
/// the ETag is a revision that it had during that time.
fn stale(
    state: &SimulationState,
    task: TaskId,
    request: &SentRequest,
    response: &ReceivedResponse,
) -> Finding {
    let invocation = state.invocations.get(&task)?;
    let known = state.model.claims.get(request.claim.as_ref()?)?;
    let (first, last) = (known.revision_at(invocation.began), known.claim.revision);
    if response.status == 412 && request.if_match == Some(first) && first == last {
        return Some((Property::Revision, format!("the claim is at {last} all the time")));
    }
    let tag = response.revision.filter(|_| response.is_accepted())?;
    (!(first..=last).contains(&tag))
        .then(|| (Property::Revision, format!("the claim went from {first} to {last} meanwhile")))
}

/// [`Property::JoinsDispute`]: while a dispute is open, a document that was announced before it is not refused for the
/// claim's status within its 24 hours.
fn lost_for_dispute(
    state: &SimulationState,
    task: TaskId,
    request: &SentRequest,
    response: &ReceivedResponse,
) -> Finding {
    if request.name != "complete" || response.problem().as_deref() != Some("illegal-state") {
        return None;
    }
    let began = state.invocations.get(&task)?.began;
    let known = state.model.claims.get(request.claim.as_ref()?).filter(|known| known.clocks.in_dispute())?;
    let disputed = |committed: &&CommittedEvent| matches!(committed.event.change, Change::Disputed { .. });
    let disputed = known.events.iter().rev().find(disputed)?;
    let document =
        known.claim.evidence.iter().find(|document| request.path.contains(document.id.as_str()))?;
    let expires = document.requested_at.timestamp_millis() + DAY;
    let is_in_time = expires > state.agenda.now() + CLOCKS_DIFFER;
    let is_earlier = document.requested_at <= disputed.event.at && disputed.at < began;
    (document.uploaded_at.is_none() && is_in_time && is_earlier)
        .then(|| (Property::JoinsDispute, format!("{} was announced before the dispute", document.id)))
}

/// The problems that a decision reports. A decision has applied the due clocks before.
const DECISION_PROBLEMS: [&str; 10] = [
    "illegal-state",
    "not-editable",
    "dispute-over",
    "not-disputable",
    "association-held",
    "evidence-missing",
    "evidence-limit",
    "upload-expired",
    "consent-ended",
    "dispute-empty",
];

/// [`Property::DueFirst`] and [`Property::ReadsAsOf`]: when a decision refuses a request, the due clocks were applied,
/// and a read shows them as applied.
fn overdue(
    state: &SimulationState,
    task: TaskId,
    request: &SentRequest,
    response: &ReceivedResponse,
) -> Finding {
    let invocation = state.invocations.get(&task)?;
    let known = state.model.claims.get(request.claim.as_ref()?)?;
    let began = invocation.began + state.skews[invocation.machine];
    let due_before = |due: Millis| due <= began;
    let page_refuses = request.browser.is_some() && !request.is_read() && response.status == 409;
    let refuses = response.problem().is_some_and(|problem| DECISION_PROBLEMS.contains(&problem.as_str()));
    if page_refuses || refuses {
        let left = known.clocks.armed().find(|(_, armed)| {
            let armed_before =
                known.event(armed.generation).is_some_and(|committed| committed.at < invocation.began);
            armed.is_ticking() && due_before(armed.due) && armed_before
        });
        return left.map(|(clock, armed)| {
            (Property::DueFirst, format!("{} was due at {}", clock.as_str(), instant(armed.due)))
        });
    }
    if request.name != "read" || response.status != 200 {
        return None;
    }
    let shown = response.json();
    let clocks = shown["clocks"].as_array()?;
    let left = clocks.iter().find(|clock| {
        let due = clock["dueAt"].as_str().and_then(|due| chrono::DateTime::parse_from_rfc3339(due).ok());
        clock["breached"] != true
            && clock.get("pausedAt").is_none_or(Value::is_null)
            && due.is_some_and(|due| due_before(due.timestamp_millis()))
    });
    left.map(|clock| (Property::ReadsAsOf, format!("it shows {clock}")))
}

/// [`Property::OneLaw`]: what a page said before the form was sent is what happens, unless something has changed since, or
/// another machine's clock could have told otherwise.
fn otherwise(
    state: &SimulationState,
    task: TaskId,
    request: &SentRequest,
    response: &ReceivedResponse,
) -> Finding {
    let said = request.browser.as_ref()?.said?;
    let accepted = &state.invocations.get(&task)?.accepted;
    let known = state.model.claims.get(request.claim.as_ref()?)?;
    let before = match accepted.iter().map(|(_, version)| *version).min() {
        Some(first) => known.event(first.checked_sub(1)?)?.revision,
        None => known.claim.revision,
    };
    let until = state.agenda.now() + CLOCKS_DIFFER;
    // What a scanner finds is no revision, and takes proof away.
    let is_scanned = known.events.iter().any(|committed| {
        committed.at >= said.at && matches!(committed.event.change, Change::EvidenceScanned { .. })
    });
    let is_due = said.first_due.is_some_and(|due| due < until);
    if known.revision_at(said.at) != before || is_scanned || is_due {
        return None;
    }
    let is_refused = accepted.is_empty() && matches!(response.status, 403 | 409 | 422);
    let is_told_otherwise = match (said.is_possible, request.name) {
        // How often a notice can be sent again depends on the time, and what a dispute needs is typed.
        (_, "resend") | (true, "dispute") => false,
        // Whether a product is free depends on other claims; an approval takes products itself.
        (true, _) => is_refused && state.model.associations_changed < said.at,
        (false, "approve") => false,
        (false, _) => !accepted.is_empty(),
    };
    let possible = if said.is_possible { "possible" } else { "impossible" };
    is_told_otherwise.then(|| (Property::OneLaw, format!("the page had said that it is {possible}")))
}

/// [`Property::AnsweredByPage`]: whatever a browser asks for, people see a page, a refusal too.
fn no_page(request: &SentRequest, response: &ReceivedResponse) -> Finding {
    let is_page = response.location.is_some() || response.page().contains("<h1");
    (request.browser.is_some() && !is_page)
        .then(|| (Property::AnsweredByPage, format!("{:.200}", response.page())))
}
