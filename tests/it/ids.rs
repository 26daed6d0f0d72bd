//! Ids: the texts that are accepted and refused, and that the printed text parses to the same id.

use std::{
    collections::{BTreeSet, HashSet},
    fmt::{Debug, Display},
    future::IntoFuture,
    hash::Hash,
    str::FromStr,
};

use fastrand::Rng;
use futures_util::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use waha::{
    ChannelId, ChatId, ChatIdOrAll, ChatKind, ContactId, Error, ErrorKind, GroupId, Lid, Mention, MessageId,
    PhoneNumber, SessionName, types,
};

use crate::{
    corpus::document,
    support::{Reply, Server},
};

/// The traits that every id implements.
trait Id:
    FromStr<Err = Error>
    + for<'a> TryFrom<&'a str, Error = Error>
    + for<'a> TryFrom<&'a String, Error = Error>
    + TryFrom<String, Error = Error>
    + for<'a> From<&'a Self>
    + Into<String>
    + AsRef<str>
    + Display
    + Debug
    + Clone
    + Ord
    + Hash
    + for<'a> PartialEq<&'a str>
    + PartialEq<str>
    + Serialize
    + DeserializeOwned
    + Send
    + Sync
{
}

macro_rules! ids {
    ($($name:ident)*) => {$(
        impl Id for $name {}
    )*};
}

ids!(SessionName PhoneNumber Lid ContactId ChatId ChatIdOrAll Mention GroupId ChannelId MessageId);

/// Parses each text, and checks that every conversion of the id gives the expected text.
#[track_caller]
fn understands<T: Id>(table: &[(&str, &str)]) {
    for (written, canonical) in table {
        let id: T = written.parse().unwrap_or_else(|error| panic!("{written:?}: {error}"));
        assert_eq!(id.to_string(), *canonical, "{written:?}");
        assert_eq!(id.as_ref(), *canonical);
        assert!(id == *canonical && id == **canonical);
        assert_eq!(Into::<String>::into(id.clone()), *canonical);
        assert_eq!(format!("{id:>70}").trim_start(), *canonical);
        assert_eq!(format!("{id:?} {:?}", Some(&id)), format!("{canonical:?} Some({canonical:?})"));
        for other in [
            T::try_from(*written).unwrap(),
            T::try_from((*written).to_owned()).unwrap(),
            T::try_from(&(*written).to_owned()).unwrap(),
            T::from(&id),
            canonical.parse().unwrap(),
            serde_json::from_value((*written).into()).unwrap(),
            serde_json::from_str(&serde_json::to_string(&id).unwrap()).unwrap(),
        ] {
            assert_eq!(other, id, "{written:?}");
        }
        assert_eq!(serde_json::to_value(&id).unwrap(), *canonical);
        let set: HashSet<T> = [id.clone(), canonical.parse().unwrap()].into();
        let sorted: BTreeSet<T> = set.iter().cloned().collect();
        assert_eq!((set.len(), sorted.len()), (1, 1));
    }
}

/// Checks that parsing each text fails with an error that contains the words.
#[track_caller]
fn refuses<T: Id>(table: &[(&str, &str)]) {
    for (written, words) in table {
        let error = written.parse::<T>().expect_err(written);
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{written:?}");
        assert!(error.message().contains(words), "{written:?}: {error}");
        assert!(error.message().contains(" is not a "), "{written:?}: {error}");
        assert!(error.message().chars().count() < 250, "{written:?}: {error}");
        let error = serde_json::from_value::<T>((*written).into()).expect_err(written);
        assert!(error.to_string().contains(words), "{written:?}: {error}");
    }
}

#[test]
fn session_names_are_checked() {
    let longest = "x".repeat(SessionName::MAX_LEN);
    understands::<SessionName>(&[
        ("default", "default"),
        ("My_session-2", "My_session-2"),
        ("_", "_"),
        (&longest, &longest),
    ]);
    let too_long = "x".repeat(SessionName::MAX_LEN + 1);
    for written in ["", " default", "a/b", "..", "é", "a\n", &too_long] {
        refuses::<SessionName>(&[(written, "1 to 54 letters, digits, `_` or `-`")]);
    }
}

