//! `cargo xtask resend`: sends hand-offs once more, for a consumer that lost them.

use chrono::{DateTime, Utc};
use claim_domain::ids::ClaimId;
use claim_store::HandedOff;
use clap::{ArgGroup, Args};
use dispatch::assessment;
use dispatch::services::{Queue, queue};

use crate::target::{Reached, Target, WHERE, block_on, failed};
use crate::{Failure, Outcome};

/// Send messages to incentive assessment once more, from the table, under the same ids
#[derive(Args)]
#[command(group(ArgGroup::new("which").args(["claim", "since"]).required(true)))]
#[command(after_help = format!("\
Use it if the consumer lost messages, or if the queue dropped them because they waited too long. The consumer recognises a
message that it already has by its id, so repeating one is harmless; the messages of a claim come in order. Only what was
handed off before is sent; the rest is still to be sent by dispatch. Nothing is written to the table. SQS drops a message
whose id it has seen within the last five minutes, so a repetition within that time reaches nobody.

--since reads the whole table once.

Examples:
  cargo xtask resend --claim 01JD3Q8Z6V7K5N9M2X4C1B0A8F
  cargo xtask resend --since 2026-11-01T00:00:00Z --dry-run          what would be sent
  cargo xtask resend --since 2026-11-01T00:00:00Z --stack-name claims

{WHERE}
Needed: dynamodb:Query on the table for --claim, dynamodb:Scan for --since, and sqs:SendMessage on the queue."))]
pub(crate) struct Resend {
    #[command(flatten)]
    target: Target,
    /// All messages about this claim
    #[arg(long)]
    claim: Option<ClaimId>,
    /// All messages that the queue has accepted since this instant, such as 2026-11-01T00:00:00Z
    #[arg(long, value_name = "INSTANT")]
    since: Option<DateTime<Utc>>,
    /// The queue to assessment in an AWS account: the stack's output AssessmentQueueUrl
    #[arg(long, value_name = "URL")]
    queue_url: Option<String>,
    /// Only list what would be sent
    #[arg(long)]
    dry_run: bool,
}

impl Resend {
    pub(crate) fn run(self, port: u16) -> Outcome {
        let reached = self.target.reach(port)?;
        let queue_url = match self.queue_url.clone().or_else(|| reached.queue_url.clone()) {
            Some(url) => url,
            None if self.dry_run => String::new(),
            None => {
                return Err(Failure(
                    "the queue is not known\nnext: give --queue-url, or give --stack-name instead of --table"
                        .to_owned(),
                ));
            }
        };
        block_on(async {
            let messages = self.messages(&reached).await?;
            if let (Some(claim), true) = (&self.claim, messages.is_empty()) {
                return Err(Failure(format!(
                    "nothing about the claim {claim} was handed off\n\
                     next: check the id; `cargo xtask parked` lists messages that were given up"
                )));
            }
            let queue = queue(&reached.aws);
            for (sent, message) in messages.iter().enumerate() {
                println!("{}", line(message));
                if self.dry_run {
                    continue;
                }
                let request = assessment::request(&queue_url, &message.message, &message.id);
                Queue::send_message(&queue, request).await.map_err(|error| {
                    let (why, all) = (claim_runtime::logging::chain(&error), messages.len());
                    Failure(format!(
                        "{why}\n{sent} of {all} messages were sent\n\
                         next: remove the cause, then run the same command again"
                    ))
                })?;
            }
            let what = if self.dry_run { "would be sent" } else { "sent" };
            let noun = if messages.len() == 1 { "message" } else { "messages" };
            println!("{} {noun} {what}", messages.len());
            Ok(())
        })
    }

    async fn messages(&self, reached: &Reached) -> Result<Vec<HandedOff>, Failure> {
        let store = &reached.store;
        let found = match (&self.claim, self.since) {
            (Some(claim), _) => store.handed_off(claim).await,
            (None, since) => {
                store.handed_off_since(&reached.aws.dynamodb(), since.unwrap_or(DateTime::UNIX_EPOCH)).await
            }
        };
        found.map_err(|error| failed(&error))
    }
}

fn line(sent: &HandedOff) -> String {
    let message = &sent.message;
    format!(
        "{}  {:9}  {}  {}",
        sent.at.format("%Y-%m-%d %H:%M:%S"),
        message.kind.as_str(),
        sent.id,
        message.name
    )
}
