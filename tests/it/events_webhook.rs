//! Webhooks: what is verified and refused, what the router answers, what is handled and in which order, and their set-up.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{Router, http::StatusCode, routing::post};
use fastrand::Rng;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha512;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use waha::{
    Client, Error, ErrorKind, Event, Method, Session,
    events::{
        DispatchError, Dispatcher, Payload, SeenEvents, Verifier, VerifyError,
        axum::{WebhookEvent, WebhookRouter},
    },
    types::{EventName, RetryPolicy, SessionConfig, WebhookConfig},
};
use waha_sim::{Age, Engine, Fault, Incoming, Presence, Server, SessionStatus};

use crate::{corpus, events::mutate, support};

const KEY: &str = "a webhook key that nobody may see";
const BODY: &str = r#"{"event":"message","session":"default","engine":"WEBJS"}"#;
const BODY_KEY: &str = "my-secret-key";
const BODY_SIGNATURE: &str = "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89";

const ADA: &str = "11111111111@c.us";
const BEA: &str = "22222222222@c.us";
const GROUP: &str = "111111111111111111@g.us";

fn sign(key: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha512>::new_from_slice(key.as_bytes()).unwrap().chain_update(body);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A signed delivery of an event of this time, as the server sends it.
fn delivery(time: i64) -> (String, Vec<(String, String)>) {
    let payload = json!({ "id": "false_1@c.us_A", "fromMe": false, "hasMedia": false, "body": "Hi" });
    let body =
        json!({ "id": "evt_1", "timestamp": time, "event": "message", "session": "default", "payload": payload });
    let body = body.to_string();
    let headers = headers(KEY, &body, Some(time));
    (body, headers)
}

fn headers(key: &str, body: &str, time: Option<i64>) -> Vec<(String, String)> {
    let mut headers = vec![
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("X-Webhook-Hmac".to_owned(), sign(key, body.as_bytes())),
        ("X-Webhook-Hmac-Algorithm".to_owned(), "sha512".to_owned()),
    ];
    headers.extend(time.map(|time| ("X-Webhook-Timestamp".to_owned(), time.to_string())));
    headers
}

/// Replaces the value of a header, or takes the header away.
fn with(headers: &[(String, String)], name: &str, value: Option<&str>) -> Vec<(String, String)> {
    let mut headers = headers.to_vec();
    headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    headers
}

#[test]
fn the_signature_of_the_documentation_is_right() {
    let headers = [("x-webhook-hmac", BODY_SIGNATURE), ("x-webhook-hmac-algorithm", "sha512")];
    let event = Verifier::new(BODY_KEY).verify(BODY, headers).unwrap();
    assert_eq!((event.session.as_str(), event.name().as_str()), ("default", "message"));
    // Without the algorithm, and from another kind of map.
    assert!(Verifier::new(BODY_KEY).verify(BODY, [("X-WEBHOOK-HMAC", BODY_SIGNATURE)]).is_ok());
    let mut map = axum::http::HeaderMap::new();
    map.insert("x-webhook-hmac", BODY_SIGNATURE.parse().unwrap());
    assert!(Verifier::new(BODY_KEY).verify(BODY.as_bytes(), &map).is_ok());
}

#[test]
fn any_of_several_keys_is_accepted_and_no_other() {
    let (body, _) = delivery(now());
    let verifier = Verifier::new("new").or_key("").or_key("old");
    for (key, is_right) in
        [("new", true), ("old", true), ("other", false), ("", false), ("New", false), ("new ", false)]
    {
        let result = verifier.verify(&body, headers(key, &body, None));
        assert_eq!(result.is_ok(), is_right, "{key}");
    }
    let long = "k".repeat(1000);
    assert!(Verifier::new(long.as_str()).verify(&body, headers(&long, &body, None)).is_ok());
}

#[test]
fn a_change_of_any_byte_of_body_and_headers_is_refused() {
    let (body, headers) = delivery(now());
    let verifier = Verifier::new(KEY);
    assert!(verifier.verify(&body, pairs(&headers)).is_ok());
    let mut count = 0;
    for at in 0..body.len() {
        for bit in 0..8 {
            let mut bytes = body.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let error = verifier.verify(&bytes, pairs(&headers)).unwrap_err();
            assert!(matches!(error, VerifyError::WrongSignature), "{error:?}");
            count += 1;
        }
        assert!(verifier.verify(&body[..at], pairs(&headers)).is_err());
        assert!(verifier.verify(format!("{}{}", &body[..at], &body[at + 1..]), pairs(&headers)).is_err());
    }
    for name in ["X-Webhook-Hmac", "X-Webhook-Hmac-Algorithm", "X-Webhook-Timestamp"] {
        let value = headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone()).unwrap();
        for at in 0..value.len() {
            for byte in (0..=255).filter(|byte| *byte != value.as_bytes()[at]) {
                let mut changed = value.clone().into_bytes();
                changed[at] = byte;
                let headers = with(&headers, name, None);
                let headers = pairs(&headers).into_iter().chain([(name, changed.as_slice())]);
                assert!(verifier.verify(&body, headers).is_err(), "{name}: {at} became {byte}");
                count += 1;
            }
            let headers = with(&headers, name, Some(&value[..at]));
            assert!(verifier.verify(&body, pairs(&headers)).is_err(), "{name} was cut at {at}");
        }
    }
    println!("{count} changes were refused");
}

