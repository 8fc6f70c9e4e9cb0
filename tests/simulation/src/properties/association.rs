//! D15: each product of a customer has at most one partner of record.

use std::collections::BTreeMap;
use std::sync::Arc;

use claim_domain::claim::{Evidence, Product, Status, Verdict};
use claim_domain::ids::ClaimId;
use serde_json::Value;

use super::Property;
use crate::engine::TaskId;
use crate::model::read;
use crate::people::{ReceivedResponse, SentRequest};
use crate::state::SimulationState;
use test_support::table::{Item, Key, Record};

/// [`Property::OneHolder`]: an association record is created, kept or deleted, but never passed from one claim to another.
pub(crate) fn check_written_record(state: &mut SimulationState, record: &Record) {
    let holder = |item: &Option<Arc<Item>>| item.as_ref().and_then(|item| read::<String>(item, "claim"));
    let (old, new) = (holder(&record.old), holder(&record.new));
    if old == new {
        return;
    }
    state.model.associations_changed = state.agenda.now();
    if old.is_some() && new.is_some() {
        let what = format!("{} was taken from its holder", record.key.partition);
        state.violated(Property::OneHolder, what);
    }
}

/// [`Property::NewestProof`]: the records of what an approved claim holds name its newest document that counts.
pub(crate) fn check_newest_document(state: &mut SimulationState, id: &ClaimId) {
    let Some(known) = state.model.claims.get(id) else { return };
    let claim = &known.claim;
    if claim.status != Status::Approved {
        return;
    }
    let counts = |document: &&Evidence| {
        document.uploaded_at.is_some() && !document.staged && document.verdict != Some(Verdict::Infected)
    };
    let newest = claim.evidence.iter().filter(counts).max_by_key(|document| document.uploaded_at);
    let newest = newest.map(|document| document.id.to_string());
    let other = claim.details.named().find(|product| {
        let record = state.table.item(&Key {
            partition: partition(product, claim.details.customer.tenant_id.as_str()),
            sort: "ASSOC".to_owned(),
        });
        let record = record.and_then(|item| read::<Value>(item, "record")).unwrap_or_default();
        record["newestEvidence"]["id"].as_str() != newest.as_deref()
    });
    if let Some(product) = other {
        let what = format!("the record of {} does not name {newest:?} of {id}", product.product);
        state.violated(Property::NewestProof, what);
    }
}

/// The partition of the record of a product.
fn partition(product: &Product, tenant: &str) -> String {
    match &product.subscription_id {
        Some(subscription) => format!("ASSOC#{subscription}"),
        None => format!("ASSOC#{tenant}#{}", product.product),
    }
}

/// [`Property::Contested`]: an answer that shows a claim says whether another claim holds one of its products (D15), but
/// not of a draft (D13). Checked if no record was written while the request was carried out.
pub(crate) fn check_shown_claim(
    state: &mut SimulationState,
    task: TaskId,
    request: &SentRequest,
    response: &ReceivedResponse,
) {
    let Some(began) = state.invocations.get(&task).map(|invocation| invocation.began) else { return };
    if !response.is_accepted() || state.model.associations_changed >= began {
        return;
    }
    let body = response.json();
    let (Some(shown), Some(products)) = (body["contested"].as_bool(), body["products"].as_array()) else {
        return;
    };
    let is_wanted = match body["status"].as_str() {
        Some("editing" | "approved" | "discarded") => false,
        Some("rejected") => body["rejection"]["disputable"] == true,
        _ => true,
    };
    let is_held = products.iter().any(|product| {
        let partition = match product["subscriptionId"].as_str() {
            Some(subscription) => format!("ASSOC#{subscription}"),
            None => format!(
                "ASSOC#{}#{}",
                body["customer"]["tenantId"].as_str().unwrap_or_default(),
                product["product"].as_str().unwrap_or_default()
            ),
        };
        let record = state.table.item(&Key { partition, sort: "ASSOC".to_owned() });
        record.and_then(|item| read::<String>(item, "claim")).is_some_and(|holder| body["id"] != *holder)
    });
    let by = body["contestedBy"].as_array().map(|holders| !holders.is_empty());
    let expected = is_wanted && is_held;
    if shown != expected || by.is_some_and(|by| by != expected) {
        let what = format!("#{task} {request}: contested is {shown}, by {}", body["contestedBy"]);
        state.violated(Property::Contested, what);
    }
}

/// [`Property::OneHolder`]: each approved claim holds a record for each of its products, and there are no other
/// records.
pub(crate) fn check_records_match_claims(state: &mut SimulationState) {
    let records: BTreeMap<String, String> = state
        .table
        .partitions("ASSOC#")
        .filter_map(|item| {
            Some((read::<String>(item, "pk")?, read::<String>(item, "claim").unwrap_or_default()))
        })
        .collect();
    let approved = state.model.claims.values().filter(|known| known.claim.status == Status::Approved);
    let mut expected = BTreeMap::new();
    let mut twice = None;
    for known in approved {
        for product in known.claim.details.named() {
            let pk = partition(product, known.claim.details.customer.tenant_id.as_str());
            if expected.insert(pk.clone(), known.claim.id.to_string()).is_some() {
                twice = Some(pk);
            }
        }
    }
    if let Some(pk) = twice {
        state.violated(Property::OneHolder, format!("{pk} is held by two approved claims"));
    }
    if records != expected {
        state.violated(
            Property::OneHolder,
            format!("the records are {records:?}, the approved claims {expected:?}"),
        );
    }
}
