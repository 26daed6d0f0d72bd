//! Views: answers that differ by engine become one type.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use waha::{
    ChatId, Error, ErrorKind, Json, Operation, Session,
    types::ParticipantRole,
    views::{ChatEntry, ContactSummary, GroupMember, GroupSummary, Message, ParticipantOutcome, SentMessage},
};

use crate::{
    corpus::{self, Fixture},
    support::{Reply, Server},
};

/// Makes a view of an answer, and returns the number of its elements.
type Reader = fn(Json) -> Result<usize, Error>;

/// The operations whose answers differ by engine, and the view of each.
const VIEWS: &[(&str, &[&str], Reader)] = &[
    (
        "SentMessage",
        &[
            "chats_delete_message",
            "chats_edit_message",
            "chatting_forward_message",
            "chatting_reply",
            "chatting_send_buttons",
            "chatting_send_buttons_reply",
            "chatting_send_contact_vcard",
            "chatting_send_file",
            "chatting_send_image",
            "chatting_send_link_custom_preview",
            "chatting_send_link_preview",
            "chatting_send_list",
            "chatting_send_location",
            "chatting_send_poll",
            "chatting_send_poll_vote",
            "chatting_send_sticker",
            "chatting_send_text",
            "chatting_send_text_by_query",
            "chatting_send_video",
            "chatting_send_voice",
            "chatting_set_reaction",
            "status_updates_delete",
            "status_updates_send_image",
            "status_updates_send_text",
            "status_updates_send_video",
            "status_updates_send_voice",
        ],
        |json| SentMessage::try_from(json).map(|_| 1),
    ),
    ("GroupSummary", &["groups_create", "groups_get", "groups_get_join_info"], |json| {
        GroupSummary::try_from(json).map(|_| 1)
    }),
    ("GroupSummary", &["groups_list"], |json| GroupSummary::list(json).map(|groups| groups.len())),
    ("GroupMember", &["groups_get_participants"], |json| GroupMember::list(json).map(|members| members.len())),
    (
        "ParticipantOutcome",
        &[
            "groups_add_participants",
            "groups_demote_from_admin",
            "groups_promote_to_admin",
            "groups_remove_participants",
            "groups_create",
        ],
        |json| ParticipantOutcome::list(json).map(|outcomes| outcomes.len()),
    ),
    ("ChatEntry", &["chats_list", "labels_list_chats"], |json| ChatEntry::list(json).map(|chats| chats.len())),
    ("ContactSummary", &["contacts_list"], |json| ContactSummary::list(json).map(|contacts| contacts.len())),
    ("ContactSummary", &["contacts_get", "contacts_get_by_id"], |json| match json.is_null() {
        // The type of the answer is an `Option`.
        true => Ok(0),
        false => ContactSummary::try_from(json).map(|_| 1),
    }),
];

/// The operations whose answers differ by engine and contain nothing but that the call succeeded.
const NOTHING_TO_UNIFY: &[&str] = &[
    "channels_delete",
    "channels_follow",
    "channels_mute",
    "channels_unfollow",
    "channels_unmute",
    "chats_archive",
    "chats_mark_unread",
    "chats_unarchive",
    "presence_subscribe",
];

/// Successful answers that report a failure, and the words of the error.
const REFUSALS: &[(&str, &str)] = &[
    (r#"{"sent":false}"#, "the message was not sent"),
    ("CreateGroupError: the group was not created", "CreateGroupError: the group was not created"),
    (
        "AddParticipantsError: the account is no admin of the group",
        "AddParticipantsError: the account is no admin of the group",
    ),
];

/// The answer as the client returns it, by an operation that accepts any JSON.
async fn receive(server: &Server, session: &Session, fixture: &Fixture) -> Json {
    server.set_reply(Reply::new(fixture.status, fixture.content_type.as_deref(), fixture.bytes()));
    let answer = session.chatting().send_text().chat_id("11111111111@c.us").text("hi").send().await;
    answer.unwrap_or_else(|error| panic!("{}: {error}", fixture.label())).into_inner()
}

/// The recorded answers of an operation, by engine.
async fn answers(operation: &str) -> Vec<(Fixture, Json)> {
    let server = Server::start(Reply::new(200, None, "")).await;
    let session = server.session();
    let mut answers = Vec::new();
    for fixture in corpus::answers().into_iter().filter(|fixture| fixture.operation == operation) {
        let json = receive(&server, &session, &fixture).await;
        answers.push((fixture, json));
    }
    assert!(!answers.is_empty(), "{operation}");
    answers
}

fn json(value: Value) -> Json {
    value.into()
}

#[test]
fn every_operation_that_differs_by_engine_has_a_view_or_no_content() {
    let document: Value = serde_json::from_str(include_str!("../../openapi/waha.json")).unwrap();
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let varying: BTreeSet<_> = operations
        .filter(|operation| operation["x-answer"] == "varies-by-engine")
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    let with_view: BTreeSet<_> = VIEWS.iter().flat_map(|(_, operations, _)| *operations).copied().collect();
    let without: BTreeSet<_> = NOTHING_TO_UNIFY.iter().copied().collect();
    let known: BTreeSet<_> = &with_view | &without;
    let new: Vec<_> = varying.difference(&known).collect();
    assert!(new.is_empty(), "no view, and not said to need none: {new:?}");
    let gone: Vec<_> = known.difference(&varying).collect();
    assert!(gone.is_empty(), "they do not differ by engine: {gone:?}");
    let both: Vec<_> = with_view.intersection(&without).collect();
    assert!(both.is_empty(), "{both:?}");
    println!("{} operations with a view, {} with nothing to unify", with_view.len(), without.len());
}

#[tokio::test]
async fn every_recorded_answer_is_read_by_its_view() {
    let server = Server::start(Reply::new(200, None, "")).await;
    let session = server.session();
    let fixtures = corpus::answers();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut refusals = BTreeSet::new();
    for (view, operations, read) in VIEWS {
        for operation in *operations {
            assert!(Operation::all().iter().any(|known| known.id() == *operation), "{operation}");
            let mut seen = 0;
            for fixture in fixtures.iter().filter(|fixture| fixture.operation == *operation) {
                let json = receive(&server, &session, fixture).await;
                let words = REFUSALS.iter().find(|(body, _)| {
                    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| (*body).into());
                    json.to_value().unwrap() == body
                });
                match (read(json), words) {
                    (Ok(count), None) => *counts.entry(view).or_default() += count,
                    (Err(error), Some((body, words))) => {
                        assert_eq!(error.kind(), ErrorKind::Other, "{}: {error}", fixture.label());
                        assert!(error.message().contains(words), "{}: {error}", fixture.label());
                        refusals.insert(*body);
                    }
                    (result, _) => panic!("{}: {result:?}", fixture.label()),
                }
                seen += 1;
            }
            assert!(seen > 0, "{operation} has no recorded answer");
        }
    }
    assert_eq!(refusals.len(), REFUSALS.len(), "{refusals:?}");
    println!("{counts:?}");
}

