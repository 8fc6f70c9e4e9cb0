//! D16: a claim is handed to assessment only if the customer was notified.

use claim_domain::command::Feedback;
use claim_domain::effect::{Effect, Recipient};
use claim_domain::event::Change;
use claim_domain::ids::{ClaimId, EffectId};
use feedback::{Heard, MailEvent};

use super::Property;
use crate::invocation::Invocation;
use crate::model::CommittedEvent;
use crate::setup::{ORGANISATIONS, PARTNER_NAMES};
use crate::state::SimulationState;

/// [`Property::Notified`]: the customer counts as notified only by a notice that the email service accepted, and the
/// period passes only if one was accepted of which nobody has heard that it never arrived.
pub(crate) fn check_customer_notified(state: &mut SimulationState, claim: &ClaimId, version: u64) {
    let Some(committed) = state.model.claims.get(claim).and_then(|known| known.event(version)) else {
        return;
    };
    if let Change::CustomerNotified { notice, .. } = &committed.event.change
        && !state.emails.iter().any(|email| email.effect == *notice)
    {
        return state.violated(Property::Notified, format!("{claim}/{version} without a notice"));
    }
    if matches!(committed.event.change, Change::ConsentPassed { .. }) && !has_notice_that_stands(state, claim)
    {
        state.violated(Property::Notified, format!("{claim}/{version} passes, though no notice arrived"));
    }
}

/// [`Property::NoticeNamesPartner`]: the subject and the text of the customer's notice say who claims to have helped, by
/// the name that its customers know.
pub(crate) fn check_names(state: &mut SimulationState, effect: &EffectId, subject: &str, text: &str) {
    let Some((known, _, Effect::NotifyCustomer { .. })) = state.model.effect(effect) else { return };
    let organisation = known.claim.partner.as_str();
    let named = ORGANISATIONS.iter().zip(PARTNER_NAMES).find(|(id, _)| **id == organisation);
    let is_named = named.is_some_and(|(_, name)| subject.contains(name) && text.contains(name));
    if !is_named {
        let what = format!("{effect} is about {organisation}, and its subject says {subject:?}");
        state.violated(Property::NoticeNamesPartner, what);
    }
}

/// [`Property::NoticeRecorded`]: after feedback has handled a final report about a notice, the report is in the history
/// of the claim. Feedback has recorded it at most once, however often it was reported. An email to
/// the partner that was not delivered is in the history as well (D18); reports about other emails are not recorded.
///
/// The failure of a notice may be recorded once more, by dispatch: if the first email bounced and its sender was cut
/// off, it was sent again and may then have been refused. An effect is marked in the same transaction as its event
/// (I5), and the second event starts nothing. A notice that was given up before it was accepted is another matter: the
/// history says so each time, as an operator may have it tried again.
pub(crate) fn check_handled_feedback(
    state: &mut SimulationState,
    event: &MailEvent,
    result: Result<Heard, ()>,
) {
    let (Ok(heard), Some(email)) = (result, event.effect()) else { return };
    let Some((known, _, effect)) = state.model.effect(&email) else { return };
    let feedback = event.feedback();
    let is_report = |change: &Change| match (change, &feedback) {
        (Change::NoticeFailed { notice, parked: false, .. }, Some(Feedback::Failed { .. }))
        | (Change::NoticeSoftBounced { notice, .. }, Some(Feedback::SoftBounced { .. }))
        | (Change::EmailBounced { email: notice, passing: false, .. }, Some(Feedback::Failed { .. }))
        | (Change::EmailBounced { email: notice, passing: true, .. }, Some(Feedback::SoftBounced { .. }))
        | (Change::NoticeComplained { notice, .. }, Some(Feedback::Complained)) => *notice == email,
        _ => false,
    };
    let recorded: Vec<_> =
        known.events.iter().filter(|committed| is_report(&committed.event.change)).collect();
    let by = |committed: &CommittedEvent| state.invocations.get(&committed.by).map(Invocation::function);
    let times = recorded.iter().filter(|committed| by(committed) == Some("feedback")).count();
    // Each function records it at most once: feedback, and dispatch for an email that was refused.
    let is_recorded = (1..=2).contains(&recorded.len()) && times <= 1 && recorded.len() - times <= 1;
    let is_right = match (effect, &feedback) {
        (_, None) => recorded.is_empty() && heard == Heard::Passing,
        (Effect::NotifyCustomer { .. }, Some(_)) => {
            is_recorded && matches!(heard, Heard::Recorded | Heard::Known)
        }
        // D18: an email to the partner that was not delivered is recorded once, whichever way it was said first.
        (
            Effect::SendEmail { to: Recipient::Partner { .. }, .. },
            Some(Feedback::Failed { .. } | Feedback::SoftBounced { .. }),
        ) => {
            let bounced = known.events.iter().filter(
                |committed| matches!(&committed.event.change, Change::EmailBounced { email: of, .. } if *of == email),
            );
            bounced.count() == 1 && matches!(heard, Heard::Recorded | Heard::Known)
        }
        (_, Some(_)) => recorded.is_empty() && heard == Heard::NoNotice,
    };
    if !is_right {
        let what = format!(
            "the report about {email} is {heard:?}, and was recorded {} times, {times} times by feedback",
            recorded.len()
        );
        state.violated(Property::NoticeRecorded, what);
    }
}

/// Whether the newest approval of a claim has a notice that was accepted and has not failed, by the history alone.
fn has_notice_that_stands(state: &SimulationState, claim: &ClaimId) -> bool {
    let Some(known) = state.model.claims.get(claim) else { return false };
    let since_approval = known
        .events
        .iter()
        .rev()
        .take_while(|committed| !matches!(committed.event.change, Change::Approved { .. }));
    let changes: Vec<_> = since_approval.map(|committed| &committed.event.change).collect();
    let has_failed = |wanted: &EffectId| {
        changes.iter().any(
            |change| matches!(change, Change::NoticeFailed { notice, parked: false, .. } if notice == wanted),
        )
    };
    changes
        .iter()
        .any(|change| matches!(change, Change::CustomerNotified { notice, .. } if !has_failed(notice)))
}
