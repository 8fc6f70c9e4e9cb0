//! What must follow from an event outside the claim: timers, emails, messages to assessment, deleted files (I5).
//!
//! Effects are computed when the event is committed, from the claim just after it. They are stored with the event, with
//! all that they need except contacts, which they refer to (I2).

use serde::{Deserialize, Serialize};

use crate::calendar::Instant;
use crate::catalogue::{Activity, SolutionArea};
use crate::claim::{AssessmentState, Claim, Evidence, Product, RevenueAssociation, Status, Verdict};
use crate::clock::{AtDue, ClockChange, ClockName};
use crate::event::{Change, Event, HeldBy};
use crate::ids::{ClaimId, ContactRef, EffectId, EvidenceId, MpnId, PartnerId, TenantId};
use crate::program::Program;
use crate::reason::RejectCode;

pub use crate::email::{About, EmailContent, Recipient};

/// One effect of an event. Its id is its place: `claim/version/index`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Effect {
    /// Arm a timer (I4).
    ArmTimer {
        /// For which clock.
        clock: ClockName,
        /// The version of the arming event.
        generation: u64,
        /// When.
        due_at: Instant,
    },
    /// Remove a timer; only a hint, since a timer that fires all the same changes nothing (I4).
    DisarmTimer {
        /// Of which clock.
        clock: ClockName,
        /// The version of the arming event.
        generation: u64,
    },
    /// Tell the customer of the approval, with a fresh link (R13, D9). Its acceptance is recorded on the claim (D16).
    NotifyCustomer {
        /// The version of the approving event.
        approval: u64,
        /// Whom.
        contact: ContactRef,
        /// What about.
        about: About,
    },
    /// Send an email (D18).
    #[serde(rename = "sendMail")]
    SendEmail {
        /// To whom.
        to: Recipient,
        /// What it says.
        #[serde(rename = "letter")]
        content: EmailContent,
        /// What about.
        about: About,
    },
    /// Send a message to incentive assessment (R14, I6). Its acceptance by the queue is recorded on the claim.
    SendToAssessment {
        /// The message.
        message: Box<AssessmentMessage>,
    },
    /// Delete documents, all their versions (D8, D20, R24).
    DeleteFiles {
        /// Which.
        evidence: Vec<EvidenceId>,
    },
    /// Erase the claim's contacts, those that were replaced as well (D22).
    EraseContacts,
    /// Delete the claim with its history and its contacts, and whatever is left of its documents (D22).
    DeleteClaim {
        /// Its documents.
        evidence: Vec<EvidenceId>,
    },
    /// Tell a claim of another organisation that this one contests what it holds (D26): a command of that claim, from which
    /// the email to its partner follows.
    TellHolder {
        /// The other claim.
        holder: ClaimId,
        /// The products, as that claim names them.
        products: Vec<Product>,
    },
    /// Give the event its number among the changes of the partner organisation (D23).
    Publish {
        /// The organisation.
        partner: PartnerId,
    },
}

impl Effect {
    /// The kind's name, as it is stored and logged.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ArmTimer { .. } => "armTimer",
            Self::DisarmTimer { .. } => "disarmTimer",
            Self::NotifyCustomer { .. } => "notifyCustomer",
            Self::SendEmail { .. } => "sendMail",
            Self::SendToAssessment { .. } => "sendToAssessment",
            Self::DeleteFiles { .. } => "deleteFiles",
            Self::EraseContacts => "eraseContacts",
            Self::DeleteClaim { .. } => "deleteClaim",
            Self::TellHolder { .. } => "tellHolder",
            Self::Publish { .. } => "publish",
        }
    }
}

