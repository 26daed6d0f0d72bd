//! `/ws`: events as text frames, one envelope each.

use axum::{
    extract::{
        Request, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    },
    response::Response,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::{
    auth::{self, Access, Action},
    error::Error,
    query::Query,
    state::{App, events::Feed},
};

/// How often the server asks whether the client is still there, in milliseconds.
const HEARTBEAT: u64 = 60_000;

/// Accepts every connection, and closes at once those which may not listen.
pub(crate) async fn accept(State(app): State<App>, upgrade: WebSocketUpgrade, request: Request) -> Response {
    // It listens before the client is told that it is there, so that nothing is missed.
    let admitted = admit(&app, &Query::of(request.uri()));
    upgrade.on_upgrade(move |socket| async move {
        match admitted {
            Ok(frames) => feed(socket, frames, app).await,
            Err(error) => turn_away(socket, &error).await,
        }
    })
}

fn admit(app: &App, query: &Query) -> Result<UnboundedReceiver<String>, Error> {
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
async fn feed(mut socket: WebSocket, mut frames: UnboundedReceiver<String>, app: App) {
    let mut answered = true;
    let mut heartbeat = app.clock.now().saturating_add(HEARTBEAT);
    loop {
        let sent = tokio::select! {
            frame = frames.recv() => match frame {
                Some(frame) => socket.send(Message::text(frame)).await,
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

async fn turn_away(mut socket: WebSocket, error: &Error) {
    let reason = match error {
        Error::Forbidden => "Forbidden",
        _ => "Unauthorized",
    };
    let frame = CloseFrame { code: close_code::POLICY, reason: reason.into() };
    // The client may be gone already, which is what is wanted.
    let _ = socket.send(Message::Close(Some(frame))).await;
}
