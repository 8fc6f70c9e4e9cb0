//! Many scenarios on one merged timeline.
//!
//! Each scenario runs in a thread of its own and says until when it has nothing to do. When all that still live are
//! waiting, time moves to the earliest instant that one of them wants, and those who waited for it go on. As long as
//! one scenario acts, time stands still but for the seconds that really pass, so a scenario that polls for an effect
//! holds the clock.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{Error, Stack};

/// Something that has a time which can be moved.
pub trait World: Send + Sync {
    /// What time it is.
    fn now(&self) -> DateTime<Utc>;
    /// Moves the time forward to `instant`.
    fn travel_to(&self, instant: DateTime<Utc>) -> Result<(), Error>;
}

impl World for Stack {
    fn now(&self) -> DateTime<Utc> {
        Self::now(self)
    }

    fn travel_to(&self, instant: DateTime<Utc>) -> Result<(), Error> {
        Self::travel_to(self, instant)
    }
}

/// The conductor.
#[derive(Clone)]
pub struct Timeline {
    shared: Arc<Shared>,
}

struct Shared {
    world: Arc<dyn World>,
    seats: Mutex<Seats>,
    moved: Condvar,
}

#[derive(Default)]
struct Seats {
    next: usize,
    /// Who lives, and until when they wait; none: they act.
    waiting: BTreeMap<usize, Option<DateTime<Utc>>>,
    travelling: bool,
    /// Why time cannot move any more.
    stuck: Option<String>,
}

/// A scenario's place on the timeline; dropping it, at the end or in a panic, leaves the conductor.
pub struct Participant {
    shared: Arc<Shared>,
    number: usize,
}

impl Timeline {
    /// A timeline on which nobody lives yet.
    pub fn new(world: Arc<dyn World>) -> Self {
        Self { shared: Arc::new(Shared { world, seats: Mutex::default(), moved: Condvar::new() }) }
    }

    /// A place for one scenario. Take all places before the first scenario starts: time does not wait for those that
    /// have none.
    pub fn participant(&self) -> Participant {
        let mut seats = self.shared.lock();
        let number = seats.next;
        seats.next += 1;
        seats.waiting.insert(number, None);
        Participant { shared: Arc::clone(&self.shared), number }
    }
}

