//! One claim, as a partner or a reviewer sees it.

use claim_domain::action::Action;
use claim_domain::calendar::Instant;
use claim_domain::claim::{
    ActionRequest, AssessmentState, Claim, ConsentState, DisputeState, Evidence, EvidenceState, Product,
    Status,
};
use claim_domain::clock::ClockName;
use claim_domain::ids::{ClaimId, EffectId, EvidenceId, PartnerId, Sha256};
use claim_domain::people::Actor;
use claim_domain::policy::Policy;
use claim_domain::reason::{RejectCode, WithdrawCause};
use claim_domain::refusal::Holder;
use serde::Serialize;

use super::Viewer;
use super::clock::ClockView;
use super::dry_run::{DryRunView, Rehearsed};
use super::fields::{Fields, fields};
use claim_store::Contacts;

/// What an approval means, and what it does not (R4).
const MEANING: &str = "Approved means that the claim is associated with the customer. It does not mean that earnings or \
                       payout are approved: incentive assessment decides on them, by the program guide.";

/// What is shown of the contacts of a claim that was erased.
static NO_CONTACTS: Contacts = Contacts::new();

/// Everything that a view is made of.
#[derive(Debug, Clone, Copy)]
pub struct ViewContext<'a> {
    /// The claim as it stands now, with the clocks that are due applied (I3).
    pub claim: &'a Claim,
    /// The stored revision, which If-Match is compared with (I3).
    pub revision: u64,
    /// The stored version.
    pub version: u64,
    /// Its contacts.
    pub contacts: &'a Contacts,
    /// The other claims that hold what it wants (D15).
    pub holders: &'a [Holder],
    /// The program's rules, and who looks.
    pub policy: Policy<'a>,
    /// When.
    pub now: Instant,
    /// What this is the outcome of, if it is only a dry run's.
    pub rehearsed: Option<Rehearsed<'a>>,
}

/// A claim as its partner sees it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ForPartner<'a> {
    /// Its id, a ULID.
    id: &'a ClaimId,
    /// The number of its changes that a caller could overwrite: what `If-Match` is compared with.
    revision: u64,
    /// Where it stands.
    status: Status,
    /// The partner organisation, as its tokens name it.
    partner_id: &'a PartnerId,
    /// The organisation's display name, if its tokens have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    partner_name: Option<&'a str>,
    #[serde(flatten)]
    fields: Fields<'a>,
    /// The programs that its activities lead to, each once: `OSA`, `OSU`, `Business Influencer`.
    program: Vec<&'static str>,
    /// Its documents, in the order in which they were announced.
    evidence: Vec<EvidenceView<'a>>,
    /// What the partner is asked for, while it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    action_request: Option<&'a ActionRequest>,
    /// Why it was rejected, while it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection: Option<RejectionView<'a>>,
    /// What its approval means, while it is approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<ApprovalView<'a>>,
    /// How the customer's consent to the newest approval stands, once it was approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<ConsentView>,
    /// The newest message to incentive assessment, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    assessment: Option<AssessmentView<'a>>,
    /// Its one dispute, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    dispute: Option<DisputeView<'a>>,
    /// Whether another claim holds what it wants; never before its first submission.
    contested: bool,
    /// The products that it holds and another organisation claims, of which its partner was told; left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    challenged: Vec<&'a Product>,
    /// The contact to which emails are not delivered, while that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    undeliverable: Option<Undeliverable>,
    /// Its armed clocks.
    clocks: Vec<ClockView<'a>>,
    /// What the caller may do with it now.
    allowed_actions: Vec<Action>,
    /// When it was created.
    created_at: Instant,
    /// When it last changed; internal notes leave this alone.
    updated_at: Instant,
    /// Until when a closed claim keeps its documents and contacts (D22).
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_until: Option<Instant>,
    /// When its documents and contacts were erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    erased_at: Option<Instant>,
    /// Only in the answer to a dry run, which shows the claim as it would be: what would follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    dry_run: Option<DryRunView<'a>>,
}

