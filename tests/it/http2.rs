//! HTTP/2: what a server says that it did not process is sent again, and nothing else.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split},
    net::TcpListener,
    sync::mpsc,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};
use waha::{Client, ErrorKind, Limits, Media, RequestOptions, Retry, Session};

const CHAT: &str = "11111111111@c.us";

/// Types of frames, flags and codes: RFC 9113, sections 6 and 7.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
const NO_ERROR: u32 = 0;
const ENHANCE_YOUR_CALM: u32 = 11;
const REFUSED_STREAM: u32 = 7;

/// What the server does with the requests of a connection.
#[derive(Clone, Copy)]
enum Behavior {
    /// Says after so many, with this code, that it does not process any further ones: nginx does so after
    /// `keepalive_requests`.
    EndsAfter(u32, u32),
    /// Refuses so many before it processes the others.
    Refuses(usize),
    /// Sends so many elsewhere first.
    Redirects(usize),
}

/// What has arrived at the server.
#[derive(Default)]
struct Seen {
    /// The bodies of requests that were processed.
    bodies: Vec<String>,
    /// How many requests have begun to arrive, processed or not.
    arrivals: usize,
    connections: usize,
}

/// An HTTP/2 server over TLS, which does not look at headers.
struct Server {
    url: String,
    certificate: String,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    async fn start(behavior: Behavior) -> Self {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let seen = Arc::<Mutex<Seen>>::default();
        let shared = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, seen) = (acceptor.clone(), shared.clone());
                seen.lock().unwrap().connections += 1;
                tokio::spawn(async move {
                    let stream = acceptor.accept(stream).await.unwrap();
                    // The client may close the connection at any time.
                    let _ = Connection::new(stream, seen, behavior).run().await;
                });
            }
        });
        Self { url, certificate: certified.cert.pem(), seen }
    }

    fn session(&self, change: impl FnOnce(RequestOptions) -> RequestOptions) -> Session {
        let options = RequestOptions::new().root_certificates(&self.certificate).unwrap();
        Client::builder(&self.url).options(change(options)).build().unwrap().default_session()
    }

    fn arrivals(&self) -> usize {
        self.seen.lock().unwrap().arrivals
    }
}

struct Connection<S> {
    reader: ReadHalf<S>,
    writer: mpsc::UnboundedSender<Vec<u8>>,
    seen: Arc<Mutex<Seen>>,
    behavior: Behavior,
    /// The streams that are processed, with their bodies.
    open: BTreeMap<u32, Vec<u8>>,
    /// After this stream, none is processed.
    last: Option<u32>,
}

