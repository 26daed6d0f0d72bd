//! Events: what happens in a session, as the server reports it by webhook and by WebSocket.
//!
//! An [`Event`] is an envelope (which session, when, on which engine) around a [`Payload`], an enum with a variant for each
//! kind of event. [`Event::from_slice`] reads one from the bytes of a delivery.
//!
//! ```
//! use waha::events::{Event, Payload};
//!
//! # fn main() -> Result<(), waha::Error> {
//! let event = Event::from_slice(br#"{
//!     "id": "evt_01m32c3wqv9107mxkzxtyr3kfe", "timestamp": 1790007440123, "event": "message", "session": "default",
//!     "payload": {"id": "false_11111111111@c.us_AAAA", "timestamp": 1790007440, "from": "11111111111@c.us",
//!                 "fromMe": false, "body": "ping", "hasMedia": false}
//! }"#)?;
//! match &event.payload {
//!     Payload::Message(message) => println!("{}: {:?}", event.session, message.body),
//!     Payload::SessionStatus(change) => println!("{} is {}", change.name, change.status),
//!     Payload::Undecodable { event, error, .. } => eprintln!("{event}: {error}"),
//!     _ => {}
//! }
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "axum")]
pub mod axum;
mod chat;
mod dispatcher;
mod event;
mod message;
mod payload;
mod read;
mod seen;
#[cfg(feature = "ws")]
mod stream;
mod time;
#[cfg(feature = "ws")]
mod track;
#[cfg(feature = "webhooks")]
mod verifier;
mod webhook;

pub use dispatcher::{DispatchError, Dispatcher};
pub use event::Event;
pub use message::EventMessage;
pub use payload::Payload;
pub use seen::SeenEvents;
#[cfg(feature = "ws")]
pub use stream::{CatchUp, CaughtUp, EventListener, EventStream, Gap, Received, StreamStats, WhenFull};
#[cfg(feature = "ws")]
pub use track::{Receipt, Track};
#[cfg(feature = "webhooks")]
pub use verifier::{Verifier, VerifyError};
pub use webhook::SetUpWebhook;
