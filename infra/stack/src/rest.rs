//! When the stack is at rest, and when it is stuck.

use std::fmt;
use std::time::{Duration, Instant};

use serde::Deserialize;

/// How often a long wait is told.
const TELL_EVERY: Duration = Duration::from_secs(5);
/// How many times in a row a stack may be too busy to answer, before it counts as stuck. Each time lasts a minute.
const SILENT: u32 = 10;
/// How many times in a row nothing must be under way: between the firing of a schedule and the start of its function the
/// stack seems to be at rest.
const QUIET: u32 = 3;

/// What is under way in the stack, and when the next one-time schedule is due.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Busy {
    /// HTTP requests being answered.
    pub requests: u32,
    /// Functions running.
    pub invocations: u32,
    /// Stream records that their mapping has not settled yet.
    pub stream_records: u32,
    /// Uploads being scanned.
    pub scans: u32,
    /// Schedules that are due and not yet fired.
    pub due_schedules: u32,
    /// When the next one is due, in epoch seconds.
    pub next_schedule: Option<f64>,
}

impl Busy {
    /// Whether nothing is under way.
    pub fn at_rest(&self) -> bool {
        self.requests + self.invocations + self.stream_records + self.scans + self.due_schedules == 0
    }
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = [
            (self.requests, "request"),
            (self.invocations, "running function"),
            (self.stream_records, "stream record"),
            (self.scans, "scan"),
            (self.due_schedules, "due schedule"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }))
        .collect();
        f.write_str(&parts.join(", "))
    }
}

/// What follows from a look at the stack.
#[derive(Debug, PartialEq)]
pub(crate) enum Look {
    /// Nothing is under way.
    AtRest,
    /// Something is: look again.
    Again,
    /// Something still is: look again, and say so.
    TakesLong,
    /// Nothing has moved for too long.
    Stuck,
}

/// A wait for rest.
#[derive(Debug)]
pub(crate) struct Rest {
    patience: Duration,
    last: Option<Busy>,
    moved: Instant,
    told: Instant,
    quiet: u32,
    silent: u32,
}

impl Rest {
    /// A wait that begins now, and ends after `patience` in which nothing moves.
    pub(crate) fn new(patience: Duration, now: Instant) -> Self {
        Self { patience, last: None, moved: now, told: now, quiet: 0, silent: 0 }
    }

    /// What follows from what is under way.
    pub(crate) fn look(&mut self, busy: &Busy, now: Instant) -> Look {
        self.silent = 0;
        self.quiet = if busy.at_rest() { self.quiet + 1 } else { 0 };
        if self.quiet == QUIET {
            return Look::AtRest;
        }
        if self.last.as_ref() != Some(busy) {
            (self.last, self.moved) = (Some(busy.clone()), now);
        }
        if now.duration_since(self.moved) > self.patience {
            return Look::Stuck;
        }
        if now.duration_since(self.told) < TELL_EVERY {
            return Look::Again;
        }
        self.told = now;
        Look::TakesLong
    }

    /// What follows from a stack that is too busy to say what is under way. When it speaks again, its patience begins
    /// anew.
    pub(crate) fn look_in_silence(&mut self) -> Look {
        (self.silent, self.quiet, self.last) = (self.silent + 1, 0, None);
        if self.silent < SILENT { Look::TakesLong } else { Look::Stuck }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(due_schedules: u32) -> Busy {
        Busy { requests: 0, invocations: 1, stream_records: 0, scans: 0, due_schedules, next_schedule: None }
    }

    fn idle() -> Busy {
        Busy { invocations: 0, ..busy(0) }
    }

    #[test]
    fn a_thousand_schedules_are_waited_for_as_long_as_their_number_falls() {
        let begun = Instant::now();
        let mut rest = Rest::new(Duration::from_secs(30), begun);
        let mut told = 0;
        for left in (0..1_000).rev() {
            let now = begun + Duration::from_secs(u64::from(1_000 - left));
            match rest.look(&busy(left), now) {
                Look::TakesLong => told += 1,
                Look::Again => {}
                other => panic!("{left} left: {other:?}"),
            }
        }
        assert!((190..=200).contains(&told), "told {told} times in a thousand seconds");
        let end = begun + Duration::from_secs(1_001);
        let looks: Vec<Look> = (0..3).map(|_| rest.look(&idle(), end)).collect();
        assert_eq!(looks.last(), Some(&Look::AtRest));
    }

    #[test]
    fn what_does_not_move_for_too_long_is_stuck() {
        let begun = Instant::now();
        let mut rest = Rest::new(Duration::from_secs(30), begun);
        assert_eq!(rest.look(&busy(7), begun), Look::Again);
        assert_eq!(rest.look(&busy(7), begun + Duration::from_secs(30)), Look::TakesLong);
        assert_eq!(rest.look(&busy(7), begun + Duration::from_secs(31)), Look::Stuck);
    }

    #[test]
    fn a_stack_too_busy_to_answer_is_waited_for_and_its_patience_begins_anew() {
        let begun = Instant::now();
        let mut rest = Rest::new(Duration::from_secs(30), begun);
        assert_eq!(rest.look(&busy(7), begun), Look::Again);
        assert!((1..SILENT).all(|_| rest.look_in_silence() == Look::TakesLong));
        let later = begun + Duration::from_secs(600);
        assert_ne!(rest.look(&busy(7), later), Look::Stuck, "it could not be seen whether anything moved");
        assert_eq!(rest.look(&busy(7), later + Duration::from_secs(31)), Look::Stuck);
        let last = (0..SILENT).map(|_| rest.look_in_silence()).last();
        assert_eq!(last, Some(Look::Stuck));
    }

    #[test]
    fn what_is_waited_for_is_said_in_words() {
        assert_eq!(busy(900).to_string(), "1 running function, 900 due schedules");
    }
}
