//! The shapes of messages, chats and what belongs to them, on every engine.

use serde_json::{Value, json};
use waha_sim::{Engine, Incoming, Presence, Server};

use super::{
    recorded::{self, Collected},
    *,
};

const BEA: &str = "22222222222@c.us";
const DAN: &str = "44444444444@c.us";
const HIDDEN: &str = "222222222222222@lid";
const CARL: &str = "33333333333@c.us";
const CLUB: &str = "120363000000000001@g.us";
const VCARD: &str =
    "BEGIN:VCARD\nVERSION:3.0\nFN:Carl Sample\nTEL;type=CELL;type=VOICE;waid=33333333333:+33333333333\nEND:VCARD";

/// Calls operations and keeps the answers.
struct Caller {
    engine: Engine,
    server: Server,
    collected: Vec<Collected>,
}

impl Caller {
    async fn new(engine: Engine) -> Self {
        let builder = Server::builder().engine(engine).session("default");
        let builder = builder.contact(BEA, |it| it.name("Bea Example").push_name("Bea").picture("https://pps/bea"));
        let builder = builder.contact(CARL, |it| it.push_name("Carl"));
        let builder = builder.contact(DAN, |it| it.name("Dan"));
        let club = |it: waha_sim::Group| it.subject("Rowing club").member(BEA).picture("https://pps/club");
        let server = builder.group(CLUB, club).start().await.unwrap();
        Self { engine, server, collected: Vec::new() }
    }

    async fn call(&mut self, operation: &'static str, method: Method, path: &str, body: Value) -> Value {
        let request = request(&self.server, method, path);
        let request = if body.is_null() { request } else { request.json(&body) };
        let answered = Answered::from(request).await;
        let value = serde_json::from_slice(&answered.bytes).unwrap_or_default();
        self.collected.push(Collected { operation, engine: self.engine, answered });
        value
    }

    async fn get(&mut self, operation: &'static str, path: &str) -> Value {
        self.call(operation, Method::GET, path, Value::Null).await
    }

    /// Posts to an operation which wants session and chat in its body.
    async fn send(&mut self, operation: &'static str, path: &str, mut body: Value) -> Value {
        body["session"] = json!("default");
        if body["chatId"].is_null() {
            body["chatId"] = json!(BEA);
        }
        self.call(operation, Method::POST, path, body).await
    }

    async fn post(&mut self, operation: &'static str, path: &str, body: Value) -> Value {
        self.call(operation, Method::POST, path, body).await
    }

    async fn put(&mut self, operation: &'static str, path: &str, body: Value) -> Value {
        self.call(operation, Method::PUT, path, body).await
    }

    async fn delete(&mut self, operation: &'static str, path: &str) -> Value {
        self.call(operation, Method::DELETE, path, Value::Null).await
    }

    fn receive(&self, incoming: Incoming) -> String {
        self.server.receive("default", incoming)
    }
}

/// The full id of a message that was sent, as each engine tells it.
fn id_of(sent: &Value) -> String {
    if let Some(id) = sent["id"].as_str().or_else(|| sent["id"]["_serialized"].as_str()) {
        return id.to_owned();
    }
    let chat = sent["key"]["remoteJid"].as_str().unwrap().replace("@s.whatsapp.net", "@c.us");
    format!("true_{chat}_{}", sent["key"]["id"].as_str().unwrap())
}

fn image() -> Value {
    json!({ "file": { "data": "AAAA", "mimetype": "image/jpeg" }, "caption": "The harbour" })
}

