//! The pages in a real browser, on the real template: what people do on them, and what must hold of every page.
//!
//! One test runs after another, because they share a browser, a stack and its time; nobody shares a profile. A test that
//! fails leaves a picture and the source of every window in `target/browser/failed`.

mod checks;
mod customers;
mod drafts;
mod fixtures;
mod lives;
mod partners;
mod proofs;
mod reviewers;
mod sessions;
mod webhooks;
mod writing;

use std::process::ExitCode;
use std::sync::Arc;

use fixtures::{Case, World};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    // Lives first: they last for weeks, in which the claims of all tests before them have their due instants, too.
    let cases = [
        lives::cases(),
        checks::cases(),
        customers::cases(),
        sessions::cases(),
        partners::cases(),
        drafts::cases(),
        proofs::cases(),
        reviewers::cases(),
        webhooks::cases(),
    ]
    .concat();
    if arguments.list {
        let names = cases.into_iter().map(|case| Trial::test(case.name, || Ok(())));
        return libtest_mimic::run(&arguments, names.collect()).exit_code();
    }
    match World::set_up() {
        Ok(world) => {
            let world = Arc::new(world);
            let conclusion =
                libtest_mimic::run(&arguments, cases.into_iter().map(|case| trial(&world, case)).collect());
            world.take_down();
            conclusion.exit_code()
        }
        Err(error) => {
            fixtures::say(&format!("the stack and the browser could not be set up: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// A case as a test: its windows are closed afterwards, and no page may have complained.
fn trial(world: &Arc<World>, case: Case) -> Trial {
    let world = Arc::clone(world);
    let trial = Trial::test(case.name, move || {
        let ran = (case.run)(&world);
        let quiet = world.is_quiet(case.complaint);
        let told = match (ran, quiet) {
            (Err(error), Err(complaint)) => Err(e2e::Failed::new(format!("{error}\n{complaint}"))),
            (ran, quiet) => ran.and(quiet),
        };
        let kept = if told.is_err() { world.browsers.keep(case.name) } else { Vec::new() };
        world.browsers.leave();
        told.map_err(|error| {
            let kept: String = kept
                .iter()
                .map(|file| format!("\n  see {} and the picture beside it", file.display()))
                .collect();
            Failed::from(format!("{error}{kept}"))
        })
    });
    trial.with_kind(fixtures::numbers(case.rules))
}
