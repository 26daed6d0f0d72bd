//! The cases. They print no content of an answer, because it may be a key or a phone number.

use std::{collections::BTreeSet, time::Duration};

use waha::{
    Client, Error, ErrorKind, Method, Session,
    types::{ApiKey, HealthStatus, SessionInfo, SessionStatus},
};

use crate::suite::{Case, End, Target, Verdict, refused, require};

/// All of them, in the order in which they are run.
pub fn all() -> Vec<Case> {
    #[allow(unused_mut)] // without the feature
    let mut all = vec![
        Case::new("ping", |target| Box::pin(ping(target))),
        Case::new("version", |target| Box::pin(version(target))),
        Case::new("uptime", |target| Box::pin(uptime(target))),
        // Before that, only paying users had it.
        Case::new("health", |target| Box::pin(health(target))).since(2026, 6, 1),
        Case::new("environment", |target| Box::pin(environment(target))),
        // The free edition of older releases asks for no key.
        Case::new("no key", |target| Box::pin(no_key(target))).since(2026, 7, 1),
        Case::new("another key", |target| Box::pin(another_key(target))).since(2026, 7, 1),
        Case::new("unknown path", |target| Box::pin(unknown_path(target))),
        Case::new("invalid query", |target| Box::pin(invalid_query(target))),
        Case::new("sessions", |target| Box::pin(sessions(target))),
        Case::new("unknown session", |target| Box::pin(unknown_session(target))).since(2026, 7, 1),
        Case::new("session that does not work", |target| Box::pin(not_working(target))).since(2026, 7, 1),
        Case::new("QR code", |target| Box::pin(qr_code(target))),
        Case::new("QR code of a session that works", |target| Box::pin(qr_code_in_vain(target))).since(2026, 7, 1),
        Case::new("account", |target| Box::pin(account(target))),
        Case::new("chats", |target| Box::pin(chats(target))).since(2026, 7, 1),
        Case::new("new message id", |target| Box::pin(new_message_id(target)))
            .since(2026, 7, 1)
            .engines(&["GOWS", "NOWEB"]),
        Case::new("no message id from a browser", |target| Box::pin(no_message_id(target)))
            .since(2026, 7, 1)
            .engines(&["WEBJS", "WPP"]),
        Case::new("nobody's about without a browser", |target| Box::pin(no_about(target)))
            .since(2026, 7, 1)
            .engines(&["GOWS", "NOWEB"]),
        Case::new("keys", |target| Box::pin(keys(target))).since(2026, 7, 1),
        Case::new("life of a session", |target| Box::pin(life(target))).since(2026, 7, 1).writes(),
        Case::new("name of a session", |target| Box::pin(names(target))).since(2026, 7, 1).writes(),
        Case::new("life of a key", |target| Box::pin(life_of_a_key(target))).since(2026, 7, 1).writes(),
    ];
    #[cfg(feature = "ws")]
    all.push(Case::new("events by WebSocket", |target| Box::pin(websocket(target))).since(2026, 7, 1).writes());
    // Older releases of the free edition sign nothing.
    #[cfg(feature = "webhooks")]
    all.push(Case::new("delivery of a webhook", |target| Box::pin(webhook(target))).since(2026, 7, 1).writes());
    all
}

async fn ping(target: &Target) -> Verdict {
    let pong = target.client.observability().ping().await?;
    require(pong.message == "pong", "the answer is another one")
}

async fn version(target: &Target) -> Verdict {
    let version = target.client.observability().get_version().await?;
    let parts: Vec<_> = version.version.split('.').collect();
    let is_number = |part: &&str| part.starts_with(|first: char| first.is_ascii_digit());
    require(parts.len() == 3 && parts.iter().all(is_number), "it is not year, month and build")?;
    let engine = version.engine.to_string();
    require(["GOWS", "NOWEB", "WEBJS", "WPP"].contains(&engine.as_str()), format!("{engine} is a new engine"))
}

async fn uptime(target: &Target) -> Verdict {
    let first = target.client.observability().get_status().await?;
    let second = target.client.observability().get_status().await?;
    require(first.start_timestamp > 1_600_000_000_000, "the start is not in milliseconds")?;
    require(second.uptime >= first.uptime, "the uptime goes back")
}

async fn health(target: &Target) -> Verdict {
    let health = target.client.observability().check_health().await?;
    require(health.status == HealthStatus::Ok, format!("the server is not well: {}", health.status))
}

async fn environment(target: &Target) -> Verdict {
    target.client.observability().get_environment().await?;
    Ok(())
}

async fn no_key(target: &Target) -> Verdict {
    with_key(target, None).await
}

async fn another_key(target: &Target) -> Verdict {
    with_key(target, Some("waha-test-no-such-key")).await
}

