//! What an organisation does with its webhooks (D24): registers and removes them, replaces their secrets, has changes sent
//! again, and sees what became of each attempt. API and pages ask here, so that there is one law and one refusal.

mod replay;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claim_command::IdempotencyKey;
use claim_domain::ids::{PartnerId, WebhookId};
use claim_domain::people::Caller;
use claim_domain::refusal::{FieldError, Refusal};
use claim_domain::rule::Rule;
use claim_domain::webhook::{MAX_WEBHOOKS, NewWebhook, Reach, Secret, Webhook, parse_webhook};
use claim_http::{App, ChangesRequest, Problem};
use claim_queue::{DeliveryQueue, Queue};
use claim_runtime::{ConfigError, Variables};
use claim_store::Attempt;
use serde_json::Value;

/// How many attempts are listed.
const ATTEMPTS: u32 = 100;

/// The webhooks of organisations, and the queue to them.
#[derive(Debug, Clone)]
pub struct Webhooks {
    queue: DeliveryQueue,
    reach: Reach,
}

impl Webhooks {
    /// Webhooks behind this queue, as configured.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub fn over(queue: Arc<dyn Queue>, variables: &Variables) -> Result<Self, ConfigError> {
        let queue = DeliveryQueue::new(queue, variables)?;
        Ok(Self { queue, reach: variables.parsed("WEBHOOKS_TO_THIS_MACHINE", "false")? })
    }

    /// The organisation whose webhooks the caller deals with.
    ///
    /// # Errors
    /// `forbidden` for whoever acts for no partner organisation; not found where changes are not numbered (D23), since what
    /// has no number cannot be told apart or sent again.
    pub fn partner<'c>(&self, app: &App, caller: &'c Caller) -> Result<&'c PartnerId, Problem> {
        let Some(partner) = &caller.partner else {
            return Err(Refusal {
                detail: "Webhooks are a partner organisation's.".to_owned(),
                ..Refusal::forbidden(Rule::R1, "Reviewers find submitted claims in GET /v1/review/queue.")
            }
            .into());
        };
        match app.commands.program.changes_feed {
            true => Ok(partner),
            false => Err(ChangesRequest::unnumbered()),
        }
    }

    /// Registers a webhook, with a new secret. What was asked for by the same form already is not done a second time.
    ///
    /// # Errors
    /// As [`Webhooks::partner`]; invalid input; a failing table.
    pub async fn register(
        &self,
        app: &App,
        caller: &Caller,
        input: &Value,
        form: Option<&IdempotencyKey>,
    ) -> Result<Webhook, Problem> {
        let partner = self.partner(app, caller)?;
        let made_by = form.map(|form| form.record.clone());
        let made = Webhook {
            made_by,
            contact: caller.verified_email.clone(),
            ..made(app, parse_webhook(input, self.reach)?)?
        };
        let add = |webhooks: &mut Vec<Webhook>| {
            let is_made = |known: &&Webhook| known.id == made.id || is_made_by(known, form);
            if let Some(known) = webhooks.iter().find(is_made) {
                return Ok(known.clone());
            }
            admit(webhooks, &made)?;
            webhooks.push(made.clone());
            Ok::<_, Refusal>(made.clone())
        };
        let registered = app.commands.store.change_webhooks(partner, add).await??;
        log(caller, &registered.id, "webhook registered");
        Ok(registered)
    }

    /// The organisation's webhooks, the oldest first.
    ///
    /// # Errors
    /// As [`Webhooks::partner`]; a failing table.
    pub async fn list(&self, app: &App, caller: &Caller) -> Result<Vec<Webhook>, Problem> {
        Ok(app.commands.store.webhooks(self.partner(app, caller)?).await?)
    }

    /// One of them.
    ///
    /// # Errors
    /// As [`Webhooks::list`]; not found.
    pub async fn find(&self, app: &App, caller: &Caller, id: &WebhookId) -> Result<Webhook, Problem> {
        let webhooks = self.list(app, caller).await?;
        webhooks.into_iter().find(|webhook| webhook.id == *id).ok_or_else(Problem::not_found)
    }

    /// Removes one.
    ///
    /// # Errors
    /// As [`Webhooks::find`].
    pub async fn remove(&self, app: &App, caller: &Caller, id: &WebhookId) -> Result<(), Problem> {
        self.change(app, caller, id, |webhooks, at| drop(webhooks.remove(at))).await?;
        log(caller, id, "webhook removed");
        Ok(())
    }

    /// Replaces the secret of one; the old one signs as well for a day. What was asked for by the same form already is not
    /// done a second time: it would leave the first secret without its day.
    ///
    /// # Errors
    /// As [`Webhooks::find`].
    pub async fn rotate(
        &self,
        app: &App,
        caller: &Caller,
        id: &WebhookId,
        form: Option<&IdempotencyKey>,
    ) -> Result<Webhook, Problem> {
        let (secret, now) = (secret(app)?, app.commands.host.now());
        let rotate = |webhooks: &mut Vec<Webhook>, at| {
            let mut webhook = webhooks.remove(at);
            if !is_made_by(&webhook, form) {
                webhook.rotate(secret.clone(), now);
                webhook.made_by = form.map(|form| form.record.clone());
                webhook.contact = caller.verified_email.clone();
            }
            webhooks.insert(at, webhook.clone());
            webhook
        };
        let rotated = self.change(app, caller, id, rotate).await?;
        log(caller, id, "webhook's secret replaced");
        Ok(rotated)
    }

    /// The last hundred attempts to deliver to one, the newest first.
    ///
    /// # Errors
    /// As [`Webhooks::find`].
    pub async fn attempts(
        &self,
        app: &App,
        caller: &Caller,
        id: &WebhookId,
    ) -> Result<Vec<Attempt>, Problem> {
        let (partner, webhook) = (self.partner(app, caller)?, self.find(app, caller, id).await?);
        Ok(app.commands.store.attempts(partner, &webhook.id, ATTEMPTS).await?)
    }

    /// Changes the list of webhooks at the place of one.
    async fn change<T>(
        &self,
        app: &App,
        caller: &Caller,
        id: &WebhookId,
        change: impl Fn(&mut Vec<Webhook>, usize) -> T,
    ) -> Result<T, Problem> {
        let change = |webhooks: &mut Vec<Webhook>| {
            let at = webhooks.iter().position(|webhook| webhook.id == *id);
            Ok::<_, Refusal>(change(webhooks, at.ok_or_else(Refusal::not_found)?))
        };
        Ok(app.commands.store.change_webhooks(self.partner(app, caller)?, change).await??)
    }
}

