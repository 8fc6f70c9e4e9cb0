//! Timers in EventBridge Scheduler. A schedule is a hint, the table is the truth (I4): one that exists already is left
//! as it is, one that is gone already counts as removed, and none is ever updated.

use std::sync::Arc;

use aws_sdk_scheduler::error::ProvideErrorMetadata;
use aws_sdk_scheduler::operation::create_schedule::CreateScheduleInput;
use aws_sdk_scheduler::operation::delete_schedule::DeleteScheduleInput;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy, Target,
};
use chrono::{DurationRound, TimeDelta};
use claim_domain::calendar::Instant;
use claim_domain::clock::ClockName;
use claim_domain::ids::ClaimId;
use claim_domain::timer::{TimerFired, TimerName};
use claim_runtime::{ConfigError, Variables};

use crate::failure::Failure;
use crate::services::Scheduler;

/// How far ahead a schedule is created at least, so that its instant cannot pass before it exists.
const AHEAD: TimeDelta = TimeDelta::minutes(2);

/// Where timers are set.
#[derive(Debug, Clone)]
pub(crate) struct Timers {
    scheduler: Arc<dyn Scheduler>,
    group: String,
    role: String,
    function: String,
    dead_letters: String,
    window_minutes: i32,
}

impl Timers {
    /// Timers as configured.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub(crate) fn new(scheduler: Arc<dyn Scheduler>, variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self {
            scheduler,
            group: variables.required("SCHEDULE_GROUP")?.to_owned(),
            role: variables.required("SCHEDULER_ROLE_ARN")?.to_owned(),
            function: variables.required("DEADLINE_FUNCTION_ARN")?.to_owned(),
            dead_letters: variables.required("SCHEDULE_DLQ_ARN")?.to_owned(),
            window_minutes: variables.parsed("SCHEDULE_WINDOW_MINUTES", "15")?,
        })
    }

    /// Sets the timer of a clock; its payload holds everything that the deadline function needs.
    ///
    /// # Errors
    /// When the scheduler fails.
    pub(crate) async fn arm(
        &self,
        claim: &ClaimId,
        clock: ClockName,
        generation: u64,
        due_at: Instant,
        now: Instant,
    ) -> Result<(), Failure> {
        let unfinished =
            |error: aws_sdk_scheduler::error::BuildError| Failure::permanent("timer not built", error);
        let fired = TimerFired { claim_id: claim.clone(), clock, generation, due_at };
        let input =
            serde_json::to_string(&fired).map_err(|error| Failure::permanent("timer not built", error))?;
        let retries =
            RetryPolicy::builder().maximum_event_age_in_seconds(86_400).maximum_retry_attempts(185).build();
        let target = Target::builder()
            .arn(&self.function)
            .role_arn(&self.role)
            .input(input)
            .retry_policy(retries)
            .dead_letter_config(DeadLetterConfig::builder().arn(&self.dead_letters).build())
            .build()
            .map_err(unfinished)?;
        let window = match self.window_minutes {
            0 => FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off),
            minutes => FlexibleTimeWindow::builder()
                .mode(FlexibleTimeWindowMode::Flexible)
                .maximum_window_in_minutes(minutes),
        };
        let input = CreateScheduleInput::builder()
            .group_name(&self.group)
            .name(TimerName { claim, clock, generation }.to_string())
            .schedule_expression(at(due_at, now))
            .flexible_time_window(window.build().map_err(unfinished)?)
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(target);
        match self.scheduler.create_schedule(input).await {
            Ok(_) => Ok(()),
            Err(error) => match error.code() {
                Some("ConflictException") => Ok(()),
                Some("ValidationException") => Err(Failure::permanent("timer refused", error)),
                _ => Err(Failure::transient("timer not set", error)),
            },
        }
    }

    /// Removes the timer of a clock.
    ///
    /// # Errors
    /// When the scheduler fails.
    pub(crate) async fn disarm(
        &self,
        claim: &ClaimId,
        clock: ClockName,
        generation: u64,
    ) -> Result<(), Failure> {
        let name = TimerName { claim, clock, generation }.to_string();
        let input = DeleteScheduleInput::builder().group_name(&self.group).name(name);
        match self.scheduler.delete_schedule(input).await {
            Err(error) if error.code() != Some("ResourceNotFoundException") => {
                Err(Failure::transient("timer not removed", error))
            }
            _ => Ok(()),
        }
    }
}

