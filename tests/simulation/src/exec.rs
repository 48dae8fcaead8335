//! Simulated time and the tasks that wait in it: an executor without threads, clocks or wake-ups of its own.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering as Memory};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use crate::hub::Hub;
use crate::world::Event;

/// Which task: one invocation of one function.
pub(crate) type TaskId = u64;

/// What is to happen, in order of time, and of arrival where times are equal.
#[derive(Default)]
pub(crate) struct Timeline {
    /// Milliseconds since 1970.
    pub(crate) now: i64,
    order: u64,
    heap: BinaryHeap<Entry>,
}

pub(crate) enum Due {
    /// A task goes on.
    Wake(Arc<AtomicBool>, Waker),
    /// The world does something.
    Happen(Event),
}

struct Entry {
    at: i64,
    order: u64,
    due: Due,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    /// The heap gives its greatest entry first: the earliest has to be it.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

impl Timeline {
    pub(crate) fn at(&mut self, at: i64, due: Due) {
        self.order += 1;
        self.heap.push(Entry { at: at.max(self.now), order: self.order, due });
    }

    pub(crate) fn after(&mut self, milliseconds: i64, event: Event) {
        self.at(self.now + milliseconds, Due::Happen(event));
    }

    /// The next thing, with the time turned to it.
    pub(crate) fn next(&mut self) -> Option<Due> {
        let entry = self.heap.pop()?;
        self.now = entry.at;
        Some(entry.due)
    }
}

/// Waits for simulated time to pass.
pub(crate) struct Sleep {
    hub: Arc<Hub>,
    milliseconds: i64,
    over: Option<Arc<AtomicBool>>,
}

impl Sleep {
    pub(crate) fn new(hub: Arc<Hub>, milliseconds: i64) -> Self {
        Self { hub, milliseconds, over: None }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let Some(over) = &self.over {
            return if over.load(Memory::Relaxed) { Poll::Ready(()) } else { Poll::Pending };
        }
        let over = Arc::new(AtomicBool::new(false));
        let mut state = self.hub.lock();
        let at = state.timeline.now + self.milliseconds;
        state.timeline.at(at, Due::Wake(over.clone(), context.waker().clone()));
        drop(state);
        self.over = Some(over);
        Poll::Pending
    }
}

/// Tasks that can go on, in the order in which they were woken.
#[derive(Default)]
pub(crate) struct Ready(Mutex<Vec<TaskId>>);

impl Ready {
    pub(crate) fn take(&self) -> Vec<TaskId> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn push(&self, task: TaskId) {
        let mut ready = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !ready.contains(&task) {
            ready.push(task);
        }
    }
}

struct TaskWaker {
    task: TaskId,
    ready: Arc<Ready>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.ready.push(self.task);
    }
}

/// A waker that marks a task as ready.
pub(crate) fn waker(task: TaskId, ready: &Arc<Ready>) -> Waker {
    Arc::new(TaskWaker { task, ready: Arc::clone(ready) }).into()
}
