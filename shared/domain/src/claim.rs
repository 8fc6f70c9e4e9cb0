//! The claim as it stands: the result of its events. Everybody reads it, only [`crate::evolve`] changes it (I1, I2).

use std::collections::BTreeSet;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::calendar::Instant;
use crate::clock::{ClockName, Clocks, Party};
use crate::ids::{ClaimId, EffectId, PartnerId};
use crate::people::{Actor, Caller, Role};
use crate::reason::{ActionReason, Rejection};

pub use crate::consent::{Consent, ConsentState};
pub use crate::details::{
    AssociationKey, ClaimedProduct, ContactOf, Customer, Details, Product, RevenueAssociation,
};
pub use crate::evidence::{
    DropReason, DroppedUpload, Evidence, EvidenceState, UPLOAD_EXPIRES_AFTER, Verdict,
};

/// The number of the stored form of claims and events (I2).
pub const SCHEMA: u32 = 1;

/// Of how many claims that contest it a claim's partner is told at most (D26).
pub const MAX_CHALLENGES: usize = 100;

/// A claim. Everybody can read its fields; only the domain can change them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Claim(pub(crate) ClaimState);

impl Deref for Claim {
    type Target = ClaimState;

    fn deref(&self) -> &ClaimState {
        &self.0
    }
}

/// The fields of a [`Claim`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimState {
    /// The number of the stored form.
    pub schema: u32,
    /// The claim's id.
    pub id: ClaimId,
    /// The number of its events (I2).
    pub version: u64,
    /// How many of its events are internal notes; a partner's count of events leaves them out (D13).
    #[serde(default)]
    pub notes: u64,
    /// The number of its changes that a caller could overwrite; served as the ETag.
    pub revision: u64,
    /// Where it stands (R6 to R11, D8).
    pub status: Status,
    /// Whose it is (I7).
    pub partner: PartnerId,
    /// The organisation's display name, by the newest command of a partner that had one (D21).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_name: Option<String>,
    /// What the partner claims: the rulebook's "Fields".
    pub details: Details,
    /// The proof of execution.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// The newest announced documents that left it without having been completed, the newest last (D20).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped_uploads: Vec<DroppedUpload>,
    /// What the partner is asked for, while it is (R9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_request: Option<ActionRequest>,
    /// Why it was rejected, while it is (R11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejected>,
    /// One for each approval, the newest last (R13, D7).
    #[serde(default)]
    pub consents: Vec<Consent>,
    /// The newest message to incentive assessment (R14, I6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessment: Option<Assessment>,
    /// Its one dispute (D6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<Dispute>,
    /// The stored mark of D15; it may lag behind the association records.
    pub contested: bool,
    /// The claims of other organisations that contest what it holds, as far as its partner was told (D26).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub challenged_by: BTreeSet<ClaimId>,
    /// The products that they claim, some of which may have left it since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub challenged_products: Vec<Product>,
    /// The emails to the partner that were not delivered, each recorded once (D18).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub bounced: BTreeSet<EffectId>,
    /// Since when emails cannot be delivered to the partner's contact, until the contact is edited (D18).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undeliverable_since: Option<Instant>,
    /// Its armed clocks (D1 to D5).
    #[serde(default)]
    pub clocks: Clocks,
    /// The reviewer whose claim it is now (D17).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<Actor>,
    /// When it was first submitted; before that reviewers do not see it (R2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Instant>,
    /// When it was created.
    pub created_at: Instant,
    /// When it last changed for the partner; an internal note leaves it alone (D13).
    pub updated_at: Instant,
    /// The instant of its last event (I9).
    pub last_event_at: Instant,
    /// Until when a discarded claim can be read (D8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readable_until: Option<Instant>,
    /// Until when a closed claim keeps its files and contacts (D22).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_until: Option<Instant>,
    /// When its files and contacts were erased (D22).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Instant>,
}

crate::listed! {
    /// Where a claim stands: the rulebook's "Statuses".
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "ClaimStatus"))]
    #[serde(rename_all = "camelCase")]
    pub enum Status {
        /// R6: being written by the partner.
        Editing,
        /// R7: waiting for a reviewer.
        Submitted,
        /// R8: a reviewer validates the proof of execution.
        UnderReview,
        /// R9: the partner is asked for more.
        PartnerActionRequired,
        /// R10: associated with the customer.
        Approved,
        /// R11: not associated.
        Rejected,
        /// D8: given up before it was submitted.
        Discarded,
    }
}

