//! What an organisation may do only so often in a day (D19).

use claim_domain::calendar::Instant;
use claim_domain::claim::Claim;
use claim_domain::command::Command;
use claim_domain::refusal::Refusal;
use claim_store::CountKey;

use crate::handler::CommandHandler;
use crate::outcome::CommandError;

/// How often something may be done in a day.
struct Bound {
    key: CountKey,
    limit: u32,
    refusal: Refusal,
}

impl CommandHandler {
    /// Counts a command that an organisation may carry out only so often in a day (D19), once for all its attempts; the
    /// refusal if this would be one too many.
    pub(crate) async fn count_once(
        &self,
        counted: &mut bool,
        command: &Command,
        claim: &Claim,
        now: Instant,
    ) -> Result<Option<Refusal>, CommandError> {
        let Some(bound) = self.bound(command, claim, now).filter(|_| !*counted) else { return Ok(None) };
        *counted = self.store.count(bound.key, bound.limit).await?;
        Ok((!*counted).then_some(bound.refusal))
    }

    /// The refusal if such a command would be one too many now. Nothing is counted.
    pub(crate) async fn one_too_many(
        &self,
        command: &Command,
        claim: &Claim,
        now: Instant,
    ) -> Result<Option<Refusal>, CommandError> {
        let Some(bound) = self.bound(command, claim, now) else { return Ok(None) };
        let counted = self.store.counted(bound.key).await?;
        Ok((counted >= u64::from(bound.limit)).then_some(bound.refusal))
    }

    fn bound(&self, command: &Command, claim: &Claim, now: Instant) -> Option<Bound> {
        let daily = command.daily()?;
        let (limit, day) = (self.program.daily.of(daily), now.date_naive());
        let key = CountKey { day, what: daily.as_str().to_owned(), of: claim.partner.to_string() };
        Some(Bound { key, limit, refusal: daily.refusal(limit, day) })
    }
}
