//! The stream of events, against the stand-in.

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::timeout;
use waha::{
    Client, ErrorKind, Event, RequestOptions, Retry,
    events::{CatchUp, EventListener, EventStream, Gap, Payload, Received},
    types::EventName,
};
use waha_sim::{Age, Engine, Fault, Incoming, Server};

use crate::{
    event_stream_server::{ScriptedServer, hear, message, send},
    support::{StoppedClock, pass, until},
    trace::Traces,
};

pub const ADA: &str = "11111111111@c.us";
pub const BOB: &str = "22222222222@c.us";

async fn server() -> Server {
    Server::builder().session("default").start().await.unwrap()
}

fn client(server: &Server) -> Client {
    Client::builder(server.url()).build().unwrap()
}

/// Reconnects quickly.
pub fn quick(listener: EventListener) -> EventListener {
    listener.reconnect_delay(Duration::from_millis(1)..=Duration::from_millis(20))
}

async fn listen(server: &Server) -> EventStream {
    quick(client(server).default_session().events().only([EventName::Message])).connect().await.unwrap()
}

fn say(server: &Server, text: &str) {
    server.receive("default", Incoming::text(ADA, text));
}

/// The next item, which has to come.
pub async fn next(events: &mut EventStream) -> Received {
    let item = timeout(Duration::from_secs(20), events.next()).await.expect("nothing comes");
    item.expect("the stream has ended").expect("no error")
}

pub async fn next_gap(events: &mut EventStream) -> Gap {
    match next(events).await {
        Received::Gap(gap) => gap,
        other => panic!("{other:?} is no gap"),
    }
}

/// The error that ends the stream.
pub async fn last_error(events: &mut EventStream) -> waha::Error {
    let item = timeout(Duration::from_secs(20), events.next()).await.expect("nothing comes");
    let error = item.expect("the stream has ended").expect_err("an item");
    assert!(events.next().await.is_none() && StreamExt::next(events).await.is_none());
    error
}

pub fn text_of(event: &Event) -> &str {
    match &event.payload {
        Payload::Message(message) | Payload::MessageAny(message) => message.body.as_deref().unwrap_or_default(),
        other => panic!("{other:?} is no message"),
    }
}

/// The text of the next item, which is a message.
pub async fn next_text(events: &mut EventStream) -> String {
    match next(events).await {
        Received::Event(event) => text_of(&event).to_owned(),
        other => panic!("{other:?} is no event"),
    }
}

/// Waits until the server knows that so many listen.
async fn listeners(server: &Server, count: usize) {
    until("the number of listeners", || server.websockets() == count).await;
}

#[tokio::test]
async fn a_message_arrives_as_an_event() {
    let server = server().await;
    let mut events = listen(&server).await;
    let id = server.receive("default", Incoming::text(ADA, "Hi"));
    let event = events.next_event().await.unwrap().unwrap();
    let Payload::Message(message) = &event.payload else { panic!("{event:?}") };
    assert_eq!((event.session.as_str(), message.id.as_str(), text_of(&event)), ("default", id.as_str(), "Hi"));
    let json: serde_json::Value = serde_json::from_slice(event.received_json().unwrap()).unwrap();
    assert_eq!((&json["event"], &json["payload"]["id"]), (&"message".into(), &id.as_str().into()));
    assert!(Event::from_slice(json.to_string().as_bytes()).unwrap().received_json().is_none());
    assert!(event.id.unwrap().starts_with("evt_"));
    let stats = events.stats();
    assert_eq!((stats.received, stats.buffered, stats.dropped, stats.reconnects), (1, 0, 0, 0));
    assert!(stats.is_connected);
}

