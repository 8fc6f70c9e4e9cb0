//! Emails about claims (D18). An email is sent at least once; a header identifies its repetitions. The header is a hash of the
//! effect's id, which holds the claim's version, and the command's id, which nobody is shown: partners must not see versions
//! (D13).

use std::sync::Arc;

use claim_mail::Mail;
use claim_mailer::NotSent;
use claim_runtime::{ConfigError, Variables};
use sha2::{Digest, Sha256};

use crate::EffectContext;
use crate::failure::Failure;
use crate::services::Mailer;

/// How emails are sent, and to whom those to the lead.
#[derive(Debug, Clone)]
pub(crate) struct MailSender {
    sender: claim_mailer::MailSender,
    /// The review lead's address (D18).
    pub(crate) lead: String,
}

impl MailSender {
    /// The sender as configured.
    ///
    /// # Errors
    /// The variable that is missing.
    pub(crate) fn new(mailer: Arc<dyn Mailer>, variables: &Variables) -> Result<Self, ConfigError> {
        let sender = claim_mailer::MailSender::new(mailer, variables)?;
        Ok(Self { sender, lead: variables.required("LEAD_EMAIL")?.to_owned() })
    }

    /// Sends an email; returns when the service has accepted it.
    ///
    /// # Errors
    /// Permanent, when the service refuses the email for good; transient otherwise.
    pub(crate) async fn send(&self, to: &str, mail: Mail, context: EffectContext<'_>) -> Result<(), Failure> {
        let headers = [("X-Claim-Effect", opaque(context))];
        let (claim, place) = (context.effect.claim.to_string(), context.effect.place().to_string());
        let tags = [("claim", claim), ("effect", place)];
        self.sender.send(to, mail, &headers, &tags).await.map_err(|error| match error {
            NotSent::Unfinished(error) => Failure::permanent("email not built", error),
            NotSent::Refused(code) => Failure::permanent("email refused", code),
            NotSent::NotAccepted(code) => Failure::transient("email not accepted", code),
        })
    }
}

/// A stable name for an effect that reveals nothing about it.
fn opaque(context: EffectContext<'_>) -> String {
    let name = format!("{} {}", context.command, context.effect);
    Sha256::digest(name).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
