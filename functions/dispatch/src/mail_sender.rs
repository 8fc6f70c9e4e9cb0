//! Emails through SES v2 (D18). An email is sent at least once; a header identifies its repetitions. The header is a
//! hash of the effect's id, which holds the claim's version, and the command's id, which nobody is shown: partners must
//! not see versions (D13). Of the service's refusals only the code is kept: its words may name the recipient.

use std::sync::Arc;

use aws_sdk_sesv2::error::ProvideErrorMetadata;
use aws_sdk_sesv2::operation::send_email::SendEmailInput;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag};
use claim_mail::Mail;
use claim_runtime::{ConfigError, Variables};
use sha2::{Digest, Sha256};

use crate::EffectContext;
use crate::failure::Failure;
use crate::services::Mailer;

/// How emails are sent, and from where.
#[derive(Debug, Clone)]
pub(crate) struct MailSender {
    mailer: Arc<dyn Mailer>,
    from: String,
    configuration_set: Option<String>,
    /// The review lead's address (D18).
    pub(crate) lead: String,
}

impl MailSender {
    /// The sender as configured.
    ///
    /// # Errors
    /// The variable that is missing.
    pub(crate) fn new(mailer: Arc<dyn Mailer>, variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self {
            mailer,
            from: variables.required("MAIL_FROM")?.to_owned(),
            configuration_set: variables.optional("MAIL_CONFIGURATION_SET").map(str::to_owned),
            lead: variables.required("LEAD_EMAIL")?.to_owned(),
        })
    }

    /// Sends an email; returns when the service has accepted it.
    ///
    /// # Errors
    /// Permanent, when the service refuses the email for good; transient otherwise.
    pub(crate) async fn send(&self, to: &str, mail: Mail, context: EffectContext<'_>) -> Result<(), Failure> {
        let unfinished =
            |error: aws_sdk_sesv2::error::BuildError| Failure::permanent("email not built", error);
        let content =
            |text: String| Content::builder().data(text).charset("UTF-8").build().map_err(unfinished);
        let header = |name: &str, value: String| {
            MessageHeader::builder().name(name).value(value).build().map_err(unfinished)
        };
        let body = Body::builder().text(content(mail.text)?).html(content(mail.html)?).build();
        let message = Message::builder()
            .subject(content(mail.subject)?)
            .body(body)
            .headers(header("X-Claim-Effect", opaque(context))?)
            // So that no answering machine answers (RFC 3834).
            .headers(header("Auto-Submitted", "auto-generated".to_owned())?);
        let tag = |name: &str, value: String| {
            MessageTag::builder().name(name).value(value).build().map_err(unfinished)
        };
        let input = SendEmailInput::builder()
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(to).build())
            .content(EmailContent::builder().simple(message.build()).build())
            .email_tags(tag("claim", context.effect.claim.to_string())?)
            .email_tags(tag("effect", context.effect.place().to_string())?)
            .set_configuration_set_name(self.configuration_set.clone());
        match self.mailer.send_email(input).await {
            Ok(_) => Ok(()),
            Err(error) => match error.code() {
                Some(code @ ("MessageRejected" | "BadRequestException")) => {
                    Err(Failure::permanent("email refused", code))
                }
                code => Err(Failure::transient("email not accepted", code.unwrap_or("no answer"))),
            },
        }
    }
}

/// A stable name for an effect that reveals nothing about it.
fn opaque(context: EffectContext<'_>) -> String {
    let name = format!("{} {}", context.command, context.effect);
    Sha256::digest(name).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
