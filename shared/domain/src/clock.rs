//! The eight clocks of a claim (§8 of the rules, D1 to D5).
//!
//! A clock is armed, paused, resumed and ended by events that carry the result, so that replaying a history needs no
//! calendar and a later change of the calendar moves no promise already made (D2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::{Instant, Period};
use crate::program::Program;

/// The name of a clock. The order is the one in which clocks that are due at the same instant are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClockName {
    /// R7: a review begins.
    ReviewStart,
    /// R8: a reviewer decides.
    ReviewDecision,
    /// R12: queue and review together.
    Overall,
    /// D18: the partner is reminded that its answer is due on the next business day.
    PartnerReminder,
    /// R9: the partner resubmits.
    PartnerAnswer,
    /// R13, R14: the customer may deny.
    Consent,
    /// R20: a rejection can be disputed.
    DisputeWindow,
    /// R23: reviewers answer a dispute.
    DisputeAnswer,
}

impl ClockName {
    /// Every clock.
    pub const ALL: [Self; 8] = [
        Self::ReviewStart,
        Self::ReviewDecision,
        Self::Overall,
        Self::PartnerReminder,
        Self::PartnerAnswer,
        Self::Consent,
        Self::DisputeWindow,
        Self::DisputeAnswer,
    ];

    /// The name as it is written in JSON and in schedule names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReviewStart => "reviewStart",
            Self::ReviewDecision => "reviewDecision",
            Self::Overall => "overall",
            Self::PartnerReminder => "partnerReminder",
            Self::PartnerAnswer => "partnerAnswer",
            Self::Consent => "consent",
            Self::DisputeWindow => "disputeWindow",
            Self::DisputeAnswer => "disputeAnswer",
        }
    }

    /// Whether the clock stands still while the partner has the claim (D4, D6).
    pub fn pauses(self) -> bool {
        matches!(self, Self::Overall | Self::DisputeAnswer)
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

/// The change that arms a clock at `at`.
pub(crate) fn arm(clock: ClockName, at: Instant, program: &Program) -> ClockChange {
    let period = program.periods.of(clock);
    armed(clock, period.due(at, &program.calendar), period, program)
}

/// The change that arms the partner's reminder, if its instant is still ahead (§8).
pub(crate) fn arm_reminder(at: Instant, program: &Program) -> Option<ClockChange> {
    let period = program.periods.partner_answer;
    let due = period.due(at, &program.calendar);
    let remind = period.reminder(due, &program.calendar).filter(|remind| *remind > at)?;
    Some(armed(ClockName::PartnerReminder, remind, period, program))
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

/// The change that ends a clock, if it is armed.
pub(crate) fn end(clocks: &Clocks, clock: ClockName) -> Option<ClockChange> {
    let armed = clocks.get(&clock)?;
    Some(ClockChange::Ended { clock, timer: armed.is_ticking().then_some(armed.generation) })
}

/// The changes that end every armed clock.
pub(crate) fn end_all(clocks: &Clocks) -> Vec<ClockChange> {
    clocks.keys().filter_map(|clock| end(clocks, *clock)).collect()
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
    Some(ClockChange::Resumed { clock, due_at })
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
        ClockChange::Resumed { clock, due_at } => {
            if let Some(armed) = clocks.get_mut(clock) {
                armed.due_at = *due_at;
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
