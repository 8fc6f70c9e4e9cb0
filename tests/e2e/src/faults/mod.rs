//! Many claims living through their whole lives while calls to AWS fail and functions are killed, and the reckoning at the
//! end: nothing lost, nothing doubled, nothing stuck.

mod ledger;
mod lives;
mod reckoning;
mod report;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use local_stack::faults::{Fault, Proxy, Rates};
use local_stack::{Progress, Seat, Stack};

use crate::patience::Patience;
use crate::{Failed, LIVES, Play, Stage};

pub use ledger::Ledger;
pub use reckoning::{Finding, Seen, Wrong, reckon};
pub use report::Report;

/// How many days lie between the first and the last claim's first day, at most.
const SPREAD: usize = 4;
/// From how many claims on the ten lives of the rules are among them.
const ROOM_FOR_THE_TEN: usize = 100;
/// How often the stack is given ten more minutes to come to rest, once nothing fails any more.
const ROUNDS: u32 = 60;

/// What to play.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    /// How many claims, at least.
    pub claims: usize,
    /// By how many clients at once.
    pub clients: usize,
    /// What goes wrong, and how often.
    pub rates: Rates,
}

/// Plays on a fresh stack whose functions call AWS through `proxy`, and reckons.
pub fn play(stack: Stack, proxy: &Proxy, faults: Faults, progress: &Progress) -> Result<Report, Failed> {
    let monday = Stage::next_monday(stack.now());
    stack.travel_to(monday)?;
    let stage = Stage::patient(stack, monday, Patience::of(faults.clients), |_| ());
    proxy.set(faults.rates);
    let lives = live(&stage, faults, progress);
    proxy.set(Rates::default());
    progress.say("Nothing fails any more: waiting until everything is at rest …");
    let rest = come_to_rest(&stage);
    stage.close();
    lives.drain.join().map_err(|_| Failed::new("nobody received for assessment any more"))?;
    let ledger = rest?;
    let seen = seen(&stage)?;
    let now = stage.stack.now();
    let findings = reckon(&ledger, &seen, now);
    let mut failures = BTreeMap::new();
    for output in
        ["InvocationFailuresUrl", "StreamFailuresUrl", "ScheduleDeadLettersUrl", "AssessmentDeadLettersUrl"]
    {
        failures.insert(output.trim_end_matches("Url").to_owned(), stage.stack.queue(output)?.drain()?.len());
    }
    let counts = proxy.counts();
    let never = |fault: &Fault| faults.rates.of(*fault) > 0.0 && counts.of(*fault) == 0;
    Ok(Report {
        claims: ledger.claims.len(),
        clients: faults.clients,
        days: (now - monday).num_days(),
        seen,
        repeated_messages: stage.repeated(),
        failures,
        untried: Fault::ALL.into_iter().filter(never).collect(),
        counts,
        broken: lives.broken,
        findings,
    })
}

struct Lived {
    drain: std::thread::JoinHandle<()>,
    broken: Vec<String>,
}

/// What a claim lives through.
type Life = Box<dyn FnOnce(&mut Play<'_>) -> Result<(), Failed> + Send>;

/// A life to be played, and its name.
struct Part {
    name: String,
    play: Life,
    partner: &'static str,
    life: u8,
    seat: Seat,
}

/// The lives of so many claims: the ten of the rules, if there is room for them, and then kind after kind.
fn parts(stage: &Stage, claims: usize) -> Vec<Part> {
    // All seats are taken before the first life begins: time does not wait for those that have none.
    let mut parts = Vec::new();
    let mut count = 0;
    if claims >= ROOM_FOR_THE_TEN {
        count += LIVES.len();
        parts.extend(LIVES.iter().map(|life| Part {
            name: life.name.to_owned(),
            play: Box::new(life.play),
            partner: life.partner,
            life: life.number,
            seat: stage.timeline.seat(),
        }));
    }
    for (number, kind) in lives::KINDS.iter().cycle().enumerate() {
        if count >= claims {
            break;
        }
        count += kind.claims;
        let day = i64::try_from(number % SPREAD).unwrap_or_default();
        let cast = lives::Cast { number, day };
        parts.push(Part {
            name: format!("{} {number}", kind.name),
            partner: cast.partner(),
            play: Box::new(move |claim| (kind.play)(claim, &cast)),
            life: u8::MAX,
            seat: stage.timeline.seat(),
        });
    }
    parts
}

/// Plays all lives to their ends; returns those that could not be played to it.
fn live(stage: &Arc<Stage>, faults: Faults, progress: &Progress) -> Lived {
    let parts = parts(stage, faults.claims);
    progress.say(&format!("{} lives begin, played by {} clients at once …", parts.len(), faults.clients));
    let drain = stage.drain();
    let broken = std::thread::scope(|scope| {
        let threads: Vec<_> = parts
            .into_iter()
            .enumerate()
            .map(|(client, part)| {
                let stage = &**stage;
                scope.spawn(move || {
                    let Part { name, play, partner, life, seat } = part;
                    let mut claim = Play::by(stage, seat, life, partner, client);
                    play(&mut claim).map_err(|failed| format!("{name} (claim {}): {failed}", claim.id))
                })
            })
            .collect();
        let ends = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a life broke off".to_owned())));
        ends.filter_map(Result::err).collect()
    });
    Lived { drain, broken }
}

/// Lets time pass until no clock runs and every event is settled, or until waiting does not help any more.
fn come_to_rest(stage: &Stage) -> Result<Ledger, Failed> {
    let mut ledger = Ledger::read(&stage.stack)?;
    for _ in 0..ROUNDS {
        stage.stack.settle()?;
        ledger = Ledger::read(&stage.stack)?;
        let unsettled = ledger.histories.values().flatten();
        let unsettled =
            unsettled.filter(|entry| entry.outbox.as_deref().is_some_and(|outbox| outbox != "parked"));
        let last = ledger
            .claims
            .values()
            .flat_map(|claim| {
                claim.clocks.values().filter(|clock| clock.is_ticking()).map(|clock| clock.due_at)
            })
            .max();
        match last {
            None if unsettled.count() == 0 => break,
            Some(last) if last > stage.stack.now() => stage.stack.travel_to(last + TimeDelta::minutes(10))?,
            _ => stage.stack.advance(TimeDelta::minutes(10))?,
        }
    }
    Ok(ledger)
}

fn seen(stage: &Stage) -> Result<Seen, Failed> {
    let mut mails = BTreeMap::new();
    for mail in stage.stack.mails()? {
        if let Some(name) = mail.header("X-Claim-Effect") {
            *mails.entry(name.to_owned()).or_default() += 1;
        }
    }
    let tally = stage.patience.as_ref().map(Patience::tally).unwrap_or_default();
    Ok(Seen { tally, messages: stage.received(), refused: stage.refused(), mails })
}
