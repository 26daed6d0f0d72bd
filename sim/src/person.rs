//! People on the other side who act by themselves.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use crate::{
    Builder, Contact, Incoming, Presence, ids,
    state::{World, groups, message::Ack, messages, presence},
    time::millis,
};

/// Somebody on WhatsApp who reads what is written to them, answers, and comes and goes.
///
/// All of it happens by the clock of the stand-in: at once where no time is given, and otherwise when
/// [`Server::advance`](crate::Server::advance) gets there.
///
/// ```
/// use std::time::Duration;
/// use waha_sim::Server;
///
/// let server = Server::builder().session("default").person("11111111111@c.us", |ada| {
///     ada.contact(|contact| contact.name("Ada"))
///         .replies("ping", "pong")
///         .goes_offline(Duration::from_secs(60))
/// });
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Person {
    contact: Contact,
    answers: Vec<Answer>,
    takes: Duration,
    never_reads: bool,
    is_offline: bool,
    plan: Vec<(Duration, Action)>,
}

type Answer = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

#[derive(Debug, Clone)]
enum Action {
    Joins(String),
    Leaves(String),
    Writes { session: String, text: String },
    Becomes(Presence),
}

impl Person {
    /// Describes the person.
    pub fn contact(mut self, describe: impl FnOnce(Contact) -> Contact) -> Self {
        self.contact = describe(self.contact);
        self
    }

    /// Answers one text with another.
    pub fn replies(self, to: impl Into<String>, with: impl Into<String>) -> Self {
        let (to, with) = (to.into(), with.into());
        self.answers(move |text| (text == to).then(|| with.clone()))
    }

    /// Answers texts with what the function returns; `None` is no answer. Of several rules, the first that has an
    /// answer counts.
    pub fn answers(mut self, answer: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.answers.push(Arc::new(answer));
        self
    }

    /// Sets how long it takes until a message is read and answered; no time by default.
    pub fn takes(mut self, time: Duration) -> Self {
        self.takes = time;
        self
    }

    /// Never reads messages, so that they are delivered and not answered.
    pub fn never_reads(mut self) -> Self {
        self.never_reads = true;
        self
    }

    /// Starts offline: messages wait until the person comes online.
    pub fn offline(mut self) -> Self {
        self.is_offline = true;
        self
    }

    /// Joins a group some time after the start, or asks to join where an admin has to approve.
    pub fn joins(self, group: impl Into<String>, after: Duration) -> Self {
        self.plans(after, Action::Joins(group.into()))
    }

    /// Leaves a group some time after the start.
    pub fn leaves(self, group: impl Into<String>, after: Duration) -> Self {
        self.plans(after, Action::Leaves(group.into()))
    }

    /// Writes to the account of a session some time after the start.
    pub fn writes(self, session: impl Into<String>, text: impl Into<String>, after: Duration) -> Self {
        self.plans(after, Action::Writes { session: session.into(), text: text.into() })
    }

    /// Goes offline some time after the start.
    pub fn goes_offline(self, after: Duration) -> Self {
        self.plans(after, Action::Becomes(Presence::Offline))
    }

    /// Comes online some time after the start, and reads what has arrived meanwhile.
    pub fn comes_online(self, after: Duration) -> Self {
        self.plans(after, Action::Becomes(Presence::Online))
    }

    fn plans(mut self, after: Duration, act: Action) -> Self {
        self.plan.push((after, act));
        self
    }

    fn answer(&self, text: &str) -> Option<String> {
        self.answers.iter().find_map(|answer| answer(text))
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("contact", &self.contact).field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl Builder {
    /// Adds a person on WhatsApp whom every session knows, and who acts by themselves.
    pub fn person(mut self, id: impl AsRef<str>, describe: impl FnOnce(Person) -> Person) -> Self {
        self.people.push((ids::canonical(id.as_ref()), describe(Person::default())));
        self
    }
}

/// The people, and what they have not seen yet.
#[derive(Debug, Default)]
pub(crate) struct People {
    known: BTreeMap<String, Person>,
    missed: BTreeMap<String, Vec<UnreadMessage>>,
}

/// A message as its reader sees it.
#[derive(Debug, Clone)]
struct UnreadMessage {
    session: String,
    chat: String,
    text: String,
}

impl World {
    /// Lets somebody in, and their plans begin.
    pub(crate) fn welcome(&mut self, id: &str, person: Person) {
        self.whatsapp.add(id, person.contact.clone());
        for (after, act) in person.plan.clone() {
            let id = id.to_owned();
            self.later(millis(after), move |world| world.act(&id, act));
        }
        if person.is_offline {
            self.people.missed.insert(id.to_owned(), Vec::new());
        }
        self.people.known.insert(id.to_owned(), person);
    }

    fn act(&mut self, who: &str, act: Action) {
        match act {
            Action::Joins(group) => groups::join(self, &group, who),
            Action::Leaves(group) => groups::leave(self, &group, who),
            Action::Writes { session, text } => {
                messages::receive(self, &session, Incoming::text(who, text).into_received());
            }
            Action::Becomes(presence) => presence::change(self, who, who, presence),
        }
    }

    /// A session has written to a chat, and whoever is in it may answer.
    pub(crate) fn said(&mut self, session: &str, chat: &str, text: &str) {
        let chat = ids::canonical(chat);
        let in_chat = |id: &str| match self.whatsapp.groups.get(&chat) {
            Some(group) => group.role_of(id).is_some(),
            None => id == chat,
        };
        let readers: Vec<_> = self.people.known.keys().filter(|id| in_chat(id)).cloned().collect();
        let message = UnreadMessage { session: session.to_owned(), chat: chat.clone(), text: text.to_owned() };
        for id in readers {
            match self.people.missed.get_mut(&id) {
                Some(missed) => missed.push(message.clone()),
                None => self.reach(id, message.clone()),
            }
        }
    }

    /// Somebody has come or gone.
    pub(crate) fn noticed(&mut self, who: &str, presence: Presence) {
        if presence == Presence::Offline {
            self.people.missed.entry(who.to_owned()).or_default();
        } else {
            for message in self.people.missed.remove(who).unwrap_or_default() {
                self.reach(who.to_owned(), message);
            }
        }
    }

    /// A message gets to somebody's phone, and is read later on.
    fn reach(&mut self, who: String, message: UnreadMessage) {
        let Some(person) = self.people.known.get(&who) else { return };
        let (takes, reads) = (millis(person.takes), !person.never_reads);
        let arrived = message.clone();
        self.later(0, move |world| messages::acknowledge(world, &arrived.session, &arrived.chat, Ack::Device));
        if reads {
            self.later(takes, move |world| world.read(&who, &message));
        }
    }

    fn read(&mut self, who: &str, message: &UnreadMessage) {
        let UnreadMessage { session, chat, text } = message;
        let answer = self.people.known.get(who).and_then(|person| person.answer(text));
        messages::acknowledge(self, session, chat, Ack::Read);
        let Some(answer) = answer else { return };
        presence::change(self, who, chat, Presence::Typing);
        let incoming = Incoming::text(who, answer);
        let incoming = if ids::is_group(chat) { incoming.in_group(chat) } else { incoming };
        messages::receive(self, session, incoming.into_received());
        presence::change(self, who, chat, Presence::Paused);
    }
}
