//! What the email service says about an email after accepting it: that it bounced, or that the customer complained
//! (D16).
//!
//! SES hands its events to EventBridge, and a rule brings those of our configuration set here. They come at least once,
//! in any order, perhaps before dispatch has recorded that the notice was accepted, and about every email that we send.
//!
//! Three things are recorded, each once for each notice. *It never arrived*: a permanent bounce, a rejection, or an email
//! that the service did not even send because the address is on its suppression list. If no notice is left that arrived,
//! the consent period is suspended, and partner and lead are told. *The service gave up* for a reason that may pass:
//! partner and lead are told, and the period runs on. *The customer complained*: that proves that the notice
//! arrived, so it is in the history and the lead is told, but no status and no clock changes; only the link denies
//! (D9). An email to the *partner* that was not delivered is recorded as well, once, and the lead is told (D18). Everything
//! else changes nothing and is counted in the log: an event of another kind, an email to the lead, an unknown claim or
//! effect.

mod event;

use claim_command::{CommandError, CommandHandler, Outcome};
use claim_domain::command::{Command, Feedback};
use claim_domain::effect::{Effect, EmailContent, Recipient};
use claim_domain::ids::{ClaimId, ContactRef, EffectId};
use claim_runtime::{Aws, ConfigError, Error, Measured, Meter, Metric, Variables, logging};

pub use event::MailEvent;

/// The function as Lambda runs it.
pub struct Function {
    commands: CommandHandler,
    meter: Meter,
}

impl claim_runtime::Function for Function {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    type Event = MailEvent;
    type Answer = ();

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let commands = claim_runtime::command_handler(variables, &Aws::new(variables)?)?;
        Ok(Self { commands, meter: Meter::new(variables)? })
    }

    async fn handle(&self, event: MailEvent, _: &str) -> Result<(), Error> {
        handle(&self.commands, &event).await?;
        self.meter.write(&measured(&event));
        Ok(())
    }
}

/// The result of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It is recorded on its claim.
    Recorded,
    /// It was recorded before.
    Known,
    /// It says nothing of what is recorded.
    Passing,
    /// It is about an email to the lead, or a complaint about one to the partner.
    NoNotice,
    /// It is about an email that this table does not know.
    Unknown,
}

impl Heard {
    /// The word for logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Known => "known",
            Self::Passing => "passing",
            Self::NoNotice => "noNotice",
            Self::Unknown => "unknown",
        }
    }
}

/// What an event measures: an email that will never arrive or that somebody complained about, whoever its recipient is.
pub fn measured(event: &MailEvent) -> Measured {
    let mut measured = Measured::default();
    match event.feedback() {
        Some(Feedback::Failed { .. }) => measured.count(Metric::Bounces, 1),
        Some(Feedback::Complained) => measured.count(Metric::Complaints, 1),
        Some(Feedback::SoftBounced { .. }) | None => {}
    }
    measured
}

/// Handles one event.
///
/// # Errors
/// When the table failed: Lambda's retry brings the event again.
pub async fn handle(commands: &CommandHandler, event: &MailEvent) -> Result<Heard, CommandError> {
    let effect = event.effect().map(|effect| effect.to_string());
    match hear(commands, event).await {
        Ok(heard) => {
            tracing::info!(effect.id = effect, heard = heard.as_str(), "email feedback");
            Ok(heard)
        }
        Err(error) => {
            tracing::error!(
                effect.id = effect,
                error = logging::chain(&error),
                "email feedback not recorded"
            );
            Err(error)
        }
    }
}

async fn hear(commands: &CommandHandler, event: &MailEvent) -> Result<Heard, CommandError> {
    let Some(notice) = event.effect() else { return Ok(Heard::Unknown) };
    let Some(feedback) = event.feedback() else { return Ok(Heard::Passing) };
    // The effect was stored before its email was sent, however early this event comes.
    let Some(sent) = commands.store.event(&notice.claim, notice.version).await? else {
        return Ok(Heard::Unknown);
    };
    let approval = match sent.effects.get(notice.index) {
        Some(Effect::NotifyCustomer { approval, .. }) => *approval,
        Some(Effect::SendEmail { to: Recipient::Partner { contact }, content, .. }) => {
            return bounced(commands, notice, contact, content, feedback).await;
        }
        Some(_) => return Ok(Heard::NoNotice),
        None => return Ok(Heard::Unknown),
    };
    let stored = commands.store.claim(&notice.claim).await?;
    let consent = stored.as_ref().and_then(|claim| claim.consent_to(approval));
    if consent.is_some_and(|consent| consent.has_heard(&notice, &feedback)) {
        return Ok(Heard::Known);
    }
    let claim = notice.claim.clone();
    record(commands, &claim, Command::RecordFeedback { approval, notice, feedback }).await
}

