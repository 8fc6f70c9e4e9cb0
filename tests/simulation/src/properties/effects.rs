//! I5: what must follow from an event does follow, once, and whatever is given up says so.

use std::collections::BTreeMap;

use claim_domain::claim::Status;
use claim_domain::effect::{Effect, Recipient};
use claim_domain::event::Change;
use claim_domain::ids::{ClaimId, EffectId};
use claim_store::Outcome;
use sha2::{Digest, Sha256};

use super::Property;
use crate::engine::TaskId;
use crate::model::{effect_id, read};
use crate::services::mailer::Mail;
use crate::state::State;
use crate::table::{Key, Record};

/// [`Property::EffectsStored`]: an event arms the timers of the clocks that it starts, tells the people whom D18 names,
/// and hands over what assessment is to know.
pub(crate) fn effects_are_right(state: &mut State, claim: &ClaimId, version: u64) {
    let Some(known) = state.model.claims.get(claim) else { return };
    let Some(committed) = known.event(version) else { return };
    let armed = known.clocks.armed().filter(|(_, armed)| armed.generation == version && armed.is_ticking());
    let missing = armed
        .filter(|(name, armed)| {
            !committed.effects.iter().any(|effect| {
                matches!(effect, Effect::ArmTimer { clock, generation, due_at }
                    if clock == name && *generation == version && due_at.timestamp_millis() == armed.due)
            })
        })
        .map(|(name, _)| name.as_str())
        .next();
    let count =
        |wanted: fn(&Effect) -> bool| committed.effects.iter().filter(|effect| wanted(effect)).count();
    let told = [
        count(|effect| matches!(effect, Effect::SendEmail { to: Recipient::Partner { .. }, .. })),
        count(|effect| matches!(effect, Effect::SendEmail { to: Recipient::Lead, .. })),
        count(|effect| matches!(effect, Effect::NotifyCustomer { .. })),
    ];
    // D18: how many mails go to the partner, the lead and the customer.
    let to_tell = match &committed.event.change {
        Change::Approved => [1, 0, 1],
        Change::NoticeResent { .. } => [0, 0, 1],
        Change::Submitted { .. }
        | Change::ActionRequested { .. }
        | Change::Rejected { .. }
        | Change::ProductsRemoved { .. }
        | Change::AssociationEnded { .. }
        | Change::Reminded { late: false, .. } => [1, 0, 0],
        Change::Commented { .. } if committed.event.actor.role.is_reviewer() => [1, 0, 0],
        Change::Breached { .. } => [0, 1, 0],
        Change::NoticeFailed { suspends: true, .. } => [1, 1, 0],
        Change::NoticeComplained { .. } if known.claim.status == Status::Approved => [0, 1, 0],
        _ => [0, 0, 0],
    };
    let name = super::commits::name_of(&committed.event);
    if let Some(clock) = missing {
        state
            .violated(Property::EffectsStored, format!("{claim}/{version} {name} arms no timer for {clock}"));
    } else if told != to_tell {
        let what =
            format!("{claim}/{version} {name} tells partner, lead and customer {told:?}, not {to_tell:?}");
        state.violated(Property::EffectsStored, what);
    }
}

/// [`Property::DoneIsDone`]: what becomes done was done, and what is settled stays so. [`Property::Replay`]: the event
/// itself is never changed.
pub(crate) fn outbox_is_written(state: &mut State, task: TaskId, record: &Record) {
    let (Some(old), Some(item)) = (&record.old, &record.new) else {
        return state.violated(Property::Replay, format!("{} was removed", record.key.partition));
    };
    if ["event", "effects"].iter().any(|name| old.get(*name) != item.get(*name)) {
        state.violated(Property::Replay, format!("{}/{} was changed", record.key.partition, record.key.sort));
    }
    let outcomes: BTreeMap<String, Outcome> = read(item, "outcomes").unwrap_or_default();
    for (place, outcome) in outcomes {
        let Some(id) = place.parse().ok().and_then(|index| effect_id(&record.key, index)) else { continue };
        let before = state.model.outcomes.insert(id.clone(), outcome.clone());
        if before.as_ref() == Some(&outcome) {
            continue;
        }
        if matches!(outcome, Outcome::Leased { .. }) {
            state.model.leases.entry(id.clone()).or_default().insert(task);
        }
        state.note("outcome", task as u64, || format!("#{task} {id} {outcome:?}"));
        if matches!(before, Some(Outcome::Done { .. })) {
            state.violated(Property::DoneIsDone, format!("{id} was done, and then {outcome:?}"));
        }
        if matches!(outcome, Outcome::Done { .. }) && !was_done(state, &id) {
            state.violated(Property::DoneIsDone, format!("{id} is marked as done, but was not"));
        }
    }
}

