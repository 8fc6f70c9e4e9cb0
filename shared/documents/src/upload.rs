//! Uploading a document: it is announced, uploaded to an address that accepts exactly that, and completed (D10, D20). A
//! document of another claim is announced likewise, copied in the bucket, and completed. API and pages do it by these
//! functions.

use claim_command::{
    CommandHandler, CommandRequest, Expected, Outcome, Prepared, Reads, Rehearsal, Unprepared,
};
use claim_domain::action::Action;
use claim_domain::calendar::Instant;
use claim_domain::claim::{Claim, Evidence, EvidenceState};
use claim_domain::command::{Announcement, Command, Source};
use claim_domain::ids::EvidenceId;
use claim_domain::refusal::{FieldError, Refusal};
use claim_domain::rule::Rule;
use claim_http::Problem;
use claim_http::view::Contacts;

use crate::documents::Signed;
use crate::files::{Files, UPLOAD_WITHIN};

/// A document that was announced.
#[derive(Debug)]
pub struct Announced {
    /// The document.
    pub document: Evidence,
    /// Where to upload it to within [`UPLOAD_WITHIN`]; nothing, if it may not be uploaded any more.
    pub upload: Option<Signed>,
}

impl Files {
    /// Announces a document. The same announcement again, with its Idempotency-Key, gets a fresh address as long as the
    /// document may still be uploaded. One of another claim is copied and completed at once; if that did not happen, the
    /// same announcement again goes on with it.
    ///
    /// # Errors
    /// Why it is refused; a failing table or bucket; an address that cannot be signed.
    pub async fn announce(
        &self,
        commands: &CommandHandler,
        command: &CommandRequest,
        input: Result<Announcement, Refusal>,
    ) -> Result<Announced, Problem> {
        let evidence: EvidenceId = commands.id()?;
        let prepare = async |claim: &Claim, _: &Contacts| -> Result<Prepared, Unprepared> {
            self.announcement(commands, command, claim, &evidence, input.clone()).await
        };
        let outcome = commands.execute_with(command, Reads::Claim, prepare).await?;
        let made = Some(evidence.to_string());
        let made = outcome.answered().map_or(made, |first| first.made.clone());
        let claim = outcome.into_claim()?;
        let document = claim.evidence.iter().find(|document| Some(document.id.as_str()) == made.as_deref());
        let document = document.ok_or_else(Problem::not_found)?.clone();
        let may_upload = document.state(commands.host.now()) == EvidenceState::Announced
            && commands.policy(&command.caller).gate_completion(&claim, &document).is_ok();
        match input {
            Ok(Announcement::Copy(source)) if may_upload => {
                self.copied(commands, command, &source, document).await
            }
            Ok(Announcement::Upload(_)) if may_upload => {
                let upload = self.upload(&claim.id, &document, UPLOAD_WITHIN).await;
                Ok(Announced { upload: Some(upload.map_err(Problem::internal)?), document })
            }
            _ => Ok(Announced { document, upload: None }),
        }
    }

    /// Copies a document of another claim to the place of the announced one, and completes that.
    async fn copied(
        &self,
        commands: &CommandHandler,
        command: &CommandRequest,
        source: &Source,
        document: Evidence,
    ) -> Result<Announced, Problem> {
        if !self.copy(source, &command.claim, &document).await.map_err(Problem::internal)? {
            return Err(gone().into());
        }
        let command = CommandRequest { expected: Expected::Anything, key: None, ..command.clone() };
        let claim = self.complete(commands, &command, &document.id, Ok(())).await?.into_claim()?;
        let completed = claim.evidence.iter().find(|known| known.id == document.id).cloned();
        Ok(Announced { document: completed.ok_or_else(Problem::not_found)?, upload: None })
    }

