//! By when something has to happen, in words: the day with its weekday, and how far away it is.

use claim_domain::calendar::{Calendar, Instant};
use claim_domain::zone::Zone;
use claim_mail::words::last_day;

/// From how many business days on something is soon.
const SOON: u32 = 1;

/// By when something has to happen, in words. Late and soon are said, and not only coloured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The instant at which the period is over, for machines: RFC 3339 in UTC.
    pub at: String,
    /// The last day of the period in the program's zone: `Thursday 26 November 2026`, or the instant if it ends within a
    /// day.
    pub day: String,
    /// How far away that is: `today`, `tomorrow`, `in 3 business days`, `2 business days late`.
    pub distance: String,
    /// `late`, `soon` or `later`: how urgent it is, for the style.
    pub urgency: &'static str,
}

impl Due {
    /// A period that is over at `due`, seen at `now`.
    pub fn new(due: Instant, now: Instant, calendar: &Calendar) -> Self {
        let zone = &calendar.zone;
        let last = last_day(due, zone).unwrap_or_else(|| calendar.day_of(due));
        let day = match last_day(due, zone) {
            Some(day) => claim_mail::words::day(day),
            None => claim_mail::words::instant(due, zone),
        };
        let today = calendar.day_of(now);
        let (distance, urgency) = if due <= now {
            let late = calendar.business_days_late(due, now);
            (if late == 0 { "late".to_owned() } else { format!("{} late", business_days(late)) }, "late")
        } else {
            let left = calendar.business_days_between(today, last);
            let urgency = if left <= SOON { "soon" } else { "later" };
            let distance = match (last - today).num_days() {
                0 => "today".to_owned(),
                1 => "tomorrow".to_owned(),
                days if left == 0 => format!("in {days} days"),
                _ => format!("in {}", business_days(left)),
            };
            (distance, urgency)
        };
        Self { at: rfc3339(due), day, distance, urgency }
    }
}

/// An instant for machines: RFC 3339 in UTC, whole seconds.
pub(crate) fn rfc3339(at: Instant) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An instant in the program's zone, for people: `26 November 2026, 14:05`.
pub(crate) fn local(at: Instant, zone: &Zone) -> String {
    at.with_timezone(zone).format("%-d %B %Y, %H:%M").to_string()
}

fn business_days(count: u32) -> String {
    if count == 1 { "1 business day".to_owned() } else { format!("{count} business days") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(at: &str, now: &str) -> Due {
        let calendar = Calendar::parse("default", "Europe/Warsaw", "MON,TUE,WED,THU,FRI", "").unwrap();
        Due::new(at.parse().unwrap(), now.parse().unwrap(), &calendar)
    }

    #[test]
    fn a_due_day_says_how_far_away_it_is() {
        claim_domain::proves!(D1);
        // The period ends with Friday 27 November 2026.
        let end = "2026-11-27T23:00:00Z";
        let table = [
            ("2026-11-23T10:00:00Z", "in 4 business days", "later"),
            ("2026-11-26T10:00:00Z", "tomorrow", "soon"),
            ("2026-11-27T10:00:00Z", "today", "soon"),
            ("2026-11-27T22:59:59Z", "today", "soon"),
            ("2026-11-27T23:00:00Z", "late", "late"),
            ("2026-11-30T10:00:00Z", "late", "late"),
            ("2026-12-01T10:00:00Z", "1 business day late", "late"),
        ];
        for (now, distance, urgency) in table {
            let due = due(end, now);
            assert_eq!((due.distance.as_str(), due.urgency), (distance, urgency), "{now}");
            assert_eq!(due.day, "Friday 27 November 2026");
        }
    }
}
