//! The function `webhooks`: where an organisation's changes are sent (D24). What it answers, [`claim_webhooks`] decides; a
//! secret is in the answer that has made it, and in no other.

use std::sync::Arc;

use claim_domain::people::Caller;
use claim_domain::webhook::Webhook;
use claim_http::registry::Operation;
use claim_http::view::{self, Page};
use claim_http::{Api, App, Endpoint, Problem, Request, respond};
use claim_runtime::{Aws, ConfigError, Variables};
use lambda_http::http::StatusCode;
use lambda_http::http::header::LOCATION;
use lambda_http::{Body, Response};

pub use claim_queue::Queue;

/// The function as Lambda runs it.
pub type Function = Api<Webhooks>;

/// The function's endpoint: what every function behind the API has, and the webhooks of organisations.
pub struct Webhooks {
    app: App,
    webhooks: claim_webhooks::Webhooks,
}

impl Endpoint for Webhooks {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let aws = Aws::new(variables)?;
        let app = App::new(variables, &aws)?;
        Self::over(app, Arc::new(aws_sdk_sqs::Client::new(aws.config())), variables)
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let caller = self.app.caller(request)?;
        // Before anything of the request is read.
        self.webhooks.partner(&self.app, &caller)?;
        match request.operation() {
            Operation::CreateWebhook => self.create(request, &caller).await,
            Operation::ListWebhooks => self.list(&caller).await,
            Operation::ReadWebhook => self.read(request, &caller).await,
            Operation::RemoveWebhook => self.remove(request, &caller).await,
            Operation::RotateSecret => self.rotate(request, &caller).await,
            Operation::ReplayChanges => self.replay(request, &caller).await,
            Operation::ListAttempts => self.attempts(request, &caller).await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl Webhooks {
    /// The endpoint with this queue, as configured.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub fn over(app: App, queue: Arc<dyn Queue>, variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self { app, webhooks: claim_webhooks::Webhooks::over(queue, variables)? })
    }

    async fn create(&self, request: &Request, caller: &Caller) -> Result<Response<Body>, Problem> {
        let made = self.webhooks.register(&self.app, caller, &request.json()?, None).await?;
        let answer = self.with_secret(StatusCode::CREATED, &made);
        Ok(respond::with(answer, &[(LOCATION, &format!("/v1/webhooks/{}", made.id))]))
    }

    async fn list(&self, caller: &Caller) -> Result<Response<Body>, Problem> {
        let webhooks = self.webhooks.list(&self.app, caller).await?;
        let now = self.app.commands.host.now();
        let items = webhooks.iter().map(|webhook| view::webhook(webhook, now)).collect();
        Ok(respond::json(StatusCode::OK, &Page { items, next: None, notice: None }))
    }

    async fn read(&self, request: &Request, caller: &Caller) -> Result<Response<Body>, Problem> {
        let found = self.webhooks.find(&self.app, caller, &request.named("webhookId")?).await?;
        Ok(respond::json(StatusCode::OK, &view::webhook(&found, self.app.commands.host.now())))
    }

    async fn remove(&self, request: &Request, caller: &Caller) -> Result<Response<Body>, Problem> {
        self.webhooks.remove(&self.app, caller, &request.named("webhookId")?).await?;
        Ok(respond::empty(StatusCode::NO_CONTENT))
    }

    async fn rotate(&self, request: &Request, caller: &Caller) -> Result<Response<Body>, Problem> {
        let rotated = self.webhooks.rotate(&self.app, caller, &request.named("webhookId")?, None).await?;
        Ok(self.with_secret(StatusCode::OK, &rotated))
    }

    async fn replay(&self, request: &Request, caller: &Caller) -> Result<Response<Body>, Problem> {
        let (webhook, input) = (request.named("webhookId")?, request.json()?);
        let replayed = self.webhooks.replay(&self.app, caller, &webhook, &input).await?;
        Ok(respond::json(StatusCode::OK, &replayed))
    }

    async fn attempts(&self, request: &Request, caller: &Caller) -> Result<Response<Body>, Problem> {
        let attempts = self.webhooks.attempts(&self.app, caller, &request.named("webhookId")?).await?;
        let items = attempts.iter().map(view::attempt).collect();
        Ok(respond::json(StatusCode::OK, &Page { items, next: None, notice: None }))
    }

    fn with_secret(&self, status: StatusCode, webhook: &Webhook) -> Response<Body> {
        respond::json(status, &view::webhook_with_secret(webhook, self.app.commands.host.now()))
    }
}