#[test]
fn phone_numbers_are_normalised_or_refused() {
    understands::<PhoneNumber>(&[
        ("11111111111", "11111111111"),
        ("+11111111111", "11111111111"),
        ("+1 (111) 111-1111", "11111111111"),
        ("(+1) 111.111.1111", "11111111111"),
        ("\u{202a}+1\u{a0}111\u{202f}111\u{2011}1111\u{202c}", "11111111111"),
        (" 11111111111\n", "11111111111"),
        ("11111111111@c.us", "11111111111"),
        ("11111111111:12@s.whatsapp.net", "11111111111"),
        ("1111111", "1111111"),
        ("111111111111111", "111111111111111"),
    ]);
    refuses::<PhoneNumber>(&[
        ("", "no digits"),
        ("+", "no digits"),
        ("hello", "digits only"),
        ("++1 111 1111111", "digits only"),
        ("1+1111111111", "digits only"),
        ("١١١١١١١١١١١", "digits only"),
        ("1 111 1111111 ext. 2", "digits only"),
        ("0111 1111111", "the code of the country"),
        ("0011 111 1111111", "the code of the country"),
        ("+11 (0) 111 1111111", "`(0)`"),
        ("111111", "7 to 15 digits"),
        ("1111111111111111", "7 to 15 digits"),
        ("222222222222222@lid", "hides it"),
        ("111111111111111111@g.us", "ends in `@c.us`"),
    ]);
}

#[test]
fn lids_are_normalised_or_refused() {
    understands::<Lid>(&[
        ("222222222222222@lid", "222222222222222@lid"),
        ("222222222222222", "222222222222222@lid"),
        (" 222222222222222:7@LID ", "222222222222222@lid"),
    ]);
    refuses::<Lid>(&[
        ("", "digits only"),
        ("@lid", "digits only"),
        ("ada@lid", "digits only"),
        ("+1 111 1111111", "digits only"),
        ("222222222222222:x@lid", "the number of a device"),
        ("222222222222222222222@lid", "20 at most"),
        ("11111111111@c.us", "ends in `@lid`"),
        ("1@lid@lid", "ends in `@lid`"),
    ]);
}

#[test]
fn contact_ids_are_normalised_or_refused() {
    understands::<ContactId>(&[
        ("11111111111@c.us", "11111111111@c.us"),
        ("11111111111", "11111111111@c.us"),
        ("+1 111 111-1111", "11111111111@c.us"),
        ("+1 111 111-1111@c.us", "11111111111@c.us"),
        ("1111111", "1111111@c.us"),
        ("11111111111@s.whatsapp.net", "11111111111@c.us"),
        ("11111111111@S.WhatsApp.net", "11111111111@c.us"),
        ("11111111111:12@s.whatsapp.net", "11111111111@c.us"),
        ("11111111111.0:12@s.whatsapp.net", "11111111111@c.us"),
        ("\t222222222222222@lid ", "222222222222222@lid"),
        ("222222222222222:1@lid", "222222222222222@lid"),
        ("0@c.us", "0@c.us"),
    ]);
    refuses::<ContactId>(&[
        ("", "no digits"),
        ("@c.us", "no digits"),
        (":1@c.us", "no digits"),
        ("ada@c.us", "digits only"),
        ("1+1@c.us", "digits only"),
        ("1\u{0}1", "digits only"),
        ("11111111111:@c.us", "the number of a device"),
        ("11111111111:1:2@c.us", "the number of a device"),
        ("+11 (0)111 1111111", "`(0)`"),
        ("111111111111111111@g.us", "a group's"),
        ("111111111111111111@newsletter", "a channel's"),
        ("status@broadcast", "a broadcast list's"),
        ("11111111111@example.org", "ends in `@c.us` or `@lid`"),
        ("11111111111@c.us/../x", "ends in `@c.us` or `@lid`"),
        ("111111111111111111111", "too long"),
        (&"1".repeat(100_000), "too long"),
        // Without an `@`, and in the notation of a phone number, the rules of phone numbers hold.
        ("07 00 00 00 00", "the code of the country"),
        ("0700000000", "the code of the country"),
        ("(0700) 000000@c.us", "the code of the country"),
        ("111111", "7 to 15 digits"),
        ("1111111111111111", "7 to 15 digits"),
    ]);
}

