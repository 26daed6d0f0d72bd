#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod error;
mod generated;
mod hooks;
mod ids;
mod json;
mod lenient;
mod open_enum;
mod operation;
pub mod scope;
mod wire;

pub use client::{Client, ClientBuilder};
pub use error::{Error, Kind};
pub use generated::{builder, types};
pub use ids::{ContactId, SessionName};
pub use json::Json;
pub use operation::Operation;
pub use progenitor_client::{ByteStream, ResponseValue};
pub use scope::{Contact, Session};
