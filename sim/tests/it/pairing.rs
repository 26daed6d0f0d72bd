use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::Method;
use serde_json::json;
use waha_sim::{Engine, Server, SessionStatus};

use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";

async fn unpaired(engine: Engine) -> Server {
    let builder = Server::builder().engine(engine);
    builder.session_in("default", SessionStatus::ScanQrCode).start().await.unwrap()
}

async fn accepting(server: &Server, path: &str, accept: &str) -> Answered {
    Answered::from(request(server, Method::GET, path).header("Accept", accept)).await
}

#[tokio::test]
async fn a_qr_code_is_a_picture_unless_json_alone_is_accepted() {
    let server = unpaired(Engine::Gows).await;
    let path = "/api/default/auth/qr";
    let png = accepting(&server, path, "*/*").await;
    assert_eq!((png.status, png.content_type.as_deref()), (200, Some("image/png")));
    assert!(png.bytes.starts_with(PNG));

    for accept in ["application/json, */*", "application/json;q=1", "image/png"] {
        assert_eq!(accepting(&server, path, accept).await.bytes, png.bytes, "{accept}");
    }
    let json = accepting(&server, path, "application/json").await.json(200);
    let data = BASE64_STANDARD.encode(&png.bytes);
    assert_eq!(json, json!({ "mimetype": "image/png", "data": data }));
}

#[tokio::test]
async fn a_raw_qr_code_is_always_json() {
    let server = unpaired(Engine::Gows).await;
    let raw = accepting(&server, "/api/default/auth/qr?format=raw", "*/*").await.json(200);
    assert!(raw["value"].is_string());
}

#[tokio::test]
async fn a_screenshot_without_a_browser_is_the_qr_code_under_a_wrong_name() {
    for engine in [Engine::Gows, Engine::Noweb] {
        let server = unpaired(engine).await;
        let path = "/api/screenshot?session=default";
        let answer = get(&server, path).await;
        assert_eq!((answer.status, answer.content_type.as_deref()), (200, Some("image/jpeg")));
        assert!(answer.bytes.starts_with(PNG));
        for (status, message) in [
            (SessionStatus::Starting, "The session is starting, please try again after few seconds"),
            (SessionStatus::Working, "Can not get screenshot for non chrome based engine."),
            (SessionStatus::Failed, "Unknown status - FAILED"),
        ] {
            server.set_status("default", status);
            assert_eq!(get(&server, path).await.json(422)["message"], message);
        }
    }
}

#[tokio::test]
async fn a_screenshot_of_a_browser_is_a_jpeg() {
    for engine in [Engine::Webjs, Engine::Wpp] {
        let server = server(engine).await;
        let answer = get(&server, "/api/screenshot?session=default").await;
        assert_eq!((answer.status, answer.content_type.as_deref()), (200, Some("image/jpeg")));
        assert!(answer.bytes.starts_with(JPEG));
    }
}

#[tokio::test]
async fn a_screenshot_wants_a_session_that_runs() {
    let server = server(Engine::Webjs).await;
    let other = get(&server, "/api/screenshot?session=other").await.json(404);
    assert_eq!(other["error"], "Not Found");
    let unnamed = get(&server, "/api/screenshot").await.json(404);
    assert!(unnamed["message"].as_str().unwrap().contains("'undefined'"));
}

#[tokio::test]
async fn a_code_can_be_typed_instead_of_scanned() {
    let server = unpaired(Engine::Noweb).await;
    let path = "/api/default/auth/request-code";
    let code = post(&server, path, json!({ "phoneNumber": "11111111111" })).await.json(201);
    assert_eq!(code["code"].as_str().unwrap().find('-'), Some(4));
    post(&server, path, json!({ "phoneNumber": "11111111111", "method": "sms" })).await.json(422);
    server.pair("default");
    assert_eq!(get(&server, "/api/sessions/default").await.json(200)["status"], "WORKING");
    let answer = post(&server, path, json!({ "phoneNumber": "11111111111" })).await.json(422);
    assert_eq!(answer["expected"], json!(["SCAN_QR_CODE"]));
    post(&server, "/api/other/auth/request-code", json!({ "phoneNumber": "1" })).await.json(404);
}

#[tokio::test]
async fn a_passkey_is_signed_and_confirmed() {
    let builder = Server::builder().passkey().session_in("default", SessionStatus::ScanQrCode);
    let server = builder.start().await.unwrap();
    let status = async || get(&server, "/api/sessions/default").await.json(200)["status"].clone();
    let challenge = "/api/default/auth/passkey/challenge";
    assert!(get(&server, challenge).await.json(422)["message"].is_string());
    server.pair("default");
    assert_eq!(status().await, "PASSKEY_REQUIRED");
    assert!(get(&server, challenge).await.json(200)["challenge"].is_string());
    let assertion = json!({
        "id": "a2V5",
        "rawId": "a2V5",
        "type": "public-key",
        "response": { "clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA" },
    });
    post(&server, "/api/default/auth/passkey", assertion).await.empty(201);
    assert_eq!(status().await, "PASSKEY_CONFIRMATION_REQUIRED");
    let shown = get(&server, "/api/default/auth/passkey/confirmation").await.json(200);
    let events = server.events();
    assert_eq!(events.last().unwrap()["payload"]["data"], shown);
    Answered::from(request(&server, Method::POST, "/api/default/auth/passkey/confirm")).await.empty(201);
    assert_eq!(status().await, "WORKING");
}

#[tokio::test]
async fn only_one_engine_knows_passkeys() {
    for engine in ENGINES {
        let expected = if engine == Engine::Gows { 422 } else { 501 };
        let server = unpaired(engine).await;
        assert_eq!(get(&server, "/api/default/auth/passkey/challenge").await.status, expected);
    }
}
