//! D16: no hand-off without a notice.

use claim_domain::command::Feedback;
use claim_domain::effect::Effect;
use claim_domain::event::Change;
use claim_domain::ids::ClaimId;
use feedback::{Heard, MailEvent};

use super::Property;
use crate::state::State;

/// [`Property::Notified`]: the customer counts as notified by a notice that the mail service accepted.
pub(crate) fn customer_was_notified(state: &mut State, claim: &ClaimId, version: u64) {
    let Some(seen) = state.truth.claims.get(claim).and_then(|known| known.event(version)) else { return };
    if let Change::CustomerNotified { notice, .. } = &seen.event.change
        && !state.mails.iter().any(|mail| mail.effect == *notice)
    {
        state.violated(Property::Notified, format!("{claim}/{version} without a notice"));
    }
}

/// [`Property::Heard`]: what the mail service says for good of a notice stands in the history once when it was handled,
/// however often it is said; what it says of other mails does not.
pub(crate) fn feedback_was_handled(state: &mut State, event: &MailEvent, heard: Result<Heard, ()>) {
    let (Ok(heard), Some(mail)) = (heard, event.effect()) else { return };
    let Some((known, _, effect)) = state.truth.effect(&mail) else { return };
    let feedback = event.feedback();
    let says = |change: &Change| match (change, &feedback) {
        (Change::NoticeFailed { notice, .. }, Some(Feedback::Failed { .. }))
        | (Change::NoticeComplained { notice, .. }, Some(Feedback::Complained)) => *notice == mail,
        _ => false,
    };
    let times = known.events.iter().filter(|seen| says(&seen.event.change)).count();
    let (expected, is_told) = match (effect, &feedback) {
        (_, None) => (0, heard == Heard::Passing),
        (Effect::NotifyCustomer { .. }, Some(_)) => (1, matches!(heard, Heard::Recorded | Heard::Known)),
        (_, Some(_)) => (0, heard == Heard::NoNotice),
    };
    if times != expected || !is_told {
        let what = format!("what was said of {mail} is {heard:?}, and stands {times} times in the history");
        state.violated(Property::Heard, what);
    }
}
