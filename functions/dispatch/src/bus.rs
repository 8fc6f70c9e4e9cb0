//! The bus of changes: whoever runs the system routes them from there to any target (D23). The detail of an event is as
//! `infra/schemas/claim-change.v1.schema.json` says; events come at least once, and organisation and sequence tell one from
//! another.

use std::sync::Arc;

use aws_sdk_eventbridge::operation::put_events::PutEventsInput;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use claim_domain::ids::PartnerId;
use claim_runtime::Variables;
use claim_store::Numbered;
use serde::Serialize;
use serde_json::json;

use crate::failure::Failure;
use crate::services::Bus;

/// The version of the schema of an event's detail.
const SCHEMA_VERSION: u32 = 1;
/// What every event names as its source.
const SOURCE: &str = "claimed-partner-of-record";
/// The type of every event.
const TYPE: &str = "ClaimChanged";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'a> {
    schema_version: u32,
    organisation: &'a PartnerId,
    sequence: u64,
    #[serde(flatten)]
    change: &'a Numbered,
}

/// Where changes are put, if anywhere.
#[derive(Debug, Clone)]
pub(crate) struct ChangesBus {
    bus: Arc<dyn Bus>,
    name: Option<String>,
}

impl ChangesBus {
    /// The bus as configured; without `CHANGES_BUS` nothing is put anywhere.
    pub(crate) fn new(bus: Arc<dyn Bus>, variables: &Variables) -> Self {
        let name = variables.optional("CHANGES_BUS").filter(|name| !name.is_empty());
        Self { bus, name: name.map(str::to_owned) }
    }

    /// Puts a change on the bus; returns when the bus has accepted it.
    ///
    /// # Errors
    /// Transient: the bus did not accept it.
    pub(crate) async fn put(&self, organisation: &PartnerId, change: &Numbered) -> Result<(), Failure> {
        let Some(bus) = &self.name else { return Ok(()) };
        let answer = self.bus.put_events(PutEventsInput::builder().entries(event(bus, organisation, change)));
        let answer = answer.await.map_err(|error| Failure::transient("event not put", error))?;
        match answer.entries().iter().find_map(|entry| entry.error_code()) {
            Some(code) => Err(Failure::transient("event not accepted", code.to_owned())),
            None => Ok(()),
        }
    }
}

fn event(bus: &str, organisation: &PartnerId, change: &Numbered) -> PutEventsRequestEntry {
    let detail = Detail { schema_version: SCHEMA_VERSION, organisation, sequence: change.sequence, change };
    PutEventsRequestEntry::builder()
        .event_bus_name(bus)
        .source(SOURCE)
        .detail_type(TYPE)
        .detail(json!(detail).to_string())
        .build()
}

#[cfg(test)]
#[path = "bus_tests.rs"]
mod tests;
