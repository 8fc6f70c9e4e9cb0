use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::operation::create_schedule::builders::CreateScheduleInputBuilder;
use aws_sdk_scheduler::operation::create_schedule::{CreateScheduleError, CreateScheduleOutput};
use aws_sdk_scheduler::operation::delete_schedule::builders::DeleteScheduleInputBuilder;
use aws_sdk_scheduler::operation::delete_schedule::{DeleteScheduleError, DeleteScheduleOutput};
use claim_ports::Answer;

/// EventBridge Scheduler.
pub trait Scheduler: std::fmt::Debug + Send + Sync {
    /// Creates a schedule; `ConflictException` if its name is taken.
    fn create_schedule(
        &self,
        input: CreateScheduleInputBuilder,
    ) -> Answer<'_, CreateScheduleOutput, CreateScheduleError>;
    /// Deletes a schedule; `ResourceNotFoundException` if there is none of that name.
    fn delete_schedule(
        &self,
        input: DeleteScheduleInputBuilder,
    ) -> Answer<'_, DeleteScheduleOutput, DeleteScheduleError>;
}

impl Scheduler for Client {
    fn create_schedule(
        &self,
        input: CreateScheduleInputBuilder,
    ) -> Answer<'_, CreateScheduleOutput, CreateScheduleError> {
        Box::pin(input.send_with(self))
    }

    fn delete_schedule(
        &self,
        input: DeleteScheduleInputBuilder,
    ) -> Answer<'_, DeleteScheduleOutput, DeleteScheduleError> {
        Box::pin(input.send_with(self))
    }
}