/// The expression of a one-time schedule, in UTC: the due instant rounded up to the minute, and far enough ahead.
fn at(due_at: Instant, now: Instant) -> String {
    let minute = TimeDelta::minutes(1);
    let instant = due_at.max(now + AHEAD);
    let rounded = instant.duration_round_up(minute).unwrap_or(instant);
    format!("at({})", rounded.format("%Y-%m-%dT%H:%M:%S"))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use aws_sdk_scheduler::operation::create_schedule::builders::CreateScheduleInputBuilder;
    use aws_sdk_scheduler::operation::create_schedule::{CreateScheduleError, CreateScheduleOutput};
    use aws_sdk_scheduler::operation::delete_schedule::builders::DeleteScheduleInputBuilder;
    use aws_sdk_scheduler::operation::delete_schedule::{DeleteScheduleError, DeleteScheduleOutput};
    use chrono::{TimeZone, Utc};
    use claim_ports::Answer;

    use super::*;

    /// A scheduler that keeps what it is asked to create.
    #[derive(Debug, Default)]
    struct Created(Mutex<Vec<CreateScheduleInput>>);

    impl Scheduler for Created {
        fn create_schedule(
            &self,
            input: CreateScheduleInputBuilder,
        ) -> Answer<'_, CreateScheduleOutput, CreateScheduleError> {
            self.0.lock().unwrap().push(input.build().unwrap());
            let output = CreateScheduleOutput::builder().schedule_arn("arn").build().unwrap();
            Box::pin(std::future::ready(Ok(output)))
        }

        fn delete_schedule(
            &self,
            _: DeleteScheduleInputBuilder,
        ) -> Answer<'_, DeleteScheduleOutput, DeleteScheduleError> {
            Box::pin(std::future::ready(Ok(DeleteScheduleOutput::builder().build())))
        }
    }

    /// What the scheduler is asked to create for a clock, with this window.
    async fn created(window: Option<&str>) -> CreateScheduleInput {
        let named = ["SCHEDULE_GROUP", "SCHEDULER_ROLE_ARN", "DEADLINE_FUNCTION_ARN", "SCHEDULE_DLQ_ARN"];
        let named = named.map(|name| (name.to_owned(), "given".to_owned()));
        let window = window.map(|minutes| ("SCHEDULE_WINDOW_MINUTES".to_owned(), minutes.to_owned()));
        let scheduler = Arc::new(Created::default());
        let timers = Timers::new(scheduler.clone(), &named.into_iter().chain(window).collect()).unwrap();
        let due_at = Utc.with_ymd_and_hms(2026, 3, 10, 0, 0, 0).unwrap();
        let claim = "01J0000000000000000000000A".parse().unwrap();
        timers.arm(&claim, ClockName::Consent, 8, due_at, due_at - TimeDelta::days(8)).await.unwrap();
        scheduler.0.lock().unwrap().remove(0)
    }

    #[tokio::test]
    async fn the_scheduler_has_the_window_for_a_timer_and_a_day_to_deliver_it() {
        claim_domain::proves!(I4);
        for (window, expected) in [(None, Some(15)), (Some("0"), None), (Some("60"), Some(60))] {
            let schedule = created(window).await;
            let minutes =
                schedule.flexible_time_window().and_then(|window| window.maximum_window_in_minutes());
            assert_eq!(
                minutes, expected,
                "the window in minutes, which sweep waits for, if {window:?} is given"
            );
            assert_eq!(schedule.schedule_expression(), Some("at(2026-03-10T00:00:00)"));
            assert_eq!(schedule.action_after_completion(), Some(&ActionAfterCompletion::Delete));
            let target = schedule.target().unwrap();
            let retries = target.retry_policy().unwrap();
            let retries = (retries.maximum_event_age_in_seconds(), retries.maximum_retry_attempts());
            assert_eq!(
                retries,
                (Some(86_400), Some(185)),
                "seconds and attempts, the most that the scheduler takes"
            );
            assert_eq!(target.dead_letter_config().and_then(|queue| queue.arn()), Some("given"));
        }
    }

    #[test]
    fn a_timer_never_fires_before_it_is_due() {
        let now = Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap();
        assert_eq!(at(now + TimeDelta::days(1), now), "at(2026-03-03T09:00:00)");
        assert_eq!(at(now + TimeDelta::days(1) + TimeDelta::milliseconds(1), now), "at(2026-03-03T09:01:00)");
        assert_eq!(at(now - TimeDelta::days(1), now), "at(2026-03-02T09:02:00)");
    }
}
