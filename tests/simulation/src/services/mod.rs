//! The simulated services of AWS behind the product's ports. Each behaves as the real one is documented to behave in
//! the worst case.
//!
//! This module has what their calls have in common. A call is sent, carried out and answered, which takes time, and
//! each of these parts can fail. The product calls the services as through the SDK, which makes up to three attempts.

pub(crate) mod bucket;
pub(crate) mod bus;
pub(crate) mod mailer;
pub(crate) mod queue;
pub(crate) mod receivers;
pub(crate) mod scanner;
pub(crate) mod scheduler;
pub(crate) mod sessions;
mod sqs;
pub(crate) mod table;
pub(crate) mod webhook_queue;

use std::error::Error;

use aws_sdk_dynamodb::error::SdkError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::engine::{Millis, Simulation, Slot, TaskId};
use crate::faults::Fault;
use crate::state::SimulationState;

/// How many attempts the SDK makes, as `claim_runtime::Aws` configures it.
const ATTEMPTS: u32 = 3;
/// How long the SDK waits for the answer of an attempt.
const ATTEMPT_TIMEOUT: Millis = 3_000;

/// The error codes after which the SDK retries.
const RETRIED_CODES: [&str; 8] = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TransactionInProgressException",
    "TooManyRequestsException",
    "LimitExceededException",
    "SlowDown",
    "InternalServerError",
];

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallOutcome<F> {
    /// It is carried out and answered.
    Normal,
    /// The service refuses it.
    Refused(F),
    /// The request never reaches the service.
    RequestLost,
    /// It is carried out, but its answer never arrives.
    AnswerLost,
    /// It is carried out after the caller has given up waiting.
    Late,
}

impl<F> CallOutcome<F> {
    /// What goes wrong, as a suffix in the trace.
    fn suffix(&self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::Refused(_) => " (refused)",
            Self::RequestLost => " (the request is lost)",
            Self::AnswerLost => " (the answer is lost)",
            Self::Late => " (carried out too late)",
        }
    }
}

/// The sender of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sender {
    /// The task of the invocation that sent the call.
    pub(crate) task: TaskId,
    /// Whether the answer will arrive at the sender, unless the sender is killed in the meantime.
    pub(crate) acknowledged: bool,
}

/// An operation of a service, with input `I`, output `O`, error `E` and kinds of refusal `F`.
pub(crate) struct Operation<I, O, E, F> {
    /// The name in the trace.
    pub(crate) name: &'static str,
    /// The fault that keeps every request from the service for days, if it has one.
    pub(crate) down: Option<Fault>,
    /// Draws what happens to a call.
    pub(crate) draw_outcome: fn(&mut SimulationState, &I) -> CallOutcome<F>,
    pub(crate) carry_out: fn(&mut SimulationState, I, Sender) -> Result<O, SdkError<E>>,
    /// The error for a kind of refusal.
    pub(crate) refusal: fn(F) -> SdkError<E>,
}

impl<I, O, E, F> Operation<I, O, E, F>
where
    I: Clone + Send + 'static,
    O: Send + 'static,
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    F: Copy + PartialEq,
{
    /// Calls the operation as the SDK does.
    pub(crate) async fn call(&self, simulation: &Simulation, input: I) -> Result<O, SdkError<E>> {
        // A fault happens in the first attempt only, or in all of them.
        let (mut outcome, happens_in_all) = {
            let mut state = simulation.state();
            let outcome = (self.draw_outcome)(&mut state, &input);
            let in_all = state.random.latency.bool();
            let SimulationState { faults, random, agenda, .. } = &mut *state;
            match self.down.is_some_and(|service| faults.is_down(&mut random.downs, service, agenda.now())) {
                true => (CallOutcome::RequestLost, true),
                false => (outcome, in_all),
            }
        };
        let mut attempt = 1;
        while outcome != CallOutcome::Normal {
            match self.attempt(simulation, input.clone(), outcome).await {
                Err(error) if attempt < ATTEMPTS && is_retried(&error) => {
                    let pause = simulation.state().random.latency.i64(0..1000) << (attempt - 1);
                    simulation.sleep(pause).await;
                }
                result => return result,
            }
            attempt += 1;
            if !happens_in_all {
                outcome = CallOutcome::Normal;
            }
        }
        // A call that is carried out and answered is not retried, even if the answer is an error.
        self.attempt(simulation, input, outcome).await
    }

    async fn attempt(
        &self,
        simulation: &Simulation,
        input: I,
        outcome: CallOutcome<F>,
    ) -> Result<O, SdkError<E>> {
        let slot: Slot<Result<O, SdkError<E>>> = Slot::default();
        {
            let mut state = simulation.state();
            let Some(task) = state.agenda.current() else { return Err(no_answer(outcome)) };
            let kill = state.begin_call(task, !matches!(outcome, CallOutcome::Normal));
            state.note("call", task as u64, || format!("#{task} {}{}", self.name, outcome.suffix()));
            let (request_time, answer_time) = (state.latency(), state.latency());
            let (carry_out, filled) = (self.carry_out, slot.clone());
            let (carried_out, woken) = match outcome {
                CallOutcome::Normal => (Some(request_time), request_time + answer_time),
                CallOutcome::Refused(_) => (None, request_time + answer_time),
                CallOutcome::RequestLost => (None, request_time),
                CallOutcome::AnswerLost => (Some(request_time), ATTEMPT_TIMEOUT),
                CallOutcome::Late => (Some(ATTEMPT_TIMEOUT + request_time * 20), ATTEMPT_TIMEOUT),
            };
            let error = match outcome {
                CallOutcome::Normal => None,
                CallOutcome::Refused(refusal) => Some((self.refusal)(refusal)),
                _ => Some(no_answer(outcome)),
            };
            if let Some(delay) = carried_out.filter(|_| kill != Kill::BeforeSending) {
                let (filled, is_answered) = (filled.clone(), error.is_none());
                state.agenda.after(delay, move |state| {
                    let sender = Sender { task, acknowledged: is_answered && kill == Kill::None };
                    let result = carry_out(state, input, sender);
                    if is_answered {
                        filled.set(result);
                    }
                });
            }
            // A task that is killed never gets the answer.
            if kill == Kill::None {
                if let Some(error) = error {
                    state.agenda.after(woken, move |_| filled.set(Err(error)));
                }
                state.agenda.wake(task, woken);
            }
        }
        slot.await
    }
}

/// Whether and when a task that calls a service is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kill {
    /// It is not killed, and waits for the answer.
    None,
    AfterSending,
    BeforeSending,
}

/// The error of a call that was not answered.
fn no_answer<E, F>(outcome: CallOutcome<F>) -> SdkError<E> {
    match outcome {
        CallOutcome::RequestLost => SdkError::dispatch_failure(ConnectorError::io("connection reset".into())),
        _ => SdkError::timeout_error("operation attempt timeout"),
    }
}

/// Whether the SDK retries after this error.
fn is_retried<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => true,
        SdkError::ServiceError(service) => {
            service.raw().status().is_server_error()
                || service.err().code().is_some_and(|code| RETRIED_CODES.contains(&code))
        }
        _ => false,
    }
}

/// A refusal of a service, as an error of the SDK.
pub(crate) fn refused<E>(error: E, status: u16) -> SdkError<E> {
    let status = StatusCode::try_from(status).unwrap_or_else(|_| unreachable!("a status code"));
    SdkError::service_error(error, HttpResponse::new(status, SdkBody::empty()))
}
