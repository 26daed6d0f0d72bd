//! Everyday words: what people type who know WhatsApp, WAHA's own names, or another library, is a method.

use std::{any::type_name_of_val, future::Future, time::Duration};

use waha::{Channel, Chat, Contact, Group, Session, types};

const PERSON: &str = "11111111111@c.us";
const GROUP: &str = "111111111111111111@g.us";
const CHANNEL: &str = "222222222222222222@newsletter";
const MESSAGE: &str = "true_11111111111@c.us_AAAA";

fn session() -> Session {
    waha::Client::builder("http://localhost:3000").build().unwrap().default_session()
}

/// The last segment of the type of a call: the builder that a word resolves to.
fn builder<T>(call: &T) -> &'static str {
    type_name_of_val(call).rsplit("::").next().unwrap()
}

/// What waits for something instead of building a request.
fn is_future<T>(_: impl Future<Output = Result<T, waha::Error>>) -> &'static str {
    "future"
}

macro_rules! words {
    ($($call:expr => $builder:literal;)*) => {{
        let mut count = 0;
        $(
            assert_eq!(builder(&$call), $builder, "{}", stringify!($call));
            count += 1;
        )*
        count
    }};
}

#[test]
fn words_of_a_chat_are_methods() {
    let chat: Chat = session().chat(PERSON).unwrap();
    let count = words! {
        chat.send("hi") => "ChattingSendText";
        chat.send_text("hi") => "ChattingSendText";
        chat.send_message("hi") => "ChattingSendText";
        chat.send_link("https://example.org") => "ChattingSendText";
        chat.reply(MESSAGE, "hi") => "ChattingSendText";
        chat.quote(MESSAGE, "hi") => "ChattingSendText";
        chat.send_image("cat.jpg") => "ChattingSendImage";
        chat.send_photo("cat.jpg") => "ChattingSendImage";
        chat.send_picture("cat.jpg") => "ChattingSendImage";
        chat.send_video("cat.mp4") => "ChattingSendVideo";
        chat.send_voice("cat.ogg") => "ChattingSendVoice";
        chat.send_audio("cat.ogg") => "ChattingSendVoice";
        chat.send_file("cat.pdf") => "ChattingSendFile";
        chat.send_document("cat.pdf") => "ChattingSendFile";
        chat.send_sticker("cat.webp") => "ChattingSendSticker";
        chat.send_location(1.5, 2, "here") => "ChattingSendLocation";
        chat.send_contact(("Bob", "+1 111 111 1111")) => "ChattingSendContactVcard";
        chat.share_contact(("Bob", "+1 111 111 1111")) => "ChattingSendContactVcard";
        chat.send_contacts([("Bob", "+1 111 111 1111")]) => "ChattingSendContactVcard";
        chat.send_vcard([("Bob", "+1 111 111 1111")]) => "ChattingSendContactVcard";
        chat.send_poll(("Where?", ["Here", "There"])) => "ChattingSendPoll";
        chat.poll(("Where?", ["Here", "There"])) => "ChattingSendPoll";
        chat.create_poll(("Where?", ["Here", "There"])) => "ChattingSendPoll";
        chat.vote(MESSAGE, ["Here"]) => "ChattingSendPollVote";
        chat.forward(MESSAGE) => "ChattingForwardMessage";
        chat.react(MESSAGE, "👍") => "ChattingSetReaction";
        chat.unreact(MESSAGE) => "ChattingSetReaction";
        chat.star(MESSAGE) => "ChattingSetStar";
        chat.unstar(MESSAGE) => "ChattingSetStar";
        chat.edit(MESSAGE, "ho") => "ChatsEditMessage";
        chat.delete_message(MESSAGE) => "ChatsDeleteMessage";
        chat.delete_for_everyone(MESSAGE) => "ChatsDeleteMessage";
        chat.revoke(MESSAGE) => "ChatsDeleteMessage";
        chat.unsend(MESSAGE) => "ChatsDeleteMessage";
        chat.pin(MESSAGE, Duration::from_secs(86_400)) => "ChatsPinMessage";
        chat.unpin(MESSAGE) => "ChatsUnpinMessage";
        chat.message(MESSAGE) => "ChatsGetMessage";
        chat.messages() => "ChatsListMessages";
        chat.history() => "ChatsListMessages";
        chat.get_messages() => "ChatsListMessages";
        chat.fetch_messages() => "ChatsListMessages";
        chat.clear() => "ChatsClearMessages";
        chat.delete() => "ChatsDelete";
        chat.archive() => "ChatsArchive";
        chat.unarchive() => "ChatsUnarchive";
        chat.read() => "ChattingSendSeen";
        chat.mark_read() => "ChattingSendSeen";
        chat.mark_as_read() => "ChattingSendSeen";
        chat.seen() => "ChattingSendSeen";
        chat.send_seen() => "ChattingSendSeen";
        chat.unread() => "ChatsMarkUnread";
        chat.mark_unread() => "ChatsMarkUnread";
        chat.mark_as_unread() => "ChatsMarkUnread";
        chat.typing() => "ChattingStartTyping";
        chat.start_typing() => "ChattingStartTyping";
        chat.stop_typing() => "ChattingStopTyping";
        chat.recording() => "PresenceSet";
        chat.presence() => "PresenceGet";
        chat.labels() => "LabelsListChatLabels";
        chat.picture() => "GetChatPicture";
        chat.photo() => "GetChatPicture";
        chat.avatar() => "GetChatPicture";
    };
    assert_eq!(count, 62);
}

