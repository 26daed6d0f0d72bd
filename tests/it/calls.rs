//! Calls every operation through the public API, and checks each request against the document.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::{self, Write},
    future::Future,
    pin::Pin,
};

use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::{Value, json};
use waha::{Download, Error, ErrorKind, Media, Operation, ResponseValue, Session, types};

use crate::support::{Reply, Request, Server};

/// One operation, called as a user would.
pub struct Call {
    /// `operationId`.
    pub operation: &'static str,
    /// Sends it.
    pub send: fn(Session) -> CallFuture<Outcome>,
    /// Awaits the call and returns its value as `Debug` prints it; a view if the operation has one.
    pub value: fn(Session) -> CallFuture<String>,
}

/// The future of a call.
pub type CallFuture<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// The result of a call, without its type.
#[derive(Debug)]
pub struct Outcome {
    /// HTTP status.
    pub status: u16,
    /// The decoded answer as `Debug` prints it; for bytes, their number.
    pub debug: String,
    /// The decoded answer as JSON; for bytes, nothing.
    pub json: String,
}

pub const SESSION: &str = "default";
pub const CHAT: &str = "11111111111@c.us";
pub const GROUP: &str = "111111111111111111@g.us";
pub const CHANNEL: &str = "111111111111111111@newsletter";
pub const LID: &str = "11111111111@lid";
const PHONE: &str = "11111111111";
const MESSAGE: &str = "true_11111111111@c.us_AAAAAAAAAAAAAAAAAAAA";
const LABEL: &str = "1";
const KEY: &str = "key_11111111111";
/// The id of an app is chosen by the caller: this one contains the characters that are special in a URL.
pub const APP: &str = "app/1?a=b&c#d %41+é";
/// As above, for a query.
pub const INVITATION: &str = "https://chat.whatsapp.com/AAAA?a=b&c#d %41+é";

/// Makes a [`Call`] of each call: named after its resource and its action, and ending in `send` or awaited.
macro_rules! calls {
    ($($owner:ident.$resource:ident().$action:ident()$(.$setter:ident($value:expr))*,)*) => {
        vec![$(Call {
            operation: concat!(stringify!($resource), "_", stringify!($action)),
            send: |session| {
                Box::pin(async move {
                    let call = calls!(@ $owner session).$resource().$action()$(.$setter($value))*;
                    call.send().await?.outcome().await
                })
            },
            value: |session| {
                Box::pin(async move {
                    let call = calls!(@ $owner session).$resource().$action()$(.$setter($value))*;
                    Ok(format!("{:?}", call.await?))
                })
            },
        },)*]
    };
    (@ session $session:ident) => { $session };
    (@ client $session:ident) => { $session.client() };
}

