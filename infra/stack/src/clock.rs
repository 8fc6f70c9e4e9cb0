//! The stack's clock: the machine's time plus an offset, which libfaketime reads from a file whenever a process asks
//! for the time.

use std::{fs, path::PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{Error, layout::Layout};

/// The clock of the emulator and of all functions.
#[derive(Debug, Clone)]
pub struct Clock {
    file: PathBuf,
}

impl Clock {
    /// The clock of the stack in `layout`.
    pub fn of(layout: &Layout) -> Self {
        Self { file: layout.clock() }
    }

    /// How far the stack is ahead of the machine.
    pub fn offset(&self) -> TimeDelta {
        let seconds = fs::read_to_string(&self.file).ok().and_then(|text| text.trim().parse::<f64>().ok());
        #[expect(clippy::cast_possible_truncation, reason = "offsets of some years in milliseconds")]
        TimeDelta::milliseconds((seconds.unwrap_or(0.0) * 1000.0) as i64)
    }

    /// The stack's time.
    pub fn now(&self) -> DateTime<Utc> {
        machine_now() + self.offset()
    }

    /// Sets the stack's time to `instant`. Time never goes back: an earlier instant changes nothing.
    pub fn set(&self, instant: DateTime<Utc>) -> Result<(), Error> {
        // The offset is stored in milliseconds, so it is rounded up: after this, the instant has been reached.
        let offset = instant - machine_now() + TimeDelta::milliseconds(1);
        if offset > self.offset() { self.write(offset) } else { Ok(()) }
    }

    /// Starts the stack at the machine's time.
    pub(crate) fn reset(&self) -> Result<(), Error> {
        self.write(TimeDelta::zero())
    }

    fn write(&self, offset: TimeDelta) -> Result<(), Error> {
        // A process that reads the time meanwhile must get the old or the new offset, never half a line.
        let next = self.file.with_extension("next");
        let text =
            format!("{:+}.{:03}\n", offset.num_seconds(), offset.subsec_nanos().unsigned_abs() / 1_000_000);
        fs::write(&next, text)
            .and_then(|()| fs::rename(&next, &self.file))
            .map_err(Error::io(format!("cannot set the clock {}", self.file.display())))
    }
}

#[expect(clippy::disallowed_methods, reason = "the machine's time is what the stack's clock is an offset to")]
fn machine_now() -> DateTime<Utc> {
    Utc::now()
}

/// An instant to move the time to: `+7d`, `+3h`, `+90m`, `+30s`, several together (`+1d2h`), or an instant (RFC 3339).
pub fn destination(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
    let text = text.trim();
    if let Some(duration) = text.strip_prefix('+') {
        return Ok(now + parse_duration(duration)?);
    }
    DateTime::parse_from_rfc3339(text).map(|instant| instant.with_timezone(&Utc)).map_err(|_| {
        Error::Unexpected(format!(
            "`{text}` is neither a duration (+7d, +3h, +90m) nor an instant (2026-03-02T09:00:00Z)"
        ))
    })
}

/// A duration in days, hours, minutes and seconds: `7d`, `3h`, `90m`, `30s`, `1d2h`.
pub fn parse_duration(text: &str) -> Result<TimeDelta, Error> {
    let wrong = || Error::Unexpected(format!("`{text}` is not a duration: write 7d, 3h, 90m, 30s or 1d2h"));
    let mut total = TimeDelta::zero();
    let mut digits = String::new();
    for character in text.chars() {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        let count: i64 = digits.parse().map_err(|_| wrong())?;
        digits.clear();
        let part = match character {
            'd' => TimeDelta::try_days(count),
            'h' => TimeDelta::try_hours(count),
            'm' => TimeDelta::try_minutes(count),
            's' => TimeDelta::try_seconds(count),
            _ => None,
        };
        total = part.and_then(|part| total.checked_add(&part)).ok_or_else(wrong)?;
    }
    if digits.is_empty() && !text.is_empty() { Ok(total) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn durations_add_up() {
        for (text, seconds) in
            [("7d", 604_800), ("3h", 10_800), ("90m", 5_400), ("30s", 30), ("1d2h", 93_600)]
        {
            assert_eq!(parse_duration(text).unwrap().num_seconds(), seconds, "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_with_an_example() {
        for text in ["", "7", "d", "7x", "7d3", "-7d", "99999999999999999999d", "9223372036854775807d"] {
            let error = parse_duration(text).unwrap_err().to_string();
            assert!(error.contains("write 7d"), "{text}: {error}");
        }
    }

    #[test]
    fn a_destination_is_relative_or_absolute() {
        let now = at("2026-03-02T09:00:00Z");
        assert_eq!(destination("+7d", now).unwrap(), at("2026-03-09T09:00:00Z"));
        assert_eq!(destination("2026-03-29T01:00:00+01:00", now).unwrap(), at("2026-03-29T00:00:00Z"));
        assert!(destination("tomorrow", now).is_err());
    }

    #[test]
    fn the_clock_runs_at_its_offset_and_never_back() {
        let folder = std::env::temp_dir().join(format!("local-stack-clock-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let clock = Clock::of(&Layout { port: 1, folder: folder.clone() });
        clock.reset().unwrap();
        let start = clock.now();
        clock.set(start + TimeDelta::days(7)).unwrap();
        assert!(clock.now() >= start + TimeDelta::days(7));
        assert!(clock.now() < start + TimeDelta::days(7) + TimeDelta::minutes(1));
        clock.set(start).unwrap();
        assert!(clock.now() >= start + TimeDelta::days(7));
        fs::remove_dir_all(folder).unwrap();
    }
}
