//! What lies behind the server: WhatsApp, as far as a test has made it up.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{
    account::Account,
    channel::Channel,
    contact::Contact,
    group::Group,
    presence::Seen,
    rate_limit::RateLimit,
    session::{ME, MY_LID},
};
use crate::ids;

#[derive(Debug, Default)]
pub(crate) struct WhatsApp {
    pub(crate) account: Account,
    pub(crate) groups: BTreeMap<String, Group>,
    /// In the order of the directory.
    pub(crate) channels: Vec<Channel>,
    /// How often it may be asked for pictures.
    pub(crate) picture_limit: RateLimit,
    contacts: BTreeMap<String, Contact>,
    /// What tests have changed, by session and id, because a privacy setting may show a picture to
    /// one account and hide it from another.
    pictures: HashMap<(String, String), Option<String>>,
    picture_fetches: usize,
    /// What people did last, outside of groups.
    pub(crate) presences: BTreeMap<String, Seen>,
    invites: u32,
    /// What accounts have sent, in the order in which it went out.
    sent: Vec<Sent>,
    sent_ids: HashSet<(String, String, String)>,
    /// Whether a message with an id that was used before is shown again.
    pub(crate) shows_repeated_ids: bool,
}

/// A message that others got from the account of a session; from [`Server::sent`](crate::Server::sent).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// The name of the session.
    pub session: String,
    /// The id of the chat.
    pub chat: String,
    /// The bare id of the message.
    pub id: String,
    /// The text, or the caption of a file.
    pub text: Option<String>,
}

impl WhatsApp {
    pub(crate) fn add(&mut self, id: &str, contact: Contact) {
        self.contacts.insert(ids::canonical(id), contact);
    }

    /// Somebody on WhatsApp, by any of their ids.
    pub(crate) fn contact(&self, id: &str) -> Option<&Contact> {
        self.contacts.get(&self.resolve(id))
    }

    /// Everybody, sorted by id.
    pub(crate) fn contacts(&self) -> impl Iterator<Item = (&str, &Contact)> {
        self.contacts.iter().map(|(id, contact)| (id.as_str(), contact))
    }

    /// The ids of everybody on WhatsApp or in the address book.
    pub(crate) fn known(&self) -> BTreeSet<&str> {
        self.contacts.keys().chain(self.account.names.keys()).map(String::as_str).collect()
    }

    /// The name under which the account has somebody in its address book.
    pub(crate) fn name_of(&self, id: &str) -> Option<&str> {
        let id = self.resolve(id);
        let given = self.account.names.get(&id);
        given.or_else(|| self.contacts.get(&id)?.name.as_ref()).map(String::as_str)
    }

    /// The id with the number where it is known to belong to a hidden one; any other id in its usual form.
    pub(crate) fn resolve(&self, id: &str) -> String {
        let id = ids::canonical(id);
        if !ids::is_hidden(&id) {
            return id;
        }
        if id == MY_LID {
            return ME.to_owned();
        }
        let known = self.contacts.iter().find(|(_, contact)| contact.lid.as_ref() == Some(&id));
        known.map_or(id, |(pn, _)| pn.clone())
    }

    /// The hidden id of somebody, where it is known.
    pub(crate) fn lid_of(&self, id: &str) -> Option<String> {
        match id {
            ME => Some(MY_LID.to_owned()),
            id if ids::is_hidden(id) => Some(id.to_owned()),
            id => self.contacts.get(id)?.lid.clone(),
        }
    }

    /// The hidden ids that the account has learned, sorted, each with its number where that is known.
    pub(crate) fn lids(&self) -> BTreeMap<&str, Option<&str>> {
        let people = self.contacts().filter_map(|(id, contact)| match ids::is_hidden(id) {
            true => Some((id, None)),
            false => Some((contact.lid.as_deref()?, Some(id))),
        });
        let members = self.groups.values().flat_map(|group| &group.members).map(|member| member.id.as_str());
        let strangers = members.filter(|id| ids::is_hidden(id)).map(|id| (id, None));
        // Who comes later counts, and that is who has a number.
        strangers.chain(people).collect()
    }

    /// Takes a message to its chat, and says whether anybody gets to see it. The facts do not say what WhatsApp does with an
    /// id that was used before in the chat: it is assumed that the second message is dropped.
    pub(crate) fn deliver(&mut self, sent: Sent) -> bool {
        let key = (sent.session.clone(), sent.chat.clone(), sent.id.clone());
        let is_shown = self.sent_ids.insert(key) || self.shows_repeated_ids;
        if is_shown {
            self.sent.push(sent);
        }
        is_shown
    }

    /// What accounts have sent.
    pub(crate) fn sent(&self) -> &[Sent] {
        &self.sent
    }

    /// A channel by its id, or by its invite.
    pub(crate) fn channel(&mut self, name: &str) -> Option<&mut Channel> {
        self.channels.iter_mut().find(|channel| channel.is_called(name))
    }

    /// The code of an invite that nobody has had before.
    pub(crate) fn next_invite(&mut self) -> String {
        self.invites += 1;
        format!("StandInInviteCode{:05}", self.invites)
    }

    pub(crate) fn set_picture(&mut self, session: &str, id: &str, url: Option<String>) {
        self.pictures.insert((session.to_owned(), ids::canonical(id)), url);
    }

    /// Another picture of the account or one of its groups, for everybody to see.
    pub(crate) fn replace_picture(&mut self, id: &str, url: Option<String>) {
        let id = ids::canonical(id);
        self.pictures.retain(|(_, other), _| *other != id);
        match self.groups.get_mut(&id) {
            Some(group) => group.picture = url,
            None => self.account.picture = url,
        }
    }

    pub(crate) fn fetch_picture(&mut self, session: &str, id: &str) -> Option<String> {
        self.picture_fetches += 1;
        let id = self.resolve(id);
        let shown = match id.as_str() {
            ME => self.account.picture.clone(),
            id if ids::is_group(id) => self.groups.get(id).and_then(|group| group.picture.clone()),
            id if ids::is_channel(id) => self.channel(id).and_then(|channel| channel.picture.clone()),
            id => self.contacts.get(id).and_then(|contact| contact.picture.clone()),
        };
        self.pictures.get(&(session.to_owned(), id)).cloned().unwrap_or(shown)
    }

    pub(crate) fn picture_fetches(&self) -> usize {
        self.picture_fetches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_found_by_any_of_their_ids() {
        let mut whatsapp = WhatsApp::default();
        whatsapp.add("222", Contact::default().name("Bea").lid("2000"));
        for id in ["222", "222@c.us", "222:3@s.whatsapp.net", "2000@lid"] {
            assert_eq!(whatsapp.name_of(id), Some("Bea"), "{id}");
        }
        assert_eq!(whatsapp.lid_of("222@c.us").as_deref(), Some("2000@lid"));
        assert_eq!(whatsapp.resolve("3000@lid"), "3000@lid");
        assert_eq!((whatsapp.resolve(MY_LID), whatsapp.lid_of(ME)), (ME.to_owned(), Some(MY_LID.to_owned())));
    }

    #[test]
    fn hidden_ids_are_learned_from_people_and_from_groups() {
        let mut whatsapp = WhatsApp::default();
        whatsapp.add("222", Contact::default().lid("2000"));
        whatsapp.add("333", Contact::default());
        whatsapp.groups.insert("1@g.us".to_owned(), Group::new("1@g.us", ME).member("1000@lid"));
        assert_eq!(whatsapp.lids(), BTreeMap::from([("1000@lid", None), ("2000@lid", Some("222@c.us"))]));
    }
}
