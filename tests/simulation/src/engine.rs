//! Virtual time: an agenda of what happens when, and futures that wait for it.
//!
//! *Theory of operation.* Everything that happens is an entry of the agenda: a service carries out a request, an answer
//! arrives, a timer fires. Entries are taken in the order of their instants, and of their making where the instants are
//! the same; virtual time jumps from one to the next. A task is a future that an entry wakes. It runs until it waits
//! again, which it does in every call to a service, so that the seed, which decides how long each call takes, decides
//! how concurrent tasks interleave. A request, once sent, is an entry of its own: it is carried out even if the task that
//! sent it was killed meanwhile, as requests on a network are.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::state::State;

/// Milliseconds of virtual time since the epoch.
pub(crate) type Millis = i64;

/// A task, by its number: the first one has 0.
pub(crate) type TaskId = usize;

/// What a task is made of. It never leaves its thread.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Something that happens in the services.
type Act = Box<dyn FnOnce(&mut State) + Send>;

/// What an entry of the agenda does.
enum What {
    Act(Act),
    Wake(TaskId),
}

struct Entry {
    at: Millis,
    number: u64,
    what: What,
}

impl Entry {
    fn place(&self) -> (Millis, u64) {
        (self.at, self.number)
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.place() == other.place()
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
        self.place().cmp(&other.place())
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
    /// An agenda that begins at `now`.
    pub(crate) fn beginning(now: Millis) -> Self {
        Self { now, ..Self::default() }
    }

    /// The instant, in virtual time.
    pub(crate) fn now(&self) -> Millis {
        self.now
    }

    /// The task that is running.
    pub(crate) fn current(&self) -> Option<TaskId> {
        self.current
    }

    /// Does something after so many milliseconds.
    pub(crate) fn after(&mut self, delay: Millis, act: impl FnOnce(&mut State) + Send + 'static) {
        self.at(self.now + delay.max(0), What::Act(Box::new(act)));
    }

    /// Wakes a task after so many milliseconds.
    pub(crate) fn wake(&mut self, task: TaskId, delay: Millis) {
        self.at(self.now + delay.max(0), What::Wake(task));
    }

    /// When the next entry happens.
    pub(crate) fn next(&self) -> Option<Millis> {
        self.entries.peek().map(|Reverse(entry)| entry.at)
    }

    /// Lets time pass until `now`; nothing is on the agenda before that.
    pub(crate) fn pass(&mut self, now: Millis) {
        self.now = self.now.max(now);
    }

    fn at(&mut self, at: Millis, what: What) {
        self.made += 1;
        self.entries.push(Reverse(Entry { at, number: self.made, what }));
    }

    fn take(&mut self) -> Option<What> {
        let Reverse(entry) = self.entries.pop()?;
        self.now = entry.at;
        Some(entry.what)
    }
}

/// The simulated world, shared by everything in it. One thread uses it; the lock is what the product's traits ask for.
#[derive(Clone)]
pub(crate) struct Sim(Arc<Mutex<State>>);

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sim")
    }
}

impl Sim {
    /// A world in this state.
    pub(crate) fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    /// The state of the world. Never held while a task waits.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the running task wait.
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

/// A place where a task finds what it waits for, once it is woken.
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
    /// Puts it there. Who waits is woken by the agenda.
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
    /// The number that the next task will have.
    pub(crate) fn next(&self) -> TaskId {
        self.begun
    }

    /// Begins a task: it runs until it waits.
    pub(crate) fn begin(&mut self, sim: &Sim, task: Task) {
        let id = self.begun;
        self.begun += 1;
        self.running.insert(id, task);
        self.poll(sim, id);
    }

    /// Takes the next entry of the agenda; returns whether there was one.
    pub(crate) fn step(&mut self, sim: &Sim) -> bool {
        let next = sim.state().agenda.take();
        match next {
            None => return false,
            Some(What::Act(act)) => act(&mut sim.state()),
            Some(What::Wake(task)) => self.poll(sim, task),
        }
        true
    }

    /// Drops a task where it waits: all that it had in mind is lost.
    pub(crate) fn kill(&mut self, task: TaskId) {
        self.running.remove(&task);
    }

    fn poll(&mut self, sim: &Sim, id: TaskId) {
        let Some(task) = self.running.get_mut(&id) else { return };
        sim.state().agenda.current = Some(id);
        let polled = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        sim.state().agenda.current = None;
        if polled.is_ready() {
            self.running.remove(&id);
        }
    }
}
