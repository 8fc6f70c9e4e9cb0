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
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "PageOf{T}"))]
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

/// A claim in a list.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "ListedClaim"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row<'a> {
    /// Its id, a ULID.
    id: &'a ClaimId,
    /// The number of its changes that a caller could overwrite.
    revision: u64,
    /// Where it stands.
    status: Status,
    /// Its name.
    name: &'a str,
    /// The partner organisation, as its tokens name it.
    partner_id: &'a PartnerId,
    /// The organisation's display name, if its tokens have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    partner_name: Option<&'a str>,
    /// The location of the partner organisation that claims.
    mpn_id: &'a MpnId,
    /// Its product family.
    solution_area: SolutionArea,
    /// The end customer.
    customer: &'a ListedCustomer,
    /// The names of its products.
    products: &'a [String],
    /// Whether another claim held what it wants when that was last looked up.
    contested: bool,
    /// Whether emails cannot be delivered to the partner's contact; only given where they cannot.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    undeliverable: bool,
    /// Reviewers only: the reviewer who has it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_to: Option<&'a Actor>,
    /// By when somebody is to act, or was to.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_due_at: Option<Instant>,
    /// Who is to act.
    #[serde(skip_serializing_if = "Option::is_none")]
    awaits: Option<Party>,
    /// Whether reviewers have missed a promise that they still owe.
    breached: bool,
    /// Since when they have.
    #[serde(skip_serializing_if = "Option::is_none")]
    breached_since: Option<Instant>,
    /// When it was created.
    created_at: Instant,
    /// When it last changed; internal notes leave this alone.
    updated_at: Instant,
}

/// The columns of claims in a CSV file: a field each, by its place in JSON. What only reviewers see comes last.
const COLUMNS: [&str; 22] = [
    "id",
    "revision",
    "status",
    "name",
    "partnerId",
    "partnerName",
    "mpnId",
    "solutionArea",
    "customer.tenantId",
    "customer.name",
    "products",
    "contested",
    "undeliverable",
    "nextDueAt",
    "awaits",
    "breached",
    "breachedSince",
    "createdAt",
    "updatedAt",
    "assignedTo.role",
    "assignedTo.id",
    "assignedTo.name",
];
/// How many of the columns everybody sees.
const FOR_ALL: usize = 19;

/// The columns that the viewer sees of claims in a CSV file.
pub fn claim_columns(viewer: Viewer) -> &'static [&'static str] {
    match viewer {
        Viewer::Reviewer => &COLUMNS,
        Viewer::Partner => &COLUMNS[..FOR_ALL],
    }
}

/// A page of claims; only reviewers are shown who reviews a claim.
pub fn rows(viewer: Viewer, listed: &[Listed], next: Option<String>) -> Page<impl Serialize> {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;

    /// The places of all values in an object, with dots between names.
    fn places(value: &Value, at: &str) -> BTreeSet<String> {
        let Value::Object(fields) = value else { return BTreeSet::from([at.to_owned()]) };
        let dot = if at.is_empty() { "" } else { "." };
        fields.iter().flat_map(|(name, value)| places(value, &format!("{at}{dot}{name}"))).collect()
    }

    #[test]
    fn every_field_of_a_claim_in_a_list_has_a_column() {
        let at = "2026-03-02T09:00:00Z";
        let listed: Listed = serde_json::from_value(json!({
            "id": "01J0000000000000000000000A", "revision": 1, "status": "submitted", "name": "Rollout",
            "partnerId": "contoso", "partnerName": "Contoso", "mpnId": "1001", "solutionArea": "Microsoft 365",
            "customer": { "tenantId": "11111111-2222-3333-4444-555555555555", "name": "Wingtip" },
            "products": ["Teams"], "contested": true, "disputed": true, "undeliverable": true, "awaits": "reviewers",
            "assignedTo": { "role": "reviewer", "id": "rita", "name": "Rita" }, "nextDueAt": at, "lateSince": at,
            "createdAt": at, "updatedAt": at,
        }))
        .unwrap();
        for viewer in [Viewer::Partner, Viewer::Reviewer] {
            let page = json!(rows(viewer, std::slice::from_ref(&listed), None));
            let columns: BTreeSet<_> =
                claim_columns(viewer).iter().map(|column| (*column).to_owned()).collect();
            assert_eq!(columns, places(&page["items"][0], ""), "{viewer:?}");
        }
    }
}
