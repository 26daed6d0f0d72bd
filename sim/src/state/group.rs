//! Groups: who is in them, who may do what, and who wants in.

use std::{collections::BTreeSet, time::Duration};

use crate::ids;

/// A group on WhatsApp.
///
/// The account of the stand-in's sessions has created it and is its owner, unless it is told otherwise.
#[derive(Debug, Clone)]
#[must_use]
pub struct Group {
    pub(crate) id: String,
    pub(crate) subject: Text,
    pub(crate) description: Option<Text>,
    pub(crate) owner: String,
    /// In seconds since 1970; 0 until the server has started.
    pub(crate) created: u64,
    pub(crate) members: Vec<Member>,
    pub(crate) settings: Settings,
    pub(crate) invite: String,
    pub(crate) requests: Vec<JoinRequest>,
    pub(crate) picture: Option<String>,
    /// In seconds; 0 where messages stay.
    pub(crate) disappearing_after: u64,
    /// Who is no member any more and still has the chat.
    former: BTreeSet<String>,
}

/// Something that was written into a group.
#[derive(Debug, Clone, Default)]
pub(crate) struct Text {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) by: String,
    /// In seconds since 1970.
    pub(crate) at: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// The id with the number, or the hidden one where the number is not known.
    pub(crate) id: String,
    pub(crate) role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Member,
    Admin,
    Owner,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) info_by_admins_only: bool,
    pub(crate) messages_by_admins_only: bool,
    pub(crate) members_can_add: bool,
    pub(crate) members_can_share_history: bool,
    pub(crate) approval_required: bool,
}

/// Somebody who asks to join.
#[derive(Debug, Clone)]
pub(crate) struct JoinRequest {
    pub(crate) id: String,
    /// In seconds since 1970.
    pub(crate) at: u64,
}

impl Group {
    pub(crate) fn new(id: &str, owner: &str) -> Self {
        Self {
            id: id.to_owned(),
            subject: Text { by: owner.to_owned(), ..Text::default() },
            description: None,
            owner: owner.to_owned(),
            created: 0,
            members: vec![Member { id: owner.to_owned(), role: Role::Owner }],
            settings: Settings::default(),
            invite: String::new(),
            requests: Vec::new(),
            picture: None,
            disappearing_after: 0,
            former: BTreeSet::new(),
        }
    }

    /// Its name; empty by default.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject.text = subject.into();
        self
    }

    /// What it says about itself; nothing by default.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        let id = "3EB000000000000000000D".to_owned();
        self.description = Some(Text { id, text: text.into(), by: self.owner.clone(), at: 0 });
        self
    }

    /// The address of its picture; none by default.
    pub fn picture(mut self, url: impl Into<String>) -> Self {
        self.picture = Some(url.into());
        self
    }

    /// Its messages disappear after some time; they stay by default.
    pub fn disappearing_after(mut self, time: Duration) -> Self {
        self.disappearing_after = time.as_secs();
        self
    }

    /// Somebody else has created it, and the account is a mere member.
    pub fn owned_by(mut self, id: impl AsRef<str>) -> Self {
        let owner = ids::canonical(id.as_ref());
        for member in &mut self.members {
            member.role = member.role.min(Role::Admin);
        }
        if let Some(first) = self.members.first_mut() {
            first.role = Role::Member;
        }
        self.set_role(&owner, Role::Owner);
        for text in self.description.iter_mut().chain([&mut self.subject]) {
            text.by.clone_from(&owner);
        }
        self.owner = owner;
        self
    }

    /// Another member. A `@lid` id is one whose number nobody knows.
    pub fn member(mut self, id: impl AsRef<str>) -> Self {
        self.set_role(&ids::canonical(id.as_ref()), Role::Member);
        self
    }

    /// Another admin.
    pub fn admin(mut self, id: impl AsRef<str>) -> Self {
        self.set_role(&ids::canonical(id.as_ref()), Role::Admin);
        self
    }

    /// The account is not in it, and may join with the invite. Comes after [`Group::owned_by`].
    pub fn without_account(mut self) -> Self {
        let owner = self.owner.clone();
        self.members.retain(|member| member.id == owner || member.id != crate::state::session::ME);
        self
    }

    /// The code of its invite; one of the stand-in's own by default.
    pub fn invite_code(mut self, code: impl Into<String>) -> Self {
        self.invite = code.into();
        self
    }

    /// Only admins may add people, and change what the group shows.
    pub fn restricted(mut self) -> Self {
        self.settings.info_by_admins_only = true;
        self.settings.members_can_add = false;
        self
    }

    /// Who wants in has to wait for an admin.
    pub fn approves_members(mut self) -> Self {
        self.settings.approval_required = true;
        self
    }

    /// Somebody who waits for an admin.
    pub fn requested_by(mut self, id: impl AsRef<str>) -> Self {
        self.requests.push(JoinRequest { id: ids::canonical(id.as_ref()), at: 0 });
        self
    }

    /// Fills in what the server's clock and its ids are for.
    pub(crate) fn found(&mut self, now: u64, invite: String) {
        self.created = now;
        self.subject.at = now;
        if let Some(description) = &mut self.description {
            description.at = now;
        }
        for request in &mut self.requests {
            request.at = now;
        }
        if self.invite.is_empty() {
            self.invite = invite;
        }
    }

    pub(crate) fn role_of(&self, id: &str) -> Option<Role> {
        self.members.iter().find(|member| member.id == id).map(|member| member.role)
    }

    /// Whether somebody has the chat of the group, be it only still.
    pub(crate) fn is_chat_of(&self, id: &str) -> bool {
        self.role_of(id).is_some() || self.former.contains(id)
    }

    pub(crate) fn is_admin(&self, id: &str) -> bool {
        self.role_of(id) > Some(Role::Member)
    }

    pub(crate) fn may_edit(&self, id: &str) -> bool {
        self.is_admin(id) || (self.role_of(id).is_some() && !self.settings.info_by_admins_only)
    }

    pub(crate) fn may_add(&self, id: &str) -> bool {
        self.is_admin(id) || (self.role_of(id).is_some() && self.settings.members_can_add)
    }

    /// Gives somebody a role, whether they were a member before or not.
    pub(crate) fn set_role(&mut self, id: &str, role: Role) {
        self.former.remove(id);
        self.requests.retain(|request| request.id != id);
        match self.members.iter_mut().find(|member| member.id == id) {
            Some(member) => member.role = role,
            None => self.members.push(Member { id: id.to_owned(), role }),
        }
    }

    /// Whether somebody was a member until now. The chat stays with them.
    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let before = self.members.len();
        self.members.retain(|member| member.id != id);
        let was_member = self.members.len() < before;
        if was_member {
            self.former.insert(id.to_owned());
        }
        was_member
    }

    /// Whether somebody had the chat and was no member any more.
    pub(crate) fn forget_chat(&mut self, id: &str) -> bool {
        self.former.remove(id)
    }

    /// Asks to join, once.
    pub(crate) fn request(&mut self, id: &str, at: u64) {
        if self.requests.iter().all(|request| request.id != id) {
            self.requests.push(JoinRequest { id: id.to_owned(), at });
        }
    }

    /// Whether there was such a request.
    pub(crate) fn withdraw(&mut self, id: &str) -> bool {
        let before = self.requests.len();
        self.requests.retain(|request| request.id != id);
        self.requests.len() < before
    }
}

