//! The function `webhooks`: where an organisation's changes are sent (D24). Webhooks are registered, listed and removed;
//! their secrets are made here and shown once; changes are sent to them again; and one sees what became of each attempt.

mod queue;
mod replay;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claim_domain::ids::{PartnerId, WebhookId};
use claim_domain::people::Caller;
use claim_domain::refusal::{FieldError, Refusal};
use claim_domain::rule::Rule;
use claim_domain::webhook::{MAX_WEBHOOKS, NewWebhook, Reach, Secret, Webhook, parse_webhook};
use claim_http::registry::Operation;
use claim_http::view::{self, Page};
use claim_http::{Api, App, ChangesRequest, Endpoint, Problem, Request, respond};
use claim_runtime::{Aws, ConfigError, Variables};
use lambda_http::http::StatusCode;
use lambda_http::http::header::LOCATION;
use lambda_http::{Body, Response};

pub use queue::Queue;

/// How many attempts are listed.
const ATTEMPTS: u32 = 100;

/// The function as Lambda runs it.
pub type Function = Api<Webhooks>;

/// The function's endpoint: what every function behind the API has, and the queue to `deliver`.
pub struct Webhooks {
    app: App,
    queue: Arc<dyn Queue>,
    queue_url: String,
    reach: Reach,
}

impl Endpoint for Webhooks {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(app: App, variables: &Variables, aws: &Aws) -> Result<Self, ConfigError> {
        Self::over(app, Arc::new(aws_sdk_sqs::Client::new(aws.config())), variables)
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let caller = self.app.caller(request)?;
        let Some(partner) = &caller.partner else {
            return Err(Refusal {
                detail: "Webhooks are a partner organisation's.".to_owned(),
                ..Refusal::forbidden(Rule::R1, "Reviewers find submitted claims in GET /v1/review/queue.")
            }
            .into());
        };
        if !self.app.commands.program.changes_feed {
            return Err(ChangesRequest::unnumbered());
        }
        match request.operation() {
            Operation::CreateWebhook => self.create(request, &caller, partner).await,
            Operation::ListWebhooks => self.list(partner).await,
            Operation::ReadWebhook => self.read(request, partner).await,
            Operation::RemoveWebhook => self.remove(request, &caller, partner).await,
            Operation::RotateSecret => self.rotate(request, &caller, partner).await,
            Operation::ReplayChanges => self.replay(request, partner).await,
            Operation::ListAttempts => self.attempts(request, partner).await,
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
        let reach = match variables.parsed("WEBHOOKS_TO_THIS_MACHINE", "false")? {
            true => Reach::ThisMachineToo,
            false => Reach::Public,
        };
        let queue_url = variables.required("WEBHOOK_QUEUE_URL")?.to_owned();
        Ok(Self { app, queue, queue_url, reach })
    }

    async fn create(
        &self,
        request: &Request,
        caller: &Caller,
        partner: &PartnerId,
    ) -> Result<Response<Body>, Problem> {
        let input = parse_webhook(&request.json()?, self.reach)?;
        let (commands, now) = (&self.app.commands, self.app.commands.host.now());
        let made = self.made(input)?;
        let add = |webhooks: &mut Vec<Webhook>| {
            admit(webhooks, &made)?;
            webhooks.push(made.clone());
            Ok::<_, Refusal>(())
        };
        commands.store.change_webhooks(partner, add).await??;
        log(caller, partner, &made.id, "webhook registered");
        let answer = respond::json(StatusCode::CREATED, &view::webhook_with_secret(&made, now));
        Ok(respond::with(answer, &[(LOCATION, &format!("/v1/webhooks/{}", made.id))]))
    }

    fn made(&self, NewWebhook { url, description, events }: NewWebhook) -> Result<Webhook, Problem> {
        let commands = &self.app.commands;
        Ok(Webhook {
            id: commands.host.new_id().parse().map_err(Problem::internal)?,
            url,
            description,
            events,
            secret: self.secret()?,
            replaced: None,
            created_at: commands.host.now(),
            gone_at: None,
            failing_since: None,
            parked_from: None,
        })
    }

    /// A new secret, in the form of the Standard Webhooks specification.
    fn secret(&self) -> Result<Secret, Problem> {
        let bits = self.app.commands.host.secret().map_err(Problem::internal)?;
        Ok(Secret(format!("whsec_{}", STANDARD.encode(bits))))
    }

    async fn list(&self, partner: &PartnerId) -> Result<Response<Body>, Problem> {
        let webhooks = self.app.commands.store.webhooks(partner).await?;
        let now = self.app.commands.host.now();
        let items = webhooks.iter().map(|webhook| view::webhook(webhook, now)).collect();
        Ok(respond::json(StatusCode::OK, &Page { items, next: None, notice: None }))
    }

