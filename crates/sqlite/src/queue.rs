//! Two queues with one waiting end: what users wait for, and what can wait.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Priority {
    Interactive,
    Background,
}

/// Not bounded: whoever puts a job in waits for its answer, so a queue is never longer than its callers are many.
pub(crate) struct Queue<J> {
    state: Mutex<State<J>>,
    filled: Condvar,
}

struct State<J> {
    interactive: VecDeque<J>,
    background: VecDeque<J>,
    closed: bool,
}

impl<J> Queue<J> {
    pub(crate) fn new() -> Self {
        let state = State {
            interactive: VecDeque::new(),
            background: VecDeque::new(),
            closed: false,
        };
        Self {
            state: Mutex::new(state),
            filled: Condvar::new(),
        }
    }

    /// Gives the job back when the queue is closed.
    pub(crate) fn push(&self, priority: Priority, job: J) -> Result<(), J> {
        let mut state = self.lock();
        if state.closed {
            return Err(job);
        }
        match priority {
            Priority::Interactive => state.interactive.push_back(job),
            Priority::Background => state.background.push_back(job),
        }
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for a job, interactive ones first; `None` once the queue is closed and empty.
    pub(crate) fn wait(&self) -> Option<(Priority, J)> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.next() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A job that waits already.
    pub(crate) fn try_next(&self) -> Option<(Priority, J)> {
        self.lock().next()
    }

    /// A background job that waits already, whatever else does.
    pub(crate) fn try_background(&self) -> Option<J> {
        self.lock().background.pop_front()
    }

    /// No more jobs come in; those inside are still done.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    // A panic inside this file cannot leave the queues half changed, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<J> State<J> {
    fn next(&mut self) -> Option<(Priority, J)> {
        let interactive = self.interactive.pop_front().map(|job| (Priority::Interactive, job));
        interactive.or_else(|| self.background.pop_front().map(|job| (Priority::Background, job)))
    }
}