#[test]
fn chat_ids_of_every_kind_are_normalised_or_refused() {
    for (written, canonical, kind) in [
        ("11111111111@c.us", "11111111111@c.us", ChatKind::Contact),
        ("+1 (111) 111-1111", "11111111111@c.us", ChatKind::Contact),
        ("11111111111:3@s.whatsapp.net", "11111111111@c.us", ChatKind::Contact),
        ("222222222222222:1@lid", "222222222222222@lid", ChatKind::Lid),
        (" 111111111111111111@g.us ", "111111111111111111@g.us", ChatKind::Group),
        ("11111111111-1700000000@G.US", "11111111111-1700000000@g.us", ChatKind::Group),
        ("111111111111111111@newsletter", "111111111111111111@newsletter", ChatKind::Channel),
        ("status@broadcast", ChatId::STATUS, ChatKind::Status),
        ("1700000000@broadcast", "1700000000@broadcast", ChatKind::Broadcast),
        // Other domains that WhatsApp uses or may add.
        ("11111111111@bot", "11111111111@bot", ChatKind::Other),
        ("11111111111:4@hosted", "11111111111:4@hosted", ChatKind::Other),
        ("server@c.us", "server@c.us", ChatKind::Other),
        ("crew@g.us", "crew@g.us", ChatKind::Other),
        ("1-2-3@g.us", "1-2-3@g.us", ChatKind::Other),
    ] {
        understands::<ChatId>(&[(written, canonical)]);
        assert_eq!(written.parse::<ChatId>().unwrap().kind(), kind, "{written}");
    }
    refuses::<ChatId>(&[
        ("", "taken as a phone number: it has no digits"),
        ("all", "taken as a phone number: its number must be digits only"),
        ("111111111111111111111", "taken as a phone number: its number is too long"),
        ("07 00 00 00 00", "taken as a phone number: it begins with 0"),
        ("111111", "7 to 15 digits"),
        ("0700-000000@c.us", "the code of the country"),
        ("1+1@c.us", "digits only"),
        ("@", "before and behind"),
        ("@g.us", "before and behind"),
        ("1@", "before and behind"),
        ("1@2@g.us", "more than one `@`"),
        ("a b@g.us", "white space"),
        ("a@g.us\u{0}", "control character"),
    ]);
}

#[test]
fn group_and_channel_ids_are_normalised_or_refused() {
    understands::<GroupId>(&[
        ("111111111111111111@g.us", "111111111111111111@g.us"),
        (" 11111111111-1700000000@g.us\n", "11111111111-1700000000@g.us"),
    ]);
    refuses::<GroupId>(&[
        ("", "ends in `@g.us`"),
        ("111111111111111111", "ends in `@g.us`"),
        ("11111111111@c.us", "ends in `@g.us`"),
        ("https://chat.whatsapp.com/AAAA", "ends in `@g.us`"),
        ("@g.us", "two numbers"),
        ("crew@g.us", "two numbers"),
        ("1-@g.us", "two numbers"),
        ("1-2-3@g.us", "two numbers"),
    ]);
    understands::<ChannelId>(&[("111111111111111111@newsletter ", "111111111111111111@newsletter")]);
    refuses::<ChannelId>(&[
        ("111111111111111111", "ends in `@newsletter`"),
        ("https://whatsapp.com/channel/AAAA", "ends in `@newsletter`"),
        ("news@newsletter", "digits only"),
        ("@newsletter", "digits only"),
    ]);
}