/// A message to incentive assessment, complete but for the envelope that dispatch adds (R5, I6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssessmentMessage {
    /// `requested`, `amended` or `recalled`.
    pub kind: AssessmentState,
    /// The message that must come before it (I6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<EffectId>,
    /// The claim.
    pub claim_id: ClaimId,
    /// The claim's version at that event.
    pub claim_version: u64,
    /// The version of the approving event.
    pub approval: u64,
    /// The claim's name.
    pub name: String,
    /// The partner organisation.
    pub partner_id: PartnerId,
    /// Its location.
    pub mpn_id: MpnId,
    /// The product family.
    pub solution_area: SolutionArea,
    /// What the partner did.
    pub activities: Vec<Activity>,
    /// The programs that this leads to (R3).
    pub programs: Vec<String>,
    /// The customer's directory (R5).
    pub tenant_id: TenantId,
    /// The customer's domain.
    pub customer_domain: String,
    /// The customer's name.
    pub customer_name: String,
    /// The products, with every subscription id (R5).
    pub products: Vec<Product>,
    /// The further details of a claim for revenue association (D14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revenue_association: Option<RevenueAssociation>,
    /// When the claim was approved.
    pub approved_at: Instant,
    /// When the customer was notified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_notified_at: Option<Instant>,
    /// When the consent period passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_passed_at: Option<Instant>,
    /// Why it is amended or recalled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The instant of the event.
    pub occurred_at: Instant,
}