/// Names and values as bytes.
fn pairs(headers: &[(String, String)]) -> Vec<(&str, &[u8])> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
}

#[test]
fn every_reason_for_refusal_is_its_own_and_shows_no_secret() {
    let time = now();
    let (body, good) = delivery(time);
    let right = sign(KEY, body.as_bytes());
    let verify =
        |verifier: &Verifier, headers: &[(String, String)]| verifier.verify(&body, pairs(headers)).unwrap_err();
    let verifier = Verifier::new(KEY);
    let signature = |value: Option<&str>| verify(&verifier, &with(&good, "X-Webhook-Hmac", value));
    let algorithm = |value: &str| verify(&verifier, &with(&good, "X-Webhook-Hmac-Algorithm", Some(value)));
    let timestamp = |value: &str| verify(&verifier, &with(&good, "X-Webhook-Timestamp", Some(value)));
    let at = |time: i64| {
        let (body, headers) = delivery(time);
        verifier.verify(body, headers).unwrap_err()
    };
    let day = 24 * 60 * 60 * 1000;
    let mut doubled = good.clone();
    doubled.push(("x-webhook-hmac".to_owned(), right.clone()));
    let junk = "{\"key\": \"".to_owned() + KEY;
    let unreadable = verifier.verify(&junk, headers(KEY, &junk, None)).unwrap_err();
    let errors = [
        (signature(None), "MissingSignature"),
        (signature(Some("")), "MalformedSignature"),
        (signature(Some(&right[1..])), "MalformedSignature"),
        (signature(Some(&right.to_uppercase())), "MalformedSignature"),
        (signature(Some(&format!("sha512={right}"))), "MalformedSignature"),
        (signature(Some(&"g".repeat(128))), "MalformedSignature"),
        (signature(Some(&"é".repeat(64))), "MalformedSignature"),
        (verify(&verifier, &doubled), "MalformedSignature"),
        (signature(Some(&"0".repeat(128))), "WrongSignature"),
        (signature(Some(&sign("another", body.as_bytes()))), "WrongSignature"),
        (algorithm("sha256"), "UnsupportedAlgorithm"),
        (algorithm("SHA512"), "UnsupportedAlgorithm"),
        (algorithm(KEY), "UnsupportedAlgorithm"),
        (algorithm("none\x1b[2J"), "UnsupportedAlgorithm"),
        (timestamp("soon"), "MalformedTimestamp"),
        (timestamp("-1"), "MalformedTimestamp"),
        (timestamp(""), "MalformedTimestamp"),
        (timestamp(&"9".repeat(30)), "MalformedTimestamp"),
        (timestamp(&(time - day).to_string()), "TooOld"),
        (timestamp(&(time + 1).to_string()), "DifferentTimestamps"),
        (timestamp(&i64::MAX.to_string()), "InTheFuture"),
        (at(time - day), "TooOld"),
        (at(time + day), "InTheFuture"),
        (at(0), "TooOld"),
        (at(i64::MIN), "MalformedTimestamp"),
        (verify(&Verifier::new(""), &good), "NoKey"),
        (unreadable, "Unreadable"),
    ];
    for (error, kind) in &errors {
        let (debug, display) = (format!("{error:?} {error:#?}"), error.to_string());
        assert!(debug.starts_with(kind), "{kind}: {debug}");
        for text in [&debug, &display] {
            assert!(!text.contains(KEY) && !text.contains(&right) && !text.contains('\u{1b}'), "{text}");
        }
    }
    let debug = format!("{verifier:?}");
    assert!(!debug.contains(KEY) && debug.contains("keys: 1"), "{debug}");
}

#[test]
fn the_tolerance_is_settable_and_off_where_there_is_no_time() {
    let old = delivery(now() - 600_000);
    assert!(matches!(Verifier::new(KEY).verify(&old.0, pairs(&old.1)), Err(VerifyError::TooOld { .. })));
    assert!(Verifier::new(KEY).tolerance(Duration::from_secs(700)).verify(&old.0, pairs(&old.1)).is_ok());
    assert!(Verifier::new(KEY).tolerance(None).verify(&old.0, pairs(&old.1)).is_ok());
    // The header is not signed, and a fresh one does not make an old event new.
    let fresh = with(&old.1, "X-Webhook-Timestamp", Some(&now().to_string()));
    assert!(matches!(Verifier::new(KEY).verify(&old.0, pairs(&fresh)), Err(VerifyError::TooOld { .. })));
    let without = with(&old.1, "X-Webhook-Timestamp", None);
    assert!(matches!(Verifier::new(KEY).verify(&old.0, pairs(&without)), Err(VerifyError::TooOld { .. })));
    // Neither body nor header has a time.
    assert!(Verifier::new(BODY_KEY).verify(BODY, [("x-webhook-hmac", BODY_SIGNATURE)]).is_ok());
    // The header alone.
    let stale = [("x-webhook-hmac", BODY_SIGNATURE), ("x-webhook-timestamp", "1790000000000")];
    assert!(matches!(Verifier::new(BODY_KEY).verify(BODY, stale), Err(VerifyError::TooOld { .. })));
    assert!(Verifier::new(BODY_KEY).tolerance(None).verify(BODY, stale).is_ok());
    // A server that signs nothing.
    assert!(Verifier::unsigned().verify(BODY, [("a", "b")]).is_ok());
}

