//! The stream of events under load: slow consumers, many events, many disconnects.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use fastrand::Rng;
use futures_util::FutureExt;
use tokio::time::timeout;
use waha::{
    Client, ErrorKind, Event,
    events::{EventStream, Received, WhenFull},
};
use waha_sim::{Incoming, Server};

use crate::{
    event_stream::{ADA, last_error, next, next_text, quick, text_of},
    event_stream_server::{ScriptedServer, frame, hear, send, write},
    support::until,
};

/// A server that sends so many events at once.
async fn burst(count: usize) -> ScriptedServer {
    ScriptedServer::start(move |_, mut socket| async move {
        send(&mut socket, 0..count).await;
        hear(&mut socket).await;
    })
    .await
}

async fn sleep_in_real_time(time: Duration) {
    tokio::time::sleep(time).await;
}

/// The numbers of the next events, up to the last one.
async fn numbers(events: &mut EventStream, last: usize) -> Vec<usize> {
    let mut numbers = Vec::new();
    while numbers.last() != Some(&last) {
        numbers.push(next_text(events).await.parse().unwrap());
    }
    numbers
}

#[tokio::test]
async fn a_full_buffer_makes_the_server_wait_by_default() {
    let server = burst(5000).await;
    let mut events = server.session().events().buffer(10).connect().await.unwrap();
    sleep_in_real_time(Duration::from_millis(200)).await;
    let stats = events.stats();
    assert!((5..=10).contains(&stats.buffered) && stats.received < 100 && stats.buffered_bytes < 10_000, "{stats:?}");
    assert_eq!(numbers(&mut events, 4999).await, (0..5000).collect::<Vec<_>>());
    assert_eq!((events.stats().dropped, events.stats().buffered_bytes), (0, 0));
}

#[tokio::test]
async fn a_full_buffer_drops_the_oldest_if_that_is_wanted_and_counts_them() {
    let server = burst(5000).await;
    let listener = server.session().events().buffer(10).when_full(WhenFull::DropOldest);
    let mut events = listener.connect().await.unwrap();
    until("all events", || events.stats().received == 5000).await;
    let stats = events.stats();
    assert_eq!((stats.dropped, stats.buffered), (4990, 10));
    let Received::Dropped(count) = next(&mut events).await else { panic!("nothing was dropped") };
    assert_eq!(count, 4990);
    assert_eq!(numbers(&mut events, 4999).await, (4990..5000).collect::<Vec<_>>());
}

#[tokio::test]
async fn nothing_is_dropped_while_the_consumer_keeps_up() {
    let server = burst(20_000).await;
    let listener = server.session().events().buffer(100).when_full(WhenFull::DropOldest);
    let mut events = listener.connect().await.unwrap();
    assert_eq!(numbers(&mut events, 19_999).await.len(), 20_000);
    assert_eq!(events.stats().dropped, 0);
}

#[tokio::test]
async fn a_full_buffer_ends_the_stream_if_that_is_wanted() {
    let server = burst(5000).await;
    let mut events = server.session().events().buffer(10).when_full(WhenFull::End).connect().await.unwrap();
    until("the end", || !events.stats().is_connected).await;
    assert_eq!(numbers(&mut events, 9).await, (0..10).collect::<Vec<_>>());
    let error = last_error(&mut events).await;
    assert_eq!(error.kind(), ErrorKind::Other);
    assert!(error.to_string().contains("the buffer is full with 10 events"), "{error}");
}

#[tokio::test]
async fn a_buffer_is_bounded_by_bytes_as_well() {
    let server = burst(5000).await;
    let mut events = server.session().events().buffer(100_000).buffer_bytes(10_000).connect().await.unwrap();
    sleep_in_real_time(Duration::from_millis(200)).await;
    let stats = events.stats();
    assert!((4000..=10_000).contains(&stats.buffered_bytes), "{stats:?}");
    assert_eq!(numbers(&mut events, 4999).await.len(), 5000);
}

#[tokio::test]
async fn a_slow_consumer_does_not_cost_the_heartbeat() {
    let server = Server::builder().session("default").start().await.unwrap();
    let client = Client::builder(server.url()).build().unwrap();
    let listener = client.default_session().events().only(["message"]).buffer(4);
    let mut events = listener.heartbeat(Duration::from_millis(100)).connect().await.unwrap();
    // More than fits into the buffers of the system.
    const COUNT: usize = 300;
    let long = "x".repeat(100_000);
    for number in 0..COUNT {
        server.receive("default", Incoming::text(ADA, format!("{number} {long}")));
    }
    // Ten times, the server wants an answer to its last ping, which is stuck behind the events.
    for _ in 0..10 {
        sleep_in_real_time(Duration::from_millis(60)).await;
        server.advance(Duration::from_secs(60));
    }
    assert!(events.stats().received < COUNT as u64, "the server does not have to wait");
    for number in 0..COUNT {
        let text = next_text(&mut events).await;
        assert_eq!(text.split(' ').next(), Some(number.to_string().as_str()));
    }
    assert_eq!((events.stats().reconnects, server.websockets()), (0, 1));
}

