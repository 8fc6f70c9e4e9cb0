//! `cargo xtask faults`: claims run through scenarios while calls to AWS fail and functions are killed.

use std::time::{Duration, Instant};

use clap::Args;
use e2e::faults::{Report, Violation, run_with_faults};
use local_stack::faults::{Proxy, Rates};
use local_stack::{Plan, Stack};

use crate::{Failure, Outcome, PROGRESS};

/// How long the stack may take to come to rest between two instants, while calls are held and functions killed.
const PATIENCE: Duration = Duration::from_secs(300);

/// Run claims through scenarios while calls to AWS fail and functions are killed, then check that all is consistent
#[derive(Args)]
#[command(after_help = "\
The real template runs with every function's own IAM role. A proxy stands between the functions and AWS. It makes some
calls fail, chosen at random from the seed: throttled (with the service's own error), answered with 500, held until the
caller gives up, or applied with the connection reset before the answer; or it kills the calling process with SIGKILL,
before or after the call is applied. Clients behave well: they repeat a request under its Idempotency-Key until an answer
comes. When all scenarios are over, the faults end, and time passes until everything is at rest. Then it counts the claims
with something

  lost     an accepted command is missing in the history, or a version, or the history does not replay to what is stored;
           a clock was due and not acted on; a message to assessment or an email that was due never went out;
           an approved claim without its association record; a change that GET /v1/changes does not tell of, or that
           never came to the webhook that asked for it, or came without a signature
  doubled  a clock was acted on twice, too early, or without running; two requests for one approval, by message id;
           one command recorded twice; a message for which there was no reason, or that assessment would not take in its
           order; a change that GET /v1/changes tells of twice, or before the one before it. An email
           cut off after it was accepted is sent again, and a webhook may get a change again: those are counted separately
  stuck    at rest an event is unsettled or parked, a clock is past due, an association record was left behind

The command succeeds if all three are 0, every scenario ran to its end, and every kind of fault that was asked for has
happened. Otherwise it says what is wrong, and the exit code is not 0.

Examples:
  cargo xtask faults                              200 claims by 16 clients
  cargo xtask faults --claims 17 --hold 0.1       each kind of scenario once: the short version, a step of `cargo xtask test`
  cargo xtask faults --claims 20 --without-sweep  fails: shows what only the sweep repairs
  cargo xtask faults --seed 7 --kill 3 --keep     another seed, more kills, and the stack left up to look around")]
pub(crate) struct Faults {
    /// How many claims, at least
    #[arg(long, default_value_t = 200)]
    claims: usize,
    /// How many clients at once
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Decides which faults happen; which call meets which also depends on the order in which calls come
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Calls that are throttled, in percent
    #[arg(long, default_value_t = 2.0, value_name = "PERCENT")]
    throttle: f64,
    /// Calls that are answered with 500, in percent
    #[arg(long, default_value_t = 1.0, value_name = "PERCENT")]
    error: f64,
    /// Calls that are held until the caller gives up, after 3 s, in percent
    #[arg(long, default_value_t = 0.2, value_name = "PERCENT")]
    hold: f64,
    /// Calls that are applied, with the connection reset before the answer, in percent
    #[arg(long, default_value_t = 1.0, value_name = "PERCENT")]
    reset: f64,
    /// Calls whose calling function is killed, in percent
    #[arg(long, default_value_t = 0.5, value_name = "PERCENT")]
    kill: f64,
    /// Faults that meet every try of the same call, so that an SDK's own retries do not help, in percent
    #[arg(long, default_value_t = 40.0, value_name = "PERCENT")]
    stubborn: f64,
    /// Switch the sweep off, to see the check fail: what faults leave undone then stays undone
    #[arg(long)]
    without_sweep: bool,
    /// Leave the stack up; its functions cannot reach AWS any more, since the proxy ends with this command
    #[arg(long)]
    keep: bool,
}

impl Faults {
    pub(crate) fn run(self, port: u16) -> Outcome {
        let started = Instant::now();
        let proxy = Proxy::start(port, self.seed)?;
        let plan = Plan { port, fresh: true, endpoint: Some(proxy.endpoint()), ..Plan::default() };
        let stack = Stack::up(&plan, &PROGRESS)?.with_patience(PATIENCE);
        if self.without_sweep {
            stack.stop_recurring()?;
        }
        let faults = e2e::faults::Faults { claims: self.claims, clients: self.clients, rates: self.rates() };
        let report = run_with_faults(stack, &proxy, faults, &PROGRESS);
        if !self.keep {
            Stack::down(port)?;
        }
        let report = report.map_err(|failed| Failure(failed.0))?;
        println!("\nSeed {}, {} s\n\n{report}", self.seed, started.elapsed().as_secs());
        verdict(&report)
    }

    fn rates(&self) -> Rates {
        Rates {
            throttle: self.throttle / 100.0,
            error: self.error / 100.0,
            hold: self.hold / 100.0,
            reset: self.reset / 100.0,
            kill: self.kill / 100.0,
            stubborn: self.stubborn / 100.0,
        }
    }
}

fn verdict(report: &Report) -> Outcome {
    if report.is_well() {
        return Ok(());
    }
    if !report.untried.is_empty() && report.findings.is_empty() && report.unfinished.is_empty() {
        return Err(Failure(
            "some kind of fault never happened, so nothing is proven about it\n\
             next: give a higher rate, more claims, or another seed"
                .to_owned(),
        ));
    }
    Err(Failure(format!(
        "{} lost, {} doubled, {} stuck, {} scenarios not run to their end\n\
         next: repeat with --keep, then look at a claim's history and `cargo xtask logs dispatch`",
        report.count(Violation::Lost),
        report.count(Violation::Doubled),
        report.count(Violation::Stuck),
        report.unfinished.len()
    )))
}
