//! Instants, periods and codes in words. They are in one place, so that an email and the customer's page use the same
//! words.

use chrono::{NaiveDate, TimeDelta, Timelike};
use claim_domain::calendar::Instant;
use claim_domain::ids::MpnId;
use claim_domain::zone::Zone;

/// An instant in the program's zone: `Friday 27 November 2026, 00:00 (Europe/Warsaw)`.
pub fn instant(at: Instant, zone: &Zone) -> String {
    let local = at.with_timezone(zone);
    let form = if local.second() == 0 { "%A %-d %B %Y, %H:%M" } else { "%A %-d %B %Y, %H:%M:%S" };
    format!("{} ({})", local.format(form), zone.name())
}

/// A day: `Thursday 26 November 2026`.
pub fn day(date: NaiveDate) -> String {
    date.format("%A %-d %B %Y").to_string()
}

/// The end of a period, for people. A due instant is the first instant after the period (D1), which is easily read as
/// one day too many; hence "before", and the last day beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// `before Friday 27 November 2026, 00:00 (Europe/Warsaw)`.
    pub before: String,
    /// `Thursday 26 November 2026`, if the period ends with a day.
    pub last_day: Option<String>,
    /// The shortest form that is still exact: the last day, or else the instant.
    pub by: String,
}

impl Deadline {
    /// The period's end at `due`, in the program's zone.
    pub fn new(due: Instant, zone: &Zone) -> Self {
        let last_day = last_day(due, zone).map(day);
        let instant = instant(due, zone);
        Self {
            by: last_day.clone().unwrap_or_else(|| instant.clone()),
            before: format!("before {instant}"),
            last_day,
        }
    }
}

/// The last day of a period that ends at `due`, if it ends with a day.
pub fn last_day(due: Instant, zone: &Zone) -> Option<NaiveDate> {
    let last = (due - TimeDelta::nanoseconds(1)).with_timezone(zone).date_naive();
    (last != due.with_timezone(zone).date_naive()).then_some(last)
}

/// A partner organisation as people know it (D21): by its display name, or else by its MPN id.
pub fn partner(name: Option<&str>, mpn_id: &MpnId) -> String {
    name.map_or_else(|| format!("the organisation with MPN id {mpn_id}"), line)
}

/// A text on one line: what could break the line, or change the direction of reading, becomes a space.
pub fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || turns_text(c) { ' ' } else { c }).collect()
}

/// A text of several lines: line ends are kept, other control characters become spaces.
pub fn lines(text: &str) -> Vec<String> {
    text.replace("\r\n", "\n").split(['\n', '\r']).map(line).collect()
}

/// Line and paragraph separators, and the marks that change the order of what follows.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    #[test]
    fn a_deadline_names_the_last_day_beside_the_first_instant_after_it() {
        claim_domain::proves!(D1);
        let due = Deadline::new(at("2026-11-26T23:00:00Z"), &zone("Europe/Warsaw"));
        assert_eq!(due.before, "before Friday 27 November 2026, 00:00 (Europe/Warsaw)");
        assert_eq!(due.last_day.as_deref(), Some("Thursday 26 November 2026"));
        assert_eq!(due.by, "Thursday 26 November 2026");
    }

    #[test]
    fn where_midnight_does_not_exist_the_day_before_is_the_last() {
        claim_domain::proves!(D1);
        // Cairo's clocks went from 24 April 2026, 00:00, to 01:00.
        let due = Deadline::new(at("2026-04-23T22:00:00Z"), &zone("Africa/Cairo"));
        assert_eq!(due.before, "before Friday 24 April 2026, 01:00 (Africa/Cairo)");
        assert_eq!(due.last_day.as_deref(), Some("Thursday 23 April 2026"));
    }

    #[test]
    fn a_trial_period_of_minutes_ends_within_a_day() {
        claim_domain::proves!(D3);
        let due = Deadline::new(at("2026-11-26T10:03:07Z"), &zone("Etc/UTC"));
        assert_eq!(due.last_day, None);
        assert_eq!(due.by, "Thursday 26 November 2026, 10:03:07 (Etc/UTC)");
    }

    #[test]
    fn a_line_stays_a_line() {
        assert_eq!(line("a\r\nBcc: b\u{202e}c\u{0}"), "a  Bcc: b c ");
        assert_eq!(lines("a\r\nb\rc\u{7}"), ["a", "b", "c "]);
    }
}
