//! A life: one run of the simulation, which a seed decides.
//!
//! While people act, faults are injected. When they are done the faults end, and time goes on until the simulation is
//! at rest: no clock is running but escalations, which never end by themselves, the outbox is empty, and sweep has nothing left to find. The properties are checked as
//! soon as they can be, either while things happen or at rest.

use std::sync::Arc;

use claim_domain::timer::TimerFired;
use lambda_http::{Body, Response};

use crate::engine::{Millis, Simulation, Slot, Task, TaskId, Tasks};
use crate::faults::Fault;
use crate::invocation::{Invocation, Job, Trigger};
use crate::machines::Machines;
use crate::operator;
use crate::people::{self, ReceivedResponse, SentRequest};
use crate::properties::{self, Property, Violation};
use crate::services::webhook_queue;
use crate::state::{MACHINES, SimulationState};
use crate::stream;

/// How often sweep runs.
const SWEEP_INTERVAL: Millis = 5 * 60_000;
/// How long a life can go on after the last step: longer than any clock runs.
const REST_WITHIN: Millis = 250 * 24 * 3_600_000;
/// How long a life goes on at least. What reviewers have forgotten is escalated for ever; by then each service has
/// reported what it had to.
const ESCALATES_FOR: Millis = 14 * 24 * 3_600_000;
/// How many entries the agenda of a life can have before it counts as endless.
const MAX_ENTRIES: u64 = 400_000;

/// Which life to run, and what to leave out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The seed. The same seed always gives the same life.
    pub seed: u64,
    /// After how many steps people stop.
    pub steps: u32,
    /// The steps to leave out, by number.
    pub skipped: Vec<u32>,
    /// The kinds of fault to leave out.
    pub without: Vec<Fault>,
}

impl Plan {
    /// The life of a seed with nothing left out.
    pub fn whole(seed: u64) -> Self {
        Self { seed, steps: people::MAX_STEPS, skipped: Vec::new(), without: Vec::new() }
    }
}

/// The result of a life.
#[derive(Debug, Clone)]
pub struct Life {
    /// A hash of everything that happened.
    pub hash: u64,
    /// The first violation of a property, if there was one.
    pub violation: Option<Violation>,
    /// How often each kind of fault was injected.
    pub injected: std::collections::BTreeMap<Fault, u64>,
    /// How many requests had which outcome.
    pub outcomes: std::collections::BTreeMap<&'static str, u64>,
    /// How many emails were sent again because their sender was cut off after they had been accepted.
    pub emails_sent_again: u64,
    /// How many claims there were.
    pub claims: usize,
    /// How many events the claims have.
    pub events: usize,
    /// What happened, line by line, if the lines were kept.
    pub lines: Vec<String>,
}

/// Runs a life. `keeps_lines` says whether to keep what happened, line by line.
pub fn run(plan: &Plan, keeps_lines: bool) -> Life {
    properties::alarms::listen();
    let simulation = Simulation::new(SimulationState::new(plan.seed, &plan.without, keeps_lines));
    let mut runner = Runner { plan: Arc::new(plan.clone()), tasks: Tasks::default(), simulation };
    match Machines::start(&runner.simulation) {
        Ok(machines) => runner.run(&machines),
        Err(error) => runner
            .simulation
            .state()
            .violated(Property::ComesToRest, format!("a function does not start: {error}")),
    }
    let mut state = runner.simulation.state();
    if state.violation.is_none() {
        properties::check_at_rest(&mut state);
    }
    Life {
        hash: state.trace.hash(),
        violation: state.violation.clone(),
        injected: state.faults.injected(),
        outcomes: state.outcomes.clone(),
        emails_sent_again: state.model.emails_sent_again,
        claims: state.model.claims.len(),
        events: state.model.claims.values().map(|claim| claim.events.len()).sum(),
        lines: state.trace.lines().to_vec(),
    }
}

struct Runner {
    plan: Arc<Plan>,
    simulation: Simulation,
    tasks: Tasks,
}

