//! What the program writes to people: who gets an email, what every email says of its claim, and each email's content
//! (D18).

use serde::{Deserialize, Serialize};

use crate::calendar::Instant;
use crate::claim::{ClaimedProduct, Product, Verdict};
use crate::clock::ClockName;
use crate::event::Late;
use crate::ids::{ClaimId, ContactRef, MpnId, PartnerId};
use crate::reason::{ActionReason, Rejection};

/// The recipient of an email.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "camelCase")]
pub enum Recipient {
    /// The partner's contact in the claim.
    Partner {
        /// The contact.
        contact: ContactRef,
    },
    /// The review lead, whose address is configuration.
    Lead,
}

/// What every email says about its claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// The claim's id.
    pub claim_id: ClaimId,
    /// Its name.
    pub name: String,
    /// The partner organisation.
    pub partner_id: PartnerId,
    /// Its display name (D21).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_name: Option<String>,
    /// Its location.
    pub mpn_id: MpnId,
    /// The customer's name.
    pub customer: String,
    /// The claimed products, by name.
    pub products: Vec<String>,
    /// The program's zone, in which emails write instants.
    pub time_zone: String,
}

/// The content of an email (D18).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum EmailContent {
    /// The claim was received, and is expected to be reviewed by then (R7).
    Received {
        /// When the review is expected to begin; during a dispute, when the answer is.
        due_at: Option<Instant>,
        /// Whether it is a resubmission.
        again: bool,
    },
    /// The reviewer needs more (R9).
    ActionRequired {
        /// Why.
        reasons: Vec<ActionReason>,
        /// Products to remove (R19).
        remove_products: Vec<Product>,
        /// Until when.
        due_at: Instant,
    },
    /// The claim was approved, which says nothing about earnings (R4).
    Approved,
    /// The claim was rejected: where to see why, and how and until when to dispute (R22).
    Rejected {
        /// Why.
        rejection: Rejection,
        /// Until when it can be disputed.
        dispute_until: Option<Instant>,
    },
    /// The dispute was decided (R23).
    DisputeResult {
        /// Whether the claim is approved now.
        accepted: bool,
        /// Why not.
        rejection: Option<Rejection>,
    },
    /// The customer's notice could not be delivered; correct the address and send it again (D16).
    NoticeBounced {
        /// What the email service said.
        why: String,
        /// Until when a corrected address is expected; emails from before there was such a period do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_at: Option<Instant>,
    },
    /// To the lead: after the consent period had passed, it was heard that a notice was not delivered (D16).
    NoticeBouncedLate {
        /// What the email service said.
        why: String,
    },
    /// The email service gave up delivering the customer's notice for a reason that may pass (D16).
    NoticeSoftBounced {
        /// What the email service said.
        why: String,
    },
    /// To the lead: the customer reported the notice as unwanted (D16).
    NoticeComplained,
    /// The dispute was received, and is answered by then (R23).
    DisputeReceived {
        /// Until when.
        due_at: Instant,
    },
    /// The consent period passed, and the claim was sent to incentive assessment (R4, R14).
    HandedOff,
    /// A document cannot be used: a threat was found in it, or it could not be scanned.
    DocumentUnusable {
        /// The document's name.
        file_name: String,
        /// What was found.
        verdict: Verdict,
    },
    /// To the lead: an email to the partner was not delivered, and the partner may not know what it said.
    PartnerEmailBounced {
        /// What it was about, in a few words.
        what: String,
        /// What the email service said.
        why: String,
        /// When the partner's answer is due, if one is.
        answer_due: Option<Instant>,
        /// Whether the email service gave up for a reason that may pass.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        passing: bool,
    },
    /// The association was ended for some or all products (D15).
    AssociationEnded {
        /// Which products.
        products: Vec<Product>,
        /// Why.
        reason: String,
        /// Whether the claim is rejected by it.
        rejected: bool,
        /// Until when that can be disputed.
        dispute_until: Option<Instant>,
    },
    /// Another organisation claims what the claim holds; newer proof can be added (D26).
    Challenged {
        /// Which products.
        products: Vec<Product>,
    },
    /// A reviewer commented (R25).
    Comment {
        /// Who.
        author: String,
        /// What was said.
        text: String,
    },
    /// The partner's answer is due on the next business day.
    AnswerDue {
        /// When exactly.
        due_at: Instant,
    },
    /// Subscriptions of the claim's products end soon: what continues after that can be claimed again (D27).
    EndsSoon {
        /// Which products, each with its end.
        products: Vec<ClaimedProduct>,
    },
    /// To the lead: reviewers missed a period (D5).
    Breached {
        /// Which.
        clock: ClockName,
        /// Its end.
        due_at: Instant,
        /// Who is assigned.
        assigned_to: Option<String>,
    },
    /// To the lead: reviewers are still late (D5).
    Escalated {
        /// What they have missed and not yet done.
        late: Vec<Late>,
        /// Who is assigned.
        assigned_to: Option<String>,
    },
}

impl EmailContent {
    /// What the email is about, in a few words that name nobody.
    pub fn subject_matter(&self) -> &'static str {
        match self {
            Self::Received { .. } => "that the claim was received",
            Self::ActionRequired { .. } => "the request for action",
            Self::Approved => "the approval",
            Self::Rejected { .. } => "the rejection",
            Self::DisputeReceived { .. } => "that the dispute was received",
            Self::DisputeResult { .. } => "the result of the dispute",
            Self::HandedOff => "the hand-off to incentive assessment",
            Self::DocumentUnusable { .. } => "a document that cannot be used",
            Self::NoticeBounced { .. } | Self::NoticeBouncedLate { .. } | Self::NoticeSoftBounced { .. } => {
                "the customer's notice, which was not delivered"
            }
            Self::NoticeComplained => "the customer's complaint",
            Self::PartnerEmailBounced { .. } => "an email to the partner, which was not delivered",
            Self::AssociationEnded { .. } => "the end of the association",
            Self::Challenged { .. } => "that another organisation claims what this claim holds",
            Self::Comment { .. } => "a reviewer's comment",
            Self::AnswerDue { .. } => "that the answer is due on the next business day",
            Self::EndsSoon { .. } => "the end of a product's subscription",
            Self::Breached { .. } | Self::Escalated { .. } => "a missed period",
        }
    }
}
