//! What is around the functions and outlives a release: timers that wait, messages and emails on their way.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_scheduler::error::SdkError;
use aws_sdk_scheduler::operation::create_schedule::builders::CreateScheduleInputBuilder;
use aws_sdk_scheduler::operation::create_schedule::{CreateScheduleError, CreateScheduleOutput};
use aws_sdk_scheduler::operation::delete_schedule::builders::DeleteScheduleInputBuilder;
use aws_sdk_scheduler::operation::delete_schedule::{DeleteScheduleError, DeleteScheduleOutput};
use aws_sdk_sesv2::operation::send_email::builders::SendEmailInputBuilder;
use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailOutput};
use aws_sdk_sqs::operation::send_message::builders::SendMessageInputBuilder;
use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageOutput};
use chrono::{DateTime, NaiveDateTime, Utc};
use claim_mailer::Mailer;
use claim_ports::Answer;
use claim_queue::Queue;
use dispatch::services::Scheduler;
use serde::{Deserialize, Serialize};

/// A timer that waits in the scheduler.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timer {
    /// When it fires, in UTC.
    pub at: DateTime<Utc>,
    /// The name of its schedule.
    pub name: String,
    /// With what it calls the function `deadline`: JSON.
    pub input: String,
}

/// A message in a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The URL of its queue.
    pub queue: String,
    /// Its body: JSON.
    pub body: String,
}

/// An email that somebody has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    /// By what the email service tells of it later.
    pub tags: BTreeMap<String, String>,
    /// Its plain text.
    pub text: String,
}

/// The scheduler, the queues and the email service: they take everything, and remember it.
#[derive(Debug, Default)]
pub(crate) struct Outside(Mutex<Kept>);

#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) timers: BTreeMap<String, Timer>,
    pub(crate) messages: Vec<Message>,
    pub(crate) emails: Vec<Email>,
}

impl Outside {
    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ready<'a, O: Send + 'a, E: Send + 'a>(answer: Result<O, SdkError<E>>) -> Answer<'a, O, E> {
    Box::pin(std::future::ready(answer))
}

impl Scheduler for Outside {
    fn create_schedule(
        &self,
        input: CreateScheduleInputBuilder,
    ) -> Answer<'_, CreateScheduleOutput, CreateScheduleError> {
        let expression = input.get_schedule_expression().clone().unwrap_or_default();
        let at = expression.trim_start_matches("at(").trim_end_matches(')');
        let at: NaiveDateTime = at.parse().unwrap_or_else(|_| unreachable!("{expression} is no instant"));
        let name = input.get_name().clone().unwrap_or_default();
        let target = input.get_target().as_ref().and_then(|target| target.input().map(str::to_owned));
        let timer = Timer { at: at.and_utc(), name: name.clone(), input: target.unwrap_or_default() };
        self.kept().timers.entry(name).or_insert(timer);
        let output = CreateScheduleOutput::builder().schedule_arn("arn").build();
        ready(output.map_err(SdkError::construction_failure))
    }

    fn delete_schedule(
        &self,
        input: DeleteScheduleInputBuilder,
    ) -> Answer<'_, DeleteScheduleOutput, DeleteScheduleError> {
        self.kept().timers.remove(&input.get_name().clone().unwrap_or_default());
        ready(Ok(DeleteScheduleOutput::builder().build()))
    }
}

impl Queue for Outside {
    fn send_message(
        &self,
        input: SendMessageInputBuilder,
    ) -> Answer<'_, SendMessageOutput, SendMessageError> {
        let queue = input.get_queue_url().clone().unwrap_or_default();
        let body = input.get_message_body().clone().unwrap_or_default();
        self.kept().messages.push(Message { queue, body });
        ready(Ok(SendMessageOutput::builder().build()))
    }
}

impl Mailer for Outside {
    fn send_email(&self, input: SendEmailInputBuilder) -> Answer<'_, SendEmailOutput, SendEmailError> {
        let message = input.get_content().as_ref().and_then(|content| content.simple());
        let text = message.and_then(|message| Some(message.body()?.text()?.data().to_owned()));
        let tags = input.get_email_tags().iter().flatten();
        let tags = tags.map(|tag| (tag.name().to_owned(), tag.value().to_owned())).collect();
        self.kept().emails.push(Email { tags, text: text.unwrap_or_default() });
        ready(Ok(SendEmailOutput::builder().build()))
    }
}