#[tokio::test]
async fn only_what_is_asked_for_comes() {
    let server = Server::builder().session("default").session("other").start().await.unwrap();
    let client = client(&server);
    let mut own = client.default_session().events().only(["message"]).connect().await.unwrap();
    let mut all = client.events().connect().await.unwrap();
    let queries: Vec<_> = server.requests().iter().map(|request| request.path_and_query.clone()).collect();
    assert_eq!(queries, ["/ws?session=default&events=message", "/ws?session=*"]);
    server.receive("other", Incoming::text(ADA, "for the other"));
    say(&server, "Hi");
    assert_eq!(next_text(&mut own).await, "Hi");
    let mut heard = Vec::new();
    for _ in 0..4 {
        let event = all.next_event().await.unwrap().unwrap();
        heard.push((event.session.clone(), event.name().to_string()));
    }
    let pair = |session: &str, name: &str| (session.to_owned(), name.to_owned());
    assert_eq!(
        heard,
        [
            pair("other", "message"),
            pair("other", "message.any"),
            pair("default", "message"),
            pair("default", "message.any")
        ]
    );
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let session = client(&server().await).default_session();
    let nothing: [EventName; 0] = [];
    let error = session.events().only(nothing).connect().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::InvalidRequest, "no event is named: `only` needs at least one")
    );
    let useless = session.events().only(["session.status"]).catch_up(CatchUp::new());
    assert_eq!(useless.connect().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[track_caller]
fn assert_same(one: &Event, other: &Event) {
    assert_eq!(
        (&one.id, one.timestamp, &one.session, &one.metadata),
        (&other.id, other.timestamp, &other.session, &other.metadata)
    );
    assert_eq!(format!("{:?} {:?}", one.me, one.payload), format!("{:?} {:?}", other.me, other.payload));
}

/// Does what makes the stand-in tell of as many kinds of events as it knows.
async fn live(server: &Server, client: &Client) {
    const GROUP: &str = "111111111111111111@g.us";
    let session = client.default_session();
    // What an engine cannot do is not told of.
    let _ = session.subscribe(ADA).await;
    server.set_presence(ADA, waha_sim::Presence::Online);
    let id = server.receive("default", Incoming::text(ADA, "Hi"));
    server.react("default", ADA, &id, "👍");
    server.edit("default", ADA, &id, "Hello");
    server.revoke("default", ADA, &id);
    let poll = session.chat(ADA).unwrap().send_poll(waha::types::Poll::builder().name("?").options(["a", "b"])).await;
    let poll = poll.unwrap().id.unwrap().to_string();
    server.vote("default", ADA, &poll, &["a"]);
    server.deliver("default", ADA);
    server.read("default", ADA);
    let call = server.ring("default", ADA, false).unwrap();
    let _ = session.calls().reject().from(ADA).id(call).await;
    let _ = session.chats().archive().chat_id(ADA).await;
    server.join_group(GROUP, BOB);
    server.leave_group(GROUP, BOB);
    let _ = session.labels().create().name("New").color(1).await;
    server.set_status("default", waha_sim::SessionStatus::Stopped);
}

/// Asks to be told of somebody's presence.
trait Subscribe {
    async fn subscribe(&self, id: &str) -> Result<(), waha::Error>;
}

impl Subscribe for waha::Session {
    async fn subscribe(&self, id: &str) -> Result<(), waha::Error> {
        self.chat(id)?.subscribe_presence().await.map(drop)
    }
}

#[tokio::test]
async fn every_event_that_the_server_emits_arrives_once_and_in_order_on_every_engine() {
    let mut names = BTreeSet::new();
    for engine in [Engine::Webjs, Engine::Wpp, Engine::Noweb, Engine::Gows] {
        let group = |group: waha_sim::Group| group.member(ADA);
        let builder = Server::builder().engine(engine).session("default").group("111111111111111111@g.us", group);
        let server = builder.start().await.unwrap();
        let client = client(&server);
        let mut events = client.events().connect().await.unwrap();
        let before = server.events().len();
        live(&server, &client).await;
        let sent = server.events().split_off(before);
        assert!(sent.len() > 12, "{engine:?}: {}", sent.len());
        for sent in sent {
            let event = events.next_event().await.unwrap().unwrap();
            assert_same(&event, &Event::from_slice(sent.to_string().as_bytes()).unwrap());
            assert!(!matches!(event.payload, Payload::Unknown { .. } | Payload::Undecodable { .. }), "{event:?}");
            names.insert(event.name().to_string());
        }
        assert!(events.next().now_or_never().is_none());
    }
    assert!(names.len() >= 14, "{names:?}");
}

#[tokio::test]
async fn every_event_of_every_engine_arrives_as_it_would_be_read_from_a_webhook() {
    let fixtures: Vec<Value> = serde_json::from_str(include_str!("../fixtures/events.json")).unwrap();
    let bodies: Vec<_> = fixtures.iter().map(|event| event["body"].to_string()).collect();
    let names: BTreeSet<_> = fixtures.iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect();
    let known = EventName::KNOWN.iter().map(ToString::to_string).collect();
    assert_eq!(names, known);
    let sent = bodies.clone();
    let server = ScriptedServer::start(move |_, mut socket| {
        let sent = sent.clone();
        async move {
            for body in sent {
                futures_util::SinkExt::send(&mut socket, body.into()).await.unwrap();
            }
            hear(&mut socket).await;
        }
    })
    .await;
    let mut events = server.client().events().connect().await.unwrap();
    for body in bodies {
        let event = events.next_event().await.unwrap().unwrap();
        assert_same(&event, &Event::from_slice(body.as_bytes()).unwrap());
    }
}

#[tokio::test]
async fn the_key_is_in_the_query_and_nowhere_to_be_read() {
    const KEY: &str = "marker-of-the-key & 0123456789";
    let traces = Traces::capture();
    let server = Server::builder().api_key(KEY).path_prefix("/waha").session("default").start().await.unwrap();
    let options = RequestOptions::new().header("X-Gateway", "secret-of-the-gateway").unwrap();
    let client = Client::builder(server.url()).api_key(KEY).options(options).build().unwrap();
    let listener = quick(client.default_session().events().only(["message"]));
    let mut shown = format!("{listener:?}");
    let mut events = listener.connect().await.unwrap();
    let request = server.requests().remove(0);
    assert!(
        request.path_and_query.contains("x-api-key=marker-of-the-key+%26+0123456789"),
        "{}",
        request.path_and_query
    );
    assert_eq!(request.headers["x-gateway"], "secret-of-the-gateway");
    say(&server, "Hi");
    assert_eq!(next_text(&mut events).await, "Hi");
    server.close_websockets(1012, format!("restart {KEY}"));
    let gap = next_gap(&mut events).await;
    shown += &format!("{gap:?} {:?} {}", gap.cause(), gap.cause());
    server.close_websockets(1008, format!("no {KEY}"));
    let error = last_error(&mut events).await;
    shown += &format!("{events:?} {error:?} {error}");
    server.fault(Fault::on_path("/ws").redirect(302, format!("/login?x-api-key={KEY}")));
    let error = client.events().connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    shown += &format!("{error:?} {error}");
    drop(server);
    let error = client.with(|options| options.retry(Retry::never())).events().connect().await.unwrap_err();
    // The library below logs the frames that arrive, as this server does that runs in the same process.
    let traces = traces.take();
    let traces: Vec<_> = traces.lines().filter(|line| !line.contains("log.target=\"tungstenite::protocol")).collect();
    shown += &format!("{error:?} {error} {}", traces.join("\n"));
    assert!(shown.contains("***") && shown.contains("restart") && shown.contains("/login"), "{shown}");
    for secret in ["marker-of", "0123456789", "secret-of-the-gateway"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

#[tokio::test]
async fn a_wrong_key_ends_the_stream_with_the_reason() {
    let server = Server::builder().api_key("right").session("default").start().await.unwrap();
    let client = Client::builder(server.url()).api_key("wrong").build().unwrap();
    let mut events = quick(client.events()).connect().await.unwrap();
    let error = last_error(&mut events).await;
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(
        error.to_string(),
        "events: the server refuses to send events (1008: Unauthorized) (the server wants an API key that it knows)"
    );
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((server.requests().len(), server.websockets()), (1, 0));
}

#[tokio::test]
async fn a_refusal_by_the_server_ends_the_stream_at_any_time() {
    let server = server().await;
    for (reason, kind) in
        [("Forbidden", ErrorKind::Forbidden), ("Unauthorized", ErrorKind::Unauthorized), ("x", ErrorKind::Other)]
    {
        let mut events = listen(&server).await;
        say(&server, "first");
        server.close_websockets(1008, reason);
        assert_eq!(next_text(&mut events).await, "first");
        assert_eq!(last_error(&mut events).await.kind(), kind);
        assert!(!events.stats().is_connected);
    }
    for (status, kind) in [(401, ErrorKind::Unauthorized), (403, ErrorKind::Forbidden)] {
        let mut events = listen(&server).await;
        server.fault(Fault::on_path("/ws").refused(status, "no"));
        let error = client(&server).events().connect().await.unwrap_err();
        assert_eq!((error.kind(), error.operation().unwrap().path()), (kind, "/ws"));
        server.drop_websockets();
        assert_eq!(last_error(&mut events).await.kind(), kind);
        server.clear_faults();
    }
}

#[tokio::test]
async fn after_a_reconnect_the_gap_is_told_and_events_go_on() {
    let server = server().await;
    let mut events = listen(&server).await;
    for (round, reason) in [None, Some((1001, "going away")), Some((1012, "Service Restart")), Some((1011, "oops"))]
        .into_iter()
        .enumerate()
    {
        say(&server, "before");
        assert_eq!(next_text(&mut events).await, "before");
        let before = SystemTime::now();
        match reason {
            None => server.drop_websockets(),
            Some((code, reason)) => server.close_websockets(code, reason),
        }
        let gap = next_gap(&mut events).await;
        assert!(gap.since() <= gap.until() && gap.until() >= before && gap.until() <= SystemTime::now());
        assert!(gap.since().elapsed().unwrap() < Duration::from_secs(20));
        assert_eq!((gap.attempts(), gap.cause().kind()), (1, ErrorKind::Connection));
        if let Some((code, reason)) = reason {
            assert!(gap.cause().message().contains(&format!("{code}: {reason}")), "{}", gap.cause());
        }
        assert_eq!(events.stats().reconnects, round as u64 + 1);
        listeners(&server, 1).await;
        say(&server, "after");
        assert_eq!(next_text(&mut events).await, "after");
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_tried_until_it_is_up_again() {
    let server = server().await;
    let mut events = listen(&server).await;
    server.refuse_connections();
    until("a lost connection", || !events.stats().is_connected).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.fault(Fault::on_path("/ws").times(3).bad_gateway());
    server.accept_connections();
    let gap = next_gap(&mut events).await;
    assert!(gap.attempts() > 4, "{gap:?}");
    say(&server, "Hi");
    assert_eq!(next_text(&mut events).await, "Hi");
}

#[tokio::test]
async fn it_gives_up_after_the_time_that_was_set() {
    let server = server().await;
    let listener = quick(client(&server).default_session().events()).give_up_after(Duration::from_millis(200));
    let mut events = listener.connect().await.unwrap();
    server.refuse_connections();
    let error = last_error(&mut events).await;
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.to_string().contains("`EventListener::give_up_after`"), "{error}");
}

#[tokio::test]
async fn connecting_fails_as_any_call_does() {
    let server = server().await;
    server.refuse_connections();
    let client = client(&server).with(|options| options.retry(Retry::never()));
    let error = client.events().connect().await.unwrap_err();
    assert_eq!((error.kind(), error.operation().unwrap().id()), (ErrorKind::Connection, "events"));
    let broken = client.with(|options| options.timeout(Duration::ZERO));
    assert_eq!(broken.events().connect().await.unwrap_err().kind(), ErrorKind::Configuration);
}

#[tokio::test]
async fn a_half_open_connection_is_noticed_within_two_heartbeats() {
    let server = server().await;
    let mut events = listen(&server).await;
    let clock = StoppedClock::new();
    server.stall_websockets();
    pass(EventListener::DEFAULT_HEARTBEAT).await;
    assert!(events.stats().is_connected);
    pass(EventListener::DEFAULT_HEARTBEAT).await;
    until("a lost connection", || !events.stats().is_connected).await;
    drop(clock);
    tokio::time::resume();
    let gap = next_gap(&mut events).await;
    assert_eq!(gap.cause().message(), "the server has been silent for 60 s");
    say(&server, "Hi");
    assert_eq!(next_text(&mut events).await, "Hi");
}

#[tokio::test]
async fn a_quiet_server_that_answers_pings_is_kept() {
    let server = server().await;
    let mut events = listen(&server).await;
    let clock = StoppedClock::new();
    for _ in 0..20 {
        for _ in 0..3 {
            pass(EventListener::DEFAULT_HEARTBEAT / 3).await;
            // Real time for the answer to arrive.
            tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(5))).await.unwrap();
        }
        // The server's own heartbeat, which cuts who does not answer.
        server.advance(Duration::from_secs(30));
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(5))).await.unwrap();
    }
    drop(clock);
    tokio::time::resume();
    say(&server, "Hi");
    assert_eq!(next_text(&mut events).await, "Hi");
    assert_eq!(events.stats().reconnects, 0);
}

