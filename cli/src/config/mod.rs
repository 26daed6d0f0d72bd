//! Which server, which key, which session: from the command line, the environment and the profile, in this order.

pub mod file;
pub mod keys;

use std::{env, time::Duration};

use waha::{Client, RequestOptions, Session};

use self::file::{Config, Profile};
use crate::{args::Global, exit::Failure};

/// Where a server is by default, as WAHA's own documentation has it.
pub const DEFAULT_SERVER: &str = "http://localhost:3000";

/// What says that the address of the server comes from nowhere else.
pub const BY_DEFAULT: &str = "the default";

/// The profile that is used if none is named.
pub const DEFAULT_PROFILE: &str = "default";

/// What a call needs to know.
#[derive(Clone)]
pub struct Settings {
    /// The profile's name, also where there is none of it yet.
    pub profile: String,
    pub server: String,
    /// Where the address comes from, for people.
    pub server_source: &'static str,
    pub key: Option<String>,
    pub key_source: &'static str,
    pub session: String,
    /// Whether the session was named on the command line.
    pub is_session_given: bool,
    timeout: Option<Duration>,
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// The configuration cannot be read, or there is no profile of the name that was given.
    pub fn read(global: &Global) -> Result<Self, Failure> {
        let config = Config::read()?;
        let named = global.profile.clone().or_else(|| variable("WAHA_PROFILE"));
        let profile = named.clone().or_else(|| config.profile.clone()).unwrap_or_else(|| DEFAULT_PROFILE.to_owned());
        let known = config.profiles.get(&profile);
        if let (Some(name), None, false) = (&named, known, global.may_be_new) {
            return Err(Failure::usage(format!("there is no profile `{name}`"))
                .hint("waha config list shows the profiles; waha login --profile NAME makes one"));
        }
        let fallback = Profile::default();
        Self::of(global, profile, known.unwrap_or(&fallback))
    }

    /// Returns those of a command that talks to no server.
    pub fn none() -> Self {
        Self {
            profile: DEFAULT_PROFILE.to_owned(),
            server: DEFAULT_SERVER.to_owned(),
            server_source: BY_DEFAULT,
            key: None,
            key_source: "nowhere",
            session: "default".to_owned(),
            is_session_given: false,
            timeout: None,
        }
    }

    fn of(global: &Global, name: String, profile: &Profile) -> Result<Self, Failure> {
        let (server, server_source) = first([
            (global.server.clone(), "--server"),
            (variable("WAHA_BASE_URL"), "WAHA_BASE_URL"),
            (profile.server.clone(), "the profile"),
        ])
        .unwrap_or_else(|| (DEFAULT_SERVER.to_owned(), BY_DEFAULT));
        // The key of a profile is for the server of the profile, and for no other.
        let is_its_server = profile.server.as_deref().is_some_and(|own| origin(own) == origin(&server));
        let (key, key_source) = match variable("WAHA_API_KEY") {
            Some(key) => (Some(key), "WAHA_API_KEY"),
            None if is_its_server => match keys::load(&name, profile) {
                // What makes or mends a profile does not need its key.
                Err(_) if global.may_be_new => (None, "nowhere"),
                key => (key?, "the profile"),
            },
            None => (None, "nowhere"),
        };
        let session =
            first([(global.session.clone(), ""), (variable("WAHA_SESSION"), ""), (profile.session.clone(), "")]);
        Ok(Self {
            profile: name,
            server,
            server_source,
            key_source: if key.is_some() { key_source } else { "nowhere" },
            key,
            session: session.map_or_else(|| "default".to_owned(), |(session, _)| session),
            is_session_given: global.session.is_some(),
            timeout: global.timeout.map(Duration::from_secs_f64),
        })
    }

    /// Makes the client.
    ///
    /// # Errors
    ///
    /// The address, the key or the session cannot be used.
    pub fn client(&self) -> Result<Client, Failure> {
        let mut options = RequestOptions::new();
        if let Some(timeout) = self.timeout {
            options = options.timeout(timeout);
        }
        let mut builder = Client::builder(&self.server).session(&self.session).options(options);
        if let Some(key) = &self.key {
            builder = builder.api_key(key);
        }
        Ok(builder.build()?)
    }

    /// Makes the client, and a handle of the session.
    ///
    /// # Errors
    ///
    /// As for [`client`](Self::client).
    pub fn session(&self) -> Result<Session, Failure> {
        Ok(self.client()?.default_session())
    }
}

fn first<const N: usize>(sources: [(Option<String>, &'static str); N]) -> Option<(String, &'static str)> {
    sources.into_iter().find_map(|(value, source)| Some((value?, source)))
}

/// An environment variable; one that is empty counts as not set.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Scheme, host and port.
fn origin(address: &str) -> Option<url::Origin> {
    url::Url::parse(address).ok().map(|url| url.origin())
}
