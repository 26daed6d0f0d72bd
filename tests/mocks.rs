//! The typed mocks: matching, answers, and their use in the tests of a program.

use futures_util::TryStreamExt;
use httpmock::MockServer;
use serde_json::json;
use waha::{Client, Error, ErrorKind, Session, mocks::MockServerExt, types};

/// The program under test: answers every unanswered message and marks it as read.
async fn answer_all(session: &Session) -> Result<usize, Error> {
    let mut answered = 0;
    for chat in session.chats().list_overview().ids(["11111111111@c.us"]).await? {
        let chat = session.chat(chat.id)?;
        let messages = chat.messages().limit(10).filter_from_me(false).await?;
        for message in messages.iter().filter(|message| message.text() == Some("ping")) {
            chat.mark_read().await?;
            chat.reply(message.id(), "pong").await?;
            answered += 1;
        }
    }
    Ok(answered)
}

fn session(server: &MockServer) -> Session {
    Client::builder(server.base_url()).build().expect("a client").default_session()
}

fn message(id: &str, body: &str) -> types::Message {
    let message =
        json!({"id": id, "timestamp": 1, "from": "11111111111@c.us", "fromMe": false, "hasMedia": false, "body": body});
    serde_json::from_value(message).expect("a message")
}

#[tokio::test]
async fn a_bot_can_be_tested_with_typed_mocks() {
    let server = MockServer::start_async().await;
    server.chats_list_overview(|when, then| {
        when.session("default").ids(&vec!["11111111111@c.us".to_owned()]);
        let chat = json!({"id": "11111111111@c.us", "name": "Ada", "_chat": {}});
        then.success(200, &vec![serde_json::from_value(chat).expect("a chat")]);
    });
    server.chats_list_messages(|when, then| {
        when.chat_id("11111111111@c.us").limit(10).filter_from_me(false);
        then.success(
            200,
            &vec![message("false_11111111111@c.us_AA", "ping"), message("false_11111111111@c.us_BB", "hi")],
        );
    });
    let seen = server.chatting_send_seen(|_, then| {
        then.success(201, None);
    });
    let pong = server.chatting_send_text(|when, then| {
        let body = types::SendTextRequest::builder().session("default").chat_id("11111111111@c.us").text("pong");
        when.body(&body.reply_to("false_11111111111@c.us_AA").try_into().expect("a body"));
        then.success(201, &r#"{"id": "true_11111111111@c.us_CC"}"#.parse().expect("JSON"));
    });
    assert_eq!(answer_all(&session(&server)).await.expect("an answer"), 1);
    seen.assert();
    pong.assert();
}

#[tokio::test]
async fn a_mock_matches_only_its_operation_and_values() {
    let server = MockServer::start_async().await;
    let session = session(&server);
    let group = server.groups_get(|when, then| {
        when.id("1-1@g.us");
        then.success(200, &r#"{"id": "1-1@g.us"}"#.parse().expect("JSON"));
    });
    let count = server.groups_count(|_, then| {
        then.success(200, &types::Count { count: 3 });
    });
    assert_eq!(session.groups().count().await.expect("a count").count, 3);
    assert_eq!(session.group("1-1@g.us").expect("an id").get().await.expect("a group").id, "1-1@g.us");
    assert_eq!((group.calls(), count.calls()), (1, 1));
    let other = session.group("1-11@g.us").expect("an id").get().await.expect_err("not this group");
    assert_eq!(other.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn mocks_answer_bytes_booleans_text_and_errors() {
    let server = MockServer::start_async().await;
    let session = session(&server);
    server.auth_get_qr(|_, then| {
        then.success(200, b"\x89PNG");
    });
    server.groups_delete(|_, then| {
        then.success(200, true);
    });
    server.groups_get_invite_code(|_, then| {
        then.success(200, Some("AbCd"));
    });
    server.contacts_block(|_, then| {
        then.client_error(422, &types::ErrorBody { session: Some("default".into()), ..Default::default() });
    });
    let png: Vec<u8> = session.qr_png().await.expect("a picture").into();
    assert_eq!(png, b"\x89PNG");
    let group = session.group("1-1@g.us").expect("an id");
    group.delete().await.expect("an answer");
    assert_eq!(group.get_invite_code().await.expect("a code").as_deref(), Some("AbCd"));
    let error = session.contact("11111111111@c.us").expect("an id").block().await.expect_err("no session");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let stream = session.auth().get_qr().await.expect("a stream");
    assert_eq!(stream.try_collect::<Vec<_>>().await.expect("bytes").concat(), b"\x89PNG");
}
