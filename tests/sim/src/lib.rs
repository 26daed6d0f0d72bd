//! A stand-in for WAHA, the self-hosted WhatsApp HTTP API, that runs in the same process.
//!
//! It listens on a real socket, so that a client under test does everything it would do against
//! the real server, and answers what the real server would answer, its oddities included: empty
//! bodies, bare text sent as HTML, one error shape per kind of error. It stands for one version of
//! the server, 2026.9.2, and never guesses: a route or a request which it does not model is
//! answered 501, with a message that says so.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let server = waha_sim::Server::builder()
//!     .api_key("secret")
//!     .session("default")
//!     .contact("11111111111@c.us", |contact| contact.name("Ada"))
//!     .start()
//!     .await?;
//! assert!(server.url().starts_with("http://127.0.0.1:"));
//! # Ok(())
//! # }
//! ```
//!
//! Left out on purpose: the waiting before a 422 and the pauses of stop and restart (a test should
//! not pay for them), the start-up of a session (it is over as soon as `start` has answered), and
//! headers meant for browsers and proxies (CORS, `ETag`, `traceparent`).

mod auth;
mod body;
mod checks;
mod engine;
mod error;
mod extract;
mod ids;
mod paging;
mod pictures;
mod reply;
mod request_log;
mod routes;
mod server;
mod session;
mod shapes;
mod state;
mod time;
mod whatsapp;

pub use engine::Engine;
pub use request_log::Recorded;
pub use server::{Builder, Server};
pub use session::SessionStatus;
pub use whatsapp::Contact;
