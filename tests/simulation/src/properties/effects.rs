//! I5: each effect of an event is carried out once, and one that is given up raises an alarm.

use std::collections::BTreeMap;

use claim_domain::claim::{Status, Verdict};
use claim_domain::effect::{Effect, Recipient};
use claim_domain::event::Change;
use claim_domain::ids::{ClaimId, EffectId};
use claim_store::Outcome;
use sha2::{Digest, Sha256};

use super::Property;
use crate::engine::TaskId;
use crate::model::{effect_id, read};
use crate::services::Sender;
use crate::services::mailer::AcceptedEmail;
use crate::state::SimulationState;
use test_support::table::{Key, Record};

/// [`Property::EffectsStored`]: an event has the effects that arm the timers of the clocks that it starts, and the
/// emails to the people whom D18 names.
pub(crate) fn check_stored_effects(state: &mut SimulationState, claim: &ClaimId, version: u64) {
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
    let notified = [
        count(|effect| matches!(effect, Effect::SendEmail { to: Recipient::Partner { .. }, .. })),
        count(|effect| matches!(effect, Effect::SendEmail { to: Recipient::Lead, .. })),
        count(|effect| matches!(effect, Effect::NotifyCustomer { .. })),
    ];
    // D18: how many emails go to the partner, the lead and the customer.
    let expected = match &committed.event.change {
        Change::Approved { .. } => [1, 0, 1],
        Change::NoticeResent { .. } => [0, 0, 1],
        Change::Submitted { .. }
        | Change::Disputed { .. }
        | Change::ConsentPassed { .. }
        | Change::ActionRequested { .. }
        | Change::Rejected { .. }
        | Change::ProductsRemoved { .. }
        | Change::AssociationEnded { .. }
        | Change::Challenged { .. }
        | Change::Reminded { late: false, .. } => [1, 0, 0],
        Change::Commented { .. } if committed.event.actor.role.is_reviewer() => [1, 0, 0],
        Change::Breached { .. } | Change::Escalated { .. } | Change::EmailBounced { .. } => [0, 1, 0],
        Change::EvidenceScanned { verdict: Verdict::Infected | Verdict::Unscannable, .. }
            if !known.claim.is_closed() =>
        {
            [1, 0, 0]
        }
        Change::NoticeFailed { suspends: true, .. } => [1, 1, 0],
        Change::NoticeFailed { approval, .. } | Change::NoticeSoftBounced { approval, .. }
            if known.claim.is_handed_off()
                && known.claim.consents.last().is_some_and(|it| it.approval == *approval) =>
        {
            [0, 1, 0]
        }
        Change::NoticeSoftBounced { approval, .. }
            if known.claim.status == Status::Approved
                && known.claim.consents.last().is_some_and(|it| it.approval == *approval) =>
        {
            [1, 1, 0]
        }
        Change::NoticeComplained { .. } if known.claim.status == Status::Approved => [0, 1, 0],
        _ => [0, 0, 0],
    };
    let name = super::commits::event_name(&committed.event);
    if let Some(clock) = missing {
        state
            .violated(Property::EffectsStored, format!("{claim}/{version} {name} arms no timer for {clock}"));
    } else if notified != expected {
        let what = format!(
            "{claim}/{version} {name} has {notified:?} emails to partner, lead and customer, not {expected:?}"
        );
        state.violated(Property::EffectsStored, what);
    }
}

/// [`Property::DoneIsDone`]: an effect that is marked as done was carried out, and stays done. [`Property::Replay`]:
/// the event itself never changes.
pub(crate) fn check_written_outbox(state: &mut SimulationState, task: TaskId, record: &Record) {
    let (Some(old), Some(item)) = (&record.old, &record.new) else {
        return state.violated(Property::Replay, format!("{} was removed", record.key.partition));
    };
    if ["event", "effects"].iter().any(|name| old.get(*name) != item.get(*name)) {
        state.violated(Property::Replay, format!("{}/{} was changed", record.key.partition, record.key.sort));
    }
    let outcomes: BTreeMap<String, Outcome> = read(item, "outcomes").unwrap_or_default();
    for (index, outcome) in outcomes {
        let Some(id) = index.parse().ok().and_then(|index| effect_id(&record.key, index)) else { continue };
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
        if matches!(outcome, Outcome::Done { .. }) && !was_done(state, task, &id) {
            state.violated(Property::DoneIsDone, format!("{id} is marked as done, but was not"));
        }
    }
}