impl Runner {
    fn run(&mut self, machines: &Machines) {
        let mut entries = 0;
        let mut until = Millis::MAX;
        loop {
            self.begin_and_kill(machines);
            entries += 1;
            let mut state = self.simulation.state();
            if state.violation.is_some() {
                return;
            }
            if entries > MAX_ENTRIES {
                return state.violated(Property::ComesToRest, "the life does not end");
            }
            if until == Millis::MAX && state.all_steps_begun && state.steps_in_progress == 0 {
                state.faults.end();
                until = state.agenda.now() + REST_WITHIN;
                if state.setup.has_webhooks {
                    state.agenda.after(people::WELL_AFTER, |state| state.jobs.push(Job::Replay));
                }
                state.note("rest", 0, || "people are done, and the faults end".to_owned());
            }
            let (next, sweep) = (state.agenda.next(), next_sweep(&state));
            let Some(at) = next.into_iter().chain(sweep).min() else { return };
            let ends = until.saturating_sub(REST_WITHIN).saturating_add(ESCALATES_FOR);
            let is_quiet = state.messages.all_received()
                && state.webhook_queue.is_empty()
                && state.model.waits_only_to_escalate(state.agenda.now());
            if at > ends && is_quiet {
                return;
            }
            if at > until {
                return state.violated(Property::ComesToRest, "after 250 days it is still not at rest");
            }
            if sweep == Some(at) && next != Some(at) {
                state.agenda.advance_to(at);
                state.model.swept = at;
                let missed = {
                    let SimulationState { faults, random, .. } = &mut *state;
                    faults.inject_one(&mut random.kills, &[Fault::SweepMissed])
                };
                if missed.is_none() {
                    state.jobs.push(Job::Sweep);
                }
                continue;
            }
            drop(state);
            self.tasks.step(&self.simulation);
        }
    }

    /// Kills the tasks that are to be killed, and begins the jobs that are to begin.
    fn begin_and_kill(&mut self, machines: &Machines) {
        loop {
            let (jobs, kills) = {
                let mut state = self.simulation.state();
                (std::mem::take(&mut state.jobs), std::mem::take(&mut state.kills))
            };
            if jobs.is_empty() && kills.is_empty() {
                return;
            }
            for task in kills {
                self.tasks.kill(task);
                killed(&mut self.simulation.state(), task);
            }
            for job in jobs {
                let task = self.task(machines, job);
                self.tasks.begin(&self.simulation, task);
            }
        }
    }

    fn task(&self, machines: &Machines, job: Job) -> Task {
        let simulation = self.simulation.clone();
        let trigger = match job {
            Job::Workload => return Box::pin(people::run_workload(simulation, Arc::clone(&self.plan))),
            Job::Step(step) => return Box::pin(people::take_step(simulation, self.plan.seed, step)),
            Job::Request { request, reply } => Trigger::Request(request, reply),
            Job::Timer { payload, attempt } => {
                let Ok(fired) = serde_json::from_str::<TimerFired>(&payload) else {
                    simulation
                        .state()
                        .violated(Property::Timers, format!("the payload of a timer is {payload}"));
                    return Box::pin(async {});
                };
                let armed = simulation.state().model.is_armed(&fired);
                Trigger::Timer { fired, payload, attempt, armed }
            }
            Job::Feedback { payload, attempt } => {
                let Ok(event) = serde_json::from_value(payload.clone()) else {
                    simulation
                        .state()
                        .violated(Property::NoticeRecorded, format!("feedback cannot read {payload}"));
                    return Box::pin(async {});
                };
                Trigger::Feedback { event, payload, attempt }
            }
            Job::ScanResult { payload, attempt } => {
                let Ok(event) = serde_json::from_value(payload.clone()) else {
                    simulation
                        .state()
                        .violated(Property::VerdictRecorded, format!("verdict cannot read {payload}"));
                    return Box::pin(async {});
                };
                Trigger::ScanResult { event, payload, attempt }
            }
            Job::Batch(batch) => Trigger::Batch(batch),
            Job::Delivery(message) => Trigger::Delivery(message),
            Job::Webhooks => return Box::pin(people::run_webhooks(simulation, self.plan.seed)),
            Job::Replay => return Box::pin(people::replay_parked(simulation, self.plan.seed)),
            Job::Operator => return Box::pin(operator::see_to_parked(simulation, machines.store())),
            Job::Sweep => Trigger::Sweep,
        };
        let (task, machines) = (self.tasks.next(), machines.clone());
        let (trigger, machine) = begin_invocation(&mut simulation.state(), task, trigger);
        match trigger {
            Trigger::Request(request, _) => Box::pin(async move {
                let response = machines.handle_request(machine, &request).await;
                responded(&mut simulation.state(), task, &request, &response);
            }),
            Trigger::Timer { fired, .. } => Box::pin(async move {
                let outcome = machines.handle_timer(machine, &fired).await;
                let mut state = simulation.state();
                properties::timers::check_handled_timer(&mut state, task, outcome);
                ended(&mut state, task, outcome.is_ok());
            }),
            Trigger::Feedback { event, .. } => Box::pin(async move {
                let result = machines.handle_feedback(machine, &event).await;
                let mut state = simulation.state();
                properties::notices::check_handled_feedback(&mut state, &event, result);
                ended(&mut state, task, result.is_ok());
            }),
            Trigger::ScanResult { event, .. } => Box::pin(async move {
                let result = machines.handle_scan_result(machine, &event).await;
                let mut state = simulation.state();
                properties::verdicts::check_handled_verdict(&mut state, &event, result);
                ended(&mut state, task, result.is_ok());
            }),
            Trigger::Batch(batch) => Box::pin(async move {
                let response = machines.handle_batch(machine, &batch).await;
                let mut state = simulation.state();
                ended(&mut state, task, true);
                stream::batch_ended(&mut state, batch, Some(response));
            }),
            Trigger::Delivery(message) => Box::pin(async move {
                let response = machines.handle_delivery(machine, &message).await;
                let mut state = simulation.state();
                ended(&mut state, task, true);
                webhook_queue::handled(&mut state, &message, &response);
            }),
            Trigger::Sweep => Box::pin(async move {
                let succeeded = machines.sweep(machine).await;
                ended(&mut simulation.state(), task, succeeded);
            }),
        }
    }
}

