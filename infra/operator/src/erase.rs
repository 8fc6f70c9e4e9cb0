//! `cargo xtask erase`: erases a person's contact details everywhere.

use claim_domain::ids::ClaimId;
use clap::Args;

use crate::target::{Target, WHERE, block_on, failed};
use crate::{Failure, Outcome};

/// What is not in the claims, and how long it stays there (D22).
const REMAINS: &str = "\
What remains of the person elsewhere:
  backups                  point-in-time recovery keeps the table of the last 35 days; a restored table must be erased again
  emails                   those already sent lie with their receivers; the email service keeps no text
  suppression list of SES  addresses that bounced or complained: aws sesv2 delete-suppressed-destination
  failure queues           events of SES that could not be handled hold the recipient's address, for 14 days at most
  documents                what a file says; files go with their claim when its retention ends
  history                  names of signed-in users and of files, and what people wrote in comments, justifications and denials
  assessment               its messages name organisations and products, and no contact
  access log               addresses of networks, for as long as the log group keeps them";

/// Erase a person's contact details from all claims
#[derive(Args)]
#[command(after_help = format!("\
Contacts are stored beside the claims, so histories stay as they are: they say `erased` where the person was. Without
--yes the contacts are only listed. A claim that goes on without its contact sends that person nothing more: an email to the
partner is left out, and a notice to the customer counts as failed, so that partner and review lead are told.

This reads the whole table once, and says how far it is.

{REMAINS}

Examples:
  cargo xtask erase --contact carla@customer.example                        what would be erased
  cargo xtask erase --contact carla@customer.example --yes --stack-name claims

{WHERE}
Needed: dynamodb:Scan and dynamodb:DeleteItem on the table."))]
pub(crate) struct Erase {
    #[command(flatten)]
    target: Target,
    /// The person's email address, in any case of letters
    #[arg(long, value_name = "EMAIL", value_parser = address)]
    contact: String,
    /// In this claim alone
    #[arg(long)]
    claim: Option<ClaimId>,
    /// Erase, and do not only list
    #[arg(long)]
    yes: bool,
}

impl Erase {
    pub(crate) fn run(self, port: u16) -> Outcome {
        let reached = self.target.reach(port)?;
        block_on(async {
            let store = &reached.store;
            let progress = |seen| eprintln!("{seen} items read");
            let found = store.contacts_at(&reached.aws.dynamodb(), &self.contact, progress).await;
            let mut found = found.map_err(|error| failed(&error))?;
            found.retain(|(claim, _)| self.claim.as_ref().is_none_or(|only| claim == only));
            for (done, (claim, place)) in found.iter().enumerate() {
                if self.yes {
                    store.erase_contact(claim, place).await.map_err(|error| {
                        let Failure(why) = failed(&error);
                        Failure(format!(
                            "{why}\n{done} of {} were erased; run the same command again",
                            found.len()
                        ))
                    })?;
                }
                println!("{claim}  contact {place}");
            }
            let what = if self.yes { "erased" } else { "found; give --yes to erase" };
            let noun = if found.len() == 1 { "contact" } else { "contacts" };
            println!("{} {noun} {what}\n\n{REMAINS}", found.len());
            Ok(())
        })
    }
}

fn address(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    match text.split_once('@') {
        Some((local, domain)) if !local.is_empty() && !domain.is_empty() => Ok(text.to_owned()),
        _ => Err("write the whole address, such as carla@customer.example"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_given_whole() {
        assert_eq!(address(" Carla@customer.example "), Ok("Carla@customer.example".to_owned()));
        for other in ["", "carla", "@customer.example", "carla@"] {
            assert!(address(other).is_err(), "{other}");
        }
    }
}
