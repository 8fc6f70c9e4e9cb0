//! One life: the world of a seed from its beginning until it is at rest.
//!
//! People do what they do, and things go wrong. Then the faults end, and time goes on until nothing is left to happen:
//! every clock is past, the outbox is empty, and sweep has looked. What must hold is checked while things happen where
//! it can be seen then, and at rest otherwise.

use std::sync::Arc;

use claim_domain::command::TimerFired;
use lambda_http::{Body, Response};

use crate::engine::{Millis, Sim, Task, TaskId, Tasks};
use crate::faults::Fault;
use crate::fleet::Fleet;
use crate::people::{self, Answer, Asked};
use crate::properties::{self, Property, Violation};
use crate::state::{MACHINES, State};
use crate::stream;
use crate::work::{Invocation, Job, Work};

/// How often sweep makes a pass.
const PASSES: Millis = 5 * 60_000;
/// How long a life goes on after people have done what they do: longer than any clock runs.
const REST_WITHIN: Millis = 150 * 24 * 3_600_000;
/// How many entries of the agenda a life may have.
const MOST_ENTRIES: u64 = 400_000;

/// Which life is to be lived, and what is to be left out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The seed: the same one gives the same life.
    pub seed: u64,
    /// After how many steps people stop.
    pub steps: u32,
    /// Steps that are left out.
    pub skipped: Vec<u32>,
    /// Kinds of fault that are left out.
    pub without: Vec<Fault>,
}

impl Plan {
    /// The whole life of a seed.
    pub fn whole(seed: u64) -> Self {
        Self { seed, steps: people::STEPS, skipped: Vec::new(), without: Vec::new() }
    }
}

/// What a life came to.
#[derive(Debug, Clone)]
pub struct Life {
    /// A hash of everything that happened.
    pub hash: u64,
    /// The first property that did not hold, if one did not.
    pub violation: Option<Violation>,
    /// How often each kind of fault happened.
    pub injected: std::collections::BTreeMap<Fault, u64>,
    /// How many commands came to what.
    pub outcomes: std::collections::BTreeMap<&'static str, u64>,
    /// How many mails were sent again because they had been cut off after they were accepted.
    pub emails_sent_again: u64,
    /// How many claims there were.
    pub claims: usize,
    /// How many events they have.
    pub events: usize,
    /// What happened, line by line, if it was to be told.
    pub lines: Vec<String>,
}

/// Lives a life; one that `tells` keeps what happened, line by line.
pub fn live(plan: &Plan, tells: bool) -> Life {
    properties::alarms::listen();
    let sim = Sim::new(State::of(plan.seed, &plan.without, tells));
    let mut runner = Runner { plan: Arc::new(plan.clone()), tasks: Tasks::default(), sim };
    match Fleet::over(&runner.sim) {
        Ok(fleet) => runner.run(&fleet),
        Err(error) => {
            runner.sim.state().violated(Property::Rest, format!("a function does not start: {error}"))
        }
    }
    let mut state = runner.sim.state();
    if state.violation.is_none() {
        properties::at_rest(&mut state);
    }
    Life {
        hash: state.history.hash(),
        violation: state.violation.clone(),
        injected: state.faults.injected(),
        outcomes: state.outcomes.clone(),
        emails_sent_again: state.model.emails_sent_again,
        claims: state.model.claims.len(),
        events: state.model.claims.values().map(|claim| claim.events.len()).sum(),
        lines: state.history.lines().to_vec(),
    }
}

struct Runner {
    plan: Arc<Plan>,
    sim: Sim,
    tasks: Tasks,
}

impl Runner {
    fn run(&mut self, fleet: &Fleet) {
        let mut entries = 0;
        let mut until = Millis::MAX;
        loop {
            self.begin_and_kill(fleet);
            entries += 1;
            let mut state = self.sim.state();
            if state.violation.is_some() {
                return;
            }
            if entries > MOST_ENTRIES {
                return state.violated(Property::Rest, "things go on and on");
            }
            if until == Millis::MAX && state.is_over && state.busy == 0 {
                state.faults.end();
                until = state.agenda.now() + REST_WITHIN;
                state.note("rest", 0, || "people are done, and faults end".to_owned());
            }
            let (next, sweep) = (state.agenda.next(), next_pass(&state));
            let Some(at) = next.into_iter().chain(sweep).min() else { return };
            if at > until {
                return state.violated(Property::Rest, "after 150 days it is still not at rest");
            }
            if sweep == Some(at) && next != Some(at) {
                state.agenda.pass(at);
                state.model.swept = at;
                let missed = {
                    let State { faults, random, .. } = &mut *state;
                    faults.draw(&mut random.kills, &[Fault::SweepMissed])
                };
                if missed.is_none() {
                    state.jobs.push(Job::Pass);
                }
                continue;
            }
            drop(state);
            self.tasks.step(&self.sim);
        }
    }

