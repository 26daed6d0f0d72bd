//! Cases that hold for every WAHA server, real or stand-in.
//!
//! ```sh
//! WAHA_BASE_URL=http://localhost:3000 WAHA_API_KEY=secret cargo test --test real -- --ignored --nocapture
//! ```
//!
//! asks a real server, changes nothing on it, and prints a line for each case: that it holds, or why it was left out.
//! With `WAHA_TEST_WRITE=1` there are more cases, which create sessions and keys of their own, named `waha-test-…`, and
//! delete them again. No case sends a message, and none touches an existing session. With the feature `webhooks` the server
//! delivers an event to this machine, by the name or address in `WAHA_TEST_WEBHOOK_HOST` if it is another machine.
//!
//! Without a server the cases run against the stand-in, as each engine, read-only and writing. Behind a bad gateway, each
//! of them has to fail.

mod cases;
mod suite;
#[cfg(feature = "webhooks")]
mod webhook;
#[cfg(feature = "ws")]
mod websocket;

use std::env;

use serde_json::Value;
use suite::{Outcome, Report, Target};
use waha::{Client, Method, Retry};
use waha_sim::{Age, Builder, Engine, Fault, SessionStatus};

const ENGINES: [Engine; 4] = [Engine::Gows, Engine::Noweb, Engine::Webjs, Engine::Wpp];
const KEY: &str = "secret";

#[tokio::test]
#[ignore = "needs a server: WAHA_BASE_URL=http://localhost:3000 WAHA_API_KEY=secret cargo test --test real -- --ignored --nocapture"]
async fn every_case_holds_of_a_real_server() {
    let client = Client::from_env().unwrap_or_else(|error| panic!("{error}"));
    let is_set = |name: &str| env::var(name).is_ok_and(|value| !value.is_empty());
    let may_write = env::var("WAHA_TEST_WRITE").is_ok_and(|value| value == "1");
    if !may_write {
        println!("nothing is changed: WAHA_TEST_WRITE=1 allows sessions and keys that are deleted again");
    }
    let target =
        Target::meet(client, is_set("WAHA_API_KEY"), may_write).await.unwrap_or_else(|error| panic!("{error}"));
    suite::run(&target).await.demand();
}

/// Starts a stand-in with a session in every status that the cases need, and a client of it.
async fn stand_in(engine: Engine, change: impl FnOnce(Builder) -> Builder) -> (waha_sim::Server, Client) {
    let server = waha_sim::Server::builder().engine(engine).api_key(KEY).session("default");
    let server = server.session_in("new", SessionStatus::ScanQrCode).session_in("old", SessionStatus::Stopped);
    let server = server.contact("11111111111@c.us", |ada| ada.name("Ada"));
    let server = change(server).start().await.expect("a free port");
    let client = Client::builder(server.url()).api_key(KEY).build().expect("a client");
    (server, client.with(|options| options.retry(Retry::never())))
}

async fn run(client: Client, may_write: bool) -> Report {
    suite::run(&Target::meet(client, true, may_write).await.expect("a version")).await
}

/// The state of the server, without the time of its last use.
async fn state(server: &waha_sim::Server) -> Value {
    let mut state = server.state().await["sessions"].take();
    for session in state.as_object_mut().into_iter().flat_map(|sessions| sessions.values_mut()) {
        session["sessions_get"]["timestamps"].take();
    }
    state
}

#[tokio::test]
async fn every_case_holds_of_the_stand_in() {
    let mut held = Vec::new();
    for engine in ENGINES {
        for may_write in [false, true] {
            println!("\n{engine}, {}", if may_write { "writing" } else { "reading" });
            let (server, client) = stand_in(engine, |builder| builder).await;
            let before = state(&server).await;
            let report = run(client, may_write).await;
            report.demand();
            held.extend(report.held());
            assert_eq!(state(&server).await, before, "{engine}: something was changed");
            if !may_write {
                let requests = server.requests();
                assert!(requests.iter().all(|request| request.method == Method::GET), "{engine}: {requests:?}");
                assert!(server.events().is_empty(), "{engine}");
            }
        }
    }
    let never: Vec<_> = cases::all().into_iter().map(|case| case.name).filter(|name| !held.contains(name)).collect();
    assert!(never.is_empty(), "left out on every engine: {never:?}");
}

#[tokio::test]
async fn cases_of_newer_releases_are_skipped_on_an_older_one() {
    let (_server, client) = stand_in(Engine::Noweb, |builder| builder.age(Age::Old)).await;
    let report = run(client, true).await;
    report.demand();
    assert!(report.held().contains(&"sessions"));
    assert!(matches!(report.outcome("health"), Outcome::Skipped(why) if why.contains("2026.6.1")));
}

#[tokio::test]
async fn cases_for_administrators_are_skipped_with_a_session_key() {
    let (server, admin) = stand_in(Engine::Gows, |builder| builder).await;
    let key = admin.api_keys().create().session("default").is_admin(false).is_active(true).await.expect("a key");
    let client = Client::builder(server.url()).api_key(key.key).build().expect("a client");
    let report = run(client, true).await;
    report.demand();
    assert!(report.held().contains(&"account"));
    for case in ["environment", "unknown session", "keys", "life of a session"] {
        let outcome = report.outcome(case);
        assert!(matches!(outcome, Outcome::Skipped(why) if why.contains("HTTP 403")), "{case}: {outcome:?}");
    }
}

#[tokio::test]
async fn every_case_fails_behind_a_bad_gateway() {
    for engine in [Engine::Gows, Engine::Webjs] {
        let (server, client) = stand_in(engine, |builder| builder).await;
        let target = Target::meet(client, true, true).await.expect("a version");
        server.fault(Fault::any().bad_gateway());
        let report = suite::run(&target).await;
        assert!(report.held().is_empty(), "{engine}: {:?} hold of a server that is not there", report.held());
    }
}

#[tokio::test]
async fn cases_are_skipped_without_a_key_or_a_session() {
    let server = waha_sim::Server::builder().start().await.expect("a free port");
    let client = Client::builder(server.url()).build().expect("a client");
    let report = suite::run(&Target::meet(client, false, false).await.expect("a version")).await;
    report.demand();
    for (case, reason) in [("no key", "no key"), ("QR code", "SCAN_QR_CODE"), ("account", "WORKING")] {
        let outcome = report.outcome(case);
        assert!(matches!(outcome, Outcome::Skipped(why) if why.contains(reason)), "{case}: {outcome:?}");
    }
}
