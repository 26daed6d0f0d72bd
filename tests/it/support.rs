//! A server with scripted answers that records its requests, and a paused clock.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use waha::{Client, Session};

/// An answer, as bytes on the wire.
#[derive(Clone, Debug)]
pub struct Reply(Vec<u8>);

impl Reply {
    /// A status and a body; without a type, no `Content-Type` is sent.
    pub fn new(status: u16, content_type: Option<&str>, body: impl AsRef<[u8]>) -> Self {
        Self::with_headers(status, content_type.map(|value| ("Content-Type", value)), body)
    }

    /// A status, headers and a body.
    pub fn with_headers<'a>(
        status: u16,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: impl AsRef<[u8]>,
    ) -> Self {
        let body = body.as_ref();
        let mut head = format!("HTTP/1.1 {status} .\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        Self([head.as_bytes(), body].concat())
    }

    /// JSON, as the server sends it.
    pub fn json(status: u16, body: impl AsRef<[u8]>) -> Self {
        Self::new(status, Some("application/json; charset=utf-8"), body)
    }

    /// Bytes that need not be HTTP.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }
}

/// A request, as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path and query, not decoded.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// The path, not decoded.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The query, decoded.
    pub fn query(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// The body, read as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }
}

#[derive(Default)]
struct State {
    /// The answers in order; the last one is repeated.
    replies: VecDeque<Reply>,
    requests: Vec<Request>,
}

/// The server. It ends when it is dropped.
pub struct Server {
    url: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Server {
    /// A server that answers every request with `reply`.
    pub async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State { replies: [reply].into(), ..State::default() }));
        let shared = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { url, state, task }
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sets the answer to all further requests.
    pub fn set_reply(&self, reply: Reply) {
        self.set_replies([reply]);
    }

    /// Sets the next answers; the last one is repeated.
    pub fn set_replies(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state.lock().expect("not poisoned").replies = replies.into_iter().collect();
    }

    /// What arrived since the last time.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.state.lock().expect("not poisoned").requests)
    }

    /// How many requests arrived since they were taken.
    pub fn count_requests(&self) -> usize {
        self.state.lock().expect("not poisoned").requests.len()
    }

    /// The only request that arrived since the last time.
    pub fn only_request(&self) -> Request {
        let mut requests = self.take_requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }

    /// A client of this server, without a key.
    pub fn client(&self) -> Client {
        Client::builder(self.url()).build().expect("a client")
    }

    /// A session of this server.
    pub fn session(&self) -> Session {
        self.client().session("default").expect("a session")
    }
}

/// Stops Tokio's clock until it is dropped; only `tokio::time::advance` moves it. `tokio::time::pause` alone would advance
/// the clock whenever all tasks wait for the network. Needs a runtime of one thread.
pub struct StoppedClock {
    /// Dropping this ends the task that keeps the clock from advancing by itself.
    _end: std::sync::mpsc::Sender<()>,
}

impl StoppedClock {
    /// Stops the clock.
    pub fn new() -> Self {
        let (end, ended) = std::sync::mpsc::channel();
        tokio::time::pause();
        tokio::task::spawn_blocking(move || ended.recv());
        Self { _end: end }
    }
}

/// Advances the stopped clock by this time and one millisecond, the resolution of timers.
pub async fn pass(time: std::time::Duration) {
    tokio::time::advance(time + std::time::Duration::from_millis(1)).await;
}

/// Waits in real time until the condition holds, and panics after a while.
pub async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        tokio::task::spawn_blocking(|| std::thread::sleep(std::time::Duration::from_millis(1)))
            .await
            .expect("no panic");
    }
    panic!("it never came to this: {what}");
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let Some(request) = read(&mut stream).await else {
        return;
    };
    let reply = {
        let mut state = state.lock().expect("not poisoned");
        state.requests.push(request);
        match state.replies.len() {
            0 | 1 => state.replies.front().cloned(),
            _ => state.replies.pop_front(),
        }
    };
    if let Some(Reply(bytes)) = reply {
        // The client may have closed the connection.
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut buffer = Vec::new();
    let end = loop {
        if let Some(position) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break position;
        }
        if stream.read_buf(&mut buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = buffer.split_off(end + 4);
    while body.len() < length.unwrap_or(0) {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    if headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked") {
        body = read_chunks(stream, body).await?;
    }
    Some(Request { method, target, headers, body })
}

/// A body in chunks, of which some may have arrived.
async fn read_chunks(stream: &mut TcpStream, mut buffer: Vec<u8>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    let mut start = 0;
    loop {
        let line = buffer[start..].windows(2).position(|window| window == b"\r\n");
        let chunk = line.and_then(|end| {
            let size = usize::from_str_radix(std::str::from_utf8(&buffer[start..start + end]).ok()?, 16).ok()?;
            let first = start + end + 2;
            (buffer.len() >= first + size + 2).then_some((first, size))
        });
        match chunk {
            Some((_, 0)) => return Some(body),
            Some((first, size)) => {
                body.extend_from_slice(&buffer[first..first + size]);
                start = first + size + 2;
            }
            None if stream.read_buf(&mut buffer).await.ok()? == 0 => return None,
            None => {}
        }
    }
}

/// A folder for files, which is deleted when it is dropped.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("waha-{}-{:016x}", std::process::id(), fastrand::u64(..)));
        std::fs::create_dir(&path).expect("a folder");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, and gives its path.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    /// What is in it.
    pub fn names(&self) -> Vec<String> {
        let files = std::fs::read_dir(&self.0).expect("a folder");
        files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