/// The effects of an event, given the claim just after it and the program.
pub fn effects(claim: &Claim, event: &Event, program: &Program) -> Vec<Effect> {
    let about = || About {
        claim_id: claim.id.clone(),
        name: claim.details.name.clone(),
        partner_id: claim.partner.clone(),
        partner_name: claim.partner_name.clone(),
        mpn_id: claim.details.mpn_id.clone(),
        customer: claim.details.customer.name.clone(),
        products: claim.details.named().map(|product| product.product.clone()).collect(),
        time_zone: program.calendar.zone.name().to_owned(),
    };
    let partner = |content| Effect::SendEmail {
        to: Recipient::Partner { contact: claim.details.partner_contact.clone() },
        content,
        about: about(),
    };
    let lead = |content| Effect::SendEmail { to: Recipient::Lead, content, about: about() };
    let notify = |approval| Effect::NotifyCustomer {
        approval,
        contact: claim.details.customer.contact.clone(),
        about: about(),
    };
    // Only what still runs is promised: of a missed promise the instant has passed (D5).
    let due = |clock| claim.clocks.get(&clock).filter(|armed| armed.is_ticking()).map(|armed| armed.due_at);
    let assigned_to = || claim.assigned_to.as_ref().map(|reviewer| reviewer.shown().into_owned());

    // A message to assessment or a notice comes first: the claim refers to it by that index.
    let mut effects = Vec::from_iter(assessment(claim, event));
    effects.extend(match &event.change {
        Change::Submitted { again, holders, .. } => {
            let received = EmailContent::Received {
                due_at: due(ClockName::ReviewStart).or_else(|| due(ClockName::DisputeAnswer)),
                again: *again,
            };
            std::iter::once(partner(received)).chain(holders.iter().map(tell)).collect()
        }
        Change::Edited { holders, .. } => holders.iter().map(tell).collect(),
        Change::Challenged { products, .. } => {
            vec![partner(EmailContent::Challenged { products: products.clone() })]
        }
        Change::ActionRequested { reasons, remove_products, due_at } => {
            vec![partner(EmailContent::ActionRequired {
                reasons: reasons.clone(),
                remove_products: remove_products.clone(),
                due_at: *due_at,
            })]
        }
        Change::Approved { .. } => vec![
            notify(event.version),
            partner(if claim.dispute.is_some() {
                EmailContent::DisputeResult { accepted: true, rejection: None }
            } else {
                EmailContent::Approved
            }),
        ],
        Change::Rejected { rejection, dispute_until, .. } => {
            let answered = claim
                .dispute
                .as_ref()
                .is_some_and(|dispute| dispute.state == crate::claim::DisputeState::Refused)
                && rejection.reason != RejectCode::CustomerDecline;
            vec![partner(if answered {
                EmailContent::DisputeResult { accepted: false, rejection: Some(rejection.clone()) }
            } else {
                EmailContent::Rejected { rejection: rejection.clone(), dispute_until: *dispute_until }
            })]
        }
        Change::ProductsRemoved { products, reason } => vec![partner(EmailContent::AssociationEnded {
            products: products.clone(),
            reason: reason.clone(),
            rejected: false,
            dispute_until: None,
        })],
        Change::AssociationEnded { rejection, dispute_until } => {
            vec![partner(EmailContent::AssociationEnded {
                products: claim.details.named().cloned().collect(),
                reason: rejection.note.clone().unwrap_or_default(),
                rejected: true,
                dispute_until: *dispute_until,
            })]
        }
        Change::Commented { text, .. } if event.actor.role.is_reviewer() => {
            vec![partner(EmailContent::Comment {
                author: event.actor.shown().into_owned(),
                text: text.clone(),
            })]
        }
        Change::NoticeFailed { why, suspends: true, .. } => {
            let bounced =
                EmailContent::NoticeBounced { why: why.clone(), due_at: due(ClockName::NoticeCorrection) };
            vec![partner(bounced.clone()), lead(bounced)]
        }
        // The period has passed: only the lead can still do something about it.
        Change::NoticeFailed { approval, why, .. } | Change::NoticeSoftBounced { approval, why, .. }
            if claim.is_handed_off() && is_newest_approval(claim, *approval) =>
        {
            vec![lead(EmailContent::NoticeBouncedLate { why: why.clone() })]
        }
        Change::NoticeSoftBounced { approval, why, .. }
            if claim.status == Status::Approved && is_newest_approval(claim, *approval) =>
        {
            let soft_bounced = EmailContent::NoticeSoftBounced { why: why.clone() };
            vec![partner(soft_bounced.clone()), lead(soft_bounced)]
        }
        // Once the approval has ended, nobody has anything left to do.
        Change::NoticeComplained { .. } if claim.status == Status::Approved => {
            vec![lead(EmailContent::NoticeComplained)]
        }
        Change::NoticeResent { approval, .. } => vec![notify(*approval)],
        Change::EmailBounced { what, why, passing, .. } => vec![lead(EmailContent::PartnerEmailBounced {
            what: what.clone(),
            why: why.clone(),
            answer_due: due(ClockName::PartnerAnswer),
            passing: *passing,
        })],
        Change::Disputed { due_at, .. } => vec![partner(EmailContent::DisputeReceived { due_at: *due_at })],
        Change::ConsentPassed { .. } => vec![partner(EmailContent::HandedOff)],
        Change::EvidenceScanned {
            evidence,
            verdict: verdict @ (Verdict::Infected | Verdict::Unscannable),
        } if !claim.is_closed() => {
            let document = claim.evidence.iter().find(|document| document.id == *evidence);
            let unusable = |document: &Evidence| EmailContent::DocumentUnusable {
                file_name: document.file_name.clone(),
                verdict: *verdict,
            };
            document.map(|document| partner(unusable(document))).into_iter().collect()
        }
        Change::Breached { clock, due_at } => {
            vec![lead(EmailContent::Breached { clock: *clock, due_at: *due_at, assigned_to: assigned_to() })]
        }
        Change::Escalated { late, .. } => {
            vec![lead(EmailContent::Escalated { late: late.clone(), assigned_to: assigned_to() })]
        }
        Change::Reminded { clock, late: false, .. } => match clock.at_due() {
            AtDue::Remind(email) => {
                let due_at = clock.reminds_of().and_then(due);
                due_at.map(|due_at| partner(email(due_at))).into_iter().collect()
            }
            AtDue::RemindOfEnd => {
                let products = claim.details.ending(event.at, program).cloned().collect();
                vec![partner(EmailContent::EndsSoon { products })]
            }
            _ => Vec::new(),
        },
        Change::Discarded { .. } => {
            delete(claim.evidence.iter().map(|document| document.id.clone()).collect())
        }
        Change::DisputeWindowClosed { dropped, .. } => delete(dropped.clone()),
        Change::UploadsDropped { evidence, .. } => delete(evidence.clone()),
        Change::Erased { evidence, .. } if claim.status == Status::Discarded => {
            vec![Effect::DeleteClaim { evidence: evidence.clone() }]
        }
        Change::Erased { evidence, .. } => {
            let mut effects = delete(evidence.clone());
            effects.push(Effect::EraseContacts);
            effects
        }
        Change::Created { .. }
        | Change::UploadRequested { .. }
        | Change::EvidenceAdded { .. }
        | Change::EvidenceScanned { .. }
        | Change::ReviewStarted
        | Change::Assigned
        | Change::Released
        | Change::TakenOver
        | Change::Commented { .. }
        | Change::Noted { .. }
        | Change::CustomerNotified { .. }
        | Change::NoticeFailed { .. }
        | Change::NoticeSoftBounced { .. }
        | Change::NoticeComplained { .. }
        | Change::AssessmentSent { .. }
        | Change::Reminded { .. } => Vec::new(),
    });
    effects.extend(event.clocks.iter().filter_map(|change| timer(change, event.version)));
    // What comes last moves no other effect from its place, by which it is known.
    if program.changes_feed && event.change.is_visible_to_partner() {
        effects.push(Effect::Publish { partner: claim.partner.clone() });
    }
    effects
}

