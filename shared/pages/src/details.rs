//! What a partner wrote of a claim, field by field, in words.

use claim_domain::claim::Claim;
use claim_http::view::Viewer;
use claim_store::Contacts;

use crate::{history, words};

/// A field of a claim: its label, its lines, and what is to be known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The label.
    pub label: &'static str,
    /// What it says.
    pub lines: Vec<String>,
    /// What is to be known about it.
    pub mark: Option<String>,
}

/// The fields of a claim, with its contacts in full.
pub fn fields(claim: &Claim, contacts: &Contacts, viewer: Viewer) -> Vec<Field> {
    let details = &claim.details;
    let contact = |place| match contacts.get(place) {
        Some(contact) => history::contact(contact),
        None => "Erased".to_owned(),
    };
    let field = |label, lines| Field { label, lines, mark: None };
    let mut customer = vec![words::line(&details.customer.name), details.customer.domain.clone()];
    customer.extend(details.customer.mail_domains.iter().cloned());
    let (outside, theirs) = match viewer {
        Viewer::Partner => {
            ("The address lies outside the customer’s domains. A reviewer has to confirm it.", "Your contact")
        }
        Viewer::Reviewer => (
            "The address lies outside the customer’s domains. An approval has to confirm it.",
            "The partner’s contact",
        ),
    };
    let mut fields = vec![
        field("Product family", vec![words::area(details.solution_area).to_owned()]),
        field("Activities", details.activities.iter().map(|one| words::activity(*one).to_owned()).collect()),
        field("Products", details.products.iter().map(history::claimed).collect()),
        field("MPN id", vec![details.mpn_id.to_string()]),
        field("Customer", customer),
        field("Tenant id", vec![details.customer.tenant_id.to_string()]),
        Field {
            label: "The customer’s contact",
            lines: vec![contact(&details.customer.contact)],
            mark: details.contact_outside_domain.then(|| outside.to_owned()),
        },
    ];
    if let Some(place) = &details.technical_contact {
        fields.push(field("Technical contact", vec![contact(place)]));
    }
    fields.push(field(theirs, vec![contact(&details.partner_contact)]));
    if let Some(revenue) = &details.revenue_association {
        fields.push(field("Solution seller", vec![words::line(&revenue.solution_seller)]));
        fields.push(field("Customer of the sale", vec![words::line(&revenue.customer_name)]));
        fields.push(field("Product of the software vendor", vec![words::line(&revenue.isv_product)]));
    }
    fields
}
