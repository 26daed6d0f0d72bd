//! The labels of a business account, and the chats that carry them.

use std::collections::{BTreeMap, BTreeSet};

/// WhatsApp allows no more.
pub(crate) const MOST: usize = 20;

/// WhatsApp's colours by their numbers.
pub(crate) const PALETTE: [&str; 20] = [
    "#ff9485", "#64c4ff", "#ffd429", "#dfaef0", "#99b6c1", "#55ccb3", "#ff9dff", "#d3a91d", "#6d7cce", "#d7e752",
    "#00d0e2", "#ffc5c7", "#93ceac", "#f74848", "#00a0f2", "#83e422", "#ffaf04", "#b5ebff", "#9ba6ff", "#9368cf",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) name: String,
    /// A place in the palette.
    pub(crate) color: usize,
}

impl Label {
    pub(crate) fn hex(&self) -> &'static str {
        PALETTE.get(self.color).copied().unwrap_or("#000000")
    }
}

#[derive(Debug, Default)]
pub(crate) struct Labels {
    labels: BTreeMap<u32, Label>,
    /// The ids of the labels of each chat.
    chats: BTreeMap<String, BTreeSet<u32>>,
}

impl Labels {
    pub(crate) fn all(&self) -> impl Iterator<Item = (u32, &Label)> {
        self.labels.iter().map(|(id, label)| (*id, label))
    }

    pub(crate) fn get(&self, id: u32) -> Option<&Label> {
        self.labels.get(&id)
    }

    /// Gives a label the lowest free id.
    pub(crate) fn add(&mut self, label: Label) -> u32 {
        let id = (1..).find(|id| !self.labels.contains_key(id)).unwrap_or(u32::MAX);
        self.labels.insert(id, label);
        id
    }

    pub(crate) fn replace(&mut self, id: u32, label: Label) {
        self.labels.insert(id, label);
    }

    /// Takes it off all chats as well.
    pub(crate) fn remove(&mut self, id: u32) {
        self.labels.remove(&id);
        for labels in self.chats.values_mut() {
            labels.remove(&id);
        }
    }

    pub(crate) fn of_chat(&self, chat: &str) -> impl Iterator<Item = (u32, &Label)> {
        let ids = self.chats.get(chat).into_iter().flatten();
        ids.filter_map(|id| Some((*id, self.labels.get(id)?)))
    }

    pub(crate) fn chats_of(&self, id: u32) -> impl Iterator<Item = &str> {
        self.chats.iter().filter(move |(_, labels)| labels.contains(&id)).map(|(chat, _)| chat.as_str())
    }

    /// Gives a chat exactly these labels, and tells which of them are new and which are gone.
    pub(crate) fn set(&mut self, chat: &str, labels: BTreeSet<u32>) -> (Vec<u32>, Vec<u32>) {
        let old = self.chats.insert(chat.to_owned(), labels.clone()).unwrap_or_default();
        (labels.difference(&old).copied().collect(), old.difference(&labels).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(name: &str) -> Label {
        Label { name: name.to_owned(), color: 0 }
    }

    #[test]
    fn a_label_that_is_removed_comes_off_the_chats() {
        let mut labels = Labels::default();
        let (first, second) = (labels.add(label("a")), labels.add(label("b")));
        assert_eq!((first, second), (1, 2));
        labels.set("1@c.us", [first, second].into());
        labels.remove(first);
        assert_eq!(labels.of_chat("1@c.us").map(|(id, _)| id).collect::<Vec<_>>(), [second]);
        assert_eq!(labels.add(label("c")), 1);
        assert_eq!(labels.chats_of(1).count(), 0);
    }

    #[test]
    fn setting_tells_what_has_changed() {
        let mut labels = Labels::default();
        assert_eq!(labels.set("1@c.us", [1, 2].into()), (vec![1, 2], vec![]));
        assert_eq!(labels.set("1@c.us", [2, 3].into()), (vec![3], vec![1]));
    }
}
