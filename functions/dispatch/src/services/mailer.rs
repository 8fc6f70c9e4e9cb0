use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::operation::send_email::builders::SendEmailInputBuilder;
use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailOutput};
use claim_ports::Answer;

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