/// Changes bodies and headers. `WAHA_FUZZ_SECONDS` sets for how long; by default it is a fixed number of deliveries.
#[test]
fn no_delivery_passes_that_was_not_signed() {
    let bodies: Vec<_> = corpus::events().iter().map(|event| event.body.to_string().into_bytes()).collect();
    let limit = std::env::var("WAHA_FUZZ_SECONDS").ok().map(|text| Duration::from_secs(text.parse().unwrap()));
    let (begin, mut rng) = (std::time::Instant::now(), Rng::with_seed(limit.map_or(13, |_| fastrand::u64(..))));
    let verifier = Verifier::new(KEY).or_key("another").tolerance(None);
    let (mut tries, mut passed, mut unreadable) = (0_u64, 0_u64, 0_u64);
    while limit.map_or(tries < 500, |limit| begin.elapsed() < limit) {
        tries += 1;
        let mut body = bodies[rng.usize(..bodies.len())].clone();
        let mut signature = sign(KEY, &body).into_bytes();
        let before = (body.clone(), signature.clone());
        for _ in 0..rng.usize(..3) {
            mutate(&mut body, &bodies, &mut rng);
        }
        if rng.u8(..4) == 0 {
            let signatures = [before.1.clone()];
            mutate(&mut signature, &signatures, &mut rng);
        }
        if rng.u8(..4) == 0 {
            signature = sign(KEY, &body).into_bytes();
        }
        let is_right = signature == sign(KEY, &body).as_bytes();
        let headers = [("x-webhook-hmac", signature.as_slice()), ("X-Webhook-Hmac-Algorithm", b"sha512")];
        match verifier.verify(&body, headers) {
            Ok(_) => passed += 1,
            Err(VerifyError::Unreadable(_)) => unreadable += 1,
            Err(error) => {
                assert!(!is_right, "{error}");
                continue;
            }
        }
        assert!(is_right, "{}", String::from_utf8_lossy(&body));
    }
    println!("{tries} deliveries, {passed} passed, {unreadable} were signed junk, in {:?}", begin.elapsed());
    assert!(passed > 0 && unreadable > 0);
}

/// A router that is served, and what it has handled.
struct Receiver {
    url: String,
    handled: Arc<Mutex<Vec<Event>>>,
    dispatcher: Dispatcher,
    stop: Option<oneshot::Sender<()>>,
    served: tokio::task::JoinHandle<()>,
}

impl Receiver {
    async fn start(set_up: impl FnOnce(WebhookRouter) -> WebhookRouter) -> Self {
        Self::with(Verifier::new(KEY).tolerance(None), set_up).await
    }

    async fn with(verifier: Verifier, set_up: impl FnOnce(WebhookRouter) -> WebhookRouter) -> Self {
        let handled = Arc::new(Mutex::new(Vec::new()));
        let events = Arc::clone(&handled);
        let dispatcher = Dispatcher::new(move |event| {
            events.lock().unwrap().push(event);
            async { Ok::<_, Error>(()) }
        });
        Self::serve(set_up(WebhookRouter::new(verifier, dispatcher.clone())), dispatcher, handled).await
    }

    async fn serve(router: WebhookRouter, dispatcher: Dispatcher, handled: Arc<Mutex<Vec<Event>>>) -> Self {
        let app = Router::new().nest("/hook", router.into_router());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            axum::serve(listener, app).with_graceful_shutdown(stopped).await.unwrap();
        });
        Self { url, handled, dispatcher, stop: Some(stop), served }
    }

    async fn post(&self, body: impl Into<Vec<u8>>, headers: &[(String, String)]) -> (u16, String) {
        let mut request = reqwest::Client::new().post(&self.url).body(body.into());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    fn events(&self) -> Vec<Event> {
        self.handled.lock().unwrap().clone()
    }

    /// Waits for so many events, and for more that should not come.
    async fn received(&self, count: usize) -> Vec<Event> {
        support::until("the events are handled", || self.handled.lock().unwrap().len() >= count).await;
        self.dispatcher.finish().await;
        self.events()
    }

    async fn stop(&mut self) {
        drop(self.stop.take());
        (&mut self.served).await.unwrap();
    }
}

async fn connect(receiver: &Receiver) -> TcpStream {
    let address = receiver.url["http://".len()..].trim_end_matches("/hook");
    TcpStream::connect(address).await.unwrap()
}

