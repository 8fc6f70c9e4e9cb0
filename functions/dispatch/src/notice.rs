//! The customer's notice (R13, D9, D16).
//!
//! Every attempt to send makes a fresh token and stores only its hash, before the email goes out; the token itself is
//! only in the email. When the email service has accepted the notice, the claim records it and the consent period
//! starts. When the service refuses it for good, the claim records that, and the period is suspended.

use claim_domain::claim::Status;
use claim_domain::clock::ClockName;
use claim_domain::command::Command;
use claim_domain::effect::About;
use claim_domain::ids::{ClaimId, ContactRef};
use claim_runtime::logging;
use claim_store::{ConsentLink, ConsentToken, Outcome};

use crate::failure::Failure;
use crate::{Dispatch, EffectContext};

impl Dispatch {
    pub(crate) async fn notify(
        &self,
        approval: u64,
        contact: &ContactRef,
        about: &About,
        context: EffectContext<'_>,
    ) -> Result<(), Failure> {
        let claim = &context.effect.claim;
        if !self.is_wanted(claim, approval).await? {
            return Ok(());
        }
        let refused = match self.contact(claim, contact).await? {
            None => Some("the contact was erased".to_owned()),
            Some(contact) => {
                self.count_email(&about.partner_id, &contact.email).await?;
                let token = self.token()?;
                let language = contact.language.unwrap_or(self.commands.program.language);
                let link = ConsentLink { claim: claim.clone(), approval, language: Some(language) };
                let until = self.commands.program.keeps_link_until(self.now());
                self.commands
                    .store
                    .keep_consent_link(&token.hash(), &link, until)
                    .await
                    .map_err(|error| Failure::transient("consent link not kept", error))?;
                let links = self.links(claim, Some(format!("{}/v1/consent/{token}", self.public_url)));
                let period = self.commands.program.periods.of(ClockName::Consent);
                let mail = claim_mail::render_notice(about, language, period, &links)
                    .map_err(|error| Failure::permanent("notice not rendered", error))?;
                match self.mail_sender.send(&contact.email, mail, context).await {
                    Ok(()) => None,
                    Err(failure) if failure.is_permanent() => Some(logging::chain(&failure)),
                    Err(failure) => return Err(failure),
                }
            }
        };
        let command = match refused {
            None => Command::RecordNotified { approval, notice: context.effect.clone() },
            Some(why) => {
                let notice = context.effect.clone();
                Command::RecordNoticeFailed { approval, notice, why, parked: false }
            }
        };
        self.record(context, command, &Outcome::Done { at: self.now() }).await
    }

    fn token(&self) -> Result<ConsentToken, Failure> {
        let bits = self.commands.host.secret().map_err(|error| Failure::transient("no randomness", error))?;
        Ok(ConsentToken::of(bits))
    }

    /// Whether the customer can still deny this approval; a notice of an approval that has ended would only confuse.
    async fn is_wanted(&self, claim: &ClaimId, approval: u64) -> Result<bool, Failure> {
        let claim = self.commands.store.claim(claim).await;
        let claim = claim.map_err(|error| Failure::transient("claim not read", error))?;
        Ok(claim.is_some_and(|claim| {
            claim.status == Status::Approved
                && claim.consent_to(approval).is_some_and(|consent| consent.state.is_open())
        }))
    }
}
