//! What a server will be like.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    Age, Contact, Engine, Server, SessionStatus,
    log::Log,
    person::Person,
    script::Script,
    state::{Settings, Shared, World, population::Population, session::Session},
    time::{Clock, millis},
    webhook::Webhook,
};

/// Configures a [`Server`] before it starts.
#[derive(Debug)]
#[must_use]
pub struct Builder {
    address: SocketAddr,
    api_key: Option<String>,
    engine: Engine,
    age: Age,
    seed: u64,
    real_time: bool,
    patience: Duration,
    start_up: Duration,
    restart_pause: Duration,
    keep_alive: Option<Duration>,
    prefix: String,
    passkey: bool,
    shows_repeated_ids: bool,
    sessions: Vec<(String, SessionStatus)>,
    contacts: Vec<(String, Contact)>,
    pub(crate) people: Vec<(String, Person)>,
    webhook: Option<Webhook>,
    log: Log,
    pub(crate) population: Population,
    script: Option<Script>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            api_key: None,
            engine: Engine::default(),
            age: Age::default(),
            seed: 0,
            real_time: false,
            patience: Duration::ZERO,
            start_up: Duration::ZERO,
            restart_pause: Duration::ZERO,
            keep_alive: None,
            prefix: String::new(),
            passkey: false,
            shows_repeated_ids: false,
            sessions: Vec::new(),
            contacts: Vec::new(),
            people: Vec::new(),
            webhook: None,
            log: Log::default(),
            population: Population::default(),
            script: None,
        }
    }
}

impl Builder {
    /// Demands an API key with each request. It is an admin key. By default no key is needed.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Sets the engine to imitate; [`Engine::Gows`] by default.
    pub fn engine(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// Sets the release to imitate; [`Age::Current`] by default.
    pub fn age(mut self, age: Age) -> Self {
        self.age = age;
        self
    }

    /// Seeds the ids and the random choices: two servers with the same seed behave the same; 0 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Adds a session that is WORKING.
    pub fn session(self, name: impl Into<String>) -> Self {
        self.session_in(name, SessionStatus::Working)
    }

    /// Adds a session in a certain status. It stays in it until something happens to it; only its QR code changes,
    /// after 60 seconds and then every 20 seconds by the clock of the stand-in.
    pub fn session_in(mut self, name: impl Into<String>, status: SessionStatus) -> Self {
        self.sessions.push((name.into(), status));
        self
    }

    /// Adds a person on WhatsApp whom every session knows.
    pub fn contact(mut self, id: impl Into<String>, describe: impl FnOnce(Contact) -> Contact) -> Self {
        self.contacts.push((id.into(), describe(Contact::default())));
        self
    }

    /// Adds a webhook for the events of every session, besides the webhooks of the sessions themselves. `*` stands for
    /// all events but `state.change` and `engine.event`.
    pub fn webhook(mut self, url: impl Into<String>, events: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.webhook = Some(Webhook::new(url.into(), events.into_iter().map(Into::into).collect()));
        self
    }

    /// Waits for a session before a call for it is refused with a 422, as the real server does: 15 seconds by the clock
    /// of the stand-in. By default the refusal comes at once.
    pub fn patient(mut self) -> Self {
        self.patience = Duration::from_secs(15);
        self
    }

    /// Sets how long a session is STARTING, by the clock of the stand-in. By default it is over once `start` has
    /// answered.
    pub fn start_up(mut self, takes: Duration) -> Self {
        self.start_up = takes;
        self
    }

    /// Sets how long a session that is restarted is STOPPED before it is STARTING, by the clock of the stand-in. The
    /// call that restarts it is answered meanwhile. By default it is STARTING at once.
    pub fn restart_pause(mut self, takes: Duration) -> Self {
        self.restart_pause = takes;
        self
    }

    /// Closes connections on which nothing has happened for so long since the last answer, by the machine's clock, and
    /// announces that in whole seconds in each answer, as Node's server does after 5 seconds: `Keep-Alive: timeout=5`.
    /// By default a connection stays open and nothing is announced.
    ///
    /// A test that does not want to wait for seconds can announce another time than it keeps:
    /// `Fault::any().header("keep-alive", "timeout=5")`.
    pub fn keep_alive(mut self, timeout: Duration) -> Self {
        self.keep_alive = Some(timeout);
        self
    }

    /// Puts the API below a path, such as `/waha`, as behind a proxy that serves other things as well. Requests to
    /// other paths are answered with the proxy's own 404. [`Server::url`] ends with the path.
    pub fn path_prefix(mut self, prefix: impl AsRef<str>) -> Self {
        let prefix = prefix.as_ref().trim_matches('/');
        self.prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        self
    }

    /// Makes accounts ask for a passkey after the QR code, which only GOWS supports.
    pub fn passkey(mut self) -> Self {
        self.passkey = true;
        self
    }

    /// Makes WhatsApp show a message again that is sent with an id which was used before in the chat. By default it drops it.
    /// What the real one does is not documented; a program that arrives at the same result with both needs not know.
    pub fn shows_repeated_ids(mut self) -> Self {
        self.shows_repeated_ids = true;
        self
    }

    /// Makes the clock follow the machine's. By default it stands still at a fixed time until [`Server::advance`] moves
    /// it, so that every run is the same.
    pub fn real_time(mut self) -> Self {
        self.real_time = true;
        self
    }

    /// Sets the port to listen on; a free one by default.
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// Sets the address to listen on. By default only this machine can connect; set a key before you change that.
    pub fn host(mut self, host: IpAddr) -> Self {
        self.address.set_ip(host);
        self
    }

    /// Writes a line for each request, with the status of its answer and its differences from the document; for each
    /// attempt to deliver to a webhook; for each WebSocket; and for each call of the control API.
    pub fn log(mut self, write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.log = Log::to(write);
        self
    }

    /// Lets happen what a script says, after the sessions of the script have been added.
    pub(crate) fn script(mut self, script: Script) -> Self {
        self.sessions.extend_from_slice(script.sessions());
        self.script = Some(script);
        self
    }

    /// Starts to listen. Needs a Tokio runtime.
    ///
    /// # Errors
    ///
    /// Fails if the address cannot be listened on, for example because the port is in use.
    pub async fn start(self) -> io::Result<Server> {
        let address = self.address;
        Server::listen(address, Arc::new(self.build())).await
    }

    fn build(self) -> Shared {
        let clock = if self.real_time { Clock::running() } else { Clock::standing() };
        let mut world = World::new(self.engine, self.age, clock, self.seed);
        world.pairing.start_up = millis(self.start_up);
        world.pairing.restart_pause = millis(self.restart_pause);
        world.pairing.passkey = self.passkey;
        world.hub.everywhere = self.webhook;
        world.whatsapp.shows_repeated_ids = self.shows_repeated_ids;
        for (id, contact) in self.contacts {
            world.whatsapp.add(&id, contact);
        }
        self.population.move_in(&mut world);
        for (id, person) in self.people {
            world.welcome(&id, person);
        }
        for (name, status) in self.sessions {
            let mut session = Session::new(usable_config(self.engine));
            session.set_status(status, world.now());
            world.sessions.insert(name.clone(), session);
            world.renew_qr_later(&name);
        }
        if let Some(script) = self.script {
            script.begin(&mut world, &self.log);
        }
        let settings = Settings {
            api_key: self.api_key,
            patience: millis(self.patience),
            log: self.log,
            keep_alive: self.keep_alive,
            prefix: self.prefix,
        };
        Shared::new(settings, world)
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