#[tokio::test]
async fn an_old_server_that_sends_all_sessions_is_understood() {
    let builder = Server::builder().age(Age::Old).session("default").session("other");
    let server = builder.start().await.unwrap();
    let mut events = listen(&server).await;
    let gap = next_gap(&mut events).await;
    assert!(gap.cause().message().contains("use session=*"), "{}", gap.cause());
    listeners(&server, 1).await;
    server.receive("other", Incoming::text(ADA, "for the other"));
    say(&server, "Hi");
    let event = events.next_event().await.unwrap().unwrap();
    assert_eq!((event.session.as_str(), text_of(&event), &event.id), ("default", "Hi", &None));
    // Its pings come every 10 s, so that it is missed sooner.
    let clock = StoppedClock::new();
    for _ in 0..2 {
        pass(Duration::from_secs(10)).await;
        server.advance(Duration::from_secs(10));
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(20))).await.unwrap();
    }
    server.stall_websockets();
    pass(Duration::from_secs(11)).await;
    pass(Duration::from_secs(11)).await;
    until("a lost connection", || !events.stats().is_connected).await;
    drop(clock);
}

#[tokio::test]
async fn what_was_missed_is_caught_up_in_order_and_nothing_comes_twice() {
    let server = server().await;
    let listener = client(&server).default_session().events().only([EventName::Message, EventName::MessageAny]);
    let mut events = quick(listener).catch_up(CatchUp::new()).connect().await.unwrap();
    server.receive("default", Incoming::text(BOB, "0"));
    for name in ["message", "message.any"] {
        let event = events.next_event().await.unwrap().unwrap();
        assert_eq!((text_of(&event), event.name().as_str()), ("0", name));
    }
    server.refuse_connections();
    until("a lost connection", || !events.stats().is_connected).await;
    let mut expected = Vec::new();
    for (number, who) in [ADA, BOB, ADA, BOB, BOB].into_iter().enumerate() {
        let text = format!("{}", number + 1);
        server.receive("default", Incoming::text(who, text.as_str()));
        expected.extend([(text.clone(), "message".to_owned()), (text, "message.any".to_owned())]);
        server.advance(Duration::from_secs(1));
    }
    server.write_on_phone("default", ADA, "own");
    expected.push(("own".to_owned(), "message.any".to_owned()));
    server.accept_connections();
    let gap = next_gap(&mut events).await;
    assert_eq!(gap.cause().kind(), ErrorKind::Connection);
    // Comes while the others are fetched, and after them.
    say(&server, "live");
    let mut missed = Vec::new();
    let caught_up = loop {
        match next(&mut events).await {
            Received::Missed(event) => {
                assert_eq!((&event.id, event.timestamp, event.session.as_str()), (&None, None, "default"));
                missed.push((text_of(&event).to_owned(), event.name().to_string()));
            }
            Received::CaughtUp(caught_up) => break caught_up,
            other => panic!("{other:?}"),
        }
    };
    missed.retain(|(text, _)| text != "live");
    assert_eq!(missed, expected);
    assert!(caught_up.is_complete() && caught_up.error().is_none(), "{caught_up:?}");
    say(&server, "later");
    let mut rest = Vec::new();
    while rest.len() < 2 || rest.last() != Some(&("later".to_owned(), "message.any".to_owned())) {
        match next(&mut events).await {
            Received::Event(event) => rest.push((text_of(&event).to_owned(), event.name().to_string())),
            other => panic!("{other:?}"),
        }
    }
    let seen: BTreeSet<_> = rest.iter().collect();
    assert_eq!(seen.len(), rest.len(), "{rest:?}");
    assert!(rest.iter().all(|(text, _)| text == "live" || text == "later"), "{rest:?}");
}