/// How many connections to a port of this computer this process holds, open or half closed.
fn connections_to(port: u16) -> usize {
    let table = fs::read_to_string("/proc/self/net/tcp").unwrap();
    let is_held = |line: &&str| {
        let columns: Vec<_> = line.split_whitespace().collect();
        // The remote address, and the state: ESTABLISHED, or closed by the other side alone.
        columns[2].ends_with(&format!(":{port:04X}")) && matches!(columns[3], "01" | "08")
    };
    table.lines().skip(1).filter(is_held).count()
}

/// Breaks the connection so many times at random points, and checks that each event came once and in order, or within a gap.
async fn disconnect(rounds: usize, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let server = Server::builder().session("default").start().await.unwrap();
    let port = server.url().rsplit(':').next().unwrap().parse().unwrap();
    let client = Client::builder(server.url()).build().unwrap();
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let listener = || quick(client.default_session().events().only(["message"]));
    // Everything that is there once is there.
    listener().connect().await.unwrap().close().await;
    until("the end of the first", || server.websockets() == 0).await;
    sleep_in_real_time(Duration::from_millis(50)).await;
    let tasks_before = tasks();
    let descriptors_before = fs::read_dir("/proc/self/fd").unwrap().count();

    let mut events = listener().connect().await.unwrap();
    let gaps_so_far = Arc::new(AtomicUsize::new(0));
    let count = gaps_so_far.clone();
    let consumer = tokio::spawn(async move {
        let (mut received, mut gaps, mut has_gap) = (Vec::<usize>::new(), Vec::new(), false);
        loop {
            match next(&mut events).await {
                Received::Event(event) if text_of(&event) == "end" => break,
                Received::Event(event) => {
                    let number = text_of(&event).parse().unwrap();
                    let expected = received.last().map_or(0, |last| last + 1);
                    assert!(
                        number == expected || has_gap && number > expected,
                        "{number} instead of {expected}, {has_gap}"
                    );
                    received.push(number);
                    has_gap = false;
                }
                Received::Gap(gap) => {
                    gaps.push((gap.since(), gap.until()));
                    count.store(gaps.len(), Ordering::Relaxed);
                    has_gap = true;
                }
                other => panic!("{other:?}"),
            }
        }
        (received, gaps, events)
    });
    let mut sent = 0;
    while gaps_so_far.load(Ordering::Relaxed) < rounds {
        let is_connected = server.websockets() > 0;
        if is_connected || rng.u8(0..4) == 0 {
            for _ in 0..rng.usize(0..8) {
                server.receive("default", Incoming::text(ADA, sent.to_string()));
                sent += 1;
                if rng.bool() {
                    tokio::task::yield_now().await;
                }
            }
        }
        if !is_connected || rng.u8(0..2) == 0 {
            sleep_in_real_time(Duration::from_micros(rng.u64(0..3000))).await;
        }
        // A connection that was not opened again yet cannot be broken.
        if !is_connected || rng.u8(0..3) > 0 {
            continue;
        }
        match rng.u8(0..4) {
            0 => server.drop_websockets(),
            1 => server.close_websockets(1012, "Service Restart"),
            2 => server.fault(waha_sim::Fault::on_event("message").times(1).reset_within_body(rng.usize(0..600))),
            _ => {
                server.refuse_connections();
                tokio::task::yield_now().await;
                server.accept_connections();
            }
        }
    }
    server.clear_faults();
    // The last word is said until it is heard.
    while !consumer.is_finished() {
        server.receive("default", Incoming::text(ADA, "end"));
        sleep_in_real_time(Duration::from_millis(20)).await;
    }
    let (received, gaps, events) = consumer.await.unwrap();
    // The clock of the system may be set back a little.
    let tolerance = Duration::from_millis(5);
    assert!(gaps.iter().all(|(since, until)| *since <= *until + tolerance), "a gap ends before it begins");
    assert!(gaps.windows(2).all(|two| two[0].1 <= two[1].0 + tolerance), "gaps overlap");
    assert!(received.len() >= sent / 3, "only {} of {sent} events were received", received.len());
    let reconnects = events.stats().reconnects;
    assert!((rounds..=reconnects as usize).contains(&gaps.len()), "{reconnects} {}", gaps.len());
    assert_eq!(connections_to(port), 1);
    until("one task more", || tasks() <= tasks_before + 2).await;
    drop(events);
    until("no task more", || tasks() <= tasks_before).await;
    until("no connection more", || connections_to(port) == 0).await;
    let descriptors = fs::read_dir("/proc/self/fd").unwrap().count();
    println!(
        "{reconnects} reconnects, {} gaps, {} events sent, {} received, {} missed in gaps; descriptors \
         {descriptors_before} before, {descriptors} after; tasks {tasks_before} before, {} after",
        gaps.len(),
        sent,
        received.len(),
        sent - received.len(),
        tasks()
    );
}

