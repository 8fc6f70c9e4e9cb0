//! Counting time (D1 to D4): local days, business days and the periods of the program.
//!
//! No published crate fits: those for business days fix the weekend and know no time zone. So the walk over days is
//! ours; zones and their history come from jiff.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use serde::{Deserialize, Serialize};

use crate::zone::Zone;

/// The instants of the system: always UTC, written as RFC 3339.
pub type Instant = DateTime<Utc>;

/// How many days before the end of the holiday list the alarm is raised (D3).
pub const HOLIDAYS_ALARM_DAYS: u64 = 60;

/// How many days a count of business days looks at: a calendar that has too few in them is broken.
const HORIZON_DAYS: u64 = 3660;

/// The program's calendar: which days are business days, and in which zone a day begins and ends (D1, D3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The name shown beside every due instant (D2).
    pub name: String,
    /// The program's time zone.
    pub zone: Zone,
    working_days: [bool; 7],
    holidays: BTreeSet<NaiveDate>,
    extra_working_days: BTreeSet<NaiveDate>,
}

/// What is wrong with a configured calendar or period (D3).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The zone is not an IANA name.
    #[error("{0:?} is not an IANA time zone such as Europe/Warsaw")]
    Zone(String),
    /// A working day is not one of MON to SUN.
    #[error("{0:?} is not a day of the week: write MON,TUE,WED,THU,FRI,SAT,SUN, separated by commas")]
    WorkingDay(String),
    /// No working day at all.
    #[error("at least one working day is needed")]
    NoWorkingDay,
    /// A holiday is not a date.
    #[error("{0:?} is not a date such as 2026-12-25")]
    Holiday(String),
    /// An extra working day is not a date.
    #[error("{0:?} is not a date such as 2026-01-10")]
    ExtraWorkingDay(String),
    /// A day is a holiday and an extra working day.
    #[error("{0} is a holiday as well: a day is one or the other")]
    WorkedHoliday(NaiveDate),
    /// A period is not a number and a unit.
    #[error("{0:?} is not a period: write a number from 1 to 366 and a unit, as in 5bd, 7d or 3m")]
    Period(String),
}

impl Calendar {
    /// Parses a calendar from its configured parts: an IANA zone, comma-separated working days and holidays.
    ///
    /// # Errors
    /// The first part that is malformed, by name (D3).
    pub fn parse(name: &str, zone: &str, working_days: &str, holidays: &str) -> Result<Self, CalendarError> {
        let zone = zone.parse()?;
        let mut week = [false; 7];
        for day in words(working_days) {
            let weekday: Weekday = day.parse().map_err(|_| CalendarError::WorkingDay(day.to_owned()))?;
            week[weekday.num_days_from_monday() as usize] = true;
        }
        if !week.contains(&true) {
            return Err(CalendarError::NoWorkingDay);
        }
        let holidays = dates(holidays, CalendarError::Holiday)?;
        let extra_working_days = BTreeSet::new();
        Ok(Self { name: name.to_owned(), zone, working_days: week, holidays, extra_working_days })
    }

    /// The same calendar with days, comma-separated, that are worked though the week says otherwise (D3): Hungary
    /// worked on Saturday 10 January 2026, for the Friday before.
    ///
    /// # Errors
    /// A day that is no date, or that is a holiday as well.
    pub fn with_extra_working_days(self, days: &str) -> Result<Self, CalendarError> {
        let extra_working_days = dates(days, CalendarError::ExtraWorkingDay)?;
        match self.holidays.intersection(&extra_working_days).next() {
            Some(both) => Err(CalendarError::WorkedHoliday(*both)),
            None => Ok(Self { extra_working_days, ..self }),
        }
    }

    /// The local day on which an instant falls.
    pub fn day_of(&self, at: Instant) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// The first instant of a local day: the first that exists, or the earlier one if it occurs twice (D1).
    pub fn start_of(&self, day: NaiveDate) -> Instant {
        self.local(day, NaiveTime::MIN)
    }

    /// When people are reminded on a day: at 09:00.
    pub fn reminder_on(&self, day: NaiveDate) -> Instant {
        self.local(day, NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default())
    }

