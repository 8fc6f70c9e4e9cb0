//! What the scanner for malware found in a document of the proof of execution.
//!
//! GuardDuty scans what is put into the evidence bucket, tags the object and tells EventBridge; a rule brings its results
//! here. They come at least once, late, in no order, perhaps before the partner has completed the upload, and about
//! documents that were dropped meanwhile. The domain lets the greatest verdict stand, so that none of this matters; what
//! belongs to no document of a claim is counted in the log. It is the tag, not this record, that opens the document: the
//! bucket's policy reads it, and nobody but the scanner can write it.

mod event;

use claim_command::{CommandError, Desk, Order};
use claim_domain::command::Command;
use claim_domain::people::Caller;
use claim_domain::refusal::RefusalKind;
use claim_runtime::logging;

pub use event::ScanEvent;

/// What a result came to.
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
pub async fn handle(desk: &Desk, event: &ScanEvent) -> Result<Scanned, CommandError> {
    let (claim, document) = event.document().unzip();
    let (claim, document) = (claim.map(|id| id.to_string()), document.map(|id| id.to_string()));
    let verdict = format!("{:?}", event.verdict());
    match record(desk, event).await {
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

async fn record(desk: &Desk, event: &ScanEvent) -> Result<Scanned, CommandError> {
    let Some((claim, evidence)) = event.document() else { return Ok(Scanned::Unknown) };
    let verdict = event.verdict();
    let (caller, command) = (Caller::system(), Command::RecordVerdict { evidence, verdict });
    let order = Order { caller: &caller, claim: &claim, if_match: None, key: None };
    match desk.execute(order, async |_| Ok(command.clone().into())).await {
        Ok(done) if done.written => Ok(Scanned::Recorded),
        Ok(_) => Ok(Scanned::Known),
        Err(CommandError::Refused(refusal)) if refusal.kind == RefusalKind::NotFound => Ok(Scanned::Unknown),
        Err(error) => Err(error),
    }
}
