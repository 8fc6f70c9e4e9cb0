//! What an organisation may do only so often in a day (D19).

use claim_domain::calendar::Instant;
use claim_domain::claim::Claim;
use claim_domain::command::Command;
use claim_domain::refusal::Refusal;
use claim_store::CountKey;

use crate::handler::CommandHandler;
use crate::outcome::CommandError;

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
        let Some(daily) = command.daily().filter(|_| !*counted) else { return Ok(None) };
        let (limit, day) = (self.program.daily.of(daily), now.date_naive());
        let what = daily.as_str().to_owned();
        *counted = self.store.count(CountKey { day, what, of: claim.partner.to_string() }, limit).await?;
        Ok((!*counted).then(|| daily.refusal(limit, day)))
    }
}
