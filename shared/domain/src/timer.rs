//! Timers: one-time schedules that remind the system of a clock. The table is the truth, a timer is a hint (I4).

use std::fmt;

use crate::calendar::Instant;
use crate::clock::ClockName;
use crate::ids::ClaimId;

/// A firing of a timer, as the scheduler delivers it (I4).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TimerFired {
    /// Whose timer.
    pub claim_id: ClaimId,
    /// Which clock.
    pub clock: ClockName,
    /// The version of the event that armed it.
    #[serde(deserialize_with = "crate::ids::bounded_version")]
    pub generation: u64,
    /// When it is due.
    pub due_at: Instant,
}

/// The name of a timer's schedule: `{clock}-{claim}-{generation}`. Each event that arms a clock thus has a timer of its
/// own, and none is ever updated (I4).
#[derive(Debug, Clone, Copy)]
pub struct TimerName<'a> {
    /// Whose timer.
    pub claim: &'a ClaimId,
    /// Which clock.
    pub clock: ClockName,
    /// The version of the event that arms it.
    pub generation: u64,
}

impl TimerName<'_> {
    /// How many characters the name of a schedule may have.
    pub const MAX_LENGTH: usize = 64;
}

impl fmt::Display for TimerName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.clock.as_str(), self.claim, self.generation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timers_name_fits_the_scheduler_whichever_its_clock() {
        crate::proves!(I4);
        let claim: ClaimId = "01J00000000000000000000001".parse().unwrap();
        assert_eq!(
            TimerName { claim: &claim, clock: ClockName::Consent, generation: 7 }.to_string(),
            "consent-01J00000000000000000000001-7"
        );
        for clock in ClockName::ALL {
            // The versions of a claim have ten digits (I2).
            let longest = TimerName { claim: &claim, clock, generation: 9_999_999_999 }.to_string();
            assert!(
                longest.len() <= TimerName::MAX_LENGTH,
                "{longest} is too long: shorten the clock's name"
            );
        }
    }
}
