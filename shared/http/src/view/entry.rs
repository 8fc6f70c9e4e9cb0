//! The entries of a history: what is told of each event.

use claim_domain::calendar::Instant;
use claim_domain::claim::{AssessmentState, DropReason, Product, Verdict};
use claim_domain::clock::ClockName;
use claim_domain::draft::Contact;
use claim_domain::event::{Changed, Late};
use claim_domain::ids::{ClaimId, CommentId, EffectId, EvidenceId, Sha256};
use claim_domain::people::Actor;
use claim_domain::reason::{ActionReason, RejectCode, WithdrawCause};
use serde::Serialize;
use serde_json::Value;

use super::fields::Fields;

/// An entry of a claim's history: who did what, and when (R26). Later versions may add kinds of entry.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry<'a> {
    /// Partners only: its number among the entries that a partner sees, from 1 on without gaps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<u64>,
    /// Reviewers only: the version of the claim that it led to, internal notes counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<u64>,
    /// When it happened; never before the entry that precedes it.
    pub(super) at: Instant,
    /// Who did it.
    pub(super) actor: &'a Actor,
    /// The display name of the partner organisation that the actor acts for, if its tokens have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) partner_name: Option<&'a str>,
    #[serde(flatten)]
    pub(super) what: What<'a>,
    /// What it did to the clocks; left out if nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) clocks: Vec<ClockEntry<'a>>,
}

/// What happened, with its facts. A fact that is not known is left out.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum What<'a> {
    /// The partner began the claim.
    Created {
        /// What it claimed then.
        details: Box<Fields<'a>>,
        /// The claim that it was made from, if from one.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<&'a ClaimId>,
    },
    /// The partner changed fields.
    Edited {
        /// Each changed field, with its old and its new value.
        fields: Vec<FieldEntry>,
        /// Whether another claim held what it wants, where its products changed after submission.
        #[serde(skip_serializing_if = "Option::is_none")]
        contested: Option<bool>,
    },
    /// The partner announced a document, to be uploaded.
    UploadRequested {
        /// The document.
        evidence: AnnouncedDocument<'a>,
    },
    /// The upload of a document was found complete.
    EvidenceAdded {
        /// The document.
        evidence: DocumentReference<'a>,
    },
    /// Announced documents left the claim without having been completed.
    UploadsDropped {
        /// The documents.
        dropped: Vec<DocumentReference<'a>>,
        /// Why.
        why: DropReason,
    },
    /// A malware scanner has looked at a document, or could not.
    EvidenceScanned {
        /// The document.
        evidence: DocumentReference<'a>,
        /// What was found.
        verdict: Verdict,
    },
    /// The partner gave up the claim before submitting it.
    Discarded {
        /// Until when it can be read.
        readable_until: Instant,
    },
    /// The partner submitted the claim, or submitted it again.
    Submitted {
        /// Whether it was submitted before.
        again: bool,
        /// Whether another claim held what it wants.
        contested: bool,
    },
    /// A reviewer began the review.
    ReviewStarted,
    /// A reviewer took a claim under review that nobody had.
    Assigned,
    /// The reviewer gave the claim back.
    Released,
    /// The review lead took the claim over.
    TakenOver,
    /// The reviewer asked the partner for more.
    ActionRequested {
        /// Why.
        reasons: &'a [ActionReason],
        /// The products that the partner should remove.
        remove_products: &'a [Product],
        /// When the answer is due.
        due_at: Instant,
    },
    /// The reviewer approved the claim.
    Approved {
        /// Whether the reviewer said that the contact is the customer's though its address does not tell; only given if so.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        contact_confirmed: bool,
    },
    /// The claim was rejected: by a reviewer, the customer or the partner, or because no answer came.
    Rejected(RejectionFacts<'a>),
    /// A reviewer ended the association for some of the products, which left the claim.
    ProductsRemoved {
        /// The products.
        products: &'a [Product],
        /// Why, in words.
        reason: &'a str,
    },
    /// A reviewer ended the association for all products: they stay on the claim, which was rejected.
    AssociationEnded(RejectionFacts<'a>),
    /// The partner was told that another organisation claims what the claim holds. From then on it can add newer proof.
    Challenged {
        /// Reviewers only: the other claim, a ULID.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'a ClaimId>,
        /// The products that both claim.
        products: &'a [Product],
    },
    /// Somebody commented.
    Commented {
        /// The comment's id, a ULID.
        comment: &'a CommentId,
        /// What was said.
        text: &'a str,
    },
    /// Reviewers only: a reviewer left an internal note.
    Noted {
        /// The note's id, a ULID.
        comment: &'a CommentId,
        /// What was said.
        text: &'a str,
    },
    /// The email service accepted the customer's notice.
    CustomerNotified {
        /// The end of the consent period, if this starts it.
        #[serde(skip_serializing_if = "Option::is_none")]
        due_at: Option<Instant>,
    },
    /// A notice to the customer did not arrive.
    NoticeFailed {
        /// What the email service said.
        why: &'a str,
        /// Whether this suspends the consent period: no other notice arrived.
        suspends: bool,
    },
    /// The email service gave up delivering a notice, for a reason that may pass.
    NoticeSoftBounced {
        /// What the email service said.
        why: &'a str,
    },
    /// An email to the partner did not arrive.
    EmailBounced {
        /// What it was about, in a few words.
        about: &'a str,
        /// What the email service said.
        why: &'a str,
        /// Whether the reason may pass.
        passing: bool,
    },
    /// The customer reported a notice as unwanted, which proves that it arrived.
    NoticeComplained,
    /// A new notice to the customer was asked for.
    NoticeResent {
        /// The corrected contact, old and new, if it was corrected.
        #[serde(skip_serializing_if = "Option::is_none")]
        contact: Option<Changed<KnownContact<'a>>>,
    },
    /// The consent period passed without a denial.
    ConsentPassed {
        /// Its end.
        due_at: Instant,
    },
    /// A message was sent to incentive assessment.
    AssessmentSent {
        /// What it says.
        state: AssessmentState,
        /// Reviewers only: its id, `claim/version/index`.
        #[serde(skip_serializing_if = "Option::is_none")]
        message_id: Option<&'a EffectId>,
    },
    /// The partner disputed the rejection.
    Disputed {
        /// The business justification, if there is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        justification: Option<&'a str>,
        /// The documents that joined the claim with it.
        evidence: Vec<DocumentReference<'a>>,
        /// Until when reviewers answer.
        due_at: Instant,
    },
    /// The time to dispute was over.
    DisputeWindowClosed {
        /// Its end.
        due_at: Instant,
        /// The documents that were uploaded for a dispute and left the claim.
        dropped: Vec<DocumentReference<'a>>,
    },
    /// The closed claim had kept its documents and contacts long enough: they were erased.
    Erased {
        /// Until when they were to be kept.
        kept_until: Instant,
        /// The documents.
        evidence: Vec<DocumentReference<'a>>,
    },
    /// Reviewers missed a promise.
    Breached {
        /// The clock of that promise.
        clock: ClockName,
        /// The missed instant.
        due_at: Instant,
    },
    /// Reviewers were still late, and the review lead was told again.
    Escalated {
        /// When that was due.
        due_at: Instant,
        /// What they had missed and not yet done.
        late: &'a [Late],
    },
    /// It was time to remind the partner: of the answer that is due, or of subscriptions that end soon.
    Reminded {
        /// By which clock: `partnerReminder` or `renewalReminder`.
        clock: ClockName,
        /// When it was time.
        due_at: Instant,
        /// Whether it was too late for a reminder: the answer was due as well, or no subscription ends soon any more.
        late: bool,
    },
}

/// Why a claim was rejected, and until when that can be disputed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "camelCase")]
pub(crate) struct RejectionFacts<'a> {
    /// Why.
    pub(super) reason: RejectCode,
    /// Why the partner withdrew, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<WithdrawCause>,
    /// The reason in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<&'a str>,
    /// Whether it could be disputed.
    pub(super) disputable: bool,
    /// The end of the time to dispute, if it could be disputed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dispute_until: Option<Instant>,
    /// The missed instant of the clock that rejected it, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) due_at: Option<Instant>,
}

