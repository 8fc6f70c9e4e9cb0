//! What an organisation may do so often in a day (D19).

use chrono::{Days, NaiveDate, NaiveTime};

use crate::calendar::Instant;
use crate::kind::Kind;
use crate::refusal::Refusal;
use crate::rule::Rule;

/// What is counted for each organisation and day (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Daily {
    /// Claims created.
    Claims,
    /// Uploads announced.
    Uploads,
}

impl Daily {
    /// The name, as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claims => "claims",
            Self::Uploads => "uploads",
        }
    }

    /// The refusal of what would be one too many on `day`, with when to come back.
    pub fn refusal(self, limit: u32, day: NaiveDate) -> Refusal {
        let until = day_after(day);
        let next = until.format("%Y-%m-%dT%H:%M:%SZ");
        let (done, again) = match self {
            Self::Claims => ("created", "Create further claims"),
            Self::Uploads => ("announced", "Announce further documents"),
        };
        let what = match self {
            Self::Claims => "claims",
            Self::Uploads => "documents",
        };
        Refusal {
            retry_at: Some(until),
            ..Refusal::new(
                Kind::DailyLimit,
                Rule::D19,
                format!("Your organisation has {done} {limit} {what} on {day} (UTC), the most for one day."),
                format!("{again} from {next} on."),
            )
        }
    }
}

/// The first instant of the day after.
fn day_after(day: NaiveDate) -> Instant {
    (day + Days::new(1)).and_time(NaiveTime::MIN).and_utc()
}

/// How often an organisation may do what is counted, in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyLimits {
    /// Claims created.
    pub claims: u32,
    /// Uploads announced.
    pub uploads: u32,
}

impl Default for DailyLimits {
    /// The limits that the rule states (D19).
    fn default() -> Self {
        Self { claims: 1_000, uploads: 3_000 }
    }
}

impl DailyLimits {
    /// The limit of what is counted.
    pub fn of(self, daily: Daily) -> u32 {
        match daily {
            Daily::Claims => self.claims,
            Daily::Uploads => self.uploads,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_too_many_is_told_when_to_come_back() {
        crate::proves!(D19);
        let day = "2026-12-31".parse().unwrap();
        let refusal = Daily::Uploads.refusal(3_000, day);
        assert_eq!(
            refusal.detail,
            "Your organisation has announced 3000 documents on 2026-12-31 (UTC), the most for one day."
        );
        assert_eq!(refusal.next, "Announce further documents from 2027-01-01T00:00:00Z on.");
        assert_eq!(refusal.retry_at, Some("2027-01-01T00:00:00Z".parse().unwrap()));
    }
}
