//! One WebSocket: how it is opened, what it reads, how it ends.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE},
};
use reqwest::Upgraded;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Message,
        error::{CapacityError, ProtocolError},
        handshake::{client::generate_key, derive_accept_key},
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};
use url::Url;

use crate::{
    Client, Error, ErrorKind, client::API_KEY, http::upgrade::upgrade, operation::EVENTS, redaction::Redactor,
};

/// How many messages are read and thrown away before a connection is closed.
const MAX_DRAINED: usize = 1000;

/// What older servers close with if they are asked for the events of one session.
const ONLY_ALL_SESSIONS: u16 = 4001;

/// What a connection is opened for.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// All sessions if there is none.
    pub(super) session: Option<String>,
    /// All events of the server's choice if there are none.
    pub(super) events: Vec<String>,
    /// The largest message that is read, in bytes.
    pub(super) max_size: usize,
}

/// Why a connection ended.
pub(super) enum Ended {
    /// It was lost, and another one may work.
    Lost(Error),
    /// The server does not want this client.
    Refused(Error),
    /// The server sends the events of all sessions or none.
    OnlyAllSessions(Error),
}

/// A message of the server.
pub(super) enum Incoming {
    Frame(Bytes),
    Ping,
    /// Something without meaning, which shows that the server is there.
    Other,
}

/// An open WebSocket. Dropping it tells the server, as far as that is possible without waiting.
pub(super) struct Socket {
    stream: WebSocketStream<Observed<Upgraded>>,
    max_size: usize,
}

impl Socket {
    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// Those of any call, and [`ErrorKind::NotSupported`] if no WebSocket was opened.
    pub(super) async fn open(client: &Client, target: &Target) -> Result<Self, Error> {
        let key = generate_key();
        let accept = derive_accept_key(key.as_bytes());
        let check = |headers: &HeaderMap| match headers.get(SEC_WEBSOCKET_ACCEPT) {
            Some(value) if value.as_bytes() == accept.as_bytes() => Ok(()),
            _ => Err(Error::new(ErrorKind::NotSupported, "the server agreed to another protocol than a WebSocket")),
        };
        let url = target.url(client)?;
        let connection = upgrade(client.clone(), &EVENTS, url, headers(&key)?, check).await?;
        let config =
            WebSocketConfig::default().max_message_size(Some(target.max_size)).max_frame_size(Some(target.max_size));
        let connection = Observed { inner: connection, last_read: Instant::now() };
        let stream = WebSocketStream::from_raw_socket(connection, Role::Client, Some(config)).await;
        Ok(Self { stream, max_size: target.max_size })
    }

    /// Returns when something was last read.
    pub(super) fn last_read(&self) -> Instant {
        self.stream.get_ref().last_read
    }

    /// Counts a time in which nothing was read as one in which the server was silent no longer.
    pub(super) fn excuse_silence(&mut self) {
        self.stream.get_mut().last_read = Instant::now();
    }

