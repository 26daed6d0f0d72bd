//! A stand-in for WAHA, the self-hosted WhatsApp HTTP API: to develop and test a bot without a phone and without a
//! server.
//!
//! It listens on a real socket, so that a client under test does everything it would do against the real server, and
//! answers what the real server would answer, its oddities included: empty bodies, bare text sent as HTML, answers that
//! depend on the engine, one error shape per kind of error. It stands for one version of the server, 2026.9.2, and for
//! four [engines](Engine).
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
//! // Point the bot to `server.url()`, then look at what it has done:
//! assert!(server.requests().is_empty() && server.events().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! - **Requests** are held against the API's document. Where the real server checks them they are refused in its words;
//!   where it does not, the engine stumbles with a 500, or takes them. [`Recorded::violations`] tells the difference.
//! - **It never guesses.** An operation of which nothing is known but its schema answers a sample of that, with the
//!   header `x-waha-sim: sample`; a path which the document leaves out is answered 501, with a message that says so.
//! - **Nothing is left to chance.** Ids come from a [seed](Builder::seed), and the clock stands still until
//!   [`Server::advance`] moves it, unless it is to go with [real time](Builder::real_time).
//! - **It does not go out.** A file that is given by its address is not fetched, and nothing is converted: other bytes of
//!   the right type stand in.
//! - **Events** reach webhooks and WebSockets as they do in the real server, and [`Server::events`].
//! - **Other people** act when a test tells them to, or [by themselves](Person).
//! - **Anything can go wrong**, from a 429 to a connection that is reset in the middle: see [`Fault`].
//!
//! # Test your bot
//!
//! As a library, for a bot in Rust: a server for each test, which takes milliseconds and a port of its own.
//!
//! ```toml
//! [dev-dependencies]
//! waha-sim = { path = "../waha/sim" } # from a checkout of this repository
//! ```
//!
//! Let people write with [`Server::receive`], or by themselves as a [`Person`]; let the bot run; then hold against each
//! other what was asked ([`Server::requests`]) and what should have been. [`Server::fault`] shows whether the bot bears
//! a lost answer without sending twice, and the other [engines](Builder::engine) whether it depends on one. The example
//! `bot` of this repository ends in such tests.
//!
//! As a program, for a bot in any language: `/sim/…` takes the place of what [`Server`] can do.
//!
//! ```sh
//! cargo run -p waha-sim -- --session default --webhook http://localhost:8000/
//! curl -X POST 'http://localhost:3000/sim/receive?session=default&from=11111111111&text=ping'
//! curl http://localhost:3000/sim/state
//! ```
//!
//! # What is left out
//!
//! By default a call for a session that does not work is refused at once and a session starts at once, because a test
//! should not pay for waiting; [`Builder::patient`] and [`Builder::start_up`] change that. Left out on purpose are the
//! pauses of stop and restart, and the headers `ETag` and `traceparent`.

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
mod pipe;
mod qr;
mod query;
mod refusal;
mod reply;
mod request_log;
mod routes;
mod sample;
mod server;
mod shapes;
mod state;
mod status;
mod time;
mod validate;
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
pub use state::{channel::Channel, contact::Contact, group::Group, presence::Presence};
pub use status::SessionStatus;