#[tokio::test]
async fn sent_messages_give_id_and_time_on_every_engine() {
    for (operation, engine, why, id, timestamp) in [
        (
            "chatting_send_text",
            "GOWS",
            "full id",
            Some("true_22222222222@c.us_3EB0982D9E3EB996F559E6"),
            Some(1_790_000_000),
        ),
        (
            "chatting_send_text",
            "GOWS",
            "no data",
            Some("true_120363000000000001@g.us_3EB0AD936FCBED631FA67E_11111111111@c.us"),
            None,
        ),
        (
            "chatting_send_text",
            "NOWEB",
            "time as text",
            Some("true_22222222222@c.us_3EB0982D9E3EB996F559E6"),
            Some(1_790_000_000),
        ),
        (
            "chatting_send_text",
            "NOWEB",
            "To a group",
            Some("true_120363000000000001@g.us_3EB0EC9447180D717F55FB_11111111111@c.us"),
            Some(1_790_000_000),
        ),
        (
            "chatting_send_text",
            "WEBJS",
            "an object",
            Some("true_22222222222@c.us_3EB0982D9E3EB996F559E6"),
            Some(1_790_000_000),
        ),
        (
            "chatting_send_text",
            "WPP",
            "common form",
            Some("true_22222222222@c.us_3EB0982D9E3EB996F559E6"),
            Some(1_790_000_000),
        ),
        ("chatting_send_text", "WPP", "no id", None, None),
        (
            "chatting_send_list",
            "NOWEB",
            "key and message only",
            Some("true_22222222222@c.us_3EB0A330395CC0A53AD120"),
            None,
        ),
        (
            "chatting_send_poll",
            "NOWEB",
            "two halves",
            Some("true_22222222222@c.us_3EB0946267B9803DAF3ABC"),
            Some(1_730_000_400),
        ),
        (
            "chatting_reply",
            "NOWEB",
            "as it was sent",
            Some("true_22222222222@c.us_3EB05B3CE6F54579A39029"),
            Some(1_730_000_200),
        ),
        ("chatting_send_contact_vcard", "NOWEB", "with nothing", None, None),
        (
            "chatting_forward_message",
            "NOWEB",
            "common form",
            Some("true_33333333333@c.us_3EB09DC08E4033827C93F4"),
            Some(1_790_000_000),
        ),
        ("chatting_forward_message", "WEBJS", "not told", None, None),
        ("chatting_set_reaction", "WPP", "library says", None, None),
        ("chats_delete_message", "WPP", "bare text", None, None),
        (
            "status_updates_send_text",
            "NOWEB",
            "as its participant",
            Some("true_status@broadcast_3EB0C478361E6869AF2597_11111111111@c.us"),
            Some(1_790_000_000),
        ),
        (
            "status_updates_send_text",
            "WEBJS",
            "",
            Some("true_status@broadcast_3EB0C478361E6869AF2597_11111111111@c.us"),
            Some(1_790_000_000),
        ),
        ("status_updates_send_text", "WPP", "Not even", None, None),
    ] {
        let label = format!("{operation} on {engine}: {why}");
        let answers = answers(operation).await;
        let mut found = answers.iter().filter(|(fixture, _)| fixture.engine == engine && fixture.why.contains(why));
        let (_, raw) = found.next().unwrap_or_else(|| panic!("{label}"));
        assert!(found.next().is_none(), "{label}: which?");
        let sent = SentMessage::try_from(raw.clone()).unwrap();
        assert_eq!(sent.id.as_ref().map(|id| id.as_str()), id, "{label}");
        assert_eq!(sent.chat_id, sent.id.as_ref().and_then(|id| id.chat_id()), "{label}");
        assert!(sent.id.as_ref().is_none_or(|id| id.is_full() && id.from_me() == Some(true)), "{label}");
        assert_eq!(sent.timestamp, timestamp, "{label}");
        assert_eq!(sent.raw.as_str(), raw.as_str(), "{label}");
    }
}

#[test]
fn incomplete_message_keys_give_what_they_have() {
    for (answer, id, chat) in [
        (json!({"key": {"id": "AAAA"}}), Some("AAAA"), None),
        (json!({"key": {"id": "AAAA", "remoteJid": "1:2@s.whatsapp.net"}}), Some("AAAA"), Some("1@c.us")),
        (json!({"key": {"id": "AA_A", "remoteJid": "1@lid", "fromMe": true}}), Some("AA_A"), Some("1@lid")),
        (
            json!({"key": {"id": "AAAA", "remoteJid": "1@lid", "fromMe": true}, "id": 5}),
            Some("true_1@lid_AAAA"),
            Some("1@lid"),
        ),
        (
            json!({"key": {"id": "AAAA", "remoteJid": "1@g.us", "fromMe": true, "participant": ""}}),
            Some("true_1@g.us_AAAA"),
            Some("1@g.us"),
        ),
        (
            json!({"id": {"id": "AAAA", "remote": {"user": "1", "server": "c.us"}, "fromMe": true}}),
            Some("true_1@c.us_AAAA"),
            Some("1@c.us"),
        ),
        (
            json!({"id": {"id": "AAAA", "remote": {"_serialized": "1@g.us"}, "fromMe": true, "participant": "2@c.us"}}),
            Some("true_1@g.us_AAAA_2@c.us"),
            Some("1@g.us"),
        ),
        (json!({"id": "AAAA"}), Some("AAAA"), None),
        (json!({"id": ""}), None, None),
        (
            json!({"id": "true_1@c.us_AAAA", "timestamp": {"a": []}, "_data": 5}),
            Some("true_1@c.us_AAAA"),
            Some("1@c.us"),
        ),
        (json!(true), None, None),
        (json!(null), None, None),
    ] {
        let sent = SentMessage::try_from(json(answer.clone())).unwrap_or_else(|error| panic!("{answer}: {error}"));
        assert_eq!(sent.id.as_ref().map(|id| id.as_str()), id, "{answer}");
        assert_eq!(sent.chat_id.as_ref().map(ChatId::as_str), chat, "{answer}");
        assert_eq!(sent.timestamp, None);
    }
}

