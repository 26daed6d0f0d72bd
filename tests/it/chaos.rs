//! Chaos: calls of all kinds at random, many at once, to a server with which everything that can go wrong does.
//!
//! Every call has to end within its time, with an error kind that fits the fault. No message may arrive twice, every
//! message reported as sent has to have arrived, and a batch has to return all of its results in order.
//!
//! By default each trouble has one round with each engine, which takes seconds. What is called is drawn from a seed, which
//! every run prints:
//!
//! ```sh
//! WAHA_CHAOS_ROUNDS=50 cargo test --test it chaos -- --nocapture    # 50 times as much, from a new seed
//! WAHA_CHAOS_SEED=42 cargo test --test it chaos                     # that of an earlier run
//! ```

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    time::{Duration, Instant},
};

use fastrand::Rng;
use futures_util::{StreamExt, future, stream};
use serde_json::json;
use waha::{Batching, Client, Error, ErrorKind, Limits, Method, RequestOptions, Retry, Session};
use waha_sim::{Engine, Fault, Server, SessionStatus};

use crate::calls::{self, Call};

const KEY: &str = "a-key-that-nobody-may-see";
const CHAT: &str = "11111111111@c.us";

/// The session that random calls go to. They may stop or delete it.
const SUBJECT: &str = "default";
/// The session that sends the messages. Random calls do not touch it.
const SENDER: &str = "sender";

/// Calls of a round: of the table, messages one by one, messages in a batch.
const OPERATIONS: usize = 28;
const MESSAGES: usize = 8;
const BATCH: usize = 8;
/// The number of concurrent calls.
const AT_ONCE: usize = 12;