async fn chatting(caller: &mut Caller) {
    let asked = caller.receive(Incoming::text(BEA, "Is it open?"));
    let text = json!({ "text": "The parcel is here." });
    let sent = id_of(&caller.send("chatting_send_text", "/api/sendText", text.clone()).await);
    caller.send("chatting_send_text", "/api/sendText", json!({ "text": "The parcel is here.", "chatId": CLUB })).await;
    let path = "/api/sendText?session=default&phone=22222222222&text=Hi";
    caller.get("chatting_send_text_by_query", path).await;
    caller.send("chatting_reply", "/api/reply", json!({ "text": "Yes, until six", "reply_to": asked })).await;
    caller.send("chatting_send_image", "/api/sendImage", image()).await;
    let document = json!({ "data": "AAAA", "mimetype": "application/pdf", "filename": "invoice.pdf" });
    caller.send("chatting_send_file", "/api/sendFile", json!({ "file": document, "caption": "The invoice" })).await;
    let file = json!({ "url": "https://example.org/file" });
    caller.send("chatting_send_voice", "/api/sendVoice", json!({ "file": file })).await;
    caller.send("chatting_send_video", "/api/sendVideo", json!({ "file": file, "caption": "The ferry" })).await;
    caller.send("chatting_send_sticker", "/api/sendSticker", json!({ "file": file })).await;
    let place = json!({ "latitude": 53.5436, "longitude": 9.9665, "title": "Pier 3" });
    caller.send("chatting_send_location", "/api/sendLocation", place).await;
    let card = json!({ "vcard": VCARD });
    for contacts in [json!([card]), json!([card, card])] {
        caller.send("chatting_send_contact_vcard", "/api/sendContactVcard", json!({ "contacts": contacts })).await;
    }
    let poll = json!({ "name": "Lunch?", "options": ["Soup", "Salad"], "multipleAnswers": false });
    let poll = caller.send("chatting_send_poll", "/api/sendPoll", json!({ "poll": poll })).await;
    let vote = json!({ "pollMessageId": id_of(&poll), "votes": ["Soup"] });
    caller.send("chatting_send_poll_vote", "/api/sendPollVote", vote).await;
    let rows = json!([{ "title": "Tea", "rowId": "tea", "description": "Black" }]);
    let sections = json!([{ "title": "Drinks", "rows": rows }]);
    let list = json!({ "title": "Menu", "description": "Pick one", "button": "Open", "sections": sections });
    caller.send("chatting_send_list", "/api/sendList", json!({ "message": list })).await;
    let buttons = json!([{ "type": "reply", "text": "Yes", "id": "yes" }]);
    let body = json!({ "body": "Shall we call you back?", "footer": "Example Ltd", "buttons": buttons });
    caller.send("chatting_send_buttons", "/api/sendButtons", body).await;
    let pressed = json!({ "replyTo": asked, "selectedDisplayText": "Yes", "selectedButtonID": "yes" });
    caller.send("chatting_send_buttons_reply", "/api/send/buttons/reply", pressed).await;
    let url = "https://example.org/news";
    let preview = json!({ "url": url, "title": "News", "description": "What is new", "image": { "data": "AAAA" } });
    let body = json!({ "text": format!("Read {url}"), "preview": preview });
    caller.send("chatting_send_link_custom_preview", "/api/send/link-custom-preview", body).await;
    caller.send("chatting_send_link_preview", "/api/sendLinkPreview", json!({ "url": url, "title": "News" })).await;
    let forward = json!({ "chatId": CARL, "messageId": sent });
    caller.send("chatting_forward_message", "/api/forwardMessage", forward).await;
    let unknown = json!({ "chatId": CARL, "messageId": format!("false_{BEA}_NOTHING") });
    caller.send("chatting_forward_message", "/api/forwardMessage", unknown).await;
    caller.send("chatting_send_seen", "/api/sendSeen", json!({})).await;
    caller.send("chatting_send_seen", "/api/sendSeen", json!({ "messageIds": [asked] })).await;
    caller.send("chatting_start_typing", "/api/startTyping", json!({})).await;
    caller.send("chatting_stop_typing", "/api/stopTyping", json!({})).await;
    for id in [asked.clone(), "false_1@newsletter_AA".to_owned()] {
        let reaction = json!({ "session": "default", "messageId": id, "reaction": "👍" });
        caller.put("chatting_set_reaction", "/api/reaction", reaction).await;
    }
    let star = json!({ "session": "default", "chatId": BEA, "messageId": asked, "star": true });
    caller.put("chatting_set_star", "/api/star", star).await;
    for number in ["22222222222", "55555555555"] {
        let path = format!("/api/checkNumberStatus?session=default&phone={number}");
        caller.get("chatting_check_number_status", &path).await;
    }
    caller.get("chatting_get_new_message_id", "/api/default/new-message-id").await;
    caller.get("chatting_list_messages", &format!("/api/messages?session=default&chatId={BEA}&limit=100")).await;
}

#[tokio::test]
async fn messages_are_sent_as_each_engine_does_it() {
    let mut collected = Vec::new();
    for engine in ENGINES {
        let mut caller = Caller::new(engine).await;
        chatting(&mut caller).await;
        collected.append(&mut caller.collected);
    }
    let not_modelled = [
        ("chatting_send_text", "The engine gives no data with the id, here of a group."),
        ("chatting_send_text", "The sent message could not be read back, so that there is no id."),
    ];
    recorded::check(&["chatting"], &collected, &not_modelled);
}