/// Checks the recorded group, which is the same on every engine.
fn is_the_rowing_club(group: &GroupSummary, label: &str) {
    assert_eq!(group.id, "120363000000000001@g.us", "{label}");
    assert_eq!(group.subject.as_deref(), Some("Rowing club"), "{label}");
    assert_eq!(group.description.as_deref(), Some("Training on Tuesdays"), "{label}");
    assert_eq!(group.created_at, Some(1_789_910_000), "{label}");
    assert_eq!(group.info_admin_only, Some(false), "{label}");
    assert_eq!(group.messages_admin_only, Some(false), "{label}");
    assert_eq!(group.members_can_add_new_member, Some(true), "{label}");
    assert_eq!(group.new_members_approval_required, Some(true), "{label}");
    assert_eq!(group.is_community, Some(false), "{label}");
}

/// A member in short.
fn member(member: &GroupMember) -> (&str, Option<&str>, Option<&str>, &str) {
    let number = member.phone_number.as_ref().map(|id| id.as_str());
    (member.id.as_str(), number, member.lid.as_ref().map(|id| id.as_str()), member.role.as_str())
}

const ADA_LID: &str = "1111111111111111@lid";
const BEA_LID: &str = "222222222222222@lid";
const CARL_LID: &str = "333333333333333@lid";
const ADA: &str = "11111111111@c.us";
const BEA: &str = "22222222222@c.us";
const CARL: &str = "33333333333@c.us";

#[tokio::test]
async fn a_group_and_its_members_are_alike_on_every_engine() {
    for (fixture, raw) in answers("groups_get").await {
        let label = fixture.label();
        let group = GroupSummary::try_from(raw.clone()).unwrap();
        assert_eq!(group.raw, raw, "{label}");
        let members: Vec<_> = group.participants.iter().map(member).collect();
        if fixture.release == "2024.10.8" {
            assert_eq!(group.owner.as_ref().unwrap(), ADA, "{label}");
            assert_eq!((group.description, group.info_admin_only), (None, None), "{label}");
            assert_eq!(members, [(ADA, Some(ADA), None, "superadmin"), (BEA, Some(BEA), None, "participant")]);
            continue;
        }
        is_the_rowing_club(&group, &label);
        let (owner, count, expected) = match fixture.engine.as_str() {
            "GOWS" => (
                ADA,
                2,
                vec![
                    (ADA_LID, Some(ADA), Some(ADA_LID), "superadmin"),
                    (BEA_LID, Some(BEA), Some(BEA_LID), "participant"),
                ],
            ),
            "NOWEB" => (
                ADA_LID,
                3,
                vec![
                    (ADA_LID, Some(ADA), Some(ADA_LID), "superadmin"),
                    (BEA_LID, Some(BEA), Some(BEA_LID), "admin"),
                    (CARL_LID, None, Some(CARL_LID), "participant"),
                ],
            ),
            "WEBJS" | "WPP" => {
                (ADA, 2, vec![(ADA, Some(ADA), None, "superadmin"), (BEA, Some(BEA), None, "participant")])
            }
            other => panic!("{other}"),
        };
        assert_eq!(group.owner.unwrap(), owner, "{label}");
        assert_eq!(group.participant_count, Some(count), "{label}");
        assert_eq!(members, expected, "{label}");
    }
    // The members alone are the same ones.
    let groups = answers("groups_get").await;
    for (fixture, raw) in answers("groups_get_participants").await {
        let same = |other: &Fixture| (&other.engine, &other.release) == (&fixture.engine, &fixture.release);
        let group = groups.iter().find(|(other, _)| same(other)).unwrap().1.clone();
        let group = GroupSummary::try_from(group).unwrap();
        assert_eq!(GroupMember::list(raw).unwrap(), group.participants, "{}", fixture.label());
    }
}

#[tokio::test]
async fn lists_of_groups_are_alike_on_every_engine() {
    for (fixture, raw) in answers("groups_list").await {
        let label = fixture.label();
        let groups = GroupSummary::list(raw).unwrap();
        let ids: Vec<_> = groups.iter().map(|group| group.id.as_str()).collect();
        match (fixture.engine.as_str(), groups.len()) {
            ("NOWEB", 0) => continue,
            ("NOWEB", 2) => {
                assert_eq!(ids, ["120363000000000001@g.us", "120363000000000002@g.us"]);
                assert_eq!((groups[1].description.as_ref(), groups[1].participants.len()), (None, 0));
                assert_eq!(groups[1].participant_count, Some(3));
            }
            _ => assert_eq!(ids, ["120363000000000001@g.us"], "{label}"),
        }
        if fixture.release != "2024.10.8" {
            is_the_rowing_club(&groups[0], &label);
        }
        if fixture.why.contains("left out") {
            assert_eq!((groups[0].participants.len(), groups[0].participant_count), (0, Some(2)));
            assert_eq!(groups[0].owner, None, "an empty text is no id");
        }
        for group in &groups {
            assert_eq!(GroupSummary::try_from(group.raw.clone()).unwrap(), *group, "{label}");
        }
    }
}

