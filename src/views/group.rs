use std::fmt;

use super::{
    Shape, View, ViewError,
    chat::{lid, phone_number, with_name},
    debug::debug_fields,
    each, id, list, object,
    read::{Container, Lenient, Member, Number, Text, Wid, first, lenient_object, optional_id, text, time},
};
use crate::{
    Error, Json,
    ids::{ChatId, ContactId, GroupId, Lid},
    redaction::Redactor,
    text::line,
    types::ParticipantRole,
};

/// A group: of `groups.list`, `get`, `create` and `get_join_info`.
///
/// The less an operation tells, the more is `None`: after `create`, WEBJS and WPP say the id and the members.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// for group in session.list_groups().await? {
///     println!("{group}: {:?} members", group.participant_count);
/// }
/// let answer = session.groups().list().send().await?.into_inner();
/// let groups = waha::views::GroupSummary::list(answer)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct GroupSummary {
    /// The group's id.
    pub id: GroupId,
    /// Its name.
    pub subject: Option<String>,
    /// Its description, where it has one.
    pub description: Option<String>,
    /// Who owns it.
    pub owner: Option<ChatId>,
    /// When it was created, in seconds since 1970.
    pub created_at: Option<i64>,
    /// The members. Empty where the answer leaves them out. Who could not be added by `create` is none: see
    /// [`ParticipantOutcome`].
    pub participants: Vec<GroupMember>,
    /// How many members it has, also where they are left out.
    pub participant_count: Option<i64>,
    /// Whether admins alone may change subject, description and picture.
    pub info_admin_only: Option<bool>,
    /// Whether admins alone may write.
    pub messages_admin_only: Option<bool>,
    /// Whether members who are no admins may add others.
    pub members_can_add_new_member: Option<bool>,
    /// Whether an admin has to admit new members.
    pub new_members_approval_required: Option<bool>,
    /// Whether it is a community.
    pub is_community: Option<bool>,
    /// The group, as received.
    pub raw: Json,
}

debug_fields!(GroupSummary: id subject description owner created_at participants participant_count info_admin_only
    messages_admin_only members_can_add_new_member new_members_approval_required is_community);

impl GroupSummary {
    /// The groups of an answer: a list, or on NOWEB an object by id.
    ///
    /// # Errors
    ///
    /// It is neither ([`ErrorKind::Decode`](crate::ErrorKind::Decode)).
    pub fn list(json: Json) -> Result<Vec<Self>, Error> {
        Self::read_list(json, &Redactor::default())
    }
}

/// The subject and the id.
impl fmt::Display for GroupSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        with_name(f, &self.id, self.subject.as_deref())
    }
}

impl View for GroupSummary {
    const WHAT: &'static str = "group";

    fn read_list(json: Json, redactor: &Redactor) -> Result<Vec<Self>, Error> {
        match Shape::of(&json) {
            Shape::Object => each(&json).map_err(|error| error.into_error(Self::WHAT, redactor)),
            _ => list(json, redactor),
        }
    }

    type Members = Group;

    fn of(_name: Option<&str>, group: Box<Group>, raw: Json) -> Result<Self, ViewError> {
        // One level: the metadata of a group has none of its own.
        let (chat, group, prefix) = match group.group_metadata.0.as_ref().map(object) {
            Some(metadata) => (group, metadata?, "groupMetadata."),
            None => (Box::default(), group, ""),
        };
        let people: Vec<Person> = match (&group.participants.0, &group.gows_participants.0) {
            (Some(people), _) => each(people).map_err(|error| error.at(&format!("{prefix}participants")))?,
            (None, Some(people)) => each(people).map_err(|error| error.at(&format!("{prefix}Participants")))?,
            (None, None) => Vec::new(),
        };
        Ok(Self {
            id: id(&raw, "`id`, `gid` or `JID`", [group.id, group.gid, group.jid, chat.id])?,
            subject: text([group.subject, group.gows_name, group.title, group.name, chat.name]),
            description: text([group.desc, group.topic]),
            owner: optional_id([group.owner, group.owner_jid]),
            created_at: time([group.creation, group.group_created]),
            participants: people.into_iter().filter(Person::succeeded).map(GroupMember::from).collect(),
            participant_count: first([group.size, group.participant_count]).and_then(Number::integer),
            info_admin_only: first([group.restrict, group.is_locked]),
            messages_admin_only: first([group.announce, group.is_announce]),
            members_can_add_new_member: first([group.member_add_mode, group.gows_member_add_mode])
                .and_then(MemberAddMode::for_all),
            new_members_approval_required: first([
                group.join_approval_mode,
                group.membership_approval_mode,
                group.is_join_approval_required,
            ]),
            is_community: first([group.is_community, group.is_parent_group, group.is_parent]),
            raw,
        })
    }
}