#[tokio::test]
async fn each_event_comes_once_and_in_order_or_in_a_gap_however_often_the_connection_breaks() {
    disconnect(60, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_on_two_threads() {
    disconnect(60, 2).await;
}

/// The long run: `WAHA_BREAKS=1000 cargo test --features ws --test it -- --ignored --nocapture a_thousand`.
#[tokio::test]
#[ignore = "takes minutes"]
async fn a_thousand_disconnects_lose_nothing_but_what_the_gaps_tell() {
    let breaks = std::env::var("WAHA_BREAKS").map_or(1000, |breaks| breaks.parse().unwrap());
    disconnect(breaks, fastrand::u64(..)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_events_a_minute_are_no_load() {
    const COUNT: usize = 20_000;
    let server = burst(COUNT).await;
    let mut events = server.session().events().connect().await.unwrap();
    let start = Instant::now();
    let (mut largest, mut count) = (0, 0);
    while count < COUNT {
        let event: Event = timeout(Duration::from_secs(20), events.next_event()).await.unwrap().unwrap().unwrap();
        assert_eq!(text_of(&event), count.to_string());
        count += 1;
        largest = largest.max(events.stats().buffered);
    }
    assert!(largest <= 1000, "{largest}");
    // 100,000 a minute take 12 s.
    assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
    assert!(events.next().now_or_never().is_none());
}

/// Compares the stream with a loop around a bare WebSocket that decodes the same events:
/// `cargo test --release --features ws --test it -- --ignored --nocapture as_fast`.
#[test]
#[ignore = "a measurement, which needs an idle machine and a release build"]
fn the_stream_is_as_fast_as_a_bare_websocket() {
    const COUNT: usize = 60_000;
    let fixtures: Vec<serde_json::Value> = serde_json::from_str(include_str!("../fixtures/events.json")).unwrap();
    let event = fixtures.iter().find(|event| event["event"] == "message" && event["engine"] == "GOWS").unwrap();
    let frames = frame(0x81, event["body"].to_string().as_bytes()).repeat(100);
    // The server has a thread of its own.
    let serving = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = serving.block_on(ScriptedServer::start(move |_, mut socket| {
        let frames = frames.clone();
        async move {
            for _ in 0..COUNT / 100 {
                write(&mut socket, &frames).await;
            }
            hear(&mut socket).await;
        }
    }));
    let bare = async || {
        let url = format!("{}/ws", server.url().replace("http", "ws"));
        let stream = tokio::net::TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap();
        let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        let start = Instant::now();
        for _ in 0..COUNT {
            let message = futures_util::StreamExt::next(&mut socket).await.unwrap().unwrap();
            let event = Event::from_slice(message.into_text().unwrap().as_bytes()).unwrap();
            assert!(event.id.is_some());
        }
        start.elapsed()
    };
    let ours = async || {
        let mut events = server.client().events().connect().await.unwrap();
        let start = Instant::now();
        for _ in 0..COUNT {
            let event = events.next_event().await.unwrap().unwrap();
            assert!(event.id.is_some());
        }
        start.elapsed()
    };
    let mut one = tokio::runtime::Builder::new_current_thread();
    let mut two = tokio::runtime::Builder::new_multi_thread();
    for (name, builder) in [("one thread", &mut one), ("two threads", two.worker_threads(2))] {
        let runtime = builder.enable_all().build().unwrap();
        let (mut bare_times, mut our_times) = (Vec::new(), Vec::new());
        for _ in 0..9 {
            bare_times.push(runtime.block_on(bare()));
            our_times.push(runtime.block_on(ours()));
        }
        bare_times.sort();
        our_times.sort();
        let rate = |times: &[Duration]| COUNT as f64 / times[times.len() / 2].as_secs_f64();
        println!(
            "{name}: bare {:.0} events/s, stream {:.0} events/s, ratio {:.3}",
            rate(&bare_times),
            rate(&our_times),
            rate(&our_times) / rate(&bare_times)
        );
    }
}