#[tokio::test]
async fn a_new_group_reports_who_could_not_be_added() {
    for (fixture, raw) in answers("groups_create").await {
        let label = fixture.label();
        let Ok(group) = GroupSummary::try_from(raw.clone()) else {
            assert!(fixture.why.contains("refused"), "{label}");
            continue;
        };
        let members: Vec<_> = group.participants.iter().map(|member| (member.id.as_str(), &member.role)).collect();
        let outcomes = ParticipantOutcome::list(raw).unwrap();
        let outcomes: Vec<_> =
            outcomes.iter().map(|outcome| (outcome.id.as_str(), outcome.success, outcome.code)).collect();
        match fixture.engine.as_str() {
            "GOWS" => {
                is_the_rowing_club(&group, &label);
                assert_eq!(members, [(ADA_LID, &ParticipantRole::Superadmin)]);
                assert_eq!(outcomes, [(ADA_LID, true, None), (CARL_LID, false, Some(403))]);
            }
            "WEBJS" => {
                assert_eq!(
                    (group.id.as_str(), group.subject.as_deref()),
                    ("120363000000000001@g.us", Some("Rowing club"))
                );
                assert_eq!(members, [(ADA, &ParticipantRole::Superadmin)]);
                assert_eq!(outcomes, [(ADA, true, Some(200)), (CARL, false, Some(403))]);
            }
            "WPP" => {
                assert_eq!((group.id.as_str(), group.subject), ("120363000000000001@g.us", None));
                assert_eq!(members, [(BEA, &ParticipantRole::Participant)]);
                assert_eq!(outcomes, [(BEA, true, Some(200))]);
            }
            _ => assert_eq!(outcomes.len(), members.len(), "{label}"),
        }
    }
}

#[tokio::test]
async fn changes_of_participants_report_an_outcome_for_each() {
    let short = |outcomes: Vec<ParticipantOutcome>| {
        let short =
            |outcome: ParticipantOutcome| (outcome.id.to_string(), outcome.success, outcome.code, outcome.message);
        outcomes.into_iter().map(short).collect::<Vec<_>>()
    };
    let outcome = |id: &str, success, code, message: &str| {
        (id.to_owned(), success, code, Some(message.to_owned()).filter(|message| !message.is_empty()))
    };
    for (operation, code) in [
        ("groups_add_participants", 403),
        ("groups_remove_participants", 404),
        ("groups_promote_to_admin", 404),
        ("groups_demote_from_admin", 404),
    ] {
        for (fixture, raw) in answers(operation).await {
            let label = fixture.label();
            let Ok(outcomes) = ParticipantOutcome::list(raw) else {
                assert!(fixture.why.contains("Nothing was done"), "{label}");
                continue;
            };
            let numbers: Vec<_> = outcomes.iter().map(|outcome| outcome.phone_number.clone()).collect();
            let expected = match (fixture.engine.as_str(), operation) {
                ("GOWS", _) => {
                    assert_eq!(numbers[0].as_ref().unwrap(), BEA, "{label}");
                    vec![outcome(BEA_LID, true, None, ""), outcome(CARL_LID, false, Some(code), "")]
                }
                ("NOWEB", _) => vec![outcome(BEA, true, Some(200), ""), outcome(CARL, false, Some(code), "")],
                ("WEBJS", "groups_add_participants") => vec![
                    outcome(BEA, true, Some(200), "Added"),
                    outcome(CARL, false, Some(403), "May be added by invite only"),
                ],
                ("WPP", "groups_add_participants") => vec![outcome(BEA, true, Some(200), "OK")],
                ("WPP", "groups_remove_participants") if !fixture.bytes().is_empty() => {
                    vec![outcome(BEA, true, Some(200), "")]
                }
                _ => vec![],
            };
            assert_eq!(short(outcomes), expected, "{label}");
        }
    }
    assert!(ParticipantOutcome::list(json(json!({"status": 207}))).unwrap().is_empty());
    let error = ParticipantOutcome::list(json(json!({"status": 403}))).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Other, "the server answered with status 403"));
    let error = ParticipantOutcome::list(json(json!(false))).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Other, "the server answered `false`: it was not done"));
}

#[tokio::test]
async fn lists_of_chats_are_alike_on_every_engine() {
    for operation in ["chats_list", "labels_list_chats"] {
        for (fixture, raw) in answers(operation).await {
            let label = fixture.label();
            let chats = ChatEntry::list(raw).unwrap();
            let Some(first) = chats.first() else {
                assert!(["NOWEB", "any"].contains(&fixture.engine.as_str()), "{label}");
                continue;
            };
            let bare = fixture.engine == "GOWS" && operation == "labels_list_chats";
            assert_eq!(first.id, BEA, "{label}");
            assert_eq!(first.timestamp, if bare { None } else { Some(1_790_000_060) }, "{label}");
            assert_eq!(
                first.name.as_deref(),
                if fixture.engine == "GOWS" { None } else { Some("Bea Example") },
                "{label}"
            );
            let unread = match (fixture.engine.as_str(), operation) {
                ("WEBJS", "chats_list") => Some(2),
                ("WEBJS" | "WPP", _) => Some(0),
                _ => None,
            };
            assert_eq!(first.unread_count, unread, "{label}");
            if operation == "chats_list" {
                let group = chats.last().unwrap();
                assert_eq!(
                    (group.id.as_str(), group.name.as_deref()),
                    ("120363000000000001@g.us", Some("Rowing club"))
                );
            }
        }
    }
}