lenient_object! {
    /// A group of any engine: GOWS has what begins with a capital; NOWEB has `id` and what follows; WEBJS and WPP have much
    /// of the same in the `groupMetadata` of a chat, and `gid` in the answer of `create`.
    pub(super) struct Group {
        group_metadata: Container = "groupMetadata",
        id: Lenient<Wid> = "id",
        gid: Lenient<Wid> = "gid",
        jid: Lenient<Wid> = "JID",
        subject: Lenient<Text> = "subject",
        name: Lenient<Text> = "name",
        title: Lenient<Text> = "title",
        gows_name: Lenient<Text> = "Name",
        desc: Lenient<Text> = "desc",
        topic: Lenient<Text> = "Topic",
        owner: Lenient<Wid> = "owner",
        owner_jid: Lenient<Wid> = "OwnerJID",
        creation: Lenient<Number> = "creation",
        group_created: Lenient<Number> = "GroupCreated",
        size: Lenient<Number> = "size",
        participant_count: Lenient<Number> = "ParticipantCount",
        restrict: Lenient<bool> = "restrict",
        is_locked: Lenient<bool> = "IsLocked",
        announce: Lenient<bool> = "announce",
        is_announce: Lenient<bool> = "IsAnnounce",
        member_add_mode: Lenient<MemberAddMode> = "memberAddMode",
        gows_member_add_mode: Lenient<MemberAddMode> = "MemberAddMode",
        join_approval_mode: Lenient<bool> = "joinApprovalMode",
        membership_approval_mode: Lenient<bool> = "membershipApprovalMode",
        is_join_approval_required: Lenient<bool> = "IsJoinApprovalRequired",
        is_community: Lenient<bool> = "isCommunity",
        is_parent_group: Lenient<bool> = "isParentGroup",
        is_parent: Lenient<bool> = "IsParent",
        participants: Container = "participants",
        gows_participants: Container = "Participants",
    }
}

/// Who may add members: by name, or on NOWEB whether everybody may.
enum MemberAddMode {
    All(bool),
    Named(String),
}

impl Member for MemberAddMode {
    fn of_bool(all: bool) -> Option<Self> {
        Some(Self::All(all))
    }

    fn of_text(mode: &str) -> Option<Self> {
        Some(Self::Named(mode.to_owned()))
    }
}

impl MemberAddMode {
    fn for_all(self) -> Option<bool> {
        match self {
            Self::All(all) => Some(all),
            Self::Named(mode) => match mode.as_str() {
                "all_member_add" => Some(true),
                "admin_add" => Some(false),
                _ => None,
            },
        }
    }
}

/// A member of a group: of `groups.get_participants`, and of [`GroupSummary::participants`].
///
/// `groups.get_participants_v2` answers alike on all engines; this view is for what is at hand already.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let group = session.group("111111111111111111@g.us")?;
/// for member in group.members().await? {
///     println!("{} is {}: {}", member.id, member.role, member.is_admin());
/// }
/// let answer = group.members().send().await?.into_inner();
/// let members = waha::views::GroupMember::list(answer)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct GroupMember {
    /// The member's id: that of a contact, with or without the phone number.
    pub id: ChatId,
    /// The id with the phone number, where that is known.
    pub phone_number: Option<ContactId>,
    /// The id without it, where that is known.
    pub lid: Option<Lid>,
    /// What the member is in the group.
    pub role: ParticipantRole,
    /// The member, as received.
    pub raw: Json,
}

debug_fields!(GroupMember: id phone_number lid role);