/// Asks without the right key.
async fn with_key(target: &Target, key: Option<&str>) -> Verdict {
    if !target.has_key {
        return Err(End::Skip("there is no key, so the server may want none".to_owned()));
    }
    let builder = Client::builder(target.client.base_url().as_str()).options(target.client.options().clone());
    let client = key.map_or(builder.clone(), |key| builder.api_key(key)).build()?;
    let error = refused(client.sessions().list().await, ErrorKind::Unauthorized, 401)?;
    says(&error, "Unauthorized")
}

async fn unknown_path(target: &Target) -> Verdict {
    let error = refused(target.client.request(Method::GET, "/api/waha-test").await, ErrorKind::NotSupported, 404)?;
    says(&error, "Cannot GET /api/waha-test")
}

/// The server's validation answers with a list of problems.
async fn invalid_query(target: &Target) -> Verdict {
    let request = target.client.request(Method::GET, "/api/server/environment").query("all", "maybe");
    let error = refused(request.await, ErrorKind::InvalidRequest, 400)?;
    says(&error, "all must be a boolean value")
}

async fn sessions(target: &Target) -> Verdict {
    let sessions = target.sessions().await?;
    let names: BTreeSet<_> = sessions.iter().map(|session| &session.name).collect();
    require(names.len() == sessions.len(), "a name comes twice")?;
    for session in &sessions {
        let status = &session.status;
        require(!matches!(status, SessionStatus::Unknown(_)), format!("{status} is a new status"))?;
        let alone = target.client.session(session.name.as_str())?.get().await?;
        require(alone.name == session.name, "another session came")?;
    }
    Ok(())
}

async fn unknown_session(target: &Target) -> Verdict {
    let session = target.client.session(own_name().as_str())?;
    refused(session.get().await, ErrorKind::NotFound, 404)?;
    // Routes that need a working session answer differently.
    refused(session.chats().list().limit(1).await, ErrorKind::NotFound, 422)?;
    Ok(())
}

async fn not_working(target: &Target) -> Verdict {
    let is_wanted = |info: &SessionInfo| matches!(info.status, SessionStatus::Stopped | SessionStatus::ScanQrCode);
    let (session, info) = target.session("STOPPED or SCAN_QR_CODE", is_wanted).await?;
    let error = refused(session.chats().list().limit(1).await, ErrorKind::SessionNotReady, 422)?;
    require(error.session_status().as_ref() == Some(&info.status), format!("its status is another one: {error}"))?;
    require(error.expected_statuses().contains(&SessionStatus::Working), format!("it need not work: {error}"))
}

async fn qr_code(target: &Target) -> Verdict {
    let (session, _) = target.session("SCAN_QR_CODE", |info| info.status == SessionStatus::ScanQrCode).await?;
    qr_code_of(&session).await
}

async fn qr_code_of(session: &Session) -> Verdict {
    require(!session.qr_code().await?.value().is_empty(), "the code is empty")?;
    require(session.qr_png().await?.starts_with(b"\x89PNG\r\n"), "the picture is no PNG")
}

async fn qr_code_in_vain(target: &Target) -> Verdict {
    let (session, _) = target.session("WORKING", is_working).await?;
    let error = refused(session.qr_code().await, ErrorKind::SessionNotReady, 422)?;
    require(
        error.expected_statuses().contains(&SessionStatus::ScanQrCode),
        format!("another status is needed: {error}"),
    )
}

async fn account(target: &Target) -> Verdict {
    let (session, info) = target.session("WORKING", is_working).await?;
    let me = session.sessions().get_me().await?;
    let (Some(listed), Some(me)) = (info.me, me) else {
        return Err(End::Fail("the session works for nobody".to_owned()));
    };
    require(listed.id == me.id, "there are two accounts")?;
    require(me.id.parse::<waha::ContactId>().is_ok(), "its id is none")
}

async fn chats(target: &Target) -> Verdict {
    let (session, _) = target.session("WORKING", is_working).await?;
    match session.chats().list().limit(2).await {
        Ok(chats) => require(chats.len() <= 2, "there are more than were asked for"),
        Err(error) if error.kind() == ErrorKind::InvalidRequest => {
            Err(End::Skip(format!("the session stores no chats: {}", error.message())))
        }
        Err(error) => Err(error.into()),
    }
}

async fn new_message_id(target: &Target) -> Verdict {
    let (session, _) = target.session("WORKING", is_working).await?;
    let (first, second) =
        (session.chatting().get_new_message_id().await?, session.chatting().get_new_message_id().await?);
    require(!first.id.is_empty() && first.id != second.id, "it is not new")
}

async fn no_message_id(target: &Target) -> Verdict {
    let (session, _) = target.session("WORKING", is_working).await?;
    refused(session.chatting().get_new_message_id().await, ErrorKind::NotSupported, 501)?;
    Ok(())
}

async fn no_about(target: &Target) -> Verdict {
    let (session, info) = target.session("WORKING", |info| is_working(info) && info.me.is_some()).await?;
    let own = info.me.map(|me| me.id).unwrap_or_default();
    refused(session.contacts().get_about().contact_id(own).await, ErrorKind::NotSupported, 501)?;
    Ok(())
}

