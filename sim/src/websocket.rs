//! `/ws`: events as text frames, one envelope each.

use axum::{
    extract::{
        ConnectInfo, Request, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code, rejection::WebSocketUpgradeRejection},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
};
use futures_util::{
    Sink, SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{
    auth::{self, Access, Action},
    dispatch,
    error::Error,
    query::Query,
    reply,
    request_log::Recorded,
    state::{
        App,
        events::{Feed, Frame},
    },
    wire::{Step, Wire},
};

/// What an old server closes with when it is asked for the events of one session.
const ONLY_ALL_SESSIONS: u16 = 4001;

/// The reason that it gives.
const ONLY_ALL_SESSIONS_REASON: &str =
    r#"{"error":"Only connecting to all sessions is allowed for now, use session=*"}"#;

/// Accepts every connection, and closes at once those which may not listen, unless a fault interferes.
pub(crate) async fn accept(
    State(app): State<App>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    request: Request,
) -> Response {
    let uri = request.uri().clone();
    let Some(recorded) = Recorded::read(request).await else { return reply::empty(StatusCode::BAD_REQUEST) };
    let number = app.requests.add(recorded.clone());
    let fault = app.world().fault(&recorded);
    if let Some(fault) = fault {
        fault.wait().await;
        if let Some(outcome) = dispatch::refused(&fault, &app, &recorded, number).await {
            return dispatch::send(outcome, &app, &wire, &recorded).await;
        }
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    // It listens before the client is told that it is there, so that nothing is missed.
    let admitted = admit(&app, &Query::of(&uri));
    upgrade.on_upgrade(move |socket| async move {
        let _in_use = wire.in_use();
        app.log.websocket(app.clock.now(), "connected", &recorded.path_and_query);
        match admitted {
            Ok(frames) => feed(socket, frames, &app, &wire).await,
            Err(Refusal { code, reason }) => close(socket, code, reason.to_owned()).await,
        }
        app.log.websocket(app.clock.now(), "closed", &recorded.path_and_query);
    })
}

/// Why a client may not listen, as it is told in a close frame.
struct Refusal {
    code: u16,
    reason: &'static str,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let reason = match error {
            Error::Forbidden => "Forbidden",
            _ => "Unauthorized",
        };
        Self { code: close_code::POLICY, reason }
    }
}

fn admit(app: &App, query: &Query) -> Result<UnboundedReceiver<Frame>, Refusal> {
    // Only here the name of the key is taken in any case.
    let key = query.pairs().iter().find(|(name, _)| name.eq_ignore_ascii_case(auth::NAME));
    let key = key.map(|(_, value)| value.as_bytes());
    let mut world = app.world();
    let access = auth::access(app, &world, key)?;
    let asked = query.get("session").filter(|name| *name != "*" && !name.is_empty());
    access.check(Action::Read, asked)?;
    if asked.is_some() && !world.age.knows_sessions_of_websockets() {
        return Err(Refusal { code: ONLY_ALL_SESSIONS, reason: ONLY_ALL_SESSIONS_REASON });
    }
    let session = match (asked, access) {
        (None, Access::Session { name, .. }) => Some(name),
        (asked, _) => asked.map(str::to_owned),
    };
    let mut events: Vec<_> = query.list("events").into_iter().map(str::to_owned).collect();
    if events.is_empty() {
        events.push("*".to_owned());
    }
    let (frames, waiting) = unbounded_channel();
    world.hub.feeds.push(Feed { session, events, frames });
    Ok(waiting)
}

/// Sends until the client is gone, has not answered a ping by the next one, or the server drops it.
async fn feed(socket: WebSocket, frames: UnboundedReceiver<Frame>, app: &App, wire: &Wire) {
    let (mut sink, stream) = socket.split();
    let (pings, due) = unbounded_channel();
    // A client that does not take what it is sent is heard all the same.
    let end = tokio::select! {
        end = send(&mut sink, frames, due, wire) => end,
        () = watch(stream, &pings, app) => return,
    };
    match end {
        End::Gone => {}
        End::Play(steps) => wire.play(steps).await,
        End::Close { code, reason } => send_close(&mut sink, code, reason).await,
        End::Stall(mut frames) => while frames.recv().await.is_some() {},
    }
}

/// How the server ends a connection.
enum End {
    Gone,
    Play(Vec<Step>),
    Close {
        code: u16,
        reason: String,
    },
    /// Holds it, and does nothing, until it is dropped.
    Stall(UnboundedReceiver<Frame>),
}

/// Sends frames, and a ping whenever one is due.
async fn send(
    sink: &mut SplitSink<WebSocket, Message>,
    mut frames: UnboundedReceiver<Frame>,
    mut due: UnboundedReceiver<()>,
    wire: &Wire,
) -> End {
    loop {
        let sent = tokio::select! {
            frame = frames.recv() => match frame {
                Some(Frame::Text(text)) => sink.send(Message::text(text)).await,
                Some(Frame::Ping) => sink.send(Message::Ping(Default::default())).await,
                Some(Frame::Raw { steps, is_last: false }) => {
                    wire.run(steps).await;
                    Ok(())
                }
                Some(Frame::Raw { steps, is_last: true }) => return End::Play(steps),
                Some(Frame::Close { code, reason }) => return End::Close { code, reason },
                Some(Frame::Stall) => return End::Stall(frames),
                None => return End::Gone,
            },
            Some(()) = due.recv() => sink.send(Message::Ping(Default::default())).await,
        };
        if sent.is_err() {
            return End::Gone;
        }
    }
}

/// Reads what the client sends, until it is gone or has not answered a ping by the next one.
async fn watch(mut stream: SplitStream<WebSocket>, pings: &UnboundedSender<()>, app: &App) {
    let interval = app.world().age.heartbeat();
    let mut is_answered = true;
    let mut heartbeat = app.clock.now().saturating_add(interval);
    loop {
        tokio::select! {
            // What has arrived counts before the time is up.
            biased;
            received = stream.next() => match received {
                Some(Ok(Message::Pong(_))) => is_answered = true,
                // Whatever else a client says, nobody listens.
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            () = app.clock.sleep_until(heartbeat) => {
                if !is_answered || pings.send(()).is_err() {
                    return;
                }
                is_answered = false;
                heartbeat = app.clock.now().saturating_add(interval);
            }
        }
    }
}

async fn close(mut socket: WebSocket, code: u16, reason: String) {
    send_close(&mut socket, code, reason).await;
}

async fn send_close(sink: &mut (impl Sink<Message> + Unpin), code: u16, reason: String) {
    let frame = CloseFrame { code, reason: reason.into() };
    // The client may be gone already, which is what is wanted.
    let _ = sink.send(Message::Close(Some(frame))).await;
}
