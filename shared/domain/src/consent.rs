//! The customer's consent to one approval (R13 to R15, D9, D16).

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::calendar::Instant;
use crate::command::Feedback;
use crate::ids::{ContactRef, EffectId, MpnId};
use crate::reason::RejectCode;

use crate::claim::Product;

/// How often the notice of one approval is sent again without a failure (D16).
pub(crate) const MAX_RESENDS: usize = 5;
/// How long after such a resend the next one is possible (D16).
const BETWEEN_RESENDS: TimeDelta = TimeDelta::hours(24);

/// The customer's consent to one approval (R13 to R15, D9, D16).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consent {
    /// The version of the approving event.
    pub approval: u64,
    /// When the claim was approved.
    pub approved_at: Instant,
    /// The partner's location at the time: the customer's page is about this approval, whatever changes later (D9).
    pub mpn_id: MpnId,
    /// The approved products, without those whose association has ended since.
    pub products: Vec<Product>,
    /// The customer's contact whom the reviewer approved; corrections are measured by its address (D16).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactRef>,
    /// How it stands.
    pub state: ConsentState,
    /// The newest notice of this approval, sent or still to be sent.
    pub notice: EffectId,
    /// When the email service accepted the notice that started the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notified_at: Option<Instant>,
    /// The end of the period, once it has started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Instant>,
    /// When the end of the period was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_at: Option<Instant>,
    /// When the customer denied, or the approval ended otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
    /// The reason of the rejection that ended it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_because: Option<RejectCode>,
    /// Why the customer denied, in its own words: its receipt repeats them whatever becomes of the claim (R15, D22).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The notices that the email service accepted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub accepted: BTreeSet<EffectId>,
    /// The notices that never arrived, so that a failure reported twice is recorded once.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub failed: BTreeSet<EffectId>,
    /// The notices that could not be sent and were given up: an operator may have one tried again, which counts like a
    /// notice sent again (D16).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub parked: BTreeSet<EffectId>,
    /// The notices whose delivery the email service gave up though it may succeed later, each recorded once.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub soft_bounced: BTreeSet<EffectId>,
    /// The notices that the customer reported as unwanted, each recorded once.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub complained: BTreeSet<EffectId>,
    /// When a notice was sent again though none had failed: once in 24 hours, five times in all (D16).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resends: Vec<Instant>,
}

/// For how long a link is known after the approval that it is about has ended, or its period has passed (D22), whichever
/// comes first.
pub(crate) const LINK_KNOWN: TimeDelta = TimeDelta::days(90);

impl Consent {
    /// Whether a link to this approval is still known at `now` (D9, D22).
    pub fn is_link_known(&self, now: Instant) -> bool {
        // What was handed off may end years later: its link is not known again then.
        let over = self.passed_at.or(self.ended_at);
        over.is_none_or(|over| now < over + LINK_KNOWN)
    }

    /// Whether this feedback on the notice is recorded already.
    pub fn has_heard(&self, notice: &EffectId, feedback: &Feedback) -> bool {
        match feedback {
            Feedback::Failed { .. } => self.failed.contains(notice),
            Feedback::SoftBounced { .. } => self.soft_bounced.contains(notice),
            Feedback::Complained => self.complained.contains(notice),
        }
    }

    /// Whether the period, as it stands, is suspended by the failure of this notice (D16): no accepted notice is left
    /// that has not failed. While a notice is on its way, only its own failure suspends.
    pub fn is_suspended_by_failure_of(&self, notice: &EffectId) -> bool {
        match self.state {
            ConsentState::AwaitingNotice => self.notice == *notice,
            ConsentState::Open => {
                let stands = |accepted: &EffectId| accepted != notice && !self.failed.contains(accepted);
                match self.accepted.is_empty() {
                    // Claims from when acceptances were not remembered: the newest notice counts as the accepted one.
                    true => !stands(&self.notice),
                    false => !self.accepted.iter().any(stands),
                }
            }
            _ => false,
        }
    }

    /// Whether the period starts when the email service has accepted this notice (D16): no other accepted notice
    /// stands, and this one has not failed meanwhile.
    pub fn starts_with(&self, notice: &EffectId) -> bool {
        matches!(self.state, ConsentState::AwaitingNotice | ConsentState::Suspended)
            && !self.failed.contains(notice)
    }

    /// From when on the notice can be sent again though none has failed (D16).
    pub fn resend_possible_from(&self) -> Option<Instant> {
        self.resends.last().map(|last| *last + BETWEEN_RESENDS)
    }
}

/// The state of the consent to an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum ConsentState {
    /// The notice is on its way; the period has not begun (D16).
    AwaitingNotice,
    /// The customer may deny until `dueAt` (R13).
    Open,
    /// No accepted notice is left that has not failed. Sending it again leads back to `awaitingNotice`, and to a fresh
    /// period (D16).
    Suspended,
    /// The period passed without denial: silence is consent (R13).
    Passed,
    /// The customer denied (R15).
    Denied,
    /// The approval ended otherwise: withdrawn, or its association ended.
    Ended,
}

impl ConsentState {
    /// Whether the customer may still deny (D9).
    pub fn is_open(self) -> bool {
        matches!(self, Self::AwaitingNotice | Self::Open | Self::Suspended)
    }
}
