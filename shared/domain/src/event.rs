//! What has happened to a claim: its history, from which it can be rebuilt (I2, R26).

use serde::{Deserialize, Serialize};

use crate::calendar::Instant;
use crate::claim::{AssessmentState, Details, DropReason, Evidence, Product, Verdict};
use crate::clock::{ClockChange, ClockName};
use crate::ids::{ClaimId, CommandId, CommentId, ContactRef, EffectId, EvidenceId, PartnerId};
use crate::people::Actor;
use crate::reason::{ActionReason, Rejection};

pub use crate::field::{Changed, FieldChange};

/// One event of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The number of the stored form (I2).
    pub schema: u32,
    /// Whose event it is.
    pub claim: ClaimId,
    /// Its number in the claim's history, from 1 on (I2).
    pub version: u64,
    /// When: never before the previous event (I9).
    pub at: Instant,
    /// The command that caused it.
    pub command: CommandId,
    /// Who.
    pub actor: Actor,
    /// The display name of the partner organisation that the actor acts for (D21).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_name: Option<String>,
    /// What.
    pub change: Change,
    /// What it does to the clocks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<ClockChange>,
    /// If it closes the claim: until when the claim keeps its files and contacts (D22).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_until: Option<Instant>,
}

/// What an event changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Change {
    /// The partner began the claim (R6).
    Created {
        /// Whose claim it is.
        partner: PartnerId,
        /// What it claims.
        details: Details,
        /// The claim that it was made from, if from one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<ClaimId>,
    },
    /// The partner changed fields (R24).
    Edited {
        /// Each changed field with its old and new value (R26).
        fields: Vec<FieldChange>,
        /// The mark of D15, where products changed after submission.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contested: Option<bool>,
        /// Whom that contests (D26).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        holders: Vec<HeldBy>,
    },
    /// The partner asked to upload a document.
    UploadRequested {
        /// The document.
        evidence: Evidence,
    },
    /// A document was found complete.
    EvidenceAdded {
        /// The document.
        evidence: EvidenceId,
        /// Whether a scanner looks at it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        scanned: bool,
    },
    /// Announced documents left the claim without having been completed; what was uploaded is deleted (D20).
    UploadsDropped {
        /// The documents.
        evidence: Vec<EvidenceId>,
        /// Why.
        why: DropReason,
    },
    /// A scanner has looked at a document, or could not. The verdict says whether the document can be read and whether
    /// it counts. It changes no status; the partner gets an email if the document cannot be used (D18).
    EvidenceScanned {
        /// The document.
        evidence: EvidenceId,
        /// What was found.
        verdict: Verdict,
    },
    /// The partner gave up the claim before submitting it (D8).
    Discarded {
        /// Until when it can be read.
        readable_until: Instant,
    },
    /// The partner submitted, or resubmitted, the claim (R7, R9).
    Submitted {
        /// Whether it is a resubmission.
        again: bool,
        /// The mark of D15.
        contested: bool,
        /// Whom the claim contests (D26).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        holders: Vec<HeldBy>,
    },
    /// The claim's partner is told that a claim of another organisation contests what this one holds (D26). From now on it
    /// can add newer proof.
    Challenged {
        /// The other claim, of which only reviewers hear.
        by: ClaimId,
        /// The products that both claim, as this claim names them.
        products: Vec<Product>,
    },
    /// A reviewer began the review (R8).
    ReviewStarted,
    /// A reviewer took an unassigned claim that is under review (D17).
    Assigned,
    /// The assigned reviewer gave the claim back (D17).
    Released,
    /// The lead took the claim over (D17).
    TakenOver,
    /// The reviewer asked for more (R9).
    ActionRequested {
        /// Why (R17).
        reasons: Vec<ActionReason>,
        /// Products to remove (R19).
        remove_products: Vec<Product>,
        /// When the answer is due.
        due_at: Instant,
    },
    /// The reviewer approved (R10).
    Approved {
        /// Whether the reviewer said that the contact is the customer's, though its address does not tell (D16).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        contact_confirmed: bool,
    },
    /// The claim was rejected: by a reviewer, the customer or the partner, or because no answer came (R11).
    Rejected {
        /// Why.
        rejection: Rejection,
        /// Until when it can be disputed, if it can (R20).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dispute_until: Option<Instant>,
        /// The clock that rejected it, where one did (I3).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expired: Option<ClockName>,
        /// The missed due instant of that clock.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_at: Option<Instant>,
    },
    /// A reviewer ended the association for some of the products, which leave the claim (D15).
    ProductsRemoved {
        /// The products.
        products: Vec<Product>,
        /// Why.
        reason: String,
    },
    /// A reviewer ended the association for all products; they stay, and the claim is rejected (D15).
    AssociationEnded {
        /// The rejection, with the reason as its note.
        rejection: Rejection,
        /// Until when it can be disputed, if it can (R20).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dispute_until: Option<Instant>,
    },
    /// Somebody commented (R25).
    Commented {
        /// The comment's id.
        comment: CommentId,
        /// What was said.
        text: String,
    },
    /// A reviewer left an internal note, which no partner ever sees (D13).
    Noted {
        /// The note's id.
        comment: CommentId,
        /// What was said.
        text: String,
    },
    /// The email service accepted the customer's notice (D16).
    CustomerNotified {
        /// The version of the approving event.
        approval: u64,
        /// The notice.
        notice: EffectId,
        /// The end of the consent period that this starts, if it starts one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_at: Option<Instant>,
    },
    /// A notice bounced, or the email service refused it for good (D16).
    NoticeFailed {
        /// The version of the approving event.
        approval: u64,
        /// The notice.
        notice: EffectId,
        /// What the email service said.
        why: String,
        /// Whether this suspends the consent period: no accepted notice is left that has not failed.
        suspends: bool,
        /// Whether it was given up before the email service took it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        parked: bool,
    },
    /// The email service gave up delivering a notice, for a reason that may pass (D16). It suspends nothing.
    NoticeSoftBounced {
        /// The version of the approving event.
        approval: u64,
        /// The notice.
        notice: EffectId,
        /// What the email service said.
        why: String,
    },
    /// The customer reported a notice as unwanted, which proves that it arrived (D16). It changes neither status nor
    /// clock: only the link denies (D9).
    NoticeComplained {
        /// The version of the approving event.
        approval: u64,
        /// The notice.
        notice: EffectId,
    },
    /// An email to the partner was not delivered (D18). For good, it marks the contact until that is edited.
    EmailBounced {
        /// The email.
        email: EffectId,
        /// The contact that it was sent to.
        contact: ContactRef,
        /// What it was about, in a few words.
        what: String,
        /// What the email service said.
        why: String,
        /// Whether the service gave up for a reason that may pass.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        passing: bool,
    },
    /// A new notice was asked for, with a corrected address if given (D16).
    NoticeResent {
        /// The version of the approving event.
        approval: u64,
        /// The corrected contact, old and new.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contact: Option<Changed<ContactRef>>,
        /// Whether the corrected address lies outside the customer's domains.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        outside_domain: bool,
    },
    /// The consent period passed without denial (R14).
    ConsentPassed {
        /// The end of the period.
        due_at: Instant,
    },
    /// The queue accepted a message to incentive assessment (R14).
    AssessmentSent {
        /// What it says.
        state: AssessmentState,
        /// Its id.
        message_id: EffectId,
    },
    /// The partner disputes the rejection (R20).
    Disputed {
        /// Why (R21).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        justification: Option<String>,
        /// The documents that join the claim with it (R24).
        evidence: Vec<EvidenceId>,
        /// Until when reviewers answer (R23).
        due_at: Instant,
    },
    /// The time to dispute is over; documents uploaded for it are dropped (R20, R24).
    DisputeWindowClosed {
        /// The end of the window.
        due_at: Instant,
        /// The dropped documents.
        dropped: Vec<EvidenceId>,
    },
    /// Reviewers missed a period (D5).
    Breached {
        /// Which clock.
        clock: ClockName,
        /// The end of the period.
        due_at: Instant,
    },
    /// Reviewers are still late, and the lead is told again (D5).
    Escalated {
        /// When it was to be told.
        due_at: Instant,
        /// What they have missed and not yet done.
        late: Vec<Late>,
    },
    /// It was time to remind the partner: of the answer due (D18), or of the end of subscriptions (D27).
    Reminded {
        /// By which clock; events from when there was only one do not say.
        #[serde(default = "partner_reminder")]
        clock: ClockName,
        /// When.
        due_at: Instant,
        /// Whether it was too late for a reminder: the answer was due as well, or no subscription ends soon any more.
        late: bool,
    },
    /// The closed claim has kept its files and contacts long enough (D22). What is deleted then follows as effects.
    Erased {
        /// Until when they were to be kept.
        kept_until: Instant,
        /// The documents whose files are deleted.
        evidence: Vec<EvidenceId>,
    },
}

