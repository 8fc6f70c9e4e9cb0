//! What people do: partners, reviewers and customers take one step after another, mostly sensible ones, often at the same
//! time, and, after waiting, around the very instants at which a clock is due.
//!
//! Every step draws from a stream of its own and looks at how things stand when it is taken, so that steps can be left
//! out of a life and the others still make sense.

mod acts;
mod asked;
mod bodies;
pub(crate) mod cast;
mod choose;

use std::sync::Arc;

use fastrand::Rng;

use crate::engine::{Millis, Sim, Slot};
use crate::life::Plan;
use crate::random::{Stream, stream};
use crate::state::State;
use crate::work::Job;

pub(crate) use asked::{Answer, Asked, Who};

/// The most steps of a life.
pub(crate) const STEPS: u32 = 80;

/// Where the numbers of commands begin that are given beside those of a step.
const BESIDE: u64 = 50;

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

/// Lets people take their steps.
pub(crate) async fn drive(sim: Sim, plan: Arc<Plan>) {
    let steps = sim.state().cast.steps.min(plan.steps);
    for step in 0..steps {
        let mut random = stream(plan.seed, Stream::People, u64::from(step) * 2);
        let delay = wait(&sim.state(), &mut random);
        sim.sleep(delay).await;
        if !plan.skipped.contains(&step) {
            let mut state = sim.state();
            state.busy += 1;
            state.jobs.push(Job::Step(step));
        }
    }
    sim.state().is_over = true;
}

/// One step of one person.
pub(crate) async fn step(sim: Sim, seed: u64, step: u32) {
    let mut random = stream(seed, Stream::People, u64::from(step) * 2 + 1);
    let act = choose::act(&mut sim.state(), &mut random);
    if let Some(act) = act {
        let mut chance = stream(seed, Stream::Beside, u64::from(step));
        let beside = choose::beside(&sim.state(), &act, &mut chance);
        for act in std::iter::once(&act).chain(&beside) {
            sim.state().note("step", u64::from(step), || format!("{step}: {}", act.told()));
        }
        let mut first = Person { step, random, asked: 0 };
        let mut second = Person { step, random: chance, asked: BESIDE };
        let beside = async {
            if let Some(act) = beside {
                acts::perform(&sim, act, &mut second).await;
            }
        };
        tokio::join!(acts::perform(&sim, act, &mut first), beside);
    }
    sim.state().busy -= 1;
}

/// Somebody who takes a step.
pub(crate) struct Person {
    step: u32,
    random: Rng,
    asked: u64,
}

/// How long people wait before the next step.
fn wait(state: &State, random: &mut Rng) -> Millis {
    if random.u32(0..100) < state.cast.haste {
        return random.i64(0..60);
    }
    // In an outage some come back while it lasts, and find what has been due for long.
    if state.faults.outage() > state.agenda.now() && random.u32(0..3) == 0 {
        return random.i64(DAY / 2..2 * DAY);
    }
    match random.u32(0..100) {
        0..30 => random.i64(100..5_000),
        30..50 => random.i64(MINUTE..40 * MINUTE),
        50..62 => random.i64(HOUR..14 * HOUR),
        62..84 => around_due(state, random),
        84..96 => random.i64(DAY..4 * DAY),
        _ => random.i64(5 * DAY..35 * DAY),
    }
}

/// Until about the instant at which a clock is due; a while, if none is running.
fn around_due(state: &State, random: &mut Rng) -> Millis {
    let now = state.agenda.now();
    let running = state.model.claims.values().flat_map(|known| known.clocks.running());
    let mut dues: Vec<Millis> = running.filter(|due| *due > now).collect();
    dues.sort_unstable();
    let Some(due) = (!dues.is_empty()).then(|| dues[random.usize(0..dues.len().min(3))]) else {
        return random.i64(0..DAY);
    };
    let offset = match random.u32(0..4) {
        0 => 0,
        1 => random.i64(-3..=3),
        2 => random.i64(-2_000..=2_000),
        _ => random.i64(-100_000..=20 * MINUTE),
    };
    (due - now + offset).max(0)
}

impl Person {
    /// Asks once, and waits for the answer; `None` if none comes.
    pub(crate) async fn ask(&mut self, sim: &Sim, asked: &Arc<Asked>) -> Option<Answer> {
        let slot = Slot::default();
        {
            let mut state = sim.state();
            let task = state.agenda.current()?;
            let job = |slot| Job::Request { asked: Arc::clone(asked), reply: (slot, task) };
            state.jobs.push(job(slot.clone()));
            // Somebody presses the button twice.
            if !asked.is_read() && asked.key.is_some() && self.random.u32(0..25) == 0 {
                state.jobs.push(job(Slot::default()));
            }
        }
        slot.await
    }

    /// Asks, and asks again where the answer is lost or the service failed, mostly.
    pub(crate) async fn insist(&mut self, sim: &Sim, asked: Asked) -> Option<Answer> {
        let asked = Arc::new(asked);
        let mut answer = None;
        for _ in 0..5 {
            answer = self.ask(sim, &asked).await;
            if answer.as_ref().is_some_and(|answer| answer.status < 500) || self.random.u32(0..6) == 0 {
                break;
            }
            let pause = self.random.i64(50..20_000);
            sim.sleep(pause).await;
        }
        let outcome = match &answer {
            None => "unanswered",
            Some(answer) => outcome(answer.status),
        };
        *sim.state().outcomes.entry(outcome).or_default() += 1;
        answer
    }

    /// The number of this person's next command.
    pub(crate) fn number(&mut self) -> u64 {
        self.asked += 1;
        u64::from(self.step) * 100 + self.asked
    }
}

/// What a status means, in a word.
fn outcome(status: u16) -> &'static str {
    match status {
        200..400 => "accepted",
        403 => "forbidden",
        404 => "not found",
        409 => "refused",
        412 | 428 => "stale",
        400 | 415 | 422 => "invalid",
        503 => "busy",
        500.. => "failed",
        _ => "other",
    }
}
