//! D16: no hand-off without a notice.

use claim_domain::command::Feedback;
use claim_domain::effect::Effect;
use claim_domain::event::Change;
use claim_domain::ids::ClaimId;
use feedback::{Heard, MailEvent};

use super::Property;
use crate::model::CommittedEvent;
use crate::state::State;
use crate::work::Invocation;

/// [`Property::Notified`]: the customer counts as notified by a notice that the mail service accepted.
pub(crate) fn customer_was_notified(state: &mut State, claim: &ClaimId, version: u64) {
    let Some(committed) = state.model.claims.get(claim).and_then(|known| known.event(version)) else {
        return;
    };
    if let Change::CustomerNotified { notice, .. } = &committed.event.change
        && !state.mails.iter().any(|mail| mail.effect == *notice)
    {
        state.violated(Property::Notified, format!("{claim}/{version} without a notice"));
    }
}

/// [`Property::Heard`]: what the mail service says for good of a notice stands in the history when it was handled, and was
/// recorded by feedback once at most, however often it is said; what it says of other mails does not stand there.
///
/// That a notice never arrived may stand there once more, by dispatch: its first mail bounced and nobody knew that it had
/// been sent, so that it was sent again and refused. The mark of an effect and its event are one transaction (I5), and the
/// second event starts nothing.
pub(crate) fn feedback_was_handled(state: &mut State, event: &MailEvent, heard: Result<Heard, ()>) {
    let (Ok(heard), Some(mail)) = (heard, event.effect()) else { return };
    let Some((known, _, effect)) = state.model.effect(&mail) else { return };
    let feedback = event.feedback();
    let says = |change: &Change| match (change, &feedback) {
        (Change::NoticeFailed { notice, .. }, Some(Feedback::Failed { .. }))
        | (Change::NoticeComplained { notice, .. }, Some(Feedback::Complained)) => *notice == mail,
        _ => false,
    };
    let said: Vec<_> = known.events.iter().filter(|committed| says(&committed.event.change)).collect();
    let by = |committed: &CommittedEvent| state.invocations.get(&committed.by).map(Invocation::function);
    let times = said.iter().filter(|committed| by(committed) == Some("feedback")).count();
    // Each function says so once: feedback, and dispatch of a mail that was refused.
    let stands = (1..=2).contains(&said.len()) && times <= 1 && said.len() - times <= 1;
    let is_right = match (effect, &feedback) {
        (_, None) => said.is_empty() && heard == Heard::Passing,
        (Effect::NotifyCustomer { .. }, Some(_)) => stands && matches!(heard, Heard::Recorded | Heard::Known),
        (_, Some(_)) => said.is_empty() && heard == Heard::NoNotice,
    };
    if !is_right {
        let what = format!(
            "what was said of {mail} is {heard:?}, and stands {} times in the history, {times} times by feedback",
            said.len()
        );
        state.violated(Property::Heard, what);
    }
}
