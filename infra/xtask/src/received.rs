//! What reached the world outside: mails, and messages to incentive assessment.

use clap::Args;
use local_stack::Stack;

use crate::Outcome;

/// Print the mails that were sent; oldest first
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask mails                             when, to whom, the subject
  cargo xtask mails --to carla.diaz@contoso.example --text")]
pub(crate) struct Mails {
    /// Only mails to this address
    #[arg(long)]
    to: Option<String>,
    /// With their text, links included
    #[arg(long)]
    text: bool,
}

impl Mails {
    pub(crate) fn run(self, port: u16) -> Outcome {
        for mail in Stack::attach(port)?.mails()? {
            if self.to.as_ref().is_some_and(|to| !mail.to.contains(to)) {
                continue;
            }
            println!("{}  {:38} {}", mail.sent_at.format("%a %d %b %H:%M"), mail.to.join(", "), mail.subject);
            if self.text {
                println!("\n{}\n", mail.text);
            }
        }
        Ok(())
    }
}

/// Receive what incentive assessment was sent, and delete it from the queue
#[derive(Args)]
pub(crate) struct Assessment {}

impl Assessment {
    pub(crate) fn run(self, port: u16) -> Outcome {
        for message in Stack::attach(port)?.drain_assessment()? {
            println!("{}", message.body);
        }
        Ok(())
    }
}
