//! The function `evidence`: the documents of the proof of execution (R6, R24, D10, D19).
//!
//! A document never passes through here. It is announced with its name, media type, length and SHA-256, uploaded to an
//! address that accepts exactly that and nothing twice, and then completed: looked at where it lies, by what the store
//! says of it and by its content.
//!
//! Where a scanner looks at uploads, a document can be read once it was found clean, and by the bucket's policy not
//! before, whoever signs the address. Asking for it earlier is refused here, in words.

mod bucket;
mod documents;
mod files;
mod reading;
mod sniff;

use chrono::TimeDelta;
use claim_command::{CommandError, Prepared};
use claim_domain::action::{Action, gate};
use claim_domain::claim::{Claim, Evidence, EvidenceState};
use claim_domain::command::Command;
use claim_domain::draft::parse_upload;
use claim_domain::ids::EvidenceId;
use claim_http::view::Contacts;
use claim_http::{App, Call, Problem, claim_id, complete, no_fields, respond, view};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde_json::json;

pub use bucket::DocumentBucket;
pub use documents::{Content, Documents, Download, Signed, Upload};
pub use files::Files;

/// How long an address to upload to is good.
const UPLOAD_WITHIN: TimeDelta = TimeDelta::minutes(15);
/// How long an address to download from is good.
const DOWNLOAD_WITHIN: TimeDelta = TimeDelta::minutes(5);

/// The function: what every function has, and the files.
#[derive(Clone)]
pub struct Function {
    /// Callers, commands and views.
    pub app: App,
    /// The files.
    pub files: Files,
}

/// Answers one request to the function.
pub async fn handle(function: &Function, request: Request) -> Response<Body> {
    let call = Call::of(request);
    let answer = route(function, &call).await;
    call.conclude(answer)
}

async fn route(function: &Function, call: &Call) -> Result<Response<Body>, Problem> {
    let (method, path) = call.target()?;
    match (method, path.as_slice()) {
        ("POST", ["v1", "claims", claim, "evidence"]) => function.announce(call, claim).await,
        ("POST", ["v1", "claims", claim, "evidence", document, "complete"]) => {
            function.complete(call, claim, document).await
        }
        ("GET", ["v1", "claims", claim, "evidence", document]) => {
            function.download(call, claim, document).await
        }
        _ => Err(call.no_such_route()),
    }
}

impl Function {
    /// Announces a document and answers with the address to upload it to. The same announcement again, by its
    /// Idempotency-Key, gets a fresh address as long as the document may still be uploaded.
    async fn announce(&self, call: &Call, claim: &str) -> Result<Response<Body>, Problem> {
        let app = &self.app;
        let ask = app.ask(call, claim)?;
        let body = call.json()?;
        let prepare = async |claim: &Claim| -> Result<Prepared, CommandError> {
            let upload = app.input(claim, &ask.caller, Action::AddEvidence, &body, parse_upload)?;
            let evidence: EvidenceId = app.desk.id()?;
            let made = Some(evidence.to_string());
            let command = Command::RequestUpload { evidence, upload };
            Ok(Prepared { command, contacts: Vec::new(), made })
        };
        let done = app.desk.execute(ask.order(), prepare).await?;
        let made = |document: &&Evidence| Some(document.id.as_str()) == done.made.as_deref();
        let document = done.claim.evidence.iter().find(made).ok_or_else(Problem::not_found)?;
        let now = app.desk.world.now();
        let another = app.desk.program.dispute_needs_another_reviewer;
        let may_upload = document.state(now) == EvidenceState::Pending
            && gate(&done.claim, Action::AddEvidence, &ask.caller, another).is_ok();
        let mut answer = json!({ "evidence": view::evidence(document, now) });
        if may_upload {
            let upload = self.files.upload(&done.claim.id, document, UPLOAD_WITHIN).await;
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
    async fn complete(&self, call: &Call, claim: &str, document: &str) -> Result<Response<Body>, Problem> {
        let app = &self.app;
        let ask = app.ask(call, claim)?;
        let evidence: EvidenceId = document.parse().map_err(|_| Problem::not_found())?;
        let body = call.json_or_nothing()?;
        let prepare = async |claim: &Claim, _: &Contacts| -> Result<Prepared, CommandError> {
            app.input(claim, &ask.caller, Action::AddEvidence, &body, no_fields)?;
            let now = app.desk.world.now();
            let document = claim.evidence.iter().find(|document| document.id == evidence);
            let pending = document.filter(|document| document.state(now) == EvidenceState::Pending);
            let found = match pending {
                Some(document) => {
                    let found = self.files.look(&claim.id, document).await;
                    found.map_err(|error| CommandError::Other(Box::new(error)))?
                }
                None => None,
            };
            Ok(Command::CompleteUpload { evidence: evidence.clone(), found }.into())
        };
        let done = app.desk.execute_with_contacts(ask.order(), prepare).await?;
        app.done(&ask.caller, done).await
    }

    /// Sends the caller to where the document can be downloaded.
    async fn download(&self, call: &Call, claim: &str, document: &str) -> Result<Response<Body>, Problem> {
        let app = &self.app;
        let (caller, claim) = (app.caller(call)?, claim_id(claim)?);
        let (_, claim) = app.desk.view(&caller, &claim).await?;
        let found = claim.evidence.iter().find(|found| found.id.as_str() == document.to_ascii_uppercase());
        let found = found.ok_or_else(Problem::not_found)?;
        if let Some(refusal) = reading::refusal(found, self.files.scanned, app.desk.world.now()) {
            return Err(complete(refusal, &claim, &caller, &app.desk.program).into());
        }
        let address = self.files.download(&claim.id, found, DOWNLOAD_WITHIN).await;
        Ok(respond::see_other(&address.map_err(Problem::internal)?))
    }
}