    /// Reads the next message. A ping is answered when the next one is read.
    pub(super) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
        redactor: &Redactor,
    ) -> Poll<Result<Incoming, Ended>> {
        let message = match self.stream.poll_next_unpin(context) {
            Poll::Ready(message) => message,
            Poll::Pending => return Poll::Pending,
        };
        Poll::Ready(match message {
            Some(Ok(Message::Text(text))) => Ok(Incoming::Frame(text.into())),
            Some(Ok(Message::Binary(bytes))) => Ok(Incoming::Frame(bytes)),
            Some(Ok(Message::Ping(_))) => Ok(Incoming::Ping),
            Some(Ok(Message::Pong(_) | Message::Frame(_))) => Ok(Incoming::Other),
            Some(Ok(Message::Close(frame))) => Err(closed(frame, redactor)),
            Some(Err(error)) => Err(Ended::Lost(broken(error, self.max_size))),
            None => Err(Ended::Lost(lost("the connection was closed without a reason"))),
        })
    }

    /// Asks whether the server is there.
    pub(super) async fn ping(&mut self) -> Result<(), Ended> {
        self.send(Message::Ping(Bytes::new())).await
    }

    /// Says that this client is there, without having been asked.
    pub(super) async fn pong(&mut self) -> Result<(), Ended> {
        self.send(Message::Pong(Bytes::new())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        self.stream.send(message).await.map_err(|error| Ended::Lost(broken(error, self.max_size)))
    }

    /// Closes the connection, and waits until the server has agreed.
    pub(super) async fn close(&mut self) {
        if self.stream.send(close_message()).await.is_ok() {
            while let Some(Ok(_)) = self.stream.next().await {}
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        let mut stream = Pin::new(&mut self.stream);
        // A connection that is closed with bytes unread is reset, and what was written last may be lost.
        for _ in 0..MAX_DRAINED {
            if !matches!(stream.as_mut().poll_next(&mut context), Poll::Ready(Some(Ok(_)))) {
                break;
            }
        }
        // None of this can fail in a way that matters: the connection is given up.
        let _ = stream.as_mut().start_send(close_message());
        let _ = stream.as_mut().poll_flush(&mut context);
        let _ = Pin::new(stream.get_mut().get_mut()).poll_shutdown(&mut context);
    }
}

fn close_message() -> Message {
    Message::Close(Some(CloseFrame { code: CloseCode::Normal, reason: Default::default() }))
}

impl Target {
    fn url(&self, client: &Client) -> Result<Url, Error> {
        let mut url = Url::parse(&format!("{}{}", client.base_text(), EVENTS.path())).map_err(|error| {
            Error::new(ErrorKind::Configuration, format!("the base URL cannot be extended: {error}"))
        })?;
        let mut query = url.query_pairs_mut();
        query.append_pair("session", self.session.as_deref().unwrap_or("*"));
        if !self.events.is_empty() {
            query.append_pair("events", &self.events.join(","));
        }
        if let Some(key) = client.api_key() {
            // The server reads the key of a WebSocket from nowhere else.
            query.append_pair(API_KEY, &String::from_utf8_lossy(key.as_bytes()));
        }
        drop(query);
        Ok(url)
    }
}

fn headers(key: &str) -> Result<HeaderMap, Error> {
    let key = HeaderValue::from_str(key)
        .map_err(|_| Error::new(ErrorKind::InvalidRequest, "the key of the WebSocket cannot be sent"))?;
    let headers: [(HeaderName, HeaderValue); 4] = [
        (CONNECTION, HeaderValue::from_static("Upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
        (SEC_WEBSOCKET_KEY, key),
    ];
    Ok(headers.into_iter().collect())
}

/// The end that a close frame means.
fn closed(frame: Option<CloseFrame>, redactor: &Redactor) -> Ended {
    let Some(CloseFrame { code, reason }) = frame else {
        return Ended::Lost(lost("the server closed the connection without a reason"));
    };
    let code = u16::from(code);
    let reason = redactor.hide(reason.as_str());
    if code == u16::from(CloseCode::Policy) {
        let (kind, hint) = match &*reason {
            "Unauthorized" => (ErrorKind::Unauthorized, Some("the server wants an API key that it knows")),
            "Forbidden" => (ErrorKind::Forbidden, Some("the API key needs the right to read this session")),
            _ => (ErrorKind::Other, None),
        };
        let error = Error::new(kind, format!("the server refuses to send events ({code}: {reason})"));
        let error = error.with_operation(&EVENTS);
        return Ended::Refused(match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        });
    }
    let error = lost(&format!("the server closed the connection ({code}: {reason})"));
    if code == ONLY_ALL_SESSIONS { Ended::OnlyAllSessions(error) } else { Ended::Lost(error) }
}

/// The error of a connection that broke.
fn broken(error: tungstenite::Error, max_size: usize) -> Error {
    use tungstenite::Error as Failure;
    let (kind, message) = match &error {
        Failure::Capacity(CapacityError::MessageTooLong { size, .. }) => (
            ErrorKind::Decode,
            format!(
                "the server sent an event of {size} bytes or more, and the limit is {max_size} \
                 (`EventListener::max_event_size`)"
            ),
        ),
        Failure::Utf8(_) => (ErrorKind::Decode, "the server sent an event that is not UTF-8".to_owned()),
        Failure::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            (ErrorKind::Connection, "the connection was closed without a reason".to_owned())
        }
        Failure::Protocol(problem) => {
            (ErrorKind::Decode, format!("the server does not keep to the rules of WebSockets: {problem}"))
        }
        Failure::Io(error) => (ErrorKind::Connection, format!("the connection broke ({error})")),
        other => (ErrorKind::Connection, format!("the connection broke ({other})")),
    };
    Error::new(kind, message).with_source(error).with_operation(&EVENTS)
}

/// The error of a connection that was lost for no reason of its own.
pub(super) fn lost(message: &str) -> Error {
    Error::new(ErrorKind::Connection, message).with_operation(&EVENTS)
}

/// A connection that remembers when it last brought something. Messages alone would not tell: a large one takes its time.
struct Observed<S> {
    inner: S,
    last_read: Instant,
}

impl<S: AsyncRead + Unpin> AsyncRead for Observed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.last_read = Instant::now();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Observed<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
