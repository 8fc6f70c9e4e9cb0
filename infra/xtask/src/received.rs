//! What left the stack: emails, and messages to incentive assessment.

use clap::Args;
use local_stack::Stack;

use crate::Outcome;

/// Print the emails that were sent; oldest first
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask emails                            when, to whom, the subject
  cargo xtask emails --to carla.diaz@contoso.example --text")]
pub(crate) struct Emails {
    /// Only emails to this address
    #[arg(long)]
    to: Option<String>,
    /// Also print their text, links included
    #[arg(long)]
    text: bool,
}

impl Emails {
    pub(crate) fn run(self, port: u16) -> Outcome {
        for email in Stack::attach(port)?.mails()? {
            if self.to.as_ref().is_some_and(|to| !email.to.contains(to)) {
                continue;
            }
            println!(
                "{}  {:38} {}",
                email.sent_at.format("%a %d %b %H:%M"),
                email.to.join(", "),
                email.subject
            );
            if self.text {
                println!("\n{}\n", email.text);
            }
        }
        Ok(())
    }
}

/// Receive the messages to incentive assessment, and delete them from the queue
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
