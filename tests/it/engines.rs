//! Every operation on every engine, against the stand-in: the request that arrives is one that the document allows, and
//! the answer is read, as it is and as a view.
//!
//! Two tables list what the engines refuse. A refusal that is not listed fails the test, and so does an answer where a
//! refusal is listed. A list in an answer must not be empty, because decoding its elements is part of the test.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use serde_json::json;
use waha::{Client, Error, ErrorKind, Media, Operation, Session, types};
use waha_sim::{
    Engine::{self, Gows, Noweb, Webjs, Wpp},
    Recorded, Server, SessionStatus,
};

use crate::{
    calls::{self, APP, CHANNEL, CHAT, Call, GROUP, INVITATION, LID, SESSION},
    corpus,
};

/// The operations that engines do not have.
const NOT_SUPPORTED: &[(&str, &[Engine])] = &[
    ("auth_confirm_passkey", &[Noweb, Webjs, Wpp]),
    ("auth_get_passkey_challenge", &[Noweb, Webjs, Wpp]),
    ("auth_get_passkey_confirmation", &[Noweb, Webjs, Wpp]),
    ("auth_submit_passkey", &[Noweb, Webjs, Wpp]),
    ("channels_create", &[Webjs]),
    ("channels_delete", &[Gows, Webjs]),
    ("channels_follow", &[Webjs]),
    ("channels_mute", &[Webjs]),
    ("channels_search_by_view", &[Wpp]),
    ("channels_unfollow", &[Webjs]),
    ("channels_unmute", &[Webjs]),
    ("chats_archive", &[Gows]),
    ("chats_clear_messages", &[Gows, Noweb]),
    ("chats_delete", &[Gows, Noweb]),
    ("chats_pin_message", &[Gows, Wpp]),
    ("chats_unarchive", &[Gows]),
    ("chats_unpin_message", &[Gows, Wpp]),
    ("chatting_forward_message", &[Gows]),
    ("chatting_get_new_message_id", &[Webjs, Wpp]),
    ("chatting_send_buttons", &[Gows, Webjs, Wpp]),
    ("chatting_send_buttons_reply", &[Gows, Noweb, Wpp]),
    ("chatting_send_link_custom_preview", &[Webjs, Wpp]),
    ("chatting_send_link_preview", &[Gows, Webjs, Wpp]),
    ("chatting_send_list", &[Webjs, Wpp]),
    ("chatting_send_poll_vote", &[Noweb, Wpp]),
    ("chatting_set_star", &[Gows]),
    ("contacts_block", &[Gows, Noweb]),
    ("contacts_get_about", &[Gows, Noweb]),
    ("contacts_unblock", &[Gows, Noweb]),
    ("contacts_update", &[Wpp]),
    ("event_messages_send", &[Noweb, Webjs, Wpp]),
    ("groups_delete", &[Gows, Noweb]),
    ("groups_get_member_share_history_mode", &[Wpp]),
    ("groups_set_member_share_history_mode", &[Wpp]),
    ("observability_get_browser_trace", &[Gows, Noweb, Wpp]),
    ("presence_list", &[Webjs]),
    ("sessions_get_message_capping", &[Wpp]),
    ("sessions_get_reachout_timelock", &[Wpp]),
    ("status_updates_delete", &[Wpp]),
    ("status_updates_get_new_message_id", &[Webjs, Wpp]),
];

/// What engines refuse for another reason: the status and the words.
const REFUSED: &[(&str, &[Engine], u16, ErrorKind, &str)] = &[
    ("screenshot_get", &[Gows, Noweb], 422, ErrorKind::InvalidRequest, "non chrome based engine"),
    ("status_updates_send_image", &[Webjs, Wpp], 422, ErrorKind::InvalidRequest, "to all contacts only"),
    ("status_updates_send_text", &[Webjs, Wpp], 422, ErrorKind::InvalidRequest, "to all contacts only"),
    ("status_updates_send_video", &[Webjs, Wpp], 422, ErrorKind::InvalidRequest, "to all contacts only"),
    ("status_updates_send_voice", &[Webjs, Wpp], 422, ErrorKind::InvalidRequest, "to all contacts only"),
];

/// Operations whose list is always empty: the engine reports success without the elements, or does not store them.
const EMPTY: &[(&str, &[Engine])] = &[
    ("groups_demote_from_admin", &[Webjs, Wpp]),
    ("groups_promote_to_admin", &[Webjs, Wpp]),
    ("groups_remove_participants", &[Webjs]),
    ("presence_list", &[Gows]),
];

/// Operations that affect all sessions, and are therefore tested with a server of their own.
const ALONE: &[&str] = &["channels_delete", "groups_delete", "groups_leave"];

