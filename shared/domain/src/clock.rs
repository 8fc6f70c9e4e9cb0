//! The clocks of a claim: one table that says what each clock is, and what events do to them (D1 to D5).
//!
//! A clock is armed, paused, resumed and ended by events that carry the result. So replaying a history needs no
//! calendar, and a later change of the calendar moves no promise already made (D2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::{Instant, Period};
use crate::claim::Details;
use crate::email::EmailContent;
use crate::program::Program;
use crate::reason::RejectCode;

/// Declares the clocks, one row each: its name in JSON and in schedule names, how long it runs, whether it pauses while
/// the partner has the claim (D4, D6), for whom it runs, and what happens at its due instant.
macro_rules! clocks {
    ($($(#[$doc:meta])* $clock:ident = $name:literal, $length:expr, $while_partner:ident, $awaits:expr, $at_due:expr;)*) => {
        /// The name of a clock. The order is the one in which clocks that are due at the same instant are applied.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
        pub enum ClockName {
            $($(#[$doc])* #[serde(rename = $name)] $clock,)*
        }

        impl ClockName {
            /// Every clock.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$clock),*];

            /// The name as it is written in JSON and in schedule names.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$clock => $name,)* }
            }

            /// How long it runs.
            pub fn length(self) -> Length {
                match self { $(Self::$clock => $length,)* }
            }

            /// Whether it stands still while the partner has the claim (D4, D6).
            pub fn pauses(self) -> bool {
                match self { $(Self::$clock => matches!(WhilePartnerHasIt::$while_partner, WhilePartnerHasIt::Pauses),)* }
            }

            /// Who is to act before it is due; nobody for a clock that only reminds.
            pub fn awaits(self) -> Option<Party> {
                match self { $(Self::$clock => $awaits,)* }
            }

            /// What happens at its due instant.
            pub fn at_due(self) -> AtDue {
                match self { $(Self::$clock => $at_due,)* }
            }
        }
    };
}

clocks! {
    /// R7: a review begins.
    ReviewStart = "reviewStart",
        Length::Own("PERIOD_REVIEW_START", Period::BusinessDays(5)), RunsOn, Some(Party::Reviewers),
        AtDue::Breach { promise: "begin the review" };
    /// R8: a reviewer decides.
    ReviewDecision = "reviewDecision",
        Length::Own("PERIOD_REVIEW_DECISION", Period::BusinessDays(5)), RunsOn, Some(Party::Reviewers),
        AtDue::Breach { promise: "decide" };
    /// R12: queue and review together.
    Overall = "overall",
        Length::Own("PERIOD_OVERALL", Period::BusinessDays(10)), Pauses, Some(Party::Reviewers),
        AtDue::Breach { promise: "decide, queue and review counted together," };
    /// D18: the partner is reminded that its answer is due on the next business day.
    PartnerReminder = "partnerReminder",
        Length::Reminder { of: Self::PartnerAnswer, business_days_before: 1 }, RunsOn, None,
        AtDue::Remind(|due_at| EmailContent::AnswerDue { due_at });
    /// R9: the partner resubmits.
    PartnerAnswer = "partnerAnswer",
        Length::Own("PERIOD_PARTNER_ANSWER", Period::BusinessDays(5)), RunsOn, Some(Party::Partner),
        AtDue::Reject(RejectCode::NoPartnerResponse, None);
    /// R13, R14: the customer may deny.
    Consent = "consent",
        Length::Own("PERIOD_CONSENT", Period::Days(7)), RunsOn, Some(Party::Customer), AtDue::HandOff;
    /// D16: the partner gives an address at which the customer can be notified.
    NoticeCorrection = "noticeCorrection",
        Length::Own("PERIOD_NOTICE_CORRECTION", Period::BusinessDays(5)), RunsOn, Some(Party::Partner),
        AtDue::Reject(RejectCode::Other, Some("the customer could not be notified"));
    /// R20: a rejection can be disputed.
    DisputeWindow = "disputeWindow",
        Length::Own("PERIOD_DISPUTE_WINDOW", Period::Days(30)), RunsOn, Some(Party::Partner), AtDue::Close;
    /// R23: reviewers answer a dispute.
    DisputeAnswer = "disputeAnswer",
        Length::Own("PERIOD_DISPUTE_ANSWER", Period::BusinessDays(5)), Pauses, Some(Party::Reviewers),
        AtDue::Breach { promise: "answer the dispute" };
    /// D27: the partner is reminded that a product's subscription ends soon.
    RenewalReminder = "renewalReminder",
        Length::BeforeEnd("PERIOD_RENEWAL_REMINDER", Period::Days(30)), RunsOn, None, AtDue::RemindOfEnd;
    /// D5: the lead is told again that reviewers are late, until they act.
    Escalation = "escalation",
        Length::Own("PERIOD_ESCALATION", Period::BusinessDays(2)), RunsOn, None, AtDue::Escalate;
}

/// What a clock does while the partner has the claim.
enum WhilePartnerHasIt {
    RunsOn,
    Pauses,
}

/// How long a clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// A period of its own: the variable that configures it (D3), and its default.
    Own(&'static str, Period),
    /// Until 09:00 program time, the given number of business days before the last day of another clock, which it
    /// reminds of. It is armed with that clock, if its instant is still ahead, and ended with it.
    Reminder {
        /// Which clock it reminds of.
        of: ClockName,
        /// How many business days before that clock's last day.
        business_days_before: u32,
    },
    /// Until so long before the known end of a product's subscription (D27): the variable that configures it (D3), and
    /// its default.
    BeforeEnd(&'static str, Period),
}

/// Who is to act before a clock is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Party {
    /// The reviewers, who have promised to.
    Reviewers,
    /// The partner.
    Partner,
    /// The customer, whose silence is consent (R13).
    Customer,
}

/// What happens at the due instant of a clock.
#[derive(Debug, Clone, Copy)]
pub enum AtDue {
    /// Reviewers have missed a promise: no status changes, the lead is told, and told again until they act (D5).
    Breach {
        /// What they promised to do before, as emails say it.
        promise: &'static str,
    },
    /// The lead is told how late reviewers are, and the clock starts again (D5).
    Escalate,
    /// The partner gets this email, which reminds of the other clock's due instant, unless that one is due as well
    /// (D18).
    Remind(fn(Instant) -> EmailContent),
    /// The partner gets an email about the products whose subscriptions end soon, and the clock starts again for those
    /// that end later (D27).
    RemindOfEnd,
    /// The claim is rejected for this reason, with these words if the reason says too little (R9, D16).
    Reject(RejectCode, Option<&'static str>),
    /// The claim is handed off to incentive assessment (R14).
    HandOff,
    /// The claim is closed; documents that wait for a dispute are dropped (R20, R24).
    Close,
}

impl ClockName {
    /// What reviewers promised to do before it is due, as emails say it; `None` if it is no promise of theirs.
    pub fn promise(self) -> Option<&'static str> {
        match self.at_due() {
            AtDue::Breach { promise } => Some(promise),
            _ => None,
        }
    }

    /// The clock that this one reminds of, if it is a reminder.
    pub fn reminds_of(self) -> Option<Self> {
        match self.length() {
            Length::Own(..) | Length::BeforeEnd(..) => None,
            Length::Reminder { of, .. } => Some(of),
        }
    }

    /// The clocks that remind of this one.
    fn reminders(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |clock| clock.reminds_of() == Some(self))
    }
}

/// A clock of one claim, armed and not yet ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Clock {
    /// When it was first armed.
    pub started_at: Instant,
    /// The instant at which the period is over (D1); while paused, the last one computed.
    pub due_at: Instant,
    /// The period it was armed with.
    pub period: Period,
    /// The version of the event that armed or resumed it; timers of another generation are stale (I4).
    pub generation: u64,
    /// Since when it has been running.
    pub running_since: Instant,
    /// Units of the period used before that (D4).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub used: u32,
    /// Since when it stands still, if it does (D4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_at: Option<Instant>,
    /// When the breach was recorded, if the period was missed (D5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breached_at: Option<Instant>,
    /// The name of the calendar by which the due instant was computed (D2).
    pub calendar: String,
    /// The zone in which it was computed (D2).
    pub time_zone: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde asks for")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Clock {
    /// Whether a timer should be pending for it: running, and not yet breached.
    pub fn is_ticking(&self) -> bool {
        self.paused_at.is_none() && self.breached_at.is_none()
    }
}

/// The clocks of a claim that are armed.
pub type Clocks = BTreeMap<ClockName, Clock>;

/// What an event does to one clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ClockChange {
    /// It starts with this event.
    Armed {
        /// Which clock.
        clock: ClockName,
        /// When it is due.
        due_at: Instant,
        /// Its period.
        period: Period,
        /// The calendar's name (D2).
        calendar: String,
        /// The program's zone (D2).
        time_zone: String,
    },
    /// It stands still from this event on, with so many units used (D4).
    Paused {
        /// Which clock.
        clock: ClockName,
        /// Units of its period used so far.
        used: u32,
        /// The generation whose timer can go.
        timer: u64,
    },
    /// It goes on with this event, with a new due instant (D4).
    Resumed {
        /// Which clock.
        clock: ClockName,
        /// When it is due now.
        due_at: Instant,
        /// The name of the calendar by which that was computed (D4); events from before it was recorded do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        calendar: Option<String>,
        /// The zone in which it was computed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_zone: Option<String>,
    },
    /// Its period was missed; the clock stays, marked (D5).
    Breached {
        /// Which clock.
        clock: ClockName,
    },
    /// It is over.
    Ended {
        /// Which clock.
        clock: ClockName,
        /// The generation whose timer can go, if one is pending.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timer: Option<u64>,
    },
}

