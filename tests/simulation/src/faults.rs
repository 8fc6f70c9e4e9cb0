//! The kinds of fault, how often each happens in the life of a seed, and how often it has happened.
//!
//! Each life has some kinds and not others, and each kind more or less often (swarm testing). A bug that needs two
//! kinds of fault together may never show when all kinds happen all the time.

use std::collections::BTreeMap;

use fastrand::Rng;

use crate::engine::Millis;
use crate::random::mix;
use crate::trace::hash_of;

macro_rules! faults {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $rate:literal;)*) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $($(#[$doc])* $kind,)*
        }

        impl Fault {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The name on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// How often in a thousand it happens at a medium rate, where it can happen.
            fn rate(self) -> u32 {
                match self { $(Self::$kind => $rate,)* }
            }
        }
    };
}

faults! {
    /// The table throttles a request.
    TableThrottled = "table-throttled", 12;
    /// The table fails.
    TableFailed = "table-failed", 8;
    /// A request to the table is lost on the way.
    TableRequestLost = "table-request-lost", 8;
    /// The table carries out a write, but its answer is lost on the way.
    TableAnswerLost = "table-answer-lost", 12;
    /// The table carries out a write, but only after the caller has given up waiting.
    TableLate = "table-late", 6;
    /// A write conflicts with another transaction.
    TableConflict = "table-conflict", 15;
    /// A batch of reads leaves some keys unprocessed.
    BatchLeftOver = "batch-left-over", 15;
    /// An index shows a write only much later.
    IndexLate = "index-late", 300;
    /// A record of the stream arrives late.
    RecordLate = "record-late", 40;
    /// A record of the stream arrives twice.
    RecordTwice = "record-twice", 40;
    /// A record of the stream is lost for good.
    RecordLost = "record-lost", 30;
    /// A batch of records goes to two machines at about the same time.
    BatchTwice = "batch-twice", 80;
    /// A function is killed, between any two effects.
    Killed = "killed", 40;
    /// A timer fires before its time.
    TimerEarly = "timer-early", 80;
    /// A timer fires late.
    TimerLate = "timer-late", 80;
    /// A timer fires twice.
    TimerTwice = "timer-twice", 80;
    /// A timer fires after it was deleted.
    TimerDeleted = "timer-deleted", 150;
    /// A timer never fires.
    TimerNever = "timer-never", 80;
    /// The scheduler throttles a request.
    SchedulerThrottled = "scheduler-throttled", 20;
    /// The scheduler carries out a request, but its answer is lost.
    SchedulerAnswerLost = "scheduler-answer-lost", 20;
    /// The queue fails.
    QueueFailed = "queue-failed", 40;
    /// The queue accepts a message, but its answer is lost.
    QueueAnswerLost = "queue-answer-lost", 60;
    /// A message is sent to the queue again after the queue has forgotten its deduplication id.
    MessageSentTwice = "message-sent-twice", 60;
    /// The queue delivers a message again.
    MessageDeliveredTwice = "message-delivered-twice", 100;
    /// The email service refuses an email for good.
    MailRefused = "mail-refused", 30;
    /// The email service fails.
    MailFailed = "mail-failed", 30;
    /// The email service accepts an email, but its answer is lost.
    MailAnswerLost = "mail-answer-lost", 30;
    /// An email that was accepted bounces.
    MailBounced = "mail-bounced", 60;
    /// The customer complains about an email.
    MailComplained = "mail-complained", 30;
    /// The report of a bounce or a complaint arrives late.
    ReportLate = "report-late", 300;
    /// The report of a bounce or a complaint arrives twice.
    ReportTwice = "report-twice", 200;
    /// The result of a scan arrives late.
    VerdictLate = "verdict-late", 200;
    /// The result of a scan arrives twice.
    VerdictTwice = "verdict-twice", 200;
    /// The result of a scan never arrives.
    VerdictNever = "verdict-never", 100;
    /// The evidence store fails.
    FilesFailed = "files-failed", 20;
    /// Sweep does not run when it should.
    SweepMissed = "sweep-missed", 100;
    /// For one to five days, neither timers nor sweep reach a function.
    Outage = "outage", 200;
    /// For half a day to three days, longer than all attempts, no request reaches the queue.
    QueueDown = "queue-down", 200;
    /// For half a day to three days, longer than all attempts, no request reaches the email service.
    MailDown = "mail-down", 20;
    /// For half a day to three days, longer than all attempts, no request reaches the scheduler.
    SchedulerDown = "scheduler-down", 8;
    /// The bus of changes fails.
    BusFailed = "bus-failed", 20;
    /// The bus of changes accepts an event, but its answer is lost.
    BusAnswerLost = "bus-answer-lost", 30;
    /// The bus of changes answers, and says that it did not accept the event.
    EventRefused = "event-refused", 30;
    /// For half a day to three days, longer than all attempts, no request reaches the bus of changes.
    BusDown = "bus-down", 4;
    /// The server of a webhook is down, for minutes, hours or days.
    ReceiverDown = "receiver-down", 30;
    /// The server of a webhook answers with something else than 2xx.
    ReceiverRefused = "receiver-refused", 60;
    /// The server of a webhook takes a change, and answers too late.
    ReceiverSlow = "receiver-slow", 30;
    /// The server of a webhook wants nothing any more.
    ReceiverGone = "receiver-gone", 5;
    /// The name of a webhook's server leads to an address that is not public, for minutes or hours.
    NameAstray = "name-astray", 15;
    /// The response to a person is lost.
    AnswerLost = "answer-lost", 30;
    /// Machines' clocks differ, by up to 90 seconds.
    ClockSkew = "clock-skew", 1000;
}