/// Whether an effect was carried out, or is no longer wanted.
fn was_done(state: &State, id: &EffectId) -> bool {
    let Some((known, committed, effect)) = state.model.effect(id) else { return false };
    let is_mailed = || state.mails.iter().any(|mail| mail.effect == *id);
    match effect {
        Effect::SendEmail { .. } => is_mailed(),
        Effect::NotifyCustomer { approval, .. } => {
            let is_wanted = known.claim.status == Status::Approved
                && known.claim.consent_to(*approval).is_some_and(|consent| consent.state.is_open());
            let failed = known.events.iter().any(
                |committed| matches!(&committed.event.change, Change::NoticeFailed { notice, .. } if notice == id),
            );
            is_mailed() || !is_wanted || failed
        }
        Effect::SendToAssessment { .. } => {
            let id = id.to_string();
            state.messages.log.iter().any(|message| message.id == id)
        }
        Effect::ArmTimer { clock, generation, .. } => state.schedules.log.contains_key(&format!(
            "{}-{}-{generation}",
            clock.as_str(),
            committed.event.claim
        )),
        // One that is armed late is an orphan then, and harmless (I4).
        Effect::DisarmTimer { clock, generation } => state.schedules.deleted.contains(&format!(
            "{}-{}-{generation}",
            clock.as_str(),
            committed.event.claim
        )),
        Effect::DeleteFiles { evidence } => evidence
            .iter()
            .all(|document| state.objects.is_gone(&format!("claims/{}/{document}", committed.event.claim))),
    }
}

/// Whether an invocation ever held the lease on an effect.
fn held(state: &State, id: &EffectId, task: TaskId) -> bool {
    state.model.leases.get(id).is_some_and(|tasks| tasks.contains(&task))
}

/// [`Property::OneAtATime`] and [`Property::LinkKept`]: a mail is sent by who has the lease, and again only if the one
/// before was cut off.
pub(crate) fn mail_is_accepted(state: &mut State, mail: &Mail) {
    if !held(state, &mail.effect, mail.sender) {
        state.violated(
            Property::OneAtATime,
            format!("#{} sent {} without the lease", mail.sender, mail.effect),
        );
    }
    let earlier: Vec<_> = state.mails.iter().filter(|sent| sent.effect == mail.effect).cloned().collect();
    for sent in earlier {
        state.model.emails_sent_again += 1;
        if !was_cut_off(state, &mail.effect, sent.sender, sent.heard) {
            let what = format!("#{} sent the mail {} though #{} had", mail.sender, mail.effect, sent.sender);
            state.violated(Property::OneAtATime, what);
        }
    }
    let Some(token) = &mail.token else { return };
    let hash: String = Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let key = |hash: &str| Key { partition: format!("CONSENT#{hash}"), sort: "CONSENT".to_owned() };
    let kept = state.table.item(&key(&hash)).and_then(|item| read::<ClaimId>(item, "claim"));
    if kept.as_ref() != Some(&mail.claim) || state.table.item(&key(token)).is_some() {
        state.violated(Property::LinkKept, format!("the link of {} is not kept by its hash", mail.effect));
    }
}

/// [`Property::OneAtATime`]: a message is sent again only if it is not known to have been sent, or by who sends the one
/// that follows it and cannot know yet (I6).
pub(crate) fn message_is_sent(state: &mut State, id: &EffectId, task: TaskId, heard: bool) {
    let earlier = state.model.messages.get(id).cloned().unwrap_or_default();
    for (sender, heard) in earlier {
        let both_held = held(state, id, task) && held(state, id, sender);
        if both_held && !was_cut_off(state, id, sender, heard) {
            state.violated(
                Property::OneAtATime,
                format!("#{task} sent the message {id} though #{sender} had"),
            );
        }
    }
    state.model.messages.entry(id.clone()).or_default().push((task, heard));
}

/// Whether whoever carried out an effect did not get to hear of it, was killed, or could not write it down.
fn was_cut_off(state: &State, id: &EffectId, sender: TaskId, heard: bool) -> bool {
    let Some(invocation) = state.invocations.get(&sender) else { return true };
    let done = matches!(state.model.outcomes.get(id), Some(Outcome::Done { .. }));
    !heard || invocation.killed || invocation.ended.is_some() && !done
}

/// [`Property::LinkKept`]: what is kept of a link is a hash in hexadecimal digits.
pub(crate) fn link_is_kept(state: &mut State, record: &Record) {
    let kept = record.key.partition.trim_start_matches("CONSENT#");
    if kept.len() != 64 || !kept.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        state.violated(Property::LinkKept, "a link is kept by something else than its hash");
    }
}
