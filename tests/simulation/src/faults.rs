//! The kinds of fault: how often each happens in the world of a seed, and how often it has.
//!
//! A seed has some kinds and not others, and those it has more or less often, so that lives differ: what hides in a
//! storm of everything shows where two kinds meet (swarm testing).

use std::collections::BTreeMap;

use fastrand::Rng;

use crate::engine::Millis;
use crate::history::hash_of;
use crate::random::mix;

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

            /// The name, as it is written on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// How often in a thousand it happens, where it does, at a middling rate.
            fn rate(self) -> u32 {
                match self { $(Self::$kind => $rate,)* }
            }
        }
    };
}

faults! {
    /// The table asks to come back later.
    TableThrottled = "table-throttled", 12;
    /// The table fails.
    TableFailed = "table-failed", 8;
    /// A request to the table is lost on the way.
    TableRequestLost = "table-request-lost", 8;
    /// The table did what was asked, but its answer is lost on the way.
    TableAnswerLost = "table-answer-lost", 12;
    /// The table does what was asked, but only after the caller has given up waiting.
    TableLate = "table-late", 6;
    /// Another transaction is in the way of a write.
    TableConflict = "table-conflict", 15;
    /// A batch of reads leaves some over.
    BatchLeftOver = "batch-left-over", 15;
    /// An index shows a write only much later.
    IndexLate = "index-late", 300;
    /// A record of the stream comes late.
    RecordLate = "record-late", 40;
    /// A record of the stream comes twice.
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
    /// The scheduler asks to come back later.
    SchedulerThrottled = "scheduler-throttled", 20;
    /// The scheduler did what was asked, but its answer is lost.
    SchedulerAnswerLost = "scheduler-answer-lost", 20;
    /// The queue fails.
    QueueFailed = "queue-failed", 40;
    /// The queue has the message, but its answer is lost.
    QueueAnswerLost = "queue-answer-lost", 60;
    /// A request to the queue arrives once more, when the queue does not know it any longer.
    MessageSentTwice = "message-sent-twice", 60;
    /// The queue delivers a message once more.
    MessageDeliveredTwice = "message-delivered-twice", 100;
    /// The mail service refuses a mail for good.
    MailRefused = "mail-refused", 30;
    /// The mail service fails.
    MailFailed = "mail-failed", 30;
    /// The mail service has accepted the mail, but its answer is lost.
    MailAnswerLost = "mail-answer-lost", 30;
    /// A mail that was accepted bounces.
    MailBounced = "mail-bounced", 60;
    /// The customer complains of a mail.
    MailComplained = "mail-complained", 30;
    /// What the mail service says of a mail comes late.
    ReportLate = "report-late", 300;
    /// What the mail service says of a mail comes twice.
    ReportTwice = "report-twice", 200;
    /// What the scanner found comes late.
    VerdictLate = "verdict-late", 200;
    /// What the scanner found comes twice.
    VerdictTwice = "verdict-twice", 200;
    /// What the scanner found never comes.
    VerdictNever = "verdict-never", 100;
    /// The evidence store fails.
    FilesFailed = "files-failed", 20;
    /// A pass of sweep does not take place.
    SweepMissed = "sweep-missed", 100;
    /// For one to five days neither timers nor passes of sweep reach a function.
    Outage = "outage", 200;
    /// The answer to a client is lost.
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

/// The number of kinds.
const KINDS: usize = Fault::ALL.len();

/// How often each kind of fault happens in the world of a seed, and has happened.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    rates: [u32; KINDS],
    spans: [u32; KINDS],
    injected: [u64; KINDS],
    /// Until when the outage lasts that is on, or was last.
    outage: Millis,
}

impl Faults {
    /// The faults of a world, without those that were left out.
    pub(crate) fn of(random: &mut Rng, without: &[Fault]) -> Self {
        // One world in eight has no faults at all, one in eight has all of them.
        let (style, seed) = (random.u32(0..8), random.u64(..));
        let spans: [u32; KINDS] = std::array::from_fn(|kind| {
            let kind = Fault::ALL[kind];
            // By its name, so that a new kind changes nothing of how often the others happen.
            let mut random = Rng::with_seed(mix(seed ^ hash_of(kind.name().as_bytes())));
            let (present, scale) = (random.u32(0..100) < 45, random.u32(0..4));
            let present = match style {
                0 => false,
                1 => true,
                _ => present,
            };
            if present { (kind.rate() * [1, 2, 4, 8][scale as usize] / 2).clamp(1, 700) } else { 0 }
        });
        let mut rates = spans;
        for kind in without {
            rates[*kind as usize] = 0;
        }
        Self { rates, spans, injected: [0; KINDS], outage: Millis::MIN }
    }

    /// Whether the world has a kind that is there all the time or not at all; it counts once.
    pub(crate) fn applies(&mut self, kind: Fault) -> bool {
        let has = self.rates[kind as usize] > 0;
        if has {
            self.inject(kind);
        }
        has
    }

    /// Ends all faults: what was done is done, and an outage lasts its time, but nothing new goes wrong.
    pub(crate) fn end(&mut self) {
        self.rates = [0; KINDS];
    }

    /// Draws once, and says which of these kinds happens now, if one does. A kind that was left out keeps its place, so
    /// that the others happen where they did.
    pub(crate) fn draw(&mut self, random: &mut Rng, kinds: &[Fault]) -> Option<Fault> {
        let mut drawn = random.u32(0..1000);
        for kind in kinds {
            let span = self.spans[*kind as usize];
            if drawn < span {
                return (self.rates[*kind as usize] > 0).then(|| self.inject(*kind));
            }
            drawn -= span;
        }
        None
    }

    /// Until when the outage lasts that is on, or was last.
    pub(crate) fn outage(&self) -> Millis {
        self.outage
    }

    /// Draws whether an outage begins now, unless one is on; returns whether it does.
    pub(crate) fn begin_outage(&mut self, random: &mut Rng, now: Millis) -> bool {
        let begins = self.outage <= now && self.draw(random, &[Fault::Outage]).is_some();
        if begins {
            self.outage = now + random.i64(DAY..5 * DAY);
        }
        begins
    }

    /// Counts a fault that happens.
    fn inject(&mut self, kind: Fault) -> Fault {
        self.injected[kind as usize] += 1;
        kind
    }

    /// How often each kind has happened.
    pub(crate) fn injected(&self) -> BTreeMap<Fault, u64> {
        Fault::ALL.iter().copied().zip(self.injected).collect()
    }
}