    /// Begins what is to begin, and kills what is to be killed.
    fn begin_and_kill(&mut self, fleet: &Fleet) {
        loop {
            let (jobs, kills) = {
                let mut state = self.sim.state();
                (std::mem::take(&mut state.jobs), std::mem::take(&mut state.kills))
            };
            if jobs.is_empty() && kills.is_empty() {
                return;
            }
            for task in kills {
                self.tasks.kill(task);
                killed(&mut self.sim.state(), task);
            }
            for job in jobs {
                let task = self.task(fleet, job);
                self.tasks.begin(&self.sim, task);
            }
        }
    }

    fn task(&self, fleet: &Fleet, job: Job) -> Task {
        let sim = self.sim.clone();
        let work = match job {
            Job::Driver => return Box::pin(people::drive(sim, Arc::clone(&self.plan))),
            Job::Step(step) => return Box::pin(people::step(sim, self.plan.seed, step)),
            Job::Request { asked, reply } => Work::Request(asked, reply),
            Job::Timer { payload, attempt } => {
                let Ok(fired) = serde_json::from_str::<TimerFired>(&payload) else {
                    sim.state().violated(Property::Timers, format!("a timer says {payload}"));
                    return Box::pin(async {});
                };
                let armed = sim.state().model.is_armed(&fired);
                Work::Timer { fired, payload, attempt, armed }
            }
            Job::Feedback { said, attempt } => {
                let Ok(event) = serde_json::from_value(said.clone()) else {
                    sim.state().violated(Property::Heard, format!("feedback does not understand {said}"));
                    return Box::pin(async {});
                };
                Work::Feedback { event, said, attempt }
            }
            Job::Scanned { said, attempt } => {
                let Ok(event) = serde_json::from_value(said.clone()) else {
                    sim.state().violated(Property::Scanned, format!("verdict does not understand {said}"));
                    return Box::pin(async {});
                };
                Work::Scanned { event, said, attempt }
            }
            Job::Batch(batch) => Work::Batch(batch),
            Job::Pass => Work::Pass,
        };
        let (task, fleet) = (self.tasks.next(), fleet.clone());
        let (invocation, machine) = invocation(&mut sim.state(), task, work);
        match invocation {
            Work::Request(asked, _) => Box::pin(async move {
                let response = fleet.answer(machine, &asked).await;
                answered(&mut sim.state(), task, &asked, &response);
            }),
            Work::Timer { fired, .. } => Box::pin(async move {
                let outcome = fleet.fire(machine, &fired).await;
                let mut state = sim.state();
                properties::timers::timer_was_handled(&mut state, task, outcome);
                ended(&mut state, task, outcome.is_ok());
            }),
            Work::Feedback { event, .. } => Box::pin(async move {
                let heard = fleet.hear(machine, &event).await;
                let mut state = sim.state();
                properties::notices::feedback_was_handled(&mut state, &event, heard);
                ended(&mut state, task, heard.is_ok());
            }),
            Work::Scanned { event, .. } => Box::pin(async move {
                let scanned = fleet.scanned(machine, &event).await;
                let mut state = sim.state();
                properties::verdicts::verdict_was_handled(&mut state, &event, scanned);
                ended(&mut state, task, scanned.is_ok());
            }),
            Work::Batch(batch) => Box::pin(async move {
                let response = fleet.dispatch(machine, &batch).await;
                let mut state = sim.state();
                ended(&mut state, task, true);
                stream::worked(&mut state, batch, Some(response), task);
            }),
            Work::Pass => Box::pin(async move {
                let swept = fleet.sweep(machine).await;
                ended(&mut sim.state(), task, swept);
            }),
        }
    }
}

/// When sweep makes its next pass that can find anything: passes that find nothing change nothing, and in an outage there
/// are none.
fn next_pass(state: &State) -> Option<Millis> {
    let first = state.model.first_sweep_work()?;
    let earliest = first.max(state.model.swept + 1).max(state.agenda.now()).max(state.faults.outage());
    Some((earliest + PASSES - 1).div_euclid(PASSES) * PASSES)
}

