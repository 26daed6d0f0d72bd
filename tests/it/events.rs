//! Events as they are received: every recorded one, odd ones, and what the message in one says.

use std::{collections::BTreeSet, time::Duration};

use fastrand::Rng;
use serde_json::{Value, json};
use waha::{
    ChatKind, Client, ErrorKind, Event, Session,
    events::{EventMessage, Payload},
    types::EventName,
};

use crate::corpus;

/// The text of the payload's variant is that of an event that this release does not know, or cannot read.
fn is_lost(payload: &Payload) -> bool {
    matches!(payload, Payload::Unknown { .. } | Payload::Undecodable { .. })
}

fn read(body: &Value) -> Event {
    let event = Event::from_slice(body.to_string().as_bytes());
    event.unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// An event with this name and payload.
fn event(name: &str, payload: Value) -> Event {
    read(&json!({ "event": name, "session": "default", "me": { "id": "10000000001@c.us" }, "payload": payload }))
}

/// An event with a message that has these members besides those that every message has.
fn message(members: Value) -> Event {
    let mut message = json!({ "id": "false_22222222222@c.us_AAAA", "fromMe": false, "hasMedia": false });
    for (name, value) in members.as_object().unwrap() {
        message[name] = value.clone();
    }
    event("message", message)
}

fn session(name: &str) -> Session {
    Client::builder("http://localhost:3000").build().unwrap().session(name).unwrap()
}

#[test]
fn every_recorded_event_is_read_with_its_envelope() {
    let mut names = BTreeSet::new();
    for corpus::Event { event: name, body, .. } in corpus::events() {
        let event = read(&body);
        assert!(!is_lost(&event.payload), "{:?}", event.payload);
        assert_eq!((event.name().as_str(), body["event"].as_str()), (name.as_str(), Some(name.as_str())));
        assert_eq!(event.id.as_deref(), body["id"].as_str());
        assert_eq!(event.timestamp, body["timestamp"].as_i64());
        assert_eq!(event.session, body["session"].as_str().unwrap());
        assert_eq!(event.metadata.len(), body["metadata"].as_object().map_or(0, |metadata| metadata.len()));
        assert_eq!(event.me.as_ref().map(|me| me.id.as_str()), body["me"]["id"].as_str());
        assert_eq!(event.engine.as_ref().map(|engine| engine.as_str()), body["engine"].as_str());
        let version = event.environment.as_ref().map(|environment| environment.version.as_str());
        assert_eq!(version, body["environment"]["version"].as_str());
        names.insert(name);
    }
    let known: BTreeSet<_> = EventName::KNOWN.iter().map(|name| name.as_str().to_owned()).collect();
    assert_eq!(names, known);
}

#[test]
fn every_event_of_the_document_has_a_name_and_a_variant() {
    let document = corpus::document();
    let webhooks: BTreeSet<_> = corpus::event_schemas(&document).map(|(name, _)| name.to_owned()).collect();
    let known: BTreeSet<_> = EventName::KNOWN.iter().map(|name| name.as_str().to_owned()).collect();
    assert_eq!(webhooks, known);
    for name in webhooks {
        // Whatever is not an event of the document is kept as it is.
        assert!(!matches!(event(&name, json!({})).payload, Payload::Unknown { .. }), "{name}");
    }
}

#[test]
fn a_payload_is_small_to_move() {
    assert!(size_of::<Payload>() <= 80, "{}", size_of::<Payload>());
}

#[test]
fn the_order_of_members_does_not_matter() {
    for fixture in corpus::events() {
        let members = fixture.body.as_object().unwrap();
        let mut names: Vec<_> = members.keys().collect();
        // The payload before the name, which is then not known yet.
        names.sort_by_key(|name| *name == "event");
        let members: Vec<_> = names.iter().map(|name| format!("{:?}:{}", name, members[*name])).collect();
        let turned = Event::from_slice(format!("{{{}}}", members.join(",")).as_bytes()).unwrap();
        assert_eq!(normalized(&turned), normalized(&read(&fixture.body)));
    }
}

/// What an event prints as, with its metadata in order.
fn normalized(event: &Event) -> String {
    let metadata: std::collections::BTreeMap<_, _> = event.metadata.iter().collect();
    let mut rest = event.clone();
    rest.metadata = Default::default();
    format!("{metadata:?} {rest:?}")
}

#[test]
fn text_that_rust_cannot_hold_costs_nothing_but_itself() {
    let body = |text: &str| {
        format!(
            r#"{{"event": "message", "session": "default", "timestamp": 1, "payload": {{"id": "false_1@c.us_A", "fromMe": false,
            "hasMedia": false, "body": {text}, "_data": {{"x": {text}}}}}}}"#
        )
    };
    let utf_16: Vec<u8> = ("\u{feff}".to_owned() + &body("\"Hi\"")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, text) in [
        (body(r#""see you \ud83d""#).into_bytes(), "see you \u{fffd}"),
        (("\u{feff}".to_owned() + &body("\"Hi\"")).into_bytes(), "Hi"),
        (body("\"line\nfeed\"").into_bytes(), "line\nfeed"),
        (body("\"a\"").into_bytes().iter().chain(b"\0\0\n").copied().collect(), "a"),
        (body("\"#\"").into_bytes().iter().map(|byte| if *byte == b'#' { 0xff } else { *byte }).collect(), "\u{fffd}"),
        (utf_16, "Hi"),
    ] {
        let event = Event::from_slice(&bytes).unwrap();
        let Payload::Message(message) = &event.payload else { panic!("{event:?}") };
        assert_eq!((message.body.as_deref(), event.timestamp), (Some(text), Some(1)));
        assert_eq!(message.data.as_ref().unwrap().get::<String>("/x").unwrap().as_deref(), Some(text));
    }
    let event = Event::from_slice(body("NaN").as_bytes()).unwrap();
    assert!(matches!(&event.payload, Payload::Message(message) if message.body.is_none()));
}

#[test]
fn numbers_and_enums_are_read_as_leniently_as_in_answers() {
    let event = read(&json!({
        "event": "message.ack", "session": "default", "engine": "NEXT", "timestamp": "1790000000123",
        "payload": { "id": "true_1@c.us_A", "from": "1@c.us", "fromMe": true, "ack": { "low": 3, "high": 0 }, "ackName": "SEEN" },
    }));
    let ack = event.own_message_ack().unwrap();
    assert_eq!((ack.ack, ack.ack_name.as_ref().unwrap().as_str()), (3, "SEEN"));
    assert_eq!((event.engine.unwrap().as_str(), event.timestamp), ("NEXT", Some(1_790_000_000_123)));
}

#[test]
fn a_payload_that_does_not_fit_arrives_with_what_is_wrong() {
    for fixture in corpus::events() {
        let open = matches!(fixture.event.as_str(), "state.change" | "group.join" | "group.leave");
        for odd in [json!(5), json!(["a"]), json!("text"), json!(true), Value::Null] {
            let mut body = fixture.body.clone();
            body["payload"] = odd.clone();
            let event = read(&body);
            assert_eq!(event.id.as_deref(), fixture.body["id"].as_str());
            match &event.payload {
                Payload::Undecodable { event: name, payload, error } => {
                    assert_eq!((name.as_str(), payload.to_value().unwrap()), (fixture.event.as_str(), odd));
                    assert_eq!(error.kind(), ErrorKind::Decode);
                    let path = error.json_path().unwrap();
                    assert!(matches!(path, "payload" | "payload[0]") && error.to_string().contains(path), "{error}");
                    assert!(!open, "{}", fixture.event);
                }
                // Everything in it may be absent, and then it is nothing in particular.
                other => assert!(open || !is_lost(other), "{other:?}"),
            }
        }
    }
    let event = message(json!({ "fromMe": "perhaps" }));
    let Payload::Undecodable { payload, error, .. } = &event.payload else { panic!("{event:?}") };
    assert_eq!(
        (error.json_path(), payload.get::<String>("/fromMe").unwrap().unwrap()),
        (Some("payload.fromMe"), "perhaps".into())
    );
    assert!(error.to_string().contains("payload.fromMe"), "{error}");
    assert!(event.message().is_none() && event.chat_id().is_none() && event.happened_at().is_none());
    // Without any payload at all.
    let event = read(&json!({ "event": "message", "session": "default" }));
    assert!(matches!(&event.payload, Payload::Undecodable { payload, .. } if payload.is_null()));
}

#[test]
fn an_odd_envelope_loses_only_what_is_odd() {
    let body = json!({
        "event": "message.any", "session": "default", "id": 5, "timestamp": "soon", "me": [], "engine": 7, "environment": "x",
        "metadata": { "user": 5, "name": "Ada" }, "payload": { "id": "true_1@c.us_A", "fromMe": true, "hasMedia": false },
    });
    let event = read(&body);
    assert!(event.id.is_none() && event.timestamp.is_none() && event.me.is_none());
    assert!(event.engine.is_none() && event.environment.is_none());
    assert_eq!((event.metadata["user"].as_str(), event.metadata["name"].as_str()), ("5", "Ada"));
    assert!(event.message().unwrap().is_from_me());
    let nulls = json!({ "event": "engine.event", "session": "s", "id": null, "timestamp": null, "metadata": null, "me": null,
        "engine": null, "environment": null, "payload": { "event": "x", "data": null } });
    let event = read(&nulls);
    assert!(event.metadata.is_empty() && !is_lost(&event.payload), "{event:?}");
}

#[test]
fn events_of_later_releases_are_kept_as_they_are() {
    let body = r#"{"event": "message.translated", "session": "default", "payload": {"text": "Hallo",  "n": 1.0}}"#;
    let event = Event::from_slice(body.as_bytes()).unwrap();
    let Payload::Unknown { event: name, payload } = &event.payload else { panic!("{event:?}") };
    assert_eq!((name.as_str(), payload.as_str()), ("message.translated", r#"{"text": "Hallo",  "n": 1.0}"#));
    assert_eq!(event.name().as_str(), "message.translated");
}

#[test]
fn what_is_no_event_is_refused_with_a_reason() {
    let deep = format!(r#"{{"event":"message","session":"a","payload":{}1{}}}"#, "[".repeat(500), "]".repeat(500));
    for (body, why) in [
        ("", "no JSON object"),
        ("null", "no JSON object"),
        ("[1, 2]", "no JSON object"),
        ("<html>", "no JSON object"),
        (r#"{"event": "message"#, "no JSON object"),
        (r#"{"session": "default", "payload": 5}"#, "`event`"),
        (r#"{"event": 5, "session": "default"}"#, "`event`"),
        (r#"{"event": "message", "payload": {}}"#, "`session`"),
        (deep.as_str(), "nested deeper"),
    ] {
        let error = Event::from_slice(body.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains(why), "{body:.40}: {error}");
        assert!(error.to_string().len() < 1000, "{error}");
    }
}

/// Of every recorded message: the chat is that of its id, which all engines write in the same way.
#[test]
fn the_chat_of_every_recorded_message_is_found() {
    let mut count = 0;
    for fixture in corpus::events() {
        let event = read(&fixture.body);
        let Some(message) = event.message() else { continue };
        count += 1;
        let mut parts = message.id().as_str().split('_');
        assert_eq!(message.is_from_me(), parts.next() == Some("true"), "{}", message.id());
        let chat = parts.next().unwrap();
        assert_eq!(*message.chat_id(), chat);
        assert_eq!(event.chat_id().as_ref(), Some(message.chat_id()));
        assert_eq!(message.is_group(), chat.ends_with("@g.us"), "{chat}");
        assert_eq!(message.chat(&session(&event.session)).unwrap().id().as_str(), chat);
        let time = &fixture.body["payload"]["timestamp"];
        let time = time.as_i64().or(time["low"].as_i64());
        assert!(time.is_none() || message.timestamp() == time, "{}", fixture.body);
        let is_channel = message.chat_id().kind() == ChatKind::Channel;
        assert_eq!(message.sender().is_none(), is_channel && !message.is_from_me(), "{}", fixture.body);
        let is_document = fixture.body["payload"]["media"]["mimetype"] == "application/pdf";
        let body = fixture.body["payload"]["body"].as_str().filter(|body| !body.is_empty());
        let is_plain = !is_document && message.location().is_none() && message.vcards().is_empty();
        assert!(!is_plain || message.text() == body, "{}", fixture.body);
        // Beside a file that was not downloaded, WPP has the address of the encrypted one.
        let (media, older) = (&fixture.body["payload"]["media"], &fixture.body["payload"]["mediaUrl"]);
        let has_url = if media.is_object() { media["url"].is_string() } else { older.is_string() };
        assert_eq!(message.download(&session("default")).is_some(), has_url, "{}", fixture.body);
    }
    assert_eq!(count, 38);
}

#[test]
fn events_about_a_chat_tell_which() {
    for fixture in corpus::events() {
        let event = read(&fixture.body);
        let text = fixture.body.to_string();
        match fixture.event.as_str() {
            name if name.starts_with("message") || name.starts_with("group.v2") || name.starts_with("presence") => {}
            name if name.starts_with("poll") || name.starts_with("event.") || name.starts_with("label.chat") => {}
            "chat.archive" => {}
            _ => continue,
        }
        // An engine that has lost a message does not know its chat.
        let Some(chat) = event.chat_id() else {
            assert_eq!(fixture.event, "message.revoked", "{text}");
            continue;
        };
        let (user, _) = chat.as_str().split_once('@').unwrap();
        assert!(text.contains(user), "{chat} in {text}");
    }
}

fn sender(event: &Event) -> (Option<String>, Option<String>) {
    let message = event.message().unwrap();
    (message.sender().map(String::from), message.sender_phone_number().map(String::from))
}

#[test]
fn the_sender_is_known_with_the_number_where_the_engine_tells_it() {
    let some = |text: &str| Some(text.to_owned());
    let member = "false_120363000000000011@g.us_AAAA_222000000000222@lid";
    for (members, id, number) in [
        (json!({ "from": "22222222222@c.us" }), some("22222222222@c.us"), some("22222222222")),
        // GOWS, in a group where numbers are hidden.
        (
            json!({ "id": member, "participant": "222000000000222@lid",
                "_data": { "Info": { "SenderAlt": "22222222222:5@s.whatsapp.net" } } }),
            some("222000000000222@lid"),
            some("22222222222"),
        ),
        (json!({ "id": member, "_data": { "Info": { "SenderAlt": "" } } }), some("222000000000222@lid"), None),
        // NOWEB, in a group and in a direct chat.
        (
            json!({ "id": member, "_data": { "key": { "participantAlt": "22222222222@s.whatsapp.net" } } }),
            some("222000000000222@lid"),
            some("22222222222"),
        ),
        (
            json!({ "id": "false_222000000000222@lid_AAAA", "_data": { "key": { "remoteJidAlt": "22222222222@s.whatsapp.net" } } }),
            some("222000000000222@lid"),
            some("22222222222"),
        ),
        // WEBJS and WPP repeat the person, or name them as the author.
        (
            json!({ "id": "false_120363000000000011@g.us_AAAA", "author": "44444444444@c.us" }),
            some("44444444444@c.us"),
            some("44444444444"),
        ),
        (
            json!({ "id": "false_44444444444@c.us_AAAA", "participant": "44444444444@c.us", "from": null }),
            some("44444444444@c.us"),
            some("44444444444"),
        ),
        // The account itself: from the envelope, or as a member.
        (json!({ "id": "true_22222222222@c.us_AAAA", "fromMe": true }), some("10000000001@c.us"), some("10000000001")),
        (
            json!({ "id": "true_120363000000000011@g.us_A_333000000000333@lid", "fromMe": true }),
            some("333000000000333@lid"),
            some("10000000001"),
        ),
        // A channel speaks for itself, and a story has its author.
        (json!({ "id": "false_120363000000000022@newsletter_A" }), None, None),
        (json!({ "id": "false_status@broadcast_A_22222222222@c.us" }), some("22222222222@c.us"), some("22222222222")),
        // Hostile data are no number.
        (json!({ "id": member, "_data": { "Info": { "SenderAlt": ["1"] } } }), some("222000000000222@lid"), None),
        (json!({ "id": member, "_data": [1] }), some("222000000000222@lid"), None),
    ] {
        assert_eq!(sender(&message(members.clone())), (id, number), "{members}");
    }
}

#[test]
fn the_chat_of_an_own_message_is_not_the_account() {
    // WEBJS and WPP have the account in `from`, GOWS and NOWEB the chat.
    for ends in [json!({ "from": "10000000001@c.us", "to": "22222222222@c.us" }), json!({ "from": "22222222222@c.us" })]
    {
        let mut members = ends.clone();
        members["fromMe"] = true.into();
        members["id"] = "AAAA".into(); // bare, so that only the ends tell
        let event = message(members);
        assert_eq!(*event.message().unwrap().chat_id(), "22222222222@c.us", "{ends}");
        assert_eq!(event.chat_id().unwrap(), "22222222222@c.us", "{ends}");
    }
    // Nobody can be answered where nobody knows.
    let event = message(json!({ "id": "AAAA" }));
    assert!(event.message().is_none() && event.chat_id().is_none());
}

#[test]
fn a_message_is_not_answered_from_another_account() {
    let event = message(json!({}));
    let message: EventMessage<'_> = event.message().unwrap();
    assert!(message.reply(&session("default"), "pong").is_ok());
    let error = message.reply(&session("other"), "pong").unwrap_err();
    assert!(error.message().contains("`default`") && error.message().contains("`other`"), "{error}");
    assert!(message.react(&session("default"), "👍").is_ok());
    assert_eq!(message.react(&session("other"), "👍").unwrap_err().message(), error.message());
}

#[test]
fn edits_deletions_and_acks_name_their_message() {
    let edited = event(
        "message.edited",
        json!({ "id": "false_1@c.us_B", "fromMe": false, "hasMedia": false, "body": "new", "editedMessageId": "A" }),
    );
    assert_eq!(edited.edited_message_id().unwrap(), "A");
    assert_eq!(edited.message().unwrap().text(), Some("new"));
    let revoked = event(
        "message.revoked",
        json!({ "revokedMessageId": "A", "before": null,
        "after": { "fromMe": false, "id": "B", "remoteJid": "22222222222@c.us" } }),
    );
    assert_eq!(
        (revoked.revoked_message_id().unwrap().bare(), revoked.chat_id().unwrap().as_str()),
        ("A", "22222222222@c.us")
    );
    assert!(revoked.edited_message_id().is_none() && edited.revoked_message_id().is_none());
    let ack = |name: &str, from_me: bool| {
        event(name, json!({ "id": format!("{from_me}_1@c.us_A"), "from": "1@c.us", "fromMe": from_me, "ack": 3 }))
    };
    for name in ["message.ack", "message.ack.group"] {
        assert_eq!(ack(name, true).own_message_ack().unwrap().id, "true_1@c.us_A");
        assert!(ack(name, false).own_message_ack().is_none());
    }
    for fixture in corpus::events() {
        let event = read(&fixture.body);
        assert_eq!(event.edited_message_id().is_some(), fixture.body["payload"]["editedMessageId"].is_string());
        assert_eq!(event.revoked_message_id().is_some(), fixture.body["payload"]["revokedMessageId"].is_string());
    }
}

#[test]
fn times_are_those_of_their_unit() {
    let since = |time: Option<std::time::SystemTime>| {
        time.map(|time| time.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap().as_millis())
    };
    let at = |name: &str, payload: Value| since(event(name, payload).happened_at());
    let message =
        |time: Value| json!({ "id": "false_1@c.us_A", "fromMe": false, "hasMedia": false, "timestamp": time });
    let milliseconds = Some(1_790_000_000_000);
    assert_eq!(at("message", message(json!(1_790_000_000))), milliseconds);
    assert_eq!(at("message.any", message(Value::Null)), None);
    let reaction = |time: Value| {
        json!({ "id": "false_1@c.us_A", "from": "1@c.us", "fromMe": false, "timestamp": time,
        "reaction": { "text": "a", "messageId": "true_1@c.us_B" } })
    };
    assert_eq!(at("message.reaction", reaction(json!(1_790_000_000.482))), Some(1_790_000_000_482));
    // In milliseconds on GOWS and NOWEB, in seconds on WEBJS and WPP.
    for time in [json!(1_790_000_000), json!(1_790_000_000_000_i64)] {
        assert_eq!(at("group.v2.leave", json!({ "group": { "id": "1@g.us" }, "timestamp": time })), milliseconds);
    }
    let event = read(&json!({ "event": "x", "session": "a", "timestamp": 1_790_000_000_123_i64, "payload": 1 }));
    assert_eq!((since(event.created_at()), event.happened_at()), (Some(1_790_000_000_123), None));
    for time in [i64::MAX, i64::MIN, -1, 0] {
        let event =
            read(&json!({ "event": "message", "session": "a", "timestamp": time, "payload": message(json!(time)) }));
        let _ = (event.created_at(), event.happened_at());
    }
    let limit = Duration::from_secs(1_000_000_000);
    for fixture in corpus::events() {
        let event = read(&fixture.body);
        if let (Some(made), Some(happened)) = (event.created_at(), event.happened_at()) {
            // Recorded within minutes of each other: a wrong unit would be decades.
            let distance = made.duration_since(happened).or_else(|_| happened.duration_since(made)).unwrap();
            assert!(distance < limit, "{}", fixture.body);
        }
    }
}

/// Changes bytes of recorded events. `WAHA_FUZZ_SECONDS` sets for how long; by default it is a fixed number of bodies.
#[test]
fn no_bytes_make_reading_an_event_fail_otherwise_than_by_an_error() {
    let bodies: Vec<_> = corpus::events().iter().map(|event| event.body.to_string().into_bytes()).collect();
    let limit = std::env::var("WAHA_FUZZ_SECONDS").ok().map(|text| Duration::from_secs(text.parse().unwrap()));
    let (begin, mut rng) = (std::time::Instant::now(), Rng::with_seed(limit.map_or(13, |_| fastrand::u64(..))));
    let (mut tries, mut read, mut undecodable) = (0_u64, 0_u64, 0_u64);
    while limit.map_or(tries < 3_000, |limit| begin.elapsed() < limit) {
        tries += 1;
        let mut bytes = bodies[rng.usize(..bodies.len())].clone();
        for _ in 0..rng.usize(1..6) {
            mutate(&mut bytes, &bodies, &mut rng);
        }
        if let Ok(event) = Event::from_slice(&bytes) {
            read += 1;
            undecodable += u64::from(matches!(event.payload, Payload::Undecodable { .. }));
            exercise(&event);
        }
    }
    println!("{tries} bodies, {read} read, {undecodable} of them undecodable, in {:?}", begin.elapsed());
    assert!(read > tries / 20 && undecodable > 0, "{read} of {tries}");
}

/// Calls all that can be asked of an event.
fn exercise(event: &Event) {
    let _ = (event.name(), event.chat_id(), event.created_at(), event.happened_at(), format!("{event:?}"));
    let _ = (event.own_message_ack(), event.edited_message_id(), event.revoked_message_id());
    if let Some(message) = event.message() {
        let _ =
            (message.sender(), message.sender_phone_number(), message.text(), message.sent_at(), message.is_group());
    }
}

/// Changes some bytes: flips, removes, repeats, or puts in a piece of another body.
pub fn mutate(bytes: &mut Vec<u8>, bodies: &[Vec<u8>], rng: &mut Rng) {
    const PIECES: [&[u8]; 12] = [
        b"null",
        b"-1",
        b"1e999",
        b"\"\\ud83d\"",
        b"[",
        b"}",
        b"{\"a\":1}",
        b"\xff",
        b"true",
        b"\"\"",
        b",",
        b"\xef\xbb\xbf",
    ];
    let at = rng.usize(..=bytes.len());
    let end = (at + rng.usize(..20)).min(bytes.len());
    match rng.u8(..6) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = rng.u8(..);
            }
        }
        1 => drop(bytes.drain(at..end)),
        2 => {
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        3 => drop(bytes.splice(at..end, PIECES[rng.usize(..PIECES.len())].iter().copied())),
        4 => {
            // A value of the same body in the place of another.
            let colons: Vec<_> =
                bytes.iter().enumerate().filter(|(_, byte)| **byte == b':').map(|(at, _)| at).collect();
            if let (Some(from), Some(to)) = (rng.choice(&colons), rng.choice(&colons)) {
                let length = bytes[*from..].iter().position(|byte| *byte == b',').unwrap_or(1);
                let value = bytes[*from..*from + length].to_vec();
                let length = bytes[*to..].iter().position(|byte| *byte == b',').unwrap_or(0);
                bytes.splice(*to..*to + length, value);
            }
        }
        _ => {
            let other = &bodies[rng.usize(..bodies.len())];
            let from = rng.usize(..other.len());
            let piece = other[from..(from + 30).min(other.len())].to_vec();
            bytes.splice(at..end, piece);
        }
    }
}