#[tokio::test]
async fn what_came_before_the_stream_is_not_caught_up() {
    let server = Server::builder().session("default").session("other").start().await.unwrap();
    for text in ["old", "older"] {
        say(&server, text);
        server.advance(Duration::from_secs(60));
    }
    let mut events =
        quick(client(&server).events().only(["message"])).catch_up(CatchUp::new()).connect().await.unwrap();
    server.refuse_connections();
    until("a lost connection", || !events.stats().is_connected).await;
    say(&server, "one");
    server.receive("other", Incoming::text(ADA, "two"));
    server.accept_connections();
    next_gap(&mut events).await;
    let mut missed = BTreeSet::new();
    while let Received::Missed(event) = next(&mut events).await {
        missed.insert((event.session.clone(), text_of(&event).to_owned()));
    }
    let expected = [("default", "one"), ("other", "two")].map(|(session, text)| (session.to_owned(), text.to_owned()));
    assert_eq!(missed, expected.into());
}

#[tokio::test]
async fn catching_up_is_bounded_and_says_so() {
    let server = server().await;
    let listener = quick(client(&server).default_session().events().only(["message"]));
    let mut events = listener.catch_up(CatchUp::new().max_messages(150)).connect().await.unwrap();
    server.refuse_connections();
    until("a lost connection", || !events.stats().is_connected).await;
    for number in 0..200 {
        say(&server, &number.to_string());
    }
    server.accept_connections();
    next_gap(&mut events).await;
    let (mut missed, mut caught_up) = (Vec::new(), None);
    while caught_up.is_none() {
        match next(&mut events).await {
            Received::Missed(event) => missed.push(text_of(&event).to_owned()),
            Received::CaughtUp(result) => caught_up = Some(result),
            other => panic!("{other:?}"),
        }
    }
    let latest: Vec<_> = (50..200).map(|number| number.to_string()).collect();
    assert_eq!(missed, latest);
    let caught_up = caught_up.unwrap();
    assert_eq!((caught_up.missed(), caught_up.is_complete()), (150, false));
}

