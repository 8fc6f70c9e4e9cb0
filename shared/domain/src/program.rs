//! The program: the rules that are configuration (D3).

use crate::bound::DailyLimits;
use crate::calendar::{Calendar, Period};
use crate::clock::{ClockName, Length};
use crate::language::Language;

/// The configured rules of the program, validated when a function starts (D3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Business days and the zone in which days begin.
    pub calendar: Calendar,
    /// The lengths of the periods.
    pub periods: Periods,
    /// Whether a dispute is decided by another person than the one who rejected (D17).
    pub dispute_needs_another_reviewer: bool,
    /// How much an organisation may do in a day (D19).
    pub daily: DailyLimits,
    /// The language of notices and their page, unless the customer's contact has one (D21).
    pub language: Language,
    /// The program guide that claims and approval emails link to (R4).
    pub guide_url: String,
}

/// The lengths of the periods that clocks run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods([Period; ClockName::ALL.len()]);

impl Default for Periods {
    /// The periods that the rules state (R7 to R9, R12, R13, R20, R23).
    fn default() -> Self {
        Self(ClockName::ALL.map(|clock| match clock.length() {
            Length::Own(_, default) => default,
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
