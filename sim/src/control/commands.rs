//! The commands of the control API.

use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::{
    described::{DescribedGroup, DescribedPerson},
    params::{Base64, Chat, GroupId, Person, count, flag, read, seconds},
};
use crate::{
    Fault, Incoming, Presence, SessionStatus, assets,
    error::Error,
    shapes::group_event,
    state::{
        World, calls,
        events::Frame,
        groups,
        message::{Ack, Content, Key},
        messages, presence,
        session::ME,
    },
};

/// What a call can do.
pub(crate) struct Command {
    pub(crate) method: &'static str,
    pub(crate) name: &'static str,
    pub(super) about: &'static str,
    /// What it takes, a line for each parameter.
    pub(super) parameters: &'static [&'static str],
    pub(crate) run: Run,
}

/// How a command is carried out.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// Checks the parameters, and returns what to do to the world.
    Change(ReadChange),
    /// Moves the clock, which the world cannot do by itself.
    Advance,
}

/// Checks the parameters of a change.
pub(crate) type ReadChange = fn(Value) -> Result<Change, Error>;

/// Something to do to the world. Answers `null` where there is nothing to tell.
pub(crate) type Change = Box<dyn FnOnce(&mut World) -> Result<Value, Error> + Send>;

const SESSION: &str = "session";
const MESSAGE: &str = "message: the full id of a message, such as true_11111111111@c.us_3EB0…";

const fn post(
    name: &'static str,
    about: &'static str,
    parameters: &'static [&'static str],
    run: ReadChange,
) -> Command {
    Command { method: "POST", name, about, parameters, run: Run::Change(run) }
}

pub(crate) const COMMANDS: &[Command] = &[
    Command {
        method: "POST",
        name: "advance",
        about: "moves the clock forward",
        parameters: &["seconds"],
        run: Run::Advance,
    },
    post("pair", "a phone scans the QR code of a session", &[SESSION], pair),
    post("status", "moves a session to another status", &[SESSION, "status: such as FAILED"], status),
    post(
        "receive",
        "somebody writes to a session; answers with the id of the message",
        &[
            SESSION,
            "from: who writes, such as 11111111111",
            "text, or file, location or contact",
            "file: {mimetype, data?: Base64, filename?, caption?}; without data, a sample",
            "location: {latitude, longitude, name?}",
            "contact: {name, vcard}",
            "group: where, if in a group",
            "reply_to: the id of the message that is answered, if any",
        ],
        receive,
    ),
    post("write_on_phone", "the account writes on its phone", &[SESSION, "chat", "text"], write_on_phone),
    post("react", "somebody reacts to a message", &[SESSION, "from", MESSAGE, "text: empty to take it back"], react),
    post("edit", "somebody edits a message", &[SESSION, "from", MESSAGE, "text"], edit),
    post("revoke", "somebody deletes a message for everybody", &[SESSION, "from", MESSAGE], revoke),
    post("vote", "somebody votes in a poll", &[SESSION, "from", MESSAGE, "options: a list of texts"], vote),
    post("deliver", "a chat's messages of the account are delivered", &[SESSION, "chat"], deliver),
    post("read", "a chat's messages of the account are read", &[SESSION, "chat"], read_chat),
    post("call", "somebody calls; answers with the id of the call", &[SESSION, "from", "video: true or false"], call),
    post(
        "presence",
        "somebody comes, goes or types",
        &["person", "presence: offline, online, typing, recording or paused", "group: where, if in a group"],
        set_presence,
    ),
    post(
        "contacts",
        "adds a person, or describes one anew",
        &[
            "id",
            "name",
            "push_name",
            "lid",
            "about",
            "picture: a URL",
            "business: true or false",
            "refuses_groups: true or false",
            "answers: a list of {with, to?, containing?}; the first that fits is the answer, {text} is what was written",
            "takes: seconds until a message is read and answered",
            "never_reads: true or false",
            "offline: true or false",
        ],
        contact,
    ),
    post(
        "groups",
        "adds a group that the account is in",
        &[
            "id",
            "subject",
            "description",
            "picture: a URL",
            "owner: the account by default",
            "members: a list",
            "admins: a list",
            "restricted: true if only admins may change it",
            "approves_members: true if an admin has to let people in",
            "requested_by: a list of those who wait for that",
        ],
        group,
    ),
    post("groups/join", "somebody joins a group", &["group", "person"], join),
    post("groups/leave", "somebody leaves a group", &["group", "person"], leave),
    post("faults", "sets a fault; see the documentation of waha_sim::Fault", &["as members of the body"], add_fault),
    Command {
        method: "DELETE",
        name: "faults",
        about: "ends all faults",
        parameters: &[],
        run: Run::Change(|params| {
            read::<Nothing>(params)?;
            done(|world| world.faults.clear())
        }),
    },
    post("websockets/drop", "drops all WebSockets without a close frame", &[], |params| {
        read::<Nothing>(params)?;
        done(|world| world.hub.feeds.clear())
    }),
    post("websockets/stall", "lets all WebSockets fall silent", &[], |params| {
        read::<Nothing>(params)?;
        done(|world| world.hub.tell_all(&Frame::Stall))
    }),
    post("websockets/close", "closes all WebSockets", &["code: such as 1012", "reason"], close_websockets),
    post(
        "connections/cut",
        "resets each connection that is opened from now on, unless it is for the control API",
        &[
            "least: after how many bytes in both directions together, at least",
            "most: the same, at most; how many is drawn for each connection. Without it, least",
        ],
        cut_connections,
    ),
    post("connections/spare", "resets no connection that is opened from now on", &[], |params| {
        read::<Nothing>(params)?;
        done(|world| world.spare_connections())
    }),
];

