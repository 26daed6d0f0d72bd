//! What passes by itself: a restart that takes time, QR codes that expire, and how an older server refuses.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use waha_sim::{Age, Engine, Server, SessionStatus};

use super::*;

async fn status(server: &Server) -> Value {
    get(server, "/api/sessions/default").await.json(200)["status"].clone()
}

#[tokio::test]
async fn a_restarted_session_is_stopped_for_a_while() {
    let pause = Duration::from_secs(2);
    let builder = Server::builder().session("default").restart_pause(pause).start_up(pause);
    let server = builder.start().await.unwrap();
    for call in ["restart", "logout"] {
        let answer = post(&server, &format!("/api/sessions/default/{call}"), json!({})).await.json(201);
        assert_eq!(answer["status"], "STOPPED");
        assert_eq!(status(&server).await, "STOPPED");
        server.advance(pause);
        assert_eq!(status(&server).await, "STARTING");
        server.advance(pause);
        assert_eq!(status(&server).await, if call == "restart" { "WORKING" } else { "SCAN_QR_CODE" });
    }
}

#[tokio::test]
async fn a_qr_code_expires_and_the_session_is_told() {
    for engine in ENGINES {
        let builder = Server::builder().engine(engine).session_in("default", SessionStatus::ScanQrCode);
        let server = builder.start().await.unwrap();
        let code = async || {
            let path = "/api/default/auth/qr";
            let raw = get(&server, &format!("{path}?format=raw")).await.json(200)["value"].clone();
            (raw, Answered::from(request(&server, Method::GET, path)).await.bytes)
        };
        let first = code().await;
        server.advance(Duration::from_secs(59));
        assert_eq!(code().await, first);
        let mut last = first;
        for seconds in [1, 20, 20] {
            server.advance(Duration::from_secs(seconds));
            let next = code().await;
            assert!(next.0 != last.0 && next.1 != last.1, "{next:?}");
            assert_eq!(status(&server).await, "SCAN_QR_CODE");
            last = next;
        }
        let told = server.events();
        assert_eq!(told.len(), 3);
        assert!(told.iter().all(|event| event["payload"]["status"] == "SCAN_QR_CODE"));
        server.pair("default");
        server.advance(Duration::from_secs(600));
        assert_eq!(server.events().len(), 4);
    }
}

#[tokio::test]
async fn a_qr_code_starts_anew_with_the_session() {
    let builder = Server::builder().session_in("default", SessionStatus::ScanQrCode);
    let server = builder.start().await.unwrap();
    server.advance(Duration::from_secs(50));
    post(&server, "/api/sessions/default/restart", json!({})).await.json(201);
    let events = server.events().len();
    server.advance(Duration::from_secs(50));
    assert_eq!(server.events().len(), events, "the first code of a start can be scanned for 60 seconds");
    server.advance(Duration::from_secs(10));
    assert_eq!(server.events().len(), events + 1);
}

#[tokio::test]
async fn an_old_server_refuses_in_its_own_words() {
    let builder = Server::builder().age(Age::Old).engine(Engine::Noweb).session("default");
    let server = builder.start().await.unwrap();
    let refused = json!({
        "statusCode": 422,
        "message": "The method is not implemented by the engine.",
        "error": "Unprocessable Entity",
    });
    assert_eq!(delete(&server, "/api/default/groups/1@g.us").await.json(422), refused);
    let body = json!({ "phoneNumber": "11111111111" });
    let answer = post(&server, "/api/default/auth/request-code", body).await.json(422);
    let message = "Can request code only in SCAN_QR_CODE status. The current status is WORKING";
    assert_eq!(answer["message"], message);
}
