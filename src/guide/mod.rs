//! The guide: a chapter for each task.
//!
//! | chapter | answers |
//! |---|---|
//! | [`pairing`] | How does a session get its phone, and stay paired? |
//! | [`sending`] | How are messages sent, and what if the answer is lost? |
//! | [`receiving`] | How does a bot hear what happens, by WebSocket or by webhook? |
//! | [`media`] | How are files sent and saved? |
//! | [`groups`] | How is a group administered, and who was refused? |
//! | [`many_sessions`] | How are many items, sessions and servers handled at a pace that WhatsApp accepts? |
//! | [`proxies_and_tls`] | What stands between the program and the server? |
//! | [`testing`] | How is a program tested without a phone? |
//! | [`coming_from`] | What are the calls of n8n, the TypeScript client and waha-py called here? |
//!
//! Every piece of code in it is compiled by the tests of this crate. Whole programs, with what they print, are in the folder
//! `examples` of the repository.

#[doc = include_str!("coming_from.md")]
pub mod coming_from {}

#[doc = include_str!("groups.md")]
pub mod groups {}

#[doc = include_str!("many_sessions.md")]
pub mod many_sessions {}

#[doc = include_str!("media.md")]
pub mod media {}

#[doc = include_str!("pairing.md")]
pub mod pairing {}

#[doc = include_str!("proxies_and_tls.md")]
pub mod proxies_and_tls {}

#[doc = include_str!("receiving.md")]
pub mod receiving {}

#[doc = include_str!("sending.md")]
pub mod sending {}

#[doc = include_str!("testing.md")]
pub mod testing {}