impl<S: AsyncRead + AsyncWrite + Send + 'static> Connection<S> {
    fn new(stream: S, seen: Arc<Mutex<Seen>>, behavior: Behavior) -> Self {
        let (reader, writer) = split(stream);
        let (sender, frames) = mpsc::unbounded_channel();
        tokio::spawn(write(writer, frames));
        Self { reader, writer: sender, seen, behavior, open: BTreeMap::new(), last: None }
    }

    fn send(&self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = (payload.len() as u32).to_be_bytes();
        let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
        let _ = self.writer.send([&head, payload].concat());
    }

    async fn run(mut self) -> std::io::Result<()> {
        let mut preface = [0; 24];
        self.reader.read_exact(&mut preface).await?;
        assert!(preface.starts_with(b"PRI * HTTP/2.0"), "{preface:?}");
        // SETTINGS_INITIAL_WINDOW_SIZE, and the window of the connection: as large as they can be.
        self.send(SETTINGS, 0, 0, &[&4_u16.to_be_bytes()[..], &0x7fff_ffff_u32.to_be_bytes()].concat());
        self.send(WINDOW_UPDATE, 0, 0, &0x7fff_0000_u32.to_be_bytes());
        loop {
            let mut head = [0; 9];
            self.reader.read_exact(&mut head).await?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let stream = u32::from_be_bytes([head[5] & 0x7f, head[6], head[7], head[8]]);
            let mut payload = vec![0; length as usize];
            self.reader.read_exact(&mut payload).await?;
            let is_end = head[4] & END_STREAM != 0;
            match head[3] {
                SETTINGS if head[4] & ACK == 0 => self.send(SETTINGS, ACK, 0, &[]),
                PING if head[4] & ACK == 0 => self.send(PING, ACK, 0, &payload),
                HEADERS => self.begin(stream, is_end),
                DATA => {
                    if let Some(body) = self.open.get_mut(&stream) {
                        body.extend(&payload);
                        if is_end {
                            self.end(stream);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn begin(&mut self, stream: u32, is_end: bool) {
        let number = {
            let mut seen = self.seen.lock().unwrap();
            seen.arrivals += 1;
            seen.arrivals
        };
        match self.behavior {
            Behavior::EndsAfter(..) if self.last.is_some() => return,
            Behavior::EndsAfter(most, code) if stream.div_ceil(2) == most => {
                self.last = Some(stream);
                self.send(GOAWAY, 0, 0, &[stream.to_be_bytes(), code.to_be_bytes()].concat());
            }
            Behavior::Refuses(most) if number <= most => {
                return self.send(RST_STREAM, 0, stream, &REFUSED_STREAM.to_be_bytes());
            }
            _ => {}
        }
        assert!(!is_end, "every request of these tests has a body");
        self.open.insert(stream, Vec::new());
    }

    fn end(&mut self, stream: u32) {
        let body = self.open.remove(&stream).unwrap_or_default();
        let count = {
            let mut seen = self.seen.lock().unwrap();
            seen.bodies.push(String::from_utf8(body).unwrap());
            seen.bodies.len()
        };
        // Literal header fields: `:status` and `location` by their indices in the static table (RFC 7541).
        let field = |name: u8, value: &str| [&[0x40 | name, value.len() as u8], value.as_bytes()].concat();
        let headers = match self.behavior {
            Behavior::Redirects(most) if count <= most => {
                [field(8, "307"), field(46, &format!("/api/elsewhere/{count}"))].concat()
            }
            _ => [field(8, "201"), field(31, "application/json")].concat(),
        };
        self.send(HEADERS, END_HEADERS, stream, &headers);
        self.send(DATA, END_STREAM, stream, b"{\"id\": \"true_11111111111@c.us_AAAA\"}");
    }
}

/// Writes frames one after another.
async fn write<S: AsyncWrite>(mut writer: WriteHalf<S>, mut frames: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(frame) = frames.recv().await {
        if writer.write_all(&frame).await.is_err() || writer.flush().await.is_err() {
            return;
        }
    }
    let _ = writer.shutdown().await;
}

/// The captions in the bodies, sorted.
fn captions(bodies: &[String]) -> Vec<usize> {
    let mut captions: Vec<_> = bodies
        .iter()
        .map(|body| {
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(body["file"]["data"].as_str().map(str::len), Some(80_000));
            body["caption"].as_str().unwrap().parse().unwrap()
        })
        .collect();
    captions.sort_unstable();
    captions
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_file_arrives_once_at_a_server_that_ends_its_connections() {
    const FILES: usize = 300;
    let server = Server::start(Behavior::EndsAfter(50, NO_ERROR)).await;
    let session = server.session(|options| options);
    let results: Vec<_> = stream::iter(0..FILES)
        .map(|number| {
            let file = Media::bytes(vec![b'a'; 60_000]).mime_type("image/png");
            session.chatting().send_image().chat_id(CHAT).file(file).caption(number.to_string()).send()
        })
        .buffer_unordered(10)
        .collect()
        .await;
    let failed: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    let seen = server.seen.lock().unwrap();
    assert!(failed.is_empty(), "{} of {FILES} failed: {:?}", failed.len(), failed.first());
    assert_eq!(captions(&seen.bodies), (0..FILES).collect::<Vec<_>>());
    println!("{} connections, {} requests for {FILES} files", seen.connections, seen.arrivals);
    assert!(seen.connections >= FILES / 50, "{}", seen.connections);
}

#[tokio::test]
async fn a_refused_message_is_sent_again_unless_nothing_is() {
    for (retry, arrivals) in [(Retry::never(), 1), (Retry::new().min_delay(Duration::from_millis(1)), 2)] {
        let server = Server::start(Behavior::Refuses(1)).await;
        let session = server.session(|options| options.retry(retry));
        let result = session.chatting().send_text().chat_id(CHAT).text("hi").send().await;
        assert_eq!(server.arrivals(), arrivals);
        match result {
            Ok(_) => assert_eq!((arrivals, server.seen.lock().unwrap().bodies.len()), (2, 1)),
            Err(error) => {
                assert_eq!((error.kind(), arrivals), (ErrorKind::Connection, 1), "{error}");
                assert!(server.seen.lock().unwrap().bodies.is_empty());
            }
        }
    }
}

#[tokio::test]
async fn refusals_end_with_the_number_of_retries() {
    let server = Server::start(Behavior::Refuses(usize::MAX)).await;
    let retry = Retry::new().max_retries(3).min_delay(Duration::from_millis(1));
    let session = server.session(|options| options.retry(retry));
    let error = session.chatting().send_text().chat_id(CHAT).text("hi").send().await.unwrap_err();
    assert_eq!((error.kind(), server.arrivals()), (ErrorKind::Connection, 4), "{error}");
}

/// The server complains of the client, and says nothing of having processed less than what it counts.
#[tokio::test]
async fn a_message_is_not_sent_again_after_an_end_that_is_not_graceful() {
    let server = Server::start(Behavior::EndsAfter(1, ENHANCE_YOUR_CALM)).await;
    let retry = Retry::new().min_delay(Duration::from_millis(1));
    let session = server.session(|options| options.retry(retry));
    let _ = session.chatting().send_text().chat_id(CHAT).text("hi").send().await;
    assert_eq!(server.arrivals(), 1);
}

#[tokio::test]
async fn refused_and_redirected_requests_need_a_turn_each() {
    for (behavior, requests) in [(Behavior::Refuses(2), 3), (Behavior::Redirects(3), 4)] {
        let server = Server::start(behavior).await;
        let retry = Retry::new().min_delay(Duration::from_millis(1));
        let session = server.session(|options| options.retry(retry).limits(Limits::new().per_second(10)));
        let begin = Instant::now();
        session.chatting().send_text().chat_id(CHAT).text("hi").send().await.unwrap();
        assert_eq!(server.arrivals(), requests);
        let least = Duration::from_millis(99) * (requests as u32 - 1);
        assert!(begin.elapsed() >= least, "{requests} requests within {:?}", begin.elapsed());
    }
}
