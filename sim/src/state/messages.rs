//! What happens to messages: they go out and come in, are received, read, edited and deleted; and what is told of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    World,
    message::{Ack, Content, Key, Media, Message, Quoted, Source},
    session::ME,
    whatsapp::Sent,
};
use crate::{
    Engine, ids, mime,
    shapes::{
        self, event,
        message::{Urls, View},
    },
};

/// A message that the session's account is about to send.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) chat: String,
    pub(crate) content: Content,
    /// The bare id, if the client has chosen one.
    pub(crate) id: Option<String>,
    /// The message that it answers, by its full or its bare id.
    pub(crate) reply_to: Option<String>,
    pub(crate) mentions: Vec<String>,
    pub(crate) forwarded: bool,
    /// Whether the server loses it as soon as it is sent.
    pub(crate) is_forgotten: bool,
}

impl Outgoing {
    pub(crate) fn new(chat: &str, content: Content) -> Self {
        let chat = ids::canonical(chat);
        let (mentions, forwarded) = (Vec::new(), false);
        Self { chat, content, id: None, reply_to: None, mentions, forwarded, is_forgotten: false }
    }
}

/// A message that somebody else is about to send.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// Who writes.
    pub(crate) from: String,
    /// The group in which it is written; none for a message to the account alone.
    pub(crate) group: Option<String>,
    pub(crate) content: Content,
    /// The message that it answers, by its full or its bare id.
    pub(crate) reply_to: Option<String>,
}

/// Sends a message: it is kept and told, and goes to WhatsApp's server as soon as the request is answered.
pub(crate) fn send(world: &mut World, session: &str, outgoing: Outgoing) -> Message {
    let (reply_to, is_forgotten) = (outgoing.reply_to.clone(), outgoing.is_forgotten);
    let quoted = reply_to.and_then(|id| quote(world, session, &outgoing.chat, &id));
    let mut message = compose(world, session, outgoing);
    message.quoted = quoted;
    message.receipts = others(world, &message.key.chat).map(|member| (member, Ack::Server)).collect();
    let key = &message.key;
    let text = message.content.body().map(str::to_owned);
    let sent = Sent { session: session.to_owned(), chat: key.chat.clone(), id: key.id.clone(), text };
    let is_shown = world.whatsapp.deliver(sent);
    if let Some(session) = world.sessions.get_mut(session) {
        session.activity = Some(world.clock.now());
        if !is_forgotten && (is_shown || session.chats.find(key).is_none()) {
            session.chats.add(message.clone());
        }
    }
    if !is_shown {
        return message;
    }
    let urls = download(world, session, &message, &Wanted::default());
    let payload = shapes::message::message(world.engine, &message, &urls, View::Event);
    world.emit(session, "message.any", payload);
    let (name, key) = (session.to_owned(), message.key.clone());
    world.later(0, move |world| advance(world, &name, &key, None, Ack::Server));
    let text = message.content.body().unwrap_or_default();
    world.said(session, &message.key.chat, text);
    message
}

/// The members of a group beside the account; nobody where it is no group.
pub(crate) fn others(world: &World, chat: &str) -> impl Iterator<Item = String> {
    let members = world.whatsapp.groups.get(chat).into_iter().flat_map(|group| &group.members);
    members.filter(|member| member.id != ME).map(|member| member.id.clone())
}

/// The account writes on its phone, and the session learns of it.
pub(crate) fn send_from_phone(world: &mut World, session: &str, chat: &str, text: &str) -> String {
    let message = compose(world, session, Outgoing::new(chat, Content::text(text)));
    let message = Message { source: Source::App, ack: Ack::Server, ..message };
    if let Some(session) = world.sessions.get_mut(session) {
        session.chats.add(message.clone());
    }
    let payload = shapes::message::message(world.engine, &message, &Urls::default(), View::Event);
    world.emit(session, "message.any", payload);
    message.key.serialized()
}

/// A message of the session's account that nobody keeps: an action on another one.
pub(crate) fn act(world: &mut World, session: &str, chat: &str, content: Content) -> Message {
    if let Some(session) = world.sessions.get_mut(session) {
        session.activity = Some(world.clock.now());
    }
    compose(world, session, Outgoing::new(chat, content))
}

/// Receives a message, and tells its full id.
pub(crate) fn receive(world: &mut World, session: &str, received: Received) -> String {
    let Received { from, group, content, reply_to } = received;
    let (from, group) = (ids::canonical(&from), group.map(|group| ids::canonical(&group)));
    let chat = group.clone().unwrap_or_else(|| from.clone());
    let quoted = reply_to.and_then(|id| quote(world, session, &chat, &id));
    let key = Key { from_me: false, chat, id: world.message_id(), participant: group.map(|_| from.clone()) };
    let message = Message { quoted, ..theirs(world, key, &from, content) };
    if let Some(session) = world.sessions.get_mut(session) {
        session.chats.add(message.clone());
    }
    let urls = download(world, session, &message, &Wanted::default());
    let payload = shapes::message::message(world.engine, &message, &urls, View::Event);
    world.emit(session, "message", payload.clone());
    world.emit(session, "message.any", payload);
    message.key.serialized()
}