#[tokio::test]
async fn the_router_answers_without_reasons() {
    let receiver = Receiver::start(|router| router.max_body_size(10_000)).await;
    let (body, good) = delivery(now());
    assert_eq!(receiver.post(body.clone(), &good).await, (204, String::new()));
    for headers in [
        with(&good, "X-Webhook-Hmac", None),
        with(&good, "X-Webhook-Hmac", Some("0")),
        with(&good, "X-Webhook-Hmac", Some(&sign("another", body.as_bytes()))),
        with(&good, "X-Webhook-Hmac-Algorithm", Some("sha256")),
    ] {
        assert_eq!(receiver.post(body.clone(), &headers).await, (401, String::new()));
    }
    for junk in ["", "{}", "[]", "<html>", "{\"event\": 5}"] {
        assert_eq!(receiver.post(junk, &headers(KEY, junk, None)).await, (400, String::new()), "{junk}");
    }
    // Whoever has no signature need not send the body.
    let mut stream = connect(&receiver).await;
    stream.write_all(b"POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 401");
    let large = " ".repeat(10_001);
    assert_eq!(receiver.post(large.clone(), &headers(KEY, &large, None)).await, (413, String::new()));
    assert_eq!(reqwest::get(&receiver.url).await.unwrap().status(), 405);
    // A body that ends too early.
    let mut stream = connect(&receiver).await;
    let signature = sign(KEY, b"{}");
    let head =
        format!("POST /hook HTTP/1.1\r\nHost: a\r\nX-Webhook-Hmac: {signature}\r\nContent-Length: 100\r\n\r\n{{");
    stream.write_all(head.as_bytes()).await.unwrap();
    drop(stream);
    assert_eq!(receiver.received(1).await.len(), 1);
    let stale = Receiver::with(Verifier::new(KEY), |router| router).await;
    let (body, headers) = delivery(now() - 3_600_000);
    assert_eq!(stale.post(body, &headers).await, (401, String::new()));
}

