//! Rate and concurrency limits, measured at the server, and errors caused by them.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::{TryStreamExt, future::join_all};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use waha::{Client, Error, ErrorKind, Limits, RequestOptions, Retry};

use crate::support::{Reply, Server, StoppedClock, pass, until};

const SECOND: Duration = Duration::from_secs(1);

fn pong() -> Reply {
    Reply::json(200, r#"{"message": "pong"}"#)
}

fn client(url: &str, limits: Limits) -> Client {
    Client::builder(url).options(RequestOptions::new().limits(limits)).build().unwrap()
}

async fn ping(client: &Client) -> Result<(), Error> {
    client.observability().ping().send().await.map(drop)
}

/// A server that sends the head of an answer at once, and the rest when the gate lets it.
struct Slow {
    url: String,
    seen: Arc<Mutex<Seen>>,
    gate: Arc<Semaphore>,
}

#[derive(Default)]
struct Seen {
    arrivals: Vec<(Instant, String)>,
    running: usize,
    most: usize,
}

impl Slow {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, gate) = (Arc::<Mutex<Seen>>::default(), Arc::new(Semaphore::new(0)));
        let shared = (seen.clone(), gate.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, gate) = shared.clone();
                tokio::spawn(async move { serve(stream, &seen, &gate).await });
            }
        });
        Self { url, seen, gate }
    }

    /// Lets everything through.
    fn open(self) -> Self {
        self.gate.add_permits(1000);
        self
    }

    fn arrived(&self) -> usize {
        self.seen.lock().unwrap().arrivals.len()
    }

    fn most(&self) -> usize {
        self.seen.lock().unwrap().most
    }

    /// The times of arrival, from the first one on.
    fn times(&self) -> Vec<Duration> {
        let seen = self.seen.lock().unwrap();
        seen.arrivals.iter().map(|(time, _)| *time - seen.arrivals[0].0).collect()
    }

    fn targets(&self) -> Vec<String> {
        self.seen.lock().unwrap().arrivals.iter().map(|(_, target)| target.clone()).collect()
    }
}

async fn serve(mut stream: TcpStream, seen: &Mutex<Seen>, gate: &Semaphore) {
    let mut buffer = vec![0; 4096];
    let length = stream.read(&mut buffer).await.unwrap();
    let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
    {
        let mut seen = seen.lock().unwrap();
        seen.arrivals.push((Instant::now(), request.split(' ').nth(1).unwrap_or_default().to_owned()));
        seen.running += 1;
        seen.most = seen.most.max(seen.running);
    }
    let body = r#"{"message": "pong", "name": "x", "status": "WORKING"}"#;
    let head = format!(
        "HTTP/1.1 200 .\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    gate.acquire().await.unwrap().forget();
    seen.lock().unwrap().running -= 1;
    // The client may be gone already.
    let _ = stream.write_all(body.as_bytes()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_arrive_no_faster_than_the_rate() {
    let server = Slow::start().await.open();
    let client = client(&server.url, Limits::new().per_second(100));
    for result in join_all((0..21).map(|_| ping(&client))).await {
        result.unwrap();
    }
    let times = server.times();
    let last = times[20];
    assert!(last >= Duration::from_millis(190), "{last:?}");
    // A late timer delays one request and not those after it.
    assert!(last < Duration::from_millis(300), "{last:?}");
    for (number, time) in times.iter().enumerate() {
        let least = Duration::from_millis(10) * u32::try_from(number).unwrap();
        assert!(*time + Duration::from_millis(10) >= least, "{number}: {time:?}");
    }
}

#[tokio::test]
async fn a_burst_is_paid_for_afterwards() {
    let server = Server::start(pong()).await;
    let client = client(server.url(), Limits::new().per_second(1).burst(3));
    let _clock = StoppedClock::new();
    let calls = tokio::spawn(async move { join_all((0..8).map(|_| ping(&client))).await });
    until("three at once", || server.count_requests() == 3).await;
    pass(SECOND).await;
    until("and one a second", || server.count_requests() == 4).await;
    pass(SECOND * 3).await;
    until("three in three seconds", || server.count_requests() == 7).await;
    pass(SECOND).await;
    for result in calls.await.unwrap() {
        result.unwrap();
    }
}

#[tokio::test]
async fn a_request_occupies_its_place_until_its_answer_is_read() {
    let server = Slow::start().await;
    let client = client(&server.url, Limits::new().max_in_flight(3));
    let calls = (0..10).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { ping(&client).await })
    });
    let calls: Vec<_> = calls.collect();
    until("three requests", || server.arrived() == 3).await;
    for number in 4..=10 {
        server.gate.add_permits(1);
        until("one more for one that is done", || server.arrived() == number).await;
    }
    server.gate.add_permits(3);
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(server.most(), 3);
}