/// More than the `offset` of 40 that the calls send.
const MANY: usize = 45;

#[tokio::test]
async fn every_operation_on_gows() {
    every_operation(Gows).await;
}

#[tokio::test]
async fn every_operation_on_noweb() {
    every_operation(Noweb).await;
}

#[tokio::test]
async fn every_operation_on_webjs() {
    every_operation(Webjs).await;
}

#[tokio::test]
async fn every_operation_on_wpp() {
    every_operation(Wpp).await;
}

async fn every_operation(engine: Engine) {
    let (calls, views) = (calls::all(), views());
    let called: BTreeSet<_> = calls.iter().map(|call| call.operation).collect();
    assert_eq!(
        called,
        Operation::all().iter().map(Operation::id).collect(),
        "an operation without a call, or the reverse"
    );
    let mut problems = String::new();
    for how in [How::Sent, How::Awaited] {
        let shared = Place::start(engine, called.iter().copied()).await;
        let (mut answers, mut refusals) = (0, 0);
        for call in &calls {
            let own = match ALONE.contains(&call.operation) {
                true => Some(Place::start(engine, [call.operation]).await),
                false => None,
            };
            let (result, requests) = own.as_ref().unwrap_or(&shared).call(call, how).await;
            let view = views.get(call.operation).map(String::as_str).filter(|_| how == How::Awaited);
            match judge(call.operation, engine, how, view, result) {
                Ok(Came::Answer) => answers += 1,
                Ok(Came::Refusal) => refusals += 1,
                Err(problem) => complain(&mut problems, call, engine, how, &problem),
            }
            if let Err(problem) = check(call.operation, &requests) {
                complain(&mut problems, call, engine, how, &problem);
            }
        }
        println!("{engine}, {how:?}: {answers} operations answered, {refusals} refused");
    }
    assert!(problems.is_empty(), "\n{problems}");
}

fn complain(problems: &mut String, call: &Call, engine: Engine, how: How, problem: &str) {
    writeln!(problems, "{} on {engine}, {how:?}: {problem}", call.operation).expect("a string takes everything");
}

/// What came of a call, if it is what had to come; with a view, where there has to be one.
fn judge(
    operation: &str,
    engine: Engine,
    how: How,
    view: Option<&str>,
    result: Result<String, Error>,
) -> Result<Came, String> {
    let value = match (result, Refusal::expected(operation, engine)) {
        (Ok(value), None) => value,
        (Err(error), Some(refusal)) if refusal.is(&error, operation) => return Ok(Came::Refusal),
        (Err(error), Some(refusal)) => return Err(format!("not {refusal:?}, but {:?}: {error}", error.kind())),
        (Err(error), None) => return Err(format!("{:?}: {error}", error.kind())),
        (Ok(value), Some(refusal)) => return Err(format!("not {refusal:?}, but {value}")),
    };
    let (is_empty, may_be_empty) = (value == "[]", is_listed(EMPTY, operation, engine));
    if is_empty && !may_be_empty {
        return Err("the list is empty, so that nothing is known of its items".to_owned());
    }
    if !is_empty && may_be_empty && how == How::Awaited {
        return Err(format!("the list is not empty any more: {value}"));
    }
    match view {
        Some("()") if value != "()" => Err(format!("not nothing, but {value}")),
        Some("()") => Ok(Came::Answer),
        Some(view) if !is_empty && !value.contains(&format!("{view} {{")) => Err(format!("no {view} in {value}")),
        _ => Ok(Came::Answer),
    }
}

/// What arrived has to be one request, for this operation, and as the document has it.
fn check(operation: &str, requests: &[Recorded]) -> Result<(), String> {
    match requests {
        [request] if request.operation != Some(operation) => {
            Err(format!("it arrived as {:?}: {}", request.operation, request.path_and_query))
        }
        [request] if !request.violations.is_empty() => Err(format!("{:?}", request.violations)),
        [_] => Ok(()),
        requests => Err(format!("{} requests arrived", requests.len())),
    }
}

/// The calls of `calls.rs` name contacts, which browser engines refuse. Without contacts, they post the status.
#[tokio::test]
async fn a_status_for_everybody() {
    for engine in [Webjs, Wpp] {
        let place = Place::start(engine, []).await;
        let session = place.client.default_session();
        let status = session.status_updates();
        let file = || Media::bytes("a file");
        let sent = [
            status.send_text().text("Good day").await,
            status.send_image().file(file().mime_type("image/jpeg")).await,
            status.send_video().file(file().mime_type("video/mp4")).await,
            status.send_voice().file(file().mime_type("audio/ogg; codecs=opus")).await,
        ];
        for sent in sent {
            let sent = sent.expect("it is posted");
            let chat = sent.id.and_then(|id| id.chat_id()).map(|chat| chat.to_string());
            assert_eq!(chat.as_deref(), Some("status@broadcast"), "{engine}: {}", sent.raw);
        }
    }
}

