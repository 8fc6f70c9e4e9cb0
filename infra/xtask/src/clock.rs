use clap::Args;
use local_stack::{Stack, destination};

use crate::{Outcome, PROGRESS};

/// Show the stack's time, or move it forward; whatever is due on the way happens when it is due
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask clock                        the stack's time
  cargo xtask clock +7d                    a week later (d, h, m, s; +1d2h)
  cargo xtask clock 2027-01-04T09:00:00Z   that instant
Time never goes back; `cargo xtask up --fresh` starts over.")]
pub(crate) struct Clock {
    /// `show`, a duration such as +7d or +90m, or an instant (RFC 3339)
    #[arg(default_value = "show")]
    to: String,
}

impl Clock {
    pub(crate) fn run(self, port: u16) -> Outcome {
        let stack = Stack::attach(port)?.telling(PROGRESS);
        if self.to != "show" {
            let to = destination(&self.to, stack.now())?;
            PROGRESS.step(&format!("Moving the time to {}", to.format("%A, %Y-%m-%d %H:%M UTC")), || {
                stack.travel_to(to)
            })?;
        }
        println!("{}", stack.now().format("%A, %Y-%m-%dT%H:%M:%SZ"));
        Ok(())
    }
}
