use reqwest::Method;
use serde_json::json;
use waha_sim::{Server, SessionStatus};

use super::*;

#[tokio::test]
async fn a_program_can_be_controlled_from_outside() {
    let builder = Server::builder().session_in("new", SessionStatus::ScanQrCode);
    let server = builder.start().await.unwrap();
    let control = async |path: &str| Answered::from(request(&server, Method::POST, path)).await;
    control("/sim/pair?session=new").await.empty(200);
    let received = control("/sim/receive?session=new&from=11111111111&text=Hello%20there").await.json(200);
    assert!(received["id"].as_str().unwrap().starts_with("false_11111111111@c.us_"));
    control("/sim/advance?seconds=90").await.empty(200);
    for wrong in ["/sim/pair", "/sim/receive?session=new", "/sim/advance?seconds=x"] {
        control(wrong).await.json(400);
    }
    let state = get(&server, "/sim/state").await.json(200);
    assert_eq!(state["time"], "2026-11-23T08:01:30.000Z");
    let session = &state["sessions"]["new"];
    assert_eq!(session["sessions_get"]["status"], "WORKING");
    assert_eq!(session["chats_list_overview"][0]["lastMessage"]["body"], "Hello there");
    assert_eq!(state, server.state().await);
}

#[tokio::test]
async fn control_wants_the_key_as_well() {
    let server = Server::builder().api_key("secret").start().await.unwrap();
    assert_eq!(get(&server, "/sim/state").await.json(401), json!({ "message": "Unauthorized", "statusCode": 401 }));
    get(&server, "/sim/state?x-api-key=secret").await.json(200);
}