/// A claim as reviewers see it.
#[derive(Debug, Serialize)]
#[cfg_attr(
    feature = "contract",
    derive(schemars::JsonSchema),
    schemars(
        rename = "Claim",
        description = "A claim as the caller sees it. A partner is not shown what is for reviewers only."
    )
)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ForReviewer<'a> {
    #[serde(flatten)]
    claim: ForPartner<'a>,
    /// Reviewers only: the number of its events, internal notes included.
    version: u64,
    /// Reviewers only: the other claims that hold what it wants.
    contested_by: &'a [Holder],
    /// Reviewers only: the claims of other organisations that contest what it holds, of which its partner was told, ULIDs;
    /// left out if it holds nothing that they claim.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    challenged_by: Vec<&'a ClaimId>,
    /// Reviewers only: the reviewer who has it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_to: Option<&'a Actor>,
}

/// The contact to which emails are not delivered, until it is edited (D18).
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Undeliverable {
    /// Which contact: the name of its field in the claim.
    contact: &'static str,
    /// Since when.
    since: Instant,
}

/// A document of the proof of execution.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Evidence"))]
#[serde(rename_all = "camelCase")]
pub struct EvidenceView<'a> {
    /// Its id, a ULID.
    id: &'a EvidenceId,
    /// Its name, as the partner gave it.
    file_name: &'a str,
    /// Its media type.
    media_type: &'a str,
    /// Its length in bytes.
    size: u64,
    /// The SHA-256 of its content, in 64 hexadecimal digits.
    sha256: &'a Sha256,
    /// How far it has come, and what the malware scanner said.
    state: EvidenceState,
    /// Whether it waits for a dispute to join the claim; only given where it does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    staged: bool,
    /// When its upload was found complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    uploaded_at: Option<Instant>,
    /// Who announced it.
    uploaded_by: &'a Actor,
}

/// A rejection, and whether it can be disputed now.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Rejection"))]
#[serde(rename_all = "camelCase")]
struct RejectionView<'a> {
    /// Why.
    reason: RejectCode,
    /// Why the partner withdrew, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<WithdrawCause>,
    /// The reason in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    /// When.
    rejected_at: Instant,
    /// Whether it can be disputed now.
    disputable: bool,
    /// The end of the time to dispute, if it could be disputed at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    dispute_until: Option<Instant>,
}

/// What an approval means.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Approval"))]
#[serde(rename_all = "camelCase")]
struct ApprovalView<'a> {
    /// What it means and what it does not, in words.
    meaning: &'static str,
    /// The address of the program guide.
    guide_url: &'a str,
}

/// The customer's consent to the newest approval.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Consent"))]
#[serde(rename_all = "camelCase")]
struct ConsentView {
    /// How it stands.
    state: ConsentState,
    /// When the email service accepted the notice that started the period.
    #[serde(skip_serializing_if = "Option::is_none")]
    notified_at: Option<Instant>,
    /// The end of the period, once it has started.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Instant>,
}

/// The newest message to incentive assessment.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Assessment"))]
#[serde(rename_all = "camelCase")]
struct AssessmentView<'a> {
    /// What it says.
    state: AssessmentState,
    /// Reviewers only: its id, `claim/version/index`.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'a EffectId>,
    /// When the queue accepted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<Instant>,
}

/// The dispute of a rejection.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Dispute"))]
#[serde(rename_all = "camelCase")]
struct DisputeView<'a> {
    /// How it stands.
    state: DisputeState,
    /// The partner's business justification, if it gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<&'a str>,
    /// When it was opened.
    opened_at: Instant,
    /// Until when reviewers answer.
    due_at: Instant,
}

/// The claim as its partner sees it: without version, and contested without saying by whom (D13, D15).
pub fn for_partner<'a>(context: &ViewContext<'a>) -> impl Serialize + 'a {
    common(context, Viewer::Partner)
}