impl Status {
    /// The name, as it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Editing => "editing",
            Self::Submitted => "submitted",
            Self::UnderReview => "underReview",
            Self::PartnerActionRequired => "partnerActionRequired",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Discarded => "discarded",
        }
    }
}

/// What a reviewer asks the partner for (R9, R17, R19).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ActionRequest {
    /// Why.
    pub reasons: Vec<ActionReason>,
    /// Products that the proof of execution does not cover (R19).
    #[serde(default)]
    pub remove_products: Vec<Product>,
    /// When it was asked.
    pub requested_at: Instant,
    /// When the answer is due.
    pub due_at: Instant,
}

/// A rejection that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rejected {
    /// Why, and whether it can be disputed.
    #[serde(flatten)]
    pub rejection: Rejection,
    /// When.
    pub rejected_at: Instant,
    /// Who; a dispute is decided by another person (D17).
    pub rejected_by: Actor,
    /// Until when it can be disputed, if it can (R20).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute_until: Option<Instant>,
    /// Whether the window has closed (D12).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub window_closed: bool,
}

/// The newest message to incentive assessment (I6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assessment {
    /// What the message says.
    pub state: AssessmentState,
    /// The message's id, which the next one follows.
    pub message_id: EffectId,
    /// The message that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<EffectId>,
    /// When the queue accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Instant>,
}

/// What the newest message to incentive assessment says; also its kind in the message itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum AssessmentState {
    /// Assess the claim.
    Requested,
    /// Products were removed from what was requested (D15).
    Amended,
    /// Do not assess the claim any more (D8, D15).
    Recalled,
}

impl AssessmentState {
    /// The name, as JSON writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Amended => "amended",
            Self::Recalled => "recalled",
        }
    }
}

/// The dispute of a rejection (R20 to R23, D6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dispute {
    /// How it stands.
    pub state: DisputeState,
    /// The partner's business justification (R21).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// When it was opened.
    pub opened_at: Instant,
    /// Until when reviewers answer, as first promised (R23); the clock shows the current due instant.
    pub due_at: Instant,
    /// Who made the disputed rejection (D17).
    pub against: Actor,
}

/// How a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum DisputeState {
    /// Not yet decided.
    Open,
    /// The claim was approved.
    Accepted,
    /// The claim was rejected again, finally (D6).
    Refused,
    /// The partner withdrew the claim.
    Withdrawn,
}

impl Claim {
    /// Whether nothing but the record of a delivery can change it any more (D12).
    pub fn is_closed(&self) -> bool {
        match self.status {
            Status::Discarded => true,
            Status::Rejected => !self.can_be_disputed(),
            _ => false,
        }
    }

    /// Whether it was approved and the consent period has passed (D12).
    pub fn is_handed_off(&self) -> bool {
        self.status == Status::Approved
            && self.consents.last().is_some_and(|consent| consent.state == ConsentState::Passed)
    }

    /// Whether its consent period is suspended: no notice is left that arrived (D16).
    pub fn is_suspended(&self) -> bool {
        self.consents.last().is_some_and(|consent| consent.state == ConsentState::Suspended)
    }

    /// Whether its rejection can be disputed now (R20).
    pub fn can_be_disputed(&self) -> bool {
        self.rejection
            .as_ref()
            .is_some_and(|rejected| rejected.rejection.disputable && !rejected.window_closed)
    }

    /// Whether its dispute is open (D6).
    pub fn in_dispute(&self) -> bool {
        self.dispute.as_ref().is_some_and(|dispute| dispute.state == DisputeState::Open)
    }

    /// The consent to the approval made by the event of version `approval`.
    pub fn consent_to(&self, approval: u64) -> Option<&Consent> {
        self.consents.iter().find(|consent| consent.approval == approval)
    }

    /// The association records that it holds (D15): one for each product while it is approved, otherwise none.
    pub fn held(&self) -> BTreeSet<AssociationKey> {
        match self.status {
            Status::Approved => self.wanted(),
            _ => BTreeSet::new(),
        }
    }

    /// The association records that its products would hold.
    pub fn wanted(&self) -> BTreeSet<AssociationKey> {
        self.details.associations().map(|(_, key)| key).collect()
    }