#[tokio::test]
async fn catching_up_waits_for_the_session_and_tells_why_it_failed() {
    let server = server().await;
    let listener = quick(client(&server).events().only(["message"]));
    let how = CatchUp::new().patience(Duration::from_secs(2));
    let mut events = listener.catch_up(how).connect().await.unwrap();
    for (times, has_error) in [(1, false), (100, true)] {
        server.fault(Fault::on("chats_list_overview").times(times).exception("not yet"));
        server.drop_websockets();
        next_gap(&mut events).await;
        let Received::CaughtUp(caught_up) = next(&mut events).await else { panic!("no end of catching up") };
        assert_eq!((caught_up.error().is_some(), caught_up.is_complete()), (has_error, !has_error), "{caught_up:?}");
        server.clear_faults();
    }
    listeners(&server, 1).await;
    say(&server, "Hi");
    assert_eq!(next_text(&mut events).await, "Hi");
}

#[tokio::test]
async fn a_cancelled_next_loses_nothing() {
    let server = ScriptedServer::start(|_, mut socket| async move {
        for id in 0..300 {
            send(&mut socket, [id]).await;
            if id % 3 == 0 {
                tokio::task::yield_now().await;
            }
        }
        hear(&mut socket).await;
    })
    .await;
    let mut events = server.session().events().buffer(2).connect().await.unwrap();
    let (mut received, mut cancelled) = (Vec::new(), 0);
    while received.len() < 300 {
        // Polled once, and dropped.
        match events.next_event().now_or_never() {
            Some(event) => received.push(text_of(&event.unwrap().unwrap()).parse::<usize>().unwrap()),
            None => {
                cancelled += 1;
                tokio::task::yield_now().await;
            }
        }
    }
    assert_eq!(received, (0..300).collect::<Vec<_>>());
    assert!(cancelled > 10, "{cancelled}");
}

