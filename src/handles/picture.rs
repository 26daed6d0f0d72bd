use crate::{
    ChatId, Client, ContactId, DownloadFile, Error, GroupId, Operation, Session,
    handles::freshness::{Freshness, refreshable},
    policy::RefreshKey,
};

/// Asks for a contact's profile picture: what [`Contact::picture`](crate::Contact::picture) gives. Awaited, it sends the
/// request.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct GetPicture {
    session: Session,
    contact: ContactId,
    freshness: Freshness,
}

refreshable!(GetPicture => ProfilePicture);

impl GetPicture {
    pub(crate) fn new(session: Session, contact: ContactId) -> Self {
        Self::with_freshness(session, contact, Freshness::default())
    }

    pub(super) fn with_freshness(session: Session, contact: ContactId, freshness: Freshness) -> Self {
        Self { session, contact, freshness }
    }

    /// Sends the request; the same as awaiting.
    ///
    /// # Errors
    ///
    /// As for any call, and [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited) where a refresh is not within the budget and
    /// [`AtLimit`](crate::AtLimit) says so: see [`Error`].
    pub async fn send(self) -> Result<ProfilePicture, Error> {
        let Self { session, contact, freshness } = self;
        let key = RefreshKey::picture(session.name(), &contact);
        let request = session.contacts().get_profile_picture().contact_id(contact.as_str());
        let call = |refresh| request.refresh(refresh).send();
        let operation = Operation::CONTACTS_GET_PROFILE_PICTURE;
        let (answer, refreshed) = freshness.ask(session.client(), operation, key, call).await?;
        let profile_picture_url = answer.into_inner().profile_picture_url;
        Ok(ProfilePicture { profile_picture_url, contact_id: contact, refreshed })
    }
}

/// A contact's profile picture.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProfilePicture {
    /// Where the picture is, at WhatsApp, for some time: fetch it soon. `None`: the contact has none, hides it, or WhatsApp
    /// could not be asked. The server does not tell these apart, and remembers each of them like a picture.
    pub profile_picture_url: Option<String>,
    /// The contact.
    pub contact_id: ContactId,
    /// Whether this call had the server ask WhatsApp. If not, the answer may be up to 24 hours old; where the server has
    /// none in its memory, it asks WhatsApp all the same.
    pub refreshed: bool,
}

impl ProfilePicture {
    /// Begins to download the picture, if there is one. WhatsApp's server gets neither the key nor anything else.
    pub fn download(&self, client: &Client) -> Option<DownloadFile> {
        self.profile_picture_url.as_ref().map(|url| client.download(url))
    }
}

/// Asks for the picture of a chat or a group: what [`Chat::picture`](crate::Chat::picture) and
/// [`Group::picture`](crate::Group::picture) give. Awaited, it sends the request.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct GetChatPicture {
    session: Session,
    of: Of,
    freshness: Freshness,
}

/// Each has an operation of its own, and the server one memory for both.
#[derive(Clone, Debug)]
enum Of {
    Chat(ChatId),
    Group(GroupId),
}

refreshable!(GetChatPicture => ChatPicture);

impl GetChatPicture {
    pub(crate) fn of_chat(session: Session, chat: ChatId) -> Self {
        Self { session, of: Of::Chat(chat), freshness: Freshness::default() }
    }

    pub(crate) fn of_group(session: Session, group: GroupId) -> Self {
        Self { session, of: Of::Group(group), freshness: Freshness::default() }
    }

    /// Sends the request; the same as awaiting.
    ///
    /// # Errors
    ///
    /// As for any call, and [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited) where a refresh is not within the budget and
    /// [`AtLimit`](crate::AtLimit) says so: see [`Error`].
    pub async fn send(self) -> Result<ChatPicture, Error> {
        let Self { session, of, freshness } = self;
        let client = session.client();
        let (chat_id, answer) = match of {
            Of::Chat(chat) => {
                let request = session.chats().get_picture().chat_id(chat.as_str());
                let call = |refresh| request.refresh(refresh).send();
                let key = RefreshKey::picture(session.name(), &chat);
                (chat, freshness.ask(client, Operation::CHATS_GET_PICTURE, key, call).await?)
            }
            Of::Group(group) => {
                let request = session.groups().get_picture().id(group.as_str());
                let call = |refresh| request.refresh(refresh).send();
                let key = RefreshKey::picture(session.name(), &group);
                (group.into(), freshness.ask(client, Operation::GROUPS_GET_PICTURE, key, call).await?)
            }
        };
        let (answer, refreshed) = answer;
        Ok(ChatPicture { picture_url: answer.into_inner().url, chat_id, refreshed })
    }
}

/// The picture of a chat: a contact's, a group's or a channel's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChatPicture {
    /// Where the picture is, at WhatsApp, for some time: fetch it soon. `None`: there is none, it is hidden, or WhatsApp
    /// could not be asked. The server does not tell these apart, and remembers each of them like a picture.
    pub picture_url: Option<String>,
    /// The chat, which a group is as well.
    pub chat_id: ChatId,
    /// Whether this call had the server ask WhatsApp. If not, the answer may be up to 24 hours old; where the server has
    /// none in its memory, it asks WhatsApp all the same.
    pub refreshed: bool,
}

impl ChatPicture {
    /// Begins to download the picture, if there is one. WhatsApp's server gets neither the key nor anything else.
    pub fn download(&self, client: &Client) -> Option<DownloadFile> {
        self.picture_url.as_ref().map(|url| client.download(url))
    }
}
