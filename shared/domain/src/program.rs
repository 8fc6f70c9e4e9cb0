//! The program: the rules that are configuration (D3).

use chrono::Months;

use crate::bound::DailyLimits;
use crate::calendar::{Calendar, Instant, Period};
use crate::clock::{ClockName, Length};
use crate::consent::LINK_KNOWN;
use crate::language::Language;

/// How many notices of one approval may fail, one after another, before the table forgets a link that somebody has.
const FAILED_NOTICES: usize = 10;

/// The configured rules of the program, validated when a function starts (D3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Business days and the zone in which days begin.
    pub calendar: Calendar,
    /// The lengths of the periods.
    pub periods: Periods,
    /// Whether a dispute is decided by another person than the one who rejected (D17).
    pub dispute_needs_another_reviewer: bool,
    /// How many months a closed claim keeps its files and contacts (D22).
    pub retention: Retention,
    /// How much an organisation may do in a day (D19).
    pub daily: DailyLimits,
    /// The language of notices and their page, unless the customer's contact has one (D21).
    pub language: Language,
    /// The program guide that claims and approval emails link to (R4).
    pub guide_url: String,
    /// Whether every change gets a number in the order of its organisation (D23).
    pub changes_feed: bool,
}

impl Program {
    /// Until when a claim that is closed at `at` keeps its files and contacts (D22): the first instant of the day after
    /// the same day of a later month, or after its last day if the month is shorter.
    pub fn keeps_until(&self, at: Instant) -> Instant {
        let day = self.calendar.day_of(at);
        let last = day.checked_add_months(Months::new(self.retention.months)).unwrap_or(day);
        self.calendar.start_of(last.succ_opt().unwrap_or(last))
    }

    /// Until when the table keeps a consent link that is made at `at`: longer than it is known (D22), so that cleaning up
    /// takes no link from a customer who may still deny by it (D9).
    ///
    /// A link is known for 90 days after its approval, which lives through a period of consent. Each notice that fails adds
    /// the time for a correction and a fresh period (D16), and a link whose notice is said to have failed may have arrived
    /// all the same. Nothing bounds how often that happens; this allows for ten times in a row.
    pub fn keeps_link_until(&self, at: Instant) -> Instant {
        let [correction, consent] =
            [ClockName::NoticeCorrection, ClockName::Consent].map(|clock| self.periods.of(clock));
        let first = consent.due(at, &self.calendar);
        let over = (0..FAILED_NOTICES)
            .fold(first, |over, _| consent.due(correction.due(over, &self.calendar), &self.calendar));
        over.checked_add_signed(LINK_KNOWN).unwrap_or(over)
    }
}

/// How many months a closed claim keeps its files and contacts: 1 to 120, by default 24 (D22).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    months: u32,
}

/// A text that is not a number of months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a number of months from 1 to 120")]
pub struct NotMonths;

impl Default for Retention {
    fn default() -> Self {
        Self { months: 24 }
    }
}

impl std::str::FromStr for Retention {
    type Err = NotMonths;

    fn from_str(text: &str) -> Result<Self, NotMonths> {
        let months = text.parse().ok().filter(|months| (1..=120).contains(months));
        months.map(|months| Self { months }).ok_or(NotMonths)
    }
}

/// The lengths of the periods that clocks run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods([Period; ClockName::ALL.len()]);

impl Default for Periods {
    /// The periods that the rules state (R7 to R9, R12, R13, R20, R23).
    fn default() -> Self {
        Self(ClockName::ALL.map(|clock| match clock.length() {
            Length::Own(_, default) | Length::BeforeEnd(_, default) => default,
            // Never read: a reminder's period is that of the clock that it reminds of.
            Length::Reminder { .. } => Period::Days(0),
        }))
    }
}

impl Periods {
    /// The period of a clock; a reminder's is that of the clock that it reminds of.
    pub fn of(&self, clock: ClockName) -> Period {
        self.0[clock.reminds_of().unwrap_or(clock) as usize]
    }

    /// The same with another period of one clock.
    #[must_use]
    pub fn with(mut self, clock: ClockName, period: Period) -> Self {
        self.0[clock as usize] = period;
        self
    }
}