async fn chats(caller: &mut Caller) {
    let path = format!("/api/default/chats/{BEA}");
    let read = format!("{path}/messages/read");
    caller.receive(Incoming::text(BEA, "Is it open?"));
    let question = caller.receive(Incoming::text(CARL, "When do you arrive?").in_group(CLUB));
    caller.receive(Incoming::text(BEA, "At five").in_group(CLUB).in_reply_to(&question));
    let photo = caller.receive(Incoming::file(CARL, "image/jpeg", b"1").in_group(CLUB));
    caller.receive(Incoming::text(BEA, "Nice").in_group(CLUB).in_reply_to(photo));
    caller.receive(Incoming::file(BEA, "image/jpeg", b"1").caption("Look!"));
    let voice = caller.receive(Incoming::file(BEA, "audio/ogg; codecs=opus", b"1"));
    let document = caller.receive(Incoming::file(BEA, "application/pdf", b"1").name("contract.pdf"));
    caller.receive(Incoming::location(BEA, 53.5436, 9.9665).name("Pier 3"));
    caller.receive(Incoming::card(BEA, "Carl Sample", VCARD));
    caller.receive(Incoming::file(BEA, "video/mp4", b"1").in_group(CLUB).in_reply_to(&question));
    caller.post("chats_read_messages", &read, Value::Null).await;
    caller.post("chats_read_messages", &read, Value::Null).await;

    let text = json!({ "text": "Hello all" });
    let own = id_of(&caller.send("other", "/api/sendText", text.clone()).await);
    let voice_out = json!({ "file": { "data": "AAAA" } });
    caller.send("other", "/api/sendVoice", voice_out).await;
    let to_club = caller.send("other", "/api/sendText", json!({ "text": "Hello all", "chatId": CLUB })).await;
    let mut to_club = id_of(&to_club);
    if caller.engine == Engine::Noweb {
        to_club = format!("{to_club}_10000000001@c.us");
    }
    caller.server.write_on_phone("default", BEA, "On my way");
    caller.server.read("default", BEA);
    caller.server.read_by("default", BEA, &to_club);
    for chat in [BEA, CLUB] {
        for query in ["limit=100", "limit=100&downloadMedia=false", "limit=100&offset=100"] {
            caller.get("chats_list_messages", &format!("/api/default/chats/{chat}/messages?{query}")).await;
        }
    }
    for id in [&own, &voice, &document] {
        caller.get("chats_get_message", &format!("{path}/messages/{id}")).await;
    }
    caller.get("chats_get_message", &format!("/api/default/chats/{CLUB}/messages/{to_club}")).await;
    for chat in [BEA, CARL] {
        caller.get("chats_get_picture", &format!("/api/default/chats/{chat}/picture")).await;
    }
    caller.post("chats_mark_unread", &format!("/api/default/chats/{CARL}/unread"), Value::Null).await;
    for (from, group) in [(BEA, None), (DAN, None), (HIDDEN, None), (BEA, Some(CLUB))] {
        let message = Incoming::text(from, "See you");
        caller.receive(match group {
            Some(group) => message.in_group(group),
            None => message,
        });
    }
    caller.post("other", &format!("/api/default/chats/{HIDDEN}/archive"), Value::Null).await;
    if caller.engine == Engine::Wpp {
        caller.send("other", "/api/sendText", text).await;
    }
    caller.get("chats_list", "/api/default/chats").await;
    caller.get("chats_list_overview", "/api/default/chats/overview").await;
    caller.get("chats_list_overview", "/api/default/chats/overview?ids=1").await;
    caller.post("chats_query_overview", "/api/default/chats/overview", json!({ "pagination": {} })).await;
    let nobody = json!({ "pagination": {}, "filter": { "ids": ["1"] } });
    caller.post("chats_query_overview", "/api/default/chats/overview", nobody).await;

    let message = format!("{path}/messages/{own}");
    caller.put("chats_edit_message", &message, json!({ "text": "At six, sorry" })).await;
    let unknown = format!("{path}/messages/true_{BEA}_NOTHING");
    caller.put("chats_edit_message", &unknown, json!({ "text": "At six, sorry" })).await;
    caller.post("chats_pin_message", &format!("{message}/pin"), json!({ "duration": 86400 })).await;
    caller.post("chats_unpin_message", &format!("{message}/unpin"), Value::Null).await;
    caller.delete("chats_delete_message", &message).await;
    caller.post("chats_archive", &format!("{path}/archive"), Value::Null).await;
    caller.post("chats_unarchive", &format!("{path}/unarchive"), Value::Null).await;
    for _ in 0..2 {
        caller.delete("chats_clear_messages", &format!("{path}/messages")).await;
        caller.delete("chats_delete", &path).await;
    }
    caller.get("chats_list_messages", &format!("{path}/messages")).await;
}

#[tokio::test]
async fn chats_are_told_as_each_engine_does_it() {
    let mut collected = Vec::new();
    for engine in ENGINES {
        let mut caller = Caller::new(engine).await;
        chats(&mut caller).await;
        collected.append(&mut caller.collected);
    }
    let not_modelled = [
        ("chats_get_message", "Every member that a message may have."),
        ("chats_get_message", "Only the members that are always there."),
        ("chats_get_message", "A document whose caption and file are absent."),
        ("chats_get_message", "The library does not tell where the message comes from."),
        ("chats_get_picture", "A picture that is undefined, and so left out."),
        ("chats_list_messages", "An answer whose quoted message has no id."),
        ("chats_list_messages", "Only the members that are always there, in the messages and in what hangs on them."),
        ("chats_list_overview", "What is null may be left out as well."),
        ("chats_query_overview", "What is null may be left out as well."),
    ];
    recorded::check(&["chats"], &collected, &not_modelled);
}

