//! What has happened, and who hears of it.

use serde_json::{Map, Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::{World, session::Session, version};
use crate::{
    Fault, fault, json,
    webhook::{Delivery, Webhook},
    wire::Step,
};

/// What has to be named to be heard: `*` does not stand for it.
const ONLY_BY_NAME: [&str; 2] = ["state.change", "engine.event"];

/// How long an event is kept back at most, in milliseconds.
const LATEST: u64 = 1000;

/// Those who want to hear of events.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    /// The webhook of every session, if there is one.
    pub(crate) everywhere: Option<Webhook>,
    /// Takes what is to be delivered; none until the server runs.
    pub(crate) deliveries: Option<UnboundedSender<Delivery>>,
    pub(crate) feeds: Vec<Feed>,
    /// All that has happened so far.
    pub(crate) log: Vec<Value>,
    /// What is kept back until after the next delivery.
    held: Vec<Delivery>,
}

/// A WebSocket and what it wants to hear of.
#[derive(Debug)]
pub(crate) struct Feed {
    /// All sessions if there is none.
    pub(crate) session: Option<String>,
    pub(crate) events: Vec<String>,
    pub(crate) frames: UnboundedSender<Frame>,
}

/// What a WebSocket is told to do.
#[derive(Debug, Clone)]
pub(crate) enum Frame {
    Text(String),
    /// Bytes that HTTP and WebSockets know nothing of; the connection ends with them if `is_last`.
    Raw {
        steps: Vec<Step>,
        is_last: bool,
    },
    Ping,
    Close {
        code: u16,
        reason: String,
    },
    /// Neither sends nor reads anything any more, and stays connected.
    Stall,
}

/// Whether a list of event names covers an event.
pub(crate) fn covers<S: AsRef<str>>(names: &[S], event: &str) -> bool {
    let mut names = names.iter().map(S::as_ref);
    names.any(|name| name == event || name == "*" && !ONLY_BY_NAME.contains(&event))
}

impl World {
    /// Tells the webhooks and WebSockets of a session what has happened.
    pub(crate) fn emit(&mut self, session: &str, event: &'static str, payload: Value) {
        let Some(envelope) = self.envelope(session, event, payload) else { return };
        let timestamp = envelope.get("timestamp").and_then(Value::as_u64).unwrap_or_else(|| self.now());
        let fault = self.faults.of_event(event, &mut self.chance);
        let wire = fault.as_ref().map(Fault::delivery).unwrap_or_default();
        let body = match &fault {
            None => json::write(&envelope),
            Some(fault) => fault.edit_event(json::write(&envelope)),
        };
        self.hub.log.push(envelope);
        if wire.drops_websockets {
            self.hub.feeds.clear();
        }
        let own = self.sessions.get(session).map(Session::webhooks).unwrap_or_default();
        let webhooks: Vec<_> = own.into_iter().chain(self.hub.everywhere.clone()).collect();
        let webhooks = webhooks.into_iter().filter(|webhook| covers(&webhook.events, event));
        if wire.is_lost {
            return;
        }
        let frame = match &fault {
            None => Frame::text(body.clone()),
            Some(fault) => fault.frame(body.clone()),
        };
        self.hub.feeds.retain(|feed| {
            let wanted = feed.session.as_deref().is_none_or(|name| name == session) && covers(&feed.events, event);
            // A WebSocket that is gone is forgotten.
            !wanted || feed.frames.send(frame.clone()).is_ok()
        });
        let headers = fault.as_ref().map(Fault::headers).unwrap_or_default();
        for webhook in webhooks {
            let id = format!("{:032x}", self.random.u128(..));
            let delivery = Delivery {
                webhook,
                event,
                body: body.clone().into(),
                id,
                timestamp,
                age: self.age,
                headers: headers.clone(),
                is_tampered: wire.is_tampered,
            };
            self.deliver(delivery, wire);
        }
    }

    fn envelope(&mut self, session: &str, event: &str, payload: Value) -> Option<Value> {
        let known = self.sessions.get(session)?;
        let (metadata, me) = (known.config.get("metadata").cloned(), known.me(self.engine));
        let mut envelope = Map::new();
        if self.age.numbers_events() {
            envelope.insert("id".into(), format!("evt_{}", self.ulid()).into());
            envelope.insert("timestamp".into(), self.now().into());
        }
        envelope.extend([("event".into(), event.into()), ("session".into(), session.into())]);
        envelope.extend(metadata.map(|metadata| ("metadata".into(), metadata)));
        envelope.extend([
            ("me".into(), me.into()),
            ("payload".into(), payload),
            ("engine".into(), self.engine.as_str().into()),
            ("environment".into(), version(self.engine, self.age)),
        ]);
        Some(envelope.into())
    }

    fn deliver(&mut self, delivery: Delivery, wire: fault::Delivery) {
        if wire.is_late {
            self.hub.held.push(delivery);
            // Late is not never, even when nothing else happens.
            self.later(LATEST, |world| world.hub.release());
            return;
        }
        if wire.is_doubled {
            self.hub.send(delivery.clone());
        }
        self.hub.send(delivery);
        self.hub.release();
    }
}

impl Hub {
    /// Tells all WebSockets to do something.
    pub(crate) fn tell_all(&self, frame: &Frame) {
        for feed in &self.feeds {
            // A WebSocket that is gone need not do it.
            let _ = feed.frames.send(frame.clone());
        }
    }

    fn send(&self, delivery: Delivery) {
        if let Some(deliveries) = &self.deliveries {
            // The task which takes them ends with the server, and then nobody is left to hear of it.
            let _ = deliveries.send(delivery);
        }
    }

    /// Sends what was kept back.
    fn release(&mut self) {
        for delivery in std::mem::take(&mut self.held) {
            self.send(delivery);
        }
    }
}

/// What a webhook is told when a session has got to another status.
pub(crate) fn status_payload(name: &str, session: &Session, data: Value) -> Value {
    let statuses = session.statuses().iter();
    let statuses = statuses.map(|(status, at)| json!({ "status": status.as_str(), "timestamp": at }));
    json!({ "name": name, "status": session.status().as_str(), "statuses": statuses.collect::<Vec<_>>(), "data": data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_all_but_two() {
        assert!(covers(&["*"], "message"));
        assert!(!covers(&["*"], "engine.event"));
        assert!(covers(&["*", "engine.event"], "engine.event"));
        assert!(!covers(&["message"], "message.any"));
        assert!(!covers::<&str>(&[], "message"));
    }
}
