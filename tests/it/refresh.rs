//! The budget of refreshes holds for all callers, and a call beyond it behaves as its `AtLimit` says.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{FutureExt, future::join_all};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::advance,
};
use waha::{AtLimit, Client, Error, ErrorKind, Limits, RefreshLimits, RequestOptions, Retry, Session};
use waha_sim::{Server, SessionStatus};

use crate::support::{self, Reply, StoppedClock, pass, until};

const ADA: &str = "11111111111@c.us";
const BOB: &str = "22222222222@c.us";
const EVE: &str = "33333333333@c.us";
const MINUTE: Duration = Duration::from_secs(60);

async fn server() -> Server {
    let server = Server::builder().session("default").session("other");
    let server = server.session_in("asleep", SessionStatus::ScanQrCode);
    server.contact(ADA, |ada| ada.picture("https://pps.example/ada.jpg")).start().await.unwrap()
}

/// Few connections at a time, however many calls.
fn session(url: &str, limits: RefreshLimits) -> Session {
    let options = RequestOptions::new().refreshes(limits).limits(Limits::new().max_in_flight(50));
    Client::builder(url).options(options.retry(Retry::never())).build().unwrap().default_session()
}

fn refreshes(server: &Server) -> usize {
    server.requests().iter().filter(|request| request.path_and_query.contains("refresh=true")).count()
}

/// Whether it was refreshed.
async fn refresh(session: &Session, id: &str) -> Result<bool, Error> {
    session.contact(id)?.picture().refresh().await.map(|picture| picture.refreshed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_refresh_an_id_once() {
    for at_limit in [AtLimit::Cached, AtLimit::Fail] {
        let server = server().await;
        let session = session(server.url(), RefreshLimits::new().at_limit(at_limit));
        let callers = (0..1000).map(|_| {
            let picture = session.contact(ADA).unwrap().picture().refresh();
            tokio::spawn(async move { picture.await })
        });
        let results: Vec<_> = join_all(callers).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(refreshes(&server), 1, "{at_limit:?}");
        // No call went to WhatsApp because the server had no cached answer.
        assert_eq!(server.upstream_picture_fetches(), 1, "{at_limit:?}");
        let (good, bad): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        let good: Vec<_> = good.into_iter().flatten().collect();
        assert_eq!(good.iter().filter(|picture| picture.refreshed).count(), 1, "{at_limit:?}");
        assert!(good.iter().all(|picture| picture.profile_picture_url.is_some()), "{at_limit:?}");
        assert_eq!(bad.len(), if at_limit == AtLimit::Fail { 999 } else { 0 }, "{at_limit:?}");
        for error in bad.into_iter().filter_map(Result::err) {
            assert_eq!(error.kind(), ErrorKind::RateLimited);
            assert!(error.retry_after().is_some_and(|time| time <= RefreshLimits::DEFAULT_PER_ID), "{error}");
        }
    }
}

#[tokio::test]
async fn a_call_that_waits_for_the_refresh_of_another_takes_that_answer() {
    let server = server().await;
    let session = session(server.url(), RefreshLimits::new().at_limit(AtLimit::Wait));
    let _clock = StoppedClock::new();
    let results = join_all((0..100).map(|_| refresh(&session, ADA))).await;
    assert_eq!(results.into_iter().filter(|refreshed| *refreshed.as_ref().unwrap()).count(), 1);
    assert_eq!((refreshes(&server), server.upstream_picture_fetches()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refreshes_of_many_ids_stay_within_the_budget_of_the_session() {
    let server = server().await;
    let session = session(server.url(), RefreshLimits::new().at_limit(AtLimit::Fail));
    let callers = (0..1000).map(|number| {
        let picture = session.contact(format!("{}", 11_111_110_000_u64 + number)).unwrap().picture().refresh();
        tokio::spawn(async move { picture.await })
    });
    let results = join_all(callers).await.into_iter().map(Result::unwrap);
    let (good, bad): (Vec<_>, Vec<_>) = results.partition(Result::is_ok);
    assert_eq!((good.len(), bad.len()), (10, 990));
    assert!(good.into_iter().all(|picture| picture.unwrap().refreshed));
    assert!(bad.into_iter().all(|error| error.unwrap_err().kind() == ErrorKind::RateLimited));
    assert_eq!(refreshes(&server), 10);
}

#[tokio::test]
async fn the_budget_comes_back_and_the_error_says_when() {
    let server = server().await;
    let limits = RefreshLimits::new().per_id(MINUTE * 5).per_session(2, MINUTE).at_limit(AtLimit::Fail);
    let session = session(server.url(), limits);
    let _clock = StoppedClock::new();
    assert!(refresh(&session, ADA).await.unwrap());

    advance(MINUTE / 2).await;
    let error = refresh(&session, ADA).await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(MINUTE * 9 / 2)));
    assert_eq!(
        error.to_string(),
        "contacts_get_profile_picture: the picture of `11111111111@c.us` has been refreshed within the last 300s; it may \
         be tried again in 270 s (`RequestOptions::refreshes`)"
    );
    assert!(refresh(&session, BOB).await.unwrap());

    let error = refresh(&session, EVE).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(MINUTE / 2));
    assert!(error.message().starts_with("session `default` has begun 2 refreshes within 60s;"), "{error}");
    // Another session has a budget of its own.
    assert!(refresh(&session.client().session("other").unwrap(), ADA).await.unwrap());
    // A call may choose otherwise.
    let picture = session.contact(EVE).unwrap().picture().refresh();
    assert!(!picture.clone().at_limit(AtLimit::Cached).await.unwrap().refreshed);
    assert_eq!(refreshes(&server), 3);

    advance(MINUTE / 2).await;
    assert!(picture.await.unwrap().refreshed);
    assert_eq!(refresh(&session, ADA).await.unwrap_err().retry_after(), Some(MINUTE * 4));
    advance(MINUTE * 4).await;
    assert!(refresh(&session, ADA).await.unwrap());
}

#[tokio::test]
async fn waiting_refreshes_begin_in_turn_and_fail_at_once_when_it_would_be_too_late() {
    let server = server().await;
    let limits = RefreshLimits::new().per_session(1, MINUTE).at_limit(AtLimit::Wait);
    let session = session(server.url(), limits).with(|options| options.timeout(MINUTE * 5 / 2));
    let _clock = StoppedClock::new();
    assert!(refresh(&session, ADA).await.unwrap());
    let waiting = [BOB, EVE, "44444444444@c.us"].map(|id| {
        let session = session.clone();
        tokio::spawn(async move { refresh(&session, id).await })
    });
    let [bob, eve, late] = waiting;
    // Its turn would come in three minutes.
    let error = late.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(MINUTE * 3)));
    assert_eq!(refreshes(&server), 1);

    pass(MINUTE).await;
    until("the second", || refreshes(&server) == 2).await;
    assert!(bob.await.unwrap().unwrap());
    // A call that is dropped gives its turn back.
    eve.abort();
    assert!(eve.await.unwrap_err().is_cancelled());
    let next = tokio::spawn(async move { refresh(&session, "44444444444@c.us").await });
    tokio::task::yield_now().await;
    pass(MINUTE).await;
    assert!(next.await.unwrap().unwrap());
    assert_eq!(refreshes(&server), 3);
}