/// All operations, in the order of the document's resources.
// Deprecated operations have to work until WAHA removes them.
#[allow(deprecated)]
pub fn all() -> Vec<Call> {
    calls![
        client.api_keys().list(),
        client.api_keys().create().session(SESSION).is_admin(false).is_active(true).actions(actions()),
        session.api_keys().create_control(),
        session.api_keys().create_media(),
        client.api_keys().delete().id(KEY),
        client.api_keys().update().id(KEY).session(SESSION).is_admin(false).is_active(true).actions(actions()),
        session.apps().list(),
        session.apps().create().id(APP).app(types::AppName::Calls).config(app_config()).enabled(true),
        session.apps().purge_by_name().app(types::AppName::Calls),
        client.apps().delete().id(APP),
        client.apps().get().id(APP),
        session.apps().update().id(APP).app(types::AppName::Calls).config(app_config()).enabled(true),
        client.apps().purge().id(APP),
        session.argentine_phone_numbers().list_database_cache().limit(20).offset(40),
        session.argentine_phone_numbers().list_memory_cache().limit(20).offset(40),
        session.argentine_phone_numbers().purge_cache(),
        session.argentine_phone_numbers().get_cache_stats(),
        session
            .auth()
            .submit_passkey()
            .id("AAAA")
            .raw_id("AAAA")
            .type_(types::PasskeyAssertionRequestType::PublicKey)
            .response(types::PasskeyAssertionResponseData {
                authenticator_data: "AAAA".into(),
                client_data_json: "AAAA".into(),
                signature: "AAAA".into(),
                user_handle: Some("AAAA".into()),
            }),
        session.auth().get_passkey_challenge(),
        session.auth().confirm_passkey(),
        session.auth().get_passkey_confirmation(),
        session.auth().get_qr().format(types::AuthGetQrFormat::Image),
        session.auth().request_code().phone_number(PHONE),
        session.brazilian_phone_numbers().list_database_cache().limit(20).offset(40),
        session.brazilian_phone_numbers().list_memory_cache().limit(20).offset(40),
        session.brazilian_phone_numbers().purge_cache(),
        session.brazilian_phone_numbers().get_cache_stats(),
        session.calls().reject().id("AAAA").from(CHAT),
        session.channels().list().role(types::ChannelsListRole::Owner),
        session.channels().create().name("News").description("What is new").picture(picture()),
        session.channels().search_by_text().text("news").categories(strings(["SPORTS"])).limit(20).start_cursor("AAAA"),
        session
            .channels()
            .search_by_view()
            .view("RECOMMENDED")
            .countries(strings(["DE", "BR"]))
            .categories(strings(["SPORTS"]))
            .limit(20)
            .start_cursor("AAAA"),
        session.channels().list_search_categories(),
        session.channels().list_search_countries(),
        session.channels().list_search_views(),
        session.channels().delete().id(CHANNEL),
        session.channels().get().id(CHANNEL),
        session.channels().follow().id(CHANNEL),
        session
            .channels()
            .preview_messages()
            .id(CHANNEL)
            .limit(20)
            .download_media(true)
            .download_media_mimetypes(strings(["image/", "audio/ogg"])),
        session.channels().mute().id(CHANNEL),
        session.channels().unfollow().id(CHANNEL),
        session.channels().unmute().id(CHANNEL),
        session
            .chats()
            .list()
            .sort_by(types::ChatsListSortBy::ConversationTimestamp)
            .sort_order(types::SortOrder::Desc)
            .merge(true)
            .limit(20)
            .offset(40),
        session.chats().list_overview().ids(strings([CHAT, GROUP])).merge(true).limit(20).offset(1),
        session
            .chats()
            .query_overview()
            .pagination(types::OverviewPagination::builder().limit(20).offset(1).merge(true))
            .filter(types::OverviewFilter::builder().ids(strings([CHAT, GROUP]))),
        session.chats().delete().chat_id(CHAT),
        session.chats().archive().chat_id(CHAT),
        session.chats().clear_messages().chat_id(CHAT),
        session
            .chats()
            .list_messages()
            .chat_id(CHAT)
            .sort_by(types::ChatsListMessagesSortBy::Timestamp)
            .sort_order(types::SortOrder::Asc)
            .download_media(true)
            .download_media_mimetypes(strings(["image/", "audio/ogg"]))
            .merge(true)
            .limit(20)
            .offset(40)
            .filter_timestamp_gte(1_700_000_000)
            .filter_timestamp_lte(1_800_000_000)
            .filter_from_me(true)
            .filter_ack(types::MessageAckFilter::Server),
        session.chats().read_messages().chat_id(CHAT).messages(30).days(7),
        session.chats().delete_message().chat_id(CHAT).message_id(MESSAGE),
        session
            .chats()
            .get_message()
            .chat_id(CHAT)
            .message_id(MESSAGE)
            .download_media(true)
            .download_media_mimetypes(strings(["image/", "audio/ogg"]))
            .merge(true),
        session
            .chats()
            .edit_message()
            .chat_id(CHAT)
            .message_id(MESSAGE)
            .text("Hello @11111111111")
            .mentions(strings([CHAT]))
            .link_preview(true)
            .link_preview_high_quality(false),
        session.chats().pin_message().chat_id(CHAT).message_id(MESSAGE).duration(86400),
        session.chats().unpin_message().chat_id(CHAT).message_id(MESSAGE),
        session.chats().get_picture().chat_id(CHAT).refresh(true),
        session.chats().unarchive().chat_id(CHAT),
        session.chats().mark_unread().chat_id(CHAT),
        session.chatting().check_number_status().phone(PHONE),
        session.chatting().forward_message().chat_id(CHAT).message_id(MESSAGE).id("AAAA"),
        session
            .chatting()
            .list_messages()
            .chat_id(CHAT)
            .sort_by(types::ChattingListMessagesSortBy::MessageTimestamp)
            .sort_order(types::SortOrder::Asc)
            .download_media(true)
            .download_media_mimetypes(strings(["image/", "audio/ogg"]))
            .merge(true)
            .limit(20)
            .offset(40)
            .filter_timestamp_gte(1_700_000_000)
            .filter_timestamp_lte(1_800_000_000)
            .filter_from_me(true)
            .filter_ack(types::MessageAckFilter::Server),
        session.chatting().set_reaction().message_id(MESSAGE).reaction("👍"),
        session
            .chatting()
            .reply()
            .chat_id(CHAT)
            .text("Hello @11111111111")
            .reply_to(MESSAGE)
            .mentions(strings([CHAT]))
            .link_preview(true)
            .link_preview_high_quality(false)
            .id("AAAA"),
        session
            .chatting()
            .send_buttons_reply()
            .chat_id(CHAT)
            .selected_display_text("Yes")
            .selected_button_id("yes")
            .reply_to(MESSAGE),
        session
            .chatting()
            .send_link_custom_preview()
            .chat_id(CHAT)
            .text("Look: https://example.org/")
            .preview(types::LinkPreviewData {
                url: "https://example.org/".into(),
                title: "Example".into(),
                description: "An example".into(),
                image: Some(Media::url("https://example.org/image.jpg").into()),
            })
            .link_preview_high_quality(true)
            .reply_to(MESSAGE),
        session
            .chatting()
            .send_buttons()
            .chat_id(CHAT)
            .header("Question")
            .header_image(picture())
            .body_map(|body| body.body("Are you there?"))
            .footer("Press one")
            .buttons(buttons()),
        session.chatting().send_contact_vcard().chat_id(CHAT).contacts(contacts()).reply_to(MESSAGE).id("AAAA"),
        session
            .chatting()
            .send_file()
            .chat_id(CHAT)
            .file(inline("report.pdf", "application/pdf"))
            .caption("For @11111111111")
            .mentions(strings([CHAT]))
            .reply_to(MESSAGE),
        session
            .chatting()
            .send_image()
            .chat_id(CHAT)
            .file(picture())
            .caption("For @11111111111")
            .mentions(strings([CHAT]))
            .reply_to(MESSAGE),
        session.chatting().send_link_preview().chat_id(CHAT).url("https://example.org/").title("Example").id("AAAA"),
        session.chatting().send_list().chat_id(CHAT).message(list()).reply_to(MESSAGE),
        session
            .chatting()
            .send_location()
            .chat_id(CHAT)
            .latitude(-34.603722)
            .longitude(-58.381592)
            .title("Obelisco")
            .reply_to(MESSAGE)
            .id("AAAA"),
        session
            .chatting()
            .send_poll()
            .chat_id(CHAT)
            .poll(types::Poll::builder().name("When?").options(strings(["Today", "Tomorrow"])).multiple_answers(true))
            .reply_to(MESSAGE)
            .id("AAAA"),
        session
            .chatting()
            .send_poll_vote()
            .chat_id(CHANNEL)
            .poll_message_id(MESSAGE)
            .poll_server_id(111)
            .votes(strings(["Today"])),
        session
            .chatting()
            .send_seen()
            .chat_id(GROUP)
            .message_id(MESSAGE)
            .message_ids(strings([MESSAGE]))
            .participant(CHAT),
        session.chatting().send_sticker().chat_id(CHAT).file(inline("sticker.webp", "image/webp")).reply_to(MESSAGE),
        session.chatting().send_text_by_query().phone(CHAT).text("Salt & pepper? 100% + é"),
        session
            .chatting()
            .send_text()
            .chat_id(CHAT)
            .text("Hello @11111111111")
            .reply_to(MESSAGE)
            .mentions(strings([CHAT]))
            .link_preview(true)
            .link_preview_high_quality(false)
            .id("AAAA"),
        session
            .chatting()
            .send_video()
            .chat_id(CHAT)
            .file(remote("video.mp4", "video/mp4"))
            .caption("For @11111111111")
            .mentions(strings([CHAT]))
            .as_note(false)
            .convert(true)
            .reply_to(MESSAGE),
        session
            .chatting()
            .send_voice()
            .chat_id(CHAT)
            .file(remote("voice.opus", "audio/ogg; codecs=opus"))
            .convert(true)
            .reply_to(MESSAGE),
        session.chatting().set_star().chat_id(CHAT).message_id(MESSAGE).star(true),
        session.chatting().start_typing().chat_id(CHAT),
        session.chatting().stop_typing().chat_id(CHAT),
        session.chatting().get_new_message_id(),
        session.contacts().get().contact_id(CHAT),
        session.contacts().get_about().contact_id(CHAT),
        session
            .contacts()
            .list()
            .sort_by(types::ContactsListSortBy::Name)
            .sort_order(types::SortOrder::Asc)
            .limit(20)
            .offset(40),
        session.contacts().block().contact_id(CHAT),
        session.contacts().check_exists().phone(PHONE),
        session.contacts().get_profile_picture().contact_id(CHAT).refresh(true),
        session.contacts().unblock().contact_id(CHAT),
        session.contacts().get_by_id().id(CHAT),
        session.contacts().update().id(CHAT).first_name("Ada").last_name("Lovelace"),
        session
            .event_messages()
            .send()
            .chat_id(CHAT)
            .event(types::EventMessage {
                name: "Lunch".into(),
                description: Some("Every Friday".into()),
                location: Some(types::EventLocation { name: "Kitchen".into() }),
                start_time: 1_800_000_000,
                end_time: Some(1_800_003_600),
                extra_guests_allowed: Some(true),
            })
            .reply_to(MESSAGE),
        session
            .groups()
            .list()
            .sort_by(types::GroupsListSortBy::Subject)
            .sort_order(types::SortOrder::Asc)
            .exclude(strings(["participants"]))
            .limit(20)
            .offset(40),
        session.groups().create().name("Friends").participants(participants()),
        session.groups().count(),
        session.groups().join().code(INVITATION),
        session.groups().get_join_info().code(INVITATION),
        session.groups().refresh(),
        session.groups().delete().id(GROUP),
        session.groups().get().id(GROUP),
        session.groups().demote_from_admin().id(GROUP).participants(participants()),
        session.groups().promote_to_admin().id(GROUP).participants(participants()),
        session.groups().set_description().id(GROUP).description("Old and new"),
        session.groups().get_invite_code().id(GROUP),
        session.groups().revoke_invite_code().id(GROUP),
        session.groups().leave().id(GROUP),
        session.groups().get_participants().id(GROUP),
        session.groups().add_participants().id(GROUP).participants(participants()),
        session.groups().list_join_requests().id(GROUP),
        session.groups().approve_join_requests().id(GROUP).participants(participants()),
        session.groups().reject_join_requests().id(GROUP).participants(participants()),
        session.groups().remove_participants().id(GROUP).participants(participants()),
        session.groups().get_participants_v2().id(GROUP),
        session.groups().delete_picture().id(GROUP),
        session.groups().get_picture().id(GROUP).refresh(true),
        session.groups().set_picture().id(GROUP).file(picture()),
        session.groups().get_info_admin_only().id(GROUP),
        session.groups().set_info_admin_only().id(GROUP).admins_only(true),
        session.groups().get_member_add_mode().id(GROUP),
        session.groups().set_member_add_mode().id(GROUP).members_can_add_new_member(true),
        session.groups().get_member_share_history_mode().id(GROUP),
        session.groups().set_member_share_history_mode().id(GROUP).members_can_share_history(true),
        session.groups().get_membership_approval().id(GROUP),
        session.groups().set_membership_approval().id(GROUP).new_members_approval_required(true),
        session.groups().get_messages_admin_only().id(GROUP),
        session.groups().set_messages_admin_only().id(GROUP).admins_only(true),
        session.groups().set_subject().id(GROUP).subject("Friends"),
        session.labels().list(),
        session.labels().create().name("Customers").color_hex("#ff9485"),
        session.labels().list_chat_labels().chat_id(CHAT),
        session.labels().set_chat_labels().chat_id(CHAT).labels(vec![types::LabelId { id: LABEL.into() }]),
        session.labels().delete().label_id(LABEL),
        session.labels().update().label_id(LABEL).name("Customers").color(0),
        session.labels().list_chats().label_id(LABEL),
        session.lids().list().limit(20).offset(40),
        session.lids().count(),
        session.lids().get_by_phone_number().phone_number(PHONE),
        session.lids().get().lid(LID),
        client.mcp().call().body(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" })),
        session.media().convert_video().body(Media::url("https://example.org/video.mov")),
        session.media().convert_voice().body(Media::bytes("a voice")),
        session.mexican_phone_numbers().list_database_cache().limit(20).offset(40),
        session.mexican_phone_numbers().list_memory_cache().limit(20).offset(40),
        session.mexican_phone_numbers().purge_cache(),
        session.mexican_phone_numbers().get_cache_stats(),
        session.observability().get_browser_trace().seconds(5).categories(strings(["*"])),
        client.observability().get_cpu_profile().seconds(5),
        client.observability().get_heap_snapshot(),
        client.observability().get_environment().all(true),
        client.observability().get_status(),
        client.observability().stop().force(true),
        client.observability().get_version(),
        client.observability().get_version_deprecated(),
        client.observability().check_health(),
        client.observability().ping(),
        session.phone_numbers().list_database_cache().limit(20).offset(40),
        session.phone_numbers().list_memory_cache().limit(20).offset(40),
        session.phone_numbers().purge_cache(),
        session.phone_numbers().get_cache_stats(),
        session.presence().list(),
        session.presence().set().chat_id(CHAT).presence(types::SetPresenceRequestPresence::Typing),
        session.presence().get().chat_id(CHAT),
        session.presence().subscribe().chat_id(CHAT),
        session.profile().get(),
        session.profile().set_name().name("Ada"),
        session.profile().delete_picture(),
        session.profile().set_picture().file(picture()),
        session.profile().set_status().status("At the engine"),
        session.screenshot().get(),
        client.sessions().list().all(true).expand(strings(["apps"])),
        client.sessions().create().name(SESSION).start(true).config(config()).apps(vec![app()]),
        session.sessions().logout_by_name(),
        session.sessions().start_by_name().config(config()),
        session.sessions().stop_by_name().logout(false),
        session.sessions().delete(),
        session.sessions().get().expand(strings(["apps"])),
        session.sessions().update().config(config()).apps(vec![app()]),
        session.sessions().get_message_capping(),
        session.sessions().logout().apps(types::SessionLogoutAppsOptions { purge: Some(true) }),
        session.sessions().get_me(),
        session.sessions().restart(),
        session.sessions().start(),
        session.sessions().stop(),
        session.sessions().get_reachout_timelock(),
        session.status_updates().delete().id(MESSAGE).contacts(strings([CHAT])),
        session.status_updates().send_image().file(picture()).caption("Good day").contacts(strings([CHAT])).id("AAAA"),
        session.status_updates().get_new_message_id(),
        session
            .status_updates()
            .send_text()
            .text("Good day")
            .background_color("#38b42f")
            .font(1)
            .link_preview(true)
            .link_preview_high_quality(false)
            .contacts(strings([CHAT]))
            .id("AAAA"),
        session
            .status_updates()
            .send_video()
            .file(remote("video.mp4", "video/mp4"))
            .caption("Good day")
            .convert(true)
            .contacts(strings([CHAT]))
            .id("AAAA"),
        session
            .status_updates()
            .send_voice()
            .file(remote("voice.opus", "audio/ogg; codecs=opus"))
            .background_color("#38b42f")
            .convert(true)
            .contacts(strings([CHAT]))
            .id("AAAA"),
    ]
}

fn strings<const N: usize>(values: [&str; N]) -> Vec<String> {
    values.map(str::to_owned).into()
}

fn remote(name: &str, mime_type: &str) -> Media {
    Media::url(format!("https://example.org/{name}")).filename(name).mime_type(mime_type)
}

fn inline(name: &str, mime_type: &str) -> Media {
    Media::bytes("a file").filename(name).mime_type(mime_type)
}

fn picture() -> Media {
    remote("image.jpg", "image/jpeg")
}

fn actions() -> types::SessionActions {
    types::SessionActions {
        app: Some(false),
        control: Some(false),
        delete: Some(false),
        read: Some(true),
        send: Some(true),
        setting: Some(false),
    }
}

fn app_config() -> Value {
    json!({ "dm": { "reject": true, "message": "Please write" }, "group": { "reject": false } })
}

fn app() -> types::App {
    types::App {
        id: Some(APP.into()),
        session: SESSION.into(),
        app: types::AppName::Calls,
        config: app_config().into(),
        enabled: Some(true),
    }
}

fn buttons() -> Vec<types::Button> {
    let button = |type_, text: &str| types::Button {
        type_: Some(type_),
        text: text.into(),
        id: None,
        url: None,
        phone_number: None,
        copy_code: None,
    };
    vec![
        types::Button { id: Some("yes".into()), ..button(types::ButtonType::Reply, "Yes") },
        types::Button { url: Some("https://example.org/".into()), ..button(types::ButtonType::Url, "More") },
        types::Button { phone_number: Some(PHONE.into()), ..button(types::ButtonType::Call, "Call") },
        types::Button { copy_code: Some("AAAA".into()), ..button(types::ButtonType::Copy, "Copy") },
    ]
}

fn contacts() -> Vec<types::InputContact> {
    vec![
        types::VcardContact { vcard: "BEGIN:VCARD\nVERSION:3.0\nFN:Ada\nEND:VCARD".into() }.into(),
        types::ContactCard {
            full_name: "Ada Lovelace".into(),
            organization: Some("Analytical Engines".into()),
            phone_number: "+11111111111".into(),
            whatsapp_id: Some(PHONE.into()),
        }
        .into(),
    ]
}

fn list() -> types::ListMessage {
    let row = types::ListRow { row_id: "soup".into(), title: "Soup".into(), description: Some("Of the day".into()) };
    types::ListMessage {
        title: "Menu".into(),
        description: Some("What there is today".into()),
        footer: Some("Until two".into()),
        button: "Choose".into(),
        sections: vec![types::ListSection { title: "Starters".into(), rows: vec![row] }],
    }
}

fn participants() -> Vec<types::Participant> {
    vec![types::Participant { id: CHAT.into() }, types::Participant { id: LID.into() }]
}

fn config() -> types::SessionConfig {
    let webhook = types::WebhookConfig {
        // A local address, so that a server that uses it does not call another host.
        url: "http://127.0.0.1:9/hook".into(),
        events: vec![types::EventName::Message, types::EventName::SessionStatus],
        hmac: Some(types::HmacConfiguration { key: Some("secret".into()) }),
        retries: Some(types::RetriesConfiguration {
            attempts: Some(15),
            delay_seconds: Some(2.5),
            policy: Some(types::RetryPolicy::Exponential),
        }),
        custom_headers: Some(vec![types::CustomHeader { name: "X-Test".into(), value: "1".into() }]),
    };
    let storage = types::GowsStorageConfig {
        chats: Some(true),
        contacts: Some(true),
        groups: Some(true),
        labels: Some(true),
        message_secrets: Some(true),
        messages: Some(true),
    };
    types::SessionConfig {
        client: Some(types::ClientSessionConfig {
            browser_name: Some("Firefox".into()),
            device_name: Some("Desk".into()),
        }),
        debug: Some(false),
        gows: Some(types::GowsConfig { storage: Some(storage) }),
        ignore: Some(types::IgnoreConfig {
            broadcast: Some(true),
            channels: Some(true),
            groups: Some(false),
            status: Some(true),
        }),
        metadata: Some(HashMap::from([("user.id".to_owned(), "1".to_owned())])),
        noweb: Some(types::NowebConfig {
            mark_online: Some(true),
            store: Some(types::NowebStoreConfig { enabled: Some(true), full_sync: Some(false) }),
        }),
        proxy: Some(types::ProxyConfig {
            server: "proxy.example.org:3128".into(),
            username: Some("user".into()),
            password: Some("password".into()),
        }),
        webhooks: Some(vec![webhook]),
        webjs: Some(types::WebjsConfig { tags_events_on: Some(false) }),
    }
}

/// The answer to a call.
trait Answer {
    async fn outcome(self) -> Result<Outcome, Error>;
}

impl Answer for Download {
    async fn outcome(self) -> Result<Outcome, Error> {
        let status = self.status().as_u16();
        let bytes = self.bytes().await?;
        Ok(Outcome { status, debug: format!("{} bytes", bytes.len()), json: String::new() })
    }
}

impl<T: fmt::Debug + Serialize> Answer for ResponseValue<T> {
    async fn outcome(self) -> Result<Outcome, Error> {
        let status = self.status().as_u16();
        let value = self.into_inner();
        let json = serde_json::to_string(&value).expect("an answer can be written as JSON");
        Ok(Outcome { status, debug: format!("{value:?}"), json })
    }
}

fn document() -> Value {
    serde_json::from_str(include_str!("../../openapi/waha.json")).expect("the document is JSON")
}

/// An operation as the document declares it.
struct Declared<'a> {
    document: &'a Value,
    method: String,
    path: &'a str,
    value: &'a Value,
}