/// Begins an invocation of a function, somewhere, and decides whether it will be killed.
fn invocation(state: &mut State, task: TaskId, work: Work) -> (Work, usize) {
    let machine = state.random.machines.usize(0..MACHINES);
    let fault = state.faults.draw(&mut state.random.kills, &[Fault::Killed]);
    let (call, sent) = (state.random.kills.u32(1..14), state.random.kills.bool());
    let doomed = fault.map(|_| (call, sent));
    let invocation = Invocation::new(machine, work.clone(), state.agenda.now(), doomed);
    state.note("begin", task as u64, || match &work {
        Work::Request(asked, _) => format!("#{task} {} on machine {machine}: {asked}", invocation.function()),
        Work::Timer { fired, attempt, .. } => format!(
            "#{task} deadline on machine {machine}: {} of {} by event {}, attempt {attempt}",
            fired.clock.as_str(),
            fired.claim_id,
            fired.generation
        ),
        Work::Feedback { said, attempt, .. } => {
            format!("#{task} feedback on machine {machine}: {}, attempt {attempt}", said["detail"])
        }
        Work::Scanned { said, attempt, .. } => {
            format!("#{task} verdict on machine {machine}: {}, attempt {attempt}", said["detail"])
        }
        Work::Batch(batch) => {
            let events: Vec<_> =
                batch.events().map(|(claim, version)| format!("{claim}/{version}")).collect();
            format!("#{task} dispatch on machine {machine}: {}", events.join(", "))
        }
        Work::Pass => format!("#{task} sweep on machine {machine}"),
    });
    let timeout = invocation.timeout();
    state.agenda.after(timeout, move |state| {
        if state.invocations.get(&task).is_some_and(|invocation| invocation.ended.is_none()) {
            state.kills.push(task);
        }
    });
    state.invocations.insert(task, invocation);
    (work, machine)
}

/// An invocation has come to its end.
fn ended(state: &mut State, task: TaskId, well: bool) {
    let now = state.agenda.now();
    state.note("end", task as u64 * 2 + u64::from(well), || {
        format!("#{task} {}", if well { "ended" } else { "failed" })
    });
    let Some(invocation) = state.invocations.get_mut(&task) else { return };
    invocation.ended = Some(now);
    if !well {
        let work = invocation.work.clone();
        again(state, work);
    }
}

/// A function was killed where it stood.
fn killed(state: &mut State, task: TaskId) {
    let now = state.agenda.now();
    let Some(invocation) = state.invocations.get_mut(&task).filter(|one| one.ended.is_none()) else { return };
    invocation.ended = Some(now);
    invocation.killed = true;
    let work = invocation.work.clone();
    state.note("killed", task as u64, || format!("#{task}"));
    match work {
        Work::Request(_, reply) => deliver(state, reply, None),
        Work::Batch(batch) => stream::worked(state, batch, None, task),
        work => again(state, work),
    }
}

/// Lambda invokes a function again that was invoked asynchronously and failed: twice, after one and two minutes.
fn again(state: &mut State, work: Work) {
    let (job, attempt) = match work {
        Work::Timer { payload, attempt, .. } => (Job::Timer { payload, attempt: attempt + 1 }, attempt),
        Work::Feedback { said, attempt, .. } => (Job::Feedback { said, attempt: attempt + 1 }, attempt),
        Work::Scanned { said, attempt, .. } => (Job::Scanned { said, attempt: attempt + 1 }, attempt),
        Work::Request(..) | Work::Batch(_) | Work::Pass => return,
    };
    if attempt < 3 {
        state.agenda.after(Millis::from(attempt) * 60_000, move |state| state.jobs.push(job));
    }
}

/// A function of the API has answered.
fn answered(state: &mut State, task: TaskId, asked: &Asked, response: &Response<Body>) {
    let answer = Answer::of(response);
    state.note("answer", crate::history::hash_of(&answer.body) ^ task as u64, || {
        format!("#{task} {} {}", answer.status, answer.gist())
    });
    ended(state, task, answer.status < 500);
    properties::answers::answer_is_right(state, task, asked, &answer);
    let lost = {
        let State { faults, random, .. } = state;
        faults.draw(&mut random.answers, &[Fault::AnswerLost])
    };
    let Some(Work::Request(_, reply)) = state.invocations.get(&task).map(|one| one.work.clone()) else {
        return;
    };
    deliver(state, reply, lost.is_none().then_some(answer));
}

/// Gives the answer to whoever waits for it; `None` is told after a while.
fn deliver(state: &mut State, reply: (crate::engine::Slot<Option<Answer>>, TaskId), answer: Option<Answer>) {
    let (slot, task) = reply;
    let delay = state.latency() + if answer.is_none() { 500 } else { 0 };
    state.agenda.after(delay, move |_| slot.set(answer));
    state.agenda.wake(task, delay);
}
