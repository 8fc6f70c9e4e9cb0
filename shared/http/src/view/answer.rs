//! What is answered beside claims: addresses of documents, the customer's page, kinds of problem, and rules.

use std::collections::BTreeMap;

use claim_domain::calendar::Instant;
use claim_domain::claim::AssociationKey;
use claim_domain::ids::{MpnId, PartnerId, SubscriptionId, TenantId};
use claim_domain::refusal::Kind;
use claim_domain::rule::Rule;
use serde::Serialize;

use super::EvidenceView;
use crate::problem::status_of;

/// A document that was announced, and how to upload it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "AnnouncedEvidence"))]
#[serde(rename_all = "camelCase")]
pub struct AnnouncedView<'a> {
    /// The document.
    pub evidence: EvidenceView<'a>,
    /// How to upload it; left out once that is not possible any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadView<'a>>,
}

/// The request that uploads a document. It is signed: it uploads exactly what was announced, and only once.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Upload"))]
#[serde(rename_all = "camelCase")]
pub struct UploadView<'a> {
    /// Its address. Send no access token to it.
    #[cfg_attr(feature = "contract", schemars(extend("format" = "uri")))]
    pub url: &'a str,
    /// Its method: `PUT`.
    pub method: &'static str,
    /// The headers that it must have, by their names in lower case.
    pub headers: &'a BTreeMap<String, String>,
    /// Until when it can be begun; after that, announce the document again with the same Idempotency-Key.
    pub expires_at: Instant,
}

/// An address from which a document can be downloaded.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Download"))]
#[serde(rename_all = "camelCase")]
pub struct DownloadView<'a> {
    /// The address. Send no access token to it.
    #[cfg_attr(feature = "contract", schemars(extend("format" = "uri")))]
    pub url: &'a str,
    /// Until when the download can be begun.
    pub expires_at: Instant,
}

/// Whether an association is free.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Association"))]
#[serde(rename_all = "camelCase")]
pub struct AssociationView<'a> {
    /// The tenant, of a workload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<&'a TenantId>,
    /// The workload's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<&'a str>,
    /// The subscription, if it was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription_id: Option<&'a SubscriptionId>,
    /// Who holds it.
    pub state: AssociationState,
}

/// Who holds an association.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum AssociationState {
    /// Nobody.
    Free,
    /// The caller's own organisation, by an approved claim.
    HeldByYou,
    /// Another organisation; a claim for it would be contested.
    HeldByAnother,
}

/// Whether an association is free for an organisation, given who holds it.
pub fn association<'a>(
    asked: &'a AssociationKey,
    holder: Option<&PartnerId>,
    asks: &PartnerId,
) -> AssociationView<'a> {
    let state = match holder {
        None => AssociationState::Free,
        Some(holder) if holder == asks => AssociationState::HeldByYou,
        Some(_) => AssociationState::HeldByAnother,
    };
    let (tenant_id, product, subscription_id) = match asked {
        AssociationKey::Workload(tenant, product) => (Some(tenant), Some(product.as_str()), None),
        AssociationKey::Subscription(subscription) => (None, None, Some(subscription)),
    };
    AssociationView { tenant_id, product, subscription_id, state }
}

/// What a customer's link shows of the approval that it is about (D9), in English.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "ConsentPage"))]
#[serde(rename_all = "camelCase")]
pub struct ConsentPageView<'a> {
    /// How the customer's consent stands.
    pub state: ConsentPageState,
    /// Why there is nothing left to deny, if it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<Ending>,
    /// The partner organisation, as its tokens name it.
    pub partner_id: &'a PartnerId,
    /// Its display name, if its tokens have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_name: Option<&'a str>,
    /// The location of the partner organisation that claimed.
    pub mpn_id: &'a MpnId,
    /// The customer's name.
    pub customer: &'a str,
    /// The names of the approved products.
    pub products: &'a [String],
    /// What the association means, in words.
    pub meaning: String,
    /// Until when the customer may deny, once the period has begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deny_until: Option<Instant>,
    /// When the customer denied, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_at: Option<Instant>,
    /// Why, in the customer's own words, if the customer gave a reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'a str>,
    /// The zone in which people are told instants, by its name in the IANA database.
    pub time_zone: &'a str,
    /// How it stands, in words.
    pub status: String,
    /// How to go on, in words.
    pub next: String,
}

/// How the customer's consent stands, to the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum ConsentPageState {
    /// The customer may deny.
    Open,
    /// The customer denied.
    Denied,
    /// There is nothing left to deny.
    Ended,
}

/// Why there is nothing left to deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "ConsentEnding"))]
#[serde(rename_all = "camelCase")]
pub enum Ending {
    /// The period passed: silence is consent (R13).
    PeriodPassed,
    /// The partner withdrew the claim (D8).
    Withdrawn,
    /// A reviewer ended the association (D15).
    AssociationEnded,
}

/// A kind of problem, described.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "ProblemKind"))]
#[serde(rename_all = "camelCase")]
pub struct KindView {
    /// The `type` of problems of this kind.
    #[cfg_attr(feature = "contract", schemars(extend("format" = "uri-reference")))]
    #[serde(rename = "type")]
    kind: String,
    /// The kind in a few words.
    title: &'static str,
    /// The status of answers with it.
    status: u16,
    /// The number of the rule that it follows from, unless a problem names another.
    rule: Rule,
    /// When it occurs and what to do, in a sentence or two.
    description: &'static str,
}

/// A kind of problem, described.
pub fn kind(kind: Kind) -> KindView {
    KindView {
        kind: kind.reference(),
        title: kind.title(),
        status: status_of(kind),
        rule: kind.rule(),
        description: kind.about(),
    }
}

/// A rule, with what it says.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Rule"))]
#[serde(rename_all = "camelCase")]
pub struct RuleView {
    /// Its number, such as `R13`.
    id: Rule,
    /// What it says, in a sentence or two.
    sentence: &'static str,
    /// Whether the system keeps it today; otherwise it is decided and still to come.
    in_force: bool,
}

/// A rule, with what it says.
pub fn rule(rule: Rule) -> RuleView {
    RuleView { id: rule, sentence: rule.sentence(), in_force: rule.is_in_force() }
}