/// Whether an effect was carried out, or is no longer needed.
fn was_done(state: &SimulationState, task: TaskId, id: &EffectId) -> bool {
    let Some((known, committed, effect)) = state.model.effect(id) else { return false };
    let is_accepted = || state.emails.iter().any(|email| email.effect == *id);
    match effect {
        // An erased contact gets no email (D22).
        Effect::SendEmail { .. } => is_accepted() || known.claim.erased_at.is_some(),
        Effect::EraseContacts | Effect::DeleteClaim { .. } => {
            let partition = format!("CLAIM#{}", known.claim.id);
            let sorts = state.table.partitions(&partition).filter_map(|item| read::<String>(item, "sk"));
            !sorts.into_iter().any(|sort| sort.starts_with("CONTACT#"))
        }
        Effect::NotifyCustomer { approval, .. } => {
            let is_wanted = known.claim.status == Status::Approved
                && known.claim.consent_to(*approval).is_some_and(|consent| consent.state.is_open());
            let failed = known.events.iter().any(
                |committed| matches!(&committed.event.change, Change::NoticeFailed { notice, .. } if notice == id),
            );
            is_accepted() || !is_wanted || failed
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
        // A timer that is created after its deletion is harmless (I4).
        Effect::DisarmTimer { clock, generation } => state.schedules.deleted.contains(&format!(
            "{}-{}-{generation}",
            clock.as_str(),
            committed.event.claim
        )),
        Effect::DeleteFiles { evidence } => evidence
            .iter()
            .all(|document| state.objects.is_gone(&format!("claims/{}/{document}", committed.event.claim))),
        Effect::TellHolder { holder, products } => {
            super::challenges::was_told(state, task, &committed.event.claim, holder, products)
        }
        Effect::Publish { .. } => super::changes::has_number(state, known, committed),
    }
}

/// Whether an invocation ever held the lease on an effect.
fn held_lease(state: &SimulationState, id: &EffectId, task: TaskId) -> bool {
    state.model.leases.get(id).is_some_and(|tasks| tasks.contains(&task))
}

/// [`Property::OneAtATime`] and [`Property::LinkKept`]: the sender of an email holds the lease, and sends the email
/// again only if the sender before was cut off.
pub(crate) fn check_accepted_email(state: &mut SimulationState, email: &AcceptedEmail) {
    if !held_lease(state, &email.effect, email.sender) {
        state.violated(
            Property::OneAtATime,
            format!("#{} sent {} without the lease", email.sender, email.effect),
        );
    }
    let earlier: Vec<_> = state.emails.iter().filter(|sent| sent.effect == email.effect).cloned().collect();
    for sent in earlier {
        state.model.emails_sent_again += 1;
        if !was_cut_off(state, &email.effect, sent.sender, sent.acknowledged) {
            let what = format!(
                "#{} sent the email {} though #{} had sent it",
                email.sender, email.effect, sent.sender
            );
            state.violated(Property::OneAtATime, what);
        }
    }
    let Some(token) = &email.token else { return };
    let hash: String = Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let key = |hash: &str| Key { partition: format!("CONSENT#{hash}"), sort: "CONSENT".to_owned() };
    let kept = state.table.item(&key(&hash)).and_then(|item| read::<ClaimId>(item, "claim"));
    if kept.as_ref() != Some(&email.claim) || state.table.item(&key(token)).is_some() {
        state.violated(Property::LinkKept, format!("the link of {} is not stored by its hash", email.effect));
    }
}

/// [`Property::OneAtATime`]: a message is sent again only if its sender was cut off, or by the sender of the message
/// that follows it, who cannot know that it was sent (I6).
pub(crate) fn check_sent_message(state: &mut SimulationState, id: &EffectId, by: Sender) {
    let earlier = state.model.messages.get(id).cloned().unwrap_or_default();
    for (sender, acknowledged) in earlier {
        let both_held = held_lease(state, id, by.task) && held_lease(state, id, sender);
        if both_held && !was_cut_off(state, id, sender, acknowledged) {
            state.violated(
                Property::OneAtATime,
                format!("#{} sent the message {id} though #{sender} had sent it", by.task),
            );
        }
    }
    state.model.messages.entry(id.clone()).or_default().push((by.task, by.acknowledged));
}

/// Whether the invocation that carried out an effect got no answer, was killed, or could not record the outcome.
fn was_cut_off(state: &SimulationState, id: &EffectId, sender: TaskId, acknowledged: bool) -> bool {
    let Some(invocation) = state.invocations.get(&sender) else { return true };
    let done = matches!(state.model.outcomes.get(id), Some(Outcome::Done { .. }));
    !acknowledged || invocation.killed || invocation.ended.is_some() && !done
}

/// [`Property::LinkKept`]: a link is stored as a hash in hexadecimal digits.
pub(crate) fn check_kept_link(state: &mut SimulationState, record: &Record) {
    let kept = record.key.partition.trim_start_matches("CONSENT#");
    if kept.len() != 64 || !kept.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        state.violated(Property::LinkKept, "a link is stored by something other than its hash");
    }
}
