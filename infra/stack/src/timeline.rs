//! Many scenarios on one common timeline.
//!
//! Each scenario runs in a thread of its own and says until when it has nothing to do. When all scenarios are
//! waiting, time moves to the earliest instant that one of them waits for, and those who waited for it go on. While
//! one scenario acts, time does not move, except by the seconds that really pass; so a scenario that polls for an
//! effect holds the clock.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{Error, Stack};

/// Something whose time can be moved.
pub trait MovableTime: Send + Sync {
    /// The time.
    fn now(&self) -> DateTime<Utc>;
    /// Moves the time forward to `instant`.
    fn travel_to(&self, instant: DateTime<Utc>) -> Result<(), Error>;
}

impl MovableTime for Stack {
    fn now(&self) -> DateTime<Utc> {
        Self::now(self)
    }

    fn travel_to(&self, instant: DateTime<Utc>) -> Result<(), Error> {
        Self::travel_to(self, instant)
    }
}

/// Moves the time for all scenarios.
#[derive(Clone)]
pub struct Timeline {
    shared: Arc<Shared>,
}

struct Shared {
    time: Arc<dyn MovableTime>,
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    next: usize,
    /// Every scenario, with the instant that it waits for; none if it is acting.
    waiting: BTreeMap<usize, Option<DateTime<Utc>>>,
    travelling: bool,
    /// Why time cannot move any more.
    stuck: Option<String>,
}

/// A scenario's place on the timeline. Dropping it, at the end or in a panic, leaves the timeline.
pub struct Participant {
    shared: Arc<Shared>,
    number: usize,
}

impl Timeline {
    /// A timeline without scenarios.
    pub fn new(time: Arc<dyn MovableTime>) -> Self {
        Self { shared: Arc::new(Shared { time, state: Mutex::default(), moved: Condvar::new() }) }
    }

    /// A place for one scenario. Take all places before the first scenario starts: time does not wait for scenarios
    /// without a place.
    pub fn participant(&self) -> Participant {
        let mut state = self.shared.lock();
        let number = state.next;
        state.next += 1;
        state.waiting.insert(number, None);
        Participant { shared: Arc::clone(&self.shared), number }
    }
}

