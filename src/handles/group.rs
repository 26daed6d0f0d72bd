use std::fmt::Display;

use crate::{Chat, GroupId, Session, builder, handles::GetChatPicture, types};

/// A group of a session; returned by [`Session::group`].
///
/// Each method begins a call, which is sent when it is awaited. To send messages, use its [`chat`](Self::chat).
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let group = session.create_group("Hikers", ["11111111111@c.us", "22222222222@c.us"]).await?;
/// let group = session.group(&group.id)?;
/// group.set_description("Every second Sunday").await?;
/// group.promote_to_admin(["11111111111@c.us"]).await?;
/// group.set_messages_admin_only(true).await?;
/// for outcome in group.add_participants(["33333333333@c.us"]).await? {
///     println!("{}: {}", outcome.id, outcome.success);
/// }
/// println!("https://chat.whatsapp.com/{}", group.get_invite_code().await?.unwrap_or_default());
/// group.chat().send_text("Welcome!").mentions(["all"]).await?;
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

    /// Begins to get the group's picture.
    ///
    /// `GET /api/{session}/groups/{id}/picture`
    pub fn picture(&self) -> GetChatPicture {
        GetChatPicture::of_group(self.session.clone(), self.id.clone())
    }

    /// Returns the group's chat, for its messages.
    pub fn chat(&self) -> Chat {
        Chat::new(self.session.clone(), (&self.id).into())
    }
}

/// Creating and joining groups.
impl Session {
    /// Begins to create a group of the session's account and these participants.
    ///
    /// `POST /api/{session}/groups`
    pub fn create_group(
        &self,
        name: impl TryInto<String, Error: Display>,
        participants: impl IntoIterator<Item: TryInto<types::Participant, Error: Display>>,
    ) -> builder::GroupsCreate {
        self.groups().create().name(name).participants(participants)
    }

    /// Begins to join a group by the code or link of an invitation.
    ///
    /// `POST /api/{session}/groups/join`
    pub fn join_group(&self, code: impl TryInto<String, Error: Display>) -> builder::GroupsJoin {
        self.groups().join().code(code)
    }
}