impl Default for Settings {
    /// Those of a new group.
    fn default() -> Self {
        Self {
            info_by_admins_only: false,
            messages_by_admins_only: false,
            members_can_add: true,
            members_can_share_history: false,
            approval_required: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::session::ME;

    const BEA: &str = "222@c.us";

    #[test]
    fn the_account_owns_a_group_unless_somebody_else_does() {
        let group = Group::new("1@g.us", ME).member(BEA);
        assert_eq!((group.role_of(ME), group.role_of(BEA)), (Some(Role::Owner), Some(Role::Member)));
        let group = Group::new("1@g.us", ME).admin("333").owned_by("222");
        assert_eq!((group.role_of(ME), group.role_of(BEA)), (Some(Role::Member), Some(Role::Owner)));
        assert_eq!((group.role_of("333@c.us"), group.owner.as_str()), (Some(Role::Admin), BEA));
        assert_eq!(group.without_account().role_of(ME), None);
    }

    #[test]
    fn settings_decide_what_members_may_do() {
        let mut group = Group::new("1@g.us", ME).member(BEA);
        assert!(group.may_edit(BEA) && group.may_add(BEA) && !group.is_admin(BEA));
        group.settings.info_by_admins_only = true;
        group.settings.members_can_add = false;
        assert!(!group.may_edit(BEA) && !group.may_add(BEA));
        assert!(group.may_edit(ME) && group.may_add(ME));
        assert!(!group.may_edit("4@c.us") && !group.may_add("4@c.us"));
    }

    #[test]
    fn who_leaves_keeps_the_chat_until_it_is_deleted() {
        let mut group = Group::new("1@g.us", ME);
        assert!(!group.forget_chat(ME));
        assert!(group.remove(ME) && !group.remove(ME));
        assert!(group.role_of(ME).is_none() && group.is_chat_of(ME));
        assert!(group.forget_chat(ME) && !group.is_chat_of(ME));
    }

    #[test]
    fn a_request_ends_when_it_is_withdrawn_or_granted() {
        let mut group = Group::new("1@g.us", ME);
        group.request(BEA, 1);
        group.request(BEA, 2);
        assert_eq!(group.requests.len(), 1);
        assert!(group.withdraw(BEA) && !group.withdraw(BEA));
        group.request(BEA, 3);
        group.set_role(BEA, Role::Member);
        assert!(group.requests.is_empty());
    }
}
