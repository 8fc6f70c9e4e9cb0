//! The function `evidence`: the documents of the proof of execution (R6, R24, D10, D19).
//!
//! No document passes through this function. A document is announced with its name, media type, length and SHA-256,
//! uploaded to an address that accepts exactly that, and only once, and then completed: the function looks at what the
//! bucket says about it and at its content, where it is. A document of another claim is copied within the bucket instead.

use std::sync::Arc;

use claim_documents::UPLOAD_WITHIN;
use claim_domain::action::Action;
use claim_domain::draft::parse_announcement;
use claim_domain::ids::EvidenceId;
use claim_http::registry::Operation;
use claim_http::view::{self, AnnouncedView, DownloadView, UploadView};
use claim_http::{Api, App, Endpoint, Problem, Request, no_fields, respond};
use claim_runtime::{Aws, ConfigError, Variables};
use lambda_http::http::StatusCode;
use lambda_http::http::header::VARY;
use lambda_http::{Body, Response};

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

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let aws = Aws::new(variables)?;
        let app = App::new(variables, &aws)?;
        let documents = DocumentBucket::new(&aws, variables.required("EVIDENCE_BUCKET")?);
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

    /// Announces a document, and answers with the address to upload it to unless it was copied from another claim.
    async fn announce(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let commands = &self.app.commands;
        let command = self.app.command_request(request)?;
        let input = request.input(parse_announcement)?;
        if request.is_dry_run() {
            let rehearsal = self.files.rehearse_announcement(commands, &command, input).await?;
            return self.app.foretell(&command.caller, Action::AddEvidence, rehearsal).await;
        }
        let announced = self.files.announce(commands, &command, input).await?;
        let now = commands.host.now();
        let answer = AnnouncedView {
            evidence: view::evidence(&announced.document, now),
            upload: announced.upload.as_ref().map(|upload| UploadView {
                url: &upload.url,
                method: "PUT",
                headers: &upload.headers,
                expires_at: now + UPLOAD_WITHIN,
            }),
        };
        Ok(respond::json(StatusCode::CREATED, &answer))
    }

    /// Completes an upload, and answers with the claim.
    async fn complete(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let command = self.app.command_request(request)?;
        let evidence: EvidenceId = request.named("evidenceId")?;
        let input = request.input(no_fields)?;
        if request.is_dry_run() {
            let commands = &self.app.commands;
            let rehearsal = self.files.rehearse_completion(commands, &command, &evidence, input).await?;
            return self.app.foretell(&command.caller, Action::AddEvidence, rehearsal).await;
        }
        let outcome = self.files.complete(&self.app.commands, &command, &evidence, input).await?;
        self.app.answer(&command.caller, outcome, StatusCode::OK).await
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
                let expires_at = commands.host.now() + DOWNLOAD_WITHIN;
                respond::json(StatusCode::OK, &DownloadView { url: &address, expires_at })
            }
            false => respond::see_other(&address),
        };
        Ok(respond::with(response, &[(VARY, "Accept")]))
    }
}
