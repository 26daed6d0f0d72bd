//! What other people write to the sessions.

use axum::body::Bytes;

use crate::{
    Server,
    state::{
        World,
        message::{Ack, Card, Content, Key, Location, Media, MediaKind},
        messages::{self, Received},
    },
};

/// A message that another person sends, for [`Server::receive`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Incoming(Received);

impl Incoming {
    /// Creates a text to the account. `from` is a phone number or an id, such as `11111111111@c.us`.
    pub fn text(from: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(from.into(), Content::text(text))
    }

    /// Creates a file to the account; its media type determines what kind of message it is.
    pub fn file(from: impl Into<String>, mimetype: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let mimetype = mimetype.into();
        let kind = match mimetype.split(['/', ';']).next() {
            Some("image") if mimetype.starts_with("image/webp") => MediaKind::Sticker,
            Some("image") => MediaKind::Image,
            Some("video") => MediaKind::Video,
            Some("audio") => MediaKind::Voice,
            _ => MediaKind::Document,
        };
        let bytes = Bytes::from(bytes.into());
        Self::new(from.into(), Content::Media(Media { kind, mimetype, filename: None, caption: None, bytes }))
    }

    /// Creates a location to the account, in degrees.
    pub fn location(from: impl Into<String>, latitude: f64, longitude: f64) -> Self {
        Self::new(from.into(), Content::Location(Location { latitude, longitude, name: None }))
    }

    /// Creates a contact to the account, as a vCard.
    pub fn card(from: impl Into<String>, name: impl Into<String>, vcard: impl Into<String>) -> Self {
        let card = Card { name: name.into(), vcard: vcard.into() };
        Self::new(from.into(), Content::Contacts(vec![card]))
    }

    fn new(from: String, content: Content) -> Self {
        Self(Received { from, group: None, content, reply_to: None })
    }

    /// Sends it in a group instead.
    pub fn in_group(mut self, id: impl Into<String>) -> Self {
        self.0.group = Some(id.into());
        self
    }

    /// Makes it a reply to another message, by its full or its bare id.
    pub fn in_reply_to(mut self, id: impl Into<String>) -> Self {
        self.0.reply_to = Some(id.into());
        self
    }

    /// Sets the text below a file. Does nothing to other messages.
    pub fn caption(mut self, text: impl Into<String>) -> Self {
        if let Content::Media(media) = &mut self.0.content {
            media.caption = Some(text.into());
        }
        self
    }

    /// Sets the name of a file or of a location. Does nothing to other messages.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        match &mut self.0.content {
            Content::Media(media) => media.filename = Some(name.into()),
            Content::Location(location) => location.name = Some(name.into()),
            _ => {}
        }
        self
    }

    pub(crate) fn into_received(self) -> Received {
        self.0
    }
}

/// Things that other people do. Each of them happens at once, and the session is told; nothing happens where there is no
/// such session or no such message.
impl Server {
    /// Makes another person send a message. Returns its full id.
    pub fn receive(&self, session: &str, incoming: Incoming) -> String {
        self.app.change(|world| messages::receive(world, session, incoming.into_received()))
    }

    /// Makes the account itself write, on its phone. Returns the full id of the message.
    pub fn write_on_phone(&self, session: &str, chat: &str, text: &str) -> String {
        self.app.change(|world| messages::send_from_phone(world, session, chat, text))
    }

    /// Makes WhatsApp refuse a message of the account, named by its full id.
    pub fn refuse(&self, session: &str, message: &str) {
        self.act(message, |world, key| messages::advance(world, session, key, None, Ack::Error));
    }

    /// Delivers the account's messages in a chat to the other side's devices.
    pub fn deliver(&self, session: &str, chat: &str) {
        self.app.change(|world| messages::acknowledge(world, session, chat, Ack::Device));
    }

    /// Makes the other side read the account's messages in a chat.
    pub fn read(&self, session: &str, chat: &str) {
        self.app.change(|world| messages::acknowledge(world, session, chat, Ack::Read));
    }

    /// Makes a member of a group read a message of the account, named by its full id.
    pub fn read_by(&self, session: &str, member: &str, message: &str) {
        self.act(message, |world, key| messages::advance(world, session, key, Some(member), Ack::Read));
    }

    /// Makes another person react to a message, named by its full id. An empty text takes the reaction back.
    pub fn react(&self, session: &str, from: &str, message: &str, text: &str) {
        self.act(message, |world, to| {
            let content = Content::Reaction { to: to.clone(), text: text.to_owned() };
            let reaction = messages::their_action(world, from, &to.chat, content);
            messages::react(world, session, &reaction, to, text);
        });
    }

    /// Makes another person edit their message, named by its full id.
    pub fn edit(&self, session: &str, from: &str, message: &str, text: &str) {
        self.act(message, |world, of| {
            let content = Content::Edit { of: of.clone(), text: text.to_owned() };
            let edit = messages::their_action(world, from, &of.chat, content);
            messages::edit(world, session, &edit, of, text);
        });
    }

    /// Makes another person delete their message for everybody.
    pub fn revoke(&self, session: &str, from: &str, message: &str) {
        self.act(message, |world, of| {
            let revoke = messages::their_action(world, from, &of.chat, Content::Revoke { of: of.clone() });
            messages::revoke(world, session, &revoke, of);
        });
    }

    /// Makes another person vote in a poll, for these options and no others.
    pub fn vote(&self, session: &str, from: &str, poll: &str, options: &[&str]) {
        self.act(poll, |world, on| {
            let options = options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>();
            let content = Content::Vote { on: on.clone(), options: options.clone() };
            let vote = messages::their_action(world, from, &on.chat, content);
            messages::vote(world, session, &vote, on, &options);
        });
    }

    fn act(&self, message: &str, act: impl FnOnce(&mut World, &Key)) {
        let Some(key) = Key::parse(message) else { return };
        self.app.change(|world| act(world, &key));
    }
}