/// Every entry of the tables names an existing operation, and each operation occurs once.
#[test]
fn the_refusals_are_of_known_operations() {
    let listed = NOT_SUPPORTED.iter().map(|row| row.0).chain(REFUSED.iter().map(|row| row.0));
    let listed: Vec<_> = listed.collect();
    let unknown: Vec<_> = listed.iter().filter(|id| Operation::by_id(id).is_none()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), listed.len(), "an operation is listed twice");
}

fn is_listed(table: &[(&str, &[Engine])], operation: &str, engine: Engine) -> bool {
    table.iter().any(|(listed, engines)| *listed == operation && engines.contains(&engine))
}

/// The outcome of a call.
enum Came {
    Answer,
    Refusal,
}

/// How a call is sent: by `send` or by awaiting it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Sent,
    Awaited,
}

/// A refusal by the server.
#[derive(Debug)]
struct Refusal {
    status: u16,
    kind: ErrorKind,
    words: String,
}

impl Refusal {
    fn expected(operation: &str, engine: Engine) -> Option<Self> {
        if is_listed(NOT_SUPPORTED, operation, engine) {
            let words = format!("The method is not implemented by the '{engine}' engine");
            return Some(Self { status: 501, kind: ErrorKind::NotSupported, words });
        }
        let mut rows = REFUSED.iter().filter(|row| row.0 == operation && row.1.contains(&engine));
        rows.next().map(|&(_, _, status, kind, words)| Self { status, kind, words: words.to_owned() })
    }

    fn is(&self, error: &Error, operation: &str) -> bool {
        let is_of = error.operation().is_some_and(|it| it.id() == operation);
        let status = error.status().map(|status| status.as_u16());
        is_of && status == Some(self.status) && error.kind() == self.kind && error.message().contains(&self.words)
    }
}

/// A server with a session for each operation, so that what one changes in its session does not matter to the others.
struct Place {
    server: Server,
    client: Client,
}

impl Place {
    async fn start(engine: Engine, operations: impl IntoIterator<Item = &'static str>) -> Self {
        let code = INVITATION.rsplit('/').next().expect("a code");
        let mut builder = Server::builder()
            .engine(engine)
            .debug_mode()
            .passkey()
            .session(SESSION)
            .contact(CHAT, |ada| ada.name("Ada").lid(LID).about("Counting").picture("https://example.org/ada.jpg"))
            .group(GROUP, |group| group.subject("Friends").member(CHAT).requested_by(friend(1)))
            .group("222222222222222222@g.us", |group| group.subject("Others").without_account().invite_code(code))
            .channel(CHANNEL, |channel| channel.name("News").category("SPORTS").owned().post("Hello"));
        for number in 0..MANY {
            builder = builder
                .contact(friend(number), |it| {
                    it.name(format!("Friend {number}")).lid(format!("4444444{number:02}@lid"))
                })
                .group(format!("3333333333333333{number:02}@g.us"), |group| group.subject("A group"));
        }
        for operation in operations {
            builder = builder.session(operation);
        }
        let server = builder.start().await.expect("a server");
        let client = Client::builder(server.url()).build().expect("a client");
        Self { server, client }
    }

    /// What comes of a call, and what has arrived of it.
    async fn call(&self, call: &Call, how: How) -> (Result<String, Error>, Vec<Recorded>) {
        let session = self.client.session(call.operation).expect("a session");
        let id = self.prepare(&session, call.operation).await;
        let before = self.server.requests().len();
        let result = match (id, how) {
            (Some(id), _) => by_id(session, call.operation, &id, how).await,
            (None, How::Sent) => (call.send)(session).await.map(|outcome| outcome.debug),
            (None, How::Awaited) => (call.value)(session).await,
        };
        (result, self.server.requests().split_off(before))
    }

