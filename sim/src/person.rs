//! People on the other side who do something by themselves.

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
    plan: Vec<(Duration, Act)>,
}

type Answer = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

#[derive(Debug, Clone)]
enum Act {
    Joins(String),
    Leaves(String),
    Writes { session: String, text: String },
    Becomes(Presence),
}

impl Person {
    /// Who it is.
    pub fn contact(mut self, describe: impl FnOnce(Contact) -> Contact) -> Self {
        self.contact = describe(self.contact);
        self
    }

    /// Answers one text with another.
    pub fn replies(self, to: impl Into<String>, with: impl Into<String>) -> Self {
        let (to, with) = (to.into(), with.into());
        self.answers(move |text| (text == to).then(|| with.clone()))
    }

    /// Answers what it likes, or nothing. Of several rules the first that has an answer counts.
    pub fn answers(mut self, answer: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.answers.push(Arc::new(answer));
        self
    }

    /// How long it takes until a message is read and answered; no time by default.
    pub fn takes(mut self, time: Duration) -> Self {
        self.takes = time;
        self
    }

    /// Messages get to the phone and are not looked at, so they are not answered either.
    pub fn never_reads(mut self) -> Self {
        self.never_reads = true;
        self
    }

    /// Not there at first: messages wait until the person comes online.
    pub fn offline(mut self) -> Self {
        self.is_offline = true;
        self
    }

    /// Joins a group some time after the start, or asks to where an admin has to approve.
    pub fn joins(self, group: impl Into<String>, after: Duration) -> Self {
        self.plans(after, Act::Joins(group.into()))
    }

    /// Leaves a group some time after the start.
    pub fn leaves(self, group: impl Into<String>, after: Duration) -> Self {
        self.plans(after, Act::Leaves(group.into()))
    }

    /// Writes to the account of a session some time after the start.
    pub fn writes(self, session: impl Into<String>, text: impl Into<String>, after: Duration) -> Self {
        self.plans(after, Act::Writes { session: session.into(), text: text.into() })
    }

    /// Goes offline some time after the start.
    pub fn goes_offline(self, after: Duration) -> Self {
        self.plans(after, Act::Becomes(Presence::Offline))
    }

    /// Comes online some time after the start, and then reads what has come meanwhile.
    pub fn comes_online(self, after: Duration) -> Self {
        self.plans(after, Act::Becomes(Presence::Online))
    }

    fn plans(mut self, after: Duration, act: Act) -> Self {
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
    /// Somebody on WhatsApp whom every session knows, and who does something by themselves.
    pub fn person(mut self, id: impl AsRef<str>, describe: impl FnOnce(Person) -> Person) -> Self {
        self.people.push((ids::canonical(id.as_ref()), describe(Person::default())));
        self
    }
}

/// The people, and what they have not seen yet.
#[derive(Debug, Default)]
pub(crate) struct People {
    known: BTreeMap<String, Person>,
    missed: BTreeMap<String, Vec<Note>>,
}

/// A message as its reader sees it.
#[derive(Debug, Clone)]
struct Note {
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

    fn act(&mut self, who: &str, act: Act) {
        match act {
            Act::Joins(group) => groups::join(self, &group, who),
            Act::Leaves(group) => groups::leave(self, &group, who),
            Act::Writes { session, text } => {
                messages::receive(self, &session, Incoming::text(who, text).into_received());
            }
            Act::Becomes(presence) => presence::change(self, who, who, presence),
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
        let note = Note { session: session.to_owned(), chat: chat.clone(), text: text.to_owned() };
        for id in readers {
            match self.people.missed.get_mut(&id) {
                Some(missed) => missed.push(note.clone()),
                None => self.reach(id, note.clone()),
            }
        }
    }

    /// Somebody has come or gone.
    pub(crate) fn noticed(&mut self, who: &str, presence: Presence) {
        if presence == Presence::Offline {
            self.people.missed.entry(who.to_owned()).or_default();
        } else {
            for note in self.people.missed.remove(who).unwrap_or_default() {
                self.reach(who.to_owned(), note);
            }
        }
    }

    /// A message gets to somebody's phone, and is read later on.
    fn reach(&mut self, who: String, note: Note) {
        let Some(person) = self.people.known.get(&who) else { return };
        let (takes, reads) = (millis(person.takes), !person.never_reads);
        let arrived = note.clone();
        self.later(0, move |world| messages::acknowledge(world, &arrived.session, &arrived.chat, Ack::Device));
        if reads {
            self.later(takes, move |world| world.read(&who, &note));
        }
    }

    fn read(&mut self, who: &str, note: &Note) {
        let Note { session, chat, text } = note;
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