#[tokio::test]
async fn a_byte_stream_occupies_its_place_until_it_begins() {
    let server = Slow::start().await;
    let client = client(&server.url, Limits::new().max_in_flight(1));
    let qr = client.default_session().auth().get_qr().send().await.unwrap();
    let profile = client.observability().get_cpu_profile().send().await.unwrap();
    assert_eq!(server.arrived(), 2);
    server.gate.add_permits(2);
    for answer in [qr, profile] {
        let chunks: Vec<_> = answer.try_collect().await.unwrap();
        assert!(chunks.concat().starts_with(b"{"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_calls_are_sent_in_order() {
    let server = Slow::start().await.open();
    let client = client(&server.url, Limits::new().per_second(500).max_in_flight(1));
    let sessions: Vec<_> = (0..50).map(|number| client.session(format!("s{number}")).unwrap()).collect();
    let calls = sessions.iter().map(|session| session.sessions().get().send());
    for result in join_all(calls).await {
        result.unwrap();
    }
    let expected: Vec<_> = (0..50).map(|number| format!("/api/sessions/s{number}")).collect();
    assert_eq!(server.targets(), expected);
}

#[tokio::test]
async fn views_share_a_limiter_and_errors_say_that_it_held_them_back() {
    let server = Server::start(pong()).await;
    let client = client(server.url(), Limits::new().per_minute(1));
    let _clock = StoppedClock::new();
    ping(&client).await.unwrap();

    // Views with equal limits share a limiter, whatever other options differ.
    let hasty = client.with(|options| options.timeout(SECOND));
    let call = tokio::spawn(async move { ping(&hasty).await });
    tokio::task::yield_now().await;
    pass(SECOND * 2).await;
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let text = "observability_ping: no answer within 1s: this client's own limits (`RequestOptions::limits`) held the \
                request back";
    assert_eq!(error.to_string(), text);
    assert_eq!(server.take_requests().len(), 1);

    // Views with other limits have a limiter of their own, shared by equal limits.
    let other = Limits::new().per_minute(2);
    ping(&client.with(|options| options.limits(other))).await.unwrap();
    let again = client.with(|options| options.limits(other));
    let call = tokio::spawn(async move { ping(&again).await });
    tokio::task::yield_now().await;
    ping(&client.with(|options| options.limits(Limits::new()))).await.unwrap();
    assert_eq!(server.take_requests().len(), 2);
    pass(SECOND * 30).await;
    call.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_call_that_gives_up_leaves_its_turn_to_the_next() {
    let server = Server::start(pong()).await;
    let client = client(server.url(), Limits::new().per_second(1).max_in_flight(1));
    let _clock = StoppedClock::new();
    ping(&client).await.unwrap();
    let calls = [(); 3].map(|()| {
        let client = client.clone();
        tokio::spawn(async move { ping(&client).await })
    });
    tokio::task::yield_now().await;
    let [first, second, third] = calls;
    first.abort();
    second.abort();
    assert!(first.await.unwrap_err().is_cancelled() && second.await.unwrap_err().is_cancelled());
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    pass(SECOND).await;
    third.await.unwrap().unwrap();
    assert_eq!(server.take_requests().len(), 2);
}

#[tokio::test]
async fn every_attempt_needs_a_turn() {
    let server = Server::start(pong()).await;
    server.set_replies([Reply::json(503, "{}"), Reply::json(503, "{}"), pong()]);
    let retry = Retry::new().min_delay(Duration::from_millis(1));
    let client = client(server.url(), Limits::new().per_second(20)).with(|options| options.retry(retry));
    let begin = Instant::now();
    ping(&client).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(99), "{:?}", begin.elapsed());
    assert_eq!(server.take_requests().len(), 3);
}

/// While the caller handles a result, it does not poll the calls in flight. They must not hold their turns.
#[tokio::test]
async fn a_call_between_two_results_of_a_batch_gets_its_turn() {
    let server = Slow::start().await.open();
    let client = client(&server.url, Limits::new().per_second(500).max_in_flight(2));
    let client = client.with(|options| options.timeout(SECOND * 5));
    let mut results = client.batch(0..6).run(|client, _| async move { ping(&client).await });
    while let Some(result) = results.next().await {
        result.unwrap();
        ping(&client).await.unwrap();
    }
    assert_eq!(server.arrived(), 12);
    assert!(server.most() <= 2);
}

#[test]
fn zeros_and_huge_numbers_are_limits_too() {
    let most = Limits::new().per_second(u32::MAX).burst(u32::MAX).max_in_flight(usize::MAX);
    let least = Limits::new().per_minute(0).burst(0).max_in_flight(0);
    assert_eq!(least, Limits::new().per_minute(1).burst(1).max_in_flight(1));
    for limits in [most, least, Limits::default()] {
        client("http://localhost:3000", limits);
    }
}
