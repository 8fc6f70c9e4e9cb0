//! `cargo xtask parked`: effects that were given up.

use claim_domain::effect::Effect;
use claim_domain::ids::EffectId;
use claim_store::HandError;
use clap::Args;

use crate::target::{Target, WHERE, block_on, failed};
use crate::{Failure, Outcome};

/// List effects that were given up; have one tried again, or settle it
#[derive(Args)]
#[command(after_help = format!("\
An effect is what must follow from an event of a claim: a timer, an email, a message to assessment, deleted documents. An
effect that fails for good, or ten times, is parked, with an alarm, and waits for a person. Find the cause first: the
reason is listed here, the rest is in the log of the function dispatch. Meanwhile the claim goes on: clocks, commands and
other effects do not wait for a parked one.

--retry starts again with the first attempt. That is safe even if the effect had been carried out after all: timers and
messages are recognised by their ids, and only an email may arrive twice. --settle carries nothing out: it records who
says that the effect need not be carried out any more, and why. Both stay with the event, and the alarm ends.

Examples:
  cargo xtask parked
  cargo xtask parked --retry 01JD3Q8Z6V7K5N9M2X4C1B0A8F/7/0
  cargo xtask parked --settle 01JD3Q8Z6V7K5N9M2X4C1B0A8F/7/0 --because 'told the partner by telephone'
  cargo xtask parked --stack-name claims             in the AWS account of the environment

{WHERE}
Needed: dynamodb:Query on the index `work` and dynamodb:GetItem on the table; to change something, dynamodb:UpdateItem."))]
pub(crate) struct Parked {
    #[command(flatten)]
    target: Target,
    /// Have this effect tried again: claim/version/effect, as it is listed
    #[arg(long, value_name = "EFFECT", conflicts_with = "settle", value_parser = effect)]
    retry: Option<EffectId>,
    /// Settle this effect: somebody has dealt with it in another way
    #[arg(long, value_name = "EFFECT", requires = "because", value_parser = effect)]
    settle: Option<EffectId>,
    /// Why it need not be carried out any more
    #[arg(long, value_name = "WORDS", requires = "settle", value_parser = words)]
    because: Option<String>,
    /// Who says so; by default you
    #[arg(long, value_name = "NAME", requires = "settle", value_parser = words)]
    by: Option<String>,
}

impl Parked {
    pub(crate) fn run(self, port: u16) -> Outcome {
        let reached = self.target.reach(port)?;
        block_on(async {
            let store = &reached.store;
            match (&self.retry, self.settle.as_ref().zip(self.because.as_ref())) {
                (Some(effect), _) => {
                    store.retry_parked(effect, reached.now).await.map_err(|error| refused(&error))?;
                    println!("{effect} is being tried again; if it fails for good, it is listed again");
                }
                (None, Some((effect, because))) => {
                    let by = self.by.clone().or_else(whoami).ok_or_else(|| {
                        Failure("your name is not known\nnext: give it with --by".to_owned())
                    })?;
                    let settled = store.settle_parked(effect, &by, because, reached.now);
                    settled.await.map_err(|error| refused(&error))?;
                    println!("{effect} is settled by {by}, because: {because}");
                }
                (None, None) => {
                    let parked = store.parked().await.map_err(|error| failed(&error))?;
                    parked.iter().for_each(print);
                    println!("{}", count(parked.len()));
                }
            }
            Ok::<_, Failure>(())
        })
    }
}

/// Why nothing was changed, and what to do next.
fn refused(error: &HandError) -> Failure {
    let next = match error {
        HandError::Unknown(_) | HandError::NotParked { .. } => {
            "`cargo xtask parked` lists what is parked now"
        }
        HandError::Busy(_) => "give the command again",
        HandError::Store(_) => return failed(error),
    };
    Failure(format!("{error}\nnext: {next}"))
}

fn print(parked: &claim_store::Parked) {
    let since = parked.since.format("%Y-%m-%d %H:%M:%S");
    println!("{}  {}", parked.id, in_words(&parked.effect));
    println!("    claim     {}", parked.claim);
    println!("    since     {since} UTC, after {} {}", parked.attempts, times(parked.attempts));
    println!("    reason    {}\n", parked.why);
}

fn times(attempts: u32) -> &'static str {
    if attempts == 1 { "attempt" } else { "attempts" }
}

fn count(parked: usize) -> String {
    match parked {
        0 => "nothing is parked".to_owned(),
        1 => "1 effect is parked".to_owned(),
        more => format!("{more} effects are parked"),
    }
}

/// The effect's kind, and what distinguishes it from others of its kind.
fn in_words(effect: &Effect) -> String {
    let kind = effect.kind();
    match effect {
        Effect::ArmTimer { clock, .. } | Effect::DisarmTimer { clock, .. } => {
            format!("{kind}: {}", clock.as_str())
        }
        Effect::SendToAssessment { message } => {
            format!("{kind}: {} by version {}", message.kind.as_str(), message.claim_version)
        }
        Effect::SendEmail { about, .. } | Effect::NotifyCustomer { about, .. } => {
            format!("{kind}: about {}", about.name)
        }
        Effect::TellHolder { holder, .. } => format!("{kind}: {holder}"),
        Effect::EraseContacts | Effect::Publish { .. } => kind.to_owned(),
        Effect::DeleteFiles { evidence } | Effect::DeleteClaim { evidence } => {
            format!("{kind}: {} documents", evidence.len())
        }
    }
}

fn effect(text: &str) -> Result<EffectId, &'static str> {
    text.parse().map_err(|_| "write claim/version/effect, as `cargo xtask parked` lists it")
}

fn words(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() { Err("it must not be empty") } else { Ok(text.to_owned()) }
}

fn whoami() -> Option<String> {
    let name = ["USER", "LOGNAME"].into_iter().find_map(std::env::var_os)?;
    Some(name.to_string_lossy().into_owned())
}