#[test]
fn words_of_a_contact_are_methods() {
    let contact: Contact = session().contact(PERSON).unwrap();
    let count = words! {
        contact.send("hi") => "ChattingSendText";
        contact.send_text("hi") => "ChattingSendText";
        contact.send_image("cat.jpg") => "ChattingSendImage";
        contact.send_video("cat.mp4") => "ChattingSendVideo";
        contact.send_voice("cat.ogg") => "ChattingSendVoice";
        contact.send_file("cat.pdf") => "ChattingSendFile";
        contact.send_document("cat.pdf") => "ChattingSendFile";
        contact.send_poll(("Where?", ["Here", "There"])) => "ChattingSendPoll";
        contact.block() => "ContactsBlock";
        contact.unblock() => "ContactsUnblock";
        contact.info() => "ContactsGet";
        contact.about() => "ContactsGetAbout";
        contact.exists() => "ContactsCheckExists";
        contact.is_registered() => "ContactsCheckExists";
        contact.is_on_whatsapp() => "ContactsCheckExists";
        contact.save("Bob", "Example") => "ContactsUpdate";
        contact.rename("Bob", "Example") => "ContactsUpdate";
        contact.picture() => "GetPicture";
        contact.profile_picture() => "GetPicture";
        contact.photo() => "GetPicture";
        contact.avatar() => "GetPicture";
    };
    assert_eq!(count, 21);
}

#[test]
fn words_of_a_group_are_methods() {
    let group: Group = session().group(GROUP).unwrap();
    let count = words! {
        group.send("hi") => "ChattingSendText";
        group.send_text("hi") => "ChattingSendText";
        group.send_image("cat.jpg") => "ChattingSendImage";
        group.send_document("cat.pdf") => "ChattingSendFile";
        group.send_poll(("Where?", ["Here", "There"])) => "ChattingSendPoll";
        group.info() => "GroupsGet";
        group.members() => "GroupsGetParticipants";
        group.participants() => "GroupsGetParticipants";
        group.list_participants() => "GroupsGetParticipants";
        group.add([PERSON]) => "GroupsAddParticipants";
        group.add_members([PERSON]) => "GroupsAddParticipants";
        group.invite([PERSON]) => "GroupsAddParticipants";
        group.kick([PERSON]) => "GroupsRemoveParticipants";
        group.remove([PERSON]) => "GroupsRemoveParticipants";
        group.remove_members([PERSON]) => "GroupsRemoveParticipants";
        group.promote([PERSON]) => "GroupsPromoteToAdmin";
        group.make_admin([PERSON]) => "GroupsPromoteToAdmin";
        group.demote([PERSON]) => "GroupsDemoteFromAdmin";
        group.rename("Hikers") => "GroupsSetSubject";
        group.set_name("Hikers") => "GroupsSetSubject";
        group.set_title("Hikers") => "GroupsSetSubject";
        group.describe("Every second Sunday") => "GroupsSetDescription";
        group.set_photo("group.jpg") => "GroupsSetPicture";
        group.set_icon("group.jpg") => "GroupsSetPicture";
        group.remove_picture() => "GroupsDeletePicture";
        group.icon() => "GetChatPicture";
        group.photo() => "GetChatPicture";
        group.leave() => "GroupsLeave";
        group.exit() => "GroupsLeave";
        group.quit() => "GroupsLeave";
        group.lock() => "GroupsSetInfoAdminOnly";
        group.unlock() => "GroupsSetInfoAdminOnly";
        group.announce_only(true) => "GroupsSetMessagesAdminOnly";
        group.join_requests() => "GroupsListJoinRequests";
    };
    assert_eq!(is_future(group.invite_link()), "future");
    assert_eq!(is_future(group.reset_invite_link()), "future");
    assert_eq!(is_future(group.revoke_invite_link()), "future");
    assert_eq!(count, 34);
}

