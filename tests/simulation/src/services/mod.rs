//! The services of AWS behind the product's ports, each as it is documented to behave, at its worst.
//!
//! What they have in common is here: a call is sent, carried out and answered, each part taking its time; any part can
//! fail; and the SDK's own retries lie between a service and the product, three attempts in all.

pub(crate) mod bucket;
pub(crate) mod mailer;
pub(crate) mod queue;
pub(crate) mod scanner;
pub(crate) mod scheduler;
pub(crate) mod table;

use std::error::Error;

use aws_sdk_dynamodb::error::SdkError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::engine::{Millis, Sim, Slot, TaskId};
use crate::state::State;

/// How often the SDK tries, as `claim_runtime::Aws` configures it.
const ATTEMPTS: u32 = 3;
/// How long the SDK waits for an answer.
const PATIENCE: Millis = 3_000;

/// What the SDK retries by the error's code.
const RETRIED: [&str; 8] = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TransactionInProgressException",
    "TooManyRequestsException",
    "LimitExceededException",
    "SlowDown",
    "InternalServerError",
];

/// How a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course<F> {
    /// It is carried out and answered.
    Fine,
    /// It is refused.
    Refused(F),
    /// It never reaches the service.
    RequestLost,
    /// It is carried out, but its answer never arrives.
    AnswerLost,
    /// It is carried out after the caller has given up.
    Late,
}

impl<F> Course<F> {
    /// What goes wrong, for the history.
    fn told(&self) -> &'static str {
        match self {
            Self::Fine => "",
            Self::Refused(_) => " (refused)",
            Self::RequestLost => " (the request is lost)",
            Self::AnswerLost => " (the answer is lost)",
            Self::Late => " (carried out too late)",
        }
    }
}

/// On whose behalf a call is carried out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct By {
    /// The invocation that sent it.
    pub(crate) task: TaskId,
    /// Whether it will hear the answer, unless it is killed meanwhile.
    pub(crate) hears: bool,
}

/// A service, as far as calls to it are alike: `I` is asked, and `O` or `E` answered.
pub(crate) struct Operation<I, O, E, F> {
    /// Its name, for the history.
    pub(crate) name: &'static str,
    /// Draws how a call goes.
    pub(crate) course: fn(&mut State, &I) -> Course<F>,
    /// Carries it out, on behalf of an invocation.
    pub(crate) carry_out: fn(&mut State, I, By) -> Result<O, SdkError<E>>,
    /// The error of a refusal.
    pub(crate) refuse: fn(F) -> SdkError<E>,
}

impl<I, O, E, F> Operation<I, O, E, F>
where
    I: Clone + Send + 'static,
    O: Send + 'static,
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    F: Copy + PartialEq,
{
    /// Calls the service as the SDK does.
    pub(crate) async fn call(&self, sim: &Sim, input: I) -> Result<O, SdkError<E>> {
        // What goes wrong goes wrong once, or for as long as the SDK tries.
        let (course, stubborn) = {
            let mut state = sim.state();
            let course = (self.course)(&mut state, &input);
            (course, state.random.latency.bool())
        };
        let mut attempt = 1;
        let mut course = course;
        while course != Course::Fine {
            match self.attempt(sim, input.clone(), course).await {
                Err(error) if attempt < ATTEMPTS && is_retried(&error) => {
                    let pause = sim.state().random.latency.i64(0..1000) << (attempt - 1);
                    sim.sleep(pause).await;
                }
                result => return result,
            }
            attempt += 1;
            if !stubborn {
                course = Course::Fine;
            }
        }
        // What is carried out and answered is not tried again, whatever the answer.
        self.attempt(sim, input, course).await
    }

    async fn attempt(&self, sim: &Sim, input: I, course: Course<F>) -> Result<O, SdkError<E>> {
        let slot: Slot<Result<O, SdkError<E>>> = Slot::default();
        {
            let mut state = sim.state();
            let Some(task) = state.agenda.current() else { return Err(no_answer(course)) };
            let sends = state.sends(task, !matches!(course, Course::Fine));
            state.note("call", task as u64, || format!("#{task} {}{}", self.name, course.told()));
            let (there, back) = (state.latency(), state.latency());
            let (carry_out, filled) = (self.carry_out, slot.clone());
            let (carried_out, woken) = match course {
                Course::Fine => (Some(there), there + back),
                Course::Refused(_) => (None, there + back),
                Course::RequestLost => (None, there),
                Course::AnswerLost => (Some(there), PATIENCE),
                Course::Late => (Some(PATIENCE + there * 20), PATIENCE),
            };
            let error = match course {
                Course::Fine => None,
                Course::Refused(refusal) => Some((self.refuse)(refusal)),
                _ => Some(no_answer(course)),
            };
            if let Some(delay) = carried_out.filter(|_| sends != Sends::Dies) {
                let (filled, answers) = (filled.clone(), error.is_none());
                state.agenda.after(delay, move |state| {
                    let result =
                        carry_out(state, input, By { task, hears: answers && sends == Sends::AndWaits });
                    if answers {
                        filled.set(result);
                    }
                });
            }
            // Who is killed never hears of the answer.
            if sends == Sends::AndWaits {
                if let Some(error) = error {
                    state.agenda.after(woken, move |_| filled.set(Err(error)));
                }
                state.agenda.wake(task, woken);
            }
        }
        slot.await
    }
}

/// What becomes of a task that calls a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sends {
    /// It sends the request and waits for the answer.
    AndWaits,
    /// It sends the request and is killed.
    AndDies,
    /// It is killed before it sends the request.
    Dies,
}

/// The error of a call that was not answered.
fn no_answer<E, F>(course: Course<F>) -> SdkError<E> {
    match course {
        Course::RequestLost => SdkError::dispatch_failure(ConnectorError::io("connection reset".into())),
        _ => SdkError::timeout_error("operation attempt timeout"),
    }
}

/// Whether the SDK tries again after this error.
fn is_retried<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => true,
        SdkError::ServiceError(service) => {
            service.raw().status().is_server_error()
                || service.err().code().is_some_and(|code| RETRIED.contains(&code))
        }
        _ => false,
    }
}

/// A service's refusal in the SDK's form.
pub(crate) fn refused<E>(error: E, status: u16) -> SdkError<E> {
    let status = StatusCode::try_from(status).unwrap_or_else(|_| unreachable!("a status code"));
    SdkError::service_error(error, HttpResponse::new(status, SdkBody::empty()))
}
