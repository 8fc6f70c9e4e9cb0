//! EventBridge Scheduler: one-time schedules that fire early, late, twice, after their deletion, or never, and outages in
//! which none reaches its function for days.

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
use claim_domain::command::TimerFired;
use claim_ports::Answer;
use dispatch::services::Scheduler;

use super::{By, Course, Operation, refused};
use crate::engine::{Millis, Sim};
use crate::faults::Fault;
use crate::state::State;
use crate::work::Job;

const MINUTE: Millis = 60_000;
/// For how long what could not be delivered is tried again, as the timers' retry policy has it.
const RETRIED: Millis = 24 * 60 * MINUTE;

/// The schedules.
#[derive(Debug, Default)]
pub(crate) struct Schedules {
    by_name: BTreeMap<String, u64>,
    made: u64,
    /// Every name under which a schedule was ever made, with what it says.
    pub(crate) log: BTreeMap<String, TimerFired>,
    /// Every name under which one was ever asked to be deleted.
    pub(crate) deleted: BTreeSet<String>,
}

impl Schedules {
    /// Whether there is a schedule of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }
}

impl Scheduler for Sim {
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
    course: |state, _| course(state),
    carry_out: create,
    refuse: |()| {
        let error = ThrottlingException::builder().message("Rate exceeded").meta(meta("ThrottlingException"));
        refused(CreateScheduleError::ThrottlingException(built(error.build())), 429)
    },
};

const DELETE: Operation<DeleteScheduleInput, DeleteScheduleOutput, DeleteScheduleError, ()> = Operation {
    name: "DeleteSchedule",
    course: |state, _| course(state),
    carry_out: delete,
    refuse: |()| {
        let error = ThrottlingException::builder().message("Rate exceeded").meta(meta("ThrottlingException"));
        refused(DeleteScheduleError::ThrottlingException(built(error.build())), 429)
    },
};

fn meta(code: &'static str) -> ErrorMetadata {
    ErrorMetadata::builder().code(code).build()
}

/// What is built with everything that it needs.
fn built<T, E>(built: Result<T, E>) -> T {
    built.unwrap_or_else(|_| unreachable!("every required part is there"))
}

fn course(state: &mut State) -> Course<()> {
    let kinds = [Fault::SchedulerThrottled, Fault::SchedulerAnswerLost];
    match state.faults.draw(&mut state.random.timers, &kinds) {
        Some(Fault::SchedulerThrottled) => Course::Refused(()),
        Some(_) => Course::AnswerLost,
        None => Course::Fine,
    }
}

fn create(
    state: &mut State,
    input: CreateScheduleInput,
    _: By,
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
    state.schedules.made += 1;
    let made = state.schedules.made;
    state.schedules.by_name.insert(name.clone(), made);
    crate::properties::timers::schedule_is_made(state, &name, &payload, at);
    fate(state, &name, made, &payload, at, Millis::from(window.unwrap_or(0)) * MINUTE);
    let output = CreateScheduleOutput::builder().schedule_arn(format!("arn:aws:scheduler:::schedule/{name}"));
    Ok(built(output.build()))
}

/// Decides when a schedule fires.
fn fate(state: &mut State, name: &str, made: u64, payload: &str, at: Millis, window: Millis) {
    let now = state.agenda.now();
    let kinds =
        [Fault::TimerEarly, Fault::TimerLate, Fault::TimerTwice, Fault::TimerDeleted, Fault::TimerNever];
    let fault = state.faults.draw(&mut state.random.timers, &kinds);
    let random = &mut state.random.timers;
    let (within, early, late) =
        (random.i64(0..=window), random.i64(1..=MINUTE), random.i64(16 * MINUTE..3 * 24 * 60 * MINUTE));
    let fire = |state: &mut State, at: Millis, unless_deleted: bool| {
        let (name, payload) = (name.to_owned(), payload.to_owned());
        state.agenda.after(at - now, move |state| fire(state, &name, made, &payload, unless_deleted));
    };
    // One that is over before it exists fires at once.
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

fn fire(state: &mut State, name: &str, made: u64, payload: &str, unless_deleted: bool) {
    let stands = state.schedules.by_name.get(name) == Some(&made);
    if stands {
        // Schedules delete themselves when they are done.
        state.schedules.by_name.remove(name);
    }
    if stands || !unless_deleted {
        deliver(state, payload.to_owned());
    }
}

/// Invokes deadline. Outages begin here, where there is a clock to be acted on. What falls into one is tried again for a
/// day, and lost if the outage has not ended by then.
fn deliver(state: &mut State, payload: String) {
    let now = state.agenda.now();
    let State { faults, random, .. } = &mut *state;
    let (begins, pause) = (faults.begin_outage(&mut random.outages, now), random.outages.i64(0..15 * MINUTE));
    let ends = faults.outage();
    if begins {
        state.note("outage", ends.unsigned_abs(), || format!("until {}", crate::state::instant(ends)));
    }
    let job = Job::Timer { payload, attempt: 1 };
    if ends <= now {
        state.jobs.push(job);
    } else if ends - now <= RETRIED {
        state.agenda.after(ends - now + pause, move |state| state.jobs.push(job));
    }
}

fn delete(
    state: &mut State,
    input: DeleteScheduleInput,
    _: By,
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