/// A claim of another organisation that holds what a claim wants: it is told of that (D26).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldBy {
    /// The claim.
    pub claim: ClaimId,
    /// The products, as that claim names them.
    pub products: Vec<Product>,
}

/// A promise that reviewers have missed and not yet kept (D5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "MissedPromise"))]
#[serde(rename_all = "camelCase")]
pub struct Late {
    /// Which.
    pub clock: ClockName,
    /// The missed instant.
    pub due_at: Instant,
    /// How many whole business days have passed since then.
    pub business_days: u32,
}

fn partner_reminder() -> ClockName {
    ClockName::PartnerReminder
}

impl Change {
    /// Whether it counts in the claim's revision: it changed something that a caller could overwrite. Comments, notes,
    /// breaches, escalations, verdicts, challenges and records of deliveries do not.
    pub fn counts_as_revision(&self) -> bool {
        match self {
            Self::UploadRequested { .. }
            | Self::UploadsDropped { .. }
            | Self::EvidenceScanned { .. }
            | Self::Commented { .. }
            | Self::Noted { .. }
            | Self::CustomerNotified { .. }
            | Self::NoticeFailed { .. }
            | Self::NoticeSoftBounced { .. }
            | Self::NoticeComplained { .. }
            | Self::EmailBounced { .. }
            | Self::AssessmentSent { .. }
            | Self::Challenged { .. }
            | Self::Breached { .. }
            | Self::Escalated { .. }
            | Self::Reminded { .. } => false,
            Self::Created { .. }
            | Self::Edited { .. }
            | Self::EvidenceAdded { .. }
            | Self::Discarded { .. }
            | Self::Submitted { .. }
            | Self::ReviewStarted
            | Self::Assigned
            | Self::Released
            | Self::TakenOver
            | Self::ActionRequested { .. }
            | Self::Approved { .. }
            | Self::Rejected { .. }
            | Self::ProductsRemoved { .. }
            | Self::AssociationEnded { .. }
            | Self::NoticeResent { .. }
            | Self::ConsentPassed { .. }
            | Self::Disputed { .. }
            | Self::DisputeWindowClosed { .. }
            | Self::Erased { .. } => true,
        }
    }

    /// The clock that was due and when, if a due clock made the change (I3).
    pub fn expiry(&self) -> Option<(ClockName, Instant)> {
        match self {
            Self::Breached { clock, due_at } | Self::Reminded { clock, due_at, .. } => {
                Some((*clock, *due_at))
            }
            Self::Escalated { due_at, .. } => Some((ClockName::Escalation, *due_at)),
            // Older events do not say which clock: only one rejected then.
            Self::Rejected { expired, due_at, .. } => {
                due_at.map(|due_at| (expired.unwrap_or(ClockName::PartnerAnswer), due_at))
            }
            Self::ConsentPassed { due_at } => Some((ClockName::Consent, *due_at)),
            Self::DisputeWindowClosed { due_at, .. } => Some((ClockName::DisputeWindow, *due_at)),
            _ => None,
        }
    }

    /// Whether the partner may see it: everything but internal notes (D13).
    pub fn is_visible_to_partner(&self) -> bool {
        !matches!(self, Self::Noted { .. })
    }
}
