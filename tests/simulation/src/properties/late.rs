//! D5: what is late stays on top of every list, and no email promises what has passed.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{NaiveDateTime, NaiveTime, SecondsFormat};
use claim_domain::calendar::Instant;
use claim_domain::clock::ClockName;
use claim_domain::ids::{ClaimId, EffectId};
use serde_json::Value;

use super::{Property, erasure};
use crate::engine::{Millis, TaskId};
use crate::model::Clocks;
use crate::state::{SimulationState, instant};
use test_support::table::Item;

/// By when somebody is to act on a claim, by the rules: the partner alone while it is asked, otherwise whoever is due
/// first, or was. Nobody waits for a reminder or for an escalation.
fn expected(clocks: &Clocks) -> Option<Millis> {
    if let Some(answer) = clocks.get(ClockName::PartnerAnswer) {
        return Some(answer.due);
    }
    let is_of_a_person = |clock| {
        use ClockName::{Escalation, PartnerReminder, RenewalReminder};
        !matches!(clock, Escalation | PartnerReminder | RenewalReminder)
    };
    clocks
        .armed()
        .filter(|(clock, armed)| is_of_a_person(*clock) && !armed.paused)
        .map(|(_, it)| it.due)
        .min()
}

/// An instant as a sort key of the table.
fn sortable(at: Millis) -> String {
    instant(at).to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// [`Property::OnTop`]: the stored claim is sorted by what people wait for or have missed, its row says since when it is
/// late, and sweep finds it by the clock that is applied next.
pub(crate) fn check_place_in_lists(state: &mut SimulationState, id: &ClaimId, item: &Item) {
    let Some(known) = state.model.claims.get(id) else { return };
    let place = |name: &str| Some(attribute(item, name)?.split('#').next()?.to_owned());
    let expected = expected(&known.clocks);
    let by_rules = expected.map_or_else(|| "9999".to_owned(), sortable);
    let row: Value =
        attribute(item, "listed").and_then(|row| serde_json::from_str(row).ok()).unwrap_or_default();
    let shown = |name: &str| Some(row[name].as_str()?.parse::<Instant>().ok()?.timestamp_millis());
    let missed = known.clocks.armed().filter(|(_, armed)| armed.breached).map(|(_, armed)| armed.due).min();
    // Sweep also looks after documents that expire (D20), and after claims whose retention ends (D22).
    let expiry = known.claim.next_expiry().map(|at| at.timestamp_millis());
    let applied_next = known.clocks.running().chain(expiry).chain(erasure::due(state, known)).min();
    let found = |name: &str| place(name).filter(|place| *place != by_rules);
    let wrong = if let Some(place) = found("partnerDue").or_else(|| found("reviewDue")) {
        Some(format!("is listed at {place}, not at {by_rules}"))
    } else if (shown("nextDueAt"), shown("lateSince")) != (expected, missed) {
        Some(format!("is shown as {row}, but is expected at {expected:?} and late since {missed:?}"))
    } else if place("workAt") != applied_next.map(sortable) {
        Some(format!("is found by sweep at {:?}, but is due at {applied_next:?}", place("workAt")))
    } else {
        None
    };
    if let Some(wrong) = wrong {
        state.violated(Property::OnTop, format!("{id} {wrong}"));
    }
}

fn attribute<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name).and_then(|value: &AttributeValue| value.as_s().ok()).map(String::as_str)
}

/// [`Property::NothingPassedIsPromised`]: each instant before which something is to happen was still ahead when the
/// sender of the email began, unless the email says that it has passed.
pub(crate) fn check_promises(state: &mut SimulationState, sender: TaskId, effect: &EffectId, text: &str) {
    let Some(invocation) = state.invocations.get(&sender) else { return };
    let now = invocation.began + state.skews[invocation.machine];
    let says_so = |line: &str| {
        line.contains("was due")
            || line.contains("were to")
            || line.ends_with("ago.")
            || line.ends_with("just missed.")
    };
    let passed = text
        .lines()
        .filter(|line| !says_so(line))
        .flat_map(|line| line.match_indices("before ").map(|(at, word)| &line[at + word.len()..]))
        .find_map(|promise| {
            let wall = promise.split_once(" (")?.0;
            let wall = NaiveDateTime::parse_from_str(wall, "%A %d %B %Y, %H:%M").ok()?;
            let minutes = wall.time().signed_duration_since(NaiveTime::MIN).num_minutes();
            let at = state.setup.calendar.local(wall.date(), minutes);
            (at <= now).then(|| promise.to_owned())
        });
    if let Some(promise) = passed {
        state.violated(
            Property::NothingPassedIsPromised,
            format!("{effect} promises something before {promise}"),
        );
    }
}
