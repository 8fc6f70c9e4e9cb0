//! The workload: what partners, reviewers and customers do. They take one step after another. Most steps make sense,
//! many overlap, and some are taken at about the instant at which a clock is due.
//!
//! Every step draws from a random stream of its own and depends on the state at the time when it is taken, so that
//! steps can be left out of a life and the others still make sense.

mod bodies;
mod choose;
mod form;
mod pages;
mod perform;
mod request;
mod webhooks;

use std::sync::Arc;

use fastrand::Rng;

use crate::engine::{Millis, Simulation, Slot};
use crate::invocation::Job;
use crate::life::Plan;
use crate::random::{Stream, stream};
use crate::state::SimulationState;
use perform::perform;

pub(crate) use pages::SignedIn;
pub(crate) use request::{Person, ReceivedResponse, SentRequest};
pub(crate) use webhooks::{WELL_AFTER, replay_parked, run as run_webhooks};

/// How many steps a life has at most.
pub(crate) const MAX_STEPS: u32 = 80;

/// The first request number of the second of two actions that one step takes at the same time.
const SECOND_ACTION: u64 = 50;

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

/// Runs the workload: begins one step after another.
pub(crate) async fn run_workload(simulation: Simulation, plan: Arc<Plan>) {
    let steps = simulation.state().setup.steps.min(plan.steps);
    for step in 0..steps {
        let mut random = stream(plan.seed, Stream::People, u64::from(step) * 2);
        let delay = pause(&simulation.state(), &mut random);
        simulation.sleep(delay).await;
        if !plan.skipped.contains(&step) {
            let mut state = simulation.state();
            state.steps_in_progress += 1;
            state.jobs.push(Job::Step(step));
        }
    }
    simulation.state().all_steps_begun = true;
}

/// Takes one step: an action of a person, and sometimes another person's at the same time.
pub(crate) async fn take_step(simulation: Simulation, seed: u64, step: u32) {
    let mut random = stream(seed, Stream::People, u64::from(step) * 2 + 1);
    let action = choose::action(&mut simulation.state(), &mut random);
    if let Some(action) = action {
        let mut second_random = stream(seed, Stream::Simultaneous, u64::from(step));
        let second_action = choose::simultaneous(&simulation.state(), &action, &mut second_random);
        for action in std::iter::once(&action).chain(&second_action) {
            simulation.state().note("step", u64::from(step), || format!("{step}: {action}"));
        }
        let pages = |second| stream(seed, Stream::Pages, u64::from(step) * 2 + second);
        let mut first = Client { step, random, pages: pages(0), requests: 0 };
        let mut second = Client { step, random: second_random, pages: pages(1), requests: SECOND_ACTION };
        let second = async {
            if let Some(action) = second_action {
                perform(&simulation, action, &mut second).await;
            }
        };
        tokio::join!(perform(&simulation, action, &mut first), second);
    }
    simulation.state().steps_in_progress -= 1;
}

/// The client with which a person sends the requests of one action.
pub(crate) struct Client {
    step: u32,
    random: Rng,
    /// What is drawn for what the person does on pages.
    pages: Rng,
    requests: u64,
}

/// How long people pause before the next step.
fn pause(state: &SimulationState, random: &mut Rng) -> Millis {
    if random.u32(0..100) < state.setup.immediate_steps {
        return random.i64(0..60);
    }
    // In an outage, some act while it lasts, on clocks that have been due for a long time.
    if state.faults.outage_ends() > state.agenda.now() && random.u32(0..3) == 0 {
        return random.i64(DAY / 2..2 * DAY);
    }
    match random.u32(0..100) {
        0..30 => random.i64(100..5_000),
        30..50 => random.i64(MINUTE..40 * MINUTE),
        50..62 => random.i64(HOUR..14 * HOUR),
        62..84 => until_about_due(state, random),
        84..96 => random.i64(DAY..4 * DAY),
        _ => random.i64(5 * DAY..35 * DAY),
    }
}

/// The time until about the instant at which a clock is due, or up to a day if no clock is running.
fn until_about_due(state: &SimulationState, random: &mut Rng) -> Millis {
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

impl Client {
    /// The client with which a program of an organisation sends its requests.
    fn of_program(seed: u64, part: u64) -> Self {
        let random = |nth| stream(seed, Stream::Webhooks, part * 2 + nth);
        Self { step: 0, random: random(0), pages: random(1), requests: 0 }
    }

    /// Sends a request and waits for the response. `None` if it is lost.
    async fn send(
        &mut self,
        simulation: &Simulation,
        request: &Arc<SentRequest>,
    ) -> Option<ReceivedResponse> {
        let slot = Slot::default();
        {
            let mut state = simulation.state();
            let task = state.agenda.current()?;
            let job = |slot| Job::Request { request: Arc::clone(request), reply: (slot, task) };
            state.jobs.push(job(slot.clone()));
            // Some press the button twice.
            if !request.is_read() && request.key.is_some() && self.random.u32(0..25) == 0 {
                state.jobs.push(job(Slot::default()));
            }
        }
        slot.await
    }

    /// Sends a request, and in most cases repeats it if the response is lost or the function failed.
    pub(crate) async fn send_with_retries(
        &mut self,
        simulation: &Simulation,
        request: SentRequest,
    ) -> Option<ReceivedResponse> {
        let request = Arc::new(request);
        let mut response = None;
        for _ in 0..5 {
            response = self.send(simulation, &request).await;
            if response.as_ref().is_some_and(|response| response.status < 500) || self.random.u32(0..6) == 0 {
                break;
            }
            let pause = self.random.i64(50..20_000);
            simulation.sleep(pause).await;
        }
        let outcome = match &response {
            None => "unanswered",
            Some(response) if response.asks_to_sign_in() => "asked to sign in",
            Some(response) => outcome(response.status),
        };
        *simulation.state().outcomes.entry(outcome).or_default() += 1;
        response
    }

    /// The number of the next request, which no other request of the life has.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.requests += 1;
        u64::from(self.step) * 100 + self.requests
    }
}

/// The outcome of a request, by the status of its response.
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
