//! People and groups as the control API and scripts describe them.

use serde::Deserialize;

use super::params::{GroupId, Person, Seconds, flag};
use crate::{Contact, Group, person, state::session::ME};

/// Somebody on WhatsApp, and what they do by themselves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DescribedPerson {
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
    #[serde(default)]
    answers: Vec<Answer>,
    takes: Option<Seconds>,
    #[serde(default, deserialize_with = "flag")]
    never_reads: bool,
    #[serde(default, deserialize_with = "flag")]
    offline: bool,
}

/// What somebody answers: to one text, to texts that contain another, or to all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    with: String,
    to: Option<String>,
    containing: Option<String>,
}

impl Answer {
    fn answer(&self, text: &str) -> Option<String> {
        let is_meant = self.to.as_ref().is_none_or(|to| to == text)
            && self.containing.as_ref().is_none_or(|part| text.contains(part.as_str()));
        is_meant.then(|| self.with.replace("{text}", text))
    }
}

impl DescribedPerson {
    pub(crate) fn id(&self) -> String {
        self.id.0.clone()
    }

    /// Whether it is more than a contact: a person who reads messages, or does not, as described.
    pub(super) fn acts(&self) -> bool {
        !self.answers.is_empty() || self.takes.is_some() || self.never_reads || self.offline
    }

    pub(super) fn into_contact(self) -> Contact {
        let mut contact = Contact::default();
        contact = self.name.into_iter().fold(contact, Contact::name);
        contact = self.push_name.into_iter().fold(contact, Contact::push_name);
        contact = self.lid.into_iter().fold(contact, |contact, Person(lid)| contact.lid(lid));
        contact = self.about.into_iter().fold(contact, Contact::about);
        contact = self.picture.into_iter().fold(contact, Contact::picture);
        contact = if self.business { contact.business() } else { contact };
        if self.refuses_groups { contact.refuses_groups() } else { contact }
    }

    pub(crate) fn into_person(mut self) -> person::Person {
        let mut person = person::Person::default();
        for answer in std::mem::take(&mut self.answers) {
            person = person.answers(move |text| answer.answer(text));
        }
        person = self.takes.into_iter().fold(person, |person, Seconds(time)| person.takes(time));
        person = if self.never_reads { person.never_reads() } else { person };
        person = if self.offline { person.offline() } else { person };
        person.contact(|_| self.into_contact())
    }
}

/// A group that the account is in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DescribedGroup {
    id: GroupId,
    subject: Option<String>,
    description: Option<String>,
    picture: Option<String>,
    owner: Option<Person>,
    #[serde(default)]
    members: Vec<Person>,
    #[serde(default)]
    admins: Vec<Person>,
    #[serde(default, deserialize_with = "flag")]
    restricted: bool,
    #[serde(default, deserialize_with = "flag")]
    approves_members: bool,
    #[serde(default)]
    requested_by: Vec<Person>,
}

impl DescribedGroup {
    pub(crate) fn id(&self) -> String {
        self.id.0.clone()
    }

    pub(crate) fn into_group(self) -> Group {
        let mut group = Group::new(&self.id.0, ME);
        group = self.owner.into_iter().fold(group, |group, Person(owner)| group.owned_by(owner));
        group = self.subject.into_iter().fold(group, Group::subject);
        group = self.description.into_iter().fold(group, Group::description);
        group = self.picture.into_iter().fold(group, Group::picture);
        group = self.members.into_iter().fold(group, |group, Person(member)| group.member(member));
        group = self.admins.into_iter().fold(group, |group, Person(admin)| group.admin(admin));
        group = if self.restricted { group.restricted() } else { group };
        group = if self.approves_members { group.approves_members() } else { group };
        self.requested_by.into_iter().fold(group, |group, Person(id)| group.requested_by(id))
    }
}
