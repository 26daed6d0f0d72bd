//! The commands of the control API.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::params::{Base64, Chat, GroupId, Person, flag, read, seconds};
use crate::{
    Contact, Fault, Group, Incoming, Presence, SessionStatus, assets,
    document::DOCUMENT,
    error::Error,
    shapes::group_event::Change,
    state::{
        App, World, calls,
        events::Frame,
        groups,
        message::{Ack, Content, Key},
        messages, presence,
        session::ME,
    },
    time::millis,
};

/// What a call can do.
pub(super) struct Command {
    pub(super) method: &'static str,
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// What it takes, a line for each parameter.
    pub(super) parameters: &'static [&'static str],
    /// Answers `null` where there is nothing to tell.
    pub(super) run: fn(&App, Value) -> Result<Value, Error>,
}

const SESSION: &str = "session";
const MESSAGE: &str = "message: the full id of a message, such as true_11111111111@c.us_3EB0…";

const fn post(
    name: &'static str,
    about: &'static str,
    parameters: &'static [&'static str],
    run: fn(&App, Value) -> Result<Value, Error>,
) -> Command {
    Command { method: "POST", name, about, parameters, run }
}

pub(super) const COMMANDS: &[Command] = &[
    post("advance", "moves the clock forward", &["seconds"], advance),
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
        &["id", "name", "push_name", "lid", "about", "picture: a URL", "business", "refuses_groups"],
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
        run: |app, _| {
            app.world().faults.clear();
            Ok(Value::Null)
        },
    },
    post("websockets/drop", "drops all WebSockets without a close frame", &[], |app, _| {
        app.world().hub.feeds.clear();
        Ok(Value::Null)
    }),
    post("websockets/stall", "lets all WebSockets fall silent", &[], |app, _| {
        app.world().hub.tell_all(&Frame::Stall);
        Ok(Value::Null)
    }),
    post("websockets/close", "closes all WebSockets", &["code: such as 1012", "reason"], close_websockets),
];

/// Changes something of a session that is known.
fn with_session<T>(app: &App, name: &str, change: impl FnOnce(&mut World) -> Result<T, Error>) -> Result<T, Error> {
    app.change(|world| {
        world.known(name)?;
        change(world)
    })
}

fn advance(app: &App, params: Value) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        #[serde(deserialize_with = "seconds")]
        seconds: Duration,
    }
    let Params { seconds } = read(params)?;
    app.run_until(app.clock.now().saturating_add(millis(seconds)));
    Ok(Value::Null)
}

fn pair(app: &App, params: Value) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        session: String,
    }
    let Params { session } = read(params)?;
    with_session(app, &session, |world| {
        let status = world.known(&session)?.status();
        if status != SessionStatus::ScanQrCode {
            let message = format!("Session \"{session}\" shows no QR code: its status is {status}");
            return Err(Error::unprocessable(message));
        }
        world.pair(&session);
        Ok(Value::Null)
    })
}

fn status(app: &App, params: Value) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        session: String,
        status: String,
    }
    let Params { session, status } = read(params)?;
    let Some(status) = SessionStatus::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(&status)) else {
        let known: Vec<_> = SessionStatus::ALL.into_iter().map(SessionStatus::as_str).collect();
        return Err(Error::bad_request(format!("`{status}` is no status: use one of {}", known.join(", "))));
    };
    with_session(app, &session, |world| {
        world.move_to(&session, status);
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

fn receive(app: &App, params: Value) -> Result<Value, Error> {
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
    with_session(app, &session, |world| {
        let id = messages::receive(world, &session, incoming.into_received());
        Ok(json!({ "id": id }))
    })
}

fn write_on_phone(app: &App, params: Value) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        session: String,
        chat: Chat,
        text: String,
    }
    let Params { session, chat: Chat(chat), text } = read(params)?;
    with_session(app, &session, |world| {
        let id = messages::send_from_phone(world, &session, &chat, &text);
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
    fn run(self, app: &App, act: impl FnOnce(&mut World, &Self, &Key)) -> Result<Value, Error> {
        with_session(app, &self.session, |world| {
            let key = Key::parse(&self.message);
            let known = world.known(&self.session)?;
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

fn react(app: &App, params: Value) -> Result<Value, Error> {
    let call: ToMessage = read(params)?;
    let text = call.text()?;
    call.run(app, |world, ToMessage { session, from: Person(from), .. }, to| {
        let content = Content::Reaction { to: to.clone(), text: text.clone() };
        let reaction = messages::their_action(world, from, &to.chat, content);
        messages::react(world, session, &reaction, to, &text);
    })
}

fn edit(app: &App, params: Value) -> Result<Value, Error> {
    let call: ToMessage = read(params)?;
    let text = call.text()?;
    call.run(app, |world, ToMessage { session, from: Person(from), .. }, of| {
        let content = Content::Edit { of: of.clone(), text: text.clone() };
        let edit = messages::their_action(world, from, &of.chat, content);
        messages::edit(world, session, &edit, of, &text);
    })
}

fn revoke(app: &App, params: Value) -> Result<Value, Error> {
    let call: ToMessage = read(params)?;
    call.run(app, |world, ToMessage { session, from: Person(from), .. }, of| {
        let revoke = messages::their_action(world, from, &of.chat, Content::Revoke { of: of.clone() });
        messages::revoke(world, session, &revoke, of);
    })
}

fn vote(app: &App, params: Value) -> Result<Value, Error> {
    let mut call: ToMessage = read(params)?;
    let options = call.options.take().ok_or_else(|| Error::bad_request("missing field `options`"))?;
    call.run(app, |world, ToMessage { session, from: Person(from), .. }, on| {
        let content = Content::Vote { on: on.clone(), options: options.clone() };
        let vote = messages::their_action(world, from, &on.chat, content);
        messages::vote(world, session, &vote, on, &options);
    })
}

fn deliver(app: &App, params: Value) -> Result<Value, Error> {
    acknowledge(app, params, Ack::Device)
}

fn read_chat(app: &App, params: Value) -> Result<Value, Error> {
    acknowledge(app, params, Ack::Read)
}

fn acknowledge(app: &App, params: Value, ack: Ack) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        session: String,
        chat: Chat,
    }
    let Params { session, chat: Chat(chat) } = read(params)?;
    with_session(app, &session, |world| {
        messages::acknowledge(world, &session, &chat, ack);
        Ok(Value::Null)
    })
}

fn call(app: &App, params: Value) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        session: String,
        from: Person,
        #[serde(default, deserialize_with = "flag")]
        video: bool,
    }
    let Params { session, from: Person(from), video } = read(params)?;
    with_session(app, &session, |world| {
        let id = calls::ring(world, &session, &from, video);
        Ok(json!({ "id": id }))
    })
}

fn set_presence(app: &App, params: Value) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        person: Person,
        presence: Presence,
        group: Option<GroupId>,
    }
    let Params { person: Person(person), presence, group } = read(params)?;
    let chat = group.map_or_else(|| person.clone(), |GroupId(group)| group);
    app.change(|world| presence::change(world, &person, &chat, presence));
    Ok(Value::Null)
}