/// When sweep runs next. Runs that would find nothing are left out, since they change nothing, and in an outage sweep
/// does not run.
fn next_sweep(state: &SimulationState) -> Option<Millis> {
    let first = state.model.first_sweep_work()?;
    let earliest = first.max(state.model.swept + 1).max(state.agenda.now()).max(state.faults.outage_ends());
    Some((earliest + SWEEP_INTERVAL - 1).div_euclid(SWEEP_INTERVAL) * SWEEP_INTERVAL)
}

/// Begins an invocation: chooses its machine, and decides whether it will be killed. Returns the trigger and the
/// machine.
fn begin_invocation(state: &mut SimulationState, task: TaskId, trigger: Trigger) -> (Trigger, usize) {
    let machine = state.random.machines.usize(0..MACHINES);
    let fault = state.faults.inject_one(&mut state.random.kills, &[Fault::Killed]);
    let (call, sent) = (state.random.kills.u32(1..14), state.random.kills.bool());
    let kill_in_call = fault.map(|_| (call, sent));
    let invocation = Invocation::new(machine, trigger.clone(), state.agenda.now(), kill_in_call);
    state.note("begin", task as u64, || match &trigger {
        Trigger::Request(request, _) => {
            format!("#{task} {} on machine {machine}: {request}", invocation.function())
        }
        Trigger::Timer { fired, attempt, .. } => format!(
            "#{task} deadline on machine {machine}: {} of {} by event {}, attempt {attempt}",
            fired.clock.as_str(),
            fired.claim_id,
            fired.generation
        ),
        Trigger::Feedback { payload, attempt, .. } => {
            format!("#{task} feedback on machine {machine}: {}, attempt {attempt}", payload["detail"])
        }
        Trigger::ScanResult { payload, attempt, .. } => {
            format!("#{task} verdict on machine {machine}: {}, attempt {attempt}", payload["detail"])
        }
        Trigger::Batch(batch) => {
            let events: Vec<_> =
                batch.events().map(|(claim, version)| format!("{claim}/{version}")).collect();
            format!("#{task} dispatch on machine {machine}: {}", events.join(", "))
        }
        Trigger::Delivery(message) => {
            let (of, attempt) = (message.delivery(), message.attempt);
            let of = of.map(|of| format!("{} to {}", of.sequence, of.webhook)).unwrap_or_default();
            format!("#{task} deliver on machine {machine}: {of}, attempt {attempt}")
        }
        Trigger::Sweep => format!("#{task} sweep on machine {machine}"),
    });
    let timeout = invocation.timeout();
    state.agenda.after(timeout, move |state| {
        if state.invocations.get(&task).is_some_and(|invocation| invocation.ended.is_none()) {
            state.kills.push(task);
        }
    });
    state.invocations.insert(task, invocation);
    (trigger, machine)
}

