//! Faults between the functions and AWS.
//!
//! [`Proxy`] stands between the functions of one stack and its emulator. It passes every call on as it came, host and
//! signature untouched, except for a few that a seed chooses at random: those are throttled, answered with 500, held
//! until the caller gives up, or applied with the connection reset before the answer; or the calling process is
//! killed. An SDK tries three times by itself, so a part of the faults is stubborn: these hit every try of the same
//! call.

mod call;
mod proxy;
mod victim;

use std::collections::{BTreeMap, HashSet};
use std::fmt;

pub use proxy::Proxy;

/// A way in which a call to AWS goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The service answers that there are too many calls.
    Throttle,
    /// The service answers 500.
    Error,
    /// No answer comes until the caller gives up; the call was not applied.
    Hold,
    /// The call is applied, and the connection is reset before the answer.
    Reset,
    /// The calling process is killed, half of the time before the call is applied and half of the time after.
    Kill,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 5] = [Self::Throttle, Self::Error, Self::Hold, Self::Reset, Self::Kill];
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Throttle => "throttled",
            Self::Error => "answered 500",
            Self::Hold => "held until given up",
            Self::Reset => "reset after applied",
            Self::Kill => "killed (SIGKILL)",
        })
    }
}

/// How often each fault happens, as a part of all calls, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rates {
    /// Of [`Fault::Throttle`].
    pub throttle: f64,
    /// Of [`Fault::Error`].
    pub error: f64,
    /// Of [`Fault::Hold`].
    pub hold: f64,
    /// Of [`Fault::Reset`].
    pub reset: f64,
    /// Of [`Fault::Kill`].
    pub kill: f64,
    /// The part of the faults that hit every try of the same call.
    pub stubborn: f64,
}

impl Rates {
    /// The rate of a fault.
    pub fn of(&self, fault: Fault) -> f64 {
        match fault {
            Fault::Throttle => self.throttle,
            Fault::Error => self.error,
            Fault::Hold => self.hold,
            Fault::Reset => self.reset,
            Fault::Kill => self.kill,
        }
    }
}

/// How often each fault has happened, by service, and which functions were killed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// All calls, with and without a fault.
    pub calls: u64,
    /// Faults, by kind and service.
    pub faults: BTreeMap<(Fault, String), u64>,
    /// Kills, by function.
    pub kills: BTreeMap<String, u64>,
}

impl Counts {
    /// How often a fault happened, over all services.
    pub fn of(&self, fault: Fault) -> u64 {
        self.faults.iter().filter(|((kind, _), _)| *kind == fault).map(|(_, count)| count).sum()
    }
}

/// Decides which calls go wrong.
#[derive(Debug)]
struct Chance {
    random: fastrand::Rng,
    rates: Rates,
    /// Calls whose every try goes wrong, by the SDK's id of the call.
    stubborn: HashSet<(String, Fault)>,
    counts: Counts,
}

impl Chance {
    fn new(seed: u64) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
            rates: Rates::default(),
            stubborn: HashSet::new(),
            counts: Counts::default(),
        }
    }

    /// What goes wrong with a call, if anything; `id` is the same for every try of one call.
    fn draw(&mut self, id: Option<&str>) -> Option<Fault> {
        self.counts.calls += 1;
        let mut point = self.random.f64();
        if self.rates == Rates::default() {
            return None;
        }
        let again = |fault: &Fault| id.is_some_and(|id| self.stubborn.contains(&(id.to_owned(), *fault)));
        if let Some(fault) = Fault::ALL.into_iter().find(again) {
            return Some(fault);
        }
        let fault = Fault::ALL.into_iter().find(|fault| {
            point -= self.rates.of(*fault);
            point < 0.0
        })?;
        if let Some(id) = id.filter(|_| self.random.f64() < self.rates.stubborn) {
            self.stubborn.insert((id.to_owned(), fault));
        }
        Some(fault)
    }

    fn count(&mut self, fault: Fault, service: &str) {
        *self.counts.faults.entry((fault, service.to_owned())).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64, rates: Rates, calls: usize) -> Vec<Option<Fault>> {
        let mut chance = Chance::new(seed);
        chance.rates = rates;
        (0..calls).map(|_| chance.draw(None)).collect()
    }

    #[test]
    fn a_seed_always_draws_the_same_faults_at_the_given_rates() {
        let rates = Rates { throttle: 0.1, error: 0.05, hold: 0.02, reset: 0.1, kill: 0.03, stubborn: 0.0 };
        let all = drawn(7, rates, 10_000);
        assert_eq!(all, drawn(7, rates, 10_000));
        assert_ne!(all, drawn(8, rates, 10_000));
        for (fault, expected) in Fault::ALL.into_iter().zip([1000_usize, 500, 200, 1000, 300]) {
            let count = all.iter().filter(|drawn| **drawn == Some(fault)).count();
            assert!(count.abs_diff(expected) < expected / 4, "{fault}: {count}, not about {expected}");
        }
    }

    #[test]
    fn without_rates_nothing_goes_wrong() {
        assert!(drawn(7, Rates::default(), 1000).iter().all(Option::is_none));
    }

    #[test]
    fn a_stubborn_fault_hits_every_try_of_its_call() {
        let mut chance = Chance::new(1);
        chance.rates = Rates { error: 0.2, stubborn: 1.0, ..Rates::default() };
        for call in 0..200 {
            let id = format!("call-{call}");
            if chance.draw(Some(&id)).is_some() {
                assert_eq!([chance.draw(Some(&id)), chance.draw(Some(&id))], [Some(Fault::Error); 2]);
            }
        }
        chance.rates = Rates::default();
        let hit: Vec<_> = chance.stubborn.iter().map(|(id, _)| id.clone()).collect();
        assert!(!hit.is_empty() && hit.iter().all(|id| chance.draw(Some(id)).is_none()), "faults are over");
    }
}
