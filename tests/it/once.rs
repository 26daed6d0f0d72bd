//! Messages that are sent once: with every kind of failure one by one, and with random crashes of client, server and
//! connection, after which the other side's log has to have every message once.
//!
//! By default about five thousand messages are sent in storms. What happens is drawn from a seed, which every run prints:
//!
//! ```sh
//! WAHA_ONCE_MESSAGES=20000 cargo test --test it once -- --nocapture    # as many in each storm, from a new seed
//! WAHA_ONCE_SEED=42 cargo test --test it once                          # that of an earlier run
//! ```

use std::{
    collections::{BTreeMap, HashMap},
    future::IntoFuture,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use fastrand::Rng;
use futures_util::{StreamExt, stream};
use waha::{
    Client, ErrorKind, RequestOptions, Retry, Session,
    handles::{Once, Outcome, SendOnce},
    types::{ContactCard, Poll},
};
use waha_sim::{Engine, Fault, Server, WebPage};

const CHAT: &str = "11111111111@c.us";
const GROUP: &str = "111111111111111111@g.us";
const ENGINES: [Engine; 4] = [Engine::Gows, Engine::Noweb, Engine::Webjs, Engine::Wpp];

/// Long enough for a server on the same computer.
const SETTLE: Duration = Duration::from_millis(150);

fn takes_ids(engine: Engine) -> bool {
    matches!(engine, Engine::Gows | Engine::Noweb)
}

fn session(server: &Server) -> Session {
    let retry = Retry::new().min_delay(Duration::from_millis(1)).max_delay(Duration::from_millis(10));
    let options = RequestOptions::new().retry(retry).timeout(Duration::from_secs(5)).no_proxy();
    Client::builder(server.url()).options(options).build().expect("a client").default_session()
}

async fn server(engine: Engine) -> Server {
    let builder = Server::builder().engine(engine).session("default").group(GROUP, |group| group.member(CHAT));
    builder.start().await.expect("a port")
}

fn quick<B: SendOnce>(message: Once<B>) -> Once<B> {
    message.settle_time(SETTLE)
}

/// How often a text went out to others.
fn count(server: &Server, text: &str) -> usize {
    server.sent().iter().filter(|sent| sent.text.as_deref() == Some(text)).count()
}

/// The requests of an operation.
fn requests(server: &Server, operation: &str) -> usize {
    server.requests().iter().filter(|request| request.operation == Some(operation)).count()
}

#[tokio::test]
async fn an_answer_that_comes_is_the_result_and_nothing_else_is_asked() {
    for engine in ENGINES {
        let server = server(engine).await;
        let session = session(&server);
        let sent = session.chat(CHAT).expect("an id").send_text("hi").once().await.expect("sent");
        assert!(sent.id.is_some());
        assert_eq!(count(&server, "hi"), 1);
        // An id, or a look at the chat.
        assert_eq!(requests(&server, "chats_list_messages"), usize::from(!takes_ids(engine)));
        assert_eq!(server.requests().len(), if takes_ids(engine) { 2 } else { 3 });
    }
}

/// What is sent goes out, and its answer is lost in every way.
fn lost() -> Vec<(&'static str, Fault)> {
    let fault = || Fault::on("chatting_send_text").times(1);
    vec![
        ("reset", fault().reset_before_answer()),
        ("reset in the head", fault().reset_at(10)),
        ("reset in the body", fault().reset_within_body(5)),
        ("cut short", fault().cut_short(5)),
        ("502", fault().bad_gateway().performed()),
        ("504", fault().web_page(WebPage::Nginx(504)).performed()),
        ("500", fault().exception("it broke").performed()),
        ("unreadable", fault().truncated(3)),
        ("a timeout", fault().delay(Duration::from_secs(3))),
    ]
}

#[tokio::test]
async fn a_message_whose_answer_is_lost_is_found() {
    for engine in ENGINES {
        for (name, fault) in lost() {
            let server = server(engine).await;
            let session = session(&server).with(|options| options.timeout(Duration::from_millis(900)));
            server.fault(fault);
            let sent = quick(session.chat(CHAT).expect("an id").send_text("hi").once()).await;
            let sent = sent.unwrap_or_else(|error| panic!("{engine}, {name}: {error:?}"));
            assert_eq!(sent.id.expect("an id").bare(), server.sent()[0].id, "{engine}, {name}");
            assert_eq!(count(&server, "hi"), 1, "{engine}, {name}");
            assert_eq!(requests(&server, "chatting_send_text"), 1, "{engine}, {name}");
        }
    }
}

#[tokio::test]
async fn a_message_that_is_not_there_is_sent_again_with_its_id_or_not_at_all() {
    for engine in ENGINES {
        let server = server(engine).await;
        server.fault(Fault::on("chatting_send_text").times(1).unperformed().reset_before_answer());
        let begun = Instant::now();
        let sent = quick(session(&server).chat(CHAT).expect("an id").send_text("hi").once()).await;
        assert!(begun.elapsed() >= SETTLE);
        if takes_ids(engine) {
            assert_eq!(sent.expect("sent").id.expect("an id").bare(), server.sent()[0].id);
            assert_eq!(requests(&server, "chatting_send_text"), 2);
            let ids: Vec<_> = server.requests().iter().filter_map(|request| chosen_id(&request.body)).collect();
            assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
        } else {
            let error = sent.expect_err("never sent again");
            assert_eq!(error.kind(), ErrorKind::MaybeSent, "{error}");
            assert!(error.may_have_arrived() && error.was_not_found() && error.message_id().is_none(), "{error}");
            assert_eq!(requests(&server, "chatting_send_text"), 1);
        }
    }
}

fn chosen_id(body: &[u8]) -> Option<String> {
    serde_json::from_slice::<serde_json::Value>(body).ok()?["id"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn it_is_sent_again_as_often_as_the_retry_policy_allows() {
    for retries in 0..3 {
        let server = server(Engine::Gows).await;
        server.fault(Fault::on("chatting_send_text").unperformed().reset_before_answer());
        let retry = Retry::new().max_retries(retries).min_delay(Duration::from_millis(1));
        let session = session(&server).with(|options| options.retry(retry));
        let error = quick(session.chat(CHAT).expect("an id").send_text("hi").once()).await.expect_err("not sent");
        assert_eq!(error.kind(), ErrorKind::MaybeSent);
        assert!(error.was_not_found());
        assert_eq!(requests(&server, "chatting_send_text"), retries + 1);
        let id = error.message_id().expect("an id").to_owned();
        assert_eq!(session.outcome_of(id.as_str()).await.expect("an answer"), Outcome::NotFound);
        server.clear_faults();
        // The caller's own way out: the same id again.
        let bare = id.parse::<waha::MessageId>().expect("an id").bare().to_owned();
        let message = session.chat(CHAT).expect("an id").send_text("hi").id(bare);
        quick(message.once().after(SystemTime::now())).await.expect("sent");
        assert!(matches!(session.outcome_of(id.as_str()).await, Ok(Outcome::Sent(_))));
        assert_eq!(count(&server, "hi"), 1);
    }
}

#[tokio::test]
async fn a_message_that_the_server_is_still_working_on_is_waited_for() {
    for engine in ENGINES {
        // WhatsApp does not help: only the settle time keeps the message from being sent twice.
        let builder = Server::builder().engine(engine).session("default").shows_repeated_ids();
        let server = builder.start().await.expect("a port");
        let late = Fault::on("chatting_send_text").times(1).performed_after(SETTLE / 3);
        server.fault(late.reset_before_answer());
        quick(session(&server).chat(CHAT).expect("an id").send_text("hi").once()).await.expect("sent");
        assert_eq!(requests(&server, "chatting_send_text"), 1, "{engine}");
        assert_eq!(count(&server, "hi"), 1, "{engine}");
    }
}

#[tokio::test]
async fn a_message_that_the_server_has_lost_is_dropped_by_its_id() {
    let server = server(Engine::Noweb).await;
    server.fault(Fault::on("chatting_send_text").times(1).forgotten().reset_before_answer());
    quick(session(&server).chat(CHAT).expect("an id").send_text("hi").once()).await.expect("sent");
    assert_eq!(requests(&server, "chatting_send_text"), 2);
    assert_eq!(count(&server, "hi"), 1);
}

#[tokio::test]
async fn what_cannot_be_told_is_an_error_that_says_so_and_can_be_asked_again() {
    for engine in ENGINES {
        let server = server(engine).await;
        let session = session(&server);
        // The first look of the other engines is before the message is sent.
        let (look, spared) = match takes_ids(engine) {
            true => ("chats_get_message", 0),
            false => ("chats_list_messages", 1),
        };
        let chat = session.chat(CHAT).expect("an id");
        if spared == 1 {
            chat.send_text("an earlier one").await.expect("sent");
        }
        let failing = async {
            while requests(&server, "chatting_send_text") == spared {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            server.fault(Fault::on(look).bad_gateway());
        };
        server.fault(Fault::on("chatting_send_text").times(1).delay(Duration::from_millis(100)).reset_before_answer());
        let message = quick(chat.send_text("hi").once()).deadline(Duration::from_millis(900));
        let (result, ()) = tokio::join!(message, failing);
        let error = result.expect_err("nobody knows");
        assert_eq!(error.kind(), ErrorKind::MaybeSent, "{engine}: {error:?}");
        assert!(error.may_have_arrived() && !error.was_not_found(), "{engine}: {error:?}");
        assert!(format!("{error:?}").contains("Caused by: chatting_send_text"), "{error:?}");
        server.clear_faults();
        match error.message_id() {
            Some(id) => assert!(matches!(session.outcome_of(id).await, Ok(Outcome::Sent(_)))),
            None => assert!(!takes_ids(engine)),
        }
        assert_eq!(count(&server, "hi"), 1);
    }
}

#[tokio::test]
async fn what_was_refused_or_never_left_was_not_sent() {
    for engine in ENGINES {
        let server = server(engine).await;
        let session = session(&server);
        let chat = session.chat(CHAT).expect("an id");
        let refused = [
            (Fault::on("chatting_send_text").refused(422, "no"), ErrorKind::InvalidRequest),
            (Fault::on("chatting_send_text").rate_limited(Duration::ZERO), ErrorKind::RateLimited),
            (Fault::on("chatting_get_new_message_id").bad_gateway(), ErrorKind::Server),
            (Fault::on("chatting_get_new_message_id").reset_before_answer(), ErrorKind::Connection),
        ];
        for (fault, kind) in refused {
            server.clear_faults();
            server.fault(fault);
            let error = quick(chat.send_text("hi").once()).await.expect_err("refused");
            assert_eq!((error.kind(), error.may_have_arrived()), (kind, false), "{engine}: {error:?}");
        }
        server.clear_faults();
        server.fault(Fault::on("chatting_send_text").exception("463"));
        let error = quick(chat.send_text("hi").once()).await.expect_err("refused by WhatsApp");
        assert_eq!((error.kind(), error.message()), (ErrorKind::Server, "463"), "{engine}");
        server.refuse_connections();
        // A client that has a connection cannot tell whether a request still arrived over it.
        let chat = self::session(&server).chat(CHAT).expect("an id");
        let error = quick(chat.send_text("hi").id("3EB0AA").once()).await.expect_err("no server");
        assert_eq!((error.kind(), error.may_have_arrived()), (ErrorKind::Connection, false), "{engine}: {error:?}");
        assert_eq!(server.sent(), []);
    }
    let server = server(Engine::Gows).await;
    let error = session(&server).chatting().send_text().once().await.expect_err("there is no chat and no text");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_session_that_keeps_no_messages_is_not_believed() {
    let server = server(Engine::Gows).await;
    let session = session(&server);
    let config = serde_json::json!({ "config": { "gows": { "storage": { "messages": false } } } });
    session.request(waha::Method::PUT, "/api/sessions/default").json(&config).await.expect("changed");
    server.set_status("default", waha_sim::SessionStatus::Working);
    server.fault(Fault::on("chatting_send_text").times(1).forgotten().reset_before_answer());
    let error = quick(session.chat(CHAT).expect("an id").send_text("hi").once()).await.expect_err("nobody knows");
    assert_eq!(error.kind(), ErrorKind::MaybeSent);
    assert!(!error.was_not_found() && error.message().contains("gows.storage.messages"), "{error}");
    assert_eq!(requests(&server, "chatting_send_text"), 1);
    let id = error.message_id().expect("an id").to_owned();
    assert_eq!(session.outcome_of(id.as_str()).await.expect_err("it means nothing").kind(), ErrorKind::NotSupported);
}

#[tokio::test]
async fn an_id_that_the_engine_does_not_take_is_not_relied_upon() {
    for engine in [Engine::Webjs, Engine::Wpp] {
        for is_sent in [true, false] {
            let server = Server::builder().engine(engine).session("default").real_time().start().await.expect("a port");
            let fault = Fault::on("chatting_send_text").times(1).reset_before_answer();
            server.fault(if is_sent { fault } else { fault.unperformed() });
            let message = session(&server).chat(CHAT).expect("an id").send_text("hi").id("3EB0AA");
            let result = quick(message.once()).await;
            assert_eq!(result.is_ok(), is_sent, "{engine}: {result:?}");
            assert_eq!(requests(&server, "chatting_send_text"), 1, "{engine}");
        }
    }
}

#[tokio::test]
async fn nothing_is_sent_twice_to_a_channel() {
    let channel = "111111111111111111@newsletter";
    let server =
        Server::builder().session("default").channel(channel, |channel| channel).start().await.expect("a port");
    server.fault(Fault::on("chatting_send_text").times(1).unperformed().reset_before_answer());
    let error = quick(session(&server).chat(channel).expect("an id").send_text("hi").once()).await.expect_err("lost");
    assert_eq!((error.kind(), error.was_not_found()), (ErrorKind::MaybeSent, true));
    assert_eq!(requests(&server, "chatting_send_text"), 1);
}

#[tokio::test]
async fn every_message_that_takes_an_id_is_found_by_its_content_as_well() {
    for engine in ENGINES {
        let server = server(engine).await;
        let session = session(&server);
        let (chat, group) = (session.chat(CHAT).expect("an id"), session.chat(GROUP).expect("an id"));
        for fault in ["text", "poll", "location", "contact_vcard"] {
            server.fault(Fault::on(format!("chatting_send_{fault}")).reset_before_answer());
        }
        server.fault(Fault::on("status_updates_send_text").reset_before_answer());
        let poll = || Poll::builder().name("Where?").options(["Here", "There"]).multiple_answers(false);
        let card = || ContactCard::builder().full_name("Bob").phone_number("+1 222 222 2222");
        let results = [
            quick(group.send_text("to the group").once()).await,
            quick(chat.send_poll(poll()).once()).await,
            quick(chat.send_location(52.5163, 13.3777, "Brandenburg Gate").once()).await,
            quick(chat.send_contact(card()).once()).await,
            quick(chat.send_contact(("Ada", "+1 333 333 3333")).once()).await,
            quick(session.status_updates().send_text().text("to everybody").once()).await,
        ];
        for (number, result) in results.into_iter().enumerate() {
            let sent = result.unwrap_or_else(|error| panic!("{engine}, {number}: {error:?}"));
            assert_eq!(sent.id.expect("an id").bare(), server.sent()[number].id, "{engine}, {number}");
        }
        assert_eq!(server.sent().len(), 6, "{engine}");
    }
}

#[tokio::test]
async fn another_message_of_the_same_content_is_not_taken_for_it() {
    for engine in [Engine::Webjs, Engine::Wpp] {
        let server = server(engine).await;
        let session = session(&server);
        let chat = session.chat(CHAT).expect("an id");
        chat.send_text("hi").await.expect("sent");
        let lost = || Fault::on("chatting_send_text").times(1).reset_before_answer();
        server.fault(lost().unperformed());
        let error = quick(chat.send_text("hi").once()).await.expect_err("only the earlier one is there");
        assert!(error.was_not_found(), "{engine}: {error:?}");
        // The fate of that one is unknown, so a further one could be it.
        server.fault(lost());
        let error = quick(chat.send_text("hi").once()).await.expect_err("it could be the one before");
        assert_eq!((error.kind(), error.was_not_found()), (ErrorKind::MaybeSent, false), "{engine}: {error:?}");
        server.fault(lost());
        quick(chat.send_text("something else").once()).await.expect("sent");
        // At the same time: one after the other.
        server.fault(Fault::on("chatting_send_text").times(3).reset_before_answer());
        let same = || quick(session.chat(CHAT).expect("an id").send_text("the same").once()).into_future();
        let sent = futures_util::future::join_all([same(), same(), same()]).await;
        let ids: std::collections::HashSet<_> =
            sent.into_iter().map(|sent| sent.expect("sent").id.expect("an id").to_string()).collect();
        assert_eq!(ids.len(), 3, "{engine}");
        // And somebody writes the same on the phone.
        server.fault(
            Fault::on("chatting_send_text").times(1).performed_after(Duration::from_millis(20)).reset_before_answer(),
        );
        let message = quick(chat.send_text("by two").once()).into_future();
        let on_the_phone = async {
            while requests(&server, "chatting_send_text") < 8 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            server.fault(Fault::on("chats_list_messages").times(1).delay(Duration::from_millis(60)));
            server.write_on_phone("default", CHAT, "by two");
        };
        let (result, ()) = tokio::join!(message, on_the_phone);
        // Which of them the client has found, it cannot know; it may also have found the one before the other came.
        assert!(result.is_ok() || result.is_err_and(|error| error.kind() == ErrorKind::MaybeSent), "{engine}");
    }
}

#[tokio::test]
async fn everything_together_ends_with_the_deadline() {
    for engine in ENGINES {
        let server = server(engine).await;
        let session = session(&server);
        server.fault(Fault::on("chatting_send_text").delay(Duration::from_secs(30)));
        let begun = Instant::now();
        let message = session.chat(CHAT).expect("an id").send_text("hi").once();
        let error = message.deadline(Duration::from_millis(300)).await.expect_err("no answer");
        assert_eq!(error.kind(), ErrorKind::MaybeSent, "{engine}: {error:?}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{engine}");
        // Before anything is sent, it is not sent.
        server.fault(Fault::on("chatting_get_new_message_id").delay(Duration::from_secs(30)));
        let message = session.chat(CHAT).expect("an id").send_text("never").once();
        let error = message.deadline(Duration::from_millis(100)).await.expect_err("no id");
        assert_eq!((error.kind(), error.may_have_arrived()), (ErrorKind::Timeout, false), "{engine}: {error:?}");
        assert_eq!(count(&server, "never"), 0);
    }
}

#[tokio::test]
async fn an_outcome_is_asked_for_by_a_full_id() {
    let server = server(Engine::Gows).await;
    let session = session(&server);
    for id in ["3EB0AA", "false_11111111111@c.us_3EB0AA"] {
        let error = session.outcome_of(id).await.expect_err("not an own message");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
    assert_eq!(session.outcome_of("true_11111111111@c.us_3EB0AA").await.expect("an answer"), Outcome::NotFound);
    let sent = session.chat(CHAT).expect("an id").send_text("hi").once().await.expect("sent");
    let id = sent.id.expect("an id");
    assert!(matches!(session.outcome_of(&id).await, Ok(Outcome::Sent(found)) if found.id.as_ref() == Some(&id)));
    server.refuse("default", id.as_str());
    assert!(matches!(session.outcome_of(&id).await, Ok(Outcome::Failed(_))));
    server.set_status("default", waha_sim::SessionStatus::Starting);
    assert_eq!(session.outcome_of(&id).await.expect_err("nobody knows").kind(), ErrorKind::SessionNotReady);
}

/// How the messages of the storm are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// With `once`.
    Once,
    /// Again after every failure, as a loop around a call does it.
    PlainRetry,
}

/// What goes wrong in a storm.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Weather {
    /// Work is done late and messages are lost by the server. WhatsApp drops an id that was used.
    IdsHelp,
    /// WhatsApp shows an id again. Late work is done within the settle time.
    SettlingHelps,
}

/// What the caller of a message was told, each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Sent,
    NotSent,
    NotFound,
    Unknown,
    /// The program was ended before it was told anything.
    Nothing,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gows_sends_every_message_exactly_once_in_a_storm() {
    storm(Engine::Gows, Weather::IdsHelp, Way::Once).await.is_exactly_once();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gows_sends_every_message_exactly_once_in_a_storm_also_if_ids_are_shown_again() {
    storm(Engine::Gows, Weather::SettlingHelps, Way::Once).await.is_exactly_once();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn noweb_sends_every_message_exactly_once_in_a_storm() {
    storm(Engine::Noweb, Weather::IdsHelp, Way::Once).await.is_exactly_once();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn noweb_sends_every_message_exactly_once_in_a_storm_also_if_ids_are_shown_again() {
    storm(Engine::Noweb, Weather::SettlingHelps, Way::Once).await.is_exactly_once();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webjs_sends_every_message_at_most_once_in_a_storm() {
    storm(Engine::Webjs, Weather::SettlingHelps, Way::Once).await.is_at_most_once();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wpp_sends_every_message_at_most_once_in_a_storm() {
    storm(Engine::Wpp, Weather::SettlingHelps, Way::Once).await.is_at_most_once();
}

/// The same storms, and a loop around `send_text`: messages arrive several times.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_retry_sends_messages_twice_in_a_storm() {
    for engine in ENGINES {
        let weather = if takes_ids(engine) { Weather::IdsHelp } else { Weather::SettlingHelps };
        let result = storm(engine, weather, Way::PlainRetry).await;
        assert!(result.more_than_once() > 0, "{engine}: the storm does no harm");
    }
}

/// What has become of the messages of a storm.
struct AfterStorm {
    engine: Engine,
    seed: u64,
    /// How often each message went out, by its text.
    arrived: HashMap<String, usize>,
    texts: Vec<String>,
    lies: Vec<String>,
}

impl AfterStorm {
    fn times(&self, text: &str) -> usize {
        self.arrived.get(text).copied().unwrap_or_default()
    }

    fn more_than_once(&self) -> usize {
        self.texts.iter().filter(|text| self.times(text) > 1).count()
    }

    fn is_at_most_once(&self) {
        assert!(self.lies.is_empty(), "{}, seed {}:\n{}", self.engine, self.seed, self.lies.join("\n"));
        assert_eq!(self.more_than_once(), 0, "{}, seed {}", self.engine, self.seed);
    }

    fn is_exactly_once(&self) {
        self.is_at_most_once();
        let missing: Vec<_> = self.texts.iter().filter(|text| self.times(text) == 0).collect();
        assert!(missing.is_empty(), "{}, seed {}: {missing:?} never arrived", self.engine, self.seed);
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect(name))
}

/// A message in the journal of a program, which survives its end.
struct Entry {
    text: String,
    id: Option<String>,
    begun: Option<SystemTime>,
}

/// Sends many messages, some at a time, by programs that end at random and start again, while the server and the
/// connections fail at random.
async fn storm(engine: Engine, weather: Weather, way: Way) -> AfterStorm {
    let messages = setting("WAHA_ONCE_MESSAGES").unwrap_or(match (way, weather) {
        (Way::PlainRetry, _) => 200,
        (Way::Once, Weather::SettlingHelps) if takes_ids(engine) => 400,
        (Way::Once, _) => 1000,
    });
    let fixed = setting("WAHA_ONCE_MESSAGES").map_or(1, |_| fastrand::u64(..1_000_000));
    let seed = setting("WAHA_ONCE_SEED").unwrap_or(fixed);
    println!("{engine}, {weather:?}, {way:?}: WAHA_ONCE_SEED={seed}");
    let builder = Server::builder().engine(engine).session("default").seed(seed).real_time();
    let builder = if weather == Weather::SettlingHelps { builder.shows_repeated_ids() } else { builder };
    let server = builder.start().await.expect("a port");
    let session = session(&server);

    let is_over = Arc::new(AtomicBool::new(false));
    let texts: Vec<_> = (0..messages).map(|number| format!("message {number}")).collect();
    let begun = Instant::now();
    let program = |number: usize, text: String| {
        let (session, server, is_over) = (session.clone(), &server, is_over.clone());
        let mut random = Rng::with_seed(seed ^ (number as u64) << 20);
        async move {
            let chat = format!("{}@c.us", 11_111_111_111_u64 + number as u64 % 40);
            let entry = Entry { text, id: None, begun: None };
            match way {
                Way::Once => deliver(&session, server, &chat, entry, &mut random).await,
                Way::PlainRetry => retry_plainly(&session, &chat, entry, &is_over).await,
            }
        }
    };
    let work = async {
        let sent = stream::iter(texts.clone().into_iter().enumerate()).map(|(number, text)| program(number, text));
        sent.buffer_unordered(24).collect::<Vec<_>>().await
    };
    let mut random = Rng::with_seed(seed);
    let reports = tokio::select! {
        reports = work => reports,
        () = wreck(&server, weather, &mut random) => unreachable!("it goes on"),
    };
    is_over.store(true, Ordering::Relaxed);
    // What is still being worked on.
    tokio::time::sleep(Duration::from_millis(400)).await;

    let mut arrived: HashMap<String, usize> = HashMap::new();
    for sent in server.sent() {
        *arrived.entry(sent.text.unwrap_or_default()).or_default() += 1;
    }
    let (mut counts, mut lies): (BTreeMap<Told, usize>, Vec<String>) = Default::default();
    for Report { text, told, lie } in reports {
        for told in &told {
            *counts.entry(*told).or_default() += 1;
        }
        lies.extend(lie);
        // What came last is the truth in the end as well.
        let times = arrived.get(&text).copied().unwrap_or_default();
        match told.last() {
            Some(Told::Sent) if times == 0 => lies.push(format!("{text:?} is said to be sent: {told:?}")),
            Some(Told::NotSent) if times > 0 => lies.push(format!("{text:?} is said not to be sent: {told:?}")),
            _ => {}
        }
    }
    let result = AfterStorm { engine, seed, arrived, texts, lies };
    let by_times = (0..3).map(|times| result.texts.iter().filter(|text| result.times(text) == times).count());
    println!(
        "{engine}, {weather:?}, {way:?}: {messages} messages in {:.1} s; arrived never, once, twice: {:?}; more: {}; \
         told: {counts:?}; requests: {}",
        begun.elapsed().as_secs_f32(),
        by_times.collect::<Vec<_>>(),
        result.texts.iter().filter(|text| result.times(text) > 2).count(),
        server.requests().len(),
    );
    result
}

/// What the programs were told about a message.
struct Report {
    text: String,
    told: Vec<Told>,
    lie: Option<String>,
}

/// Programs that deliver a message: each goes on where the one before has ended.
async fn deliver(session: &Session, server: &Server, chat: &str, mut entry: Entry, random: &mut Rng) -> Report {
    let chat = session.chat(chat).expect("an id");
    let (mut told, mut lie) = (Vec::new(), None);
    loop {
        // One program.
        let life = Duration::from_millis(if random.u8(..4) == 0 { random.u64(..120) } else { 60_000 });
        let program = async {
            // An id may be lost as long as nothing was sent with it.
            if entry.begun.is_none() {
                entry.id = match session.chatting().get_new_message_id().await {
                    Ok(id) => Some(id.id),
                    Err(error) if error.kind() == ErrorKind::NotSupported => None,
                    Err(error) => return Err(error),
                };
            }
            let message = chat.send_text(entry.text.as_str());
            let message = match &entry.id {
                Some(id) => message.id(id.as_str()),
                None => message,
            };
            let once = quick(message.once()).deadline(Duration::from_millis(1500));
            match entry.begun {
                Some(begun) => once.after(begun).await,
                None => {
                    entry.begun = Some(SystemTime::now());
                    once.await
                }
            }
        };
        let result = match tokio::time::timeout(life, program).await {
            Ok(result) => result,
            Err(_) => {
                told.push(Told::Nothing);
                continue;
            }
        };
        let times = count(server, &entry.text);
        match result {
            Ok(sent) => {
                told.push(Told::Sent);
                let id = sent.id.as_ref().map(|id| id.bare().to_owned());
                let is_right = server
                    .sent()
                    .iter()
                    .any(|it| it.text.as_deref() == Some(&entry.text) && Some(&it.id) == id.as_ref());
                if !is_right {
                    lie = Some(format!("{:?} is said to be sent as {id:?}, and is not", entry.text));
                }
                break;
            }
            Err(error) if !error.may_have_arrived() => {
                told.push(Told::NotSent);
                if times > 0 {
                    lie = Some(format!("{:?} is said not to be sent, and is: {error:?}", entry.text));
                    break;
                }
                // Nothing has begun.
                entry.begun = entry.begun.filter(|_| {
                    told.contains(&Told::Nothing) || told.contains(&Told::Unknown) || told.contains(&Told::NotFound)
                });
            }
            Err(error) => {
                told.push(if error.was_not_found() { Told::NotFound } else { Told::Unknown });
                // Without an id, a person has to decide; here nobody does.
                if entry.id.is_none() && (error.was_not_found() || told.len() > 20) {
                    break;
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(random.u64(5..40))).await;
    }
    Report { text: entry.text, told, lie }
}

/// Sends a message until it is said to be sent.
async fn retry_plainly(session: &Session, chat: &str, entry: Entry, is_over: &AtomicBool) -> Report {
    let chat = session.chat(chat).expect("an id");
    let mut told = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        match chat.send_text(entry.text.as_str()).await {
            Ok(_) => {
                told.push(Told::Sent);
                break;
            }
            Err(_) => told.push(Told::Unknown),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Report { text: entry.text, told, lie: None }
}

/// Everything that can go wrong, for ever.
async fn wreck(server: &Server, weather: Weather, random: &mut Rng) {
    let send = || Fault::on("chatting_send_text");
    loop {
        server.clear_faults();
        server.spare_connections();
        let chance = 0.2 + random.f64() * 0.6;
        let late = match weather {
            Weather::IdsHelp => SETTLE * 2,
            Weather::SettlingHelps => SETTLE / 2,
        };
        let late = Duration::from_millis(random.u64(1..late.as_millis() as u64));
        let fault = match random.u8(..12) {
            0 => send().reset_before_answer(),
            1 => send().reset_before_answer().unperformed(),
            2 => send().reset_at(random.usize(..900)),
            3 => send().cut_short(random.usize(..300)),
            4 => send().bad_gateway().performed(),
            5 => send().web_page(WebPage::Nginx(504)),
            6 => send().performed_after(late).reset_before_answer(),
            7 => send().performed_after(late).bad_gateway(),
            8 if weather == Weather::IdsHelp => send().forgotten().reset_before_answer(),
            8 => Fault::any().reset_at(random.usize(..900)),
            9 => Fault::any().bad_gateway(),
            10 => Fault::on("chats_get_message").reset_before_answer(),
            _ => send().exception("it broke").performed(),
        };
        server.fault(fault.probability(chance));
        // Connections that end at any byte, of a request or of an answer.
        if random.bool() {
            server.cut_connections(0..random.u64(1..4000));
        }
        // A server that ends and starts again.
        if random.u8(..6) == 0 {
            server.refuse_connections();
            tokio::time::sleep(Duration::from_millis(random.u64(5..60))).await;
            server.accept_connections();
        }
        tokio::time::sleep(Duration::from_millis(random.u64(10..80))).await;
        // A clear moment now and then.
        if random.u8(..4) == 0 {
            server.clear_faults();
            server.spare_connections();
            tokio::time::sleep(Duration::from_millis(random.u64(10..60))).await;
        }
    }
}

#[cfg(feature = "ws")]
mod tracking {
    use super::*;
    use waha::types::MessageAckName;

    const ENOUGH: Duration = Duration::from_secs(10);

    /// Does something once the server has a WebSocket and was asked for the message.
    async fn once_it_listens(server: &Server, then: impl FnOnce()) {
        while server.websockets() == 0 || requests(server, "chats_get_message") == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        then();
    }

    #[tokio::test]
    async fn a_message_is_followed_until_it_is_delivered_or_read_whenever_that_is() {
        for engine in ENGINES {
            let server = server(engine).await;
            let session = session(&server);
            let sent = session.chat(CHAT).expect("an id").send_text("hi").await.expect("sent");
            let waiting = session.track(&sent).delivered(ENOUGH);
            let (receipt, ()) = tokio::join!(waiting, once_it_listens(&server, || server.deliver("default", CHAT)));
            let receipt = receipt.expect("a receipt");
            assert!(receipt.is_reached() && receipt.ack() == Some(&MessageAckName::Device), "{engine}: {receipt:?}");
            // It is so already.
            let receipt = session.track(&sent).delivered(ENOUGH).await.expect("a receipt");
            assert!(receipt.is_reached(), "{engine}: {receipt:?}");
            // In a gap of the connection.
            while server.websockets() > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let asked = requests(&server, "chats_get_message");
            let waiting = session.track(&sent).read(ENOUGH);
            let unnoticed = async {
                while requests(&server, "chats_get_message") == asked {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                server.drop_websockets();
                server.read("default", CHAT);
            };
            let (receipt, ()) = tokio::join!(waiting, unnoticed);
            let receipt = receipt.expect("a receipt");
            assert!(receipt.is_reached() && receipt.ack() == Some(&MessageAckName::Read), "{engine}: {receipt:?}");
        }
    }

    #[tokio::test]
    async fn the_deadline_ends_with_what_is_known() {
        for engine in ENGINES {
            let server = server(engine).await;
            let session = session(&server);
            let sent = session.chat(CHAT).expect("an id").send_text("hi").await.expect("sent");
            let receipt = session.track(&sent).read(Duration::from_millis(300)).await.expect("a receipt");
            assert!(!receipt.is_reached() && receipt.ack() == Some(&MessageAckName::Server), "{engine}: {receipt:?}");
            assert_eq!(receipt.to_string(), "SERVER");
            server.refuse("default", sent.id.as_ref().expect("an id").as_str());
            let begun = Instant::now();
            let receipt = session.track(&sent).read(ENOUGH).await.expect("a receipt");
            assert!(!receipt.is_reached() && receipt.ack() == Some(&MessageAckName::Error), "{engine}: {receipt:?}");
            assert!(begun.elapsed() < ENOUGH / 2);
        }
    }

    #[tokio::test]
    async fn a_message_to_a_group_is_delivered_when_a_member_has_it() {
        for engine in ENGINES {
            let server = server(engine).await;
            let session = session(&server);
            let sent = session.chat(GROUP).expect("an id").send_text("hi").await.expect("sent");
            let id = sent.id.clone().expect("an id");
            let waiting = session.track(&sent).read(ENOUGH);
            let read = once_it_listens(&server, || server.read_by("default", CHAT, id.as_str()));
            let (receipt, ()) = tokio::join!(waiting, read);
            assert!(receipt.expect("a receipt").is_reached(), "{engine}");
        }
    }
}
