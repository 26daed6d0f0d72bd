//! Pictures of contacts, with the stand-in.

use std::time::Duration;

use waha::{Client, ContactId, ErrorKind, Session};
use waha_sim::{Engine, Server, SessionStatus};

const ADA: &str = "11111111111@c.us";
const OLD: Option<&str> = Some("https://pps.example/old.jpg");
const NEW: Option<&str> = Some("https://pps.example/new.jpg");

async fn server(engine: Engine) -> Server {
    let server = Server::builder().api_key("secret").engine(engine).session("default");
    let server = server.session_in("asleep", SessionStatus::ScanQrCode);
    server.contact(ADA, |ada| ada.name("Ada").picture(OLD.unwrap())).start().await.unwrap()
}

fn session(server: &Server, name: &str) -> Session {
    Client::builder(server.url()).api_key("secret").build().unwrap().session(name).unwrap()
}

#[tokio::test]
async fn a_picture_is_cached_refreshed_and_expires_on_every_engine() {
    for engine in [Engine::Gows, Engine::Noweb, Engine::Webjs, Engine::Wpp] {
        let server = server(engine).await;
        let contact = session(&server, "default").contact(ADA).unwrap();

        let picture = contact.picture().await.unwrap();
        assert_eq!(picture.profile_picture_url.as_deref(), OLD);
        assert_eq!(picture.contact_id, *contact.id());
        assert!(!picture.refreshed);
        assert_eq!(server.upstream_picture_fetches(), 1);

        server.set_picture("default", ADA, NEW);
        assert_eq!(contact.picture().await.unwrap().profile_picture_url.as_deref(), OLD);
        server.advance(Duration::from_secs(23 * 3600));
        assert_eq!(contact.picture().await.unwrap().profile_picture_url.as_deref(), OLD);
        assert_eq!(server.upstream_picture_fetches(), 1);

        let picture = contact.picture().refresh().await.unwrap();
        assert_eq!(picture.profile_picture_url.as_deref(), NEW);
        assert!(picture.refreshed);
        assert_eq!(server.upstream_picture_fetches(), 2);

        server.set_picture("default", ADA, None);
        server.advance(Duration::from_secs(24 * 3600 + 1));
        let picture = contact.picture().send().await.unwrap();
        assert_eq!((picture.profile_picture_url, picture.refreshed), (None, false));
        assert_eq!(server.upstream_picture_fetches(), 3);
    }
}

#[tokio::test]
async fn the_picture_request_is_the_documented_one() {
    let server = server(Engine::Gows).await;
    let contact = session(&server, "default").contact("+1 (111) 111-1111").unwrap();
    contact.picture().await.unwrap();
    contact.picture().refresh().await.unwrap();
    let sent: Vec<_> = server.requests().iter().map(|request| request.path_and_query.clone()).collect();
    let query = "/api/contacts/profile-picture?contactId=11111111111%40c.us";
    assert_eq!(sent, [format!("{query}&session=default"), format!("{query}&refresh=true&session=default")]);
}

#[test]
fn contact_ids_are_accepted_as_people_write_them() {
    for (written, id) in [
        ("11111111111@c.us", "11111111111@c.us"),
        ("11111111111", "11111111111@c.us"),
        ("+1 111 111-1111", "11111111111@c.us"),
        ("11111111111@s.whatsapp.net", "11111111111@c.us"),
        ("11111111111:12@s.whatsapp.net", "11111111111@c.us"),
        (" 123456789@lid ", "123456789@lid"),
    ] {
        let parsed: ContactId = written.parse().unwrap();
        assert_eq!(parsed.to_string(), id);
        assert_eq!(parsed.as_str().parse::<ContactId>().unwrap(), parsed);
    }
}

#[tokio::test]
async fn ids_that_are_no_contact_are_refused_before_anything_is_sent() {
    let server = server(Engine::Gows).await;
    let session = session(&server, "default");
    for (id, words) in [
        ("", "no digits"),
        ("@c.us", "no digits"),
        ("ada@c.us", "digits only"),
        ("1+1@c.us", "digits only"),
        ("11111111111@g.us", "a group's"),
        ("11111111111@newsletter", "a channel's"),
        ("status@broadcast", "a broadcast list's"),
        ("11111111111@example.org", "ends in `@c.us` or `@lid`"),
        ("11111111111@c.us/../x", "ends in `@c.us` or `@lid`"),
        ("111111111111111111111", "too long"),
        ("1\u{0}1", "digits only"),
    ] {
        let error = session.contact(id).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{id:?}");
        assert!(error.message().contains(words), "{id:?}: {error}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn refused_sessions_and_keys_get_their_error_kind() {
    let server = server(Engine::Gows).await;
    let error = session(&server, "nobody").contact(ADA).unwrap().picture().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(error.message().contains("nobody"), "{error}");

    let error = session(&server, "asleep").contact(ADA).unwrap().picture().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionNotReady, "{error}");
    assert_eq!(error.session_status(), Some(waha::types::SessionStatus::ScanQrCode));
    assert_eq!(error.expected_statuses(), [waha::types::SessionStatus::Working]);

    let stranger = Client::builder(server.url()).build().unwrap().default_session();
    let error = stranger.contact(ADA).unwrap().picture().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(
        error.to_string(),
        "contacts_get_profile_picture: HTTP 401: Unauthorized (the server wants an API key that it knows)"
    );
}

#[tokio::test]
async fn a_picture_call_can_be_spawned() {
    let server = server(Engine::Gows).await;
    let picture = session(&server, "default").contact(ADA).unwrap().picture();
    let picture = tokio::spawn(async move { picture.await }).await.unwrap().unwrap();
    assert_eq!(picture.profile_picture_url.as_deref(), OLD);
}

#[tokio::test]
async fn a_generated_call_can_be_spawned() {
    let server = server(Engine::Gows).await;
    let call = session(&server, "default").sessions().get();
    let info = tokio::spawn(call.send()).await.unwrap().unwrap();
    assert_eq!(info.name, "default");
}
