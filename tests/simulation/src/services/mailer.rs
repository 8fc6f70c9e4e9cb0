//! SES: accepts an email, refuses it for good, fails, or accepts it without its answer arriving. Later it may report
//! that the email bounced or that the customer complained.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_sesv2::error::ErrorMetadata;
use aws_sdk_sesv2::operation::send_email::builders::SendEmailInputBuilder;
use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailInput, SendEmailOutput};
use aws_sdk_sesv2::types::error::{MessageRejected, TooManyRequestsException};
use claim_domain::ids::{ClaimId, EffectId};
use claim_ports::Answer;
use dispatch::services::Mailer;
use serde_json::json;

use super::{CallOutcome, Operation, Sender, refused};
use crate::engine::{Millis, Simulation, TaskId};
use crate::faults::Fault;
use crate::invocation::Job;
use crate::state::SimulationState;

const HOUR: Millis = 3_600_000;

/// An email that the service accepted.
#[derive(Debug, Clone)]
pub(crate) struct AcceptedEmail {
    /// The effect that the email carries out.
    pub(crate) effect: EffectId,
    /// The claim that it is about.
    pub(crate) claim: ClaimId,
    /// The token of the consent link in it (D9).
    pub(crate) token: Option<String>,
    /// The task of the invocation that sent it.
    pub(crate) sender: TaskId,
    /// Whether the answer arrived at the sender, unless the sender was killed.
    pub(crate) acknowledged: bool,
}

impl Mailer for Simulation {
    fn send_email(&self, input: SendEmailInputBuilder) -> Answer<'_, SendEmailOutput, SendEmailError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            SEND.call(self, input).await
        })
    }
}

const SEND: Operation<SendEmailInput, SendEmailOutput, SendEmailError, Fault> = Operation {
    name: "SendEmail",
    down: Some(Fault::MailDown),
    draw_outcome,
    carry_out: send,
    refusal: |fault| match fault {
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

fn draw_outcome(state: &mut SimulationState, _: &SendEmailInput) -> CallOutcome<Fault> {
    let kinds = [Fault::MailRefused, Fault::MailFailed, Fault::MailAnswerLost];
    match state.faults.inject_one(&mut state.random.emails, &kinds) {
        Some(Fault::MailAnswerLost) => CallOutcome::AnswerLost,
        Some(fault) => CallOutcome::Refused(fault),
        None => CallOutcome::Normal,
    }
}

fn send(
    state: &mut SimulationState,
    input: SendEmailInput,
    sender: Sender,
) -> Result<SendEmailOutput, SdkError<SendEmailError>> {
    let tag = |name| {
        let tags = input.email_tags().iter();
        tags.filter(|tag| tag.name() == name).map(|tag| tag.value()).next().unwrap_or_default()
    };
    let version_and_index = tag("effect")
        .split_once('-')
        .and_then(|(version, index)| Some((version.parse::<u64>().ok()?, index.parse::<usize>().ok()?)));
    if let Some(((version, index), claim)) = version_and_index.zip(tag("claim").parse::<ClaimId>().ok()) {
        let email = AcceptedEmail {
            effect: EffectId::new(&claim, version, index),
            claim,
            token: token_in(&input),
            sender: sender.task,
            acknowledged: sender.acknowledged,
        };
        crate::properties::effects::check_accepted_email(state, &email);
        if let Some((subject, text)) = subject_of(&input).zip(text_of(&input)) {
            crate::properties::late::check_promises(state, sender.task, &email.effect, text);
            crate::properties::notices::check_names(state, &email.effect, subject, text);
            crate::properties::words::check_subject(state, &email.effect, subject);
        }
        report(state, tag("claim"), tag("effect"));
        state.emails.push(email);
    }
    state.emails_accepted += 1;
    let id = format!("{:016x}", state.emails_accepted);
    Ok(SendEmailOutput::builder().message_id(id).build())
}

/// Reports a bounce, a rejection or a complaint for some accepted emails: through EventBridge, once or twice, soon or
/// late.
fn report(state: &mut SimulationState, claim: &str, effect: &str) {
    let SimulationState { faults, random, .. } = &mut *state;
    let random = &mut random.reports;
    let detail = match faults.inject_one(random, &[Fault::MailBounced, Fault::MailComplained]) {
        None => return,
        Some(Fault::MailBounced) => match random.u32(0..8) {
            0 => json!({ "bounce": { "bounceType": "Transient", "bounceSubType": "MailboxFull" } }),
            1 => json!({ "reject": { "reason": "Bad content" } }),
            2 => json!({ "complaint": { "complaintSubType": "OnAccountSuppressionList" } }),
            // A server answers with whatever it likes.
            3 => {
                let said = "550 \u{202e}see\nhttps://elsewhere.example";
                json!({ "bounce": { "bounceType": "Permanent", "bounceSubType": said } })
            }
            _ => json!({ "bounce": { "bounceType": "Permanent", "bounceSubType": "General" } }),
        },
        Some(_) => json!({ "complaint": { "complaintFeedbackType": "abuse" } }),
    };
    let late = faults.inject_one(random, &[Fault::ReportLate]).is_some();
    let twice = faults.inject_one(random, &[Fault::ReportTwice]).is_some();
    let first = if late { random.i64(HOUR..12 * 24 * HOUR) } else { random.i64(20..10_000) };
    let second = first + random.i64(0..HOUR);
    let mut event = json!({ "source": "aws.ses", "detail": detail });
    event["detail"]["mail"] = json!({ "tags": { "claim": [claim], "effect": [effect] } });
    for delay in [Some(first), twice.then_some(second)].into_iter().flatten() {
        let payload = event.clone();
        state.agenda.after(delay, move |state| state.jobs.push(Job::Feedback { payload, attempt: 1 }));
    }
}

fn subject_of(input: &SendEmailInput) -> Option<&str> {
    Some(input.content()?.simple()?.subject()?.data())
}

/// The text of an email.
fn text_of(input: &SendEmailInput) -> Option<&str> {
    Some(input.content()?.simple()?.body()?.text()?.data())
}

/// The token of the consent link in the text of an email.
fn token_in(input: &SendEmailInput) -> Option<String> {
    let (_, after) = text_of(input)?.split_once("/v1/consent/")?;
    let is_token = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    Some(after.chars().take_while(is_token).collect())
}
