//! What can be asked of a claim.

use crate::bound::Daily;
use crate::claim::{Details, Product, Verdict};
use crate::content::Content;
use crate::ids::{ClaimId, CommentId, ContactRef, EffectId, EvidenceId, PartnerId, Sha256};
use crate::mailbox::Whose;
use crate::reason::{ActionReason, RejectCode, WithdrawCause};

/// A command, with the ids of everything that it creates: the domain makes none up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin a claim (R6).
    Create {
        /// Its id.
        id: ClaimId,
        /// Whose it is.
        partner: PartnerId,
        /// What it claims, already checked by [`crate::draft::Draft`].
        details: Details,
        /// The claim that it is made from, if from one.
        from: Option<ClaimId>,
    },
    /// Replace the details; the new ones are the present ones merged with a patch (R24).
    Edit {
        /// The details after the edit, already checked.
        details: Details,
    },
    /// Give up a claim that was never submitted (D8).
    Discard,
    /// Ask to upload a document.
    RequestUpload {
        /// Its id.
        evidence: EvidenceId,
        /// What will be uploaded.
        upload: Upload,
    },
    /// Say that a document was uploaded.
    CompleteUpload {
        /// The document.
        evidence: EvidenceId,
        /// What was found in its place, if anything.
        found: Option<UploadedFile>,
    },
    /// Record what the scanner found in a document.
    RecordVerdict {
        /// The document.
        evidence: EvidenceId,
        /// What it found.
        verdict: Verdict,
    },
    /// Submit, or resubmit (R7, R9).
    Submit,
    /// Ask for rejection (D8).
    Withdraw {
        /// Why.
        cause: WithdrawCause,
        /// In words.
        note: Option<String>,
    },
    /// Dispute the rejection (R20).
    Dispute {
        /// Why (R21).
        justification: Option<String>,
    },
    /// Send the customer's notice again (D16).
    ResendNotice {
        /// A corrected contact.
        correction: Option<Correction>,
    },
    /// Comment (R25).
    Comment {
        /// The comment's id.
        comment: CommentId,
        /// What is said.
        text: String,
    },
    /// Leave an internal note (D13).
    Note {
        /// The note's id.
        comment: CommentId,
        /// What is said.
        text: String,
    },
    /// Begin a review, or take an unassigned one (R8, D17).
    StartReview,
    /// Give a claim back (D17).
    Release,
    /// Take a claim over (D17).
    TakeOver,
    /// Ask the partner for more (R9, R17, R19).
    RequestAction {
        /// Why.
        reasons: Vec<ActionReason>,
        /// Products to remove.
        remove_products: Vec<Product>,
    },
    /// Approve (R10).
    Approve {
        /// Whether the reviewer says that the contact is the customer's, though its address does not tell (D16).
        confirm_contact: bool,
    },
    /// Reject (R11, R18).
    Reject {
        /// Why.
        reason: RejectCode,
        /// In words.
        note: Option<String>,
    },
    /// End the association for some products of an approved claim (D15).
    EndAssociation {
        /// The products.
        products: Vec<Product>,
        /// Why.
        reason: String,
    },
    /// Deny the association (R15, D9).
    Deny {
        /// The approval that the link is bound to.
        approval: u64,
        /// Why, in the customer's words.
        note: Option<String>,
    },
    /// Apply the clocks that are due, and nothing else (I3).
    ApplyDue,
    /// Record that the email service accepted a notice (D16).
    RecordNotified {
        /// The version of the approving event.
        approval: u64,
        /// The notice.
        notice: EffectId,
    },
    /// Record that a notice bounced or was refused for good (D16).
    RecordNoticeFailed {
        /// The version of the approving event.
        approval: u64,
        /// The notice.
        notice: EffectId,
        /// What the email service said.
        why: String,
        /// Whether it was given up before the email service took it, so that an operator may have it tried again.
        parked: bool,
    },
    /// Record what the email service said about a notice after accepting it (D16).
    RecordFeedback {
        /// The version of the approving event.
        approval: u64,
        /// The notice.
        notice: EffectId,
        /// What it said.
        feedback: Feedback,
    },
    /// Record that an email to the partner was not delivered (D18).
    RecordEmailBounced {
        /// The email.
        email: EffectId,
        /// The contact that it was sent to.
        contact: ContactRef,
        /// What it was about, in a few words.
        what: String,
        /// What the email service said.
        why: String,
        /// Whether the service gave up for a reason that may pass.
        passing: bool,
    },
    /// Record that the queue accepted a message to assessment (R14).
    RecordAssessmentSent {
        /// The message.
        message_id: EffectId,
        /// What it said.
        state: crate::claim::AssessmentState,
    },
    /// Record that a claim of another organisation contests what this one holds (D26).
    RecordChallenge {
        /// The other claim.
        by: ClaimId,
        /// The products, as this claim names them.
        products: Vec<Product>,
    },
}

