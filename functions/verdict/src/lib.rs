//! What the malware scanner found in a document of the proof of execution.
//!
//! GuardDuty scans what is put into the evidence bucket, tags the object and tells EventBridge; a rule brings its
//! results here. They come at least once, late, in any order, perhaps before the partner has completed the upload, and
//! also about documents that were dropped meanwhile. None of this matters, since the domain lets the greatest verdict
//! stand. A result about anything but a document of a claim is counted in the log. The tag, and not this record, opens
//! the document: the bucket's policy reads the tag, and only the scanner can write it.

mod event;

use claim_command::{CommandError, CommandHandler, Outcome};
use claim_domain::command::Command;
use claim_domain::ids::DocumentKey;
use claim_runtime::{Aws, ConfigError, Error, Meter, Variables, logging};

pub use event::ScanEvent;

/// The function as Lambda runs it.
pub struct Function {
    commands: CommandHandler,
    meter: Meter,
}

impl claim_runtime::Function for Function {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    type Event = ScanEvent;
    type Answer = ();

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let commands = claim_runtime::command_handler(variables, &Aws::new(variables)?)?;
        Ok(Self { commands, meter: Meter::new(variables)? })
    }

    async fn handle(&self, event: ScanEvent, _: &str) -> Result<(), Error> {
        handle(&self.commands, &event).await?;
        self.meter.write(&event.measured());
        Ok(())
    }
}

/// What became of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scanned {
    /// It is recorded on its claim.
    Recorded,
    /// As much was known before.
    Known,
    /// It is about something that is no document of a claim.
    Unknown,
}

impl Scanned {
    /// The word for logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Known => "known",
            Self::Unknown => "unknown",
        }
    }
}

/// Handles one result.
///
/// # Errors
/// When the table failed: Lambda's retry brings the result again.
pub async fn handle(commands: &CommandHandler, event: &ScanEvent) -> Result<Scanned, CommandError> {
    let key = event.document();
    let claim = key.as_ref().map(|key| key.claim.to_string());
    let document = key.as_ref().map(|key| key.evidence.to_string());
    let verdict = format!("{:?}", event.verdict());
    match record(commands, event).await {
        Ok(scanned) => {
            tracing::info!(
                claim.id = claim,
                evidence.id = document,
                verdict,
                scanned = scanned.as_str(),
                "evidence scanned"
            );
            Ok(scanned)
        }
        Err(error) => {
            let error_chain = logging::chain(&error);
            tracing::error!(
                claim.id = claim,
                evidence.id = document,
                error = error_chain,
                "verdict not recorded"
            );
            Err(error)
        }
    }
}

async fn record(commands: &CommandHandler, event: &ScanEvent) -> Result<Scanned, CommandError> {
    let Some(DocumentKey { claim, evidence }) = event.document() else { return Ok(Scanned::Unknown) };
    let command = Command::RecordVerdict { evidence, verdict: event.verdict() };
    match commands.execute_as_system(&claim, command).await? {
        Outcome::Written(_) => Ok(Scanned::Recorded),
        Outcome::Unchanged(_) => Ok(Scanned::Known),
        Outcome::Refused(_) | Outcome::Stale(_) => Ok(Scanned::Unknown),
    }
}
