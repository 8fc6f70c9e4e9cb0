//! Telling people that changes were parked (D24).

use std::sync::Arc;

use claim_domain::webhook::{Delivery, Webhook};
use claim_mail::{MailError, ParkedChanges, render_parked};
use claim_mailer::{MailSender, Mailer, NotSent};
use claim_runtime::{ConfigError, Variables};
use claim_store::StoreError;

use crate::Deliver;

/// How people are told, and where they find more.
#[derive(Debug, Clone)]
pub struct Teller {
    sender: MailSender,
    portal_url: String,
}

/// Why somebody could not be told, or it could not be noted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTold {
    #[error(transparent)]
    Mail(#[from] MailError),
    #[error(transparent)]
    Sender(#[from] NotSent),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Teller {
    /// With this service, as configured.
    ///
    /// # Errors
    /// The variable that is missing.
    pub fn new(mailer: Arc<dyn Mailer>, variables: &Variables) -> Result<Self, ConfigError> {
        let sender = MailSender::new(mailer, variables)?;
        Ok(Self { sender, portal_url: variables.required("PORTAL_URL")?.to_owned() })
    }
}

impl Deliver {
    /// Tells a webhook's contact that a change was parked, and notes that it is told.
    ///
    /// # Errors
    /// The email service or the table failed: it is to be done once more.
    pub(crate) async fn tell(
        &self,
        webhook: &Webhook,
        delivery: &Delivery,
        contact: &str,
    ) -> Result<(), NotTold> {
        let mail = render_parked(&ParkedChanges {
            partner: &delivery.partner,
            webhook: &webhook.id,
            host: webhook.url.parts().host,
            from: webhook.parked_from.map_or(delivery.sequence, |first| first.min(delivery.sequence)),
            url: &format!("{}/webhooks/{}", self.teller.portal_url, webhook.id),
        })?;
        match self.teller.sender.send(contact, mail, &[], &[]).await {
            Ok(()) => tracing::info!(webhook.id = webhook.id.as_str(), "told"),
            // It would be refused again; the webhook shows what was parked all the same.
            Err(NotSent::Refused(code)) => {
                tracing::error!(webhook.id = webhook.id.as_str(), code, "the contact cannot be told");
            }
            Err(error) => return Err(error.into()),
        }
        let told = |webhooks: &mut Vec<Webhook>| {
            webhooks.iter_mut().filter(|known| known.id == webhook.id).for_each(Webhook::has_told);
            Ok::<_, StoreError>(())
        };
        Ok(self.commands.store.change_webhooks(&delivery.partner, told).await??)
    }
}