#[tokio::test]
async fn an_extractor_takes_the_verifier_from_the_state() {
    async fn receive(WebhookEvent(event): WebhookEvent) -> String {
        event.name().to_string()
    }
    let app = Router::new().route("/", post(receive)).with_state(Arc::new(Verifier::new(KEY)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let (body, headers) = delivery(now());
    let send = async |headers: &[(String, String)]| {
        let mut request = reqwest::Client::new().post(&url).body(body.clone());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    assert_eq!(send(&headers).await, (StatusCode::OK, "message".to_owned()));
    assert_eq!(send(&with(&headers, "X-Webhook-Hmac", None)).await, (StatusCode::UNAUTHORIZED, String::new()));
}

#[tokio::test]
async fn every_recorded_event_arrives_by_webhook_on_every_engine() {
    let receiver = Receiver::start(|router| router).await;
    let mut sent = BTreeMap::<(String, String), usize>::new();
    for fixture in corpus::events() {
        let mut body = fixture.body;
        // Recorded events may share an id; those of one server do not.
        if body["id"].is_string() {
            body["id"] = format!("evt_{}", sent.values().sum::<usize>()).into();
        }
        let body_text = body.to_string();
        let headers = headers(KEY, &body_text, body["timestamp"].as_i64());
        assert_eq!(receiver.post(body_text, &headers).await.0, 204);
        let engine = body["engine"].as_str().unwrap().to_owned();
        *sent.entry((fixture.event, engine)).or_default() += 1;
    }
    let mut received = BTreeMap::<(String, String), usize>::new();
    for event in receiver.received(sent.values().sum()).await {
        assert!(!matches!(event.payload, Payload::Unknown { .. } | Payload::Undecodable { .. }), "{event:?}");
        let engine = event.engine.as_ref().unwrap().to_string();
        *received.entry((event.name().to_string(), engine)).or_default() += 1;
    }
    assert_eq!(received, sent);
    println!("{} pairs of an event and an engine", sent.len());
}

/// A session of a stand-in whose webhook is the receiver.
async fn session_with(engine: Engine, receiver: &Receiver, events: &[EventName]) -> (Server, Session) {
    let server = Server::builder().engine(engine).real_time().session("default").contact(BEA, |bea| bea);
    let server = server.contact(ADA, |ada| ada).group(GROUP, |group| group.member(ADA)).start().await.unwrap();
    let session = Client::builder(server.url()).build().unwrap().default_session();
    session.webhook(&receiver.url).hmac(KEY).events(events.to_vec()).await.unwrap();
    server.set_status("default", SessionStatus::Working);
    (server, session)
}

/// Lets happen in a stand-in what its engine can tell of.
async fn live(server: &Server, session: &Session) {
    let own = session.chat(ADA).unwrap().send_text("See you").await.unwrap();
    let in_group = server.write_on_phone("default", GROUP, "On my way");
    server.deliver("default", ADA);
    server.read("default", ADA);
    server.read_by("default", ADA, &in_group);
    let theirs = server.receive("default", Incoming::text(ADA, "Is it you?"));
    server.receive("default", Incoming::text(ADA, "Here").in_group(GROUP));
    server.receive("default", Incoming::file(ADA, "image/jpeg", b"1").caption("Look!"));
    if let Some(own) = own.id {
        server.react("default", ADA, own.as_str(), "👍");
    }
    server.edit("default", ADA, &theirs, "Is it still you?");
    server.revoke("default", ADA, &theirs);
    server.ring("default", ADA, false);
    session.chat(ADA).unwrap().subscribe_presence().await.ok();
    server.set_presence(ADA, Presence::Typing);
    session.group(GROUP).unwrap().set_subject("Rowing").await.unwrap();
    session.group(GROUP).unwrap().add_participants([BEA]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_in_a_session_arrives_on_every_engine() {
    let mut names = BTreeSet::new();
    for engine in [Engine::Gows, Engine::Noweb, Engine::Webjs, Engine::Wpp] {
        let receiver = Receiver::with(Verifier::new(KEY), |router| router).await;
        let (server, session) = session_with(engine, &receiver, EventName::KNOWN).await;
        let before = server.events().len();
        live(&server, &session).await;
        let sent: Vec<_> = server.events()[before..].to_vec();
        let is_there = |id: &Value| receiver.events().iter().any(|event| event.id.as_deref() == id.as_str());
        support::until("the events of the session arrive", || sent.iter().all(|event| is_there(&event["id"]))).await;
        let received = receiver.events();
        for event in &received {
            assert!(!matches!(event.payload, Payload::Unknown { .. } | Payload::Undecodable { .. }), "{event:?}");
            assert_eq!(event.engine.as_ref().unwrap().as_str(), engine.as_str());
            names.insert(event.name().to_string());
        }
        // Of one chat in the order in which it happened.
        let order = |id: Option<&str>| sent.iter().position(|event| event["id"].as_str() == id);
        let messages = received.iter().filter(|event| event.chat_id().is_some_and(|chat| chat == ADA));
        let places: Vec<_> = messages.filter_map(|event| order(event.id.as_deref())).collect();
        assert!(places.is_sorted() && places.len() > 5, "{engine}: {places:?}");
    }
    for name in [
        "message",
        "message.any",
        "message.ack",
        "message.reaction",
        "message.edited",
        "message.revoked",
        "call.received",
        "presence.update",
        "group.v2.update",
        "group.v2.participants",
        "session.status",
        "message.ack.group",
    ] {
        assert!(names.contains(name), "{name} is not among {names:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_answers_what_it_hears_by_webhook() {
    for engine in [Engine::Gows, Engine::Noweb, Engine::Webjs, Engine::Wpp] {
        let server =
            Server::builder().engine(engine).real_time().session("default").group(GROUP, |group| group.member(ADA));
        let server = server.contact(ADA, |ada| ada).start().await.unwrap();
        let session = Client::builder(server.url()).build().unwrap().default_session();
        let bot = session.clone();
        let dispatcher = Dispatcher::new(move |event| {
            let session = bot.clone();
            async move {
                let Some(message) = event.message().filter(|message| !message.is_from_me()) else { return Ok(()) };
                if message.text() == Some("ping") {
                    message.reply(&session, "pong")?.await?;
                } else if let Some(file) = message.download(&session) {
                    let size = file.await?.bytes().await?.len();
                    message.chat(&session)?.send_text(format!("{size} bytes")).await?;
                }
                Ok::<_, Error>(())
            }
        })
        .on_error(|error| panic!("{error}"));
        let router = WebhookRouter::new(Verifier::new(KEY), dispatcher.clone());
        let receiver = Receiver::serve(router, dispatcher, Arc::default()).await;
        session.webhook(&receiver.url).hmac(KEY).events(["message"]).await.unwrap();
        server.set_status("default", SessionStatus::Working);
        server.receive("default", Incoming::text(ADA, "ping"));
        server.receive("default", Incoming::text(ADA, "ping").in_group(GROUP));
        server.receive("default", Incoming::text(ADA, "what?"));
        server.receive("default", Incoming::file(ADA, "image/jpeg", b"12345"));
        let said = || {
            let sent = server.requests().into_iter().filter(|request| request.operation == Some("chatting_send_text"));
            let bodies = sent.map(|request| serde_json::from_slice::<Value>(&request.body).unwrap());
            let mut said: Vec<_> = bodies.map(|body| (body["chatId"].to_string(), body["text"].to_string())).collect();
            said.sort();
            said
        };
        support::until("the bot answers", || said().len() >= 3).await;
        let text = |chat: &str, text: &str| (json!(chat).to_string(), json!(text).to_string());
        assert_eq!(said(), [text(GROUP, "pong"), text(ADA, "5 bytes"), text(ADA, "pong")], "{engine}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_doubled_tampered_and_reordered_deliveries_are_what_they_are() {
    let receiver = Receiver::with(Verifier::new(KEY), |router| router).await;
    let (server, _session) = session_with(Engine::Gows, &receiver, &[EventName::Message]).await;
    let say = |text: &str| server.receive("default", Incoming::text(ADA, text));
    let texts = || {
        let events = receiver.events().into_iter().filter(|event| event.name() == EventName::Message);
        events.map(|event| event.message().unwrap().text().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let heard =
        async |text: &str| support::until("the message arrives", || texts().iter().any(|heard| heard == text)).await;
    // Twice on the wire, once in the handler.
    server.fault(Fault::on_event("message").times(1).twice());
    say("doubled");
    heard("doubled").await;
    // The second before the first.
    server.fault(Fault::on_event("message").times(1).out_of_order());
    say("late");
    say("early");
    heard("late").await;
    // Changed on its way: refused, and so it never arrives.
    server.fault(Fault::on_event("message").times(1).tampered());
    say("tampered");
    server.fault(Fault::on_event("message").times(1).without_header("x-webhook-hmac"));
    say("unsigned");
    server.fault(Fault::on_event("message").times(1).header("x-webhook-timestamp", "1"));
    say("stale");
    // Odd, and still signed.
    server.fault(Fault::on_event("message").times(1).only_members(["body"]).half_surrogates().prefix("\u{feff}"));
    say("half");
    heard("half\u{fffd}").await;
    server.fault(Fault::on_event("message").times(1).padded(100_000));
    say("padded");
    heard("padded").await;
    assert_eq!(texts(), ["doubled", "early", "late", "half\u{fffd}", "padded"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_that_had_no_room_comes_again() {
    let (handled, room) = (Arc::new(Mutex::new(Vec::new())), Arc::new(tokio::sync::Semaphore::new(0)));
    let (events, gate) = (Arc::clone(&handled), Arc::clone(&room));
    let dispatcher = Dispatcher::new(move |event: Event| {
        let (events, gate) = (Arc::clone(&events), Arc::clone(&gate));
        async move {
            gate.acquire().await?.forget();
            events.lock().unwrap().push(event);
            Ok::<_, tokio::sync::AcquireError>(())
        }
    })
    .max_events(1);
    let router = WebhookRouter::new(Verifier::new(KEY), dispatcher.clone());
    let receiver = Receiver::serve(router, dispatcher, Arc::clone(&handled)).await;
    let send = async |id: &str| {
        let body = json!({ "id": id, "event": "x", "session": "a", "payload": null }).to_string();
        receiver.post(body.clone(), &headers(KEY, &body, None)).await.0
    };
    assert_eq!((send("evt_1").await, send("evt_2").await, send("evt_1").await), (204, 503, 204));
    room.add_permits(2);
    support::until("the first is handled", || handled.lock().unwrap().len() == 1).await;
    let mut status = 503;
    for _ in 0..100 {
        status = send("evt_2").await;
        if status == 204 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(status, 204);
    support::until("the second is handled", || handled.lock().unwrap().len() == 2).await;
    receiver.dispatcher.finish().await;
    assert_eq!(send("evt_3").await, 503);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_waits_for_the_handlers() {
    let (begun, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (at_begin, at_end) = (Arc::clone(&begun), Arc::clone(&ended));
    let dispatcher = Dispatcher::new(move |_| {
        let (begun, ended) = (Arc::clone(&at_begin), Arc::clone(&at_end));
        async move {
            begun.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(200)).await;
            ended.fetch_add(1, Ordering::SeqCst);
            Ok::<_, Error>(())
        }
    });
    let router = WebhookRouter::new(Verifier::new(KEY).tolerance(None), dispatcher.clone());
    let mut receiver = Receiver::serve(router, dispatcher.clone(), Arc::default()).await;
    let (body, headers) = delivery(now());
    let asked = std::time::Instant::now();
    assert_eq!(receiver.post(body, &headers).await.0, 204);
    assert!(asked.elapsed() < Duration::from_millis(150) || ended.load(Ordering::SeqCst) == 0, "the answer waited");
    support::until("the handler begins", || begun.load(Ordering::SeqCst) == 1).await;
    receiver.stop().await;
    dispatcher.finish().await;
    assert_eq!(ended.load(Ordering::SeqCst), 1);
    dispatcher.finish().await;
    assert!(!dispatcher.dispatch(Event::from_slice(BODY.as_bytes()).unwrap()).await);
}

fn message_in(chat: &str, text: &str) -> Event {
    let payload = json!({ "id": format!("false_{chat}_A"), "fromMe": false, "hasMedia": false, "body": text });
    let event = json!({ "event": "message", "session": "default", "payload": payload });
    Event::from_slice(event.to_string().as_bytes()).unwrap()
}

#[tokio::test]
async fn events_of_one_chat_are_handled_in_order_and_chats_at_the_same_time() {
    let _clock = support::StoppedClock::new();
    let log = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&log);
    let dispatcher = Dispatcher::new(move |event| {
        let lines = Arc::clone(&lines);
        async move {
            let text = event.message().unwrap().text().unwrap().to_owned();
            lines.lock().unwrap().push(format!("{text} begins"));
            tokio::time::sleep(Duration::from_secs(1)).await;
            lines.lock().unwrap().push(format!("{text} ends"));
            Ok::<_, Error>(())
        }
    });
    for (chat, text) in [(ADA, "a1"), (ADA, "a2"), (BEA, "b1"), (ADA, "a3")] {
        assert!(dispatcher.dispatch(message_in(chat, text)).await);
    }
    let entries = || log.lock().unwrap().clone();
    support::until("both chats begin", || entries().len() == 2).await;
    let mut first = entries();
    first.sort();
    assert_eq!(first, ["a1 begins", "b1 begins"]);
    for count in [5, 7, 8] {
        support::pass(Duration::from_secs(1)).await;
        support::until("the next one begins", || entries().len() == count).await;
    }
    let of_ada: Vec<_> = entries().into_iter().filter(|line| line.starts_with('a')).collect();
    assert_eq!(of_ada, ["a1 begins", "a1 ends", "a2 begins", "a2 ends", "a3 begins", "a3 ends"]);
    dispatcher.finish().await;
}

#[tokio::test]
async fn an_error_or_a_panic_of_a_handler_ends_nothing_else() {
    let (handled, errors) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (count, messages) = (Arc::clone(&handled), Arc::clone(&errors));
    let dispatcher = Dispatcher::new(move |event: Event| {
        let text = event.message().unwrap().text().unwrap().to_owned();
        assert!(text != "panic at once", "at once");
        let count = Arc::clone(&count);
        async move {
            match text.as_str() {
                "error" => return Err("an error".to_owned()),
                "panic" => panic!("later"),
                _ => drop(count.fetch_add(1, Ordering::SeqCst)),
            }
            Ok(())
        }
    })
    .on_error(move |error| {
        messages.lock().unwrap().push(error.to_string());
        panic!("the callback fails as well");
    });
    for text in ["error", "fine", "panic", "fine", "panic at once", "fine"] {
        dispatcher.dispatch(message_in(ADA, text)).await;
    }
    dispatcher.finish().await;
    assert_eq!(handled.load(Ordering::SeqCst), 3);
    let errors = errors.lock().unwrap();
    assert_eq!(errors.len(), 3);
    assert!(errors[0] == "an error" && errors[1].contains("panic") && errors[2].contains("`message`"), "{errors:?}");
}

#[tokio::test]
async fn a_dispatcher_takes_no_more_than_it_has_room_for() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let inner = Arc::clone(&gate);
    let dispatcher = Dispatcher::new(move |_| {
        let gate = Arc::clone(&inner);
        async move { gate.acquire_owned().await.map(drop) }
    })
    .max_events(3);
    for _ in 0..3 {
        dispatcher.try_dispatch(message_in(ADA, "a")).unwrap();
    }
    assert_eq!(dispatcher.try_dispatch(message_in(BEA, "b")), Err(DispatchError::Full));
    let waits = dispatcher.dispatch(message_in(BEA, "b"));
    tokio::pin!(waits);
    assert!(tokio::time::timeout(Duration::from_millis(20), &mut waits).await.is_err());
    gate.add_permits(1);
    assert!(waits.await);
    dispatcher.finish().await;
    assert_eq!(dispatcher.try_dispatch(message_in(BEA, "b")), Err(DispatchError::Finished));
}

#[tokio::test(start_paused = true)]
async fn seen_events_are_bounded_in_number_and_time() {
    let seen = SeenEvents::new(3, Duration::from_secs(60));
    assert!(seen.is_empty());
    assert!(seen.insert("a") && seen.insert("b") && !seen.insert("a") && seen.insert("c"));
    assert!(seen.insert("d") && seen.len() == 3, "the oldest is forgotten");
    assert!(seen.insert("a") && !seen.insert("d"));
    seen.remove("d");
    assert!(seen.len() == 2 && seen.insert("d") && !seen.insert("d"));
    tokio::time::advance(Duration::from_secs(59)).await;
    assert!(!seen.insert("d"));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(seen.is_empty() && seen.insert("d"));
    for id in 0..1000 {
        seen.insert(&format!("{id}{}", "x".repeat(1000)));
    }
    assert_eq!(seen.len(), 3);
    let none = SeenEvents::new(0, Duration::from_secs(60));
    assert!(none.insert("a") && none.insert("a") && none.is_empty());
    assert!(SeenEvents::new(1, Duration::MAX).insert("a"));
    let event = message_in(ADA, "a");
    assert!(seen.insert_event(&event) && seen.insert_event(&event), "without an id it is always new");
}

/// The configuration that a stand-in has for a session.
async fn config(session: &Session) -> Value {
    session.request(Method::GET, "/api/sessions/{session}").await.unwrap().get("/config").unwrap().unwrap()
}

#[tokio::test]
async fn a_webhook_is_set_up_and_the_rest_of_the_configuration_stays() {
    let server = Server::builder().session("default").start().await.unwrap();
    let session = Client::builder(server.url()).build().unwrap().default_session();
    let before = json!({ "config": { "metadata": { "user": "1" }, "debug": true,
        "webhooks": [{ "url": "https://a.example/", "events": ["message"] }] } });
    session.request(Method::PUT, "/api/sessions/{session}").json(&before).await.unwrap();
    let webhook = || {
        let webhook =
            session.webhook("https://bot.example/hook").hmac(KEY).events([EventName::Message, EventName::PollVote]);
        webhook.retries(5, Duration::from_millis(1500)).retry_policy(RetryPolicy::Linear).header("X-Tenant", "seven")
    };
    webhook().await.unwrap();
    let expected = json!({ "url": "https://bot.example/hook", "events": ["message", "poll.vote"], "hmac": { "key": KEY },
        "retries": { "attempts": 5, "delaySeconds": 1.5, "policy": "linear" },
        "customHeaders": [{ "name": "X-Tenant", "value": "seven" }] });
    let after = config(&session).await;
    assert_eq!((&after["metadata"], &after["debug"]), (&json!({ "user": "1" }), &json!(true)));
    assert_eq!(after["webhooks"][0]["url"], "https://a.example/");
    assert_eq!((&after["webhooks"][1], after["webhooks"].as_array().unwrap().len()), (&expected, 2));
    // Once more changes nothing, and restarts nothing.
    let puts = || server.requests().iter().filter(|request| request.method == "PUT").count();
    let count = puts();
    webhook().await.unwrap();
    assert_eq!(puts(), count);
    // The same URL with other settings takes its place.
    session.webhook("https://bot.example/hook").await.unwrap();
    let replaced = config(&session).await;
    assert_eq!(replaced["webhooks"][1], json!({ "url": "https://bot.example/hook", "events": ["*"] }));
    assert_eq!(replaced["webhooks"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_this_release_does_not_know_of_a_configuration_is_not_lost() {
    for (config, kept) in [
        (json!({ "newer": { "a": 1.0 }, "webhooks": [{ "url": "https://a.example/", "newer": 1 }] }), 1),
        (json!({ "newer": { "a": 1.0 }, "webhooks": null }), 0),
        (Value::Null, 0),
    ] {
        let info = json!({ "name": "default", "status": "WORKING", "config": config }).to_string();
        let server = support::Server::start(support::Reply::json(200, info)).await;
        server.session().webhook("https://bot.example/").await.unwrap();
        let requests = server.take_requests();
        assert_eq!((requests.len(), requests[1].method.as_str()), (2, "PUT"));
        let sent = &requests[1].json()["config"];
        assert_eq!((&sent["newer"], sent["webhooks"].as_array().unwrap().len()), (&config["newer"], kept + 1));
        assert_eq!(sent["webhooks"][kept]["url"], "https://bot.example/");
        assert!(kept == 0 || sent["webhooks"][0] == config["webhooks"][0]);
    }
}

#[tokio::test]
async fn a_session_is_created_with_webhooks() {
    let server = Server::builder().start().await.unwrap();
    let client = Client::builder(server.url()).build().unwrap();
    let session = client.session("shop").unwrap();
    session.webhook("https://bot.example/").hmac(KEY).create().await.unwrap();
    let only = json!([{ "url": "https://bot.example/", "events": ["*"], "hmac": { "key": KEY } }]);
    assert_eq!(config(&session).await["webhooks"], only);
    let other = client.session("other").unwrap();
    let webhooks = ["https://a.example/", "https://b.example/"].map(|url| other.webhook(url).events(["message"]));
    other.create().config(SessionConfig::builder().webhooks(webhooks)).await.unwrap();
    assert_eq!(config(&other).await["webhooks"][1]["url"], "https://b.example/");
    let error = client.session("none").unwrap().webhook("https://a.example/").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[tokio::test]
async fn a_webhook_that_would_not_work_is_refused_before_anything_is_sent() {
    let server = Server::builder().session("default").start().await.unwrap();
    let session = Client::builder(server.url()).build().unwrap().default_session();
    let good = || session.webhook("https://bot.example/").hmac(KEY).header("X-Secret", KEY);
    for (webhook, why) in [
        (session.webhook("bot.example"), "no scheme"),
        (session.webhook("ftp://bot.example/"), "ftp:"),
        (good().hmac(""), "key"),
        (good().events(["mesage"]), "`mesage`"),
        (good().header("X Secret", KEY), "`X Secret`"),
        (good().header("X-Other", "a\r\nb"), "`X-Other`"),
    ] {
        let debug = format!("{webhook:?}");
        assert!(!debug.contains(KEY), "{debug}");
        let error = webhook.clone().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.message().contains(why) && !format!("{error:?}").contains(KEY), "{error:?}");
        let error = webhook.clone().create().await.unwrap_err();
        assert!(error.message().contains(why) && !format!("{error:?}").contains(KEY), "{error:?}");
        assert!(WebhookConfig::try_from(webhook).is_err());
    }
    assert_eq!(server.requests().len(), 0);
    assert!(format!("{:?}", good()).contains("X-Secret"));
}

#[tokio::test]
async fn an_old_server_is_heard_without_a_signature() {
    let receiver = Receiver::with(Verifier::unsigned(), |router| router).await;
    let server =
        Server::builder().age(Age::Old).webhook(&receiver.url, ["*"]).session("default").start().await.unwrap();
    server.receive("default", Incoming::text(ADA, "Hi"));
    support::until("the message arrives", || receiver.events().iter().any(|event| event.message().is_some())).await;
    let event = receiver.events().into_iter().find(|event| event.message().is_some()).unwrap();
    assert!(event.id.is_none() && event.timestamp.is_none());
    assert_eq!(event.message().unwrap().chat_id().unwrap(), ADA);
}