/// The parameters of a command that has none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Does something that cannot fail, and that answers nothing.
fn done(change: impl FnOnce(&mut World) + Send + 'static) -> Result<Change, Error> {
    Ok(Box::new(move |world| {
        change(world);
        Ok(Value::Null)
    }))
}

/// Changes something of a session that has to be known.
fn with_session(
    name: String,
    change: impl FnOnce(&mut World, &str) -> Result<Value, Error> + Send + 'static,
) -> Result<Change, Error> {
    Ok(Box::new(move |world| {
        world.known(&name)?;
        change(world, &name)
    }))
}

/// Reads how far the clock is to be moved.
pub(super) fn time_to_advance(params: Value) -> Result<Duration, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        #[serde(deserialize_with = "seconds")]
        seconds: Duration,
    }
    read(params).map(|Params { seconds }| seconds)
}

fn pair(params: Value) -> Result<Change, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        session: String,
    }
    let Params { session } = read(params)?;
    with_session(session, |world, session| {
        let status = world.known(session)?.status();
        if status != SessionStatus::ScanQrCode {
            let message = format!("Session \"{session}\" shows no QR code: its status is {status}");
            return Err(Error::unprocessable(message));
        }
        world.pair(session);
        Ok(Value::Null)
    })
}

fn status(params: Value) -> Result<Change, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        session: String,
        status: String,
    }
    let Params { session, status } = read(params)?;
    let status = SessionStatus::parse(&status).map_err(Error::bad_request)?;
    with_session(session, move |world, session| {
        world.move_to(session, status);
        Ok(Value::Null)
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Receive {
    session: String,
    from: Person,
    text: Option<String>,
    file: Option<File>,
    location: Option<Location>,
    contact: Option<Card>,
    group: Option<GroupId>,
    reply_to: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mimetype: String,
    data: Option<Base64>,
    filename: Option<String>,
    caption: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Location {
    latitude: f64,
    longitude: f64,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    name: String,
    vcard: String,
}

fn receive(params: Value) -> Result<Change, Error> {
    let Receive { session, from: Person(from), text, file, location, contact, group, reply_to } = read(params)?;
    let mut incoming = match (text, file, location, contact) {
        (Some(text), None, None, None) => Incoming::text(from, text),
        (None, Some(File { mimetype, data, filename, caption }), None, None) => {
            let bytes = data.map_or_else(|| assets::of_type(&mimetype).to_vec(), |Base64(bytes)| bytes);
            let mut incoming = Incoming::file(from, mimetype, bytes);
            if let Some(name) = filename {
                incoming = incoming.name(name);
            }
            match caption {
                Some(caption) => incoming.caption(caption),
                None => incoming,
            }
        }
        (None, None, Some(Location { latitude, longitude, name }), None) => {
            let incoming = Incoming::location(from, latitude, longitude);
            match name {
                Some(name) => incoming.name(name),
                None => incoming,
            }
        }
        (None, None, None, Some(Card { name, vcard })) => Incoming::card(from, name, vcard),
        _ => return Err(Error::bad_request("Give one of `text`, `file`, `location` and `contact`")),
    };
    if let Some(GroupId(group)) = group {
        incoming = incoming.in_group(group);
    }
    if let Some(message) = reply_to {
        incoming = incoming.in_reply_to(message);
    }
    with_session(session, |world, session| {
        let id = messages::receive(world, session, incoming.into_received());
        Ok(json!({ "id": id }))
    })
}

fn write_on_phone(params: Value) -> Result<Change, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        session: String,
        chat: Chat,
        text: String,
    }
    let Params { session, chat: Chat(chat), text } = read(params)?;
    with_session(session, move |world, session| {
        let id = messages::send_from_phone(world, session, &chat, &text);
        Ok(json!({ "id": id }))
    })
}

/// What somebody does with a message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToMessage {
    session: String,
    from: Person,
    message: String,
    text: Option<String>,
    options: Option<Vec<String>>,
}

