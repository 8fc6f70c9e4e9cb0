//! The customer's consent to one approval (R13 to R15, D9, D16).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::calendar::Instant;
use crate::command::Feedback;
use crate::ids::{EffectId, MpnId};
use crate::reason::RejectCode;

use crate::claim::Product;

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
    /// The notices that never arrived, so that a failure reported twice is recorded once.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub failed: BTreeSet<EffectId>,
    /// The notices that the customer reported as unwanted, each recorded once.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub complained: BTreeSet<EffectId>,
}

impl Consent {
    /// Whether this feedback on the notice is recorded already.
    pub fn has_heard(&self, notice: &EffectId, feedback: &Feedback) -> bool {
        match feedback {
            Feedback::Failed { .. } => self.failed.contains(notice),
            Feedback::Complained => self.complained.contains(notice),
        }
    }
}

/// The state of the consent to an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConsentState {
    /// The notice is on its way; the period has not begun (D16).
    AwaitingNotice,
    /// The customer may deny until `dueAt` (R13).
    Open,
    /// The newest notice bounced or was refused. Sending it again leads back to `AwaitingNotice`, and to a fresh period
    /// (D16).
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
