//! The state of the simulation: the simulated services, the invocations of functions, and the reference model.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use claim_domain::calendar::Instant;

use crate::engine::{Agenda, Millis, TaskId};
use crate::faults::{Fault, Faults};
use crate::invocation::{Invocation, Job};
use crate::model::ReferenceModel;
use crate::people::{Person, SignedIn};
use crate::properties::{Property, Violation};
use crate::random::{Random, Stream, stream};
use crate::services::Kill;
use crate::services::bucket::Objects;
use crate::services::mailer::AcceptedEmail;
use crate::services::queue::Messages;
use crate::services::receivers::Receiver;
use crate::services::scheduler::Schedules;
use crate::services::webhook_queue::WebhookQueue;
use crate::setup::Setup;
use crate::stream::Mapping;
use crate::trace::Trace;
use test_support::table::{Schema, Table};

/// On how many machines the functions run.
pub(crate) const MACHINES: usize = 3;
/// By how much a machine's clock can be off, so that two machines can differ by 90 seconds.
const MAX_SKEW: Millis = 45_000;

pub(crate) struct SimulationState {
    /// What happens when.
    pub(crate) agenda: Agenda,
    /// The jobs that begin now.
    pub(crate) jobs: Vec<Job>,
    /// The tasks that are killed now.
    pub(crate) kills: Vec<TaskId>,
    pub(crate) random: Random,
    pub(crate) faults: Faults,
    /// By how much the clock of each machine is off.
    pub(crate) skews: [Millis; MACHINES],
    /// DynamoDB.
    pub(crate) table: Table,
    /// The table of sessions. It never lags.
    pub(crate) sessions: Table,
    /// The session that each person's browser has.
    pub(crate) browsers: BTreeMap<Person, SignedIn>,
    /// The mapping from the table's stream to dispatch.
    pub(crate) mapping: Mapping,
    /// EventBridge Scheduler.
    pub(crate) schedules: Schedules,
    /// SQS, between dispatch and assessment.
    pub(crate) messages: Messages,
    /// SQS, between dispatch and deliver.
    pub(crate) webhook_queue: WebhookQueue,
    /// The servers of webhooks, by their names.
    pub(crate) receivers: BTreeMap<String, Receiver>,
    /// The emails that SES accepted and whose effect is known.
    pub(crate) emails: Vec<AcceptedEmail>,
    /// How many emails SES accepted.
    pub(crate) emails_accepted: u64,
    /// S3.
    pub(crate) objects: Objects,
    /// All invocations, by their task.
    pub(crate) invocations: BTreeMap<TaskId, Invocation>,
    pub(crate) model: ReferenceModel,
    pub(crate) setup: Setup,
    pub(crate) trace: Trace,
    /// The first violation of a property.
    pub(crate) violation: Option<Violation>,
    /// How many steps of people are in progress.
    pub(crate) steps_in_progress: u32,
    /// Whether people have begun all their steps.
    pub(crate) all_steps_begun: bool,
    /// How many requests had which outcome.
    pub(crate) outcomes: BTreeMap<&'static str, u64>,
}

impl SimulationState {
    /// The state in which the life of a seed begins.
    pub(crate) fn new(seed: u64, without: &[Fault], keeps_lines: bool) -> Self {
        let mut random = stream(seed, Stream::Setup, 0);
        let mut faults = Faults::draw(&mut random, without);
        let are_off = faults.applies(Fault::ClockSkew);
        let skews = std::array::from_fn(|_| {
            let skew = random.i64(-MAX_SKEW..=MAX_SKEW);
            if are_off { skew } else { 0 }
        });
        let setup = Setup::draw(&mut random);
        Self {
            agenda: Agenda::starting_at(setup.begins),
            jobs: std::iter::once(Job::Workload).chain(setup.has_webhooks.then_some(Job::Webhooks)).collect(),
            kills: Vec::new(),
            random: Random::new(seed),
            faults,
            skews,
            table: Table::new(Schema::of_claims()),
            sessions: Table::new(Schema::of_sessions()),
            browsers: BTreeMap::new(),
            mapping: Mapping::default(),
            schedules: Schedules::default(),
            messages: Messages::default(),
            webhook_queue: WebhookQueue::default(),
            receivers: BTreeMap::new(),
            emails: Vec::new(),
            emails_accepted: 0,
            objects: Objects::default(),
            invocations: BTreeMap::new(),
            model: ReferenceModel::default(),
            setup,
            trace: Trace::new(keeps_lines),
            violation: None,
            steps_in_progress: 0,
            all_steps_begun: false,
            outcomes: BTreeMap::new(),
        }
    }

    /// Draws how long a request or an answer takes.
    pub(crate) fn latency(&mut self) -> Millis {
        let random = &mut self.random.latency;
        match random.u32(0..100) {
            0..85 => random.i64(1..12),
            85..97 => random.i64(12..150),
            _ => random.i64(150..1_400),
        }
    }

    /// Counts a call to a service, and kills the task that makes it if it is to be killed in this call.
    pub(crate) fn begin_call(&mut self, task: TaskId, faulty: bool) -> Kill {
        let Some(invocation) = self.invocations.get_mut(&task) else { return Kill::None };
        invocation.calls += 1;
        invocation.faults += u32::from(faulty);
        match invocation.kill_in_call {
            Some((call, sent)) if call == invocation.calls => {
                self.kills.push(task);
                if sent { Kill::AfterSending } else { Kill::BeforeSending }
            }
            _ => Kill::None,
        }
    }

    /// The time by the clock of a machine.
    pub(crate) fn clock_of(&self, machine: usize) -> Instant {
        instant(self.agenda.now() + self.skews[machine])
    }

    /// Records that a property does not hold, unless another one was violated before.
    pub(crate) fn violated(&mut self, property: Property, what: impl Into<String>) {
        if self.violation.is_none() {
            let what = what.into();
            self.trace.note(self.agenda.now(), "VIOLATED", 0, || format!("{}: {what}", property.name()));
            self.violation = Some(Violation { property, what });
        }
    }

    /// Adds an entry to the trace.
    pub(crate) fn note(&mut self, kind: &'static str, number: u64, text: impl FnOnce() -> String) {
        self.trace.note(self.agenda.now(), kind, number, text);
    }
}

/// The instant that is so many milliseconds after the epoch.
pub(crate) fn instant(at: Millis) -> Instant {
    DateTime::<Utc>::from_timestamp_millis(at).unwrap_or_default()
}