/// The message to assessment that the event calls for, if any: the claim's newest message is then this event's.
fn assessment(claim: &Claim, event: &Event) -> Option<Effect> {
    let newest = claim.assessment.as_ref().filter(|newest| newest.message_id == first_effect(event))?;
    let consent = claim.consents.last()?;
    let reason = match &event.change {
        Change::ProductsRemoved { reason, .. } => Some(reason.clone()),
        Change::Rejected { rejection, .. } | Change::AssociationEnded { rejection, .. } => {
            let cause = rejection.cause.map(|cause| cause.as_str().to_owned());
            rejection.note.clone().or(cause).or_else(|| Some(rejection.reason.as_str().to_owned()))
        }
        _ => None,
    };
    let details = &claim.details;
    Some(Effect::SendToAssessment {
        message: Box::new(AssessmentMessage {
            kind: newest.state,
            follows: newest.follows.clone(),
            claim_id: claim.id.clone(),
            claim_version: event.version,
            approval: consent.approval,
            name: details.name.clone(),
            partner_id: claim.partner.clone(),
            mpn_id: details.mpn_id.clone(),
            solution_area: details.solution_area,
            activities: details.activities.clone(),
            programs: details.activities.iter().map(|activity| activity.program().to_owned()).collect(),
            tenant_id: details.customer.tenant_id.clone(),
            customer_domain: details.customer.domain.clone(),
            customer_name: details.customer.name.clone(),
            products: details.named().cloned().collect(),
            revenue_association: details.revenue_association.clone(),
            approved_at: consent.approved_at,
            customer_notified_at: consent.notified_at,
            consent_passed_at: consent.passed_at,
            reason,
            occurred_at: event.at,
        }),
    })
}

/// Whether an approval is the claim's newest one.
fn is_newest_approval(claim: &Claim, approval: u64) -> bool {
    claim.consents.last().is_some_and(|consent| consent.approval == approval)
}

/// The id of an event's first effect.
pub(crate) fn first_effect(event: &Event) -> EffectId {
    EffectId::new(&event.claim, event.version, 0)
}

fn tell(held: &HeldBy) -> Effect {
    Effect::TellHolder { holder: held.claim.clone(), products: held.products.clone() }
}

fn delete(evidence: Vec<EvidenceId>) -> Vec<Effect> {
    if evidence.is_empty() { Vec::new() } else { vec![Effect::DeleteFiles { evidence }] }
}

fn timer(change: &ClockChange, version: u64) -> Option<Effect> {
    match change {
        ClockChange::Armed { clock, due_at, .. } | ClockChange::Resumed { clock, due_at, .. } => {
            Some(Effect::ArmTimer { clock: *clock, generation: version, due_at: *due_at })
        }
        ClockChange::Ended { clock, timer: Some(generation) }
        | ClockChange::Paused { clock, timer: generation, .. } => {
            Some(Effect::DisarmTimer { clock: *clock, generation: *generation })
        }
        ClockChange::Ended { timer: None, .. } | ClockChange::Breached { .. } => None,
    }
}
