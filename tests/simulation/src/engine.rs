//! Virtual time: an agenda of what happens when, and tasks that wait for it.
//!
//! Everything that happens is an entry of the agenda: a service carries out a request, an answer arrives, a timer
//! fires. Virtual time jumps from one entry to the next. Entries with the same instant are taken in the order in which
//! they were made. A task is a future that an entry wakes. It runs until it waits again, which it does in every call to
//! a service. The seed decides how long each call takes, and thus how concurrent tasks interleave. A request that was
//! sent is an entry of its own: it is carried out even if the task that sent it is killed meanwhile, as it would be on
//! a network.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::state::SimulationState;

/// Milliseconds of virtual time since the epoch.
pub(crate) type Millis = i64;

/// The number of a task, counted from 0.
pub(crate) type TaskId = usize;

/// A task. It never leaves its thread.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()>>>;

/// A change of the state at some instant.
type Callback = Box<dyn FnOnce(&mut SimulationState) + Send>;

/// What an entry of the agenda does.
enum EntryKind {
    Call(Callback),
    Wake(TaskId),
}

struct Entry {
    at: Millis,
    number: u64,
    kind: EntryKind,
}

impl Entry {
    fn order(&self) -> (Millis, u64) {
        (self.at, self.number)
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

/// What happens when.
#[derive(Default)]
pub(crate) struct Agenda {
    now: Millis,
    made: u64,
    entries: BinaryHeap<Reverse<Entry>>,
    current: Option<TaskId>,
}

impl Agenda {
    /// An empty agenda whose time starts at `now`.
    pub(crate) fn starting_at(now: Millis) -> Self {
        Self { now, ..Self::default() }
    }

    /// The current instant of virtual time.
    pub(crate) fn now(&self) -> Millis {
        self.now
    }

    /// The task that is running.
    pub(crate) fn current(&self) -> Option<TaskId> {
        self.current
    }

    /// Calls `callback` after so many milliseconds.
    pub(crate) fn after(
        &mut self,
        delay: Millis,
        callback: impl FnOnce(&mut SimulationState) + Send + 'static,
    ) {
        self.at(self.now + delay.max(0), EntryKind::Call(Box::new(callback)));
    }

    /// Wakes a task after so many milliseconds.
    pub(crate) fn wake(&mut self, task: TaskId, delay: Millis) {
        self.at(self.now + delay.max(0), EntryKind::Wake(task));
    }

    /// The instant of the next entry.
    pub(crate) fn next(&self) -> Option<Millis> {
        self.entries.peek().map(|Reverse(entry)| entry.at)
    }

    /// Advances time to `now`, before which there is no entry.
    pub(crate) fn advance_to(&mut self, now: Millis) {
        self.now = self.now.max(now);
    }

    fn at(&mut self, at: Millis, kind: EntryKind) {
        self.made += 1;
        self.entries.push(Reverse(Entry { at, number: self.made, kind }));
    }

    fn take(&mut self) -> Option<EntryKind> {
        let Reverse(entry) = self.entries.pop()?;
        self.now = entry.at;
        Some(entry.kind)
    }
}

/// A handle to the state of the simulation, which everything in it shares. Only one thread uses it; the lock is there
/// because the product's traits require it.
#[derive(Clone)]
pub(crate) struct Simulation(Arc<Mutex<SimulationState>>);

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Simulation")
    }
}

impl Simulation {
    pub(crate) fn new(state: SimulationState) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    /// Locks the state. The lock is never held while a task waits.
    pub(crate) fn state(&self) -> MutexGuard<'_, SimulationState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the running task sleep.
    pub(crate) async fn sleep(&self, delay: Millis) {
        let done = Slot::default();
        let filled = done.clone();
        let task = {
            let mut state = self.state();
            state.agenda.after(delay, move |_| filled.set(()));
            state.agenda.current()
        };
        if let Some(task) = task {
            self.state().agenda.wake(task, delay);
        }
        done.await
    }
}

/// A place for a value that a task waits for. The task finds the value there when it is woken.
pub(crate) struct Slot<T>(Arc<Mutex<Option<T>>>);

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }
}

impl<T> Slot<T> {
    /// Puts the value there. The agenda wakes the task that waits for it.
    pub(crate) fn set(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }
}

impl<T> Future for Slot<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(value) => Poll::Ready(value),
            None => Poll::Pending,
        }
    }
}

/// The running tasks.
#[derive(Default)]
pub(crate) struct Tasks {
    running: BTreeMap<TaskId, Task>,
    begun: TaskId,
}

impl Tasks {
    /// The number of the next task.
    pub(crate) fn next(&self) -> TaskId {
        self.begun
    }

    /// Begins a task, and runs it until it waits.
    pub(crate) fn begin(&mut self, simulation: &Simulation, task: Task) {
        let id = self.begun;
        self.begun += 1;
        self.running.insert(id, task);
        self.poll(simulation, id);
    }

    /// Takes the next entry of the agenda. Returns whether there was one.
    pub(crate) fn step(&mut self, simulation: &Simulation) -> bool {
        let next = simulation.state().agenda.take();
        match next {
            None => return false,
            Some(EntryKind::Call(callback)) => callback(&mut simulation.state()),
            Some(EntryKind::Wake(task)) => self.poll(simulation, task),
        }
        true
    }

    /// Drops a task where it waits, with everything that it has in memory.
    pub(crate) fn kill(&mut self, task: TaskId) {
        self.running.remove(&task);
    }

    fn poll(&mut self, simulation: &Simulation, id: TaskId) {
        let Some(task) = self.running.get_mut(&id) else { return };
        simulation.state().agenda.current = Some(id);
        let polled = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        simulation.state().agenda.current = None;
        if polled.is_ready() {
            self.running.remove(&id);
        }
    }
}