/// A time that is enough for every answer.
const ENOUGH: Duration = Duration::from_secs(20);
/// A time within which many answers do not come.
const SHORT: Duration = Duration::from_millis(60);
/// The delay that a call may have on a busy machine.
const SLACK: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gows_calls_end_correctly_in_chaos() {
    run(Engine::Gows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn noweb_calls_end_correctly_in_chaos() {
    run(Engine::Noweb).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webjs_calls_end_correctly_in_chaos() {
    run(Engine::Webjs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wpp_calls_end_correctly_in_chaos() {
    run(Engine::Wpp).await;
}

async fn run(engine: Engine) {
    let (rounds, seed) = (setting("WAHA_CHAOS_ROUNDS").unwrap_or(1), seed());
    println!("{engine:?}: WAHA_CHAOS_SEED={seed}");

    let arena = Arena::new(engine, seed).await;
    let mut random = Rng::with_seed(seed);
    let mut book = Book::default();
    for _ in 0..rounds {
        let mut troubles = Trouble::all(&mut random);
        random.shuffle(&mut troubles);
        for trouble in troubles {
            arena.recover().await;
            arena.round(&trouble, &mut random, &mut book).await;
        }
    }
    arena.settle().await;

    println!("{engine:?}: {} calls: {:?}", book.calls, book.kinds);
    let wrong = book.judge(&arena.server);
    assert!(wrong.is_empty(), "{engine:?}, seed {seed}:\n{}", wrong.join("\n"));
    for kind in [
        ErrorKind::Connection,
        ErrorKind::Timeout,
        ErrorKind::RateLimited,
        ErrorKind::Server,
        ErrorKind::Decode,
        ErrorKind::NotFound,
    ] {
        assert!(book.kinds.contains_key(&format!("{kind:?}")), "{kind:?} has not happened");
    }
}

/// The seed of the random numbers: `WAHA_CHAOS_SEED`, or a new one if `WAHA_CHAOS_ROUNDS` is set, or a fixed one.
pub fn seed() -> u64 {
    let rounds = setting("WAHA_CHAOS_ROUNDS");
    setting("WAHA_CHAOS_SEED").unwrap_or_else(|| rounds.map_or(1, |_| fastrand::u64(..1_000_000)))
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect(name))
}

/// Something that goes wrong for a while.
struct Trouble {
    name: &'static str,
    fault: Option<Fault>,
    gate: Gate,
    limit: Duration,
    /// Whether no call gets through.
    is_total: bool,
    /// Whether an error can be caused by this fault.
    fits: fn(&Error) -> bool,
}

/// Whether the server is there.
#[derive(PartialEq)]
enum Gate {
    Open,
    Shut,
    /// The server goes down and comes up again.
    Flapping,
}

impl Trouble {
    fn new(name: &'static str, fault: Fault, fits: fn(&Error) -> bool) -> Self {
        Self { name, fault: Some(fault), gate: Gate::Open, limit: ENOUGH, is_total: false, fits }
    }

    /// Affects every call.
    fn total(self) -> Self {
        Self { is_total: true, ..self }
    }

    /// Gives the calls a short timeout.
    fn hurried(self) -> Self {
        Self { limit: SHORT, ..self }
    }

    /// Affects some calls.
    fn partial(self, random: &mut Rng) -> Self {
        let fault = self.fault.map(|fault| fault.probability(0.2 + random.f64() * 0.6));
        Self { fault, is_total: false, ..self }
    }

    /// One of each, with details drawn at random: some meet all calls, and some meet a part of them.
    fn all(random: &mut Rng) -> Vec<Self> {
        let timeout = |error: &Error| error.kind() == ErrorKind::Timeout;
        let broken = |error: &Error| error.kind() == ErrorKind::Connection && error.status().is_none();
        let limited = |error: &Error| error.kind() == ErrorKind::RateLimited;
        let asked_to_wait = |error: &Error| error.kind() == ErrorKind::RateLimited && error.retry_after().is_some();
        let unreadable = |error: &Error| error.kind() == ErrorKind::Decode && error.json_path().is_some();
        let gateway = |error: &Error| error.kind() == ErrorKind::Server && is(error, 502);
        let never = |_: &Error| false;

        let any = Fault::any;
        let millis = Duration::from_millis;
        let wait = Duration::from_secs(random.u64(0..3));
        let mut bytes = || random.usize(..120);
        let troubles = vec![
            Self { fault: None, ..Self::new("none", any(), never) },
            Self::new("a delay", any().delay(millis(5)), never),
            Self::new("a delay beyond the timeout", any().delay(SHORT * 4), timeout).hurried().total(),
            Self::new("429", any().rate_limited(wait), asked_to_wait).total(),
            Self::new("429 for what was done", any().rate_limited(wait).performed(), asked_to_wait).total(),
            Self::new("rate-overlimit", any().rate_overlimit(), limited).total(),
            Self::new("502", any().bad_gateway(), gateway).total(),
            Self::new("502 for what was done", any().bad_gateway().performed(), gateway).total(),
            Self::new("a reset before the answer", any().reset_before_answer(), broken).total(),
            Self::new("a reset before it was done", any().reset_before_answer().unperformed(), broken).total(),
            Self::new("a reset within the body", any().reset_within_body(bytes()), broken),
            Self::new("a reset after the answer", any().reset_after_answer(), broken),
            Self::new("a body cut short", any().cut_short(bytes()), broken),
            Self::new("a truncated body", any().truncated(bytes()), unreadable),
            Self::new("a longer length", any().content_length(7), broken).total(),
            Self::new("a shorter length", any().content_length(-9), unreadable),
            Self::new("dripping", any().dripping(128, millis(15)), timeout).hurried(),
            Self::new("stalling", any().dripping(16, SHORT * 4), timeout).hurried(),
            Self::new("JSON as a page", any().content_type("text/html"), unreadable),
            Self::new("JSON as events", any().content_type("text/event-stream"), unreadable),
            Self::new("JSON as bytes", any().content_type("application/octet-stream"), unreadable),
            Self { fault: None, gate: Gate::Shut, ..Self::new("no server", any(), broken).total() },
            Self { fault: None, gate: Gate::Flapping, ..Self::new("a server now and then", any(), broken) },
        ];
        let vary = |trouble: Self| {
            if trouble.gate == Gate::Open && random.bool() { trouble.partial(random) } else { trouble }
        };
        troubles.into_iter().map(vary).collect()
    }

    /// What is wrong with how a call has ended.
    fn complaint(&self, result: Result<(), &Error>) -> Option<&'static str> {
        match result {
            Ok(()) if self.is_total => Some("cannot go well"),
            Ok(()) => None,
            Err(error) if (self.fits)(error) => None,
            // On a busy machine any answer may come too late.
            Err(error) if self.limit == SHORT && error.kind() == ErrorKind::Timeout => None,
            Err(error) if !self.is_total && is_refusal(error) => None,
            Err(_) => Some("does not fit"),
        }
    }
}

fn is(error: &Error, status: u16) -> bool {
    error.status().is_some_and(|found| found.as_u16() == status)
}

/// Whether a healthy server refused the call: the session is stopped or deleted, the message is unknown, or the engine
/// does not support the operation.
fn is_refusal(error: &Error) -> bool {
    let status = error.status().map_or(0, |status| status.as_u16());
    let is_one = matches!(
        (status, error.kind()),
        (400 | 422, ErrorKind::InvalidRequest)
            | (404 | 422, ErrorKind::NotFound)
            | (422, ErrorKind::SessionNotReady)
            | (500 | 409 | 422, ErrorKind::AlreadyExists)
            | (500, ErrorKind::Server)
            | (501, ErrorKind::NotSupported)
    );
    is_one && error.body().is_some()
}

/// A server and a client of it.
struct Arena {
    server: Server,
    client: Client,
    calls: Vec<Call>,
}

/// What is called.
enum Job {
    /// The call of this number in the table, unless nobody waits for it any more after so long.
    Operation(usize, Option<Duration>),
    /// A message of this text, sent in one of several ways, and waited for as above.
    Message(usize, String, Option<Duration>),
}

impl Arena {
    async fn new(engine: Engine, seed: u64) -> Self {
        let builder = Server::builder().engine(engine).seed(seed).api_key(KEY).session(SUBJECT).session(SENDER);
        let builder = builder.person(CHAT, |ada| ada.contact(|it| it.name("Ada")));
        let builder = builder.group("111111111111111111@g.us", |group| group);
        let server = builder.channel("111111111111111111@newsletter", |channel| channel).start().await.expect("a port");
        let retry = Retry::new().min_delay(Duration::from_millis(1)).max_delay(Duration::from_millis(20));
        let options = RequestOptions::new().retry(retry).no_proxy();
        let client = Client::builder(server.url()).api_key(KEY).options(options).build().expect("a client");
        Self { server, client, calls: calls::all() }
    }

    /// Ends all trouble, and waits until the server is there.
    async fn settle(&self) {
        self.server.clear_faults();
        self.server.accept_connections();
        for _ in 0..500 {
            if self.client.observability().ping().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the server does not come back");
    }

    /// Ends all faults and restores the session that random calls go to.
    async fn recover(&self) {
        self.settle().await;
        let subject = self.client.session(SUBJECT).expect("a name");
        if subject.sessions().get().await.is_err() {
            subject.create().await.expect("a session");
        }
        self.server.set_status(SUBJECT, SessionStatus::Working);
    }

    async fn round(&self, trouble: &Trouble, random: &mut Rng, book: &mut Book) {
        let limits = if random.bool() { Limits::new().max_in_flight(random.usize(2..9)) } else { Limits::new() };
        let with = |options: RequestOptions| options.timeout(trouble.limit).idle_timeout(trouble.limit).limits(limits);
        let client = self.client.with(with);
        let session = |name| client.session(name).expect("a name");
        let (subject, sender) = (session(SUBJECT), session(SENDER));

        let mut jobs = Vec::new();
        for _ in 0..OPERATIONS {
            jobs.push(Job::Operation(random.usize(..self.calls.len()), patience(random)));
        }
        for _ in 0..MESSAGES {
            jobs.push(Job::Message(random.usize(..6), book.text(), patience(random)));
        }
        random.shuffle(&mut jobs);
        let texts: Vec<_> = (0..BATCH).map(|_| book.text()).collect();

        if let Some(fault) = &trouble.fault {
            self.server.fault(fault.clone());
        }
        if trouble.gate == Gate::Shut {
            self.shut().await;
        }
        let work = async {
            let ends = stream::iter(jobs).map(|job| self.run(job, &subject, &sender, trouble));
            future::join(ends.buffer_unordered(AT_ONCE).collect::<Vec<_>>(), batch(&sender, &texts, trouble)).await
        };
        let (ended, batched) = match trouble.gate {
            Gate::Flapping => tokio::select! {
                done = work => done,
                () = self.flap() => unreachable!("it goes on"),
            },
            _ => work.await,
        };
        for end in ended.into_iter().chain(batched) {
            book.add(end, trouble);
        }
    }

    /// Waits until nobody can connect.
    async fn shut(&self) {
        self.server.refuse_connections();
        let address = self.server.url().trim_start_matches("http://").to_owned();
        for _ in 0..500 {
            if tokio::net::TcpStream::connect(&address).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("the server stays");
    }

    async fn flap(&self) {
        loop {
            self.server.refuse_connections();
            tokio::time::sleep(Duration::from_millis(8)).await;
            self.server.accept_connections();
            tokio::time::sleep(Duration::from_millis(12)).await;
        }
    }

    async fn run(&self, job: Job, subject: &Session, sender: &Session, trouble: &Trouble) -> End {
        match job {
            Job::Operation(number, patience) => {
                let call = &self.calls[number];
                // Half of them would meet a session that others have stopped.
                if number % 2 == 0 {
                    self.server.set_status(SUBJECT, SessionStatus::Working);
                }
                let send = async { (call.send)(subject.clone()).await.map(|_| None) };
                let end = End::of(call.operation, None, send, patience, trouble.limit).await;
                if let Some(Err(error)) = &end.result {
                    assert_eq!(error.operation().map(waha::Operation::id), Some(call.operation), "{error}");
                }
                end
            }
            Job::Message(way, text, patience) => {
                let send = send(sender, way, &text);
                End::of("a message", Some(text.clone()), send, patience, trouble.limit).await
            }
        }
    }
}

/// Draws after which time a call is dropped, if it is.
fn patience(random: &mut Rng) -> Option<Duration> {
    (random.u8(..8) == 0).then(|| Duration::from_millis(random.u64(..30)))
}

/// Sends a text, and tells the id of the message.
#[allow(deprecated)] // What is deprecated sends as well.
async fn send(session: &Session, way: usize, text: &str) -> Result<Option<String>, Error> {
    let id = |sent: waha::views::SentMessage| sent.id.map(|id| id.bare().to_owned());
    let body = json!({ "session": SENDER, "chatId": CHAT, "text": text });
    match way {
        0 => session.chat(CHAT)?.send_text(text).await.map(id),
        1 => session.chatting().send_text().chat_id(CHAT).text(text).await.map(id),
        2 => session.chat(CHAT)?.reply("false_11111111111@c.us_AAAA", text).await.map(id),
        3 => session.chatting().send_text_by_query().phone(CHAT).text(text).send().await.map(|_| None),
        4 => session.request(Method::POST, "/api/sendText").json(&body).await.map(|_| None),
        _ => {
            let request = session.request(Method::GET, "/api/sendText").query("session", SENDER);
            request.query("phone", CHAT).query("text", text).await.map(|_| None)
        }
    }
}

/// Sends texts in a batch, whose results have to be those of the texts.
async fn batch(session: &Session, texts: &[String], trouble: &Trouble) -> Vec<End> {
    let limit = trouble.limit;
    let batch = session.batch(texts.to_vec()).batching(Batching::none().max_in_flight(3));
    let results = batch.run(move |session, text| async move {
        let end = End::of("a message of a batch", Some(text.clone()), send(&session, 0, &text), None, limit).await;
        if end.is_success() { Ok(end) } else { Err(end) }
    });
    let ends: Vec<_> =
        results.collect().await.into_iter().map(|(_, result)| result.unwrap_or_else(|end| end)).collect();
    let found: Vec<_> = ends.iter().filter_map(|end| end.text.clone()).collect();
    assert_eq!(found, texts, "the results of a batch, with {}", trouble.name);
    ends
}

/// How a call has ended.
struct End {
    what: &'static str,
    /// Of a message, its text.
    text: Option<String>,
    /// The id of the message, where it is known; `None` where nobody waited for the answer.
    result: Option<Result<Option<String>, Error>>,
    took: Duration,
}

impl End {
    /// Waits for a call, and no longer than it may take.
    async fn of(
        what: &'static str,
        text: Option<String>,
        call: impl Future<Output = Result<Option<String>, Error>>,
        patience: Option<Duration>,
        limit: Duration,
    ) -> Self {
        let start = Instant::now();
        let result = match patience {
            Some(patience) => tokio::time::timeout(patience, call).await.ok(),
            None => match tokio::time::timeout(limit + SLACK, call).await {
                Ok(result) => Some(result),
                Err(_) => panic!("{what} hangs"),
            },
        };
        Self { what, text, result, took: start.elapsed() }
    }

    fn is_success(&self) -> bool {
        matches!(self.result, Some(Ok(_)))
    }
}

/// What is known of all calls of a run.
#[derive(Default)]
struct Book {
    calls: usize,
    texts: usize,
    kinds: BTreeMap<String, usize>,
    /// By the text: whether it is said to be sent, and the id that it was given.
    messages: HashMap<String, Option<Option<String>>>,
    wrong: Vec<String>,
}

impl Book {
    /// A text that no other message has.
    fn text(&mut self) -> String {
        self.texts += 1;
        format!("message {}", self.texts)
    }

    fn add(&mut self, end: End, trouble: &Trouble) {
        let End { what, text, result, took } = end;
        self.calls += 1;
        let kind = match &result {
            None => "dropped".to_owned(),
            Some(Ok(_)) => "ok".to_owned(),
            Some(Err(error)) => format!("{:?}", error.kind()),
        };
        *self.kinds.entry(kind).or_default() += 1;
        if let Some(result) = &result {
            let name = trouble.name;
            if let Some(complaint) = trouble.complaint(result.as_ref().map(|_| ())) {
                self.wrong.push(format!("{what}, with {name}, {complaint}: {result:?}"));
            }
            if let Err(error) = result {
                if format!("{error} {error:?}").contains(KEY) {
                    self.wrong.push(format!("{what}, with {name}, shows the key: {error}"));
                }
                if error.kind() == ErrorKind::Timeout && took < trouble.limit {
                    self.wrong.push(format!("{what}, with {name}, gave up after {took:?}: {error}"));
                }
            }
        }
        if let Some(text) = text {
            self.messages.insert(text, result.and_then(Result::ok));
        }
    }

    /// Compares the results of the calls with the messages that arrived.
    fn judge(&self, server: &Server) -> Vec<String> {
        let mut arrived: HashMap<String, usize> = HashMap::new();
        for request in server.requests() {
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let query = request.path_and_query.split_once('?').map_or("", |(_, query)| query);
            let mut query = url::form_urlencoded::parse(query.as_bytes());
            let in_query = query.find(|(name, _)| name == "text").map(|(_, text)| text.into_owned());
            if let Some(text) = body["text"].as_str().map(str::to_owned).or(in_query) {
                *arrived.entry(text).or_default() += 1;
            }
        }
        let mut done: HashMap<String, Vec<String>> = HashMap::new();
        for event in server.events().iter().filter(|event| event["event"] == "message.any") {
            let word = |name: &str| event["payload"][name].as_str().unwrap_or_default().to_owned();
            done.entry(word("body")).or_default().push(word("id"));
        }

        let mut wrong = self.wrong.clone();
        if self.messages.len() != self.texts {
            wrong.push(format!("of {} messages, {} have a result", self.texts, self.messages.len()));
        }
        for (text, said) in &self.messages {
            let arrivals = arrived.get(text).copied().unwrap_or_default();
            let ids = done.get(text).map(Vec::as_slice).unwrap_or_default();
            if arrivals > 1 || ids.len() > 1 {
                wrong.push(format!("{text:?} arrived {arrivals} times, and went out {} times", ids.len()));
            }
            match said {
                Some(_) if ids.is_empty() => wrong.push(format!("{text:?} is said to be sent, and never went out")),
                Some(Some(id)) if !ids.iter().any(|sent| sent.contains(id)) => {
                    wrong.push(format!("{text:?} is said to be {id}, and is {ids:?}"));
                }
                _ => {}
            }
        }
        wrong
    }
}

/// Checks the checks: a wrong result has to be found.
#[tokio::test]
async fn the_judgement_finds_lost_repeated_and_mismatched_messages() {
    let arena = Arena::new(Engine::Gows, 0).await;
    let sender = arena.client.session(SENDER).expect("a name");
    let mut book = Book::default();
    let trouble = Trouble::new("none", Fault::any(), |_| false);
    let texts: Vec<_> = (0..4).map(|_| book.text()).collect();
    let end =
        async |text: &str| End::of("a message", Some(text.to_owned()), send(&sender, 0, text), None, ENOUGH).await;
    let said = |text: &str, id: Option<&str>| End {
        what: "a message",
        text: Some(text.to_owned()),
        result: Some(Ok(id.map(str::to_owned))),
        took: Duration::ZERO,
    };

    book.add(end(&texts[0]).await, &trouble);
    assert_eq!(book.judge(&arena.server), ["of 4 messages, 1 have a result"]);
    book.add(end(&texts[1]).await, &trouble);
    book.add(end(&texts[1]).await, &trouble);
    book.add(said(&texts[2], None), &trouble);
    end(&texts[3]).await;
    book.add(said(&texts[3], Some("ANOTHER")), &trouble);
    let wrong = book.judge(&arena.server).join("\n");
    assert_eq!(wrong.lines().count(), 3, "{wrong}");
    for part in ["\"message 2\" arrived 2 times, and went out 2 times", "\"message 3\" is said to be sent", "ANOTHER"] {
        assert!(wrong.contains(part), "{wrong}");
    }

    let trouble = Trouble { is_total: true, ..trouble };
    book.add(end(&texts[0]).await, &trouble);
    arena.server.fault(Fault::any().bad_gateway());
    book.add(end(&texts[0]).await, &trouble);
    assert!(book.wrong[0].contains("cannot go well") && book.wrong[1].contains("does not fit"), "{:?}", book.wrong);
}