    /// The instant of a local time of day; if the clocks skip it, the first instant after the gap.
    pub fn local(&self, day: NaiveDate, time: NaiveTime) -> Instant {
        let wall = day.and_time(time);
        // Gaps are a whole number of minutes and, where a zone crossed the date line, at most a day long.
        (0..=24 * 60)
            .find_map(|minutes| {
                self.zone
                    .from_local_datetime(&wall.checked_add_signed(TimeDelta::minutes(minutes))?)
                    .earliest()
            })
            .map_or_else(|| wall.and_utc(), |instant| instant.with_timezone(&Utc))
    }

    /// Whether a day is a working day of the week and no holiday, or an extra working day.
    pub fn is_business_day(&self, day: NaiveDate) -> bool {
        let in_the_week = self.working_days[day.weekday().num_days_from_monday() as usize];
        (in_the_week && !self.holidays.contains(&day)) || self.extra_working_days.contains(&day)
    }

    /// Whether the holiday list has ended or ends within [`HOLIDAYS_ALARM_DAYS`]: past its end, periods are counted
    /// without holidays (D3). A calendar without holidays never raises the alarm.
    pub fn holidays_end_soon(&self, now: Instant) -> bool {
        let alarm = Days::new(HOLIDAYS_ALARM_DAYS);
        let since = self.holidays.last().and_then(|last| last.checked_sub_days(alarm));
        since.is_some_and(|since| self.day_of(now) >= since)
    }

    /// The `count`th business day after `day`; `day` itself for 0.
    pub fn business_day_after(&self, day: NaiveDate, count: u32) -> NaiveDate {
        if count == 0 {
            return day;
        }
        days_after(day)
            .take(HORIZON_DAYS as usize)
            .filter(|day| self.is_business_day(*day))
            .nth(count as usize - 1)
            .unwrap_or(NaiveDate::MAX)
    }

    /// The business day before `day`.
    pub fn business_day_before(&self, day: NaiveDate) -> NaiveDate {
        std::iter::successors(day.pred_opt(), NaiveDate::pred_opt)
            .take(HORIZON_DAYS as usize)
            .find(|day| self.is_business_day(*day))
            .unwrap_or(day)
    }

    /// The number of business days that have passed whole between the end of a period, `due`, and `now`.
    pub fn business_days_late(&self, due: Instant, now: Instant) -> u32 {
        let last = self.day_of(due - TimeDelta::nanoseconds(1));
        self.day_of(now).pred_opt().map_or(0, |yesterday| self.business_days_between(last, yesterday))
    }

    /// The number of business days after `from`, up to and including `to`.
    pub fn business_days_between(&self, from: NaiveDate, to: NaiveDate) -> u32 {
        days_after(from).take_while(|day| *day <= to).map(|day| u32::from(self.is_business_day(day))).sum()
    }

    /// The end of a local day: the first instant of the next.
    fn end_of(&self, day: NaiveDate) -> Instant {
        self.start_of(day.succ_opt().unwrap_or(NaiveDate::MAX))
    }
}

/// The words of a comma-separated list; blanks around them and empty ones do not count.
fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty())
}

fn dates(list: &str, fault: fn(String) -> CalendarError) -> Result<BTreeSet<NaiveDate>, CalendarError> {
    words(list).map(|day| day.parse().map_err(|_| fault(day.to_owned()))).collect()
}

fn days_after(day: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    std::iter::successors(day.succ_opt(), NaiveDate::succ_opt)
}

/// A length of time that the program promises or allows, as configured: `5bd`, `7d`, or `3m` for trials (D3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Period {
    /// Business days of the program's calendar; the day of the event does not count.
    BusinessDays(u32),
    /// Calendar days; the day of the event does not count.
    Days(u32),
    /// Minutes from the instant, for trials.
    Minutes(u32),
}

impl Period {
    /// The period as people write it: `5 business days`.
    pub fn words(self) -> String {
        let (count, unit) = match self {
            Self::BusinessDays(count) => (count, "business day"),
            Self::Days(count) => (count, "day"),
            Self::Minutes(count) => (count, "minute"),
        };
        if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
    }