/// What the email service says about an email after accepting it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feedback {
    /// It will never arrive.
    Failed {
        /// Why, in words that name nobody.
        why: String,
    },
    /// The email service gave up delivering it, for a reason that may pass.
    SoftBounced {
        /// Why, in words that name nobody.
        why: String,
    },
    /// It arrived, and the customer reported it as unwanted.
    Complained,
}

/// A document that will be uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its name.
    pub file_name: String,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// The SHA-256 of its content.
    pub sha256: Sha256,
}

/// How a document is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Announcement {
    /// It will be uploaded.
    Upload(Upload),
    /// It is a copy of one that another claim of the organisation has.
    Copy(Source),
}

/// A document of another claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The claim.
    pub claim: ClaimId,
    /// The document.
    pub evidence: EvidenceId,
}

/// What was found at the place of a document that was to be uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedFile {
    /// Its length in bytes.
    pub size: u64,
    /// The SHA-256 of its content, if the bucket knows it.
    pub sha256: Option<Sha256>,
    /// What its content is.
    pub content: Content,
    /// Whether documents that are uploaded there are scanned for malware.
    pub scanned: bool,
}

/// A corrected contact of the customer, and whose its address is (D16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The contact.
    pub contact: ContactRef,
    /// Whose its address is, as the reviewer approved the customer and its contact.
    pub whose: Whose,
}

impl Command {
    /// The details whose association records must be read before deciding (D15): the claim's own, or those that the
    /// command gives it.
    pub fn wants<'a>(&'a self, claim: &'a crate::claim::Claim) -> Option<&'a Details> {
        match self {
            Self::Submit | Self::Approve { .. } => Some(&claim.details),
            Self::Edit { details }
                if claim.submitted_at.is_some() && claim.details.products != details.products =>
            {
                Some(details)
            }
            _ => None,
        }
    }

    /// What it counts as, of what an organisation may do only so often in a day (D19).
    pub fn daily(&self) -> Option<Daily> {
        match self {
            Self::Create { .. } => Some(Daily::Claims),
            Self::RequestUpload { .. } => Some(Daily::Uploads),
            _ => None,
        }
    }

    /// The command's name, for logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Edit { .. } => "edit",
            Self::Discard => "discard",
            Self::RequestUpload { .. } => "requestUpload",
            Self::CompleteUpload { .. } => "completeUpload",
            Self::RecordVerdict { .. } => "recordVerdict",
            Self::Submit => "submit",
            Self::Withdraw { .. } => "withdraw",
            Self::Dispute { .. } => "dispute",
            Self::ResendNotice { .. } => "resendNotice",
            Self::Comment { .. } => "comment",
            Self::Note { .. } => "note",
            Self::StartReview => "startReview",
            Self::Release => "release",
            Self::TakeOver => "takeOver",
            Self::RequestAction { .. } => "requestAction",
            Self::Approve { .. } => "approve",
            Self::Reject { .. } => "reject",
            Self::EndAssociation { .. } => "endAssociation",
            Self::Deny { .. } => "deny",
            Self::ApplyDue => "applyDue",
            Self::RecordNotified { .. } => "recordNotified",
            Self::RecordNoticeFailed { .. } => "recordNoticeFailed",
            Self::RecordFeedback { .. } => "recordFeedback",
            Self::RecordEmailBounced { .. } => "recordEmailBounced",
            Self::RecordAssessmentSent { .. } => "recordAssessmentSent",
            Self::RecordChallenge { .. } => "recordChallenge",
        }
    }
}
