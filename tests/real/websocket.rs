//! The stream of events of a session, over a WebSocket.

use std::time::Duration;

use tokio::time::timeout;
use waha::{Session, events::Payload, types::EventName};

use crate::suite::{End, Verdict, require};

/// Starts a session, whose server has to tell of that.
pub async fn delivery(session: &Session) -> Verdict {
    let mut events = session.events().only([EventName::SessionStatus]).connect().await?;
    session.start().await?;
    let Ok(event) = timeout(Duration::from_secs(60), events.next_event()).await else {
        return Err(End::Fail("nothing came within 60 s".to_owned()));
    };
    let Some(event) = event? else { return Err(End::Fail("the stream has ended".to_owned())) };
    require(event.session == session.name().as_str(), "it is an event of another session")?;
    require(matches!(event.payload, Payload::SessionStatus(_)), format!("it is the event {}", event.name()))?;
    require(events.stats().reconnects == 0, "the connection was lost")?;
    events.close().await;
    Ok(())
}
