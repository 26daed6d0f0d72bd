//! Channels: what WhatsApp's directory has, and what an account is in each of them.

use std::collections::BTreeMap;

/// A public channel on WhatsApp, which the account does not follow yet.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Channel {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// The code at the end of its link.
    pub(crate) invite: String,
    pub(crate) picture: Option<String>,
    pub(crate) is_verified: bool,
    pub(crate) subscribers: u64,
    pub(crate) category: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) posts: Vec<Post>,
    /// What the account is in it; none for one that it does not follow.
    pub(crate) role: Option<Role>,
    pub(crate) is_muted: bool,
}

/// A message in a channel.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) id: String,
    /// None where there is nothing to show any more.
    pub(crate) text: Option<String>,
    /// In seconds since 1970.
    pub(crate) at: u64,
    pub(crate) reactions: BTreeMap<String, u64>,
    pub(crate) views: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Owner,
    Admin,
    Subscriber,
}

impl Role {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "OWNER",
            Self::Admin => "ADMIN",
            Self::Subscriber => "SUBSCRIBER",
        }
    }
}

impl Channel {
    /// Its name; empty by default.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What it says about itself; nothing by default.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// The address of its picture; none by default.
    pub fn picture(mut self, url: impl Into<String>) -> Self {
        self.picture = Some(url.into());
        self
    }

    /// The code at the end of its link; one of the stand-in's own by default.
    pub fn invite_code(mut self, code: impl Into<String>) -> Self {
        self.invite = code.into();
        self
    }

    /// WhatsApp has verified it.
    pub fn verified(mut self) -> Self {
        self.is_verified = true;
        self
    }

    /// How many people follow it; nobody by default.
    pub fn subscribers(mut self, count: u64) -> Self {
        self.subscribers = count;
        self
    }

    /// The category under which the directory has it, such as `SPORTS`.
    pub fn category(mut self, value: impl Into<String>) -> Self {
        self.category = Some(value.into());
        self
    }

    /// The country under which the directory has it, such as `NL`; all countries by default.
    pub fn country(mut self, code: impl Into<String>) -> Self {
        self.country = Some(code.into());
        self
    }

    /// The account follows it.
    pub fn followed(self) -> Self {
        self.with_role(Role::Subscriber)
    }

    /// The account is one of its admins.
    pub fn administered(self) -> Self {
        self.with_role(Role::Admin)
    }

    /// The account has created it.
    pub fn owned(self) -> Self {
        self.with_role(Role::Owner)
    }

    /// A text that was posted in it, the newest last.
    pub fn post(self, text: impl Into<String>) -> Self {
        self.with_post(Some(text.into()))
    }

    /// Something that was posted in it and then deleted.
    pub fn deleted_post(self) -> Self {
        self.with_post(None)
    }

    /// Reactions to the newest text in it.
    pub fn reactions(mut self, emoji: impl Into<String>, count: u64) -> Self {
        if let Some(post) = self.posts.last_mut() {
            post.reactions.insert(emoji.into(), count);
        }
        self
    }

    /// How often the newest text in it was seen.
    pub fn views(mut self, count: u64) -> Self {
        if let Some(post) = self.posts.last_mut() {
            post.views = count;
        }
        self
    }

    /// Fills in what the server's clock and its ids are for.
    pub(crate) fn found(&mut self, id: &str, now: u64, invite: String, mut post_id: impl FnMut() -> String) {
        id.clone_into(&mut self.id);
        if self.invite.is_empty() {
            self.invite = invite;
        }
        for post in &mut self.posts {
            (post.id, post.at) = (post_id(), now);
        }
    }

    pub(crate) fn with_role(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }

    fn with_post(mut self, text: Option<String>) -> Self {
        self.posts.push(Post { id: String::new(), text, at: 0, reactions: BTreeMap::new(), views: 0 });
        self
    }

    pub(crate) fn link(&self) -> String {
        format!("https://www.whatsapp.com/channel/{}", self.invite)
    }

    /// Whether an id, the code of an invite, or its link means this channel.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        name == self.id || name.rsplit('/').next().is_some_and(|code| code == self.invite)
    }

    pub(crate) fn follow(&mut self) {
        if self.role.is_none() {
            self.role = Some(Role::Subscriber);
            self.subscribers += 1;
        }
    }

    /// Its owner and its admins stay what they are.
    pub(crate) fn unfollow(&mut self) {
        if self.role == Some(Role::Subscriber) {
            self.role = None;
            self.is_muted = false;
            self.subscribers = self.subscribers.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_called_by_its_id_its_code_or_its_link() {
        let mut channel = Channel::default().invite_code("0029Va");
        channel.found("1@newsletter", 0, "unused".to_owned(), String::new);
        for name in ["1@newsletter", "0029Va", "https://whatsapp.com/channel/0029Va", &channel.link()] {
            assert!(channel.is_called(name), "{name}");
        }
        assert!(!channel.is_called("2@newsletter") && !channel.is_called(""));
    }

    #[test]
    fn following_counts_once() {
        let mut channel = Channel::default().subscribers(5);
        channel.follow();
        channel.follow();
        assert_eq!((channel.subscribers, channel.role), (6, Some(Role::Subscriber)));
        channel.unfollow();
        channel.unfollow();
        assert_eq!((channel.subscribers, channel.role), (5, None));
    }

    #[test]
    fn an_owner_stays_one() {
        let mut channel = Channel::default().owned();
        channel.follow();
        channel.unfollow();
        assert_eq!(channel.role, Some(Role::Owner));
    }
}
