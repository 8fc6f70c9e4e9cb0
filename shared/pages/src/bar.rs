//! What identifies a claim, at the top of each of its pages.

use claim_domain::calendar::Instant;
use claim_domain::claim::{Claim, Status};
use claim_domain::clock::Party;
use claim_domain::program::Program;
use claim_http::view::Viewer;

use crate::due::Due;
use crate::words;

/// What identifies a claim: whose it is, where it stands, who has to act, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The claim's own page.
    pub address: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The customer's name.
    pub customer: String,
    /// The partner organisation, for whoever is not it.
    pub partner: Option<String>,
    /// The products.
    pub products: String,
    /// The status, as a label.
    pub status: &'static str,
    /// The style of the label.
    pub tone: &'static str,
    /// Who has to act.
    pub party: &'static str,
    /// Until when.
    pub due: Option<Due>,
}

impl Bar {
    /// The bar of a claim as it stands at `now`, for a viewer.
    pub fn of(claim: &Claim, viewer: Viewer, program: &Program, now: Instant) -> Self {
        let expected = claim.expected();
        let details = &claim.details;
        let (place, you, partner) = match viewer {
            Viewer::Partner => ("claims", "You", None),
            Viewer::Reviewer => {
                let partner = words::partner(claim.partner_name.as_deref(), &details.mpn_id);
                ("review", words::party(Party::Partner), Some(partner))
            }
        };
        Self {
            address: format!("/{place}/{}", claim.id),
            id: claim.id.to_string(),
            name: words::line(&details.name),
            customer: words::line(&details.customer.name),
            partner,
            products: details.named().map(|one| one.product.as_str()).collect::<Vec<_>>().join(", "),
            status: words::status(claim.status),
            tone: words::tone(claim.status),
            party: match (claim.status, expected) {
                (Status::Editing, _) => you,
                (Status::Rejected, Some(_)) if viewer == Viewer::Partner => "You, if you dispute it",
                (Status::Rejected, Some(_)) => "The partner, who can dispute it",
                (_, Some((_, Party::Partner))) => you,
                (_, Some((_, party))) => words::party(party),
                (_, None) => "Nobody",
            },
            due: expected.map(|(due, _)| Due::new(due, now, &program.calendar)),
        }
    }
}