/// Ends an invocation that returned.
fn ended(state: &mut SimulationState, task: TaskId, succeeded: bool) {
    let now = state.agenda.now();
    state.note("end", task as u64 * 2 + u64::from(succeeded), || {
        format!("#{task} {}", if succeeded { "ended" } else { "failed" })
    });
    let Some(invocation) = state.invocations.get_mut(&task) else { return };
    invocation.ended = Some(now);
    if !succeeded {
        let trigger = invocation.trigger.clone();
        retry(state, trigger);
    }
}

/// Ends an invocation that was killed.
fn killed(state: &mut SimulationState, task: TaskId) {
    let now = state.agenda.now();
    let Some(invocation) = state.invocations.get_mut(&task).filter(|one| one.ended.is_none()) else { return };
    invocation.ended = Some(now);
    invocation.killed = true;
    let trigger = invocation.trigger.clone();
    state.note("killed", task as u64, || format!("#{task}"));
    match trigger {
        Trigger::Request(_, reply) => deliver(state, reply, None),
        Trigger::Batch(batch) => stream::batch_ended(state, batch, None),
        trigger => retry(state, trigger),
    }
}

/// Retries an asynchronous invocation that failed, as Lambda does: twice, after one and two minutes.
fn retry(state: &mut SimulationState, trigger: Trigger) {
    let (job, attempt) = match trigger {
        Trigger::Timer { payload, attempt, .. } => (Job::Timer { payload, attempt: attempt + 1 }, attempt),
        Trigger::Feedback { payload, attempt, .. } => {
            (Job::Feedback { payload, attempt: attempt + 1 }, attempt)
        }
        Trigger::ScanResult { payload, attempt, .. } => {
            (Job::ScanResult { payload, attempt: attempt + 1 }, attempt)
        }
        // The queue brings again what was not deleted.
        Trigger::Request(..) | Trigger::Batch(_) | Trigger::Delivery(_) | Trigger::Sweep => return,
    };
    if attempt < 3 {
        state.agenda.after(Millis::from(attempt) * 60_000, move |state| state.jobs.push(job));
    }
}

/// Ends an invocation that handled a request, and sends its response.
fn responded(state: &mut SimulationState, task: TaskId, request: &SentRequest, response: &Response<Body>) {
    let response = ReceivedResponse::new(response);
    state.note("answer", crate::trace::hash_of(&response.body) ^ task as u64, || {
        format!("#{task} {} {}", response.status, response.summary())
    });
    ended(state, task, response.status < 500);
    properties::responses::check_response(state, task, request, &response);
    properties::association::check_shown_claim(state, task, request, &response);
    properties::challenges::check_response(state, task, request, &response);
    properties::changes::check_page(state, task, request, &response);
    properties::webhooks::check_shown_secret(state, task, request, &response);
    let lost = {
        let SimulationState { faults, random, .. } = state;
        faults.inject_one(&mut random.answers, &[Fault::AnswerLost])
    };
    let Some(Trigger::Request(_, reply)) = state.invocations.get(&task).map(|one| one.trigger.clone()) else {
        return;
    };
    deliver(state, reply, lost.is_none().then_some(response));
}

/// Delivers a response to the task that waits for it. `None`, which means that it is lost, takes a little longer.
fn deliver(
    state: &mut SimulationState,
    reply: (Slot<Option<ReceivedResponse>>, TaskId),
    response: Option<ReceivedResponse>,
) {
    let (slot, task) = reply;
    let delay = state.latency() + if response.is_none() { 500 } else { 0 };
    state.agenda.after(delay, move |_| slot.set(response));
    state.agenda.wake(task, delay);
}
