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
    state::{Settings, Shared, World, population::Population, session::Session},
    time::{Clock, millis},
    webhook::Webhook,
};

/// What a server will be like.
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
    sessions: Vec<(String, SessionStatus)>,
    contacts: Vec<(String, Contact)>,
    pub(crate) people: Vec<(String, Person)>,
    webhook: Option<Webhook>,
    log: Log,
    pub(crate) population: Population,
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
            sessions: Vec::new(),
            contacts: Vec::new(),
            people: Vec::new(),
            webhook: None,
            log: Log::default(),
            population: Population::default(),
        }
    }
}

impl Builder {
    /// The key to demand; without this call every request is let in. It is an admin key.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// The engine to imitate; [`Engine::Gows`] by default.
    pub fn engine(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// The release to imitate; [`Age::Current`] by default.
    pub fn age(mut self, age: Age) -> Self {
        self.age = age;
        self
    }

    /// Where ids and chances come from: two servers with the same seed do the same; 0 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
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

    /// A webhook for the events of every session, besides those which the sessions have themselves. `*` stands for all
    /// events but `state.change` and `engine.event`.
    pub fn webhook(mut self, url: impl Into<String>, events: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.webhook = Some(Webhook::new(url.into(), events.into_iter().map(Into::into).collect()));
        self
    }

    /// Waits for a session before a call for it is refused with a 422, as the real server does: 5 seconds for it to
    /// run and 10 more for its status, by the clock of the stand-in. Without this, the refusal comes at once.
    pub fn patient(mut self) -> Self {
        self.patience = Duration::from_secs(15);
        self
    }

    /// How long a session is STARTING, by the clock of the stand-in. By default it is over once `start` has answered.
    pub fn start_up(mut self, takes: Duration) -> Self {
        self.start_up = takes;
        self
    }

    /// How long a session that is restarted is STOPPED before it is STARTING, by the clock of the stand-in. The call that
    /// restarts it is answered meanwhile. By default it is STARTING at once.
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

    /// Puts the API below a path, such as `/waha`, as a proxy does that has other things beside it. Requests to other
    /// paths are answered with the proxy's own 404. [`Server::url`] ends with the path.
    pub fn path_prefix(mut self, prefix: impl AsRef<str>) -> Self {
        let prefix = prefix.as_ref().trim_matches('/');
        self.prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        self
    }

    /// Lets accounts ask for a passkey after the code, as far as the engine knows of them (GOWS).
    pub fn passkey(mut self) -> Self {
        self.passkey = true;
        self
    }

    /// Lets the clock go with the machine's. By default it stands still at a fixed time until it is moved with
    /// [`Server::advance`], so that every run is the same.
    pub fn real_time(mut self) -> Self {
        self.real_time = true;
        self
    }

    /// The port to listen on, a free one by default.
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// The address to listen on. By default nobody outside this machine can connect; think of the key before you
    /// change that.
    pub fn host(mut self, host: IpAddr) -> Self {
        self.address.set_ip(host);
        self
    }

    /// Takes a line for each request, with the answer's status and in what it is not as the document has it.
    pub fn log(mut self, write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.log = Log::to(write);
        self
    }

    /// Starts to listen. Needs a Tokio runtime.
    ///
    /// # Errors
    ///
    /// The port could not be had.
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
