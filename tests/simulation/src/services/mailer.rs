//! SES: accepts mail, refuses it for good, fails, or accepts it and does not get to say so.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_sesv2::error::ErrorMetadata;
use aws_sdk_sesv2::operation::send_email::builders::SendEmailInputBuilder;
use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailInput, SendEmailOutput};
use aws_sdk_sesv2::types::error::{MessageRejected, TooManyRequestsException};
use claim_domain::ids::{ClaimId, EffectId};
use claim_ports::Answer;
use dispatch::services::Mailer;
use serde_json::json;

use super::{By, Course, Operation, refused};
use crate::engine::{Millis, Sim, TaskId};
use crate::faults::Fault;
use crate::state::State;
use crate::work::Job;

const HOUR: Millis = 3_600_000;

/// A mail that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    /// The effect that it is.
    pub(crate) effect: EffectId,
    /// The claim that it is about.
    pub(crate) claim: ClaimId,
    /// The token of the consent link in it (D9).
    pub(crate) token: Option<String>,
    /// The invocation that sent it.
    pub(crate) sender: TaskId,
    /// Whether it heard that the mail was accepted, unless it was killed.
    pub(crate) heard: bool,
}

impl Mailer for Sim {
    fn send_email(&self, input: SendEmailInputBuilder) -> Answer<'_, SendEmailOutput, SendEmailError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            SEND.call(self, input).await
        })
    }
}

const SEND: Operation<SendEmailInput, SendEmailOutput, SendEmailError, Fault> = Operation {
    name: "SendEmail",
    course,
    carry_out: send,
    refuse: |fault| match fault {
        Fault::MailRefused => {
            let meta = ErrorMetadata::builder().code("MessageRejected").build();
            refused(SendEmailError::MessageRejected(MessageRejected::builder().meta(meta).build()), 400)
        }
        _ => {
            let meta = ErrorMetadata::builder().code("TooManyRequestsException").build();
            let error = TooManyRequestsException::builder().meta(meta).build();
            refused(SendEmailError::TooManyRequestsException(error), 429)
        }
    },
};

fn course(state: &mut State, _: &SendEmailInput) -> Course<Fault> {
    let kinds = [Fault::MailRefused, Fault::MailFailed, Fault::MailAnswerLost];
    match state.faults.draw(&mut state.random.mails, &kinds) {
        Some(Fault::MailAnswerLost) => Course::AnswerLost,
        Some(fault) => Course::Refused(fault),
        None => Course::Fine,
    }
}

fn send(
    state: &mut State,
    input: SendEmailInput,
    by: By,
) -> Result<SendEmailOutput, SdkError<SendEmailError>> {
    let tag = |name| {
        let tags = input.email_tags().iter();
        tags.filter(|tag| tag.name() == name).map(|tag| tag.value()).next().unwrap_or_default()
    };
    let place = tag("effect")
        .split_once('-')
        .and_then(|(version, index)| Some((version.parse::<u64>().ok()?, index.parse::<usize>().ok()?)));
    if let Some(((version, index), claim)) = place.zip(tag("claim").parse::<ClaimId>().ok()) {
        let mail = Mail {
            effect: EffectId::new(&claim, version, index),
            claim,
            token: token_in(&input),
            sender: by.task,
            heard: by.hears,
        };
        crate::properties::effects::mail_is_accepted(state, &mail);
        report(state, tag("claim"), tag("effect"));
        state.mails.push(mail);
    }
    state.sent += 1;
    let id = format!("{:016x}", state.sent);
    Ok(SendEmailOutput::builder().message_id(id).build())
}

/// What the mail service says later of a mail that it accepted, if it says anything: through EventBridge, once or twice,
/// soon or late.
fn report(state: &mut State, claim: &str, effect: &str) {
    let State { faults, random, .. } = &mut *state;
    let random = &mut random.reports;
    let what = match faults.draw(random, &[Fault::MailBounced, Fault::MailComplained]) {
        None => return,
        Some(Fault::MailBounced) => match random.u32(0..8) {
            0 => json!({ "bounce": { "bounceType": "Transient", "bounceSubType": "MailboxFull" } }),
            1 => json!({ "reject": { "reason": "Bad content" } }),
            2 => json!({ "complaint": { "complaintSubType": "OnAccountSuppressionList" } }),
            _ => json!({ "bounce": { "bounceType": "Permanent", "bounceSubType": "General" } }),
        },
        Some(_) => json!({ "complaint": { "complaintFeedbackType": "abuse" } }),
    };
    let late = faults.draw(random, &[Fault::ReportLate]).is_some();
    let twice = faults.draw(random, &[Fault::ReportTwice]).is_some();
    let first = if late { random.i64(HOUR..12 * 24 * HOUR) } else { random.i64(20..10_000) };
    let second = first + random.i64(0..HOUR);
    let mut event = json!({ "source": "aws.ses", "detail": what });
    event["detail"]["mail"] = json!({ "tags": { "claim": [claim], "effect": [effect] } });
    for delay in [Some(first), twice.then_some(second)].into_iter().flatten() {
        let said = event.clone();
        state.agenda.after(delay, move |state| state.jobs.push(Job::Feedback { said, attempt: 1 }));
    }
}

/// The token of the consent link in a mail's text.
fn token_in(input: &SendEmailInput) -> Option<String> {
    let message = input.content()?.simple()?;
    let text = message.body()?.text()?.data();
    let (_, after) = text.split_once("/v1/consent/")?;
    let is_token = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    Some(after.chars().take_while(is_token).collect())
}