async fn the_rest(caller: &mut Caller) {
    let status = "/api/default/status";
    let text = json!({ "text": "Back on the water", "backgroundColor": "#01E6AA", "font": 1 });
    let posted = caller.post("status_updates_send_text", &format!("{status}/text"), text).await;
    let file = json!({ "url": "https://example.org/file" });
    for (operation, kind) in [
        ("status_updates_send_image", "image"),
        ("status_updates_send_video", "video"),
        ("status_updates_send_voice", "voice"),
    ] {
        let mut body = json!({ "file": file });
        if kind != "voice" {
            body["caption"] = json!("The regatta");
        }
        caller.post(operation, &format!("{status}/{kind}"), body).await;
    }
    let posted = json!({ "id": id_of(&posted) });
    caller.post("status_updates_delete", &format!("{status}/delete"), posted).await;
    caller.get("status_updates_get_new_message_id", &format!("{status}/new-message-id")).await;

    let labels = "/api/default/labels";
    caller.get("labels_list", labels).await;
    caller.get("labels_list_chats", &format!("{labels}/1/chats")).await;
    let lead = caller.post("labels_create", labels, json!({ "name": "Lead", "color": 0 })).await;
    caller.get("labels_list", labels).await;
    let path = format!("{labels}/{}", lead["id"].as_str().unwrap());
    caller.put("labels_update", &path, json!({ "name": "Paid", "colorHex": "#9368cf" })).await;
    caller.receive(Incoming::text(BEA, "Hi"));
    let of_bea = format!("{labels}/chats/{BEA}");
    caller.get("labels_list_chat_labels", &of_bea).await;
    caller.put("labels_set_chat_labels", &of_bea, json!({ "labels": [{ "id": lead["id"] }] })).await;
    caller.get("labels_list_chat_labels", &of_bea).await;
    caller.get("labels_list_chats", &format!("{path}/chats")).await;
    caller.post("other", &format!("/api/default/chats/{BEA}/archive"), Value::Null).await;
    caller.get("labels_list_chats", &format!("{path}/chats")).await;
    caller.delete("labels_delete", &path).await;

    let presence = "/api/default/presence";
    caller.get("presence_get", &format!("{presence}/{BEA}")).await;
    caller.get("presence_list", presence).await;
    caller.server.set_presence(BEA, Presence::Offline);
    caller.post("presence_subscribe", &format!("{presence}/{CLUB}/subscribe"), Value::Null).await;
    caller.server.set_presence_in(CLUB, BEA, Presence::Typing);
    for chat in [BEA, CLUB] {
        caller.get("presence_get", &format!("{presence}/{chat}")).await;
    }
    caller.server.set_presence(CARL, Presence::Online);
    caller.post("presence_subscribe", &format!("{presence}/{CARL}/subscribe"), Value::Null).await;
    caller.get("presence_list", presence).await;
    caller.post("presence_set", presence, json!({ "presence": "online" })).await;

    let event = json!({ "name": "Tasting", "startTime": 1_790_100_000 });
    let full = json!({
        "name": "Harvest",
        "description": "Bring gloves",
        "startTime": 1_790_100_000,
        "endTime": 1_790_110_800,
        "location": { "name": "Lower field" },
        "extraGuestsAllowed": true,
    });
    for (chat, event) in [(BEA, event), (CLUB, full)] {
        caller.post("event_messages_send", "/api/default/events", json!({ "chatId": chat, "event": event })).await;
    }
    for (operation, kind) in [("media_convert_video", "video"), ("media_convert_voice", "voice")] {
        let path = format!("/api/default/media/convert/{kind}");
        caller.post(operation, &path, json!({ "url": "https://example.org/file" })).await;
    }
}

#[tokio::test]
async fn status_labels_presence_events_and_media_are_told_as_each_engine_does_it() {
    let mut collected = Vec::new();
    for engine in ENGINES {
        let mut caller = Caller::new(engine).await;
        the_rest(&mut caller).await;
        collected.append(&mut caller.collected);
    }
    let not_modelled = [
        ("status_updates_send_text", "The engine gives no data with the id."),
        ("status_updates_send_text", "The posted status could not be read back: its id and what the library said."),
        ("status_updates_send_text", "Not even the id is known."),
        ("presence_get", "Members of a group: one is typing, one stopped, and one did what is not known."),
        ("event_messages_send", "The library has nothing more to say about the message."),
    ];
    recorded::check(&["status_updates", "labels", "presence", "event_messages", "media"], &collected, &not_modelled);
}
