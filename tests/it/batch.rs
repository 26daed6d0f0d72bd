//! Batches: pace, order of results, number of concurrent calls, and cancellation.
//!
//! Tokio's clock is paused, so that the times are exact and the tests do not wait.

use std::{
    cell::{Cell, RefCell},
    convert::Infallible,
    future::{pending, ready},
    rc::Rc,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::StreamExt;
use tokio::time::{Instant, sleep, timeout};
use waha::{Batching, Client, Error, ErrorKind, Progress, Session};
use waha_sim::{Server, SessionStatus};

const SECOND: Duration = Duration::from_secs(1);

/// A session without a server, for calls that send nothing.
fn session() -> Session {
    Client::builder("http://localhost:3000").build().unwrap().default_session()
}

/// Watches the calls of a batch.
#[derive(Clone, Default)]
struct Watch(Arc<Mutex<Seen>>);

#[derive(Clone, Default)]
struct Seen {
    starts: Vec<Instant>,
    running: usize,
    most: usize,
    finished: usize,
}

/// A call that is being watched: it runs for as long as this lives.
struct Running(Watch);

impl Watch {
    fn begin(&self) -> Running {
        let mut seen = self.0.lock().unwrap();
        seen.starts.push(Instant::now());
        seen.running += 1;
        seen.most = seen.most.max(seen.running);
        Running(self.clone())
    }

    /// A call that takes a while.
    async fn call<T>(self, takes: Duration, result: T) -> T {
        let running = self.begin();
        sleep(takes).await;
        running.0.0.lock().unwrap().finished += 1;
        result
    }

    fn seen(&self) -> Seen {
        self.0.lock().unwrap().clone()
    }

    /// When the calls started, from the first one on.
    fn starts(&self) -> Vec<Duration> {
        let starts = self.seen().starts;
        starts.iter().map(|start| *start - starts[0]).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().running -= 1;
    }
}

/// Up to 0.9 s, different for neighbours, and the same in every run.
fn latency(item: usize) -> Duration {
    Duration::from_millis((item as u64).wrapping_mul(2_654_435_761) % 901)
}

#[tokio::test(start_paused = true)]
async fn failed_items_do_not_disturb_order_pace_or_progress() {
    const ITEMS: usize = 10_000;
    let watch = Watch::default();
    let mut reports = Vec::new();
    let begin = Instant::now();
    let results = session()
        .batch(0..ITEMS)
        .on_progress(|progress| reports.push(progress))
        .run(|_, item| watch.clone().call(latency(item), if item % 100 == 42 { Err(item) } else { Ok(item) }))
        .collect()
        .await;

    // One result for each item, in order, with the failures in their places.
    assert_eq!(results.len(), ITEMS);
    for (index, (item, result)) in results.iter().enumerate() {
        assert_eq!((*item, *result), (index, if index % 100 == 42 { Err(index) } else { Ok(index) }));
    }

    // 50 items a second; the items of a batch start together.
    for (item, start) in watch.starts().into_iter().enumerate() {
        assert_eq!(start, SECOND * (item / Batching::DEFAULT_SIZE) as u32, "{item}");
    }
    assert!(begin.elapsed() < SECOND * 200, "{:?}", begin.elapsed());
    assert_eq!(watch.seen().most, Batching::DEFAULT_SIZE);
    assert_eq!(watch.seen().finished, ITEMS);

    // The progress reports skip no number and repeat none.
    assert_eq!(reports.len(), ITEMS);
    let mut failed = 0;
    for (item, Progress { done, failed: reported, total, .. }) in reports.into_iter().enumerate() {
        failed += usize::from(results[item].1.is_err());
        assert_eq!((done, reported, total), (item + 1, failed, Some(ITEMS)));
    }
    assert_eq!(failed, ITEMS / 100);
}

#[tokio::test(start_paused = true)]
async fn concurrency_stays_below_the_ceiling_and_starts_keep_the_pace() {
    // (size, ceiling): the ceiling below the size, equal and above.
    for (size, ceiling) in [(50, 8), (7, 7), (10, 25), (1, 3), (3, 1)] {
        let watch = Watch::default();
        let batching = Batching::new(size, SECOND).max_in_flight(ceiling);
        let run = session().batch(0..400).batching(batching).run(|_, item| {
            // Some take as long as several intervals.
            watch.clone().call(latency(item) * if item % 9 == 0 { 5 } else { 1 }, Ok::<_, Infallible>(item))
        });
        assert_eq!(run.collect().await, (0..400).map(|item| (item, Ok(item))).collect::<Vec<_>>());
        let starts = watch.starts();
        for (item, pair) in starts.iter().zip(&starts[size..]).enumerate() {
            assert!(*pair.1 - *pair.0 >= SECOND, "{size} at {ceiling}: {item}: {pair:?}");
        }
        assert!(watch.seen().most <= ceiling, "{size} at {ceiling}: {}", watch.seen().most);
    }
}

#[tokio::test(start_paused = true)]
async fn a_low_ceiling_costs_no_pause_and_a_high_one_waits_for_no_answer() {
    let time = |batching: Batching, items: usize, takes: Duration| async move {
        let begin = Instant::now();
        let watch = Watch::default();
        let run = session().batch(0..items).batching(batching);
        run.run(|_, item| watch.clone().call(takes, Ok::<_, Infallible>(item))).collect().await;
        (begin.elapsed(), watch.starts(), watch.seen().most)
    };

    // Four concurrent calls of 0.5 s are eight a second, which is below the pace: no pause is added.
    let (passed, _, most) = time(Batching::new(20, SECOND).max_in_flight(4), 80, SECOND / 2).await;
    assert_eq!((passed, most), (SECOND * 10, 4));

    // Answers that take four seconds delay no batch, as long as there is room for them.
    let (passed, starts, most) = time(Batching::new(10, SECOND).max_in_flight(100), 50, SECOND * 4).await;
    assert_eq!(starts, (0..50).map(|item| SECOND * (item / 10)).collect::<Vec<_>>());
    assert_eq!((passed, most), (SECOND * 8, 40));

    // Without room, the next batch waits.
    let (passed, starts, most) = time(Batching::new(10, SECOND), 20, SECOND * 4).await;
    assert_eq!((passed, starts[10], most), (SECOND * 8, SECOND * 4, 10));
}

#[tokio::test(start_paused = true)]
async fn zeros_and_huge_numbers_are_settings_too() {
    let time = |batching: Batching, items: usize| async move {
        let begin = Instant::now();
        let watch = Watch::default();
        let run = session().batch(0..items).batching(batching);
        let results = run.run(|_, item| watch.clone().call(SECOND / 10, Ok::<_, Infallible>(item))).collect().await;
        assert_eq!(results.len(), items);
        (begin.elapsed(), watch.seen().most)
    };
    let tenths = |tenths: u32| SECOND / 10 * tenths;

    // One by one; a size of 0 is one as well, and so is a ceiling of 0.
    assert_eq!(Batching::new(0, SECOND), Batching::new(1, SECOND));
    assert_eq!(Batching::none().max_in_flight(0), Batching::none().max_in_flight(1));
    assert_eq!(time(Batching::new(1, SECOND), 5).await, (tenths(41), 1));
    assert_eq!(time(Batching::none().max_in_flight(1), 5).await, (tenths(5), 1));

    // Without an interval there is only the ceiling.
    assert_eq!(time(Batching::new(20, Duration::ZERO), 100).await, (tenths(5), 20));
    assert_eq!(time(Batching::none(), 200).await, (tenths(4), Batching::DEFAULT_SIZE));

    // There is no pause after the last batch, whether it is full or larger than the list of items.
    assert_eq!(time(Batching::default(), 100).await, (tenths(11), 50));
    assert_eq!(time(Batching::new(usize::MAX, Duration::MAX), 100).await, (tenths(1), 100));

    // The longest interval does not panic.
    let mut never =
        session().batch(0..).batching(Batching::new(1, Duration::MAX)).run(|_, item| ready(Ok::<_, ()>(item)));
    assert_eq!(never.next().await, Some(Ok(0)));
    assert!(timeout(SECOND * 3600, never.next()).await.is_err());
}

#[test]
fn without_an_interval_no_timer_is_needed() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let run = session().batch(0..200).batching(Batching::none()).run(|_, item| ready(Ok::<_, Infallible>(item)));
    assert_eq!(runtime.block_on(run.collect()).len(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_batch_without_items_takes_no_time_and_reports_nothing() {
    let begin = Instant::now();
    let mut reports = 0;
    let run = session().batch(Vec::<u8>::new()).on_progress(|_| reports += 1);
    let mut results = run.run(|_, _| pending::<Result<(), ()>>());
    assert_eq!(results.next().await, None);
    assert_eq!(results.next().await, None);
    drop(results);
    assert_eq!((reports, begin.elapsed()), (0, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn items_are_pulled_only_when_they_are_needed() {
    const ITEMS: usize = 100_000;
    const CEILING: usize = 16;
    let (pulled, delivered) = (Cell::new(0), Cell::new(0));
    let watch = Watch::default();
    // A filtered iterator has no exact length.
    let items = (0..ITEMS * 2).filter(|item| item % 2 == 0).inspect(|_| {
        pulled.set(pulled.get() + 1);
        assert!(pulled.get() <= delivered.get() + CEILING, "{} after {}", pulled.get(), delivered.get());
    });
    let mut results = session()
        .batch(items)
        .batching(Batching::new(CEILING, Duration::from_millis(10)))
        .on_progress(|progress| {
            assert_eq!(progress.total, None);
            assert_eq!(progress.done, delivered.get() + 1);
        })
        .run(|_, item| watch.clone().call(latency(item) / 100, Ok::<_, Infallible>(item)));
    assert_eq!(pulled.get(), 0);
    while let Some(result) = results.next().await {
        assert_eq!(result, Ok(delivered.get() * 2));
        delivered.set(delivered.get() + 1);
    }
    assert_eq!((pulled.get(), delivered.get()), (ITEMS, ITEMS));
    assert_eq!((watch.seen().most, watch.seen().finished), (CEILING, ITEMS));
}

#[tokio::test(start_paused = true)]
async fn a_slow_item_holds_back_later_results_but_not_their_calls() {
    let watch = Watch::default();
    let mut results = session().batch(0..30).batching(Batching::new(10, SECOND).max_in_flight(20)).run(|_, item| {
        watch.clone().call(if item == 0 { SECOND * 60 } else { SECOND / 10 }, Ok::<_, Infallible>(item))
    });
    assert!(timeout(SECOND * 59, results.next()).await.is_err());
    // No result is lost, and the number of calls that overtake the slow one is limited.
    assert_eq!((watch.seen().starts.len(), watch.seen().finished), (20, 19));
    for item in 0..20 {
        assert_eq!(results.next().await, Some(Ok(item)));
    }
    assert_eq!(results.collect().await, (20..30).map(|item| (item, Ok(item))).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn dropping_the_results_cancels_calls_and_stops_reports() {
    let watch = Watch::default();
    let reported = Cell::new(0);
    let mut results = session()
        .batch(0..)
        .batching(Batching::new(10, SECOND).max_in_flight(30))
        .on_progress(|progress| reported.set(progress.done))
        .run(|_, item: usize| {
            let is_slow = item == 12 || item >= 15;
            watch.clone().call(if is_slow { SECOND * 60 } else { SECOND / 2 }, Ok::<_, Infallible>(item))
        });
    assert_eq!(watch.seen().starts.len(), 0);
    for item in 0..12 {
        assert_eq!(results.next().await, Some(Ok(item)));
    }
    assert!(timeout(SECOND / 4, results.next()).await.is_err());
    // Two have finished behind the slow one, and the third batch is waiting for its time.
    let before = watch.seen();
    assert_eq!((reported.get(), before.starts.len(), before.finished, before.running), (12, 20, 14, 6));

    drop(results);
    assert_eq!(watch.seen().running, 0);
    sleep(SECOND * 600).await;
    let after = watch.seen();
    assert_eq!((reported.get(), after.starts.len(), after.finished), (12, 20, 14));
}

#[tokio::test(start_paused = true)]
async fn a_batch_in_a_task_of_its_own_can_be_aborted() {
    let watch = Watch::default();
    let reports = Arc::new(Mutex::new(Vec::new()));
    let task = tokio::spawn({
        let (watch, reports) = (watch.clone(), reports.clone());
        let batch = session().batch(vec!["a".to_owned(); 100]).batching(Batching::new(10, SECOND));
        let batch = batch.on_progress(move |progress| reports.lock().unwrap().push(progress.done));
        batch.run(move |_, item| watch.clone().call(SECOND / 2, Ok::<_, Error>(item))).collect()
    });
    sleep(SECOND + SECOND / 4).await;
    assert_eq!((watch.seen().finished, watch.seen().running), (10, 10));
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    sleep(SECOND * 60).await;
    assert_eq!((watch.seen().finished, watch.seen().running, watch.seen().starts.len()), (10, 0, 20));
    assert_eq!(*reports.lock().unwrap(), (1..=10).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_does_not_cause_a_burst_afterwards() {
    let watch = Watch::default();
    let batching = Batching::new(2, SECOND).max_in_flight(4);
    let mut results = session()
        .batch(0..12)
        .batching(batching)
        .run(|_, item| watch.clone().call(Duration::ZERO, Ok::<_, Infallible>(item)));
    assert_eq!(results.next().await, Some(Ok(0)));
    sleep(SECOND * 10).await;
    assert_eq!(results.collect().await.len(), 11);
    let starts = watch.starts();
    for (item, pair) in starts.iter().zip(&starts[2..]).enumerate() {
        assert!(*pair.1 - *pair.0 >= SECOND, "{item}: {pair:?}");
    }
}

#[tokio::test]
async fn results_are_a_stream_and_may_hold_what_is_not_send() {
    let calls = Rc::new(RefCell::new(Vec::new()));
    let mut reports = Vec::new();
    let batch = session().batch(1..=3).on_progress(|progress| reports.push((progress.done, progress.failed)));
    let results = batch.run(|_, item| {
        let calls = calls.clone();
        async move {
            calls.borrow_mut().push(item);
            (item != 2).then_some(item).ok_or("two")
        }
    });
    assert_eq!(format!("{results:?}"), "BatchResults { .. }");
    let results: Vec<_> = results.enumerate().collect().await;
    assert_eq!(results, [(0, Ok(1)), (1, Err("two")), (2, Ok(3))]);
    assert_eq!(*calls.borrow(), [1, 2, 3]);
    assert_eq!(reports, [(1, 0), (2, 1), (3, 1)]);
}

#[tokio::test]
async fn a_refused_contact_does_not_stop_a_batch_of_pictures() {
    let mut server = Server::builder().api_key("secret").session("default");
    server = server.session_in("asleep", SessionStatus::ScanQrCode);
    let ids: Vec<_> = (1..=9).map(|digit| format!("{}@c.us", digit.to_string().repeat(11))).collect();
    for id in &ids {
        server = server.contact(id, |contact| contact.picture(format!("https://pps.example/{id}.jpg")));
    }
    let server = server.start().await.unwrap();
    let client = Client::builder(server.url()).api_key("secret").build().unwrap();
    let batching = Batching::new(4, SECOND / 10);

    let begin = Instant::now();
    let mut last = None;
    let batch = client.batch(&ids).batching(batching).on_progress(|progress| last = Some(progress));
    let pictures = batch.run(|client, id| async move {
        let name = if id.starts_with('5') { "asleep" } else { "default" };
        client.session(name)?.contact(id.as_str())?.picture().await
    });
    let pictures = pictures.collect().await;
    assert!(begin.elapsed() >= batching_time(ids.len()), "{:?}", begin.elapsed());
    assert_eq!(server.requests().len(), ids.len());
    assert!(pictures.iter().map(|(id, _)| *id).eq(&ids));
    for (id, picture) in &pictures {
        match picture {
            Ok(picture) => {
                assert_eq!(picture.contact_id.as_str(), *id);
                assert_eq!(picture.profile_picture_url, Some(format!("https://pps.example/{id}.jpg")));
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::SessionNotReady, "{error}");
                assert!(id.starts_with('5'), "{id}");
            }
        }
    }
    assert_eq!(pictures.iter().filter(|(_, picture)| picture.is_err()).count(), 1);
    let last: Progress = last.unwrap();
    assert!(last.to_string().ends_with(&format!(" done, {} failed", last.failed)), "{last}");
    assert_eq!((last.done, last.failed, last.total), (9, 1, Some(9)));

    // The same from a session, in a spawned task; an invalid id causes no request.
    let session = client.session("default").unwrap();
    let pictures = session.batch([ids[0].clone(), "nobody".to_owned(), ids[1].clone()]);
    let pictures = pictures.batching(Batching::none());
    let pictures = pictures.run(|session, id| async move { session.contact(id)?.picture().await });
    let pictures = tokio::spawn(pictures.collect()).await.unwrap();
    let kinds: Vec<_> = pictures.iter().map(|(_, picture)| picture.as_ref().err().map(Error::kind)).collect();
    assert_eq!(kinds, [None, Some(ErrorKind::InvalidRequest), None]);
    assert_eq!(server.requests().len(), ids.len() + 2);
}

/// Four every tenth of a second: when the last one may start.
fn batching_time(items: usize) -> Duration {
    SECOND / 10 * ((items - 1) / 4) as u32
}

#[tokio::test]
async fn a_refusal_for_too_many_requests_slows_the_batch_down() {
    let server = crate::support::Server::start(crate::support::Reply::with_headers(
        429,
        [("Retry-After", "30")],
        r#"{"statusCode":429,"message":"Too many requests"}"#,
    ))
    .await;
    let session = server.session().with(|options| options.retry(waha::Retry::never()));
    let refusal = session.chat("11111111111@c.us").unwrap().send_text("hi").await.unwrap_err();
    assert_eq!((refusal.kind(), refusal.retry_after()), (ErrorKind::RateLimited, Some(SECOND * 30)));

    // The third item is refused, once.
    tokio::time::pause();
    let refusal = Mutex::new(Some(refusal));
    let watch = Watch::default();
    let run = session.batch(0..6).batching(Batching::new(1, SECOND)).run(|_, item| {
        let refusal = if item == 2 { refusal.lock().unwrap().take() } else { None };
        watch.clone().call(Duration::ZERO, refusal.map_or(Ok(item), Err))
    });
    let results = run.collect().await;
    assert_eq!(
        results.iter().map(|(item, result)| (*item, result.is_ok())).collect::<Vec<_>>(),
        [(0, true), (1, true), (2, false), (3, true), (4, true), (5, true)]
    );
    // The clock was not paused at a whole second, so that a start may be some milliseconds late.
    let starts: Vec<_> = watch.starts().iter().map(Duration::as_secs).collect();
    assert_eq!(starts, [0, 1, 2, 32, 33, 34]);
}
