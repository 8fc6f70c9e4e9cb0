//! What callers are answered, and what was written on their behalf (I3, I7, I8, D11, and §4 of the design).

use claim_domain::claim::{ConsentState, Status};
use claim_domain::ids::ClaimId;
use claim_domain::people::Role;
use serde_json::Value;

use super::Property;
use crate::engine::{Millis, TaskId};
use crate::people::{Answer, Asked, Who};
use crate::state::{State, instant};
use crate::table::Record;

/// How long an answer is kept under its key, less what clocks may differ by.
const KEPT: Millis = 48 * 3_600_000 - 120_000;

/// [`Property::ReadsWriteNothing`]: who reads writes nothing.
pub(crate) fn something_was_written(state: &mut State, task: TaskId, records: &[Record]) {
    let Some(invocation) = state.invocations.get_mut(&task) else { return };
    invocation.writes += 1;
    if invocation.asked().is_some_and(Asked::is_read) {
        let keys: Vec<_> = records.iter().map(|record| &record.key.partition).collect();
        let what = format!("#{task} wrote {keys:?}");
        state.violated(Property::ReadsWriteNothing, what);
    }
}

/// [`Property::KeyOnce`] and [`Property::Revision`]: what was committed is what was asked for,
/// once.
pub(crate) fn something_was_committed(state: &mut State, task: TaskId, claim: &ClaimId) {
    let now = state.agenda.now();
    let Some(known) = state.model.claims.get(claim) else { return };
    let Some(last) = known.events.last() else { return };
    let version = last.event.version;
    // Clocks that were due, and what functions record by themselves, are not on a caller's behalf.
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
    let Some(asked) = invocation.asked().cloned() else { return };
    if let (Some(wanted), Some(revision)) = (asked.if_match, previous)
        && wanted != revision
    {
        let what =
            format!("{claim}/{version} {} meant revision {wanted}, and was done on {revision}", asked.what);
        return state.violated(Property::Revision, what);
    }
    let Some(key) = asked.key.clone() else { return };
    // A customer is known by the link, which is in the path.
    let record = (asked.who.id(), format!("{} {}", asked.method, asked.path), key);
    let earlier = state.model.keys.insert(record, now);
    if earlier.is_some_and(|earlier| now - earlier < KEPT) {
        let what = format!("{claim}/{version}: {} under a key that was used", asked.what);
        state.violated(Property::KeyOnce, what);
    }
}

/// What an answer may say.
pub(crate) fn answer_is_right(state: &mut State, task: TaskId, asked: &Asked, answer: &Answer) {
    let fault = failure(state, task, asked, answer)
        .or_else(|| foreign(state, asked, answer))
        .or_else(|| answered(state, task, asked, answer))
        .or_else(|| stale(state, task, asked, answer))
        .or_else(|| overdue(state, task, asked, answer));
    if let Some((property, what)) = fault {
        state.violated(property, format!("#{task} {asked}: {} {}: {what}", answer.status, answer.gist()));
    }
}

type Fault = Option<(Property, String)>;

/// [`Property::NoFailure`]: a function fails only of what it needs.
fn failure(state: &State, task: TaskId, _: &Asked, answer: &Answer) -> Fault {
    let faults = state.invocations.get(&task).map_or(0, |invocation| invocation.faults);
    // Busy is an answer, where many are at one claim.
    (answer.status >= 500 && answer.status != 503 && faults == 0)
        .then(|| (Property::NoFailure, "nothing had failed".to_owned()))
}

/// [`Property::Foreign`]: another organisation's claim is not found, and nobody's list has one; reviewers do not find what
/// was never submitted (R2).
fn foreign(state: &State, asked: &Asked, answer: &Answer) -> Fault {
    if let Some(claim) = &asked.claim
        && !asked.path.starts_with("/v1/consent/")
        && asked.path.contains(claim.as_str())
        && let Some(known) = state.model.claims.get(claim)
    {
        let hidden = match asked.who {
            Who::Partner(..) => asked.who.organisation() != Some(known.claim.partner.as_str()),
            Who::Reviewer(_) | Who::Lead => known.claim.submitted_at.is_none(),
            Who::Customer => false,
        };
        // Who does not say which revision is told so before anything is looked up.
        if hidden && !matches!(answer.status, 404 | 428 | 500..) {
            return Some((Property::Foreign, "it is not theirs to know of".to_owned()));
        }
    }
    let body = if asked.what == "list" && answer.status == 200 { answer.json() } else { return None };
    let items = body["items"].as_array().cloned().unwrap_or_default();
    let foreign = items.iter().filter_map(|item| item["id"].as_str()?.parse::<ClaimId>().ok()).find(|id| {
        let partner = state.model.claims.get(id).map(|known| known.claim.partner.as_str());
        partner != asked.who.organisation()
    });
    foreign.map(|id| (Property::Foreign, format!("the list has {id}")))
}