impl GroupMember {
    /// Returns whether the member is an admin of the group, or its owner.
    pub fn is_admin(&self) -> bool {
        matches!(self.role, ParticipantRole::Admin | ParticipantRole::Superadmin)
    }

    /// The members of an answer.
    ///
    /// # Errors
    ///
    /// It is no list of members ([`ErrorKind::Decode`](crate::ErrorKind::Decode)).
    pub fn list(json: Json) -> Result<Vec<Self>, Error> {
        list(json, &Redactor::default())
    }
}

/// The id and the role.
impl fmt::Display for GroupMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.id, line(self.role.as_str()))
    }
}

impl View for GroupMember {
    const WHAT: &'static str = "member";

    type Members = Participant;

    fn of(name: Option<&str>, person: Box<Participant>, raw: Json) -> Result<Self, ViewError> {
        Person::of(name, person, raw).map(Self::from)
    }
}

impl From<Person> for GroupMember {
    fn from(person: Person) -> Self {
        let Person { id, phone_number, lid, role, raw, .. } = person;
        Self { id, phone_number, lid, role, raw }
    }
}

/// What became of one person, of whom a group's members were to be changed: by `groups.add_participants`,
/// `remove_participants`, `promote_to_admin`, `demote_from_admin`, or `create`.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let group = session.group("111111111111111111@g.us")?;
/// for outcome in group.add("22222222222@c.us").await? {
///     println!("{}: {} ({:?})", outcome.id, outcome.success, outcome.code);
/// }
/// let answer = group.add("22222222222@c.us").send().await?.into_inner();
/// let outcomes = waha::views::ParticipantOutcome::list(answer)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ParticipantOutcome {
    /// The person's id.
    pub id: ChatId,
    /// The id with the phone number, where that is known.
    pub phone_number: Option<ContactId>,
    /// Whether it was done.
    pub success: bool,
    /// WhatsApp's code, such as 403 for somebody who can only be invited, 404 for somebody who is no member, 409 for
    /// somebody who is one already. After a success it is 200, or nothing on GOWS.
    pub code: Option<i64>,
    /// The engine's words, where it has any.
    pub message: Option<String>,
    /// What was received of this person.
    pub raw: Json,
}

debug_fields!(ParticipantOutcome: id phone_number success code message);

impl ParticipantOutcome {
    /// The outcomes of an answer. There are none where the engine says no more than that it was done, as WEBJS and WPP
    /// do except after adding.
    ///
    /// # Errors
    ///
    /// The answer is none of those that are known ([`ErrorKind::Decode`](crate::ErrorKind::Decode)), or says that nothing was
    /// done ([`ErrorKind::Other`](crate::ErrorKind::Other)).
    pub fn list(json: Json) -> Result<Vec<Self>, Error> {
        Self::read_list(json, &Redactor::default())
    }
}

/// The id, and what became of the person, with WhatsApp's code and the engine's words.
impl fmt::Display for ParticipantOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id, if self.success { "done" } else { "refused" })?;
        if let Some(code) = self.code.filter(|_| !self.success) {
            write!(f, " ({code})")?;
        }
        match &self.message {
            Some(message) if !self.success => write!(f, ": {}", line(message)),
            _ => Ok(()),
        }
    }
}

fn outcomes(json: &Json) -> Result<Vec<ParticipantOutcome>, ViewError> {
    match Shape::of(json) {
        Shape::Null | Shape::True => return Ok(Vec::new()),
        Shape::False => return Err(ViewError::no()),
        Shape::List => return each(json),
        _ => {}
    }
    let answer: Box<Outcomes> = object(json)?;
    match (answer.participants.0, answer.gows_participants.0, answer.status.0.and_then(Number::integer)) {
        (Some(people), ..) => each(&people).map_err(|error| error.at("participants")),
        (None, Some(people), _) => each(&people).map_err(|error| error.at("Participants")),
        (None, None, Some(200..=299)) => Ok(Vec::new()),
        (None, None, Some(status)) => Err(ViewError::Refused(format!("the server answered with status {status}"))),
        (None, None, None) => each(json),
    }
}

