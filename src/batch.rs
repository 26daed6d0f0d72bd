//! Batches: many calls, a number at a time, and a result for each.

use std::{
    any::Any,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{Stream, StreamExt, stream};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep_until},
};

use crate::{
    Client, Error, ErrorKind, Session,
    policy::{
        Batching,
        brake::Brake,
        pace::{Pace, Rate},
    },
};

impl Session {
    /// Begins to do something with each of many items, not all at once: see [`Batch`].
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// let ids = ["11111111111@c.us", "22222222222@c.us", "33333333333@c.us"];
    /// let pictures = session.batch(ids).run(|session, id| async move { session.contact(id)?.picture().await });
    /// for (id, picture) in pictures.collect().await {
    ///     println!("{id}: {:?}", picture.map(|picture| picture.profile_picture_url));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn batch<I: IntoIterator>(&self, items: I) -> Batch<Self, I::IntoIter> {
        Batch::new(self.clone(), items, self.client().options().batching)
    }
}

impl Client {
    /// Begins to do something with each of many items, not all at once: see [`Batch`].
    ///
    /// ```no_run
    /// # async fn run(client: waha::Client) -> Result<(), waha::Error> {
    /// let names = ["sales", "support"];
    /// let restarts = client.batch(names).run(|client, name| async move {
    ///     client.session(name)?.restart().await
    /// });
    /// for (name, result) in restarts.collect().await {
    ///     if let Err(error) = result {
    ///         println!("{name}: {error}");
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn batch<I: IntoIterator>(&self, items: I) -> Batch<Self, I::IntoIter> {
        Batch::new(self.clone(), items, self.options().batching)
    }
}

/// Many items, and how fast to go through them: what [`Session::batch`] and [`Client::batch`] give.
///
/// The items are taken from their iterator when there is room for them, so that it may be long, or endless.
///
/// ```no_run
/// # use std::time::Duration;
/// # async fn run(session: waha::Session, numbers: Vec<String>) {
/// use waha::Batching;
///
/// let mut sent = session
///     .batch(numbers)
///     .batching(Batching::new(20, Duration::from_secs(60)))
///     .on_progress(|progress| println!("{} done, {} of them failed", progress.done, progress.failed))
///     .run(|session, number| async move {
///         let contact = session.contact(number)?;
///         contact.chat().send_text("hi").await
///     });
/// while let Some(result) = sent.next().await {
///     if result.is_err_and(|error| error.kind() == waha::ErrorKind::Unauthorized) {
///         break; // the others would fail as well; dropping `sent` cancels them
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing happens before `run`"]
pub struct Batch<S, I, P = fn(Progress)> {
    scope: S,
    items: I,
    batching: Batching,
    on_progress: P,
}

impl<S, I: Iterator> Batch<S, I> {
    fn new(scope: S, items: impl IntoIterator<IntoIter = I>, batching: Batching) -> Self {
        Self { scope, items: items.into_iter(), batching, on_progress: |_| () }
    }
}

impl<S: Clone, I: Iterator, P: FnMut(Progress)> Batch<S, I, P> {
    /// Sets how fast to go. Default: what the client's [`RequestOptions`](crate::RequestOptions::batching) say.
    pub fn batching(mut self, batching: Batching) -> Self {
        self.batching = batching;
        self
    }

    /// Calls `report` for each result, just before it is handed out; so what it says and what the caller has got never
    /// differ, not even when the batch is cancelled. Default: no reports. Only the last `report` that was given is called.
    pub fn on_progress<Q: FnMut(Progress)>(self, report: Q) -> Batch<S, I, Q> {
        Batch { scope: self.scope, items: self.items, batching: self.batching, on_progress: report }
    }

    /// Does `call` with each item. Nothing happens before the results are asked for.
    ///
    /// `call` is given the session or client that the batch was begun with, and the item. It may do anything, several
    /// requests in a row included: what is counted are items.
    ///
    /// Where an item ends with an [`Error`] of [`ErrorKind::RateLimited`], no further item starts for the time that the
    /// error asks for by [`retry_after`](Error::retry_after), or else for 2 s, which doubles with each further such error;
    /// 5 minutes at most. The item itself is not repeated.
    pub fn run<F, Fut, T, E>(self, call: F) -> BatchResults<impl Stream<Item = (I::Item, Result<T, E>)> + Unpin>
    where
        F: FnMut(S, I::Item) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        I::Item: Clone,
        E: 'static,
    {
        let Self { scope, items, batching, mut on_progress } = self;
        let mut progress = Progress { done: 0, failed: 0, total: exact_len(&items) };
        // The lock is fair: items pass in their order, one at a time.
        let gate = Arc::new(Mutex::new(Gate::new(batching, call)));
        let brake = Arc::new(Brake::default());
        let calls = stream::iter(items).map(move |item| {
            let (scope, gate, brake) = (scope.clone(), gate.clone(), brake.clone());
            async move {
                let (call, started) = {
                    let mut gate = gate.lock().await;
                    gate.wait(&brake).await;
                    ((gate.call)(scope, item.clone()), Instant::now())
                };
                let result = call.await;
                let error = result.as_ref().err().and_then(|error| (error as &dyn Any).downcast_ref::<Error>());
                match error.filter(|error| error.kind() == ErrorKind::RateLimited) {
                    Some(error) => brake.refused(started, error.retry_after()),
                    None => brake.passed(started),
                }
                (item, result)
            }
        });
        BatchResults(calls.buffered(batching.ceiling()).inspect(move |(_, result)| {
            progress.done += 1;
            progress.failed += usize::from(result.is_err());
            on_progress(progress);
        }))
    }
}