/// The changes that arm a clock at `at`, and with it the clocks that remind of it whose instant is still ahead.
pub(crate) fn arm(clock: ClockName, at: Instant, program: &Program) -> Vec<ClockChange> {
    let period = program.periods.of(clock);
    let due = period.due(at, &program.calendar);
    let reminders = clock.reminders().filter_map(|reminder| {
        let Length::Reminder { business_days_before, .. } = reminder.length() else { return None };
        let remind = period.reminder(due, business_days_before, &program.calendar);
        Some(armed(reminder, remind.filter(|remind| *remind > at)?, period, program))
    });
    std::iter::once(armed(clock, due, period, program)).chain(reminders).collect()
}

/// The change that arms `renewalReminder` at `at` for the end of a subscription that is next to be reminded of (D27). Of an end
/// that is already near, the partner is reminded on the next day, unless it `was_reminded` of all that are.
pub(crate) fn arm_renewal(
    details: &Details,
    was_reminded: bool,
    at: Instant,
    program: &Program,
) -> Option<ClockChange> {
    let (period, calendar) = (program.periods.of(ClockName::RenewalReminder), &program.calendar);
    let tomorrow = calendar.day_of(at).succ_opt()?;
    let reminders = details.ends().filter(|end| *end >= tomorrow).filter_map(|end| {
        let remind = period.before(end, calendar);
        if remind > at { Some(remind) } else { (!was_reminded).then(|| calendar.reminder_on(tomorrow)) }
    });
    Some(armed(ClockName::RenewalReminder, reminders.min()?, period, program))
}

