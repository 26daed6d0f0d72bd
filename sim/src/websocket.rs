//! `/ws`: events as text frames, one envelope each.

use axum::{
    extract::{
        ConnectInfo, Request, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code, rejection::WebSocketUpgradeRejection},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

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
    wire::Wire,
};

/// How often the server asks whether the client is still there, in milliseconds.
const HEARTBEAT: u64 = 60_000;

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
            Err(error) => turn_away(socket, &error).await,
        }
        app.log.websocket(app.clock.now(), "closed", &recorded.path_and_query);
    })
}

fn admit(app: &App, query: &Query) -> Result<UnboundedReceiver<Frame>, Error> {
    // Only here the name of the key is taken in any case.
    let key = query.pairs().iter().find(|(name, _)| name.eq_ignore_ascii_case(auth::NAME));
    let key = key.map(|(_, value)| value.as_bytes());
    let mut world = app.world();
    let access = auth::access(app, &world, key)?;
    let asked = query.get("session").filter(|name| *name != "*" && !name.is_empty());
    access.check(Action::Read, asked)?;
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
async fn feed(mut socket: WebSocket, mut frames: UnboundedReceiver<Frame>, app: &App, wire: &Wire) {
    let mut answered = true;
    let mut heartbeat = app.clock.now().saturating_add(HEARTBEAT);
    loop {
        let sent = tokio::select! {
            frame = frames.recv() => match frame {
                Some(Frame::Text(text)) => socket.send(Message::text(text)).await,
                Some(Frame::Ping) => socket.send(Message::Ping(Default::default())).await,
                Some(Frame::Raw { steps, is_last: false }) => {
                    wire.run(steps).await;
                    Ok(())
                }
                Some(Frame::Raw { steps, is_last: true }) => return wire.play(steps).await,
                Some(Frame::Close { code, reason }) => return close(socket, code, reason).await,
                Some(Frame::Stall) => return stall(frames).await,
                None => return,
            },
            received = socket.recv() => match received {
                Some(Ok(Message::Pong(_))) => {
                    answered = true;
                    Ok(())
                }
                // Whatever else a client says, nobody listens.
                Some(Ok(_)) => Ok(()),
                Some(Err(_)) | None => return,
            },
            () = app.clock.sleep_until(heartbeat) => {
                if !answered {
                    return;
                }
                answered = false;
                heartbeat = app.clock.now().saturating_add(HEARTBEAT);
                socket.send(Message::Ping(Default::default())).await
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

async fn turn_away(socket: WebSocket, error: &Error) {
    let reason = match error {
        Error::Forbidden => "Forbidden",
        _ => "Unauthorized",
    };
    close(socket, close_code::POLICY, reason.to_owned()).await;
}

async fn close(mut socket: WebSocket, code: u16, reason: String) {
    let frame = CloseFrame { code, reason: reason.into() };
    // The client may be gone already, which is what is wanted.
    let _ = socket.send(Message::Close(Some(frame))).await;
}

/// Holds the connection, and does nothing, until the server drops it.
async fn stall(mut frames: UnboundedReceiver<Frame>) {
    while frames.recv().await.is_some() {}
}
