//! Uploading a document: it is announced, uploaded to an address that accepts exactly that, and completed (D10, D20). API and
//! pages do it by these functions.

use claim_command::{CommandHandler, CommandRequest, Outcome, Prepared, Reads, Unprepared};
use claim_domain::action::Action;
use claim_domain::claim::{Claim, Evidence, EvidenceState};
use claim_domain::command::{self, Command};
use claim_domain::ids::EvidenceId;
use claim_domain::refusal::Refusal;
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
    /// document may still be uploaded.
    ///
    /// # Errors
    /// Why it is refused; a failing table; an address that cannot be signed.
    pub async fn announce(
        &self,
        commands: &CommandHandler,
        command: &CommandRequest,
        input: Result<command::Upload, Refusal>,
    ) -> Result<Announced, Problem> {
        let evidence: EvidenceId = commands.id()?;
        let made = Some(evidence.to_string());
        let input = input.map(|upload| Prepared {
            command: Command::RequestUpload { evidence: evidence.clone(), upload },
            contacts: Vec::new(),
            made: made.clone(),
        });
        let outcome = commands.execute(command, Action::AddEvidence, Reads::Claim, input).await?;
        let made = outcome.answered().map_or(made, |first| first.made.clone());
        let claim = outcome.into_claim()?;
        let document = claim.evidence.iter().find(|document| Some(document.id.as_str()) == made.as_deref());
        let document = document.ok_or_else(Problem::not_found)?;
        let may_upload = document.state(commands.host.now()) == EvidenceState::Announced
            && commands.policy(&command.caller).gate_completion(&claim, document).is_ok();
        let upload = match may_upload {
            true => Some(self.upload(&claim.id, document, UPLOAD_WITHIN).await.map_err(Problem::internal)?),
            false => None,
        };
        Ok(Announced { document: document.clone(), upload })
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
            let now = commands.host.now();
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
        };
        Ok(commands.execute_with(command, Reads::Contacts, prepare).await?)
    }
}