impl Participant {
    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.time.now()
    }

    /// Waits until `instant`; returns at once if it has passed.
    pub fn until(&self, instant: DateTime<Utc>) -> Result<(), Error> {
        let shared = &*self.shared;
        let mut state = shared.lock();
        if shared.time.now() >= instant {
            return Ok(());
        }
        state.waiting.insert(self.number, Some(instant));
        shared.moved.notify_all();
        loop {
            if let Some(reason) = &state.stuck {
                return Err(Error::Unexpected(reason.clone()));
            }
            if state.waiting.get(&self.number).is_some_and(Option::is_none) {
                return Ok(());
            }
            let earliest = if state.travelling { None } else { state.earliest() };
            state = match earliest {
                Some(earliest) => shared.travel(state, earliest),
                None => shared.moved.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Waits for `duration` from now.
    pub fn rest(&self, duration: TimeDelta) -> Result<(), Error> {
        self.until(self.now() + duration)
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        self.shared.lock().waiting.remove(&self.number);
        self.shared.moved.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the time with the lock released, then lets those go on whose instant has come.
    fn travel<'a>(&'a self, mut state: MutexGuard<'a, State>, to: DateTime<Utc>) -> MutexGuard<'a, State> {
        state.travelling = true;
        drop(state);
        let result = self.time.travel_to(to);
        let mut state = self.lock();
        state.travelling = false;
        if let Err(error) = result {
            state.stuck = Some(format!("time cannot move to {to}: {}", error.chain()));
        }
        let now = self.time.now();
        for wanted in state.waiting.values_mut() {
            if wanted.is_some_and(|instant| instant <= now.max(to)) {
                *wanted = None;
            }
        }
        self.moved.notify_all();
        state
    }
}

impl State {
    /// The earliest instant that is waited for, if nobody acts.
    fn earliest(&self) -> Option<DateTime<Utc>> {
        let wanted: Option<Vec<_>> = self.waiting.values().copied().collect();
        wanted?.into_iter().min()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    struct FakeTime {
        now: Mutex<DateTime<Utc>>,
        stops: Mutex<Vec<DateTime<Utc>>>,
        limit: DateTime<Utc>,
    }

    impl MovableTime for FakeTime {
        fn now(&self) -> DateTime<Utc> {
            *self.now.lock().unwrap()
        }

        fn travel_to(&self, instant: DateTime<Utc>) -> Result<(), Error> {
            if instant > self.limit {
                return Err(Error::Unexpected("time has ended".into()));
            }
            self.stops.lock().unwrap().push(instant);
            *self.now.lock().unwrap() = instant;
            Ok(())
        }
    }

    fn day(number: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(number)
    }

    fn time() -> Arc<FakeTime> {
        Arc::new(FakeTime { now: Mutex::new(day(0)), stops: Mutex::default(), limit: day(100) })
    }

    /// Runs one scenario for each list of days and returns who acted when, in order.
    fn run(time: &Arc<FakeTime>, scenarios: &[(&'static str, &'static [i64])]) -> Vec<(i64, &'static str)> {
        let timeline = Timeline::new(Arc::clone(time) as Arc<dyn MovableTime>);
        let told = Arc::new(Mutex::new(Vec::new()));
        let threads: Vec<_> = scenarios
            .iter()
            .map(|(name, days)| (timeline.participant(), *name, *days, Arc::clone(&told)))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|(participant, name, days, told)| {
                thread::spawn(move || {
                    for wanted in days {
                        participant.until(day(*wanted)).unwrap();
                        told.lock().unwrap().push(((participant.now() - day(0)).num_days(), name));
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let mut told = told.lock().unwrap().clone();
        told.sort_by_key(|(day, name)| (*day, *name));
        told
    }

    #[test]
    fn every_scenario_acts_on_the_days_it_waited_for() {
        let time = time();
        let told = run(&time, &[("a", &[1, 5, 9]), ("b", &[2, 5]), ("c", &[7])]);
        assert_eq!(told, [(1, "a"), (2, "b"), (5, "a"), (5, "b"), (7, "c"), (9, "a")]);
        assert_eq!(
            *time.stops.lock().unwrap(),
            [1, 2, 5, 7, 9].map(day),
            "time stops once for each wanted day"
        );
    }

    #[test]
    fn many_scenarios_never_overtake_each_other() {
        for _ in 0..50 {
            let told = run(&time(), &[("a", &[3, 4]), ("b", &[1, 3, 4]), ("c", &[4]), ("d", &[1, 2, 3, 4])]);
            assert_eq!(told.len(), 10);
            assert_eq!(told.iter().filter(|(day, _)| *day == 4).count(), 4);
        }
    }

    #[test]
    fn a_day_that_has_passed_is_not_waited_for() {
        let time = time();
        assert_eq!(run(&time, &[("a", &[5, 2])]), [(5, "a"), (5, "a")]);
        assert_eq!(*time.stops.lock().unwrap(), [day(5)]);
    }

    #[test]
    fn time_stands_still_while_somebody_acts() {
        let time = time();
        let timeline = Timeline::new(Arc::clone(&time) as Arc<dyn MovableTime>);
        let (waiting, acting) = (timeline.participant(), timeline.participant());
        let waiter = thread::spawn(move || waiting.until(day(3)).unwrap());
        thread::sleep(std::time::Duration::from_millis(50));
        assert_eq!(acting.now(), day(0));
        drop(acting);
        waiter.join().unwrap();
        assert_eq!(time.now(), day(3));
    }

    #[test]
    fn a_scenario_that_panics_leaves_the_others_alone() {
        let time = time();
        let timeline = Timeline::new(Arc::clone(&time) as Arc<dyn MovableTime>);
        let (unlucky, other) = (timeline.participant(), timeline.participant());
        let unlucky = thread::spawn(move || {
            unlucky.until(day(1)).unwrap();
            panic!("a scenario fails");
        });
        other.until(day(4)).unwrap();
        assert!(unlucky.join().is_err());
        assert_eq!(other.now(), day(4));
    }

    #[test]
    fn every_scenario_fails_when_time_is_stuck() {
        let time = time();
        let timeline = Timeline::new(Arc::clone(&time) as Arc<dyn MovableTime>);
        let (one, two) = (timeline.participant(), timeline.participant());
        let one = thread::spawn(move || one.until(day(200)).unwrap_err().to_string());
        let error = two.until(day(300)).unwrap_err().to_string();
        assert!(error.contains("time has ended"), "{error}");
        assert!(one.join().unwrap().contains("time has ended"));
    }
}
