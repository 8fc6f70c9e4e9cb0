//! The function `evidence`: the documents of the proof of execution (R6, R24, D10, D19).
//!
//! No document passes through this function. A document is announced with its name, media type, length and SHA-256,
//! uploaded to an address that accepts exactly that, and only once, and then completed: the function looks at what the
//! bucket says about it and at its content, where it is.

use std::sync::Arc;

use claim_command::{Prepared, Reads, Unprepared};
use claim_documents::UPLOAD_WITHIN;
use claim_domain::action::Action;
use claim_domain::claim::{Claim, EvidenceState};
use claim_domain::command::Command;
use claim_domain::draft::parse_upload;
use claim_domain::ids::EvidenceId;
use claim_http::registry::Operation;
use claim_http::view::{self, Contacts};
use claim_http::{Api, App, Endpoint, Problem, Request, no_fields, respond};
use claim_runtime::{Aws, ConfigError, Variables};
use lambda_http::http::StatusCode;
use lambda_http::http::header::VARY;
use lambda_http::{Body, Response};
use serde_json::json;

pub use claim_documents::{
    Content, DOWNLOAD_WITHIN, DocumentBucket, Documents, Download, Files, Signed, Upload,
};

/// The function as Lambda runs it.
pub type Function = Api<Proof>;

/// The function's endpoint, made of what every function behind the API has, and the files.
#[derive(Clone)]
pub struct Proof {
    app: App,
    files: Files,
}

impl Endpoint for Proof {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(app: App, variables: &Variables, aws: &Aws) -> Result<Self, ConfigError> {
        let documents = DocumentBucket::new(aws, variables.required("EVIDENCE_BUCKET")?);
        Ok(Self::over(app, Files::configured(Arc::new(documents), variables)?))
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        match request.operation() {
            Operation::AnnounceEvidence => self.announce(request).await,
            Operation::CompleteEvidence => self.complete(request).await,
            Operation::DownloadEvidence => self.download(request).await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl Proof {
    /// The endpoint with these files.
    pub fn over(app: App, files: Files) -> Self {
        Self { app, files }
    }

    /// Announces a document and answers with the address to upload it to. The same announcement again, with its
    /// Idempotency-Key, gets a fresh address as long as the document may still be uploaded.
    async fn announce(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let commands = &self.app.commands;
        let command = self.app.command_request(request)?;
        let evidence: EvidenceId = commands.id()?;
        let made = Some(evidence.to_string());
        let input = request.input(parse_upload)?.map(|upload| Prepared {
            command: Command::RequestUpload { evidence: evidence.clone(), upload },
            contacts: Vec::new(),
            made: made.clone(),
        });
        let outcome = commands.execute(&command, Action::AddEvidence, Reads::Claim, input).await?;
        let made = outcome.answered().map_or(made, |first| first.made.clone());
        let claim = outcome.into_claim()?;
        let document = claim.evidence.iter().find(|document| Some(document.id.as_str()) == made.as_deref());
        let document = document.ok_or_else(Problem::not_found)?;
        let now = commands.host.now();
        let may_upload = document.state(now) == EvidenceState::Announced
            && commands.policy(&command.caller).gate_completion(&claim, document).is_ok();
        let mut answer = json!({ "evidence": view::evidence(document, now) });
        if may_upload {
            let upload = self.files.upload(&claim.id, document, UPLOAD_WITHIN).await;
            let upload = upload.map_err(Problem::internal)?;
            answer["upload"] = json!({
                "url": upload.url,
                "method": "PUT",
                "headers": upload.headers,
                "expiresAt": now + UPLOAD_WITHIN,
            });
        }
        Ok(respond::json(StatusCode::CREATED, &answer))
    }

    /// Completes an upload: the document is really there, and it is the announced one.
    async fn complete(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let commands = &self.app.commands;
        let command = self.app.command_request(request)?;
        let evidence: EvidenceId = request.named("evidenceId")?;
        let input = request.input(no_fields)?;
        let prepare = async |claim: &Claim, _: &Contacts| -> Result<Prepared, Unprepared> {
            commands.admit(claim, &command.caller, Action::AddEvidence, input.clone())?;
            let now = commands.host.now();
            let document = claim.evidence.iter().find(|document| document.id == evidence);
            let announced = document.filter(|document| document.state(now) == EvidenceState::Announced);
            let found = match announced {
                Some(document) => {
                    let found = self.files.look(&claim.id, document).await;
                    found.map_err(|error| Unprepared::Failed(Box::new(error)))?
                }
                None => None,
            };
            Ok(Command::CompleteUpload { evidence: evidence.clone(), found }.into())
        };
        self.app.execute_with(&command, prepare).await
    }

    /// Redirects the caller to an address from which the document can be downloaded, or tells it to who asks for JSON: a
    /// program that sends its access token along when it is redirected would be refused by S3.
    async fn download(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let commands = &self.app.commands;
        let (caller, claim) = (self.app.caller(request)?, request.claim()?);
        let claim = self.app.view(&caller, &claim).await?.current;
        let address = self.files.open(commands, &caller, &claim, &request.named("evidenceId")?).await?;
        let response = match request.received().asks_for_json() {
            true => {
                let answer = json!({ "url": address, "expiresAt": commands.host.now() + DOWNLOAD_WITHIN });
                respond::json(StatusCode::OK, &answer)
            }
            false => respond::see_other(&address),
        };
        Ok(respond::with(response, &[(VARY, "Accept")]))
    }
}