#[test]
fn full_message_ids_give_their_parts() {
    for (written, canonical, from_me, chat, bare, participant) in [
        ("true_11111111111@c.us_AAAA", "true_11111111111@c.us_AAAA", true, "11111111111@c.us", "AAAA", None),
        (
            "false_222222222222222@lid_AAAA ",
            "false_222222222222222@lid_AAAA",
            false,
            "222222222222222@lid",
            "AAAA",
            None,
        ),
        (
            "true_11111111111:7@s.whatsapp.net_AAAA",
            "true_11111111111@c.us_AAAA",
            true,
            "11111111111@c.us",
            "AAAA",
            None,
        ),
        (
            "false_111111111111111111@g.us_AAAA_11111111111@s.whatsapp.net",
            "false_111111111111111111@g.us_AAAA_11111111111@c.us",
            false,
            "111111111111111111@g.us",
            "AAAA",
            Some("11111111111@c.us"),
        ),
        (
            "true_status@broadcast_AAAA_11111111111@c.us",
            "true_status@broadcast_AAAA_11111111111@c.us",
            true,
            "status@broadcast",
            "AAAA",
            Some("11111111111@c.us"),
        ),
        // A message to oneself, as WhatsApp Web has it.
        ("true_11111111111@c.us_AAAA_out", "true_11111111111@c.us_AAAA_out", true, "11111111111@c.us", "AAAA", None),
    ] {
        understands::<MessageId>(&[(written, canonical)]);
        let id: MessageId = written.parse().unwrap();
        assert!(id.is_full(), "{written}");
        assert_eq!(id.from_me(), Some(from_me), "{written}");
        assert_eq!(id.chat_id().unwrap(), chat, "{written}");
        assert_eq!(id.bare(), bare, "{written}");
        assert_eq!(id.participant().as_ref().map(ChatId::as_str), participant, "{written}");
        if !canonical.ends_with("_out") {
            let parts = MessageId::from_parts(from_me, &id.chat_id().unwrap(), bare, id.participant().as_ref());
            assert_eq!(parts.unwrap(), id);
        }
    }
}

#[test]
fn short_message_ids_are_kept_as_they_are() {
    for written in [
        "3EB0AAAA",
        "AAAA_BBBB",
        "true",
        "true_AAAA",
        "true_11111111111@c.us",
        "true_11111111111@c.us_",
        "true_11111111111@c.us_AAAA_",
        "true_11111111111_AAAA",
        "true_@c.us_AAAA",
        "yes_11111111111@c.us_AAAA",
        "true_1@c.us_AAAA_2@c.us_in",
        "11111111111:1@s.whatsapp.net",
    ] {
        understands::<MessageId>(&[(written, written)]);
        let id: MessageId = written.parse().unwrap();
        assert!(!id.is_full(), "{written}");
        assert_eq!(id.bare(), written);
        assert_eq!((id.from_me(), id.chat_id(), id.participant()), (None, None, None), "{written}");
    }
    refuses::<MessageId>(&[
        ("", "it is empty"),
        (" ", "it is empty"),
        ("AA AA", "white space"),
        ("true_11111111111@c.us_AA\u{0}", "control character"),
    ]);
}

#[test]
fn invalid_parts_of_a_message_id_are_refused() {
    let chat: ChatId = "11111111111@c.us".parse().unwrap();
    let odd: ChatId = "a_b@hosted".parse().unwrap();
    for (chat, bare, participant) in [
        (&chat, "", None),
        (&chat, "A B", None),
        (&chat, "AA_BB", None),
        (&chat, "AA_2@c.us", None),
        (&odd, "AAAA", None),
        (&chat, "AAAA", Some(&odd)),
    ] {
        let error = MessageId::from_parts(true, chat, bare, participant).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.message().contains("its parts are not empty"), "{error}");
    }
}

