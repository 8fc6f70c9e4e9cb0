//! The function `casework`: the pages of reviewers and of their lead. They read and write claims by the same functions as
//! the API, and a form becomes the input that the API would read (I10).

mod calendar;
mod case;
mod decide;
mod queue;
mod workload;

use std::sync::Arc;

use claim_documents::{DocumentBucket, Files};
use claim_domain::people::Caller;
use claim_domain::refusal::Refusal;
use claim_domain::rule::Rule;
use claim_http::registry::Operation;
use claim_http::{Api, App, Endpoint, Problem, Received, Request};
use claim_pages::{Pages, calendar_page, change_calendar, enter_calendar, to};
use claim_runtime::{Aws, ConfigError, Variables};
use lambda_http::{Body, Response};

use crate::decide::Step;

/// The function as Lambda runs it.
pub type Function = Api<Casework>;

/// The function's endpoint, made of what every function behind the API has, the gate before pages, and the documents.
pub struct Casework {
    app: App,
    pages: Pages,
    files: Files,
}

impl Casework {
    /// The endpoint with this gate and these documents.
    pub fn over(app: App, pages: Pages, files: Files) -> Self {
        Self { app, pages, files }
    }

    /// Who calls: a reviewer or the review lead.
    ///
    /// # Errors
    /// `forbidden` for everybody else (R2).
    fn reviewer(&self, request: &Request) -> Result<Caller, Problem> {
        let caller = self.app.caller(request)?;
        if caller.actor.role.is_reviewer() {
            return Ok(caller);
        }
        Err(Refusal::forbidden(Rule::R2, "Your organisation’s claims are on your own pages.").into())
    }

    /// The way for a partner who opens a page of the reviewers: to their own page of the same claim.
    fn elsewhere(&self, request: &Request) -> Result<Option<Response<Body>>, Problem> {
        if !self.app.caller(request)?.actor.role.is_partner() {
            return Ok(None);
        }
        Ok(match request.operation() {
            Operation::ShowQueue => Some(to("/claims")),
            Operation::ShowReviewCalendar => Some(to("/claims/calendar")),
            Operation::ShowCase => Some(to(&format!("/claims/{}", request.claim()?))),
            _ => None,
        })
    }

    /// Opens a document of a claim under review.
    async fn open_proof(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let (caller, claim) = (self.reviewer(request)?, request.claim()?);
        let claim = self.app.view(&caller, &claim).await?.current;
        let document = request.named("evidenceId")?;
        Ok(to(&self.files.open(&self.app.commands, &caller, &claim, &document).await?))
    }
}

impl Endpoint for Casework {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let aws = Aws::new(variables)?;
        let app = App::new(variables, &aws)?;
        let documents = DocumentBucket::new(&aws, variables.required("EVIDENCE_BUCKET")?);
        let files = Files::configured(Arc::new(documents), variables)?;
        Ok(Self::over(app, Pages::new(variables, &aws)?, files))
    }

    async fn admit(&self, request: &mut Request) -> Result<Option<Response<Body>>, Problem> {
        if request.operation() == Operation::ReadReviewCalendar {
            enter_calendar(&self.pages, &self.app, request).await?;
            return Ok(None);
        }
        match self.pages.admit(&self.app, request).await? {
            Some(answer) => Ok(Some(answer)),
            None => self.elsewhere(request),
        }
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let step = || Step::of(request.parameter("step")).ok_or_else(Problem::not_found);
        match request.operation() {
            Operation::ShowQueue => queue::show(self, request).await,
            Operation::ShowReviewCalendar => {
                calendar_page(&self.pages, &self.app, request, &self.reviewer(request)?).await
            }
            Operation::ChangeReviewCalendar => {
                change_calendar(&self.pages, &self.app, request, &self.reviewer(request)?).await
            }
            Operation::ReadReviewCalendar => calendar::file(self, request).await,
            Operation::ShowCase => case::show(self, request).await,
            Operation::ShowCaseStep => match request.parameter("step") {
                "history" => claim_pages::history_page(&self.app, request, &self.reviewer(request)?).await,
                _ => decide::show(self, request, step()?).await,
            },
            Operation::SendCaseStep => decide::send(self, request, step()?).await,
            Operation::OpenProof => self.open_proof(request).await,
            Operation::ShowWorkload => workload::show(self, request).await,
            Operation::CoverReviewer => workload::cover(self, request).await,
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