/// A changed field.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "FieldChange"))]
pub(crate) struct FieldEntry {
    /// Its place in the claim, as a JSON pointer (RFC 6901).
    pub(super) pointer: &'static str,
    /// Its old value, in the form that the field has in a claim; null if it had none, `erased` for an erased contact.
    pub(super) old: Value,
    /// Its new value, in the same form.
    pub(super) new: Value,
}

/// A document, as it was announced.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct AnnouncedDocument<'a> {
    /// Its id, a ULID.
    pub(super) id: &'a EvidenceId,
    /// Its name, as the partner gave it.
    pub(super) file_name: &'a str,
    /// Its media type.
    pub(super) media_type: &'a str,
    /// Its length in bytes.
    pub(super) size: u64,
    /// The SHA-256 of its content, in 64 hexadecimal digits.
    pub(super) sha256: &'a Sha256,
}

/// A document, by its id.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
pub(crate) struct DocumentReference<'a> {
    /// Its id, a ULID.
    pub(super) id: &'a EvidenceId,
}

/// A contact, or the word `erased` where it was erased (I2).
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(crate) enum KnownContact<'a> {
    /// The contact.
    Known(&'a Contact),
    /// It was erased.
    Erased(Erased),
}

/// The word that stands for a contact that was erased.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "camelCase")]
pub(crate) enum Erased {
    /// It was erased.
    Erased,
}

/// What happened to a clock, without the version that identifies its timer (I4).
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "ClockChange"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClockEntry<'a> {
    /// Which clock.
    pub(super) clock: ClockName,
    /// What happened to it.
    pub(super) change: ClockStep,
    /// When its period is over now, if it was armed or resumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) due_at: Option<Instant>,
    /// The name of the calendar by which that was reckoned, if it was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) calendar: Option<&'a str>,
    /// The zone in which it was reckoned, by its name in the IANA database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time_zone: Option<&'a str>,
}

/// What happened to a clock.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) enum ClockStep {
    /// It began to run.
    Armed,
    /// It stands still from then on.
    Paused,
    /// It goes on, with a new due instant.
    Resumed,
    /// Its period was missed.
    Breached,
    /// It is over.
    Ended,
}