impl Fault {
    /// The kind with this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

const DAY: Millis = 24 * 3_600_000;

const KINDS: usize = Fault::ALL.len();

/// How often each kind of fault happens in a life, and how often it has happened.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    /// How often in a thousand each kind happens: 0 for a kind that was left out.
    rates: [u32; KINDS],
    /// How often in a thousand each kind would happen if nothing had been left out.
    full_rates: [u32; KINDS],
    injected: [u64; KINDS],
    /// When the current or the last outage ends.
    outage_ends: Millis,
    /// When each service that was down is up again.
    up_again: BTreeMap<Fault, Millis>,
}

impl Faults {
    /// Draws the faults of a life, and leaves out some kinds.
    pub(crate) fn draw(random: &mut Rng, without: &[Fault]) -> Self {
        // One life in eight has no faults at all, and one in eight has all kinds.
        let (style, seed) = (random.u32(0..8), random.u64(..));
        let full_rates: [u32; KINDS] = std::array::from_fn(|kind| {
            let kind = Fault::ALL[kind];
            // By its name, so that a new kind does not change how often the others happen.
            let mut random = Rng::with_seed(mix(seed ^ hash_of(kind.name().as_bytes())));
            let (present, scale) = (random.u32(0..100) < 45, random.u32(0..4));
            let present = match style {
                0 => false,
                1 => true,
                _ => present,
            };
            if present { (kind.rate() * [1, 2, 4, 8][scale as usize] / 2).clamp(1, 700) } else { 0 }
        });
        let mut rates = full_rates;
        for kind in without {
            rates[*kind as usize] = 0;
        }
        Self { rates, full_rates, injected: [0; KINDS], outage_ends: Millis::MIN, up_again: BTreeMap::new() }
    }

    /// Whether the life has a kind that applies all the time or not at all. If it does, it is counted once.
    pub(crate) fn applies(&mut self, kind: Fault) -> bool {
        let has = self.rates[kind as usize] > 0;
        if has {
            self.count(kind);
        }
        has
    }

    /// Ends all faults. An outage that has begun still lasts its time, but no new fault happens.
    pub(crate) fn end(&mut self) {
        self.rates = [0; KINDS];
    }

    /// Draws which of these kinds happens now, if one does. A kind that was left out is still drawn, so that the others
    /// happen when they would have happened with it.
    pub(crate) fn inject_one(&mut self, random: &mut Rng, kinds: &[Fault]) -> Option<Fault> {
        let mut drawn = random.u32(0..1000);
        for kind in kinds {
            let rate = self.full_rates[*kind as usize];
            if drawn < rate {
                return (self.rates[*kind as usize] > 0).then(|| self.count(*kind));
            }
            drawn -= rate;
        }
        None
    }

    /// When the current or the last outage ends.
    pub(crate) fn outage_ends(&self) -> Millis {
        self.outage_ends
    }

    /// Draws whether an outage begins now, unless there is one already. Returns whether it does.
    pub(crate) fn begin_outage(&mut self, random: &mut Rng, now: Millis) -> bool {
        let begins = self.outage_ends <= now && self.inject_one(random, &[Fault::Outage]).is_some();
        if begins {
            self.outage_ends = now + random.i64(DAY..5 * DAY);
        }
        begins
    }

    /// Whether a service is down. If it is up, this draws whether it goes down now.
    pub(crate) fn is_down(&mut self, random: &mut Rng, service: Fault, now: Millis) -> bool {
        if self.up_again.get(&service).is_some_and(|up| *up > now) {
            return true;
        }
        let goes_down = self.inject_one(random, &[service]).is_some();
        if goes_down {
            self.up_again.insert(service, now + random.i64(DAY / 2..3 * DAY));
        }
        goes_down
    }

    /// Counts a fault that happens now.
    fn count(&mut self, kind: Fault) -> Fault {
        self.injected[kind as usize] += 1;
        kind
    }

    /// How often each kind has happened.
    pub(crate) fn injected(&self) -> BTreeMap<Fault, u64> {
        Fault::ALL.iter().copied().zip(self.injected).collect()
    }
}