/// The claim as reviewers see it: with version, holders and assignee.
pub fn for_reviewer<'a>(context: &ViewContext<'a>) -> impl Serialize + 'a {
    let claim: &'a Claim = context.claim;
    ForReviewer {
        claim: common(context, Viewer::Reviewer),
        version: context.version,
        contested_by: context.holders,
        challenged_by: match claim.challenged().next() {
            Some(_) => claim.challenged_by.iter().collect(),
            None => Vec::new(),
        },
        assigned_to: claim.assigned_to.as_ref(),
    }
}

/// A document in its state at `now`.
pub fn evidence(document: &Evidence, now: Instant) -> EvidenceView<'_> {
    EvidenceView {
        id: &document.id,
        file_name: &document.file_name,
        media_type: &document.media_type,
        size: document.size,
        sha256: &document.sha256,
        state: document.state(now),
        staged: document.staged,
        uploaded_at: document.uploaded_at,
        uploaded_by: &document.uploaded_by,
    }
}

fn common<'a>(context: &ViewContext<'a>, viewer: Viewer) -> ForPartner<'a> {
    let ViewContext { claim, contacts, holders, policy, now, rehearsed, .. } = *context;
    // What is erased is not shown, though its items may be there for a moment longer (D22).
    let contacts = if claim.erased_at.is_some() { &NO_CONTACTS } else { contacts };
    let program = policy.program;
    let mut programs: Vec<_> = claim.details.activities.iter().map(|activity| activity.program()).collect();
    programs.dedup();
    ForPartner {
        id: &claim.id,
        revision: context.revision,
        status: claim.status,
        partner_id: &claim.partner,
        partner_name: claim.partner_name.as_deref(),
        fields: fields(&claim.details, contacts),
        program: programs,
        evidence: claim.evidence.iter().map(|document| evidence(document, now)).collect(),
        action_request: claim.action_request.as_ref(),
        rejection: rejection(claim),
        approval: (claim.status == Status::Approved)
            .then_some(ApprovalView { meaning: MEANING, guide_url: &program.guide_url }),
        consent: claim.consents.last().map(|consent| ConsentView {
            state: consent.state,
            notified_at: consent.notified_at,
            due_at: consent.due_at,
        }),
        assessment: claim.assessment.as_ref().map(|newest| AssessmentView {
            state: newest.state,
            // The id of a message holds the version of its event, which would reveal a note by a gap (D13).
            message_id: (viewer == Viewer::Reviewer).then_some(&newest.message_id),
            sent_at: newest.sent_at,
        }),
        dispute: dispute(claim),
        contested: !holders.is_empty(),
        challenged: claim.challenged().collect(),
        undeliverable: claim
            .undeliverable_since
            .map(|since| Undeliverable { contact: "partnerContact", since }),
        clocks: claim
            .clocks
            .iter()
            .map(|(name, clock)| ClockView::of(*name, clock, &program.calendar, now))
            .collect(),
        allowed_actions: policy.allowed(claim),
        created_at: claim.created_at,
        updated_at: claim.updated_at,
        kept_until: claim.kept_until,
        erased_at: claim.erased_at,
        dry_run: rehearsed.map(|rehearsed| rehearsed.view(viewer, claim, contacts, program)),
    }
}

fn rejection(claim: &Claim) -> Option<RejectionView<'_>> {
    let rejected = claim.rejection.as_ref()?;
    Some(RejectionView {
        reason: rejected.rejection.reason,
        cause: rejected.rejection.cause,
        note: rejected.rejection.note.as_deref(),
        rejected_at: rejected.rejected_at,
        disputable: claim.can_be_disputed(),
        dispute_until: rejected.dispute_until,
    })
}

/// The dispute; its due instant is that of its clock, since a clock's may move (D6).
fn dispute(claim: &Claim) -> Option<DisputeView<'_>> {
    let dispute = claim.dispute.as_ref()?;
    let clock = claim.clocks.get(&ClockName::DisputeAnswer);
    Some(DisputeView {
        state: dispute.state,
        justification: dispute.justification.as_deref(),
        opened_at: dispute.opened_at,
        due_at: clock.map_or(dispute.due_at, |clock| clock.due_at),
    })
}
