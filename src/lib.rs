#![doc = include_str!("../README.md")]

mod batch;
mod body;
mod call;
mod client;
mod error;
mod generated;
mod hooks;
mod ids;
mod json;
mod lenient;
mod limit;
pub mod media;
#[cfg(feature = "httpmock")]
pub mod mocks;
mod open_enum;
mod operation;
mod options;
mod paging;
mod path;
mod refresh;
mod request;
mod retry;
#[cfg(feature = "schemars")]
mod schema;
pub mod scope;
mod secret;
mod task;
mod tls;
mod trace;
mod transport;
pub mod views;
mod wire;

pub use batch::{Batch, BatchResults, Batching, Progress};
pub use client::{Client, ClientBuilder};
pub use error::{Error, Kind};
pub use generated::{builder, types};
pub use http::Method;
pub use ids::{ChannelId, ChatId, ChatKind, ContactId, GroupId, Lid, MessageId, PhoneNumber, SessionName};
pub use json::Json;
pub use limit::Limits;
pub use media::{Download, Media};
pub use operation::Operation;
pub use options::RequestOptions;
pub use paging::Pages;
pub use progenitor_client::ResponseValue;
pub use refresh::{AtLimit, RefreshLimits};
pub use request::Request;
pub use retry::Retry;
pub use scope::{Channel, Chat, Contact, Group, Session};
