//! A call whose end others may wait for. While somebody does, it progresses even if its caller is not polled.
//!
//! It would do so, too, if every call had a task of its own. But as a rule nobody waits, and then the task would take longer
//! than all other work of the [`RefreshLimiter`](super::RefreshLimiter).

use std::{
    future::{Future, pending, poll_fn},
    mem,
    panic::resume_unwind,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
};

use futures_util::future::BoxFuture;
use tokio::{
    sync::{Semaphore, oneshot},
    task::JoinHandle,
};

use super::task;

/// A call that is under way.
#[derive(Clone)]
pub(crate) struct Flight(Arc<Inner>);

struct Inner {
    /// Without permits; closed when the call has ended.
    end: Semaphore,
    driver: Mutex<Driver>,
}

/// What polls the call.
enum Driver {
    /// Nothing yet: it has not begun.
    None,
    /// Nothing yet, and somebody waits for its end already.
    Awaited,
    /// Its caller, who was last polled with this waker.
    Caller(BoxFuture<'static, ()>, Waker),
    /// A task of its own.
    Task(JoinHandle<()>),
    /// Nothing any more.
    Over,
}

impl Flight {
    /// Returns a call that is about to begin.
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner { end: Semaphore::new(0), driver: Mutex::new(Driver::None) }))
    }

    /// Returns what ends the call when it is dropped.
    pub(super) fn end(&self) -> FlightEnd {
        FlightEnd(self.clone())
    }

    pub(super) fn has_ended(&self) -> bool {
        self.0.end.is_closed()
    }

    /// Waits until the call has ended.
    pub(super) async fn ended(&self) {
        self.move_to_task();
        // There never is a permit: this returns when the semaphore is closed.
        let _ = self.0.end.acquire().await;
    }

    /// Runs the call. It is cancelled when the caller is dropped.
    pub(crate) async fn run<F>(&self, call: F) -> F::Output
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let (sender, mut receiver) = oneshot::channel();
        let caller = Caller(self);
        self.begin(Box::pin(async move {
            // The caller is there as long as the call is.
            let _ = sender.send(call.await);
        }));
        poll_fn(|context| self.poll(context)).await;
        drop(caller);
        match receiver.try_recv() {
            Ok(output) => output,
            // The runtime is shutting down, and the caller with it.
            Err(_) => pending().await,
        }
    }

    fn begin(&self, call: BoxFuture<'static, ()>) {
        let mut driver = self.lock();
        *driver = match *driver {
            Driver::Awaited => Driver::Task(task::spawn(call)),
            _ => Driver::Caller(call, Waker::noop().clone()),
        };
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut driver = self.lock();
        match &mut *driver {
            Driver::Caller(call, waker) => {
                waker.clone_from(context.waker());
                ready!(call.as_mut().poll(context));
            }
            Driver::Task(task) => match ready!(Pin::new(task).poll(context)) {
                Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
                _ => {}
            },
            Driver::None | Driver::Awaited | Driver::Over => {}
        }
        *driver = Driver::Over;
        Poll::Ready(())
    }

    /// Moves the call from its caller, who may not be polled, to a task of its own.
    fn move_to_task(&self) {
        let mut driver = self.lock();
        *driver = match mem::replace(&mut *driver, Driver::Over) {
            Driver::None => Driver::Awaited,
            Driver::Caller(call, waker) => {
                // From now on, the caller has to wait for the task.
                waker.wake();
                Driver::Task(tokio::spawn(call))
            }
            unchanged => unchanged,
        };
    }

    fn lock(&self) -> MutexGuard<'_, Driver> {
        self.0.driver.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a call when it is dropped.
pub(super) struct FlightEnd(Flight);

impl Drop for FlightEnd {
    fn drop(&mut self) {
        self.0.0.end.close();
    }
}

/// The caller. When it is dropped, the call is cancelled.
struct Caller<'a>(&'a Flight);

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        // The lock is released before the call is dropped, which may do anything.
        let driver = mem::replace(&mut *self.0.lock(), Driver::Over);
        if let Driver::Task(task) = driver {
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{sync::Notify, task::yield_now, time::timeout};

    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    /// A call that ends after it was polled a second time.
    fn call(flight: &Flight) -> impl Future<Output = &'static str> + Send + use<> {
        let end = flight.end();
        async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            drop(end);
            "answer"
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_whose_caller_is_not_polled_ends_if_somebody_waits() {
        let flight = Flight::new();
        let mut caller = Box::pin(flight.run(call(&flight)));
        assert!(poll_fn(|context| Poll::Ready(caller.as_mut().poll(context).is_pending())).await);
        tokio::time::sleep(LONG).await;
        assert!(!flight.has_ended());
        flight.ended().await;
        assert!(flight.has_ended());
        assert_eq!(caller.await, "answer");
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_learns_that_a_task_goes_on_with_its_call() {
        let flight = Flight::new();
        let caller = tokio::spawn({
            let flight = flight.clone();
            async move { flight.run(call(&flight)).await }
        });
        yield_now().await;
        flight.ended().await;
        assert_eq!(timeout(LONG, caller).await.unwrap().unwrap(), "answer");
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_can_be_awaited_before_the_call_begins() {
        let flight = Flight::new();
        let mut waiting = Box::pin(flight.ended());
        assert!(poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_pending())).await);
        let mut caller = Box::pin(flight.run(call(&flight)));
        assert!(poll_fn(|context| Poll::Ready(caller.as_mut().poll(context).is_pending())).await);
        timeout(LONG, waiting).await.unwrap();
        assert_eq!(caller.await, "answer");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_is_cancelled_with_its_caller_wherever_it_runs() {
        for is_awaited in [false, true] {
            let flight = Flight::new();
            let mut caller = Box::pin(flight.run(call(&flight)));
            assert!(poll_fn(|context| Poll::Ready(caller.as_mut().poll(context).is_pending())).await);
            if is_awaited {
                flight.move_to_task();
            }
            let started = tokio::time::Instant::now();
            drop(caller);
            flight.ended().await;
            assert_eq!(started.elapsed(), Duration::ZERO, "it went on");
        }
    }

    #[tokio::test]
    async fn a_panic_of_the_call_is_one_of_its_caller() {
        let (flight, go) = (Flight::new(), Arc::new(Notify::new()));
        let caller = tokio::spawn({
            let (flight, go) = (flight.clone(), go.clone());
            async move {
                let end = flight.end();
                let call = async move {
                    let _end = end;
                    go.notified().await;
                    panic!("in the call");
                };
                flight.run(call).await
            }
        });
        yield_now().await;
        flight.move_to_task();
        go.notify_one();
        let panic = caller.await.unwrap_err().into_panic();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"in the call"));
        assert!(flight.has_ended());
    }
}