#[tokio::test]
async fn dropping_closes_the_connection_cleanly_and_ends_the_task() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let server = ScriptedServer::start(move |_, mut socket| {
        let tell = tell.clone();
        async move {
            send(&mut socket, 0..100).await;
            tell.send(hear(&mut socket).await).unwrap();
        }
    })
    .await;
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    for is_dropped in [true, false, true] {
        let before = tasks();
        let mut events = server.session().events().buffer(10).connect().await.unwrap();
        assert_eq!(next_text(&mut events).await, "0");
        // One is the server's connection.
        until("two more tasks", || tasks() == before + 2).await;
        if is_dropped {
            drop(events);
        } else {
            events.close().await;
        }
        let heard = timeout(Duration::from_secs(5), told.recv()).await.expect("an end").unwrap();
        let Some(tokio_tungstenite::tungstenite::Message::Close(Some(close))) = heard.last() else {
            panic!("{heard:?}")
        };
        assert_eq!(u16::from(close.code), 1000);
        until("no more tasks", || tasks() == before).await;
    }
}

#[tokio::test]
async fn closing_does_not_wait_for_a_server_that_does_not_answer() {
    let server = server().await;
    let events = listen(&server).await;
    server.stall_websockets();
    timeout(Duration::from_secs(4), events.close()).await.expect("an end");
    // Nor while the server is down.
    let events = listen(&server).await;
    server.refuse_connections();
    until("a lost connection", || !events.stats().is_connected).await;
    timeout(Duration::from_secs(1), events.close()).await.expect("an end");
}

