//! A message to incentive assessment, as its schema promises it. Nothing of the claim system is used here: a consumer
//! has the schema and no more.

use std::fmt;

use serde::Deserialize;

/// What a message says of its claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Assess it (R14).
    Requested,
    /// Products were removed from it (D15).
    Amended,
    /// Do not assess it any more (D8, D15).
    Recalled,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Requested => "requested",
            Self::Amended => "amended",
            Self::Recalled => "recalled",
        })
    }
}

/// A product for which the partner is associated (R5).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Its name.
    pub product: String,
    /// Its subscription; Business Applications only.
    pub subscription_id: Option<String>,
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subscription_id {
            Some(subscription) => write!(f, "{} (subscription {subscription})", self.product),
            None => f.write_str(&self.product),
        }
    }
}

/// What a claim for revenue association says besides (D14).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each field is described in the schema, under the same name")]
pub struct RevenueAssociation {
    pub solution_seller: String,
    pub customer_name: String,
    pub isv_product: String,
}

/// A message whose body has passed the schema.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each field is described in the schema, under the same name")]
pub struct Message {
    pub message_id: String,
    pub kind: Kind,
    pub follows: Option<String>,
    pub claim_id: String,
    pub claim_version: u64,
    pub approval: u64,
    pub name: String,
    pub partner_id: String,
    pub mpn_id: String,
    pub solution_area: String,
    pub activities: Vec<String>,
    pub programs: Vec<String>,
    pub tenant_id: String,
    pub customer_domain: String,
    pub customer_name: String,
    pub products: Vec<Product>,
    pub revenue_association: Option<RevenueAssociation>,
    pub approved_at: String,
    pub customer_notified_at: Option<String>,
    pub consent_passed_at: Option<String>,
    pub reason: Option<String>,
    pub occurred_at: String,
}
