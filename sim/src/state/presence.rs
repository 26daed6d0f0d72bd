//! Who is there, as far as a session has been told.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{World, session::ME};
use crate::{Engine, Server, SessionStatus, ids};

/// The presence of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Presence {
    /// Not online.
    Offline,
    /// Online, and doing nothing in particular.
    Online,
    /// Typing in a chat.
    Typing,
    /// Recording a voice message in a chat.
    Recording,
    /// Has stopped typing or recording.
    Paused,
}

impl Presence {
    /// Returns the server's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Online => "online",
            Self::Typing => "typing",
            Self::Recording => "recording",
            Self::Paused => "paused",
        }
    }
}

/// What a session knows of a person in a chat.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) presence: Presence,
    /// When the person was last there, in seconds; only of those who are not.
    pub(crate) last: Option<u64>,
}

/// What a session knows, which it forgets when it stops.
#[derive(Debug, Default)]
pub(crate) struct Presences {
    /// By chat and person; chats without persons were asked about in vain.
    chats: BTreeMap<String, BTreeMap<String, Seen>>,
}

impl Presences {
    pub(crate) fn subscribe(&mut self, chat: &str) {
        self.chats.entry(chat.to_owned()).or_default();
    }

    fn is_subscribed(&self, chat: &str) -> bool {
        self.chats.contains_key(chat)
    }

    fn set(&mut self, chat: &str, person: &str, seen: Seen) {
        self.chats.entry(chat.to_owned()).or_default().insert(person.to_owned(), seen);
    }

    pub(crate) fn chats(&self) -> impl Iterator<Item = &str> {
        self.chats.keys().map(String::as_str)
    }

    pub(crate) fn shape(&self, chat: &str) -> Value {
        let seen = self.chats.get(chat).into_iter().flatten();
        json!({ "id": chat, "presences": seen.map(|(person, seen)| participant(person, *seen)).collect::<Vec<_>>() })
    }
}

fn participant(person: &str, seen: Seen) -> Value {
    json!({ "participant": person, "lastKnownPresence": seen.presence.as_str(), "lastSeen": seen.last })
}

/// Lets a session know from now on what somebody does, and what they did last.
pub(crate) fn subscribe(world: &mut World, session: &str, chat: &str) {
    let seen = world.whatsapp.presences.get(chat).copied();
    let Some(session) = world.sessions.get_mut(session) else {
        return;
    };
    session.activity = Some(world.clock.now());
    session.presences.subscribe(chat);
    if let Some(seen) = seen {
        session.presences.set(chat, chat, seen);
    }
}

/// Somebody comes or goes, or writes in a chat. The sessions that have subscribed to the chat are told; one engine has
/// to be asked for it in the configuration.
pub(crate) fn change(world: &mut World, person: &str, chat: &str, presence: Presence) {
    let (person, chat) = (ids::canonical(person), ids::canonical(chat));
    let last = (presence == Presence::Offline).then_some(world.now() / 1000);
    let seen = Seen { presence, last };
    if person == chat && person != ME {
        world.whatsapp.presences.insert(person.clone(), seen);
        world.noticed(&person, presence);
    }
    let engine = world.engine;
    let mut told = Vec::new();
    for (name, session) in &mut world.sessions {
        if session.status() == SessionStatus::Working && session.presences.is_subscribed(&chat) {
            session.presences.set(&chat, &person, seen);
            let tags = session.config.pointer("/webjs/tagsEventsOn") == Some(&true.into());
            if engine != Engine::Webjs || tags {
                told.push(name.clone());
            }
        }
    }
    let payload = json!({ "id": chat, "presences": [participant(&person, seen)] });
    for session in told {
        world.emit(&session, "presence.update", payload.clone());
    }
}

impl Server {
    /// Changes the presence of a person towards the account. The sessions that have subscribed to the person are told.
    pub fn set_presence(&self, person: &str, presence: Presence) {
        self.app.change(|world| change(world, person, person, presence));
    }

    /// Changes the presence of a member in a group, such as typing. The sessions that have subscribed to the group are
    /// told.
    pub fn set_presence_in(&self, group: &str, person: &str, presence: Presence) {
        self.app.change(|world| change(world, person, group, presence));
    }
}