fn contact(app: &App, params: Value) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        id: Person,
        name: Option<String>,
        push_name: Option<String>,
        lid: Option<Person>,
        about: Option<String>,
        picture: Option<String>,
        #[serde(default, deserialize_with = "flag")]
        business: bool,
        #[serde(default, deserialize_with = "flag")]
        refuses_groups: bool,
    }
    let Params { id: Person(id), name, push_name, lid, about, picture, business, refuses_groups } = read(params)?;
    let mut contact = Contact::default();
    contact = name.into_iter().fold(contact, Contact::name);
    contact = push_name.into_iter().fold(contact, Contact::push_name);
    contact = lid.into_iter().fold(contact, |contact, Person(lid)| contact.lid(lid));
    contact = about.into_iter().fold(contact, Contact::about);
    contact = picture.into_iter().fold(contact, Contact::picture);
    contact = if business { contact.business() } else { contact };
    contact = if refuses_groups { contact.refuses_groups() } else { contact };
    app.change(|world| world.whatsapp.add(&id, contact));
    Ok(Value::Null)
}

fn group(app: &App, params: Value) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        id: GroupId,
        subject: Option<String>,
        description: Option<String>,
        picture: Option<String>,
        owner: Option<Person>,
        #[serde(default)]
        members: Vec<Person>,
        #[serde(default)]
        admins: Vec<Person>,
    }
    let Params { id: GroupId(id), subject, description, picture, owner, members, admins } = read(params)?;
    let mut group = Group::new(&id, ME);
    group = owner.into_iter().fold(group, |group, Person(owner)| group.owned_by(owner));
    group = subject.into_iter().fold(group, Group::subject);
    group = description.into_iter().fold(group, Group::description);
    group = picture.into_iter().fold(group, Group::picture);
    group = members.into_iter().fold(group, |group, Person(member)| group.member(member));
    group = admins.into_iter().fold(group, |group, Person(admin)| group.admin(admin));
    app.change(|world| {
        if world.whatsapp.groups.contains_key(&id) {
            return Err(Error::unprocessable(format!("There is a group '{id}' already")));
        }
        let now = world.now() / 1000;
        group.found(now, world.whatsapp.next_invite());
        world.whatsapp.groups.insert(id.clone(), group);
        groups::tell(world, &id, ME, &Change::Joined);
        Ok(Value::Null)
    })
}

fn join(app: &App, params: Value) -> Result<Value, Error> {
    change_membership(app, params, groups::join)
}

fn leave(app: &App, params: Value) -> Result<Value, Error> {
    change_membership(app, params, groups::leave)
}

fn change_membership(app: &App, params: Value, change: fn(&mut World, &str, &str)) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        group: GroupId,
        person: Person,
    }
    let Params { group: GroupId(group), person: Person(person) } = read(params)?;
    app.change(|world| {
        if !world.whatsapp.groups.contains_key(&group) {
            return Err(Error::not_found(format!("There is no group '{group}'")));
        }
        change(world, &group, &person);
        Ok(Value::Null)
    })
}

fn add_fault(app: &App, params: Value) -> Result<Value, Error> {
    let fault: Fault = read(params)?;
    if let Some(operation) = fault.operation().filter(|id| DOCUMENT.operation(id).is_none()) {
        let message = format!("`{operation}` is no operation of the document: write an operationId of GET /-json");
        return Err(Error::bad_request(message));
    }
    app.world().faults.add(fault);
    Ok(Value::Null)
}

fn close_websockets(app: &App, params: Value) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        code: u16,
        #[serde(default)]
        reason: String,
    }
    let Params { code, reason } = read(params)?;
    app.world().hub.tell_all(&Frame::Close { code, reason });
    Ok(Value::Null)
}
