//! The stand-in as a client sees it: statuses, headers and bodies on the wire.

mod age;
mod api_keys;
mod apps;
mod calls;
mod channels;
mod chats;
mod contacts;
mod control;
mod errors;
mod events;
mod fault_answers;
mod fault_connections;
mod fault_events;
mod fault_lifecycle;
mod faults;
mod groups;
mod labels;
mod lids;
mod lifecycle;
mod mcp;
mod message_events;
mod message_shapes;
mod messages;
mod observability;
mod operations;
mod pairing;
mod people;
mod person;
mod pictures;
mod presence;
mod profile;
mod program;
mod recorded;
mod script;
mod session_shapes;
mod sessions;
mod statuses;

use std::sync::LazyLock;

use reqwest::{Method, header};
use serde_json::Value;
use waha_sim::{Engine, Server};

const ENGINES: [Engine; 4] = [Engine::Webjs, Engine::Wpp, Engine::Noweb, Engine::Gows];

/// A server of an engine with one session and one contact.
async fn server(engine: Engine) -> Server {
    let builder = Server::builder().engine(engine).session("default");
    builder.contact("11111111111@c.us", |c| c.name("Ada")).start().await.unwrap()
}

/// An answer, read to its end.
#[derive(Debug)]
struct Answered {
    status: u16,
    content_type: Option<String>,
    bytes: Vec<u8>,
}

impl Answered {
    async fn from(request: reqwest::RequestBuilder) -> Self {
        Self::of(request.send().await.unwrap()).await
    }

    async fn of(response: reqwest::Response) -> Self {
        let content_type = response.headers().get(header::CONTENT_TYPE);
        Self {
            status: response.status().as_u16(),
            content_type: content_type.map(|value| value.to_str().unwrap().to_owned()),
            bytes: response.bytes().await.unwrap().into(),
        }
    }

    /// The body, which has to be JSON and to say so.
    #[track_caller]
    fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body());
        assert_eq!(self.content_type.as_deref(), Some("application/json; charset=utf-8"));
        serde_json::from_slice(&self.bytes).unwrap()
    }

    #[track_caller]
    fn text(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{}", self.body());
        assert_eq!(self.content_type.as_deref(), Some("text/html; charset=utf-8"));
        str::from_utf8(&self.bytes).unwrap()
    }

    #[track_caller]
    fn empty(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.body());
        assert_eq!((self.content_type.as_deref(), self.bytes.len()), (None, 0));
    }

    fn body(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A client takes tens of milliseconds to build. Its connections belong to the runtime of one test, so none is kept.
static CLIENT: LazyLock<reqwest::Client> =
    LazyLock::new(|| reqwest::Client::builder().pool_max_idle_per_host(0).no_proxy().build().unwrap());

fn request(server: &Server, method: Method, path: &str) -> reqwest::RequestBuilder {
    CLIENT.request(method, format!("{}{path}", server.url()))
}

async fn get(server: &Server, path: &str) -> Answered {
    Answered::from(request(server, Method::GET, path)).await
}

async fn post(server: &Server, path: &str, body: Value) -> Answered {
    Answered::from(request(server, Method::POST, path).json(&body)).await
}

async fn put(server: &Server, path: &str, body: Value) -> Answered {
    Answered::from(request(server, Method::PUT, path).json(&body)).await
}

async fn delete(server: &Server, path: &str) -> Answered {
    Answered::from(request(server, Method::DELETE, path)).await
}