#[tokio::test]
async fn contacts_give_names_and_ids_on_every_engine() {
    for (fixture, raw) in answers("contacts_list").await {
        let label = fixture.label();
        let contacts = ContactSummary::list(raw).unwrap();
        let Some(bea) = contacts.first() else {
            assert_eq!(fixture.engine, "NOWEB", "{label}");
            continue;
        };
        assert_eq!(bea.id, BEA, "{label}");
        assert_eq!(bea.phone_number.as_ref().unwrap(), BEA, "{label}");
        assert_eq!(bea.lid.as_ref().map(|lid| lid.as_str()), (fixture.engine == "NOWEB").then_some(BEA_LID), "{label}");
        assert_eq!((bea.name.as_deref(), bea.push_name.as_deref()), (Some("Bea Example"), Some("Bea")), "{label}");
        let Some(other) = contacts.get(1) else { continue };
        let is_business = fixture.engine == "WEBJS";
        assert_eq!(other.name, None, "{label}");
        assert_eq!(other.push_name.as_deref(), is_business.then_some("Carl's boats"), "{label}");
        assert_eq!(other.verified_name.as_deref(), is_business.then_some("Carl's boats"), "{label}");
        if fixture.engine == "NOWEB" {
            assert_eq!((other.phone_number.as_ref(), other.lid.as_ref().unwrap().as_str()), (None, CARL_LID));
        }
    }
}

#[test]
fn times_are_read_in_every_known_format() {
    for (time, seconds) in [
        (json!(1_789_910_000), Some(1_789_910_000)),
        (json!(1_789_910_000.0), Some(1_789_910_000)),
        (json!("1789910000"), Some(1_789_910_000)),
        (json!({"low": 1_789_910_000, "high": 0, "unsigned": true}), Some(1_789_910_000)),
        (json!("2026-09-20T13:13:20Z"), Some(1_789_910_000)),
        (json!("2026-09-20T13:13:20.987654321Z"), Some(1_789_910_000)),
        (json!("2026-09-20T15:13:20+02:00"), Some(1_789_910_000)),
        (json!("2026-09-20T07:43:20.5-05:30"), Some(1_789_910_000)),
        (json!("1970-01-01T00:00:01Z"), Some(1)),
        (json!("2000-02-29T00:00:00Z"), Some(951_782_400)),
        (json!("2000-03-01T00:00:00Z"), Some(951_868_800)),
        (json!("2100-03-01T00:00:00Z"), Some(4_107_542_400)),
        // Not a valid time.
        (json!("0001-01-01T00:00:00Z"), None),
        (json!(0), None),
        (json!(-1), None),
        (json!(null), None),
        (json!(""), None),
        (json!("yesterday"), None),
        (json!("2026-09-20"), None),
        (json!("2026-13-20T13:13:20Z"), None),
        (json!("2026-09-20T13:13Z"), None),
        (json!("2026-09-20T13:13:20"), None),
        (json!("2026-09-20T13:13:20+0200"), None),
        (json!("2026-09-20T13:13:20Z02:00"), None),
        (json!("2026-09-20T13:13:20Zé"), None),
        (json!("99999-09-20T13:13:20Z"), None),
        (json!([]), None),
    ] {
        let group = json(json!({"JID": "1@g.us", "GroupCreated": time.clone()}));
        assert_eq!(GroupSummary::try_from(group).unwrap().created_at, seconds, "{time}");
    }
}

#[test]
fn errors_of_views_say_where_and_what_is_missing() {
    let decode = |error: Error, path: &str, words: &str| {
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        assert_eq!(error.json_path(), Some(path), "{error}");
        assert!(error.message().contains(words), "{words}: {error}");
        assert!(!error.clipped_body().unwrap().is_empty(), "{error}");
    };
    let one =
        |answer: Value, path: &str, words: &str| decode(SentMessage::try_from(json(answer)).unwrap_err(), path, words);
    one(json!({}), ".", "no sent message at `.`: it has neither `id` nor `key`");
    one(json!({"key": {"fromMe": true}}), "key", "it has no `id`");
    one(json!({"id": 5}), "id", "it is a number, not an object");
    one(json!({"id": "A B"}), "id", "white space");
    one(json!([]), ".", "it is a list, not an object");
    one(json!(1), ".", "it is a number");

    let group =
        |answer: Value, path: &str, words: &str| decode(GroupSummary::try_from(json(answer)).unwrap_err(), path, words);
    group(json!({"subject": "Crew"}), ".", "it has no id as `id`, `gid` or `JID`");
    group(json!({"id": "11111111111@c.us"}), ".", "ends in `@g.us`");
    group(json!(null), ".", "it is empty");
    group(json!({"id": "1@g.us", "participants": [{"admin": null}, {}]}), "participants[0]", "it has no id");
    group(json!({"JID": "1@g.us", "Participants": [5]}), "Participants[0]", "it is a number");
    let chat = json!({"id": "1@g.us", "groupMetadata": {"participants": [{}]}});
    group(chat, "groupMetadata.participants[0]", "it has no id");

    let list =
        |answer: Value, path: &str, words: &str| decode(GroupSummary::list(json(answer)).unwrap_err(), path, words);
    list(json!([{"id": "1@g.us", "participants": [{}]}, 5]), "[0].participants[0]", "no group");
    list(json!({"1@g.us": {}}), "1@g.us", "it has no id");
    list(json!(true), ".", "no list of groups at `.`: it is true or false, not a list");

    decode(ChatEntry::list(json(json!({}))).unwrap_err(), ".", "no list of chats at `.`: it is an object");
    decode(ContactSummary::list(json(json!([null]))).unwrap_err(), "[0]", "no contact at `[0]`: it is empty");
    decode(ContactSummary::try_from(json(json!({"id": "nobody"}))).unwrap_err(), ".", "phone number");
    decode(GroupMember::list(json(json!([[]]))).unwrap_err(), "[0]", "no member");
    decode(ParticipantOutcome::list(json(json!({"x": 5}))).unwrap_err(), "x", "no outcome");
    decode(ParticipantOutcome::list(json(json!(5))).unwrap_err(), ".", "it is a number");
}

#[test]
fn a_page_in_place_of_an_answer_is_clipped_in_the_error() {
    let error = GroupSummary::try_from(json(json!("x".repeat(100_000)))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other);
    assert!(error.message().len() < 1000);
}