#[tokio::test]
async fn a_proxy_is_used_for_the_connection() {
    // It takes the request for the server, and answers in its place.
    let proxy = ScriptedServer::start(|_, mut socket| async move {
        send(&mut socket, [7]).await;
        hear(&mut socket).await;
    })
    .await;
    let options = RequestOptions::new().proxy(proxy.url()).unwrap();
    let client = Client::builder("http://waha.invalid/prefix").options(options).build().unwrap();
    let mut events = client.default_session().events().connect().await.unwrap();
    assert_eq!(next_text(&mut events).await, "7");
    let uri = proxy.requests()[0].uri().clone();
    assert_eq!((uri.host(), uri.path()), (Some("waha.invalid"), "/prefix/ws"));
}

#[cfg(feature = "rustls")]
#[tokio::test]
async fn over_tls_http_2_is_not_offered() {
    use std::sync::Arc;

    use tokio_rustls::{
        TlsAcceptor,
        rustls::{ServerConfig, pki_types::PrivateKeyDer},
    };

    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = ScriptedServer::raw(move |_, stream| {
        let acceptor = acceptor.clone();
        async move {
            let stream = acceptor.accept(stream).await.unwrap();
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
            let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
            futures_util::SinkExt::send(&mut socket, message(1).into()).await.unwrap();
            while let Some(Ok(_)) = socket.next().await {}
        }
    })
    .await;
    let options = RequestOptions::new().root_certificates(certified.cert.pem()).unwrap().retry(Retry::never());
    let url = server.url().replace("http://127.0.0.1", "https://localhost");
    let client = Client::builder(url).options(options).build().unwrap();
    let mut events = client.default_session().events().connect().await.unwrap();
    assert_eq!(next_text(&mut events).await, "1");
    // A certificate that is not trusted is an error of the first connection.
    let url = server.url().replace("http://127.0.0.1", "https://localhost");
    let options = RequestOptions::new().retry(Retry::never());
    let distrustful = Client::builder(url).options(options).build().unwrap();
    assert_eq!(distrustful.events().connect().await.unwrap_err().kind(), ErrorKind::Tls);
}

#[tokio::test]
async fn a_payload_of_another_shape_arrives_as_an_event() {
    let server = server().await;
    let mut events = listen(&server).await;
    server.fault(Fault::on_event("message").times(1).edit_json(|event| event["payload"] = json!([1, 2])));
    say(&server, "Hi");
    let event = events.next_event().await.unwrap().unwrap();
    assert!(matches!(event.payload, Payload::Undecodable { .. }), "{event:?}");
    server.fault(Fault::on_event("message").times(1).prefix("\u{feff}").half_surrogates());
    say(&server, "Ho");
    let event = events.next_event().await.unwrap().unwrap();
    assert!(matches!(event.payload, Payload::Message(_)), "{event:?}");
}