#[test]
fn words_of_a_channel_are_methods() {
    let channel: Channel = session().channel(CHANNEL).unwrap();
    let count = words! {
        channel.send("hi") => "ChattingSendText";
        channel.send_image("cat.jpg") => "ChattingSendImage";
        channel.info() => "ChannelsGet";
        channel.follow() => "ChannelsFollow";
        channel.join() => "ChannelsFollow";
        channel.subscribe() => "ChannelsFollow";
        channel.unfollow() => "ChannelsUnfollow";
        channel.unsubscribe() => "ChannelsUnfollow";
        channel.leave() => "ChannelsUnfollow";
        channel.messages() => "ChannelsPreviewMessages";
        channel.preview() => "ChannelsPreviewMessages";
        channel.mute() => "ChannelsMute";
        channel.unmute() => "ChannelsUnmute";
        channel.delete() => "ChannelsDelete";
    };
    assert_eq!(count, 14);
}

#[test]
fn words_of_a_session_are_methods() {
    let session = session();
    let count = words! {
        session.pair(|qr| println!("{qr}")) => "Pair";
        session.wait() => "WaitUntilWorking";
        session.info() => "SessionsGet";
        session.me() => "SessionsGetMe";
        session.start() => "SessionsStart";
        session.stop() => "SessionsStop";
        session.restart() => "SessionsRestart";
        session.logout() => "SessionsLogout";
        session.pairing_code("+1 111 111 1111") => "AuthRequestCode";
        session.send_text(PERSON, "hi") => "ChattingSendText";
        session.send_message(PERSON, "hi") => "ChattingSendText";
        session.send_image(PERSON, "cat.jpg") => "ChattingSendImage";
        session.send_video(PERSON, "cat.mp4") => "ChattingSendVideo";
        session.send_voice(PERSON, "cat.ogg") => "ChattingSendVoice";
        session.send_file(PERSON, "cat.pdf") => "ChattingSendFile";
        session.send_document(PERSON, "cat.pdf") => "ChattingSendFile";
        session.send_poll(PERSON, ("Where?", ["Here", "There"])) => "ChattingSendPoll";
        session.check_number("+1 111 111 1111") => "ContactsCheckExists";
        session.is_registered("+1 111 111 1111") => "ContactsCheckExists";
        session.block(PERSON) => "ContactsBlock";
        session.unblock(PERSON) => "ContactsUnblock";
        session.go_online() => "PresenceSet";
        session.go_offline() => "PresenceSet";
        session.set_name("Bob") => "ProfileSetName";
        session.set_about("Away") => "ProfileSetStatus";
        session.post_status("Sunny!") => "StatusUpdatesSendText";
        session.post_story("Sunny!") => "StatusUpdatesSendText";
        session.create_group("Hikers", [PERSON]) => "GroupsCreate";
        session.join_group("https://chat.whatsapp.com/AAAA") => "GroupsJoin";
        session.create_channel("News") => "ChannelsCreate";
        session.list_chats() => "ChatsList";
        session.list_groups() => "GroupsList";
        session.list_contacts() => "ContactsList";
    };
    assert_eq!((is_future(session.status()), is_future(session.qr())), ("future", "future"));
    assert_eq!(count, 33);
}

