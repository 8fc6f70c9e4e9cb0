//! Many claims in many scenarios while calls to AWS fail and functions are killed, and the check of consistency at the
//! end: nothing lost, nothing doubled, nothing stuck.

mod consistency;
mod followers;
mod following;
mod report;
mod scenarios;
mod snapshot;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use claim_domain::clock::ClockName;
use local_stack::faults::{Fault, Proxy, Rates};
use local_stack::{Participant, Progress, Stack};

use crate::{ClaimDriver, Environment, Failed, RetryingClients, SCENARIOS};

use followers::Subscriber;

pub use consistency::{Finding, Observations, Violation, check_consistency};
pub use following::{Change, Deliveries};
pub use report::Report;
pub use snapshot::TableSnapshot;

/// How many days lie between the first and the last claim's first day, at most.
const SPREAD: usize = 4;
/// From how many claims on the scenarios of [`SCENARIOS`] are among them.
const ROOM_FOR_THE_TEN: usize = 100;
/// How often the stack is given ten more minutes to come to rest, once nothing fails any more.
const ROUNDS: u32 = 60;

/// What to run.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    /// How many claims, at least.
    pub claims: usize,
    /// By how many clients at once.
    pub clients: usize,
    /// What goes wrong, and how often.
    pub rates: Rates,
}

/// Runs scenarios on a fresh stack whose functions call AWS through `proxy`, and checks what is left.
pub fn run_with_faults(
    stack: Stack,
    proxy: &Proxy,
    faults: Faults,
    progress: &Progress,
) -> Result<Report, Failed> {
    let monday = Environment::next_monday(stack.now());
    stack.travel_to(monday)?;
    let environment = Environment::with_retries(stack, monday, RetryingClients::new(faults.clients), |_| ());
    let subscriber = Subscriber::register(&environment)?;
    proxy.set(faults.rates);
    let finished = run_scenarios(&environment, faults, progress);
    proxy.set(Rates::default());
    progress.say("Nothing fails any more: waiting until everything is at rest …");
    let rest = come_to_rest(&environment);
    environment.close();
    finished.drain.join().map_err(|_| Failed::new("nobody received for assessment any more"))?;
    let snapshot = rest?;
    let observations = observe(&environment, &subscriber)?;
    let now = environment.stack.now();
    let findings = check_consistency(&snapshot, &observations, now);
    let mut failures = BTreeMap::new();
    for output in
        ["InvocationFailuresUrl", "StreamFailuresUrl", "ScheduleDeadLettersUrl", "AssessmentDeadLettersUrl"]
    {
        failures.insert(
            output.trim_end_matches("Url").to_owned(),
            environment.stack.queue(output)?.drain()?.len(),
        );
    }
    let counts = proxy.counts();
    let never = |fault: &Fault| faults.rates.of(*fault) > 0.0 && counts.of(*fault) == 0;
    Ok(Report {
        claims: snapshot.claims.len(),
        clients: faults.clients,
        days: (now - monday).num_days(),
        observations,
        repeated_messages: environment.repeated(),
        failures,
        untried: Fault::ALL.into_iter().filter(never).collect(),
        counts,
        unfinished: finished.unfinished,
        findings,
    })
}

/// What is left when all scenarios are over.
struct Finished {
    drain: std::thread::JoinHandle<()>,
    /// The scenarios that could not be run to their end, each with the reason.
    unfinished: Vec<String>,
}