impl ToMessage {
    fn run(self, act: impl FnOnce(&mut World, &Self, &Key) + Send + 'static) -> Result<Change, Error> {
        with_session(self.session.clone(), move |world, session| {
            let key = Key::parse(&self.message);
            let known = world.known(session)?;
            let key = key.filter(|key| known.chats.find(key).is_some());
            let key = key.ok_or_else(|| Error::not_found(format!("Message '{}' not found", self.message)))?;
            act(world, &self, &key);
            Ok(Value::Null)
        })
    }

    fn text(&self) -> Result<String, Error> {
        self.text.clone().ok_or_else(|| Error::bad_request("missing field `text`"))
    }
}

fn react(params: Value) -> Result<Change, Error> {
    let call: ToMessage = read(params)?;
    let text = call.text()?;
    call.run(move |world, ToMessage { session, from: Person(from), .. }, to| {
        let content = Content::Reaction { to: to.clone(), text: text.clone() };
        let reaction = messages::their_action(world, from, &to.chat, content);
        messages::react(world, session, &reaction, to, &text);
    })
}

fn edit(params: Value) -> Result<Change, Error> {
    let call: ToMessage = read(params)?;
    let text = call.text()?;
    call.run(move |world, ToMessage { session, from: Person(from), .. }, of| {
        let content = Content::Edit { of: of.clone(), text: text.clone() };
        let edit = messages::their_action(world, from, &of.chat, content);
        messages::edit(world, session, &edit, of, &text);
    })
}

fn revoke(params: Value) -> Result<Change, Error> {
    let call: ToMessage = read(params)?;
    call.run(move |world, ToMessage { session, from: Person(from), .. }, of| {
        let revoke = messages::their_action(world, from, &of.chat, Content::Revoke { of: of.clone() });
        messages::revoke(world, session, &revoke, of);
    })
}

fn vote(params: Value) -> Result<Change, Error> {
    let mut call: ToMessage = read(params)?;
    let options = call.options.take().ok_or_else(|| Error::bad_request("missing field `options`"))?;
    call.run(move |world, ToMessage { session, from: Person(from), .. }, on| {
        let content = Content::Vote { on: on.clone(), options: options.clone() };
        let vote = messages::their_action(world, from, &on.chat, content);
        messages::vote(world, session, &vote, on, &options);
    })
}

