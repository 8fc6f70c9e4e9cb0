//! The function `dashboard`: the pages of partners. They read and write claims by the same functions as the API, and a form
//! becomes the input that the API would read (I10).

mod act;
mod calendar;
mod check;
mod claim;
mod claims;
mod drafts;
mod edit;
mod export;
mod part;
mod plan;
mod proof;
mod webhooks;

use std::sync::Arc;

use claim_documents::{DocumentBucket, Files};
use claim_domain::people::Caller;
use claim_domain::refusal::Refusal;
use claim_domain::rule::Rule;
use claim_http::registry::Operation;
use claim_http::{Api, App, Endpoint, Problem, Received, Request};
use claim_pages::{Pages, calendar_page, change_calendar, enter_calendar, to};
use claim_runtime::{Aws, ConfigError, Variables};
use claim_webhooks::Webhooks;
use lambda_http::{Body, Response};

use crate::act::Act;
use crate::part::Part;

/// The function as Lambda runs it.
pub type Function = Api<Dashboard>;

/// The function's endpoint, made of what every function behind the API has, the gate before pages, the documents, and the
/// webhooks.
pub struct Dashboard {
    app: App,
    pages: Pages,
    files: Files,
    webhooks: Webhooks,
}

impl Dashboard {
    /// The endpoint with this gate, these documents and these webhooks.
    pub fn over(app: App, pages: Pages, files: Files, webhooks: Webhooks) -> Self {
        Self { app, pages, files, webhooks }
    }

    /// Who calls: a partner.
    ///
    /// # Errors
    /// `forbidden` for whoever acts for no partner organisation (R1).
    fn partner(&self, request: &Request) -> Result<Caller, Problem> {
        let caller = self.app.caller(request)?;
        if caller.partner.is_some() {
            return Ok(caller);
        }
        Err(Refusal::forbidden(Rule::R1, "Reviewers find their work in the queue.").into())
    }

    /// The way for a reviewer who opens the page of a partner: to the reviewers' page of the same claim.
    fn elsewhere(&self, request: &Request) -> Result<Option<Response<Body>>, Problem> {
        if !self.app.caller(request)?.actor.role.is_reviewer() {
            return Ok(None);
        }
        Ok(match request.operation() {
            Operation::ShowClaims => Some(to("/review")),
            Operation::ShowCalendar => Some(to("/review/calendar")),
            Operation::ShowClaim | Operation::ShowClaimStep => {
                Some(to(&format!("/review/{}", request.claim()?)))
            }
            Operation::OpenOwnProof => {
                let document = request.parameter("evidenceId");
                Some(to(&format!("/review/{}/proof/{document}", request.claim()?)))
            }
            _ => None,
        })
    }

    /// Opens a document of one's own claim.
    async fn open_proof(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let (caller, claim) = (self.partner(request)?, request.claim()?);
        let claim = self.app.view(&caller, &claim).await?.current;
        let document = request.named("evidenceId")?;
        let address = self.files.open(&self.app.commands, &caller, &claim, &document).await?;
        Ok(to(&address))
    }
}

impl Endpoint for Dashboard {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let aws = Aws::new(variables)?;
        let app = App::new(variables, &aws)?;
        let documents = DocumentBucket::new(&aws, variables.required("EVIDENCE_BUCKET")?);
        let files = Files::configured(Arc::new(documents), variables)?;
        let queue = Arc::new(aws_sdk_sqs::Client::new(aws.config()));
        Ok(Self::over(app, Pages::new(variables, &aws)?, files, Webhooks::over(queue, variables)?))
    }

    async fn admit(&self, request: &mut Request) -> Result<Option<Response<Body>>, Problem> {
        if request.operation() == Operation::ReadCalendar {
            enter_calendar(&self.pages, &self.app, request).await?;
            return Ok(None);
        }
        match self.pages.admit(&self.app, request).await? {
            Some(answer) => Ok(Some(answer)),
            None => self.elsewhere(request),
        }
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        match request.operation() {
            Operation::ShowClaims => claims::show(self, request).await,
            Operation::ShowCalendar => {
                calendar_page(&self.pages, &self.app, request, &self.partner(request)?).await
            }
            Operation::ChangeCalendar => {
                change_calendar(&self.pages, &self.app, request, &self.partner(request)?).await
            }
            Operation::ReadCalendar => calendar::file(self, request).await,
            Operation::ShowClaim => claim::show(self, request).await,
            Operation::ShowClaimStep => match request.parameter("step") {
                "history" => claim_pages::history_page(&self.app, request, &self.partner(request)?).await,
                "proof" => proof::show(self, request).await,
                // The form of the check comes back here when a session was over.
                "check" | "submit" => check::show(self, request).await,
                step => match Part::of(step) {
                    Some(part) => edit::show(self, request, part).await,
                    None => act::show(self, request, Act::of(step).ok_or_else(Problem::not_found)?).await,
                },
            },
            Operation::SendClaimStep => match request.parameter("step") {
                "proof" => proof::announce(self, request).await,
                "submit" => check::submit(self, request).await,
                "renew" => claim::renew(self, request).await,
                step => match Part::of(step) {
                    Some(part) => edit::send(self, request, part).await,
                    None => act::send(self, request, Act::of(step).ok_or_else(Problem::not_found)?).await,
                },
            },
            Operation::CompleteOwnProof => proof::complete(self, request).await,
            Operation::BeginDraft => drafts::begin(self, request).await,
            Operation::ShowDraft => drafts::show(self, request).await,
            Operation::ShowDraftStep => drafts::show_step(self, request).await,
            Operation::SaveDraftStep => drafts::send(self, request).await,
            Operation::OpenOwnProof => self.open_proof(request).await,
            Operation::ShowWebhooks
            | Operation::AddWebhook
            | Operation::ShowWebhook
            | Operation::ShowWebhookStep
            | Operation::SendWebhookStep => webhooks::answer(self, request).await,
            _ => Err(Problem::not_found()),
        }
    }

    fn refused(&self, received: &Received, problem: &Problem) -> Response<Body> {
        self.pages.refused(received, problem)
    }

    fn dressed(&self, received: &Received, response: Response<Body>) -> Response<Body> {
        self.pages.dressed(received, response)
    }
}
