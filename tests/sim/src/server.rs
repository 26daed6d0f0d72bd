//! Starting the stand-in, looking into it from a test, and stopping it.

use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{
    Contact, Engine, Recorded, SessionStatus, routes,
    session::Session,
    state::{App, Shared, World},
};

/// What a server will be like.
#[derive(Debug, Default)]
#[must_use]
pub struct Builder {
    api_key: Option<String>,
    engine: Engine,
    sessions: Vec<(String, SessionStatus)>,
    contacts: Vec<(String, Contact)>,
}

impl Builder {
    /// The key to demand; without this call every request is let in.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// The engine to imitate; [`Engine::Gows`] by default.
    pub fn engine(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// A session that works.
    pub fn session(self, name: impl Into<String>) -> Self {
        self.session_in(name, SessionStatus::Working)
    }

    /// A session in a certain status, where it stays until something is done to it.
    pub fn session_in(mut self, name: impl Into<String>, status: SessionStatus) -> Self {
        self.sessions.push((name.into(), status));
        self
    }

    /// Somebody on WhatsApp whom every session knows.
    pub fn contact(mut self, id: impl Into<String>, describe: impl FnOnce(Contact) -> Contact) -> Self {
        self.contacts.push((id.into(), describe(Contact::default())));
        self
    }

    /// Listens on a free port of this machine, and nowhere else. Needs a Tokio runtime.
    ///
    /// # Errors
    ///
    /// No port could be had.
    pub async fn start(self) -> io::Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let app = Arc::new(self.build());
        let router = routes::router(Arc::clone(&app));
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            // It never fails: errors of single connections are taken care of inside.
            let _ = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
        });
        Ok(Server { url, app, stop, task })
    }

    fn build(self) -> Shared {
        let mut world = World::default();
        for (id, contact) in self.contacts {
            world.whatsapp.add(&id, contact);
        }
        for (name, status) in self.sessions {
            let mut session = Session::new(usable_config(self.engine));
            session.set_status(status);
            world.sessions.insert(name, session);
        }
        Shared::new(self.api_key, self.engine, world)
    }
}

/// NOWEB lists chats and contacts only for sessions which were told to store them.
fn usable_config(engine: Engine) -> Value {
    match engine {
        Engine::Noweb => json!({
            "noweb": { "markOnline": true, "store": { "enabled": true, "fullSync": false } },
        }),
        _ => json!({}),
    }
}

/// A running server. It stops when it is dropped: requests under way are still answered.
#[derive(Debug)]
#[must_use = "the server stops when it is dropped"]
pub struct Server {
    url: String,
    app: App,
    /// Held for its drop, which is the signal to stop.
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// A server with no key, no sessions and no contacts yet.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it listens, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it has been asked so far, refused requests included, in the order of arrival.
    pub fn requests(&self) -> Vec<Recorded> {
        self.app.requests.all()
    }

    /// Moves its clock forward.
    pub fn advance(&self, by: Duration) {
        self.app.clock.advance(by);
    }

    /// Changes what WhatsApp tells a session about a picture. The server goes on with what it has
    /// in its cache until it is told to refresh it, or for 24 hours.
    pub fn set_picture(&self, session: &str, id: &str, url: Option<&str>) {
        self.app.world().whatsapp.set_picture(session, id, url.map(str::to_owned));
    }

    /// How often WhatsApp has been asked for a picture.
    pub fn upstream_picture_fetches(&self) -> usize {
        self.app.world().whatsapp.picture_fetches()
    }

    /// Moves a session to another status, as a scanned code or a lost connection would. Does
    /// nothing if there is no such session.
    pub fn set_status(&self, session: &str, status: SessionStatus) {
        if let Some(session) = self.app.world().sessions.get_mut(session) {
            session.set_status(status);
        }
    }

    /// Stops it and waits until the last request has been answered and the port is free.
    pub async fn shutdown(self) {
        let Self { stop, task, .. } = self;
        drop(stop);
        // It ends in an error only when the runtime is on its way down as well.
        let _ = task.await;
    }
}