/// Takes the own messages of a chat as far as this, unless they have got there already.
pub(crate) fn acknowledge(world: &mut World, session: &str, chat: &str, ack: Ack) {
    let chat = ids::canonical(chat);
    let Some(chat) = world.sessions.get(session).and_then(|session| session.chats.chat(&chat)) else {
        return;
    };
    let own = chat.messages().iter().filter(|message| message.key.from_me && message.ack < ack);
    for key in own.map(|message| message.key.clone()).collect::<Vec<_>>() {
        advance(world, session, &key, None, ack);
    }
}

/// Takes an own message as far as this; in a group, with one of its members.
pub(crate) fn advance(world: &mut World, session: &str, key: &Key, member: Option<&str>, ack: Ack) {
    let (engine, now) = (world.engine, world.now());
    let message = world.sessions.get_mut(session).and_then(|session| session.chats.find_mut(key));
    let Some(message) = message.filter(|message| message.key.from_me) else {
        return;
    };
    match member {
        Some(member) => drop(message.receipts.insert(ids::canonical(member), ack)),
        None => message.ack = ack,
    }
    let message = message.clone();
    let member = member.map(ids::canonical);
    let event = if member.is_some() { "message.ack.group" } else { "message.ack" };
    let payload = event::ack(engine, &message, member.as_deref(), ack, now);
    world.emit(session, event, payload);
}

/// Lets somebody react to a message; an empty text takes the reaction back.
pub(crate) fn react(world: &mut World, session: &str, reaction: &Message, to: &Key, text: &str) {
    let found = world.sessions.get_mut(session).and_then(|session| session.chats.find_mut(to));
    if let Some(message) = found {
        match text {
            "" => drop(message.reactions.remove(&reaction.sender)),
            text => drop(message.reactions.insert(reaction.sender.clone(), text.to_owned())),
        }
    }
    let payload = event::reaction(world.engine, reaction, to, text, world.now());
    world.emit(session, "message.reaction", payload);
}

/// Gives a message another text, and answers with the message as it is then.
pub(crate) fn edit(world: &mut World, session: &str, edit: &Message, of: &Key, text: &str) -> Option<Message> {
    let now = world.now();
    let message = world.sessions.get_mut(session)?.chats.find_mut(of)?;
    let before = message.clone();
    match &mut message.content {
        Content::Text(content) => text.clone_into(&mut content.text),
        Content::Media(media) => media.caption = Some(text.to_owned()),
        _ => return None,
    }
    message.edited = Some(now);
    let message = message.clone();
    let payload = event::edited(world.engine, edit, &before, &message);
    world.emit(session, "message.edited", payload);
    Some(message)
}

/// Deletes a message for everybody. The engines in a browser go on showing that there was one.
pub(crate) fn revoke(world: &mut World, session: &str, revoke: &Message, of: &Key) -> bool {
    let engine = world.engine;
    let Some(chats) = world.sessions.get_mut(session).map(|session| &mut session.chats) else {
        return false;
    };
    let Some(message) = chats.find_mut(of) else {
        return false;
    };
    let before = message.clone();
    if engine.has_browser() {
        message.content = Content::Revoked;
    } else {
        chats.remove(of);
    }
    let payload = event::revoked(engine, revoke, &before);
    world.emit(session, "message.revoked", payload);
    true
}

/// Lets somebody else vote; the options replace those which the person has chosen before.
pub(crate) fn vote(world: &mut World, session: &str, vote: &Message, on: &Key, options: &[String]) {
    let found = world.sessions.get(session).and_then(|session| session.chats.find(on));
    let poll = found.and_then(|message| match &message.content {
        Content::Poll(poll) => Some(poll),
        _ => None,
    });
    let payload = event::vote(world.engine, vote, on, poll, options);
    world.emit(session, "poll.vote", payload);
}

/// A message of somebody else that is not kept: an action on another one.
pub(crate) fn their_action(world: &mut World, from: &str, chat: &str, content: Content) -> Message {
    let (from, chat) = (ids::canonical(from), ids::canonical(chat));
    let participant = ids::is_group(&chat).then(|| from.clone());
    let key = Key { from_me: false, chat, id: world.message_id(), participant };
    theirs(world, key, &from, content)
}

/// Which files to download.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) media: bool,
    /// Beginnings of media types; none for all of them.
    pub(crate) mimetypes: Vec<String>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { media: true, mimetypes: Vec::new() }
    }
}