    /// Makes what an operation needs. Where the server chooses the id of that, it is the result.
    async fn prepare(&self, session: &Session, operation: &str) -> Option<String> {
        let name = session.name().as_str();
        let (apps, client) = (session.apps(), session.client());
        match operation {
            "api_keys_list" => drop(session.api_keys().create_control().await.expect("a key")),
            "api_keys_update" | "api_keys_delete" => {
                return Some(session.api_keys().create_control().await.expect("a key").id);
            }
            // The id of an app is one for the whole server, and may be taken.
            "apps_create" | "sessions_update" => drop(client.apps().delete().id(APP).await),
            "sessions_create" => {
                drop(client.apps().delete().id(APP).await);
                client.default_session().sessions().delete().await.expect("it is gone");
            }
            "apps_delete" | "apps_get" | "apps_list" | "apps_purge" | "apps_purge_by_name" | "apps_update" => {
                drop(client.apps().delete().id(APP).await);
                let config = json!({ "dm": { "reject": true }, "group": { "reject": false } });
                apps.create().id(APP).app(types::AppName::Calls).config(config).await.expect("an app");
            }
            "auth_get_qr" | "auth_request_code" => self.server.set_status(name, SessionStatus::ScanQrCode),
            "auth_get_passkey_challenge" | "auth_submit_passkey" => {
                self.server.set_status(name, SessionStatus::PasskeyRequired);
            }
            "auth_get_passkey_confirmation" | "auth_confirm_passkey" => {
                self.server.set_status(name, SessionStatus::PasskeyConfirmationRequired);
            }
            "chats_get_message" | "chats_edit_message" | "chats_delete_message" | "chatting_forward_message" => {
                return Some(self.server.write_on_phone(name, CHAT, "Hello"));
            }
            "labels_list"
            | "labels_list_chats"
            | "labels_list_chat_labels"
            | "labels_set_chat_labels"
            | "labels_delete"
            | "labels_update" => {
                let label = session.labels().create().name("Regulars").color(1).await.expect("a label");
                let labels = vec![types::LabelId { id: label.id }];
                session.labels().set_chat_labels().chat_id(CHAT).labels(labels).await.expect("the chat has it");
            }
            "presence_list" => drop(session.presence().get().chat_id(CHAT).await.expect("a subscription")),
            "sessions_start" | "sessions_start_by_name" => self.server.set_status(name, SessionStatus::Stopped),
            "chats_list_messages" | "chatting_list_messages" => {
                for number in 0..MANY {
                    self.server.write_on_phone(name, CHAT, &format!("Hello {number}"));
                }
            }
            _ if operation.starts_with("chats_") => {
                for chat in (0..MANY).map(friend).chain([CHAT, GROUP].map(str::to_owned)) {
                    self.server.write_on_phone(name, &chat, "Hello");
                }
            }
            _ => {
                let app = match Operation::by_id(operation).expect("it is known").resource() {
                    "argentine_phone_numbers" => types::AppName::ArgentinePhoneNumbers,
                    "brazilian_phone_numbers" => types::AppName::BrazilianPhoneNumbers,
                    "mexican_phone_numbers" => types::AppName::MexicanPhoneNumbers,
                    "phone_numbers" => types::AppName::PhoneNumbers,
                    _ => return None,
                };
                let app = apps.create().app(app).config(json!({})).await.expect("an app").app.to_string();
                for number in 0..MANY {
                    let number = format!("222222222{number:02}");
                    self.server.resolve_number(name, &app, &number, Some(&format!("{number}@c.us")));
                }
            }
        }
        None
    }
}

fn friend(number: usize) -> String {
    format!("222222222{number:02}@c.us")
}

/// Calls an operation on an object whose id was chosen by the server.
async fn by_id(session: Session, operation: &str, id: &str, how: How) -> Result<String, Error> {
    macro_rules! done {
        ($call:expr) => {
            match how {
                How::Sent => $call.send().await.map(|answer| format!("{:?}", answer.into_inner())),
                How::Awaited => $call.await.map(|value| format!("{value:?}")),
            }
        };
    }
    let (client, chats, chatting) = (session.client(), session.chats(), session.chatting());
    match operation {
        "api_keys_delete" => done!(client.api_keys().delete().id(id)),
        "api_keys_update" => done!(client.api_keys().update().id(id).session(SESSION).is_admin(false).is_active(true)),
        "chats_delete_message" => done!(chats.delete_message().chat_id(CHAT).message_id(id)),
        "chats_edit_message" => done!(chats.edit_message().chat_id(CHAT).message_id(id).text("Hello, Ada")),
        "chats_get_message" => done!(chats.get_message().chat_id(CHAT).message_id(id)),
        "chatting_forward_message" => done!(chatting.forward_message().chat_id(CHAT).message_id(id)),
        other => panic!("{other} is not called by an id"),
    }
}

/// The view of each operation that has one, by the document.
fn views() -> BTreeMap<String, String> {
    let document = corpus::document();
    let paths = document["paths"].as_object().expect("paths").values();
    let operations = paths.flat_map(|item| item.as_object().expect("a path item").values());
    let views = operations.filter_map(|operation| {
        let view = operation["x-view"].as_str()?.rsplit('<').next()?.trim_end_matches('>');
        Some((operation["operationId"].as_str()?.to_owned(), view.to_owned()))
    });
    views.collect()
}