fn exact_len(items: &impl Iterator) -> Option<usize> {
    let (least, most) = items.size_hint();
    most.filter(|most| *most == least)
}

/// The progress of a batch.
///
/// ```no_run
/// # async fn run(session: waha::Session, numbers: Vec<String>) -> Result<(), waha::Error> {
/// let batch = session.batch(numbers).on_progress(|progress| match progress.total {
///     Some(total) => println!("{} of {total}, {} failed", progress.done, progress.failed),
///     None => println!("{}, {} failed", progress.done, progress.failed),
/// });
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The number of results that have been handed out, failures included. It grows by one each time.
    pub done: usize,
    /// The number of these that are errors.
    pub failed: usize,
    /// The number of items; `None` where the iterator of the items cannot tell in advance.
    pub total: Option<usize>,
}

/// How many are done, and how many of them failed: `12/40 done, 1 failed`.
impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.done)?;
        if let Some(total) = self.total {
            write!(f, "/{total}")?;
        }
        write!(f, " done, {} failed", self.failed)
    }
}

/// The results, one for each item and in the order of the items: what [`Batch::run`] gives.
///
/// It is a [`Stream`] of `Result<T, E>`; [`next`](Self::next), [`next_with_item`](Self::next_with_item) and
/// [`collect`](Self::collect) need no trait in scope. An error does not end it.
///
/// - **Order.** The results come in the order of the items. The price: a result waits for those before it, and as what
///   waits is in flight still, a slow item at the front can stop the start of others. [`Batching::max_in_flight`] says how
///   many may pass it by.
/// - **Memory.** No more than the ceiling is held at a time, however many the items are.
/// - **Cancelling.** Dropping it drops what is in flight, starts nothing more and reports nothing more. A request that
///   has been sent may be carried out all the same.
/// - **Polling.** Calls proceed while a result is waited for, and only then. Do something long between two results in a task
///   of its own, or the calls may run into their timeouts.
///
/// As with every call, it takes a Tokio runtime, with its timer if there is an interval. It can be sent to another task
/// if the items, the closures and the futures can.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let numbers = ["+1 111 111 1111", "+1 222 222 2222"];
/// let check = || session.batch(numbers).run(|session, number| async move { session.check_number(number).await });
///
/// let mut results = check();
/// while let Some((number, result)) = results.next_with_item().await {
///     println!("{number}: {}", result?.number_exists);
/// }
///
/// let mut results = check();
/// let first = results.next().await;
///
/// let all = check().collect().await;
/// println!("{} results", all.len());
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before the results are asked for"]
pub struct BatchResults<R>(R);

impl<R, I, T, E> BatchResults<R>
where
    R: Stream<Item = (I, Result<T, E>)> + Unpin,
{
    /// Waits for the next result; `None` after the last. It can be dropped and called again without losing any.
    pub async fn next(&mut self) -> Option<Result<T, E>> {
        self.next_with_item().await.map(|(_, result)| result)
    }

    /// Waits for the next result, and returns it with its item; `None` after the last. It can be dropped and called again
    /// without losing any.
    pub async fn next_with_item(&mut self) -> Option<(I, Result<T, E>)> {
        self.0.next().await
    }

    /// Waits for all results, and returns each with its item.
    pub async fn collect(self) -> Vec<(I, Result<T, E>)> {
        self.0.collect().await
    }
}

impl<R, I, T, E> Stream for BatchResults<R>
where
    R: Stream<Item = (I, Result<T, E>)> + Unpin,
{
    type Item = Result<T, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx).map(|next| next.map(|(_, result)| result))
    }
}

impl<R> fmt::Debug for BatchResults<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchResults").finish_non_exhaustive()
    }
}

/// Lets the items start, one after the other.
struct Gate<F> {
    /// `None` where there is no interval: then no timer is needed.
    rate: Option<Rate>,
    pace: Pace,
    call: F,
}

impl<F> Gate<F> {
    fn new(Batching { size, interval, .. }: Batching, call: F) -> Self {
        let rate = (!interval.is_zero()).then(|| Rate::window(size, interval));
        Self { rate, pace: Pace::default(), call }
    }

    /// Waits until an item may start.
    async fn wait(&mut self, brake: &Brake) {
        loop {
            let now = Instant::now();
            let start = self.rate.map_or(now, |rate| self.pace.next(rate, now));
            // A refusal may come during the wait.
            match brake.until().max(Some(start)) {
                Some(start) if start > now => sleep_until(start).await,
                _ => break,
            }
        }
        if let Some(rate) = self.rate {
            // The time at which it really starts, which is later than it could where nobody asks for results: the next
            // batch does not follow it closely, and no time is lost either.
            self.pace.take(rate, Instant::now(), rate.count);
        }
    }
}