impl Wanted {
    fn includes(&self, media: &Media) -> bool {
        let is_listed = |mimetype: &String| media.mimetype.starts_with(mimetype.as_str());
        self.media && (self.mimetypes.is_empty() || self.mimetypes.iter().any(is_listed))
    }
}

/// Downloads the files of a message, as far as they are wanted, and tells where they are.
pub(crate) fn download(world: &mut World, session: &str, message: &Message, wanted: &Wanted) -> Urls {
    let now = world.now();
    let mut keep = |media: Option<&Media>, id: &str| {
        let media = media.filter(|media| wanted.includes(media))?;
        let name = format!("{id}.{}", mime::extension(&media.mimetype));
        world.files.keep(session, &name, &media.mimetype, media.bytes.clone(), now);
        Some(format!("{}/api/files/{session}/{name}", world.url))
    };
    let full = message.key.serialized();
    let id = if world.engine.has_browser() { &full } else { &message.key.id };
    let own = keep(message.media(), id);
    let quoted = message.quoted.as_ref();
    let quoted = quoted.and_then(|quoted| keep(quoted.content.as_ref().and_then(Content::media), &quoted.id));
    Urls { own, quoted }
}

/// The shape of a stored message, with its files where they are wanted.
pub(crate) fn shape(world: &mut World, session: &str, message: &Message, wanted: &Wanted) -> Value {
    let urls = download(world, session, message, wanted);
    shapes::message::message(world.engine, message, &urls, View::Stored)
}

/// The key of a message by its full id, or by its bare id where the chat is known.
pub(crate) fn key(chat: &str, id: &str) -> Option<Key> {
    if id.contains('_') {
        return Key::parse(id);
    }
    Some(Key { from_me: false, chat: ids::canonical(chat), id: id.to_owned(), participant: None })
}

fn quote(world: &World, session: &str, chat: &str, id: &str) -> Option<Quoted> {
    let key = key(chat, id)?;
    let found = world.sessions.get(session).and_then(|session| session.chats.find(&key));
    Some(match found {
        Some(message) => {
            Quoted { id: key.id, participant: message.sender.clone(), content: Some(message.content.clone()) }
        }
        None => {
            let other = if key.from_me { ME.to_owned() } else { key.chat };
            Quoted { id: key.id, participant: key.participant.unwrap_or(other), content: None }
        }
    })
}

fn compose(world: &mut World, session: &str, outgoing: Outgoing) -> Message {
    let Outgoing { chat, content, id, mentions, forwarded, .. } = outgoing;
    let id = id.unwrap_or_else(|| world.message_id());
    let names_sender = ids::is_group(&chat) || ids::is_status(&chat) && names_sender_of_status(world.engine, &content);
    let participant = names_sender.then(|| ME.to_owned());
    let key = Key { from_me: true, chat, id, participant };
    let (source, ack) = (Source::Api, Ack::Pending);
    let push_name = world.sessions.get(session).map(|session| session.push_name.clone()).unwrap_or_default();
    Message { push_name, source, mentions, forwarded, ack, ..bare(world, key, ME, content) }
}

/// Whether the id of a status says whose it is.
fn names_sender_of_status(engine: Engine, content: &Content) -> bool {
    match engine {
        Engine::Webjs => true,
        Engine::Wpp | Engine::Noweb => matches!(content, Content::Text(_)),
        Engine::Gows => false,
    }
}

fn theirs(world: &World, key: Key, from: &str, content: Content) -> Message {
    let contact = world.whatsapp.contact(from);
    let push_name = contact.and_then(|contact| contact.push_name.clone().or_else(|| contact.name.clone()));
    Message { push_name: push_name.unwrap_or_default(), ..bare(world, key, from, content) }
}

fn bare(world: &World, key: Key, sender: &str, content: Content) -> Message {
    Message {
        key,
        sender: sender.to_owned(),
        push_name: String::new(),
        timestamp: world.now() / 1000,
        source: Source::App,
        ack: Ack::Device,
        content,
        quoted: None,
        mentions: Vec::new(),
        forwarded: false,
        starred: false,
        edited: None,
        reactions: BTreeMap::new(),
        receipts: BTreeMap::new(),
        read: false,
    }
}

/// Shows a chat in the archive, or out of it.
pub(crate) fn archive(world: &mut World, session: &str, chat: &str, archived: bool) {
    let Some(found) = world.sessions.get_mut(session) else {
        return;
    };
    let chat = ids::canonical(chat);
    let known = found.chats.chat_mut(&chat);
    known.archived = archived;
    let timestamp = known.timestamp;
    if world.engine == Engine::Webjs {
        let mut payload = json!({ "id": chat, "archived": archived });
        if timestamp > 0 {
            payload["timestamp"] = json!(timestamp);
        }
        world.emit(session, "chat.archive", payload);
    }
}
