// Its code needs the features that it shows.
#![cfg_attr(any(not(doctest), feature = "ws"), doc = include_str!("../README.md"))]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod batch;
pub mod builder;
mod client;
mod debug;
mod error;
pub mod events;
mod generated;
pub mod guide;
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
mod paging;
mod path;
mod policy;
mod redaction;
pub mod resources;
#[cfg(feature = "schemars")]
mod schema;
mod text;
pub mod views;

pub use self::http::{download::DownloadFile, request::Request};
pub use ::bytes::Bytes;
pub use ::http::{HeaderMap, Method, StatusCode};
pub use batch::{Batch, BatchResults, Progress};
pub use client::{Client, ClientBuilder, options::RequestOptions};
pub use error::{Error, ErrorBody, ErrorException, ErrorKind};
pub use events::Event;
pub use generated::types;
pub use handles::{Channel, Chat, Contact, Group, Session};
pub use ids::{
    ChannelId, ChatId, ChatIdOrAll, ChatKind, ContactId, GroupId, Lid, Mention, MessageId, PhoneNumber, SessionName,
};
pub use input::OneOrMany;
pub use json::Json;
pub use media::{Download, Media};
pub use operation::{Operation, Since};
pub use paging::Pages;
pub use policy::{AtLimit, Batching, Limits, RefreshLimits, Retry};
pub use progenitor_client::ResponseValue;
pub use views::{Message, SentMessage};
