//! The state of the simulated world: every service, every invocation, and what is known to have happened.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use claim_domain::calendar::Instant;

use crate::engine::{Agenda, Millis, TaskId};
use crate::faults::{Fault, Faults};
use crate::history::History;
use crate::model::ReferenceModel;
use crate::people::cast::Cast;
use crate::properties::{Property, Violation};
use crate::random::{Random, Stream, stream};
use crate::services::Sends;
use crate::services::bucket::Objects;
use crate::services::mailer::Mail;
use crate::services::queue::Messages;
use crate::services::scheduler::Schedules;
use crate::stream::Mapping;
use crate::table::{Schema, Table};
use crate::work::{Invocation, Job};

/// How many machines functions run on.
pub(crate) const MACHINES: usize = 3;
/// How far a machine's clock is off at most: two differ by 90 seconds then.
const SKEW: Millis = 45_000;

/// The state of the world.
pub(crate) struct State {
    /// What happens when.
    pub(crate) agenda: Agenda,
    /// What is to begin now.
    pub(crate) jobs: Vec<Job>,
    /// Which tasks are to be killed now.
    pub(crate) kills: Vec<TaskId>,
    /// Chance.
    pub(crate) random: Random,
    /// What goes wrong.
    pub(crate) faults: Faults,
    /// By how much each machine's clock is off.
    pub(crate) skews: [Millis; MACHINES],
    /// DynamoDB.
    pub(crate) table: Table,
    /// Its stream's mapping.
    pub(crate) mapping: Mapping,
    /// EventBridge Scheduler.
    pub(crate) schedules: Schedules,
    /// SQS.
    pub(crate) messages: Messages,
    /// The mails that SES accepted.
    pub(crate) mails: Vec<Mail>,
    /// How many it accepted.
    pub(crate) sent: u64,
    /// S3.
    pub(crate) objects: Objects,
    /// Every invocation, by its task.
    pub(crate) invocations: BTreeMap<TaskId, Invocation>,
    /// What was committed.
    pub(crate) model: ReferenceModel,
    /// Who is there.
    pub(crate) cast: Cast,
    /// What happened, to be hashed and told.
    pub(crate) history: History,
    /// The first property that did not hold.
    pub(crate) violation: Option<Violation>,
    /// How many people are doing something.
    pub(crate) busy: u32,
    /// Whether people have done all that they are going to do.
    pub(crate) is_over: bool,
    /// How many commands came to what.
    pub(crate) outcomes: BTreeMap<&'static str, u64>,
}

impl State {
    /// The world of a seed, before anything has happened in it.
    pub(crate) fn of(seed: u64, without: &[Fault], tells: bool) -> Self {
        let mut world = stream(seed, Stream::World, 0);
        let mut faults = Faults::of(&mut world, without);
        let are_off = faults.applies(Fault::ClockSkew);
        let skews = std::array::from_fn(|_| {
            let skew = world.i64(-SKEW..=SKEW);
            if are_off { skew } else { 0 }
        });
        let cast = Cast::of(&mut world);
        let begins = cast.begins;
        Self {
            agenda: Agenda::beginning(begins),
            jobs: vec![Job::Driver],
            kills: Vec::new(),
            random: Random::of(seed),
            faults,
            skews,
            table: Table::new(Schema::of_product()),
            mapping: Mapping::default(),
            schedules: Schedules::default(),
            messages: Messages::default(),
            mails: Vec::new(),
            sent: 0,
            objects: Objects::default(),
            invocations: BTreeMap::new(),
            model: ReferenceModel::default(),
            cast,
            history: History::new(tells),
            violation: None,
            busy: 0,
            is_over: false,
            outcomes: BTreeMap::new(),
        }
    }

    /// How long a part of a call takes.
    pub(crate) fn latency(&mut self) -> Millis {
        let random = &mut self.random.latency;
        match random.u32(0..100) {
            0..85 => random.i64(1..12),
            85..97 => random.i64(12..150),
            _ => random.i64(150..1_400),
        }
    }

    /// A task calls a service: it is counted, and killed if it was to be.
    pub(crate) fn sends(&mut self, task: TaskId, faulty: bool) -> Sends {
        let Some(invocation) = self.invocations.get_mut(&task) else { return Sends::AndWaits };
        invocation.calls += 1;
        invocation.faults += u32::from(faulty);
        match invocation.doomed {
            Some((call, sent)) if call == invocation.calls => {
                self.kills.push(task);
                if sent { Sends::AndDies } else { Sends::Dies }
            }
            _ => Sends::AndWaits,
        }
    }

    /// The instant by the clock of a machine.
    pub(crate) fn clock_of(&self, machine: usize) -> Instant {
        instant(self.agenda.now() + self.skews[machine])
    }

    /// Remembers that a property does not hold; the first one counts.
    pub(crate) fn violated(&mut self, property: Property, what: impl Into<String>) {
        if self.violation.is_none() {
            let what = what.into();
            self.history.note(self.agenda.now(), "VIOLATED", 0, || format!("{}: {what}", property.name()));
            self.violation = Some(Violation { property, what });
        }
    }

    /// Adds to the history.
    pub(crate) fn note(&mut self, kind: &'static str, number: u64, text: impl FnOnce() -> String) {
        self.history.note(self.agenda.now(), kind, number, text);
    }
}

/// The instant of so many milliseconds.
pub(crate) fn instant(at: Millis) -> Instant {
    DateTime::<Utc>::from_timestamp_millis(at).unwrap_or_default()
}