/// [`Property::Answered`]: what is answered as done is in the history, by this request or by another under its key, or
/// was so already; what was done is not answered as refused.
fn answered(state: &State, task: TaskId, asked: &Asked, answer: &Answer) -> Fault {
    let invocation = state.invocations.get(&task)?;
    if asked.is_read() {
        return None;
    }
    if !invocation.accepted.is_empty() {
        return (400..500)
            .contains(&answer.status)
            .then(|| (Property::Answered, format!("it was done: {:?}", invocation.accepted)));
    }
    if !answer.is_accepted() {
        return None;
    }
    let under_key = asked.key.as_ref().is_some_and(|key| {
        let record = (asked.who.id(), format!("{} {}", asked.method, asked.path), key.clone());
        state.model.keys.contains_key(&record)
    });
    let claim = asked.claim.as_ref().and_then(|claim| state.model.claims.get(claim));
    let was_so = claim.is_some_and(|known| match asked.what {
        "edit" => is_so(asked, answer),
        "complete" => known
            .claim
            .evidence
            .iter()
            .any(|document| document.uploaded_at.is_some() && asked.path.contains(document.id.as_str())),
        "deny" => known.claim.consents.iter().any(|consent| consent.state == ConsentState::Denied),
        "discard" => known.claim.status == Status::Discarded,
        _ => false,
    });
    (!under_key && !was_so).then(|| (Property::Answered, "nothing of it is in the history".to_owned()))
}

/// Whether the claim in the answer has what the edit wants.
fn is_so(asked: &Asked, answer: &Answer) -> bool {
    fn holds(patch: &Value, shown: &Value) -> bool {
        match patch {
            Value::Object(fields) => fields.iter().all(|(name, value)| holds(value, &shown[name])),
            other => other == shown,
        }
    }
    asked.body.as_ref().is_none_or(|patch| holds(patch, &answer.json()))
}

/// [`Property::Revision`]: a stale revision is answered only where the claim was at another while the request ran, and
/// the ETag is a revision that it had then.
fn stale(state: &State, task: TaskId, asked: &Asked, answer: &Answer) -> Fault {
    let invocation = state.invocations.get(&task)?;
    let known = state.model.claims.get(asked.claim.as_ref()?)?;
    let (first, last) = (known.revision_at(invocation.began), known.claim.revision);
    if answer.status == 412 && asked.if_match == Some(first) && first == last {
        return Some((Property::Revision, format!("the claim is at {last} all the time")));
    }
    let tag = answer.revision.filter(|_| answer.is_accepted())?;
    (!(first..=last).contains(&tag))
        .then(|| (Property::Revision, format!("the claim went from {first} to {last} meanwhile")))
}

/// The problems that a decision answers with: it has looked at the clocks before.
const DECIDED: [&str; 10] = [
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

/// [`Property::DueFirst`] and [`Property::ReadsAsOf`]: who is refused by a decision finds what was due committed, and who
/// reads sees it.
fn overdue(state: &State, task: TaskId, asked: &Asked, answer: &Answer) -> Fault {
    let invocation = state.invocations.get(&task)?;
    let known = state.model.claims.get(asked.claim.as_ref()?)?;
    let began = invocation.began + state.skews[invocation.machine];
    let due_before = |due: Millis| due <= began;
    if answer.problem().is_some_and(|problem| DECIDED.contains(&problem.as_str())) {
        let left = known.clocks.armed().find(|(_, armed)| {
            let armed_before =
                known.event(armed.generation).is_some_and(|committed| committed.at < invocation.began);
            armed.is_ticking() && due_before(armed.due) && armed_before
        });
        return left.map(|(clock, armed)| {
            (Property::DueFirst, format!("{} was due at {}", clock.as_str(), instant(armed.due)))
        });
    }
    if asked.what != "read" || answer.status != 200 {
        return None;
    }
    let shown = answer.json();
    let clocks = shown["clocks"].as_array()?;
    let left = clocks.iter().find(|clock| {
        let due = clock["dueAt"].as_str().and_then(|due| chrono::DateTime::parse_from_rfc3339(due).ok());
        clock["breached"] != true
            && clock.get("pausedAt").is_none_or(Value::is_null)
            && due.is_some_and(|due| due_before(due.timestamp_millis()))
    });
    left.map(|clock| (Property::ReadsAsOf, format!("it shows {clock}")))
}
