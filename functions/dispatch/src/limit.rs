//! How many emails an organisation's claims may send to one address in a day (D19): whoever files claims chooses where
//! their emails go, and nobody has asked the recipients.

use claim_domain::ids::PartnerId;
use claim_store::{CountKey, sha256};

use crate::Dispatch;
use crate::failure::Failure;

impl Dispatch {
    /// Counts an email of an organisation's claims to an address. Beyond the limit of the day (UTC) it is not sent but
    /// parked, so that it is not lost: an operator looks at it, and can have it sent the next day. An email that is tried
    /// again counts again. The address is kept as its hash alone.
    ///
    /// # Errors
    /// Permanent beyond the limit; transient when the table fails.
    pub(crate) async fn count_email(&self, partner: &PartnerId, address: &str) -> Result<(), Failure> {
        let of = format!("{partner}#{}", sha256(address.to_lowercase().as_bytes()));
        let what = CountKey { day: self.now().date_naive(), what: "emails".to_owned(), of };
        match self.commands.store.count(what, self.daily_emails).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::permanent(
                "too many emails to one address today",
                format!("the claims of {partner} sent it {}, the most for one day", self.daily_emails),
            )),
            Err(error) => Err(Failure::transient("email not counted", error)),
        }
    }
}