    /// Completes an upload: the document is really there, and it is the announced one.
    ///
    /// # Errors
    /// A failing table or bucket; that it is refused is an outcome.
    pub async fn complete(
        &self,
        commands: &CommandHandler,
        command: &CommandRequest,
        evidence: &EvidenceId,
        input: Result<(), Refusal>,
    ) -> Result<Outcome, Problem> {
        let prepare = async |claim: &Claim, _: &Contacts| -> Result<Prepared, Unprepared> {
            commands.admit(claim, &command.caller, Action::AddEvidence, input.clone())?;
            self.completion(claim, evidence, commands.host.now()).await
        };
        Ok(commands.execute_with(command, Reads::Contacts, prepare).await?)
    }

    /// What [`Files::announce`] would do now. Nothing is written or copied.
    ///
    /// # Errors
    /// A failing table.
    pub async fn rehearse_announcement(
        &self,
        commands: &CommandHandler,
        command: &CommandRequest,
        input: Result<Announcement, Refusal>,
    ) -> Result<Rehearsal, Problem> {
        let evidence: EvidenceId = commands.id()?;
        let prepare = async |claim: &Claim, _: &Contacts| -> Result<Prepared, Unprepared> {
            self.announcement(commands, command, claim, &evidence, input.clone()).await
        };
        Ok(commands.rehearse(command, Reads::Claim, prepare).await?)
    }

    /// What [`Files::complete`] would do now. The file is looked at, and nothing is written.
    ///
    /// # Errors
    /// A failing table or bucket.
    pub async fn rehearse_completion(
        &self,
        commands: &CommandHandler,
        command: &CommandRequest,
        evidence: &EvidenceId,
        input: Result<(), Refusal>,
    ) -> Result<Rehearsal, Problem> {
        let prepare = async |claim: &Claim, _: &Contacts| -> Result<Prepared, Unprepared> {
            commands.admit(claim, &command.caller, Action::AddEvidence, input.clone())?;
            self.completion(claim, evidence, commands.host.now()).await
        };
        Ok(commands.rehearse(command, Reads::Contacts, prepare).await?)
    }

    /// The command that announces a document, as the input describes it or as another claim has it.
    async fn announcement(
        &self,
        commands: &CommandHandler,
        command: &CommandRequest,
        claim: &Claim,
        evidence: &EvidenceId,
        input: Result<Announcement, Refusal>,
    ) -> Result<Prepared, Unprepared> {
        let caller = &command.caller;
        let upload = match commands.admit(claim, caller, Action::AddEvidence, input)? {
            Announcement::Upload(upload) => upload,
            Announcement::Copy(source) => {
                let other = commands.view(caller, &source.claim).await?;
                let other = other.as_ref().map(|viewed| &viewed.current);
                let upload = self.as_upload(claim, other, &source, commands.host.now());
                commands.admit(claim, caller, Action::AddEvidence, upload)?
            }
        };
        let made = Some(evidence.to_string());
        let command = Command::RequestUpload { evidence: evidence.clone(), upload };
        Ok(Prepared { command, contacts: Vec::new(), made })
    }

    /// The command that completes an upload, with what is found where the document was to be uploaded.
    async fn completion(
        &self,
        claim: &Claim,
        evidence: &EvidenceId,
        now: Instant,
    ) -> Result<Prepared, Unprepared> {
        let document = claim.evidence.iter().find(|document| document.id == *evidence);
        let announced = document.filter(|document| document.state(now) == EvidenceState::Announced);
        let found = match announced {
            Some(document) => {
                let found = self.look(&claim.id, document).await;
                found.map_err(|error| Unprepared::Failed(Box::new(error)))?
            }
            None => None,
        };
        Ok(Command::CompleteUpload { evidence: evidence.clone(), found }.into())
    }
}

/// The other claim's file was deleted after that claim had been read.
fn gone() -> Refusal {
    let detail = "must be a document that is kept: its file has just been deleted";
    Refusal::invalid(vec![FieldError::at("/from/evidenceId", "deleted", detail)]).by(Rule::D20)
}