#[test]
fn ids_convert_only_where_the_kind_fits() {
    let number: PhoneNumber = "11111111111".parse().unwrap();
    let lid: Lid = "222222222222222@lid".parse().unwrap();
    let contact = ContactId::from(&number);
    let group: GroupId = "111111111111111111@g.us".parse().unwrap();
    let channel: ChannelId = "111111111111111111@newsletter".parse().unwrap();

    // Conversions that always succeed, and their inverse.
    for (chat, text) in [
        (ChatId::from(number.clone()), "11111111111@c.us"),
        (ChatId::from(&contact), "11111111111@c.us"),
        (ChatId::from(lid.clone()), "222222222222222@lid"),
        (ChatId::from(&group), "111111111111111111@g.us"),
        (ChatId::from(channel.clone()), "111111111111111111@newsletter"),
    ] {
        assert_eq!(chat, text);
    }
    assert_eq!(ContactId::from(lid.clone()), "222222222222222@lid");
    assert_eq!(PhoneNumber::try_from(ChatId::from(&number)).unwrap(), number);
    assert_eq!(PhoneNumber::try_from(&contact).unwrap(), number);
    assert_eq!(Lid::try_from(ContactId::from(&lid)).unwrap(), lid);
    assert_eq!(Lid::try_from(ChatId::from(&lid)).unwrap(), lid);
    assert_eq!(ContactId::try_from(&ChatId::from(&contact)).unwrap(), contact);
    assert_eq!(GroupId::try_from(ChatId::from(&group)).unwrap(), group);
    assert_eq!(ChannelId::try_from(ChatId::from(&channel)).unwrap(), channel);

    // Conversions that fail.
    let words = |error: Error| error.message().to_owned();
    assert!(words(ContactId::try_from(ChatId::from(&group)).unwrap_err()).contains("a group's"));
    assert!(words(GroupId::try_from(ChatId::from(&contact)).unwrap_err()).contains("ends in `@g.us`"));
    assert!(words(ChannelId::try_from(ChatId::from(&group)).unwrap_err()).contains("ends in `@newsletter`"));
    assert!(words(Lid::try_from(&contact).unwrap_err()).contains("ends in `@lid`"));
    assert!(words(PhoneNumber::try_from(ContactId::from(&lid)).unwrap_err()).contains("hides it"));
}

#[test]
fn setters_take_ids_by_value_and_by_reference() {
    let server = waha::Client::builder("http://127.0.0.1:1").build().unwrap();
    let session = server.session("default").unwrap();
    let chat: ChatId = "11111111111@c.us".parse().unwrap();
    let message: MessageId = "AAAA".parse().unwrap();
    let _ = session.chats().get_message().chat_id(&chat).message_id(&message);
    let _ = session.chats().get_message().chat_id(chat).message_id(message);
}

#[test]
fn all_is_a_chat_or_a_mention_only_where_it_means_everything() {
    understands::<ChatIdOrAll>(&[("all", ChatIdOrAll::ALL), ("+1 111 1111111", "11111111111@c.us")]);
    refuses::<ChatIdOrAll>(&[("07 00 00 00 00", "the code of the country"), ("ALL", "digits only")]);
    understands::<Mention>(&[("all", Mention::ALL), ("+1 111 1111111", "11111111111@c.us")]);
    refuses::<Mention>(&[("07 00 00 00 00", "the code of the country"), ("111111111111111111@g.us", "a group's")]);
}

/// Calls that have an id or a number in them, each made with it.
macro_rules! doors {
    ($session:expr, $id:expr) => {{
        let (session, id) = ($session, $id);
        let participants = || vec![types::Participant { id: id.into() }];
        let text = types::SendTextRequest {
            chat_id: id.into(),
            text: "hi".into(),
            ..types::SendTextRequest::builder().session("default").chat_id("1@c.us").text("hi").try_into().unwrap()
        };
        let calls: Vec<(&str, BoxFuture<'static, Result<(), Error>>)> = vec![
            ("path", done(session.chats().read_messages().chat_id(id))),
            ("path, also `all`", done(session.chats().list_messages().chat_id(id))),
            ("path, contact", done(session.contacts().get_by_id().id(id))),
            ("path, number", done(session.lids().get_by_phone_number().phone_number(id))),
            ("query", done(session.contacts().get_profile_picture().contact_id(id))),
            ("query, contact", done(session.contacts().get_about().contact_id(id))),
            ("query, number", done(session.contacts().check_exists().phone(id))),
            ("query, list", done(session.chats().list_overview().ids([id]))),
            ("body", done(session.chatting().send_text().chat_id(id).text("hi"))),
            ("body, given whole", done(session.chatting().send_text().body(text))),
            ("body, list", done(session.chatting().send_text().chat_id("1@c.us").text("hi").mentions([id]))),
            ("body, number", done(session.auth().request_code().phone_number(id))),
            ("body, list of objects", done(session.groups().add_participants().id("1@g.us").participants([id]))),
            (
                "body, list of objects given whole",
                done(session.groups().add_participants().id("1@g.us").participants(participants())),
            ),
            (
                "body, within an object",
                done(
                    session
                        .chats()
                        .query_overview()
                        .filter(types::OverviewFilter::builder().ids([id]))
                        .pagination(types::OverviewPagination::builder()),
                ),
            ),
            ("handle, list", done(session.create_group("Hikers", [id]))),
        ];
        calls
    }};
}