#[test]
fn properties_of_an_unexpected_type_are_left_out() {
    let group = json!({
        "id": "1@g.us", "subject": 5, "desc": {}, "owner": [], "creation": true, "size": "many", "restrict": "no",
        "announce": null, "memberAddMode": "somebody_add", "groupMetadata": "none", "participants": "hidden",
    });
    let group = GroupSummary::try_from(json(group)).unwrap();
    assert_eq!((group.subject, group.description, group.owner, group.created_at), (None, None, None, None));
    assert_eq!((group.participant_count, group.info_admin_only, group.messages_admin_only), (None, None, None));
    assert_eq!((group.members_can_add_new_member, group.participants), (None, vec![]));
    let chat =
        ChatEntry::try_from(json(json!({"id": "11111111111@bot", "name": [], "t": "", "unreadCount": {}}))).unwrap();
    assert_eq!(chat.id, "11111111111@bot");
    assert_eq!((chat.name, chat.timestamp, chat.unread_count), (None, None, None));
    let member = GroupMember::try_from(json(json!({"id": "1@c.us", "pn": "", "role": "left"}))).unwrap();
    assert_eq!(member.role, ParticipantRole::Left);
}

/// The messages of recorded answers and events, by engine.
async fn messages() -> Vec<(String, Json)> {
    let mut found = Vec::new();
    for operation in ["chats_get_message", "chats_list_messages", "chatting_list_messages", "chatting_send_text"] {
        for (fixture, json) in answers(operation).await {
            let value = json.to_value().unwrap();
            let list = value.as_array().cloned().unwrap_or_else(|| vec![value]);
            found.extend(list.into_iter().map(|message| (fixture.label(), message.into())));
        }
    }
    found
}

#[tokio::test]
async fn a_message_reads_alike_on_every_engine() {
    let mut read = 0;
    for (label, json) in messages().await {
        let value = json.to_value().unwrap();
        let Ok(message) = Message::try_from(json.clone()) else {
            // Nothing is known of it but that it was sent.
            assert!(value["id"].is_null() && value["key"].is_null(), "{label}");
            continue;
        };
        let id: waha::MessageId = message.id().clone();
        assert!(id.is_full(), "{label}: {id}");
        assert_eq!(
            (Some(message.is_from_me()), Some(message.chat_id())),
            (id.from_me(), id.chat_id().as_ref()),
            "{label}"
        );
        assert_eq!(message.is_group(), id.as_str().contains("@g.us"), "{label}");
        if message.is_group() && value["_data"] != Value::Null {
            assert_eq!(message.sender().map(ToString::to_string), id.participant().map(|id| id.to_string()), "{label}");
        }
        if !message.is_group() && !message.is_from_me() {
            assert_eq!(message.sender().map(AsRef::as_ref), Some(message.chat_id().as_str()), "{label}");
        }
        assert!(message.text().is_none_or(|text| !text.starts_with("/9j/")), "{label}: a picture is no text");
        if let Some(body) = value["body"].as_str().filter(|body| !body.is_empty() && !body.starts_with("/9j/")) {
            assert_eq!(message.text(), Some(body), "{label}");
        }
        assert_eq!(message.media().is_some(), value["media"].is_object(), "{label}");
        assert!(message.to_string().lines().count() == 1, "{label}: {message}");
        // By the type of the document it is the same.
        if let Ok(typed) = json.parse::<waha::types::Message>() {
            let typed = Message::try_from(typed).unwrap();
            assert_eq!((typed.id(), typed.sender(), typed.text()), (message.id(), message.sender(), message.text()));
        }
        read += 1;
    }
    println!("{read} messages");
}

#[tokio::test]
async fn a_message_tells_who_wrote_what_and_where() {
    let raw = |value: Value| Message::try_from(json(value)).unwrap();
    // GOWS has the sender's id in `to`, and an own message's chat in `from`.
    let gows = raw(json!({
        "id": "false_120363000000000011@g.us_AAAA_222000000000222@lid", "from": "120363000000000011@g.us",
        "to": "222000000000222@lid", "participant": "222000000000222@lid", "fromMe": false, "hasMedia": false,
        "body": "Hi @11111111111", "timestamp": 1_790_000_000,
        "_data": {
            "Info": { "PushName": "Bea", "Sender": "222000000000222@lid" },
            "Message": { "extendedTextMessage": { "contextInfo": { "mentionedJID": ["11111111111@s.whatsapp.net"] } } }
        }
    }));
    assert_eq!((gows.sender().unwrap().as_str(), gows.sender_name()), ("222000000000222@lid", Some("Bea")));
    assert_eq!(gows.mentions(), ["11111111111@c.us"]);
    assert_eq!(gows.to_string(), "Bea: Hi @11111111111");
    assert_eq!(gows.timestamp(), Some(1_790_000_000));

    // WEBJS and WPP have the account in `from` of an own message, and as `body` what is no text.
    let webjs = raw(json!({
        "id": { "fromMe": true, "remote": "44444444444@c.us", "id": "AAAA", "_serialized": "true_44444444444@c.us_AAAA" },
        "from": "11111111111@c.us", "to": "44444444444@c.us", "fromMe": true, "hasMedia": true, "body": "timetable.pdf",
        "type": "document", "mentionedIds": [{ "server": "c.us", "user": "22222222222", "_serialized": "22222222222@c.us" }],
        "_data": { "filename": "timetable.pdf" }
    }));
    assert_eq!((webjs.chat_id().as_str(), webjs.sender().unwrap().as_str()), ("44444444444@c.us", "11111111111@c.us"));
    assert_eq!((webjs.text(), webjs.has_media()), (None, true));
    assert_eq!(webjs.mentions(), ["22222222222@c.us"]);
    assert_eq!(webjs.to_string(), "me: [file]");

    // NOWEB's own form, with a caption in what stands around the file.
    let noweb = raw(json!({
        "key": { "remoteJid": "120363000000000011@g.us", "fromMe": false, "id": "AAAA", "participant": "33333333333@s.whatsapp.net" },
        "pushName": "Ben", "messageTimestamp": "1790000000",
        "message": { "ephemeralMessage": { "message": { "imageMessage": { "caption": "The knot" } } } }
    }));
    assert_eq!(noweb.id().as_str(), "false_120363000000000011@g.us_AAAA_33333333333@c.us");
    assert_eq!((noweb.text(), noweb.has_media(), noweb.sender_name()), (Some("The knot"), true, Some("Ben")));
    assert_eq!(noweb.sender().unwrap().as_str(), "33333333333@c.us");

    // A place, by numbers or by texts that hold them.
    for (latitude, longitude) in [(json!(53.5), json!(9.5)), (json!("53.5"), json!("9.5"))] {
        let place = raw(json!({
            "id": "false_22222222222@c.us_AAAA", "fromMe": false, "hasMedia": false,
            "location": { "live": false, "latitude": latitude, "longitude": longitude }
        }));
        assert_eq!(
            (place.coordinates(), place.to_string().as_str()),
            (Some((53.5, 9.5)), "22222222222@c.us: [location]")
        );
    }
    let story =
        raw(json!({ "id": "false_status@broadcast_AAAA_22222222222@c.us", "fromMe": false, "hasMedia": false }));
    assert!(story.is_status_update() && !story.is_group());
    let news = raw(json!({ "id": "false_111111111111111111@newsletter_AAAA", "fromMe": false, "body": "Open" }));
    assert_eq!((news.sender(), news.text()), (None, Some("Open")));

    for (value, path) in [(json!({ "body": "hi" }), "."), (json!({ "id": "AAAA" }), "."), (json!("hi"), "")] {
        let error = Message::try_from(json(value)).unwrap_err();
        assert!(matches!(error.json_path(), None | Some(".")), "{path}: {error}");
    }
}

