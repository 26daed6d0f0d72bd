//! Integration tests: the public API, over real sockets.

mod batch;
mod calls;
mod chaos;
mod client;
mod corpus;
mod documentation;
mod download;
mod engines;
mod errors;
#[cfg(feature = "ws")]
mod event_stream;
#[cfg(feature = "ws")]
mod event_stream_hostile;
#[cfg(feature = "ws")]
mod event_stream_load;
#[cfg(feature = "ws")]
mod event_stream_server;
mod events;
#[cfg(feature = "axum")]
mod events_webhook;
mod handles;
mod hostile;
#[cfg(feature = "rustls")]
#[cfg(feature = "http2")]
mod http2;
mod ids;
mod imports;
mod incoming;
mod key;
mod leniency;
mod limit;
mod media;
mod once;
mod options;
mod paging;
mod pair;
mod paths;
mod picture;
mod proxy;
mod refresh;
mod request;
mod retry;
#[cfg(feature = "schemars")]
mod schema;
mod secrets;
mod since;
mod support;
mod trace;
mod views;
mod wire;
mod words;
