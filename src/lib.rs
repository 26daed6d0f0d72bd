#![doc = include_str!("../README.md")]

mod address;
mod batch;
mod client;
mod error;
mod generated;
pub mod handles;
mod http;
mod ids;
mod input;
mod json;
mod lenient;
pub mod media;
#[cfg(feature = "httpmock")]
pub mod mocks;
mod open_enum;
mod operation;
mod pace;
mod paging;
mod redaction;
mod refresh;
pub mod resources;
#[cfg(feature = "schemars")]
mod schema;
mod text;
pub mod views;

pub use self::http::request::Request;
pub use self::http::retry::Retry;
pub use self::http::{download::DownloadFile, limits::Limits};
pub use ::http::Method;
pub use batch::{Batch, BatchResults, Batching, Progress};
pub use client::options::RequestOptions;
pub use client::{Client, ClientBuilder};
pub use error::{Error, ErrorBody, ErrorKind};
pub use generated::{builder, types};
pub use handles::{Channel, Chat, Contact, Group, Session};
pub use ids::{ChannelId, ChatId, ChatKind, ContactId, GroupId, Lid, MessageId, PhoneNumber, SessionName};
pub use json::Json;
pub use media::{Download, Media};
pub use operation::Operation;
pub use paging::Pages;
pub use progenitor_client::ResponseValue;
pub use refresh::{AtLimit, RefreshLimits};
