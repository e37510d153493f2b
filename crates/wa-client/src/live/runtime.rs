//! A tokio runtime for one client that knows when all its tasks have ended.
//!
//! The library spawns detached tasks (decryption, savers, QR rotation, retries); after `disconnect()` some of them may
//! still hold the key store for a minute. Two clients on one key store corrupt Signal sessions, so every task goes
//! through a tracker, and [`ClientRuntime::finish`] returns only when all have ended.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wacore::runtime::{AbortHandle, Runtime};

/// How long tasks may take to end once the client was disconnected. Everything important is saved by then; the rest
/// are mostly timers.
const GRACE: Duration = Duration::from_millis(250);

#[derive(Clone, Default)]
pub(super) struct ClientRuntime {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl ClientRuntime {
    /// Runs `future` as a task of the client: cancelled and awaited by [`Self::finish`].
    pub(super) fn run(&self, future: impl Future<Output = ()> + Send + 'static) -> tokio::task::AbortHandle {
        let cancellable = self.stop.clone().run_until_cancelled_owned(future);
        self.tasks
            .spawn(async move {
                // `None` means cancelled, which is a normal end.
                let _ended = cancellable.await;
            })
            .abort_handle()
    }

    /// Runs `work` on a blocking thread; awaited by [`Self::finish`], so it must end soon without cancellation.
    pub(super) fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.tasks.spawn_blocking(work)
    }

    /// Cancels every task at its next await.
    pub(super) fn cancel(&self) {
        self.stop.cancel();
    }

    /// Returns once no task of the client runs any more.
    pub(super) async fn finish(&self) {
        self.tasks.close();
        if tokio::time::timeout(GRACE, self.tasks.wait()).await.is_err() {
            self.stop.cancel();
            self.tasks.wait().await;
        }
    }
}

#[async_trait]
impl Runtime for ClientRuntime {
    fn spawn(&self, future: Pin<Box<dyn Future<Output = ()> + Send + 'static>>) -> AbortHandle {
        let task = self.run(future);
        AbortHandle::new(move || task.abort())
    }

    fn spawn_detached(&self, future: Pin<Box<dyn Future<Output = ()> + Send + 'static>>) {
        self.run(future);
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send + 'static>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let task = self.tasks.spawn_blocking(work);
        Box::pin(async move {
            // The library's own channel reports a panic inside, since it gets no answer.
            let _joined = task.await;
        })
    }

    fn yield_now(&self) -> Option<Pin<Box<dyn Future<Output = ()> + Send>>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn finish_ends_a_task_that_would_sleep_for_an_hour() {
        let runtime = ClientRuntime::default();
        let dropped = Arc::new(AtomicBool::new(false));
        struct SetOnDrop(Arc<AtomicBool>);
        impl Drop for SetOnDrop {
            fn drop(&mut self) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let flag = SetOnDrop(dropped.clone());
        Runtime::spawn(
            &runtime,
            Box::pin(async move {
                let _flag = flag;
                tokio::time::sleep(Duration::from_secs(3600)).await;
            }),
        )
        .detach();
        runtime.finish().await;
        assert!(dropped.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn finish_waits_for_blocking_work() {
        let runtime = ClientRuntime::default();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let done = Arc::new(AtomicBool::new(false));
        let seen = done.clone();
        drop(Runtime::spawn_blocking(
            &runtime,
            Box::new(move || {
                wait.recv().unwrap();
                seen.store(true, Ordering::SeqCst);
            }),
        ));
        let finishing = tokio::spawn(async move { runtime.finish().await });
        go.send(()).unwrap();
        finishing.await.unwrap();
        assert!(done.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn a_task_spawned_after_the_end_does_not_run() {
        let runtime = ClientRuntime::default();
        runtime.cancel();
        let ran = Arc::new(AtomicBool::new(false));
        let seen = ran.clone();
        runtime.run(async move {
            tokio::task::yield_now().await;
            seen.store(true, Ordering::SeqCst);
        });
        runtime.finish().await;
        assert!(!ran.load(Ordering::SeqCst));
    }
}