#[tokio::test]
async fn awaited_messages_are_views_and_one_that_is_broken_costs_no_other() {
    let list = r#"[{"id": "false_1111111@c.us_A", "fromMe": false, "hasMedia": false, "body": "one"},
                   {"id": "", "fromMe": false, "hasMedia": false, "body": "two"}]"#;
    let server = Server::start(Reply::json(200, list)).await;
    let chat = server.session().chat("1111111@c.us").unwrap();
    let texts: Vec<_> =
        chat.messages().await.unwrap().iter().map(|message| message.text().map(str::to_owned)).collect();
    assert_eq!(texts, [Some("one".to_owned())]);
    // As the document has them, by `send`.
    let typed = chat.messages().send().await.unwrap().into_inner();
    assert_eq!(typed.iter().map(|message| message.body.as_deref()).collect::<Vec<_>>(), [Some("one"), Some("two")]);
    server.set_reply(Reply::json(200, r#"[{"id": "", "fromMe": false, "hasMedia": false}]"#));
    assert_eq!(chat.messages().await.unwrap_err().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn an_answer_of_false_is_an_error() {
    let server = Server::start(Reply::new(200, Some("text/html"), "false")).await;
    let session = server.session();
    let (group, chat) = (session.group("1@g.us").unwrap(), session.chat("1111111@c.us").unwrap());
    for (error, operation) in [
        (group.set_subject("Hikers").await.unwrap_err(), "groups_set_subject"),
        (group.set_description("Sundays").await.unwrap_err(), "groups_set_description"),
        (group.lock().await.unwrap_err(), "groups_set_info_admin_only"),
        (group.announce_only(true).await.unwrap_err(), "groups_set_messages_admin_only"),
        (group.set_member_add_mode(false).await.unwrap_err(), "groups_set_member_add_mode"),
        (chat.clear().await.unwrap_err(), "chats_clear_messages"),
    ] {
        assert_eq!((error.kind(), error.operation().unwrap().id()), (ErrorKind::Forbidden, operation), "{error}");
        assert!(error.to_string().contains("`false`") && !error.may_have_arrived(), "{error}");
    }
    server.set_reply(Reply::json(200, r#"{"success": false}"#));
    for (error, operation) in [
        (group.set_photo(b"\x89PNG".to_vec()).await.unwrap_err(), "groups_set_picture"),
        (group.remove_picture().await.unwrap_err(), "groups_delete_picture"),
        (chat.unpin("true_1111111@c.us_A").await.unwrap_err(), "chats_unpin_message"),
        (session.set_name("Bob").await.unwrap_err(), "profile_set_name"),
        (chat.mark_unread().await.unwrap_err(), "chats_mark_unread"),
    ] {
        assert_eq!((error.kind(), error.operation().unwrap().id()), (ErrorKind::Forbidden, operation), "{error}");
    }
    // The new state of the chat, of which WEBJS answers that it is not in the archive.
    server.set_reply(Reply::json(200, "false"));
    chat.unarchive().await.unwrap();
    // GOWS and NOWEB answer with nothing.
    for answer in ["", "true"] {
        server.set_reply(Reply::new(200, Some("text/html"), answer));
        group.set_subject("Hikers").await.unwrap();
    }
    // By `send`, the answer is what the server said.
    server.set_reply(Reply::new(200, Some("text/html"), "false"));
    assert_eq!(group.set_subject("Hikers").send().await.unwrap().into_inner(), Some(false));
}

#[tokio::test]
async fn an_invitation_is_a_link_on_every_engine() {
    let server = Server::start(Reply::new(200, Some("text/html"), "AAAA")).await;
    let group = server.session().group("1@g.us").unwrap();
    for answer in ["AAAA", "https://chat.whatsapp.com/AAAA", "chat.whatsapp.com/AAAA", "\"AAAA\""] {
        server.set_reply(Reply::new(200, Some("text/html"), answer));
        let link = group.invite_link().await.unwrap();
        assert!(link == "https://chat.whatsapp.com/AAAA" || answer.starts_with('"'), "{answer}: {link}");
    }
    server.set_reply(Reply::new(200, Some("text/html"), "AAAA"));
    assert_eq!(group.revoke_invite_link().await.unwrap(), "https://chat.whatsapp.com/AAAA");
    assert_eq!(group.reset_invite_link().await.unwrap(), "https://chat.whatsapp.com/AAAA");
    server.set_reply(Reply::new(200, None, ""));
    assert_eq!(group.invite_link().await.unwrap_err().kind(), ErrorKind::Forbidden);
    let error = group.revoke_invite_link().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Forbidden, Operation::by_id("groups_revoke_invite_code"))
    );
}

#[test]
fn views_print_as_people_read_them() {
    let sent = SentMessage::try_from(json(json!({ "id": "true_1111111@c.us_A" }))).unwrap();
    assert_eq!((sent.to_string(), format!("{sent:>22}").len()), ("true_1111111@c.us_A".to_owned(), 22));
    assert_eq!(SentMessage::try_from(json(json!(true))).unwrap().to_string(), "(no id)");
    let group = GroupSummary::try_from(json(json!({ "id": "1@g.us", "subject": "Hikers\u{1b}[2J" }))).unwrap();
    assert_eq!(group.to_string(), "Hikers [2J (1@g.us)");
    let chat = ChatEntry::try_from(json(json!({ "id": "1111111@c.us" }))).unwrap();
    assert_eq!(chat.to_string(), "1111111@c.us");
    let contact = ContactSummary::try_from(json(json!({ "id": "1111111@c.us", "pushname": "Bea" }))).unwrap();
    assert_eq!(contact.to_string(), "Bea (1111111@c.us)");
    let member = GroupMember::try_from(json(json!({ "id": "1111111@c.us", "admin": "admin" }))).unwrap();
    assert_eq!(member.to_string(), "1111111@c.us (admin)");
    let outcome = json!({ "jid": "1111111@c.us", "code": 403, "message": "invite only" });
    let outcome = ParticipantOutcome::try_from(json(outcome)).unwrap();
    assert_eq!(outcome.to_string(), "1111111@c.us: refused (403): invite only");
}

#[test]
fn debug_shows_what_is_known_and_nothing_else() {
    let sent = SentMessage::try_from(json(json!({ "id": "true_1111111@c.us_A" }))).unwrap();
    assert_eq!(format!("{sent:?}"), r#"SentMessage { id: "true_1111111@c.us_A", chat_id: "1111111@c.us", .. }"#);
    let message = json!({ "id": "false_1111111@c.us_A", "from": "1111111@c.us", "fromMe": false, "body": "hi" });
    let message = Message::try_from(json(message)).unwrap();
    let shown = format!("{message:?}");
    assert!(
        shown.contains(r#"chat_id: "1111111@c.us", sender: "1111111@c.us", from_me: false, text: "hi""#),
        "{shown}"
    );
    let group = json!({ "id": "1@g.us", "participants": [{ "id": "1111111@c.us", "admin": "superadmin" }] });
    let group = GroupSummary::try_from(json(group)).unwrap();
    let member = r#"GroupMember { id: "1111111@c.us", phone_number: "1111111@c.us", role: Superadmin, .. }"#;
    assert_eq!(format!("{group:?}"), format!(r#"GroupSummary {{ id: "1@g.us", participants: [{member}], .. }}"#));
    let chat = ChatEntry::try_from(json(json!({ "id": "1111111@c.us" }))).unwrap();
    assert_eq!(format!("{chat:?}"), r#"ChatEntry { id: "1111111@c.us", .. }"#);
    let contact = ContactSummary::try_from(json(json!({ "id": "1@lid", "pushname": "Bea" }))).unwrap();
    let shown = format!("{contact:?}");
    assert!(shown.starts_with(r#"ContactSummary { id: "1@lid", push_name: "Bea""#), "{shown}");
    let outcome = ParticipantOutcome::try_from(json(json!({ "jid": "1@lid", "code": 403 }))).unwrap();
    let shown = format!("{outcome:?}");
    assert!(shown.contains("success: false, code: 403") && !shown.contains("None"), "{shown}");
}

#[test]
fn views_are_written_as_received_and_read_again() {
    fn round<V: serde::Serialize + serde::de::DeserializeOwned>(written: Value) -> V {
        let view: V = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&view).unwrap(), written);
        assert_eq!(serde_json::to_string(&view).unwrap(), written.to_string());
        serde_json::from_str(&serde_json::to_string(&view).unwrap()).unwrap()
    }
    let message =
        json!({ "id": "false_1111111@c.us_A", "from": "1111111@c.us", "body": "hi", "of another release": [1] });
    assert_eq!(round::<Message>(message).text(), Some("hi"));
    assert_eq!(round::<SentMessage>(json!({ "id": "true_1111111@c.us_A" })).to_string(), "true_1111111@c.us_A");
    assert_eq!(round::<GroupSummary>(json!({ "id": "1@g.us" })).id, "1@g.us");
    assert!(round::<GroupMember>(json!({ "admin": "superadmin", "id": "1111111@c.us" })).is_admin());
    assert!(!round::<GroupMember>(json!({ "admin": null, "id": "1111111@c.us" })).is_admin());
    assert!(!round::<ParticipantOutcome>(json!({ "code": 403, "jid": "1111111@c.us" })).success);
    assert_eq!(round::<ChatEntry>(json!({ "id": "1111111@c.us" })).id, "1111111@c.us");
    assert_eq!(round::<ContactSummary>(json!({ "id": "1111111@c.us" })).id, "1111111@c.us");
    assert!(serde_json::from_str::<Message>("[]").is_err());
}

#[tokio::test]
async fn a_message_of_a_list_is_answered_and_reacted_to() {
    let server = Server::start(Reply::json(201, r#"{"id": "true_1111111@c.us_B"}"#)).await;
    let session = server.session();
    let message = Message::try_from(json(json!({ "id": "false_1111111@c.us_A", "from": "1111111@c.us" }))).unwrap();
    assert_eq!(message.chat(&session).unwrap().id(), "1111111@c.us");
    message.reply(&session, "pong").unwrap().await.unwrap();
    message.react(&session, "👍").unwrap().await.unwrap();
    let requests = server.take_requests();
    let sent: Vec<Value> = requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect();
    assert_eq!((&sent[0]["reply_to"], &sent[0]["text"]), (&json!("false_1111111@c.us_A"), &json!("pong")));
    assert_eq!((&sent[1]["messageId"], &sent[1]["reaction"]), (&json!("false_1111111@c.us_A"), &json!("👍")));
}
