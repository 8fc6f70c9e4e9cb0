//! The change of one field of a claim's details, with its old and its new value (R26).

use serde::{Deserialize, Serialize};

use crate::catalogue::{Activity, SolutionArea};
use crate::claim::{ClaimedProduct, Details, RevenueAssociation};
use crate::ids::{ContactRef, MpnId, TenantId};

/// The old and the new value of a field (R26).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "ChangeOf{T}"))]
pub struct Changed<T> {
    /// Before.
    pub old: T,
    /// After.
    pub new: T,
}

/// The change of one field of a claim's details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "field", rename_all = "camelCase")]
#[expect(missing_docs, reason = "each variant is the field of the same name")]
pub enum FieldChange {
    Name(Changed<String>),
    MpnId(Changed<MpnId>),
    SolutionArea(Changed<SolutionArea>),
    Activities(Changed<Vec<Activity>>),
    CustomerTenantId(Changed<TenantId>),
    CustomerDomain(Changed<String>),
    CustomerMailDomains(Changed<Vec<String>>),
    CustomerName(Changed<String>),
    CustomerContact(Changed<ContactRef>),
    ContactOutsideDomain(Changed<bool>),
    TechnicalContact(Changed<Option<ContactRef>>),
    PartnerContact(Changed<ContactRef>),
    Products(Changed<Vec<ClaimedProduct>>),
    RevenueAssociation(Changed<Option<RevenueAssociation>>),
}

impl FieldChange {
    /// The changes that lead from one state of the details to another.
    pub(crate) fn between(old: &Details, new: &Details) -> Vec<Self> {
        fn diff<T: Clone + PartialEq>(
            old: &T,
            new: &T,
            make: fn(Changed<T>) -> FieldChange,
        ) -> Option<FieldChange> {
            (old != new).then(|| make(Changed { old: old.clone(), new: new.clone() }))
        }
        [
            diff(&old.name, &new.name, Self::Name),
            diff(&old.mpn_id, &new.mpn_id, Self::MpnId),
            diff(&old.solution_area, &new.solution_area, Self::SolutionArea),
            diff(&old.activities, &new.activities, Self::Activities),
            diff(&old.customer.tenant_id, &new.customer.tenant_id, Self::CustomerTenantId),
            diff(&old.customer.domain, &new.customer.domain, Self::CustomerDomain),
            diff(&old.customer.mail_domains, &new.customer.mail_domains, Self::CustomerMailDomains),
            diff(&old.customer.name, &new.customer.name, Self::CustomerName),
            diff(&old.customer.contact, &new.customer.contact, Self::CustomerContact),
            diff(&old.contact_outside_domain, &new.contact_outside_domain, Self::ContactOutsideDomain),
            diff(&old.technical_contact, &new.technical_contact, Self::TechnicalContact),
            diff(&old.partner_contact, &new.partner_contact, Self::PartnerContact),
            diff(&old.products, &new.products, Self::Products),
            diff(&old.revenue_association, &new.revenue_association, Self::RevenueAssociation),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Writes the new value into the details.
    pub(crate) fn apply(&self, details: &mut Details) {
        match self {
            Self::Name(change) => details.name.clone_from(&change.new),
            Self::MpnId(change) => details.mpn_id.clone_from(&change.new),
            Self::SolutionArea(change) => details.solution_area = change.new,
            Self::Activities(change) => details.activities.clone_from(&change.new),
            Self::CustomerTenantId(change) => details.customer.tenant_id.clone_from(&change.new),
            Self::CustomerDomain(change) => details.customer.domain.clone_from(&change.new),
            Self::CustomerMailDomains(change) => details.customer.mail_domains.clone_from(&change.new),
            Self::CustomerName(change) => details.customer.name.clone_from(&change.new),
            Self::CustomerContact(change) => details.customer.contact.clone_from(&change.new),
            Self::ContactOutsideDomain(change) => details.contact_outside_domain = change.new,
            Self::TechnicalContact(change) => details.technical_contact.clone_from(&change.new),
            Self::PartnerContact(change) => details.partner_contact.clone_from(&change.new),
            Self::Products(change) => details.products.clone_from(&change.new),
            Self::RevenueAssociation(change) => details.revenue_association.clone_from(&change.new),
        }
    }

    /// The place of the field in a claim's JSON.
    pub fn pointer(&self) -> &'static str {
        match self {
            Self::Name(_) => "/name",
            Self::MpnId(_) => "/mpnId",
            Self::SolutionArea(_) => "/solutionArea",
            Self::Activities(_) => "/activities",
            Self::CustomerTenantId(_) => "/customer/tenantId",
            Self::CustomerDomain(_) => "/customer/domain",
            Self::CustomerMailDomains(_) => "/customer/mailDomains",
            Self::CustomerName(_) => "/customer/name",
            Self::CustomerContact(_) => "/customer/contact",
            Self::ContactOutsideDomain(_) => "/contactOutsideDomain",
            Self::TechnicalContact(_) => "/technicalContact",
            Self::PartnerContact(_) => "/partnerContact",
            Self::Products(_) => "/products",
            Self::RevenueAssociation(_) => "/revenueAssociation",
        }
    }

    /// Whether the field can still be edited once the claim was submitted (R24).
    pub(crate) fn is_editable_after_submission(&self) -> bool {
        matches!(
            self,
            Self::MpnId(_)
                | Self::Products(_)
                | Self::CustomerContact(_)
                | Self::CustomerMailDomains(_)
                | Self::ContactOutsideDomain(_)
                | Self::PartnerContact(_)
        )
    }
}