fn done<T: Send + 'static>(
    call: impl IntoFuture<Output = Result<T, Error>, IntoFuture: Send + 'static>,
) -> BoxFuture<'static, Result<(), Error>> {
    let call = call.into_future();
    Box::pin(async move { call.await.map(drop) })
}

#[tokio::test]
async fn every_door_takes_a_number_as_people_write_it_and_refuses_one_without_its_country() {
    let server = Server::start(Reply::json(200, "{}")).await;
    let session = server.session();
    for (door, call) in doors!(&session, "07 00 00 00 00") {
        let error = call.await.expect_err(door);
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{door}: {error}");
        assert!(error.message().contains("the code of the country"), "{door}: {error}");
        assert!(server.take_requests().is_empty(), "{door}");
    }
    for (door, call) in doors!(&session, "+1 (111) 111 1111") {
        // The answer does not matter, and does not fit every call.
        let _ = call.await;
        let request = server.only_request();
        let sent = format!("{} {}", request.target, String::from_utf8_lossy(&request.body));
        assert!(sent.contains("11111111111"), "{door}: {sent}");
    }
}

/// Parameters and properties that are ids or numbers by their names, and take any text nevertheless.
const FREE_TEXTS: &[&str] = &[
    // An invite can stand in their place.
    "channels_get id",
    "channels_preview_messages id",
    // A card shows the number as it is written, and a phone dials that of a button.
    "ContactCard phoneNumber",
    "Button phoneNumber",
];

#[test]
fn every_id_that_the_document_lets_in_is_checked() {
    let document = document();
    let mut unchecked = Vec::new();
    let mut free = BTreeSet::new();
    let mut checked = 0;
    let mut look = |place: String, value: &Value| match value["x-id"].is_string() {
        true => checked += 1,
        false if FREE_TEXTS.contains(&place.as_str()) => drop(free.insert(place)),
        false => unchecked.push(place),
    };
    let mut open = Vec::new();
    for operation in document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values())
    {
        let Some(id) = operation["operationId"].as_str() else { continue };
        let is_of_ids = ["groups", "channels", "contacts"].contains(&operation["tags"][0].as_str().unwrap());
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default();
            if is_id(name) || (name == "id" && is_of_ids) {
                look(format!("{id} {name}"), parameter);
            }
        }
        open.push(&operation["requestBody"]);
    }
    let mut seen = BTreeSet::new();
    while let Some(value) = open.pop() {
        for (key, value) in value.as_object().into_iter().flatten() {
            if let ("$ref", Some(reference)) = (key.as_str(), value.as_str()) {
                let name = reference.strip_prefix("#/components/schemas/").unwrap();
                if !seen.insert(name) {
                    continue;
                }
                let schema = &document["components"]["schemas"][name];
                for (property, value) in schema["properties"].as_object().into_iter().flatten() {
                    if is_id(property) {
                        look(format!("{name} {property}"), value);
                    }
                }
                open.push(schema);
            }
            open.push(value);
        }
        open.extend(value.as_array().into_iter().flatten());
    }
    assert!(unchecked.is_empty(), "no `x-id`: {unchecked:#?}");
    assert_eq!(free.len(), FREE_TEXTS.len(), "{free:?}");
    println!("{checked} ids are checked");
    assert!(checked > 100, "{checked}");
}

/// Whether a parameter or property of this name is the id of a chat, a person or a message, or a number.
fn is_id(name: &str) -> bool {
    let names = ["ids", "phone", "lid", "mentions", "reply_to", "replyTo", "whatsappId", "messageIds"];
    let ends = ["chatId", "contactId", "groupId", "channelId", "participantId", "messageId", "phoneNumber"];
    names.contains(&name) || ends.iter().any(|end| name.to_lowercase().ends_with(&end.to_lowercase()))
}

