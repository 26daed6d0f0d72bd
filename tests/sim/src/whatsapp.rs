//! What lies behind the server: WhatsApp, as far as a test has made it up.

use std::collections::{BTreeMap, HashMap};

use crate::ids;

/// A person who is on WhatsApp and in the address book of every session.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Contact {
    pub(crate) name: Option<String>,
    pub(crate) push_name: Option<String>,
    picture: Option<String>,
}

impl Contact {
    /// The name in the address book.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The name which the person has chosen.
    pub fn push_name(mut self, name: impl Into<String>) -> Self {
        self.push_name = Some(name.into());
        self
    }

    /// The address of the profile picture; none by default.
    pub fn picture(mut self, url: impl Into<String>) -> Self {
        self.picture = Some(url.into());
        self
    }
}

#[derive(Debug, Default)]
pub(crate) struct WhatsApp {
    contacts: BTreeMap<String, Contact>,
    /// What tests have changed, by session and id, because a privacy setting may show a picture to
    /// one account and hide it from another.
    pictures: HashMap<(String, String), Option<String>>,
    picture_fetches: usize,
}

impl WhatsApp {
    pub(crate) fn add(&mut self, id: &str, contact: Contact) {
        self.contacts.insert(ids::canonical(id), contact);
    }

    pub(crate) fn contact(&self, id: &str) -> Option<&Contact> {
        self.contacts.get(&ids::canonical(id))
    }

    /// Everybody, sorted by id.
    pub(crate) fn contacts(&self) -> impl Iterator<Item = (&str, &Contact)> {
        self.contacts.iter().map(|(id, contact)| (id.as_str(), contact))
    }

    pub(crate) fn set_picture(&mut self, session: &str, id: &str, url: Option<String>) {
        self.pictures.insert((session.to_owned(), ids::canonical(id)), url);
    }

    pub(crate) fn fetch_picture(&mut self, session: &str, id: &str) -> Option<String> {
        self.picture_fetches += 1;
        let id = ids::canonical(id);
        let own = self.contacts.get(&id).and_then(|contact| contact.picture.clone());
        self.pictures.get(&(session.to_owned(), id)).cloned().unwrap_or(own)
    }

    pub(crate) fn picture_fetches(&self) -> usize {
        self.picture_fetches
    }
}
