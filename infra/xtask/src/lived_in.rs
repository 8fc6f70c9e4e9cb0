//! `cargo xtask up --lived-in`: ten claims at different points of their lives, for a first look around.

use std::time::Instant;

use e2e::{Environment, live_in, today};
use local_stack::{Stack, user};

use crate::{Failure, Outcome, PROGRESS};

/// Lives the claims on a fresh stack until they are where a newcomer should see them, and prints which is where and
/// whose page to look at.
pub(crate) fn live(stack: Stack) -> Outcome {
    let started = Instant::now();
    let monday = Environment::next_monday(stack.now());
    let environment = Environment::new(stack, monday, |_| ());
    let today = today(&environment);
    let days = (today - monday).num_days();
    PROGRESS
        .say(&format!("Living ten claims over {days} days of the stack's time; this takes about a minute …"));
    let claims = live_in(&environment).map_err(|failed| Failure(failed.0))?;
    if let Some(refused) = environment.refused().first() {
        return Err(Failure(format!("assessment refused something: {refused}")));
    }
    PROGRESS.say(&format!("  done in {:.1} s", started.elapsed().as_secs_f32()));

    println!("\nTen claims, as they are on {}:", today.format("%A %-d %B %Y"));
    let address = environment.stack.address();
    for (row, claim) in claims {
        let (name, id) =
            (claim["name"].as_str().unwrap_or_default(), claim["id"].as_str().unwrap_or_default());
        let pages = if user(row.user)?.organisation.is_some() { "claims" } else { "review" };
        println!("\n  {:>2}  {name}: {}", row.scenario, row.stands);
        println!("      as {:<6} {address}/{pages}/{id}", row.user);
    }
    Ok(())
}
