//! What was sent: messages and emails.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use aws_sdk_sesv2::error::{BuildError, SdkError};
use aws_sdk_sesv2::operation::send_email::builders::SendEmailInputBuilder;
use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailOutput};
use aws_sdk_sqs::operation::send_message::builders::SendMessageInputBuilder;
use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageOutput};
use claim_mailer::Mailer;
use claim_ports::Answer;
use claim_queue::Queue;

/// A queue and an email service that keep what they are given, unless they are made to fail.
#[derive(Debug, Default)]
pub struct Sent {
    messages: Mutex<Vec<String>>,
    emails: Mutex<Vec<SentEmail>>,
    fails: AtomicBool,
}

/// An email: to whom it goes, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentEmail {
    /// The first address that it goes to.
    pub to: String,
    /// Its body as plain text.
    pub text: String,
}

impl Sent {
    /// The bodies of the messages so far.
    pub fn messages(&self) -> Vec<String> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The emails so far.
    pub fn emails(&self) -> Vec<SentEmail> {
        self.emails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets nothing, or everything again, be sent from now on.
    pub fn fails(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }

    /// Keeps what is sent.
    fn keep<'a, T, O: Send + 'a, E: Send + 'a>(
        &self,
        kept: &Mutex<Vec<T>>,
        sent: T,
        answer: O,
    ) -> Answer<'a, O, E> {
        if self.fails.load(Ordering::SeqCst) {
            let error = SdkError::construction_failure(BuildError::other("the service fails"));
            return Box::pin(std::future::ready(Err(error)));
        }
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(sent);
        Box::pin(std::future::ready(Ok(answer)))
    }
}

impl Queue for Sent {
    fn send_message(
        &self,
        input: SendMessageInputBuilder,
    ) -> Answer<'_, SendMessageOutput, SendMessageError> {
        let body = input.get_message_body().clone().unwrap_or_default();
        self.keep(&self.messages, body, SendMessageOutput::builder().build())
    }
}

impl Mailer for Sent {
    fn send_email(&self, input: SendEmailInputBuilder) -> Answer<'_, SendEmailOutput, SendEmailError> {
        let to = input.get_destination().as_ref().and_then(|to| to.to_addresses().first().cloned());
        let message = input.get_content().as_ref().and_then(|content| content.simple());
        let text = message.and_then(|message| Some(message.body()?.text()?.data().to_owned()));
        let email = SentEmail { to: to.unwrap_or_default(), text: text.unwrap_or_default() };
        self.keep(&self.emails, email, SendEmailOutput::builder().build())
    }
}