lenient_object! {
    /// An answer that is an object: a status, or people, or both; else the people by id.
    struct Outcomes {
        status: Lenient<Number> = "status",
        participants: Container = "participants",
        gows_participants: Container = "Participants",
    }
}

impl View for ParticipantOutcome {
    const WHAT: &'static str = "outcome";

    fn read_list(json: Json, redactor: &Redactor) -> Result<Vec<Self>, Error> {
        outcomes(&json).map_err(|error| error.into_error(Self::WHAT, redactor))
    }

    type Members = Participant;

    fn of(name: Option<&str>, person: Box<Participant>, raw: Json) -> Result<Self, ViewError> {
        let person = Person::of(name, person, raw)?;
        let success = person.succeeded();
        let Person { id, phone_number, code, message, raw, .. } = person;
        Ok(Self { id, phone_number, success, code, message, raw })
    }
}

/// What any engine says of somebody in a group, or of somebody who was to be.
struct Person {
    id: ChatId,
    phone_number: Option<ContactId>,
    lid: Option<Lid>,
    role: ParticipantRole,
    code: Option<i64>,
    message: Option<String>,
    raw: Json,
}

impl Person {
    fn succeeded(&self) -> bool {
        self.code.is_none_or(|code| (200..300).contains(&code))
    }
}

impl View for Person {
    const WHAT: &'static str = "person";

    type Members = Participant;

    fn of(name: Option<&str>, person: Box<Participant>, raw: Json) -> Result<Self, ViewError> {
        let name = Lenient(name.map(|name| Wid(name.to_owned())));
        let own_ids = [person.id, person.gows_jid, person.jid, person.wid, person.user_wid, name];
        let id = id(&raw, "`id`, `JID`, `jid`, `wid` or `userWid`", own_ids)?;
        let is = |flags: [Lenient<bool>; 2]| first(flags) == Some(true);
        let role = match text([person.role, person.admin]) {
            Some(role) => role.into(),
            None if is([person.is_super_admin, person.gows_is_super_admin]) => ParticipantRole::Superadmin,
            None if is([person.is_group_creator, Lenient::default()]) => ParticipantRole::Superadmin,
            None if is([person.is_admin, person.gows_is_admin]) => ParticipantRole::Admin,
            None => ParticipantRole::Participant,
        };
        // GOWS has 0 where there is no error.
        let error = person.error.0.and_then(Number::integer).filter(|code| *code != 0);
        let code = first([person.code, person.status_code, person.status]).and_then(Number::integer);
        Ok(Self {
            phone_number: phone_number(&id, [person.phone_number, person.gows_phone_number, person.pn]),
            lid: lid(&id, [person.lid, person.gows_lid]),
            id,
            role,
            code: error.or(code),
            message: text([person.message]),
            raw,
        })
    }
}

lenient_object! {
    /// Somebody as GOWS (what begins with a capital), NOWEB, WEBJS and WPP write it, as a member and as an outcome.
    pub(super) struct Participant {
        id: Lenient<Wid> = "id",
        gows_jid: Lenient<Wid> = "JID",
        jid: Lenient<Wid> = "jid",
        wid: Lenient<Wid> = "wid",
        user_wid: Lenient<Wid> = "userWid",
        phone_number: Lenient<Wid> = "phoneNumber",
        gows_phone_number: Lenient<Wid> = "PhoneNumber",
        pn: Lenient<Wid> = "pn",
        lid: Lenient<Wid> = "lid",
        gows_lid: Lenient<Wid> = "LID",
        role: Lenient<Text> = "role",
        admin: Lenient<Text> = "admin",
        is_super_admin: Lenient<bool> = "isSuperAdmin",
        gows_is_super_admin: Lenient<bool> = "IsSuperAdmin",
        is_group_creator: Lenient<bool> = "isGroupCreator",
        is_admin: Lenient<bool> = "isAdmin",
        gows_is_admin: Lenient<bool> = "IsAdmin",
        error: Lenient<Number> = "Error",
        code: Lenient<Number> = "code",
        status_code: Lenient<Number> = "statusCode",
        status: Lenient<Number> = "status",
        message: Lenient<Text> = "message",
    }
}