fn armed(clock: ClockName, due_at: Instant, period: Period, program: &Program) -> ClockChange {
    ClockChange::Armed {
        clock,
        due_at,
        period,
        calendar: program.calendar.name.clone(),
        time_zone: program.calendar.zone.name().to_owned(),
    }
}

/// The changes that end a clock and those that remind of it, as far as they are armed.
pub(crate) fn end(clocks: &Clocks, clock: ClockName) -> Vec<ClockChange> {
    clock.reminders().chain([clock]).filter_map(|clock| ended(clocks, clock)).collect()
}

/// The change that arms `escalation` at `at`, unless it is running already (D5).
pub(crate) fn escalate(clocks: &Clocks, at: Instant, program: &Program) -> Vec<ClockChange> {
    match clocks.contains_key(&ClockName::Escalation) {
        true => Vec::new(),
        false => arm(ClockName::Escalation, at, program),
    }
}

/// The changes that end every armed clock.
pub(crate) fn end_all(clocks: &Clocks) -> Vec<ClockChange> {
    clocks.keys().filter_map(|clock| ended(clocks, *clock)).collect()
}

fn ended(clocks: &Clocks, clock: ClockName) -> Option<ClockChange> {
    let armed = clocks.get(&clock)?;
    Some(ClockChange::Ended { clock, timer: armed.is_ticking().then_some(armed.generation) })
}

/// The change that pauses a clock at `at`, unless it is not armed, stands still already, or its breach is final (D4, D5).
pub(crate) fn pause(
    clocks: &Clocks,
    clock: ClockName,
    at: Instant,
    program: &Program,
) -> Option<ClockChange> {
    let armed = clocks.get(&clock).filter(|armed| armed.is_ticking())?;
    let used = armed.used + armed.period.used_between(armed.running_since, at, &program.calendar);
    Some(ClockChange::Paused { clock, used, timer: armed.generation })
}

/// The change that resumes a paused clock at `at` (D4).
pub(crate) fn resume(
    clocks: &Clocks,
    clock: ClockName,
    at: Instant,
    program: &Program,
) -> Option<ClockChange> {
    let armed = clocks.get(&clock).filter(|armed| armed.paused_at.is_some())?;
    let due_at = armed.period.due_after_use(at, armed.used, &program.calendar);
    let calendar = Some(program.calendar.name.clone());
    let time_zone = Some(program.calendar.zone.name().to_owned());
    Some(ClockChange::Resumed { clock, due_at, calendar, time_zone })
}

/// Applies a change made by the event of `version` at `at`.
pub(crate) fn apply(clocks: &mut Clocks, change: &ClockChange, version: u64, at: Instant) {
    match change {
        ClockChange::Armed { clock, due_at, period, calendar, time_zone } => {
            clocks.insert(
                *clock,
                Clock {
                    started_at: at,
                    due_at: *due_at,
                    period: *period,
                    generation: version,
                    running_since: at,
                    used: 0,
                    paused_at: None,
                    breached_at: None,
                    calendar: calendar.clone(),
                    time_zone: time_zone.clone(),
                },
            );
        }
        ClockChange::Paused { clock, used, .. } => {
            if let Some(armed) = clocks.get_mut(clock) {
                armed.used = *used;
                armed.paused_at = Some(at);
            }
        }
        ClockChange::Resumed { clock, due_at, calendar, time_zone } => {
            if let Some(armed) = clocks.get_mut(clock) {
                armed.due_at = *due_at;
                if let Some((calendar, time_zone)) = calendar.clone().zip(time_zone.clone()) {
                    (armed.calendar, armed.time_zone) = (calendar, time_zone);
                }
                armed.running_since = at;
                armed.paused_at = None;
                armed.generation = version;
            }
        }
        ClockChange::Breached { clock } => {
            if let Some(armed) = clocks.get_mut(clock) {
                armed.breached_at = Some(at);
            }
        }
        ClockChange::Ended { clock, .. } => {
            clocks.remove(clock);
        }
    }
}
