//! The requests of the handles: chats, contacts, groups, channels, and the life of a session.

use std::{
    future::IntoFuture,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use waha::{ContactId, ErrorKind, Group, PhoneNumber, types};

use crate::support::{Reply, Server, until};

const CHAT: &str = "11111111111@c.us";
const GROUP: &str = "111111111111111111@g.us";
const CHANNEL: &str = "222222222222222222@newsletter";
const MESSAGE: &str = "true_11111111111@c.us_AAAA";

/// What was sent: method, path, body.
type Sent = (String, String, Value);

fn sent(server: &Server) -> Sent {
    let request = server.only_request();
    let body = if request.body.is_empty() { Value::Null } else { request.json() };
    (request.method.clone(), request.target.clone(), body)
}

fn expect(method: &str, target: &str, body: Value) -> Sent {
    (method.to_owned(), target.to_owned(), body)
}

/// A body that goes to the chat.
fn to_chat(mut body: Value) -> Value {
    body["chatId"] = CHAT.into();
    body["session"] = "default".into();
    body
}

macro_rules! lines {
    ($server:ident: $($call:expr => $method:literal $target:expr, $body:expr;)*) => {$(
        $call.send().await.expect(stringify!($call));
        assert_eq!(sent(&$server), expect($method, $target, $body), "{}", stringify!($call));
    )*};
}

#[tokio::test]
async fn every_chat_method_sends_its_request() {
    let server = Server::start(Reply::json(201, r#"{"id": "true_11111111111@c.us_AAAA", "_data": null}"#)).await;
    let chat = server.session().chat("+1 111 111 1111").unwrap();
    let messages = "/api/default/chats/11111111111%40c.us/messages/true_11111111111%40c.us_AAAA";
    lines! { server:
        chat.send_text("hi") => "POST" "/api/sendText", to_chat(json!({"text": "hi"}));
        chat.reply(MESSAGE, "hi").link_preview(false) => "POST" "/api/sendText",
            to_chat(json!({"text": "hi", "reply_to": MESSAGE, "linkPreview": false}));
        chat.send_location(1.5, 2, "here") => "POST" "/api/sendLocation",
            to_chat(json!({"latitude": 1.5, "longitude": 2.0, "title": "here"}));
        chat.send_poll(types::Poll::builder().name("Where?").options(["Here", "There"])) => "POST" "/api/sendPoll",
            to_chat(json!({"poll": {"name": "Where?", "options": ["Here", "There"]}}));
        chat.send_poll_vote("AAAA", ["Here"]) => "POST" "/api/sendPollVote",
            to_chat(json!({"pollMessageId": "AAAA", "votes": ["Here"]}));
        chat.send_contact(card()) => "POST" "/api/sendContactVcard",
            to_chat(json!({"contacts": [{"fullName": "Ada", "phoneNumber": "+1 111 111 1111"}]}));
        chat.send_link_custom_preview("see https://a.example", preview()) => "POST" "/api/send/link-custom-preview",
            to_chat(json!({"text": "see https://a.example",
                "preview": {"url": "https://a.example", "title": "A", "description": "B"}}));
        chat.forward_message(MESSAGE) => "POST" "/api/forwardMessage", to_chat(json!({"messageId": MESSAGE}));
        chat.set_reaction(MESSAGE, "👍") => "PUT" "/api/reaction",
            json!({"messageId": MESSAGE, "reaction": "👍", "session": "default"});
        chat.set_star(MESSAGE, true) => "PUT" "/api/star", to_chat(json!({"messageId": MESSAGE, "star": true}));
        chat.edit_message(MESSAGE, "ho") => "PUT" messages, json!({"text": "ho"});
        chat.delete_message(MESSAGE) => "DELETE" messages, Value::Null;
        chat.set_labels(["1", "2"]) => "PUT" "/api/default/labels/chats/11111111111%40c.us",
            json!({"labels": [{"id": "1"}, {"id": "2"}]});
        chat.subscribe_presence() => "POST" "/api/default/presence/11111111111%40c.us/subscribe", Value::Null;
        chat.set_presence("typing") => "POST" "/api/default/presence", json!({"chatId": CHAT, "presence": "typing"});
        chat.archive() => "POST" "/api/default/chats/11111111111%40c.us/archive", Value::Null;
        chat.mark_unread() => "POST" "/api/default/chats/11111111111%40c.us/unread", Value::Null;
    }
    server.set_reply(Reply::json(201, r#"{"success": true, "result": true}"#));
    lines! { server:
        chat.pin_message(MESSAGE, 86_400) => "POST" &format!("{messages}/pin"), json!({"duration": 86_400});
        chat.unpin_message(MESSAGE) => "POST" &format!("{messages}/unpin"), Value::Null;
        chat.start_typing() => "POST" "/api/startTyping", to_chat(json!({}));
        chat.stop_typing() => "POST" "/api/stopTyping", to_chat(json!({}));
        chat.send_seen() => "POST" "/api/sendSeen", to_chat(json!({}));
    }
    server.set_reply(Reply::json(200, "[]"));
    lines! { server:
        chat.list_messages().limit(5) => "GET" "/api/default/chats/11111111111%40c.us/messages?limit=5", Value::Null;
        chat.list_labels() => "GET" "/api/default/labels/chats/11111111111%40c.us", Value::Null;
    }
}

fn card() -> types::ContactCard {
    types::ContactCard::builder().full_name("Ada").phone_number("+1 111 111 1111").try_into().unwrap()
}

fn preview() -> types::builder::LinkPreviewData {
    types::LinkPreviewData::builder().url("https://a.example").title("A").description("B")
}

#[tokio::test]
async fn contacts_groups_and_channels_fill_in_their_id() {
    let server = Server::start(Reply::json(200, "{}")).await;
    let session = server.session();
    let (contact, group) = (session.contact(CHAT).unwrap(), session.group(GROUP).unwrap());
    let channel = session.channel(CHANNEL).unwrap();
    let of_contact = json!({"contactId": CHAT, "session": "default"});
    let people = json!({"participants": [{"id": CHAT}]});
    let root = "/api/default/groups/111111111111111111%40g.us";
    lines! { server:
        contact.block() => "POST" "/api/contacts/block", of_contact.clone();
        contact.unblock() => "POST" "/api/contacts/unblock", of_contact.clone();
        contact.get() => "GET" "/api/contacts?contactId=11111111111%40c.us&session=default", Value::Null;
        contact.get_about() => "GET" "/api/contacts/about?contactId=11111111111%40c.us&session=default", Value::Null;
        session.create_group("Hikers", [CHAT]) => "POST" "/api/default/groups",
            json!({"name": "Hikers", "participants": [{"id": CHAT}]});
        group.add_participants([CHAT]) => "POST" &format!("{root}/participants/add"), people.clone();
        group.remove_participants([CHAT]) => "POST" &format!("{root}/participants/remove"), people.clone();
        group.promote_to_admin([contact.id()]) => "POST" &format!("{root}/admin/promote"), people.clone();
        group.demote_from_admin([CHAT]) => "POST" &format!("{root}/admin/demote"), people.clone();
        group.leave() => "POST" &format!("{root}/leave"), Value::Null;
        channel.follow() => "POST" "/api/default/channels/222222222222222222%40newsletter/follow", Value::Null;
        channel.mute() => "POST" "/api/default/channels/222222222222222222%40newsletter/mute", Value::Null;
    }
    server.set_reply(Reply::new(200, Some("text/html"), "true"));
    lines! { server:
        group.set_subject("Hikers") => "PUT" &format!("{root}/subject"), json!({"subject": "Hikers"});
        group.set_description("Sundays") => "PUT" &format!("{root}/description"), json!({"description": "Sundays"});
        group.set_messages_admin_only(true) => "PUT" &format!("{root}/settings/security/messages-admin-only"),
            json!({"adminsOnly": true});
        group.get_invite_code() => "GET" &format!("{root}/invite-code"), Value::Null;
    }
    assert_eq!(contact.chat().id(), CHAT);
    assert_eq!(group.chat().id(), GROUP);
    assert_eq!(channel.chat().id(), CHANNEL);
}

/// What a caller has that only knows what the items are.
fn add_all(group: &Group, people: impl IntoIterator<Item: Into<ContactId>>) -> waha::builder::GroupsAddParticipants {
    group.add(people.into_iter().map(Into::into))
}

#[tokio::test]
async fn whatever_takes_several_ids_takes_one_as_it_is() {
    let server = Server::start(Reply::json(200, "{}")).await;
    let session = server.session();
    let (group, chat) = (session.group(GROUP).unwrap(), session.chat(CHAT).unwrap());
    let id: ContactId = CHAT.parse().unwrap();
    let number: PhoneNumber = "11111111111".parse().unwrap();
    let (ids, texts) = (vec![id.clone(), id.clone()], vec![CHAT, CHAT]);
    let participant = types::Participant::from(id.clone());
    let one = json!({"participants": [{"id": CHAT}]});
    let two = json!({"participants": [{"id": CHAT}, {"id": CHAT}]});
    let add = "/api/default/groups/111111111111111111%40g.us/participants/add";
    let demote = "/api/default/groups/111111111111111111%40g.us/admin/demote";
    lines! { server:
        group.add(CHAT) => "POST" add, one.clone();
        group.add(CHAT.to_owned()) => "POST" add, one.clone();
        group.add(&id) => "POST" add, one.clone();
        group.add(id.clone()) => "POST" add, one.clone();
        group.add(number) => "POST" add, one.clone();
        group.add(participant.clone()) => "POST" add, one.clone();
        group.add([CHAT]) => "POST" add, one.clone();
        group.add([&id]) => "POST" add, one.clone();
        group.add(Some(CHAT)) => "POST" add, one.clone();
        group.add(vec![participant]) => "POST" add, one.clone();
        group.add(std::iter::once(CHAT)) => "POST" add, one.clone();
        group.add([CHAT, CHAT]) => "POST" add, two.clone();
        group.add(texts.clone()) => "POST" add, two.clone();
        group.add(texts.iter().copied()) => "POST" add, two.clone();
        group.add(texts.iter().map(|text| text.to_string())) => "POST" add, two.clone();
        group.add(&ids) => "POST" add, two.clone();
        group.add(&ids[..]) => "POST" add, two.clone();
        group.add(ids.clone()) => "POST" add, two.clone();
        add_all(&group, ids.clone()) => "POST" add, two.clone();
        group.demote(CHAT) => "POST" demote, one.clone();
        session.groups().demote_from_admin().id(GROUP).participants(CHAT) => "POST" demote, one.clone();
        session.create_group("Hikers", CHAT) => "POST" "/api/default/groups",
            json!({"name": "Hikers", "participants": [{"id": CHAT}]});
        chat.set_labels("1") => "PUT" "/api/default/labels/chats/11111111111%40c.us", json!({"labels": [{"id": "1"}]});
    }
    server.set_reply(Reply::json(201, r#"{"id": "true_11111111111@c.us_AAAA", "_data": null}"#));
    lines! { server:
        chat.send_text("hi").mentions("all") => "POST" "/api/sendText", to_chat(json!({"text": "hi", "mentions": ["all"]}));
        chat.send_poll_vote("AAAA", "Here") => "POST" "/api/sendPollVote",
            to_chat(json!({"pollMessageId": "AAAA", "votes": ["Here"]}));
    }
    let error = group.add("nobody").await.unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidRequest && error.message().contains("participants"), "{error}");
}

#[tokio::test]
async fn awaiting_a_call_gives_the_value_without_the_response() {
    let server = Server::start(Reply::json(201, r#"{"id": "true_11111111111@c.us_AAAA", "_data": null}"#)).await;
    let chat = server.session().chat(CHAT).unwrap();
    // The call can be spawned, and outlives the handle.
    let sent = tokio::spawn(chat.send_text("hi").into_future()).await.unwrap().unwrap();
    assert_eq!(sent.id.unwrap(), MESSAGE);

    server.set_reply(Reply::new(201, None, ""));
    assert_eq!(chat.edit_message(MESSAGE, "ho").await.unwrap().id, None);
    assert!(server.session().contact(CHAT).unwrap().get().await.unwrap().is_none());

    server.set_reply(Reply::json(201, r#"{"sent": false}"#));
    let error = chat.forward_message(MESSAGE).await.unwrap_err();
    assert_eq!((error.kind(), error.operation().unwrap().id()), (ErrorKind::Other, "chatting_forward_message"));

    server.set_reply(Reply::json(200, r#"[{"id": "11111111111@c.us"}, {"id": "111111111111111111@g.us"}]"#));
    let chats = server.session().chats().list().await.unwrap();
    assert_eq!(chats.iter().map(|chat| chat.id.as_str()).collect::<Vec<_>>(), [CHAT, GROUP]);
}

#[tokio::test]
async fn invalid_values_are_refused_before_anything_is_sent() {
    let server = Server::start(Reply::json(201, "{}")).await;
    let session = server.session();
    for error in [
        session.chat("").unwrap_err(),
        session.group("11111111111@c.us").unwrap_err(),
        session.channel("me").unwrap_err(),
        session.chat(CHAT).unwrap().set_presence("asleep").await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    }
    assert!(server.take_requests().is_empty());
}

#[tokio::test]
async fn typing_is_shown_only_while_the_work_runs() {
    let server = Server::start(Reply::json(201, r#"{"result": true}"#)).await;
    let chat = server.session().chat(CHAT).unwrap();
    let work = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        42
    };
    assert_eq!(chat.typing_while(work).await, 42);
    let paths: Vec<_> = server.take_requests().into_iter().map(|request| request.target).collect();
    assert_eq!(paths, ["/api/startTyping", "/api/stopTyping"]);

    // Work that is ready at once shows no typing.
    assert_eq!(chat.typing_while(async { 43 }).await, 43);
    assert!(server.take_requests().is_empty());

    // The work is done even if the server cannot be reached.
    drop(server);
    assert_eq!(chat.typing_while(tokio::time::sleep(Duration::from_millis(10))).await, ());
}

fn session_info(status: &str) -> Reply {
    Reply::json(200, json!({"name": "default", "status": status, "config": {}}).to_string())
}

#[tokio::test]
async fn a_session_is_created_started_and_waited_for() {
    let server = Server::start(session_info("STARTING")).await;
    let session = server.session();
    lines! { server:
        session.create() => "POST" "/api/sessions", json!({"name": "default", "start": true});
        session.create().start(false) => "POST" "/api/sessions", json!({"name": "default", "start": false});
        session.start() => "POST" "/api/sessions/default/start", Value::Null;
        session.logout() => "POST" "/api/sessions/default/logout", json!({});
    }

    server.set_replies([
        session_info("STARTING"),
        session_info("STARTING"),
        session_info("SCAN_QR_CODE"),
        session_info("WORKING"),
    ]);
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let see = seen.clone();
    let wait = session.wait_until_working().interval(Duration::from_millis(5));
    let info = wait.on_status(move |status| see.lock().unwrap().push(status.to_string())).await.unwrap();
    assert_eq!(info.status, types::SessionStatus::Working);
    assert_eq!(*seen.lock().unwrap(), ["STARTING", "SCAN_QR_CODE", "WORKING"]);
}

#[tokio::test]
async fn waiting_for_a_session_that_cannot_work_fails_with_the_reason() {
    let server = Server::start(session_info("FAILED")).await;
    let session = server.session();
    for (status, word) in [("FAILED", "failed"), ("STOPPED", "`start`")] {
        server.set_reply(session_info(status));
        let begin = Instant::now();
        let error = session.wait_until_working().await.unwrap_err();
        assert!(begin.elapsed() < Duration::from_secs(5), "nothing to wait for");
        assert_eq!(error.kind(), ErrorKind::SessionNotReady);
        assert_eq!(error.session_status(), Some(status.into()));
        assert!(error.to_string().contains(word), "{error}");
    }
    server.set_reply(session_info("SCAN_QR_CODE"));
    let wait = session.wait_until_working().interval(Duration::from_millis(20)).deadline(Duration::from_millis(60));
    let error = wait.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionNotReady);
    assert!(error.to_string().contains("qr_code") && error.to_string().contains("SCAN_QR_CODE"), "{error}");
    assert!(server.take_requests().len() <= 8);

    // The longest deadline or interval and one of zero are valid.
    server.set_replies([session_info("STARTING"), session_info("WORKING")]);
    let wait = session.wait_until_working().deadline(Duration::MAX).interval(Duration::ZERO);
    wait.await.unwrap();
    server.set_reply(session_info("STARTING"));
    let wait = session.wait_until_working().deadline(Duration::ZERO).interval(Duration::MAX);
    // An answer may be faster than the clock.
    assert!(matches!(wait.await.unwrap_err().kind(), ErrorKind::Timeout | ErrorKind::SessionNotReady));
}

#[tokio::test]
async fn waiting_for_a_session_survives_a_restart() {
    let server = Server::start(session_info("WORKING")).await;
    let session = server.session();
    let statuses = ["STOPPED", "STOPPED", "STARTING", "STOPPED", "STARTING", "SCAN_QR_CODE", "WORKING"];
    server.set_replies(statuses.map(session_info));
    let info = session.wait_until_working().interval(Duration::from_millis(5)).await.unwrap();
    assert_eq!(info.status, types::SessionStatus::Working);
    // The error at the deadline contains the last status.
    server.set_reply(session_info("STOPPED"));
    let error = session.wait_until_working().deadline(Duration::from_millis(300)).await.unwrap_err();
    assert_eq!((error.kind(), error.session_status()), (ErrorKind::SessionNotReady, Some("STOPPED".into())));
}

/// A session's status, and its QR code, each with the time that the server takes to answer.
struct Pairing {
    status: &'static str,
    code: (u16, String),
    delay: Duration,
}

/// A server of a session that is being paired.
async fn pairing() -> (waha::Session, Arc<Mutex<Pairing>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = waha::Client::builder(format!("http://{}", listener.local_addr().unwrap())).build().unwrap();
    let first =
        Pairing { status: "SCAN_QR_CODE", code: (200, r#"{"value": "one"}"#.to_owned()), delay: Duration::ZERO };
    let pairing = Arc::new(Mutex::new(first));
    let shared = pairing.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let shared = shared.clone();
            tokio::spawn(async move {
                let mut buffer = vec![0; 4096];
                let length = stream.read(&mut buffer).await.unwrap();
                let is_code = String::from_utf8_lossy(&buffer[..length]).contains("/auth/qr");
                let (code, body, delay) = {
                    let Pairing { status, code, delay } = &*shared.lock().unwrap();
                    let info = json!({"name": "default", "status": status, "config": {}}).to_string();
                    if is_code { (code.0, code.1.clone(), *delay) } else { (200, info, Duration::ZERO) }
                };
                tokio::time::sleep(delay).await;
                let head = format!("HTTP/1.1 {code} .\r\nContent-Type: application/json\r\nConnection: close\r\n");
                let answer = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
                // The client may be gone already.
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (client.default_session(), pairing)
}

#[tokio::test]
async fn every_qr_code_is_shown_once_while_the_status_stays() {
    let (session, pairing) = pairing().await;
    let shown = Arc::new(Mutex::new(Vec::new()));
    let show = shown.clone();
    let wait = session.wait_until_working().interval(Duration::from_millis(10));
    let wait = wait.on_qr_code(move |code| show.lock().unwrap().push(code.value().to_owned()));
    let wait = tokio::spawn(wait.send());
    let count = || shown.lock().unwrap().len();
    until("the first code", || count() == 1).await;
    pairing.lock().unwrap().code = (503, "{}".to_owned());
    tokio::time::sleep(Duration::from_millis(50)).await;
    pairing.lock().unwrap().code = (200, r#"{"value": "two"}"#.to_owned());
    until("the second code", || count() == 2).await;
    // A code that takes longer than the interval is shown as well.
    {
        let mut pairing = pairing.lock().unwrap();
        (pairing.code, pairing.delay) = ((200, r#"{"value": "three"}"#.to_owned()), Duration::from_millis(100));
    }
    until("the third code", || count() == 3).await;
    // A code that never arrives does not block the loop.
    {
        let mut pairing = pairing.lock().unwrap();
        (pairing.status, pairing.delay) = ("WORKING", Duration::from_secs(3600));
    }
    let info = tokio::time::timeout(Duration::from_secs(5), wait).await.expect("no wait for a code").unwrap().unwrap();
    assert_eq!(info.status, types::SessionStatus::Working);
    assert_eq!(*shown.lock().unwrap(), ["one", "two", "three"]);
}

#[tokio::test]
async fn an_unavailable_qr_code_does_not_outlast_the_deadline() {
    let (session, pairing) = pairing().await;
    pairing.lock().unwrap().delay = Duration::from_secs(3600);
    let begin = Instant::now();
    let wait = session.wait_until_working().interval(Duration::from_millis(10)).on_qr_code(|_| panic!("there is none"));
    let error = wait.clone().deadline(Duration::from_millis(200)).await.unwrap_err();
    assert_eq!((error.kind(), error.session_status()), (ErrorKind::SessionNotReady, Some("SCAN_QR_CODE".into())));
    assert!(begin.elapsed() < Duration::from_secs(5));

    // A key without the permission fails at once.
    *pairing.lock().unwrap() = Pairing { status: "SCAN_QR_CODE", code: (403, "{}".to_owned()), delay: Duration::ZERO };
    let error = wait.await.unwrap_err();
    assert_eq!((error.kind(), error.operation().unwrap().id()), (ErrorKind::Forbidden, "auth_get_qr"));
}

#[tokio::test]
async fn a_qr_code_is_available_as_text_picture_and_file() {
    let server = Server::start(Reply::json(200, r#"{"value": "2@abcdefg,hijklmn=="}"#)).await;
    let session = server.session();
    let code = session.qr_code().await.unwrap();
    assert_eq!(sent(&server).1, "/api/default/auth/qr?format=raw");
    assert_eq!(code.value(), "2@abcdefg,hijklmn==");
    assert!(!format!("{code:?}").contains("abcdefg"), "a secret");
    let picture = code.to_string();
    let lines: Vec<_> = picture.lines().collect();
    // 25 modules and four more on each side, two to a line.
    assert_eq!((lines.len(), lines[0].chars().count()), (17, 33), "\n{picture}");
    assert!(lines[0].chars().all(|c| c == '█'), "a quiet zone of light:\n{picture}");

    server.set_reply(Reply::new(200, Some("image/png"), b"\x89PNG\r\n"));
    assert_eq!(session.qr_png().await.unwrap(), &b"\x89PNG\r\n"[..]);
    assert_eq!(server.only_request().header("accept").unwrap_or_default(), "*/*");

    server.set_reply(Reply::json(200, "{}"));
    let error = session.qr_code().await.unwrap_err();
    assert_eq!((error.kind(), error.operation().unwrap().id()), (ErrorKind::Decode, "auth_get_qr"));
}
