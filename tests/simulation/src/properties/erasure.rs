//! D22: how long documents, contacts and discarded claims are kept.

use chrono::{Days, Months};
use claim_domain::claim::{Claim, Status};
use claim_domain::clock::ClockName;
use claim_domain::effect::Effect;
use claim_domain::event::Change;
use claim_domain::ids::{ClaimId, EffectId};
use claim_store::Outcome;

use super::{Property, commits};
use crate::engine::Millis;
use crate::machines::RETENTION_MONTHS;
use crate::model::{KnownClaim, event_key, read};
use crate::state::{SimulationState, instant};
use test_support::table::Record;

/// What the contacts of claims are made of, and nothing else is: their names, and the sign in every address.
const OF_A_PERSON: [&str; 3] = ["Carla", "Anna", "@"];

/// Until when a closed claim keeps what it has: a discarded one for 30 days, another one for the program's months, each to
/// the end of the day. `None` if it is not closed.
fn kept_until(state: &SimulationState, known: &KnownClaim) -> Option<Millis> {
    let disputable = known.clocks.get(ClockName::DisputeWindow).is_some();
    if !commits::is_closed(known.claim.status, disputable) {
        return None;
    }
    // Records of deliveries and scans may follow the event that closed the claim (D12).
    let closing = known.events.iter().rev().map(|one| &one.event).find(|event| {
        matches!(
            event.change,
            Change::Discarded { .. }
                | Change::Rejected { .. }
                | Change::AssociationEnded { .. }
                | Change::DisputeWindowClosed { .. }
        )
    })?;
    let calendar = &state.setup.calendar;
    let day = calendar.day_of(closing.at.timestamp_millis());
    let last = match closing.change {
        Change::Discarded { .. } => day + Days::new(30),
        _ => day.checked_add_months(Months::new(RETENTION_MONTHS))?,
    };
    Some(calendar.start_of(last + Days::new(1)))
}

fn is_erased(known: &KnownClaim) -> bool {
    known.events.iter().any(|one| matches!(one.event.change, Change::Erased { .. }))
}

/// When a claim is to be erased, if it is closed and was not yet.
pub(crate) fn due(state: &SimulationState, known: &KnownClaim) -> Option<Millis> {
    kept_until(state, known).filter(|_| !is_erased(known))
}

/// Whether nothing of the claim has to be left: it was discarded, and its days are over.
pub(super) fn is_gone(claim: &Claim) -> bool {
    claim.status == Status::Discarded && claim.erased_at.is_some()
}

/// [`Property::Erased`]: an event that erases a claim comes when its time is over, by the clock of who decided, and no
/// clock of the claim runs then.
pub(crate) fn check_erased_in_time(state: &mut SimulationState, id: &ClaimId) {
    let Some(known) = state.model.claims.get(id) else { return };
    let Some(last) = known.events.last().filter(|one| matches!(one.event.change, Change::Erased { .. }))
    else {
        return;
    };
    let (at, until) = (last.event.at.timestamp_millis(), kept_until(state, known));
    if until.is_none_or(|until| at < until) || known.clocks.armed().next().is_some() {
        let what = format!("{id} was erased at {}, but keeps until {:?}", instant(at), until.map(instant));
        state.violated(Property::Erased, what);
    }
}

/// [`Property::Erased`]: contacts are deleted from claims that were erased, and whole claims if they were discarded.
pub(crate) fn check_deleted(state: &mut SimulationState, record: &Record) {
    let id: Option<ClaimId> = record.key.partition.strip_prefix("CLAIM#").and_then(|id| id.parse().ok());
    let known = id.and_then(|id| state.model.claims.get(&id));
    let is_right = known.is_some_and(|known| {
        let is_contact = record.key.sort.starts_with("CONTACT#");
        is_erased(known) && (is_contact || known.claim.status == Status::Discarded)
    });
    if !is_right {
        let what = format!("{}/{} was deleted", record.key.partition, record.key.sort);
        state.violated(Property::Erased, what);
    }
}

/// [`Property::Erased`]: at rest every closed claim was erased, and of a discarded one nothing at all is left. Other
/// claims have their contacts. Nowhere but in a contact's own item does anything say who a contact is: so a claim without
/// contacts says nothing of a person.
pub(super) fn check_erased(state: &mut SimulationState) {
    let finding = state.model.claims.iter().find_map(|(id, known)| {
        let problem = left(state, id, known)?;
        Some(format!("{id} {problem}"))
    });
    if let Some(what) = finding.or_else(|| tells_of_a_person(state)) {
        state.violated(Property::Erased, what);
    }
}

fn left(state: &SimulationState, id: &ClaimId, known: &KnownClaim) -> Option<&'static str> {
    let partition = format!("CLAIM#{id}");
    let sorts: Vec<String> = state.table.partitions(&partition).filter_map(|item| read(item, "sk")).collect();
    let has_contacts = sorts.iter().any(|sort| sort.starts_with("CONTACT#"));
    if kept_until(state, known).is_none() {
        return (!has_contacts).then_some("is not closed, and has lost its contacts");
    }
    if !is_erased(known) {
        return Some("is closed, and was never erased");
    }
    if is_given_up(state, id, known) {
        return None;
    }
    if has_contacts {
        return Some("was erased, and still has contacts");
    }
    (is_gone(&known.claim) && !sorts.is_empty()).then_some("was discarded, and is still there")
}

/// Whether the deletion was given up, and an operator has been told or has dealt with it.
fn is_given_up(state: &SimulationState, id: &ClaimId, known: &KnownClaim) -> bool {
    known.events.iter().any(|one| {
        let version = one.event.version;
        one.effects.iter().enumerate().any(|(index, effect)| {
            let outcome = state.model.outcomes.get(&EffectId::new(id, version, index));
            matches!(effect, Effect::EraseContacts | Effect::DeleteClaim { .. })
                && matches!(outcome, Some(Outcome::Parked { .. } | Outcome::Settled { .. }))
                && state.table.item(&event_key(id, version)).is_some()
        })
    })
}

/// What tells who a contact is, and is no contact's own item.
fn tells_of_a_person(state: &SimulationState) -> Option<String> {
    let tells = |text: &str| OF_A_PERSON.iter().any(|word| text.contains(word));
    let place = |item| Some((read::<String>(item, "pk")?, read::<String>(item, "sk")?));
    let mut items = state.table.items().filter_map(|item| Some((place(item)?, item)));
    let item = items.find(|((_, sort), item)| !sort.starts_with("CONTACT#") && tells(&format!("{item:?}")));
    if let Some(((partition, sort), _)) = item {
        return Some(format!("{partition}/{sort} tells of a person"));
    }
    let message = state.messages.log.iter().find(|message| tells(&message.body.to_string()));
    message.map(|message| format!("the message {} tells of a person", message.id))
}