impl Participant {
    /// What time it is.
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.world.now()
    }

    /// Waits until `instant`; returns at once if it has passed.
    pub fn until(&self, instant: DateTime<Utc>) -> Result<(), Error> {
        let shared = &*self.shared;
        let mut seats = shared.lock();
        if shared.world.now() >= instant {
            return Ok(());
        }
        seats.waiting.insert(self.number, Some(instant));
        shared.moved.notify_all();
        loop {
            if let Some(reason) = &seats.stuck {
                return Err(Error::Unexpected(reason.clone()));
            }
            if seats.waiting.get(&self.number).is_some_and(Option::is_none) {
                return Ok(());
            }
            let earliest = if seats.travelling { None } else { seats.earliest() };
            seats = match earliest {
                Some(earliest) => shared.travel(seats, earliest),
                None => shared.moved.wait(seats).unwrap_or_else(PoisonError::into_inner),
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
    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves time with the lock released, then lets those go on whose instant has come.
    fn travel<'a>(&'a self, mut seats: MutexGuard<'a, Seats>, to: DateTime<Utc>) -> MutexGuard<'a, Seats> {
        seats.travelling = true;
        drop(seats);
        let result = self.world.travel_to(to);
        let mut seats = self.lock();
        seats.travelling = false;
        if let Err(error) = result {
            seats.stuck = Some(format!("time cannot move to {to}: {}", error.chain()));
        }
        let now = self.world.now();
        for wanted in seats.waiting.values_mut() {
            if wanted.is_some_and(|instant| instant <= now.max(to)) {
                *wanted = None;
            }
        }
        self.moved.notify_all();
        seats
    }
}

impl Seats {
    /// The earliest wanted instant, if nobody acts.
    fn earliest(&self) -> Option<DateTime<Utc>> {
        let wanted: Option<Vec<_>> = self.waiting.values().copied().collect();
        wanted?.into_iter().min()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    struct Fake {
        now: Mutex<DateTime<Utc>>,
        stops: Mutex<Vec<DateTime<Utc>>>,
        limit: DateTime<Utc>,
    }

    impl World for Fake {
        fn now(&self) -> DateTime<Utc> {
            *self.now.lock().unwrap()
        }

        fn travel_to(&self, instant: DateTime<Utc>) -> Result<(), Error> {
            if instant > self.limit {
                return Err(Error::Unexpected("the end of the world".into()));
            }
            self.stops.lock().unwrap().push(instant);
            *self.now.lock().unwrap() = instant;
            Ok(())
        }
    }

    fn day(number: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(number)
    }

    fn world() -> Arc<Fake> {
        Arc::new(Fake { now: Mutex::new(day(0)), stops: Mutex::default(), limit: day(100) })
    }

    /// Runs one scenario per list of days and returns who acted when, in order.
    fn play(world: &Arc<Fake>, scenarios: &[(&'static str, &'static [i64])]) -> Vec<(i64, &'static str)> {
        let timeline = Timeline::new(Arc::clone(world) as Arc<dyn World>);
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
    fn everybody_acts_on_the_day_they_waited_for() {
        let world = world();
        let told = play(&world, &[("a", &[1, 5, 9]), ("b", &[2, 5]), ("c", &[7])]);
        assert_eq!(told, [(1, "a"), (2, "b"), (5, "a"), (5, "b"), (7, "c"), (9, "a")]);
        assert_eq!(
            *world.stops.lock().unwrap(),
            [1, 2, 5, 7, 9].map(day),
            "time stops once for each wanted day"
        );
    }

    #[test]
    fn many_scenarios_never_overtake_each_other() {
        for _ in 0..50 {
            let told =
                play(&world(), &[("a", &[3, 4]), ("b", &[1, 3, 4]), ("c", &[4]), ("d", &[1, 2, 3, 4])]);
            assert_eq!(told.len(), 10);
            assert_eq!(told.iter().filter(|(day, _)| *day == 4).count(), 4);
        }
    }

    #[test]
    fn a_day_that_has_passed_does_not_hold_anybody() {
        let world = world();
        assert_eq!(play(&world, &[("a", &[5, 2])]), [(5, "a"), (5, "a")]);
        assert_eq!(*world.stops.lock().unwrap(), [day(5)]);
    }

    #[test]
    fn time_stands_still_while_somebody_acts() {
        let world = world();
        let timeline = Timeline::new(Arc::clone(&world) as Arc<dyn World>);
        let (waiting, acting) = (timeline.participant(), timeline.participant());
        let waiter = thread::spawn(move || waiting.until(day(3)).unwrap());
        thread::sleep(std::time::Duration::from_millis(50));
        assert_eq!(acting.now(), day(0));
        drop(acting);
        waiter.join().unwrap();
        assert_eq!(world.now(), day(3));
    }

    #[test]
    fn a_scenario_that_panics_leaves_the_others_alone() {
        let world = world();
        let timeline = Timeline::new(Arc::clone(&world) as Arc<dyn World>);
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
    fn everybody_is_told_when_time_is_stuck() {
        let world = world();
        let timeline = Timeline::new(Arc::clone(&world) as Arc<dyn World>);
        let (one, two) = (timeline.participant(), timeline.participant());
        let one = thread::spawn(move || one.until(day(200)).unwrap_err().to_string());
        let error = two.until(day(300)).unwrap_err().to_string();
        assert!(error.contains("the end of the world"), "{error}");
        assert!(one.join().unwrap().contains("the end of the world"));
    }
}