/// All operations of the document, by id.
fn declared(document: &Value) -> BTreeMap<&str, Declared<'_>> {
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("a path item");
        methods.iter().map(move |(method, value)| (path.as_str(), method.to_uppercase(), value))
    });
    operations
        .map(|(path, method, value)| {
            let id = value["operationId"].as_str().expect("an operationId");
            (id, Declared { document, method, path, value })
        })
        .collect()
}

impl Declared<'_> {
    /// What is wrong with a request.
    fn check(&self, request: &Request) -> Vec<String> {
        let mut problems = Vec::new();
        if request.method != self.method {
            problems.push(format!("the method is {}", request.method));
        }
        self.check_path(request.path(), &mut problems);
        self.check_query(&request.query(), &mut problems);
        self.check_body(request, &mut problems);
        self.check_accept(request.header("accept"), &mut problems);
        problems
    }

    fn check_path(&self, path: &str, problems: &mut Vec<String>) {
        let template: Vec<_> = self.path.split('/').collect();
        let segments: Vec<_> = path.split('/').collect();
        if segments.len() != template.len() {
            problems.push(format!("the path {path} has another number of segments"));
            return;
        }
        for (segment, part) in segments.into_iter().zip(template) {
            let Some(name) = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
                if segment != part {
                    problems.push(format!("the path {path} has {segment} for {part}"));
                }
                continue;
            };
            // RFC 3986: the characters of a segment that need no escape, and `%`.
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%".contains(c);
            let decoded = percent_decode_str(segment).decode_utf8_lossy();
            let expected = self.expected(name).unwrap_or_default();
            if !segment.chars().all(allowed) || decoded != expected {
                problems.push(format!("{name} is {segment} in the path, for {expected:?}"));
            }
        }
    }

    fn check_query(&self, query: &[(String, String)], problems: &mut Vec<String>) {
        let parameters = self.value["parameters"].as_array().into_iter().flatten();
        let mut open: BTreeMap<&str, &Value> = parameters
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| (parameter["name"].as_str().expect("a name"), &parameter["schema"]))
            .collect();
        let sent: BTreeSet<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
        for name in sent {
            let Some(schema) = open.remove(name) else {
                problems.push(format!("the query has {name}, which is not declared"));
                continue;
            };
            let values: Vec<_> = query.iter().filter(|(other, _)| other == name).map(|(_, value)| value).collect();
            let is_list = schema["type"] == "array";
            if !is_list && values.len() > 1 {
                problems.push(format!("the query has {name} more than once"));
            }
            let schema = if is_list { &schema["items"] } else { schema };
            for value in values {
                if let Some(expected) = self.expected(name).filter(|expected| value != expected) {
                    problems.push(format!("{name} is {value} in the query, for {expected:?}"));
                }
                let value = match schema["type"].as_str() {
                    Some("integer" | "boolean") => serde_json::from_str(value).unwrap_or_else(|_| json!(value)),
                    _ => json!(value),
                };
                self.check_value(schema, &value, name, problems);
            }
        }
        problems.extend(open.into_keys().map(|name| format!("the query lacks {name}")));
    }

    fn check_body(&self, request: &Request, problems: &mut Vec<String>) {
        let schema = &self.value["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_null() {
            if !request.body.is_empty() || request.header("content-type").is_some() {
                problems.push("there is a body".to_owned());
            }
            return;
        }
        if request.header("content-type") != Some("application/json") {
            problems.push(format!("the body's type is {:?}", request.header("content-type")));
        }
        match serde_json::from_slice::<Value>(&request.body) {
            Ok(body) => {
                let session = body.get("session");
                if session.is_some_and(|session| session != SESSION) {
                    problems.push(format!("the body has {session:?} for the session"));
                }
                self.check_value(schema, &body, "body", problems);
            }
            Err(error) => problems.push(format!("the body is no JSON: {error}")),
        }
    }

    fn check_accept(&self, accept: Option<&str>, problems: &mut Vec<String>) {
        let content = self.value["responses"]["2XX"]["content"].as_object();
        let Some(media_type) = content.and_then(|content| {
            // Bytes win over their JSON twin.
            let is_binary = |media_type: &&String| content[*media_type]["schema"]["format"] == "binary";
            content.keys().find(is_binary).or_else(|| content.keys().next())
        }) else {
            return;
        };
        let is_bytes = media_type != "application/json" && !media_type.starts_with("text/");
        let fits = match self.value["x-accept"].as_str() {
            Some(wanted) => accept == Some(wanted),
            // If only JSON is accepted, the server sends bytes as Base64.
            None => (accept == Some("application/json")) != is_bytes,
        };
        if !fits {
            problems.push(format!("`Accept` is {accept:?}, and the answer {media_type}"));
        }
    }

    /// The value of a parameter, if all calls use the same one.
    fn expected(&self, parameter: &str) -> Option<&'static str> {
        match (parameter, self.value["tags"][0].as_str().unwrap_or_default()) {
            ("session", _) => Some(SESSION),
            ("app", _) => Some("calls"),
            ("id", "api_keys") => Some(KEY),
            ("id", "apps") => Some(APP),
            ("id", "channels") => Some(CHANNEL),
            ("id", "groups") => Some(GROUP),
            ("id", "contacts") | ("chatId" | "contactId", _) => Some(CHAT),
            ("messageId", _) => Some(MESSAGE),
            ("labelId", _) => Some(LABEL),
            // It takes the id of any chat.
            ("phone", _) if self.value["operationId"] == "chatting_send_text_by_query" => Some(CHAT),
            ("phone" | "phoneNumber", _) => Some(PHONE),
            ("lid", _) => Some(LID),
            ("code", _) => Some(INVITATION),
            _ => None,
        }
    }

    /// Checks a value against its schema; supports the keywords that this document uses.
    fn check_value(&self, schema: &Value, value: &Value, place: &str, problems: &mut Vec<String>) {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = reference.strip_prefix('#').and_then(|pointer| self.document.pointer(pointer));
            return self.check_value(target.expect("a schema of this document"), value, place, problems);
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.check_value(part, value, place, problems);
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            let fits = |choice: &&Value| {
                let mut problems = Vec::new();
                self.check_value(choice, value, place, &mut problems);
                problems.is_empty()
            };
            let fitting = choices.iter().filter(fits).count();
            if fitting != 1 {
                problems.push(format!("{place} fits {fitting} of its schemas: {value}"));
            }
        }
        if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
            problems.push(format!("{place} is none of its values: {value}"));
        }
        let has_type = match schema["type"].as_str() {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            Some(other) => panic!("{place}: the type {other} is unknown"),
            None => true,
        };
        if !has_type {
            problems.push(format!("{place} is not of type {}: {value}", schema["type"]));
        }
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            self.check_value(&schema["items"], item, &format!("{place}[{index}]"), problems);
        }
        let (properties, others) = (schema["properties"].as_object(), schema.get("additionalProperties"));
        // A schema that declares no member leaves them to the others of its `allOf`.
        if let (Some(members), true) = (value.as_object(), properties.is_some() || others.is_some()) {
            for (name, member) in members {
                let place = format!("{place}.{name}");
                match properties.and_then(|properties| properties.get(name)).or(others) {
                    Some(schema) => self.check_value(schema, member, &place, problems),
                    None => problems.push(format!("{place} is not declared")),
                }
            }
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let missing = required.filter(|name| !members.contains_key(*name));
            problems.extend(missing.map(|name| format!("{place}.{name} is missing")));
        }
    }
}