async fn keys(target: &Target) -> Verdict {
    let keys = target.client.api_keys().list().await?;
    let ids: BTreeSet<_> = keys.iter().map(|key| &key.id).collect();
    require(ids.len() == keys.len(), "an id comes twice")?;
    let is_complete = |key: &ApiKey| !key.key.is_empty() && key.is_admin != key.session.is_some();
    require(keys.iter().all(is_complete), "a key is neither an admin's nor a session's")
}

async fn life(target: &Target) -> Verdict {
    let name = with_session(target, async |session| {
        let info = session.get().await?;
        require(info.status == SessionStatus::Stopped, format!("it begins as {}", info.status))?;
        require(session.get().await?.me.is_none(), "it has an account already")?;
        session.start().await?;
        until(&session, &SessionStatus::ScanQrCode).await?;
        qr_code_of(&session).await?;
        refused(session.chats().list().limit(1).await, ErrorKind::SessionNotReady, 422)?;
        session.stop().await?;
        until(&session, &SessionStatus::Stopped).await?;
        // Stopping it twice is no error.
        session.stop().await?;
        Ok(session.name().to_string())
    })
    .await?;
    let session = target.client.session(name.as_str())?;
    refused(session.get().await, ErrorKind::NotFound, 404)?;
    session.delete().await?;
    Ok(())
}

async fn names(target: &Target) -> Verdict {
    let wrong = serde_json::json!({ "name": "waha test", "start": false });
    let error = refused(
        target.client.request(Method::POST, "/api/sessions").json(&wrong).await,
        ErrorKind::InvalidRequest,
        400,
    )?;
    require(error.message().contains("alphanumeric"), format!("another reason: {error}"))?;
    with_session(target, async |session| {
        let error = refused(session.create().start(false).await, ErrorKind::AlreadyExists, 422)?;
        require(error.message().contains(session.name().as_str()), "the name that is taken is not named")
    })
    .await
}

#[cfg(feature = "ws")]
async fn websocket(target: &Target) -> Verdict {
    with_session(target, async |session| crate::websocket::delivery(&session).await).await
}

#[cfg(feature = "webhooks")]
async fn webhook(target: &Target) -> Verdict {
    with_session(target, async |session| crate::webhook::delivery(target, &session).await).await
}

/// A key of a session opens that session and no other.
async fn life_of_a_key(target: &Target) -> Verdict {
    if !target.has_key {
        return Err(End::Skip("there is no key, so the server may want none".to_owned()));
    }
    with_session(target, async |session| {
        let keys = target.client.api_keys();
        let key = keys.create().session(session.name()).is_admin(false).is_active(true).await?;
        let verdict = try_key(target, &session, &key).await;
        keys.delete().id(&key.id).await?;
        verdict?;
        refused(keys.delete().id(&key.id).await, ErrorKind::NotFound, 404)?;
        refused(client_with(target, &key)?.sessions().list().await, ErrorKind::Unauthorized, 401)?;
        Ok(())
    })
    .await
}

async fn try_key(target: &Target, session: &Session, key: &ApiKey) -> Verdict {
    require(key.session.as_deref() == Some(session.name().as_str()), "it is a key of another session")?;
    let listed = target.client.api_keys().list().await?;
    require(listed.iter().any(|other| other.id == key.id), "it is not in the list")?;
    let client = client_with(target, key)?;
    let visible = client.sessions().list().all(true).await?;
    require(visible.iter().all(|info| info.name == session.name().as_str()), "it shows other sessions")?;
    refused(client.api_keys().list().await, ErrorKind::Forbidden, 403)?;
    Ok(())
}

fn client_with(target: &Target, key: &ApiKey) -> Result<Client, Error> {
    let client = Client::builder(target.client.base_url().as_str()).api_key(&key.key);
    client.options(target.client.options().clone()).build()
}

/// The server's own words.
fn says(error: &Error, words: &str) -> Verdict {
    require(error.message() == words, format!("its words are others: {error}"))
}

fn is_working(info: &SessionInfo) -> bool {
    info.status == SessionStatus::Working
}

/// A name that nobody else has.
fn own_name() -> String {
    format!("waha-test-{:08x}", fastrand::u32(..))
}

/// Runs `work` with a new, stopped session, and deletes the session even if `work` fails.
async fn with_session<T>(target: &Target, work: impl AsyncFnOnce(Session) -> Verdict<T>) -> Verdict<T> {
    let session = target.client.session(own_name().as_str())?;
    session.create().start(false).await?;
    let verdict = work(session.clone()).await;
    session.delete().await.map_err(|error| End::Fail(format!("{} is left behind: {error}", session.name())))?;
    verdict
}

/// Waits for a status, a minute at the most.
async fn until(session: &Session, status: &SessionStatus) -> Verdict {
    let mut last = session.get().await?.status;
    for _ in 0..120 {
        if last == *status {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        last = session.get().await?.status;
    }
    Err(End::Fail(format!("it never became {status}, and is {last}")))
}