    async fn read(&self, request: &Request, partner: &PartnerId) -> Result<Response<Body>, Problem> {
        let found = self.found(request, partner).await?;
        Ok(respond::json(StatusCode::OK, &view::webhook(&found, self.app.commands.host.now())))
    }

    /// The webhook that the path names.
    async fn found(&self, request: &Request, partner: &PartnerId) -> Result<Webhook, Problem> {
        let id: WebhookId = request.named("webhookId")?;
        let webhooks = self.app.commands.store.webhooks(partner).await?;
        webhooks.into_iter().find(|webhook| webhook.id == id).ok_or_else(Problem::not_found)
    }

    async fn remove(
        &self,
        request: &Request,
        caller: &Caller,
        partner: &PartnerId,
    ) -> Result<Response<Body>, Problem> {
        let id: WebhookId = request.named("webhookId")?;
        let remove = |webhooks: &mut Vec<Webhook>| {
            let before = webhooks.len();
            webhooks.retain(|webhook| webhook.id != id);
            if webhooks.len() < before { Ok(()) } else { Err(Refusal::not_found()) }
        };
        self.app.commands.store.change_webhooks(partner, remove).await??;
        log(caller, partner, &id, "webhook removed");
        Ok(respond::empty(StatusCode::NO_CONTENT))
    }

    async fn rotate(
        &self,
        request: &Request,
        caller: &Caller,
        partner: &PartnerId,
    ) -> Result<Response<Body>, Problem> {
        let id: WebhookId = request.named("webhookId")?;
        let (secret, now) = (self.secret()?, self.app.commands.host.now());
        let rotate = |webhooks: &mut Vec<Webhook>| {
            let webhook = webhooks.iter_mut().find(|webhook| webhook.id == id);
            let webhook = webhook.ok_or_else(Refusal::not_found)?;
            webhook.rotate(secret.clone(), now);
            Ok::<_, Refusal>(webhook.clone())
        };
        let rotated = self.app.commands.store.change_webhooks(partner, rotate).await??;
        log(caller, partner, &id, "webhook's secret replaced");
        Ok(respond::json(StatusCode::OK, &view::webhook_with_secret(&rotated, now)))
    }

    async fn attempts(&self, request: &Request, partner: &PartnerId) -> Result<Response<Body>, Problem> {
        let webhook = self.found(request, partner).await?;
        let attempts = self.app.commands.store.attempts(partner, &webhook.id, ATTEMPTS).await?;
        let items = attempts.iter().map(view::attempt).collect();
        Ok(respond::json(StatusCode::OK, &Page { items, next: None, notice: None }))
    }
}

/// Whether one more webhook may be registered: there are few, each at an address of its own. So a registration that is
/// repeated because its answer was lost registers nothing twice.
fn admit(webhooks: &[Webhook], made: &Webhook) -> Result<(), Refusal> {
    let fault = |code, detail: String| {
        Err(Refusal::invalid(vec![FieldError::at("/url", code, detail)]).by(Rule::D24))
    };
    if let Some(known) = webhooks.iter().find(|webhook| webhook.url == made.url) {
        return fault("duplicate", format!("is the address of webhook {} already", known.id));
    }
    if webhooks.len() >= MAX_WEBHOOKS {
        return fault(
            "limit",
            format!("would be one too many: there are {MAX_WEBHOOKS} webhooks; remove one first"),
        );
    }
    Ok(())
}

/// Says who did what to a webhook, by their ids.
fn log(caller: &Caller, partner: &PartnerId, webhook: &WebhookId, what: &str) {
    let (partner, subject) = (partner.as_str(), caller.actor.id.as_str());
    tracing::info!(partner, subject, webhook.id = webhook.as_str(), what, "webhook");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(nth: u32) -> Webhook {
        Webhook {
            id: format!("01J{nth:023}").parse().unwrap(),
            url: claim_domain::webhook::WebhookUrl::parse(&format!("https://a.example/{nth}"), Reach::Public)
                .unwrap(),
            description: None,
            events: Vec::new(),
            secret: Secret("whsec_".to_owned()),
            replaced: None,
            created_at: "2026-03-02T09:00:00Z".parse().unwrap(),
            gone_at: None,
            failing_since: None,
            parked_from: None,
        }
    }

    #[test]
    fn there_are_five_webhooks_at_most_each_at_an_address_of_its_own() {
        claim_domain::proves!(D24);
        let mut webhooks = Vec::new();
        let code = |webhooks: &[Webhook], made: &Webhook| {
            admit(webhooks, made).map_err(|refusal| (refusal.rule, refusal.errors[0].code.clone()))
        };
        for nth in 1..=5 {
            assert_eq!(code(&webhooks, &webhook(nth)), Ok(()));
            webhooks.push(webhook(nth));
        }
        assert_eq!(code(&webhooks, &webhook(6)), Err((Rule::D24, "limit".to_owned())));
        assert_eq!(code(&webhooks[..1], &webhook(1)), Err((Rule::D24, "duplicate".to_owned())));
    }
}
