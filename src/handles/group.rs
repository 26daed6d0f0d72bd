use std::{fmt::Display, future::Future};

use super::send::send_methods;
use crate::{Chat, Error, ErrorKind, GroupId, OneOrMany, Operation, Session, builder, handles::GetChatPicture, types};

/// A group of a session; returned by [`Session::group`].
///
/// Each method begins a call, which is sent when it is awaited. What changes the group fails with
/// [`ErrorKind::Forbidden`] where the server answers that it was refused: as a rule, the account is no admin. Whatever else
/// concerns messages has its [`chat`](Self::chat).
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let group = session.create_group("Hikers", ["11111111111@c.us", "22222222222@c.us"]).await?;
/// let group = session.group(&group.id)?;
/// group.set_description("Every second Sunday").await?;
/// group.promote("11111111111@c.us").await?;
/// group.set_messages_admin_only(true).await?;
/// for outcome in group.add(["33333333333@c.us", "44444444444@c.us"]).await? {
///     println!("{outcome}");
/// }
/// println!("{}", group.invite_link().await?);
/// println!("from now on {}", group.revoke_invite_link().await?); // or `reset_invite_link`
/// group.send_text("Welcome!").mentions("all").await?;
/// # Ok(())
/// # }
/// ```
///
/// Who may do what, and the messages of the group:
///
/// ```no_run
/// # async fn run(group: waha::Group) -> Result<(), waha::Error> {
/// group.announce_only(true).await?; // admins alone write
/// group.lock().await?; // admins alone change name, description and picture
/// group.unlock().await?;
/// println!("{:?}", group.picture().await?.picture_url);
/// for message in group.chat().messages().limit(10).await? {
///     println!("{message}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Group {
    session: Session,
    id: GroupId,
}

impl Group {
    pub(crate) fn new(session: Session, id: GroupId) -> Self {
        Self { session, id }
    }

    /// Returns the group's id.
    pub fn id(&self) -> &GroupId {
        &self.id
    }

    /// Returns the session that the group belongs to.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Begins to get the group's picture. Awaited: `ChatPicture`.
    ///
    /// `GET /api/{session}/groups/{id}/picture`
    pub fn picture(&self) -> GetChatPicture {
        GetChatPicture::of_group(self.session.clone(), self.id.clone())
    }

    /// Begins to get the group's picture; the same as [`picture`](Self::picture). Awaited: `ChatPicture`.
    pub fn photo(&self) -> GetChatPicture {
        self.picture()
    }

    /// Begins to get the group's picture; the same as [`picture`](Self::picture). Awaited: `ChatPicture`.
    pub fn icon(&self) -> GetChatPicture {
        self.picture()
    }

    /// Gets the link by which people join the group, such as `https://chat.whatsapp.com/AAAA`, on every engine.
    ///
    /// `GET /api/{session}/groups/{id}/invite-code`
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forbidden`] if the server gives no link, as a rule because the account is no admin; otherwise as for any
    /// call.
    pub fn invite_link(&self) -> impl Future<Output = Result<String, Error>> + Send + 'static {
        let request = self.get_invite_code();
        async move { link(request.await?, Operation::GROUPS_GET_INVITE_CODE) }
    }

    /// Makes the link by which people have joined the group so far invalid, and gives the new one. GOWS makes no new one: it
    /// gives the link, which stays valid.
    ///
    /// `POST /api/{session}/groups/{id}/invite-code/revoke`
    ///
    /// # Errors
    ///
    /// As for [`invite_link`](Self::invite_link).
    pub fn revoke_invite_link(&self) -> impl Future<Output = Result<String, Error>> + Send + 'static {
        let request = self.revoke_invite_code();
        async move { link(request.await?, Operation::GROUPS_REVOKE_INVITE_CODE) }
    }

    /// Makes the link of the group invalid, and gives the new one; the same as
    /// [`revoke_invite_link`](Self::revoke_invite_link).
    ///
    /// `POST /api/{session}/groups/{id}/invite-code/revoke`
    pub fn reset_invite_link(&self) -> impl Future<Output = Result<String, Error>> + Send + 'static {
        self.revoke_invite_link()
    }

    /// Begins to set whether admins alone may write. Awaited: nothing.
    ///
    /// `PUT /api/{session}/groups/{id}/settings/security/messages-admin-only`
    pub fn announce_only(&self, admins_only: bool) -> builder::GroupsSetMessagesAdminOnly {
        self.set_messages_admin_only(admins_only)
    }

    /// Begins to allow admins alone to change the group's subject, description and picture. Awaited: nothing.
    ///
    /// `PUT /api/{session}/groups/{id}/settings/security/info-admin-only`
    pub fn lock(&self) -> builder::GroupsSetInfoAdminOnly {
        self.set_info_admin_only(true)
    }

    /// Begins to allow all members to change the group's subject, description and picture. Awaited: nothing.
    ///
    /// `PUT /api/{session}/groups/{id}/settings/security/info-admin-only`
    pub fn unlock(&self) -> builder::GroupsSetInfoAdminOnly {
        self.set_info_admin_only(false)
    }

    /// Returns the group's chat, for its messages.
    pub fn chat(&self) -> Chat {
        Chat::new(self.session.clone(), (&self.id).into())
    }
}

send_methods!(Group);

/// The link of an invitation. GOWS gives the link, and the others the code that it ends in.
fn link(code: Option<String>, operation: &'static Operation) -> Result<String, Error> {
    match code.unwrap_or_default().trim().trim_matches('/') {
        "" => {
            let why = "the server gives no invitation link: is the account an admin of the group?";
            Err(Error::new(ErrorKind::Forbidden, why).with_operation(operation))
        }
        link if link.starts_with("http://") || link.starts_with("https://") => Ok(link.to_owned()),
        code => Ok(format!("https://chat.whatsapp.com/{}", code.trim_start_matches("chat.whatsapp.com/"))),
    }
}

/// Creating and joining groups.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let created = session.create_group("Hikers", ["11111111111@c.us", "+1 222 222 2222"]).await?;
/// println!("{created}");
/// let joined = session.join_group("https://chat.whatsapp.com/AAAA").await?;
/// # Ok(())
/// # }
/// ```
impl Session {
    /// Begins to create a group of the session's account and these participants. Awaited: `GroupSummary`.
    ///
    /// `POST /api/{session}/groups`
    pub fn create_group<K>(
        &self,
        name: impl TryInto<String, Error: Display>,
        participants: impl OneOrMany<types::Participant, K>,
    ) -> builder::GroupsCreate {
        self.groups().create().name(name).participants(participants)
    }

    /// Begins to join a group by the code or link of an invitation. Awaited: `JoinedGroup`.
    ///
    /// `POST /api/{session}/groups/join`
    pub fn join_group(&self, code: impl TryInto<String, Error: Display>) -> builder::GroupsJoin {
        self.groups().join().code(code)
    }
}
