//! A clock of a claim, with the business days that are left.

use chrono::TimeDelta;
use claim_domain::calendar::{Calendar, Instant};
use claim_domain::clock::{Clock, ClockName};
use serde::Serialize;

/// An armed clock of a claim.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Clock"))]
#[serde(rename_all = "camelCase")]
pub struct ClockView<'a> {
    /// Which clock.
    name: ClockName,
    /// When it was armed.
    started_at: Instant,
    /// When its period is over; while it is paused, the last instant that was reckoned.
    due_at: Instant,
    /// Whether its period was missed.
    breached: bool,
    /// Since when it stands still, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_at: Option<Instant>,
    /// The business days that are left after today, the last day included; of a paused clock, those that
    /// would be left if it resumed today.
    remaining_business_days: u32,
    /// The name of the calendar by which `dueAt` was reckoned.
    calendar: &'a str,
    /// The zone in which it was reckoned, by its name in the IANA database.
    time_zone: &'a str,
}

impl<'a> ClockView<'a> {
    /// The clock at `now`.
    pub fn of(name: ClockName, clock: &'a Clock, calendar: &Calendar, now: Instant) -> Self {
        Self {
            name,
            started_at: clock.started_at,
            due_at: clock.due_at,
            breached: clock.breached_at.is_some(),
            paused_at: clock.paused_at,
            remaining_business_days: remaining(clock, calendar, now),
            calendar: &clock.calendar,
            time_zone: &clock.time_zone,
        }
    }
}

/// The business days that are left after today (D1: today does not count), including the last day; for a paused clock,
/// those that would be left if it resumed today (D4).
pub fn remaining(clock: &Clock, calendar: &Calendar, now: Instant) -> u32 {
    let due = match clock.paused_at {
        Some(_) => clock.period.due_after_use(now, clock.used, calendar),
        None => clock.due_at,
    };
    let last = calendar.day_of(due - TimeDelta::nanoseconds(1));
    calendar.business_days_between(calendar.day_of(now), last)
}
