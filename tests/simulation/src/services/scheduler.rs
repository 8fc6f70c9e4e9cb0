//! EventBridge Scheduler: one-time schedules, which can fire early, late, twice, after their deletion, or never. In an
//! outage, no schedule reaches its function for days.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_scheduler::error::ErrorMetadata;
use aws_sdk_scheduler::operation::create_schedule::builders::CreateScheduleInputBuilder;
use aws_sdk_scheduler::operation::create_schedule::{
    CreateScheduleError, CreateScheduleInput, CreateScheduleOutput,
};
use aws_sdk_scheduler::operation::delete_schedule::builders::DeleteScheduleInputBuilder;
use aws_sdk_scheduler::operation::delete_schedule::{
    DeleteScheduleError, DeleteScheduleInput, DeleteScheduleOutput,
};
use aws_sdk_scheduler::types::error::{ConflictException, ResourceNotFoundException, ThrottlingException};
use chrono::NaiveDateTime;
use claim_domain::timer::TimerFired;
use claim_ports::Answer;
use dispatch::services::Scheduler;

use super::{CallOutcome, Operation, Sender, refused};
use crate::engine::{Millis, Simulation};
use crate::faults::Fault;
use crate::invocation::Job;
use crate::state::SimulationState;

const MINUTE: Millis = 60_000;
/// For how long a firing that could not be delivered is retried, as the retry policy of the timers sets it.
const RETRY_PERIOD: Millis = 24 * 60 * MINUTE;

#[derive(Debug, Default)]
pub(crate) struct Schedules {
    by_name: BTreeMap<String, u64>,
    created: u64,
    /// The payloads of all schedules that were ever created, by name.
    pub(crate) log: BTreeMap<String, TimerFired>,
    /// The names of all schedules whose deletion was ever requested.
    pub(crate) deleted: BTreeSet<String>,
}

impl Schedules {
    /// Whether there is a schedule with this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }
}

impl Scheduler for Simulation {
    fn create_schedule(
        &self,
        input: CreateScheduleInputBuilder,
    ) -> Answer<'_, CreateScheduleOutput, CreateScheduleError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            CREATE.call(self, input).await
        })
    }

    fn delete_schedule(
        &self,
        input: DeleteScheduleInputBuilder,
    ) -> Answer<'_, DeleteScheduleOutput, DeleteScheduleError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            DELETE.call(self, input).await
        })
    }
}

const CREATE: Operation<CreateScheduleInput, CreateScheduleOutput, CreateScheduleError, ()> = Operation {
    name: "CreateSchedule",
    down: Some(Fault::SchedulerDown),
    draw_outcome: |state, _| draw_outcome(state),
    carry_out: create,
    refusal: |()| {
        let error = ThrottlingException::builder().message("Rate exceeded").meta(meta("ThrottlingException"));
        refused(CreateScheduleError::ThrottlingException(built(error.build())), 429)
    },
};

const DELETE: Operation<DeleteScheduleInput, DeleteScheduleOutput, DeleteScheduleError, ()> = Operation {
    name: "DeleteSchedule",
    down: Some(Fault::SchedulerDown),
    draw_outcome: |state, _| draw_outcome(state),
    carry_out: delete,
    refusal: |()| {
        let error = ThrottlingException::builder().message("Rate exceeded").meta(meta("ThrottlingException"));
        refused(DeleteScheduleError::ThrottlingException(built(error.build())), 429)
    },
};

fn meta(code: &'static str) -> ErrorMetadata {
    ErrorMetadata::builder().code(code).build()
}

/// The result of a builder that has all required fields.
fn built<T, E>(built: Result<T, E>) -> T {
    built.unwrap_or_else(|_| unreachable!("every required field is set"))
}

fn draw_outcome(state: &mut SimulationState) -> CallOutcome<()> {
    let kinds = [Fault::SchedulerThrottled, Fault::SchedulerAnswerLost];
    match state.faults.inject_one(&mut state.random.timers, &kinds) {
        Some(Fault::SchedulerThrottled) => CallOutcome::Refused(()),
        Some(_) => CallOutcome::AnswerLost,
        None => CallOutcome::Normal,
    }
}