/// A contact card, a poll and a file are given as people have them, by one rule: a setter takes the type, what it is built
/// with, and the usual short form.
#[tokio::test]
async fn parts_of_requests_are_taken_in_every_form() {
    let server = crate::support::Server::start(crate::support::Reply::json(201, r#"{"id": "true_1@c.us_A"}"#)).await;
    let chat = server.session().chat(PERSON).unwrap();
    let bob = || types::ContactCard::builder().full_name("Bob").phone_number("+1 111 111 1111");
    let vcard = || types::VcardContact::builder().vcard("BEGIN:VCARD");
    for (call, contact) in [
        (chat.send_contact(bob()), r#"{"fullName":"Bob","phoneNumber":"+1 111 111 1111"}"#),
        (
            chat.send_contact(types::ContactCard::try_from(bob()).unwrap()),
            r#"{"fullName":"Bob","phoneNumber":"+1 111 111 1111"}"#,
        ),
        (
            chat.send_contact(("Bob", "+1 111 111 1111")),
            r#"{"fullName":"Bob","phoneNumber":"+1 111 111 1111","whatsappId":"11111111111"}"#,
        ),
        (chat.send_contact(("Bob", "no number")), r#"{"fullName":"Bob","phoneNumber":"no number"}"#),
        (chat.send_contact(vcard()), r#"{"vcard":"BEGIN:VCARD"}"#),
        (chat.send_contact_vcard([bob()]), r#"{"fullName":"Bob","phoneNumber":"+1 111 111 1111"}"#),
    ] {
        call.send().await.unwrap();
        let expected: serde_json::Value = serde_json::from_str(contact).unwrap();
        assert_eq!(server.only_request().json()["contacts"], serde_json::json!([expected]));
    }
    // What is missing in a builder is said before anything is sent.
    let error = chat.send_contact(types::ContactCard::builder().full_name("Bob")).await.unwrap_err();
    assert!(error.message().contains("phone_number is missing"), "{error}");
    assert!(server.take_requests().is_empty());

    let poll = serde_json::json!({"name": "Where?", "options": ["Here", "There"]});
    let builder = types::Poll::builder().name("Where?").options(["Here", "There"]);
    for call in [chat.send_poll(builder), chat.send_poll(("Where?", vec!["Here".to_owned(), "There".to_owned()]))] {
        call.send().await.unwrap();
        assert_eq!(server.only_request().json()["poll"], poll);
    }
}

#[tokio::test]
async fn a_file_is_given_as_path_address_data_uri_or_bytes() {
    let server = crate::support::Server::start(crate::support::Reply::json(201, r#"{"id": "true_1@c.us_A"}"#)).await;
    let chat = server.session().chat(PERSON).unwrap();
    let folder = crate::support::Folder::new();
    let path = folder.file("cat.png", b"\x89PNG\r\n\x1a\n");
    let text = path.to_str().unwrap();
    let data = "iVBORw0KGgo=";
    for (call, name) in [
        (chat.send_image(text), Some("cat.png")),
        (chat.send_image(text.to_owned()), Some("cat.png")),
        (chat.send_image(path.clone()), Some("cat.png")),
        (chat.send_image(path.as_path()), Some("cat.png")),
        (chat.send_image(format!("data:image/png;base64,{data}")), None),
        (chat.send_image(b"\x89PNG\r\n\x1a\n".to_vec()), None),
        (chat.send_image(&b"\x89PNG\r\n\x1a\n"[..]), None),
    ] {
        call.send().await.unwrap();
        let file = server.only_request().json()["file"].clone();
        assert_eq!((&file["data"], &file["mimetype"]), (&data.into(), &"image/png".into()));
        assert_eq!(file["filename"].as_str(), name);
    }
    chat.send_image("HTTPS://example.org/cat.png").send().await.unwrap();
    assert_eq!(server.only_request().json()["file"]["url"], "HTTPS://example.org/cat.png");
    for (text, words) in [
        ("ftp://example.org/cat.png", "begins with ftp:"),
        ("no-such-file.png", "the file `no-such-file.png` cannot be read"),
        ("data:image/png", "comma"),
    ] {
        let error = chat.send_image(text).await.unwrap_err();
        assert!(error.kind() == waha::ErrorKind::InvalidRequest && error.message().contains(words), "{error}");
    }
    assert!(server.take_requests().is_empty());
}

#[tokio::test]
async fn a_time_to_pin_for_names_those_that_are_allowed() {
    let chat = session().chat(PERSON).unwrap();
    for error in [
        chat.pin(MESSAGE, 3600).await.unwrap_err(),
        chat.pin(MESSAGE, Duration::from_secs(3600)).await.unwrap_err(),
        chat.pin_message(MESSAGE, Duration::MAX).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), waha::ErrorKind::InvalidRequest);
        for allowed in ["`86400`", "`604800`", "`2592000`"] {
            assert!(error.message().contains(allowed), "{error}");
        }
    }
}

#[test]
fn enums_are_read_from_text() {
    assert_eq!("GOWS".parse::<types::Engine>(), Ok(types::Engine::Gows));
    assert_eq!("WORKING".parse::<types::SessionStatus>(), Ok(types::SessionStatus::Working));
    assert_eq!("gows".parse::<waha_sim::Engine>(), Ok(waha_sim::Engine::Gows));
    assert!("QUEUE".parse::<waha_sim::Engine>().unwrap_err().contains("NOWEB"));
}
