//! Emails through SES v2, for every function that sends one (D18). Of the service's refusals only the code is kept: its words
//! may name the recipient.

use std::sync::Arc;

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::{BuildError, ProvideErrorMetadata};
use aws_sdk_sesv2::operation::send_email::builders::SendEmailInputBuilder;
use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailInput, SendEmailOutput};
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag};
use claim_mail::Mail;
use claim_ports::Answer;
use claim_runtime::{ConfigError, Variables};

/// SES.
pub trait Mailer: std::fmt::Debug + Send + Sync {
    /// Hands an email over; an answer means that it was accepted, not that it arrived.
    fn send_email(&self, input: SendEmailInputBuilder) -> Answer<'_, SendEmailOutput, SendEmailError>;
}

impl Mailer for Client {
    fn send_email(&self, input: SendEmailInputBuilder) -> Answer<'_, SendEmailOutput, SendEmailError> {
        Box::pin(input.send_with(self))
    }
}

/// Why an email was not sent.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// It cannot be built; trying again does not help.
    #[error("email not built")]
    Unfinished(#[from] BuildError),
    /// The service refuses it for good.
    #[error("email refused: {0}")]
    Refused(String),
    /// The service did not accept it; trying again can help.
    #[error("email not accepted: {0}")]
    NotAccepted(String),
}

/// How emails are sent, and from where.
#[derive(Debug, Clone)]
pub struct MailSender {
    mailer: Arc<dyn Mailer>,
    from: String,
    configuration_set: Option<String>,
}

impl MailSender {
    /// The sender as configured.
    ///
    /// # Errors
    /// The variable that is missing.
    pub fn new(mailer: Arc<dyn Mailer>, variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self {
            mailer,
            from: variables.required("MAIL_FROM")?.to_owned(),
            configuration_set: variables.optional("MAIL_CONFIGURATION_SET").map(str::to_owned),
        })
    }

    /// Sends an email with these further headers, and these tags that the service tells of it by; returns when the service
    /// has accepted it.
    ///
    /// # Errors
    /// Why it was not sent.
    pub async fn send(
        &self,
        to: &str,
        mail: Mail,
        headers: &[(&str, String)],
        tags: &[(&str, String)],
    ) -> Result<(), NotSent> {
        let content = |text: String| Content::builder().data(text).charset("UTF-8").build();
        // So that no answering machine answers (RFC 3834).
        let automatic = ("Auto-Submitted", "auto-generated".to_owned());
        let headers = headers.iter().chain([&automatic]);
        let headers = headers.map(|(name, value)| MessageHeader::builder().name(*name).value(value).build());
        let tags = tags.iter().map(|(name, value)| MessageTag::builder().name(*name).value(value).build());
        let body = Body::builder().text(content(mail.text)?).html(content(mail.html)?).build();
        let message = Message::builder()
            .subject(content(mail.subject)?)
            .body(body)
            .set_headers(Some(headers.collect::<Result<_, _>>()?))
            .build();
        let input = SendEmailInput::builder()
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(to).build())
            .content(EmailContent::builder().simple(message).build())
            .set_email_tags(Some(tags.collect::<Result<_, _>>()?))
            .set_configuration_set_name(self.configuration_set.clone());
        match self.mailer.send_email(input).await {
            Ok(_) => Ok(()),
            Err(error) => Err(match error.code() {
                Some(code @ ("MessageRejected" | "BadRequestException")) => NotSent::Refused(code.to_owned()),
                code => NotSent::NotAccepted(code.unwrap_or("no answer").to_owned()),
            }),
        }
    }
}
