//! D15: each product of a customer has at most one partner of record.

use std::collections::BTreeMap;

use claim_domain::claim::Status;

use super::Property;
use crate::model::read;
use crate::state::SimulationState;
use crate::table::Record;

/// [`Property::OneHolder`]: an association record is created or deleted, but never passed from one claim to another.
pub(crate) fn check_written_record(state: &mut SimulationState, record: &Record) {
    if let (Some(_), Some(_)) = (&record.old, &record.new) {
        let what = format!("{} was taken from its holder", record.key.partition);
        state.violated(Property::OneHolder, what);
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
        for product in &known.claim.details.products {
            let pk = match &product.subscription_id {
                Some(subscription) => format!("ASSOC#{subscription}"),
                None => format!("ASSOC#{}#{}", known.claim.details.customer.tenant_id, product.product),
            };
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