type RunScenario = Box<dyn FnOnce(&mut ClaimDriver<'_>) -> Result<(), Failed> + Send>;

/// A run of a scenario that is to begin.
struct PlannedRun {
    name: String,
    run: RunScenario,
    partner: &'static str,
    scenario: u8,
    participant: Participant,
}

/// Runs for so many claims: the scenarios, if there is room for them, and then those of [`scenarios::ALL`] in turn.
fn plan(environment: &Environment, claims: usize) -> Vec<PlannedRun> {
    // All have joined the timeline before the first begins: time does not wait for those that have not.
    let mut planned = Vec::new();
    let mut count = 0;
    if claims >= ROOM_FOR_THE_TEN {
        count += SCENARIOS.len();
        planned.extend(SCENARIOS.iter().map(|scenario| PlannedRun {
            name: scenario.name.to_owned(),
            run: Box::new(scenario.run),
            partner: scenario.partner,
            scenario: scenario.number,
            participant: environment.timeline.participant(),
        }));
    }
    for (number, scenario) in scenarios::ALL.iter().cycle().enumerate() {
        if count >= claims {
            break;
        }
        count += scenario.claims;
        let day = i64::try_from(number % SPREAD).unwrap_or_default();
        let setup = scenarios::Setup { number, day };
        planned.push(PlannedRun {
            name: format!("{} {number}", scenario.name),
            partner: setup.partner(),
            run: Box::new(move |claim| (scenario.run)(claim, &setup)),
            scenario: u8::MAX,
            participant: environment.timeline.participant(),
        });
    }
    planned
}

/// Runs all scenarios to their ends.
fn run_scenarios(environment: &Arc<Environment>, faults: Faults, progress: &Progress) -> Finished {
    let planned = plan(environment, faults.claims);
    progress.say(&format!("{} scenarios begin, run by {} clients at once …", planned.len(), faults.clients));
    let drain = environment.drain();
    let unfinished = std::thread::scope(|scope| {
        let threads: Vec<_> = planned
            .into_iter()
            .enumerate()
            .map(|(client, planned)| {
                let environment = &**environment;
                scope.spawn(move || {
                    let PlannedRun { name, run, partner, scenario, participant } = planned;
                    let mut claim =
                        ClaimDriver::with_client(environment, participant, scenario, partner, client);
                    run(&mut claim).map_err(|failed| format!("{name} (claim {}): {failed}", claim.id))
                })
            })
            .collect();
        let ends = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a scenario panicked".to_owned())));
        ends.filter_map(Result::err).collect()
    });
    Finished { drain, unfinished }
}

/// Lets time pass until no clock runs but escalations, and every event is settled, or until waiting does not help any more.
fn come_to_rest(environment: &Environment) -> Result<TableSnapshot, Failed> {
    let mut snapshot = TableSnapshot::read(&environment.stack)?;
    for _ in 0..ROUNDS {
        environment.stack.settle()?;
        snapshot = TableSnapshot::read(&environment.stack)?;
        let unsettled = snapshot.histories.values().flatten();
        let unsettled =
            unsettled.filter(|entry| entry.outbox.as_deref().is_some_and(|outbox| outbox != "parked"));
        let last = snapshot
            .claims
            .values()
            .flat_map(|claim| {
                let ticking = claim.clocks.iter().filter(|(_, clock)| clock.is_ticking());
                // What reviewers have forgotten is escalated for ever.
                ticking.filter(|(name, _)| **name != ClockName::Escalation).map(|(_, clock)| clock.due_at)
            })
            .max();
        match last {
            None if unsettled.count() == 0 => break,
            Some(last) if last > environment.stack.now() => {
                environment.stack.travel_to(last + TimeDelta::minutes(10))?
            }
            _ => environment.stack.advance(TimeDelta::minutes(10))?,
        }
    }
    Ok(snapshot)
}

fn observe(environment: &Environment, subscriber: &Subscriber) -> Result<Observations, Failed> {
    let mut emails = BTreeMap::new();
    for email in environment.stack.mails()? {
        if let Some(name) = email.header("X-Claim-Effect") {
            *emails.entry(name.to_owned()).or_default() += 1;
        }
    }
    let tally = environment.retrying_clients.as_ref().map(RetryingClients::tally).unwrap_or_default();
    let changes = followers::read_changes(environment)?;
    let deliveries = subscriber.catches_up(environment, &changes)?;
    Ok(Observations {
        tally,
        messages: environment.received(),
        refused: environment.refused(),
        emails,
        changes,
        deliveries: Some(deliveries),
    })
}
