//! EventBridge: a bus that accepts events, or refuses them one by one.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_eventbridge::error::ErrorMetadata;
use aws_sdk_eventbridge::operation::put_events::builders::PutEventsInputBuilder;
use aws_sdk_eventbridge::operation::put_events::{PutEventsError, PutEventsInput, PutEventsOutput};
use aws_sdk_eventbridge::types::PutEventsResultEntry;
use claim_ports::Answer;
use dispatch::services::Bus;

use super::{CallOutcome, Operation, Sender, refused};
use crate::engine::Simulation;
use crate::faults::Fault;
use crate::properties::changes::check_told;
use crate::state::SimulationState;

impl Bus for Simulation {
    fn put_events(&self, input: PutEventsInputBuilder) -> Answer<'_, PutEventsOutput, PutEventsError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            PUT.call(self, input).await
        })
    }
}

const PUT: Operation<PutEventsInput, PutEventsOutput, PutEventsError, ()> = Operation {
    name: "PutEvents",
    down: Some(Fault::BusDown),
    draw_outcome,
    carry_out: put,
    refusal: |()| {
        let meta = ErrorMetadata::builder().code("InternalException").build();
        refused(PutEventsError::generic(meta), 500)
    },
};

fn draw_outcome(state: &mut SimulationState, _: &PutEventsInput) -> CallOutcome<()> {
    match state.faults.inject_one(&mut state.random.bus, &[Fault::BusFailed, Fault::BusAnswerLost]) {
        Some(Fault::BusFailed) => CallOutcome::Refused(()),
        Some(_) => CallOutcome::AnswerLost,
        None => CallOutcome::Normal,
    }
}

/// The answer is a success even if the bus refuses an event.
fn put(
    state: &mut SimulationState,
    input: PutEventsInput,
    _: Sender,
) -> Result<PutEventsOutput, SdkError<PutEventsError>> {
    let mut answer = PutEventsOutput::builder();
    for entry in input.entries() {
        let SimulationState { faults, random, .. } = &mut *state;
        let refused = faults.inject_one(&mut random.bus, &[Fault::EventRefused]).is_some();
        let result = PutEventsResultEntry::builder();
        answer = match refused {
            true => answer.entries(result.error_code("ThrottlingException").build()),
            false => {
                check_told(state, entry.detail().unwrap_or_default());
                answer.entries(result.event_id("id").build())
            }
        };
    }
    Ok(answer.build())
}
