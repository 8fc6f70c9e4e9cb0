//! The fields that a partner writes, with contacts in full (§9 of the rules).

use claim_domain::catalogue::{Activity, SolutionArea};
use claim_domain::claim::{Details, Product, RevenueAssociation};
use claim_domain::draft::Contact;
use claim_domain::ids::{MpnId, TenantId};
use claim_store::Contacts;
use serde::Serialize;

/// The fields of a claim's details, in the form in which they are sent and edited.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fields<'a> {
    name: &'a str,
    mpn_id: &'a MpnId,
    solution_area: SolutionArea,
    activities: &'a [Activity],
    customer: CustomerFields<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    technical_contact: Option<&'a Contact>,
    partner_contact: Option<&'a Contact>,
    products: &'a [Product],
    #[serde(skip_serializing_if = "Option::is_none")]
    revenue_association: Option<&'a RevenueAssociation>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CustomerFields<'a> {
    tenant_id: &'a TenantId,
    domain: &'a str,
    name: &'a str,
    contact: Option<&'a Contact>,
}

impl<'a> Fields<'a> {
    /// The fields of these details.
    pub fn of(details: &'a Details, contacts: &'a Contacts) -> Self {
        Self {
            name: &details.name,
            mpn_id: &details.mpn_id,
            solution_area: details.solution_area,
            activities: &details.activities,
            customer: CustomerFields {
                tenant_id: &details.customer.tenant_id,
                domain: &details.customer.domain,
                name: &details.customer.name,
                contact: contacts.get(&details.customer.contact),
            },
            technical_contact: details.technical_contact.as_ref().and_then(|place| contacts.get(place)),
            partner_contact: contacts.get(&details.partner_contact),
            products: &details.products,
            revenue_association: details.revenue_association.as_ref(),
        }
    }
}