fn create(
    state: &mut SimulationState,
    input: CreateScheduleInput,
    _: Sender,
) -> Result<CreateScheduleOutput, SdkError<CreateScheduleError>> {
    let name = input.name().unwrap_or_default().to_owned();
    if state.schedules.has(&name) {
        let error = ConflictException::builder()
            .message(format!("Schedule {name} already exists."))
            .meta(meta("ConflictException"));
        return Err(refused(CreateScheduleError::ConflictException(built(error.build())), 409));
    }
    let payload = input.target().and_then(|target| target.input()).unwrap_or_default().to_owned();
    let at = instant(input.schedule_expression().unwrap_or_default());
    let window = input.flexible_time_window().and_then(|window| window.maximum_window_in_minutes());
    state.schedules.created += 1;
    let number = state.schedules.created;
    state.schedules.by_name.insert(name.clone(), number);
    crate::properties::timers::check_created_schedule(state, &name, &payload, at);
    plan_firings(state, &name, number, &payload, at, Millis::from(window.unwrap_or(0)) * MINUTE);
    let output = CreateScheduleOutput::builder().schedule_arn(format!("arn:aws:scheduler:::schedule/{name}"));
    Ok(built(output.build()))
}

/// Decides when a schedule fires.
fn plan_firings(
    state: &mut SimulationState,
    name: &str,
    number: u64,
    payload: &str,
    at: Millis,
    window: Millis,
) {
    let now = state.agenda.now();
    let kinds =
        [Fault::TimerEarly, Fault::TimerLate, Fault::TimerTwice, Fault::TimerDeleted, Fault::TimerNever];
    let fault = state.faults.inject_one(&mut state.random.timers, &kinds);
    let random = &mut state.random.timers;
    let (within, early, late) =
        (random.i64(0..=window), random.i64(1..=MINUTE), random.i64(16 * MINUTE..3 * 24 * 60 * MINUTE));
    let fire = |state: &mut SimulationState, at: Millis, unless_deleted: bool| {
        let (name, payload) = (name.to_owned(), payload.to_owned());
        state.agenda.after(at - now, move |state| fire(state, &name, number, &payload, unless_deleted));
    };
    // A schedule whose time is in the past fires immediately.
    match fault {
        Some(Fault::TimerEarly) => fire(state, at - early, true),
        Some(Fault::TimerLate) => fire(state, at + late, true),
        Some(Fault::TimerTwice) => {
            fire(state, at + within, true);
            fire(state, at + within + early, false);
        }
        Some(Fault::TimerDeleted) => fire(state, at + late / 4, false),
        Some(_) => {}
        None => fire(state, at + within, true),
    }
}

fn fire(state: &mut SimulationState, name: &str, number: u64, payload: &str, unless_deleted: bool) {
    let exists = state.schedules.by_name.get(name) == Some(&number);
    if exists {
        // Schedules delete themselves after they have fired.
        state.schedules.by_name.remove(name);
    }
    if exists || !unless_deleted {
        deliver(state, payload.to_owned());
    }
}

/// Invokes deadline. Outages begin here, since here a clock is due. A firing during an outage is retried for a day, and
/// lost if the outage lasts longer.
fn deliver(state: &mut SimulationState, payload: String) {
    let now = state.agenda.now();
    let SimulationState { faults, random, .. } = &mut *state;
    let (begins, pause) = (faults.begin_outage(&mut random.outages, now), random.outages.i64(0..15 * MINUTE));
    let ends = faults.outage_ends();
    if begins {
        state.note("outage", ends.unsigned_abs(), || format!("until {}", crate::state::instant(ends)));
    }
    let job = Job::Timer { payload, attempt: 1 };
    if ends <= now {
        state.jobs.push(job);
    } else if ends - now <= RETRY_PERIOD {
        state.agenda.after(ends - now + pause, move |state| state.jobs.push(job));
    }
}

fn delete(
    state: &mut SimulationState,
    input: DeleteScheduleInput,
    _: Sender,
) -> Result<DeleteScheduleOutput, SdkError<DeleteScheduleError>> {
    let name = input.name().unwrap_or_default();
    state.schedules.deleted.insert(name.to_owned());
    match state.schedules.by_name.remove(name) {
        Some(_) => Ok(DeleteScheduleOutput::builder().build()),
        None => {
            let error = ResourceNotFoundException::builder()
                .message(format!("Schedule {name} does not exist."))
                .meta(meta("ResourceNotFoundException"));
            Err(refused(DeleteScheduleError::ResourceNotFoundException(built(error.build())), 404))
        }
    }
}

/// The instant of `at(2026-03-02T09:00:00)`, in UTC.
fn instant(expression: &str) -> Millis {
    let text = expression.strip_prefix("at(").and_then(|text| text.strip_suffix(')')).unwrap_or_default();
    let parsed = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S");
    parsed.map_or(0, |at| at.and_utc().timestamp_millis())
}
