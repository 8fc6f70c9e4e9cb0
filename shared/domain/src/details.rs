//! What a claim says: the fields that the partner writes (§9 of the rules), as they are stored.

use serde::{Deserialize, Serialize};

use crate::catalogue::{Activity, SolutionArea};
use crate::ids::{ContactRef, MpnId, SubscriptionId, TenantId};

/// What the partner claims, with references in the place of contacts (I2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// The claim's name.
    pub name: String,
    /// The location of the partner organisation that claims.
    pub mpn_id: MpnId,
    /// The product family (R3).
    pub solution_area: SolutionArea,
    /// What the partner did (R3, D14).
    pub activities: Vec<Activity>,
    /// The end customer.
    pub customer: Customer,
    /// Who answers technical questions; Business Applications only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technical_contact: Option<ContactRef>,
    /// Who gets the partner's mail (D18).
    pub partner_contact: ContactRef,
    /// What is claimed.
    pub products: Vec<Product>,
    /// What `revenueAssociation` requires (D14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revenue_association: Option<RevenueAssociation>,
}

impl Details {
    /// Each product with the association record that it needs (D15).
    pub fn associations(&self) -> impl Iterator<Item = (&Product, AssociationKey)> {
        self.products.iter().map(|product| (product, product.association(&self.customer.tenant_id)))
    }

    /// Where the contacts are kept.
    pub fn contacts(&self) -> Vec<ContactRef> {
        let always = [&self.customer.contact, &self.partner_contact];
        always.into_iter().chain(&self.technical_contact).cloned().collect()
    }
}

/// The end customer of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// Its directory (R5).
    pub tenant_id: TenantId,
    /// Its domain.
    pub domain: String,
    /// Its name.
    pub name: String,
    /// Who is notified of an approval (R13).
    pub contact: ContactRef,
}

/// A claimed product: a workload of the tenant, or a product with its subscription (D14).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Its name in the catalogue.
    pub product: String,
    /// Its subscription; Business Applications only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_id: Option<SubscriptionId>,
}

impl Product {
    /// What has one approved partner of record (D15): the subscription, or the workload of the tenant.
    pub fn association(&self, tenant: &TenantId) -> AssociationKey {
        AssociationKey(match &self.subscription_id {
            Some(subscription) => subscription.to_string(),
            None => format!("{tenant}#{}", self.product),
        })
    }
}

/// The thing that can be held by one claim only (D15): `{tenant}#{workload}` or a subscription id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AssociationKey(String);

impl AssociationKey {
    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a claim for revenue association requires (D14).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RevenueAssociation {
    /// The solution seller's name.
    pub solution_seller: String,
    /// The customer's name.
    pub customer_name: String,
    /// The ISV product's name.
    pub isv_product: String,
}
