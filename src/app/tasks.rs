//! The program's long tasks, by name, and how they are stopped.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Cheap to clone; all clones track the same tasks.
#[derive(Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    /// First: no new work is accepted, live pages close.
    pub stopping: CancellationToken,
    /// Second: running tasks finish their work and end.
    pub stop: CancellationToken,
}

impl Tasks {
    /// Runs `future` to its end. A panic in it is logged with the name: nobody awaits these tasks.
    pub fn spawn(&self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        let watched = AssertUnwindSafe(future).catch_unwind();
        self.tracker.spawn(async move {
            if watched.await.is_err() {
                tracing::error!(
                    task = name,
                    "a task panicked and has ended; restart the program and report this"
                );
            }
        });
    }

    /// For rooms that spawn their own tasks.
    #[must_use]
    pub fn tracker(&self) -> TaskTracker {
        self.tracker.clone()
    }

    /// Stops all tasks and returns when they have ended.
    pub async fn end(&self) {
        self.stopping.cancel();
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn stopping_waits_for_running_tasks() {
        let tasks = Tasks::default();
        let (done, mut finished) = tokio::sync::oneshot::channel();
        let stop = tasks.stop.clone();
        tasks.spawn("test", async move {
            stop.cancelled().await;
            tokio::task::yield_now().await;
            done.send(()).unwrap();
        });
        tasks.end().await;
        finished.try_recv().unwrap();
    }

    #[tokio::test]
    async fn a_panic_in_one_task_does_not_keep_the_others_from_ending() {
        let tasks = Tasks::default();
        tasks.spawn("broken", async { panic!("on purpose") });
        tasks.end().await;
    }
}