fn deliver(params: Value) -> Result<Change, Error> {
    acknowledge(params, Ack::Device)
}

fn read_chat(params: Value) -> Result<Change, Error> {
    acknowledge(params, Ack::Read)
}

fn acknowledge(params: Value, ack: Ack) -> Result<Change, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        session: String,
        chat: Chat,
    }
    let Params { session, chat: Chat(chat) } = read(params)?;
    with_session(session, move |world, session| {
        messages::acknowledge(world, session, &chat, ack);
        Ok(Value::Null)
    })
}

fn call(params: Value) -> Result<Change, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        session: String,
        from: Person,
        #[serde(default, deserialize_with = "flag")]
        video: bool,
    }
    let Params { session, from: Person(from), video } = read(params)?;
    with_session(session, move |world, session| {
        let id = calls::ring(world, session, &from, video);
        Ok(json!({ "id": id }))
    })
}

fn set_presence(params: Value) -> Result<Change, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        person: Person,
        presence: Presence,
        group: Option<GroupId>,
    }
    let Params { person: Person(person), presence, group } = read(params)?;
    let chat = group.map_or_else(|| person.clone(), |GroupId(group)| group);
    done(move |world| presence::change(world, &person, &chat, presence))
}

fn contact(params: Value) -> Result<Change, Error> {
    let described: DescribedPerson = read(params)?;
    done(move |world| match described {
        described if described.acts() => world.welcome(&described.id(), described.into_person()),
        described => world.whatsapp.add(&described.id(), described.into_contact()),
    })
}

fn group(params: Value) -> Result<Change, Error> {
    let group = read::<DescribedGroup>(params)?.into_group();
    Ok(Box::new(move |world| {
        let id = group.id.clone();
        if world.whatsapp.groups.contains_key(&id) {
            return Err(Error::unprocessable(format!("There is a group '{id}' already")));
        }
        world.add_group(group);
        groups::tell(world, &id, ME, &group_event::Change::Joined);
        Ok(Value::Null)
    }))
}

fn join(params: Value) -> Result<Change, Error> {
    change_membership(params, groups::join)
}

fn leave(params: Value) -> Result<Change, Error> {
    change_membership(params, groups::leave)
}

fn change_membership(params: Value, change: fn(&mut World, &str, &str)) -> Result<Change, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        group: GroupId,
        person: Person,
    }
    let Params { group: GroupId(group), person: Person(person) } = read(params)?;
    Ok(Box::new(move |world| {
        if !world.whatsapp.groups.contains_key(&group) {
            return Err(Error::not_found(format!("There is no group '{group}'")));
        }
        change(world, &group, &person);
        Ok(Value::Null)
    }))
}

fn add_fault(params: Value) -> Result<Change, Error> {
    let fault: Fault = read(params)?;
    fault.check_operation().map_err(Error::bad_request)?;
    done(|world| world.faults.add(fault))
}

fn cut_connections(params: Value) -> Result<Change, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        #[serde(deserialize_with = "count")]
        least: u64,
        #[serde(default, deserialize_with = "some_count")]
        most: Option<u64>,
    }
    let Params { least, most } = read(params)?;
    let most = most.unwrap_or(least);
    if most < least {
        return Err(Error::bad_request(format!("`most` is {most}: write {least} or more, which is `least`")));
    }
    done(move |world| world.cut_connections(least..most.saturating_add(1)))
}

fn some_count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    count(deserializer).map(Some)
}

fn close_websockets(params: Value) -> Result<Change, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        #[serde(deserialize_with = "count")]
        code: u16,
        #[serde(default)]
        reason: String,
    }
    let Params { code, reason } = read(params)?;
    done(move |world| world.hub.tell_all(&Frame::Close { code, reason }))
}