/// Whether this form has made the webhook's present secret.
fn is_made_by(webhook: &Webhook, form: Option<&IdempotencyKey>) -> bool {
    form.is_some_and(|form| webhook.made_by.as_ref() == Some(&form.record))
}

fn made(app: &App, NewWebhook { url, description, events }: NewWebhook) -> Result<Webhook, Problem> {
    let host = &app.commands.host;
    Ok(Webhook {
        id: host.new_id().parse().map_err(Problem::internal)?,
        url,
        description,
        events,
        secret: secret(app)?,
        replaced: None,
        made_by: None,
        contact: None,
        told: None,
        created_at: host.now(),
        gone_at: None,
        failing_since: None,
        taken_at: None,
        parked_from: None,
        parkings: 0,
    })
}

/// A new secret, in the form of the Standard Webhooks specification.
fn secret(app: &App) -> Result<Secret, Problem> {
    let bits = app.commands.host.secret().map_err(Problem::internal)?;
    Ok(Secret(format!("whsec_{}", STANDARD.encode(bits))))
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
fn log(caller: &Caller, webhook: &WebhookId, what: &str) {
    let partner = caller.partner.as_ref().map(PartnerId::as_str);
    tracing::info!(partner, subject = caller.actor.id, webhook.id = webhook.as_str(), what, "webhook");
}

#[cfg(test)]
#[path = "lib_tests.rs"]
mod tests;