#[tokio::test]
async fn a_recent_answer_is_not_refreshed() {
    let server = server().await;
    let session = session(server.url(), RefreshLimits::new().at_limit(AtLimit::Fail));
    let _clock = StoppedClock::new();
    let ada = session.contact(ADA).unwrap();
    let young = ada.picture().max_age(MINUTE * 60);
    // The age of an answer that other clients fetched is unknown.
    ada.picture().await.unwrap();
    assert!(young.clone().await.unwrap().refreshed);
    advance(MINUTE * 59).await;
    assert!(!young.clone().await.unwrap().refreshed);
    assert_eq!(refreshes(&server), 1);
    advance(MINUTE * 2).await;
    assert!(young.await.unwrap().refreshed);
}

#[tokio::test]
async fn clones_views_and_all_kinds_of_pictures_share_a_budget() {
    let server = server().await;
    let session = session(server.url(), RefreshLimits::new().at_limit(AtLimit::Fail));
    assert!(refresh(&session, ADA).await.unwrap());
    let chat = session.chat(ADA).unwrap().picture().refresh();
    assert_eq!(chat.clone().await.unwrap_err().kind(), ErrorKind::RateLimited);
    let view = session.clone().with(|options| options.timeout(MINUTE));
    assert_eq!(refresh(&view, "+1 111 111-1111").await.unwrap_err().kind(), ErrorKind::RateLimited);
    // A view with other limits, and a generated call, which is not limited.
    let eager = session.with(|options| options.refreshes(RefreshLimits::new().per_id(Duration::ZERO)));
    assert!(refresh(&eager, ADA).await.unwrap());
    session.contacts().get_profile_picture().contact_id(ADA).refresh(true).send().await.unwrap();
    assert_eq!(refreshes(&server), 3);

    let group = "111111111111111111@g.us";
    let picture = session.group(group).unwrap().picture().refresh().await.unwrap();
    assert_eq!((picture.picture_url, picture.chat_id.as_str(), picture.refreshed), (None, group, true));
    assert!(session.group(ADA).is_err());
    let error = session.chat(group).unwrap().picture().refresh().await.unwrap_err();
    assert!(error.message().contains(group), "{error}");
    assert_eq!(error.operation().unwrap().id(), "chats_get_picture");
    let picture = chat.at_limit(AtLimit::Cached).await.unwrap();
    assert_eq!(picture.picture_url.as_deref(), Some("https://pps.example/ada.jpg"));
}