    /// The products that it holds though another organisation claims them, as its partner was told (D26).
    pub fn challenged(&self) -> impl Iterator<Item = &Product> {
        let holds = self.status == Status::Approved;
        let products = self.details.named().filter(move |_| holds);
        products.filter(|product| self.challenged_products.contains(product))
    }

    /// The newest document that belongs to the claim and counts.
    pub fn newest_evidence(&self) -> Option<&Evidence> {
        self.evidence
            .iter()
            .filter(|document| !document.staged && document.counts())
            .max_by_key(|document| document.uploaded_at)
    }

    /// Whether it has proof of execution: a document that belongs to it and counts (R6, D20).
    pub fn has_proof(&self) -> bool {
        self.newest_evidence().is_some()
    }

    /// Whether a document was announced before the dispute that is open, and so may still be completed and join it
    /// (D20).
    pub fn may_join_dispute(&self, document: &Evidence) -> bool {
        self.in_dispute()
            && self.dispute.as_ref().is_some_and(|dispute| document.requested_at <= dispute.opened_at)
    }

    /// When the next announced document expires (D19). What a closed claim still had announced left it when it was
    /// closed (D20).
    pub fn next_expiry(&self) -> Option<Instant> {
        if self.is_closed() {
            return None;
        }
        self.evidence.iter().filter_map(Evidence::expires_at).min()
    }

    /// When something is to be done about it next, without anybody asking: a clock is due, an announced document
    /// expires, or it is closed and has kept what it keeps long enough (D22).
    pub fn next_work(&self) -> Option<Instant> {
        let clock = self.next_due().map(|(_, due)| due);
        [clock, self.next_expiry(), self.keeps_until()].into_iter().flatten().min()
    }

    /// The clock that is to be applied next, and when: the earliest of those that tick. This is for timers and for what
    /// looks after them; what people wait for is [`Claim::expected`].
    pub fn next_due(&self) -> Option<(ClockName, Instant)> {
        self.clocks
            .iter()
            .filter(|(_, clock)| clock.is_ticking())
            .map(|(name, clock)| (*name, clock.due_at))
            .min_by_key(|(name, due)| (*due, *name))
    }

    /// By when somebody is to act, and who; lists sort by this instant (D5). It is the earliest due instant of what runs
    /// and of what was missed and is still owed, so that a late claim comes before all others. Reviewers owe nothing
    /// while the partner has the claim.
    pub fn expected(&self) -> Option<(Instant, Party)> {
        let is_asked = self.status == Status::PartnerActionRequired;
        self.clocks
            .iter()
            .filter(|(_, clock)| clock.paused_at.is_none())
            .filter_map(|(name, clock)| Some((clock.due_at, name.awaits()?)))
            .filter(|(_, party)| !(is_asked && *party == Party::Reviewers))
            .min()
    }

    /// The promises that reviewers have missed and not yet kept (D5), with the missed instants.
    pub fn late(&self) -> impl Iterator<Item = (ClockName, Instant)> {
        self.clocks
            .iter()
            .filter(|(_, clock)| clock.breached_at.is_some())
            .map(|(name, clock)| (*name, clock.due_at))
    }

    /// Since when it is late: the earliest instant that reviewers have missed (D5).
    pub fn late_since(&self) -> Option<Instant> {
        self.late().map(|(_, due_at)| due_at).min()
    }

    /// Until when it keeps its files and contacts, if it is closed and still has them (D22).
    pub fn keeps_until(&self) -> Option<Instant> {
        self.kept_until.filter(|_| self.is_closed() && self.erased_at.is_none())
    }

    /// Whether the caller may know of the claim at `now`: its own organisation (I7), reviewers from the first
    /// submission on (R2), and nobody once the days of a discarded claim are over (D8) but the system, which deletes it
    /// then (D22).
    pub fn is_visible_to(&self, caller: &Caller, now: Instant) -> bool {
        let is_system = caller.actor.role == Role::System;
        if !is_system && self.readable_until.is_some_and(|until| now >= until) {
            return false;
        }
        match caller.actor.role {
            role if role.is_partner() => caller.partner.as_ref() == Some(&self.partner),
            role if role.is_reviewer() => self.submitted_at.is_some(),
            _ => true,
        }
    }
}