#[test]
fn every_operation_has_a_call() {
    let calls: Vec<_> = all().iter().map(|call| call.operation).collect();
    let known: BTreeSet<_> = Operation::all().iter().map(Operation::id).collect();
    let called: BTreeSet<_> = calls.iter().copied().collect();
    let missing: Vec<_> = known.difference(&called).collect();
    let unknown: Vec<_> = called.difference(&known).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "missing: {missing:?}, unknown: {unknown:?}");
    assert_eq!(calls.len(), called.len(), "an operation is in the table twice");
    println!("{} calls of {} operations", calls.len(), known.len());
}

/// Only the request is under test. The server answers 501 (not supported by the engine), which every operation reads as
/// the same error.
#[tokio::test]
async fn every_call_sends_what_the_document_says() {
    let server = Server::start(Reply::json(501, r#"{"message":"not here"}"#)).await;
    let session = server.session();
    let document = document();
    let declared = declared(&document);
    let calls = all();
    let mut problems = String::new();
    let mut complain = |call: &Call, problem: &dyn fmt::Display| {
        writeln!(problems, "{}: {problem}", call.operation).expect("a string takes everything");
    };
    for call in &calls {
        match (call.send)(session.clone()).await {
            Err(error) if error.kind() == ErrorKind::NotSupported => {
                let operation = error.operation().map(Operation::id);
                if operation != Some(call.operation) {
                    complain(call, &format_args!("the error is that of {operation:?}"));
                }
            }
            other => complain(call, &format_args!("it gave {other:?}")),
        }
        match server.take_requests().as_slice() {
            [request] => {
                let found = declared[call.operation].check(request);
                found.iter().for_each(|problem| complain(call, problem));
            }
            requests => complain(call, &format_args!("{} requests arrived", requests.len())),
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
    println!("{} requests as declared", calls.len());
}

#[tokio::test]
async fn an_outcome_contains_what_was_decoded() {
    let server = Server::start(Reply::json(200, r#"{"message":"pong"}"#)).await;
    let outcome = |operation: &'static str| {
        let call = all().into_iter().find(|call| call.operation == operation).expect("it is in the table");
        (call.send)(server.session())
    };
    let ping = outcome("observability_ping").await.expect("an answer");
    assert_eq!((ping.status, ping.debug.contains("pong")), (200, true), "{ping:?}");

    server.set_reply(Reply::new(201, Some("image/jpeg"), [0; 100_000]));
    let screenshot = outcome("screenshot_get").await.expect("an answer");
    assert_eq!((screenshot.status, screenshot.debug.as_str()), (201, "100000 bytes"));
}

/// `tests/fixtures/actions.tsv` lists the actions that this client has to support.
#[test]
fn every_required_action_has_an_operation_and_a_call() {
    let called: BTreeSet<_> = all().iter().map(|call| call.operation).collect();
    let mut actions = 0;
    let mut resources = BTreeSet::new();
    let mut missing = Vec::new();
    for line in include_str!("../fixtures/actions.tsv").lines().skip(1) {
        let [resource, action, method, path] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("four columns: {line}");
        };
        let same = |operation: &&Operation| (operation.method(), operation.path()) == (method, path);
        let operation = Operation::all().iter().find(same);
        if !operation.is_some_and(|operation| called.contains(operation.id())) {
            missing.push(format!("{resource}: {action} ({method} {path})"));
        }
        actions += 1;
        resources.insert(resource);
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert_eq!(actions, 116);
    println!("{actions} actions, {} resources", resources.len());
}

/// The words of an action, without spaces, are an alias or the name of the method, which the search of the documentation finds.
#[test]
fn every_required_action_is_found_by_its_words() {
    let document = document();
    let mut missing = Vec::new();
    for line in include_str!("../fixtures/actions.tsv").lines().skip(1) {
        let [resource, action, method, path] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("four columns: {line}");
        };
        let operation = &document["paths"][path][method.to_ascii_lowercase()];
        let id = operation["operationId"].as_str().unwrap_or_default();
        let name = id.split_once('_').map_or(id, |(_, name)| name).replace('_', "");
        let alias = operation["x-alias"].as_str().unwrap_or_default().to_ascii_lowercase();
        let words = action.replace(' ', "").to_ascii_lowercase();
        if ![&name, &alias].contains(&&words) {
            missing.push(format!("{resource}: {action} is `{alias}` and `{name}`"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// WAHA's own ids contain names of its source code, such as `ChatsController_getChats`.
#[test]
fn operation_ids_do_not_contain_controller_names() {
    let ids: Vec<_> = Operation::all().iter().map(Operation::id).collect();
    let wrong: Vec<_> = ids.iter().filter(|id| id.to_ascii_lowercase().contains("controller")).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    println!("{} names without a controller", ids.len());
}