/// Pieces of ids, and texts that are invalid in ids.
const PIECES: &[&str] = &[
    "1",
    "11111111111",
    "@",
    "c.us",
    "lid",
    "g.us",
    "_",
    "-",
    "true_",
    ":",
    ":12",
    "+",
    " ",
    "(0)",
    ".",
    "A",
    "é",
    "\u{202a}",
    "\u{0}",
    "\n",
    "🦀",
    "/",
    "0",
    "",
];

const SERVERS: &[&str] = &["c.us", "s.whatsapp.net", "lid", "g.us", "newsletter", "broadcast", "hosted", "LID"];

fn pick(rng: &mut Rng, from: &[&str]) -> String {
    from[rng.usize(..from.len())].to_owned()
}

/// An id, or nearly so.
fn chat(rng: &mut Rng) -> String {
    let mut user: String = (0..rng.usize(1..20)).map(|_| rng.digit(10)).collect();
    if rng.u8(..4) == 0 {
        user += &pick(rng, PIECES);
        user += "1";
    }
    format!("{user}@{}", pick(rng, SERVERS))
}

/// An id, a message's id, a number, or anything; half of them with something strange in them.
fn text(rng: &mut Rng) -> String {
    let mut text = match rng.u8(..4) {
        0 => (0..rng.usize(..8)).map(|_| pick(rng, PIECES)).collect(),
        1 => chat(rng),
        2 => {
            let participant = if rng.bool() { format!("_{}", chat(rng)) } else { String::new() };
            format!("{}_{}_AAAA{participant}", rng.bool(), chat(rng))
        }
        _ => (0..rng.usize(..22)).map(|_| rng.digit(10)).collect(),
    };
    if rng.bool() {
        let at = text.char_indices().map(|(at, _)| at).nth(rng.usize(..=text.len())).unwrap_or(text.len());
        let piece = if rng.bool() { rng.char(..).to_string() } else { pick(rng, PIECES) };
        text.insert_str(at, &piece);
    }
    text
}

/// Returns whether the text is accepted; if so, checks that the printed id parses to the same id.
fn round_trip<T: Id>(text: &str) -> bool {
    let Ok(id) = text.parse::<T>() else {
        return false;
    };
    assert_eq!(id.as_ref().parse::<T>().unwrap_or_else(|error| panic!("{text:?}: {error}")), id, "{text:?}");
    true
}

type Check = fn(&str) -> bool;

#[test]
fn a_parsed_id_prints_text_that_parses_to_the_same_id() {
    let mut rng = Rng::with_seed(0x1d);
    let checks: [(&str, Check); 8] = [
        ("SessionName", round_trip::<SessionName>),
        ("PhoneNumber", round_trip::<PhoneNumber>),
        ("Lid", round_trip::<Lid>),
        ("ContactId", round_trip::<ContactId>),
        ("ChatId", round_trip::<ChatId>),
        ("GroupId", round_trip::<GroupId>),
        ("ChannelId", round_trip::<ChannelId>),
        ("MessageId", round_trip::<MessageId>),
    ];
    let mut understood = [0; 8];
    for _ in 0..40_000 {
        let text = text(&mut rng);
        for ((_, check), count) in checks.iter().zip(&mut understood) {
            *count += usize::from(check(&text));
        }
        if let Ok(id) = text.parse::<MessageId>() {
            // The parts are those of a full id, or there are none.
            assert_eq!(id.is_full(), id.from_me().is_some() && id.chat_id().is_some(), "{text:?}");
            assert!(id.as_str().contains(id.bare()), "{text:?}");
        }
        if let Ok(contact) = text.parse::<ContactId>() {
            assert_eq!(text.parse::<ChatId>().unwrap(), ChatId::from(contact), "{text:?}");
        }
    }
    for ((name, _), count) in checks.iter().zip(understood) {
        assert!(count > 300, "{name}: only {count}, which proves little");
        println!("{name}: {count} of 40000");
    }
}