    /// The due instant of a period that begins with an event at `at` (D1).
    pub fn due(self, at: Instant, calendar: &Calendar) -> Instant {
        let day = calendar.day_of(at);
        match self {
            Self::BusinessDays(count) => calendar.end_of(calendar.business_day_after(day, count)),
            Self::Days(count) => {
                let last = day.checked_add_days(Days::new(u64::from(count)));
                calendar.end_of(last.unwrap_or(NaiveDate::MAX))
            }
            Self::Minutes(count) => at + TimeDelta::minutes(i64::from(count)),
        }
    }

    /// The due instant of a period that resumes at `at` after `used` of its units (D4): the end of the remaining units,
    /// counted from the day of resumption, and at the earliest the end of the first business day after it. A trial
    /// period in minutes has at least one left.
    pub fn due_after_use(self, at: Instant, used: u32, calendar: &Calendar) -> Instant {
        let left = |count: u32| count.saturating_sub(used).max(1);
        match self {
            Self::BusinessDays(count) => Self::BusinessDays(left(count)).due(at, calendar),
            Self::Days(count) => {
                Self::Days(left(count)).due(at, calendar).max(Self::BusinessDays(1).due(at, calendar))
            }
            Self::Minutes(count) => Self::Minutes(left(count)).due(at, calendar),
        }
    }

    /// How many units pass while a clock runs from one instant to another (D4): a day is used when the clock was
    /// running at its first instant.
    pub fn used_between(self, from: Instant, to: Instant, calendar: &Calendar) -> u32 {
        let (first, last) = (calendar.day_of(from), calendar.day_of(to));
        match self {
            Self::BusinessDays(_) => calendar.business_days_between(first, last),
            Self::Days(_) => u32::try_from((last - first).num_days()).unwrap_or(0),
            Self::Minutes(_) => u32::try_from((to - from).num_minutes()).unwrap_or(0),
        }
    }

    /// When to remind of a period that ends at `due`: at 09:00 program time, the given number of business days before
    /// its last day. `None` for a trial period in minutes.
    pub fn reminder(self, due: Instant, business_days_before: u32, calendar: &Calendar) -> Option<Instant> {
        match self {
            Self::Minutes(_) => None,
            Self::BusinessDays(_) | Self::Days(_) => {
                let last = calendar.day_of(due - TimeDelta::nanoseconds(1));
                let day = (0..business_days_before).fold(last, |day, _| calendar.business_day_before(day));
                Some(calendar.reminder_on(day))
            }
        }
    }

    /// When to remind of something that ends with the day `end`: the period before that day, at 09:00 (D27). A trial period in
    /// minutes counts back from the first instant of the day.
    pub fn before(self, end: NaiveDate, calendar: &Calendar) -> Instant {
        let day = match self {
            Self::BusinessDays(count) => (0..count).fold(end, |day, _| calendar.business_day_before(day)),
            Self::Days(count) => end.checked_sub_days(Days::new(u64::from(count))).unwrap_or(end),
            Self::Minutes(count) => return calendar.start_of(end) - TimeDelta::minutes(i64::from(count)),
        };
        calendar.reminder_on(day)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BusinessDays(count) => write!(f, "{count}bd"),
            Self::Days(count) => write!(f, "{count}d"),
            Self::Minutes(count) => write!(f, "{count}m"),
        }
    }
}

impl FromStr for Period {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let fault = || CalendarError::Period(text.to_owned());
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let count = number.parse().ok().filter(|count| (1..=366).contains(count)).ok_or_else(fault)?;
        match unit {
            "bd" => Ok(Self::BusinessDays(count)),
            "d" => Ok(Self::Days(count)),
            "m" => Ok(Self::Minutes(count)),
            _ => Err(fault()),
        }
    }
}

impl TryFrom<String> for Period {
    type Error = CalendarError;

    fn try_from(text: String) -> Result<Self, CalendarError> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> String {
        period.to_string()
    }
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
