//! A server whose WebSockets, or bare connections, do what a test wants.

use std::{
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Bytes, Message,
        handshake::server::{Request, Response},
    },
};
use waha::{Client, Session};

pub type Socket = WebSocketStream<TcpStream>;

/// The server. It ends when it is dropped, and its connections with it.
pub struct ScriptedServer {
    url: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl ScriptedServer {
    /// Does something with every connection; the first one has number 0.
    pub async fn raw<F>(play: impl Fn(usize, TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let connections = Arc::new(AtomicUsize::new(0));
        let count = connections.clone();
        let task = tokio::spawn(async move {
            let mut running = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                running.spawn(play(count.fetch_add(1, Ordering::SeqCst), stream));
            }
        });
        Self { url, connections, requests: Arc::default(), task }
    }

    /// Does something with every WebSocket; the first one has number 0.
    pub async fn start<F>(play: impl Fn(usize, Socket) -> F + Clone + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        let mut server = Self::raw(move |number, stream| {
            let (play, seen) = (play.clone(), seen.clone());
            async move {
                stream.set_nodelay(true).expect("an open connection");
                #[allow(clippy::result_large_err)] // the library's own type
                let note = |request: &Request, response: Response| {
                    seen.lock().expect("not poisoned").push(request.clone());
                    Ok(response)
                };
                // The client may hang up meanwhile.
                if let Ok(socket) = accept_hdr_async(stream, note).await {
                    play(number, socket).await;
                }
            }
        })
        .await;
        server.requests = requests;
        server
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn client(&self) -> Client {
        Client::builder(self.url()).build().expect("a client")
    }

    pub fn session(&self) -> Session {
        self.client().default_session()
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The requests of all WebSockets so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("not poisoned").clone()
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A message event with this id, as JSON.
pub fn message(id: usize) -> String {
    format!(
        r#"{{"id":"evt_{id}","timestamp":1790007440123,"event":"message","session":"default","payload":{{"id":"false_11111111111@c.us_{id}","timestamp":1790007440,"from":"11111111111@c.us","fromMe":false,"body":"{id}","hasMedia":false}},"engine":"GOWS"}}"#
    )
}

/// Sends the message events with these ids.
pub async fn send(socket: &mut Socket, ids: impl IntoIterator<Item = usize>) {
    use futures_util::SinkExt;
    for id in ids {
        // A client that is gone needs no events.
        let _ = socket.send(Message::text(message(id))).await;
    }
}

/// Reads until the client closes the connection, and returns what it said.
pub async fn hear(socket: &mut Socket) -> Vec<Message> {
    use futures_util::StreamExt;
    let mut heard = Vec::new();
    while let Some(Ok(message)) = socket.next().await {
        heard.push(message);
    }
    heard
}

/// A frame as a server writes it: without a mask. The first byte has the flags and the type.
pub fn frame(first: u8, body: &[u8]) -> Bytes {
    let mut frame = vec![first];
    match body.len() {
        length @ 0..126 => frame.push(length as u8),
        length @ 126..65_536 => {
            frame.push(126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(body);
    frame.into()
}

/// Writes bytes beside the WebSocket.
pub async fn write(socket: &mut Socket, bytes: &[u8]) {
    // A client that is gone needs no bytes.
    let _ = socket.get_mut().write_all(bytes).await;
}

/// Reads the head of a request.
pub async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap_or_default() == 0 {
            break;
        }
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}