/// D18: an email to the partner was not delivered. It may have said by when the partner has to answer, so the claim
/// shows it and the lead is told. A complaint about it is only counted.
async fn bounced(
    commands: &CommandHandler,
    email: EffectId,
    contact: &ContactRef,
    content: &EmailContent,
    feedback: Feedback,
) -> Result<Heard, CommandError> {
    let (why, passing) = match feedback {
        Feedback::Failed { why } => (why, false),
        Feedback::SoftBounced { why } => (why, true),
        Feedback::Complained => return Ok(Heard::NoNotice),
    };
    let (claim, what) = (email.claim.clone(), content.subject_matter().to_owned());
    let stored = commands.store.claim(&claim).await?;
    if stored.is_some_and(|claim| claim.bounced.contains(&email)) {
        return Ok(Heard::Known);
    }
    let command = Command::RecordEmailBounced { email, contact: contact.clone(), what, why, passing };
    record(commands, &claim, command).await
}

async fn record(commands: &CommandHandler, claim: &ClaimId, command: Command) -> Result<Heard, CommandError> {
    match commands.execute_as_system(claim, command).await? {
        Outcome::Written(_) => Ok(Heard::Recorded),
        Outcome::Unchanged(_) => Ok(Heard::Known),
        Outcome::Refused(_) | Outcome::Stale(_) => Ok(Heard::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::Arc;

    use claim_runtime::Function as _;
    use claim_store::Store;
    use serde_json::{Value, json};
    use test_support::{Fails, MemoryTable, TABLE, TestHost};

    use super::*;

    thread_local! {
        /// The lines that were measured in a test.
        static MEASURED: RefCell<String> = RefCell::default();
    }

    #[tokio::test]
    async fn a_bounce_whose_first_attempt_fails_is_counted_once() {
        claim_domain::proves!(D16);
        let table = Arc::new(MemoryTable::of_claims());
        let function = Function {
            commands: CommandHandler {
                store: Store::new(table.clone(), TABLE.to_owned(), 1),
                program: claim_runtime::program(&Variables::default()).unwrap(),
                host: Arc::new(TestHost::at("2026-03-02T09:00:00Z".parse().unwrap())),
            },
            meter: Meter::to("claims", |lines| MEASURED.with_borrow_mut(|measured| measured.push_str(lines))),
        };
        let event: MailEvent =
            serde_json::from_str(include_str!("../../../tests/events/feedback-bounced.json")).unwrap();
        table.fails(Fails::Everything);
        assert!(function.handle(event.clone(), "").await.is_err());
        table.fails(Fails::Nothing);
        assert!(function.handle(event, "").await.is_ok());
        let counts: Vec<f64> = MEASURED.with_borrow(|lines| {
            let documents = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            documents.map(|document| document["Bounces"][0].as_f64().unwrap()).collect()
        });
        assert_eq!(counts, [1.0]);
    }

    #[test]
    fn permanent_bounces_and_complaints_are_counted_and_passing_ones_not() {
        claim_domain::proves!(D16);
        let measure = |mut detail: serde_json::Value| {
            detail["mail"] = json!({ "tags": {} });
            measured(&serde_json::from_value(json!({ "detail": detail })).unwrap())
        };
        let bounce = |kind: &str| measure(json!({ "bounce": { "bounceType": kind } }));
        assert_eq!(bounce("Permanent").values(Metric::Bounces), [1.0]);
        assert_eq!(bounce("Transient"), Measured::default());
        assert_eq!(measure(json!({ "complaint": {} })).values(Metric::Complaints), [1.0]);
    }
}
