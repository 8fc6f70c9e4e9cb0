//! Lists of claims, page by page.

use claim_domain::calendar::Instant;
use claim_domain::catalogue::SolutionArea;
use claim_domain::claim::Status;
use claim_domain::clock::Party;
use claim_domain::ids::{ClaimId, MpnId, PartnerId};
use claim_domain::people::Actor;
use claim_store::{Listed, ListedCustomer};
use serde::Serialize;

use super::Viewer;

/// A page of a list; only a missing `next` means the end.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// What is on the page.
    pub items: Vec<T>,
    /// The cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What a reader has to know about the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<&'static str>,
}

/// What every list of claims says about itself (I3).
const LAG: &str = "Lists may lag behind the claims, above all behind clocks that have just come due. Read a claim to see \
                   how it stands.";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    id: &'a ClaimId,
    revision: u64,
    status: Status,
    name: &'a str,
    partner_id: &'a PartnerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    partner_name: Option<&'a str>,
    mpn_id: &'a MpnId,
    solution_area: SolutionArea,
    customer: &'a ListedCustomer,
    products: &'a [String],
    contested: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    undeliverable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_to: Option<&'a Actor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_due_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    awaits: Option<Party>,
    breached: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    breached_since: Option<Instant>,
    created_at: Instant,
    updated_at: Instant,
}

/// A page of claims; only reviewers are shown who reviews a claim.
pub fn rows(viewer: Viewer, listed: &[Listed], next: Option<String>) -> impl Serialize {
    let items = listed.iter().map(|listed| Row {
        id: &listed.id,
        revision: listed.revision,
        status: listed.status,
        name: &listed.name,
        partner_id: &listed.partner_id,
        partner_name: listed.partner_name.as_deref(),
        mpn_id: &listed.mpn_id,
        solution_area: listed.solution_area,
        customer: &listed.customer,
        products: &listed.products,
        contested: listed.contested,
        undeliverable: listed.undeliverable,
        assigned_to: listed.assigned_to.as_ref().filter(|_| viewer == Viewer::Reviewer),
        next_due_at: listed.next_due_at,
        awaits: listed.awaits,
        breached: listed.late_since.is_some(),
        breached_since: listed.late_since,
        created_at: listed.created_at,
        updated_at: listed.updated_at,
    });
    Page { items: items.collect(), next, notice: Some(LAG) }
}