#[tokio::test]
async fn a_refresh_that_never_reached_whatsapp_does_not_count() {
    let server = server().await;
    let limits = RefreshLimits::new().per_session(1, MINUTE).at_limit(AtLimit::Fail);
    let session = session(server.url(), limits);
    let nobody = session.with(|options| options.proxy("http://127.0.0.1:1").unwrap());
    for _ in 0..2 {
        assert_eq!(refresh(&nobody, ADA).await.unwrap_err().kind(), ErrorKind::Connection);
    }
    assert!(refresh(&session, ADA).await.unwrap());
    assert_eq!(refresh(&session, BOB).await.unwrap_err().kind(), ErrorKind::RateLimited);

    let asleep = session.client().session("asleep").unwrap();
    for _ in 0..2 {
        assert_eq!(refresh(&asleep, ADA).await.unwrap_err().kind(), ErrorKind::SessionNotReady);
    }
    server.set_status("asleep", SessionStatus::Working);
    assert!(refresh(&asleep, ADA).await.unwrap());
}

#[tokio::test]
async fn a_refresh_that_may_have_reached_whatsapp_counts() {
    let server = support::Server::start(Reply::json(500, r#"{"statusCode": 500}"#)).await;
    let session = session(server.url(), RefreshLimits::new().at_limit(AtLimit::Fail));
    let _clock = StoppedClock::new();
    assert_eq!(refresh(&session, ADA).await.unwrap_err().kind(), ErrorKind::Server);
    assert_eq!(refresh(&session, ADA).await.unwrap_err().kind(), ErrorKind::RateLimited);
    assert_eq!(server.take_requests().len(), 1);

    // After WhatsApp's own refusal the whole session rests.
    server
        .set_reply(Reply::json(500, r#"{"statusCode": 500, "exception": {"message": "rate-overlimit", "data": 429}}"#));
    let error = refresh(&session, EVE).await.unwrap_err();
    assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::RateLimited, Some(500)));
    server.take_requests();
    advance(MINUTE - Duration::from_secs(1)).await;
    let error = refresh(&session, "44444444444@c.us").await.unwrap_err();
    assert!(error.message().starts_with("WhatsApp has refused session `default` a refresh"), "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    assert!(server.take_requests().is_empty());
    advance(Duration::from_secs(1)).await;
    server.set_reply(Reply::json(200, r#"{"profilePictureURL": null}"#));
    assert!(refresh(&session, "44444444444@c.us").await.unwrap());
}

/// The server does not answer the first refresh for as long as the others last.
#[tokio::test]
async fn a_refresh_that_another_call_has_begun_is_an_error_at_once() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let session = session(&url, RefreshLimits::new().at_limit(AtLimit::Fail));
    let first = tokio::spawn(session.contact(ADA).unwrap().picture().refresh().send());
    let (connection, _) = listener.accept().await.unwrap();
    connection.readable().await.unwrap();
    let begin = Instant::now();
    for view in [session.clone(), session.client().clone().default_session()] {
        let error = refresh(&view, ADA).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert!(error.message().starts_with("another call is refreshing the picture"), "{error}");
        assert!(error.retry_after().is_some_and(|time| !time.is_zero()), "{error}");
    }
    assert!(begin.elapsed() < Duration::from_millis(500), "{:?}", begin.elapsed());
    first.abort();
}

#[tokio::test]
async fn a_cancelled_refresh_counts() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let session = session(&url, RefreshLimits::new().at_limit(AtLimit::Fail));
    let picture = session.contact(ADA).unwrap().picture().refresh();
    let cancelled = tokio::spawn(picture.clone().send());
    // It has been sent, and will never be answered.
    let (connection, _) = listener.accept().await.unwrap();
    connection.readable().await.unwrap();
    cancelled.abort();
    assert!(cancelled.await.unwrap_err().is_cancelled());
    assert_eq!(picture.await.unwrap_err().kind(), ErrorKind::RateLimited);
}

#[tokio::test]
async fn the_list_of_groups_is_refreshed_before_it_is_read() {
    let groups = Reply::json(200, r#"[{"JID": "111111111111111111@g.us", "Name": "Friends"}]"#);
    let server = support::Server::start(groups.clone()).await;
    let session = session(server.url(), RefreshLimits::new());
    let list = session.group_list().list(|list| list.limit(1).offset(2));
    let targets = || -> Vec<_> {
        server.take_requests().into_iter().map(|request| format!("{} {}", request.method, request.target)).collect()
    };

    let plain = list.clone().await.unwrap();
    assert_eq!((plain.groups[0].subject.as_deref(), plain.refreshed), (Some("Friends"), false));
    assert_eq!(targets(), ["GET /api/default/groups?limit=1&offset=2"]);

    server.set_replies([Reply::json(200, r#"{"success": true}"#), groups.clone()]);
    assert!(list.clone().refresh().await.unwrap().refreshed);
    assert_eq!(targets(), ["POST /api/default/groups/refresh", "GET /api/default/groups?limit=1&offset=2"]);
    assert!(!list.clone().refresh().await.unwrap().refreshed);
    assert_eq!(targets().len(), 1);
    let error = list.clone().refresh().at_limit(AtLimit::Fail).await.unwrap_err();
    assert!(error.to_string().starts_with("groups_refresh: the list of groups has been refreshed"), "{error}");

    let eager = session.with(|options| options.refreshes(RefreshLimits::new().per_id(Duration::ZERO)));
    server.set_replies([Reply::json(200, r#"{"success": false}"#), groups]);
    assert!(!eager.group_list().refresh().await.unwrap().refreshed);
}

#[tokio::test]
async fn only_the_picture_of_the_own_profile_is_refreshed() {
    let profile = Reply::json(200, r#"{"id": "11111111111@c.us", "name": "Ada", "picture": "https://pps.example/1"}"#);
    let server = support::Server::start(profile.clone()).await;
    let session = session(server.url(), RefreshLimits::new());
    let own = session.own_profile().await.unwrap();
    assert_eq!((own.id.as_str(), own.name.as_deref()), (ADA, Some("Ada")));
    assert_eq!(own.picture.profile_picture_url.as_deref(), Some("https://pps.example/1"));
    assert_eq!((own.picture.contact_id.as_str(), own.picture.refreshed), (ADA, false));
    assert_eq!(server.only_request().target, "/api/default/profile");

    server.set_replies([profile, Reply::json(200, r#"{"profilePictureURL": "https://pps.example/2"}"#)]);
    let own = session.own_profile().refresh().await.unwrap();
    assert_eq!(own.picture.profile_picture_url.as_deref(), Some("https://pps.example/2"));
    assert!(own.picture.refreshed);
    assert!(server.take_requests()[1].target.contains("contactId=11111111111%40c.us&refresh=true"));

    server.set_reply(Reply::json(200, r#"{"id": "nobody"}"#));
    assert_eq!(session.own_profile().await.unwrap_err().kind(), ErrorKind::Decode);
}

/// While the caller handles a result, it does not poll the calls in flight. Other callers still get their answers.
#[tokio::test]
async fn a_refresh_between_two_results_of_a_batch_is_not_held_up() {
    let server = server().await;
    let session = session(server.url(), RefreshLimits::new()).with(|options| options.timeout(Duration::from_secs(5)));
    let mut results = session.batch([BOB, ADA]).run(|session, id| async move {
        if id == ADA {
            return refresh(&session, id).await;
        }
        // Long enough for the other refresh to begin.
        tokio::task::yield_now().await;
        Ok(true)
    });
    let begin = Instant::now();
    assert!(results.next().await.unwrap().unwrap());
    let picture = session.contact(ADA).unwrap().picture().refresh().await.unwrap();
    assert!(picture.profile_picture_url.is_some());
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
    assert!(results.next().await.unwrap().unwrap() && !picture.refreshed);
    assert_eq!(refreshes(&server), 1);
}

/// A server that never answers a refresh, and answers everything else at once.
async fn hanging() -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let refreshes = Arc::new(AtomicUsize::new(0));
    let count = refreshes.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let count = count.clone();
            tokio::spawn(async move {
                let mut buffer = vec![0; 4096];
                let length = stream.read(&mut buffer).await.unwrap();
                let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
                if request.contains("refresh=true") || request.contains("/refresh ") {
                    count.fetch_add(1, Ordering::SeqCst);
                    std::future::pending::<()>().await;
                }
                let body = match request.contains("/groups") {
                    true => "[]",
                    false => r#"{"profilePictureURL": "https://pps.example/cached", "id": "11111111111@c.us"}"#,
                };
                let head = "HTTP/1.1 200 .\r\nContent-Type: application/json\r\nConnection: close\r\n";
                let answer = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
                // The client may be gone already.
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (url, refreshes)
}

const SHORT: Duration = Duration::from_millis(600);

#[tokio::test]
async fn a_call_set_to_fail_does_not_wait_for_another_refresh() {
    let (url, refreshes) = hanging().await;
    for per_id in [RefreshLimits::DEFAULT_PER_ID, Duration::ZERO] {
        let session = session(&url, RefreshLimits::new().per_id(per_id).at_limit(AtLimit::Fail));
        let (picture, groups) = (session.contact(ADA).unwrap().picture().refresh(), session.group_list().refresh());
        let before = refreshes.load(Ordering::SeqCst);
        let slow = [tokio::spawn(picture.clone().send().map(drop)), tokio::spawn(groups.clone().send().map(drop))];
        until("both are under way", || refreshes.load(Ordering::SeqCst) == before + 2).await;
        let begin = Instant::now();
        let errors = [picture.send().await.unwrap_err(), groups.send().await.unwrap_err()];
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::RateLimited);
            assert!(error.message().starts_with("another call is refreshing the "), "{error}");
            assert!(error.retry_after().is_some_and(|time| !time.is_zero() && time <= per_id.max(MINUTE)), "{error}");
        }
        slow.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

#[tokio::test]
async fn a_refresh_takes_no_longer_than_its_timeout_whatever_it_waits_for() {
    let (url, refreshes) = hanging().await;
    let session = session(&url, RefreshLimits::new());
    let quick = session.with(|options| options.timeout(SHORT));
    let picture = |session: &Session| session.contact(ADA).unwrap().picture().refresh();
    let slow = tokio::spawn(picture(&session).send());
    until("it is under way", || refreshes.load(Ordering::SeqCst) == 1).await;

    // The cached answer comes while there is time for it.
    let begin = Instant::now();
    let cached = picture(&quick).await.unwrap();
    assert_eq!((cached.profile_picture_url.as_deref(), cached.refreshed), (Some("https://pps.example/cached"), false));
    assert!(begin.elapsed() < SHORT, "{:?}", begin.elapsed());
    let own = quick.own_profile().refresh().await.unwrap();
    assert!(!own.picture.refreshed && begin.elapsed() < SHORT * 2, "{:?}", begin.elapsed());

    // A call that waits for the refresh itself fails at its timeout.
    let begin = Instant::now();
    let error = picture(&quick).at_limit(AtLimit::Wait).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(begin.elapsed() < SHORT * 2, "{:?}", begin.elapsed());
    slow.abort();

    // The same for a server that answers nothing, and a builder that makes two calls.
    let begin = Instant::now();
    let first = tokio::spawn(quick.group_list().refresh().send().map(drop));
    tokio::time::sleep(SHORT / 4).await;
    let error = quick.group_list().refresh().at_limit(AtLimit::Wait).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::RateLimited), "{error}");
    first.await.unwrap();
    assert!(begin.elapsed() < SHORT * 2, "{:?}", begin.elapsed());
}

/// The turn comes late, and the server does not answer.
#[tokio::test]
async fn waiting_for_a_turn_leaves_a_refresh_the_rest_of_its_timeout() {
    let (url, refreshes) = hanging().await;
    let limits = RefreshLimits::new().per_session(1, SHORT / 2).at_limit(AtLimit::Wait);
    let session = session(&url, limits).with(|options| options.timeout(SHORT));
    let first = tokio::spawn(session.contact(ADA).unwrap().picture().refresh().send().map(drop));
    until("the first", || refreshes.load(Ordering::SeqCst) == 1).await;
    let begin = Instant::now();
    let error = session.contact(BOB).unwrap().picture().refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_eq!(error.operation().unwrap().id(), "contacts_get_profile_picture");
    assert!(begin.elapsed() < SHORT * 3 / 2, "{:?}", begin.elapsed());
    assert_eq!(refreshes.load(Ordering::SeqCst), 2);
    first.await.unwrap();
}
