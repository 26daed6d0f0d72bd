//! A stand-in for WAHA, the self-hosted WhatsApp HTTP API, to develop and test a bot without a phone and without a
//! server.
//!
//! It listens on a real socket, so that a client under test does everything it would do against the real server, and
//! answers what the real server would answer, oddities included: empty bodies, bare text sent as HTML, answers that
//! depend on the engine, one error shape per kind of error. It imitates release 2026.9.2, or an [older](Age) one, with
//! any of four [engines](Engine).
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let server = waha_sim::Server::builder()
//!     .api_key("secret")
//!     .session("default")
//!     .person("11111111111@c.us", |ada| ada.contact(|it| it.name("Ada")).replies("ping", "pong"))
//!     .start()
//!     .await?;
//! assert!(server.url().starts_with("http://127.0.0.1:"));
//! // Point the bot at `server.url()`, then look at what it has done:
//! assert!(server.requests().is_empty() && server.events().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! - **Requests** are compared with the API's OpenAPI document. Where the real server validates them, they are refused in
//!   its words; where it does not, the engine fails with a 500, or accepts them. [`Recorded::violations`] lists the
//!   differences.
//! - **It does not guess.** An operation of which only the schema is known answers a sample of it, with the header
//!   `x-waha-sim: sample`; a path that the document leaves out is answered with 501 and a message that says so.
//! - **It is deterministic.** Ids come from a [seed](Builder::seed), and the clock stands still until
//!   [`Server::advance`] moves it, unless it follows [real time](Builder::real_time).
//! - **It makes no requests of its own**, except to webhooks. A file that is given by its URL is not fetched, and nothing
//!   is converted: other bytes of the right type stand in.
//! - **Events** reach webhooks and WebSockets as they do from the real server, and [`Server::events`].
//! - **Other people** act when a test calls a method of [`Server`], or [by themselves](Person).
//! - **Anything can go wrong**, from a 429 to a connection that is reset in the middle of an answer: see [`Fault`].
//!
//! # Testing a bot
//!
//! A bot in Rust uses the library: a server for each test, which starts in milliseconds on a port of its own.
//!
//! ```toml
//! [dev-dependencies]
//! waha-sim = "0.1"
//! ```
//!
//! Let people write with [`Server::receive`], or by themselves as a [`Person`]; let the bot run; then compare what it
//! asked ([`Server::requests`]) with what it should have asked. [`Server::fault`] shows whether the bot survives a lost
//! answer without sending twice, and the other [engines](Builder::engine) show whether it depends on one.
//!
//! A bot in another language uses the program, whose control API below `/__sim/` does what [`Server`] does, and which plays
//! scenarios that are written in YAML. The README documents both.
//!
//! ```sh
//! waha-sim --session default --webhook http://localhost:8000/
//! curl -X POST localhost:3000/__sim/receive -d '{"session": "default", "from": "11111111111", "text": "ping"}'
//! curl localhost:3000/__sim/state
//! ```
//!
//! # Differences from the real server
//!
//! By default a call for a session that does not work is refused at once, and sessions start and restart at once,
//! because a test should not have to wait; [`Builder::patient`], [`Builder::start_up`] and [`Builder::restart_pause`]
//! change that. Idle connections stay open; [`Builder::keep_alive`] changes that. It speaks HTTP/1.1 only, and sends no
//! `ETag`.

mod age;
mod assets;
mod auth;
mod body;
mod builder;
mod call;
mod control;
mod cors;
mod dispatch;
mod document;
mod dump;
mod engine;
mod error;
mod fault;
mod ids;
mod incoming;
mod jobs;
mod json;
mod listener;
mod log;
mod mime;
mod paging;
mod person;
pub mod program;
mod qr;
mod query;
mod refusal;
mod reply;
mod request_log;
mod routes;
mod sample;
mod script;
mod server;
mod shapes;
mod state;
mod status;
mod time;
mod validate;
mod validation_pipe;
mod webhook;
mod websocket;
mod wire;

pub use age::Age;
pub use builder::Builder;
pub use engine::Engine;
pub use fault::{Fault, WebPage};
pub use incoming::Incoming;
pub use json::{HALF_EMOJI, INVALID_UTF8};
pub use person::Person;
pub use request_log::Recorded;
pub use server::Server;
pub use state::{channel::Channel, contact::Contact, group::Group, presence::Presence, whatsapp::Sent};
pub use status::SessionStatus;
pub use webhook::signature;

/// Compiles and runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
